"""Hostile folders through `ingest` and `report`, for every format: read right or refused, never hung, never obeyed."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leiomyo.registry import Registry
from tests.contract.sources import hostile
from tests.contract.sources.bad import Format, run, state
from tests.contract.sources.test_bad_files import FORMATS

pytestmark = pytest.mark.sampled
ALL = pytest.mark.parametrize("one", FORMATS, ids=[one.name for one in FORMATS])
#: Signs that a terminal would obey; a line end is ours.
_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")


@pytest.fixture(autouse=True)
def _guard() -> Iterator[None]:
    """A run that hangs fails, instead of holding up all others; this is no measurement."""
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(900)
    yield
    signal.alarm(0)


def read(path: Path, tmp_path: Path) -> tuple[int, str]:
    """An export through `ingest`, and read as `report` does: the exit code and all that was said."""
    status, output = run("ingest", str(path), "--registry", str(tmp_path / "r.duckdb"))
    with Registry() as held:  # what `report` reads; drawing the page each time would only take long
        result = held.ingest(path, whole=False)
    output += "".join(f"{problem}\n" for problem in result.problems)
    assert status in {0, 1, 2, 3}
    assert "Traceback" not in output
    assert not _OBEYED.search(output)
    return status, output


def report(path: Path, tmp_path: Path) -> tuple[int, str]:
    """An export through `report`."""
    status, output = run("report", str(path), "--out", str(tmp_path / "out"))
    assert status in {0, 1, 2, 3}
    assert "Traceback" not in output
    assert not _OBEYED.search(output)
    return status, output


def rows_of(registry: Path) -> int:
    """How many rows a registry holds; none where there is no registry."""
    if not registry.exists():
        return 0
    with Registry(registry, create=False) as held:
        return int(held.store.rows("SELECT count(*) FROM input_row")[0][0])


@ALL
@pytest.mark.parametrize("name", sorted(hostile.archives()))
def test_an_archive_is_refused_unopened_under_any_name(one: Format, name: str, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    content = hostile.archives()[name]
    for place in (one.row_file, "archive.zip", "archive.tsv", "archive.csv", "archive"):
        (folder / place).write_bytes(content)
    _, output = read(folder, tmp_path)
    assert re.search("LM-F002|LM-F011|LM-F017|LM-F020|LM-F003", output), output
    assert not Path("/tmp/evil.txt").exists()
    alone = tmp_path / "alone" / one.row_file
    alone.parent.mkdir()
    one.put_beside(alone.parent)
    alone.write_bytes(content)
    assert read(alone, tmp_path / "alone")[0] in {1, 2}
    assert rows_of(tmp_path / "alone" / "r.duckdb") == 0


@ALL
@pytest.mark.parametrize("name", sorted(hostile.texts(FORMATS[0])))
def test_a_text_of_another_kind_is_refused_whole(one: Format, name: str, tmp_path: Path) -> None:
    one.put_beside(tmp_path)
    (tmp_path / one.row_file).write_bytes(hostile.texts(one)[name])
    status, output = read(tmp_path / one.row_file, tmp_path)
    assert status in {1, 2}
    if one.by_line and hostile.begins_well(one, name):
        assert ("LM-D031" in output, rows_of(tmp_path / "r.duckdb")) == (True, 2)
        return
    assert re.search("LM-F00[2347]|LM-F01[26]|LM-F03[56]", output), output
    assert rows_of(tmp_path / "r.duckdb") == 0


@ALL
def test_a_byte_order_mark_changes_nothing(one: Format, tmp_path: Path) -> None:
    one.put_beside(tmp_path)
    (tmp_path / one.row_file).write_bytes(b"\xef\xbb\xbf" + one.before_rows.encode())
    assert read(tmp_path / one.row_file, tmp_path)[0] in {0, 3}
    assert rows_of(tmp_path / "r.duckdb") == 1


@ALL
@pytest.mark.parametrize("columns", [1000, 10_000])
def test_ten_thousand_columns_more_are_read_right(one: Format, columns: int, tmp_path: Path) -> None:
    one.put_beside(tmp_path)
    (tmp_path / one.row_file).write_text(hostile.widened(one, columns), encoding="utf-8")
    status, _ = read(tmp_path / one.row_file, tmp_path)
    assert (status in {0, 3}, rows_of(tmp_path / "r.duckdb")) == (True, 1)


@ALL
@pytest.mark.parametrize("thing", sorted(hostile.THINGS))
def test_what_is_no_file_is_passed_over_and_named(one: Format, thing: str, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    hostile.THINGS[thing](folder / "thing.txt")
    status, output = read(folder, tmp_path)
    assert (status, rows_of(tmp_path / "r.duckdb") > 0) == (0 if thing == "folder" else 3, True), output
    assert ("LM-F023  thing.txt" in output) == (thing != "folder")


@ALL
@pytest.mark.parametrize("thing", sorted(set(hostile.THINGS) - {"folder", "link-to-the-folder", "link-to-the-root"}))
def test_what_is_no_file_is_refused_where_it_is_named(one: Format, thing: str, tmp_path: Path) -> None:
    one.put_beside(tmp_path)
    hostile.THINGS[thing](tmp_path / one.row_file)
    status, output = read(tmp_path / one.row_file, tmp_path)
    assert (status, "LM-F010" in output) == (2, True), output


@ALL
@pytest.mark.parametrize("thing", ["pipe", "link-to-a-device"])
@pytest.mark.parametrize("name", ["meta_study.txt", "data_clinical_x.txt", "data_timeline_x.txt", "mapping.yaml"])
def test_what_a_reader_looks_for_beside_its_file_may_be_no_file(
    one: Format, name: str, thing: str, tmp_path: Path
) -> None:
    folder = one.write(tmp_path / "export")
    (folder / name).unlink(missing_ok=True)
    hostile.THINGS[thing](folder / name)
    read(folder, tmp_path)


def _put(folder: Path, name: str, content: bytes) -> None:
    with open(os.path.join(os.fsencode(folder), hostile.NAMES[name]), "wb") as stream:
        stream.write(content)


@ALL
@pytest.mark.parametrize("name", sorted(hostile.NAMES))
def test_a_file_name_is_shown_and_never_obeyed(one: Format, name: str, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    for content in (one.before_rows.encode(), b"\x00\x01\x02 no table"):
        _put(folder, name, content)
        _, output = read(folder, tmp_path)
        assert "\nLM-F001  not from us" not in output


@ALL
def test_file_names_are_shown_in_a_report_and_never_obeyed(one: Format, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    for at, name in enumerate(sorted(hostile.NAMES)):
        _put(folder, name, b"\x00 no table" if at % 2 else one.before_rows.encode())
    report(folder, tmp_path)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    with (tmp_path / "out" / "problems.csv").open(encoding="utf-8", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]


@ALL
def test_a_report_of_a_folder_of_everything_hostile(one: Format, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    for name, content in (hostile.archives() | hostile.texts(one)).items():
        (folder / f"{name}.txt").write_bytes(content)
        (folder / f"{name}.csv").write_bytes(content)
    for name, make in hostile.THINGS.items():
        make(folder / f"{name}-thing.txt")
    status, output = report(folder, tmp_path)
    assert (status, (tmp_path / "out" / "report.html").exists()) == (1, True), output


@ALL
@pytest.mark.parametrize("name", ["newline", "escape", "no-text", "right-to-left"])
def test_a_folder_of_such_a_name_is_a_source_like_any_other(one: Format, name: str, tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), hostile.NAMES[name])))
    one.write(folder)
    status, _ = read(folder, tmp_path)
    assert (status, rows_of(tmp_path / "r.duckdb") > 0) == (0, True)


@ALL
def test_a_hundred_thousand_files_and_a_thousand_folders(one: Format, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    for n in range(100_000 if hostile.LONG else 1_500):
        (folder / f"data_{n}.txt").write_bytes(b"nothing: here\n" if n % 3 else b"")
    _deep(folder, 1_100)
    try:
        read(folder, tmp_path)
        with Registry() as held:
            assert held.ingest(folder, whole=False).status == "new"
    finally:  # pytest's own removal recurses, and gives up on such a depth
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def _deep(folder: Path, levels: int) -> None:
    here = os.getcwd()
    try:
        os.chdir(folder)
        for _ in range(levels):
            os.mkdir("deep")
            os.chdir("deep")
    finally:
        os.chdir(here)


@ALL
def test_empty_folders_are_nothing(one: Format, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    (folder / "a" / "b" / "c").mkdir(parents=True)
    assert read(folder, tmp_path)[0] == 0
    assert read(folder / "a", tmp_path)[0] == 2


@ALL
@pytest.mark.parametrize("place", ["out", "."])
def test_a_report_in_the_folder_of_its_export_is_not_read_again(one: Format, place: str, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    first = run("report", str(folder), "--out", str(folder / place))
    assert first[0] == 0, first[1]
    assert run("report", str(folder), "--out", str(folder / place)) == first
    assert run("ingest", str(folder), "--registry", str(folder / "r.duckdb"))[0] == 0
    assert "unchanged" in run("ingest", str(folder), "--registry", str(folder / "r.duckdb"))[1]


@ALL
@pytest.mark.parametrize(
    ("change", "code"), [("grows", "LM-F024"), ("vanishes", "LM-F010"), ("is replaced", "LM-F024")]
)
def test_a_file_that_changes_while_it_is_read_is_refused(one: Format, change: str, code: str, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    [*_, victim] = sorted(
        path for path in folder.iterdir() if path.suffix in {".txt", ".csv", ".ndjson"} and "meta" not in path.name
    )
    done = []

    def meanwhile(_: int) -> None:
        if done:
            return
        done.append(True)
        if change == "grows":
            with victim.open("ab") as stream:
                stream.write(b"\n")
        elif change == "vanishes":
            victim.unlink()
        else:
            (tmp_path / "other").write_bytes(victim.read_bytes() + b"\n")
            (tmp_path / "other").replace(victim)

    with Registry(tmp_path / "r.duckdb") as held:
        result = held.ingest(folder, advance=meanwhile)
        assert result.status == "refused"
        assert code in {problem.code for problem in result.problems}
    assert rows_of(tmp_path / "r.duckdb") == 0


@ALL
def test_a_file_that_vanishes_before_it_is_read_is_refused(
    one: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leiomyo import curation

    folder = one.write(tmp_path / "export")

    def look_and_remove(*words: object, **more: object) -> object:
        found = look(*words, **more)  # type: ignore[arg-type]
        for file in found.files[:1]:
            file.path.unlink()
        return found

    look = curation.look
    monkeypatch.setattr(curation, "look", look_and_remove)
    with Registry() as held:
        assert held.ingest(folder).status == "refused"


def _as_nobody(*words: str) -> subprocess.CompletedProcess[str]:
    """A command as a user without rights, where that can be."""
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    try:
        probe = subprocess.run([*prefix, sys.executable, "-c", "import leiomyo"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no setpriv to become another user with")
    if probe.returncode:
        pytest.skip("another user may not run this Python")
    command = [*prefix, sys.executable, "-m", "leiomyo", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@ALL
@pytest.mark.parametrize("what", ["file", "folder", "export", "named"])
def test_what_may_not_be_read_is_said(one: Format, what: str, tmp_path: Path) -> None:
    folder = one.write(tmp_path / "export")
    inside = folder / "closed"
    inside.mkdir()
    (inside / "x.txt").write_text("x")
    closed = {"file": inside / "x.txt", "folder": inside, "export": folder, "named": folder}[what]
    named = inside / "x.txt" if what == "named" else folder
    for path in (tmp_path, *tmp_path.parents):
        if (
            path.owner() == "root"
            and path != Path("/")
            and os.getuid() == 0
            and path.is_relative_to("/tmp/pytest-of-root")
        ):
            path.chmod(0o777)
    closed.chmod(0)
    try:
        outcome = _as_nobody("ingest", str(named), "--registry", str(tmp_path / "r.duckdb"))
    finally:
        closed.chmod(0o755)
    assert outcome.returncode in {1, 2}, outcome.stderr
    assert "LM-F010" in outcome.stderr
    assert "Permission denied" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@ALL
def test_a_registry_that_was_refused_everything_is_as_it_was(one: Format, tmp_path: Path) -> None:
    registry = tmp_path / "r.duckdb"
    with Registry(registry) as held:
        held.ingest(one.write(tmp_path / "good"))
    before = state(registry)
    (tmp_path / "bad").mkdir()
    one.put_beside(tmp_path / "bad")
    for name, content in hostile.texts(one).items():
        if one.by_line and hostile.begins_well(one, name):
            continue  # its first line is read
        (tmp_path / "bad" / one.row_file).write_bytes(content)
        assert run("ingest", str(tmp_path / "bad" / one.row_file), "--registry", str(registry))[0] in {1, 2}, name
    assert state(registry) == before
