"""OMOP as hospitals write it: recurrences, suspicions, histologies and sizes by name, code or source value alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import leiomyo
from leiomyo.model.dates import calendar_date
from leiomyo.registry import Registry
from tests.contract.sources import omops
from tests.contract.sources.omops import condition, death, drug, episode, measured, procedure, visit
from tests.contract.sources.test_omop_rules import LMS, concepts, read, rows


def observed(row: int, number: int, day: str, concept: int = 0, **more: object) -> dict[str, object]:
    """A row of OBSERVATION."""
    return {"observation_id": row, "person_id": number, "observation_concept_id": concept, "observation_date": day,
            "observation_type_concept_id": 32817, **more}  # fmt: skip


def statuses(registry: Registry) -> list[tuple[object, ...]]:
    return [(status, calendar_date(day)) for status, day in rows(registry, "disease_status", "status, day_low")]  # type: ignore[arg-type]


# --- recurrence -------------------------------------------------------------------------------------------

RECURRENCES = [
    ("Local recurrence of malignant tumor of soft tissue", "local_recurrence"),
    ("Local recurrence of leiomyosarcoma", "local_recurrence"), ("Local tumor recurrence", "local_recurrence"),
    ("Local recurrence", "local_recurrence"), ("Lokalrezidiv Leiomyosarkom", "local_recurrence"),
    ("Locoregional recurrence of sarcoma", "local_recurrence"), ("Recurrent leiomyosarcoma", "new_tumor_event"),
    ("Recurrent malignant neoplastic disease", "new_tumor_event"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status"), RECURRENCES)
@pytest.mark.parametrize("table", ["concept", "source", "code and name", "measurement", "observation", "episode"])
def test_a_recurrence_arrives_in_whichever_table_it_stands(table: str, name: str, status: str, tmp_path: Path) -> None:
    day, said = "2019-05-05", {"concept": concepts((700001, name, "SNOMED", "1"))}
    told: dict[str, omops.Rows] = {
        "concept": {"condition_occurrence": [LMS, condition(2, 1, day, "", 700001)], **said},
        "source": {"condition_occurrence": [LMS, condition(2, 1, day, name)]},
        "code and name": {"condition_occurrence": [LMS, condition(2, 1, day, "C54.9", 700001)], **said},
        "measurement": {"condition_occurrence": [LMS], "measurement": [measured(1, 1, day, 700001)], **said},
        "observation": {"condition_occurrence": [LMS], "observation": [observed(1, 1, day, observation_source_value=name)]},
        "episode": {"condition_occurrence": [LMS], "episode": [episode(1, 1, 32529, day, episode_source_value=name)]},
    }[table]  # fmt: skip
    registry = read(tmp_path, **told)
    assert statuses(registry) == [(status, day)]
    assert rows(registry, "diagnosis", "tumour, morphology, topography") == [("1", "8890/3", "C54.2")]


def test_a_local_recurrence_ends_lrfs(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS, condition(2, 1, "2019-05-05", "Local recurrence of leiomyosarcoma")],
                    procedure_occurrence=[procedure(1, 1, "2018-02-01", "Hysterectomy")],
                    measurement=[measured(1, 1, "2018-02-05", 1634643)], visit_occurrence=[visit(1, 1, "2020-01-01")])  # fmt: skip
    [group] = registry.survival("lrfs").groups
    assert (group["n"], group["events"], group["median_days"]) == (1, 1, 458)  # 2018-02-01 to 2019-05-05


def test_a_recurrence_told_again_is_new_only_after_an_operation(tmp_path: Path) -> None:
    again = "Local recurrence of leiomyosarcoma"
    registry = read(tmp_path, condition_occurrence=[LMS, condition(2, 1, "2019-05-05", again), condition(3, 1, "2019-06-01", again),
                                                    condition(4, 1, "2020-06-01", again)],
                    procedure_occurrence=[procedure(1, 1, "2019-07-01", "Excision of recurrent tumor")])  # fmt: skip
    assert statuses(registry) == [
        ("local_recurrence", "2019-05-05"), ("local_recurrence", "2020-06-01"), ("with_tumor", "2019-06-01")
    ]  # fmt: skip


@pytest.mark.parametrize("name", [
    "No evidence of recurrence", "Recurrent urinary tract infection", "Recurrent uterine leiomyoma", "No local recurrence",
    "Recurrent pelvic inflammatory disease", "History of recurrent abortion", "Local recurrence of hernia",
])  # fmt: skip
def test_what_recurs_is_not_always_a_tumour(name: str, tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS, condition(2, 1, "2019-05-05", name)])
    assert rows(registry, "disease_status", "status") == []
    assert len(rows(registry, "diagnosis", "tumour")) == 1


def test_only_a_recurrence_names_the_tumour_whose_day_is_not_known(tmp_path: Path) -> None:
    registry = read(
        tmp_path, condition_occurrence=[condition(1, 1, "2019-05-05", "Recurrent leiomyosarcoma of uterus")]
    )
    assert rows(registry, "lms_case", "lms, site_group") == [("yes", "uterine")]
    assert rows(registry, "diagnosis", "diagnosis_low") == [(None,)]
    assert statuses(registry) == [("new_tumor_event", "2019-05-05")]


def test_a_recurrence_of_another_cancer_is_of_that(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[
        LMS, condition(2, 1, "2012-01-01", "C50.9"), condition(3, 1, "2019-05-05", "C50.9 Recurrent carcinoma of breast")])  # fmt: skip
    assert rows(registry, "disease_status", "tumour, status") == [("C50", "new_tumor_event")]


# --- suspicion --------------------------------------------------------------------------------------------

STATUS = {"condition_status_concept_id": 32899}
DOUBTS: list[dict[str, object]] = [
    condition(1, 1, "2018-01-10", "Rule out leiomyosarcoma"), condition(1, 1, "2018-01-10", "Rule out leiomyosarcoma", 700001),
    condition(1, 1, "2018-01-10", "Leiomyosarcoma suspected"), condition(1, 1, "2018-01-10", "Leiomyosarcoma of the uterus suspected"),
    condition(1, 1, "2018-01-10", "Leiomyosarcoma?"), condition(1, 1, "2018-01-10", "", 700002),
    condition(1, 1, "2018-01-10", "No evidence of leiomyosarcoma", 700001), condition(1, 1, "2018-01-10", "Probable leiomyosarcoma"),
    {**condition(1, 1, "2018-01-10", "8890/3-C54.2"), **STATUS}, {**condition(1, 1, "2018-01-10", "", 700001), **STATUS},
    {**condition(1, 1, "2018-01-10", "8890/3-C54.2"), "condition_status_source_value": "Provisional"},
    {**condition(1, 1, "2018-01-10", "8890/3-C54.2"), "condition_status_concept_id": 700003},
]  # fmt: skip
NAMES = concepts((700001, "Leiomyosarcoma", "SNOMED", "443719001"), (700002, "Suspected leiomyosarcoma", "SNOMED", "2"),
                 (700003, "Provisional diagnosis", "Condition Status", "3"))  # fmt: skip
NAMES = [{**row, "domain_id": "Condition"} for row in NAMES]


@pytest.mark.parametrize("row", DOUBTS, ids=range(len(DOUBTS)))
def test_a_suspicion_is_no_diagnosis_and_says_so(row: dict[str, object], tmp_path: Path) -> None:
    """FHIR's `provisional` in OMOP's words; `find` shows the person as possible."""
    registry = read(tmp_path, condition_occurrence=[row], concept=NAMES)
    assert rows(registry, "diagnosis", "*") == []
    assert [problem.row for problem in registry.problems() if problem.code == "LM-D033"] == [2]
    found = leiomyo.find(str(tmp_path / "export"))
    assert [one.certainty for one in found.persons] == ["possible"]


def test_a_confirmed_status_and_doubt_about_something_else_leave_the_diagnosis(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[
        {**condition(1, 1, "2018-01-10", "Leiomyosarcoma of uterus, suspected lung metastasis"), "condition_status_concept_id": 32893},
        condition(2, 1, "2018-01-12", "Suspected appendicitis")])  # fmt: skip
    assert rows(registry, "lms_case", "lms") == [("yes",)]


# --- histology apart from the site ------------------------------------------------------------------------

QUESTIONS = [
    {"measurement_source_value": "31205-8"}, {"measurement_source_value": "59847-4"}, {"measurement_source_value": "Histology"},
    {"measurement_concept_id": 700001}, {"measurement_source_value": "Morphology"},
]  # fmt: skip
ANSWERS = [{"value_source_value": "Leiomyosarcoma"}, {"value_as_concept_id": 700002}, {"value_source_value": "8890/3"}]


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
@pytest.mark.parametrize("given", ANSWERS, ids=range(len(ANSWERS)))
def test_a_histology_measured_beside_a_site_makes_the_diagnosis(question: dict[str, object], given: dict[str, object],
                                                                tmp_path: Path) -> None:  # fmt: skip
    registry = read(tmp_path, condition_occurrence=[condition(1, 1, "2022-01-10", "C54.2"), condition(2, 1, "2022-03-10", "C54.2")],
                    measurement=[{**measured(1, 1, "2022-01-20"), **question, **given}],
                    concept=concepts((700001, "Histology and Behavior ICD-O-3 Cancer", "LOINC", "59847-4"),
                                     (700002, "Leiomyosarcoma", "SNOMED", "51549004")))  # fmt: skip
    assert rows(registry, "lms_case", "lms, site_group") == [("yes", "uterine")]
    [(tumour, topography, day)] = rows(registry, "diagnosis", "tumour, topography, diagnosis_low")
    assert (tumour, topography, calendar_date(day)) == ("1", "C54.2", "2022-01-10")  # type: ignore[arg-type]


@pytest.mark.parametrize("told", [
    {"measurement": [measured(1, 1, "2022-01-20", 700001, value_source_value="Leiomyosarcoma")]},
    {"observation": [observed(1, 1, "2022-01-20", observation_source_value="Leiomyosarcoma of uterus")]},
    {"observation": [observed(1, 1, "2022-01-20", 700002, value_as_string="Leiomyosarcoma")]},
    {"death": [death(1, "2022-01-20", "Leiomyosarcoma")]},
    {"condition_occurrence": [condition(1, 1, "2022-01-20", "8890/6-C34.9")]},
    {"condition_occurrence": [condition(1, 1, "2022-01-20", "8890/9-C34.9")]},
    {"condition_occurrence": [condition(1, 1, "2022-01-20", "C78.0 Leiomyosarcoma metastatic to lung")]},
    {"condition_occurrence": [condition(1, 1, "2022-01-20", "History of leiomyosarcoma of uterus")]},
], ids=range(8))  # fmt: skip
def test_who_is_sure_to_find_is_a_case_when_read(told: dict[str, omops.Rows], tmp_path: Path) -> None:
    tables = {"condition_occurrence": [condition(9, 1, "2020-01-01", "I10")], **told, "concept": concepts(
        (700001, "Histology ICD-O-3 Cancer", "LOINC", "31205-8"), (700002, "Pathologic diagnosis", "SNOMED", "2"))}  # fmt: skip
    registry = read(tmp_path, **tables)
    assert [one.certainty for one in leiomyo.find(str(tmp_path / "export")).persons] == ["sure"]
    assert rows(registry, "lms_case", "lms") == [("yes",)]


def test_a_histology_does_not_make_a_sarcoma_of_another_cancer(tmp_path: Path) -> None:
    histology = {"measurement_source_value": "Histology", "value_source_value": "Leiomyosarcoma"}
    registry = read(tmp_path, condition_occurrence=[condition(1, 1, "2012-01-10", "C50.9")],
                    measurement=[{**measured(1, 1, "2022-01-20"), **histology}])  # fmt: skip
    assert rows(registry, "diagnosis", "tumour, role, topography, histology") == [
        ("1", "index", None, "Leiomyosarcoma"), ("C50", "other_primary", "C50.9", None)]  # fmt: skip


def test_a_histology_of_something_else_tells_what_the_site_is(tmp_path: Path) -> None:
    histology = {"measurement_source_value": "Histology", "value_source_value": "Endometrioid carcinoma"}
    registry = read(tmp_path, condition_occurrence=[condition(1, 1, "2022-01-10", "C54.2")],
                    measurement=[{**measured(1, 1, "2022-01-20"), **histology}])  # fmt: skip
    assert rows(registry, "diagnosis", "histology") == [("Endometrioid carcinoma",)]
    assert rows(registry, "lms_case", "lms") == [("no",)]


# --- persons whose tumour another source tells --------------------------------------------------------------


def test_only_drugs_against_tumours_are_kept_of_who_has_no_tumour_here(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[condition(1, 1, "2018-01-01", "I10")], drug_exposure=[
        drug(1, 1, 1338512, "2019-01-01"), drug(2, 1, 0, "2019-01-01", "", "simvastatin 20 MG"), drug(3, 1, 0, "2019-01-01", "", "Ondansetron"),
        drug(4, 1, 0, "2019-01-01", "", "medroxyprogesterone"), drug(5, 1, 0, "2019-02-01", "", "Docetaxel 20 MG/ML Injection")])  # fmt: skip
    assert rows(registry, "drug_exposure", "agent, tumour") == [("docetaxel", "1"), ("doxorubicin", "1")]
    assert [problem.code for problem in registry.problems() if problem.code.startswith("LM-C")] == []


# --- sites, sizes, stages ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "site", "side"), [
    ("C49.21", "C49.2", "right"), ("C49.22", "C49.2", "left"), ("C49.11", "C49.1", "right"), ("C4921", "C49.2", "right"),
    ("C49.2", "C49.2", None), ("C54.2", "C54.2", None), ("C49.21 Leiomyosarcoma of right thigh", "C49.2", "right"),
])  # fmt: skip
def test_five_characters_name_site_and_side(written: str, site: str, side: str | None, tmp_path: Path) -> None:
    coded = condition(1, 1, "2018-01-10", written, 700001)
    registry = read(tmp_path, condition_occurrence=[coded], concept=concepts((700001, "Leiomyosarcoma", "SNOMED", "1")))
    assert rows(registry, "diagnosis", "topography, laterality") == [(site, side)]


def test_the_vessel_that_stands_beside_a_code_is_read(tmp_path: Path) -> None:
    coded = condition(1, 1, "2018-01-10", "C49.4", 700001)
    registry = read(tmp_path, condition_occurrence=[coded],
                    concept=concepts((700001, "Leiomyosarcoma of inferior vena cava", "SNOMED", "1")))  # fmt: skip
    assert rows(registry, "lms_case", "site_group") == [("large_vessel",)]


SIZES = [
    ({"measurement_concept_id": 700001, "value_as_number": "7.5", "unit_concept_id": 8582}, 75),
    ({"measurement_source_value": "33728-7", "value_as_number": "7.5", "unit_source_value": "CM"}, 75),
    ({"measurement_source_value": "21889-1", "value_as_number": "75", "unit_source_value": "mm"}, 75),
    ({"measurement_source_value": "Size Tumor", "value_as_number": "75", "unit_concept_id": 8588}, 75),
    ({"measurement_source_value": "Largest tumor dimension", "value_as_number": "75", "unit_source_value": "mm"}, 75),
    ({"measurement_source_value": "Tumor size", "value_source_value": "7.5 cm"}, 75),
    ({"measurement_source_value": "Tumor size", "value_source_value": "7,5 x 5 x 3 cm"}, 75),
    ({"measurement_source_value": "Tumor size", "value_as_number": "7.5", "unit_concept_id": 700002}, 75),
    ({"measurement_source_value": "Tumor size", "value_source_value": "7.5"}, None),
    ({"measurement_source_value": "Tumor size", "value_source_value": "> 7 cm"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("row", "size"), SIZES, ids=range(len(SIZES)))
def test_a_size_by_name_or_code(row: dict[str, object], size: float | None, tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS], measurement=[{**measured(1, 1, "2018-01-12"), **row}],
                    concept=concepts((700001, "Size.maximum dimension in Tumor", "LOINC", "33728-7"),
                                     (700002, "centimeter", "UCUM", "cm")))  # fmt: skip
    assert rows(registry, "diagnosis", "size_mm") == [(size,)]


@pytest.mark.parametrize(("asked", "given", "told"), [
    ("21902-2", "IB", ("AJCC", None, "pathological", None, "IB")), ("FIGO stage", "IB", ("FIGO", None, None, None, "IB")),
    ("FIGO 2009 stage", "Stage 2", ("FIGO", "FIGO2009", None, None, "II")), ("21899-0", "pT1b", ("AJCC", None, "pathological", "T1b", None)),
    ("Primary tumor.clinical [Class] Cancer", "cT2", ("AJCC", None, "clinical", "T2", None)),
    ("Stage group.pathology Cancer AJCC 8th", "IIIA", ("AJCC", "8", "pathological", None, "IIIA")),
])  # fmt: skip
def test_a_stage_as_the_answer_to_a_question(asked: str, given: str, told: tuple[object, ...], tmp_path: Path) -> None:
    row = measured(1, 1, "2018-01-12", measurement_source_value=asked, value_source_value=given)
    registry = read(tmp_path, condition_occurrence=[LMS], measurement=[row])
    assert rows(registry, "stage WHERE NOT derived", "system, edition, basis, t, stage_group") == [told]


def test_a_stage_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    row = measured(1, 1, "2018-01-12", measurement_source_value="FIGO stage", value_source_value="see report")
    registry = read(tmp_path, condition_occurrence=[LMS], measurement=[row])
    assert [problem.code for problem in registry.problems() if problem.severity == "error"] == ["LM-D005"]


@pytest.mark.parametrize(("asked", "given", "told"), [
    ("Margin involvement in Tissue Qualitative", "R0", (None, "R0")), ("44669-0", "Negative", ("negative", None)),
    ("Margins", "involved", ("positive", None)),
])  # fmt: skip
def test_a_margin_by_name_or_code(asked: str, given: str, told: tuple[object, ...], tmp_path: Path) -> None:
    row = measured(1, 1, "2018-02-05", measurement_source_value=asked, value_source_value=given)
    registry = read(tmp_path, condition_occurrence=[LMS], measurement=[row],
                    procedure_occurrence=[procedure(1, 1, "2018-02-01", "Hysterectomy")])  # fmt: skip
    assert rows(registry, "surgery", "margin, residual_tumor") == [told]


def test_what_else_a_pathologist_counts(tmp_path: Path) -> None:
    told = [
        ("Mitotic count", "14/10 HPF"),
        ("Tumor necrosis", "30 %"),
        ("Tumor depth", "deep"),
        ("Tumor necrosis factor", "8 %"),
    ]
    registry = read(tmp_path, condition_occurrence=[LMS], measurement=[
        measured(n, 1, "2018-02-05", measurement_source_value=asked, value_source_value=given) for n, (asked, given) in enumerate(told, 1)])  # fmt: skip
    assert rows(registry, "diagnosis", "mitoses_per_10_hpf, necrosis_percent, depth") == [(14.0, 30.0, "deep")]


# --- course -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "given", "status", "response"), [
    ("Cancer status", "Progression", "progression", None), ("88040-1", "No evidence of disease", "no_evidence_of_disease", None),
    ("97509-4", "Partial response", "response", "PR"), ("Disease status", "Stable disease", "response", "SD"),
    ("Disease status", "Local recurrence", "local_recurrence", None),
])  # fmt: skip
def test_how_the_disease_goes_as_the_answer_to_a_question(
    asked: str, given: str, status: str, response: str | None, tmp_path: Path
) -> None:
    row = measured(1, 1, "2019-02-05", measurement_source_value=asked, value_source_value=given)
    registry = read(tmp_path, condition_occurrence=[LMS], measurement=[row])
    assert rows(registry, "disease_status", "status") == [(status,)]
    assert response is None or rows(registry, "disease_status", "response") == [(response,)]
    assert [problem for problem in registry.problems() if problem.severity == "error"] == []


@pytest.mark.parametrize(("written", "site"), [
    ("8890/6-C34.9", "lung"), ("8890/6-C22.0", "liver"), ("Leiomyosarcoma metastatic to lung", "lung"),
    ("Metastatic leiomyosarcoma", "other"), ("C79.5 Metastatic leiomyosarcoma", "bone"),
])  # fmt: skip
def test_spread_of_a_named_sarcoma_is_a_metastasis(written: str, site: str, tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS, condition(2, 1, "2019-03-01", written)])
    assert rows(registry, "disease_status", "status, site") == [("distant_metastasis", site)]
    assert rows(registry, "diagnosis", "tumour, topography") == [("1", "C54.2")]


@pytest.mark.parametrize(("written", "told"), [
    ("Laparoscopic hysterectomy with morcellation", True), ("Hysterectomy without morcellation", False), ("Hysterectomy", None),
    ("Hysterectomy, power morcellation of uterus", True),
])  # fmt: skip
def test_morcellation_in_words(written: str, told: bool | None, tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS], procedure_occurrence=[procedure(1, 1, "2018-02-01", written)])
    assert rows(registry, "surgery", "morcellation") == [(told,)]


@pytest.mark.parametrize(("amount", "unit", "told"), [("1", "", None), ("120", "mg", "120 mg"), ("", "mg", None)])
def test_a_quantity_without_a_unit_is_no_dose(amount: str, unit: str, told: str | None, tmp_path: Path) -> None:
    given = {**drug(1, 1, 1338512, "2019-01-01"), "quantity": amount, "dose_unit_source_value": unit}
    registry = read(tmp_path, condition_occurrence=[LMS], drug_exposure=[given])
    assert rows(registry, "drug_exposure", "dose_as_written") == [(told,)]
