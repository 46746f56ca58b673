"""CSV, Excel and Parquet sheets, read by a mapping; and folders of tables that already have the product's columns.

Wide sheets (one row a patient, "recurrence 1 date", "recurrence 2 date", ...) and long ones are the same to it: each
row of a sheet states rows of case tables, as the mapping lists them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from leiomyo.errors import Problem
from leiomyo.model.tables import TABLES
from leiomyo.sources.base import FileRefused, InputFile, RowReading
from leiomyo.sources.files import listed, refuse
from leiomyo.sources.tabular_compose import Cells, RowComposer
from leiomyo.sources.tabular_mapping import Field, Form, Says, Sheet, find_mapping, read_mapping
from leiomyo.sources.tabular_rows import (
    PARQUET,
    TEXTS,
    WORKBOOKS,
    SheetRow,
    delimiter_of,
    open_sheet,
    sheet_names,
)
from leiomyo.sources.tabular_values import values

#: What `leiomyo map` can draft a mapping for; plain text may be anything.
SHEETS = WORKBOOKS | PARQUET | {".csv", ".tsv"}
#: Of the columns that a mapping passes over so many are named; a clinic's sheet has hundreds.
_NAMED = 20
#: The columns that a table of our own may have beside its declared ones.
_OWN = ("patient", "record")


@dataclass(frozen=True, slots=True)
class TabularSource:
    """Reader of sheets by a mapping: the one named, else the one that lies beside the file."""

    mapping: Path | None = None
    name = "tabular"

    def recognise(self, path: Path, name: str) -> tuple[InputFile, ...]:
        """The sheets of the file that the mapping speaks of; none where it is no sheet or nothing speaks of it."""
        if path.suffix.lower() not in WORKBOOKS | PARQUET | TEXTS:
            return ()
        mapping = self.mapping or find_mapping(path)
        if mapping is None:
            own = _own_table(path, name)
            return (InputFile(path, name, own.says[0].table, path.resolve().parent.name),) if own else ()
        found = []
        parts: dict[str, int] = {}
        for place, sheet in enumerate(read_mapping(mapping), start=1):
            for part in _pages(path, name, sheet) if _speaks_of(sheet, path, name) else ():
                told = f"{name}[{part}]" if part else name
                if part in parts:  # which of them is meant is not guessed
                    both = (
                        f"sheets[{parts[part]}] and sheets[{place}] both speak of {told}: put what they say into one."
                    )
                    raise refuse("LM-F021", mapping.name, detail=both)
                parts[part] = place
                _check(path, told, part, sheet)
                centre = sheet.centre or path.resolve().parent.name
                found.append(InputFile(path, told, "sheet", centre, part=part, also=_with(mapping, sheet)))
        return tuple(found)

    def one_centre(self, files: list[InputFile]) -> tuple[list[InputFile], list[Problem]]:
        """The files of the first centre that a mapping names, and a refusal of those of another."""
        named = {file.name: read_mapping(file.also[0])[0].centre if file.also else "" for file in files}
        first = next(filter(None, named.values()), "")
        others = [name for name, centre in named.items() if centre not in {"", first}]
        kept = [file for file in files if file.name not in others]
        return kept, [refuse("LM-F019", name, detail=f"It is of {named[name]}, the first of {first}.").problem
                      for name in others]  # fmt: skip

    def speaks_of(self, path: Path, name: str) -> bool:
        """Whether a mapping names the file, or cannot be read."""
        mapping = self.mapping or find_mapping(path)
        try:
            return mapping is not None and any(True for _ in _of_file(read_mapping(mapping), path, name))
        except FileRefused:
            return True

    def read(self, file: InputFile) -> Iterator[RowReading]:
        """Each row of the sheet as statements, in order."""
        mapping = self.mapping or find_mapping(file.path)
        if mapping is None:
            sheet = _own_table(file.path, file.name)
        else:
            name = file.name.removesuffix(f"[{file.part}]") if file.part else file.name
            sheet = next((one for one in _of_file(read_mapping(mapping), file.path, name)
                          if fnmatch(file.part, one.sheet or "*")), None)  # fmt: skip
        if sheet is None:
            raise refuse("LM-F007", file.name)
        header, rows = open_sheet(file.path, file.name, file.part, sheet.form)
        book = _code_book(mapping, sheet) if mapping else {}
        reader = _Reader(file.name, sheet, header, RowComposer(sheet, file.name, book), padded=bool(file.part))
        told = reader.of_the_file()
        for row in rows:
            reading = reader.read(row)
            reading.problems += told
            told = []
            yield reading


class _Reader:
    """Reads the rows of one sheet."""

    def __init__(self, file: str, sheet: Sheet, header: tuple[str, ...], composer: RowComposer, *,
                 padded: bool) -> None:  # fmt: skip
        self.file = file
        self.sheet = sheet
        self.header = header
        self.composer = composer
        #: A workbook leaves out blank cells at a row's end, or adds some.
        self.padded = padded
        self.used = [(place, name) for place, name in enumerate(header) if name in sheet.columns]

    def of_the_file(self) -> list[Problem]:
        """The columns that the mapping does not speak of."""
        unused = [name or f"column {place}" for place, name in enumerate(self.header, start=1)
                  if name not in self.sheet.columns]  # fmt: skip
        shown = f"Not used: {listed(unused, most=_NAMED)}."
        return [Problem("LM-F015", self.file, self.sheet.form.header, detail=shown)] if unused else []

    def read(self, row: SheetRow) -> RowReading:
        """The statements of one row, or the problem that sends it to quarantine."""
        reading = RowReading(row.number, "", row.raw, problems=list(row.notes))
        if problem := row.problem or self._width(row):
            reading.problems.append(problem)
            return reading
        cells = {name: row.cells[place] for place, name in self.used if place < len(row.cells)}
        patient = cells.get(self.sheet.patient, "")
        reading.patient = patient
        if not patient or patient.rstrip(":").lower() in values("totals"):
            reading.patient = ""
            reading.problems.append(Problem("LM-D004", self.file, row.number, self.sheet.patient, found=patient))
            return reading
        if not row.ended:
            reading.problems.append(Problem("LM-F013", self.file, row.number))
        found, problems = self.composer.compose(Cells(cells, row.number, patient))
        reading.problems += problems
        for table, said in found:
            why = said.pop("missing", None)
            said["missing"] = _as_json(tuple(sorted(why.items()))) if why else None
            reading.statements.append((table, said))
        if not reading.statements:
            reading.problems.append(Problem("LM-D009", self.file, row.number))
        return reading

    def _width(self, row: SheetRow) -> Problem | None:
        """What is wrong with the number of cells: a comma too many shifts every value behind it.

        Raises
        ------
        FileRefused
            The last line has too few cells and no line end: the file was cut off, so nothing of it is trusted.
        """
        width, cells = len(self.header), len(row.cells)
        if cells == width or (self.padded and (cells < width or not any(row.cells[width:]))):
            return None
        if cells < width and not row.ended:
            raise refuse("LM-F006", self.file, row=row.number, detail=f"The last line has {cells} of {width} columns.")
        return Problem("LM-D003", self.file, row.number, found=f"{cells} columns", expected=f"{width} columns")


@lru_cache(maxsize=4096)
def _as_json(why: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(why))


def _of_file(sheets: tuple[Sheet, ...], path: Path, name: str) -> Iterator[Sheet]:
    """The parts of a mapping that speak of a file."""
    return (sheet for sheet in sheets if _speaks_of(sheet, path, name))


def _speaks_of(sheet: Sheet, path: Path, name: str) -> bool:
    return fnmatch(path.name, sheet.file) or fnmatch(name, sheet.file)


def _pages(path: Path, name: str, sheet: Sheet) -> list[str]:
    """The pages of a workbook that a part of the mapping speaks of; one nameless page for any other file."""
    pages = sheet_names(path, name)
    found = [page for page in pages if fnmatch(page, sheet.sheet or "*")] if pages != ("",) else [""]
    if not found:
        raise refuse("LM-F016", name, column=sheet.sheet, detail=f"There is no such sheet, but {', '.join(pages)}.")
    return found


def _check(path: Path, told: str, part: str, sheet: Sheet) -> None:
    """Refuse a sheet that lacks what the mapping needs, before anything of it is written."""
    header, rows = open_sheet(path, told, part, sheet.form)
    if lacking := sorted(sheet.columns - set(header)):
        twice = next((name for name in lacking if f"{name} #1" in header), None)
        if twice:
            raise refuse("LM-F009", told, row=sheet.form.header, column=twice,
                         detail=f"Name it in the mapping as '{twice} #1' or '{twice} #2'.")  # fmt: skip
        detail = ""
        if len(header) == 1 and path.suffix.lower() in TEXTS:
            sign = {"\t": "tab"}.get(delimiter_of(path, sheet.form), delimiter_of(path, sheet.form))
            detail = f"With {sign!r} between the cells there is one column only; name another delimiter in the mapping."
        raise refuse("LM-F016", told, row=sheet.form.header, column=lacking[0], detail=detail)
    if next(rows, None) is None:
        raise refuse("LM-F014", told, row=sheet.form.header)


def _with(mapping: Path, sheet: Sheet) -> tuple[Path, ...]:
    """The files that a reading rests on beside the sheet itself."""
    return (mapping, mapping.parent / sheet.code_book.file) if sheet.code_book else (mapping,)


def _code_book(mapping: Path, sheet: Sheet) -> dict[tuple[str, str], str]:
    """Labels by variable and code, both in lower case."""
    book = sheet.code_book
    if book is None:
        return {}
    path = mapping.parent / book.file
    return _labels(path, book.file, book.sheet, (book.variable, book.code, book.label), sheet.form, _changed(path))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise refuse("LM-F010", path.name, detail=f"{error.strerror}.") from error


@lru_cache(maxsize=16)
def _labels(path: Path, name: str, sheet: str, columns: tuple[str, str, str], form: Form, _changed: int
            ) -> dict[tuple[str, str], str]:  # fmt: skip
    part = sheet or sheet_names(path, name)[0]
    plain = Form(encoding=form.encoding, delimiter=form.delimiter)
    header, rows = open_sheet(path, name, part, plain)
    if lacking := [column for column in columns if column not in header]:
        raise refuse("LM-F016", name, row=1, column=lacking[0])
    variable, code, label = (header.index(column) for column in columns)
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        if len(row.cells) > max(variable, code, label):
            found[row.cells[variable].lower(), row.cells[code].lower()] = row.cells[label]
    return found


def _own_table(path: Path, name: str) -> Sheet | None:
    """The mapping of a table that has the product's own name and columns; None for any other file."""
    table = TABLES.get(path.stem)
    if table is None or path.suffix.lower() not in {".csv", *PARQUET}:
        return None
    try:
        header, _ = open_sheet(path, name, "", Form())
    except FileRefused:
        return None
    values = [column for column in header if column not in _OWN]
    if "patient" not in header or not values or any(column not in table.index for column in values):
        return None
    fields = tuple(Field(column, (column,)) for column in values)
    record = "record" if "record" in header else ""
    return Sheet(path.name, "", "patient", record, (Says(table.name, fields),), Form(), "calendar", "")
