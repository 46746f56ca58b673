"""Cumulative hazard from an event table (Nelson–Aalen)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leiomyo.outcomes.curves import normal_quantile
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.result import Counts, Floats, Result, label_text
from leiomyo.outcomes.rows import Cause, Label


@dataclass(frozen=True, slots=True, eq=False)
class Hazard(Result):
    """The cumulative hazard of one stratum, one entry per time with an event; NaN where undefined."""

    stratum: Mapping[str, Label]
    level: float
    time: Floats
    hazard: Floats
    std_error: Floats
    low: Floats
    high: Floats
    at_risk: Counts
    events: Counts

    def columns(self) -> dict[str, Any]:
        """Give the hazard column by column, stratum labels first."""
        names: dict[str, Any] = {name: [label] * self.time.size for name, label in self.stratum.items()}
        keys = ("time", "hazard", "std_error", "low", "high", "at_risk", "events")
        return names | {key: getattr(self, key) for key in keys}

    def notes(self) -> Sequence[str]:
        """Give the definition."""
        return (f"{label_text(self.stratum)}: Nelson–Aalen, {self.level:.0%} limits on the log scale",)


@dataclass(frozen=True, slots=True, eq=False)
class Hazards(Result):
    """Cumulative hazards, one for each stratum, in the order of the table's strata."""

    parts: tuple[Hazard, ...]

    def __iter__(self) -> Iterator[Hazard]:
        """Go through the strata."""
        return iter(self.parts)

    def __getitem__(self, place: int) -> Hazard:
        """Give one stratum's."""
        return self.parts[place]

    def columns(self) -> dict[str, Any]:
        """Give all strata below each other."""
        return stacked([part.columns() for part in self.parts])

    def notes(self) -> Sequence[str]:
        """Give the definition of each part."""
        return tuple(note for part in self.parts for note in part.notes())


def stacked(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put tables of the same columns below each other.

    Examples
    --------
    >>> stacked([{"a": [1]}, {"a": [2, 3]}])
    {'a': [1, 2, 3]}
    """
    if not parts:
        return {}
    return {
        name: np.concatenate([part[name] for part in parts])
        if isinstance(values, np.ndarray)
        else [value for part in parts for value in part[name]]
        for name, values in parts[0].items()
    }


def nelson_aalen(table: EventTable, *, level: float = 0.95, cause: Cause | None = None) -> Hazards:
    """Cumulative hazard by time, with pointwise limits, one per stratum.

    Notes
    -----
    H(t) = Σ d/n with variance Σ d/n² (Aalen's); limits H·exp(±z·se/H), undefined where H is 0. With `cause`,
    the cause-specific cumulative hazard. Ties are taken as they stand (no Fleming–Harrington correction).

    Source
    ------
    Nelson 1972; Aalen 1978. Oracle: R `survfit(ctype = 1)`, `cumhaz` and `std.chaz`.

    Examples
    --------
    >>> nelson_aalen(EventTable.from_rows([1, 2, 2], [1, 1, 0]))[0].hazard.round(4).tolist()
    [0.3333, 0.8333]
    """
    z = normal_quantile(level)
    columns = table.cause_columns(cause)
    parts = []
    for part in table.by_stratum():
        events = part.counts[:, columns].sum(axis=1)
        had = events > 0
        at_risk, events = part.at_risk[had], events[had]
        hazard = np.cumsum(events / at_risk)
        error = np.sqrt(np.cumsum(events / at_risk.astype(np.float64) ** 2))
        if table.weighted:
            error = np.full(hazard.size, np.nan)
        with np.errstate(all="ignore"):
            factor = np.exp(z * error / hazard)
        times = table.times(part.tick[had])
        parts.append(
            Hazard(part.stratum, level, times, hazard, error, hazard / factor, hazard * factor, at_risk, events)
        )
    return Hazards(tuple(parts))
