"""The conflict ledger: which statements disagreed, which one was kept, by which rule, and what became of each row."""

from __future__ import annotations

import csv
import re
from importlib import resources
from typing import Any

from leiomyo.errors import LeiomyoError
from leiomyo.model.dates import calendar_date
from leiomyo.model.tables import TABLES, Column, Table
from leiomyo.store.store import Store

#: The kinds that say that somebody is wrong; `superseded` and `repeated` only say that time went on.
DISAGREEMENTS = ("hard", "contradiction", "conflict")

_RULES = {
    "authority": "the source named first, then the form filled in last",
    "dead_beats_alive": "dead beats alive",
    "latest": "the later contact beats the earlier",
    "largest": "the largest lesion of the event",
    "describes": "words that describe the same place",
}
#: Of a fact that changes, or that several lesions share, two different records may differ and both be right.
_MAY_DIFFER = frozenset(_RULES) - {"authority"}
_WHERE = "source || '/' || file || ':' || row"
_DAYS = re.compile(r"(?:(dead|alive) on day )?(-?[0-9]+)(?:\.\.(-?[0-9]+))?")


def clear(store: Store) -> None:
    """Forget the ledger, before it is written anew."""
    store.execute("DELETE FROM conflict")
    store.execute("DELETE FROM problem WHERE code = 'LM-R001'")
    store.execute("UPDATE input_row SET disposition = NULL WHERE disposition IN ('kept', 'superseded')")
    store.execute("CREATE OR REPLACE TEMP TABLE used (statement BIGINT)")


def _shown(column: Column) -> str:
    """A value as the ledger shows it."""
    if column.kind == "day":
        low, high = (f'"{name}"' for name in column.stored)
        return f"CASE WHEN {low} = {high} THEN CAST({low} AS VARCHAR) ELSE {low} || '..' || {high} END"
    return f'CAST("{column.name}" AS VARCHAR)'


def compare(store: Store, table: Table) -> None:
    """Enter every value of the table that was not chosen, in `ranked` order of belief.

    Two exports of the *same record* that differ are a conflict whatever the rule. Two different records of a
    state that changes with time (vital status, last contact) are not: the earlier one was true then.
    """
    from leiomyo.reconcile.merge import order_of

    for column in table.columns:
        if column.told_elsewhere:
            continue
        later = "superseded" if column.rule in _MAY_DIFFER else "conflict"
        store.execute(f"""
            INSERT INTO conflict
            WITH said AS (
                SELECT centre, patient, key, rank, source, {_shown(column)} AS value, {_WHERE} AS place,
                       coalesce(record, CAST(statement AS VARCHAR)) AS version,
                       {", ".join(f'"{name}"' for name in column.stored)}
                FROM ranked WHERE statements > 1 AND "{column.stored[0]}" IS NOT NULL),
            ordered AS (
                SELECT *, first_value(value) OVER fact AS best, first_value(place) OVER fact AS best_place,
                       first_value(value) OVER versions AS version_best,
                       first_value(place) OVER versions AS version_place,
                       value <> first_value(value) OVER versions
                           AND source <> first_value(source) OVER versions AS another_version
                FROM said
                WINDOW fact AS (PARTITION BY centre, patient, key ORDER BY {order_of(column)}),
                       versions AS (PARTITION BY centre, patient, key, version ORDER BY {order_of(column)}))
            SELECT centre, patient, '{table.name}', '{column.name}',
                   CASE WHEN another_version THEN 'conflict' ELSE '{later}' END,
                   '{_RULES[column.rule]}',
                   CASE WHEN another_version THEN version_best ELSE best END,
                   CASE WHEN another_version THEN version_place ELSE best_place END,
                   value, place
            FROM ordered WHERE value <> best OR another_version""")


def look_across(store: Store) -> None:
    """Enter what only shows between facts: alive after death, statements that exclude each other, orphans."""
    store.execute("""
        INSERT INTO conflict
        SELECT p.centre, p.patient, 'patient', 'last_contact', 'hard', 'alive after a recorded death; the death stands',
               'dead on day ' || p.death_low, origin.source || '/' || origin.file || ':' || origin.row,
               'alive on day ' || s.last_contact_low, s.source || '/' || s.file || ':' || s.row
        FROM patient p
        JOIN said_patient s USING (centre, patient)
        JOIN statement_patient origin ON origin.statement = coalesce(p.origins['death'], p.statement)
        WHERE s.vital_status = 'alive' AND s.last_contact_low > p.death_high""")
    text = resources.files("leiomyo.reconcile").joinpath("contradictions.csv").read_text(encoding="utf-8")
    for rule in csv.DictReader(text.splitlines()):
        pattern = [rule[key].replace("*", "%") for key in ("value", "other_value")]
        store.execute(f"""
            INSERT INTO conflict
            SELECT centre, patient, '{rule["table"]}', '{rule["column"]}', 'contradiction', ?,
                   '{rule["column"]} ' || "{rule["column"]}", {_WHERE},
                   '{rule["other_column"]} ' || "{rule["other_column"]}", {_WHERE}
            FROM {rule["table"]}
            WHERE CAST("{rule["column"]}" AS VARCHAR) LIKE ? AND CAST("{rule["other_column"]}" AS VARCHAR) LIKE ?""",
            [rule["reason"], *pattern])  # fmt: skip
    _orphans(store)


def _orphans(store: Store) -> None:
    everyone = " UNION ".join(
        f"SELECT source, centre, patient, file, min(row) AS row FROM said_{name} GROUP BY ALL" for name in TABLES
    )
    store.execute(f"""
        INSERT INTO problem (source, code, severity, file, row, "column", found, expected, detail)
        SELECT source, 'LM-R001', 'warning', file, min(row), '', patient, 'a row in the patient table', ''
        FROM ({everyone}) ANTI JOIN diagnosis USING (centre, patient)
        -- a hospital's export describes people without a cancer, too
        ANTI JOIN (FROM patient WHERE sex IS NOT NULL OR birth_low IS NOT NULL) USING (centre, patient)
        GROUP BY source, file, patient""")


def account(store: Store) -> None:
    """Settle each input row as kept or superseded, and check that none is unaccounted for.

    Raises
    ------
    LeiomyoError
        `LM-R002` where read differs from kept + superseded + quarantined, or a superseded row is not in the ledger.
    """
    used = " UNION ".join(
        f"SELECT statement FROM {name} UNION SELECT unnest(map_values(origins)) FROM {name}" for name in TABLES
    )
    told = " UNION ALL ".join(
        f"SELECT statement, source, file, row, centre, patient, '{name}' AS told FROM said_{name}" for name in TABLES
    )
    store.execute(f"""
        CREATE OR REPLACE TEMP TABLE fate AS
        SELECT told.*, used.statement IS NOT NULL AS used
        FROM ({told}) told LEFT JOIN ({used}) used USING (statement)""")
    store.execute("""
        UPDATE input_row SET disposition = CASE WHEN settled.used THEN 'kept' ELSE 'superseded' END
        FROM (SELECT source, file, row, bool_or(used) AS used FROM fate GROUP BY ALL) settled
        WHERE input_row.source = settled.source AND input_row.file = settled.file AND input_row.row = settled.row""")
    store.execute(f"""
        INSERT INTO conflict
        SELECT centre, patient, told, '', 'repeated', 'the same fact told again', '', '', '', place
        FROM (SELECT *, {_WHERE} AS place FROM fate WHERE NOT used)
        ANTI JOIN (SELECT "table" AS told, other_from AS place FROM conflict) USING (told, place)""")
    store.execute("""
        UPDATE source_file SET kept = n.kept, superseded = n.superseded, quarantined = n.quarantined
        FROM (SELECT source, file, count(*) FILTER (disposition = 'kept') AS kept,
                     count(*) FILTER (disposition = 'superseded') AS superseded,
                     count(*) FILTER (disposition = 'quarantined') AS quarantined FROM input_row GROUP BY ALL) n
        WHERE n.source = source_file.source AND n.file = source_file.file""")
    wrong = store.rows("SELECT file FROM source_file WHERE rows <> kept + superseded + quarantined")
    if wrong:
        raise LeiomyoError("LM-R002", file=str(wrong[0][0]))


def entries(store: Store, *, kinds: tuple[str, ...] = (*DISAGREEMENTS, "superseded")) -> list[dict[str, Any]]:
    """The ledger's entries of these kinds, the gravest first, then by patient.

    A day is a number on the patient's own axis; where that is the calendar, `kept_date` and `other_date` give the date.
    """
    order = ["hard", "contradiction", "conflict", "superseded", "repeated"]
    rank = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(order))
    wanted = ", ".join(f"'{kind}'" for kind in kinds)
    found = store.dicts(f"""
        SELECT c.*, p.axis FROM conflict c LEFT JOIN patient p ON p.centre = c.centre AND p.patient = c.patient
        WHERE kind IN ({wanted})
        ORDER BY CASE kind {rank} END, c.centre, c.patient, "table", "column", other_from""")
    return [_with_dates(entry, calendar=entry.pop("axis") == "calendar") for entry in found]


def _with_dates(entry: dict[str, Any], *, calendar: bool) -> dict[str, Any]:
    """The entry with its days as dates beside it, where the calendar is known."""
    table = TABLES.get(entry["table"])
    column = table.index.get(entry["column"]) if table else None
    days = calendar and column is not None and column.kind == "day"
    return entry | {f"{name}_date": _dates(entry[name] or "") if days else None for name in ("kept", "other")}


def _dates(shown: str) -> str | None:
    """The dates of a day as the ledger shows it.

    Examples
    --------
    >>> _dates("18048"), _dates("18048..18077"), _dates("dead on day 18048"), _dates("unknown")
    ('2019-06-01', '2019-06-01 to 2019-06-30', 'dead on 2019-06-01', None)
    """
    found = _DAYS.fullmatch(shown)
    if found is None:
        return None
    said, *days = found.groups()
    return (f"{said} on " if said else "") + " to ".join(calendar_date(int(day)) for day in days if day is not None)
