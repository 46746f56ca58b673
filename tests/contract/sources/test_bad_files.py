"""Every format's bad files, each with one clear message, and the registry left as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leiomyo.registry import Registry
from leiomyo.sources.base import formats
from tests import biotab
from tests.contract.sources.bad import Format, run, state
from tests.contract.sources.bad_cbioportal import CBIOPORTAL
from tests.contract.sources.bad_fhir import FHIR
from tests.contract.sources.bad_gdc import GDC, GOOD
from tests.contract.sources.bad_omop import OMOP
from tests.contract.sources.bad_redcap import REDCAP
from tests.contract.sources.bad_tabular import TABULAR

FORMATS = (GDC, CBIOPORTAL, FHIR, OMOP, REDCAP, TABULAR)
FILES = [pytest.param(one, *case, id=f"{one.name}-{name}") for one in FORMATS for name, case in one.refused.items()]
ROWS = [pytest.param(one, *case, id=f"{one.name}-{name}") for one in FORMATS for name, case in one.rows.items()]


def test_every_format_passes_the_suite() -> None:
    assert {one.name for one in FORMATS} == set(formats())
    assert all(len(one.refused) + len(one.rows) >= 40 for one in FORMATS)


def _registry_of(one: Format, tmp_path: Path) -> Path:
    """A registry that already holds one good source."""
    path = tmp_path / "registry.duckdb"
    with Registry(path) as held:
        assert held.ingest(one.write(tmp_path / "good")).status == "new"
    return path


@pytest.mark.parametrize(("one", "name", "content", "code"), FILES)
def test_a_damaged_file_gives_one_message_and_leaves_the_registry_as_it_was(
    one: Format, name: str, content: bytes, code: str, tmp_path: Path
) -> None:
    registry, file = _registry_of(one, tmp_path), tmp_path / name
    file.write_bytes(content)
    one.put_beside(tmp_path)
    before = state(registry)
    status, output = run("ingest", str(file), "--registry", str(registry))
    assert status in {1, 2}
    assert [line.split()[0] for line in output.splitlines() if line.startswith("LM-")] == [code], output
    assert name in output
    assert "Traceback" not in output
    assert state(registry) == before


@pytest.mark.sampled
@pytest.mark.parametrize(("one", "name", "content", "code"), FILES)
def test_one_damaged_file_in_a_folder_stops_its_ingest_but_not_the_report(
    one: Format, name: str, content: bytes, code: str, tmp_path: Path
) -> None:
    registry, folder = _registry_of(one, tmp_path), one.write(tmp_path / "export")
    (folder / name).write_bytes(content)
    before = state(registry)
    status, output = run("ingest", str(folder), "--registry", str(registry))
    if code in {"LM-F002", "LM-F007"} and status == 3:  # an unrelated file beside an export is only mentioned
        assert "LM-F011" in output
        return
    assert (status, code in output) == (1, True), output
    assert state(registry) == before
    with Registry() as held:
        result = held.ingest(folder, whole=False)
        assert (result.status, held.survival("os").groups[0]["n"]) == ("new", 1)
        assert code in {problem.code for problem in result.problems}


@pytest.mark.parametrize(("one", "row", "code", "quarantined"), ROWS)
def test_a_bad_row_loses_neither_itself_nor_the_others(
    one: Format, row: str, code: str, quarantined: bool, tmp_path: Path
) -> None:
    file = tmp_path / one.row_file
    one.put_beside(tmp_path)
    file.write_text(one.before_rows + row + "\n", encoding="utf-8", newline="")
    with Registry() as held:
        result = held.ingest(file)
        [problem] = [problem for problem in result.problems if problem.code == code]
        assert problem.row == one.before_rows.count("\n") + 1
        [counts] = result.files
        assert counts["rows"] == 2 == counts["kept"] + counts["superseded"] + counts["quarantined"]
        assert counts["quarantined"] == int(quarantined)
        assert held.store.rows("SELECT raw FROM quarantine") == ([(row,)] if quarantined else [])


def test_a_missing_path_is_said_plainly(tmp_path: Path) -> None:
    status, output = run("ingest", str(tmp_path / "nowhere"), "--registry", str(tmp_path / "r.duckdb"))
    assert (status, "LM-F010" in output) == (2, True)
    assert not (tmp_path / "r.duckdb").exists()


def test_a_folder_with_nothing_readable_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    status, output = run("report", str(tmp_path / "empty"), "--out", str(tmp_path / "out"))
    assert (status, "LM-F012" in output) == (2, True)
    assert not (tmp_path / "out").exists()


def test_a_symbolic_link_is_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = biotab.write(tmp_path / "outside", patient=[{}])
    folder = biotab.write(tmp_path / "export", drug=[{}])
    (folder / "clinical_patient.txt").symlink_to(outside / "clinical_patient.txt")
    with Registry() as held:
        assert [file["file"] for file in held.ingest(folder).files] == ["clinical_drug.txt"]


def test_the_real_lfs_pointers_are_named_for_what_they_are(shared: Path) -> None:
    with Registry() as held:
        result = held.ingest(shared / "cbioportal_lfs_pointers" / "sarc_tcga" / "data_clinical_patient.txt")
        assert (result.status, [problem.code for problem in result.problems]) == ("refused", ["LM-F005"])


@pytest.mark.parametrize(
    "change", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")], ids=["mark", "crlf"]
)
def test_harmless_differences_of_form_change_nothing(change: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(change(GOOD), encoding="utf-8", newline="")
    with Registry() as held:
        result = held.ingest(tmp_path / "a.txt")
        assert (result.problems, [file["kept"] for file in result.files]) == ((), [2])


def test_json_errors_are_one_document(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"")
    _, output = run("ingest", str(tmp_path / "bad.txt"), "--registry", str(tmp_path / "r.duckdb"), "--json")
    told = json.loads(output)
    assert told["sources"][0]["problems"][0]["code"] == "LM-F001"
