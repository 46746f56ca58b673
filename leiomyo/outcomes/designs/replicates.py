"""Weighted statistics of many bootstrap replicates at once: a replicate is a row of person frequencies.

The first row is the data themselves (everybody once), so the estimate and its replicates come from one path.
"""

from __future__ import annotations

import numpy as np

from leiomyo.outcomes.result import Floats

_STEPS = 30
_SETTLED = 1e-9
#: Beyond this, a log hazard ratio or log odds only says that one side is empty.
_BEYOND = 15.0


def frequencies(persons: int, replicates: int, seed: int) -> Floats:
    """How often each person is drawn, by replicate (rows); the first row is everybody once.

    Examples
    --------
    >>> drawn = frequencies(4, 2, seed=1)
    >>> drawn.shape, drawn[0].tolist(), drawn.sum(axis=1).tolist()
    ((3, 4), [1.0, 1.0, 1.0, 1.0], [4.0, 4.0, 4.0])
    """
    drawn = np.random.default_rng(seed).integers(0, persons, size=(replicates, persons))
    drawn += np.arange(replicates)[:, None] * persons
    counts = np.bincount(drawn.ravel(), minlength=replicates * persons).reshape(replicates, persons)
    return np.concatenate([np.ones((1, persons)), counts.astype(np.float64)])


def start_hazard(at_risk: Floats, starts: Floats, design: Floats) -> Floats:
    """Chance of starting on a day, among those at risk of it, by replicate, pattern and day.

    Parameters
    ----------
    at_risk, starts
        Counts by replicate (rows), covariate pattern and day.
    design
        The pattern's row of covariates, without an intercept.

    Notes
    -----
    Logistic regression on person-days with an intercept for each day (main effects of the covariates), by
    Newton's method: the intercepts are eliminated first, since their information is diagonal. A day on which
    nobody starts has chance 0, one on which all do has chance 1; neither says anything about covariates.
    Without covariates this is the plain share, and the product over days is Kaplan and Meier's.
    """
    total, started = at_risk.sum(axis=1), starts.sum(axis=1)
    inside = (started > 0) & (started < total)
    with np.errstate(all="ignore"):
        share = np.where(total > 0, started / total, 0.0)
        intercept = np.where(inside, np.log(share / (1 - share)), 0.0)
    if not design.shape[1] or not inside.any():
        return np.repeat(share[:, None, :], at_risk.shape[1], axis=1)
    at_risk, starts = at_risk * inside[:, None, :], starts * inside[:, None, :]
    slope = np.zeros((at_risk.shape[0], design.shape[1]))
    for _ in range(_STEPS):
        hazard = _expit(intercept[:, None, :] + (slope @ design.T)[:, :, None])
        by_day, by_slope = _step(at_risk, starts, hazard, design)
        intercept = np.clip(intercept + by_day, -2 * _BEYOND, 2 * _BEYOND)
        slope = np.clip(slope + by_slope, -_BEYOND, _BEYOND)
        if max(float(np.abs(by_day).max()), float(np.abs(by_slope).max())) < _SETTLED:
            break
    hazard = _expit(intercept[:, None, :] + (slope @ design.T)[:, :, None])
    return np.where(inside[:, None, :], hazard, share[:, None, :])


def _expit(value: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-value)), dtype=np.float64)


def _step(at_risk: Floats, starts: Floats, hazard: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Newton's step for the intercepts of the days and for the slopes."""
    residual = starts - at_risk * hazard
    spread = at_risk * hazard * (1 - hazard)
    of_day = spread.sum(axis=1) + 1e-12
    mixed = np.einsum("bps,pk->bsk", spread, design)
    shared = mixed / of_day[:, :, None]
    information = np.einsum("bp,pj,pk->bjk", spread.sum(axis=2), design, design)
    information -= np.einsum("bsj,bsk->bjk", shared, mixed)
    # A trace of ridge: covariates that say the same share their effect, and the fitted chance is unmoved.
    information += 1e-9 * np.eye(design.shape[1]) * (1 + information.trace(axis1=1, axis2=2))[:, None, None]
    score_day = residual.sum(axis=1)
    score = np.einsum("bp,pk->bk", residual.sum(axis=2), design) - np.einsum("bsk,bs->bk", shared, score_day)
    slope = np.clip(np.linalg.solve(information, score[:, :, None])[:, :, 0], -2, 2)
    day = (score_day - np.einsum("bsk,bk->bs", mixed, slope)) / of_day
    return np.clip(day, -2, 2), slope


def log_hazard_ratio(at_risk: tuple[Floats, Floats], events: tuple[Floats, Floats]) -> Floats:
    """Log hazard ratio of the first arm against the second, by replicate: weighted Cox, Breslow's ties.

    Parameters
    ----------
    at_risk, events
        Weighted counts by replicate (rows) and event day, of the two arms.

    Notes
    -----
    NaN where an arm has no event, or the likelihood rises for ever.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> log_hazard_ratio((3 * one, 1 * one), (2 * one, 1 * one)).round(4).tolist()
    [-0.4055]
    """
    (first, second), deaths = at_risk, events[0] + events[1]
    seen = events[0].sum(axis=1)
    ratio = np.zeros(seen.size)
    for _ in range(_STEPS):
        theirs = np.exp(ratio)[:, None] * first
        with np.errstate(all="ignore"):
            share = np.where(deaths > 0, theirs / (theirs + second), 0.0)
        information = (deaths * share * (1 - share)).sum(axis=1)
        score = seen - (deaths * share).sum(axis=1)
        with np.errstate(all="ignore"):
            step = np.clip(np.where(information > 0, score / information, 0.0), -2, 2)
        ratio = np.clip(ratio + step, -_BEYOND, _BEYOND)
        if float(np.abs(step).max(initial=0.0)) < _SETTLED:
            break
    empty = (seen <= 0) | (events[1].sum(axis=1) <= 0) | (np.abs(ratio) > _BEYOND - 1)
    return np.where(empty, np.nan, ratio)


def survival(at_risk: Floats, events: Floats) -> Floats:
    """Weighted Kaplan–Meier by replicate (rows) and event day; it stays at 0 once there."""
    with np.errstate(all="ignore"):
        hazard = np.where(at_risk > 0, events / at_risk, 0.0)
    result: Floats = np.cumprod(1.0 - np.minimum(hazard, 1.0), axis=1, dtype=np.float64)
    return result
