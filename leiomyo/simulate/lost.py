"""Whose truth cannot be told any more: what noise erased or wrote over, and what a format has no place for."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leiomyo.simulate.noise import LOST

Patient = tuple[str, str]
#: Parts of a course told by each of two centres: neither record tells it whole.
_WHOLE_COURSE = "*"
#: Facts that each of the two centres tells in full.
_TOLD_BY_BOTH = frozenset({"cases", "site"})
#: Kinds of noise that leave a day inexact.
_INEXACT = frozenset({"day_unknown", "month_unknown", "vital_day_unknown"})
NO_PLACE = "no place in the format"
#: Stands for the table of an error that a format cannot tell, of a certain kind.
PLANTED = "planted"
NOT_WRITTEN = "not written by the format"


@dataclass(frozen=True, slots=True)
class Need:
    """A column on which an item rests; `must` where nothing else could tell it."""

    table: str
    column: str
    must: bool


@cache
def needs(item: str) -> tuple[Need, ...]:
    """What an item rests on.

    Examples
    --------
    >>> [need.column for need in needs("margin") if need.must]
    ['margin', 'kind']
    """
    text = resources.files("leiomyo.simulate").joinpath("score_needs.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["item"] in {item, "*"}]
    return tuple(Need(row["table"], row["column"], row["must"] == "yes") for row in rows)


class Lost:
    """Why a patient's truth is lost for an item; looked up patient by patient.

    Parameters
    ----------
    changed
        The truth table of that name.
    present
        Who is in the registry.
    unsayable
        Columns for which a centre's format has no place, as centre, table and column (* the whole table).
    writers
        Centres whose writer left something out.
    relative
        Patients whose days count from the diagnosis: such formats have no place for an inexact day.
    operated
        The kind of each patient's definitive operation: some formats have a place for some kinds only.
    """

    def __init__(self, changed: pa.Table, *, present: Set[Patient], unsayable: Set[tuple[str, str, str]],
                 writers: Set[str], relative: Set[Patient] = frozenset(),
                 operated: Mapping[Patient, str] | None = None) -> None:  # fmt: skip
        self._operated = operated or {}
        self._present, self._unsayable, self._writers = present, unsayable, writers
        self._changes = _grouped(changed.filter(pc.is_in(changed["effect"], value_set=pa.array(sorted(LOST)))))
        inexact = changed.filter(pc.is_in(changed["kind"], value_set=pa.array(sorted(_INEXACT)))) if relative else None
        self._inexact = {} if inexact is None else _grouped(inexact)
        self._relative = relative

    def why(self, item: str, patient: Patient) -> str:
        """The first reason, or nothing."""
        if patient not in self._present and patient[0] in self._writers:
            return NOT_WRITTEN
        if any(
            self.unsayable(patient[0], need.table, self._places(need, patient)) for need in needs(item) if need.must
        ):
            return NO_PLACE
        if patient in self._relative and any(_blurs(row, item) for row in self._inexact.get(patient, ())):
            return NO_PLACE
        return next((row["kind"] for row in self._changes.get(patient, ()) if _touches(row, item)), "")

    def _places(self, need: Need, patient: Patient) -> tuple[str, ...]:
        """The names under which a format may say that it has no place for a need of the patient."""
        kind = self._operated.get(patient) if need.table == "surgery" else None
        return (need.column, f"{need.column} if kind={kind}", f"* if kind={kind}") if kind else (need.column,)

    def of_an_error(self, patient: Patient, row: Mapping[str, Any]) -> bool:
        """Whether a planted error does not outlive the patient's format: no place for it, or for a day beside it."""
        if self.inexact(patient):
            return True
        if (patient[0], PLANTED, row["kind"]) in self._unsayable:
            return True
        some = {column.partition(" if ")[0] for centre, table, column in self._unsayable
                if (centre, table) == (patient[0], row["table"]) and " if " in column}  # fmt: skip
        columns = (row["column"] or "*").split("|")
        return bool(some & set(columns)) or self.unsayable(patient[0], row["table"], columns)

    def inexact(self, patient: Patient) -> bool:
        """Whether the patient's format has no place for one of the days that are known in part only."""
        return patient in self._relative and bool(self._inexact.get(patient))

    def unsayable(self, centre: str, table: str, columns: Iterable[str]) -> bool:
        """Whether the centre's format has no place for one of the columns."""
        return bool(self._unsayable) and any(
            (centre, table, column) in self._unsayable or (centre, table, "*") in self._unsayable for column in columns
        )


def _touches(row: Mapping[str, Any], item: str) -> bool:
    """Whether a change is in a column on which the item rests; a row that was added touches all of its table."""
    if row["table"] == _WHOLE_COURSE:
        return item not in _TOLD_BY_BOTH
    columns = row["column"].split("|") if row["column"] else None
    return any(need.table == row["table"] and (columns is None or need.column in columns) for need in needs(item))


def _blurs(row: Mapping[str, Any], item: str) -> bool:
    """Whether an inexact day is one on which the item rests; from an inexact diagnosis no day can be counted."""
    origin = (row["table"], row["column"]) == ("diagnosis", "diagnosis") and item not in _TOLD_BY_BOTH
    return origin or _touches(row, item)


def _grouped(changed: pa.Table) -> dict[Patient, list[dict[str, Any]]]:
    found: dict[Patient, list[dict[str, Any]]] = defaultdict(list)
    for row in changed.select(["centre", "patient", "table", "column", "kind"]).to_pylist():
        found[row["centre"], row["patient"]].append(row)
    return found


def by_patient(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Patient, Mapping[str, Any]]]:
    """Each row with whose it is."""
    for row in rows:
        yield (row["centre"], row["patient"]), row
