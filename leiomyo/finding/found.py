"""What the scan found: one row a person, with the reasons, as a frozen result."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leiomyo.errors import Problem
from leiomyo.finding.judging import certainty, criteria
from leiomyo.outcomes.result import Floats, Ints, Result


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason of one person: the criterion, its rows, and their first and last day."""

    criterion: str
    rows: int
    first: datetime.date | None
    last: datetime.date | None


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person who has, or may have, a leiomyosarcoma."""

    person_id: int
    certainty: str
    reasons: tuple[Evidence, ...]

    @property
    def rows(self) -> int:
        """How many rows speak for it; a row with two reasons counts twice."""
        return sum(one.rows for one in self.reasons)

    @property
    def first(self) -> datetime.date | None:
        """The first day of the evidence."""
        return min((one.first for one in self.reasons if one.first), default=None)

    @property
    def last(self) -> datetime.date | None:
        """The last day of the evidence."""
        return max((one.last for one in self.reasons if one.last), default=None)


@dataclass(frozen=True, slots=True)
class Found(Result):
    """The persons of an OMOP database by certainty and `person_id`, and what the answer rests on.

    Parameters
    ----------
    database
        The database as it may be shown: no password.
    looked_at
        How many persons the database holds.
    persons
        Sure ones first, each by `person_id`.
    home
        Rows by table that were brought home, where they were.
    """

    database: str
    looked_at: int
    persons: tuple[FoundPerson, ...]
    told: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    home: tuple[tuple[str, int], ...] = ()

    def sure(self) -> tuple[FoundPerson, ...]:
        """The persons of whom the records say it outright."""
        return tuple(one for one in self.persons if one.certainty == "sure")

    def possible(self) -> tuple[FoundPerson, ...]:
        """The persons whom somebody has to look at."""
        return tuple(one for one in self.persons if one.certainty != "sure")

    def reasons(self) -> list[dict[str, Any]]:
        """Persons and rows by reason, in the order of the criteria."""
        counts: dict[str, list[int]] = {}
        for person in self.persons:
            for one in person.reasons:
                held = counts.setdefault(one.criterion, [0, 0])
                held[0] += 1
                held[1] += one.rows
        return [
            {"reason": name, "certainty": "sure" if certainty(name) == "sure" else "possible",
             "persons": counts[name][0], "rows": counts[name][1], "meaning": one.reason}
            for name, one in criteria().items() if name in counts
        ]  # fmt: skip

    def columns(self) -> dict[str, Sequence[Any] | Floats | Ints]:
        """Give one row a person: who, how sure, why, how many rows, first and last day of the evidence."""
        people = self.persons
        return {
            "person_id": [one.person_id for one in people],
            "certainty": [one.certainty for one in people],
            "reasons": ["; ".join(reason.criterion for reason in one.reasons) for one in people],
            "rows": [one.rows for one in people],
            "first": [one.first for one in people],
            "last": [one.last for one in people],
        }

    def notes(self) -> Sequence[str]:
        """Give what was looked at and what was not there."""
        return self.told

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "database": self.database, "looked_at": self.looked_at, "sure": len(self.sure()),
            "possible": len(self.possible()), "reasons": self.reasons(), "notes": list(self.told),
            "problems": [str(problem) for problem in self.problems], "home": dict(self.home),
            "persons": [_person(one) for one in self.persons],
        }  # fmt: skip


def _person(one: FoundPerson) -> dict[str, Any]:
    return {
        "person_id": one.person_id, "certainty": one.certainty, "first": _day(one.first), "last": _day(one.last),
        "reasons": [{"reason": reason.criterion, "rows": reason.rows, "first": _day(reason.first),
                     "last": _day(reason.last)} for reason in one.reasons],
    }  # fmt: skip


def _day(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()
