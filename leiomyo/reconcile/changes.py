"""What a corrected export changed: the statements of a source before and after, compared fact by fact."""

from __future__ import annotations

from typing import Any

from leiomyo.model.tables import TABLES, Table
from leiomyo.reconcile.merge import fact_of
from leiomyo.store.store import Store


def remember(store: Store, source: str) -> None:
    """Set the source's statements aside before its new export replaces them."""
    for table in TABLES.values():
        store.execute(f"CREATE OR REPLACE TEMP TABLE before_{table.name} AS {_told(table)}", [source])


def compare(store: Store, source: str, now: str) -> list[dict[str, Any]]:
    """Enter added, removed and changed values into `change`; the entries."""
    for table in TABLES.values():
        store.execute(f"CREATE OR REPLACE TEMP TABLE after_{table.name} AS {_told(table)}", [source])
        where = ("SELECT ?, ?, coalesce(a.centre, b.centre), coalesce(a.patient, b.patient), "
                 f"'{table.name}', ")  # fmt: skip
        joined = f"FROM before_{table.name} b FULL JOIN after_{table.name} a USING (centre, patient, fact)"
        store.execute(f"""
            INSERT INTO change {where} '', CASE WHEN b.fact IS NULL THEN 'added' ELSE 'removed' END, NULL, NULL
            {joined} WHERE a.fact IS NULL OR b.fact IS NULL""", [source, now])  # fmt: skip
        for name, _ in table.stored():
            if name.endswith("_high") and name.removesuffix("_high") in table.index:
                continue
            store.execute(f"""
                INSERT INTO change {where} '{name.removesuffix("_low")}', 'changed',
                       CAST(b."{name}" AS VARCHAR), CAST(a."{name}" AS VARCHAR)
                {joined} WHERE a.fact IS NOT NULL AND b.fact IS NOT NULL AND a."{name}" IS DISTINCT FROM b."{name}" """,
                [source, now])  # fmt: skip
        for moment in ("before", "after"):
            store.execute(f"DROP TABLE {moment}_{table.name}")
    return store.dicts(
        """SELECT centre, patient, "table", "column", kind, before, after FROM change
           WHERE source = ? AND ingested_at = ? ORDER BY ALL""", [source, now]
    )  # fmt: skip


def _told(table: Table) -> str:
    """A source's statements with the fact they speak of, numbered where they repeat it."""
    return f"""
        SELECT * REPLACE (fact || '#' || row_number() OVER (PARTITION BY centre, patient, fact
                                                            ORDER BY file, row, statement) AS fact)
        FROM (SELECT *, coalesce(record, '') || '/' || {fact_of(table)} AS fact
              FROM statement_{table.name} WHERE source = ?)"""
