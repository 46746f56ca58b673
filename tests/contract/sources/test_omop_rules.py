"""What OMOP leaves open, decided by rule: partial dates, no DEATH table, concepts by name, modifiers without a target."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.model.dates import calendar_date
from leiomyo.registry import Registry
from tests.contract.sources import omops
from tests.contract.sources.omops import condition, death, drug, episode, measured, person, procedure, visit

CONCEPTS = (
    "concept_id",
    "concept_name",
    "domain_id",
    "vocabulary_id",
    "concept_class_id",
    "standard_concept",
    "concept_code",
)


def concepts(*rows: tuple[int, str, str, str]) -> omops.Rows:
    """Rows of CONCEPT: id, name, vocabulary, code."""
    return [{"concept_id": one, "concept_name": name, "vocabulary_id": vocabulary, "concept_code": code,
             "domain_id": "x", "concept_class_id": "x", "valid_start_date": "1970-01-01", "valid_end_date": "2099-12-31"}
            for one, name, vocabulary, code in rows]  # fmt: skip


def rows(registry: Registry, table: str, columns: str) -> list[tuple[object, ...]]:
    return registry.store.rows(f"SELECT {columns} FROM {table} ORDER BY ALL")


def codes(registry: Registry) -> set[str]:
    return {problem.code for problem in registry.problems() if problem.severity != "info"}


def read(tmp_path: Path, **tables: omops.Rows) -> Registry:
    """A folder of one woman with whatever is told of her."""
    return omops.read(tmp_path / "export", {"person": [person(1, 8532, "1955-03-01")], "death": [], **tables})


LMS = condition(1, 1, "2018-01-10", "8890/3-C54.2")


def test_partial_dates_stay_intervals(tmp_path: Path) -> None:
    """OHDSI/OncologyWG#562: no silent first of January."""
    registry = omops.read(tmp_path / "export", {
        "person": [person(1, 8532, "1955"), person(2, 8532, "1955")],
        "condition_occurrence": [condition(1, 1, "2019-06", "8890/3-C54.2"), condition(2, 2, "15/06/2019", "8890/3-C54.2")],
        "death": [death(1, "2020"), death(2, "99/03/2021")],
    })  # fmt: skip
    days = rows(
        registry, "diagnosis JOIN patient USING (patient)", "diagnosis_low, diagnosis_high, death_low, death_high"
    )
    assert [[calendar_date(day) for day in told] for told in days] == [
        ["2019-06-01", "2019-06-30", "2020-01-01", "2020-12-31"], ["2019-06-15", "2019-06-15", "2021-03-01", "2021-03-31"]
    ]  # fmt: skip
    spans = rows(
        registry, "diagnosis JOIN patient USING (patient)", "death_low - diagnosis_high, death_high - diagnosis_low"
    )
    assert spans == [(185, 579), (625, 655)]
    precision = registry.survival("os").precision
    # between two deaths the median is halfway
    assert (precision["median_low"], precision["median_high"]) == ((185 + 625) / 2, (579 + 655) / 2)


def test_a_birth_datetime_that_a_program_filled_up_is_no_birthday(tmp_path: Path) -> None:
    """SynPUF-like exports have 1943-01-01 00:00:00 for somebody born in 1943."""
    born = {**person(1, 8532, "1943"), "birth_datetime": "1943-01-01 00:00:00"}
    registry = read(tmp_path, person=[born])
    assert [calendar_date(day) for day in rows(registry, "patient", "birth_low, birth_high")[0]] == [
        "1943-01-01",
        "1943-12-31",
    ]


@pytest.mark.parametrize(
    "written", ["2019-06-15 23:30:00", "2019-06-15T23:30:00-05:00", "2019-06-15T00:10:00Z", "20190615"]
)
def test_a_datetime_is_the_day_of_its_own_calendar(written: str, tmp_path: Path) -> None:
    stamped = {**condition(1, 1, "", "8890/3-C54.2"), "condition_start_datetime": written}
    assert (
        calendar_date(rows(read(tmp_path, condition_occurrence=[stamped]), "diagnosis", "diagnosis_low")[0][0])
        == "2019-06-15"
    )  # type: ignore[arg-type]


TUMOURS = [
    ("8890/3-C54.2", "yes", "uterine"), ("8891/3-C55.9", "yes", "uterine"), ("8890/3-C48.0", "yes", "retroperitoneal_abdominal"),
    ("8896/3-C49.2", "yes", "extremity"), ("8890/3-C49.4 IVC", "yes", "large_vessel"), ("8897/1-C54.2", "no", "uterine"),
    ("8890/0-C54.2", "no", "uterine"), ("8936/3-C16.9", "no", "gi_visceral"), ("8890-C49.2", "query", "extremity"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "lms", "site"), TUMOURS)
def test_morphology_and_site_decide_together(written: str, lms: str, site: str, tmp_path: Path) -> None:
    """cBioPortal/oncotree#236, in OMOP's own spelling of ICD-O-3."""
    registry = read(tmp_path, condition_occurrence=[condition(1, 1, "2018-01-10", written)])
    [(verdict, group)] = rows(registry, "lms_case", "lms, site_group")
    assert group == site
    assert verdict == lms or (written.startswith("8897/1") and verdict in {"no", "query"})


def test_without_a_death_table_nobody_is_alive_and_nobody_dead(tmp_path: Path) -> None:
    """FLIP#1148: a missing DEATH table does not make everybody immortal."""
    registry = omops.read(tmp_path / "export", {
        "person": [person(1, 8532, "1955-03-01")], "condition_occurrence": [LMS], "visit_occurrence": [visit(1, 1, "2020-01-01")],
    })  # fmt: skip
    assert rows(registry, "patient", "vital_status, death_low") == [(None, None)]
    assert "LM-F031" in codes(registry)
    survival = registry.survival("os")
    assert [(one["reason"], one["n"]) for one in survival.excluded] == [("vital status not recorded", 1)]


def test_with_an_empty_death_table_a_visit_is_a_day_of_being_alive(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS], visit_occurrence=[visit(1, 1, "2020-01-01")])
    assert [
        (status, calendar_date(day)) for status, day in rows(registry, "patient", "vital_status, last_contact_low")
    ] == [("alive", "2020-01-01")]  # type: ignore[arg-type]


def test_the_end_of_observation_is_a_contact_of_the_living_alone(tmp_path: Path) -> None:
    period = {"observation_period_id": 1, "person_id": 1, "observation_period_start_date": "2017-01-01",
              "observation_period_end_date": "2024-12-31", "period_type_concept_id": 1}  # fmt: skip
    dead = read(
        tmp_path / "dead", condition_occurrence=[LMS], observation_period=[period], death=[death(1, "2019-01-01")]
    )
    living = read(tmp_path / "living", condition_occurrence=[LMS], observation_period=[period])
    assert rows(dead, "patient", "vital_status, last_contact_low IS NULL") == [("dead", True)]
    assert rows(living, "patient", "vital_status, last_contact_low IS NULL") == [("alive", False)]
    assert not dead.conflicts()


def test_a_visit_after_the_death_is_kept_and_a_hard_conflict(tmp_path: Path) -> None:
    registry = read(
        tmp_path,
        condition_occurrence=[LMS],
        visit_occurrence=[visit(1, 1, "2020-01-01")],
        death=[death(1, "2019-01-01")],
    )
    assert next(entry["kind"] for entry in registry.conflicts()) == "hard"


def test_a_concept_table_beside_the_data_gives_codes_and_names(tmp_path: Path) -> None:
    registry = read(
        tmp_path,
        condition_occurrence=[condition(1, 1, "2018-01-10", "", 700001), condition(2, 1, "2019-01-10", "", 700002),
                              condition(3, 1, "2018-01-01", "", 700003)],
        drug_exposure=[drug(1, 1, 700004, "2019-02-01")],
        procedure_occurrence=[procedure(1, 1, "2018-02-01", "", 700005)],
        measurement=[measured(1, 1, "2018-02-03", 700006), measured(2, 1, "2018-02-03", 700007)],
        concept=concepts(
            (700001, "Leiomyosarcoma of uterus", "SNOMED", "1"), (700002, "Secondary malignant neoplasm of liver", "SNOMED", "2"),
            (700003, "Pelvic pain", "SNOMED", "3"), (700004, "doxorubicin hydrochloride 2 MG/ML Injectable Solution", "RxNorm", "4"),
            (700005, "Total abdominal hysterectomy", "SNOMED", "5"), (700006, "R1: Microscopic residual tumor", "Cancer Modifier", "6"),
            (700007, "AJCC/UICC 8th pathological T2b Category", "Cancer Modifier", "7"),
        ),
    )  # fmt: skip
    assert rows(registry, "lms_case", "lms, site_group") == [("yes", "uterine")]
    assert rows(registry, "disease_status", "status, site") == [("distant_metastasis", "liver")]
    assert rows(registry, "symptom", "term") == [("pain",)]
    assert rows(registry, "drug_exposure", "agent, matched") == [("doxorubicin", "normalised")]
    assert rows(registry, "surgery", "kind, residual_tumor") == [("primary", "R1")]
    assert rows(registry, "stage WHERE NOT derived", "edition, basis, t") == [("8", "pathological", "T2b")]


def test_an_icd10_code_in_the_concept_table_is_a_code(tmp_path: Path) -> None:
    source = {**condition(1, 1, "2018-01-10", "", 700001), "condition_source_concept_id": 700002}
    registry = read(tmp_path, condition_occurrence=[source], concept=concepts(
        (700001, "Malignant neoplasm of uterus", "SNOMED", "371973000"), (700002, "Myometrium", "ICD10", "C54.2")))  # fmt: skip
    assert rows(registry, "diagnosis", "icd10, topography, histology") == [
        ("C54.2", "C54.2", "Malignant neoplasm of uterus")
    ]


def test_ingredients_come_from_concept_ancestor_where_the_name_tells_none(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS], drug_exposure=[drug(1, 1, 700001, "2019-02-01", "", "66-CHEMO")],
                    concept_ancestor=[{"ancestor_concept_id": 1338512, "descendant_concept_id": 700001,
                                       "min_levels_of_separation": 1, "max_levels_of_separation": 1}])  # fmt: skip
    assert rows(registry, "drug_exposure", "agent, as_written") == [("doxorubicin", "66-CHEMO")]


def test_conditions_without_code_or_name_are_told(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS, condition(2, 1, "2018-01-10", "", 433753)])
    [problem] = [problem for problem in registry.problems() if problem.code == "LM-F032"]
    assert "1 different" in problem.detail


def test_a_number_that_nobody_looked_up_decides_only_with_the_words(tmp_path: Path) -> None:
    told = read(tmp_path, condition_occurrence=[LMS], episode=[
        episode(1, 1, 32529, "2019-01-01", episode_source_value="Disease recurrence"), episode(2, 1, 32677, "2019-02-01"),
        episode(3, 1, 32529, "2019-03-01", episode_source_value="Hospital admission"),
    ])  # fmt: skip
    assert rows(told, "disease_status", "status") == [("new_tumor_event",), ("progression",)]
    assert [problem.row for problem in told.problems() if problem.code == "LM-D027"] == [4]


def test_an_unspecific_code_of_the_same_organ_is_the_same_tumour_and_another_organ_another(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[
        condition(1, 1, "2017-12-01", "C54.9"), LMS, condition(3, 1, "2015-01-01", "C50.4"), condition(4, 1, "2015-06-01", "C50.4"),
    ])  # fmt: skip
    told = rows(registry, "diagnosis", "tumour, role, DATE '1970-01-01' + diagnosis_low")
    assert [(tumour, role, str(day)[:10]) for tumour, role, day in told] == [
        ("1", "index", "2018-01-10"), ("C50", "other_primary", "2015-01-01")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value", [{"value_source_value": "positive"}, {"value_as_concept_id": 9191}], ids=["word", "concept"]
)
def test_a_margin_and_residual_tumour_are_two_statements(value: dict[str, object], tmp_path: Path) -> None:
    margin = {"measurement_source_value": "Surgical margins", **value}
    registry = read(tmp_path, condition_occurrence=[LMS], procedure_occurrence=[procedure(1, 1, "2018-02-01", "Hysterectomy")],
                    measurement=[measured(1, 1, "2018-02-05", 0, **margin), measured(2, 1, "2018-02-05", 1634643)])  # fmt: skip
    assert rows(registry, "surgery", "margin, residual_tumor") == [("positive", "R0")]
    assert "contradiction" in {entry["kind"] for entry in registry.conflicts()}


def test_a_modifier_is_of_the_operation_it_points_to(tmp_path: Path) -> None:
    operations = [
        procedure(1, 1, "2018-02-01", "Hysterectomy"),
        procedure(2, 1, "2019-02-01", "Wedge resection of lung"),
    ]
    pointing = {"measurement_event_id": 2, "meas_event_field_concept_id": 1147082}
    registry = read(tmp_path, condition_occurrence=[LMS], procedure_occurrence=operations, measurement=[
        measured(1, 1, "2020-01-01", 1633801, **pointing), measured(2, 1, "2018-02-09", 1634643), measured(3, 1, "2021-01-01", 1634484),
    ])  # fmt: skip
    assert rows(registry, "surgery", "kind, residual_tumor") == [
        ("metastasectomy", "R1"),
        ("primary", "R0"),
        (None, "R2"),
    ]
    assert [problem.row for problem in registry.problems() if problem.code == "LM-D028"] == [4]


def test_operations_long_before_the_tumour_are_not_on_it(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS], procedure_occurrence=[
        procedure(1, 1, "2010-02-01", "Excision of skin lesion"), procedure(2, 1, "2017-12-20", "Core needle biopsy")])  # fmt: skip
    assert rows(registry, "surgery", "kind") == [("biopsy",)]


def test_two_courses_of_radiation_are_two(tmp_path: Path) -> None:
    days = ["2018-03-05", "2018-03-06", "2018-03-12", "2019-08-01", "2019-08-02"]
    registry = read(tmp_path, condition_occurrence=[LMS], procedure_occurrence=[
        procedure(n, 1, day, "Radiation therapy delivery") for n, day in enumerate(days, 1)])  # fmt: skip
    told = rows(registry, "radiotherapy", "start_low, end_low")
    assert [tuple(map(calendar_date, pair)) for pair in told] == [
        ("2018-03-05", "2018-03-12"),
        ("2019-08-01", "2019-08-02"),
    ]  # type: ignore[arg-type]


def test_episodes_of_treatment_speak_where_no_other_row_does(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS], drug_exposure=[drug(7, 1, 1338512, "2019-01-01")], episode=[
        episode(1, 1, 32941, "2019-06-01", "2019-09-01", episode_object_concept_id=35803577, episode_number=2),
        episode(2, 1, 32940, "2018-03-01", "2018-04-10"), episode(3, 1, 32531, "2019-01-01", episode_number=1),
    ], episode_event=[{"episode_id": 3, "event_id": 7, "episode_event_field_concept_id": 1147094}])  # fmt: skip
    assert rows(registry, "drug_exposure", "agent, line_stated") == [
        ("docetaxel", 2),
        ("doxorubicin", 1),
        ("gemcitabine", 2),
    ]
    assert [tuple(map(calendar_date, pair)) for pair in rows(registry, "radiotherapy", "start_low, end_low")] == [
        ("2018-03-01", "2018-04-10")
    ]  # type: ignore[arg-type]


def test_absent_spread_is_no_spread(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[LMS], measurement=[
        measured(1, 1, "2018-01-12", 36770283, value_as_concept_id=4188540),
        measured(2, 1, "2018-01-12", 36769180, value_as_concept_id=4132135)])  # fmt: skip
    assert rows(registry, "disease_status", "status, site") == [("no_metastasis", None)]


def test_a_history_or_a_suspicion_of_cancer_is_no_cancer(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[
        condition(1, 1, "2018-01-01", "Family history of malignant neoplasm of breast"), condition(2, 1, "2018-01-01", "Suspected cancer"),
    ])  # fmt: skip
    assert rows(registry, "diagnosis", "*") == []


def test_identifiers_that_a_program_wrote_as_decimals_are_the_same_person(tmp_path: Path) -> None:
    registry = read(tmp_path, condition_occurrence=[{**LMS, "person_id": "1.0", "condition_concept_id": "0.0"}])
    assert rows(registry, "lms_case", "patient, lms") == [("1", "yes")]


def test_the_centre_is_the_abbreviation_of_cdm_source(tmp_path: Path) -> None:
    folder = omops.write(tmp_path / "export", {"person": [person(1, 8532, "1955")], "condition_occurrence": [LMS], "death": [],
                                               "cdm_source": [{"cdm_source_name": "Clinic", "cdm_source_abbreviation": "CLN"}]})  # fmt: skip
    with Registry() as held:
        held.ingest(folder)
        assert held.store.rows("SELECT DISTINCT centre FROM patient") == [("CLN",)]
