"""From a check's expressions to the rows it judges: which can be judged, which fail, and where they stand.

All checks of one table are counted in one pass over it; only the rows of those that fail are then listed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from leiomyo.checks.check import Check, Finding
from leiomyo.model.tables import TABLES
from leiomyo.store.store import Store

#: A finding shows at most this much of what stands there.
FOUND_LIMIT = 80
_JOINED = {"p": "patient", "d": "index_tumour", "c": "index_case"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A check as SQL on the rows of its table.

    `test` is true where a row fails; where it is null, or `of` is not true, the row is not judged. `found` says what
    stands there, and `beside` is the table and condition that bring in the other row `o` which `found` may name.
    """

    check: Check
    test: str
    found: str = ""
    beside: str = ""


def count(store: Store, judged: Sequence[Judged]) -> list[tuple[int, int]]:
    """For each check, how many rows could be judged and how many fail; all are of one table and the same people."""
    columns, counted = [], []
    for place, one in enumerate(judged):
        columns += [f"({one.check.of or 'true'}) AS of_{place}", f"({one.test}) AS failed_{place}"]
        counted += [f"count(*) FILTER (of_{place} AND failed_{place} IS NOT NULL)",
                    f"count(*) FILTER (of_{place} AND failed_{place})"]  # fmt: skip
    chosen = ", ".join(columns)
    found = store.rows(f"SELECT {', '.join(counted)} FROM (SELECT {chosen} {source_of(judged[0].check, chosen)})")[0]
    return list(zip(found[::2], found[1::2], strict=True))


def findings(store: Store, judged: Judged) -> tuple[Finding, ...]:
    """The rows that fail, by centre, patient and place, with what stands there."""
    check = judged.check
    located, origin = _located(check)
    joins = f"{origin} {f'JOIN {judged.beside}' if judged.beside else ''}"
    used = f"{check.of} {judged.test} {judged.found} {judged.beside}"
    rows = store.rows(f"""
        SELECT DISTINCT ON (t.centre, t.patient, t.rowid)
               t.centre, t.patient, {located}, left({judged.found or "''"}, {FOUND_LIMIT}) AS found
        {source_of(check, used, joins)} AND ({check.of or "true"}) AND ({judged.test})
        ORDER BY t.centre, t.patient, t.rowid, found""")
    return tuple(Finding(centre, patient, file, row, check.table, check.column, found or "", check.expected)
                 for centre, patient, file, row, found in rows)  # fmt: skip


def people(check: Check) -> str:
    """Whom a check is about, as SQL: rows of the leiomyosarcoma itself, of anybody's index tumour, or all."""
    if check.who == "all":
        return "true"
    table = TABLES.get(check.table.removeprefix("stated_"))
    whose = "c.lms = 'yes'" if check.who == "lms" else "true"
    if check.table == "diagnosis":
        return f"{whose} AND t.role = 'index'"
    return f"{whose} AND t.tumour = '1'" if table and "tumour" in table.index else whose


def source_of(check: Check, used: str, joins: str = "") -> str:
    """FROM and WHERE of a check's table, with the patient, index tumour and case that the expressions used name."""
    who = people(check)
    named = " ".join(
        f"LEFT JOIN {table} {alias} ON {alias}.centre = t.centre AND {alias}.patient = t.patient"
        for alias, table in _JOINED.items()
        if re.search(rf"\b{alias}\.", f"{used} {who}")
    )
    return f"FROM {check.table} t {named} {joins} WHERE {who}"


def _located(check: Check) -> tuple[str, str]:
    """File and row of the statement behind the column in question, which need not be the row's own."""
    table = TABLES.get(check.table)
    if table is None or check.column not in table.index:
        return "t.file, t.row", ""
    join = (f"LEFT JOIN statement_{table.name} origin "
            f"ON origin.statement = coalesce(t.origins['{check.column}'], t.statement)")  # fmt: skip
    return "coalesce(origin.file, t.file), coalesce(origin.row, t.row)", join
