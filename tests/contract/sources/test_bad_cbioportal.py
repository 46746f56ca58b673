"""What only cBioPortal has: events that cannot be read, rows above the column names, pointers for tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from leiomyo.registry import Registry
from tests.contract.sources import studies
from tests.contract.sources.bad import LFS, run
from tests.contract.sources.bad_cbioportal import EVENTS, GOOD


@pytest.mark.parametrize("name", EVENTS)
def test_a_bad_event_loses_neither_itself_nor_the_others(name: str, tmp_path: Path) -> None:
    changes, code, quarantined = EVENTS[name]
    file = tmp_path / "data_timeline_treatment.txt"
    file.write_text(studies.table([studies.EVENT, {**studies.EVENT, **changes}]), encoding="utf-8")
    with Registry() as held:
        result = held.ingest(file)
        problem = next(problem for problem in result.problems if problem.code == code)
        assert problem.row == 3
        [counts] = result.files
        assert (counts["kept"], counts["quarantined"]) == (1 + (not quarantined), int(quarantined))


@pytest.mark.parametrize(("row", "column", "cell"), [(3, 1, "TEXT"), (4, 2, "tomato")])
def test_an_odd_row_above_the_names_is_a_warning(row: int, column: int, cell: str, tmp_path: Path) -> None:
    lines = GOOD.splitlines()
    cells = lines[row - 1].split("\t")
    lines[row - 1] = "\t".join([*cells[:column], cell, *cells[column + 1 :]])
    (tmp_path / "data_clinical_patient.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with Registry() as held:
        result = held.ingest(tmp_path)
        [problem] = [problem for problem in result.problems if problem.severity != "info"]
        assert (problem.code, problem.row, problem.found, result.files[0]["kept"]) == ("LM-F018", row, cell, 1)


@pytest.mark.parametrize("change", ["mark", "crlf", "blank-lines", "no-last-end"])
def test_harmless_differences_of_form_change_nothing(change: str, tmp_path: Path) -> None:
    changed = {"mark": "\ufeff" + GOOD, "crlf": GOOD.replace("\n", "\r\n"), "blank-lines": GOOD + "\n\n",
               "no-last-end": GOOD.rstrip("\n")}[change]  # fmt: skip
    (tmp_path / "data_clinical_patient.txt").write_text(changed, encoding="utf-8", newline="")
    with Registry() as held:
        result = held.ingest(tmp_path)
        assert {problem.code for problem in result.problems} <= {"LM-F013"}
        assert held.store.rows("SELECT patient, sex, last_contact_low FROM patient") == [("P1", "female", 373)]


def test_a_study_whose_clinical_files_are_pointers_says_so_by_name(tmp_path: Path) -> None:
    folder = studies.write(tmp_path / "study", patient=[{}])
    (folder / "data_clinical_patient.txt").write_text(LFS, encoding="utf-8")
    shutil.copy(folder / "data_clinical_patient.txt", folder / "data_clinical_sample.txt")
    status, output = run("ingest", str(folder), "--registry", str(tmp_path / "r.duckdb"), "--json")
    told = [problem["code"] for problem in json.loads(output)["sources"][0]["problems"]]
    assert (status, sorted(told)) == (2, ["LM-F005", "LM-F005", "LM-F012", "LM-F017"])
