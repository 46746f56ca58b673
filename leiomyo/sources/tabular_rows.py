"""The rows of a sheet as texts with their numbers: from CSV, Excel workbooks and Parquet files.

A value arrives as the sheet shows it, as far as that is what was meant: an identifier keeps the zeros that its
cell shows, a cell shown as "Jun 2019" is a month and not its first day.
"""

from __future__ import annotations

import csv
import datetime
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leiomyo.errors import LeiomyoError, Problem
from leiomyo.sources.files import CONTROL, LFS, MAX_LINE, Line, lines, refuse, repeated
from leiomyo.sources.tabular_mapping import Form
from leiomyo.spreadsheet import unshielded

WORKBOOKS = frozenset({".xlsx", ".xlsm"})
PARQUET = frozenset({".parquet", ".pq"})
TEXTS = frozenset({".csv", ".tsv", ".txt"})
#: A workbook that unpacks to more is no clinical table; it would not fit into memory.
MAX_UNPACKED = 1 << 30
MAX_COLUMNS = 16_384
#: A quoted text that runs over more lines was not closed.
_QUOTED_LINES = 200
#: openpyxl tells a damaged part by whatever the part's parser raised.
_DAMAGED = (zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError, AttributeError, EOFError)
_TIMELESS = re.compile(r'\[[^\]]*\]|"[^"]*"|\\.')


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its cells as texts, or what is wrong with it; `raw` is kept if it goes to quarantine."""

    number: int
    raw: str
    cells: tuple[str, ...] = ()
    problem: Problem | None = None
    ended: bool = True
    notes: tuple[Problem, ...] = ()


def sheet_names(path: Path, name: str) -> tuple[str, ...]:
    """The sheets of a workbook; one without a name for any other file."""
    if path.suffix.lower() not in WORKBOOKS:
        return ("",)
    book = _workbook(path, name)
    try:
        return tuple(book.sheetnames)
    finally:
        book.close()


def open_sheet(path: Path, name: str, sheet: str, form: Form) -> tuple[tuple[str, ...], Iterator[SheetRow]]:
    """The names of the columns, and the rows below them.

    Raises
    ------
    FileRefused
        The file cannot be read, or has nothing where its header should be.
    """
    rows = sheet_rows(path, name, sheet, form)
    for row in rows:
        if row.number >= form.header:
            if row.problem or row.number > form.header or not any(row.cells):
                break
            return column_names(row), rows
    raise refuse("LM-F008", name, row=form.header, detail="There are no column names in this row.")


def column_names(row: SheetRow) -> tuple[str, ...]:
    """The names in a header; one that stands twice is told apart as `NAME #1`, `NAME #2`."""
    names = [" ".join(cell.split()) for cell in row.cells[:MAX_COLUMNS]]
    twice = set(repeated(names)) - {""}
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(f"{name} #{seen[name]}" if name in twice else name)
    return tuple(told)


def sheet_rows(path: Path, name: str, sheet: str, form: Form) -> Iterator[SheetRow]:
    """The rows that hold anything, in order, whatever stands above the header among them."""
    ending = path.suffix.lower()
    if ending in WORKBOOKS:
        rows = _excel_rows(path, name, sheet, form.decimal)
    elif ending in PARQUET:
        rows = _parquet_rows(path, name, form.decimal)
    else:
        rows = _csv_rows(path, name, form)
    return (row for row in rows if row.problem or any(row.cells))


def _typed_row(number: int, texts: Sequence[str], name: str, notes: tuple[Problem, ...] = ()) -> SheetRow:
    """A row of a file that holds its cells apart."""
    raw = "\t".join(texts)
    problem = Problem("LM-D010", name, number) if _has_control(raw) else None
    return SheetRow(number, raw, tuple(text.strip() for text in texts), problem=problem, notes=notes)


def _has_control(raw: str) -> bool:
    return bool(CONTROL.search(raw.replace("\t", "").replace("\n", "")))


def _refuse_stand_in(head: bytes, name: str) -> None:
    """Say what stands where a workbook or a Parquet file should be, if it is nothing or only a pointer."""
    if not head:
        raise refuse("LM-F001", name)
    if head.startswith(LFS):
        raise refuse("LM-F005", name)


def _as_text(value: Any, decimal: str) -> str:
    """A typed value as a sheet shows it; a number with the sheet's own decimal sign."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime | datetime.date):
        return f"{value:%Y-%m-%d}"
    return format(value, ".15g").replace(".", decimal) if isinstance(value, float) else str(value)


# --- CSV --------------------------------------------------------------------------------------------------


def delimiter_of(path: Path, form: Form) -> str:
    """The sign between the cells: as the mapping says, else by the file's ending."""
    return form.delimiter or ("\t" if path.suffix.lower() in {".tsv", ".txt"} else ",")


def _csv_rows(path: Path, name: str, form: Form) -> Iterator[SheetRow]:
    """Rows of a text table, quoted as spreadsheets quote; a quote that never closes costs its own line alone."""
    sign = delimiter_of(path, form)
    waiting: list[Line] = []
    source = lines(path, name, encoding=form.encoding)
    width = 0
    while line := waiting.pop(0) if waiting else next(source, None):
        taken = _until_closed(line, waiting, source)
        row = _csv_row(taken, sign, name)
        if len(taken) > 1 and (row.problem or (width and len(row.cells) != width)):
            # what was taken together is no row: the quote belongs to the first line
            waiting[:0] = taken[1:]
            row = _csv_row(taken[:1], sign, name)
        if row.number == form.header:
            width = len(row.cells)
        yield row


def _until_closed(line: Line, waiting: list[Line], source: Iterator[Line]) -> list[Line]:
    """The line, with those below it as far as a quoted text runs."""
    taken = [line]
    while _open_quote(taken) and len(taken) < _QUOTED_LINES and sum(len(one.text) for one in taken) < MAX_LINE:
        more = waiting.pop(0) if waiting else next(source, None)
        if more is None:
            break
        taken.append(more)
    return taken


def _open_quote(taken: Sequence[Line]) -> bool:
    return sum(line.text.count('"') for line in taken) % 2 == 1


def _csv_row(taken: Sequence[Line], sign: str, name: str) -> SheetRow:
    first = taken[0].number
    raw = "\n".join(line.text for line in taken)
    if _has_control(raw):
        return SheetRow(first, raw, problem=Problem("LM-D010", name, first))
    if '"' not in raw:
        cells = raw.split(sign)
    else:
        try:
            [cells] = csv.reader([raw], delimiter=sign, strict=True)
        except (csv.Error, ValueError):
            return SheetRow(first, raw, problem=Problem("LM-D019", name, first))
    if "'" in raw:  # what a spreadsheet may not run is marked as text; the mark is no part of it
        cells = [unshielded(cell.strip()) for cell in cells]
    return SheetRow(first, raw, tuple(cell.strip() for cell in cells), ended=taken[-1].ended)


# --- Excel ------------------------------------------------------------------------------------------------


def _workbook(path: Path, name: str, *, formulas: bool = False) -> Any:
    """The open workbook, read row by row; what is none is refused before it is unpacked."""
    try:
        import openpyxl
    except ImportError as error:  # pragma: no cover - the tests have it
        raise LeiomyoError("LM-A012", "Run: pip install 'leiomyo[excel]'.", file=name) from error
    try:
        with path.open("rb") as stream:
            head = stream.read(64)
        _refuse_stand_in(head, name)
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            raise refuse("LM-F002", name, detail="It is protected by a password, or a workbook of before 2007.")
        with zipfile.ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > MAX_UNPACKED:
            raise refuse("LM-F020", name, found=f"{size >> 20} MiB")
        return openpyxl.load_workbook(path, read_only=True, data_only=not formulas)
    except OSError as error:
        raise refuse("LM-F010", name, detail=f"{error.strerror or 'It cannot be read'}.") from error
    except _DAMAGED as error:
        raise refuse("LM-F002", name, detail="It is no workbook, or a damaged one.") from error


def _excel_rows(path: Path, name: str, sheet: str, decimal: str) -> Iterator[SheetRow]:
    book = _workbook(path, name)
    written = _workbook(path, name, formulas=True) if _has_formulas(path) else None
    try:
        rows = _cells(book, sheet, name)
        formulas = _cells(written, sheet, name) if written else None
        for number, row in rows:
            texts = tuple(_excel_text(cell, decimal) for cell in row)
            notes = _uncomputed(next(formulas)[1], row, number, name) if formulas else ()
            yield _typed_row(number, texts, name, notes)
    finally:
        book.close()
        if written:
            written.close()


def _cells(book: Any, sheet: str, name: str) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        page = book[sheet]
        page.reset_dimensions()
        yield from enumerate(page.iter_rows(), start=1)
    except (*_DAMAGED, OSError) as error:
        raise refuse("LM-F002", name, detail=f"The sheet {sheet!r} is damaged or is no table.") from error


def _has_formulas(path: Path) -> bool:
    """Whether any sheet has a formula: then each has to be looked at for whether its value was computed."""
    with zipfile.ZipFile(path) as packed:
        for part in packed.namelist():
            if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                with packed.open(part) as stream:
                    before = b""
                    while piece := stream.read(1 << 20):
                        if b"<f>" in before + piece or b"<f " in before + piece:
                            return True
                        before = piece[-3:]
    return False


def _uncomputed(formulas: Sequence[Any], row: Sequence[Any], number: int, name: str) -> tuple[Problem, ...]:
    """A formula without its value reads as a blank cell, though somebody put something there."""
    found = [
        formula.coordinate
        for formula, cell in zip(formulas, row, strict=False)
        if formula.value is not None and cell.value is None
    ]
    return tuple(Problem("LM-D021", name, number, column=place) for place in found[:3])


def _excel_text(cell: Any, decimal: str) -> str:
    """A cell's value as its sheet shows it: a month without its day, an identifier with its zeros."""
    value, text = cell.value, _as_text(cell.value, decimal)
    if isinstance(value, datetime.datetime | datetime.date):
        return text[: _precision(cell.number_format or "")]
    zeros = cell.number_format or "" if isinstance(value, int | float) else ""
    return text.zfill(len(zeros)) if re.fullmatch("0+", zeros) and text.isdigit() else text


@lru_cache(maxsize=256)
def _precision(number_format: str) -> int:
    """How much of YYYY-MM-DD a cell shows: a format without a day holds a month, whatever day it stores."""
    shown = _TIMELESS.sub("", number_format.lower())
    if "d" in shown or "general" in shown or not shown:
        return 10
    return 7 if "m" in shown and "y" in shown else 4 if "y" in shown else 10


# --- Parquet ----------------------------------------------------------------------------------------------


def _parquet_rows(path: Path, name: str, decimal: str) -> Iterator[SheetRow]:
    try:
        file = pq.ParquetFile(path)
        yield SheetRow(1, "\t".join(file.schema_arrow.names), tuple(file.schema_arrow.names))
        number = 1
        for batch in file.iter_batches(batch_size=8192):
            columns = [
                [_as_text(value, decimal) for value in _local_days(column).to_pylist()] for column in batch.columns
            ]
            for cells in zip(*columns, strict=True):
                number += 1
                yield _typed_row(number, cells, name)
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise refuse("LM-F010", name, detail=f"{error.strerror}.") from error
        with path.open("rb") as stream:
            _refuse_stand_in(stream.read(64), name)
        raise refuse("LM-F002", name, detail="It is no Parquet file, or a damaged one.") from error


def _local_days(column: Any) -> Any:
    """Stamps as the calendar days of their own time zone; anything else as it is."""
    if not pa.types.is_timestamp(column.type):
        return column
    return pc.cast(pc.local_timestamp(column) if column.type.tz else column, pa.date32(), safe=False)
