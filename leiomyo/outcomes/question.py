"""A question put to the registry: which endpoint, whom, by what; and who can answer it.

Everything that an analysis needs before it counts: the endpoint's rule applied to each course, the covariates that
may stand at time zero, the filter, and the count of those left out with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leiomyo.course.endpoints import Endpoint, Time, get_endpoint
from leiomyo.course.line_rules import LineRules, default_rules
from leiomyo.course.starts import INDEX_WORDS, Excluded, Start, check_index, start_of
from leiomyo.course.therapy import courses
from leiomyo.course.timeline import Course
from leiomyo.course.treatments import given, known_at, treatment_of
from leiomyo.errors import InputError
from leiomyo.outcomes.cohort import RESECTION_ASSUMPTION, Covariate, at_start, cohort, covariates, usable
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
    index: str = "diagnosis"
    line: int | None = None
    rules: LineRules = field(default_factory=default_rules)
    times: list[Time] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)
    people: list[tuple[Course, Start]] = field(default_factory=list)
    #: How many are left out because it is not known whether the condition holds.
    unsure: int = 0
    courses: Sequence[Course] = ()
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
        untold = f" It is unknown for {self.unsure}, who are left out." if self.unsure else ""
        told = [f"Only patients with {self.where}.{untold}"] if self.where else []
        if self.index == "diagnosis":
            told += [RESECTION_ASSUMPTION.format(label=c.label) for c in used if c.known == "resection"]
        if self.where and not self.times and not self.left_out:
            levels = [f"{c.name} takes {', '.join(c.levels)}" for c in self.filters if c.levels]
            told.append(f"Nobody meets the condition. {'; '.join(levels)}".strip())
        if self.index == "line":
            told.append(f"Lines of therapy by the rules {self.rules.version}.")
        granted = Counter(time.assumed for time in self.times if time.assumed)
        return told + [f"{text} ({n} of {len(self.times)})" for text, n in sorted(granted.items())]

    @property
    def origin(self) -> str:
        """The day time is counted from, in words."""
        return f"line {self.line}" if self.index == "line" else self.index

    @property
    def order(self) -> dict[str, int]:
        """The number of each event: the endpoint's own first, then what competes."""
        return {cause: at for at, cause in enumerate((*self.endpoint.causes, *self.endpoint.competing), start=1)}

    def table(self, *, reading: str = "middle", causes: bool = False,
              strata: Mapping[str, Sequence[Any]] | None = None) -> EventTable:  # fmt: skip
        """The event table of the question, by its columns and any further strata.

        With `causes` the endpoint's events and what competes with them are told apart (1, 2, … in their order);
        otherwise any of its own events is 1 and what competes is censored.
        """
        order = self.order if causes else dict.fromkeys(self.endpoint.causes, 1)
        by = {column.name: [member[column.name] for member in self.members] for column in self.columns}
        return EventTable.from_rows(
            [time.days.read(reading) for time in self.times],
            [order.get(time.cause or "", 0) for time in self.times],
            strata={**by, **(strata or {})} or None,
        )

    def person_rows(self, on: Sequence[str]) -> tuple[list[int], list[int], dict[str, list[float | None]]]:
        """Days, causes (0 censored) and numeric covariates, a row a person, for models that need one.

        Raises
        ------
        InputError
            `LM-A002` for a covariate that is neither a number nor a flag.
        """
        columns = [usable(name, grouping=False, index=self.index) for name in on]
        for column in columns:
            if column.kind not in {"number", "flag"}:
                raise InputError("LM-A002", f"{column.name} is neither a number nor a flag; `cox` takes it.")
        flags = {"yes": 1.0, "no": 0.0}
        values = {
            column.name: [flags.get(member[column.name], member[column.name]) for member in self.members]
            for column in columns
        }
        causes = [self.order.get(time.cause or "", 0) for time in self.times]
        return [time.days.middle for time in self.times], causes, values


def ask(store: Store, endpoint: str, *, by: Sequence[str] = (), where: str | None = None,
        index: str | None = None, line: int | None = None, rules: LineRules | None = None,
        unsure: bool = False) -> Question:  # fmt: skip
    """The question, with everybody who can answer it; with `unsure` also those of whom the condition is unknown.

    Raises
    ------
    InputError
        The endpoint, a column or the condition is not known, or a column is learnt after time zero.
    """
    rule = get_endpoint(endpoint)
    start = _index(rule, index, line)
    condition = parse(where) if where else None
    names = sorted(condition.columns) if condition else []
    _refuse_treatments([*by, *names], store, start, rules)
    columns = tuple(usable(name, grouping=True, index=start) for name in by)
    filters = tuple(usable(name, grouping=False, index=start) for name in names)
    question = Question(rule, columns, filters, where, cutoff(store), start, line, rules or default_rules())
    question.courses = courses(store, question.rules)
    for course, begins, member, outcome in _followed(store, question):
        met = True if condition is None else condition.test(member)
        if met is None and isinstance(begins, Excluded) and any(column.known == "line" for column in filters):
            met = True  # without the line there is nothing to ask of it: counted as having none
        if met is False or (met is None and not unsure):
            question.unsure += met is None
            continue
        if isinstance(begins, Excluded) or isinstance(outcome, Excluded):
            question.left_out[outcome.reason if isinstance(outcome, Excluded) else ""] += 1
        else:
            question.times.append(outcome)
            question.members.append(member)
            question.people.append((course, begins))
    return _answerable(question)


#: Each patient with the start of follow-up and the covariates as known then; and with the outcome.
_Begun = list[tuple[Course, Start | Excluded, dict[str, Any]]]
_Followed = list[tuple[Course, Start | Excluded, dict[str, Any], Time | Excluded]]


def _followed(store: Store, question: Question) -> _Followed:
    """Those of the question asked last are kept: a report asks for one endpoint by one column after another."""
    start = (question.index, question.line, question.rules)

    def follow() -> _Followed:
        begun = store.kept("begun", lambda: _begun(store, question), *start)
        rule = question.endpoint.rule
        return [(*one, one[1] if isinstance(one[1], Excluded) else rule(one[0], one[1])) for one in begun]

    return store.kept("followed", follow, question.endpoint, *start)


def _begun(store: Store, question: Question) -> _Begun:
    rows = {(row["centre"], row["patient"]): row for row in cohort(store)}
    found: _Begun = []
    for course in question.courses:
        begins = start_of(course, question.index, question.line)
        found.append((course, begins, at_start(rows[course.centre, course.patient], course, begins)))
    return found


def _index(rule: Endpoint, index: str | None, line: int | None) -> str:
    """The day to count from: as asked for, the start of the line that is named, or the endpoint's own."""
    if line is not None and index not in {None, "line"}:
        raise InputError("LM-A008", f"--line counts from the start of a line, --index from {index}: give one of them.")
    if line is not None and line < 0:
        raise InputError("LM-A008", f"There is no line {line}.")
    start = "line" if line is not None else check_index(index or rule.index)
    if start not in rule.indices:
        words = " or ".join(INDEX_WORDS[name] for name in rule.indices)
        raise InputError("LM-A008", f"{rule.name} is counted from {words}, not from {INDEX_WORDS[start]}.")
    if start == "line" and line is None:
        raise InputError("LM-A008", f"{rule.name} is counted from the start of a line: name it with --line.")
    return start


def _refuse_treatments(names: Sequence[str], store: Store, index: str, rules: LineRules | None) -> None:
    """Refuse a treatment as a group at time zero, with the days on which it became known in these data."""
    for name in names:
        treatment = treatment_of(name)
        if treatment is not None:
            starts = [(course, start_of(course, index)) for course in courses(store, rules)]
            days = [(begun.day - start.day).middle for course, start in starts if isinstance(start, Start)
                    and (begun := given(treatment, course, start)).day]  # fmt: skip
            raise InputError("LM-A003", f"{covariates()[name].label} ({name}) {known_at(treatment, sorted(days))}.")


def _answerable(question: Question) -> Question:
    """The question, unless nobody's records can answer it."""
    deaths = question.left_out["dead, cause of death not recorded"]
    if question.endpoint.name == "dss" and deaths and not any(time.cause for time in question.times):
        raise InputError("LM-A010", f"The cause of death is not recorded for any of the {deaths} who died.")
    return question


def cutoff(store: Store) -> str | None:
    """The date of the latest form in the data, the nearest thing to a data cut-off that a source states."""
    dates = store.rows(
        "SELECT max(recorded) FROM (SELECT recorded FROM follow_up UNION ALL SELECT recorded FROM patient)"
    )
    return dates[0][0] if dates else None
