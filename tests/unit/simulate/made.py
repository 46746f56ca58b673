"""A small cohort to observe and to score: the made cohort of the checks, as case tables with what is true of it."""

from __future__ import annotations

import importlib
import sys
from datetime import date
from functools import cache
from typing import Any

from leiomyo.model.dates import calendar_day
from leiomyo.model.records import records_of
from leiomyo.model.tables import TABLES
from leiomyo.simulate.truth import Cohort, identifier, truth_schema, truth_table
from tests.conftest import ROOT

Row = dict[str, Any]


@cache
def cohort(patients: int, seed: int = 1) -> Cohort:
    """Its patients under the centre "" and their numbers, none with an error."""
    cases = [case for case in _clean_cohort(patients, seed) if case.last_day and _dated(case)]
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    people: list[Row] = []
    for number, case in enumerate(cases):
        for name, told in case.tables.items():
            rows[name] += [{"centre": "", "patient": identifier(number), **stored(name, row)} for row in told]
        rows["patient"][-1]["axis"] = "calendar"
        dead = case.person["vital_status"] == "dead"
        people.append({
            "person": number, "lms": case.is_lms, "mimic": None, "sex": case.person["sex"], "site_group": None,
            "birth_day": None, "diagnosis_day": day(case.index_tumour["diagnosis"]), "spread_at_diagnosis": False,
            "dead": dead, "last_day": day(case.last_day),
            "cause_of_death": case.person["cause_of_death"]})  # fmt: skip
    columns = {name: [row[name] for row in people] for name in truth_schema("person").names}
    empty = {name: truth_schema(name).empty_table() for name in ("operation", "line", "endpoint")}
    return Cohort(records_of(rows), {"person": truth_table("person", columns), **empty})


def _clean_cohort(patients: int, seed: int) -> list[Any]:
    folder = str(ROOT / "benchmarks" / "planted")
    sys.path.insert(0, folder)
    try:
        return list(importlib.import_module("patients").clean_cohort(patients, seed))
    finally:
        sys.path.remove(folder)


def _dated(case: Any) -> bool:
    return isinstance(case.index_tumour["diagnosis"], date)


def day(value: date) -> int:
    return calendar_day(value.isoformat()).low


def stored(table: str, row: Row) -> Row:
    """A case's row as it is stored."""
    found: Row = {}
    for name, column in TABLES[table].index.items():
        value = row.get(name)
        if value is None or column.kind != "day":
            found[name] = None if column.kind == "day" else value
        else:
            interval = calendar_day(value.isoformat() if isinstance(value, date) else value)
            found |= {f"{name}_low": interval.low, f"{name}_high": interval.high}
    return {name: value for name, value in found.items() if value is not None}
