"""Who goes into an OMOP folder, under which numbers, and how the values of case tables read in its cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import pyarrow as pa

from leiomyo.exports.omop_concepts import NONE, concept
from leiomyo.model.records import Records, iso_date, rows
from leiomyo.model.tables import TABLES

Row = Mapping[str, Any]
INDEX = "1"
_SIGN = " | "
_date = lru_cache(maxsize=65_536)(iso_date)


@dataclass(slots=True)
class Tumour:
    """A row of CONDITION_OCCURRENCE: its number, concept and day."""

    id: int
    concept: int
    day: str
    written: str
    low: int | None = None


@dataclass(slots=True)
class People:
    """The persons of an export, their tumours, and what was left out."""

    records: Records
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    #: By person: the tumours by name.
    tumours: dict[int, dict[str, Tumour]] = field(default_factory=dict)
    deaths: dict[int, str] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)

    @staticmethod
    def of(records: Records) -> People:
        """Those whose days are of the calendar, numbered in the order of their rows."""
        people = People(records)
        others = set()
        for row in rows(records["patient"]):
            key = row["centre"], row["patient"]
            if row.get("axis", "calendar") == "calendar":
                people.numbers.setdefault(key, len(people.numbers) + 1)
            else:
                others.add(key)
        if others:
            people.left["patient whose days count from the diagnosis"] = len(others)
        people._tumours()
        return people

    def _tumours(self) -> None:
        """The first tumour is the one the record is about; a second leiomyosarcoma would be read as the same one."""
        asked = ("diagnosis", "role", "morphology", "topography", "icd10", "histology", "site_text")
        for number, row in enumerate(rows(_columns(self.records["diagnosis"], "diagnosis", asked))):
            person = self.numbers.get((row["centre"], row["patient"]))
            if person is not None:
                code = _code(row)
                day = self.day("diagnosis", row, "diagnosis")
                tumour = Tumour(number + 1, concept("tumour", code), day, written(row, code), row.get("diagnosis_low"))
                self.tumours.setdefault(person, {}).setdefault(row.get("tumour", INDEX), tumour)

    def each(self, table: str, *names: str, counting: bool = False) -> Iterator[tuple[int, int, Row]]:
        """Number in the table, person and row of all that the folder can hold; with `counting`, the others are counted.

        Parameters
        ----------
        names
            The columns that are asked for, beside the tumour; all where none is named.

        What is done for another tumour than the one the record is about would be read as done for that one.
        """
        of_tumour = "tumour" in TABLES[table].index and table not in {"diagnosis", "stage"}
        for number, row in enumerate(rows(_columns(self.records[table], table, names))):
            person = self.numbers.get((row["centre"], row["patient"]))
            why = ""
            if person is None:
                continue
            if table != "patient" and INDEX not in self.tumours.get(person, {}):
                why = "of a patient without a diagnosis"
            elif of_tumour and row.get("tumour", INDEX) != INDEX:
                why = "of another tumour"
            if not why:
                yield number + 1, person, row
            elif counting:
                self.left[f"{table} {why}"] += 1

    def day(self, table: str, row: Row, name: str, *, counting: bool = False) -> str:
        """A day as date, month or year; blank, and counted, where it is none of them."""
        text = _date(row.get(f"{name}_low"), row.get(f"{name}_high"))
        if text is None and counting:
            self.left[f"{table}: a {name} that is neither a day, a month nor a year"] += 1
        return text or ""


def _columns(table: pa.Table, name: str, names: tuple[str, ...]) -> pa.Table:
    """A case table without the columns that nobody asked for; to take a cell out of Arrow is what takes the time."""
    index = TABLES[name].index
    kept = [stored for column in names for stored in index[column].stored]
    own = ["tumour"] if "tumour" in index and "tumour" not in kept else []
    return table.select(["centre", "patient", *own, *kept]) if names else table


def _code(row: Row) -> str:
    """Morphology and topography as ICDO3 has them; empty where one is lacking."""
    morphology, topography = row.get("morphology"), row.get("topography")
    return f"{morphology}-{topography}" if morphology and topography else ""


def written(row: Row, code: str) -> str:
    """The source value of a tumour: its code, then what stands beside it in the columns of the case table."""
    beside = ("icd10", "histology", "site_text")
    told = fields("diagnosis", row, beside if code else ("morphology", "topography", *beside))
    return _SIGN.join((code or "diagnosis", told or f"role={row.get('role', 'index')}"))


def fields(table: str, row: Row, names: tuple[str, ...] | None = None) -> str:
    """Columns of a case table as our reader takes them from a source value; without days, and empty where none is told.

    Examples
    --------
    >>> fields("disease_status", {"status": "progression", "day_low": 3, "given_drugs": True, "size_mm": 12.0})
    'status=progression | size_mm=12 | given_drugs=yes'
    """
    told = [f"{name}={text}" for name in names or _told(table) if name in row and (text := cell(row[name]))]
    return _SIGN.join(told)


@cache
def _told(table: str) -> tuple[str, ...]:
    return tuple(name for name, column in TABLES[table].index.items() if column.kind != "day" and name != "tumour")


def cell(value: Any) -> str:
    """A value as the text of a cell: on one line, and without the sign that parts the columns.

    Examples
    --------
    >>> cell(True), cell(85.0), cell("a | b\\n c")
    ('yes', '85', 'a|b c')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    text = str(value)
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else " " for sign in text)
    text = " ".join(text.split())
    return text.replace(_SIGN, "|") if _SIGN in text else text


def drug_concept(agent: str | None) -> int:
    """The ingredient's concept; 0 where none is known."""
    return concept("drug", agent) if agent else NONE
