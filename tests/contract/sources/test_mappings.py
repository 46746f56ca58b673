"""Mappings that cannot be used, mappings that are named, and sheets that nothing speaks of."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.errors import LeiomyoError
from leiomyo.registry import Registry
from tests import biotab
from tests.contract.sources import bad_tabular
from tests.contract.sources.sheets import PARTIAL, read, told

BROKEN = {
    "no-yaml": ("{", "It is no YAML"),
    "a-tab": ("sheets:\n\t- file: x", "It is no YAML near line 2"),
    "a-list": ("- 1", "the mapping: It has to hold"),
    "empty": ("", "the mapping: It has to hold"),
    "no-sheets": ("centre: made", "sheets: It has to list"),
    "a-name-twice": (PARTIAL.replace("{death: died}", "{death: died, death: x}"), "A name stands twice"),
    "unknown-setting": ("datse: day-first\n" + PARTIAL, "It knows no 'datse'; is it dates?"),
    "unknown-table": (PARTIAL.replace("- patient: {death", "- patience: {death"), "It knows no 'patience'; is it patient?"),
    "unknown-column": (PARTIAL.replace("{death: died}", "{deaht: died}"), "is it death?"),
    "unknown-code": (PARTIAL.replace("{death: died}", "{sex: {from: died, values: {m: man}}}"), "'man' is no code of the list sex"),
    "unknown-constant": (PARTIAL.replace("{death: died}", "{sex: {is: man}}"), "'man' is no code"),
    "both-from-and-is": (PARTIAL.replace("{death: died}", "{sex: {from: died, is: male}}"), "and not both"),
    "order-unknown": ("dates: european\n" + PARTIAL, "It has to be day-first or month-first"),
    "order-not-answered": ("dates: ASK\n" + PARTIAL, "still to be answered"),
    "centre-not-answered": (PARTIAL.replace("made", "ASK"), "still to be answered"),
    "unit-not-answered": (PARTIAL.replace("histology: entity", "size_mm: {from: entity, unit: ASK}"), "still to be answered"),
    "answer-not-answered": (PARTIAL.replace("{death: died}", "{sex: {from: died, values: {m: ASK}}}"), "still to be answered"),
    "encoding-unknown": ("encoding: klingon\n" + PARTIAL, "There is no encoding"),
    "header-in-words": ("header: second\n" + PARTIAL, "It has to be a whole number"),
    "delimiter-of-two": ("delimiter: ';;'\n" + PARTIAL, "It has to be one sign"),
    "repeat-of-nothing": (PARTIAL.replace("{death: died}", "{death: died}\n        repeat: []"), "It has to be a list"),
    "sheet-without-patient": (PARTIAL.replace("patient: id", "record: id"), "patient: It has to be named"),
    "flag-of-another-word": (PARTIAL.replace("{death: died}", "{other_malignancy: {from: died, values: {x: maybe}}}"), "neither yes nor no"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN)
def test_a_mapping_that_cannot_be_used_names_the_place_and_changes_nothing(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "patients.csv").write_text("id,diagnosed,died,entity\nA,2019-01-01,,LMS\n")
    with Registry() as registry:
        result = registry.ingest(tmp_path / "patients.csv")
        assert result.status == "refused"
        assert {problem.code for problem in result.problems if problem.severity == "error"} == {"LM-F021"}
        assert said in str(result.problems[0])
        assert registry.store.rows("SELECT count(*) FROM source") == [(0,)]


def test_a_named_mapping_reads_what_lies_elsewhere_and_goes_with_sheets_only(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(PARTIAL, encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "patients.csv").write_text("id,diagnosed,died,entity\nA,2019-01-01,,LMS\n")
    with Registry() as registry:
        assert registry.ingest(tmp_path / "data", mapping=tmp_path / "m.yaml").status == "new"
        with pytest.raises(LeiomyoError, match="goes with sheets"):
            registry.ingest(tmp_path / "data", mapping=tmp_path / "m.yaml", format="gdc")


def test_a_changed_mapping_reads_the_same_sheet_anew(tmp_path: Path) -> None:
    registry = read(tmp_path, PARTIAL, patients_csv="id,diagnosed,died,entity\nA,03/04/2019,,LMS\n")
    assert registry.ingest(tmp_path).status == "unchanged"
    (tmp_path / "mapping.yaml").write_text("dates: day-first\n" + PARTIAL)
    assert registry.ingest(tmp_path).status == "replaced"
    assert told(registry, "diagnosis", "diagnosis_") == [("2019-04-03",)]


def test_two_formats_in_one_folder_are_refused_and_named(tmp_path: Path) -> None:
    folder = bad_tabular.write(tmp_path / "both")
    biotab.write(folder, patient=[{}])
    with Registry() as registry:
        result = registry.ingest(folder, name="both")
        assert (result.status, "LM-F022" in {problem.code for problem in result.problems}) == ("refused", True)


def test_a_sheet_without_a_mapping_says_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("id,diagnosed\nA,2019-01-01\n")
    with Registry() as registry:
        result = registry.ingest(tmp_path / "patients.csv")
        assert result.status == "refused"
        assert "leiomyo map" in str(result.problems[0])
