"""Answers to the questions of `question.py`: the event table does the counting, nothing here sees a person's row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leiomyo.course.line_rules import LineRules
from leiomyo.errors import InputError
from leiomyo.outcomes.cohort import Covariate
from leiomyo.outcomes.cox import cox_result
from leiomyo.outcomes.incidence import incidence_groups
from leiomyo.outcomes.question import Question, ask
from leiomyo.outcomes.relative import Method, RelativeSurvivals, relative_survival
from leiomyo.outcomes.result import Result
from leiomyo.outcomes.survival import survival_groups
from leiomyo.store.store import Store


@dataclass(frozen=True, slots=True)
class SurvivalResult(Result):
    """Survival to one endpoint, with the definition, exclusions and assumptions it was made under.

    `to_dict` gives the JSON of `leiomyo survival --json`; times are in days, None where not reached.
    """

    endpoint: str
    index: str
    definition: str
    cutoff: str | None
    excluded: tuple[dict[str, Any], ...]
    assumptions: tuple[str, ...]
    precision: dict[str, Any]
    groups: tuple[dict[str, Any], ...]
    test: dict[str, Any] | None
    by: str | None = None
    label: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values."""
        names = ("endpoint", "index", "by", "label", "definition", "cutoff")
        return {
            **{name: getattr(self, name) for name in names},
            "excluded": list(self.excluded), "assumptions": list(self.assumptions), "precision": self.precision,
            "groups": list(self.groups), "test": self.test,
        }  # fmt: skip

    def columns(self) -> dict[str, Any]:
        """One row a group: its size, events, median with limits and follow-up, in days."""
        groups = self.groups
        return {
            "group": [shown["label"] for shown in groups],
            "n": [shown["n"] for shown in groups],
            "events": [shown["events"] for shown in groups],
            "median_days": [shown["median_days"] for shown in groups],
            "conf_low": [shown["median_ci_days"][0] for shown in groups],
            "conf_high": [shown["median_ci_days"][1] for shown in groups],
            "follow_up_median_days": [shown["follow_up_median_days"] for shown in groups],
        }

    def notes(self) -> Sequence[str]:
        """Definition, exclusions and assumptions."""
        left_out = [f"Left out: {item['n']} ({item['reason']})." for item in self.excluded]
        return (self.label, self.definition, *left_out, *self.assumptions)

    def curves(self) -> Any:
        """The curves as an Arrow table: one row a group and day, with survival, limits and number at risk."""
        import pyarrow as pa

        return pa.Table.from_pylist([{**group["group"], **step} for group in self.groups for step in group["curve"]])


@dataclass(frozen=True, slots=True)
class TableResult(Result):
    """An answer whose JSON is `told` and whose table is `rows`: cumulative incidence, or a Cox regression."""

    told: dict[str, Any]
    rows: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values."""
        return self.told

    def columns(self) -> dict[str, Any]:
        """The rows, column by column."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        return {name: [row.get(name) for row in self.rows] for name in names}

    def notes(self) -> Sequence[str]:
        """Definition, exclusions and assumptions."""
        left_out = [f"Left out: {item['n']} ({item['reason']})." for item in self.told.get("excluded", ())]
        return (self.told.get("definition", ""), *left_out, *self.told.get("assumptions", ()))


def survival(store: Store, endpoint: str, *, by: str | None = None, where: str | None = None,
             milestones: Sequence[int] = (365, 730, 1826), index: str | None = None,
             line: int | None = None, unknown_in_test: bool = False,
             rules: LineRules | None = None) -> SurvivalResult:  # fmt: skip
    """Kaplan–Meier survival to an endpoint; see `Registry.survival`."""
    question = ask(store, endpoint, by=[by] if by else [], where=where, index=index, line=line, rules=rules)
    group = question.columns[0] if by else None
    answers = [
        _labelled(survival_groups(
            question.table(reading=reading), by=by, milestones=milestones,
            include_unknown_in_test=unknown_in_test, order=group.levels if group else None,
        ), group)
        for reading in question.readings
    ]  # fmt: skip
    middle = answers[len(answers) // 2]
    limits = "Limits: 95 %, log-log."
    test = " Test: log-rank; patients whose group is unknown stay out of it." if group else ""
    return SurvivalResult(
        **_heading(question, group), assumptions=(*question.assumptions, limits + test),
        precision=_precision([answer["groups"] for answer in answers]),
        groups=tuple(middle["groups"]), test=middle["test"],
    )  # fmt: skip


def incidence(store: Store, endpoint: str, *, by: str | None = None, where: str | None = None,
              milestones: Sequence[int] = (365, 730, 1826), index: str | None = None,
              line: int | None = None, rules: LineRules | None = None) -> TableResult:  # fmt: skip
    """Cumulative incidence of each event of an endpoint, the others competing; see `Registry.incidence`."""
    question = ask(store, endpoint, by=[by] if by else [], where=where, index=index, line=line, rules=rules)
    group = question.columns[0] if by else None
    answer = _labelled(
        incidence_groups(
            question.table(causes=True), by=by, milestones=milestones, order=group.levels if group else None
        ),
        group,
    )
    names = {number: cause for cause, number in question.order.items()}
    for shown in answer["groups"]:
        for cause in shown["causes"]:
            cause["label"] = names[cause["cause"]]
    method = "Aalen–Johansen; variance as in cmprsk::cuminc. Test: Gray's, of the first event."
    told = {**_heading(question, group), "excluded": list(question.excluded),
            "assumptions": [*question.assumptions, method], **answer}  # fmt: skip
    return TableResult(told, tuple(incidence_rows(answer)))


def incidence_rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a group, event and milestone."""
    return [
        {"group": shown["label"], "n": shown["n"], "event": cause.get("label", cause["cause"]),
         "events": cause["events"], "days": mark["days"], "estimate": mark["incidence"],
         "conf_low": mark["low"], "conf_high": mark["high"]}
        for shown in answer["groups"] for cause in shown["causes"] for mark in cause["milestones"]
    ]  # fmt: skip


def cox(store: Store, endpoint: str, *, on: Sequence[str], where: str | None = None, index: str | None = None,
        line: int | None = None, strata: Sequence[str] = (), ties: str = "efron",
        allow_sparse: bool = False, rules: LineRules | None = None) -> TableResult:  # fmt: skip
    """Cox regression on categorical covariates; see `Registry.cox`."""
    if not on:
        raise InputError("LM-A008", "Name at least one covariate with --on.")
    question = ask(store, endpoint, by=[*on, *strata], where=where, index=index, line=line, rules=rules)
    reference = {column.name: first for column in question.columns[: len(on)] if (first := _first(question, column))}
    answer = cox_result(question.table(), list(on), strata=list(strata), ties=ties, allow_sparse=allow_sparse,
                        reference=reference)  # fmt: skip
    told = {
        **_heading(question, None),
        "excluded": list(question.excluded),
        "assumptions": question.assumptions,
        **answer,
    }
    if answer["left_out"]:
        told["excluded"].append({"reason": "a covariate is unknown", "n": answer["left_out"]})
    return TableResult(told, tuple(answer["terms"]))


def _first(question: Question, column: Covariate) -> str | None:
    """The first level, in the covariate's own order, that anybody has: what the others are compared with."""
    present = {member[column.name] for member in question.members} - {None}
    ordered = [level for level in column.levels if level in present]
    return ordered[0] if ordered else min(present, default=None)


def relative(store: Store, *, by: str | None = None, where: str | None = None,
             method: Method = "pohar-perme") -> RelativeSurvivals:  # fmt: skip
    """Survival from the disease alone, against the population's life table; see `Registry.relative_survival`."""
    question = ask(store, "os", by=[by] if by else [], where=where)
    people = question.members
    needed = {
        "age": [None if row["age_years"] is None else int(row["age_years"]) for row in people],
        "sex": [row["sex"] for row in people],
        "year": [row["diagnosis_year"] for row in people],
    }
    return relative_survival(question.table(strata=needed), by=[by] if by else [], method=method)


def _heading(question: Question, group: Covariate | None) -> dict[str, Any]:
    rule = question.endpoint
    return {
        "endpoint": rule.name, "index": question.origin, "by": group.name if group else None,
        "label": rule.label + (f" by {group.label.lower()}" if group else ""), "definition": rule.definition,
        "cutoff": question.cutoff, "excluded": question.excluded,
    }  # fmt: skip


def _labelled(answer: dict[str, Any], group: Covariate | None) -> dict[str, Any]:
    """The answer with each group's name for people."""
    for shown in answer["groups"]:
        level = shown["group"].get(group.name) if group else None
        shown["label"] = "All" if group is None else group.level_label(None if level == "unknown" else level)
    return answer


def _precision(answers: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """The medians at the earliest and the latest reading of imprecise days."""
    ends = [
        {"group": parts[0]["group"], "median_low": found[0], "median_high": found[-1]}
        for parts in zip(*answers, strict=True)
        # not reached is later than any day; an early reading of events need not give the early median
        if (found := sorted((part["median_days"] for part in parts), key=lambda day: math.inf if day is None else day))
    ]
    first = {key: ends[0][key] if ends else None for key in ("median_low", "median_high")}
    return first | ({"by_group": ends} if len(ends) > 1 else {})
