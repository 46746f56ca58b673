"""Trials drawn at random and tested person by person, with nothing of the product in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """So many trials in rows, their people in columns: time, event, treated, weight."""

    time: Array
    event: Array
    treated: Array
    weight: Array


def people(
    rng: np.random.Generator, trials: int, n: int, hazard: float, *, accrual: float, end: float, lost: float,
    treated: bool, pieces: tuple[float, float] | None = None,
) -> Drawn:  # fmt: skip
    """A trial's arm: even accrual, drop-out, a constant hazard or one that changes by a ratio at a month."""
    need = rng.exponential(1.0, (trials, n))
    if pieces is None:
        life = need / hazard
    else:
        month, ratio = pieces
        first = hazard * month
        life = np.where(need < first, need / hazard, month + (need - first) / (hazard * ratio))
    watched = np.minimum(
        end - rng.uniform(0, accrual, (trials, n)), rng.exponential(1.0, (trials, n)) / max(lost, 1e-12)
    )
    ones = np.ones_like(life)
    return Drawn(np.minimum(life, watched), (life <= watched) * 1.0, ones * treated, ones)


def registry(
    rng: np.random.Generator, trials: int, n: int, hazard: float, *, longest: float, weight: float = 1.0
) -> Drawn:
    """A registry of people followed for anything up to the longest time."""
    life = rng.exponential(1.0, (trials, n)) / hazard
    watched = rng.uniform(0, longest, (trials, n))
    ones = np.ones_like(life)
    return Drawn(np.minimum(life, watched), (life <= watched) * 1.0, 0 * ones, weight * ones)


def together(*parts: Drawn) -> Drawn:
    return Drawn(*(np.concatenate([getattr(part, name) for part in parts], axis=1)
                   for name in ("time", "event", "treated", "weight")))  # fmt: skip


def logrank_z(drawn: Drawn) -> Array:
    """The log-rank statistic of each trial; people count by their weight."""
    order = np.argsort(drawn.time, axis=1)
    event, treated, weight = (
        np.take_along_axis(one, order, axis=1) for one in (drawn.event, drawn.treated, drawn.weight)
    )
    at_risk = np.cumsum(weight[:, ::-1], axis=1)[:, ::-1]
    share = np.cumsum((treated * weight)[:, ::-1], axis=1)[:, ::-1] / at_risk
    difference = (event * weight * (treated - share)).sum(axis=1)
    z: Array = difference / np.sqrt((event * weight * share * (1 - share)).sum(axis=1))
    return z


def one_sample_z(drawn: Drawn, hazard: float) -> Array:
    """(O − E)/√E of each trial against a constant hazard."""
    expected = (hazard * drawn.time).sum(axis=1)
    z: Array = (drawn.event.sum(axis=1) - expected) / np.sqrt(expected)
    return z


def one_sample_z_estimated(drawn: Drawn, held: Drawn) -> Array:
    """The same against the Nelson–Aalen curve of each trial's own registry."""
    z = np.empty(len(drawn.time))
    size = held.time.shape[1]
    for at, (time, event) in enumerate(zip(held.time, held.event, strict=True)):
        order = np.argsort(time)
        curve = np.r_[0.0, np.cumsum(event[order] / np.arange(size, 0, -1))]
        expected = curve[np.searchsorted(time[order], drawn.time[at], side="right")].sum()
        z[at] = (drawn.event[at].sum() - expected) / np.sqrt(expected)
    return z
