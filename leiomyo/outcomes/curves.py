"""Curves over time from an event table: survival, cumulative hazard, follow-up; and what is read off them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.counting import CENSORED, FIRST_CAUSE, StratumCounts
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.result import Counts, Floats, Result, label_text, number
from leiomyo.outcomes.rows import Cause, Label

CI = Literal["log-log", "log", "plain"]
#: As R `survival`: a curve this close to a level stands on it.
_TOLERANCE = 1.5e-8


class Quantile(NamedTuple):
    """A time by which a share `p` has had the event, with its limits; None where not reached."""

    p: float
    time: float | None
    low: float | None
    high: float | None


class Milestone(NamedTuple):
    """Survival at one time, with its limits and the number still at risk; None where undefined."""

    time: float
    survival: float | None
    std_error: float | None
    low: float | None
    high: float | None
    at_risk: Any


@dataclass(frozen=True, slots=True, eq=False)
class Curve(Result):
    """One step function over time: one entry per time at which somebody had the event or was censored.

    `at_risk` counts entry < t <= exit. `std_error` is of the curve itself. NaN where undefined.
    """

    stratum: Mapping[str, Label]
    unit: str
    level: float
    ci: str
    persons: Any
    started: Any
    time: Floats
    survival: Floats
    std_error: Floats
    low: Floats
    high: Floats
    at_risk: Counts
    events: Counts
    censored: Counts
    last_time: float = float("nan")
    counts: StratumCounts | None = field(default=None, repr=False)
    per_unit: int = 1

    def columns(self) -> dict[str, Any]:
        """Give the curve column by column, stratum labels first."""
        size = self.time.size
        names: dict[str, Any] = {name: [label] * size for name, label in self.stratum.items()}
        keys = ("time", "survival", "std_error", "low", "high", "at_risk", "events", "censored")
        return names | {key: getattr(self, key) for key in keys}

    def notes(self) -> Sequence[str]:
        """Give the definition of the limits."""
        return (f"{label_text(self.stratum)}: {self.persons} persons; {self.level:.0%} limits {self.ci}",)

    def quantile(self, p: float) -> Quantile:
        """Time by which a share `p` has had the event, with limits.

        Notes
        -----
        The first time at which the curve is at or below 1 - p; where it stands exactly on 1 - p and later
        falls, the middle of that step. The limits are read in the same way off the limits of the curve
        (Brookmeyer & Crowley 1982). None where the curve does not come down so far.

        Oracle: the median and its limits as R `survival::summary.survfit` prints them.

        Examples
        --------
        >>> table = EventTable.from_rows([1, 2, 3, 4, 5], [1, 1, 1, 1, 1])
        >>> kaplan_meier(table)[0].quantile(0.5)
        Quantile(p=0.5, time=3.0, low=1.0, high=None)
        """
        if not 0 < p < 1:
            raise InputError("LM-A008", f"A quantile lies between 0 and 1, not at {p}.")
        return Quantile(p, *(_crossing(self.time, curve, 1 - p) for curve in (self.survival, self.low, self.high)))

    def median(self) -> Quantile:
        """Median time, with limits; see `quantile`."""
        return self.quantile(0.5)

    def milestone(self, time: float) -> Milestone:
        """Survival at `time`, in the unit of the table.

        Notes
        -----
        None beyond the last follow-up of the stratum, unless the curve has come down to 0: nobody was
        watched for so long. `at_risk` counts those at risk at `time` itself.

        Examples
        --------
        >>> table = EventTable.from_rows([10, 20, 30], [1, 0, 1])
        >>> kaplan_meier(table)[0].milestone(15).at_risk
        2
        """
        at = int(np.searchsorted(self.time, time, side="right")) - 1
        at_risk = 0 if self.counts is None else self.counts.at_risk_at(time * self.per_unit)
        at_risk = float(at_risk) if isinstance(at_risk, float) else int(at_risk)
        if not self.time.size or (time > self.last_time and self.survival[-1] > 0):
            return Milestone(time, None, None, None, None, at_risk)
        if at < 0:
            known = None if self.events.dtype.kind == "f" else 0.0
            return Milestone(time, 1.0, known, None, None, at_risk)
        survival, error, low, high = (
            number(column[at]) for column in (self.survival, self.std_error, self.low, self.high)
        )
        return Milestone(time, survival, error, low, high, at_risk)


@dataclass(frozen=True, slots=True, eq=False)
class Curves(Result):
    """Curves of one kind, one for each stratum, in the order of the table's strata."""

    curves: tuple[Curve, ...]

    def __iter__(self) -> Iterator[Curve]:
        """Go through the curves."""
        return iter(self.curves)

    def __len__(self) -> int:
        """Count the curves."""
        return len(self.curves)

    def __getitem__(self, place: int) -> Curve:
        """Give one curve."""
        return self.curves[place]

    def quantile(self, p: float) -> list[Quantile]:
        """Give the quantile of each stratum; see `Curve.quantile`."""
        return [curve.quantile(p) for curve in self.curves]

    def median(self) -> list[Quantile]:
        """Give the median of each stratum."""
        return self.quantile(0.5)

    def milestone(self, time: float) -> list[Milestone]:
        """Give survival at `time` of each stratum; see `Curve.milestone`."""
        return [curve.milestone(time) for curve in self.curves]

    def columns(self) -> dict[str, Any]:
        """Give all curves below each other."""
        parts = [curve.columns() for curve in self.curves]
        if not parts:
            return {}
        return {
            name: np.concatenate([part[name] for part in parts])
            if isinstance(parts[0][name], np.ndarray)
            else [value for part in parts for value in part[name]]
            for name in parts[0]
        }

    def notes(self) -> Sequence[str]:
        """Give the notes of every curve."""
        return tuple(note for curve in self.curves for note in curve.notes())


def _crossing(time: Floats, curve: Floats, level: float) -> float | None:
    """Find the first time at or below `level`, or the middle of a step that stands on it."""
    known = ~np.isnan(curve)
    below = known & (curve <= level + _TOLERANCE)
    if not below.any():
        return None
    first = int(np.argmax(below))
    if abs(curve[first] - level) < _TOLERANCE:
        lower = below & (curve < curve[first])
        if lower.any():
            return float(time[first] + time[int(np.argmax(lower))]) / 2
    return float(time[first])


def normal_quantile(level: float) -> float:
    """Give the two-sided normal quantile of `level`.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    if not 0 < level < 1:
        raise InputError("LM-A008", f"A confidence level lies between 0 and 1, not at {level}.")
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2)


def survival_limits(survival: Floats, hazard_error: Floats, *, level: float, ci: str) -> tuple[Floats, Floats]:
    """Pointwise limits of a survival curve from the standard error of its cumulative hazard.

    Notes
    -----
    `log-log`: S^exp(±z·se/log S), undefined where S is 0 or 1; `log`: S·exp(±z·se), at most 1; `plain`:
    S ± z·S·se within [0, 1]. All undefined where S is 0.

    Source
    ------
    Borgan & Liestøl 1990; Kalbfleisch & Prentice 2002, 1.4. Oracle: R `survival::survfit`.
    """
    z = normal_quantile(level)
    with np.errstate(all="ignore"):
        if ci == "log-log":
            half = z * hazard_error / np.log(survival)
            low, high = survival ** np.exp(-half), survival ** np.exp(half)
            undefined = (survival <= 0) | (survival >= 1)
        elif ci == "log":
            low, high = (
                survival * np.exp(-z * hazard_error),
                np.minimum(survival * np.exp(z * hazard_error), 1),
            )
            undefined = survival <= 0
        elif ci == "plain":
            half = z * hazard_error * survival
            low, high = np.maximum(survival - half, 0), np.minimum(survival + half, 1)
            undefined = survival <= 0
        else:
            raise InputError("LM-A008", f"Limits are log-log, log or plain, not {ci!r}.")
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def kaplan_meier(table: EventTable, *, level: float = 0.95, ci: CI = "log-log", cause: Cause | None = None) -> Curves:
    """Survival by time with pointwise limits, one curve per stratum.

    Parameters
    ----------
    level
        Two-sided, in (0, 1).
    cause
        Take only this cause as the event and the others as censorings; all causes by default.

    Returns
    -------
    Curves
        One row per stratum and time with an event or a censoring. Times in the table's unit.

    Notes
    -----
    S(t) = ∏ (1 - d/n); standard error by Greenwood. Events come before the censorings of the same time.
    Late entries count from after their entry; where a stratum empties, the curve stays at 0 even if it
    refills. A time continued elsewhere is no censoring and shows no row. A weighted table has no limits. An
    empty stratum gives an empty curve.

    Source
    ------
    Kaplan & Meier 1958; Greenwood 1926. Oracle: R `survival::survfit` (tests/oracle).

    Examples
    --------
    >>> curves = kaplan_meier(EventTable.from_rows([1, 2, 2, 3], [1, 1, 0, 0]))
    >>> curves[0].survival.tolist()
    [0.75, 0.5, 0.5]
    """
    columns = table.cause_columns(cause)
    others = [column for column in table.cause_columns(None) if column not in columns]

    def split(counts: Counts) -> tuple[Counts, Counts]:
        return counts[:, columns].sum(axis=1), counts[:, CENSORED] + counts[:, others].sum(axis=1)

    return Curves(tuple(_curve(table, part, split, level, ci) for part in table.by_stratum()))


def follow_up(table: EventTable, *, level: float = 0.95, ci: CI = "log-log") -> Curves:
    """Follow-up by the reverse Kaplan–Meier: the censoring is the event, and the event a censoring.

    Notes
    -----
    A time that is continued in another stratum is not the end of follow-up. At a tied time those with the
    event still count as at risk. The median of the curve is the median follow-up.

    Source
    ------
    Schemper & Smith 1996. Oracle: R `survfit(Surv(time, status == 0) ~ 1)`.

    Examples
    --------
    >>> follow_up(EventTable.from_rows([1, 2, 3], [1, 0, 0])).median()[0].time
    2.5
    """

    def split(counts: Counts) -> tuple[Counts, Counts]:
        return counts[:, CENSORED], counts[:, FIRST_CAUSE:].sum(axis=1)

    return Curves(tuple(_curve(table, part, split, level, ci) for part in table.by_stratum()))


def _curve(table: EventTable, part: StratumCounts, split: Any, level: float, ci: str) -> Curve:
    events, censored = split(part.counts)
    shown = (events + censored) > 0
    events, censored, at_risk = events[shown], censored[shown], part.at_risk[shown]
    with np.errstate(all="ignore"):
        survival = np.cumprod(1.0 - events / at_risk) if events.size else np.zeros(0)
        remaining = (at_risk - events).astype(np.float64)
        hazard_error = np.sqrt(np.cumsum(events / (at_risk.astype(np.float64) * remaining)))
    hazard_error = np.where(survival > 0, hazard_error, np.nan)
    if table.weighted:
        hazard_error = np.full(survival.size, np.nan)
    low, high = survival_limits(survival, hazard_error, level=level, ci=ci)
    return Curve(
        stratum=part.stratum,
        unit=table.unit,
        level=level,
        ci=ci,
        persons=part.persons,
        started=part.started,
        time=table.times(part.tick[shown]),
        survival=survival,
        std_error=survival * hazard_error,
        low=low,
        high=high,
        at_risk=at_risk,
        events=events,
        censored=censored,
        last_time=part.last_tick / table.per_unit,
        counts=part,
        per_unit=table.per_unit,
    )
