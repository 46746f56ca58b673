"""The cBioPortal reader: timelines of every kind, one file each or all in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.sources.studies import EVENT, codes, read, rows


def event(kind: str, **cells: str) -> dict[str, str]:
    return {"PATIENT_ID": "P1", "START_DATE": "10", "STOP_DATE": "", "EVENT_TYPE": kind, **cells}


def test_case_p8_single_days_open_ends_and_days_before_diagnosis(tmp_path: Path) -> None:
    surgery = [{"PATIENT_ID": "P1", "START_DATE": "12", "EVENT_TYPE": "SURGERY"},
               {"PATIENT_ID": "P1", "START_DATE": "-20", "EVENT_TYPE": "SURGERY"}]  # fmt: skip
    treatment = [{**EVENT, "START_DATE": "30", "STOP_DATE": ""}]
    registry = read(tmp_path, patient=[{}], sample=[{}], surgery=surgery, treatment=treatment)
    assert rows(registry, "surgery", "day_low", "day_high") == [(-20, -20), (12, 12)]
    [told] = rows(registry, "drug_exposure", "start_low", "end_low", "end_high", "ongoing", "missing ->> 'end'")
    assert told == (30, None, None, None, "blank")
    assert codes(registry) == []
    assert [(given.start.low, given.end) for given in registry.course("P1").exposures if given.start] == [(30, None)]


def test_a_treatment_file_without_stop_dates_holds_single_days(tmp_path: Path) -> None:
    row = {name: cell for name, cell in EVENT.items() if name != "STOP_DATE"}
    registry = read(tmp_path, patient=[{}], treatment=[row])
    assert rows(registry, "drug_exposure", "start_low", "end_low") == [(10, 10)]


def test_an_end_that_a_remark_calls_unknown_is_not_taken(tmp_path: Path) -> None:
    row = {**EVENT, "STOP_DATE": "11", "COMMENTS": "End date is NA"}
    registry = read(tmp_path, patient=[{}], treatment=[row])
    assert rows(registry, "drug_exposure", "end_low", "missing ->> 'end'") == [(None, "not_available")]


@pytest.mark.parametrize(
    ("written", "agents", "how", "code"),
    [
        ("Doxorubicin", ["doxorubicin"], "exact", None),
        ("ADRIAMYCIN", ["doxorubicin"], "exact", None),
        ("TMZ + accutane", ["isotretinoin", "temozolomide"], "normalised", None),
        ("gemcitabine/docetaxel", ["docetaxel", "gemcitabine"], "normalised", None),
        ("DOCETOXEL/TAXOTERE", ["docetaxel"], "normalised", None),
        ("gemcitabinne", ["gemcitabine"], "fuzzy", "LM-C001"),
        ("CAV TRIAL", [None], "none", "LM-C002"),
        ("", [None], "none", None),
    ],
)
def test_agents_are_matched_as_written(
    written: str, agents: list[str | None], how: str, code: str | None, tmp_path: Path
) -> None:
    registry = read(tmp_path, patient=[{}], treatment=[{**EVENT, "AGENT": written}])
    assert [row[0] for row in rows(registry, "drug_exposure", "agent")] == agents
    assert {row[0] for row in rows(registry, "drug_exposure", "matched")} == {how}
    assert codes(registry) == ([code] if code else [])


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"TREATMENT_TYPE": "Medical Therapy", "AGENT": "Taxol"}, "drug_exposure"),
        ({"TREATMENT_TYPE": "Radiation Therapy", "SUBTYPE": "XRT", "AGENT": ""}, "radiotherapy"),
        ({"TREATMENT_TYPE": "", "AGENT": "EXTERNAL BEAM"}, "radiotherapy"),
        ({"TREATMENT_TYPE": "", "AGENT": "Taxol"}, "drug_exposure"),
        ({"TREATMENT_TYPE": "", "SUBTYPE": "Chemotherapy", "AGENT": ""}, "drug_exposure"),
        ({"TREATMENT_TYPE": "Surgery", "SUBTYPE": "Hysterectomy", "AGENT": ""}, "surgery"),
        ({"TREATMENT_TYPE": "Stereotactic radiation", "AGENT": ""}, "radiotherapy"),
        ({"EVENT_TYPE": "Radiation", "TREATMENT_TYPE": "", "AGENT": ""}, "radiotherapy"),
        ({"EVENT_TYPE": "chemotherapy", "TREATMENT_TYPE": "", "AGENT": "ifosfamide"}, "drug_exposure"),
    ],
)
def test_a_treatment_is_told_by_its_type_or_what_it_names(cells: dict[str, str], told: str, tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{}], treatment=[{**EVENT, **cells}])
    counted = {name: len(rows(registry, name, "patient")) for name in ("drug_exposure", "radiotherapy", "surgery")}
    assert counted == {name: int(name == told) for name in counted}
    assert codes(registry) == []


def test_subtypes_tell_kind_or_setting(tmp_path: Path) -> None:
    subtypes = ("Chemotherapy", "adjuvant", "targeted molecular therapy", "Palliative")
    given = [{**EVENT, "START_DATE": str(day), "STOP_DATE": "", "SUBTYPE": text} for day, text in enumerate(subtypes)]
    registry = read(tmp_path, patient=[{}], treatment=given)
    assert rows(registry, "drug_exposure", "start_low", "stated_kind", "setting") == [
        (0, "chemotherapy", None), (1, None, "adjuvant"), (2, "targeted", None), (3, None, "palliative"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dose", "unit", "gray", "code"),
    [("50.4", "Gy", 50.4, None), ("6000", "cGy", 60.0, None), ("60", "", None, "LM-D008"),
     ("52", "mCi", None, "LM-D007"), ("lots", "Gy", None, "LM-D002"), ("6000", "Gy", None, "LM-D006")],
)  # fmt: skip
def test_a_dose_counts_only_with_a_unit_of_absorbed_dose(
    dose: str, unit: str, gray: float | None, code: str | None, tmp_path: Path
) -> None:
    row = event("TREATMENT", TREATMENT_TYPE="Radiation Therapy", RADIATION_DOSAGE=dose, RADIATION_UNITS=unit,
                FRACTIONS="25")  # fmt: skip
    registry = read(tmp_path, patient=[{}], radiation=[row])
    assert rows(registry, "radiotherapy", "dose_gy", "fractions") == [(gray, 25)]
    assert codes(registry) == ([code] if code else [])


def test_a_surgery_brings_its_kind_margin_and_residual_tumour(tmp_path: Path) -> None:
    row = event("SURGERY", SUBTYPE="Total hysterectomy", MARGIN_STATUS="Negative", RESIDUAL_TUMOR="R1")
    registry = read(tmp_path, patient=[{}], surgery=[row])
    assert rows(registry, "surgery", "kind", "margin", "residual_tumor", "day_low") == [
        ("primary", "negative", "R1", 10)
    ]


@pytest.mark.parametrize(
    ("kind", "cells", "status", "moment"),
    [
        ("STATUS", {"STATUS": "Locoregional Recurrence"}, "local_recurrence", "later"),
        ("STATUS", {"STATUS": "Distant Metastasis", "SITE": "Lung"}, "distant_metastasis", "later"),
        ("Status", {"DISEASE_STATUS": "Progression"}, "progression", "later"),
        ("STATUS", {"STATUS": "No Evidence of Disease"}, "no_evidence_of_disease", "later"),
        ("PROGRESSION", {}, "progression", "later"),
        ("PROGRESSION", {"PROGRESSION": "Y"}, "progression", "later"),
        ("METASTASIS", {"START_DATE": "0", "SITE": "Liver"}, "distant_metastasis", "at_diagnosis"),
        ("IMAGING", {"RESULT": "Partial response"}, "response", "later"),
        ("CANCER_PRESENCE", {"HAS_CANCER": "No"}, "no_evidence_of_disease", "later"),
        ("SPECIMEN", {"SPECIMEN_TYPE": "Metastasis", "SPECIMEN_SITE": "Lung"}, "distant_metastasis", "later"),
    ],
)
def test_what_is_said_of_the_disease(
    kind: str, cells: dict[str, str], status: str, moment: str, tmp_path: Path
) -> None:
    registry = read(tmp_path, patient=[{}], status=[event(kind, **cells)])
    assert rows(registry, "disease_status", "status", "moment") == [(status, moment)]
    assert codes(registry) == []


@pytest.mark.parametrize(
    ("kind", "cells"),
    [("STATUS", {}), ("STATUS", {"STATUS": "Last Follow-Up"}), ("SPECIMEN", {"SPECIMEN_TYPE": "Primary"}),
     ("IMAGING", {}), ("ECOG", {"ECOG": "1"}), ("PROGRESSION", {"PROGRESSION": "N"}), ("FOLLOW_UP", {})],
)  # fmt: skip
def test_an_event_that_states_nothing_else_is_a_contact(kind: str, cells: dict[str, str], tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{}], other=[event(kind, **cells)])
    assert (10, None) in rows(registry, "follow_up", "contact_low", "vital_status")
    assert rows(registry, "disease_status", "status") == []
    assert codes(registry) == []


def test_a_death_that_only_the_timeline_knows_beats_alive(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{}], status=[event("STATUS", STATUS="Deceased", START_DATE="500")])
    assert rows(registry, "patient", "vital_status", "death_low") == [("dead", 500)]


def test_the_diagnosis_of_the_timeline_dates_the_tumour_and_others_stay_beside_it(tmp_path: Path) -> None:
    told = [event("DIAGNOSIS", START_DATE="-3000", HISTOLOGY="Breast carcinoma"),
            event("DIAGNOSIS", START_DATE="-30", HISTOLOGY="Leiomyosarcoma")]  # fmt: skip
    registry = read(tmp_path, patient=[{}], sample=[{}], diagnosis=told)
    assert rows(registry, "diagnosis", "role", "histology", "diagnosis_low") == [
        ("index", "Leiomyosarcoma", -30),
        ("other_primary", "Breast carcinoma", -3000),
    ]
    assert codes(registry) == ["LM-D018"]


def test_a_diagnosis_on_day_0_is_what_the_days_count_from(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{}], sample=[{}], diagnosis=[event("Diagnosis", START_DATE="0")])
    assert rows(registry, "diagnosis", "diagnosis_low", "histology") == [(0, "Leiomyosarcoma")]
    assert (codes(registry), registry.conflicts()) == ([], [])


def test_laboratory_results_and_adverse_events_have_their_tables(tmp_path: Path) -> None:
    events = [event("LAB_TEST", TEST="LDH", RESULT="320", UNIT="U/l"), event("SEQUENCING", START_DATE="11"),
              event("TOXICITY", TERM="Neutropenia", GRADE="4"), event("TOXICITY", TERM="Nausea", GRADE="9")]  # fmt: skip
    registry = read(tmp_path, patient=[{}], other=events)
    assert rows(registry, "biomarker", "gene", "value", "method", "day_low") == [
        ("LDH", "320 U/l", "laboratory test", 10), (None, None, "sequencing", 11),
    ]  # fmt: skip
    assert rows(registry, "adverse_event", "term", "grade") == [("Nausea", None), ("Neutropenia", 4)]
    assert codes(registry) == ["LM-D006"]


def test_one_file_may_hold_every_kind_of_event(tmp_path: Path) -> None:
    mixed = [event("SURGERY"), event("STATUS", STATUS="Progression"), event("SPECIMEN"),
             {**EVENT}, event("TREATMENT", TREATMENT_TYPE="Radiation Therapy")]  # fmt: skip
    registry = read(tmp_path, patient=[{}], all=mixed)
    told = {name: len(rows(registry, name, "patient")) for name in ("surgery", "disease_status", "drug_exposure",
                                                                    "radiotherapy")}  # fmt: skip
    assert told == {"surgery": 1, "disease_status": 1, "drug_exposure": 1, "radiotherapy": 1}


def test_words_of_a_status_that_are_not_known_are_told(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{}], status=[event("STATUS", STATUS="Feeling blue")])
    assert codes(registry) == ["LM-C006"]
    assert (10,) in rows(registry, "follow_up", "contact_low")


def test_lines_of_therapy_come_out_of_a_study(tmp_path: Path) -> None:
    given = [{**EVENT, "START_DATE": "400", "STOP_DATE": "500", "AGENT": "Gemcitabine"},
             {**EVENT, "START_DATE": "407", "STOP_DATE": "500", "AGENT": "Taxotere"},
             {**EVENT, "START_DATE": "700", "STOP_DATE": "", "AGENT": "Trabectedin"}]  # fmt: skip
    registry = read(tmp_path, patient=[{"OS_MONTHS": "30.0"}], sample=[{}], treatment=given,
                    status=[event("STATUS", STATUS="Distant metastasis", START_DATE="395")])  # fmt: skip
    assert [set(line.agents) for line in registry.course("P1").lines] == [{"gemcitabine", "docetaxel"}, {"trabectedin"}]
