"""FHIR that is written is valid, and holds every column, every code and any text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leiomyo.errors import InputError
from leiomyo.exports.fhir import write_fhir
from leiomyo.model.records import records_of
from leiomyo.model.tables import Column
from leiomyo.registry import Registry
from tests.contract.exports.compare import differences
from tests.contract.exports.made import CODED, back, every_code, every_column, texts
from tests.contract.exports.sample import sample


@pytest.mark.parametrize("tumour", ["1", "2"])
def test_every_column_of_every_table_comes_back(tumour: str, tmp_path: Path) -> None:
    records = every_column(tumour)
    assert differences(records, back("fhir", tmp_path / "out", records), "fhir") == {}


@pytest.mark.sampled
@pytest.mark.parametrize(("table", "column"), CODED, ids=[f"{name}.{column.name}" for name, column in CODED])
def test_every_code_comes_back(table: str, column: Column, tmp_path: Path) -> None:
    records = every_code(table, column)
    assert differences(records, back("fhir", tmp_path / "out", records), "fhir") == {}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_any_text_comes_back(encoding: str, tmp_path: Path) -> None:
    records = texts()
    assert differences(records, back("fhir", tmp_path / "out", records, encoding=encoding), "fhir") == {}


@pytest.mark.parametrize("made", [sample, lambda: sample(partial=True), every_column, texts])
def test_every_resource_is_valid(made, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("fhir.resources")
    write_fhir(made(), tmp_path, name="made")
    with Registry() as registry:
        problems = registry.ingest(tmp_path, centre="A", validate=True).problems
        assert [str(problem) for problem in problems if problem.code == "LM-D038" or problem.severity == "error"] == []


def test_what_has_a_place_in_mcode_stands_there(tmp_path: Path) -> None:
    write_fhir(sample(), tmp_path, name="made")
    found = list(_lines(tmp_path / "Observation.ndjson"))
    margins = [one for one in found if one["code"].get("coding", [{}])[0].get("code") == "44669-0"]
    assert margins[0]["valueCodeableConcept"]["coding"][0]["code"] == "LA27151-2"
    [rt, _] = [one for one in _lines(tmp_path / "Procedure.ndjson") if one["id"].startswith("radiotherapy")]
    assert '"value": 66.0, "unit": "Gy"' in json.dumps(rt)
    drug = next(_lines(tmp_path / "MedicationStatement.ndjson"))
    assert {one["code"] for one in drug["medicationCodeableConcept"]["coding"]} == {"gemcitabine", "12574"}


def test_what_has_no_date_is_left_out_and_counted(tmp_path: Path) -> None:
    told = {"patient": [{"patient": "C", "axis": "calendar", "death_low": 10, "death_high": 12},
                        {"patient": "D", "axis": "diagnosis"}],
            "surgery": [{"patient": "D", "tumour": "1", "day_low": 3, "day_high": 3}]}  # fmt: skip
    assert write_fhir(records_of(told), tmp_path, name="made") == {
        "patient.death: known to no day, month or year": 1, "patients whose days count from the diagnosis": 1,
        "surgery: of a patient who is left out": 1}  # fmt: skip


def test_two_centres_keep_their_patients_apart(tmp_path: Path) -> None:
    people = [{"centre": centre, "patient": "1", "axis": "calendar", "sex": "female"} for centre in ("A", "B")]
    found = back("fhir", tmp_path / "out", records_of({"patient": people}))
    assert found["patient"]["patient"].to_pylist() == ["A-1", "B-1"]


@pytest.mark.parametrize("encoding", ["utf-16", "klingon"])
def test_an_encoding_that_json_does_not_have_is_refused(encoding: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="LM-A019"):
        write_fhir(sample(), tmp_path, name="made", encoding=encoding)


def _lines(path: Path):  # type: ignore[no-untyped-def]
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
