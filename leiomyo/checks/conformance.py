"""Types of checks on form: codes of their lists, numbers within their declared limits, values a reader set aside."""

from __future__ import annotations

from collections.abc import Callable

from leiomyo.checks.check import Check, Finding, Tally
from leiomyo.model.codes import codes
from leiomyo.model.tables import TABLES, Column
from leiomyo.store.store import Store

#: The SQL that says that a column's value is wrong, and what would be right; None where the column is not concerned.
Rule = Callable[[Column], tuple[str, str] | None]


def listed(store: Store, check: Check) -> Tally:
    """Every coded value of every case table is in its list."""
    return _declared(store, check, _in_list)


def declared(store: Store, check: Check) -> Tally:
    """Every number of every case table lies within the limits that its column declares."""
    return _declared(store, check, _in_limits)


def set_aside(store: Store, check: Check) -> Tally:
    """Rows of which a reader set a value or the whole row aside, by the problem codes in `value`, of all rows read."""
    wanted = ", ".join(f"'{code}'" for code in check.value.split())
    n = store.rows("SELECT count(*) FROM input_row")[0][0]
    rows = store.rows(f"""
        SELECT s.centre, i.patient, p.file, p.row, p."column", p.code, p.found, p.expected
        FROM problem p JOIN source s ON s.name = p.source
        LEFT JOIN input_row i ON i.source = p.source AND i.file = p.file AND i.row = p.row
        WHERE p.code IN ({wanted}) ORDER BY s.centre, i.patient, p.file, p.row""")
    findings = tuple(
        Finding(
            centre,
            patient,
            file,
            row,
            check.table,
            column,
            " ".join(filter(None, (code, found))),
            expected or check.expected,
        )
        for centre, patient, file, row, column, code, found, expected in rows
    )
    return Tally(n, len({(one.file, one.row) for one in findings}), findings)


def _declared(store: Store, check: Check, rule: Rule) -> Tally:
    n, failed, findings = 0, 0, []
    for table in TABLES.values():
        rules = {column.name: found for column in table.columns if (found := rule(column))}
        if not rules:
            continue
        broken = " + ".join(f"count(*) FILTER ({wrong})" for wrong, _ in rules.values())
        judged, here = store.rows(f"""
            SELECT {" + ".join(f'count("{name}")' for name in rules)}, {broken} FROM {table.name}""")[0]
        n, failed = n + judged, failed + here
        for name, (wrong, right) in rules.items() if here else ():
            findings += [
                Finding(centre, patient, file, row, table.name, name, value, right)
                for centre, patient, file, row, value in store.rows(f"""
                    SELECT centre, patient, file, row, left(CAST("{name}" AS VARCHAR), 40) FROM {table.name}
                    WHERE {wrong} ORDER BY centre, patient, file, row""")
            ]
    return Tally(n, failed, tuple(findings))


def _in_list(column: Column) -> tuple[str, str] | None:
    if not column.codes:
        return None
    known = ", ".join(f"'{code}'" for code in codes(column.codes))
    return f'"{column.name}" NOT IN ({known})', f"a code of the list {column.codes}"


def _in_limits(column: Column) -> tuple[str, str] | None:
    if column.low is None or column.high is None:
        return None
    low, high = column.low, column.high
    return f'"{column.name}" NOT BETWEEN {low:g} AND {high:g}', f"{low:g} to {high:g} {column.unit}"
