"""Cumulative incidence with competing causes (Aalen–Johansen), from an event table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leiomyo.outcomes.counting import StratumCounts
from leiomyo.outcomes.curves import normal_quantile
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.hazard import stacked
from leiomyo.outcomes.result import Counts, Floats, Result, label_text, number
from leiomyo.outcomes.rows import Cause, Label
from leiomyo.outcomes.ticks import days_per_unit


@dataclass(frozen=True, slots=True, eq=False)
class Incidence(Result):
    """Cumulative incidence of one cause in one stratum: a value at each time with an event of any cause.

    `events` are those of this cause. NaN where undefined.
    """

    stratum: Mapping[str, Label]
    cause: Cause
    level: float
    persons: Any
    time: Floats
    incidence: Floats
    std_error: Floats
    low: Floats
    high: Floats
    at_risk: Counts
    events: Counts
    last_time: float
    ended: bool

    def columns(self) -> dict[str, Any]:
        """Give the curve column by column, stratum labels and cause first."""
        size = self.time.size
        names: dict[str, Any] = {name: [label] * size for name, label in self.stratum.items()}
        keys = ("time", "incidence", "std_error", "low", "high", "at_risk", "events")
        return names | {"cause": [self.cause] * size} | {key: getattr(self, key) for key in keys}

    def notes(self) -> Sequence[str]:
        """Give the definition."""
        return (
            f"{label_text(self.stratum)}, cause {self.cause}: Aalen–Johansen; variance as cmprsk::cuminc; "
            f"{self.level:.0%} limits log-log",
        )

    def milestone(self, time: float) -> tuple[float | None, float | None, float | None, float | None]:
        """Incidence, standard error and limits at `time`; None beyond the last follow-up.

        Examples
        --------
        >>> table = EventTable.from_rows([1, 2, 3], [1, 2, 0])
        >>> round(cumulative_incidence(table)[0].milestone(2)[0], 4)
        0.3333
        """
        if np.isnan(self.last_time) or (time > self.last_time and not self.ended):
            return None, None, None, None
        at = int(np.searchsorted(self.time, time, side="right")) - 1
        if at < 0:
            return 0.0, None if self.events.dtype.kind == "f" else 0.0, None, None
        value, error, low, high = (
            number(column[at]) for column in (self.incidence, self.std_error, self.low, self.high)
        )
        return value, error, low, high


@dataclass(frozen=True, slots=True, eq=False)
class Incidences(Result):
    """Cumulative incidences, stratum by stratum and within each cause by cause."""

    parts: tuple[Incidence, ...]

    def __iter__(self) -> Iterator[Incidence]:
        """Go through strata and causes."""
        return iter(self.parts)

    def __getitem__(self, place: int) -> Incidence:
        """Give one curve."""
        return self.parts[place]

    def columns(self) -> dict[str, Any]:
        """Give all curves below each other."""
        return stacked([part.columns() for part in self.parts])

    def notes(self) -> Sequence[str]:
        """Give the definition of each part."""
        return tuple(note for part in self.parts for note in part.notes())


def cumulative_incidence(table: EventTable, *, level: float = 0.95) -> Incidences:
    """Cumulative incidence of every cause, with pointwise limits, per stratum.

    Returns
    -------
    Incidences
        One row per stratum, cause and time with an event of any cause. Times in the table's unit.

    Notes
    -----
    F_k(t) = Σ S(t-) d_k/n, with S the survival from all causes: ties between causes share one risk set and
    nothing is broken at random, so the answer does not hang on the order of rows or causes. The variance is
    that of `cmprsk::cuminc` (with its (d-1)/(n-1) correction for ties); R `survival`'s differs slightly.
    Limits F^exp(±z·se/(F·log F)), undefined where F is 0 or 1. Weighted tables have none. Late entries count
    from after their entry.

    Source
    ------
    Aalen & Johansen 1978; variance: Gray 1988 as in cmprsk. Oracle: R `cmprsk::cuminc`; with late entry, the
    estimate of R `survival::survfit`.

    Examples
    --------
    >>> table = EventTable.from_rows([6, 6, 6, 12, 12, 12, 18, 18, 24, 24], [1, 2, 0, 1, 2, 0, 1, 0, 2, 0])
    >>> [part.incidence.round(4).tolist() for part in cumulative_incidence(table)]
    [[0.1, 0.2143, 0.3571, 0.3571], [0.1, 0.2143, 0.2143, 0.4286]]
    """
    normal_quantile(level)
    return Incidences(
        tuple(_incidence(table, part, cause, level) for part in table.by_stratum() for cause in table.causes)
    )


def _incidence(table: EventTable, part: StratumCounts, cause: Cause, level: float) -> Incidence:
    everything = part.counts[:, table.cause_columns(None)].sum(axis=1)
    had = everything > 0
    own = part.counts[had][:, table.cause_columns(cause)].sum(axis=1).astype(np.float64)
    total, at_risk = everything[had].astype(np.float64), part.at_risk[had].astype(np.float64)
    after = np.cumprod(1.0 - total / at_risk)
    before = np.r_[1.0, after][:-1]
    incidence = np.cumsum(before * own / at_risk)
    variance = _variance(own, total - own, at_risk, before, after, incidence)
    error = np.sqrt(np.maximum(variance, 0.0))
    if table.weighted:
        error = np.full(error.size, np.nan)
    with np.errstate(all="ignore"):
        half = normal_quantile(level) * error / (incidence * np.log(incidence))
        low, high = incidence ** np.exp(-half), incidence ** np.exp(half)
    undefined = (incidence <= 0) | (incidence >= 1)
    return Incidence(
        part.stratum,
        cause,
        level,
        part.persons,
        table.times(part.tick[had]),
        incidence,
        error,
        np.where(undefined, np.nan, low),
        np.where(undefined, np.nan, high),
        part.at_risk[had],
        part.counts[had][:, table.cause_columns(cause)].sum(axis=1),
        part.last_tick / table.per_unit,
        bool(after.size and after[-1] <= 0),
    )


def _variance(own: Floats, other: Floats, at_risk: Floats, before: Floats, after: Floats, incidence: Floats) -> Floats:
    """Variance of a cumulative incidence as `cmprsk::cuminc` has it.

    With a = F(s)/S(s), b = 1/S(s) after each time s, the variance at t is Σ u² - 2F(t) Σ uv + F(t)² Σ v²
    over the events up to t: u = 1 + a, v = b for the cause itself, u = a, v = b for the others; each event
    time weighs S(s-)² d/n² · (1 - (d-1)/(n-1)).
    """
    with np.errstate(all="ignore"):
        inverse = np.where(after > 0, 1.0 / after, 0.0)
    ratio = incidence * inverse

    def weight(events: Floats) -> Floats:
        with np.errstate(all="ignore"):
            ties = np.where(events > 1, 1.0 - (events - 1.0) / (at_risk - 1.0), 1.0)
        weights: Floats = before**2 * ties * events / at_risk**2
        return weights

    mine, others = weight(own), np.where(after > 0, weight(other), 0.0)
    first = np.cumsum((1 + ratio) ** 2 * mine + ratio**2 * others)
    second = np.cumsum((1 + ratio) * inverse * mine + ratio * inverse * others)
    third = np.cumsum(inverse**2 * (mine + others))
    variance: Floats = first - 2 * incidence * second + incidence**2 * third
    return variance


def incidence_groups(
    table: EventTable,
    *,
    by: str | None,
    milestones: Sequence[float],
    cause: Cause = 1,
    include_unknown_in_test: bool = False,
    order: Sequence[Label] | None = None,
    level: float = 0.95,
) -> dict[str, Any]:
    """Cumulative incidence of each group and cause with Gray's test, as plain values for JSON.

    Parameters
    ----------
    cause
        The cause that is tested.

    Returns
    -------
    dict
        `groups`: per group `group`, `n`, `causes` (per cause `cause`, `events`, `milestones`, `curve`);
        `test` as in `survival_groups`, with `cause`; None without groups. Times in days.

    Notes
    -----
    Gray's test is not defined under late entry: `test` then carries the reason and no figure.

    Examples
    --------
    >>> table = EventTable.from_rows([6, 6, 12, 18], [1, 2, 0, 1])
    >>> answer = incidence_groups(table, by=None, milestones=[6])
    >>> answer["groups"][0]["causes"][0]["milestones"][0]["incidence"]
    0.25
    """
    from leiomyo.outcomes.gray import gray_or_reason
    from leiomyo.outcomes.survival import group_order, shown_group, test_json

    days = days_per_unit(table.unit)
    table = table.collapse([by] if by else [])
    curves = cumulative_incidence(table, level=level)
    strata = table.strata
    width = len(table.causes)
    groups = []
    for place in group_order([stratum[by] for stratum in strata] if by else [None], order):
        own = curves.parts[place * width : (place + 1) * width]
        if place < len(strata):
            persons = own[0].persons if own else table.persons
            causes = [_cause_json(part, days, milestones) for part in own]
            groups.append({"group": shown_group(strata[place]), "n": persons, "causes": causes})
    test = None
    if by:
        answer = gray_or_reason(table, cause, include_unknown=include_unknown_in_test)
        test = test_json(answer, by, order) | {"cause": cause}
    return {"groups": groups, "test": test}


def _cause_json(part: Incidence, days: float, milestones: Sequence[float]) -> dict[str, Any]:
    read = [(day, part.milestone(day / days)) for day in milestones]
    columns = (part.time * days, part.incidence, part.low, part.high, part.at_risk, part.events)
    names = ("days", "incidence", "low", "high", "at_risk", "events")
    curve = [
        {name: None if value != value else value for name, value in zip(names, row, strict=True)}
        for row in zip(*(column.tolist() for column in columns), strict=True)
    ]
    return {
        "cause": part.cause,
        "events": part.events.sum().item(),
        "milestones": [
            {"days": day, "incidence": value, "low": low, "high": high} for day, (value, _, low, high) in read
        ],
        "curve": curve,
    }
