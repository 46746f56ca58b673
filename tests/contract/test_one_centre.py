"""A centre that mixes systems: a registry as a sheet, drugs in OMOP, pathology in FHIR; one patient, one truth, one ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.registry import Registry
from tests.contract.sources import fhir, omops
from tests.contract.sources.studies import rows

MAPPING = """centre: hospital
sheets:
  - file: registry.csv
    patient: number
    says:
      - patient: {sex: sex, vital_status: status, death: died, last_contact: seen}
      - diagnosis: {diagnosis: diagnosed, histology: entity, site_text: site}
"""
SHEET = """number,sex,diagnosed,entity,site,status,died,seen
1,female,2018-01-10,Leiomyosarcoma,Uterus,dead,2020-07-01,
2,male,2019-06,Leiomyosarcoma,Inferior vena cava,alive,,2021-06-15
"""


def _sheet(folder: Path) -> Path:
    folder.mkdir()
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "registry.csv").write_text(SHEET, encoding="utf-8")
    return folder


def _drugs(folder: Path) -> Path:
    return omops.write(folder, {
        "person": [omops.person(1, 8532, "1960-05-01"), omops.person(2, 8507, "1955-01-01")],
        "condition_occurrence": [omops.condition(1, 1, "2018-01-12", "8890/3-C54.2"),
                                 omops.condition(2, 2, "2019-06-20", "8890/3-C49.4")],
        "drug_exposure": [omops.drug(1, 1, 0, "2018-03-05", "2018-07-01", "Doxorubicin"),
                          omops.drug(2, 1, 0, "2019-09-01", "2019-12-01", "Gemcitabine"),
                          omops.drug(3, 1, 0, "2019-09-08", "2019-12-01", "Docetaxel")],
    })  # fmt: skip


def _pathology(folder: Path) -> Path:
    return fhir.write(folder, "bundle", [
        fhir.patient("x1", "1", gender="female", birthDate="1960-05-01"),
        fhir.patient("x2", "2", gender="male", birthDate="1955"),
        fhir.cancer("x1-lms", "x1", "2018-01-10", "8890/3", "C54.2", "Myometrium"),
        fhir.resource("Procedure", "x1-op", "x1", status="completed", performedDateTime="2018-02-01",
                      code=fhir.concept(text="Hysterectomy"), reasonReference=[{"reference": "Condition/x1-lms"}],
                      outcome=fhir.concept(fhir.ATHENA, "1633801")),
        fhir.resource("Observation", "x1-size", "x1", status="final", code=fhir.concept(fhir.LOINC, "21889-1"),
                      valueQuantity={"value": 9, "unit": "cm"}),
    ])  # fmt: skip


@pytest.fixture
def held(tmp_path: Path) -> Registry:
    registry = Registry()
    for name, export in (("registry", _sheet(tmp_path / "registry")), ("drugs", _drugs(tmp_path / "drugs")),
                         ("pathology", _pathology(tmp_path / "pathology"))):  # fmt: skip
        result = registry.ingest(export, name=name, centre="hospital")
        assert result.status == "new", result.problems
    return registry


def test_three_systems_make_one_patient(held: Registry) -> None:
    assert rows(held, "patient", "patient", "sex", "vital_status") == [("1", "female", "dead"), ("2", "male", "alive")]
    assert rows(held, "diagnosis", "patient", "morphology", "topography", "size_mm", "site_text") == [
        ("1", "8890/3", "C54.2", 90.0, "Uterus"), ("2", "8890/3", "C49.4", None, "Inferior vena cava")]  # fmt: skip
    assert rows(held, "surgery", "patient", "kind", "residual_tumor") == [("1", "primary", "R1")]
    told = [(line["line"], line["regimen"], line["start_day"]) for line in held.lines().to_dict()["lines"]]
    # counted by hand from 2018-01-10, the day of the source named first
    assert told == [(0, "doxorubicin", 54), (1, "gem_doc", 599)]
    [group] = held.survival("os").groups
    assert (group["n"], group["events"], group["median_days"]) == (2, 1, 903)


def test_what_the_systems_tell_differently_stands_in_one_ledger(held: Registry) -> None:
    days = {(row["patient"], row["kept_from"].split("/")[0], row["other_from"].split("/")[0])
            for row in held.conflicts() if row["column"] == "diagnosis"}  # fmt: skip
    # of the second the registry has the month only; the day that OMOP has lies within it, and is told all the same
    assert days == {("1", "registry", "drugs"), ("2", "registry", "drugs")}
    whole = held.store.rows(
        "SELECT sum(rows), (SELECT count(*) FROM input_row WHERE disposition IS NOT NULL) FROM source_file"
    )
    assert whole[0][0] == whole[0][1]


def test_a_corrected_export_of_one_system_replaces_it_alone(held: Registry, tmp_path: Path) -> None:
    folder = omops.write(tmp_path / "corrected", {
        "person": [omops.person(1, 8532, "1960-05-01")],
        "condition_occurrence": [omops.condition(1, 1, "2018-01-10", "8890/3-C54.2")],
        "drug_exposure": [omops.drug(1, 1, 0, "2018-03-06", "2018-07-01", "Doxorubicin")],
    })  # fmt: skip
    assert held.ingest(folder, name="drugs", centre="hospital").status == "replaced"
    assert rows(held, "drug_exposure", "agent", "start_low") == [("doxorubicin", 17596)]  # 2018-03-06
    assert rows(held, "surgery", "residual_tumor") == [("R1",)]
    assert [row for row in held.conflicts() if row["column"] == "diagnosis"] == []


def test_drugs_from_omop_meet_the_diagnosis_of_the_registry(tmp_path: Path) -> None:
    """OMOP that holds drugs alone: whose tumour another source tells, has them; whose none does, is no case."""
    drugs = omops.write(tmp_path / "drugs", {
        "person": [omops.person(n, 8532, "1960-05-01") for n in (1, 2, 3)],
        "condition_occurrence": [omops.condition(1, 1, "2018-01-12", "I10")],
        "drug_exposure": [omops.drug(1, 1, 0, "2018-03-05", "2018-07-01", "Doxorubicin"),
                          omops.drug(2, 2, 0, "2019-09-01", "2019-12-01", "Gemcitabine"),
                          omops.drug(3, 2, 0, "2019-09-08", "2019-12-01", "Docetaxel"),
                          omops.drug(4, 1, 0, "2018-03-05", "2018-07-01", "simvastatin 20 MG Oral Tablet"),
                          omops.drug(5, 3, 0, "2018-03-05", "2018-07-01", "Doxorubicin")],
    })  # fmt: skip
    registry = Registry()
    registry.ingest(_sheet(tmp_path / "registry"), name="registry", centre="hospital")
    registry.ingest(drugs, name="drugs", centre="hospital")
    told = [(line["line"], line["regimen"], line["start_day"]) for line in registry.lines().to_dict()["lines"]]
    # of the second only the month of diagnosis is known: counted from its middle, 2019-06-16
    assert told == [(1, "doxorubicin", 54), (1, "gem_doc", 77)]
    assert rows(registry, "lms_case", "patient", "lms") == [("1", "yes"), ("2", "yes")]
    assert rows(registry, "drug_exposure", "patient", "agent") == [
        ("1", "doxorubicin"), ("2", "docetaxel"), ("2", "gemcitabine"), ("3", "doxorubicin")]  # fmt: skip
