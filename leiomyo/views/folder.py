"""The folder that `leiomyo report` leaves: the page, its numbers, the problems and the tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from leiomyo.model.tables import TABLES
from leiomyo.spreadsheet import write_csv
from leiomyo.views.report import write_report

if TYPE_CHECKING:
    from leiomyo.errors import Problem
    from leiomyo.registry import Registry

#: Where the parts of a report wait until all of them are there.
_ASIDE = ".leiomyo-part"
_PROBLEM_COLUMNS = ("code", "severity", "file", "row", "column", "found", "expected", "detail", "action")


def write_folder(registry: Registry, folder: Path, *, command: str = "") -> Path:
    """Write report.html, results.json, problems.csv, tables/*.parquet and tables/checks.csv; the path of the page.

    All is written aside first and then takes its place: where the disk is full, an earlier report stays whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / _ASIDE
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _write(registry, aside, command)
        for made in sorted(path for path in aside.rglob("*") if path.is_file()):
            place = folder / made.relative_to(aside)
            place.parent.mkdir(exist_ok=True)
            made.replace(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder / "report.html"


def _write(registry: Registry, folder: Path, command: str) -> None:
    (folder / "tables").mkdir(parents=True)
    results = registry.results(command=command)
    for name in (*TABLES, "lms_case", "conflict", "input_row", "source_file"):
        pq.write_table(registry.store.arrow(f"SELECT * FROM {name}"), folder / "tables" / f"{name}.parquet")
    write_problems(folder / "problems.csv", registry.problems())
    write_checks(folder / "tables" / "checks.csv", registry.check().rows())
    (folder / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    write_report(results, folder / "report.html")


def write_problems(path: Path, problems: list[Problem]) -> None:
    """The problems as a CSV that a spreadsheet opens without running anything in it."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = ([getattr(problem, name) for name in _PROBLEM_COLUMNS] for problem in problems)
        write_csv(stream, _PROBLEM_COLUMNS, rows)


def write_checks(path: Path, rows: list[dict[str, Any]]) -> None:
    """Every row of every failing check as a CSV that a spreadsheet opens without running anything in it."""
    names = ("centre", "patient", "file", "row", "table", "column", "found", "expected", "check", "severity")
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_csv(stream, names, ([row[name] for name in names] for row in rows))
