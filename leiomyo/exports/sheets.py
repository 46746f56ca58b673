"""CSV sheets, one a case table, with the mapping by which they are read back.

Columns and their headers stand in `sheets_columns.csv`. Each centre has its own folder where there are several, to be
read one by one; patients whose days count from the diagnosis have sheets of their own (`surgery_days.csv`), since a
sheet counts one way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from leiomyo.exports.texts import clean, one_line, plain_number, rows_of, text_file
from leiomyo.exports.writers import write_by_centre
from leiomyo.model.codes import match_word
from leiomyo.model.records import Records, centres_of, iso_date
from leiomyo.model.tables import TABLES, Column
from leiomyo.spreadsheet import shielded, write_csv

PATIENT, RECORD, MAPPING = "Patient", "Record", "mapping.yaml"
_BATCH = 20_000
#: What a mapping writes for "no value".
_NULL = "null"
_HEAD = """\
# {name}: how to read the sheets beside this file. Written by `leiomyo export csv`; read them again with
# `leiomyo ingest` on this folder. What a mapping may say stands in docs/mapping.md.
"""
_iso = lru_cache(maxsize=65_536)(iso_date)


def write_sheets(records: Records, folder: Path, *, name: str, encoding: str = "utf-8") -> dict[str, int]:
    """Write the sheets and their mapping into a folder, which is made.

    Returns
    -------
    dict
        What was left out, by kind and count: days that are neither a day, a month nor a year of the calendar, and those
        from the diagnosis that are not known to the day.
    """
    return write_by_centre(partial(_write, encoding=encoding), records, folder, name=name)


def _write(records: Records, folder: Path, *, name: str, encoding: str) -> dict[str, int]:
    """The sheets of one centre and their mapping."""
    left: Counter[str] = Counter()
    folder.mkdir(parents=True, exist_ok=True)
    sheets = [sheet for axis, part in _by_axis(records) for sheet in _sheets(part, axis, folder, encoding, left)]
    centre = next(iter(centres_of(records)), "")
    told = {**({"centre": centre} if centre else {}), "encoding": encoding, "sheets": sheets}
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=110)
    (folder / MAPPING).write_text(_HEAD.format(name=one_line(name)) + text, encoding="utf-8")
    return dict(left)


def _by_axis(records: Records) -> Iterator[tuple[str, Records]]:
    """The patients whose days are of the calendar, and those whose days count from the diagnosis."""
    persons = records["patient"]
    counted = persons.filter(pc.equal(persons["axis"], "diagnosis"))["patient"].combine_chunks()
    if not len(counted):
        yield "calendar", records
        return
    masks = {name: pc.is_in(table["patient"], value_set=counted) for name, table in records.items()}
    yield "calendar", {name: table.filter(pc.invert(masks[name])) for name, table in records.items()}
    yield "diagnosis", {name: table.filter(masks[name]) for name, table in records.items()}


def _sheets(records: Records, axis: str, folder: Path, encoding: str, left: Counter[str]) -> Iterator[dict[str, Any]]:
    """Write each table that has rows; its part of the mapping."""
    for name, table in TABLES.items():
        listed = [row for row in rows_of("sheets_columns.csv") if row["table"] == name]
        if not records[name].num_rows:
            continue
        headers = {row["column"]: row["header"] for row in listed}
        columns = [table.index[column] for column in headers]
        file = listed[0]["file"] + ("_days.csv" if axis == "diagnosis" else ".csv")
        recorded = table.by_record
        names = [PATIENT, *([RECORD] if recorded else []), *headers.values()]
        counted = Counted(left, file)
        with text_file(folder / file, encoding) as stream:
            write_csv(stream, names, _rows(records[name], columns, recorded, axis, counted))
        said = {column.name: _field(headers[column.name], column, records[name], counted) for column in columns}
        entry = {name: said, "when": {PATIENT: "*"}} if "tumour" not in table.index else {name: said}
        yield {"file": file, **({"axis": axis} if axis == "diagnosis" else {}), "patient": PATIENT,
               **({"record": RECORD} if recorded else {}), "says": [entry]}  # fmt: skip


class Counted:
    """Counts what one sheet leaves out."""

    def __init__(self, left: Counter[str], file: str) -> None:
        self.left = left
        self.file = file

    def day(self, column: Column) -> None:
        """A day that the sheet cannot hold."""
        self.left[f"{self.file}: {column.meaning}, known to no day, month or year"] += 1

    def text(self, column: Column) -> None:
        """A text that no mapping can tell from a blank cell."""
        self.left[f'{self.file}: {column.meaning}, the text "{_NULL}"'] += 1


def _rows(table: pa.Table, columns: Sequence[Column], recorded: bool, axis: str, left: Counted
          ) -> Iterable[Sequence[object]]:  # fmt: skip
    names: set[tuple[str, str]] = set()
    for batch in table.to_batches(max_chunksize=_BATCH):
        patients = batch.column("patient").to_pylist()
        cells: list[list[object]] = [[shielded(patient) for patient in patients]]
        if recorded:
            cells.append(_records(patients, batch.column("record").to_pylist(), names))
        cells += [_cells(batch, column, axis, left) for column in columns]
        yield from zip(*cells, strict=True)


def _records(patients: Sequence[str], records: Sequence[str | None], known: set[tuple[str, str]]) -> list[object]:
    """The source's own names of the records; none stands for two rows of a patient."""
    told: list[object] = []
    for patient, record in zip(patients, records, strict=True):
        one, number = record, 1
        while one and (patient, one) in known:
            number += 1
            one = f"{record} #{number}"
        if one:
            known.add((patient, one))
        told.append(shielded(clean(one)) if one else "")
    return told


def _cells(batch: pa.RecordBatch, column: Column, axis: str, left: Counted) -> list[object]:
    """One column as the sheet holds it."""
    values = [batch.column(name).to_pylist() for name in column.stored]
    if column.kind == "day":
        told: list[object] = []
        for low, high in zip(*values, strict=True):
            cell = _iso(low, high) if axis == "calendar" else low if low == high else None if low is not None else ""
            if cell is None and low is not None:
                left.day(column)
            told.append(cell)
        return told
    if column.kind == "flag":
        return [None if value is None else "yes" if value else "no" for value in values[0]]
    if column.kind == "number":
        return [None if value is None else plain_number(value) for value in values[0]]
    if column.kind == "integer":
        return list(values[0])
    return [None if value is None else shielded(clean(value)) for value in values[0]]


def _field(header: str, column: Column, table: pa.Table, left: Counted) -> str | dict[str, Any]:
    """How the column is filled: by its header, and where a text reads like "no value", by what it means."""
    if column.kind not in {"text", "code"}:
        return header
    texts = [clean(text) for text in pc.unique(table[column.name]).to_pylist() if text]
    odd = {text.lower(): text for text in texts
           if match_word("missing", text) and not (column.codes and match_word(column.codes, text))}  # fmt: skip
    if odd.pop(_NULL, None):
        left.text(column)
    return {"from": header, "values": odd} if odd else header
