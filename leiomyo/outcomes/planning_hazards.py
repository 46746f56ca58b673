"""What a trial's control patients are expected to live: a hazard, constant or in pieces, and the registry behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.counting import FIRST_CAUSE
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.result import Floats

#: Days in a month, as everywhere in the product.
MONTH = 30.4375
#: A piece of the registry's hazard rests on at least so many events; the registry on at least so many in all.
EVENTS_IN_PIECE = 5
EVENTS_IN_REGISTRY = 10
#: More pieces than this follow the noise of a curve, not its shape.
PIECES = 12


@dataclass(frozen=True, slots=True, eq=False)
class Hazard:
    """A hazard per month that is constant between `cuts`; the last piece goes on for ever.

    Examples
    --------
    >>> hazard = Hazard.of_median(12.0)
    >>> round(float(hazard.survival(np.array([24.0]))[0]), 3)
    0.25
    """

    cuts: Floats
    rates: Floats

    @classmethod
    def constant(cls, rate: float) -> Hazard:
        """A hazard that never changes."""
        return cls(np.zeros(1), np.array([rate]))

    @classmethod
    def of_median(cls, months: float) -> Hazard:
        """The constant hazard under which half have the event within so many months."""
        return cls.constant(math.log(2) / months)

    @classmethod
    def of_survival(cls, survival: float, months: float) -> Hazard:
        """The constant hazard under which this share is without the event after so many months."""
        return cls.constant(-math.log(survival) / months)

    def at(self, months: Floats) -> Floats:
        """The hazard at each time."""
        rates: Floats = self.rates[np.searchsorted(self.cuts, months, side="right") - 1]
        return rates

    def cumulative(self, months: Floats) -> Floats:
        """The cumulative hazard at each time."""
        before = np.r_[0.0, np.cumsum(np.diff(self.cuts) * self.rates[:-1])]
        piece = np.searchsorted(self.cuts, months, side="right") - 1
        total: Floats = before[piece] + (months - self.cuts[piece]) * self.rates[piece]
        return total

    def survival(self, months: Floats) -> Floats:
        """The share without the event at each time."""
        share: Floats = np.exp(-self.cumulative(months))
        return share

    def times(self, ratio: float) -> Hazard:
        """The same hazard, larger by a ratio at every time."""
        return Hazard(self.cuts, self.rates * ratio)

    def median(self) -> float | None:
        """The time by which half have the event; None where that never comes."""
        ends = np.r_[self.cumulative(self.cuts[1:]), np.inf if self.rates[-1] > 0 else -np.inf]
        reached = np.flatnonzero(ends >= math.log(2))
        if not reached.size:
            return None
        piece = int(reached[0])
        start = float(self.cumulative(self.cuts[piece : piece + 1])[0])
        return float(self.cuts[piece] + (math.log(2) - start) / self.rates[piece])


@dataclass(frozen=True, slots=True, eq=False)
class External:
    """The registry's patients as a control: how many, their events, and who was at risk when.

    `months` are the ends of the stretches between which `at_risk` stays the same.
    """

    patients: int
    events: int
    months: Floats
    at_risk: Floats
    hazard: Hazard

    @property
    def last(self) -> float:
        """The last month in which anybody was at risk."""
        return float(self.months[-1])

    def at_risk_at(self, months: Floats) -> Floats:
        """How many were at risk at each time."""
        place = np.searchsorted(self.months, months, side="left")
        held: Floats = np.r_[self.at_risk, 0.0][place]
        return held

    @property
    def error(self) -> float:
        """Standard error of the logarithm of the hazard as a whole."""
        return 1 / math.sqrt(self.events)


def external(table: EventTable) -> External:
    """The registry's patients as an external control, from their event table in days.

    The hazard is the maximum-likelihood one that is constant in pieces: events by person-time, each piece with at
    least `EVENTS_IN_PIECE` events.

    Raises
    ------
    InputError
        `LM-A022` where there are too few events to speak of a curve.
    """
    whole = table.collapse()
    events = int(whole.events)
    if events < EVENTS_IN_REGISTRY:
        raise InputError("LM-A022", f"{whole.persons} patients, {events} events.")
    part = whole.by_stratum()[0]
    # an event on the day of the index is one of half a day, as in a person-years count
    months = np.maximum(part.tick / whole.per_unit, 0.5) / MONTH
    had = part.counts[:, FIRST_CAUSE:].sum(axis=1).astype(np.float64)
    at_risk = part.at_risk.astype(np.float64)
    time = np.diff(np.r_[0.0, months]) * at_risk
    watched = int(np.flatnonzero(at_risk > 0)[-1]) + 1
    return External(int(whole.persons), events, months[:watched], at_risk[:watched], _pieces(months, had, time))


def _pieces(months: Floats, events: Floats, time: Floats) -> Hazard:
    """Events by person-time in stretches that hold about as many events each."""
    total = events.sum()
    pieces = int(min(PIECES, total // EVENTS_IN_PIECE))
    ends = np.searchsorted(np.cumsum(events), total * np.arange(1, pieces) / pieces, side="left")
    edges = np.unique(np.r_[0, ends + 1, months.size])
    counts = np.add.reduceat(events, edges[:-1])
    while counts.min() < EVENTS_IN_PIECE and counts.size > 1:
        # many events on one day: a stretch that is left with few joins the one after it, the last the one before
        small = int(counts.argmin())
        edges = np.delete(edges, min(small + 1, counts.size - 1))
        counts = np.add.reduceat(events, edges[:-1])
    return Hazard(np.r_[0.0, months[edges[1:-1] - 1]], counts / np.add.reduceat(time, edges[:-1]))


def as_plain(hazard: Hazard) -> list[dict[str, Any]]:
    """The pieces of a hazard: from which month, and how high per month."""
    return [
        {"from_month": round(float(cut), 3), "hazard_per_month": round(float(rate), 6)}
        for cut, rate in zip(hazard.cuts, hazard.rates, strict=True)
    ]
