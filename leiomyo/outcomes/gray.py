"""Gray's test of equal cumulative incidence, from an event table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.comparisons import (
    GroupTest,
    aligned,
    chi2_tail,
    known_groups,
    levels_of,
    no_test,
    statistic,
)
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.result import Floats
from leiomyo.outcomes.rows import Cause, names_of

_LATE = "Gray's test needs everybody observed from the origin; it is not defined with late entry"


def gray(
    table: EventTable,
    cause: Cause = 1,
    *,
    by: str | Sequence[str] | None = None,
    strata: str | Sequence[str] = (),
    include_unknown: bool = False,
) -> GroupTest:
    """Gray's test: is the cumulative incidence of `cause` the same in all groups?

    Raises
    ------
    InputError
        `LM-A008` under late entry or continued time: the test keeps those with a competing event in its risk
        set, whose size is not known when people enter late.

    Notes
    -----
    Gray's score with rho = 0 and its variance, stratified by `strata`. `observed` and `expected` are of the
    score. Unknown groups stay out unless asked. Weighted tables give no test.

    Source
    ------
    Gray 1988, Ann Stat 16:1141. Oracle: R `cmprsk::cuminc`, `$Tests`.

    Examples
    --------
    >>> arm = ["a"] * 4 + ["b"] * 4
    >>> test = gray(EventTable.from_rows([1, 2, 3, 4, 2, 3, 5, 6], [1, 1, 2, 1, 2, 0, 1, 1], strata={"arm": arm}))
    >>> round(test.chi2, 4), test.df
    (3.4508, 1)
    """
    if table.has_late_entry:
        raise InputError("LM-A008", _LATE + ".")
    return gray_or_reason(table, cause, by=by, strata=strata, include_unknown=include_unknown)


def gray_or_reason(
    table: EventTable,
    cause: Cause = 1,
    *,
    by: str | Sequence[str] | None = None,
    strata: str | Sequence[str] = (),
    include_unknown: bool = False,
) -> GroupTest:
    """Gray's test, or one without a figure that says why; see `gray`."""
    strata = names_of(strata)
    by = [name for name in table.names if name not in strata] if by is None else names_of(by)
    name = "Gray" + (f" stratified by {', '.join(strata)}" if strata else "")
    whole = table.collapse([*by, *strata])
    table, left_out = (whole, 0) if include_unknown else known_groups(whole, by)
    grouped = table.collapse(by)
    groups = grouped.strata
    if table.has_late_entry:
        return no_test(name, grouped, left_out, _LATE)
    if table.weighted or len(groups) < 2:
        reason = "the table is weighted" if table.weighted else "there are fewer than two groups"
        return no_test(name, grouped, left_out, reason)
    if cause not in table.causes:
        return no_test(name, grouped, left_out, f"nobody had cause {cause}")
    places = {tuple(group.values()): at for at, group in enumerate(groups)}
    observed, expected = np.zeros(len(groups)), np.zeros(len(groups))
    variance = np.zeros((len(groups), len(groups)))
    for level in levels_of(table, strata):
        rows = [places[tuple(part[n] for n in by)] for part in level.strata]
        seen, due, spread = _score(level, cause)
        observed[rows] += seen
        expected[rows] += due
        variance[np.ix_(rows, rows)] += spread
    chi2, df, reason = statistic(observed - expected, variance, expected > 0, None)
    p = None if chi2 is None or df is None else chi2_tail(chi2, df)
    persons = tuple(part.persons for part in grouped.by_stratum())
    scores = tuple(observed.tolist()), tuple(expected.tolist())
    return GroupTest(name, tuple(groups), persons, *scores, chi2, df, p, reason, left_out)


def _score(table: EventTable, cause: Cause) -> tuple[Floats, Floats, Floats]:
    """Observed and expected score of each group, and the variance of their difference (one level)."""
    parts = table.by_stratum()
    ticks, at_risk, total = aligned(table, table.cause_columns(None), parts)
    own = np.zeros_like(total)
    for row, part in enumerate(parts):
        events = part.counts[:, table.cause_columns(cause)].sum(axis=1)
        own[row, np.searchsorted(ticks, part.tick[events > 0])] = events[events > 0]
    at = at_risk > 0
    with np.errstate(all="ignore"):
        after = np.cumprod(np.where(at, 1.0 - total / at_risk, 1.0), axis=1, dtype=np.float64)
        before = np.c_[np.ones(len(parts)), after][:, :-1]
        own_incidence = np.cumsum(np.where(at, before * own / at_risk, 0.0), axis=1)
        incidence_before = np.c_[np.zeros(len(parts)), own_incidence][:, :-1]
        size = np.where(at, at_risk / before, 0.0)
        share = size * (1.0 - incidence_before)
        all_own = own.sum(axis=0)
        expected = np.where(at, all_own * share / share.sum(axis=0), 0.0)
    spread = _variance(at_risk, own, total - own, before, after, size)
    return np.where(at, own, 0.0).sum(axis=1), np.nan_to_num(expected).sum(axis=1), spread


def _variance(at_risk: Floats, own: Floats, other: Floats, before: Floats, after: Floats, size: Floats) -> Floats:
    """Variance of Gray's score (Gray 1988, section 3), as a sum over event times of each group's part.

    `size` is the risk set in the sense of the subdistribution, R/S(t-). The score of group i moves with the
    events of group k by a(i,k) - t·c(i,k), where c is the sum of a/(1 - F) up to that time and F the pooled
    cumulative incidence; the rest of c, up to the end, is added last.
    """
    groups = at_risk.shape[0]
    at = at_risk > 0
    all_size, all_own = size.sum(axis=0), own.sum(axis=0)
    pooled = np.cumsum(np.divide(all_own, all_size, out=np.zeros_like(all_own), where=all_size > 0))
    pooled_before = np.r_[0.0, pooled][:-1]
    share = np.divide(size, all_size, out=np.zeros_like(size), where=all_size > 0)
    slope = size[:, None, :] * (np.eye(groups)[:, :, None] - share[None, :, :]) * (at[:, None, :] & at[None, :, :])
    rate = np.divide(all_own, all_size * (1.0 - pooled_before), out=np.zeros_like(all_own), where=all_own > 0)
    summed = np.cumsum(slope * rate, axis=2)
    variance, last, cross = np.zeros((groups, groups)), np.zeros(groups), np.zeros((groups, groups))
    for k in range(groups):
        for weight, pull, move in _parts(k, at_risk, all_own, other, before, after, all_size, pooled, slope, summed):
            variance += (move * weight) @ move.T
            cross[:, k] += (move * (weight * pull)).sum(axis=1)
            last[k] += float((pull * pull * weight).sum())
    end = summed[:, :, -1] if summed.shape[2] else np.zeros((groups, groups))
    variance += (end * last) @ end.T + end @ cross.T + cross @ end.T
    return variance


def _parts(
    k: int,
    at_risk: Floats,
    all_own: Floats,
    other: Floats,
    before: Floats,
    after: Floats,
    all_size: Floats,
    pooled: Floats,
    slope: Floats,
    summed: Floats,
) -> list[tuple[Floats, Floats, Floats]]:
    """Weight, pull on later times and movement of the score, by events of the cause and by the others."""
    with np.errstate(all="ignore"):
        kept = np.where(after[k] > 0, (1.0 - pooled) / after[k], 0.0)
        ties = np.where(all_own > 1, 1.0 - (all_own - 1.0) / (all_size * before[k] - 1.0), 1.0)
        weight = np.where(at_risk[k] > 0, ties * before[k] * all_own / (all_size * at_risk[k]), 0.0)
        pull = np.where(after[k] > 0, 1.0 - kept, 1.0)
        other_ties = np.where(other[k] > 1, 1.0 - (other[k] - 1.0) / (at_risk[k] - 1.0), 1.0)
        other_weight = np.where(
            (at_risk[k] > 0) & (after[k] > 0), other_ties * before[k] ** 2 * other[k] / at_risk[k] ** 2, 0.0
        )
    weight, other_weight = np.nan_to_num(weight), np.nan_to_num(other_weight)
    return [
        (weight, pull, slope[:, k, :] - pull * summed[:, k, :]),
        (other_weight, -kept, kept * summed[:, k, :]),
    ]
