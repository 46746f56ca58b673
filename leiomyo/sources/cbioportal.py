"""cBioPortal study folders: tab-separated clinical tables and timelines, days counted from diagnosis.

Tables are told apart by their columns, not by their file names. What column fills what, which answer is which code
and which event is read how is data: `cbioportal_columns.csv`, `_values.csv`, `_events.csv`, `_oncotree.csv`.
Survival comes in months with a decimal or two; a month is no number of days, so each becomes the interval of whole
days that its printed precision allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from leiomyo.errors import Problem
from leiomyo.model.codes import match_word
from leiomyo.sources import cbioportal_events, cbioportal_forms, cells
from leiomyo.sources.base import InputFile, RowReading
from leiomyo.sources.cbioportal_forms import Row, Study
from leiomyo.sources.cbioportal_header import EVENT, KEYS, PATIENT, SAMPLE, Header, read_header
from leiomyo.sources.cbioportal_study import (
    cancer_of,
    columns,
    describes_study,
    diagnosis_days,
    first_study,
    folder_of,
    holds_study,
    missing,
    month_length,
    study_name,
    values,
)
from leiomyo.sources.cells import Cell
from leiomyo.sources.files import Line, lines, listed, refuse, split

#: cBioPortal allows no other sign in an identifier.
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]+")
#: Words that two columns of an event may tell in part; of anything else the first column counts.
_JOINED = frozenset({"agent", "status", "remark"})
#: Values by group and column; beside them, under `missing`, why there is none.
_Said = dict[str, dict[str, Any]]
#: Why a cell has no value, what is wrong with it, and its value.
_Read = tuple[str | None, str, Any]


class CbioportalSource:
    """Reader of a cBioPortal study: patient and sample files, old or new, and timelines of every kind."""

    name = "cbioportal"

    def __init__(self) -> None:
        # A folder may hold a hundred thousand files; what is asked of it is asked once a look.
        self._name, self._first, self._studied = cache(study_name), cache(first_study), cache(holds_study)
        self._diagnosed = cache(diagnosis_days)

    def recognise(self, path: Path, name: str) -> tuple[InputFile, ...]:
        """The file as a clinical table or timeline; what else a study holds is left aside with a word (LM-F017)."""
        header = read_header(path, name)
        if header:
            root = path.parents[name.count("/")] if "/" in name else None
            study, first = self._name(folder_of(path)), self._first(root, folder_of(path))
            if study != first:
                raise refuse("LM-F019", name, detail=f"It is of {study}, the first of {first}.")
            return (InputFile(path, name, header.kind, study),)
        aside = path.name.startswith(("data_", "cases_")) or path.suffix == ".seg"
        if (aside or describes_study(path, name)) and self._studied(folder_of(path)):
            raise refuse("LM-F017", name)
        return ()

    def read(self, file: InputFile) -> Iterator[RowReading]:
        """Each data row as statements, in order of the file."""
        header = read_header(file.path, file.name)
        if header is None:
            raise refuse("LM-F007", file.name)
        reader = _RowReader(header, file, self._diagnosed)
        told = reader.of_the_file()
        for line in _rows(file, header):
            reading = reader.read(line)
            reading.problems += told
            told = []
            yield reading


def _rows(file: InputFile, header: Header) -> Iterator[Line]:
    for line in lines(file.path, file.name):
        if line.number > header.row and line.text.strip():
            yield line


def _study(file: InputFile, header: Header, diagnosed: Mapping[str, int]) -> Study:
    """What a row has to know of the other rows of its file and of the files beside it."""
    printed: list[str] = []
    cancers: dict[str, str] = {}
    known = columns(header.table)
    places = [place for place, name in enumerate(header.names) if known.get(name, ("", ""))[1] == "months"]
    asked = [header.names.index(name) if name in header.names else None for name in (
        "ONCOTREE_CODE", "CANCER_TYPE_DETAILED", "CANCER_TYPE")]  # fmt: skip
    for line in _rows(file, header) if header.table == "clinical" else ():
        cell = [text.strip() for text in line.text.split("\t")]
        if len(cell) != len(header.names):
            continue
        printed += [cell[place] for place in places]
        told = [None if place is None or missing(cell[place]) else cell[place] for place in asked]
        cancer, patient = cancer_of(*told), cell[header.names.index(PATIENT)]
        if cancer and (patient not in cancers or cancer == "leiomyosarcoma"):
            cancers[patient] = cancer
    return Study(month_length(printed), cancers, diagnosed)


class _RowReader:
    """Turns the rows of one table into statements: conversions are chosen once, then applied row by row."""

    def __init__(self, header: Header, file: InputFile, diagnosed: Callable[[Path], Mapping[str, int]]) -> None:
        self.header = header
        self.file = file.name
        self.study = _study(file, header, diagnosed(folder_of(file.path)))
        self.at = {name: place for place, name in enumerate(header.names)}
        self.plan: list[tuple[int, str, str, str, Mapping[str, _Read]]] = []
        for place, name in enumerate(header.names):
            if target := columns(header.table).get(name):
                group, column = target[0].split(".")
                self.plan.append((place, name, group, column, self._remembered(target[1], group, column)))
        self.compose = cbioportal_events.compose if header.kind == "timeline" else cbioportal_forms.compose

    def _conversion(self, convert: str) -> Callable[[str], Cell]:
        name, _, listed = convert.partition(":")
        if name == "months":
            return partial(cells.months, length=self.study.month)
        if name == "word":
            return partial(_word, listed=listed)
        return partial(cells.value, codes=values(listed), flag=listed == "flag") if listed else cells.CONVERSIONS[name]

    def _remembered(self, convert: str, group: str, column: str) -> Mapping[str, _Read]:
        """What the texts of a column say: why there is no value, or what is wrong with it, and the value."""
        conversion = self._conversion(convert)

        def read(written: str) -> _Read:
            text = written.strip()
            if reason := missing(text):
                return reason, "", None
            cell = conversion(text)
            return None, cell.code or ("LM-D006" if cells.outside(group, column, cell.value) else ""), cell.value

        return cells.Remembered(read)

    def of_the_file(self) -> list[Problem]:
        """What is to be said of the file once: doubts about its head, times from another day, columns not used."""
        told = list(self.header.problems)
        for column, text in self.header.elsewhere.items():
            told.append(Problem("LM-D018", self.file, 2, column, found=text))
        taken = {name for _, name, *_ in self.plan} | KEYS
        if unused := [name for name in self.header.names if name not in taken]:
            told.append(Problem("LM-F015", self.file, self.header.row, detail=f"Not used: {listed(unused)}."))
        return told

    def read(self, line: Line) -> RowReading:
        """The statements of one row, or the problem that sends it to quarantine."""
        got = split(line, len(self.header.names), self.file)
        if isinstance(got, Problem):
            return RowReading(line.number, "", line.text, problems=[got])
        patient = got[self.at[PATIENT]].strip()
        reading = RowReading(line.number, patient, line.text)
        if missing(patient):
            reading.problems.append(Problem("LM-D004", self.file, line.number, PATIENT))
            return reading
        if not line.ended:
            reading.problems.append(Problem("LM-F013", self.file, line.number))
        sample = got[self.at[SAMPLE]].strip() if self.header.kind == "sample" else ""
        self._check_names(patient, sample, line.number, reading.problems)
        said = self._convert(got, line.number, reading.problems)
        named = said.get("event", {}).get("record") or ""
        record = {"patient": f"{patient}/patient", "sample": sample}.get(self.header.kind, named)
        row = Row(patient, record, self.file, line.number, said, reading.problems, self.study, self.header)
        for table, values_of in self.compose(row):
            why = values_of.pop("missing", None)
            values_of["missing"] = cells.reasons(why)
            values_of["record"] = values_of.get("record") or record or None
            reading.statements.append((table, values_of))
        return reading

    def _check_names(self, patient: str, sample: str, row: int, problems: list[Problem]) -> None:
        named = {PATIENT: patient} | ({SAMPLE: sample} if self.header.kind == "sample" else {})
        problems += [Problem("LM-D013", self.file, row, column, found=name)
                     for column, name in named.items() if not _IDENTIFIER.fullmatch(name)]  # fmt: skip

    def _convert(self, got: list[str], row: int, problems: list[Problem]) -> _Said:
        """Values by group and column, with `missing` reasons beside them."""
        said: _Said = {}
        for place, name, group, column, read in self.plan:
            reason, code, value = read[got[place]]
            values_of = said.get(group)
            if values_of is None:
                values_of = said[group] = {"missing": {}}
            if reason:
                if name != EVENT and values_of.get(column) is None:
                    values_of["missing"].setdefault(column, reason)
                continue
            if code:
                problems.append(Problem(code, self.file, row, name, found=got[place].strip()))
                values_of["missing"][column] = "unreadable"
            elif values_of.get(column) is None:
                values_of[column] = value
                values_of["missing"].pop(column, None)
            elif column in _JOINED and value != values_of[column]:
                values_of[column] = f"{values_of[column]}|{value}"
        return said


def _word(written: str, *, listed: str) -> Cell:
    """The code whose word stands in an answer; an answer without any is not in the list."""
    code = match_word(listed, written)
    return Cell(code) if code else Cell(code="LM-D005")
