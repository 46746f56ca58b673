"""Columns of a case table from arrays: who each row is about, codes by their places, days that may never have come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leiomyo.model.records import schema
from leiomyo.simulate.dice import NEVER, Flags, Ints


def coded(codes: Sequence[str | None], places: Ints) -> pa.Array:
    """Texts by their places in a list; a place below 0 has none."""
    known = pa.array(np.where(places < 0, 0, places).astype(np.int32), mask=places < 0)
    return pa.DictionaryArray.from_arrays(known, pa.array(codes, pa.string())).cast(pa.string())


def text(value: str, wanted: Flags) -> pa.Array:
    """One text where it is wanted, none elsewhere."""
    return coded([value], np.where(wanted, 0, -1))


def whole(values: Ints, unknown: Flags | None = None) -> pa.Array:
    """Whole numbers; those of no meaning are none."""
    return pa.array(values.astype(np.int32), mask=unknown)


def day(name: str, days: Ints) -> dict[str, pa.Array]:
    """The two stored columns of a day; `NEVER` is none."""
    known = whole(np.where(days >= NEVER, 0, days), days >= NEVER)
    return {f"{name}_low": known, f"{name}_high": known}


def case_table(name: str, ids: pa.Array, who: Ints, **columns: Any) -> pa.Table:
    """A case table whose rows are about the persons at the places `who`; columns not given are empty."""
    n = len(who)
    given = columns | {"centre": pa.array([""], pa.string()).take(pa.array(np.zeros(n, dtype=np.int32))),
                       "patient": ids.take(pa.array(who))}  # fmt: skip
    fields = schema(name)
    return pa.table([_filled(given.get(field.name), field.type, n) for field in fields], schema=fields)


def _filled(column: Any, kind: pa.DataType, n: int) -> pa.Array:
    if column is None:
        return pa.nulls(n, kind)
    array = column if isinstance(column, pa.Array) else pa.array(column)
    return array if array.type == kind else array.cast(kind)


def by_person(table: pa.Table, who: Ints, when: Ints) -> pa.Table:
    """The rows in the order of persons and days."""
    return table.take(pa.array(np.lexsort((when, who))))


def stacked(parts: Sequence[tuple[pa.Table, Ints, Ints]]) -> pa.Table:
    """Several tables of one kind as one, rows in the order of persons and days: (rows, who, when) each."""
    rows = pa.concat_tables([table for table, _, _ in parts]).combine_chunks()
    return by_person(rows, np.concatenate([who for _, who, _ in parts]), np.concatenate([when for _, _, when in parts]))


def where(wanted: Flags) -> Ints:
    """The places of those wanted."""
    return np.asarray(np.flatnonzero(wanted), dtype=np.int64)


def identifiers(first: int, n: int) -> pa.Array:
    """`identifier` of n persons from the number `first` on."""
    numbers = pc.utf8_lpad(pa.array(np.arange(first, first + n)).cast(pa.string()), width=7, padding="0")
    return pc.binary_join_element_wise("LMS", numbers, "-")
