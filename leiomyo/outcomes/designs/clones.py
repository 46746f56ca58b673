"""Clones of each person, one per strategy: until when they follow it, and what those who do count for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from leiomyo.outcomes.designs.persons import Coded, Mask, Persons
from leiomyo.outcomes.designs.replicates import start_hazard
from leiomyo.outcomes.result import Floats, Ints

#: Numbers held at once for the chances of starting: replicates × patterns × days.
_HELD = 4_000_000


class Arm(NamedTuple):
    """The clones of one strategy: the last day on which each follows it (-1: none), and its event by then."""

    last: Ints
    event: Ints


class Patterns(NamedTuple):
    """The combinations of adjuster levels: the pattern of each person, and its row of indicator columns."""

    of: Ints
    design: Floats


@dataclass(frozen=True, slots=True)
class Counts:
    """Weighted counts by replicate (rows) and event day; the arms are start, then do not."""

    at_risk: tuple[Floats, Floats]
    events: tuple[Floats, Floats]


def started_within(persons: Persons, grace: int) -> Mask:
    """Tell who began the treatment within the grace period, its last day included."""
    result: Mask = persons.treated_day <= grace
    return result


def starting_arm(persons: Persons, grace: int) -> Arm:
    """Follow the strategy "start within `grace` days": without a start, it is left at the end of the period."""
    follows = started_within(persons, grace) | (persons.days <= grace)
    last = np.where(follows, persons.days, grace)
    return Arm(last, np.where(follows, persons.event, 0))


def waiting_arm(persons: Persons, horizon: float) -> Arm:
    """Follow the strategy "do not start up to day `horizon`": it is left on the day of a start by then."""
    leaves = np.isfinite(persons.treated_day) & (persons.treated_day <= horizon)
    # A start on day 0 comes before the events of day 0: such a clone is never at risk here.
    day = np.where(persons.treated_day > 0, persons.treated_day, -1)
    last = np.where(leaves, day, persons.days.astype(np.float64)).astype(np.int64)
    return Arm(last, np.where(leaves, 0, persons.event))


def patterns_of(adjusters: list[Coded], size: int) -> Patterns:
    """Give the patterns that occur, coded by indicators with the first level as the reference."""
    if not adjusters:
        return Patterns(np.zeros(size, dtype=np.int64), np.zeros((1, 0)))
    codes = np.stack([one.codes for one in adjusters], axis=1)
    found, of = np.unique(codes, axis=0, return_inverse=True)
    columns = [
        (found[:, place] == level).astype(np.float64)
        for place, one in enumerate(adjusters)
        for level in range(1, len(one.levels))
        if (codes[:, place] == level).any()
    ]
    design = np.stack(columns, axis=1) if columns else np.zeros((len(found), 0))
    return Patterns(of.reshape(-1).astype(np.int64), design)


def staying(persons: Persons, patterns: Patterns, drawn: Floats, grace: int, horizon: float) -> Staying:
    """Estimate the chance of still following each strategy, by replicate and pattern.

    Notes
    -----
    Start: the share of those without event and under observation after the grace period who have begun by
    then. Do not start: one minus the chance of starting, multiplied over the days. Somebody whose event is on
    a day is not at risk of starting on it (events come first), day 0 excepted.
    """
    begun = started_within(persons, grace)
    open_ = persons.days > grace
    chance = start_hazard(
        _by_pattern(drawn, patterns, open_[:, None]),
        _by_pattern(drawn, patterns, (open_ & begun)[:, None]),
        patterns.design,
    )[:, :, 0]
    day = np.unique(persons.treated_day[np.isfinite(persons.treated_day) & (persons.treated_day <= horizon)])
    at_risk = (persons.treated_day[:, None] >= day) & ((persons.days[:, None] > day) | (day == 0))
    hazard = start_hazard(
        _by_pattern(drawn, patterns, at_risk),
        _by_pattern(drawn, patterns, persons.treated_day[:, None] == day),
        patterns.design,
    )
    return Staying(chance, day, np.cumprod(1 - hazard, axis=2, dtype=np.float64), grace)


@dataclass(frozen=True, slots=True)
class Staying:
    """Chances of still following the strategy; `waiting` is by replicate, pattern and day of a start."""

    starting: Floats
    day: Floats
    waiting: Floats
    grace: int

    def weights(self, pattern: int, days: Ints) -> tuple[Floats, Floats]:
        """Give the weights of a pattern's clones on event days, by replicate: start, do not start.

        A chance of 0 leaves nobody to weight; the weight then is 0.
        """
        size = self.starting.shape[0]
        starting = np.where(days > self.grace, self.starting[:, pattern, None], 1.0)
        # Starts of the day itself come after its events, those of day 0 before.
        place = np.searchsorted(self.day, np.maximum(days - 1, 0), side="right")
        chances = np.concatenate([np.ones((size, 1)), self.waiting[:, pattern, :]], axis=1)
        return _inverse(starting), _inverse(chances[:, place])


def _inverse(chance: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.where(chance > 1e-12, 1.0 / chance, 0.0)


def _by_pattern(drawn: Floats, patterns: Patterns, marked: Mask) -> Floats:
    """Add up the frequencies of the marked people: by replicate, pattern and column of `marked`."""
    size = len(patterns.design)
    result = np.zeros((drawn.shape[0], size, marked.shape[1]))
    for pattern in range(size):
        own = np.flatnonzero(patterns.of == pattern)
        result[:, pattern, :] = drawn[:, own] @ marked[own].astype(np.float64)
    return result


def blocks(replicates: int, patterns: int, days: int) -> list[slice]:
    """Cut the replicates into blocks whose chances fit into memory."""
    at_once = max(1, _HELD // max(1, patterns * days))
    return [slice(start, start + at_once) for start in range(0, replicates, at_once)]


def weighted_counts(arms: tuple[Arm, Arm], patterns: Patterns, chances: Staying, drawn: Floats, days: Ints) -> Counts:
    """Add up the weights of the clones at risk, and of those with the event, on each event day."""
    size, width = drawn.shape[0], days.size
    total = np.zeros((4, size, width))
    for pattern in range(len(patterns.design)):
        own = np.flatnonzero(patterns.of == pattern)
        at_risk = [arm.last[own, None] >= days for arm in arms]
        events = [(arm.last[own, None] == days) & (arm.event[own, None] == 1) for arm in arms]
        marked = np.concatenate([*at_risk, *events], axis=1).astype(np.float64)
        counts = (drawn[:, own] @ marked).reshape(size, 4, width)
        weights = chances.weights(pattern, days)
        for place in range(4):
            total[place] += counts[:, place, :] * weights[place % 2]
    return Counts((total[0], total[1]), (total[2], total[3]))
