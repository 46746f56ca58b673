"""A registry of an older version is brought forward when it is opened, with every row it has."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import duckdb
import pytest

from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from leiomyo.store.store import SCHEMA_VERSION, case_ddl, statement_ddl
from tests import biotab


def of_version_1(path: Path) -> None:
    """A registry as the first version made it: its script only, and one column that it did not have yet."""
    first = resources.files("leiomyo.store").joinpath("migrations/0001_registry.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(path)) as connection:
        connection.execute(first)
        for table in TABLES.values():
            connection.execute(statement_ddl(table))
            connection.execute(case_ddl(table))
        for name in ("statement_surgery", "surgery"):
            connection.execute(f"ALTER TABLE {name} DROP COLUMN morcellation")
        connection.execute("INSERT INTO meta VALUES ('schema_version', '1')")
        connection.execute("INSERT INTO source VALUES ('a', 1, 'gdc', 'North', 'made', 'f', 't', '0')")
        connection.execute("INSERT INTO input_row VALUES ('a', 'f', 2, 'P1', 'kept')")
        connection.execute(
            "INSERT INTO statement_patient (statement, centre, patient, source, file, row, sex)"
            " VALUES (1, 'North', 'P1', 'a', 'f', 2, 'female')"
        )


def test_the_number_of_the_schema_is_that_of_the_newest_script() -> None:
    scripts = sorted(item.name for item in resources.files("leiomyo.store").joinpath("migrations").iterdir())
    assert [int(name[:4]) for name in scripts] == list(range(1, SCHEMA_VERSION + 1))


def test_an_older_registry_keeps_its_rows_and_gets_the_new_tables(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    of_version_1(path)
    with Registry(path, create=False) as registry:
        store = registry.store
        assert store.rows("SELECT value FROM meta WHERE key = 'schema_version'") == [(str(SCHEMA_VERSION),)]
        assert store.rows("SELECT patient, sex FROM statement_patient") == [("P1", "female")]
        assert store.rows("SELECT count(*) FROM duplicate_decision") == [(0,)]
        registry.ingest(biotab.write(tmp_path / "b", patient=[{"margin_status": "Positive"}]), centre="South")
        assert store.rows("SELECT patient FROM patient ORDER BY ALL") == [("P1",), ("T-01-A",)]
        assert store.rows("SELECT morcellation FROM surgery") == [(None,)]
        assert registry.withdraw("P1") == {"withdrawn": ["North/P1"], "rows": 1}
    with Registry(path, create=False) as registry:
        assert registry.store.rows("SELECT patient FROM patient") == [("T-01-A",)]


def test_a_script_that_fails_leaves_the_older_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.duckdb"
    of_version_1(path)
    monkeypatch.setattr("leiomyo.store.store._scripts", lambda: ["", "CREATE TABLE half (x INTEGER); SELECT nothing"])
    with pytest.raises(duckdb.Error):
        Registry(path)
    monkeypatch.undo()
    with duckdb.connect(str(path)) as connection:
        names = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert "half" not in names
        assert connection.execute("SELECT value FROM meta").fetchall() == [("1",)]
