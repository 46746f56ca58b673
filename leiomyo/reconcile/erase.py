"""Erasing a person: every row that speaks of them, and their identifier wherever else it stands.

What is left is what the next reading of the same export would leave: each of their rows counted as quarantined,
under a code that says that somebody has withdrawn, and a tombstone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from leiomyo.model.tables import TABLES
from leiomyo.reconcile.decisions import known_patients
from leiomyo.reconcile.same_person import Who, chains, decided
from leiomyo.store.ingest import WITHDRAWN
from leiomyo.store.store import REWRITE_DUE, Store
from leiomyo.store.tombstones import MASK, is_distinct, is_telling, key_of, token

#: Names of patients, which a mask must not make out of others' names, and texts that hold nothing of a person.
_LEFT_ALONE = frozenset({"meta", "withdrawn"})
_NAMES = frozenset({"patient", "other_patient", "as_patient", "centre", "other_centre", "as_centre", "record"})


def identities(store: Store, who: Who) -> list[Who]:
    """The patient, everybody decided to be the same person, and whoever a tombstone could not tell from them."""
    key = key_of(store, create=True)
    people = {who} | chains(decided(store, "same")).get(who, frozenset())
    tokens = {token(key, *one) for one in people}
    return sorted(people | {one for one in known_patients(store) if token(key, *one) in tokens})


def erase(store: Store, people: Sequence[Who], *, now: str) -> int:
    """Remove the people from every table and leave tombstones; the number of input rows that were theirs.

    The case tables, the ledger and the views on them have to be made anew afterwards.
    """
    key = key_of(store, create=True)
    tokens = sorted({token(key, *one) for one in people})
    store.append("withdrawn", [{"token": one, "withdrawn_at": now} for one in tokens])
    store.execute("CREATE OR REPLACE TEMP TABLE gone (centre VARCHAR, patient VARCHAR)")
    store.append("gone", [one._asdict() for one in people])
    rows = _empty_rows(store, people)
    for table in (*(f"statement_{name}" for name in TABLES), "change", "duplicate_decision"):
        _delete(store, table, "centre", "patient")
    _delete(store, "duplicate_decision", "other_centre", "other_patient")
    store.execute("DROP TABLE gone")
    _mask(store, sorted({one.patient for one in people if is_distinct(one.patient)}, key=len, reverse=True))
    store.execute("DELETE FROM meta WHERE key = ?", [REWRITE_DUE])
    store.execute("INSERT INTO meta VALUES (?, 'yes')", [REWRITE_DUE])
    return rows


def _delete(store: Store, table: str, centre: str, patient: str) -> None:
    store.execute(f"DELETE FROM {table} t USING gone WHERE t.{centre} = gone.centre AND t.{patient} = gone.patient")


def _empty_rows(store: Store, people: Sequence[Who]) -> int:
    """Keep of the people's input rows only that there were such rows; lines naming no patient are searched."""
    names = _pattern([one.patient for one in people if is_telling(one.patient)])
    everyone = " UNION ".join(f"SELECT source, file, row, centre, patient FROM statement_{name}" for name in TABLES)
    store.execute(f"""
        CREATE OR REPLACE TEMP TABLE theirs AS
        SELECT DISTINCT source, file, row FROM ({everyone}
            UNION SELECT i.source, i.file, i.row, s.centre, i.patient
            FROM input_row i JOIN source s ON s.name = i.source) SEMI JOIN gone USING (centre, patient)
        UNION
        SELECT q.source, q.file, q.row
        FROM quarantine q JOIN input_row i ON (q.source, q.file, q.row) = (i.source, i.file, i.row)
        JOIN source s ON s.name = q.source
        WHERE coalesce(i.patient, '') = '' AND regexp_matches(q.raw, ?)
              AND s.centre IN (SELECT centre FROM gone)""", [names])  # fmt: skip
    of_theirs = "USING theirs WHERE (t.source, t.file, t.row) = (theirs.source, theirs.file, theirs.row)"
    for table in ("quarantine", "problem"):
        store.execute(f"DELETE FROM {table} t {of_theirs}")
    store.execute(f"""
        UPDATE input_row t SET patient = NULL, disposition = 'quarantined' FROM theirs
        {of_theirs.removeprefix("USING theirs ")}""")
    store.execute(f"INSERT INTO quarantine SELECT source, file, row, '{WITHDRAWN}', '' FROM theirs")
    store.execute(f"""
        INSERT INTO problem SELECT source, '{WITHDRAWN}', 'warning', file, row, '', '', '', '' FROM theirs""")
    # of a file as a whole, or of somebody's row that names them
    store.execute("UPDATE problem SET found = '' WHERE found IN (SELECT patient FROM gone)")
    [(rows,)] = store.rows("SELECT count(*) FROM theirs")
    store.execute("DROP TABLE theirs")
    return int(rows)


def _pattern(identifiers: Sequence[str]) -> str:
    """A pattern of the identifiers as words of their own; without any, one that nothing matches."""
    if not identifiers:
        return r"[^\s\S]"
    words = "|".join(re.sub(r"([^\w])", r"\\\1", name) if name.isascii() else re.escape(name) for name in identifiers)
    return f"(^|[^0-9A-Za-z])({words})($|[^0-9A-Za-z])"


def _mask(store: Store, identifiers: Sequence[str]) -> None:
    """Mask the identifiers in every other text: messages, other lines, the names of files called after a patient."""
    if not identifiers:
        return
    pattern = _pattern(identifiers)
    # "P1" also stands in "P1-2", who may be somebody else and is left as they are
    others = [who.patient for who in known_patients(store) if re.search(pattern, who.patient)]
    columns = store.rows("""
        SELECT table_name, column_name FROM duckdb_columns() c JOIN duckdb_tables() t USING (database_name, table_name)
        WHERE NOT c.internal AND data_type = 'VARCHAR' AND NOT t.temporary""")
    for table, column in columns:
        if table in _LEFT_ALONE or column in _NAMES:
            continue
        # twice, since a sign between two identifiers belongs to the first match
        masked = f'"{column}"'
        for _ in range(2):
            masked = f"regexp_replace({masked}, ?, '\\1{MASK}\\3', 'g')"
        store.execute(
            f'UPDATE "{table}" SET "{column}" = {masked} '
            f'WHERE regexp_matches("{column}", ?) AND NOT regexp_matches("{column}", ?)',
            [pattern, pattern, pattern, _pattern(others)],
        )
