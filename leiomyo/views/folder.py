"""The folder that `leiomyo report` leaves: the page, its numbers, the problems and the tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from leiomyo.model.tables import TABLES
from leiomyo.views.report import write_report

if TYPE_CHECKING:
    from leiomyo.errors import Problem
    from leiomyo.registry import Registry

_PROBLEM_COLUMNS = ("code", "severity", "file", "row", "column", "found", "expected", "detail", "action")


def write_folder(registry: Registry, folder: Path, *, command: str = "") -> Path:
    """Write report.html, results.json, problems.csv, tables/*.parquet and tables/checks.csv; the path of the page."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    results = registry.results(command=command)
    for name in (*TABLES, "lms_case", "conflict", "input_row", "source_file"):
        pq.write_table(registry.store.arrow(f"SELECT * FROM {name}"), folder / "tables" / f"{name}.parquet")
    write_problems(folder / "problems.csv", registry.problems())
    write_checks(folder / "tables" / "checks.csv", registry.check().rows())
    (folder / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    page = folder / "report.html"
    write_report(results, page)
    return page


def write_problems(path: Path, problems: list[Problem]) -> None:
    """The problems as a CSV that a spreadsheet opens without running anything in it."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_PROBLEM_COLUMNS)
        for problem in problems:
            writer.writerow([guarded(getattr(problem, name)) for name in _PROBLEM_COLUMNS])


def write_checks(path: Path, rows: list[dict[str, Any]]) -> None:
    """Every row of every failing check as a CSV that a spreadsheet opens without running anything in it."""
    names = ("centre", "patient", "file", "row", "table", "column", "found", "expected", "check", "severity")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows([guarded(row[name]) for name in names] for row in rows)


def guarded(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula.

    Examples
    --------
    >>> guarded("=1+1"), guarded("-12"), guarded(-12)
    ("'=1+1", "'-12", -12)
    """
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
