"""The rows of each table of an OMOP folder, one function a table, in the order of the case tables.

Numbers follow from the place of a row in its case table, so that one table can point to the rows of another without
either being kept: CONDITION_OCCURRENCE has the diagnoses, then the symptoms; PROCEDURE_OCCURRENCE the operations, then
the radiation; EPISODE the courses of radiation, then the tumours, then what was found of the disease, then the lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leiomyo.exports.omop_concepts import NONE, OUTPATIENT, REGISTRY, concept
from leiomyo.exports.omop_people import INDEX, People, cell, drug_concept, fields
from leiomyo.spreadsheet import csv_cell

Rows = Iterator[dict[str, Any]]
#: How an operation reads where its concept only says that it is one.
_OPERATIONS = {"primary": "Excision of primary tumor", "re_excision": "Re-excision", "debulking": "Debulking",
               "recurrence": "Excision of local recurrence", "metastasectomy": "Metastasectomy", "biopsy": "Biopsy",
               "other": "Surgical procedure"}  # fmt: skip
_RADIATION = {"external": "External beam radiation therapy", "internal": "Brachytherapy"}


def person(people: People) -> Rows:
    """PERSON, with the patient's own identifier as its source value."""
    several = len({centre for centre, _ in people.numbers}) > 1
    for _, number, row in people.each("patient", "birth", "sex", "race", "ethnicity"):
        year, month, day = [*people.day("patient", row, "birth", counting=True).split("-"), "", ""][:3]
        sex = row.get("sex")
        yield {
            "person_id": number, "gender_concept_id": concept("sex", sex) if sex else NONE, "year_of_birth": year,
            "month_of_birth": month.lstrip("0"), "day_of_birth": day.lstrip("0"), "race_concept_id": NONE,
            "ethnicity_concept_id": NONE, "gender_source_value": sex, "race_source_value": row.get("race"),
            "ethnicity_source_value": row.get("ethnicity"),
            "person_source_value": f"{row['centre']}-{row['patient']}" if several else row["patient"],
        }  # fmt: skip


def death(people: People) -> Rows:
    """DEATH. A death without a day has none here either."""
    for _, number, row in people.each("patient", "vital_status", "death", "cause_of_death"):
        if row.get("vital_status") != "dead":
            continue
        day = people.day("patient", row, "death", counting=True)
        if not day:
            people.left["patient: a death without a day has a blank date"] += 1
        tumour = people.tumours.get(number, {}).get(INDEX)
        cause = row.get("cause_of_death")
        yield {"person_id": number, "death_date": day, "death_type_concept_id": REGISTRY,
               "cause_concept_id": tumour.concept if tumour and cause == "disease" else NONE,
               "cause_source_value": f"cause_of_death={cause}" if cause else None}  # fmt: skip


def observation_period(people: People) -> Rows:
    """OBSERVATION_PERIOD: from the diagnosis to the death or the last contact."""
    for number, person_id, row in people.each("patient", "vital_status", "death", "last_contact"):
        dead = row.get("vital_status") == "dead"
        name = "death" if dead and row.get("death_low") is not None else "last_contact"
        end = people.day("patient", row, name, counting=name == "last_contact")
        if not end:
            continue
        if row.get("vital_status") is None:
            people.left["patient: a last contact without a vital status"] += 1
            continue
        tumour = people.tumours.get(person_id, {}).get(INDEX)
        before = tumour is not None and tumour.low is not None and tumour.low <= row[f"{name}_high"]
        yield {"observation_period_id": number, "person_id": person_id, "observation_period_end_date": end,
               "observation_period_start_date": tumour.day if tumour and before and tumour.day else end,
               "period_type_concept_id": REGISTRY}  # fmt: skip


def visit_occurrence(people: People) -> Rows:
    """VISIT_OCCURRENCE: each contact with somebody alive, and the last one of those who have died since."""
    number = 0
    for person_id, day in _contacts(people):
        number += 1
        yield {"visit_occurrence_id": number, "person_id": person_id, "visit_concept_id": OUTPATIENT,
               "visit_start_date": day, "visit_end_date": day, "visit_type_concept_id": REGISTRY}  # fmt: skip


def _contacts(people: People) -> Iterator[tuple[int, str]]:
    """Whole days only: a visit in some month would be taken for a later contact than it was."""
    for _, person_id, row in people.each("follow_up", "contact", "vital_status"):
        low = row.get("contact_low")
        if row.get("vital_status") == "alive" and low is not None and low == row["contact_high"]:
            yield person_id, people.day("follow_up", row, "contact")
    for _, person_id, row in people.each("patient", "vital_status", "last_contact"):
        if row.get("vital_status") == "dead" and (day := people.day("patient", row, "last_contact")):
            yield person_id, day


def condition_occurrence(people: People) -> Rows:
    """CONDITION_OCCURRENCE: the tumours with their codes of ICD-O-3, and the complaints."""
    for number, person_id, row in people.each("diagnosis", "diagnosis", counting=True):
        tumour = people.tumours[person_id][row.get("tumour", INDEX)]
        if tumour.id != number:
            people.left["diagnosis of a tumour told before"] += 1
            continue
        day = people.day("diagnosis", row, "diagnosis", counting=True)
        yield _condition(number, person_id, day, tumour.written, tumour.concept)
    first = people.records["diagnosis"].num_rows
    for number, person_id, row in people.each("symptom", counting=True):
        day = people.day("symptom", row, "onset", counting=True)
        yield _condition(first + number, person_id, day, f"symptom | {fields('symptom', row)}", NONE)


def _condition(number: int, person_id: int, day: str, written: str, concept_id: int) -> dict[str, Any]:
    return {"condition_occurrence_id": number, "person_id": person_id, "condition_concept_id": concept_id,
            "condition_start_date": day, "condition_type_concept_id": REGISTRY, "condition_source_value": written,
            "condition_source_concept_id": concept_id}  # fmt: skip


def procedure_occurrence(people: People) -> Rows:
    """PROCEDURE_OCCURRENCE: operations and courses of radiation; the days of a course stand in its episode, too."""
    for number, person_id, row in people.each("surgery", counting=True):
        kind = row.get("kind")
        told = fields("surgery", row, ("kind", "margin_mm", "neoadjuvant", "morcellation", "organs_resected",
                                       "organs_invaded"))  # fmt: skip
        yield {"procedure_occurrence_id": number, "person_id": person_id,
               "procedure_concept_id": concept("surgery", "primary" if kind == "primary" else ""),
               "procedure_date": people.day("surgery", row, "day", counting=True),
               "procedure_type_concept_id": REGISTRY, "procedure_source_concept_id": NONE,
               "modifier_source_value": told,
               "procedure_source_value": _OPERATIONS.get(kind or "", "Operation")}  # fmt: skip
    first = people.records["surgery"].num_rows
    for number, person_id, row in people.each("radiotherapy"):
        told = fields("radiotherapy", row, ("ongoing", "setting", "target", "dose_as_written", "fractions", "technique",
                                            "response"))  # fmt: skip
        yield {"procedure_occurrence_id": first + number, "person_id": person_id, "procedure_concept_id": NONE,
               "procedure_date": people.day("radiotherapy", row, "start"),
               "procedure_end_date": people.day("radiotherapy", row, "end"), "procedure_type_concept_id": REGISTRY,
               "quantity": row.get("fractions"), "modifier_source_value": told, "procedure_source_concept_id": NONE,
               "procedure_source_value": _RADIATION.get(row.get("technique") or "", "Radiation therapy")}  # fmt: skip


def drug_exposure(people: People) -> Rows:
    """DRUG_EXPOSURE by ingredient, with the drug as it was written as source value."""
    for number, person_id, row in people.each("drug_exposure", counting=True):
        written, agent = cell(row.get("as_written") or ""), row.get("agent")
        drug, guarded = drug_concept(agent), csv_cell(written) != written
        columns = ["ongoing", "setting", "stated_kind", "trial_drug", "cycles", "dose_as_written", "response"]
        if agent and not drug and written:
            columns.insert(0, "agent")
        if guarded:
            columns.append("as_written")
        yield {"drug_exposure_id": number, "person_id": person_id, "drug_concept_id": drug,
               "drug_exposure_start_date": people.day("drug_exposure", row, "start", counting=True),
               "drug_exposure_end_date": people.day("drug_exposure", row, "end", counting=True),
               "drug_type_concept_id": REGISTRY, "sig": fields("drug_exposure", row, tuple(columns)),
               "drug_source_value": written or (None if drug else agent), "drug_source_concept_id": NONE,
               "route_source_value": cell(row.get("administration_route") or "")}  # fmt: skip
