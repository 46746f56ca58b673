"""A full, read-only or closed place is one message and exit 2, and what was there before is as it was."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leiomyo.errors import LeiomyoError
from leiomyo.registry import Registry
from leiomyo.store import store as store_module
from leiomyo.store.spill import Spill
from tests import biotab
from tests.conftest import ROOT
from tests.crash.kills import state, write_export

EXAMPLE = str(ROOT / "tests" / "handmade" / "cohort")


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leiomyo", *words]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def assert_plain(outcome: subprocess.CompletedProcess[str], code: str = "LM-S004") -> None:
    """One message on standard error, nothing else, and exit 2."""
    assert (outcome.returncode, outcome.stdout) == (2, ""), outcome.stderr
    assert [line.split()[0] for line in outcome.stderr.splitlines() if line.startswith("LM-")] == [code], outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "leiomyo-test", str(place)], capture_output=True, check=False)  # fmt: skip
    if made.returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, leave: int) -> None:
    """Leave only so many bytes."""
    with (disk / "filler").open("wb") as stream:
        stream.write(bytes(max(shutil.disk_usage(disk).free - leave, 0)))


def lock(disk: Path) -> None:
    """Make the file system read-only."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def sealed(disk: Path, tmp_path: Path) -> tuple[Path, object]:
    """A registry with one source on the disk, and what it holds."""
    path = disk / "r.duckdb"
    with Registry(path) as held:
        held.ingest(biotab.write(tmp_path / "first", patient=[{}]))
        return path, state(held)


def test_a_disk_that_fills_up_during_an_ingest(disk: Path, tmp_path: Path) -> None:
    path, before = sealed(disk, tmp_path)
    big = write_export(tmp_path / "big", "BB", 20_000)
    assert_plain(run("ingest", str(big), "--registry", str(path)))
    with Registry(path) as held:
        assert state(held) == before
    (tmp_path / "elsewhere").mkdir()
    for part in disk.glob("r.duckdb*"):
        shutil.copy(part, tmp_path / "elsewhere") if part.is_file() else None
    assert run("ingest", str(big), "--registry", str(tmp_path / "elsewhere" / "r.duckdb")).returncode == 0


@pytest.mark.parametrize("leave", [0, 4096, 100_000, 400_000])
def test_a_disk_that_is_full_already(leave: int, disk: Path, tmp_path: Path) -> None:
    path, before = sealed(disk, tmp_path)
    fill(disk, leave)
    outcome = run("ingest", str(write_export(tmp_path / "more", "BB", 500)), "--registry", str(path))
    assert_plain(outcome)
    (disk / "filler").unlink()
    with Registry(path) as held:
        assert state(held) == before


def test_a_read_only_registry_can_be_asked_and_not_changed(disk: Path, tmp_path: Path) -> None:
    path, before = sealed(disk, tmp_path)
    lock(disk)
    assert_plain(run("ingest", EXAMPLE, "--registry", str(path)))
    assert run("survival", "os", "--registry", str(path)).returncode == 0
    assert run("conflicts", "--registry", str(path)).returncode == 0
    with Registry(path, create=False) as held:
        assert state(held) == before


def test_a_new_registry_in_a_place_that_may_not_be_written(disk: Path, tmp_path: Path) -> None:
    lock(disk)
    assert_plain(run("ingest", EXAMPLE, "--registry", str(disk / "r.duckdb")))
    assert_plain(run("ingest", EXAMPLE, "--registry", str(tmp_path / "nowhere" / "r.duckdb")))
    assert_plain(run("ingest", EXAMPLE, "--registry", str(tmp_path)))


def test_a_report_into_a_read_only_place(disk: Path) -> None:
    lock(disk)
    assert_plain(run("report", EXAMPLE, "--out", str(disk / "out")))
    assert_plain(run("report", EXAMPLE, "--out", str(disk)))


@pytest.mark.parametrize("leave", [0, 20_000, 150_000, 600_000])
def test_a_report_for_which_there_is_no_room_leaves_the_earlier_one_whole(leave: int, disk: Path) -> None:
    out = disk / "out"
    assert run("report", EXAMPLE, "--out", str(out)).returncode == 3
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    fill(disk, leave)
    assert_plain(run("report", EXAMPLE, "--out", str(out)))
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_page_for_which_there_is_no_room(disk: Path, tmp_path: Path) -> None:
    registry = str(tmp_path / "r.duckdb")
    assert run("ingest", EXAMPLE, "--registry", registry).returncode == 3
    with Registry(Path(registry)) as held:
        patient = held.courses()[0].patient
    fill(disk, 0)
    assert_plain(run("course", patient, "--out", str(disk / "p.html"), "--registry", registry))
    assert not (disk / "p.html").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_standard_output_that_is_full(tmp_path: Path) -> None:
    registry = str(tmp_path / "r.duckdb")
    run("ingest", EXAMPLE, "--registry", registry)
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "leiomyo", "conflicts", "--registry", registry]
        outcome = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (outcome.returncode, outcome.stderr[:7]) == (2, "LM-S004"), outcome.stderr


def test_a_file_size_limit_is_a_full_disk(tmp_path: Path) -> None:
    """The same as a full disk, for those who may mount nothing."""
    path, before = sealed(tmp_path, tmp_path)
    export = write_export(tmp_path / "more", "BB", 4000)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100_000,) * 2)

    command = [sys.executable, "-m", "leiomyo", "ingest", str(export), "--registry", str(path)]
    outcome = subprocess.run(command, preexec_fn=limited, capture_output=True, text=True, check=False)
    assert_plain(outcome)
    with Registry(path) as held:
        assert state(held) == before


# --- temporary files -------------------------------------------------------------------------------------


def test_nothing_of_a_report_stays_in_the_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    here = {"TMPDIR": str(tmp_path / "temporary")}
    assert run("report", EXAMPLE, "--out", str(tmp_path / "out"), **here).returncode == 3
    assert run("ingest", EXAMPLE, "--registry", str(tmp_path / "r.duckdb"), **here).returncode == 3
    assert list((tmp_path / "temporary").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "r.duckdb", "r.duckdb.seal", "temporary"]


@pytest.mark.parametrize("in_memory", [True, False])
def test_what_does_not_fit_into_memory_spills_where_only_the_user_looks_and_is_removed(
    in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MEMORY_LIMIT", "60MB")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with Registry(None if in_memory else tmp_path / "r.duckdb") as held:
        held.store.execute("CREATE TEMP TABLE t AS SELECT range AS a, 'patient ' || range AS b FROM range(3000000)")
        held.store.execute("CREATE TEMP TABLE u AS SELECT * FROM t ORDER BY hash(b)")
        [folder] = (tmp_path / "temporary").iterdir() if in_memory else [tmp_path / "r.duckdb.tmp"]
        assert any(path.stat().st_size for path in folder.iterdir())
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_a_killed_run_leaves_temporary_files_only_until_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import sys, time; from pathlib import Path; from leiomyo.store.spill import Spill\n"
        "spill = Spill(None); (spill.folder / 'x.tmp').write_text('patient'); print('up', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], env=os.environ | {"TMPDIR": str(tmp_path)},
                               stdout=subprocess.PIPE)  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    other = Spill(None)
    assert len(list(tmp_path.iterdir())) == 2  # one that is in use is nobody else's to remove
    process.kill()
    process.wait()
    Spill(None).remove()
    assert list(tmp_path.iterdir()) == [other.folder]
    other.remove()
    left = tmp_path / "r.duckdb.tmp"
    left.mkdir()
    (left / "duckdb_temp_storage-0.tmp").write_text("patient")
    Registry(tmp_path / "r.duckdb").close()
    assert not left.exists()


def test_a_temporary_folder_without_room_is_told(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MEMORY_LIMIT", "60MB")
    monkeypatch.setattr("tempfile.tempdir", str(disk))
    with Registry() as held, pytest.raises(LeiomyoError, match="LM-S021"):
        held.store.execute(
            "CREATE TEMP TABLE t AS SELECT range AS a, 'patient ' || hash(range) AS b FROM range(9000000)"
        )
    assert list(disk.iterdir()) == []
