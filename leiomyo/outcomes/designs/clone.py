"""Clone, censor, weight: two strategies of starting a treatment, compared as a trial would have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.curves import normal_quantile
from leiomyo.outcomes.designs.adjustment import balance, positivity
from leiomyo.outcomes.designs.clones import (
    Arm,
    Staying,
    blocks,
    patterns_of,
    started_within,
    starting_arm,
    staying,
    waiting_arm,
    weighted_counts,
)
from leiomyo.outcomes.designs.comparison import MILESTONES, Comparison, Row, check_day, complete, too_few
from leiomyo.outcomes.designs.persons import Mask, Persons
from leiomyo.outcomes.designs.replicates import frequencies, log_hazard_ratio, survival
from leiomyo.outcomes.result import Floats, Ints, number

#: Replicates without an estimate (an arm without event) beyond this share, and no limits are given.
_LOST = 0.1


@dataclass(frozen=True, slots=True)
class Fitted:
    """Estimates by replicate (the first row is the data) on the event days."""

    days: Ints
    log_ratio: Floats
    survival: tuple[Floats, Floats]
    chances: Staying


def clone_censor_weight(
    persons: Persons,
    grace: int,
    *,
    later: Literal["kept", "censored"] = "kept",
    bootstrap: int = 1000,
    seed: int = 1,
    milestones: Sequence[int] = MILESTONES,
    level: float = 0.95,
) -> Comparison:
    """Compare "start within `grace` days" with "do not start within `grace` days".

    Parameters
    ----------
    grace
        Last day on which a start still is one within the period, in days from time zero, >= 0.
    later
        What becomes of those who start after the grace period in the second arm: `kept` follows them on, the
        strategy saying nothing of later days; `censored` makes it "never start", and leaves them at their
        start. Kept by default: later starts are mostly prompted by the disease (a relapse), which what was
        known at time zero cannot weight for.
    bootstrap
        Replicates, drawn person by person; the weights are estimated anew in each.

    Notes
    -----
    Everybody is in both arms from time zero, so no arm has time that one must live to get into it. A clone
    is censored when it leaves its strategy: in the first arm at the end of day `grace` without a start, in
    the second on the day of a start. Events of a day come before its starts (day 0 excepted), so an event
    within the period and before treatment counts in both arms.

    Those who stay are weighted by one over the chance to have stayed, given the adjusters. First arm: 1 up to
    `grace`, then one over the chance to have begun by then, among those still observed without the event
    (Maringe 2020). Second arm: one over the product of the chances not to start on each day. Both by logistic
    regression, main effects, an intercept a day. Not stabilised: so each risk set stands for all, as in a trial.

    The hazard ratio is from Cox on the arm alone, weighted (Breslow ties); it is marginal. Its limits are
    normal on the log scale with the standard error over the replicates: a standard error settles with some
    hundred replicates, the tails of percentiles do not, and these limits cover as stated where the treatment
    does nothing (tests/property/test_null_designs.py). Curves: weighted Kaplan–Meier; limits normal on the log-log
    scale; `at_risk` counts the clones, unweighted.

    People of an adjuster level in which, beyond the grace period, nobody had started or everybody had, are
    left out and counted: nobody could stand in for them.

    Source
    ------
    Hernán & Robins 2016 (target trial); Hernán 2018 (grace periods); Maringe et al. 2020. Oracle: R
    `glm`, `coxph(weights =)`, `survfit(weights =)`.

    Examples
    --------
    >>> people = Persons([30, 90, 400, 500], [1, 0, 1, 0], [10, 40, float("inf"), float("inf")])
    >>> clone_censor_weight(people, 60, bootstrap=10).refused
    'the arm “start within 60 days” has 1 event, fewer than 5'
    """
    grace = check_day(grace, "The grace period")
    if later not in {"kept", "censored"} or bootstrap < 2:
        raise InputError("LM-A008", f"later is kept or censored, bootstrap at least 2; not {later!r}, {bootstrap}.")
    known, excluded = complete(persons)
    known, lacking = _where_both_occur(known, grace)
    horizon = float(grace) if later == "kept" else np.inf
    never = "" if later == "kept" else ", or ever"
    names = (f"start within {grace} days", f"do not start within {grace} days{never}")
    base = _described(known, grace, horizon, names)
    base = replace(base, excluded=(*excluded, *lacking), level=level, assumptions=_assumptions(later, known))
    if base.refused:
        return base
    fitted = _fit(known, grace, horizon, frequencies(known.size, bootstrap, seed))
    base = replace(
        base,
        curves=_curves(fitted, _arms(known, grace, horizon), names, level),
        milestones=_milestones(fitted, _arms(known, grace, horizon), milestones, level),
    )
    base = _weighted_balance(base, fitted, known, grace)
    return _with_limits(base, fitted, level)


def _arms(persons: Persons, grace: int, horizon: float) -> tuple[Arm, Arm]:
    return starting_arm(persons, grace), waiting_arm(persons, horizon)


def _groups(persons: Persons, grace: int) -> tuple[Mask, Mask]:
    """Tell who is seen, after the grace period, to have started within it, and who to have not."""
    begun, beyond = started_within(persons, grace), persons.days > grace
    return begun & beyond, ~begun & beyond


def _where_both_occur(persons: Persons, grace: int) -> tuple[Persons, list[Row]]:
    """Leave out the levels of which one arm has nobody after the grace period."""
    rows: list[Row] = []
    while True:
        begun, not_begun = _groups(persons, grace)
        if not begun.any() or not not_begun.any():
            return persons, rows
        for one in persons.coded():
            for at, name in enumerate(one.levels):
                of_it = one.codes == at
                some, others = bool((of_it & begun).any()), bool((of_it & not_begun).any())
                if some != others:
                    word = "everybody" if some else "nobody"
                    reason = f"{one.name} {name}: {word} had started by day {grace}, no one can stand in"
                    rows.append({"reason": reason, "n": int(of_it.sum())})
                    persons = persons.take(~of_it)
                    break
            else:
                continue
            break
        else:
            return persons, rows


def _described(persons: Persons, grace: int, horizon: float, names: tuple[str, str]) -> Comparison:
    """Say who is in the arms, how alike they are, and whether there is enough to compare.

    Only events that one arm has alone tell the arms apart; those before any start count in both.
    """
    begun = started_within(persons, grace)
    starting, waiting = _arms(persons, grace, horizon)
    apart = (starting.event == 1) & begun, (waiting.event == 1) & (persons.days > grace)
    coded, groups = persons.coded(), _groups(persons, grace)
    arms = tuple(
        {"arm": name, "n": persons.size, "events": int(arm.event.sum()), "follow_it": int(group.sum())}
        for name, arm, group in zip(names, (starting, waiting), groups, strict=True)
    )
    own = [
        {"arm": name, "n": int(group.sum()), "events": int(events.sum())}
        for name, group, events in zip(names, groups, apart, strict=True)
    ]
    return Comparison(
        design="clone",
        label=f"Clone, censor, weight: start within {grace} days or not",
        known_at="time zero: everybody follows both strategies until leaving one",
        n=persons.size,
        arms=arms,
        balance=balance(coded, *groups),
        positivity=positivity(coded, *groups),
        refused=too_few(own),
    )


def _assumptions(later: str, persons: Persons) -> tuple[str, ...]:
    names = ", ".join(persons.adjusters)
    given = f"given {names}" if names else "not adjusted for anything"
    kept = "stay in the second arm" if later == "kept" else "are censored and weighted for from time-zero facts alone"
    return (
        f"{given}: who starts within the grace period has the prospects of those who do not",
        "the end of follow-up says nothing about prospects",
        f"those who start after the grace period {kept}",
        "the hazard ratio is marginal, and averages over follow-up",
    )


def _fit(persons: Persons, grace: int, horizon: float, drawn: Floats) -> Fitted:
    """Estimate every replicate, a block of them at a time."""
    patterns = patterns_of(persons.coded(), persons.size)
    arms = _arms(persons, grace, horizon)
    days = np.unique(persons.days[persons.event == 1])
    starts = np.unique(persons.treated_day[np.isfinite(persons.treated_day)]).size
    ratios, curves = [], []
    for block in blocks(drawn.shape[0], len(patterns.design), max(days.size, starts)):
        chances = staying(persons, patterns, drawn[block], grace, horizon)
        counts = weighted_counts(arms, patterns, chances, drawn[block], days)
        ratios.append(log_hazard_ratio(counts.at_risk, counts.events))
        curves.append([survival(*pair) for pair in zip(counts.at_risk, counts.events, strict=True)])
        if block.start == 0:
            first = chances
    pair = [np.concatenate([curve[arm] for curve in curves]) for arm in (0, 1)]
    return Fitted(days, np.concatenate(ratios), (pair[0], pair[1]), first)


def _with_limits(base: Comparison, fitted: Fitted, level: float) -> Comparison:
    """Set the hazard ratio, with limits from the spread of its logarithm over the replicates."""
    estimate, replicates = fitted.log_ratio[0], fitted.log_ratio[1:]
    held = replicates[np.isfinite(replicates)]
    if not np.isfinite(estimate):
        return replace(base, refused="the weighted likelihood rises for ever: an arm has no event to speak of")
    if held.size < 2 or held.size < (1 - _LOST) * replicates.size:
        lost = replicates.size - held.size
        return replace(base, refused=f"{lost} of {replicates.size} bootstrap replicates have no estimate: no limits")
    half = normal_quantile(level) * float(np.std(held, ddof=1))
    note = f"limits from {held.size} bootstrap replicates, normal on the log scale"
    low, high = np.exp([estimate - half, estimate + half]).tolist()
    return replace(
        base,
        estimate=float(np.exp(estimate)),
        conf_low=low,
        conf_high=high,
        assumptions=(*base.assumptions, note),
    )


def _weighted_balance(base: Comparison, fitted: Fitted, persons: Persons, grace: int) -> Comparison:
    """Give the weights of those who follow a strategy after the grace period, and the balance they make."""
    patterns = patterns_of(persons.coded(), persons.size)
    groups = _groups(persons, grace)
    weights = np.zeros(persons.size)
    after = np.asarray([grace + 1])
    for pattern in range(len(patterns.design)):
        of_it = patterns.of == pattern
        for group, weight in zip(groups, fitted.chances.weights(pattern, after), strict=True):
            weights[group & of_it] = weight[0, 0]
    sizes = [float(weights[g].sum() ** 2 / (weights[g] ** 2).sum()) for g in groups]
    told = {"largest": float(weights.max()), "effective_n_start": sizes[0], "effective_n_not": sizes[1]}
    return replace(base, weights=told, balance=balance(persons.coded(), *groups, weights))


def _curves(fitted: Fitted, arms: tuple[Arm, Arm], names: tuple[str, str], level: float) -> tuple[Row, ...]:
    """Weighted curves; limits normal on the log-log scale, over the replicates."""
    z = normal_quantile(level)
    rows = []
    for arm, curve, name in zip(arms, fitted.survival, names, strict=True):
        steps: list[Row] = [
            {"days": 0, "survival": 1.0, "low": None, "high": None, "at_risk": int((arm.last >= 0).sum())}
        ]
        error = _log_log_error(curve[1:])
        for place in np.flatnonzero(np.isin(fitted.days, arm.last[arm.event == 1])):
            day, value = int(fitted.days[place]), float(curve[0, place])
            step: Row = {"days": day, "survival": value, "low": None, "high": None}
            if 0 < value < 1 and np.isfinite(error[place]):
                factor = np.exp(z * error[place])
                step |= {"low": float(value**factor), "high": float(value ** (1 / factor))}
            steps.append(step | {"at_risk": int((arm.last >= day).sum())})
        rows.append({"arm": name, "steps": steps})
    return tuple(rows)


def _log_log_error(curves: Floats) -> Floats:
    """Spread of log(-log S) over the replicates in which the curve is neither 1 nor 0."""
    inside = (curves > 0) & (curves < 1)
    count = inside.sum(axis=0)
    with np.errstate(all="ignore"):
        value = np.where(inside, np.log(-np.log(curves)), 0.0)
        mean = value.sum(axis=0) / count
        square = np.where(inside, (value - mean) ** 2, 0.0).sum(axis=0)
        result: Floats = np.where(count > 1, np.sqrt(square / (count - 1)), np.nan)
    return result


def _milestones(fitted: Fitted, arms: tuple[Arm, Arm], milestones: Sequence[int], level: float) -> tuple[Row, ...]:
    """Difference of survival at the milestones, with limits from its spread over the replicates."""
    z = normal_quantile(level)
    rows = []
    for day in milestones:
        place = int(np.searchsorted(fitted.days, day, side="right")) - 1
        values: list[Floats | None] = []
        for arm, curve in zip(arms, fitted.survival, strict=True):
            at = np.ones(curve.shape[0]) if place < 0 else curve[:, place]
            # Nobody was watched so long, unless the curve has come down to 0.
            values.append(at if day <= arm.last.max() or at[0] == 0 else None)
        treated, untreated = values
        row: Row = {"days": int(day), "difference": None, "conf_low": None, "conf_high": None}
        row["treated"] = None if treated is None else number(treated[0])
        row["untreated"] = None if untreated is None else number(untreated[0])
        if treated is not None and untreated is not None:
            difference = treated - untreated
            half = z * float(np.std(difference[1:], ddof=1))
            gap = float(difference[0])
            row |= {"difference": gap, "conf_low": max(gap - half, -1.0), "conf_high": min(gap + half, 1.0)}
        rows.append(row)
    return tuple(rows)
