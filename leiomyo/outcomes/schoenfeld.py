"""Are hazards proportional? The score test of Grambsch and Therneau on a fitted Cox model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.comparisons import aligned, chi2_tail
from leiomyo.outcomes.counting import went_out
from leiomyo.outcomes.cox import CoxFit
from leiomyo.outcomes.partial_likelihood import information, moments
from leiomyo.outcomes.result import Floats, Result


@dataclass(frozen=True, slots=True)
class ProportionalHazards(Result):
    """One row per covariate and one (`GLOBAL`) for all of them."""

    transform: str
    term: tuple[str, ...]
    chi2: tuple[float, ...]
    df: tuple[int, ...]
    p_value: tuple[float, ...]

    def columns(self) -> dict[str, Any]:
        """Give one row per covariate, then the global test."""
        return {name: list(getattr(self, name)) for name in ("term", "chi2", "df", "p_value")}

    def notes(self) -> Sequence[str]:
        """Give the scale of time."""
        return (f"Score test of hazards that are not proportional, time on the scale {self.transform}",)

    def json(self) -> list[dict[str, Any]]:
        """Give the rows as plain values."""
        rows = zip(self.term, self.chi2, self.df, self.p_value, strict=True)
        return [dict(zip(("term", "chi2", "df", "p"), row, strict=True)) for row in rows]


def proportional_hazards(fit: CoxFit, *, transform: str = "km") -> ProportionalHazards:
    """Test whether each covariate's hazard ratio changes with time.

    Parameters
    ----------
    transform
        The scale of time on which change is looked for: `km` (1 - pooled Kaplan–Meier just before),
        `identity`, `log` or `rank` (of all exits, ties at their mean).

    Notes
    -----
    The score test of a coefficient β + θ·g(t), at θ = 0, one covariate at a time (all its levels together)
    and all at once. In a stratified model g is of all strata together.

    Source
    ------
    Grambsch & Therneau 1994. Oracle: R `survival::cox.zph` (version 3: the score test).
    """
    if not fit.tests:
        raise InputError("LM-A008", "The model was refused or weighted; there is nothing to test.")
    size = len(fit.terms)
    scales = _scales(fit, transform)
    score, plain, mixed, square = np.zeros(size), *(np.zeros((size, size)) for _ in range(3))
    for one, scale in zip(fit.sets, scales, strict=True):
        at = moments(one, fit.coefficients, efron=fit.ties == "efron")
        score += at.score @ scale
        plain += information(one, at)
        mixed += information(one, at, scale)
        square += information(one, at, scale**2)
    if all(np.ptp(scale) == 0 for scale in scales if scale.size):
        raise InputError("LM-A008", "All events share one time; a change of the hazard ratio cannot be tested.")
    left = square - mixed @ np.linalg.solve(plain, mixed)
    names = list(dict.fromkeys(term.term for term in fit.terms))
    groups = [[i for i, term in enumerate(fit.terms) if term.term == name] for name in names]
    rows = [(name, at) for name, at in zip(names, groups, strict=True)] + [("GLOBAL", list(range(size)))]
    chi2 = [float(score[at] @ np.linalg.solve(left[np.ix_(at, at)], score[at])) for _, at in rows]
    return ProportionalHazards(
        transform,
        tuple(name for name, _ in rows),
        tuple(chi2),
        tuple(len(at) for _, at in rows),
        tuple(chi2_tail(max(value, 0.0), len(at)) for value, (_, at) in zip(chi2, rows, strict=True)),
    )


def _scales(fit: CoxFit, transform: str) -> list[Floats]:
    """The transformed time of each event time of each baseline, centred over the events."""
    pooled = fit.source.collapse()
    ticks, at_risk, events = aligned(pooled, pooled.cause_columns(fit.cause), pooled.by_stratum())
    deaths = events.sum(axis=0)
    if transform == "km":
        survival = np.cumprod(1.0 - deaths / at_risk.sum(axis=0))
        scale = 1.0 - np.r_[1.0, survival][:-1]
    elif transform == "identity":
        scale = pooled.times(ticks)
    elif transform == "log":
        scale = np.log(np.maximum(ticks, 0.5) / pooled.per_unit)
    elif transform == "rank":
        gone = went_out(pooled.counts)
        scale = (np.cumsum(gone) - (gone - 1) / 2)[np.searchsorted(pooled.tick, ticks)]
    else:
        raise InputError("LM-A008", f"Time scales are km, identity, log and rank, not {transform!r}.")
    scale = scale - (scale * deaths).sum() / deaths.sum()
    return [scale[np.searchsorted(ticks, one.tick)] for one in fit.sets]
