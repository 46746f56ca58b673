"""A question put to the registry: which endpoint, whom, by what; and who can answer it.

Everything that an analysis needs before it counts: the endpoint's rule applied to each course, the covariates that
may stand at time zero, the filter, and the count of those left out with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leiomyo.course.endpoints import Endpoint, Excluded, Time, get_endpoint
from leiomyo.course.therapy import courses
from leiomyo.errors import InputError
from leiomyo.outcomes.cohort import RESECTION_ASSUMPTION, Covariate, cohort, usable
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.where import parse
from leiomyo.store.store import Store

READINGS = ("earliest", "middle", "latest")


@dataclass(slots=True)
class Question:
    """An endpoint asked of some patients, grouped by covariates: their times, and why others have none."""

    endpoint: Endpoint
    columns: tuple[Covariate, ...]
    filters: tuple[Covariate, ...]
    where: str | None
    cutoff: str | None
    times: list[Time] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def excluded(self) -> tuple[dict[str, Any], ...]:
        """Who is left out: reasons with counts."""
        return tuple({"reason": reason, "n": n} for reason, n in sorted(self.left_out.items()))

    @property
    def readings(self) -> tuple[str, ...]:
        """The readings of imprecise days that can differ: one where every day is exact."""
        return ("middle",) if all(time.days.exact for time in self.times) else READINGS

    @property
    def assumptions(self) -> list[str]:
        """What was taken for granted, in words."""
        used = dict.fromkeys([*self.columns, *self.filters])
        told = [f"Only patients with {self.where}."] if self.where else []
        return told + [RESECTION_ASSUMPTION.format(label=c.label) for c in used if c.known == "resection"]

    def table(self, *, reading: str = "middle", causes: bool = False,
              strata: Mapping[str, Sequence[Any]] | None = None) -> EventTable:  # fmt: skip
        """The event table of the question, by its columns and any further strata.

        With `causes` the endpoint's events are told apart (1, 2, … in their order), otherwise any of them is 1.
        """
        order = {cause: place if causes else 1 for place, cause in enumerate(self.endpoint.causes, start=1)}
        by = {column.name: [member[column.name] for member in self.members] for column in self.columns}
        return EventTable.from_rows(
            [time.days.read(reading) for time in self.times],
            [0 if time.cause is None else order[time.cause] for time in self.times],
            strata={**by, **(strata or {})} or None,
        )

    def person_rows(self, on: Sequence[str]) -> tuple[list[int], list[int], dict[str, list[float | None]]]:
        """Days, causes (0 censored) and numeric covariates, a row a person, for models that need one.

        Raises
        ------
        InputError
            `LM-A002` for a covariate that is neither a number nor a flag.
        """
        columns = [usable(name, grouping=False) for name in on]
        for column in columns:
            if column.kind not in {"number", "flag"}:
                raise InputError("LM-A002", f"{column.name} is neither a number nor a flag; `cox` takes it.")
        flags = {"yes": 1.0, "no": 0.0}
        values = {
            column.name: [flags.get(member[column.name], member[column.name]) for member in self.members]
            for column in columns
        }
        order = {cause: place for place, cause in enumerate(self.endpoint.causes, start=1)}
        causes = [0 if time.cause is None else order[time.cause] for time in self.times]
        return [time.days.middle for time in self.times], causes, values


def ask(store: Store, endpoint: str, *, by: Sequence[str] = (), where: str | None = None,
        index: str | None = None) -> Question:  # fmt: skip
    """The question, with everybody who can answer it.

    Raises
    ------
    InputError
        The endpoint, a column or the condition is not known, or a column is learnt after time zero.
    """
    rule = get_endpoint(endpoint)
    if index not in {None, rule.index}:
        raise InputError("LM-A008", f"{rule.name} is counted from {rule.index}, not from {index!r}.")
    columns = tuple(usable(name, grouping=True) for name in by)
    condition = parse(where) if where else None
    filters = tuple(usable(name, grouping=False) for name in sorted(condition.columns)) if condition else ()
    question = Question(rule, columns, filters, where, cutoff(store))
    wanted = {
        (row["centre"], row["patient"]): row for row in cohort(store) if condition is None or condition.holds(row)
    }
    for course in courses(store):
        member = wanted.get((course.centre, course.patient))
        if member is None:
            continue
        outcome = rule.rule(course)
        if isinstance(outcome, Excluded):
            question.left_out[outcome.reason] += 1
        else:
            question.times.append(outcome)
            question.members.append(member)
    return question


def cutoff(store: Store) -> str | None:
    """The date of the latest form in the data, the nearest thing to a data cut-off that a source states."""
    dates = store.rows(
        "SELECT max(recorded) FROM (SELECT recorded FROM follow_up UNION ALL SELECT recorded FROM patient)"
    )
    return dates[0][0] if dates else None
