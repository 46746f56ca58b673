"""Made case tables that leave nothing out: every column, every code of a list, texts with any sign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leiomyo.exports.writers import writer
from leiomyo.model.codes import codes
from leiomyo.model.dates import calendar_day
from leiomyo.model.records import Records, records_of
from leiomyo.model.tables import TABLES, Column
from leiomyo.registry import Registry
from tests.contract.exports.compare import held

Row = dict[str, Any]
TEXTS = ['comma, "quote" and\na second line', "Лейомиосаркома матки 平滑肌肉瘤 ℞", "=1+1", "'=1+1", "''@x", "-5 mm", "+", "@",
         "'s-Gravenhage", "a;b|c\td", "yes", "0012", "1e5", "#REF!", "~", "no: value", "left lung", "suspected sarcoma",
         "R1, margin positive", "Leiomyosarcoma of the right thigh, 3 cm"]  # fmt: skip
#: What is not said but needed: which tumour, which role.
_NEEDED = {"tumour": "1", "role": "index"}
CODED = [(table.name, column) for table in TABLES.values() for column in table.columns
         if column.codes and (table.name, column.name) not in {("patient", "axis"), ("drug_exposure", "matched")}]  # fmt: skip


def back(format: str, folder: Path, records: Records, **options: Any) -> Records:
    """What is read of what was written; nothing may be left out."""
    assert writer(format)(records, folder, name="made", **options) == {}
    with Registry() as registry:
        result = registry.ingest(folder, centre="A")
        assert [str(problem) for problem in result.problems if problem.severity == "error"] == []
        return held(registry)


def _value(column: Column) -> Row:
    if column.kind == "day":
        day = calendar_day("2019-06")
        return {f"{column.name}_low": day.low, f"{column.name}_high": day.high}
    code = next(iter(codes(column.codes))) if column.codes else ""
    return {column.name: {"text": f"some {column.name}", "flag": False, "integer": int(column.low or 0) + 1,
                          "number": (column.low or 0) + 0.1 + 0.2}.get(column.kind, code)}  # fmt: skip


def every_column(tumour: str = "1") -> Records:
    """A patient with one row of each table, all of whose columns have a value."""
    told: dict[str, list[Row]] = {}
    for table in TABLES.values():
        row: Row = {"centre": "A", "patient": "P"}
        for column in table.columns:
            row |= _value(column)
        told[table.name] = [row | {name: tumour for name in ("tumour",) if name in table.index}]
    told["patient"][0]["axis"] = "calendar"
    told["stage"][0]["derived"] = None
    return records_of(told)


def every_code(table: str, column: Column) -> Records:
    """A patient for each code of a column, with nothing else but what the table needs."""
    needed = {name: value for name, value in _NEEDED.items() if name in TABLES[table].index}
    needed |= {"status": "progression"} if table == "disease_status" else {}
    needed |= {"term": "pain"} if table == "symptom" else {}
    rows = [{"centre": "A", "patient": f"P{number}", **needed, column.name: code}
            for number, code in enumerate(codes(column.codes))]  # fmt: skip
    people = [{"centre": "A", "patient": row["patient"], "axis": "calendar"} for row in rows]
    if (table, column.name) == ("follow_up", "vital_status"):  # a death on a form is the patient's
        people = [one | {"vital_status": "dead"} if row["vital_status"] == "dead" else one
                  for one, row in zip(people, rows, strict=True)]  # fmt: skip
    told = [row | {"axis": "calendar"} for row in rows] if table == "patient" else rows
    return records_of({"patient": people, table: told})


def texts() -> Records:
    """A patient for each text, which stands in every column that takes one; drugs of one day and agent among them."""
    people, told = [], {name: [] for name in TABLES if name != "patient"}  # type: ignore[var-annotated]
    for number, text in enumerate(TEXTS):
        who = {"centre": "A", "patient": f"P-{number}"}
        people.append(who | {"axis": "calendar", "race": text, "ethnicity": text, "contributing_site": text})
        for name, rows in told.items():
            row: Row = who | {column.name: text for column in TABLES[name].columns if column.kind == "text"}
            row |= {one: value for one, value in _NEEDED.items() if one in TABLES[name].index}
            row |= {"disease_status": {"status": "progression", "site": "other"}, "symptom": {"term": "pain"},
                    "drug_exposure": {"agent": "doxorubicin", "start_low": 18000, "start_high": 18000},
                    "stage": {"system": "FIGO"}, "surgery": {"kind": "primary"}}.get(name, {})  # fmt: skip
            rows.extend([row, row] if name == "drug_exposure" else [row])
    return records_of({"patient": people, **told})
