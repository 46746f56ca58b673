"""Of the disease: cancers and complaints (Condition), and what was found of the tumour (Observation)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from leiomyo.model.codes import find_words, match_word
from leiomyo.model.dates import DayInterval
from leiomyo.model.icd10 import icd10_site
from leiomyo.sources import fhir_course, fhir_person, fhir_specimen
from leiomyo.sources.base import Statement
from leiomyo.sources.fhir_found import unread, value_of, when
from leiomyo.sources.fhir_histology import morphology
from leiomyo.sources.fhir_kinds import (
    cancer_of,
    complaint_of,
    diagnosis_day,
    is_cause_of_death,
    is_unsure,
    name_of,
    observation_part,
)
from leiomyo.sources.fhir_resources import Concept, Condition, Observation
from leiomyo.sources.fhir_row import Row
from leiomyo.sources.fhir_values import OWN, absent, all_words, code_in, concept_for, looked_up, words
from leiomyo.sources.statements import sites_of, spread
from leiomyo.sources.tumour_words import recurrence_of

_CATEGORY = {item: re.compile(rf"^([ycpra]*)({letter}(?:is|[0-4X])[a-d]?)", re.I)
             for item, letter in (("t", "T"), ("n", "N"), ("m", "M"))}  # fmt: skip
#: The UICC's codes leave the letter out.
_BARE = re.compile(r"(?:is|[0-4X])[a-d]?", re.I)
_SIDE = re.compile(r"\b(?:left|right|bilateral)\b", re.I)
_ROMAN = {"0": "0", "1": "I", "2": "II", "3": "III", "4": "IV"}
_GROUP = re.compile(r"^([ycp]*)(?:stage\s*)?(0|IV|III|II|I|[1-4])([A-D]?\d?)\b", re.I)
_UNSURE = frozenset({"refuted", "entered-in-error", "unconfirmed", "provisional", "differential"})
_GENE, _CHANGE = "48018-6", frozenset({"48004-6", "48005-3", "81252-9", "81290-9"})


# --- conditions -------------------------------------------------------------------------------------------


def condition(found: Condition, row: Row) -> Iterator[Statement]:
    """A cancer, its spread, or a complaint; any other condition says nothing here."""
    status = {coding.code for coding in found.verificationStatus.coding} if found.verificationStatus else set()
    if status & _UNSURE:
        row.problem("LM-D033", "verificationStatus", ", ".join(sorted(status & _UNSURE)))
        return
    if is_unsure(found):
        row.problem("LM-D033", "code", "suspected or excluded")
        return
    if is_cause_of_death(found):
        yield from fhir_course.death_diagnosis(found, row)
        return
    kind = cancer_of(found)
    if kind == "secondary":
        yield from _spread(found, row)
    elif kind == "recurrence" and row.record.partition("/")[2] not in row.index.tumours:
        on = _onset(found, row)
        said = all_words(found.code)
        word = recurrence_of(said) or match_word("disease_status", said) or "new_tumor_event"
        yield "disease_status", spread({"tumour": "1", "status": word, "moment": row.moment(on)}, day=on)
    elif kind:
        yield from _cancer(found, row)
    elif complaint := complaint_of(found):
        told = {"term": complaint, "as_written": words(found.code) or None, "severity": words(found.severity) or None}
        yield "symptom", spread(told, onset=_onset(found, row))


def _cancer(found: Condition, row: Row) -> Iterator[Statement]:
    name = row.record.partition("/")[2]
    tumour = row.index.tumours.get(name, "1")
    histology = concept_for(found.extension, "histology")
    index = tumour == "1"
    # a diagnosis is told at every visit: its day is that of the first, the others are the same tumour told again
    first = name in row.index.first or name not in row.index.tumours
    on = _onset(found, row)
    vague = name in row.index.vague
    called = None if vague else name_of(found) or None
    topography, side = _place(found)
    evidence = [code for one in found.evidence for code in one.code]
    told: dict[str, Any] = {
        "tumour": tumour, "role": "index" if index else "other_primary", "histology": called,
        "morphology": morphology(histology, *evidence, found.code), "topography": topography,
        "icd10": code_in("icd10", [found.code]), "site_text": _site(found),
        "laterality": _side(found) or side, "age_years": found.onsetAge.value if found.onsetAge else None,
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


def _place(found: Condition) -> tuple[str | None, str | None]:
    """Topography and side as coded; else what the ICD-10 code says, whose site chapters are those of ICD-O."""
    coded = icd10_site(code_in("icdo3", [*found.bodySite, found.code]))
    named = icd10_site(code_in("icd10", [found.code]))
    return coded.topography or named.topography, named.laterality


def _site(found: Condition) -> str | None:
    """The site in words: of the body, else as the diagnosis names where it is; a mere histology is no site."""
    if told := "; ".join(dict.fromkeys(text for one in found.bodySite if (text := words(one)))):
        return told
    named = words(found.code)
    return named if find_words(("subsite", "vessels", "region"), named) else None


def _side(found: Condition) -> str | None:
    for site in found.bodySite:
        for one in (concept_for(site.extension, "laterality"), site):
            side = looked_up("laterality", one) or match_word("laterality", words(one))
            if side:
                return side
    marked = (concept_for(coding.extension, "laterality") for coding in found.code.coding)
    if side := next((side for one in marked if (side := looked_up("laterality", one))), None):
        return side
    named = _SIDE.search(all_words(found.code))
    return named[0].lower() if named else None


def _spread(found: Condition, row: Row) -> Iterator[Statement]:
    places = "; ".join(dict.fromkeys(place for one in found.bodySite if (place := words(one))))
    site, text = sites_of(places or words(found.code) or None)
    on = _onset(found, row)
    told: dict[str, Any] = {
        "tumour": "1", "status": "distant_metastasis", "moment": row.moment(on), "site": site, "site_text": text,
        "route": "nodal" if site == "lymph_node" else None,
    }  # fmt: skip
    yield "disease_status", spread(told, day=on)


#: Turns an observation into statements; given the basis that its code names.
_Read = Callable[[Observation, Row, str], Iterator[Statement]]


# --- observations -----------------------------------------------------------------------------------------


def observation(found: Observation, row: Row) -> Iterator[Statement]:
    """What an observation finds, by what its code or its profile says that it looked for."""
    if any(coding.system == f"{OWN}tables" and coding.code == "follow_up" for coding in found.code.coding):
        yield "follow_up", spread({}, contact=when(found, row))
        return
    part, _, basis = observation_part(found).partition(" ")
    read = _PARTS.get(part, fhir_person.looked_at)
    yield from read(found, row, basis)


def _category(item: str) -> _Read:
    def read(found: Observation, row: Row, basis: str) -> Iterator[Statement]:
        texts = [text for coding in (found.valueCodeableConcept.coding if found.valueCodeableConcept else ())
                 for text in (coding.code, coding.display)]  # fmt: skip
        texts += [words(found.valueCodeableConcept), found.valueString or ""]
        for text in texts:
            told = f"{item}{text.strip()}" if _BARE.fullmatch(text.strip()) else text.strip()
            if match := _CATEGORY[item].match(told):
                said = _basis(match[1]) or basis or None
                system, edition = _system(found.method)
                yield "stage", {"tumour": row.tumour_of(found.focus), "system": system or "AJCC", "edition": edition,
                                "basis": said, item: _capital(match[2]), "derived": False}  # fmt: skip
                return
        unread(found, row)

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
        unread(found, row)
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


def _marker(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    value = value_of(found)
    if value is None:
        unread(found, row)
        return
    told = {"gene": words(found.code) or None, "value": value, "method": words(found.method) or None}
    yield "biomarker", spread(told, day=when(found, row))


def _variant(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    parts = {code_in("loinc", [part.code]) or "": part for part in found.component}
    gene = value_of(parts[_GENE]) if _GENE in parts else None
    change = next((text for code in sorted(_CHANGE) if code in parts and (text := value_of(parts[code]))), None)
    if gene is None and change is None:
        unread(found, row)
        return
    told = {"gene": gene, "alteration": change, "value": value_of(found), "method": words(found.method) or None}
    yield "biomarker", spread(told, day=when(found, row))


_PARTS: dict[str, _Read] = {
    "stage_group": _group, "t": _category("t"), "n": _category("n"), "m": _category("m"), "marker": _marker,
    "variant": _variant, "disease_status": fhir_course.status, "metastasis": fhir_course.metastasis,
    "death": fhir_course.death, "histology": fhir_specimen.histology, "size": fhir_specimen.size,
    "grade": fhir_specimen.grade, "mitoses": fhir_specimen.mitoses, "necrosis": fhir_specimen.necrosis,
    "margin": fhir_specimen.margin, "residual": fhir_specimen.margin,
}  # fmt: skip
