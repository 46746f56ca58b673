"""FHIR: what stands apart from the diagnosis finds it: histology, German registry codes, ATC, margins, sizes in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leiomyo.registry import Registry
from tests.contract.sources import fhir, mii
from tests.contract.sources.fhir import concept, resource
from tests.contract.sources.studies import codes, rows
from tests.contract.sources.test_fhir import read

LMS = concept(fhir.ICDO3, "8890/3")
SNOMED_LMS = concept(fhir.SNOMED, "51549004")


def held_of(folder: Path, *resources: fhir.Resource) -> Registry:
    return read(folder, fhir.patient("a", "A", gender="female", birthDate="1960"), *resources)


# --- histology --------------------------------------------------------------------------------------------


def told(code: fhir.Resource, focus: str = "c", **value: Any) -> list[fhir.Resource]:
    return [mii.diagnosis("c", "a", "C48.0", "C48.0"), mii.observed("h", "a", code, "2020-03-05", focus=focus, **value)]


@pytest.mark.parametrize(
    "resources",
    [
        told(concept(fhir.LOINC, "59847-4"), valueCodeableConcept=LMS),
        told(concept(fhir.LOINC, "59847-4"), focus="", valueCodeableConcept=LMS),
        told(concept(fhir.LOINC, "31206-6"), valueCodeableConcept=LMS),
        told(concept(fhir.LOINC, "31205-8"), valueCodeableConcept=LMS),
        told(concept(fhir.LOINC, "59847-4"), valueCodeableConcept=SNOMED_LMS),
        told(concept(text="Histologic diagnosis"), valueString="Leiomyosarcoma"),
        [mii.diagnosis("c", "a", "C48.0"), resource("DiagnosticReport", "r", "a", status="final", conclusionCode=[SNOMED_LMS])],
        [mii.diagnosis("c", "a", "C48.0", evidence=[{"code": [LMS]}])],
        [mii.diagnosis("c", "a", "C48.0", evidence=[{"detail": [{"reference": "Observation/h"}]}]),
         mii.histology("h", "a", "8890/3")],
        [mii.diagnosis("c", "a", "C48.0", extension=[mii.ext("histology-morphology-behavior-icdo3", LMS)])],
        # a histology of a visit's diagnosis is that of all diagnoses of the site
        [mii.diagnosis("c", "a", "C48.0"), mii.diagnosis("d", "a", "C49.4"), mii.histology("h", "a", "8890/3")],
    ],
)  # fmt: skip
def test_a_histology_apart_from_the_diagnosis_makes_it_a_leiomyosarcoma(
    resources: list[fhir.Resource], tmp_path: Path
) -> None:
    with held_of(tmp_path / "a", *resources) as held:
        assert rows(held, "lms_case WHERE lms = 'yes'", "patient", "site_group") == [("A", "retroperitoneal_abdominal")]
        assert rows(held, "diagnosis", "role", "topography") == [("index", "C48.0")]
        assert codes(held) == []


def test_of_two_cancers_the_one_with_the_histology_is_the_leiomyosarcoma(tmp_path: Path) -> None:
    breast = mii.diagnosis("b", "a", "C50.9")
    uterus = mii.diagnosis("u", "a", "C54.2")
    with held_of(tmp_path / "a", breast, uterus, mii.histology("h", "a", "8890/3", "u"),
                 mii.histology("g", "a", "8500/3", "b")) as held:  # fmt: skip
        assert rows(held, "diagnosis", "role", "topography", "morphology") == [
            ("index", "C54.2", "8890/3"), ("other_primary", "C50.9", "8500/3")]  # fmt: skip
    # without a reference it is of the uterus, where leiomyosarcoma is common
    with held_of(tmp_path / "b", breast, uterus, mii.histology("h", "a", "8890/3")) as held:
        assert rows(held, "diagnosis WHERE morphology = '8890/3'", "role", "topography") == [("index", "C54.2")]


def test_an_unspecific_histology_gives_way_to_the_name_of_the_tumour(tmp_path: Path) -> None:
    looks = [mii.histology("h1", "a", "8800/3", "c", "Sarcoma, NOS"), mii.histology("h2", "a", "8890/3", "c")]
    other = mii.observed(
        "h3", "a", concept(text="Histologic diagnosis"), "2020-02-01", valueString="High-risk leiomyosarcoma"
    )
    for folder, some in (("a", looks), ("b", looks[::-1]), ("c", [*looks, other])):
        with held_of(tmp_path / folder, mii.diagnosis("c", "a", "C54.2"), *some) as held:
            assert rows(held, "diagnosis", "morphology") == [("8890/3",)]


def test_a_histology_of_something_else_says_nothing_of_the_tumour(tmp_path: Path) -> None:
    polyp = mii.histology("p", "a", "8211/0", display="Tubular adenoma")
    with held_of(tmp_path / "a", fhir.cancer("c", "a", "2020-01-01", "8890/3", "C54.2", "Myometrium"), polyp,
                 mii.observed("e", "a", concept(text="Erythrocyte morphology"), "2020-01-01", valueString="normal"),
                 ) as held:  # fmt: skip
        assert rows(held, "diagnosis", "morphology") == [("8890/3",)]
    with held_of(tmp_path / "b", polyp) as held:
        assert rows(held, "diagnosis", "morphology") == []
        assert held.store.rows("SELECT count(*) FROM quarantine") == [(0,)]


# --- the German oncology module ---------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "display", "residual"), [("R0", "Kein Residualtumor", "R0"), ("R1", "", "R1"),
                         ("R1(is)", "In-Situ-Rest", "R1"), ("R2", "", "R2"), ("RX", "", "RX"),
                         ("U", "Residualtumorstatus ist nicht bekannt", None)])  # fmt: skip
def test_the_code_of_residual_tumour_counts_and_not_its_display(
    code: str, display: str, residual: str | None, tmp_path: Path
) -> None:
    with held_of(tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), mii.histology("h", "a", "8890/3", "c"),
                 mii.operated("o", "a", "2020-04-01", "Uterusexstirpation", outcome=mii.coded("residualstatus", code, display),
                              reasonReference=[{"reference": "Condition/c"}], category=concept(fhir.SNOMED, "387713003")),
                 ) as held:  # fmt: skip
        assert rows(held, "surgery", "residual_tumor", "day_low") == [(residual, 18353)]


@pytest.mark.parametrize(
    ("code", "site", "route"),
    [("PUL", "lung", None), ("OSS", "bone", None), ("HEP", "liver", None), ("BRA", "brain", None), ("PLE", "pleura", None),
     ("LYM", "lymph_node", "nodal"), ("PER", "peritoneum", None), ("ADR", "adrenal", None), ("SKI", "skin", None),
     ("OTH", "other", None), ("GEN", "other", None)],
)  # fmt: skip
def test_distant_metastases_are_read_by_their_sites(code: str, site: str, route: str | None, tmp_path: Path) -> None:
    spread = mii.observed("f", "a", concept(fhir.SNOMED, "385421009"), "2021-01-11", focus="c",
                          valueCodeableConcept=mii.coded("fernmetastasen", code))  # fmt: skip
    with held_of(
        tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), mii.histology("h", "a", "8890/3", "c"), spread
    ) as held:
        assert rows(held, "disease_status", "status", "site", "site_text", "route", "moment") == [
            ("distant_metastasis", site, code, route, "later")]  # fmt: skip


OVERALL = [("V", "no_evidence_of_disease", "CR"), ("T", "response", "PR"), ("K", "response", "SD"), ("P", "progression", "PD"),
           ("D", "with_tumor", None), ("B", "response", "SD"), ("R", "response", "CR"), ("Y", "new_tumor_event", None),
           ("U", "response", "NE")]  # fmt: skip


@pytest.mark.parametrize(("code", "status", "response"), OVERALL)
def test_the_overall_assessment_is_read(code: str, status: str, response: str | None, tmp_path: Path) -> None:
    seen = mii.observed("v", "a", concept(fhir.SNOMED, "396432002"), "2021-01-11", focus="c",
                        valueCodeableConcept=mii.coded("verlauf-gesamtbeurteilung", code))  # fmt: skip
    with held_of(
        tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), mii.histology("h", "a", "8890/3", "c"), seen
    ) as held:
        assert rows(held, "disease_status", "status", "response") == [(status, response)]


def test_the_parts_of_an_assessment_say_where_the_disease_returned(tmp_path: Path) -> None:
    def part(code: str, system: str, value: str) -> fhir.Resource:
        return {"code": concept(fhir.SNOMED, code), "valueCodeableConcept": mii.coded(f"verlauf-{system}", value)}

    seen = mii.observed("v", "a", concept(fhir.SNOMED, "396432002"), "2021-02-02", focus="c",
                        valueCodeableConcept=mii.coded("verlauf-gesamtbeurteilung", "Y"), component=[
                            part("445200009", "primaertumor", "R"), part("399656008", "lymphknoten", "R"),
                            part("399608002", "fernmetastasen", "K")])  # fmt: skip
    empty = mii.observed("x", "a", concept(fhir.SNOMED, "396432002"), "2021-03-02", focus="c",
                         valueCodeableConcept=mii.coded("verlauf-gesamtbeurteilung", "X", "fehlende Angabe"))  # fmt: skip
    with held_of(
        tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), mii.histology("h", "a", "8890/3", "c"), seen, empty
    ) as held:
        assert sorted(rows(held, "disease_status", "status", "site", "day_low"), key=str) == [
            ("local_recurrence", None, 18660), ("no_metastasis", None, 18660),
            ("regional_recurrence", "lymph_node", 18660)]  # fmt: skip
        assert codes(held) == []


@pytest.mark.parametrize(
    ("stated", "icd", "cause"),
    [("J", "C54.2", "disease"), ("J", "", "disease"), ("J", "C50.9", "other_cancer"), ("N", "I21.0", "other"),
     ("U", "", "unknown"), ("", "C54.9", "disease"), ("", "I21.0", "other"), ("J", "C80.9", "disease")],
)  # fmt: skip
def test_the_cause_of_death_is_read(stated: str, icd: str, cause: str, tmp_path: Path) -> None:
    more: dict[str, Any] = {"interpretation": [mii.coded("tod", stated)]} if stated else {}
    if icd:
        more["valueCodeableConcept"] = concept(mii.ICD10GM, icd)
    dead = mii.observed("d", "a", concept(fhir.SNOMED, "184305005"), "2022-08-14", **more)
    with held_of(tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), mii.histology("h", "a", "8890/3", "c"),
                 mii.diagnosis("b", "a", "C50.9"), dead) as held:  # fmt: skip
        assert rows(held, "patient", "vital_status", "death_low", "cause_of_death") == [("dead", 19218, cause)]


def test_a_diagnosis_that_somebody_died_of_is_no_new_cancer(tmp_path: Path) -> None:
    died = resource("Condition", "x", "a", code=concept(mii.ICD10GM, "C54.2"), recordedDate="2022-08-14",
                    category=[concept(fhir.SNOMED, "16100001")])  # fmt: skip
    with held_of(tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), died) as held:
        assert rows(held, "patient", "vital_status", "cause_of_death") == [("dead", "disease")]
        assert rows(held, "diagnosis", "record") == [("Condition/c",)]


@pytest.mark.parametrize(
    ("stands", "intention", "setting"),
    [("A", "K", "adjuvant"), ("N", "K", "neoadjuvant"), ("O", "P", "palliative"), ("O", "K", "curative"), ("I", "K", "other"),
     ("S", "P", "other"), ("", "P", "palliative")],
)  # fmt: skip
def test_radiation_has_its_dose_and_setting(stands: str, intention: str, setting: str, tmp_path: Path) -> None:
    place = [mii.ext("strahlentherapie-stellungzurop", mii.coded("therapie-stellungzurop", stands))] if stands else []
    shared = {"status": "completed", "category": concept(fhir.SNOMED, "1287742003"),
              "performedPeriod": fhir.period("2020-08-01", "2020-09-10"), "code": concept(fhir.SNOMED, "1287742003")}  # fmt: skip
    whole = resource("Procedure", "r", "a", **shared, extension=[
        *place, mii.ext("strahlentherapie-intention", mii.coded("intention", intention))])  # fmt: skip
    part = resource("Procedure", "p", "a", **shared, partOf=[{"reference": "Procedure/r"}], extension=[
        mii.ext("strahlentherapie-bestrahlung-gesamtdosis", {"value": 50.4, "unit": "Gy", "code": "Gy"}),
        mii.ext("strahlentherapie-bestrahlung-einzeldosis", {"value": 1.8, "unit": "Gy", "code": "Gy"}),
        {"url": "http://hl7.org/fhir/StructureDefinition/procedure-method",
         "valueCodeableConcept": mii.coded("strahlentherapie-applikationsart", "P-ST")}])  # fmt: skip
    with held_of(tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), whole, part) as held:
        assert rows(held, "radiotherapy", "record", "dose_gy", "setting", "technique") == [
            ("Procedure/r", 50.4, setting, "external")]  # fmt: skip


def test_grade_side_and_categories_are_read_by_codes_alone(tmp_path: Path) -> None:
    grade = mii.observed("g", "a", concept(fhir.LOINC, "33732-9"), "2020-03-05", focus="c",
                         valueCodeableConcept=mii.coded("grading", "3"))  # fmt: skip
    category = mii.observed("t", "a", concept(fhir.SNOMED, "384625004"), "2020-03-05", focus="c",
                            valueCodeableConcept=concept("https://www.uicc.org/resources/tnm", "2b"))  # fmt: skip
    place = {"coding": [{"system": fhir.ICDO3, "code": "C49.2"}, {"system": f"{mii.MII}CodeSystem/mii-cs-onko-seitenlokalisation",
                                                                  "code": "L"}]}  # fmt: skip
    with held_of(tmp_path / "a", mii.diagnosis("c", "a", "C49.2", bodySite=[place]), grade, category) as held:
        assert rows(held, "diagnosis", "grade", "laterality", "topography") == [("G3", "left", "C49.2")]
        assert rows(held, "stage", "t", "basis") == [("T2b", "pathological")]


def test_a_code_marked_as_suspected_or_excluded_states_nothing(tmp_path: Path) -> None:
    mark = {"url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit",
            "valueCoding": {"system": "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_DIAGNOSESICHERHEIT", "code": "V"}}  # fmt: skip
    code = {"coding": [{"system": mii.ICD10GM, "code": "C54.2", "extension": [mark]}]}
    with held_of(tmp_path / "a", resource("Condition", "c", "a", code=code, recordedDate="2020-01-01")) as held:
        assert rows(held, "diagnosis", "icd10") == []
        assert [problem.code for problem in held.problems()] == ["LM-D033"]


# --- drugs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "display", "agent", "problems"),
    [("L01DB01", "", "doxorubicin", []), ("L01DB01", "Caelyx", "doxorubicin_liposomal", []), ("L01CX01", "", "trabectedin", []),
     ("L01XE11", "", "pazopanib", []), ("L01EX03", "Votrient 200 mg tablets", "pazopanib", []),
     ("L01DB01", "Ifosfamid", None, ["LM-C005"]), ("L01XX99", "", None, ["LM-C002"])],
)  # fmt: skip
def test_a_drug_is_known_by_its_code_of_atc(
    code: str, display: str, agent: str | None, problems: list[str], tmp_path: Path
) -> None:
    with held_of(tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), mii.given("m", "a", code, display)) as held:
        assert rows(held, "drug_exposure", "agent", "as_written") == [(agent, display or code)]
        assert codes(held) == problems


def test_a_drug_for_the_cancer_without_code_and_words_is_told(tmp_path: Path) -> None:
    reason = {"reasonReference": [{"reference": "Condition/c"}]}
    with held_of(tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), mii.given("m", "a", "", **reason),
                 mii.given("n", "a", "4711", system="http://here", **reason)) as held:  # fmt: skip
        assert codes(held) == ["LM-C002", "LM-C002"]


def test_a_drug_has_the_setting_of_the_therapy_it_is_part_of(tmp_path: Path) -> None:
    whole = resource("Procedure", "s", "a", status="completed", code=concept(text="Chemotherapie"), extension=[
        mii.ext("systemische-therapie-stellungzurop", mii.coded("therapie-stellungzurop", "N"))])  # fmt: skip
    with held_of(tmp_path / "a", mii.diagnosis("c", "a", "C54.2"), whole,
                 mii.given("m", "a", "L01DB01", partOf=[{"reference": "Procedure/s"}])) as held:  # fmt: skip
        assert rows(held, "drug_exposure", "agent", "setting") == [("doxorubicin", "neoadjuvant")]


# --- sites ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "topography", "side"), [("C49.21", "C49.2", "right"), ("C49.22", "C49.2", "left"),
                         ("C49.12", "C49.1", "left"), ("C4921", "C49.2", "right"), ("C49.20", "C49.2", None)])  # fmt: skip
def test_a_code_of_icd_10_cm_keeps_site_and_side(code: str, topography: str, side: str | None, tmp_path: Path) -> None:
    found = resource("Condition", "c", "a", recordedDate="2020-01-01",
                     code={**concept("http://hl7.org/fhir/sid/icd-10-cm", code), "text": "Leiomyosarcoma"})  # fmt: skip
    with held_of(tmp_path / "a", found) as held:
        assert rows(held, "diagnosis", "topography", "laterality", "site_text", "icd10") == [
            (topography, side, None, code)
        ]
        assert rows(held, "lms_case WHERE lms = 'yes'", "site_group") == [("extremity",)]


def test_words_of_a_diagnosis_are_a_site_only_where_they_name_one(tmp_path: Path) -> None:
    named = resource("Condition", "c", "a", recordedDate="2020", code=concept(text="Leiomyosarcoma of uterus"))
    bare = resource("Condition", "c", "a", recordedDate="2020", code=concept(text="Leiomyosarcoma"))
    for folder, one, site in (("a", named, "Leiomyosarcoma of uterus"), ("b", bare, None)):
        with held_of(tmp_path / folder, one) as held:
            assert rows(held, "diagnosis", "site_text") == [(site,)]


# --- margins ----------------------------------------------------------------------------------------------


def margin(**members: Any) -> fhir.Resource:
    return mii.observed("m", "a", concept(text="Surgical margin status"), "2018-03-24",
                        valueCodeableConcept=concept(text="Positive at caudal margin (R1)"), **members)  # fmt: skip


REASON = {"reasonReference": [{"reference": "Condition/c"}]}
CAVA = "Resection of inferior vena cava with graft"


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ([], REASON),
        ([("2016-01-20", "Laparoscopic cholecystectomy")], REASON),
        ([("2022-01-20", "Laparoscopic cholecystectomy")], REASON),
        ([("2018-03-20", "Laparoscopic cholecystectomy")], REASON),
        ([], {}),  # nobody names the reason, and none is needed for a vein of that size
        ([("2016-01-20", "Laparoscopic cholecystectomy")], {}),
    ],
)
def test_a_margin_is_of_the_operation_that_can_be_of_the_tumour(
    others: list[tuple[str, str]], reason: dict[str, Any], tmp_path: Path
) -> None:
    more = [mii.operated(f"x{n}", "a", day, text) for n, (day, text) in enumerate(others)]
    with held_of(tmp_path / "a", fhir.cancer("c", "a", "2018-02-11", "8890/3", "C49.4", "Inferior vena cava"), *more,
                 mii.operated("o", "a", "2018-03-20", CAVA, **reason), margin()) as held:  # fmt: skip
        assert rows(held, "surgery", "kind", "margin", "residual_tumor", "day_low") == [
            ("primary", "positive", "R1", 17610)
        ]
        assert codes(held) == []


def test_a_margin_is_of_no_operation_of_another_time_or_of_one_of_two(tmp_path: Path) -> None:
    lms = fhir.cancer("c", "a", "2018-02-11", "8890/3", "C49.4", "Inferior vena cava")
    with held_of(
        tmp_path / "a", lms, mii.operated("x", "a", "2016-01-20", "Laparoscopic cholecystectomy"), margin()
    ) as held:
        assert (rows(held, "surgery", "day_low"), codes(held)) == ([], ["LM-D035"])
    two = [
        mii.operated(name, "a", day, "Excision of tumour", **REASON)
        for name, day in (("x", "2018-03-10"), ("y", "2018-03-20"))
    ]
    with held_of(tmp_path / "b", lms, *two, margin()) as held:
        assert (rows(held, "surgery", "margin"), codes(held)) == ([(None,), (None,)], ["LM-D035"])
    # the unclear one is taken where nothing is known to be of the tumour
    with held_of(tmp_path / "c", lms, mii.operated("x", "a", "2018-03-20", "Right nephrectomy"), margin()) as held:
        assert rows(held, "surgery", "margin", "day_low") == [("positive", 17610)]


# --- sizes and grades in words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "column", "found"),
    [
        ("Tumor size", {"valueQuantity": {"value": 42, "unit": "mm"}}, "size_mm", 42.0),
        ("Tumor size", {"valueString": "6.2 x 4.1 x 3.0 cm"}, "size_mm", 62.0),
        ("Tumour size", {"valueString": "4,5 x 12 cm"}, "size_mm", 120.0),
        ("Tumorgröße", {"valueString": "72 mm"}, "size_mm", 72.0),
        ("FNCLCC grade", {"valueString": "Grade 2 of 3"}, "grade", "G2"),
        ("FNCLCC grade", {"valueInteger": 3}, "grade", "3"),
        ("Histologic grade", {"valueString": "High grade"}, "grade", "High grade"),
        ("Mitotic count", {"valueQuantity": {"value": 8, "unit": "/10 HPF"}}, "mitoses_per_10_hpf", 8.0),
    ],
)
def test_what_is_measured_is_known_by_its_words(
    text: str, value: dict[str, Any], column: str, found: object, tmp_path: Path
) -> None:
    lms = fhir.cancer("c", "a", "2018-02-11", "8890/3", "C49.4", "Inferior vena cava")
    with held_of(tmp_path / "a", lms, mii.observed("o", "a", concept(text=text), "2018-03-24", **value)) as held:
        assert (rows(held, "diagnosis", column), codes(held)) == ([(found,)], [])


@pytest.mark.parametrize(
    ("value", "code"), [({"valueString": "6.2 x 4.1"}, "LM-D030"), ({"valueInteger": 42}, "LM-D030"),
                        ({"valueString": "large"}, "LM-D005"), ({"valueString": "42 ml"}, "LM-D036"),
                        ({"valueString": "at least 5 cm"}, "LM-D005")],
)  # fmt: skip
def test_a_size_that_cannot_be_told_is_set_aside(value: dict[str, Any], code: str, tmp_path: Path) -> None:
    lms = fhir.cancer("c", "a", "2018-02-11", "8890/3", "C49.4", "Inferior vena cava")
    with held_of(
        tmp_path / "a", lms, mii.observed("o", "a", concept(text="Tumor size"), "2018-03-24", **value)
    ) as held:
        assert (rows(held, "diagnosis", "size_mm"), codes(held)) == ([(None,)], [code])
