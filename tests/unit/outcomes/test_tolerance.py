"""Symptoms and adverse events from recorded rows to results."""

import json

from leiomyo.course.therapy import courses
from leiomyo.outcomes.cohort import cohort
from leiomyo.outcomes.tolerance import tolerance
from tests.made_registry import on, registry_of


def told(registry):
    return tolerance(registry.store, courses(registry.store), cohort(registry.store))


def test_rows_become_rates_by_regimen_and_complaints_by_period():
    registry = registry_of(
        patient=[{"patient": name, "vital_status": "alive", **on("last_contact", 900)} for name in "AB"],
        diagnosis=[{"patient": name, "topography": "C55.9", **on("diagnosis", 0)} for name in "AB"],
        disease_status=[
            {"patient": name, "status": "distant_metastasis", "moment": "at_diagnosis", **on("day", 0)} for name in "AB"
        ],
        drug_exposure=[{"patient": name, "agent": "doxorubicin", **on("start", 50), **on("end", 150)} for name in "AB"],
        adverse_event=[
            {"patient": "A", "term": "Neutropenia", "grade": 4, **on("day", 60)},
            {"patient": "B", "term": "No adverse events"},
        ],
        symptom=[{"patient": "A", "term": "pain", **on("onset", 20)}, {"patient": "B", "term": "pain"}],
    )
    found = told(registry)
    [row] = found["adverse_events"]["regimens"]
    assert (row["label"], row["severe"]["n"], row["recorded"]) == ("Doxorubicin", 1, 2)
    assert [term["term"] for term in found["adverse_events"]["terms"]] == ["Neutrophil count decreased"]
    [pain] = found["symptoms"]["rows"]
    assert (pain["site_group"], pain["n"], pain["before"], pain["undated"]) == ("uterine", 2, 1, 1)
    json.dumps(found, allow_nan=False)


def test_symptoms_of_a_form_that_gives_no_day_stay_without_one(example):
    symptoms = told(example)["symptoms"]
    assert symptoms["recorded"] == 33 and symptoms["dated"] == 0
    assert all(row["undated"] == row["n"] for row in symptoms["rows"])
    assert symptoms["lines"] == [] and symptoms["over_time"] == {}


def test_the_sarcoma_forms_of_tcga_record_neither(tcga):
    found = told(tcga)
    assert found["symptoms"] == {} and found["adverse_events"] == {}
