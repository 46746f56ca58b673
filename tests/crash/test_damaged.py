"""A damaged registry opens with all that was acknowledged, or is refused in one sentence; never short, never a traceback."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from leiomyo.errors import LeiomyoError
from leiomyo.registry import Registry
from leiomyo.store import seal
from tests import biotab
from tests.crash.damage import State, campaign, closed_registry, registry_with_log

TURNS = 300 if os.environ.get("LEIOMYO_LONG") else 16


@pytest.mark.parametrize(
    ("make", "ending"), [(closed_registry, ""), (registry_with_log, ".wal"), (closed_registry, ".seal")],
    ids=["file", "log", "seal"],
)  # fmt: skip
def test_bits_turned_and_ends_cut_off(make: Callable[[Path], tuple[Path, State]], ending: str, tmp_path: Path) -> None:
    outcomes = campaign(tmp_path, make, ending, turns=TURNS, seed=len(ending))
    assert {told.split(": ")[1] for told in outcomes} <= {"whole", "LM-S002", "LM-S020"}
    assert outcomes["emptied: LM-S020"] == 1


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "r.duckdb"
    with Registry(path) as held:
        held.ingest(biotab.write(tmp_path / "a", patient=[{}]))
    return path


def test_an_older_copy_in_its_place_is_refused_until_the_seal_is_removed(registry: Path, tmp_path: Path) -> None:
    shutil.copy(registry, tmp_path / "backup")
    with Registry(registry) as held:
        held.ingest(biotab.write(tmp_path / "b", patient=[{"bcr_patient_barcode": "T-01-B"}]))
    shutil.copy(tmp_path / "backup", registry)
    with pytest.raises(LeiomyoError, match="LM-S020"):
        Registry(registry)
    seal.remove(registry)
    with Registry(registry) as held:
        assert held.store.rows("SELECT count(*) FROM patient") == [(1,)]


def test_rows_that_are_missing_are_noticed_without_a_seal(registry: Path) -> None:
    with Registry(registry) as held:
        held.store.execute("DELETE FROM input_row")
    seal.remove(registry)
    with pytest.raises(LeiomyoError, match=r"LM-S020.*had 1 rows, and 0 are there"):
        Registry(registry)


def test_a_registry_newer_than_its_seal_was_killed_before_it_was_acknowledged(registry: Path, tmp_path: Path) -> None:
    before = seal.place(registry).read_bytes()
    with Registry(registry) as held:
        held.ingest(biotab.write(tmp_path / "b", patient=[{"bcr_patient_barcode": "T-01-B"}]))
    seal.place(registry).write_bytes(before)
    with Registry(registry) as held:
        assert held.store.rows("SELECT count(*) FROM patient") == [(2,)]


def test_another_registry_put_in_its_place_is_its_own(registry: Path, tmp_path: Path) -> None:
    with Registry(tmp_path / "other.duckdb") as held:
        held.ingest(biotab.write(tmp_path / "b", patient=[{}, {"bcr_patient_barcode": "T-01-B"}]))
    shutil.copy(tmp_path / "other.duckdb", registry)
    with Registry(registry) as held:
        assert held.store.rows("SELECT count(*) FROM patient") == [(2,)]


def test_a_registry_begun_anew_does_not_answer_for_the_one_that_was_removed(registry: Path, tmp_path: Path) -> None:
    registry.unlink()
    with Registry(registry) as held:
        assert held.ingest(tmp_path / "a").status == "new"
    Registry(registry).close()


def test_the_seal_holds_counts_and_no_value_of_a_patient(registry: Path) -> None:
    told = json.loads(seal.place(registry).read_bytes())
    assert set(told) == {"registry", "serial", "rows", "sources", "digest"}
    assert "T-01-A" not in seal.place(registry).read_text(encoding="utf-8")


def test_an_ingest_that_is_refused_leaves_neither_registry_nor_seal(tmp_path: Path) -> None:
    from tests.contract.sources.bad import run

    (tmp_path / "bad.txt").write_bytes(b"")
    run("ingest", str(tmp_path / "bad.txt"), "--registry", str(tmp_path / "r.duckdb"))
    assert [path.name for path in tmp_path.iterdir()] == ["bad.txt"]
