"""Restricted mean survival time and its differences, from an event table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import erfc, sqrt
from typing import Any, NamedTuple

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.curves import Curve, kaplan_meier, normal_quantile
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.result import Result, label_text


class RestrictedMean(NamedTuple):
    """One mean, or one difference of two, with its limits; None where undefined."""

    term: str
    estimate: float | None
    std_error: float | None
    conf_low: float | None
    conf_high: float | None
    p_value: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RestrictedMeans(Result):
    """Restricted means of each stratum and the differences of each pair (second minus first)."""

    time: float
    unit: str
    level: float
    means: tuple[RestrictedMean, ...]
    differences: tuple[RestrictedMean, ...]

    def columns(self) -> dict[str, Any]:
        """Give means, then differences, in tidy columns."""
        rows = (*self.means, *self.differences)
        return {name: [getattr(row, name) for row in rows] for name in RestrictedMean._fields}

    def notes(self) -> Sequence[str]:
        """Give the definition."""
        return (f"Mean survival time within the first {self.time:g} {self.unit}s; {self.level:.0%} limits",)


def restricted_mean(table: EventTable, time: float, *, level: float = 0.95) -> RestrictedMeans:
    """Mean survival time up to `time` of each stratum, and the differences between strata.

    Parameters
    ----------
    time
        Horizon in the table's unit, > 0.

    Notes
    -----
    The area under the Kaplan–Meier curve up to `time`, with the variance Σ A(t)² d/(n(n-d)), A(t) the area
    from t on (no n/(n-1) correction; a step to 0 adds nothing). Differences are compared with the normal
    distribution. Where follow-up ends before `time` with the curve above 0, the mean is not defined: None,
    with the reason. Weighted tables give the mean alone.

    Source
    ------
    Irwin 1949; Royston & Parmar 2013. Oracle: R `survival` (`summary(fit, rmean = time)`).

    Examples
    --------
    >>> table = EventTable.from_rows([1, 2, 3, 4], [1, 1, 0, 1], strata={"arm": ["a", "a", "b", "b"]})
    >>> [mean.estimate for mean in restricted_mean(table, 3).means]
    [1.5, 3.0]
    """
    if not time > 0:
        raise InputError("LM-A008", f"The horizon has to be above 0, not {time}.")
    z = normal_quantile(level)
    means = tuple(_mean(curve, time, z) for curve in kaplan_meier(table, level=level))
    differences = tuple(_difference(one, other, z) for one, other in combinations(means, 2))
    return RestrictedMeans(time, table.unit, level, means, differences)


def _mean(curve: Curve, time: float, z: float) -> RestrictedMean:
    term = label_text(curve.stratum)
    if not curve.time.size or (curve.last_time < time and curve.survival[-1] > 0):
        reason = f"nobody was followed up to {time:g} {curve.unit}s"
        return RestrictedMean(term, None, None, None, None, None, reason)
    within = curve.time < time
    edges = np.r_[0.0, curve.time[within], time]
    height = np.r_[1.0, curve.survival[within]]
    areas = np.diff(edges) * height
    estimate = float(areas.sum())
    if curve.events.dtype.kind == "f":
        return RestrictedMean(term, estimate, None, None, None, None, "weighted: no limits")
    after = np.cumsum(areas[::-1])[::-1][1:]
    events, at_risk = curve.events[within].astype(np.float64), curve.at_risk[within].astype(np.float64)
    left = at_risk - events
    step = np.divide(events, at_risk * left, out=np.zeros(left.size), where=left > 0)
    error = sqrt(float((after**2 * step).sum()))
    return RestrictedMean(term, estimate, error, estimate - z * error, estimate + z * error, None)


def _difference(one: RestrictedMean, other: RestrictedMean, z: float) -> RestrictedMean:
    term = f"{other.term} - {one.term}"
    if one.estimate is None or other.estimate is None:
        return RestrictedMean(term, None, None, None, None, None, one.reason or other.reason)
    estimate = other.estimate - one.estimate
    if one.std_error is None or other.std_error is None:
        return RestrictedMean(term, estimate, None, None, None, None, "weighted: no limits")
    error = sqrt(one.std_error**2 + other.std_error**2)
    p = erfc(abs(estimate) / error / sqrt(2)) if error > 0 else None
    return RestrictedMean(term, estimate, error, estimate - z * error, estimate + z * error, p)
