"""Which facts of one person two centres have both told, where they tell them in their own words and days.

Within a centre two statements meet on equal identity columns. Between two records that a person has decided to be
one patient that asks too much: one centre has the month of an operation and the other its day, one numbers its
courses of drugs and the other does not. Here a day that may be the same day, or is not told, does not keep apart
what is otherwise the same; each fact meets at most one fact of the other record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leiomyo.model.tables import Table
from leiomyo.store.store import Store

#: Of these, one record may say less than the other and still speak of the same fact.
_MAY_BE_UNKNOWN = frozenset({"edition", "basis", "moment", "site", "target"})
#: Words that only describe what a code beside them says.
_WORDS = {"as_written": "agent", "site_text": "site"}
Row = Mapping[str, Any]


def link(store: Store, table: Table) -> None:
    """Give the facts in `keyed` that two records of one person share the key that they have in the first record."""
    stored = [f'"{name}"' for column in _identity(table) for name in column.stored]
    rows = store.dicts(f"""
        SELECT p.as_centre, p.as_patient, p.standing, k.key, k.statement, {", ".join(stored) or "NULL AS nothing"}
        FROM keyed k JOIN same_person p ON p.centre = k.own_centre AND p.patient = k.own_patient
        ORDER BY p.as_centre, p.as_patient, p.standing, k.key, k.statement""")
    people: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        people.setdefault((row["as_centre"], row["as_patient"]), []).append(row)
    renamed = [
        {"statement": row["statement"], "key": key}
        for told in people.values()
        for row, key in keys(table, told)
        if key != row["key"]
    ]
    if renamed:
        store.execute("CREATE OR REPLACE TEMP TABLE renamed (statement BIGINT, key VARCHAR)")
        store.append("renamed", renamed)
        store.execute("UPDATE keyed SET key = renamed.key FROM renamed WHERE keyed.statement = renamed.statement")
        store.execute("DROP TABLE renamed")


def _identity(table: Table) -> list[Any]:
    return [table.index[name] for name in table.identity]


def keys(table: Table, rows: Iterable[Row]) -> list[tuple[Row, str]]:
    """Each statement of one person with the key of its fact, that of an earlier record where both tell it."""
    records: dict[int, dict[str, list[Row]]] = {}
    for row in rows:
        records.setdefault(row["standing"], {}).setdefault(row["key"], []).append(row)
    told: dict[str, list[Row]] = {}
    found: list[tuple[Row, str]] = []
    for standing in sorted(records):
        mine = records[standing]
        renamed = _meet(table, mine, told)
        for key, statements in mine.items():
            # a key that only looks alike is of another fact
            name = renamed.get(key, f"{key} of {standing}" if key in told else key)
            told.setdefault(name, []).extend(statements)
            found += [(row, name) for row in statements]
    return found


def _meet(table: Table, mine: Mapping[str, list[Row]], told: Mapping[str, list[Row]]) -> dict[str, str]:
    """The best of the earlier facts for each of a record's facts, each taken once: the closest pair first."""
    close = sorted(
        (distance, key, other)
        for key, statements in mine.items()
        for other, earlier in told.items()
        if (distance := min((_distance(table, a, b) for a in statements for b in earlier), default=_FAR)) < _FAR
    )
    met: dict[str, str] = {}
    for _, key, other in close:
        if key not in met and other not in met.values():
            met[key] = other
    return met


_FAR = 1_000_000


def _distance(table: Table, one: Row, other: Row) -> int:
    """How far two statements are from telling one fact: 0 the same in every column, `_FAR` not the same fact."""
    far = 0
    for column in _identity(table):
        if column.kind == "day":
            a, b = ((row[f"{column.name}_low"], row[f"{column.name}_high"]) for row in (one, other))
            if a[0] is None or b[0] is None:
                far += 1000 * (a[0] is not b[0])
            elif a[0] > b[1] or b[0] > a[1]:
                return _FAR
            else:
                far += min(999, abs(a[0] - b[0]) + abs(a[1] - b[1]))
            continue
        x, y = (_folded(row[column.name]) for row in (one, other))
        code = _WORDS.get(column.name)
        described = code is not None and one[code] not in {None, "other"} and other[code] not in {None, "other"}
        if x == y or described:
            continue
        if column.name not in _MAY_BE_UNKNOWN or (x is not None and y is not None):
            return _FAR
        far += 1000
    return far


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
