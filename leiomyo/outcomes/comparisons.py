"""Tests between groups: the log-rank family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from leiomyo.errors import InputError
from leiomyo.outcomes.counting import StratumCounts
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.result import Floats, Ints, Result, label_text
from leiomyo.outcomes.rows import Cause, names_of

Weights = Literal["logrank", "peto"] | tuple[Literal["fh"], float, float]


@dataclass(frozen=True, slots=True, eq=False)
class GroupTest(Result):
    """A test between groups: who was compared, what was seen and expected, and the answer.

    `chi2`, `df` and `p` are None where the data cannot answer; `reason` then says why.
    """

    name: str
    groups: tuple[dict[str, Any], ...]
    persons: tuple[Any, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    chi2: float | None
    df: int | None
    p_value: float | None
    reason: str = ""
    left_out: Any = 0

    def columns(self) -> dict[str, Any]:
        """Give one row per group."""
        return {
            "group": [label_text(group) for group in self.groups],
            "persons": list(self.persons),
            "observed": list(self.observed),
            "expected": list(self.expected),
        }

    def notes(self) -> Sequence[str]:
        """Give the statistic, and who stayed out of it."""
        out = () if not self.left_out else (f"{self.left_out} persons with an unknown group are not in the test",)
        if self.chi2 is None:
            return (f"{self.name}: not computed, {self.reason}", *out)
        return (f"{self.name}: chi2 {self.chi2:.4g} on {self.df} df, p = {self.p_value:.3g}", *out)


def chi2_tail(chi2: float, df: int) -> float:
    """Give the upper tail of the chi-square distribution.

    Examples
    --------
    >>> round(chi2_tail(3.841458820694124, 1), 6)
    0.05
    """
    from scipy.special import chdtrc

    return float(chdtrc(df, chi2))


def aligned(table: EventTable, columns: Sequence[int], parts: Sequence[StratumCounts]) -> tuple[Ints, Floats, Floats]:
    """Number at risk and events of each stratum at every tick with an event in any of them.

    Returns
    -------
    tuple
        Ticks (T), at risk (strata × T) and events (strata × T), the counts as float64.
    """
    had = table.counts[:, list(columns)].sum(axis=1) > 0
    ticks = np.unique(table.tick[had])
    at_risk = np.empty((len(parts), ticks.size))
    events = np.zeros((len(parts), ticks.size))
    for row, part in enumerate(parts):
        at_risk[row] = part.at_risk_at_all(ticks)
        own = part.counts[:, list(columns)].sum(axis=1)
        seen = own > 0
        events[row, np.searchsorted(ticks, part.tick[seen])] = own[seen]
    return ticks, at_risk, events


def logrank(
    table: EventTable,
    *,
    by: str | Sequence[str] | None = None,
    strata: str | Sequence[str] = (),
    weights: Weights = "logrank",
    trend: Sequence[float] | bool | None = None,
    cause: Cause | None = None,
    include_unknown: bool = False,
) -> GroupTest:
    """Log-rank test between the strata of a table, and its relatives.

    Parameters
    ----------
    by
        Stratum names that make the groups; all names that are not in `strata` by default.
    strata
        Names to stratify by: observed and expected are added up within their levels.
    weights
        `"logrank"`; `("fh", rho, gamma)` for S(t-)^rho (1 - S(t-))^gamma; `"peto"` for S(t-), R's rho = 1.
    trend
        Scores of the groups in order, or True for 1, 2, …: the test then has one degree of freedom.
    cause
        Take only this cause as the event.
    include_unknown
        Whether groups with an unknown label take part.

    Notes
    -----
    Hypergeometric variance with ties; S is the pooled Kaplan–Meier of each level of `strata`. A group that
    was never at risk when somebody had an event takes no degree of freedom. Weighted tables give no test.

    Source
    ------
    Mantel 1966; Peto & Peto 1972; Harrington & Fleming 1982. Oracle: R `survival::survdiff` (rho = 0 and 1,
    stratified); trend from its variance matrix; late entry from `coxph`'s score test.

    Examples
    --------
    >>> arm = ["a", "a", "a", "b", "b", "b"]
    >>> test = logrank(EventTable.from_rows([1, 2, 3, 4, 5, 6], [1] * 6, strata={"arm": arm}))
    >>> round(test.chi2, 4), test.df
    (5.0517, 1)
    """
    strata = names_of(strata)
    by = [name for name in table.names if name not in strata] if by is None else names_of(by)
    name, rho, gamma = _named(weights, trend=trend is not None and trend is not False, strata=strata)
    whole = table.collapse([*by, *strata])
    table, left_out = (whole, 0) if include_unknown else known_groups(whole, by)
    groups = table.collapse(by).strata
    if table.weighted or len(groups) < 2:
        reason = "the table is weighted" if table.weighted else "there are fewer than two groups"
        return no_test(name, table.collapse(by), left_out, reason)
    places = {tuple(group.values()): at for at, group in enumerate(groups)}
    observed, expected = np.zeros(len(groups)), np.zeros(len(groups))
    weighted_difference, variance = np.zeros(len(groups)), np.zeros((len(groups), len(groups)))
    for level in levels_of(table, strata):
        rows = [places[tuple(part[n] for n in by)] for part in level.strata]
        seen, due, difference, spread = _contribution(level, level.cause_columns(cause), rho, gamma)
        observed[rows] += seen
        expected[rows] += due
        weighted_difference[rows] += difference
        variance[np.ix_(rows, rows)] += spread
    scores = None if trend is None or trend is False else _scores(trend, len(groups))
    chi2, df, reason = statistic(weighted_difference, variance, expected > 0, scores)
    return GroupTest(
        name,
        tuple(groups),
        tuple(part.persons for part in table.collapse(by).by_stratum()),
        tuple(observed.tolist()),
        tuple(expected.tolist()),
        chi2,
        df,
        None if chi2 is None or df is None else chi2_tail(chi2, df),
        reason,
        left_out,
    )


def _named(weights: Weights, *, trend: bool, strata: Sequence[str]) -> tuple[str, float, float]:
    name, rho, gamma = "log-rank", 0.0, 0.0
    if weights == "peto":
        name, rho = "Peto-Peto", 1.0
    elif isinstance(weights, tuple) and len(weights) == 3 and weights[0] == "fh":
        rho, gamma = float(weights[1]), float(weights[2])
        name = f"Fleming-Harrington({rho:g}, {gamma:g})"
    elif weights != "logrank":
        raise InputError("LM-A008", f'Weights are "logrank", "peto" or ("fh", rho, gamma), not {weights!r}.')
    name += " for trend" if trend else ""
    return (f"{name} stratified by {', '.join(strata)}" if strata else name), rho, gamma


def known_groups(table: EventTable, by: Sequence[str]) -> tuple[EventTable, Any]:
    """Leave out the strata in which any of the names `by` is unknown, and count their people."""
    if not any(part[name] is None for part in table.strata for name in by):
        return table, 0
    known = table
    for name in by:
        known = known.select(**{name: {part[name] for part in known.strata} - {None}})
    return known, table.persons - known.persons


def levels_of(table: EventTable, strata: Sequence[str]) -> list[EventTable]:
    """Split a table by the levels of `strata`."""
    if not strata:
        return [table]
    return [table.select(**{name: [label] for name, label in level.items()}) for level in table.collapse(strata).strata]


def no_test(name: str, table: EventTable, left_out: Any, reason: str) -> GroupTest:
    """Give a test without a figure, that says why."""
    parts = table.by_stratum()
    nothing = tuple(float("nan") for _ in parts)
    persons = tuple(part.persons for part in parts)
    return GroupTest(name, tuple(table.strata), persons, nothing, nothing, None, None, None, reason, left_out)


def _scores(trend: Sequence[float] | bool, groups: int) -> Floats:
    scores = np.arange(1.0, groups + 1) if isinstance(trend, bool) else np.asarray(trend, dtype=np.float64)
    if scores.size != groups:
        raise InputError("LM-A008", f"There are {scores.size} trend scores for {groups} groups.")
    return scores


def _contribution(
    table: EventTable, columns: Sequence[int], rho: float, gamma: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Observed, expected, weighted difference and variance of one level."""
    _, at_risk, events = aligned(table, columns, table.by_stratum())
    total, deaths = at_risk.sum(axis=0), events.sum(axis=0)
    share = at_risk / total
    weight = np.ones(total.size)
    if rho or gamma:
        before = np.r_[1.0, np.cumprod(1.0 - deaths / total)][:-1]
        weight = before**rho * (1.0 - before) ** gamma
    due = share * deaths
    with np.errstate(all="ignore"):
        factor = np.where(total > 1, weight**2 * deaths * (total - deaths) / (total - 1), 0.0)
    variance = np.diag((factor * share).sum(axis=1)) - (factor * share) @ share.T
    # the counts shown are weighted as R's are, so that they add up to the statistic
    return (
        (weight * events).sum(axis=1),
        (weight * due).sum(axis=1),
        ((events - due) * weight).sum(axis=1),
        variance,
    )


def statistic(
    difference: Floats, variance: Floats, useful: npt.NDArray[np.bool_], scores: Floats | None
) -> tuple[float | None, int | None, str]:
    """Turn differences and their variance into chi-square and degrees of freedom, or a reason why not."""
    if scores is not None:
        spread = float(scores @ variance @ scores)
        if spread <= 0:
            return None, None, "no event could tell the groups apart"
        return float((scores @ difference) ** 2 / spread), 1, ""
    at = np.flatnonzero(useful)
    if at.size < 2:
        return None, None, "no event could tell the groups apart"
    at = at[1:]
    part = variance[np.ix_(at, at)]
    if np.linalg.matrix_rank(part) < at.size:
        return None, None, "no event could tell some of the groups apart"
    return float(difference[at] @ np.linalg.solve(part, difference[at])), int(at.size), ""
