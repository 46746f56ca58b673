"""Power of tests of survival at a calendar time of a trial, from who is expected at risk when.

All is integration over time since a patient's own entry: accrual is uniform, hazards are constant in pieces, drop-out
is constant, so that every integrand is smooth between the cuts and Gauss–Legendre sums are exact to rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from leiomyo.outcomes.planning_hazards import External, Hazard
from leiomyo.outcomes.result import Floats

#: Even pieces, and pieces that grow from the origin by a third each, so that a steep hazard is followed too.
_EVEN = np.linspace(0.0, 1.0, 25)
_GROWING = np.geomspace(1e-6, 0.5, 40)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


@dataclass(frozen=True, slots=True)
class Accrual:
    """Patients come evenly, `rate` a month over `months`; `drop_out` is the hazard per month of being lost."""

    rate: float
    months: float
    drop_out: float = 0.0

    def enrolled(self, time: float) -> float:
        """How many have come by a calendar time."""
        return self.rate * min(max(time, 0.0), self.months)

    def watched(self, since_entry: Floats, time: float) -> Floats:
        """How many would still be watched so long after their entry, had nobody the event."""
        came = self.rate * np.clip(time - since_entry, 0.0, self.months)
        return came * np.exp(-self.drop_out * since_entry)


@dataclass(frozen=True, slots=True)
class Arms:
    """The trial as planned: the share that is treated, both hazards, and whoever is borrowed at what weight."""

    accrual: Accrual
    treated: Hazard
    control: Hazard
    share: float = 0.5
    borrowed: External | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What a test statistic is expected to be: its mean and its spread, which is 1 where the test states it rightly."""

    mean: float
    spread: float

    def rejects(self, critical: float) -> float:
        """The probability that the treated are found to do better."""
        return float(ndtr((-critical - self.mean) / self.spread))

    def rejects_either(self, critical: float) -> float:
        """The probability that a difference is found, in whichever direction."""
        return self.rejects(critical) + float(ndtr((self.mean - critical) / self.spread))


def points(time: float, *cuts: Floats) -> tuple[Floats, Floats]:
    """Points and weights that integrate over [0, time], exact between `cuts`."""
    inner = np.concatenate([time * _EVEN, time * _GROWING, *cuts])
    edges = np.unique(inner[(inner >= 0) & (inner <= time)])
    half = np.diff(edges)[:, None] / 2
    at = (edges[:-1, None] + half + half * _NODES).ravel()
    return at, (half * _WEIGHTS).ravel()


def expected_events(accrual: Accrual, hazard: Hazard, time: float) -> float:
    """How many events a group that comes like this has had by a calendar time."""
    if time <= 0:
        return 0.0
    at, weight = points(time, np.array([time - accrual.months]), hazard.cuts)
    return float(np.sum(weight * accrual.watched(at, time) * hazard.at(at) * hazard.survival(at)))


def trial_events(arms: Arms, time: float) -> float:
    """How many events the trial's own patients have had by a calendar time."""
    treated = expected_events(arms.accrual, arms.treated, time)
    control = expected_events(arms.accrual, arms.control, time) if arms.share < 1 else 0.0
    return arms.share * treated + (1 - arms.share) * control


def logrank(arms: Arms, time: float) -> Expected | None:
    """The log-rank statistic at a calendar time; None where nobody can be compared yet.

    Notes
    -----
    With Y₁ at risk among the treated and C = Y₀ + w·Yᵣ among the controls, randomised and borrowed, Y = Y₁ + C:
    mean of O − E ∫ (C/Y) Y₁h₁ − (Y₁/Y)(Y₀h₀ + w Yᵣhᵣ) dx, divided by the root of the variance that the test states,
    ∫ (Y₁C/Y²)(Y₁h₁ + Y₀h₀ + w Yᵣhᵣ) dx. The spread is 1, but less where registry patients count w < 1: the test takes
    their events for w events, while their real variance is w².

    Source
    ------
    Schoenfeld 1981 (the mean in general form); Lakatos 1988 (expected numbers at risk under accrual and losses, and a
    spread of 1).
    """
    lent = arms.borrowed if arms.weight > 0 else None
    if time <= 0 or (arms.share == 1 and lent is None):
        return None
    cuts = [np.array([time - arms.accrual.months]), arms.treated.cuts, arms.control.cuts]
    at, step = points(time, *cuts, *([lent.hazard.cuts, np.array([lent.last])] if lent else []))
    watched = arms.accrual.watched(at, time)
    treated = arms.share * watched * arms.treated.survival(at)
    control = (1 - arms.share) * watched * arms.control.survival(at)
    borrowed = lent.at_risk_at(at) if lent else np.zeros_like(at)
    happened = borrowed * (lent.hazard.at(at) if lent else 0.0)
    compared = control + arms.weight * borrowed
    everybody = treated + compared
    seen = (treated > 0) & (compared > 0)
    if not seen.any():
        return None
    share = np.divide(treated, everybody, out=np.zeros_like(at), where=seen)
    left = np.where(seen, 1 - share, 0.0)
    ill = treated * arms.treated.at(at)
    well = control * arms.control.at(at)
    mean = np.sum(step * (left * ill - share * (well + arms.weight * happened)))
    stated = np.sum(step * share * left * (ill + well + arms.weight * happened))
    if stated <= 0:
        return None
    own = np.sum(step * (left**2 * ill + share**2 * well))
    lending = np.sum(step * share**2 * happened)
    spread = math.sqrt((own + arms.weight**2 * lending) / (own + arms.weight * lending))
    return Expected(float(mean / math.sqrt(stated)), spread)


def one_sample(accrual: Accrual, treated: Hazard, reference: Hazard, time: float, *,
               until: float = math.inf, registry: External | None = None) -> Expected | None:  # fmt: skip
    """The one-sample log-rank statistic (O − E)/√E at a calendar time against a curve taken as known.

    Notes
    -----
    Mean and variance of O − E under the alternative are Wu's exact ones, here with drop-out and hazards in pieces. What
    happens later than `until` months after entry is not compared. With `registry` the curve was estimated from it, and
    the variance grows by ∫ Y₁² h/Yᵣ dx, which the test does not state.

    Source
    ------
    Wu 2015, doi:10.1002/pst.1654; the estimated curve: Danzer et al. 2022, doi:10.1371/journal.pone.0271094.
    """
    if time <= 0:
        return None
    at, step = points(min(time, until), np.array([time - accrual.months]), treated.cuts, reference.cuts)
    watched = step * accrual.watched(at, time) * treated.survival(at)
    real, taken, passed = treated.at(at), reference.at(at), reference.cumulative(at)
    n = accrual.enrolled(time)
    observed, expected = float(np.sum(watched * real)), float(np.sum(watched * taken))
    if expected <= 0:
        return None
    cross = float(np.sum(watched * passed * (taken - real)))
    true = observed + 2 * cross - (observed - expected) ** 2 / n
    if registry:
        true += float(np.sum(watched**2 / step * registry.hazard.at(at) / np.maximum(registry.at_risk_at(at), 1.0)))
    return Expected((observed - expected) / math.sqrt(expected), math.sqrt(max(true, 0.0) / expected))


def exact_binomial(
    null: float, better: float, *, alpha: float, power: float, most: int = 2000
) -> tuple[int, int] | None:
    """The smallest one-stage trial of a share: patients, and successes from which on it is called better.

    Source
    ------
    A'Hern 2001 (Fleming's single stage by exact binomial probabilities).

    Examples
    --------
    >>> exact_binomial(0.05, 0.20, alpha=0.05, power=0.8)
    (27, 4)
    """
    from scipy.stats import binom

    n = np.arange(1, most + 1)
    needed = binom.isf(alpha, n, null).astype(int) + 1
    enough = np.flatnonzero(binom.sf(needed - 1, n, better) >= power)
    return (int(n[enough[0]]), int(needed[enough[0]])) if enough.size else None
