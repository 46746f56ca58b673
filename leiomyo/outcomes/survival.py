"""Survival by group, in the shape that `leiomyo survival` prints and the report shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from leiomyo.outcomes.comparisons import GroupTest, logrank
from leiomyo.outcomes.curves import CI, Curve, follow_up, kaplan_meier
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.rows import Label
from leiomyo.outcomes.ticks import days_per_unit

#: How an unknown label is printed.
UNKNOWN = "unknown"
#: Steps of a number-at-risk table, in days; the first that needs at most ten columns is taken.
_RISK_STEPS = (30.4375, 91.3125, 182.625, 365.25, 730.5, 1826.25, 3652.5)
_RISK_COLUMNS = 10


def survival_groups(
    table: EventTable,
    *,
    by: str | None,
    milestones: Sequence[float],
    include_unknown_in_test: bool = False,
    order: Sequence[Label] | None = None,
    risk_days: Sequence[float] | None = None,
    level: float = 0.95,
    ci: CI = "log-log",
) -> dict[str, Any]:
    """Survival of each group with its test, as plain values for JSON.

    Parameters
    ----------
    by
        The stratum name that makes the groups; the others are added up. None for one group of everybody.
    milestones
        Days at which survival is read.
    order
        Labels in the order to print them; labels it does not name follow, unknown always comes last.
    risk_days
        Days of the number-at-risk table; chosen from the range of the data if not given.

    Returns
    -------
    dict
        `groups`: per group `group`, `n`, `events`, `median_days`, `median_ci_days`,
        `follow_up_median_days`, `milestones`, `curve` (from day 0, survival 1), `risk_table`; `test`:
        `name`, `groups` (labels in order), `chi2`, `df`, `p`, `reason`, `left_out`, `observed`, `expected`;
        None without groups. All times in days, None where not reached or not defined.

    Notes
    -----
    Kaplan–Meier with log-log limits; follow-up by reverse Kaplan–Meier; log-rank test. Unknown is a group of
    its own and stays out of the test unless asked. A table in another unit is turned into days.

    Examples
    --------
    >>> margin = ["R0", "R1", "R0", None]
    >>> table = EventTable.from_rows([10, 20, 30, 40], [1, 0, 1, 0], strata={"margin": margin})
    >>> answer = survival_groups(table, by="margin", milestones=[15])
    >>> [(group["group"], group["n"], group["median_days"]) for group in answer["groups"]]
    [({'margin': 'R0'}, 2, 20.0), ({'margin': 'R1'}, 1, None), ({'margin': 'unknown'}, 1, None)]
    >>> answer["test"]["groups"], answer["test"]["left_out"]
    (['R0', 'R1'], 1)
    """
    days = days_per_unit(table.unit)
    table = table.collapse([by] if by else [])
    curves = list(kaplan_meier(table, level=level, ci=ci))
    watched = list(follow_up(table, level=level, ci=ci))
    at = group_order([curve.stratum.get(by) for curve in curves] if by else [None], order)
    risk_days = _risk_days(table, days) if risk_days is None else risk_days
    groups = [_group(curves[i], watched[i], days, milestones, risk_days) for i in at if curves]
    test = None
    if by:
        test = test_json(logrank(table, include_unknown=include_unknown_in_test), by, order)
    return {"groups": groups, "test": test}


def group_order(labels: Sequence[Label], order: Sequence[Label] | None) -> list[int]:
    """Places of `labels` in the order asked for: named ones, the rest as they came, unknown last.

    Examples
    --------
    >>> group_order(["a", "b", "c", None], ["c", "a"])
    [2, 0, 1, 3]
    """
    named: dict[Label, int] = {label: place for place, label in enumerate(order or ())}
    return sorted(range(len(labels)), key=lambda i: (labels[i] is None, named.get(labels[i], len(named)), i))


def shown_group(stratum: Any) -> dict[str, Any]:
    """Give a stratum's labels for printing, an unknown one as `unknown`."""
    return {name: UNKNOWN if label is None else label for name, label in stratum.items()}


def _group(
    curve: Curve, watched: Curve, days: float, milestones: Sequence[float], risk_days: Sequence[float]
) -> dict[str, Any]:
    median, seen = curve.median(), watched.median()
    at_risk_at = curve.counts.at_risk_at if curve.counts else lambda _: 0
    return {
        "group": shown_group(curve.stratum),
        "n": curve.persons,
        "events": curve.events.sum().item(),
        "median_days": _days(median.time, days),
        "median_ci_days": [_days(median.low, days), _days(median.high, days)],
        "follow_up_median_days": _days(seen.time, days),
        "milestones": [_milestone(curve, day, days) for day in milestones],
        "curve": _steps(curve, days),
        "risk_table": [{"days": day, "at_risk": at_risk_at(day / days * curve.per_unit)} for day in risk_days],
    }


def _days(time: float | None, days: float) -> float | None:
    return None if time is None else time * days


def _milestone(curve: Curve, day: float, days: float) -> dict[str, Any]:
    read = curve.milestone(day / days)
    return {
        "days": day,
        "survival": read.survival,
        "low": read.low,
        "high": read.high,
        "at_risk": read.at_risk,
    }


def _steps(curve: Curve, days: float) -> list[dict[str, Any]]:
    start = {"days": 0, "survival": 1.0, "low": 1.0, "high": 1.0, "at_risk": curve.started}
    rows = [start | {"events": 0, "censored": 0}]
    if math.isnan(curve.last_time):
        return rows
    columns = (curve.survival, curve.low, curve.high, curve.at_risk, curve.events, curve.censored)
    names = ("survival", "low", "high", "at_risk", "events", "censored")
    for time, *values in zip((curve.time * days).tolist(), *(column.tolist() for column in columns), strict=True):
        row = {"days": time} | dict(zip(names, values, strict=True))
        rows.append({name: None if value != value else value for name, value in row.items()})
    return rows


def _risk_days(table: EventTable, days: float) -> list[int]:
    """Choose yearly or rounder columns up to the longest follow-up."""
    longest = float(table.tick.max()) / table.per_unit * days if table.tick.size else 0.0
    if longest < 2 * _RISK_STEPS[0]:
        step = float(max(1, math.ceil(longest / _RISK_COLUMNS)))
    else:
        step = next((step for step in _RISK_STEPS if longest / step <= _RISK_COLUMNS), _RISK_STEPS[-1])
    return [round(step * place) for place in range(int(longest // step) + 1)]


def test_json(test: GroupTest, by: str, order: Sequence[Label] | None = None) -> dict[str, Any]:
    """Give a test in the shape of the `test` key."""
    at = group_order([group[by] for group in test.groups], order)
    return {
        "name": test.name,
        "groups": [shown_group(test.groups[i])[by] for i in at],
        "chi2": test.chi2,
        "df": test.df,
        "p": test.p_value,
        "reason": test.reason or None,
        "left_out": test.left_out,
        "observed": [_defined(test.observed[i]) for i in at],
        "expected": [_defined(test.expected[i]) for i in at],
    }


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value


test_json.__test__ = False  # type: ignore[attr-defined]
