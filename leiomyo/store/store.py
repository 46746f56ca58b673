"""The registry file itself: opening, migrating, and running SQL in one transaction.

One process owns the file. Nothing here knows what a case means; the tables come from `model.tables`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from leiomyo.errors import LeiomyoError
from leiomyo.model.tables import PROVENANCE, TABLES, Table
from leiomyo.store import seal
from leiomyo.store.faults import plain
from leiomyo.store.spill import Spill

T = TypeVar("T")

#: SQL for the day that durations count from, of `d` (index diagnosis) and `p` (patient): on an axis that starts at the
#: diagnosis a diagnosis without a day is day 0; on the calendar it is not known.
DIAGNOSED = "coalesce(d.diagnosis_low, CASE WHEN p.axis = 'diagnosis' THEN 0 END)"
#: The number of the newest script in migrations/; an older file is brought forward when it is opened.
SCHEMA_VERSION = 2
#: DuckDB's own memory, so that a registry of any size stays within a laptop; it spills to disk beyond it.
MEMORY_LIMIT = "700MB"
#: Rows that are held as Python values at a time, about a kilobyte each.
PAGE = 20_000
#: Rows that are taken from the engine at a time where each is worked on and forgotten.
_FETCHED = 2_000
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


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a query, and the SQL that stands for them, to join with."""

    rows: list[dict[str, Any]]
    sql: str


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
        self._kept: dict[str, tuple[tuple[object, ...], Any]] = {}
        if path is not None and not create and not path.exists():
            raise LeiomyoError("LM-S005", file=str(path))
        self._changing = self.read_only = False
        self._paged = 0
        self._spill = Spill(path)
        self.connection: Any = None
        try:
            self.connection = self._open(path, create=create)
            self._spill.clear()
            self._migrate()
            self._check()
        except BaseException:
            self.close()
            raise

    def _open(self, path: Path | None, *, create: bool) -> duckdb.DuckDBPyConnection:
        if path is not None and path.exists() and not path.stat().st_size and seal.read(path):
            raise LeiomyoError("LM-S020", "It is empty.", file=str(path))
        try:
            return self._connect(path)
        except duckdb.Error as error:
            told = plain(error, path)
            if path is None or create or told.code != "LM-S004":
                raise told from error
        try:  # what may only be read can still be asked
            self.read_only = True
            return self._connect(path, read_only=True)
        except duckdb.Error as error:
            raise plain(error, path) from error

    def _connect(self, path: Path | None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        options: dict[str, Any] = {
            "memory_limit": MEMORY_LIMIT, "autoinstall_known_extensions": "false",
            "temp_directory": str(self._spill.folder),
        }  # fmt: skip
        connection = duckdb.connect(":memory:" if path is None else str(path), config=options, read_only=read_only)
        # where it takes the session for a notebook, the engine would draw over what a command prints
        connection.execute("SET enable_progress_bar = false")
        return connection

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
        if not self.read_only and self.rows("SELECT 1 FROM meta WHERE key = ?", [REWRITE_DUE]):
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
            self.connection = self._open(self.path, create=True)

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
        self._run("BEGIN")
        self._changing = True
        try:
            yield
            self._prepare_seal()
            self._run("COMMIT")
        except BaseException as error:
            self._undo()
            if isinstance(error, OSError):
                raise LeiomyoError("LM-S004", f"{error.strerror}.", file=error.filename or str(self.path)) from error
            raise
        finally:
            self._changing = False
        if self.path is not None:
            seal.publish(self.path)

    def _undo(self) -> None:
        self.generation += 1
        try:
            self.connection.execute("ROLLBACK")
        except duckdb.Error:  # the engine has rolled back already, and what it said is on its way
            pass
        if self.path is not None and not self.read_only:
            seal.drop(self.path)

    def _prepare_seal(self) -> None:
        """Number the change and write down what the registry will hold once it is committed."""
        if self.path is None:
            return
        now = self._state()
        for key, value in (("registry", now.registry or secrets.token_hex(8)), ("serial", str(now.serial + 1))):
            self._run("DELETE FROM meta WHERE key = ?", [key])
            self._run("INSERT INTO meta VALUES (?, ?)", [key, value])
        seal.prepare(self.path, self._state())

    def _state(self) -> seal.Seal:
        """What the registry holds: rows counted by the engine from its own headers, without reading them."""
        meta = dict(self.rows("SELECT key, value FROM meta WHERE key IN ('registry', 'serial')"))
        found = self.rows("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY 1")
        names = [name for (name,) in found if name != "meta"]  # its marks come and go without a change of the data
        counts = self.rows(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names))
        sources = hashlib.sha256()
        for row in self.rows("SELECT * FROM source ORDER BY ALL") + self.rows("SELECT * FROM source_file ORDER BY ALL"):
            sources.update(repr(row).encode("utf-8", "surrogatepass"))
        return seal.Seal(meta.get("registry", ""), int(meta.get("serial", 0)), dict(counts), sources.hexdigest())

    def _check(self) -> None:
        """Refuse a registry that holds less than what was acknowledged, or less than its own ledger of files says."""
        if self.path is None:
            return
        seal.check(self.path, self._state(), seal.read(self.path))
        told, held = self.rows("SELECT (SELECT coalesce(sum(rows), 0) FROM source_file), count(*) FROM input_row")[0]
        if held < told:
            raise LeiomyoError("LM-S020", f"Its files had {told} rows, and {held} are there.", file=str(self.path))

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run a statement; faults of the disk, the memory and the file are told in our words."""
        return self._asked(sql, parameters, lambda cursor: cursor)

    def _asked(self, sql: str, parameters: Sequence[Any], take: Callable[[duckdb.DuckDBPyConnection], Any]) -> Any:
        """What `take` gets from a statement; a damaged block may only show while rows are taken."""
        return self._plainly(lambda: take(self.connection.execute(sql, list(parameters))))

    def _plainly(self, do: Callable[[], Any]) -> Any:
        """Do something with the engine, and tell what fails in our words; a fault of the program stays as it is."""
        try:
            return do()
        except (duckdb.ProgrammingError, duckdb.DataError, duckdb.IntegrityError, duckdb.InterruptException):
            raise
        except duckdb.Error as error:
            raise plain(error, self.path) from error

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that gives nothing back."""
        self.generation += 1
        self._changed(lambda: self._run(sql, parameters))

    def _changed(self, change: Callable[[], object]) -> None:
        """A change of a file that nobody put into a transaction gets one of its own, and with it a seal."""
        if self.path is None or self._changing or self.read_only:
            change()
            return
        with self.transaction():
            change()

    def kept(self, name: str, make: Callable[[], T], *asked: object) -> T:
        """What `make` works out from the tables, kept until they change or something else is `asked` under the name.

        Of each name only the last answer is kept, and it is let go before the next is made: both would not fit into
        memory. What is kept is shared, so who changes it takes a copy.
        """
        key = (self.generation, *asked)
        known = self._kept.get(name)
        if known is None or known[0] != key:
            del known
            self._kept.pop(name, None)
            self._kept[name] = known = (key, make())
        found: T = known[1]
        return found

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        found: list[tuple[Any, ...]] = self._asked(sql, parameters, lambda cursor: cursor.fetchall())
        return found

    def dicts(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query, by column name."""
        names: list[str] = []

        def take(cursor: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
            names.extend(column[0] for column in cursor.description or ())
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

        return [dict(zip(names, row, strict=True)) for row in self._asked(sql, parameters, take)]

    def each(self, sql: str) -> Iterator[dict[str, Any]]:
        """The rows of a query by column name, few of them at a time; nothing else may be asked until the last."""
        cursor = self._run(sql)
        names = [column[0] for column in cursor.description or ()]
        while some := cursor.fetchmany(_FETCHED):
            for row in some:
                yield dict(zip(names, row, strict=True))

    def pages(self, sql: str, *, size: int = PAGE) -> Iterator[Page]:
        """The rows of a query by column name, some at a time, so that no number of rows is too many for memory.

        The registry may be read and changed between two pages; they are of the moment of the first.
        """
        self._paged += 1
        table = f"paged_{self._paged}"
        # counted by hand: within a transaction the engine's own row numbers do not begin with 0
        self._run(f"CREATE TEMP TABLE {table} AS SELECT row_number() OVER () AS paged_row, * FROM ({sql})")
        try:
            [(rows,)] = self.rows(f"SELECT count(*) FROM {table}")
            for start in range(0, rows, size):
                within = f"WHERE paged_row > {start} AND paged_row <= {start + size} ORDER BY paged_row"
                part = f"(SELECT * EXCLUDE (paged_row) FROM {table} {within})"
                yield Page(self.dicts(f"FROM {part}"), part)
        finally:
            # a transaction that failed has taken it along, and its own error is the one to be told
            with suppress(duckdb.Error, LeiomyoError):
                self._run(f"DROP TABLE IF EXISTS {table}")

    def arrow(self, sql: str) -> pa.Table:
        """The rows of a query as an Arrow table."""
        return self._asked(sql, (), lambda cursor: cursor.to_arrow_table())

    def append(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows; columns that a row lacks are null."""
        self.generation += 1
        given = list(rows)
        if given:
            incoming = _columns(given, self.schema(table))
            # not as a registered view: the engine would hold on to every one until the transaction ends
            self._changed(lambda: self._plainly(lambda: self.connection.from_arrow(incoming).insert_into(table)))

    def schema(self, table: str) -> pa.Schema:
        """The Arrow schema of a table."""
        return self.arrow(f"SELECT * FROM {table} LIMIT 0").schema

    def close(self) -> None:
        """Give the file back; nothing of it stays in temporary folders."""
        if self.connection is not None:
            self.connection.close()
        self._spill.remove()


def remove(registry: Path) -> None:
    """Remove a registry file with its seal."""
    registry.unlink(missing_ok=True)
    seal.remove(registry)


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


def _columns(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as an Arrow table; most rows fill few of many columns, and a column that none fills costs nothing."""
    filled = set().union(*rows)
    return pa.Table.from_arrays(
        [pa.array([row.get(field.name) for row in rows], type=field.type) if field.name in filled
         else pa.nulls(len(rows), field.type) for field in schema], schema=schema)  # fmt: skip
