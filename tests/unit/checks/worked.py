"""The worked cases of `cases.yaml` as registries."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import yaml

from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from tests.made_registry import registry_of

CASES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
READ_ON = "2024-06-01"
_EPOCH = datetime.date(1970, 1, 1)


def registry_for(case: dict[str, Any]) -> Registry:
    """The registry that a case describes."""
    tables: dict[str, list[dict[str, Any]]] = {"patient": []}
    for number in range(case.get("repeat", 1)):
        own = f"P{number + 1}"
        for table, rows in {"patient": {}, **case}.items():
            if table in TABLES:
                listed = rows if isinstance(rows, list) else [rows]
                tables.setdefault(table, []).extend(_row(table, row, number, own) for row in listed)
    registry = registry_of(**tables)
    store = registry.store
    store.execute("UPDATE source SET ingested_at = ?", [f"{READ_ON}T08:00:00"])
    names = range(2, case.get("input_row", 0) + 2)
    store.append("input_row", [{"source": "made", "file": "input.csv", "row": row} for row in names])
    for table in ("problem", "conflict"):
        if table in case:
            store.append(table, [{"source": "made", "severity": "error"} | case[table] if table == "problem"
                                 else {"centre": "made"} | case[table]])  # fmt: skip
    return registry


def _row(table: str, row: dict[str, Any], number: int, own: str) -> dict[str, Any]:
    made: dict[str, Any] = {"patient": own}
    for name, given in row.items():
        value = _chosen(given, number)
        column = TABLES[table].index.get(name)
        if column is not None and column.kind == "day":
            low, high = value if isinstance(value, list) else (value, value)
            made |= {f"{name}_low": _day(low), f"{name}_high": _day(high)}
        else:
            made[name] = value
    return made


def _chosen(given: Any, number: int) -> Any:
    """The value for the patient of that number."""
    if not isinstance(given, dict):
        return given
    if "cycle" in given:
        return given["cycle"][number % len(given["cycle"])]
    step = given["step"] * number
    return given["from"] + (datetime.timedelta(step) if isinstance(given["from"], datetime.date) else step)


def _day(value: int | datetime.date) -> int:
    return (value - _EPOCH).days if isinstance(value, datetime.date) else value
