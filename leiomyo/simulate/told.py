"""Case tables on their way from what is true to what centres tell, with a note of everything that was changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from leiomyo.model.dates import calendar_date
from leiomyo.model.records import KEYS, Records, iso_date, schema
from leiomyo.model.tables import TABLES
from leiomyo.simulate.noise import dice
from leiomyo.simulate.truth import truth_schema

Mask = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]
#: Whose row it is, by place in `People`; a column of the working tables alone.
WHO = "who"


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who has a record at a centre, in one order: a person at two centres stands here twice."""

    centre: pa.Array
    patient: pa.Array
    person: Whole
    #: How much likelier than on average a value is missing or inexact.
    risk: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to some rows: its name, what it leaves of the truth, and the checks that should find it."""

    kind: str
    effect: str
    checks: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The tables as they are told so far; their column `who` leads to the people."""

    seed: int
    people: People
    tables: Mapping[str, pa.Table]
    changes: tuple[pa.Table, ...] = ()

    def who(self, table: str) -> Whole:
        """Whose each row of the table is."""
        return np.asarray(self.tables[table][WHO].to_numpy(), dtype=np.int64)

    def known(self, table: str, column: str) -> Mask:
        """Where the column has a value; of a day, where it has a first possible day."""
        stored = TABLES[table].index[column].stored[0]
        return np.asarray(pc.is_valid(self.tables[table][stored]).to_numpy(zero_copy_only=False), dtype=bool)

    def days(self, table: str, column: str) -> tuple[Whole, Whole]:
        """First and last possible day; 0 where it is not known."""
        low, high = (pc.fill_null(self.tables[table][f"{column}_{end}"], 0).to_numpy() for end in ("low", "high"))
        return low.astype(np.int64), high.astype(np.int64)

    def equal(self, table: str, column: str, value: Any) -> Mask:
        """Where the column has this value."""
        found = pc.fill_null(pc.equal(self.tables[table][column], value), False)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)

    def struck(self, table: str, share: float, purpose: str, *, among: Mask, risk: bool = True) -> Mask:
        """Which of the rows `among` are struck, each with that share times its person's risk."""
        drawn = dice(self.seed, purpose).random(len(among))
        return self.met(table, share, drawn, among=among, risk=risk)

    def met(self, table: str, share: float, drawn: npt.NDArray[np.float64], *, among: Mask, risk: bool = True) -> Mask:
        """Which of the rows `among` have drawn less than their share."""
        weight = self.people.risk[self.who(table)] if risk else 1.0
        return np.asarray(among & (drawn < np.minimum(share * weight, 0.95)), dtype=bool)


def write(told: Told, table: str, mask: Mask, values: Mapping[str, Sequence[Any]], change: Change) -> Told:
    """The rows of the mask with other values in the columns named; a column of no values (None) is blanked.

    Parameters
    ----------
    values
        By stored column, one value for each row of the mask.
    """
    if not mask.any():
        return told
    held, places = told.tables[table], pa.array(mask)
    columns = [name for name in TABLES[table].index if set(TABLES[table].index[name].stored) & set(values)]
    was = _texts(held.filter(places), table, columns)
    for name, new in values.items():
        kind = schema(table).field(name).type
        column = pc.replace_with_mask(held[name].combine_chunks(), places, pa.array(new, type=kind))
        held = held.set_column(held.schema.get_field_index(name), pa.field(name, kind), column)
    note = noted(told.people, told.who(table)[mask], table, "|".join(columns), change,
                 was=was, written=_texts(held.filter(places), table, columns))  # fmt: skip
    return replace(told, tables={**told.tables, table: held}, changes=(*told.changes, note))


def blank(told: Told, table: str, mask: Mask, columns: Sequence[str], change: Change) -> Told:
    """The rows of the mask without a value in those columns."""
    stored = [name for column in columns for name in TABLES[table].index[column].stored]
    return write(told, table, mask, {name: [None] * int(mask.sum()) for name in stored}, change)


def add_rows(told: Told, table: str, rows: Sequence[Mapping[str, Any]], change: Change) -> Told:
    """Further rows at the end of a table, each with `who`."""
    if not rows:
        return told
    people = np.array([row[WHO] for row in rows], dtype=np.int64)
    named = [{"centre": told.people.centre[who].as_py(), "patient": told.people.patient[who].as_py(), **row}
             for who, row in zip(people.tolist(), rows, strict=True)]  # fmt: skip
    added = pa.Table.from_pylist(named, schema=told.tables[table].schema)
    columns = [name for name, column in TABLES[table].index.items() if column.kind in {"day", "code"}]
    note = noted(told.people, people, table, None, change, was=[None] * len(rows),
                 written=_texts(added, table, columns))  # fmt: skip
    held = pa.concat_tables([told.tables[table], added])
    return replace(told, tables={**told.tables, table: held}, changes=(*told.changes, note))


def noted(people: People, who: Whole, table: str, column: str | None, change: Change, *,
          was: Sequence[str | None], written: Sequence[str | None]) -> pa.Table:  # fmt: skip
    """Rows of the truth table `changed`."""
    place = pa.array(who)
    same = {"table": table, "column": column, "kind": change.kind, "effect": change.effect,
            "checks": change.checks or None}  # fmt: skip
    columns = {"centre": people.centre.take(place), "patient": people.patient.take(place), "was": was,
               "written": written}  # fmt: skip
    columns |= {name: pa.array([value] * len(who), type=pa.string()) for name, value in same.items()}
    return pa.table({name: columns[name] for name in truth_schema("changed").names}, schema=truth_schema("changed"))


def finished(told: Told) -> tuple[dict[str, pa.Table], pa.Table]:
    """The records, and all that was changed in them."""
    records = {name: told.tables[name].select(schema(name).names) for name in TABLES}
    changed = pa.concat_tables([truth_schema("changed").empty_table(), *told.changes]).combine_chunks()
    return records, changed


def named(records: Records, table: str, who: pa.Array, people: People) -> pa.Table:
    """A table of the cohort with the names that people have at their centre, and whose each row is."""
    held = records[table].select(schema(table).names)
    for name, values in (("centre", people.centre), ("patient", people.patient)):
        held = held.set_column(KEYS.index(name), pa.field(name, pa.string()), values.take(who))
    return held.append_column(pa.field(WHO, pa.int64()), who)


def written_value(value: Any) -> str | None:
    """A value as text: flags as yes and no, numbers without idle zeros."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def written_day(low: int | None, high: int | None) -> str | None:
    """A day as text: a date, a month, a year, or the first and the last possible day."""
    if low is None or high is None:
        return None
    told = iso_date(low, high)
    return told if told is not None else f"{calendar_date(low)}/{calendar_date(high)}"


def _texts(rows: pa.Table, table: str, columns: Sequence[str]) -> list[str | None]:
    """The values of some columns of each row, joined by |; None where there is none of them."""
    told: list[list[str | None]] = []
    for name in columns:
        values = [rows[stored].to_pylist() for stored in TABLES[table].index[name].stored]
        show: Any = written_day if len(values) == 2 else written_value
        told.append([show(*cells) for cells in zip(*values, strict=True)])
    return ["|".join(cell or "" for cell in cells) if any(cells) else None for cells in zip(*told, strict=True)]
