"""What every observation has: its value in words, its day, the tumour that it is of, and a word on what is not read."""

from __future__ import annotations

from typing import Any

from leiomyo.model.dates import DayInterval
from leiomyo.sources.fhir_resources import Component, Observation
from leiomyo.sources.fhir_row import Row
from leiomyo.sources.fhir_values import absent_concept, listed, words
from leiomyo.sources.statements import spread


def when(found: Observation, row: Row) -> DayInterval | None:
    """The day of a finding; of a period its first."""
    if found.effectivePeriod:
        return row.span(found.effectivePeriod, "effectivePeriod")[0]
    return row.days(found.effectiveDateTime or found.effectiveInstant, "effectiveDateTime")


def of_tumour(found: Observation, row: Row) -> dict[str, Any]:
    """The beginning of a statement on the tumour itself."""
    return tumour_row(row.tumour_of(found.focus))


def tumour_row(tumour: str) -> dict[str, Any]:
    """Which tumour a statement of the diagnosis is of, without a day of its own."""
    return spread({"tumour": tumour, "role": "index" if tumour == "1" else "other_primary"}, diagnosis=None)


def value_of(found: Observation | Component) -> str | None:
    """The value in words; None where there is none."""
    if found.valueCodeableConcept:
        named = found.valueCodeableConcept.coding
        return words(found.valueCodeableConcept) or (named[0].code if named else None)
    if found.valueQuantity and found.valueQuantity.value is not None:
        amount = found.valueQuantity
        return f"{amount.comparator}{amount.value:g} {amount.unit or amount.code}".strip()
    if found.valueInteger is not None:
        return str(found.valueInteger)
    if found.valueBoolean is not None:
        return "yes" if found.valueBoolean else "no"
    return found.valueString


def unread(found: Observation, row: Row) -> None:
    """Note a value that could not be read; one that is said to be absent needs no word."""
    value = value_of(found)
    if value and not absent_concept(found.dataAbsentReason) and ("fhir", value) not in listed("absent"):
        row.problem("LM-D005", "value", value)
