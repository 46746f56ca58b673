"""Types of checks on what can be true of one patient: one row, two days, a number, two rows that exclude each other.

Days are intervals: an order is broken only where it is broken whatever the days were within them.
"""

from __future__ import annotations

from leiomyo.checks.check import Check
from leiomyo.checks.rows import Judged
from leiomyo.model.tables import TABLES


def row(check: Check) -> Judged:
    """A row fails where `test` is true of it."""
    return Judged(check, check.test, check.found)


def missing(check: Check) -> Judged:
    """A row fails where the value `value` is not recorded; how many may lack it says the threshold."""
    return Judged(check, f"({check.value}) IS NULL", check.found or "'not recorded'")


def order(check: Check) -> Judged:
    """A row fails where the day `value` lies after the day `other`, by more than `high` days (default 0)."""
    slack = f" + {check.high:g}" if check.high else ""
    found = check.found or f"{_told(check.value)} || ', ' || {_told(check.other)}"
    return Judged(check, f"{check.value}_low > {check.other}_high{slack}", found)


def _told(day: str) -> str:
    """A day with its name, as SQL."""
    name = day.partition(".")[2].replace("_", " ")
    return f"'{name} ' || told(p.axis, {day}_low, {day}_high)"


def limits(check: Check) -> Judged:
    """A row fails where the number `value` lies under `low` or over `high`."""
    broken = [f"{check.value} < {check.low:g}"] if check.low is not None else []
    broken += [f"{check.value} > {check.high:g}"] if check.high is not None else []
    column = TABLES[check.table].index[check.column]
    return Judged(check, " OR ".join(broken), f"format('{{:g}} {column.unit}', {check.value})")


def pair(check: Check) -> Judged:
    """A row fails where another row `o` of the table `other`, of the same patient, makes `test` true."""
    on = f"{_same_patient(check)} AND ({check.test})"
    return Judged(check, f"EXISTS (SELECT 1 FROM {check.other} o WHERE {on})", check.found, f"{check.other} o ON {on}")


def lacks(check: Check) -> Judged:
    """A row fails where no row `o` of the table `other`, of the same patient, makes `test` true."""
    on = f"{_same_patient(check)} AND ({check.test or 'true'})"
    return Judged(check, f"NOT EXISTS (SELECT 1 FROM {check.other} o WHERE {on})", check.found)


def _same_patient(check: Check) -> str:
    own = " AND o.tumour = '1'" if check.who != "all" and _has_tumours(check.other) else ""
    return f"o.centre = t.centre AND o.patient = t.patient{own}"


def _has_tumours(table: str) -> bool:
    return table != "diagnosis" and table in TABLES and "tumour" in TABLES[table].index
