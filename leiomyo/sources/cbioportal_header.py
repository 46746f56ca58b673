"""The head of a cBioPortal table: up to five rows that begin with `#`, then the names of the columns.

A clinical file has four such rows (names shown, descriptions, datatypes, priorities), a file of both patients and
samples a fifth (which of the two a column describes), a file as first exported none; a timeline has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from leiomyo.errors import Problem
from leiomyo.sources.base import FileRefused
from leiomyo.sources.cbioportal_study import columns
from leiomyo.sources.files import Line, lines, refuse, repeated

PATIENT, SAMPLE, START, EVENT = "PATIENT_ID", "SAMPLE_ID", "START_DATE", "EVENT_TYPE"
KEYS = frozenset({PATIENT, SAMPLE, "STYLE_COLOR", "STYLE_SHAPE", "OTHER_SAMPLE_ID", "OTHER_PATIENT_ID"})
_EXPECTED = "none, four or five rows that begin with #, each as wide as the row of column names"
_DATATYPES = frozenset({"STRING", "NUMBER", "BOOLEAN"})
_OF_WHOM = frozenset({"PATIENT", "SAMPLE"})
#: A table of another format is none of a study's clinical tables, whatever its name.
_FOREIGN = "bcr_patient_barcode"
#: "in months since initial treatment": the words after "since", where the diagnosis is not among them.
_COUNTED_FROM = re.compile(r"\b(?:since|from|after)\b(.*)", re.I)
_OTHER_START = re.compile(
    r"treat|therap|surg|resect|operat|sequencing|biops|specimen|sample|registration|enrol|random|metasta", re.I
)


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a table says."""

    names: list[str]
    row: int
    kind: str
    problems: list[Problem] = field(default_factory=list)
    #: Columns of months that count from another day than the diagnosis, with what their description says.
    elsewhere: dict[str, str] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The part of `cbioportal_columns.csv` that the columns stand in."""
        return "timeline" if self.kind == "timeline" else "clinical"


def read_header(path: Path, name: str) -> Header | None:
    """The head of a clinical or timeline file; None for anything else; `FileRefused` where it is damaged."""
    above, header, more = _head(path, name)
    names = [cell.strip().upper() for cell in header.text.split("\t")] if header else []
    if not _is_ours(path, above, header, names):
        return None
    if header is None:
        raise _damaged(name, len(above), "The file ends inside its header.")
    if PATIENT not in names:
        commas = "Its columns are separated by commas, not by tabs." if PATIENT in header.text.upper() else ""
        raise refuse("LM-F016", name, row=header.number, column=PATIENT, detail=commas)
    timeline = START in names or EVENT in names
    for needed in (START, EVENT) if timeline else ():
        if needed not in names:
            raise refuse("LM-F016", name, row=header.number, column=needed)
    if twice := repeated(names):
        raise refuse("LM-F009", name, row=header.number, column=twice[0])
    rows = [line.text.removeprefix("#").split("\t") for line in above]
    if not timeline:
        _check_shape(name, rows, names, header.number)
    if not more:
        raise refuse("LM-F014", name, row=header.number)
    kind = "timeline" if timeline else "sample" if SAMPLE in names else "patient"
    described = dict(zip(names, rows[1], strict=True)) if rows and not timeline else {}
    return Header(names, header.number, kind, _doubts(name, rows, names, timeline=timeline), _elsewhere(described))


def _head(path: Path, name: str) -> tuple[list[Line], Line | None, bool]:
    """The rows that begin with `#`, the row of names, and whether any row follows."""
    above: list[Line] = []
    header = None
    for line in lines(path, name):
        if header is not None:
            if line.text.strip():
                return above, header, True
        elif line.text.startswith("#"):
            above.append(line)
        else:
            header = line
    return above, header, False


def _is_ours(path: Path, above: list[Line], header: Line | None, names: list[str]) -> bool:
    """Whether a text is meant as a clinical table of a study: by its columns, else by its name and `#` rows."""
    if header is None:
        return bool(above) and "\t" in above[0].text
    if _FOREIGN.upper() in names:
        return False
    named = re.match(r"data_(clin|timeline)", path.name, re.I) is not None
    marked = bool(above) and "\t" in above[0].text
    if PATIENT not in names:
        return named or (marked and (SAMPLE in names or "OS_STATUS" in names))
    known = set(columns("clinical")) | {SAMPLE, START, EVENT}
    return named or marked or not known.isdisjoint(names)


def _check_shape(name: str, rows: list[list[str]], names: list[str], header: int) -> None:
    if len(rows) not in {0, 4, 5}:
        raise _damaged(name, max(len(rows), 1), f"{len(rows)} rows begin with #.")
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise _damaged(name, number, f"The row has {len(row)} columns, the row of names {len(names)}.")
    told = {cell.strip().lower() for cell in rows[0]} if rows else set()
    if "sample identifier" in told and SAMPLE not in names:
        raise refuse("LM-F016", name, row=header, column=SAMPLE)


def _damaged(name: str, row: int, detail: str) -> FileRefused:
    return FileRefused(Problem("LM-F008", name, row, expected=_EXPECTED, detail=detail))


def _doubts(name: str, rows: list[list[str]], names: list[str], *, timeline: bool) -> list[Problem]:
    """What the rows above the names may not say; nothing of it changes how values are read."""
    if timeline or not rows:
        return []
    found = []
    for number, allowed in [(3, _DATATYPES)] + ([(4, _OF_WHOM)] if len(rows) == 5 else []):
        odd = [(column, cell) for column, cell in zip(names, rows[number - 1], strict=True) if cell not in allowed]
        found += [Problem("LM-F018", name, number, column, found=cell, expected=" or ".join(sorted(allowed)))
                  for column, cell in odd]  # fmt: skip
    for column, cell in zip(names, rows[-1], strict=True):
        if not cell.strip().lstrip("-").isdigit():
            found.append(Problem("LM-F018", name, len(rows), column, found=cell, expected="a whole number"))
    return found


def _elsewhere(described: dict[str, str]) -> dict[str, str]:
    """The columns of months whose description names another first day than the diagnosis."""
    found = {}
    for column, text in described.items():
        counted = _COUNTED_FROM.search(text) if column.endswith("_MONTHS") else None
        if counted and "diagnos" not in text.lower() and _OTHER_START.search(counted.group(1)):
            found[column] = text.strip()
    return found
