"""Case tables a few thousand patients at a time: each patient's rows of all tables together, never all patients'."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leiomyo.model.records import Records, rows
from leiomyo.model.tables import TABLES

Row = dict[str, Any]
_AT_ONCE = 5_000
_SIGN = "\x1f"


@dataclass(slots=True)
class Patient:
    """One patient: the row of the person and, by table, all others."""

    own: Row
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, table: str) -> list[Row]:
        """The rows of a table, in their order."""
        return self.tables.get(table, [])


def patients(records: Records, *, at_once: int = _AT_ONCE) -> Iterator[Patient]:
    """Every patient with a row in `patient`, in order of these rows."""
    keys = _keys(records["patient"])
    # unlikely, and harmless: a second row of the same person adds nothing
    first = pc.unique(keys)
    sorted_ = {name: _in_order(records[name], first) for name in TABLES}
    for start in range(0, len(first), at_once):
        stop = min(start + at_once, len(first))
        found = [Patient({}) for _ in range(start, stop)]
        for name, (table, places) in sorted_.items():
            low, high = np.searchsorted(places, [start, stop])
            for place, row in zip(places[low:high], rows(table.slice(low, high - low)), strict=True):
                one = found[place - start]
                if name == "patient":
                    one.own = one.own or row
                else:
                    one.tables.setdefault(name, []).append(row)
        yield from found


def _keys(table: pa.Table) -> pa.Array:
    joined = pc.binary_join_element_wise(table["centre"], table["patient"], _SIGN)
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _in_order(table: pa.Table, keys: pa.Array) -> tuple[pa.Table, np.ndarray[Any, np.dtype[np.int64]]]:
    """The rows of the patients named, in their order, and the place of each row's patient."""
    table = table.combine_chunks()
    place = pc.index_in(_keys(table), value_set=keys)
    told = pc.is_valid(place)
    at = place.filter(told).to_numpy(zero_copy_only=False).astype(np.int64)
    order = np.argsort(at, kind="stable")
    return table.filter(told).take(pa.array(order)), at[order]
