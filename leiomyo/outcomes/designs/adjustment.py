"""Adjusting for what was known before: the Cox model, and how alike the two groups are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leiomyo.outcomes.cox import cox
from leiomyo.outcomes.designs.comparison import FEWEST_EVENTS, FEWEST_PERSONS, Comparison, Row
from leiomyo.outcomes.designs.persons import Coded, Mask, Persons
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.result import Floats

#: What the treatment is called in the tables of this package; no adjuster can have this name by chance.
TREATED = "treated (1) or not (0)"
#: Vittinghoff & McCulloch 2007: below about five events per coefficient, estimates drift.
_EVENTS_PER_TERM = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A hazard ratio with its limits, or why there is none; `notes` say how the adjusters entered."""

    ratio: float | None
    low: float | None
    high: float | None
    notes: tuple[str, ...]
    refused: str | None = None


def adjusted(table: EventTable, adjusters: Sequence[Coded], events: Mapping[str, Floats], level: float) -> Estimate:
    """Hazard ratio of the treated against the untreated, given the adjusters.

    Parameters
    ----------
    table
        Strata `TREATED` and one for each adjuster.
    events
        Events by level, for each adjuster.

    Notes
    -----
    An adjuster with a level of fewer than five events gets no coefficients: the model is stratified by it,
    each level with a baseline of its own. That adjusts for it fully, and asks for no number that so few
    events cannot hold; pooling the rare levels would adjust for something else.
    """
    terms, strata, notes = [], [], []
    for adjuster in adjusters:
        if len(adjuster.levels) < 2:
            notes.append(f"{adjuster.name} has one level among those compared and adjusts nothing")
        elif events[adjuster.name].min() < FEWEST_EVENTS:
            strata.append(adjuster.name)
            why = f"a level has fewer than {FEWEST_EVENTS} events"
            notes.append(f"stratified by {adjuster.name}, each level with its own baseline: {why}")
        else:
            terms.append(adjuster.name)
    fit = cox(table, [TREATED, *terms], strata=strata, allow_sparse=True, level=level)
    if fit.refused or not fit.terms:
        reason = "; ".join(f"{one.term}: {one.reason}" for one in fit.refused) or "the model has no terms"
        return Estimate(None, None, None, tuple(notes), f"the Cox model does not hold: {reason}")
    columns = fit.columns()
    ratio, low, high = (float(columns[name][0]) for name in ("hazard_ratio", "conf_low", "conf_high"))
    if not all(map(math.isfinite, (ratio, low, high))):
        return Estimate(None, None, None, tuple(notes), "the Cox model gives no limits")
    if fit.events < _EVENTS_PER_TERM * len(fit.terms):
        notes.append(f"{fit.events} events for {len(fit.terms)} coefficients: fewer than {_EVENTS_PER_TERM} each")
    if adjusters:
        notes.append(f"adjusted for {', '.join(one.name for one in adjusters)}")
    else:
        notes.append("not adjusted for anything: the arms may differ in what decides treatment")
    return Estimate(ratio, low, high, tuple(notes))


def estimated(base: Comparison, table: EventTable, persons: Persons) -> Comparison:
    """Set the adjusted hazard ratio, or why there is none, and how the adjusters entered."""
    coded = persons.coded()
    found = adjusted(table, coded, _events_by_level(persons, coded), base.level)
    return replace(
        base,
        estimate=found.ratio,
        conf_low=found.low,
        conf_high=found.high,
        assumptions=(*base.assumptions, *found.notes),
        refused=found.refused,
    )


def _events_by_level(persons: Persons, adjusters: Sequence[Coded]) -> dict[str, Floats]:
    """Count the events of each level of each adjuster."""
    return {
        one.name: np.bincount(one.codes, weights=persons.event, minlength=len(one.levels)).astype(np.float64)
        for one in adjusters
    }


def labels(adjusters: Sequence[Coded]) -> dict[str, list[str]]:
    """Give each adjuster's label per person, for the strata of an event table."""
    return {one.name: [one.levels[code] for code in one.codes] for one in adjusters}


def _share(codes: Any, weights: Floats, levels: int) -> Floats:
    total = weights.sum()
    counted: Floats = np.bincount(codes, weights=weights, minlength=levels) / (total if total > 0 else math.nan)
    return counted


def _standardised(treated: float, untreated: float) -> float | None:
    """Difference of two shares in their common standard deviation (Austin 2009)."""
    spread = math.sqrt((treated * (1 - treated) + untreated * (1 - untreated)) / 2)
    if math.isnan(spread):
        return None
    return 0.0 if treated == untreated else (treated - untreated) / spread if spread > 0 else None


def balance(
    adjusters: Sequence[Coded], treated: Mask, untreated: Mask, weights: Floats | None = None
) -> tuple[Row, ...]:
    """How the levels of each adjuster are spread over the arms, also weighted where there are weights."""
    rows = []
    for one in adjusters:
        size = len(one.levels)
        counts = [np.bincount(one.codes[arm], minlength=size) for arm in (treated, untreated)]
        plain = [_share(one.codes[arm], np.ones(int(arm.sum())), size) for arm in (treated, untreated)]
        shares = {"": plain}
        if weights is not None:
            shares["weighted_"] = [_share(one.codes[arm], weights[arm], size) for arm in (treated, untreated)]
        for at, level in enumerate(one.levels):
            row: Row = {"adjuster": one.name, "level": level}
            row |= {"n_treated": int(counts[0][at]), "n_untreated": int(counts[1][at])}
            for prefix, (of_treated, of_untreated) in shares.items():
                pair = float(of_treated[at]), float(of_untreated[at])
                row[f"{prefix}share_treated"], row[f"{prefix}share_untreated"] = pair
                row[f"{prefix}difference"] = _standardised(*pair)
            rows.append(row)
    return tuple(rows)


def positivity(adjusters: Sequence[Coded], treated: Mask, untreated: Mask) -> tuple[Row, ...]:
    """How many of each level, and of each combination of levels, are in each arm; a lack is flagged."""
    rows = [
        _cell(one.name, level, treated & (one.codes == at), untreated & (one.codes == at))
        for one in adjusters
        for at, level in enumerate(one.levels)
    ]
    if len(adjusters) > 1:
        codes = np.stack([one.codes for one in adjusters], axis=1)
        name = " × ".join(one.name for one in adjusters)
        for pattern in np.unique(codes[treated | untreated], axis=0):
            level = " / ".join(one.levels[at] for one, at in zip(adjusters, pattern, strict=True))
            of_it = (codes == pattern).all(axis=1)
            rows.append(_cell(name, level, treated & of_it, untreated & of_it))
    return tuple(rows)


def _cell(adjuster: str, level: str, treated: Mask, untreated: Mask) -> Row:
    counts = int(treated.sum()), int(untreated.sum())
    flag = "none" if min(counts) == 0 else "few" if min(counts) < FEWEST_PERSONS else ""
    return {
        "adjuster": adjuster,
        "level": level,
        "n_treated": counts[0],
        "n_untreated": counts[1],
        "flag": flag,
    }
