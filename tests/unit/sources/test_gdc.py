"""The biotab reader: what each form says, and what it keeps apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leiomyo.registry import Registry
from tests import biotab


def read(folder: Path, **tables: list[dict[str, str]]) -> Registry:
    registry = Registry()
    result = registry.ingest(biotab.write(folder, **tables))
    assert result.status == "new", result.problems
    return registry


def only(registry: Registry, table: str, *columns: str) -> Any:
    [row] = registry.store.rows(f"SELECT {', '.join(columns)} FROM {table}")
    return row[0] if len(columns) == 1 else row


@pytest.mark.parametrize(
    ("written", "reason"),
    [("[Not Available]", "not_available"), ("[Not Applicable]", "not_applicable"), ("[Unknown]", "unknown"),
     ("[Not Evaluated]", "not_evaluated"), ("[Discrepancy]", "discrepancy"), ("", "blank")],
)  # fmt: skip
def test_each_missing_marker_keeps_its_own_reason(written: str, reason: str, tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"margin_status": written, "residual_tumor": "R0"}])
    margin, missing = only(registry, "surgery", "margin", "missing")
    assert (margin, json.loads(missing)["margin"]) == (None, reason)


def test_margin_and_residual_tumour_are_two_statements_and_neither_fills_the_other(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"margin_status": "[Unknown]", "residual_tumor": "R1"}])
    assert only(registry, "surgery", "margin", "residual_tumor") == (None, "R1")


def test_columns_are_found_by_the_second_header_row_whatever_the_first_calls_them(tmp_path: Path) -> None:
    file = tmp_path / "patients.txt"
    first, rest = biotab.text("patient", {"gender": "MALE"}).split("\n", 1)
    file.write_text(first.replace("gender", "sex_of_patient") + "\n" + rest, encoding="utf-8")
    registry = Registry()
    assert registry.ingest(file).status == "new"
    assert only(registry, "patient", "sex") == "male"


def test_the_largest_of_joined_lengths_is_the_size_and_the_pathologist_goes_first(tmp_path: Path) -> None:
    row = {
        "radiologic_tumor_length": "20",
        "pathologic_tumor_length": "[Not Available]|4.5|7.25",
        "pathologic_tumor_width": "3",
    }
    assert only(read(tmp_path, patient=[row]), "diagnosis", "size_mm", "size_basis") == (72.5, "pathological")


def test_a_radiological_size_stands_in_where_there_is_no_other(tmp_path: Path) -> None:
    row = {"radiologic_tumor_length": "20", "pathologic_tumor_length": "[Not Available]"}
    assert only(read(tmp_path, patient=[row]), "diagnosis", "size_mm", "size_basis") == (200.0, "radiological")


def test_sites_are_split_into_regions_and_subsites_and_other_points_to_the_words(tmp_path: Path) -> None:
    row = {"tumor_tissue_site": "Retroperitoneum/Upper abdominal - Other (please specify|Gynecological - Uterus",
           "tumor_tissue_site_other": "IVC"}  # fmt: skip
    told = only(read(tmp_path, patient=[row]), "diagnosis", "regions", "subsites", "site_text")
    assert told == ("Retroperitoneum/Upper abdominal|Gynecological", "Uterus", "IVC")


@pytest.mark.parametrize(
    ("amount", "unit", "gray", "code"),
    [("6000", "cGy", 60.0, None), ("50.4", "Gy", 50.4, None), ("400", "cGy", 4.0, None),
     ("52.45", "mCi", None, "LM-D007"), ("6000", "[Not Available]", None, "LM-D008"), ("lots", "Gy", None, "LM-D002"),
     ("[Not Available]", "cGy", None, None)],
)  # fmt: skip
def test_a_dose_counts_only_with_a_unit_of_absorbed_dose(
    amount: str, unit: str, gray: float | None, code: str | None, tmp_path: Path
) -> None:
    registry = read(tmp_path, patient=[{}], radiation=[{"radiation_dosage": amount, "units": unit}])
    assert only(registry, "radiotherapy", "dose_gy") == gray
    assert [problem.code for problem in registry.problems() if problem.severity != "info"] == ([code] if code else [])


@pytest.mark.parametrize(
    ("written", "agent", "matched", "code"),
    [("Doxorubicin", "doxorubicin", "exact", None), ("ADRIAMYCIN", "doxorubicin", "normalised", None),
     ("DTIC, Dacarbazine", "dacarbazine", "normalised", None), ("Gemcitibane", "gemcitabine", "fuzzy", "LM-C001"),
     ("ABC-12345", None, "none", "LM-C002"), ("Daunorubicin", "daunorubicin", "exact", None),
     ("Epirubicin", "epirubicin", "exact", None), ("Doxil", "doxorubicin_liposomal", "exact", None)],
)  # fmt: skip
def test_a_drug_is_matched_or_listed_and_never_guessed_in_silence(
    written: str, agent: str | None, matched: str, code: str | None, tmp_path: Path
) -> None:
    registry = read(tmp_path, patient=[{}], drug=[{"drug_name": written}])
    found, how, as_written = only(registry, "drug_exposure", "agent", "matched", "as_written")
    assert (found, as_written) == (agent, written)
    assert how == matched or {how, matched} == {"exact", "normalised"}
    assert [problem.code for problem in registry.problems() if problem.severity != "info"] == ([code] if code else [])


def test_two_drugs_in_one_cell_are_two_exposures_with_the_same_words(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{}], drug=[{"drug_name": "gemcitabine + docetaxel"}])
    rows = registry.store.rows("SELECT agent, as_written FROM drug_exposure ORDER BY agent")
    assert rows == [("docetaxel", "gemcitabine + docetaxel"), ("gemcitabine", "gemcitabine + docetaxel")]


def test_an_end_before_its_start_is_set_aside_and_said(tmp_path: Path) -> None:
    registry = read(
        tmp_path, patient=[{}], drug=[{"days_to_drug_therapy_start": "90", "days_to_drug_therapy_end": "10"}]
    )
    assert only(registry, "drug_exposure", "start_low", "end_low") == (90, None)
    assert "LM-D011" in {problem.code for problem in registry.problems()}


def test_an_old_follow_up_form_that_holds_an_event_gives_both(tmp_path: Path) -> None:
    event = {key: value for key, value in biotab.BASE["nte"].items() if key != "bcr_patient_barcode"}
    registry = read(tmp_path, patient=[{}], follow_up=[event])
    assert only(registry, "disease_status", "status", "site", "day_low", "route") == (
        "distant_metastasis", "lung", 50, "haematogenous")  # fmt: skip
    assert only(registry, "patient", "last_contact_low") == 200


def test_spread_on_the_enrolment_form_has_no_moment(tmp_path: Path) -> None:
    row = {"metastatic_neoplasm_confirmed": "YES", "metastatic_site_at_diagnosis": "Other, specify",
           "metastatic_site_at_diagnosis_other": "Lung & liver"}  # fmt: skip
    registry = read(tmp_path, patient=[row])
    rows = registry.store.rows("SELECT site, moment, day_low FROM disease_status ORDER BY site")
    assert rows == [("liver", "any_time", None), ("lung", "any_time", None)]


def test_symptoms_are_kept_in_words_and_in_codes(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"first_presenting_symptom": "Pain|Blood clot|Leg swelling|Hiccups"}])
    rows = registry.store.rows("SELECT as_written, term FROM symptom ORDER BY ALL")
    assert ("Pain", "pain") in rows
    assert ("Blood clot", "blood_clot") in rows
    assert ("Hiccups", "other") in rows
    assert len(rows) == 4


def test_another_cancer_is_context_and_its_drugs_belong_to_it(tmp_path: Path) -> None:
    omf = {
        "drug_tx_indicator": "YES",
        "drug_name": "Carboplatin|Taxol|[Not Available]",
        "days_to_drug_therapy_start": "-689",
    }
    registry = read(tmp_path, patient=[{}], omf=[omf])
    assert registry.store.rows("SELECT role FROM diagnosis ORDER BY role") == [("index",), ("other_primary",)]
    rows = registry.store.rows("SELECT agent, tumour, start_low FROM drug_exposure ORDER BY agent")
    assert rows == [("carboplatin", "T-01-A-O1", -689), ("paclitaxel", "T-01-A-O1", -689)]


def test_columns_that_are_not_used_are_told(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"favourite_colour": "blue"}])
    [problem] = [problem for problem in registry.problems() if problem.code == "LM-F015"]
    assert "favourite_colour" in problem.detail


def test_the_uterine_form_is_read_too(shared: Path) -> None:
    registry = Registry()
    assert registry.ingest(shared / "tcga_ucs").status == "new"
    assert registry.store.rows("SELECT count(*) FROM patient") == [(57,)]
    assert registry.store.rows("SELECT count(*) FROM stage WHERE system = 'FIGO' AND tumour = '1'") >= [(50,)]
    assert registry.results()["read"] == {"patients": 57, "lms": 0, "deaths": 0}


def test_a_number_outside_what_is_possible_is_set_aside_and_said(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"age_at_initial_pathologic_diagnosis": "-5"}])
    assert only(registry, "diagnosis", "age_years") is None
    assert [problem.found for problem in registry.problems() if problem.code == "LM-D006"] == ["-5"]
