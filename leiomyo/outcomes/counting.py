"""From rows to counts: one pass over the people, after which their number no longer matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leiomyo.errors import InputError
from leiomyo.outcomes.result import Counts, Ints

#: The count columns that every table has, before one column for each cause.
ENTERED, CONTINUED_IN, CENSORED, CONTINUED_OUT, EXCLUDED, FIRST_CAUSE = range(6)
FIXED = ("entered", "continued_in", "censored", "continued_out", "excluded")

#: Above this many cells, rows are sorted instead of counted into a dense array.
_DENSE_CELLS = 2**25
_CHUNK = 2**17


@dataclass(frozen=True, slots=True)
class Spells:
    """Stretches of time at risk in one stratum; `rows` maps each to its own first and last row."""

    entry: Ints | None
    exit: Ints
    status: npt.NDArray[Any]
    stratum: npt.NDArray[Any]
    weights: npt.NDArray[Any] | None
    continued_in: npt.NDArray[np.bool_] | None = None
    continued_out: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class StratumCounts:
    """One stratum of a table: what happened at each of its ticks, and who was at risk.

    `at_risk` counts those with entry < t <= exit, and everybody without a late entry at time 0.
    """

    stratum: Mapping[str, Any]
    tick: Ints
    at_risk: Counts
    counts: Counts
    started: Any

    @property
    def persons(self) -> Any:
        """How many people were ever at risk in this stratum, from the start or later."""
        return self.started + came_in(self.counts).sum().item()

    @property
    def last_tick(self) -> float:
        """The last tick on which anybody was observed; NaN where nobody was. Excluded people were not."""
        seen = self.tick[(came_in(self.counts) + went_out(self.counts)) > 0]
        return float(seen[-1]) if seen.size else float("nan")

    def at_risk_at(self, tick: float) -> Any:
        """Count who is at risk at `tick`, which need not be one of the table's own."""
        return self.at_risk_at_all(np.asarray([tick]))[0].item()

    def at_risk_at_all(self, ticks: Any) -> Counts:
        """Count who is at risk at each of `ticks`."""
        moved = np.r_[0, np.cumsum(came_in(self.counts) - went_out(self.counts))]
        at_risk: Counts = self.started + moved[np.searchsorted(self.tick, ticks, side="left")]
        return at_risk


def came_in(counts: Counts) -> Counts:
    """Count who came under observation, from outside or from another stratum, by row."""
    return counts[:, ENTERED] + counts[:, CONTINUED_IN]


def went_out(counts: Counts) -> Counts:
    """Count who left the risk set, for whatever reason, by row."""
    total: Counts = counts[:, CENSORED] + counts[:, CONTINUED_OUT] + counts[:, FIRST_CAUSE:].sum(axis=1)
    return total


def join_spells(spells: Spells, persons: Ints) -> Spells:
    """Join the rows of each person: what continues is neither a loss nor a late entry.

    Rows of one person that touch within one stratum become one row. Where the stratum changes (or time is
    missing in between) the earlier row is *continued out* and the later *continued in*.

    Raises
    ------
    InputError
        `LM-A007` where a person's rows overlap or go on after an event.
    """
    entry = spells.entry if spells.entry is not None else np.zeros_like(spells.exit)
    order = np.lexsort((spells.exit, entry, persons))
    entry, exit_, status = entry[order], spells.exit[order], spells.status[order]
    stratum = spells.stratum[order]
    weights = None if spells.weights is None else spells.weights[order]
    same = persons[order][1:] == persons[order][:-1]
    if np.any(same & (entry[1:] < exit_[:-1])):
        raise InputError("LM-A007", "A person's rows overlap in time.")
    if np.any(same & (status[:-1] != 0)):
        raise InputError("LM-A007", "A person has time at risk after an event; only the first event counts.")
    joined = same & (entry[1:] == exit_[:-1]) & (stratum[1:] == stratum[:-1])
    if weights is not None:
        joined &= weights[1:] == weights[:-1]
    first, last = np.r_[True, ~joined][: order.size], np.r_[~joined, True][: order.size]
    return Spells(
        entry=entry[first],
        exit=exit_[last],
        status=status[last],
        stratum=stratum[last],
        weights=None if weights is None else weights[last],
        continued_in=np.r_[False, same][: order.size][first],
        continued_out=np.r_[same, False][: order.size][last],
    )


def count(spells: Spells, *, strata: int, offset: int, statuses: int) -> tuple[Ints, Ints, Counts]:
    """Count spells by stratum and tick.

    Returns
    -------
    tuple
        Stratum codes, ticks and a count matrix (columns `FIXED`, then statuses 1 up), one row for each pair
        at which something happened, sorted by stratum and tick.
    """
    spells, excluded = _without_late(spells)
    continued = spells.continued_out is not None
    parts = [_tally(spells.stratum, offset, spells.status, statuses, spells.exit, spells.weights, strata)]
    columns = [[CENSORED, *range(FIRST_CAUSE, FIRST_CAUSE + statuses - 1)]]
    if continued:
        out = np.where(np.asarray(spells.continued_out), statuses, spells.status)
        parts = [_tally(spells.stratum, offset, out, statuses + 1, spells.exit, spells.weights, strata)]
        columns[0].append(CONTINUED_OUT)
    if spells.entry is not None:
        came_in = spells.continued_in if spells.continued_in is not None else np.zeros(spells.exit.size, dtype=bool)
        for chosen, column in (((spells.entry > 0) & ~came_in, ENTERED), (came_in, CONTINUED_IN)):
            parts.append(_tally_of(spells, chosen, spells.entry, offset, strata))
            columns.append([column])
    if excluded is not None:
        parts.append(_tally_of(excluded, np.ones(excluded.exit.size, dtype=bool), excluded.exit, offset, strata))
        columns.append([EXCLUDED])
    return _gather(parts, columns, FIRST_CAUSE + statuses - 1)


def _without_late(spells: Spells) -> tuple[Spells, Spells | None]:
    """Set aside explicit late entries that never were at risk (`entry >= exit`)."""
    if spells.entry is None:
        return spells, None
    late = (spells.entry > 0) & (spells.entry >= spells.exit)
    if not late.any():
        return spells, None
    return _taken(spells, ~late), _taken(spells, late)


def _taken(spells: Spells, chosen: npt.NDArray[np.bool_]) -> Spells:
    return Spells(
        *(
            None if column is None else column[chosen]
            for column in (
                spells.entry,
                spells.exit,
                spells.status,
                spells.stratum,
                spells.weights,
                spells.continued_in,
                spells.continued_out,
            )
        )  # type: ignore[arg-type]
    )


Tally = tuple[Ints, Ints, Ints, Counts]


def _tally_of(spells: Spells, chosen: npt.NDArray[np.bool_], tick: Ints, offset: int, strata: int) -> Tally:
    weights = None if spells.weights is None else spells.weights[chosen]
    nothing = np.zeros(int(chosen.sum()), dtype=np.int8)
    return _tally(spells.stratum[chosen], offset, nothing, 1, tick[chosen], weights, strata)


def _tally(
    stratum: npt.NDArray[Any],
    offset: int,
    status: npt.NDArray[Any],
    statuses: int,
    tick: Ints,
    weights: npt.NDArray[Any] | None,
    strata: int,
) -> Tally:
    """Count rows by (stratum, status, tick): dense where it fits, by sorting where it does not."""
    width = int(tick.max()) + 1 if tick.size else 1
    cells = strata * statuses * width
    if cells <= max(_DENSE_CELLS // 64, min(_DENSE_CELLS, 4 * tick.size)):
        dense = _dense(stratum, offset, status, statuses, tick, weights, width, cells)
        key = np.flatnonzero(dense)
        counts = dense[key]
    else:
        used, place = np.unique(tick, return_inverse=True)
        full = (stratum.astype(np.int64) - offset) * statuses + status
        key, inverse = np.unique(full * used.size + place, return_inverse=True)
        counts = np.bincount(inverse, weights=weights, minlength=key.size)
        rest, at = np.divmod(key, used.size)
        return rest // statuses, rest % statuses, used[at], counts
    rest, at = np.divmod(key, width)
    return rest // statuses, rest % statuses, at, counts


def _dense(
    stratum: npt.NDArray[Any],
    offset: int,
    status: npt.NDArray[Any],
    statuses: int,
    tick: Ints,
    weights: npt.NDArray[Any] | None,
    width: int,
    cells: int,
) -> Counts:
    """Count into one flat array, in chunks that stay in the processor's cache."""
    total = np.zeros(cells, dtype=np.int64 if weights is None else np.float64)
    step = max(_CHUNK, cells)
    key = np.empty(min(step, tick.size), dtype=np.int64)
    for start in range(0, tick.size, step):
        rows = slice(start, start + step)
        part = key[: tick[rows].size]
        np.subtract(stratum[rows], offset, out=part, casting="unsafe", dtype=np.int64)
        if statuses > 1:
            part *= statuses
            np.add(part, status[rows], out=part, casting="unsafe")
        part *= width
        part += tick[rows]
        total += np.bincount(part, weights=None if weights is None else weights[rows], minlength=cells)
    return total


def _gather(parts: list[Tally], columns: list[list[int]], width: int) -> tuple[Ints, Ints, Counts]:
    """Lay the tallies side by side, one row per (stratum, tick)."""
    stratum = np.concatenate([part[0] for part in parts])
    tick = np.concatenate([part[2] for part in parts])
    column = np.concatenate([np.asarray(names)[part[1]] for part, names in zip(parts, columns, strict=True)])
    values = np.concatenate([part[3] for part in parts])
    return sum_rows(stratum, tick, column, values, width)


def sum_rows(stratum: Ints, tick: Ints, column: Ints, values: Counts, width: int) -> tuple[Ints, Ints, Counts]:
    """Add up `values` by stratum and tick into a matrix of `width` columns, sorted, without empty rows."""
    used, place = np.unique(tick, return_inverse=True)
    key, row = np.unique(stratum * max(used.size, 1) + place, return_inverse=True)
    counts: Counts = np.zeros((key.size, width), dtype=values.dtype)
    np.add.at(counts, (row, column), values)
    return key // max(used.size, 1), used[key % max(used.size, 1)] if key.size else key, counts
