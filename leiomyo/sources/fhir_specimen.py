"""Of the specimen: what kind of tumour, how large, of what grade, mitoses, necrosis, and with which margin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leiomyo.model.codes import match_word, whole_word
from leiomyo.sources.base import Statement
from leiomyo.sources.fhir_course import status
from leiomyo.sources.fhir_found import of_tumour, tumour_row, unread, when
from leiomyo.sources.fhir_histology import Histology, histology_of
from leiomyo.sources.fhir_json import last_part
from leiomyo.sources.fhir_kinds import NOT_DONE
from leiomyo.sources.fhir_operations import Operation, the_one
from leiomyo.sources.fhir_resources import Component, Concept, DiagnosticReport, Observation, Quantity
from leiomyo.sources.fhir_row import Row
from leiomyo.sources.fhir_values import all_words, looked_up, words
from leiomyo.sources.statements import spread

_ON_SPECIMEN = re.compile(r"patholog|specimen|gross|microscop", re.I)
_ON_IMAGE = re.compile(r"imag|radiolog|tomograph|\bct\b|\bmri?\b|magnetic|ultraso", re.I)
_MITOSES = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*(?:mitos[ei]s)?\s*(?:per|/|in)\s*10\b", re.I)
#: A length or several joined by a cross ("6.2 x 4.1 x 3.0 cm"), and nothing else.
_LENGTHS = re.compile(r"\s*(\d+(?:[.,]\d+)?(?:\s*[a-z]*\s*[x×*]\s*\d+(?:[.,]\d+)?){0,2})\s*([a-z]*)\.?\s*", re.I)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
#: "Grade 2 of 3", "2/3": a grade of a scale of three, as FNCLCC's is.
_OF_THREE = re.compile(r"\s*(?:grade|grad|g)?\s*([1-3])\s*(?:of|out of|/|von)\s*3\s*", re.I)


def histology(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    """The histology of the tumour that it is of; one that is of no cancer of the patient says nothing here."""
    told = histology_of([found.valueCodeableConcept], found.valueString)
    if told is None:
        unread(found, row)
    else:
        yield from _kind(told, row)


def report(found: DiagnosticReport, row: Row) -> Iterator[Statement]:
    """The histology that a report concludes; any other conclusion says nothing here."""
    told = histology_of(found.conclusionCode)
    if told and found.status not in NOT_DONE:
        yield from _kind(told, row)


def _kind(told: Histology, row: Row) -> Iterator[Statement]:
    tumour = row.index.findings.get(row.record)
    if tumour == "1" and row.patient in row.index.lms and not told.lms and told.unspecific:
        return  # a first look, such as "spindle cell sarcoma", where the tumour has been named since
    if tumour:
        yield "diagnosis", {**tumour_row(tumour), "morphology": told.code, "histology": told.text}


def size(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    """The largest dimension, as an amount or in words."""
    largest = [part for part in found.component if looked_up("observation", part.code) == "size"]
    source: Observation | Component = largest[0] if largest else found
    amount = source.valueQuantity or _written(source)
    if source.valueQuantity is None and amount is not None and amount.value is not None and not amount.unit:
        row.problem("LM-D030", "value", f"{amount.value:g}")
        return
    length = row.millimetres(amount, "valueQuantity")
    if length is None:
        unread(found, row) if amount is None else None
        return
    told = all_words(found.method)
    basis = "pathological" if _ON_SPECIMEN.search(told) else "radiological" if _ON_IMAGE.search(told) else None
    yield "diagnosis", {**of_tumour(found, row), "size_mm": length, "size_basis": basis}


def _written(found: Observation | Component) -> Quantity | None:
    """A length that is written as text: of several dimensions the largest."""
    if found.valueInteger is not None:
        return Quantity(value=float(found.valueInteger))
    match = _LENGTHS.fullmatch(found.valueString or words(found.valueCodeableConcept))
    if match is None:
        return None
    return Quantity(value=max(float(one.replace(",", ".")) for one in _NUMBER.findall(match[1])), unit=match[2])


def grade(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    """The grade as recorded; a code of a list counts before its words."""
    value = found.valueCodeableConcept
    coded = looked_up("grade", value)
    if coded == "":
        return
    told = coded or words(value) or found.valueString or _number(found)
    if not told:
        unread(found, row)
        return
    named = all_words(found.method, found.code, value)
    system = "FNCLCC" if re.search(r"fnclcc|french federation", named, re.I) else words(found.method) or None
    if match := _OF_THREE.fullmatch(told):
        told = f"G{match[1]}"
    yield "diagnosis", {**of_tumour(found, row), "grade": told, "grade_system": system}


def _number(found: Observation) -> str:
    """A grade that is told as a bare number."""
    amount = found.valueInteger if found.valueQuantity is None else found.valueQuantity.value
    return f"{amount:g}" if amount is not None else ""


def mitoses(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    """Mitoses per ten fields."""
    amount = found.valueQuantity
    if written := _MITOSES.match(found.valueString or ""):
        amount = Quantity(value=float(written[1]), unit="per 10 HPF")
    if amount is None or amount.value is None or "10" not in f"{amount.unit}{all_words(found.code)}":
        unread(found, row)  # per what area it was counted is not said
        return
    if not 0 <= amount.value <= 500:
        row.problem("LM-D006", "valueQuantity", f"{amount.value:g}")
        return
    yield "diagnosis", {**of_tumour(found, row), "mitoses_per_10_hpf": amount.value}


def necrosis(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    """Necrosis in percent."""
    amount = found.valueQuantity
    if amount is None or amount.value is None or (amount.code or amount.unit) != "%":
        unread(found, row)
    elif not 0 <= amount.value <= 100:
        row.problem("LM-D006", "valueQuantity", f"{amount.value:g}")
    else:
        yield "diagnosis", {**of_tumour(found, row), "necrosis_percent": amount.value}


# --- margins ----------------------------------------------------------------------------------------------


def residual_of(value: Concept | None, text: str) -> str | None:
    """The residual tumour: a code counts, whatever it is called beside it; None where nothing says it.

    Examples
    --------
    >>> residual_of(None, "Kein Residualtumor"), residual_of(None, "clear")
    ('R0', None)
    """
    coded = looked_up("residual", value)
    if coded is not None:
        return coded or None
    named = (whole_word("residual_tumor", coding.code) for coding in (value.coding if value else ()) if coding.code)
    return next((code for code in named if code), None) or match_word("residual_tumor", text)


def margin(found: Observation, row: Row, basis: str) -> Iterator[Statement]:
    """The margin or the residual tumour of an operation; of which, the observation or what is known of them says."""
    value, text = found.valueCodeableConcept, words(found.valueCodeableConcept) or found.valueString or ""
    if looked_up("trend", value) is not None:
        yield from status(found, row, basis)
        return
    residual = residual_of(value, text)
    side = looked_up("margin", value) or match_word("margins", text)
    width = row.millimetres(found.valueQuantity, "valueQuantity")
    if not (residual or side or width is not None):
        if looked_up("residual", value) is None:
            unread(found, row)
        return
    done = _operation_of(found, row)
    if done is None:
        row.problem("LM-D035", "partOf", text)
        return
    told = {"tumour": done.tumour, "kind": done.kind, "margin": side, "residual_tumor": residual, "margin_mm": width}
    yield "surgery", spread(told, day=done.day)


def _operation_of(found: Observation, row: Row) -> Operation | None:
    known = row.index.operations.get(row.patient, {})
    named = {last_part(reference.reference) for reference in (*found.partOf, *found.focus)}
    return the_one(known, named, when(found, row), row.index.diagnosed.get(row.patient))
