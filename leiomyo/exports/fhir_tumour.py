"""Of the disease: tumours, stages, complaints, recurrences and metastases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from leiomyo.exports.fhir_elements import (
    ICD10,
    ICDO3,
    MCODE,
    Fact,
    Json,
    coding,
    codings_of,
    concept,
    listed_code,
    quantity,
    shown,
)
from leiomyo.model.codes import match_word
from leiomyo.sources.fhir_kinds import cancer_of
from leiomyo.sources.fhir_resources import Concept, Condition
from leiomyo.sources.fhir_values import listed
from leiomyo.sources.statements import sites_of

_ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
_SITE = re.compile(r"C\d{2}(?:\.\d)?", re.I)
_SIDE = re.compile(r"\b(?:left|right|bilateral)\b", re.I)
_FNCLCC = re.compile(r"fnclcc|french federation", re.I)
_PRIMARY, _SPREAD = listed_code("snomed", "372087000"), listed_code("snomed", "128462008")
_STATUS = listed_code("loinc", "97509-4")
#: Columns of a tumour that no element holds.
_OWN = ("histology_subtype", "subsites", "regions", "depth", "necrosis", "multifocal", "lesions", "vessel_of_origin",
        "vessel_involved", "uterine_involvement")  # fmt: skip
#: Findings that bear no code: column, name and unit.
_COUNTED = (("mitoses_per_10_hpf", "Mitotic count", "/10[HPF]"), ("necrosis_percent", "Tumour necrosis", "%"))
_BASIS = {"pathological": "Pathology specimen", "radiological": "Imaging"}
#: How the categories and groups look that every reader knows.
_PLAIN = {"t": re.compile(r"T(?:is|[0-4X])[a-d]?"), "n": re.compile(r"N[0-4X][a-d]?"),
          "m": re.compile(r"M[0-4X][a-d]?"), "stage_group": re.compile(r"(?:0|IV|III|II|I)(?:[A-D]?\d?)")}  # fmt: skip
_CATEGORY = {"t": "primary-tumor", "n": "regional-nodes", "m": "distant-metastases"}
_AXIS: dict[str, Any] = {
    "FIGO": listed_code("snomed", "258349007"),
    "AJCC 8": listed_code("snomed", "897275008"),
    "AJCC 7": listed_code("snomed", "443830009"),
    "AJCC": listed_code("snomed", "258235000"),
}


def diagnosis(fact: Fact) -> Iterator[Json]:
    """The Condition of a tumour, and the observations of its size, grade, mitoses and necrosis."""
    histology, morphology, icd10 = (fact.get(name) for name in ("histology", "morphology", "icd10"))
    code = concept(histology, *([coding(ICD10, icd10)] if icd10 else []))
    extension: list[Json] = []
    if morphology:
        coded = concept(histology, coding(ICDO3, morphology))
        extension.append({"url": f"{MCODE}mcode-histology-morphology-behavior", "valueCodeableConcept": coded})
    if asserted := fact.date("diagnosis"):
        extension.append({"url": _ASSERTED, "valueDateTime": asserted})
    if str(fact.get("diagnosis_year")) != (asserted or "")[:4]:
        extension += fact.owns("diagnosis_year")
    age = fact.get("age_years")
    site = _body_site(fact)
    yield fact.resource(
        "Condition", "", "mcode-primary-cancer-condition", category=[{"coding": [_PRIMARY]}], code=code,
        bodySite=[site] if site else None,
        onsetAge=quantity(age, "a") if age is not None else None,
        extension=[*extension, *fact.owns(*_OWN), *_misread(fact), *_alone(fact)],
    )  # fmt: skip
    yield from _findings(fact)


def _body_site(fact: Fact) -> Json | None:
    topography, side = fact.get("topography"), fact.get("laterality")
    site = concept(fact.get("site_text"), *([coding(ICDO3, topography)] if topography else [])) or {}
    if side:
        known = codings_of("laterality").get(side)
        named = concept(shown("laterality", side), *([known] if known else []))
        site["extension"] = [{"url": f"{MCODE}mcode-laterality-qualifier", "valueCodeableConcept": named}]
    return site or None


def _misread(fact: Fact) -> list[Json]:
    """What stands in no element and would be taken from another one."""
    histology, morphology, icd10, topography = (
        fact.get(name) for name in ("histology", "morphology", "icd10", "topography")
    )
    told: list[Json] = []
    if not histology and morphology:
        told.append(fact.own("histology", None))
    if morphology and not re.fullmatch(r"[89]\d{3}/\d", morphology):
        told.append(fact.own("morphology", morphology))
    if (icd10 and not topography) or (topography and not _SITE.fullmatch(topography)):
        told.append(fact.own("topography", topography))
    elif topography and topography != topography.upper():
        told.append(fact.own("topography", topography))
    if histology and not topography and not fact.get("site_text"):
        told.append(fact.own("site_text", None))
    words = (fact.get("site_text"), histology)
    if not fact.get("laterality") and any(
        text and (_SIDE.search(text) or match_word("laterality", text)) for text in words
    ):
        told.append(fact.own("laterality", None))
    if fact.person in fact.export.several:
        told.append(fact.own("tumour", fact.tumour))
    return told + fact.settled("role", "index" if fact.tumour == "1" else "other_primary")


def _names_side(text: str) -> bool:
    return bool(_SIDE.search(text) or match_word("laterality", text))


def _alone(fact: Fact) -> list[Json]:
    """What only describes a value that is not there."""
    told = fact.owns("size_basis") if fact.get("size_mm") is None else []
    return told + (fact.owns("grade_system") if not fact.get("grade") else [])


def _findings(fact: Fact) -> Iterator[Json]:
    size, grade, system = (fact.get(name) for name in ("size_mm", "grade", "grade_system"))
    which = fact.which()
    if size is not None:
        basis = fact.get("size_basis")
        own = [] if 0 < round(size, 3) else [fact.own("size_mm", size)]
        yield _observation(fact, "-size", "mcode-tumor-size", listed_code("loinc", "21889-1"),
                           valueQuantity=quantity(size, "mm"), method=concept(_BASIS.get(basis or "")),
                           extension=which + own)  # fmt: skip
    if grade:
        read = "FNCLCC" if _FNCLCC.search(f"{grade} {system or ''}") else system
        yield _observation(fact, "-grade", "mcode-histologic-grade",
                           listed_code("loinc", "33732-9"),
                           valueCodeableConcept=concept(grade), method=concept(system),
                           extension=which + fact.settled("grade_system", read))  # fmt: skip
    for name, words, unit in _COUNTED:
        if (value := fact.get(name)) is not None:
            yield fact.resource("Observation", f"-{name.partition('_')[0]}", status="final", code={"text": words},
                                focus=fact.about(), valueQuantity=quantity(value, unit), extension=which)  # fmt: skip


def _observation(fact: Fact, part: str, profile: str, code: Json, **members: Any) -> Json:
    told = members | {"code": {"coding": [code]}, "focus": fact.about()}
    return fact.resource("Observation", part, profile, status="final", **told)


# --- stage ------------------------------------------------------------------------------------------------


def stage(fact: Fact) -> Iterator[Json]:
    """An observation for the stage group and for each category."""
    told = [name for name in ("stage_group", "t", "n", "m") if fact.get(name)]
    system, edition, basis = (fact.get(name) for name in ("system", "edition", "basis"))
    method = _AXIS.get(f"{system} {edition}") or _AXIS.get(system or "")
    for name in told or ["stage_group"]:
        value, told_in = fact.get(name), "valueCodeableConcept"
        own = [*fact.which(), *fact.owns("edition")] + ([] if system else [fact.own("system", None)])
        if fact.get("derived"):
            own.append(fact.own("derived", value=True))
        if not value or not _PLAIN[name].fullmatch(value):  # no reader knows it: words beside the observation
            own += [fact.own(column, fact.get(column)) for column in ("system", "edition", "basis", name)]
            told_in = "note"
        said = concept(value) if told_in != "note" else [{"text": value}] if value else None
        profile = f"mcode-tnm-{_CATEGORY[name]}-category" if name in _CATEGORY else "mcode-cancer-stage-group"
        yield _observation(fact, f"-{name.replace('_', '-')}", profile, _stage_code(name, basis or ""), extension=own,
                           method={"coding": [method]} if method else None, **{told_in: said})  # fmt: skip


def _stage_code(item: str, basis: str) -> Json:
    known = codings_of("observation")
    return known[f"{item} {basis}".strip()] if f"{item} {basis}".strip() in known else known[item]


# --- complaints and events --------------------------------------------------------------------------------


def symptom(fact: Fact) -> Iterator[Json]:
    """A complaint in the source's words, else as it is called here."""
    term, written = fact.get("term"), fact.get("as_written")
    if not term:
        fact.without("a term")
        return
    text = written or shown("symptoms", term)
    own = [] if _complaint(text) == term else [fact.own("term", term)]
    yield fact.resource("Condition", "", code=concept(text), onsetDateTime=fact.date("onset"),
                        severity=concept(fact.get("severity")),
                        extension=own + ([] if written else [fact.own("as_written", None)]))  # fmt: skip


@lru_cache(maxsize=65_536)
def _complaint(text: str | None) -> str | None:
    """The complaint that words are read as; none where they are read as a cancer."""
    told = Condition(code=Concept(text=text or ""))
    return None if cancer_of(told) else match_word("symptoms", text)


def disease_status(fact: Fact) -> Iterator[Json]:
    """A metastasis as a secondary cancer, anything else as a status of the disease."""
    status = fact.get("status")
    if not status:
        fact.without("a status")
        return
    yield _metastasis(fact) if status == "distant_metastasis" else _status(fact)


def _metastasis(fact: Fact) -> Json:
    place, own = _place(fact)
    read_route = "nodal" if place and sites_of(place["text"])[0] == "lymph_node" else None
    return fact.resource(
        "Condition", "", "mcode-secondary-cancer-condition", category=[{"coding": [_SPREAD]}],
        bodySite=[place] if place else None, onsetDateTime=fact.date("day"),
        extension=[*fact.which(), *_moment(fact), *own, *fact.settled("route", read_route), *fact.owns("response"),
                   *_more(fact)],
    )  # fmt: skip


def _place(fact: Fact) -> tuple[Json | None, list[Json]]:
    """Where it is in words, and what they would be misread as."""
    site, written = fact.get("site"), fact.get("site_text")
    text = written or (shown("metastatic_sites", site) if site else None)
    read, words = sites_of(text)
    return concept(text), fact.settled("site", read) + fact.settled("site_text", words)


def _more(fact: Fact) -> list[Json]:
    return fact.owns("criteria", "size_mm", "lesions", "given_drugs", "given_radiation")


def _moment(fact: Fact) -> list[Json]:
    """At diagnosis or later, where the days do not say it."""
    on, first = fact.days("day"), fact.export.diagnosed.get(fact.person)
    read = "any_time"
    if on and first:
        read = "at_diagnosis" if on[1] <= first[1] else "later" if on[0] > first[1] else "any_time"
    return fact.settled("moment", read)


def _status(fact: Fact) -> Json:
    status, response = fact.get("status"), fact.get("response")
    place, own = _place(fact)
    text = shown("response", response) if status == "response" and response else shown("disease_status", status or "")
    known = codings_of("trend")
    code = known.get(f"{status} {response}") or known.get(status or "")
    read, stated = _status_read(code["code"] if code else "", text)
    value = concept(text, *([code] if code else []))
    own += [*fact.settled("status", read), *fact.settled("response", stated), *fact.owns("route"), *_more(fact)]
    return _observation(fact, "", "mcode-cancer-disease-status", _STATUS, effectiveDateTime=fact.date("day"),
                        bodySite=place, valueCodeableConcept=value,
                        extension=[*fact.which(), *_moment(fact), *own])  # fmt: skip


@lru_cache(maxsize=10_000)
def _status_read(code: str, text: str) -> tuple[str | None, str | None]:
    """Status and response that a code and words of a disease's status are read as."""
    known = next((value for (_, one), value in listed("trend").items() if one == code.lower()), None) if code else None
    response = match_word("response", text)
    told = known or match_word("disease_status", text) or ("response" if response else None)
    status, _, said = (told or "").partition(" ")
    return status or None, said or response
