"""What cannot be scanned is one clear message: no traceback, no password, no value of a patient, nothing written."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from leiomyo.cli import app
from leiomyo.errors import LeiomyoError
from leiomyo.finding import find
from leiomyo.finding.connect import shown_url

from .made import Made, write_csv, write_duckdb, write_parquet, write_postgres

At = Callable[[str], tuple[str, str | None]]
PASSWORD = "s3c/r@t"


def told(url: str, **options: Any) -> str:
    with pytest.raises(LeiomyoError) as caught:
        find(url, **options)
    message = str(caught.value)
    assert "Traceback" not in message and message.count("\n") == 1
    return message


def without(tables: dict[str, pa.Table], *names: str) -> dict[str, pa.Table]:
    return {name: table for name, table in tables.items() if name not in names}


def changed(cdm: Made, name: str, change: Callable[[pa.Table], pa.Table]) -> dict[str, pa.Table]:
    return cdm.tables | {name: change(cdm.tables[name])}


def test_a_server_that_is_not_there() -> None:
    message = told(f"postgres://reader:{PASSWORD}@127.0.0.1:1/omop")
    assert message.startswith("LM-A015") and PASSWORD not in message and "reader:***@" in message


def test_a_password_that_breaks_the_address() -> None:
    assert "s3c" not in told(f"postgres://reader:{PASSWORD}@[::1/omop")
    assert "s3c" not in told(f"postgres://reader:{PASSWORD}@127.0.0.1:1/omop?connect_timeout=soon&nonsense=1")
    assert shown_url("postgres://h/d?user=a&password=b") == "postgres://h/d?user=a&password=***"


def test_a_wrong_password(postgres: str) -> None:
    import psycopg

    with psycopg.connect(postgres) as held:
        held.execute("CREATE ROLE reader LOGIN PASSWORD 'right'")
        place = held.execute("SHOW hba_file").fetchone()[0]
    rules = Path(place)
    before = rules.read_text()
    rules.write_text(f"local all reader scram-sha-256\n{before}")
    try:
        with psycopg.connect(postgres, autocommit=True) as held:
            held.execute("SELECT pg_reload_conf()")
        message = told(postgres.replace("postgres:@", "reader:wr0ng@"))
        assert message.startswith("LM-A015") and "wr0ng" not in message and "authentication failed" in message
    finally:
        rules.write_text(before)


@pytest.mark.parametrize("url", ["oracle-of-delphi://x/y", "http://example.org/omop", ""])
def test_an_address_of_no_kind(url: str) -> None:
    assert told(url).startswith("LM-A016")


def test_a_folder_or_file_that_is_not_there(tmp_path: Path) -> None:
    assert told(str(tmp_path / "nowhere")).startswith("LM-A016")
    assert told(f"duckdb://{tmp_path}/nowhere.duckdb").startswith("LM-A016")
    assert not (tmp_path / "nowhere.duckdb").exists()


def test_three_slashes_may_be_meant_from_here(tmp_path: Path, cdm: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    write_duckdb(cdm.tables, tmp_path / "omop-here.duckdb")
    monkeypatch.chdir(tmp_path)
    whole = find(f"duckdb://{tmp_path}/omop-here.duckdb")
    assert [one.person_id for one in find("duckdb:///omop-here.duckdb").persons] == [
        one.person_id for one in whole.persons
    ]
    message = told("duckdb:///omop-nowhere.duckdb")
    assert "/omop-nowhere.duckdb or " in message and str(tmp_path / "omop-nowhere.duckdb") in message


@pytest.mark.parametrize("name", ["cdm", "main"])
def test_a_file_called_like_its_schema(name: str, tmp_path: Path, cdm: Made) -> None:
    schema = None if name == "main" else name
    path = write_duckdb(cdm.tables, tmp_path / f"{name}.duckdb", schema=name)
    other = write_duckdb(cdm.tables, tmp_path / "omop.duckdb", schema=name)
    assert find(str(path), schema=schema).persons == find(str(other), schema=schema).persons
    if schema:
        assert f"There is one in: {name}" in told(str(path))


def test_an_empty_folder(tmp_path: Path) -> None:
    assert told(str(tmp_path)).startswith("LM-A016")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text("not a database at all, only words" * 40)
    assert told(str(tmp_path / "x.duckdb")).startswith("LM-A015")


def test_a_file_held_by_another_process(tmp_path: Path, cdm: Made) -> None:
    path = write_duckdb(cdm.tables, tmp_path / "omop.duckdb")
    code = f"import duckdb, sys; held = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout and other.stdin and other.stdout.readline() == "held\n"
        message = told(str(path))
        other.stdin.close()
    assert message.startswith("LM-A015") and "Another process holds the file" in message


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_a_schema_that_is_not_there(engine: str, at: At) -> None:
    url, _ = at(engine)
    message = told(url, schema="nowhere")
    assert message.startswith("LM-F040") and "nowhere" in message
    assert "There is one in: cdm; name it with --schema." in told(url)


def test_no_table_of_persons(tmp_path: Path, cdm: Made) -> None:
    assert "no table person" in told(str(write_parquet(without(cdm.tables, "person"), tmp_path / "cdm")))


def test_no_table_of_conditions(tmp_path: Path, cdm: Made) -> None:
    message = told(str(write_parquet(without(cdm.tables, "condition_occurrence"), tmp_path / "cdm")))
    assert message.startswith("LM-F040") and "condition_occurrence" in message


def test_a_missing_column(tmp_path: Path, cdm: Made) -> None:
    tables = changed(cdm, "condition_occurrence", lambda table: table.drop_columns(["condition_start_date"]))
    message = told(str(write_parquet(tables, tmp_path / "cdm")))
    assert message.startswith("LM-F041") and "condition_occurrence has no column condition_start_date" in message


def test_identifiers_that_are_no_numbers(tmp_path: Path, cdm: Made) -> None:
    def text(table: pa.Table) -> pa.Table:
        return table.set_column(0, "person_id", pa.array([f"P{one}" for one in range(table.num_rows)]))

    tables = changed(cdm, "person", text)
    assert "person.person_id is of type string" in told(str(write_parquet(tables, tmp_path / "cdm")))
    message = told(str(write_csv(tables, tmp_path / "csv")))
    assert (
        message.startswith("LM-F041") and f"holds {tables['person'].num_rows} values" in message and "P0" not in message
    )


def test_days_that_are_none(tmp_path: Path, cdm: Made) -> None:
    def text(table: pa.Table) -> pa.Table:
        place = table.column_names.index("condition_start_date")
        return table.set_column(place, "condition_start_date", pa.array(["last spring"] * table.num_rows))

    message = told(str(write_csv(changed(cdm, "condition_occurrence", text), tmp_path / "csv")))
    assert message.startswith("LM-F041") and "last spring" not in message


def test_a_csv_that_is_no_table(tmp_path: Path, cdm: Made) -> None:
    folder = write_csv(cdm.tables, tmp_path / "csv")
    (folder / "PERSON.csv").write_bytes(b'PERSON_ID,A\n1,"Jane Roe\n2,3\n\x00\xff')
    message = told(str(folder))
    assert message[:7] in {"LM-F041", "LM-A015", "LM-A018"} and "Jane" not in message


def test_a_vocabulary_as_athena_writes_it(tmp_path: Path, cdm: Made) -> None:
    """Tabs, upper-case names, quotes that are none and empty places."""
    folder = write_parquet(without(cdm.tables, "concept"), tmp_path / "cdm")
    names = cdm.tables["concept"].column_names
    lines = ["\t".join(map(str, row.values())) for row in cdm.tables["concept"].to_pylist()]
    lines += ['1\t"Bare quote\tCondition\tSNOMED\t1', '2\t6" nail\tDevice\tSNOMED\t', "3\t\t\t\t"]
    (folder / "CONCEPT.csv").write_text("\n".join(["\t".join(names).upper(), *lines]) + "\n")
    assert len(find(str(folder)).persons) == len(cdm.expected)


def test_the_public_sample_without_headers(shared: Path) -> None:
    assert told(str(shared / "omop_synpuf250")).startswith("LM-F041")


def test_nobody_in_the_table_of_persons(tmp_path: Path, cdm: Made) -> None:
    tables = changed(cdm, "person", lambda table: table.slice(0, 0))
    assert "person is empty" in told(str(write_parquet(tables, tmp_path / "cdm")))


def test_empty_tables_find_nobody(tmp_path: Path, cdm: Made) -> None:
    tables = {name: table if name in {"person", "concept"} else table.slice(0, 0) for name, table in cdm.tables.items()}
    found = find(str(write_parquet(tables, tmp_path / "cdm")), out=tmp_path / "home")
    assert found.persons == () and not found.problems
    assert (tmp_path / "home" / "person.parquet").exists()


@pytest.mark.parametrize("kept", [False, True])
def test_without_concepts_the_words_are_read_and_it_says_so(kept: bool, tmp_path: Path, cdm: Made) -> None:
    tables = changed(cdm, "concept", lambda table: table.slice(0, 0)) if kept else without(cdm.tables, "concept")
    found = find(str(write_parquet(tables, tmp_path / "cdm")))
    assert [problem.code for problem in found.problems] == ["LM-F042"]
    names = {cdm.story[one.person_id] for one in found.sure()}
    assert {"words of other languages", "ICD-11 as written", "code and word as written, no concept"} <= names
    assert not any(cdm.story[one.person_id].startswith(("GIST", "leiomyoma", "no evidence")) for one in found.persons)


def test_the_vocabulary_in_another_schema(tmp_path: Path, cdm: Made) -> None:
    path = tmp_path / "omop.duckdb"
    write_duckdb(without(cdm.tables, "concept"), path, schema="cdm")
    write_duckdb({"concept": cdm.tables["concept"]}, path, schema="words")
    assert len(find(str(path), schema="cdm", vocabulary="words").persons) == len(cdm.expected)


def test_only_the_tables_that_are_needed(tmp_path: Path, cdm: Made) -> None:
    tables = {name: cdm.tables[name] for name in ("person", "condition_occurrence", "concept")}
    found = find(str(write_parquet(tables, tmp_path / "cdm")))
    assert "Not in this database: episode, death, observation, measurement, drug_exposure." in found.notes()
    assert found.sure()


def test_views_and_names_in_upper_case(tmp_path: Path, cdm: Made) -> None:
    import duckdb

    path = write_duckdb(cdm.tables, tmp_path / "omop.duckdb", schema="real")
    with duckdb.connect(str(path)) as held:
        for name, table in cdm.tables.items():
            columns = ", ".join(f'"{one}" AS "{one.upper()}"' for one in table.column_names)
            held.execute(f'CREATE VIEW main."{name.upper()}" AS SELECT {columns} FROM real."{name}"')
    assert len(find(str(path)).persons) == len(cdm.expected)


def test_a_view_and_a_reader_who_may_write_nothing(postgres: str, cdm: Made) -> None:
    import psycopg

    write_postgres(cdm.tables, postgres, schema="hidden")
    with psycopg.connect(postgres) as held:
        held.execute("CREATE SCHEMA shown")
        for name in cdm.tables:
            held.execute(f'CREATE VIEW shown."{name}" AS SELECT * FROM hidden."{name}"')
        held.execute("CREATE ROLE looker LOGIN; GRANT USAGE ON SCHEMA shown TO looker")
        held.execute(
            "GRANT SELECT ON ALL TABLES IN SCHEMA shown TO looker; REVOKE TEMP ON DATABASE postgres FROM PUBLIC"
        )
    found = find(postgres.replace("postgres:@", "looker:@"), schema="shown")
    assert len(found.persons) == len(cdm.expected)


def test_a_person_whom_the_table_of_persons_lacks(tmp_path: Path, cdm: Made) -> None:
    lost = min(cdm.expected)
    tables = changed(cdm, "person", lambda table: table.filter(pa.compute.not_equal(table["person_id"], lost)))
    found = find(str(write_parquet(tables, tmp_path / "cdm")))
    assert "1 of them are not in the table person." in found.notes()


def test_a_folder_that_is_not_empty(tmp_path: Path, at: At) -> None:
    url, schema = at("duckdb")
    (tmp_path / "mine.txt").write_text("x")
    assert told(url, schema=schema, out=tmp_path).startswith("LM-A017")
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_made(tmp_path: Path, at: At) -> None:
    url, schema = at("duckdb")
    (tmp_path / "file").write_text("x")
    assert told(url, schema=schema, out=tmp_path / "file" / "home").startswith("LM-S004")


def test_a_full_disk(tmp_path: Path, at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    url, schema = at("duckdb")
    monkeypatch.setattr(pq.ParquetWriter, "write", full)
    message = told(url, schema=schema, out=tmp_path / "home")
    assert message.startswith("LM-S004") and "No space left" in message
    assert list((tmp_path / "home").iterdir()) == []


def test_a_database_that_stops(tmp_path: Path, cdm: Made) -> None:
    folder = write_parquet(cdm.tables, tmp_path / "cdm")
    import leiomyo.finding.scan as scan

    class Gone(Exception):
        pass

    real = scan.read_cdm

    def broken(database: Any, **options: Any) -> Any:
        held = real(database, **options)

        def stop(*_: object, **__: object) -> None:
            raise Gone("P-4711 Jane Roe")

        object.__setattr__(database, "connection", type("Broken", (), {"to_pyarrow_batches": stop})())
        return held

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "read_cdm", broken)
        message = told(str(folder))
    assert message.startswith("LM-A018") and "Gone" in message and "Jane" not in message


def test_a_missing_library_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cdm: Made) -> None:
    folder = write_parquet(cdm.tables, tmp_path / "cdm")
    monkeypatch.setitem(sys.modules, "ibis", None)
    message = told(str(folder))
    assert message.startswith("LM-A012") and "pip install 'leiomyo[omop]'" in message


def test_options_that_are_none(at: At, tmp_path: Path) -> None:
    url, schema = at("duckdb")
    assert told(url, schema=schema, without=("everything",)).startswith("LM-A008")
    assert told(url, schema=schema, out=tmp_path / "home", format="xlsx").startswith("LM-A008")


def test_a_criterion_can_be_left_out(at: At, cdm: Made) -> None:
    url, schema = at("duckdb")
    found = find(url, schema=schema, without=("icd10_endometrium",))
    left = {person for person in cdm.expected if cdm.story[person] == "C54.1 alone"}
    assert {one.person_id for one in found.persons} == cdm.expected.keys() - left


def test_the_command_tells_sure_and_possible_apart(at: At, cdm: Made, tmp_path: Path) -> None:
    url, schema = at("duckdb")
    sure = sum(certainty == "sure" for certainty, _ in cdm.expected.values())
    ran = CliRunner().invoke(app, ["find", "--omop", url, "--schema", str(schema), "--out", str(tmp_path / "home")])
    assert ran.exit_code == 0
    assert f"{sure} sure, {len(cdm.expected) - sure} possible of {len(cdm.tables['person'])} persons" in ran.output
    assert f"Sure: {sure}" in ran.output and f"Possible: {len(cdm.expected) - sure}" in ran.output
    assert "Brought home to" in ran.output
    ran = CliRunner().invoke(app, ["find", "--omop", url, "--schema", str(schema), "--sure-only", "--json"])
    shown = json.loads(ran.output)
    assert (shown["sure"], shown["possible"]) == (sure, 0)
    assert {
        one["person_id"]: {reason["reason"]: reason["rows"] for reason in one["reasons"]} for one in shown["persons"]
    } == {person: reasons for person, (certainty, reasons) in cdm.expected.items() if certainty == "sure"}


def test_a_warning_is_exit_code_3(tmp_path: Path, cdm: Made) -> None:
    folder = write_parquet(without(cdm.tables, "concept"), tmp_path / "cdm")
    assert CliRunner().invoke(app, ["find", "--omop", str(folder), "--json"]).exit_code == 3
