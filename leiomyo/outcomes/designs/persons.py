"""The people of a comparison: time, event, day of treatment and what is adjusted for, without a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from leiomyo.errors import InputError
from leiomyo.outcomes.result import Floats, Ints

Mask = npt.NDArray[np.bool_]


class Coded(NamedTuple):
    """One adjuster: its levels in order, and the place of each person's level among them (-1 unknown)."""

    name: str
    levels: tuple[str, ...]
    codes: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Persons:
    """One entry per person, from time zero: how long, whether the event came, when treatment began.

    Parameters
    ----------
    days
        Whole days from time zero to the event or to the end of follow-up, >= 0.
    event
        1 event, 0 censored.
    treated_day
        Day on which the treatment began, >= 0; infinite (or NaN) where it did not during follow-up.
    adjusters
        Category labels by name, one per person; None is unknown.

    Raises
    ------
    InputError
        `LM-A007` for columns of unequal length, days that are negative, missing or not whole, an event that
        is not 0 or 1, a treatment before time zero.

    Notes
    -----
    A treatment on the last day of follow-up or later was not seen to precede anything: it counts as never.
    A treatment on day 0 counts from the start, before whatever else happened on day 0.

    Examples
    --------
    >>> people = Persons([100, 50], [1, 0], [20, 50], {"margin": ["R0", None]})
    >>> people.treated_day.tolist(), people.known().size
    ([20.0, inf], 1)
    """

    days: Ints
    event: Ints
    treated_day: Floats
    adjusters: Mapping[str, Sequence[str | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the columns, and settle what counts as never treated."""
        days, event = _whole(self.days, "days"), _whole(self.event, "event")
        treated = np.asarray(self.treated_day, dtype=np.float64).copy()
        treated[np.isnan(treated)] = np.inf
        adjusters = {name: tuple(labels) for name, labels in self.adjusters.items()}
        lengths = {"event": event.size, "treated_day": treated.size}
        lengths |= {name: len(column) for name, column in adjusters.items()}
        for name, length in lengths.items():
            if length != days.size:
                raise InputError("LM-A007", f"{name} has {length} rows, days has {days.size}.")
        if np.any((event != 0) & (event != 1)):
            raise InputError("LM-A007", "An event is neither 0 nor 1.")
        if np.any(treated < 0):
            raise InputError("LM-A007", f"{int((treated < 0).sum())} treatments began before time zero.")
        treated[(treated >= days) & (treated > 0)] = np.inf
        object.__setattr__(self, "adjusters", adjusters)
        for name, values in (("days", days), ("event", event), ("treated_day", treated)):
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @property
    def size(self) -> int:
        """How many people."""
        return int(self.days.size)

    def take(self, chosen: Mask) -> Persons:
        """Give the chosen people only."""
        at = np.flatnonzero(chosen)
        places = at.tolist()
        kept = {name: [labels[place] for place in places] for name, labels in self.adjusters.items()}
        return Persons(self.days[at], self.event[at], self.treated_day[at], kept)

    def known(self) -> Persons:
        """Give the people of whom every adjuster is known."""
        unknown = np.zeros(self.size, dtype=np.bool_)
        for labels in self.adjusters.values():
            unknown |= np.asarray([label is None for label in labels], dtype=np.bool_)
        return self.take(~unknown) if unknown.any() else self

    def coded(self) -> list[Coded]:
        """Give each adjuster as codes; the levels are in the order of their text."""
        result = []
        for name, labels in self.adjusters.items():
            levels = tuple(sorted({str(label) for label in labels if label is not None}))
            place: dict[str | None, int] = {level: at for at, level in enumerate(levels)}
            codes = [-1 if label is None else place[str(label)] for label in labels]
            result.append(Coded(name, levels, np.asarray(codes, dtype=np.int64)))
        return result


def _whole(values: Any, name: str) -> Ints:
    """Read a column of whole numbers >= 0."""
    given = np.asarray(values, dtype=np.float64)
    wrong = ~np.isfinite(given) | (given < 0) | (given != np.rint(given))
    if given.ndim != 1 or wrong.any():
        raise InputError("LM-A007", f"{name}: {int(wrong.sum())} values are missing, negative or not whole.")
    return given.astype(np.int64)
