"""Of the disease: cancers and complaints (Condition), and what was found of the tumour (Observation)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from leiomyo.model.codes import match_word
from leiomyo.model.dates import DayInterval
from leiomyo.sources import fhir_person
from leiomyo.sources.base import Statement
from leiomyo.sources.fhir_json import last_part
from leiomyo.sources.fhir_kinds import cancer_of, complaint_of, diagnosis_day, name_of
from leiomyo.sources.fhir_resources import Coding, Component, Concept, Condition, Observation, Quantity
from leiomyo.sources.fhir_row import Row
from leiomyo.sources.fhir_values import (
    OWN,
    absent,
    absent_concept,
    all_words,
    code_in,
    concept_of,
    listed,
    looked_up,
    words,
)
from leiomyo.sources.statements import sites_of, spread

_HISTOLOGY = "mcode-histology-morphology-behavior"
_LATERALITY = ("mcode-laterality-qualifier", "mcode-laterality")
_MORPHOLOGY = re.compile(r"8\d{3}/\d|9\d{3}/\d")
_TOPOGRAPHY = re.compile(r"C\d{2}(?:\.\d)?", re.I)
#: Chapters of ICD-10 that name a kind of cancer, or spread, and no site.
_NO_SITE = re.compile(r"C(?:4[3-6]|7[7-9]|8[1-9]|9\d)")
_CATEGORY = {item: re.compile(rf"^([ycpra]*)({letter}(?:is|[0-4X])[a-d]?)", re.I)
             for item, letter in (("t", "T"), ("n", "N"), ("m", "M"))}  # fmt: skip
_SIDE = re.compile(r"\b(?:left|right|bilateral)\b", re.I)
_MITOSES = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*(?:mitos[ei]s)?\s*(?:per|/|in)\s*10\b", re.I)
_ROMAN = {"0": "0", "1": "I", "2": "II", "3": "III", "4": "IV"}
_GROUP = re.compile(r"^([ycp]*)(?:stage\s*)?(0|IV|III|II|I|[1-4])([A-D]?\d?)\b", re.I)
_UNSURE = frozenset({"refuted", "entered-in-error", "unconfirmed", "provisional", "differential"})
_ON_SPECIMEN = re.compile(r"patholog|specimen|gross|microscop", re.I)
_ON_IMAGE = re.compile(r"imag|radiolog|tomograph|\bct\b|\bmri?\b|magnetic|ultraso", re.I)
_GENE, _CHANGE = "48018-6", frozenset({"48004-6", "48005-3", "81252-9", "81290-9"})


# --- conditions -------------------------------------------------------------------------------------------


def condition(found: Condition, row: Row) -> Iterator[Statement]:
    """A cancer, its spread, or a complaint; any other condition says nothing here."""
    status = {coding.code for coding in found.verificationStatus.coding} if found.verificationStatus else set()
    if status & _UNSURE:
        row.problem("LM-D033", "verificationStatus", ", ".join(sorted(status)))
        return
    kind = cancer_of(found)
    if kind == "secondary":
        yield from _spread(found, row)
    elif kind == "recurrence" and row.record.partition("/")[2] not in row.index.tumours:
        on = _onset(found, row)
        word = match_word("disease_status", all_words(found.code)) or "new_tumor_event"
        yield "disease_status", spread({"tumour": "1", "status": word, "moment": moment(row, on)}, day=on)
    elif kind:
        yield from _cancer(found, row)
    elif complaint := complaint_of(found):
        told = {"term": complaint, "as_written": words(found.code) or None, "severity": words(found.severity) or None}
        yield "symptom", spread(told, onset=_onset(found, row))


def _cancer(found: Condition, row: Row) -> Iterator[Statement]:
    name = row.record.partition("/")[2]
    tumour = row.index.tumours.get(name, "1")
    histology = concept_of(found.extension, _HISTOLOGY)
    index = tumour == "1"
    # a diagnosis is told at every visit: its day is that of the first, the others are the same tumour told again
    first = name in row.index.first or name not in row.index.tumours
    on = _onset(found, row)
    vague = name in row.index.vague
    called = None if vague else name_of(found) or None
    told: dict[str, Any] = {
        "tumour": tumour, "role": "index" if index else "other_primary", "histology": called,
        "morphology": _morphology(histology, found.code), "topography": _topography(found),
        "icd10": code_in("icd10", [found.code]), "site_text": _site(found, vague=vague),
        "laterality": _side(found), "age_years": found.onsetAge.value if found.onsetAge else None,
        "missing": {"diagnosis": why} if (why := absent(found.onsetDateTime_)) else {},
    }  # fmt: skip
    yield "diagnosis", spread(told, diagnosis=on if first else None)
    for stage in found.stage:
        yield from _stage_group(stage.summary, stage.type, tumour, "", row)


def _onset(found: Condition, row: Row) -> DayInterval | None:
    day_found = diagnosis_day(found)
    if day_found is None:
        for column in ("onsetDateTime", "recordedDate"):
            row.days(getattr(found, column), column)  # notes what could not be read
    return day_found


def _morphology(*concepts: Concept | None) -> str | None:
    code = next((coding.code for one in concepts for coding in (one.coding if one else ())
                 if _MORPHOLOGY.fullmatch(coding.code)), None)  # fmt: skip
    return code or next((value for one in concepts if (value := looked_up("morphology", one))), None)


def _topography(found: Condition) -> str | None:
    """The topography as coded; else the ICD-10 code, whose site chapters are those of ICD-O."""
    code = code_in("icdo3", [*found.bodySite, found.code]) or code_in("icd10", [found.code]) or ""
    return code.upper() if _TOPOGRAPHY.fullmatch(code) and not _NO_SITE.match(code.upper()) else None


def _site(found: Condition, *, vague: bool) -> str | None:
    """The site in words: of the body, else, where no code has it, as the diagnosis names where it is."""
    told = "; ".join(dict.fromkeys(text for one in found.bodySite if (text := words(one))))
    coded = vague or code_in("icdo3", found.bodySite)
    return told or (None if coded else words(found.code)) or None


def _side(found: Condition) -> str | None:
    for site in found.bodySite:
        for one in (concept_of(site.extension, *_LATERALITY), site):
            side = looked_up("laterality", one) or match_word("laterality", words(one))
            if side:
                return side
    named = _SIDE.search(all_words(found.code))
    return named[0].lower() if named else None


def _spread(found: Condition, row: Row) -> Iterator[Statement]:
    places = "; ".join(dict.fromkeys(place for one in found.bodySite if (place := words(one))))
    site, text = sites_of(places or words(found.code) or None)
    on = _onset(found, row)
    told: dict[str, Any] = {
        "tumour": "1", "status": "distant_metastasis", "moment": moment(row, on), "site": site, "site_text": text,
        "route": "nodal" if site == "lymph_node" else None,
    }  # fmt: skip
    yield "disease_status", spread(told, day=on)


def moment(row: Row, on: DayInterval | None) -> str:
    """At diagnosis or later, where both days leave no doubt."""
    first = row.index.diagnosed.get(row.patient)
    if on is None or first is None:
        return "any_time"
    return "at_diagnosis" if on.high <= first.high else "later" if on.low > first.high else "any_time"


#: Turns an observation into statements; given the basis that its code names.
_Read = Callable[[Observation, Row, str], Iterator[Statement]]


# --- observations -----------------------------------------------------------------------------------------


def observation(found: Observation, row: Row) -> Iterator[Statement]:
    """What an observation finds, by what its code or its profile says that it looked for."""
    codings = tuple((coding.system, coding.code, coding.display) for coding in found.code.coding)
    if (f"{OWN}tables", "follow_up", "") in codings:
        yield "follow_up", spread({}, contact=_when(found, row))
        return
    read, basis = _reads(codings, found.code.text, row.roles)
    yield from read(found, row, basis) if read else fhir_person.seen(found, row)


@lru_cache(maxsize=10_000)
def _reads(codings: tuple[tuple[str, str, str], ...], text: str, roles: frozenset[str]) -> tuple[_Read | None, str]:
    """How an observation is read, by its codes, else its profile, else its words; few of them differ in these."""
    concept = Concept(coding=[Coding(system=one, code=two, display=three) for one, two, three in codings], text=text)
    code = looked_up("observation", concept) or next(iter(sorted(roles)), "")
    part, _, basis = code.partition(" ")
    if part in _PARTS:
        return _PARTS[part], basis
    told = all_words(concept).lower()
    return next((read for word, read in _BY_WORD.items() if word in told), None), ""


def _when(found: Observation, row: Row) -> DayInterval | None:
    if found.effectivePeriod:
        return row.span(found.effectivePeriod, "effectivePeriod")[0]
    return row.days(found.effectiveDateTime or found.effectiveInstant, "effectiveDateTime")


def _category(item: str) -> _Read:
    def read(found: Observation, row: Row, basis: str) -> Iterator[Statement]:
        texts = [text for coding in (found.valueCodeableConcept.coding if found.valueCodeableConcept else ())
                 for text in (coding.code, coding.display)]  # fmt: skip
        texts += [words(found.valueCodeableConcept), found.valueString or ""]
        for text in texts:
            if match := _CATEGORY[item].match(text.strip()):
                said = _basis(match[1]) or basis or None
                system, edition = _system(found.method)
                yield "stage", {"tumour": row.tumour_of(found.focus), "system": system or "AJCC", "edition": edition,
                                "basis": said, item: _capital(match[2]), "derived": False}  # fmt: skip
                return
        _unread(found, row)

    return read


def _capital(category: str) -> str:
    return category[0].upper() + category[1:].replace("x", "X") if category[1:] != "is" else category[0].upper() + "is"


def _basis(letters: str) -> str | None:
    return "pathological" if "p" in letters.lower() else "clinical" if "c" in letters.lower() else None


def _system(method: Concept | None) -> tuple[str | None, str | None]:
    """System and edition by the method of staging."""
    known = looked_up("staging", method)
    if known:
        system, _, edition = known.partition(" ")
        return system, edition or None
    told = all_words(method)
    number = re.search(r"(\d)(?:st|nd|rd|th)", told)
    if "figo" in told.lower():
        return "FIGO", None
    if re.search(r"ajcc|american joint|tnm|uicc", told, re.I):
        return "AJCC", f"{number[1]}th" if number else None
    return None, None


def _group(found: Observation, row: Row, basis: str) -> Iterator[Statement]:
    if found.valueCodeableConcept is None and not found.valueString:
        _unread(found, row)
        return
    value = found.valueCodeableConcept or Concept(text=found.valueString or "")
    for table, told in _stage_group(value, found.method, row.tumour_of(found.focus), basis, row):
        # the codes and profiles of this observation are those of TNM stage groups
        yield table, {**told, "system": told["system"] or ("FIGO" if "figo" in all_words(value).lower() else "AJCC")}


def _stage_group(
    value: Concept | None, method: Concept | None, tumour: str, basis: str, row: Row
) -> Iterator[Statement]:
    texts = [words(value), *(coding.code for coding in (value.coding if value else ()))]
    for text in texts:
        if match := _GROUP.match(text.strip()):
            numeral = match[2].upper()
            system, edition = _system(method)
            yield "stage", {"tumour": tumour, "system": system, "edition": edition,
                            "basis": _basis(match[1]) or basis or None, "derived": False,
                            "stage_group": _ROMAN.get(numeral, numeral) + match[3].upper()}  # fmt: skip
            return
    if any(texts):
        row.problem("LM-D005", "stage", next(text for text in texts if text))


def _status(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    value = found.valueCodeableConcept
    code = looked_up("trend", value) or match_word("disease_status", words(value) or found.valueString or "")
    response = match_word("response", words(value))
    if code is None and response is None:
        _unread(found, row)
        return
    status, _, said = (code or "response").partition(" ")
    on = _when(found, row)
    site, text = sites_of(words(found.bodySite) or None)
    told = {"tumour": row.tumour_of(found.focus), "status": status, "moment": moment(row, on),
            "response": said or response, "site": site, "site_text": text}  # fmt: skip
    yield "disease_status", spread(told, day=on)


def _size(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    largest = [part.valueQuantity for part in found.component if looked_up("observation", part.code) == "size"]
    amount = largest[0] if largest else found.valueQuantity
    size = row.millimetres(amount, "valueQuantity")
    if size is None:
        _unread(found, row) if amount is None else None
        return
    told = all_words(found.method)
    basis = "pathological" if _ON_SPECIMEN.search(told) else "radiological" if _ON_IMAGE.search(told) else None
    yield "diagnosis", {**_of_tumour(found, row), "size_mm": size, "size_basis": basis}


def _of_tumour(found: Observation, row: Row) -> dict[str, Any]:
    tumour = row.tumour_of(found.focus)
    return spread({"tumour": tumour, "role": "index" if tumour == "1" else "other_primary"}, diagnosis=None)


def _grade(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    grade = words(found.valueCodeableConcept) or found.valueString
    if not grade:
        _unread(found, row)
        return
    told = all_words(found.method, found.code, found.valueCodeableConcept)
    system = "FNCLCC" if re.search(r"fnclcc|french federation", told, re.I) else words(found.method) or None
    yield "diagnosis", {**_of_tumour(found, row), "grade": grade, "grade_system": system}


def _mitoses(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    amount = found.valueQuantity
    if written := _MITOSES.match(found.valueString or ""):
        amount = Quantity(value=float(written[1]), unit="per 10 HPF")
    if amount is None or amount.value is None or "10" not in f"{amount.unit}{all_words(found.code)}":
        _unread(found, row)  # per what area it was counted is not said
        return
    if not 0 <= amount.value <= 500:
        row.problem("LM-D006", "valueQuantity", f"{amount.value:g}")
        return
    yield "diagnosis", {**_of_tumour(found, row), "mitoses_per_10_hpf": amount.value}


def _necrosis(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    amount = found.valueQuantity
    if amount is None or amount.value is None or (amount.code or amount.unit) != "%":
        _unread(found, row)
    elif not 0 <= amount.value <= 100:
        row.problem("LM-D006", "valueQuantity", f"{amount.value:g}")
    else:
        yield "diagnosis", {**_of_tumour(found, row), "necrosis_percent": amount.value}


def _margin(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    """The margin or the residual tumour of an operation; of which, the observation or the patient's only one says."""
    value, text = found.valueCodeableConcept, words(found.valueCodeableConcept) or found.valueString or ""
    residual = looked_up("residual", value) or match_word("residual_tumor", text)
    margin = looked_up("margin", value) or match_word("margins", text)
    width = row.millimetres(found.valueQuantity, "valueQuantity")
    if not (residual or margin or width is not None):
        _unread(found, row)
        return
    done = operation_of(found, row)
    if done is None:
        row.problem("LM-D035", "partOf", text)
        return
    told = {"tumour": "1", "kind": done[0], "margin": margin, "residual_tumor": residual, "margin_mm": width}
    yield "surgery", spread(told, day=done[1])


def operation_of(found: Observation, row: Row) -> tuple[str | None, DayInterval | None] | None:
    """Kind and day of the operation that an observation is of; None where it cannot be told."""
    known = row.index.operations.get(row.patient, {})
    named = {last_part(reference.reference) for reference in (*found.partOf, *found.focus)}
    on = _when(found, row)
    fits = (
        [done for name, done in known.items() if name in named]
        or [done for done in known.values() if on and done[1] == on]
        or list(known.values())
    )
    return fits[0] if len(fits) == 1 else None


def _marker(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    value = _value(found)
    if value is None:
        _unread(found, row)
        return
    told = {"gene": words(found.code) or None, "value": value, "method": words(found.method) or None}
    yield "biomarker", spread(told, day=_when(found, row))


def _variant(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    parts = {code_in("loinc", [part.code]) or "": part for part in found.component}
    gene = _value(parts[_GENE]) if _GENE in parts else None
    change = next((text for code in sorted(_CHANGE) if code in parts and (text := _value(parts[code]))), None)
    if gene is None and change is None:
        _unread(found, row)
        return
    told = {"gene": gene, "alteration": change, "value": _value(found), "method": words(found.method) or None}
    yield "biomarker", spread(told, day=_when(found, row))


def _value(found: Observation | Component) -> str | None:
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


def _unread(found: Observation, row: Row) -> None:
    """Note a value that could not be read; one that is said to be absent needs no word."""
    value = _value(found)
    if value and not absent_concept(found.dataAbsentReason) and ("fhir", value) not in listed("absent"):
        row.problem("LM-D005", "value", value)


_PARTS: dict[str, _Read] = {
    "stage_group": _group, "t": _category("t"), "n": _category("n"), "m": _category("m"), "disease_status": _status,
    "size": _size, "grade": _grade, "margin": _margin, "residual": _margin, "marker": _marker, "variant": _variant,
}  # fmt: skip
#: Observations that no list of codes holds, by what they are called.
_BY_WORD: dict[str, _Read] = {
    "mitotic": _mitoses, "mitoses": _mitoses, "necrosis": _necrosis, "residual tumor": _margin,
    "residual tumour": _margin, "surgical margin": _margin, "margin involvement": _margin, "margin status": _margin,
    "resection margin": _margin,
}  # fmt: skip
