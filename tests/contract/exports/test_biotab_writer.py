"""BCR tables of ours: the forms' own columns and answers, days from diagnosis, and TCGA-SARC there and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.exports.biotab import write_biotab
from leiomyo.exports.biotab_cells import header
from leiomyo.exports.biotab_parts import patients
from leiomyo.model.codes import codes, match_word
from leiomyo.model.drugs import match_drug
from leiomyo.model.records import records_of
from leiomyo.registry import Registry
from leiomyo.sources.gdc import _columns
from tests.contract.exports.compare import differences, held
from tests.contract.exports.sample import sample

_KINDS = {"nte": "new_tumor", "omf": "other_malignancy", "follow_up_nte": "follow_up_new_tumor"}


def _rows(folder: Path, form: str) -> list[dict[str, str]]:
    """The rows by BCR element."""
    lines = [line.split("\t") for line in (folder / f"made_clinical_{form}.txt").read_text("utf-8").splitlines()]
    return [dict(zip(lines[1], row, strict=True)) for row in lines[3:]]


def test_the_forms_are_filled_as_the_bcr_fills_them(tmp_path: Path) -> None:
    left = write_biotab(sample(), tmp_path, name="made")
    assert left == {
        "diagnosis: a size without basis, which stands as the specimen's": 4, "adverse_event: there is no form": 1,
        "surgery of a kind that no form asks for": 2, "biomarker: there is no form": 2,
    }  # fmt: skip
    first = _rows(tmp_path, "patient")[0]
    wanted = {"bcr_patient_barcode": "P1", "days_to_birth": "-21072", "days_to_death": "1127", "vital_status": "Dead",
              "margin_status": "Negative", "residual_tumor": "R0", "pathologic_tumor_length": "8.5",
              "leiomyosarcoma_histologic_subtype": "[Not Available]", "first_presenting_symptom": "Bleeding|Pain"}  # fmt: skip
    assert {name: first[name] for name in wanted} == wanted
    events = [(row["bcr_patient_barcode"], row["new_neoplasm_event_type"],
               row["days_to_new_tumor_event_after_initial_treatment"]) for row in _rows(tmp_path, "follow_up_nte")]  # fmt: skip
    assert events == [("P1", "Distant Metastasis", "415"), ("P1", "Progression of Disease", "582")]
    assert {row["drug_name"] for row in _rows(tmp_path, "drug")} >= {"Gemcitabine", "Docetaxel", "Pazopanib"}
    assert {(row["radiation_dosage"], row["units"]) for row in _rows(tmp_path, "radiation")} == {
        ("66", "Gy"),
        ("20", "Gy"),
    }


def test_partial_days_are_blank_and_counted_and_a_month_of_diagnosis_leaves_the_patient_out(tmp_path: Path) -> None:
    left = write_biotab(sample(partial=True), tmp_path / "partial", name="made")
    # start and end of four drugs
    assert left["drug_exposure: a day that is not exact"] == 8
    month = {"centre": "A", "patient": "P1", "tumour": "1", "diagnosis_low": 18_000, "diagnosis_high": 18_029}
    records = records_of({"patient": [{"centre": "A", "patient": "P1", "axis": "calendar"}], "diagnosis": [month]})
    assert write_biotab(records, tmp_path / "out", name="made") == {"patient without an exact day of diagnosis": 1}


def test_spread_at_the_diagnosis_is_read_as_such(tmp_path: Path) -> None:
    write_biotab(sample(), tmp_path, name="made")
    with Registry() as registry:
        registry.ingest(tmp_path, centre="A")
        told = registry.store.rows("SELECT patient, moment, site FROM disease_status WHERE day_low = 0 ORDER BY ALL")
        assert told == [("P4", "at_diagnosis", "liver"), ("P4", "at_diagnosis", "lung")]


@pytest.mark.parametrize("form", ["patient", "drug", "radiation", "follow_up", "nte", "follow_up_nte", "omf"])
def test_every_column_written_is_one_that_the_reader_knows(form: str) -> None:
    elements = [element for _, element, _ in header(form)]
    assert len(elements) == len(set(elements)) and "bcr_patient_barcode" in elements
    assert set(_columns(_KINDS.get(form, form))) & set(elements)


def test_every_label_is_read_as_its_code() -> None:
    for name in ("metastatic_sites", "vessels", "symptoms"):
        assert [code for code, row in codes(name).items() if match_word(name, row["label"]) != code] == []
    assert [code for code, row in codes("drugs").items() if match_drug(row["label"]).agents != (code,)] == []


def test_patients_come_in_parts_with_all_their_rows() -> None:
    parts = [list(patients(sample(), at_once=size)) for size in (1, 4, 100)]
    assert parts[0] == parts[1] == parts[2]
    assert [len(one.rows("drug_exposure")) for one in parts[0]] == [4, 1, 0, 2, 0, 0]


def test_tcga_sarc_there_and_back(tcga: Registry, tmp_path: Path) -> None:
    asked = "SELECT patient, site_group FROM lms_case WHERE lms = 'yes' ORDER BY 1"
    deaths = "SELECT patient, death_low, death_high FROM patient WHERE vital_status = 'dead' ORDER BY 1"
    records = held(tcga)
    assert write_biotab(records, tmp_path / "out", name="sarc") == {}
    with Registry() as registry:
        result = registry.ingest(tmp_path / "out", name="again")
        assert [str(problem) for problem in result.problems if problem.severity == "error"] == []
        for told in (asked, deaths):
            assert registry.store.rows(told) == tcga.store.rows(told)
        [group] = registry.survival("os").groups
        assert (group["n"], group["events"], group["median_days"]) == (105, 41, 2448.0)
        assert differences(records, held(registry), "biotab") == {}
