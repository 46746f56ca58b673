"""What the SQL of checks may name beside the case tables: `ground.sql`, every recorded day, and the drugs' classes.

Only temporary tables are made: the registry does not change, and what was derived from it stays valid.
"""

from __future__ import annotations

from importlib import resources

from leiomyo.model.codes import codes
from leiomyo.model.tables import TABLES, Table
from leiomyo.reconcile.same_person import said
from leiomyo.store.store import Store


def prepare(store: Store) -> None:
    """Make the temporary tables of `ground.sql`, and `event` (every recorded day) and `drug` (the vocabulary)."""
    script = resources.files("leiomyo.checks").joinpath("ground.sql").read_text(encoding="utf-8")
    days = " UNION ALL ".join(_days(table) for table in TABLES.values() if any(c.kind == "day" for c in table.columns))
    drugs = ", ".join(
        f"('{agent}', '{row['drug_class']}', '{row['kind']}', '{row['investigational']}')"
        for agent, row in codes("drugs").items()
    )
    for name in ("patient", "follow_up"):
        store.connection.execute(f"CREATE OR REPLACE TEMP TABLE stated_{name} AS {said(store, TABLES[name])}")
    named = ", ".join(
        f"('{table.name}', '{c.name}')" for table in TABLES.values() for c in table.columns if c.kind == "day"
    )
    store.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE day_column AS SELECT * FROM (VALUES {named}) t("table", "column")""")
    store.connection.execute(script)
    store.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE drug AS SELECT * FROM (VALUES {drugs}) t(agent, drug_class, kind, investigational);
        CREATE OR REPLACE TEMP TABLE event AS
        SELECT e.*, date_diff('day', DATE '1970-01-01', CAST(left(s.ingested_at, 10) AS DATE)) AS read_on
        FROM ({days}) e LEFT JOIN source s ON s.name = e.source""")


def _days(table: Table) -> str:
    """Every day that the table records, one row each: which table and column told it, and where it stands.

    A patient's row is put together from many statements; each of its days stands where it was stated.
    """
    days = [column.name for column in table.columns if column.kind == "day"]
    own = " UNION ALL ".join(
        f"""SELECT t.centre, t.patient, t.source, t.file, t.row, '{table.name}' AS said_in, '{name}' AS named,
                   t.{name}_low AS day_low, t.{name}_high AS day_high,
                   coalesce(t.origins['{name}'], t.statement) AS statement
            FROM {table.name} t WHERE t.{name}_low IS NOT NULL"""
        for name in days
    )
    if table is not TABLES["patient"]:
        return f"SELECT * EXCLUDE (statement) FROM ({own})"
    return f"""SELECT e.centre, e.patient, s.source, s.file, s.row, e.said_in, e.named, e.day_low, e.day_high
               FROM ({own}) e JOIN statement_patient s ON s.statement = e.statement"""
