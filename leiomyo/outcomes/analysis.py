"""From courses to an answer: who enters, how long, in which group; then the event table does the counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from leiomyo.course.endpoints import Endpoint, Excluded, Time, get_endpoint
from leiomyo.course.timeline import courses
from leiomyo.errors import InputError
from leiomyo.outcomes.cohort import RESECTION_ASSUMPTION, Covariate, cohort, usable
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.result import Result
from leiomyo.outcomes.survival import survival_groups
from leiomyo.outcomes.where import parse
from leiomyo.store.store import Store

Readings = ("earliest", "middle", "latest")


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


@dataclass(slots=True)
class _Entered:
    """Those who entered, and why the others did not."""

    times: list[Time] = field(default_factory=list)
    groups: list[str | None] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)


def survival(store: Store, endpoint: str, *, by: str | None, where: str | None, milestones: Sequence[int],
             index: str | None, unknown_in_test: bool) -> SurvivalResult:  # fmt: skip
    """Kaplan–Meier survival to an endpoint; see `Registry.survival`."""
    rule = get_endpoint(endpoint)
    if index not in {None, rule.index}:
        raise InputError("LM-A008", f"{rule.name} is counted from {rule.index}, not from {index!r}.")
    group = usable(by, grouping=True) if by else None
    condition = parse(where) if where else None
    filters = [usable(name, grouping=False) for name in sorted(condition.columns)] if condition else []
    members = [row for row in cohort(store) if condition is None or condition.holds(row)]
    entered = _enter(store, rule, members, by)
    answers = {reading: _answer(entered, reading, group, milestones, unknown_in_test) for reading in _needed(entered)}
    middle = answers["middle"]
    medians = [[shown["median_days"] for shown in answers[reading]["groups"]] for reading in answers]
    return SurvivalResult(
        endpoint=rule.name, index=rule.index, definition=rule.definition, cutoff=cutoff(store), by=by,
        label=rule.label + (f" by {group.label.lower()}" if group else ""),
        excluded=tuple({"reason": reason, "n": n} for reason, n in sorted(entered.excluded.items())),
        assumptions=tuple(_assumptions(group, filters, where)),
        precision=_precision(medians, [shown["group"] for shown in middle["groups"]]),
        groups=tuple(middle["groups"]), test=middle["test"],
    )  # fmt: skip


def _enter(store: Store, rule: Endpoint, members: Sequence[dict[str, Any]], by: str | None) -> _Entered:
    wanted = {(row["centre"], row["patient"]): row[by] if by else None for row in members}
    entered = _Entered()
    for course in courses(store):
        key = (course.centre, course.patient)
        if key not in wanted:
            continue
        outcome = rule.rule(course)
        if isinstance(outcome, Excluded):
            entered.excluded[outcome.reason] += 1
        else:
            entered.times.append(outcome)
            entered.groups.append(wanted[key])
    return entered


def _needed(entered: _Entered) -> tuple[str, ...]:
    """The readings that can differ: one where every day is exact."""
    return ("middle",) if all(time.days.exact for time in entered.times) else Readings


def _answer(entered: _Entered, reading: str, group: Covariate | None, milestones: Sequence[int],
            unknown_in_test: bool) -> dict[str, Any]:  # fmt: skip
    table = EventTable.from_rows(
        [time.days.read(reading) for time in entered.times],
        [int(time.event) for time in entered.times],
        strata={group.name: entered.groups} if group else None,
    )
    answer = survival_groups(
        table, by=group.name if group else None, milestones=milestones,
        include_unknown_in_test=unknown_in_test, order=group.levels if group else None,
    )  # fmt: skip
    for shown in answer["groups"]:
        level = shown["group"].get(group.name) if group else None
        shown["label"] = "All" if group is None else group.level_label(None if level == "unknown" else level)
    return answer


def _assumptions(group: Covariate | None, filters: Iterable[Covariate], where: str | None) -> list[str]:
    used = list(dict.fromkeys([*([group] if group else []), *filters]))
    told = [RESECTION_ASSUMPTION.format(label=column.label) for column in used if column.known == "resection"]
    if where:
        told.insert(0, f"Only patients with {where}.")
    return [*told, "Limits: 95 %, log-log; test: log-rank; patients whose group is unknown stay out of the test."
            if group else "Limits: 95 %, log-log."]  # fmt: skip


def _precision(medians: list[list[Any]], groups: list[dict[str, Any]]) -> dict[str, Any]:
    """The medians at the earliest and the latest reading of imprecise days."""
    low, high = medians[0], medians[-1]
    told = {"median_low": low[0] if low else None, "median_high": high[0] if high else None}
    if len(groups) > 1:
        told["by_group"] = [
            {"group": group, "median_low": one, "median_high": other}
            for group, one, other in zip(groups, low, high, strict=True)
        ]
    return told


def cutoff(store: Store) -> str | None:
    """The date of the latest form in the data, the nearest thing to a data cut-off that a source states."""
    dates = store.rows(
        "SELECT max(recorded) FROM (SELECT recorded FROM follow_up UNION ALL SELECT recorded FROM patient)"
    )
    return dates[0][0] if dates else None
