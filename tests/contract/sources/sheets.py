"""Small sheets with their mappings for tests, and what is read back from them."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any

import openpyxl

from leiomyo.model.dates import calendar_date
from leiomyo.registry import Registry

DAY = datetime.date

PARTIAL = """centre: made
sheets:
  - file: patients.csv
    patient: id
    says:
      - patient: {death: died}
      - diagnosis: {diagnosis: diagnosed, histology: entity}
"""


def read(folder: Path, mapping: str, **files: str | bytes) -> Registry:
    """A registry of the files; underscores in their names stand for points."""
    folder.mkdir(exist_ok=True)
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content if isinstance(content, bytes) else content.encode())
    registry = Registry()
    result = registry.ingest(folder)
    assert result.status == "new", result.problems
    assert all(file["rows"] == file["kept"] + file["superseded"] + file["quarantined"] for file in result.files)
    return registry


def told(registry: Registry, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of a case table; a column that ends in `_` is a day, shown as its date or its two dates."""
    rows = registry.store.dicts(f"SELECT * FROM {table} ORDER BY patient, statement")
    return [tuple(_shown(row, column) for column in columns) for row in rows]


def _shown(row: dict[str, Any], column: str) -> Any:
    if not column.endswith("_"):
        return row[column]
    low, high = row[f"{column}low"], row[f"{column}high"]
    return (
        None if low is None else calendar_date(low) if low == high else f"{calendar_date(low)}..{calendar_date(high)}"
    )


def codes_of(registry: Registry) -> set[str]:
    return {problem.code for problem in registry.problems() if problem.code != "LM-F015"}


def register(epoch_1904: bool = False) -> bytes:
    """A register as a clinician keeps it: a title, numbers with leading zeros, a month, a text among numbers."""
    book = openpyxl.Workbook()
    if epoch_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    page = book.active
    page.title = "Patienten"
    for row in (
        ["Sarkomregister"],
        ["Pat-Nr", "Geschlecht", "Geburtsdatum", "Diagnosedatum", "Histologie", "Lokalisation", "Größe (cm)", "Resektion",
         "OP-Datum", "Beschwerden", "Rezidiv 1 Datum", "Rezidiv 1 Art", "Rezidiv 2 Datum", "Rezidiv 2 Art", "Chemo",
         "Chemo von", "Chemo bis", "Status", "Kontakt", "Todesdatum", "Notiz"],
        [12, "w", DAY(1955, 3, 1), DAY(2018, 1, 10), "Leiomyosarkom", "Uterus", 8.5, "R0", DAY(2018, 2, 1),
         "Blutung; Schmerzen", DAY(2019, 3, 1), "Fernmetastase", None, None, "Doxorubicin", DAY(2019, 3, 20),
         DAY(2019, 7, 1), "lebt", DAY(2020, 1, 20), None, "=1+1"],
        [7, "m", DAY(1948, 6, 1), DAY(2017, 5, 1), "Leiomyosarkom G3", "Retroperitoneum", "12,5", "R1", DAY(2017, 6, 2),
         None, DAY(2018, 1, 5), "lokal", DAY(2018, 9, 9), "Fern", "Gem/Doc", DAY(2018, 2, 1), None, "tot", None,
         DAY(2019, 2, 3)],
    ):  # fmt: skip
        page.append(row)
    for row in (3, 4):
        page.cell(row, 1).number_format = "00000"
    page.cell(4, 4).number_format = "mmm yyyy"
    contacts = book.create_sheet("Kontakte")
    contacts.append(["Nummer", "am", "Befund"])
    contacts.append(["00012", DAY(2020, 7, 20), "NED"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
