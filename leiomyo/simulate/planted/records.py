"""Errors planted into case tables: some persons' rows are taken out as cases, spoilt, and written back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leiomyo.model.records import iso_date
from leiomyo.model.tables import TABLES
from leiomyo.simulate.noise import UNTRUE, Settings, dice
from leiomyo.simulate.planted.case import TABLES as PLANTED_TABLES
from leiomyo.simulate.planted.case import Case, Row
from leiomyo.simulate.planted.further import ALL_KINDS
from leiomyo.simulate.planted.kinds import expected
from leiomyo.simulate.planted.planting import Planted, plant_some
from leiomyo.simulate.told import WHO, Change, Told, add_rows, write

#: So many persons are looked at for each error: kinds that few can have need many to choose from.
_LOOKED_AT = 12
_EPOCH = date(1970, 1, 1)
#: Where in its table a row stands, in a case.
_PLACE = "place"


def plant_in(told: Told, settings: Settings) -> Told:
    """Errors of all kinds in persons of whom nothing else untrue is told."""
    wanted = int(settings.share("planted_errors") * len(told.people.person))
    if not wanted:
        return told
    cases = _cases(told, _looked_at(told, wanted))
    before = {id(row): dict(row) for case in cases for rows in case.tables.values() for row in rows}
    planted = plant_some(cases, ALL_KINDS, dice(told.seed, "planted"), most=wanted)
    return _added(_edited(told, planted, before), planted, before)


def _looked_at(told: Told, wanted: int) -> np.typing.NDArray[np.int64]:
    """Some of those who have one record, nothing untrue in it and no late death, in the order of the people."""
    untrue = pa.concat_tables(told.changes) if told.changes else None
    free = np.ones(len(told.people.person), dtype=bool)
    if untrue is not None:
        late = pc.equal(untrue["kind"], "late_registration")
        spoilt = untrue.filter(pc.or_(late, pc.is_in(untrue["effect"], value_set=pa.array(sorted(UNTRUE)))))
        free &= ~np.asarray(pc.is_in(told.people.patient, value_set=spoilt["patient"].combine_chunks()))
    places = np.flatnonzero(free)
    drawn = dice(told.seed, "looked at").permutation(places)[: max(wanted * _LOOKED_AT, 4000)]
    return np.sort(drawn)


def _cases(told: Told, people: np.typing.NDArray[np.int64]) -> list[Case]:
    """Those people's rows, with days as dates and, where they are not exact, as text."""
    found = {int(who): Case(str(who)) for who in people}
    for name in PLANTED_TABLES:
        table = told.tables[name]
        mask = np.isin(told.who(name), people)
        rows = table.append_column(_PLACE, pa.array(np.arange(table.num_rows))).filter(pa.array(mask)).to_pylist()
        for row in rows:
            found[row[WHO]].tables[name].append(_case_row(name, row))
    for case in found.values():
        case.tables["diagnosis"].sort(key=lambda row: str(row["tumour"]))
    return [case for case in found.values() if case.tables["patient"] and case.tables["diagnosis"]]


def _case_row(table: str, row: Row) -> Row:
    days = {name for name, column in TABLES[table].index.items() if column.kind == "day"}
    cells = {name: _day(row[f"{name}_low"], row[f"{name}_high"]) if name in days else row[name]
             for name in TABLES[table].index}  # fmt: skip
    return cells | {_PLACE: row[_PLACE]}


def _day(low: int | None, high: int | None) -> date | str | None:
    if low is None or high is None:
        return None
    return _EPOCH + timedelta(days=low) if low == high else iso_date(low, high) or f"{low}..{high}"


def _edited(told: Told, planted: Sequence[Planted], before: Mapping[int, Row]) -> Told:
    """The rows of errors back in their tables: cells that changed, kind by kind and column by column."""
    edits: dict[tuple[str, str, tuple[str, ...]], list[tuple[int, Row]]] = defaultdict(list)
    for one in planted:
        if id(one.row) in before:
            changed = tuple(name for name in TABLES[one.table].index if one.row[name] != before[id(one.row)][name])
            edits[one.kind, one.table, changed].append((one.row[_PLACE], _stored(one.table, one.row, changed)))
    for (kind, table, _), found in edits.items():
        mask = np.zeros(told.tables[table].num_rows, dtype=bool)
        mask[[place for place, _ in found]] = True
        cells = [row for _, row in sorted(found, key=lambda edit: edit[0])]
        told = write(told, table, mask, {name: [row[name] for row in cells] for name in cells[0]}, _change(kind))
    return told


def _added(told: Told, planted: Sequence[Planted], before: Mapping[int, Row]) -> Told:
    """The rows that errors add, behind the others."""
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for one in planted:
        if id(one.row) not in before:
            stored = _stored(one.table, one.row, TABLES[one.table].index)
            rows[one.kind, one.table].append(stored | {WHO: int(one.case.patient)})
    for (kind, table), found in rows.items():
        told = add_rows(told, table, found, _change(kind))
    return told


def _change(kind: str) -> Change:
    return Change(kind, "false", expected()[kind])


def _stored(table: str, row: Row, wanted: Iterable[str]) -> Row:
    """Cells of a case's row as they are stored."""
    found: Row = {}
    for name in (name for name in TABLES[table].index if name in set(wanted)):
        value = row.get(name)
        if TABLES[table].index[name].kind == "day":
            low = (value - _EPOCH).days if isinstance(value, date) else None
            found |= {f"{name}_low": low, f"{name}_high": low}
        else:
            found[name] = value
    return found
