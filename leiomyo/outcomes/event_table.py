"""The event table: integer counts per stratum and tick, from which every statistic follows.

Tables add. So a laptop, an engine over a hundred million rows and twenty centres that never show each other
a patient run the same code on the same small table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes import counting, rows
from leiomyo.outcomes.counting import CONTINUED_IN, EXCLUDED, FIRST_CAUSE, StratumCounts, came_in, went_out
from leiomyo.outcomes.result import Counts, Floats, Ints, Result
from leiomyo.outcomes.rows import Cause, Label
from leiomyo.outcomes.ticks import as_times, ticks_per_unit, to_ticks
from leiomyo.outcomes.verbs import Statistics


@dataclass(frozen=True, eq=False, slots=True)
class EventTable(Statistics, Result):
    """Counts per stratum and tick: entries, events by cause, censorings and continuations.

    Build one with `from_rows`, `from_arrow`, `from_relation` or `from_counts`; add two with `+`.

    Notes
    -----
    A person without an entry (or with entry 0) is at risk from the origin, time 0 included: an event at day
    0 counts. A late entry is at risk for entry < t <= exit; only an explicit late entry with entry >= exit is
    left out, and counted in `excluded`. Censorings at a time come after the events of that time. Ticks are
    whole numbers of 1/`per_unit` of `unit`. A label None is "unknown". Counts are int64 (float64 when rows
    carry weights: then every statistic gives point estimates only).

    Examples
    --------
    >>> north = EventTable.from_rows([5, 8, 8], [1, 0, 1], strata={"margin": ["R0", "R0", "R1"]})
    >>> south = EventTable.from_rows([3, 9], [2, 0], strata={"margin": ["R1", None]})
    >>> pooled = north + south
    >>> pooled.strata
    [{'margin': 'R0'}, {'margin': 'R1'}, {'margin': None}]
    >>> pooled.persons, pooled.events, pooled.causes
    (5, 3, (1, 2))
    """

    names: tuple[str, ...]
    labels: tuple[tuple[Label, ...], ...]
    causes: tuple[Cause, ...]
    unit: str
    per_unit: int
    stratum: Ints
    tick: Ints
    counts: Counts

    def __post_init__(self) -> None:
        """Make the counts as unchangeable as the value itself."""
        for column in (self.stratum, self.tick, self.counts):
            column.flags.writeable = False

    @classmethod
    def from_rows(
        cls,
        exit: Any,
        status: Any,
        *,
        entry: Any = None,
        strata: Mapping[str, Any] | None = None,
        weights: Any = None,
        persons: Any = None,
        frequency: Any = None,
        unit: str = "day",
    ) -> EventTable:
        """Count rows of people (or of stretches of a person's time) into a table.

        Parameters
        ----------
        exit, entry
            Times in `unit`, >= 0, whole or fractional; an entry may be empty (None, NaN, 0): the origin.
        status
            0 censored; any other whole number, or text, names the cause of the event.
        strata
            A column of labels by stratum name; None or NaN is unknown.
        weights
            Positive weight of each row; the table then is weighted.
        persons
            An identifier per row, where one person's time is spread over several rows. Rows that touch in
            one stratum are joined; a change of stratum is continued, not censored.
        frequency
            How many identical people each row stands for (whole numbers).

        Raises
        ------
        InputError
            `LM-A007` for columns of unequal length, negative or missing times, a missing status, a
            negative weight, rows of a person that overlap or go on after an event.
        """
        times, entries = as_times(exit, name="exit"), None if entry is None else as_times(entry, name="entry")
        columns = [times] if entries is None else [times, entries]
        columns_given = {
            "status": status,
            **(strata or {}),
            "entry": entry,
            "weights": weights,
            "persons": persons,
        }
        rows.check_lengths(times, columns_given)
        rows.check_times(times, entries)
        per_unit = ticks_per_unit(columns)
        codes, causes = rows.code_statuses(status)
        crossed = rows.cross([rows.encode(v, name=k) for k, v in (strata or {}).items()], times.size)
        spells = counting.Spells(
            entry=None if entries is None else to_ticks(entries, per_unit),
            exit=to_ticks(times, per_unit),
            status=codes,
            stratum=crossed.codes,
            weights=rows.row_weights(weights, frequency),
        )
        if persons is not None:
            spells = counting.join_spells(spells, rows.encode(persons, name="persons").codes)
        stratum, tick, counts = counting.count(
            spells, strata=len(crossed.labels), offset=crossed.offset, statuses=len(causes) + 1
        )
        if weights is None:
            counts = np.rint(counts).astype(np.int64)
        causes, counts = rows.drop_unseen(causes, counts)
        return _canonical(
            tuple(strata or ()),
            crossed.labels,
            causes,
            unit,
            per_unit,
            stratum,
            tick,
            counts,
        )

    @classmethod
    def from_arrow(
        cls,
        table: Any,
        *,
        exit: str = "exit",
        status: str = "status",
        entry: str | None = None,
        strata: Sequence[str] = (),
        weights: str | None = None,
        persons: str | None = None,
        frequency: str | None = None,
        unit: str = "day",
    ) -> EventTable:
        """Count the rows of a `pyarrow.Table`, whose columns are named; see `from_rows`.

        Examples
        --------
        >>> import pyarrow as pa
        >>> EventTable.from_arrow(pa.table({"exit": [1, 2], "status": [1, 0]})).persons
        2
        """

        def column(name: str | None) -> Any:
            return None if name is None else rows.arrow_values(table.column(name))

        return cls.from_rows(
            column(exit),
            column(status),
            entry=column(entry),
            strata={name: rows.arrow_values(table.column(name)) for name in strata},
            weights=column(weights),
            persons=column(persons),
            frequency=column(frequency),
            unit=unit,
        )

    @classmethod
    def from_relation(
        cls,
        relation: Any,
        *,
        exit: str = "exit",
        status: str = "status",
        entry: str | None = None,
        strata: Sequence[str] = (),
        unit: str = "day",
    ) -> EventTable:
        """Count the rows of a DuckDB relation by one GROUP BY in the engine; see `from_rows`.

        Examples
        --------
        >>> import duckdb
        >>> rows = duckdb.sql("select * from (values (1, 1), (2, 0), (2, 0)) t(exit, status)")
        >>> EventTable.from_relation(rows).persons
        3
        """
        names = [exit, status, *([entry] if entry else []), *strata]
        quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
        grouped = relation.aggregate(f"{quoted}, count(*)::BIGINT as frequency__", quoted).to_arrow_table()
        return cls.from_arrow(
            grouped, exit=exit, status=status, entry=entry, strata=strata, frequency="frequency__", unit=unit
        )

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str, Any],
        *,
        strata: Sequence[str] = (),
        unit: str = "day",
        per_unit: int = 1,
    ) -> EventTable:
        """Take counts that somebody else has made; the columns are those of `columns()`.

        Parameters
        ----------
        counts
            `tick`; any of `entered`, `continued_in`, `censored`, `continued_out`, `excluded`; `event_K` for
            each cause K; and the columns named in `strata`.

        Examples
        --------
        >>> table = EventTable.from_rows([2, 3], [1, 0])
        >>> EventTable.from_counts(table.columns()) == table
        True
        """
        tick = np.array(counts["tick"], dtype=np.int64)
        named = {name.removeprefix("event_"): name for name in counts if name.startswith("event_")}
        causes = tuple(sorted((int(k) if k.isdigit() else k for k in named), key=rows.label_order))
        order = [*counting.FIXED, *(f"event_{cause}" for cause in causes)]
        matrix = np.stack([np.asarray(counts.get(name, np.zeros(tick.size, np.int64))) for name in order], axis=1)
        if matrix.size and matrix.min() < 0:
            raise InputError("LM-A007", "A count is negative.")
        crossed = rows.cross([rows.encode(list(counts[n]), name=n) for n in strata], tick.size)
        table = cls(tuple(strata), crossed.labels, causes, unit, per_unit, crossed.codes, tick, matrix)
        return regrouped(table, table.names, table.labels, table.stratum - crossed.offset)

    def __add__(self, other: EventTable) -> EventTable:
        """Add two tables: the people of both, stratum by stratum and tick by tick."""
        if not isinstance(other, EventTable):
            return NotImplemented
        if self.unit != other.unit:
            raise InputError("LM-A007", f"Tables in {self.unit}s and in {other.unit}s do not add.")
        if sorted(self.names) != sorted(other.names):
            raise InputError("LM-A007", f"Tables by {list(self.names)} and by {list(other.names)} do not add.")
        per_unit = int(np.lcm(self.per_unit, other.per_unit))
        causes = tuple(sorted({*self.causes, *other.causes}, key=rows.label_order))
        parts = [_aligned(table, self.names, causes, per_unit) for table in (self, other)]
        labels = parts[0].labels + parts[1].labels
        stratum = np.concatenate([parts[0].stratum, parts[1].stratum + len(parts[0].labels)])
        tick = np.concatenate([part.tick for part in parts])
        causes, counts = rows.drop_unseen(causes, np.concatenate([part.counts for part in parts]))
        return _canonical(self.names, labels, causes, self.unit, per_unit, stratum, tick, counts)

    def __radd__(self, other: object) -> EventTable:
        """Let `sum(tables)` start from 0."""
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        """Two tables are equal when every count, label, cause and unit is."""
        if not isinstance(other, EventTable):
            return NotImplemented
        return (self.names, self.labels, self.causes, self.unit, self.per_unit) == (
            other.names,
            other.labels,
            other.causes,
            other.unit,
            other.per_unit,
        ) and all(
            np.array_equal(a, b)
            for a, b in ((self.stratum, other.stratum), (self.tick, other.tick), (self.counts, other.counts))
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def strata(self) -> list[dict[str, Label]]:
        """The labels of each stratum, in order: numbers by size, then text, unknown last."""
        return [dict(zip(self.names, labels, strict=True)) for labels in self.labels]

    @property
    def weighted(self) -> bool:
        """Whether rows carried weights; then limits and tests are not given."""
        return bool(self.counts.dtype.kind == "f")

    @property
    def persons(self) -> Any:
        """How many people the table holds; a person whose time is split counts once."""
        return self._plain(went_out(self.counts).sum() - self.counts[:, CONTINUED_IN].sum())

    @property
    def events(self) -> Any:
        """How many events of any cause."""
        return self._plain(self.counts[:, FIRST_CAUSE:].sum())

    @property
    def excluded(self) -> Any:
        """How many explicit late entries were left out, since entry >= exit."""
        return self._plain(self.counts[:, EXCLUDED].sum())

    @property
    def has_late_entry(self) -> bool:
        """Whether anybody came under observation after the origin, from outside or from another stratum."""
        return bool(came_in(self.counts).any())

    def _plain(self, value: Any) -> Any:
        return float(value) if self.weighted else int(value)

    def select(self, **levels: Label | Collection[Label]) -> EventTable:
        """Keep the strata whose labels are among those given; all names are kept.

        Examples
        --------
        >>> table = EventTable.from_rows([1, 2, 3], [1, 1, 0], strata={"arm": ["a", "b", None]})
        >>> table.select(arm=["a", "b"]).persons
        2
        """
        wanted = {}
        for name, given in levels.items():
            several = isinstance(given, Collection) and not isinstance(given, str)
            wanted[self._place(name)] = set(given) if several else {given}  # type: ignore[arg-type]
        kept = [
            index
            for index, labels in enumerate(self.labels)
            if all(labels[place] in values for place, values in wanted.items())
        ]
        chosen = np.isin(self.stratum, kept)
        labels = tuple(self.labels[index] for index in kept)
        stratum = np.searchsorted(kept, self.stratum[chosen]) if kept else self.stratum[:0]
        return EventTable(
            self.names,
            labels,
            self.causes,
            self.unit,
            self.per_unit,
            stratum,
            self.tick[chosen],
            self.counts[chosen],
        )

    def collapse(self, by: str | Sequence[str] = ()) -> EventTable:
        """Add up the strata that agree in the names `by`; the other names are dropped.

        Examples
        --------
        >>> table = EventTable.from_rows([1, 2], [1, 0], strata={"sex": ["f", "m"], "arm": [1, 1]})
        >>> table.collapse(["arm"]).strata
        [{'arm': 1}]
        """
        by = rows.names_of(by)
        places = [self._place(name) for name in by]
        if tuple(by) == self.names:
            return self
        labels = [tuple(all_[place] for place in places) for all_ in self.labels]
        return regrouped(self, tuple(by), tuple(labels), self.stratum)

    def _place(self, name: str) -> int:
        if name not in self.names:
            raise InputError("LM-A008", f"The table has no stratum {name!r}; it has {list(self.names)}.")
        return self.names.index(name)

    def by_stratum(self) -> list[StratumCounts]:
        """Give each stratum on its own, with the number at risk at each of its ticks."""
        edges = np.searchsorted(self.stratum, np.arange(len(self.labels) + 1))
        parts = []
        for index, stratum in enumerate(self.strata):
            own = slice(edges[index], edges[index + 1])
            counts = self.counts[own]
            came, left = came_in(counts), went_out(counts)
            started = self._plain(left.sum() - came.sum())
            at_risk = started + np.cumsum(came) - came - np.cumsum(left) + left
            parts.append(StratumCounts(stratum, self.tick[own], at_risk, counts, started))
        return parts

    def times(self, ticks: Ints) -> Floats:
        """Turn ticks into times in the table's unit."""
        times: Floats = ticks / self.per_unit
        return times

    def cause_columns(self, cause: Cause | None) -> list[int]:
        """Give the count columns of `cause`, or of all causes."""
        if cause is None:
            return list(range(FIRST_CAUSE, FIRST_CAUSE + len(self.causes)))
        if cause not in self.causes:
            raise InputError("LM-A008", f"The table has no cause {cause!r}; it has {list(self.causes)}.")
        return [FIRST_CAUSE + self.causes.index(cause)]

    def columns(self) -> dict[str, Any]:
        """Give the counts as columns: stratum names, `tick`, the fixed counts, one `event_K` per cause."""
        table: dict[str, Any] = {
            name: [self.labels[index][place] for index in self.stratum] for place, name in enumerate(self.names)
        }
        names = (*counting.FIXED, *(f"event_{cause}" for cause in self.causes))
        return table | {"tick": self.tick} | {name: self.counts[:, at] for at, name in enumerate(names)}


def _canonical(
    names: tuple[str, ...],
    labels: Sequence[tuple[Label, ...]],
    causes: tuple[Cause, ...],
    unit: str,
    per_unit: int,
    stratum: Ints,
    tick: Ints,
    counts: Counts,
) -> EventTable:
    """Make a table whose strata are in order, without those that hold nobody."""
    table = EventTable(names, tuple(labels), causes, unit, per_unit, stratum, tick, counts)
    return regrouped(table, names, tuple(labels), stratum)


def regrouped(
    table: EventTable, names: tuple[str, ...], labels: tuple[tuple[Label, ...], ...], stratum: Ints
) -> EventTable:
    """Give rows of equal labels one stratum, sort, and add up."""
    present = np.flatnonzero(np.bincount(stratum, minlength=len(labels)))
    used = {labels[index] for index in present.tolist()} if names else {()}
    ordered = sorted(used, key=lambda parts: [rows.label_order(part) for part in parts])
    new = {parts: index for index, parts in enumerate(ordered)}
    place = np.asarray([new.get(parts, -1) for parts in labels], dtype=np.int64)
    target = place[stratum] if stratum.size else stratum.astype(np.int64)
    tick, counts = table.tick, table.counts
    if np.all((target[1:] > target[:-1]) | ((target[1:] == target[:-1]) & (tick[1:] > tick[:-1]))):
        return EventTable(names, tuple(ordered), table.causes, table.unit, table.per_unit, target, tick, counts)
    order = np.lexsort((tick, target))
    target, tick, counts = target[order], tick[order], counts[order]
    if target.size:
        starts = np.flatnonzero(np.r_[True, (np.diff(target) != 0) | (np.diff(tick) != 0)])
        target, tick, counts = target[starts], tick[starts], np.add.reduceat(counts, starts, axis=0)
    return EventTable(names, tuple(ordered), table.causes, table.unit, table.per_unit, target, tick, counts)


def _aligned(table: EventTable, names: tuple[str, ...], causes: tuple[Cause, ...], per_unit: int) -> EventTable:
    """Rewrite a table with the names, causes and tick of a sum."""
    places = [table.names.index(name) for name in names]
    labels = tuple(tuple(parts[place] for place in places) for parts in table.labels)
    counts = np.zeros((table.tick.size, FIRST_CAUSE + len(causes)), dtype=table.counts.dtype)
    counts[:, :FIRST_CAUSE] = table.counts[:, :FIRST_CAUSE]
    for at, cause in enumerate(table.causes):
        counts[:, FIRST_CAUSE + causes.index(cause)] = table.counts[:, FIRST_CAUSE + at]
    tick = table.tick * (per_unit // table.per_unit)
    return EventTable(names, labels, causes, table.unit, per_unit, table.stratum, tick, counts)
