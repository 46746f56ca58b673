"""The registry file: one transaction an ingest, nothing twice, nothing half."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from leiomyo.errors import LeiomyoError
from leiomyo.registry import Registry
from tests import biotab


def counts(registry: Registry) -> list[tuple[object, ...]]:
    return registry.store.rows("""
        SELECT (SELECT count(*) FROM statement_patient), (SELECT count(*) FROM patient), (SELECT count(*) FROM conflict),
               (SELECT count(*) FROM input_row), (SELECT count(*) FROM lms_case), (SELECT count(*) FROM source)""")


def test_the_same_export_twice_changes_nothing(tmp_path: Path) -> None:
    folder = biotab.write(tmp_path / "study", patient=[{}], follow_up=[{}])
    with Registry(tmp_path / "r.duckdb") as registry:
        assert registry.ingest(folder).status == "new"
        before = counts(registry)
        assert registry.ingest(folder).status == "unchanged"
        assert counts(registry) == before


def test_a_corrected_export_replaces_the_earlier_one_and_lists_what_changed(tmp_path: Path) -> None:
    folder = biotab.write(tmp_path / "study", patient=[{"tumor_depth": "Deep"}], drug=[{}])
    registry = Registry()
    registry.ingest(folder)
    biotab.write(folder, patient=[{"tumor_depth": "Superficial"}, {"bcr_patient_barcode": "T-01-B"}],
                 drug=[{"bcr_drug_barcode": "D9"}])  # fmt: skip
    result = registry.ingest(folder)
    assert (result.status, len(result.changes) > 0) == ("replaced", True)
    changes = {(row["patient"], row["table"], row["column"], row["kind"], row["before"], row["after"])
               for row in result.changes}  # fmt: skip
    assert ("T-01-A", "diagnosis", "depth", "changed", "deep", "superficial") in changes
    assert ("T-01-B", "patient", "", "added", None, None) in changes
    assert ("T-01-A", "drug_exposure", "", "removed", None, None) in changes
    assert registry.store.rows("SELECT depth FROM diagnosis ORDER BY patient") == [("superficial",), (None,)]


def test_an_export_that_lost_a_file_loses_its_rows_and_says_so(tmp_path: Path) -> None:
    folder = biotab.write(tmp_path / "study", patient=[{}], drug=[{}])
    registry = Registry()
    registry.ingest(folder)
    (folder / "clinical_drug.txt").unlink()
    registry.ingest(folder)
    assert registry.store.rows("SELECT count(*) FROM drug_exposure") == [(0,)]
    assert [row["kind"] for row in registry.changes() if row["table"] == "drug_exposure"] == ["removed"]


def test_the_authority_of_a_source_survives_its_correction(tmp_path: Path) -> None:
    registry = Registry()
    registry.ingest(biotab.write(tmp_path / "a", patient=[{"tumor_depth": "Deep"}]))
    registry.ingest(biotab.write(tmp_path / "b", patient=[{"tumor_depth": "Superficial"}]))
    registry.ingest(biotab.write(tmp_path / "a", patient=[{"tumor_depth": "Deep", "gender": "MALE"}]))
    assert registry.store.rows("SELECT depth, sex FROM diagnosis JOIN patient USING (centre, patient)") == [
        ("deep", "male")
    ]


def test_a_dry_run_tells_everything_and_leaves_the_registry_as_it_was(tmp_path: Path) -> None:
    with Registry(tmp_path / "r.duckdb") as registry:
        result = registry.ingest(biotab.write(tmp_path / "study", patient=[{}]), dry_run=True)
        assert (result.status, result.files[0]["kept"]) == ("new", 1)
        assert counts(registry) == [(0, 0, 0, 0, 0, 0)]


def test_one_source_name_cannot_change_its_centre(tmp_path: Path) -> None:
    folder = biotab.write(tmp_path / "study", patient=[{}])
    registry = Registry()
    registry.ingest(folder, centre="North")
    with pytest.raises(LeiomyoError, match="LM-S006"):
        registry.ingest(folder, centre="South")
    assert registry.store.rows("SELECT centre FROM patient") == [("North",)]


def test_a_file_that_is_no_registry_is_refused_and_left_alone(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.duckdb", tmp_path / "other.duckdb"
    text.write_text("my notes\n" * 100)
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE t (x INTEGER)")
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(LeiomyoError, match="LM-S002"):
            Registry(path)
        assert path.read_bytes() == before


def test_a_registry_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with Registry(tmp_path / "r.duckdb") as registry:
        registry.store.execute("UPDATE meta SET value = '999' WHERE key = 'schema_version'")
    with pytest.raises(LeiomyoError, match="LM-S003"):
        Registry(tmp_path / "r.duckdb")


def test_a_missing_registry_is_not_made_by_asking(tmp_path: Path) -> None:
    with pytest.raises(LeiomyoError, match="LM-S005"):
        Registry(tmp_path / "r.duckdb", create=False)
    assert not (tmp_path / "r.duckdb").exists()


def test_a_second_process_is_told_who_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    script = "import sys, time, leiomyo; r = leiomyo.Registry(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LeiomyoError, match=f"LM-S001.*process {holder.pid}"):
            Registry(path)
    finally:
        holder.kill()
        holder.wait()


def test_an_export_from_another_place_under_the_same_name_replaces_but_not_in_silence(tmp_path: Path) -> None:
    registry = Registry()
    registry.ingest(biotab.write(tmp_path / "north" / "export", patient=[{}]))
    result = registry.ingest(biotab.write(tmp_path / "south" / "export", patient=[{"gender": "MALE"}]))
    assert (result.status, [problem.code for problem in result.problems]) == ("replaced", ["LM-S007"])
    other = registry.ingest(biotab.write(tmp_path / "west" / "export", patient=[{"gender": "MALE"}]), name="west")
    assert (other.status, other.problems) == ("new", ())


def test_a_file_that_the_new_export_lacks_is_named(tmp_path: Path) -> None:
    folder = biotab.write(tmp_path / "study", patient=[{}], follow_up=[{}])
    registry = Registry()
    registry.ingest(folder)
    (folder / "clinical_follow_up.txt").unlink()
    problems = registry.ingest(folder).problems
    assert [(problem.code, problem.file) for problem in problems] == [("LM-S008", "clinical_follow_up.txt")]
