"""Of a patient: who it is, alive or dead, and on which days seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leiomyo.model.dates import DayInterval
from leiomyo.sources.base import Statement
from leiomyo.sources.fhir_resources import Encounter, Extension, Observation, Patient
from leiomyo.sources.fhir_row import Row
from leiomyo.sources.fhir_values import absent, extensions, listed, words
from leiomyo.sources.statements import spread

_SEEN = frozenset({"finished", "in-progress", "arrived", "triaged", "onleave"})


def patient(found: Patient, row: Row) -> Iterator[Statement]:
    """The person; dead without a day stays dead without a day, and no word on death is no word."""
    missing = {
        "sex": absent(found.gender_),
        "birth": absent(found.birthDate_),
        "death": absent(found.deceasedDateTime_),
    }
    sex = listed("sex").get(("fhir", found.gender))
    if found.gender and sex is None:
        missing["sex"] = "unknown"
        if found.gender != "unknown":
            row.problem("LM-D005", "gender", found.gender)
    death = row.days(found.deceasedDateTime, "deceasedDateTime")
    dead = bool(found.deceasedBoolean or found.deceasedDateTime)
    person: dict[str, Any] = {
        "axis": "calendar", "sex": sex, "race": _said(found.extension, "us-core-race"),
        "ethnicity": _said(found.extension, "us-core-ethnicity"),
        "vital_status": "dead" if dead else "alive" if found.deceasedBoolean is False else None,
        "missing": {name: why for name, why in missing.items() if why},
    }  # fmt: skip
    yield "patient", spread(person, birth=row.days(found.birthDate, "birthDate"), death=death)


def _said(inside: list[Extension], ending: str) -> str | None:
    for outer in extensions(inside, ending):
        told = [one.valueString for one in outer.extension if one.url == "text" and one.valueString]
        return told[0] if told else words(outer.valueCodeableConcept) or None
    return None


def encounter(found: Encounter, row: Row) -> Iterator[Statement]:
    """A contact that took place: the patient was alive on its last day."""
    if found.status in _SEEN:
        start, end = row.span(found.period, "period")
        yield from _alive(end or start)


def looked_at(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    """A sign of life taken of the patient, such as weight or blood pressure."""
    if any(coding.code == "vital-signs" for one in found.category for coding in one.coding):
        yield from _alive(row.days(found.effectiveDateTime or found.effectiveInstant, "effectiveDateTime"))


def _alive(on: DayInterval | None) -> Iterator[Statement]:
    if on:
        yield "patient", spread({"axis": "calendar", "vital_status": "alive"}, last_contact=on)
