"""A person who withdraws is gone from every table and from the file's bytes, and no later export brings them back."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from leiomyo.errors import InputError, LeiomyoError
from leiomyo.registry import Registry
from leiomyo.store.store import Store
from leiomyo.store.tombstones import MASK, Withdrawn, token
from tests import biotab

GONE = "T-01-GONE7"
FREE = "Xanthippe quarry clinic"
KILLS = 40 if os.environ.get("LEIOMYO_LONG") else 6


def export(folder: Path, *, depth: str = "Deep", other: str = "T-01-B") -> Path:
    """A person in every kind of table, with free text, a value that is no number, and an unreadable line."""
    person = {"bcr_patient_barcode": GONE}
    biotab.write(
        folder,
        patient=[person | {"tumor_depth": depth, "age_at_initial_pathologic_diagnosis": f"old {GONE}",
                           "site_of_primary_tumor_other": FREE, "tumor_tissue_site": FREE,
                           "margin_status": "Positive", "residual_tumor": "R0"},
                 {"bcr_patient_barcode": other, "tumor_depth": "Deep"}],
        follow_up=[person, {"bcr_patient_barcode": other}],
        nte=[person | {"new_neoplasm_event_occurrence_anatomic_site": "Other, specify",
                       "new_neoplasm_occurrence_anatomic_site_text": FREE},
             {"bcr_patient_barcode": other, "new_neoplasm_event_occurrence_anatomic_site": "Other, specify",
              "new_neoplasm_occurrence_anatomic_site_text": f"as in her sister {GONE}"}],
        drug=[person | {"drug_name": f"{FREE} mixture"}, {"bcr_patient_barcode": other}],
        radiation=[person], omf=[person],
    )  # fmt: skip
    with (folder / "clinical_drug.txt").open("a", encoding="utf-8") as stream:
        stream.write(f"\t{GONE}-D44\ttoo short {FREE}\n{GONE}\ttoo short\n")
    return folder


def everything(store: Store) -> str:
    tables = [name for (name,) in store.rows("SELECT table_name FROM duckdb_tables() WHERE NOT temporary")]
    return "\n".join(str(store.rows(f'SELECT * FROM "{name}"')) for name in tables)


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """What a registry holds, but for the numbers of its statements and the moments of its making."""
    left = {"meta", "withdrawn", "change", "source"}
    found = {}
    for (name,) in store.rows("SELECT table_name FROM duckdb_tables() WHERE NOT temporary"):
        columns = [f'"{column}"' for (column,) in store.rows(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [name])
            if column not in {"statement", "origins", "sha256"}]  # fmt: skip
        if name not in left:
            found[name] = store.rows(f'SELECT {", ".join(columns)} FROM "{name}" ORDER BY ALL')
    return found


def accounted(registry: Registry) -> int:
    files = registry.store.dicts("SELECT * FROM source_file")
    for file in files:
        assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]
    return sum(file["rows"] for file in files)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    held = Registry(tmp_path / "r.duckdb")
    held.ingest(export(tmp_path / "study"), centre="North")
    # a corrected export, so that the list of changes names the person
    held.ingest(export(tmp_path / "study", depth="Superficial"), centre="North")
    assert GONE in str(held.changes())
    return held


def test_nothing_of_the_person_is_left_in_any_table(registry: Registry) -> None:
    before = everything(registry.store)
    assert GONE in before
    assert FREE in before
    read = accounted(registry)
    done = registry.withdraw(GONE)
    assert done["withdrawn"] == [f"North/{GONE}"]
    after = everything(registry.store)
    assert GONE not in after
    assert FREE not in after
    assert accounted(registry) == read
    assert registry.store.rows("SELECT patient FROM patient") == [("T-01-B",)]
    codes = registry.store.rows("SELECT DISTINCT code FROM quarantine")
    assert codes == [("LM-S009",)]
    assert registry.store.rows("SELECT count(*) FROM quarantine") == [(done["rows"],)]
    # what another patient's row said of them stays, without the name
    assert registry.store.rows("SELECT site_text FROM disease_status WHERE patient = 'T-01-B'") == [
        (f"as in her sister {MASK}",)]  # fmt: skip


def test_nothing_of_the_person_is_left_in_the_bytes_of_the_file(registry: Registry, tmp_path: Path) -> None:
    registry.store.execute("CHECKPOINT")
    path = tmp_path / "r.duckdb"
    before = path.read_bytes()
    # a value of a few letters may be compressed; these two are found when they are there
    assert GONE.encode() in before
    assert FREE.encode() in before
    registry.withdraw(f"North/{GONE}")
    registry.close()
    assert sorted(item.name for item in tmp_path.iterdir()) == ["r.duckdb", "r.duckdb.seal", "study"]
    after = path.read_bytes()
    assert GONE.encode() not in after
    assert FREE.encode() not in after
    assert GONE.casefold().encode() not in after


def test_the_file_keeps_its_permissions_and_its_place_behind_a_link(registry: Registry, tmp_path: Path) -> None:
    registry.close()
    path, link = tmp_path / "r.duckdb", tmp_path / "link.duckdb"
    path.chmod(0o600)
    link.symlink_to(path)
    with Registry(link) as held:
        held.withdraw(GONE)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert GONE.encode() not in path.read_bytes()


@pytest.mark.parametrize("change", ["the same", "corrected", "renamed", "dry run", "lower case"])
def test_no_later_export_brings_the_person_back(registry: Registry, tmp_path: Path, change: str) -> None:
    registry.withdraw(GONE)
    known = everything(registry.store)
    folder = export(tmp_path / "study", depth="Superficial")
    if change == "corrected":
        export(folder, depth="Deep", other="T-01-C")
    if change == "lower case":
        for file in folder.iterdir():
            file.write_text(file.read_text().replace(GONE, GONE.lower()))
    name = "next year" if change == "renamed" else None
    result = registry.ingest(folder, centre="North", name=name, dry_run=change == "dry run")
    assert result.status == {"the same": "unchanged", "renamed": "new", "dry run": "unchanged"}.get(change, "replaced")
    after = everything(registry.store)
    assert GONE not in after
    assert GONE.lower() not in after
    assert FREE not in after
    assert GONE not in str(result.problems)
    accounted(registry)
    assert "LM-S009" in {problem.code for problem in result.problems}
    if change in {"the same", "dry run"}:
        assert after == known


def test_what_is_left_is_what_the_next_reading_would_leave(registry: Registry, tmp_path: Path) -> None:
    registry.withdraw(GONE)
    left = contents(registry.store)
    registry.store.execute("UPDATE source SET fingerprint = ''")
    registry.ingest(tmp_path / "study", centre="North")
    assert contents(registry.store) == left


def test_a_dry_run_of_a_new_export_leaves_no_trace(registry: Registry, tmp_path: Path) -> None:
    registry.withdraw(GONE)
    known = everything(registry.store)
    result = registry.ingest(export(tmp_path / "study"), centre="North", name="another", dry_run=True)
    assert result.status == "new"
    assert sum(file["quarantined"] for file in result.files) == 8
    assert everything(registry.store) == known


def test_all_identities_decided_to_be_the_same_person_go_together(registry: Registry, tmp_path: Path) -> None:
    south = biotab.write(tmp_path / "south", patient=[{"bcr_patient_barcode": "S-99-SAME1"}, {}])
    registry.ingest(south, centre="South")
    registry.decide(f"North/{GONE}=South/S-99-SAME1", "same")
    registry.decide("North/T-01-B=South/T-01-A", "different")
    assert registry.withdrawing("S-99-SAME1") == [f"North/{GONE}", "South/S-99-SAME1"]
    registry.withdraw("S-99-SAME1")
    assert "SAME1" not in everything(registry.store)
    assert GONE not in everything(registry.store)
    assert registry.store.rows("SELECT decision FROM duplicate_decision") == [("different",)]
    registry.ingest(biotab.write(tmp_path / "south", patient=[{"bcr_patient_barcode": "S-99-SAME1"}]), centre="South")
    assert registry.store.rows("SELECT patient FROM patient") == [("T-01-B",)]


def test_another_patient_whose_name_holds_theirs_stays(tmp_path: Path) -> None:
    registry = Registry()
    names = ["T-01-12345", "T-01-12345-2", "XT-01-12345"]
    registry.ingest(biotab.write(tmp_path / "study", patient=[{"bcr_patient_barcode": name} for name in names],
                                 drug=[{"bcr_patient_barcode": name, "bcr_drug_barcode": f"{name}-D1"} for name in names],
                                 ), centre="North")  # fmt: skip
    registry.withdraw("T-01-12345")
    assert registry.store.rows("SELECT patient, record FROM drug_exposure ORDER BY ALL") == [
        ("T-01-12345-2", "T-01-12345-2-D1"), ("XT-01-12345", "XT-01-12345-D1")]  # fmt: skip


def test_a_short_name_is_not_cut_out_of_other_values(tmp_path: Path) -> None:
    registry = Registry()
    folder = biotab.write(tmp_path / "study", patient=[{"bcr_patient_barcode": "T2"},
                                                       {"bcr_patient_barcode": "B", "pathologic_T": "T2"}])  # fmt: skip
    registry.ingest(folder, centre="North")
    before = registry.store.rows("SELECT * EXCLUDE (statement, origins) FROM stage WHERE patient = 'B'")
    registry.withdraw("T2")
    assert registry.store.rows("SELECT * EXCLUDE (statement, origins) FROM stage WHERE patient = 'B'") == before
    assert registry.store.rows("SELECT patient FROM patient") == [("B",)]


def test_a_file_called_after_the_person_is_called_otherwise(tmp_path: Path) -> None:
    folder = biotab.write(tmp_path / "study", patient=[{"bcr_patient_barcode": GONE}])
    (folder / "clinical_patient.txt").rename(folder / f"clinical_patient_{GONE}.txt")
    registry = Registry()
    registry.ingest(folder, centre="North", name=f"all of {GONE}")
    registry.withdraw(GONE)
    assert GONE not in everything(registry.store)
    registry.ingest(folder, centre="North", name=f"all of {GONE}")
    assert GONE not in everything(registry.store)
    assert accounted(registry) == 1


@pytest.mark.parametrize("name", ["nobody", "South/T-01-B", ""])
def test_somebody_unknown_cannot_be_erased(registry: Registry, name: str) -> None:
    with pytest.raises(InputError, match="LM-A005"):
        registry.withdraw(name)
    registry.withdraw(GONE)
    with pytest.raises(InputError, match="LM-A005"):
        registry.withdraw(GONE)


def test_a_name_of_two_centres_needs_its_centre(registry: Registry, tmp_path: Path) -> None:
    registry.ingest(biotab.write(tmp_path / "south", patient=[{"bcr_patient_barcode": GONE}]), centre="South")
    with pytest.raises(InputError, match=r"LM-A005.*2 centres"):
        registry.withdraw(GONE)
    registry.withdraw(f"North/{GONE}")
    assert (("South", GONE),) == tuple(
        registry.store.rows(f"SELECT centre, patient FROM patient WHERE patient = '{GONE}'")
    )


def test_a_tombstone_says_nothing_without_the_registrys_own_key(registry: Registry) -> None:
    registry.withdraw(GONE)
    [(kept,)] = registry.store.rows("SELECT token FROM withdrawn")
    [(key,)] = registry.store.rows("SELECT value FROM meta WHERE key = 'withdrawal_key'")
    assert kept == token(key, "north ", GONE.lower())
    assert kept != token("00" * 32, "North", GONE)
    tombstones = Withdrawn.of(registry.store, "North")
    assert tombstones.named_in(f"a line; '{GONE}-F2'\tof it")
    assert not tombstones.named_in("a line of T-01-GONE77")
    assert not Withdrawn.of(registry.store, "South").has(GONE)


def test_no_room_for_the_second_copy_is_said_and_made_good(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_copy_to", full)
        with pytest.raises(LeiomyoError, match="LM-S010"):
            registry.withdraw(GONE)
    assert GONE not in everything(registry.store)
    registry.close()
    assert GONE.encode() in (tmp_path / "r.duckdb").read_bytes()
    with Registry(tmp_path / "r.duckdb") as again:
        assert again.store.rows("SELECT 1 FROM meta WHERE key = 'rewrite_due'") == []
    assert GONE.encode() not in (tmp_path / "r.duckdb").read_bytes()


@pytest.mark.parametrize("kill", range(KILLS))
def test_a_kill_leaves_the_old_registry_or_the_new_one(registry: Registry, tmp_path: Path, kill: int) -> None:
    registry.close()
    path = tmp_path / "k.duckdb"
    shutil.copy(tmp_path / "r.duckdb", path)
    script = ("import sys, leiomyo; r = leiomyo.Registry(sys.argv[1]); print('open', flush=True); "
              "r.withdraw(sys.argv[2]); r.close(); print('done', flush=True)")  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", script, str(path), GONE], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    time.sleep(0.06 * kill)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with Registry(path, create=False) as held:
        patients = {patient for (patient,) in held.store.rows("SELECT patient FROM patient")}
        assert patients in ({GONE, "T-01-B"}, {"T-01-B"})
        accounted(held)
    if patients == {"T-01-B"}:
        assert GONE.encode() not in path.read_bytes()
        assert not list(tmp_path.glob("k.duckdb.*"))


def test_an_export_under_another_centres_name_is_pointed_out(registry: Registry, tmp_path: Path) -> None:
    registry.withdraw(GONE)
    result = registry.ingest(export(tmp_path / "study"), centre="North (new)", name="renamed")
    [problem] = [problem for problem in result.problems if problem.code == "LM-S011"]
    assert problem.row > 1
    registry.withdraw(f"North (new)/{GONE}")
    assert GONE not in everything(registry.store)
