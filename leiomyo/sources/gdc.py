"""GDC / BCR "biotab" files: tab-separated tables with three header rows, days counted from diagnosis.

The seven tables are told apart by their columns, not by their file names. Columns are found by the *second*
header row: that is the BCR's own element name, and hardly changes where releases rename, reorder or shorten the
first. Which element fills which column, and which of the form's answers is which code, is data:
`gdc_columns.csv` and `gdc_values.csv`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from leiomyo.errors import Problem
from leiomyo.model.dates import iso_form_date
from leiomyo.sources import cells, gdc_forms
from leiomyo.sources.base import InputFile, RowReading
from leiomyo.sources.cells import Cell
from leiomyo.sources.data_files import answers, rows
from leiomyo.sources.files import Line, lines, listed, refuse, repeated, split

_BARCODE = "bcr_patient_barcode"
_HEADER_ROWS = 3
#: Columns that carry no fact of their own or repeat another column.
_KEYS = frozenset({_BARCODE, "bcr_patient_uuid", "form_completion_date"})


def values(list_name: str) -> dict[str, str]:
    """The codes of the form's answers to one kind of question, by the answer in lower case."""
    return answers("gdc_values.csv", list_name)


@cache
def _columns(kind: str) -> dict[str, tuple[str, str]]:
    """Target and conversion by BCR element name, for one kind of table."""
    parts = {"follow_up": ("new_tumor", "follow_up")}.get(kind, (kind.removeprefix("follow_up_"),))
    return {row["name"]: (row["target"], row["convert"]) for part in parts for row in rows("gdc_columns.csv")
            if row["table"] == part}  # fmt: skip


#: Why a cell has no value, what is wrong with it, and its value.
_Read = tuple[str | None, str, Any]


class GdcSource:
    """Reader of the BCR biotab tables: patient, follow-up, new tumour event, drug, radiation, other malignancy."""

    name = "gdc"

    def recognise(self, path: Path, name: str) -> tuple[InputFile, ...]:
        """The file as one of the seven tables; nothing where it has no patient barcode column."""
        header = _Header.read(path, name)
        return (InputFile(path, name, header.kind, header.centre),) if header else ()

    def read(self, file: InputFile) -> Iterator[RowReading]:
        """Each data row as statements, in order of the file."""
        header = _Header.read(file.path, file.name)
        if header is None:
            raise refuse("LM-F007", file.name)
        reader = _RowReader(header, file.name)
        unused = reader.unused()
        for line in lines(file.path, file.name):
            if line.number > _HEADER_ROWS and line.text.strip():
                reading = reader.read(line)
                if unused:
                    reading.problems.append(Problem("LM-F015", file.name, 1, detail=f"Not used: {listed(unused)}."))
                    unused = []
                yield reading


class _Header:
    """The three header rows of a biotab table."""

    def __init__(self, names: list[str], elements: list[str], first: list[str]) -> None:
        self.names = names
        self.elements = elements
        self.kind = _kind(set(elements))
        # TCGA-3B-A9HI: the first part names the programme that keeps the record.
        barcode = first[elements.index(_BARCODE)] if len(first) == len(elements) else ""
        # Without that form it would be a patient's own identifier, so nothing is taken from it.
        self.centre = barcode.split("-")[0] if "-" in barcode else "unknown"

    @staticmethod
    def read(path: Path, name: str) -> _Header | None:
        """The header of a biotab file; None for any other text; `FileRefused` where a biotab header is damaged."""
        head = _head(path, name)
        names = head[0].text.split("\t")
        if _BARCODE not in names:
            return None
        if len(head) < _HEADER_ROWS:
            raise refuse("LM-F008", name, row=len(head), detail="The file ends inside its header.")
        elements, ids = head[1].text.split("\t"), head[2].text.split("\t")
        if _BARCODE not in elements or not all(cell.startswith("CDE_ID") for cell in ids if cell):
            raise refuse("LM-F008", name, row=3 if _BARCODE in elements else 2)
        if len({len(names), len(elements), len(ids)}) > 1:
            detail = f"The three rows have {len(names)}, {len(elements)} and {len(ids)} columns."
            raise refuse("LM-F008", name, row=1, detail=detail)
        if twice := repeated(names):
            raise refuse("LM-F009", name, row=1, column=twice[0])
        if len(head) == _HEADER_ROWS:
            raise refuse("LM-F014", name, row=3)
        if _kind(set(elements)) == "":
            raise refuse(
                "LM-F007", name, row=1, detail="It has patient barcodes but none of the seven tables' columns."
            )
        return _Header(names, elements, head[3].text.split("\t"))


def _head(path: Path, name: str) -> list[Line]:
    """The first four lines, as far as there are any."""
    found = []
    for line in lines(path, name):
        found.append(line)
        if line.number > _HEADER_ROWS:
            break
    return found


def _kind(elements: set[str]) -> str:
    """Which of the seven tables has these columns; empty if none."""
    event = "new_neoplasm_event_type" in elements or "new_neoplasm_event_occurrence_anatomic_site" in elements
    own_key = {"bcr_drug_barcode": "drug", "bcr_radiation_barcode": "radiation", "bcr_omf_barcode": "other_malignancy"}
    for key, kind in own_key.items():
        if key in elements:
            return kind
    if "bcr_followup_barcode" in elements:
        if "vital_status" in elements:
            return "follow_up"
        return "follow_up_new_tumor" if event else ""
    if "vital_status" in elements and ("gender" in elements or "histological_type" in elements):
        return "patient"
    return "new_tumor" if event else ""


class _RowReader:
    """Turns the rows of one table into statements: conversions are chosen once, then applied row by row."""

    def __init__(self, header: _Header, file: str) -> None:
        self.file = file
        self.width = len(header.names)
        self.kind = header.kind
        self.names, self.elements = header.names, header.elements
        known = _columns(header.kind)
        self.at = {element: position for position, element in enumerate(header.elements)}
        self.missing = values("missing")
        self.dates = cells.Remembered(iso_form_date)
        self.plan: list[tuple[int, str, str, str, Mapping[str, _Read]]] = []
        for position, (name, element) in enumerate(zip(header.names, header.elements, strict=True)):
            key = element if element in known else name
            if key in known:
                target, convert = known[key]
                group, column = target.split(".")
                self.plan.append((position, name, group, column, self._remembered(convert, group, column)))
        self.compose = gdc_forms.FORMS[header.kind]

    def unused(self) -> list[str]:
        """The columns from which nothing is taken, so that nothing is dropped in silence."""
        taken = {position for position, *_ in self.plan}
        keys = _KEYS | {name for name in self.at if name.endswith(("_barcode", "_uuid"))}
        names = zip(self.names, self.elements, strict=True)
        return [name for place, (name, element) in enumerate(names) if place not in taken and element not in keys]

    def read(self, line: Line) -> RowReading:
        """The statements of one row, or the problem that sends it to quarantine."""
        got = split(line, self.width, self.file)
        if isinstance(got, Problem):
            return RowReading(line.number, "", line.text, problems=[got])
        patient = got[self.at[_BARCODE]].strip()
        reading = RowReading(line.number, patient, line.text)
        if not patient or patient.lower() in self.missing:
            reading.problems.append(Problem("LM-D004", self.file, line.number, _BARCODE))
            return reading
        if not line.ended:
            reading.problems.append(Problem("LM-F013", self.file, line.number))
        said = self._convert(got, line.number, reading.problems)
        if said is None:
            reading.problems.append(Problem("LM-D009", self.file, line.number))
            return reading
        form = gdc_forms.Form(patient, self._record(got, patient), self.file, line.number, said, reading.problems)
        recorded = self.dates[got[self.at["form_completion_date"]]] if "form_completion_date" in self.at else ""
        for table, row in self.compose(form):
            why = row.pop("missing", None)
            row |= {"recorded": recorded or None, "missing": cells.reasons(why)}
            row["record"] = row.get("record") or form.record or None
            reading.statements.append((table, row))
        return reading

    def _record(self, got: list[str], patient: str) -> str:
        """The record's own barcode; the patient table has one record a patient."""
        for key in ("bcr_drug_barcode", "bcr_radiation_barcode", "bcr_omf_barcode", "bcr_followup_barcode"):
            if key in self.at:
                return got[self.at[key]].strip()
        return f"{patient}/patient" if self.kind == "patient" else ""

    def _convert(self, got: list[str], row: int, problems: list[Problem]) -> dict[str, dict[str, Any]] | None:
        """Values by group and column, with `missing` reasons beside them; None if every cell is missing."""
        said: dict[str, dict[str, Any]] = {}
        anything = False
        for position, name, group, column, read in self.plan:
            reason, code, value = read[got[position]]
            values_of = said.get(group)
            if values_of is None:
                values_of = said[group] = {"missing": {}}
            if reason is not None:
                values_of["missing"].setdefault(column, reason)
                continue
            if code:
                problems.append(Problem(code, self.file, row, name, found=got[position].strip()))
                values_of["missing"][column] = "unreadable"
            anything = True
            _put(values_of, column, value)
        return said if anything else None

    def _remembered(self, convert: str, group: str, column: str) -> Mapping[str, _Read]:
        """What the texts of a column say: why there is no value, or what is wrong with it, and the value."""
        conversion = _conversion(convert)

        def read(written: str) -> _Read:
            text = written.strip()
            reason = self.missing.get(text.lower())
            if reason is not None:
                return reason, "", None
            cell = conversion(text)
            if not cell.code and cells.outside(group, column, cell.value):
                return None, "LM-D006", None
            return None, cell.code, cell.value

        return cells.Remembered(read)


def _put(row: dict[str, Any], column: str, value: Any) -> None:
    """Keep a value beside those already there: of several measurements the largest, of several texts all."""
    before = row.get(column)
    if before is None:
        row[column] = value
    elif isinstance(value, float) and value > before:
        row[column] = value
    elif isinstance(value, str) and value != before:
        row[column] = f"{before}|{value}"


def _conversion(convert: str) -> Callable[[str], Cell]:
    """The conversion that `gdc_columns.csv` names."""
    name, _, codes = convert.partition(":")
    return partial(cells.value, codes=values(codes), flag=codes == "flag") if codes else cells.CONVERSIONS[name]
