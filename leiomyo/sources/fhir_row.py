"""One resource on its way to statements: whose it is, what it is called, and where problems go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from leiomyo.errors import Problem
from leiomyo.model.dates import DayInterval
from leiomyo.sources.fhir_index import Index
from leiomyo.sources.fhir_json import last_part
from leiomyo.sources.fhir_resources import Period, Quantity, Reference
from leiomyo.sources.fhir_values import days_of, length_factor


@dataclass(frozen=True, slots=True)
class Row:
    """One resource: whose it is, what its profiles say it is, and where problems go."""

    patient: str
    record: str
    file: str
    number: int
    roles: frozenset[str]
    index: Index
    problems: list[Problem] = field(default_factory=list)

    def problem(self, code: str, column: str = "", found: object = "", detail: str = "") -> None:
        """Note a problem of this row."""
        self.problems.append(Problem(code, self.file, self.number, column, found=str(found)[:200], detail=detail))

    def tumour_of(self, references: Iterable[Reference]) -> str:
        """Which tumour is meant: that of the condition referred to, else the one the record is about."""
        named = (self.index.tumours.get(last_part(reference.reference)) for reference in references)
        return next((tumour for tumour in named if tumour), "1")

    def days(self, text: str, column: str) -> DayInterval | None:
        """The days that a date may mean; None and a problem where it is none."""
        if not text:
            return None
        found = days_of(text)
        if found is None:
            self.problem("LM-D012", column, text)
        return found

    def span(self, period: Period | None, column: str) -> tuple[DayInterval | None, DayInterval | None]:
        """First and last day of a period; an end before the start is set aside."""
        if period is None:
            return None, None
        start, end = self.days(period.start, f"{column}.start"), self.days(period.end, f"{column}.end")
        if start and end and end.high < start.low:
            self.problem("LM-D011", f"{column}.end", period.end)
            return start, None
        return start, end

    def millimetres(self, amount: Quantity | None, column: str) -> float | None:
        """A length in millimetres; one of another unit, or one bounded by a sign, is set aside with a problem."""
        if amount is None or amount.value is None:
            return None
        factor = length_factor(amount)
        if factor is None or amount.comparator:
            self.problem("LM-D036", column, f"{amount.comparator}{amount.value:g} {amount.unit or amount.code}")
            return None
        size = round(amount.value * factor, 3)
        if not 0 < size <= 1000:
            self.problem("LM-D006", column, f"{amount.value:g} {amount.unit or amount.code}")
            return None
        return size

    def moment(self, on: DayInterval | None) -> str:
        """At diagnosis or later, where both days leave no doubt."""
        first = self.index.diagnosed.get(self.patient)
        if on is None or first is None:
            return "any_time"
        return "at_diagnosis" if on.high <= first.high else "later" if on.low > first.high else "any_time"
