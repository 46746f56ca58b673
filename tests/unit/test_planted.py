"""The cohort with planted errors: right where it says so, wrong where it says so, and the same every time."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType

import pytest

from leiomyo.model.codes import codes
from leiomyo.model.tables import TABLES

ROOT = Path(__file__).parents[2]
PATIENTS, SEED = 300, 1
#: Carcinomas kept as context have codes of their own, which the list of sarcomas does not hold.
CARCINOMAS = {"8500/3", "8140/3"}
EVENT_DAYS = {
    "disease_status": ("day",), "surgery": ("day",), "radiotherapy": ("start", "end"),
    "drug_exposure": ("start", "end"), "follow_up": ("contact",), "adverse_event": ("day",), "symptom": ("onset",),
}  # fmt: skip
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("planted_cohort", ROOT / "benchmarks" / "planted" / "cohort.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("planted")
    script.write(*script.make(PATIENTS, SEED), out)
    return out


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def tables(folder: Path) -> dict[str, Rows]:
    return {path.stem: read(path) for path in sorted((folder / "tables").glob("*.csv"))}


@pytest.fixture(scope="module")
def truth(folder: Path) -> Rows:
    return read(folder / "truth" / "truth.csv")


@pytest.fixture(scope="module")
def clean(tables: dict[str, Rows], truth: Rows) -> dict[str, dict[str, Rows]]:
    """Rows by patient and table of those without an error; every patient has every table."""
    spoilt = {row["patient"] for row in truth}
    patients: dict[str, dict[str, Rows]] = {
        row["patient"]: defaultdict(list) for row in tables["patient"] if row["patient"] not in spoilt
    }
    for name, rows in tables.items():
        for row in rows:
            if row["patient"] in patients:
                patients[row["patient"]][name].append(row)
    return patients


def later(day: str, than: str) -> bool:
    """Whether a day, known in full or in part, is surely later than another."""
    length = min(len(day), len(than))
    return bool(length) and day[:length] > than[:length]


def test_the_same_seed_gives_the_same_bytes(script: ModuleType, folder: Path, tmp_path: Path) -> None:
    script.write(*script.make(PATIENTS, SEED), tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.csv")}
    assert made == {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.csv")}


def test_another_seed_gives_another_cohort(script: ModuleType, folder: Path, tmp_path: Path) -> None:
    script.write(*script.make(PATIENTS, SEED + 1), tmp_path)
    assert read(tmp_path / "tables" / "diagnosis.csv") != read(folder / "tables" / "diagnosis.csv")


def test_there_are_forty_kinds_and_each_occurs(script: ModuleType, truth: Rows) -> None:
    names = [kind.name for kind in script.KINDS]
    assert len(set(names)) == len(names) == 40
    assert {row["kind"] for row in truth} == set(names)


def test_no_patient_has_two_errors_and_most_have_none(truth: Rows) -> None:
    assert max(Counter(row["patient"] for row in truth).values()) == 1
    assert len(truth) <= 0.2 * PATIENTS


def test_the_truth_points_to_rows_that_are_there(tables: dict[str, Rows], truth: Rows) -> None:
    records = {row.get("record") for rows in tables.values() for row in rows}
    hints = {row["row_hint"].removeprefix("record=") for row in truth if row["table"] != "patient"}
    assert hints <= records


def test_an_error_is_one_row_of_a_patient_who_was_clean(script: ModuleType) -> None:
    before = script.clean_cohort(PATIENTS, SEED)
    after, planted = script.make(PATIENTS, SEED)
    spoilt = {one.case.patient: one for one in planted}
    for old, new in zip(before, after, strict=True):
        rows = [(name, row) for name in new.tables for row in new.tables[name] if row not in old.tables[name]]
        copies = sum(len(new.tables[name]) - len(old.tables[name]) for name in new.tables)
        assert (len(rows) == 1 or copies == 1) is (new.patient in spoilt)
        assert all(row is spoilt[new.patient].row for _, row in rows)


def test_values_are_what_the_case_tables_allow(tables: dict[str, Rows]) -> None:
    for name, rows in tables.items():
        for column in (column for column in TABLES[name].columns if column.name != "axis"):
            values = {row[column.name] for row in rows} - {""}
            if column.kind == "code":
                assert values <= set(codes(column.codes)), column.name
            elif column.kind == "flag":
                assert values <= {"yes", "no"}, column.name
            elif column.kind in {"integer", "number"}:
                assert column.low is not None and column.high is not None
                assert all(column.low <= float(value) <= column.high for value in values), column.name


def test_tumours_have_known_codes(tables: dict[str, Rows]) -> None:
    for row in tables["diagnosis"]:
        assert row["morphology"] in {"", *codes("morphology"), *CARCINOMAS}
        site = row["topography"]
        assert not site or site in codes("topography") or site[:3] in codes("topography")


def test_clean_patients_have_nothing_after_death_or_before_the_diagnosis(clean: dict[str, dict[str, Rows]]) -> None:
    for case in clean.values():
        person, diagnosed = case["patient"][0], case["diagnosis"][0]["diagnosis"]
        days = [row[column] for name, columns in EVENT_DAYS.items() for row in case[name] for column in columns]
        assert (person["vital_status"] == "dead") is bool(person["death"])
        assert not any(later(day, person["death"] or person["last_contact"]) for day in days)
        assert not later(diagnosed, person["death"]) and not later(diagnosed, person["last_contact"])
        assert not later(person["birth"], diagnosed)
        assert not any(later(row["start"], row["end"]) for row in [*case["radiotherapy"], *case["drug_exposure"]])


def test_clean_men_have_no_uterus_and_figo_is_for_the_uterus(clean: dict[str, dict[str, Rows]]) -> None:
    for case in clean.values():
        uterus = case["diagnosis"][0]["topography"][:3] in {"", "C53", "C54", "C55"}
        man = case["patient"][0]["sex"] == "male"
        assert not (man and case["diagnosis"][0]["topography"][:3] in {"C53", "C54", "C55"})
        assert uterus or all(row["system"] != "FIGO" for row in case["stage"])


def test_clean_stages_agree_with_size_and_metastases(clean: dict[str, dict[str, Rows]]) -> None:
    for case in clean.values():
        size = float(case["diagnosis"][0]["size_mm"] or 0)
        spread = any(row["moment"] == "at_diagnosis" for row in case["disease_status"])
        for row in case["stage"]:
            assert row["m"] in {"", "M1" if spread else "M0"}
            if row["edition"] == "8" and row["t"] and size:
                assert row["t"] == f"T{1 + (size > 50) + (size > 100) + (size > 150)}"


def test_clean_operations_agree_with_their_margins_and_occasions(clean: dict[str, dict[str, Rows]]) -> None:
    for case in clean.values():
        metastases = any(row["status"] == "distant_metastasis" for row in case["disease_status"])
        for row in case["surgery"]:
            assert (row["residual_tumor"], row["margin"]) not in {("R0", "positive"), ("R2", "negative")}
            assert not (row["margin"] == "negative" and row["margin_mm"] and float(row["margin_mm"]) < 1)
            assert not (row["margin"] == "positive" and row["margin_mm"] and float(row["margin_mm"]) > 1)
            assert metastases or row["kind"] != "metastasectomy"


def test_clean_treatment_is_what_is_given_in_practice(clean: dict[str, dict[str, Rows]]) -> None:
    for case in clean.values():
        for row in case["radiotherapy"]:
            if row["dose_gy"] and row["fractions"]:
                assert 1.5 <= float(row["dose_gy"]) / int(row["fractions"]) <= 12
        agents = Counter(row["agent"] for row in case["drug_exposure"])
        assert all(count == 1 for count in agents.values())


def test_clean_statuses_agree_with_life_and_cause_of_death(clean: dict[str, dict[str, Rows]]) -> None:
    for case in clean.values():
        person = case["patient"][0]
        for row in case["follow_up"]:
            assert (row["vital_status"] == "dead") or row["status"] not in {"DOD", "DOC", "DUC"}
            assert not (row["status"] == "DOD" and person["cause_of_death"] not in {"", "disease"})
            assert not (row["status"] == "DOC" and person["cause_of_death"] == "disease")
            assert not (row["adjuvant_radiation"] == "yes" and not case["radiotherapy"])
        assert person["vital_status"] == "dead" or all(row["grade"] != "5" for row in case["adverse_event"])


def test_the_unusual_but_right_are_among_the_patients(script: ModuleType) -> None:
    cases = script.clean_cohort(PATIENTS, SEED)
    tumours = [case.index_tumour for case in cases]
    courses = [row for case in cases for row in case.tables["radiotherapy"]]
    assert {19, 88} <= {row["age_years"] for row in tumours}
    assert {(25, 5), (48, 4), (60, 8)} <= {(row["dose_gy"], row["fractions"]) for row in courses}
    assert any(row["role"] == "other_primary" for case in cases for row in case.tables["diagnosis"])
    assert any(case.person["sex"] == "male" and case.index_tumour["topography"] == "C49.5" for case in cases)
