"""One patient's rows as they are edited: by table, days as dates, with the dice that decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

import numpy as np

Row = dict[str, Any]
Option = TypeVar("Option")

#: The day on which the made registry was frozen; nothing clean happens later.
FROZEN = date(2026, 10, 31)
TABLES = (
    "patient", "diagnosis", "stage", "symptom", "disease_status", "surgery",
    "radiotherapy", "drug_exposure", "follow_up", "adverse_event",
)  # fmt: skip
_WITHOUT_TUMOUR = {"patient", "symptom", "follow_up", "adverse_event"}


@dataclass(frozen=True, slots=True)
class Dice:
    """A seeded generator with the draws that a clinical course needs."""

    rng: np.random.Generator

    def chance(self, probability: float) -> bool:
        """Whether what has this probability happens."""
        return bool(self.rng.random() < probability)

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def one(self, options: Sequence[Option]) -> Option:
        """One of them, each as likely."""
        return options[self.whole(0, len(options) - 1)]

    def pick(self, weights: Mapping[Option, float]) -> Option:
        """One option, by weights that need not add to one."""
        options, shares = list(weights), np.array(list(weights.values()), dtype=float)
        return options[int(self.rng.choice(len(options), p=shares / shares.sum()))]

    def skewed(self, median: float, spread: float) -> float:
        """Log-normal: sizes and mitotic counts have a long right tail."""
        return float(median * np.exp(self.rng.normal(0.0, spread)))

    def wait(self, mean: float) -> int:
        """Days to an event of constant hazard."""
        return int(self.rng.exponential(mean))

    def after(self, day: date, low: int, high: int) -> date:
        """A day between `low` and `high` days after another."""
        return day + timedelta(days=self.whole(low, high))


@dataclass(slots=True)
class Case:
    """One patient: rows by table, with days as `date`, or as text where only month or year are recorded."""

    patient: str
    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def add(self, table: str, **values: Any) -> Row:
        """A further row of the table."""
        row: Row = values if table in _WITHOUT_TUMOUR else {"tumour": "1"} | values
        self.tables[table].append(row)
        return row

    def insert_copy(self, table: str, row: Row, **changes: Any) -> Row:
        """A second row right behind a first one, as a clerk would type it."""
        rows, copy = self.tables[table], row | changes
        rows.insert(next(place for place, other in enumerate(rows) if other is row) + 1, copy)
        return copy

    @property
    def person(self) -> Row:
        """The patient's own row."""
        return self.tables["patient"][0]

    @property
    def index_tumour(self) -> Row:
        """The tumour that the record is about."""
        return self.tables["diagnosis"][0]

    @property
    def is_lms(self) -> bool:
        """Whether the histology says leiomyosarcoma."""
        return str(self.index_tumour["histology"]).lower().find("leiomyosarcoma") >= 0

    @property
    def last_day(self) -> date | None:
        """Death or last contact, where it is known to the day."""
        day: object = self.person["death"] if self.person["vital_status"] == "dead" else self.person["last_contact"]
        return day if isinstance(day, date) else None

    def which(self, table: str, **wanted: Any) -> Iterator[Row]:
        """Rows of a table that carry these values."""
        return (row for row in self.tables[table] if all(row.get(key) == value for key, value in wanted.items()))


def years_between(earlier: date, later: date) -> int:
    """Completed years, as an age is told."""
    return later.year - earlier.year - ((later.month, later.day) < (earlier.month, earlier.day))
