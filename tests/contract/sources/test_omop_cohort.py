"""One cohort told in every form of OMOP gives one truth: by version, with and without headers, as CSV and Parquet.

Five leiomyosarcomas. Days from diagnosis, by hand: 5 dies on day 100 (2020-01-01 to 2020-04-10), 3 on day 365, 2 on day
643; 4 is last seen on day 731 and 1 on day 922. So survival is 4/5, 3/5 and 2/5, the median is day 643.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from leiomyo.model.tables import PROVENANCE, TABLES
from leiomyo.registry import Registry
from tests.contract.sources import omops

FORMS: dict[str, dict[str, object]] = {
    "5.4, CSV with header": {},
    "5.4, CSV without header": {"header": False},
    "5.4, tabs without header, CRLF": {"header": False, "sign": "\t", "end": "\r\n"},
    "5.4, Parquet": {"parquet": True},
    "5.4, Parquet without names": {"parquet": True, "header": False},
    "5.3 with the oncology extension, header": {"version": "5.3+oncology"},
    "5.3 with the oncology extension, no header": {"version": "5.3+oncology", "header": False},
    "files of other names": {"prefix": "export_2024_"},
}


@cache
def _expected(tmp: Path) -> tuple[dict[str, list[tuple[object, ...]]], list[dict[str, object]]]:
    return told(omops.read(tmp / "expected", omops.COHORT))


def told(registry: Registry) -> tuple[dict[str, list[tuple[object, ...]]], list[dict[str, object]]]:
    """All case tables and the ledger, without files and rows."""
    own = {name for name, _, _ in PROVENANCE} - {"source", "file", "row"}
    tables = {}
    for table in TABLES.values():
        names = ", ".join(f'"{name}"' for name in [*sorted(own), *(name for name, _ in table.stored())])
        tables[table.name] = registry.store.rows(f"SELECT {names} FROM {table.name} ORDER BY ALL")
    return tables, [{key: entry[key] for key in ("patient", "table", "column", "kind", "kept", "other")}
                    for entry in registry.conflicts()]  # fmt: skip


def _tables(form: dict[str, object]) -> dict[str, omops.Rows]:
    """The cohort, with the links of modifiers in the columns of the version."""
    if form.get("version") != "5.3+oncology":
        return omops.COHORT
    moved = {
        "measurement_event_id": "modifier_of_event_id",
        "meas_event_field_concept_id": "modifier_of_field_concept_id",
    }
    rows = [{moved.get(name, name): cell for name, cell in row.items()} for row in omops.COHORT["measurement"]]
    return {**omops.COHORT, "measurement": rows}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_case_tables_and_survival(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    registry = omops.read(tmp_path / "export", _tables(FORMS[name]), **FORMS[name])
    tables, ledger = told(registry)
    expected = _expected(tmp_path_factory.getbasetemp())
    for table in TABLES:
        assert tables[table] == expected[0][table], table
    assert ledger == expected[1]
    [group] = registry.survival("os").groups
    curve = [(row["days"], row["survival"]) for row in group["curve"] if row["events"]]
    assert curve == [(100, pytest.approx(0.8)), (365, pytest.approx(0.6)), (643, pytest.approx(0.4))]
    assert (group["n"], group["events"], group["median_days"]) == (5, 3, 643)
    assert [row["survival"] for row in group["milestones"]] == [pytest.approx(0.6), pytest.approx(0.4), None]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The cohort, read once."""
    return omops.read(tmp_path_factory.mktemp("cohort"), omops.COHORT)


def _rows(registry: Registry, table: str, columns: str) -> list[tuple[object, ...]]:
    return registry.store.rows(f"SELECT {columns} FROM {table} ORDER BY ALL")


def test_who_has_a_leiomyosarcoma_and_where(cohort: Registry) -> None:
    assert _rows(cohort, "lms_case", "patient, lms, site_group") == [
        ("1", "yes", "uterine"), ("2", "yes", "retroperitoneal_abdominal"), ("3", "yes", "large_vessel"),
        ("4", "yes", "uterine"), ("5", "yes", "extremity"), ("6", "no", "uterine"), ("7", "no", "trunk"),
    ]  # fmt: skip


def test_a_tumour_has_the_first_day_on_which_it_is_told_and_the_modifiers_that_point_to_it(cohort: Registry) -> None:
    told = _rows(
        cohort,
        "diagnosis WHERE patient = '1'",
        "DATE '1970-01-01' + diagnosis_low, topography, icd10, size_mm, grade, mitoses_per_10_hpf",
    )
    assert [(str(day)[:10], *more) for day, *more in told] == [("2018-01-10", "C54.2", "C54.9", 85.0, "G2", 14.0)]
    assert _rows(cohort, "stage WHERE NOT derived", "patient, system, edition, basis, t, n") == [
        ("1", "AJCC", "8", "pathological", "T1", "N0")
    ]


def test_residual_tumour_of_both_code_sets_and_in_words_is_of_its_operation(cohort: Registry) -> None:
    assert _rows(cohort, "surgery", "patient, kind, residual_tumor, margin") == [
        ("1", "primary", "R0", None), ("2", "primary", "R1", None), ("3", "primary", "R2", None),
        ("5", "primary", None, "negative"),
    ]  # fmt: skip


def test_drugs_are_exposures_and_what_is_no_drug_against_cancer_is_none(cohort: Registry) -> None:
    assert _rows(cohort, "drug_exposure", "patient, agent, matched, line_stated") == [
        ("1", "docetaxel", "normalised", 2), ("1", "doxorubicin", "exact", None), ("1", "gemcitabine", "exact", 2),
        ("2", "doxorubicin", "exact", None),
    ]  # fmt: skip
    lines = [(line["patient"], line["line"], line["agents"]) for line in cohort.lines().rows]
    assert lines == [("1", 1, ["doxorubicin"]), ("1", 2, ["gemcitabine", "docetaxel"]), ("2", 1, ["doxorubicin"])]


def test_fractions_are_one_course_of_radiation(cohort: Registry) -> None:
    assert _rows(cohort, "radiotherapy", "patient, end_low - start_low, technique") == [("2", 2, "external")]


def test_spread_told_at_each_visit_is_one_spread(cohort: Registry) -> None:
    assert _rows(cohort, "disease_status", "patient, status, site") == [
        ("1", "distant_metastasis", "lung"), ("1", "progression", None), ("1", "with_tumor", "lung"),
        ("2", "new_tumor_event", None), ("3", "distant_metastasis", "liver"), ("4", "distant_metastasis", "lung"),
    ]  # fmt: skip


def test_two_deaths_of_one_person_are_a_conflict_and_a_drug_after_the_death_is_kept(cohort: Registry) -> None:
    deaths = [entry for entry in cohort.conflicts() if entry["column"] == "death"]
    assert [(entry["patient"], entry["kind"]) for entry in deaths] == [("2", "conflict")]
    failing = {(finding["check"], finding["patient"]) for finding in cohort.check().rows()}
    assert failing >= {("two_deaths", "2"), ("drug_after_death", "2")}
    assert _rows(cohort, "patient WHERE vital_status = 'dead'", "patient, cause_of_death") == [
        ("2", "disease"), ("3", "disease"), ("5", "other")
    ]  # fmt: skip
    after = _rows(
        cohort, "drug_exposure JOIN patient USING (centre, patient) WHERE start_low > death_high", "patient, agent"
    )
    assert after == [("2", "doxorubicin")]


def test_a_row_that_concerns_nothing_of_ours_still_names_its_patient(cohort: Registry) -> None:
    assert _rows(cohort, "patient WHERE patient = '8'", "patient, sex, vital_status") == [("8", "male", "alive")]
    assert _rows(cohort, "quarantine", "count(*)") == [(0,)]
