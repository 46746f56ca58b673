"""Brings the found persons' rows home: every table of the CDM that there is, and the concepts they speak of."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from leiomyo.errors import InputError, LeiomyoError
from leiomyo.finding.cases import answer, parts
from leiomyo.finding.cdm import Cdm, cdm_tables, number
from leiomyo.finding.found import Found
from leiomyo.spreadsheet import guarded, write_csv

_ASIDE = ".leiomyo-part"
#: What is brought home only for the rows that refer to it is remembered in full: identifiers, never rows.
_KEYS = ("episode", "note")


def prepared(folder: Path) -> Path:
    """A new or empty folder to write into, before the work is done in vain.

    Raises
    ------
    InputError
        `LM-A017`: something lies there. Rows of patients are not mixed with other files.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(one.name != _ASIDE for one in folder.iterdir())):
            raise InputError("LM-A017", file=str(folder))
        shutil.rmtree(folder / _ASIDE, ignore_errors=True)
        (folder / _ASIDE).mkdir(parents=True)
        (folder / _ASIDE).rmdir()
    except OSError as error:
        raise LeiomyoError("LM-S004", f"{error.strerror}.", file=str(folder)) from error
    return folder


def bring_home(cdm: Cdm, found: Found, folder: Path, format: str) -> Found:
    """Write `<table>.parquet` or `.csv` for every table, `concept` and `found.csv`; all of them or none.

    Only one batch of one table is in memory at a time.
    """
    aside = folder / _ASIDE
    aside.mkdir(parents=True, exist_ok=True)
    try:
        brought = _Home(cdm, aside, format)
        counts = brought.all([one.person_id for one in found.persons])
        _write_found(found, aside / "found.csv")
        for made in sorted(aside.iterdir()):
            made.replace(folder / made.name)
    except OSError as error:
        raise LeiomyoError("LM-S004", f"{error.strerror or 'It cannot be written'}.", file=str(folder)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return dataclasses.replace(found, home=tuple(counts.items()))


class _Home:
    """One way home: what was written, and which identifiers the rows refer to."""

    def __init__(self, cdm: Cdm, folder: Path, format: str) -> None:
        self.cdm = cdm
        self.folder = folder
        self.format = format
        self.concepts: set[int] = set()
        self.keys: dict[str, list[int]] = {name: [] for name in _KEYS}

    def all(self, persons: list[int]) -> dict[str, int]:
        """Every table of the list that there is, then the concepts; rows by table."""
        counts: dict[str, int] = {}
        for row in cdm_tables():
            table = self.cdm.table(row["table"])
            if table is not None and (not row["key"] or row["key"] in table.columns):
                ids = self.keys[row["through"]] if row["through"] else persons
                counts[row["table"]] = self._table(row["table"], table, row["key"], ids)
        concept = self.cdm.concept
        if concept is not None:
            counts["concept"] = self._table("concept", concept, "concept_id", sorted(self.concepts))
        return counts

    def _table(self, name: str, table: Any, key: str, ids: list[int]) -> int:
        """One table's rows, in the order of the key and of the first column."""
        table = _plain(table)
        written = 0
        with self._writer(name, _schema(table)) as write:
            for asked in _asked(table, key, ids):
                for batch in answer(self.cdm.database, asked, bounded=True):
                    write(batch)
                    written += batch.num_rows
                    if name != "concept":
                        self._remember(name, batch)
        return written

    def _remember(self, name: str, batch: pa.RecordBatch) -> None:
        for column in batch.schema.names:
            if column.endswith("concept_id"):
                self.concepts.update(_numbers(batch.column(column)))
        if name in self.keys and f"{name}_id" in batch.schema.names:
            self.keys[name] += _numbers(batch.column(f"{name}_id"))

    @contextlib.contextmanager
    def _writer(self, name: str, schema: pa.Schema) -> Iterator[Callable[[pa.RecordBatch], None]]:
        path = self.folder / f"{name}.{self.format}"
        if self.format == "parquet":
            with pq.ParquetWriter(str(path), schema) as writer:
                yield lambda batch: writer.write(batch.cast(schema))
            return
        with pacsv.CSVWriter(str(path), schema) as writer:
            yield lambda batch: writer.write(guarded(batch.cast(schema)))


def _asked(table: Any, key: str, ids: list[int]) -> Iterator[Any]:
    if not key:
        yield table
        return
    order = [key, *(name for name in table.columns[:1] if name != key)]
    for part in parts(sorted(set(ids))):
        yield table.filter(number(table[key]).isin(part)).order_by(order)


def _plain(table: Any) -> Any:
    """Numbers without a stated precision as floating ones: Arrow cannot hold them otherwise."""
    decimals = {name: table[name].cast("float64") for name in table.columns if table[name].type().is_decimal()
                and not name.endswith("_id")}  # fmt: skip
    whole = {name: table[name].cast("int64") for name in table.columns if table[name].type().is_decimal()
             and name.endswith("_id")}  # fmt: skip
    return table.mutate(**decimals, **whole) if decimals or whole else table


def _schema(table: Any) -> pa.Schema:
    """The Arrow schema of a table, every column optional."""
    return pa.schema([pa.field(one.name, one.type) for one in table.schema().to_pyarrow()])


def _numbers(column: Any) -> list[int]:
    values = (value for value in column.to_pylist() if value not in (None, 0, ""))
    return [int(value) for value in values if isinstance(value, int) or str(value).isdigit()]


def _write_found(found: Found, path: Path) -> None:
    columns = found.columns()
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_csv(stream, list(columns), zip(*columns.values(), strict=True))
