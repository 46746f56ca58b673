"""Writing what a source says into the registry: every row accounted for, nothing decided yet.

Runs inside the caller's transaction. Memory stays bounded: statements go to the database in batches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leiomyo.errors import LeiomyoError, Problem
from leiomyo.model.tables import TABLES
from leiomyo.store.store import Store
from leiomyo.store.tombstones import Withdrawn

if TYPE_CHECKING:
    from leiomyo.sources.base import InputFile, RowReading, Source

#: The code of a row whose person has withdrawn.
WITHDRAWN = "LM-S009"
WITHDRAWN_ELSEWHERE = "LM-S011"

_BATCH = 20_000
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Export:
    """One export to ingest: its files, under one source name."""

    name: str
    source: Source
    centre: str
    files: tuple[InputFile, ...]
    path: str
    problems: tuple[Problem, ...] = ()

    def digests(self) -> dict[str, str]:
        """The digest of each file, by name; reads every byte, so ask once."""
        return {file.name: sha256(file.path, *file.also) for file in self.files}

    def marks(self) -> dict[str, tuple[int, ...]]:
        """What tells of each file, cheaply, whether it has changed: its identity, size and time of change."""
        found: dict[str, tuple[int, ...]] = {}
        for file in self.files:
            about = file.path.stat()
            found[file.name] = (about.st_ino, about.st_size, about.st_mtime_ns)
        return found

    def fingerprint(self, version: str, digests: Mapping[str, str]) -> str:
        """A digest of all that determines the result: format, centre, files, and the version that reads them."""
        parts = [self.source.name, self.centre, version, *(f"{name} {digests[name]}" for name in sorted(digests))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def sha256(*paths: Path) -> str:
    """The digest of the bytes of a file and of what its reading rests on, read in pieces."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


@dataclass(slots=True)
class _Batch:
    """Rows on their way to the database."""

    store: Store
    next_statement: int
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    waiting: int = 0

    def add(self, table: str, row: dict[str, Any]) -> None:
        self.rows.setdefault(table, []).append(row)
        self.waiting += 1
        if self.waiting >= _BATCH:
            self.flush()

    def flush(self) -> None:
        for table, rows in self.rows.items():
            self.store.append(table, rows)
        self.rows.clear()
        self.waiting = 0


def write(store: Store, export: Export, *, digests: Mapping[str, str], now: str, version: str,
          advance: Callable[[int], None]) -> None:  # fmt: skip
    """Replace everything that a source of this name had said by what it says now; `advance` gets characters read."""
    position = _position(store, export)
    forget(store, export.name)
    store.append("source", [{
        "name": export.name, "position": position, "format": export.source.name, "centre": export.centre,
        "path": export.path, "fingerprint": export.fingerprint(version, digests),
        "ingested_at": now, "version": version,
    }])  # fmt: skip
    withdrawn = Withdrawn.of(store, export.centre)
    first = store.rows("SELECT coalesce(max(m), 0) + 1 FROM (" + " UNION ALL ".join(
        f"SELECT max(statement) AS m FROM statement_{table}" for table in TABLES) + ")")[0][0]  # fmt: skip
    batch = _Batch(store, first)
    _problems(batch, export.name, export.problems)
    told: set[str] = set()
    for file in export.files:
        rows = 0
        for reading in export.source.read(file):
            if withdrawn and _has_withdrawn(withdrawn, reading):
                _write_withdrawn(batch, export, file, reading, withdrawn)
            else:
                _write_row(batch, export, file, reading, withdrawn)
            if withdrawn and reading.patient not in told and withdrawn.elsewhere(reading.patient):
                _problems(batch, export.name, [Problem(WITHDRAWN_ELSEWHERE, file.name, reading.row)])
                told.add(reading.patient)
            rows += 1
            advance(len(reading.raw) + 1)
        batch.add("source_file", {"source": export.name, "file": file.name, "kind": file.kind,
                                  "sha256": digests[file.name], "rows": rows,
                                  "kept": 0, "superseded": 0, "quarantined": 0})  # fmt: skip
    batch.flush()


def _position(store: Store, export: Export) -> int:
    """The source's place among the authorities: the one it had, or the last."""
    known = store.rows("SELECT position, format, centre FROM source WHERE name = ?", [export.name])
    if known:
        if known[0][1:] != (export.source.name, export.centre):
            raise LeiomyoError("LM-S006", f"{export.name!r} is {known[0][1]} of {known[0][2]}.")
        return int(known[0][0])
    return int(store.rows("SELECT coalesce(max(position), 0) + 1 FROM source")[0][0])


def forget(store: Store, source: str) -> None:
    """Remove what a source has said, before its new export is written or when it is withdrawn."""
    store.execute("DELETE FROM source WHERE name = ?", [source])
    for table in ("source_file", "input_row", "quarantine", "problem"):
        store.execute(f"DELETE FROM {table} WHERE source = ?", [source])
    for table in TABLES:
        store.execute(f"DELETE FROM statement_{table} WHERE source = ?", [source])


def masked(store: Store, export: Export) -> Export:
    """The export under names that name nobody who has withdrawn: a file may be called after its patient."""
    withdrawn = Withdrawn.of(store, export.centre)
    if not withdrawn:
        return export
    return replace(
        export,
        name=withdrawn.masked(export.name),
        path=withdrawn.masked(export.path),
        files=tuple(replace(file, name=withdrawn.masked(file.name)) for file in export.files),
        problems=tuple(_masked(withdrawn, problem) for problem in export.problems),
    )


def _masked(withdrawn: Withdrawn, problem: Problem) -> Problem:
    file, found, detail = map(withdrawn.masked, (problem.file, problem.found, problem.detail))
    return replace(problem, file=file, found=found, detail=detail)


def _has_withdrawn(withdrawn: Withdrawn, reading: RowReading) -> bool:
    """Whether the row is of somebody who has withdrawn; a line that names no patient is searched for one."""
    return withdrawn.has(reading.patient) or (not reading.patient and withdrawn.named_in(reading.raw))


def _write_withdrawn(batch: _Batch, export: Export, file: InputFile, reading: RowReading, withdrawn: Withdrawn) -> None:
    """Count the row of a withdrawn person and keep nothing else of it; what is said of the file stays."""
    where = {"source": export.name, "file": file.name, "row": reading.row}
    batch.add("input_row", {**where, "patient": None, "disposition": "quarantined"})
    batch.add("quarantine", {**where, "code": WITHDRAWN, "raw": ""})
    _problems(batch, export.name, [Problem(WITHDRAWN, file.name, reading.row)])
    of_the_file = [problem for problem in reading.problems if problem.row != reading.row]
    _problems(batch, export.name, [_masked(withdrawn, problem) for problem in of_the_file])


def _write_row(batch: _Batch, export: Export, file: InputFile, reading: RowReading, withdrawn: Withdrawn) -> None:
    where = {"source": export.name, "file": file.name, "row": reading.row}
    quarantined = not reading.statements
    batch.add("input_row", {**where, "patient": reading.patient, "disposition": "quarantined" if quarantined else None})
    if quarantined:
        errors = [problem.code for problem in reading.problems if problem.severity == "error"]
        if not errors:
            raise LeiomyoError("LM-R002", f"Row {reading.row} says nothing and no problem says why.", file=file.name)
        batch.add("quarantine", {**where, "code": errors[0], "raw": withdrawn.masked(reading.raw)})
    for table, row in reading.statements:
        if withdrawn:
            row |= {name: withdrawn.masked(row[name]) for name in _texts(table) if isinstance(row.get(name), str)}
        row |= {**where, "statement": batch.next_statement, "centre": export.centre, "patient": reading.patient}
        batch.add(f"statement_{table}", row)
        batch.next_statement += 1
    _problems(batch, export.name, [_masked(withdrawn, problem) for problem in reading.problems])


@cache
def _texts(table: str) -> tuple[str, ...]:
    """The columns in which a row of one patient may speak of another."""
    return tuple(column.name for column in TABLES[table].columns if column.kind == "text")


def _problems(batch: _Batch, source: str, problems: Iterable[Problem]) -> None:
    for problem in problems:
        batch.add("problem", {
            "source": source, "code": problem.code, "severity": problem.severity, "file": problem.file,
            "row": problem.row, "column": problem.column, "found": problem.found,
            "expected": problem.expected, "detail": problem.detail,
        })  # fmt: skip
