"""Of the treatment: operations and radiation (Procedure), drugs, and the harm that came with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import msgspec

from leiomyo.model.codes import match_word
from leiomyo.model.dates import DayInterval
from leiomyo.model.drugs import match_drug
from leiomyo.sources.base import Statement
from leiomyo.sources.drug_words import drug_of_code, named_drugs
from leiomyo.sources.fhir_json import last_part
from leiomyo.sources.fhir_kinds import NOT_DONE, operation_kind, procedure_kind
from leiomyo.sources.fhir_operations import for_cancer, says_tumour
from leiomyo.sources.fhir_resources import (
    AdverseEvent,
    Concept,
    Extension,
    Medicated,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
    Procedure,
    Quantity,
    Reference,
)
from leiomyo.sources.fhir_row import Row
from leiomyo.sources.fhir_specimen import residual_of
from leiomyo.sources.fhir_values import all_words, code_in, concept_of, looked_up, means, own_code, setting_of, words
from leiomyo.sources.statements import gray, spread

_WITHIN = re.compile(r"brachy|interstitial|intracavit|internal|radionuclide", re.I)
_BEAM = re.compile(
    r"external|teleradio|teletherap|photon|electron|proton|\bimrt\b|arc therap|stereotac|radiosurg", re.I
)
#: The beginning of the codes of drugs against cancer in ATC.
_AGAINST_CANCER = ("L01", "L02")
#: Of a product only what stands in front of its strength names the substance.
_STRENGTH = re.compile(r"\s+\d.*$")
_GRADES = ("adverse-event-grade", "ctcae-grade", "icare-adverse-event-grade", "grade")
_REALLY = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order", "plan", ""})


def procedure(found: Procedure, row: Row) -> Iterator[Statement]:
    """An operation or a course of radiation; any other procedure says nothing here."""
    kind = procedure_kind(found)
    if kind and found.status in NOT_DONE:
        row.problem("LM-D033", "status", found.status)
    elif kind == "radiotherapy":
        yield from _radiation(found, row)
    elif kind == "surgery" and (known := row.index.operations[row.patient].get(row.record.partition("/")[2])):
        if known.sure:
            yield from _operation(found, row)
    elif kind and (_for_cancer(found, row) or says_tumour(found)):
        yield from _operation(found, row)


def _for_cancer(found: Procedure | Medicated, row: Row) -> bool:
    return for_cancer(found, row.roles, row.index.tumours, row.index.secondary)


def _secondary(references: Sequence[Reference], row: Row) -> bool:
    return any(last_part(reference.reference) in row.index.secondary for reference in references)


def _operation(found: Procedure, row: Row) -> Iterator[Statement]:
    on = row.days(found.performedDateTime, "performedDateTime") or row.span(found.performedPeriod, "performedPeriod")[0]
    outcome = words(found.outcome)
    told = {
        "tumour": row.tumour_of(found.reasonReference), "margin": match_word("margins", outcome),
        "kind": operation_kind(found, row.index.tumours, row.index.secondary),
        "residual_tumor": residual_of(found.outcome, outcome),
    }  # fmt: skip
    yield "surgery", spread(told, day=on)


def _radiation(found: Procedure, row: Row) -> Iterator[Statement]:
    """A course; what is told of its parts by resources of their own is told with the whole."""
    name = row.record.partition("/")[2]
    if name in row.index.parts_of_courses:
        return
    parts = [found, *row.index.courses.get(name, ())]
    if found.performedPeriod:
        start, end = row.span(found.performedPeriod, "performedPeriod")
    else:
        start = end = row.days(found.performedDateTime, "performedDateTime")
    dose, fractions, written = _dose([one for part in parts for one in part.extension], row)
    running = found.status == "in-progress" and end is None
    told = {
        "tumour": row.tumour_of(found.reasonReference), "ongoing": running or None,
        "setting": setting_of(found.extension), "dose_gy": dose,
        "target": "distant" if _secondary(found.reasonReference, row) else None, "dose_as_written": written,
        "fractions": fractions, "technique": next((how for part in parts if (how := _technique(part))), None),
    }  # fmt: skip
    yield "radiotherapy", spread(told, start=start, end=end)


def _technique(found: Procedure) -> str | None:
    """How it was given, by its codes, else by its words."""
    nested = [inner for one in found.extension for inner in one.extension]
    concepts = [found.code, *(one.valueCodeableConcept for one in (*found.extension, *nested))]
    if coded := next((how for one in concepts if (how := looked_up("technique", one))), None):
        return coded
    told = all_words(*concepts, *found.usedCode)
    within, beam = bool(_WITHIN.search(told)), bool(_BEAM.search(told))
    return "combined" if within and beam else "internal" if within else "external" if beam else None


def _dose(inside: Sequence[Extension], row: Row) -> tuple[float | None, int | None, str | None]:
    """Dose in Gy, fractions and the dose as written; of several volumes the one that got most."""
    sessions = next((n for one in inside if means(one) == "fractions" and (n := _count(one))), None)
    found: list[tuple[float, int | None, str]] = []
    bare = [[one] for one in inside if means(one) == "dose"]
    for volume in [*bare, *(one.extension for one in inside if one.extension)]:
        total = next((one.valueQuantity for one in volume if means(one) == "dose"), None)
        dose = _gray(total, row)
        if dose is not None and total:
            count = next((n for one in volume if means(one) == "fractions" and (n := _count(one))), None)
            found.append((dose, count, f"{total.value:g} {total.unit or total.code}"))
    if not found:
        return None, sessions, None
    most, count, written = max(found, key=lambda one: one[0])
    return most, count or sessions, written


def _count(one: Extension) -> int | None:
    return one.valueUnsignedInt or one.valuePositiveInt


def _gray(amount: Quantity | None, row: Row) -> float | None:
    """The dose in Gy; activity and doses without a unit are set aside, not converted."""
    if amount is None or amount.value is None:
        return None
    unit = amount.code or amount.unit
    dose, code = gray(amount.value, unit)
    if code:
        row.problem(code, "totalDoseDelivered", f"{amount.value:g} {amount.unit or unit}".strip())
    return dose


# --- drugs ------------------------------------------------------------------------------------------------


def request(found: MedicationRequest, row: Row) -> Iterator[Statement]:
    """A prescription. Where its administrations are told, those say what was given, and it says nothing."""
    if found.status in NOT_DONE or found.intent not in _REALLY or found.intent == "plan":
        row.problem("LM-D033", "status", found.status if found.status in NOT_DONE else found.intent)
        return
    if row.record.partition("/")[2] in row.index.given:
        return
    dosage = found.dosageInstruction[0] if found.dosageInstruction else None
    timing = dosage.timing if dosage else None
    start = end = None
    if timing and timing.repeat and timing.repeat.boundsPeriod:
        start, end = row.span(timing.repeat.boundsPeriod, "dosageInstruction.timing.repeat.boundsPeriod")
    if start is None and timing and timing.event:
        start = row.days(timing.event[0], "dosageInstruction.timing.event")
    start = start or row.days(found.authoredOn, "authoredOn")
    yield from _drug(found, row, start, end, route=dosage.route if dosage else None, dose=dosage.text if dosage else "")


def administration(found: MedicationAdministration, row: Row) -> Iterator[Statement]:
    """A drug given, on a day or over a stretch of time."""
    if found.status in NOT_DONE:
        row.problem("LM-D033", "status", found.status)
        return
    if found.effectivePeriod:
        start, end = row.span(found.effectivePeriod, "effectivePeriod")
    else:
        start = end = row.days(found.effectiveDateTime, "effectiveDateTime")
    dosage = found.dosage
    amount = dosage.dose if dosage else None
    dose = f"{amount.value:g} {amount.unit or amount.code}" if amount and amount.value is not None else ""
    yield from _drug(found, row, start, end, route=dosage.route if dosage else None, dose=dose)


def statement(found: MedicationStatement, row: Row) -> Iterator[Statement]:
    """A drug that is said to be or to have been taken; active without an end still runs."""
    if found.status in NOT_DONE:
        row.problem("LM-D033", "status", found.status)
        return
    start, end = row.span(found.effectivePeriod, "effectivePeriod")
    start = start or row.days(found.effectiveDateTime, "effectiveDateTime")
    dosage = found.dosage[0] if found.dosage else None
    yield from _drug(found, row, start, end, route=dosage.route if dosage else None,
                     dose=dosage.text if dosage else "", ongoing=found.status == "active" and end is None)  # fmt: skip


def _drug(found: Medicated, row: Row, start: DayInterval | None, end: DayInterval | None, *, route: Concept | None,
          dose: str, ongoing: bool = False) -> Iterator[Statement]:  # fmt: skip
    concept = _concept(found, row)
    written = words(concept)
    for_it = _for_cancer(found, row)
    how: str
    agents: tuple[str | None, ...]
    own = own_code("drugs", concept)
    if own or ((agent := looked_up("drug", concept)) and not code_in("atc", [concept])):
        how, agents = "exact", (own or agent,)
    elif code := code_in("atc", [concept]):
        how, agents = drug_of_code(code, _name(written), partial(_noted, row))
        if not for_it and not any(agents) and not code.upper().startswith(_AGAINST_CANCER):
            return
        written = written or code
    elif for_it or _known(written):
        named = next((coding.code for coding in (concept.coding if concept else ()) if coding.code), "")
        how, agents = _matched(written, row)
        if not written:
            row.problem("LM-C002", "medication", named, "" if named else "The resource has neither a code nor words.")
        written = written or named
    else:
        return  # a drug of no cancer that the vocabulary does not hold
    whole = row.index.settings.get(last_part(found.partOf[0].reference)) if found.partOf else None
    told: dict[str, Any] = {
        "tumour": row.tumour_of(found.reasonReference), "as_written": written or None, "matched": how,
        "ongoing": ongoing or None, "setting": setting_of(found.extension) or whole,
        "dose_as_written": dose or None, "administration_route": words(route) or None,
    }  # fmt: skip
    for one in agents:
        yield "drug_exposure", spread({**told, "agent": one}, start=start, end=end)


def _known(written: str) -> bool:
    return match_drug(_STRENGTH.sub("", written) or None).how in {"exact", "normalised"}


def _name(written: str) -> str:
    """The words without a product's strength and form, where the vocabulary holds what is left."""
    return _STRENGTH.sub("", written) if _known(written) else written


def _noted(row: Row, code: str, text: str, detail: str) -> None:
    row.problem(code, "medication", text, detail)


def _concept(found: Medicated, row: Row) -> Concept | None:
    if found.medicationCodeableConcept or found.medicationReference is None:
        return found.medicationCodeableConcept
    reference = found.medicationReference
    if reference.reference.startswith("#"):
        return _contained(found, reference.reference[1:]) or Concept(text=reference.display)
    known = row.index.drugs.get(last_part(reference.reference))
    if known is None and not reference.display:
        row.problem("LM-D034", "medicationReference", reference.reference)
    return known or Concept(text=reference.display)


def _contained(found: Medicated, name: str) -> Concept | None:
    """The code of a drug that stands within the resource itself."""
    code = next((one.get("code") for one in found.contained if one.get("id") == name), None)
    try:
        return msgspec.convert(code, Concept) if code else None
    except msgspec.ValidationError:
        return None


def _matched(written: str, row: Row) -> tuple[str, tuple[str | None, ...]]:
    """How the words name a drug; a product's strength and form are no part of the name."""
    return named_drugs(_name(written) or None, partial(_noted, row))


def adverse_event(found: AdverseEvent, row: Row) -> Iterator[Statement]:
    """An adverse event that happened; its grade only where it is one of CTCAE."""
    if found.actuality == "potential":
        row.problem("LM-D033", "actuality", found.actuality)
        return
    grade = concept_of(found.extension, *_GRADES)
    stated = re.search(r"[1-5]", " ".join([*(coding.code for coding in (grade.coding if grade else ())), words(grade)]))
    suspect = next((one.instance.display for one in found.suspectEntity if one.instance and one.instance.display), None)
    named = [coding.code for coding in found.event.coding if coding.code]
    term = next((coding.display for coding in found.event.coding if coding.display), "") or found.event.text
    told = {"term": term or next(iter(named), None), "grade": int(stated[0]) if stated else None,
            "attributed_to": suspect}  # fmt: skip
    if told["term"]:
        yield "adverse_event", spread(told, day=row.days(found.date, "date"))
