"""What the registry exports: its leiomyosarcoma patients only, all or nothing, and real patients come back the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leiomyo.cli import app
from leiomyo.errors import InputError, LeiomyoError
from leiomyo.exports import writers
from leiomyo.exports.writers import CALENDAR, DICTIONARY, FORMATS
from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry, read
from leiomyo.store.records import lms_records
from tests.contract.exports.compare import differences, held
from tests.contract.exports.test_round_trip import WRITTEN


def test_only_leiomyosarcoma_patients_go_out(example: Registry) -> None:
    records = lms_records(example.store)
    patients = {row for (row,) in example.store.rows("SELECT patient FROM lms_case WHERE lms = 'yes'")}
    assert set(records["patient"]["patient"].to_pylist()) == patients
    assert all(set(records[name]["patient"].to_pylist()) <= patients for name in TABLES)
    assert True not in records["stage"]["derived"].to_pylist()


@pytest.mark.parametrize("format", WRITTEN)
def test_the_example_cohort_goes_out_and_keeps_its_survival(format: str, example: Registry, tmp_path: Path) -> None:
    if format in CALENDAR:  # its days count from the diagnosis
        with pytest.raises(InputError, match="holds dates"):
            example.export(format, tmp_path / "out")
        assert list(tmp_path.iterdir()) == []
        return
    example.export(format, tmp_path / "out")
    assert not any(path.name.startswith(".") for path in (tmp_path / "out").iterdir())
    back, there = read(tmp_path / "out").survival("os").groups[0], example.survival("os").groups[0]
    assert (back["n"], back["events"]) == (there["n"], there["events"])


def test_sheets_of_real_patients_come_back_to_the_last_value(tcga: Registry, tmp_path: Path) -> None:
    assert tcga.export("csv", tmp_path / "out") == {}
    with Registry() as registry:
        registry.ingest(tmp_path / "out", centre="TCGA")
        assert differences(lms_records(tcga.store), held(registry), "csv") == {}


@pytest.mark.parametrize("format", ["csv", "cbioportal"])
def test_real_patients_come_back_with_their_survival(format: str, tcga: Registry, tmp_path: Path) -> None:
    tcga.export(format, tmp_path / "out")
    [group] = read(tmp_path / "out").survival("os").groups
    assert (group["n"], group["events"], group["median_days"]) == (105, 41, 2448)


def test_contacts_with_real_patients_come_back_from_a_study(tcga: Registry, tmp_path: Path) -> None:
    left = tcga.export("cbioportal", tmp_path / "out")
    with Registry() as registry:
        registry.ingest(tmp_path / "out", centre="TCGA")
        different = differences(lms_records(tcga.store), held(registry), "cbioportal")
    assert len(different["follow_up"]["missing"]) == left["follow_up without a whole day"]
    assert different["follow_up"]["too many"] == []
    assert different["disease_status"]["too many"] == []


@pytest.mark.parametrize("format", ["csv", DICTIONARY])
def test_a_folder_that_is_not_empty_is_refused(format: str, example: Registry, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="LM-A017"):
        example.export(format, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(InputError, match="LM-A017"):
        example.export(format, tmp_path / "notes.txt")


def test_a_folder_that_cannot_be_written_is_told(example: Registry, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(LeiomyoError, match="LM-S004"):
        example.export("csv", tmp_path / "file" / "below")
    with pytest.raises(LeiomyoError, match="LM-S004"):
        example.export("csv", tmp_path / ("n" * 300))


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_told(example: Registry, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LeiomyoError, match="LM-S004"):
        example.export("csv", tmp_path / "out")


def test_an_export_that_fails_leaves_nothing(
    example: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(_records: object, folder: Path, *, name: str) -> dict[str, int]:
        (folder / "half.csv").write_text(name)
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(writers, "writer", lambda _: write)
    with pytest.raises(LeiomyoError, match="No space left"):
        example.export("csv", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_nobody_to_write_is_told(tmp_path: Path) -> None:
    with Registry() as registry, pytest.raises(InputError, match="LM-A020"):
        registry.export("csv", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format_and_one_whose_writer_is_not_there_are_told(example: Registry, tmp_path: Path,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setitem(writers._WRITERS, "papyrus", "leiomyo.exports.papyrus:write_papyrus")
    for format in ("papyrus", "clay"):
        with pytest.raises(InputError, match=f"no writer of '{format}'.*{', '.join(FORMATS)}"):
            example.export(format, tmp_path / "out")


def test_the_command_counts_what_was_left_out(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    with Registry(path) as registry:
        registry.ingest("tests/handmade/cohort")
    runner = CliRunner()
    outcome = runner.invoke(app, ["export", "cbioportal", str(tmp_path / "a"), "--registry", str(path), "--json"])
    assert outcome.exit_code == 0
    assert '"surgery without a whole day"' in outcome.output
    outcome = runner.invoke(app, ["export", "csv", str(tmp_path / "a"), "--registry", str(path)])
    assert (outcome.exit_code != 0, "LM-A017" in str(outcome.exception)) == (True, True)
