"""The registry file itself: opening, migrating, and running SQL in one transaction.

One process owns the file. Nothing here knows what a case means; the tables come from `model.tables`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from leiomyo.errors import LeiomyoError
from leiomyo.model.tables import PROVENANCE, TABLES, Table

#: SQL for the day that durations count from, of `d` (index diagnosis) and `p` (patient): on an axis that starts at the
#: diagnosis a diagnosis without a day is day 0; on the calendar it is not known.
DIAGNOSED = "coalesce(d.diagnosis_low, CASE WHEN p.axis = 'diagnosis' THEN 0 END)"
#: The number of the newest script in migrations/; an older file is brought forward when it is opened.
SCHEMA_VERSION = 2
#: DuckDB's own memory, so that a registry of any size stays within a laptop; it spills to disk beyond it.
MEMORY_LIMIT = "1GB"
#: The key in `meta` that says that rows were erased whose bytes are still in the file.
REWRITE_DUE = "rewrite_due"


def statement_ddl(table: Table) -> str:
    """The table of what sources stated, before anything was decided."""
    provenance = ", ".join(f"{name} {kind}" for name, kind, _ in PROVENANCE)
    values = ", ".join(f'"{name}" {kind}' for name, kind in table.stored())
    return f"CREATE TABLE statement_{table.name} (statement BIGINT, {provenance}, {values})"


def case_ddl(table: Table) -> str:
    """The case table: one row a fact, with the statement behind each value that is not of the row's own."""
    provenance = ", ".join(f"{name} {kind}" for name, kind, _ in PROVENANCE)
    values = ", ".join(f'"{name}" {kind}' for name, kind in table.stored())
    return (f"CREATE OR REPLACE TABLE {table.name} ({provenance}, {values}, "
            "statement BIGINT, statements INTEGER, origins MAP(VARCHAR, BIGINT))")  # fmt: skip


class Store:
    """An open registry.

    Parameters
    ----------
    path
        The file; None keeps everything in memory.
    create
        Whether a missing file may be made.
    """

    def __init__(self, path: Path | None, *, create: bool = True) -> None:
        self.path = path
        #: Goes up with every change, so that what was derived from the tables can be told from what is stale.
        self.generation = 0
        if path is not None and not create and not path.exists():
            raise LeiomyoError("LM-S005", file=str(path))
        self.connection = self._connect(path)
        self._migrate()

    @staticmethod
    def _connect(path: Path | None) -> duckdb.DuckDBPyConnection:
        try:
            options: dict[str, Any] = {"memory_limit": MEMORY_LIMIT, "autoinstall_known_extensions": "false"}
            return duckdb.connect(":memory:" if path is None else str(path), config=options)
        except duckdb.Error as error:
            raise _plain(error, path) from error

    def _migrate(self) -> None:
        """Bring an empty or older file to the current schema; refuse a foreign or newer one."""
        found = self._version()
        if found > SCHEMA_VERSION:
            raise LeiomyoError("LM-S003", file=str(self.path))
        if found < SCHEMA_VERSION:
            with self.transaction():
                for script in _scripts()[found:]:
                    self.connection.execute(script)
                self._complete_tables()
                self.connection.execute("DELETE FROM meta WHERE key = 'schema_version'")
                self.connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", [str(SCHEMA_VERSION)])
        if self.rows("SELECT 1 FROM meta WHERE key = ?", [REWRITE_DUE]):
            self.rewrite()

    def _version(self) -> int:
        """The schema's version: 0 of an empty file."""
        known = {name for (name,) in self.rows("SELECT table_name FROM information_schema.tables")}
        found = self.rows("SELECT value FROM meta WHERE key = 'schema_version'") if "meta" in known else []
        if known and not found:
            raise LeiomyoError("LM-S002", file=str(self.path))
        return int(found[0][0]) if found else 0

    def _complete_tables(self) -> None:
        """Make the tables and columns of `model.tables` that an older file lacks; its rows have no value there."""
        has: dict[str, set[str]] = {}
        for name, column in self.rows("SELECT table_name, column_name FROM information_schema.columns"):
            has.setdefault(name, set()).add(column)
        for table in TABLES.values():
            for name, ddl in ((f"statement_{table.name}", statement_ddl(table)), (table.name, case_ddl(table))):
                if name not in has:
                    self.connection.execute(ddl)
                    continue
                for column, kind in table.stored():
                    if column not in has[name]:
                        self.connection.execute(f'ALTER TABLE {name} ADD COLUMN "{column}" {kind}')

    def rewrite(self) -> None:
        """Write the file anew beside itself and put it in place, so that deleted rows leave no bytes behind.

        DuckDB keeps deleted blocks in the file. A kill at any moment leaves the old file or the new one: the old
        one still carries the mark that it is due, and is rewritten when it is opened next.
        """
        if self.path is None:
            self.execute("DELETE FROM meta WHERE key = ?", [REWRITE_DUE])
            return
        path = self.path.resolve()
        fresh = path.with_name(path.name + ".rewriting")
        leftovers = (fresh, fresh.with_name(fresh.name + ".wal"))
        try:
            for leftover in leftovers:
                leftover.unlink(missing_ok=True)
            self.connection.execute("CHECKPOINT")
            self._copy_to(fresh)
            fresh.chmod(path.stat().st_mode & 0o777)
            _sync(fresh)
            self.connection.close()
            # everything is in the file since the checkpoint; a log must not be read into the new one
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
            fresh.replace(path)
            _sync(path.parent)
        except (duckdb.Error, OSError) as error:
            for leftover in leftovers:
                leftover.unlink(missing_ok=True)
            raise LeiomyoError("LM-S010", str(error).splitlines()[0], file=str(self.path)) from error
        finally:
            self.connection.close()
            self.generation += 1
            self.connection = self._connect(self.path)

    def _copy_to(self, fresh: Path) -> None:
        """Every row of every table into a new file, without the mark that it is due."""
        name = self.rows("SELECT current_database()")[0][0]
        self.connection.execute(f"ATTACH '{str(fresh).replace(chr(39), chr(39) * 2)}' AS rewritten")
        try:
            self.connection.execute(f'COPY FROM DATABASE "{name}" TO rewritten')
            self.connection.execute("DELETE FROM rewritten.meta WHERE key = ?", [REWRITE_DUE])
            self.connection.execute("CHECKPOINT rewritten")
        finally:
            self.connection.execute("DETACH rewritten")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what happens inside is there after it, or the file is as it was."""
        self.connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.generation += 1
            self.connection.execute("ROLLBACK")
            raise
        try:
            self.connection.execute("COMMIT")
        except duckdb.Error as error:
            raise _plain(error, self.path) from error

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that gives nothing back."""
        self.generation += 1
        self.connection.execute(sql, list(parameters))

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        found: list[tuple[Any, ...]] = self.connection.execute(sql, list(parameters)).fetchall()
        return found

    def dicts(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query, by column name."""
        cursor = self.connection.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def arrow(self, sql: str) -> pa.Table:
        """The rows of a query as an Arrow table."""
        return self.connection.execute(sql).to_arrow_table()

    def append(self, table: str, rows: Iterable[dict[str, Any]] | pa.Table) -> None:
        """Add rows; columns that a row lacks are null."""
        self.generation += 1
        if not isinstance(rows, pa.Table):
            rows = pa.Table.from_pylist(list(rows), schema=self.schema(table))
        if rows.num_rows:
            self.connection.register("incoming", rows)
            names = ", ".join(f'"{name}"' for name in rows.column_names)
            self.connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
            self.connection.unregister("incoming")

    def schema(self, table: str) -> pa.Schema:
        """The Arrow schema of a table."""
        return self.connection.execute(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema

    def close(self) -> None:
        """Give the file back."""
        self.connection.close()


def _scripts() -> list[str]:
    """The migrations in order; script n brings version n - 1 to n."""
    folder = resources.files("leiomyo.store").joinpath("migrations")
    found = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name)
    return [item.read_text(encoding="utf-8") for item in found]


def _sync(path: Path) -> None:
    """Have the disk hold what was written."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _plain(error: duckdb.Error, path: Path | None) -> LeiomyoError:
    """The engine's error in our words."""
    text = str(error)
    if "lock" in text.lower():
        holder = text[text.find("PID ") :].split(".", maxsplit=1)[0].split(")", maxsplit=1)[0] if "PID " in text else ""
        return LeiomyoError("LM-S001", f"It is held by process {holder[4:]}." if holder else "", file=str(path))
    if isinstance(error, duckdb.IOException) and "not a valid DuckDB" not in text:
        return LeiomyoError("LM-S004", file=str(path))
    return LeiomyoError("LM-S002", file=str(path))
