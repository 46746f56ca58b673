"""Statements of one fact become one row of a case table; what disagreed goes to the ledger.

Two statements speak of one fact when the source's own record identifier says so, or when the columns that the
table names as its `identity` are equal. Within a fact, each value is chosen by its column's rule:

authority
    the source named first; within a source the form filled in last; a value beats none.
dead_beats_alive
    a death once stated is not undone by a form that still says alive.
latest
    the later contact; an earlier one was true in its time.
largest
    of the lesions told of one event the largest; given for one of them is given.
describes
    any words will do: they only describe what a code already says.

The SQL is derived from `model.tables`, one named step after another; nothing is written twice.
"""

from __future__ import annotations

from leiomyo.model.tables import PROVENANCE, TABLES, Column, Table
from leiomyo.reconcile import ledger, same_person, shared_facts, wording
from leiomyo.store.store import Store, case_ddl

#: How a column stands in the identity of a fact where its plain value would not do.
_IDENTITY_SQL = {
    # "Other: pelvis" and "other: arm" are two sites; the words beside a coded site only describe it.
    ("disease_status", "site_text"): "NULL",
    # Overlapping tables tell one event with and without its site: the one without joins the one with.
    ("disease_status", "site"): (
        "coalesce(CASE WHEN site = 'other' THEN 'other ' || lower(coalesce(site_text, '')) ELSE site END, "
        "min(CASE WHEN site = 'other' THEN 'other ' || lower(coalesce(site_text, '')) ELSE site END) "
        "OVER (PARTITION BY centre, patient, tumour, status, day_low, day_high))"
    ),
}


def reconcile(store: Store) -> None:
    """Rebuild the case tables, the ledger and the fate of every input row from the statements."""
    ledger.clear(store)
    same_person.settle(store)
    for table in TABLES.values():
        _rank(store, table)
        _merge(store, table)
        if store.rows("SELECT 1 FROM ranked WHERE statements > 1 LIMIT 1"):
            ledger.compare(store, table)
    wording.settle(store)
    ledger.look_across(store)
    ledger.account(store)
    store.execute("DROP TABLE IF EXISTS ranked")


def order_of(column: Column) -> str:
    """The ORDER BY that puts the statement to be believed first."""
    if column.rule == "dead_beats_alive":
        return f"(\"{column.name}\" = 'dead') DESC, rank"
    if column.rule == "latest":
        last = column.stored[-1]
        return f'"{last}" DESC, "{column.stored[0]}" DESC, rank'
    if column.rule == "largest":
        return f'"{column.name}" DESC, rank'
    return "rank"


def fact_of(table: Table) -> str:
    """The SQL expression for the fact that a statement of the table speaks of, within one patient."""
    parts = []
    for name in table.identity:
        for stored in table.index[name].stored:
            expression = _IDENTITY_SQL.get((table.name, name), f'"{stored}"')
            parts.append(f"coalesce(CAST({expression} AS VARCHAR), '')")
    return " || '/' || ".join(parts) or "''"


def _rank(store: Store, table: Table) -> None:
    """Step 1: give each statement the key of its fact and its rank among the statements of that fact."""
    key = "fact"
    if table.repeats == "keep":
        # The second course of the same drug in one file is a second course, and matches another file's second.
        place = "PARTITION BY own_centre, own_patient, source, file, fact ORDER BY row, statement"
        key = f"fact || '#' || row_number() OVER ({place})"
    if table.by_record:
        key = f"CASE WHEN record IS NOT NULL THEN 'record ' || record ELSE {key} END"
    keyed = f"""
        WITH told AS (
            SELECT *, {fact_of(table)} AS fact
            FROM said_{table.name} JOIN (SELECT name AS source, position FROM source) USING (source))
        SELECT *, {key} AS key FROM told"""
    if store.rows("SELECT 1 FROM same_person LIMIT 1"):
        store.execute(f"CREATE OR REPLACE TEMP TABLE keyed AS {keyed}")
        shared_facts.link(store, table)
        keyed = "FROM keyed"
    store.execute(f"""
        CREATE OR REPLACE TEMP TABLE ranked AS
        SELECT *, row_number() OVER believed AS rank, count(*) OVER (PARTITION BY centre, patient, key) AS statements
        FROM ({keyed})
        WINDOW believed AS (PARTITION BY centre, patient, key
                            ORDER BY position, recorded DESC NULLS LAST, file, row, statement)""")
    store.execute("DROP TABLE IF EXISTS keyed")


def _merge(store: Store, table: Table) -> None:
    """Step 2: one row a fact. A fact told once passes through; told several times, each value is chosen."""
    own = ", ".join(name for name, _, _ in PROVENANCE)
    stored = [f'"{name}"' for name, _ in table.stored()]
    choices, outputs, origins = [], [], []
    for column in table.columns:
        fields = ", ".join(f"'{name}': \"{name}\"" for name in column.stored)
        choices.append(
            f"first({{{fields}, 'by': statement}} ORDER BY {order_of(column)}) "
            f'FILTER (WHERE "{column.stored[0]}" IS NOT NULL) AS chosen_{column.name}'
        )
        outputs += [f'chosen_{column.name}."{name}"' for name in column.stored]
        origins.append(f"{{'key': '{column.name}', 'value': chosen_{column.name}.by}}")
    firsts = ", ".join(
        f"first({name} ORDER BY rank) AS {name}"
        for name in ("record", "recorded", "source", "file", "row", "statement")
    )
    store.execute(case_ddl(table))
    store.execute(f"""
        INSERT INTO {table.name}
        SELECT {own}, {", ".join(stored)}, statement, 1, MAP {{}} FROM ranked WHERE statements = 1
        UNION ALL
        SELECT {own}, {", ".join(outputs)}, statement, statements,
               map_from_entries(list_filter([{", ".join(origins)}],
                                            lambda e: e.value IS NOT NULL AND e.value <> statement))
        FROM (SELECT centre, patient, {firsts}, any_value(statements) AS statements,
                     list_reduce(list(missing ORDER BY rank DESC) FILTER (WHERE missing IS NOT NULL),
                                 lambda a, b: CAST(json_merge_patch(a, b) AS VARCHAR)) AS missing,
                     {", ".join(choices)}
              FROM ranked WHERE statements > 1 GROUP BY centre, patient, key)
        ORDER BY centre, patient, statement""")
