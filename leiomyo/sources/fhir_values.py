"""From FHIR's data types to values: concepts by the codes of `fhir_codes.csv`, days, amounts, why a value is absent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from leiomyo.model.codes import codes
from leiomyo.model.dates import DayInterval, calendar_day
from leiomyo.sources import data_files
from leiomyo.sources.fhir_resources import Concept, Element, Extension, Quantity

#: A date or a date with a time; the day that is written is the local one, whatever the zone.
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}.*)?)?)?")
_ABSENT = "data-absent-reason"
#: In front of what is ours: extensions named after a column of the case tables, and the code lists.
OWN = "urn:leiomyo:"


@lru_cache(maxsize=65_536)
def days_of(text: str) -> DayInterval | None:
    """The days that a date or a date with a time may mean, as written where it was written; None where it is none.

    Examples
    --------
    >>> days_of("2018-04-01T23:30:00-05:00") == days_of("2018-04-01"), days_of("<dateTime>")
    (True, None)
    """
    if not _DATE.fullmatch(text):
        return None
    try:
        return calendar_day(text[:10])
    except ValueError:
        return None


@cache
def listed(list_name: str) -> dict[tuple[str, str], str]:
    """The values of one list of `fhir_codes.csv`, by system and code in lower case."""
    return {(row["system"], row["code"].lower()): row["value"] for row in data_files.rows("fhir_codes.csv")
            if row["list"] == list_name}  # fmt: skip


@lru_cache(maxsize=1_024)
def system_of(url: str) -> str:
    """The short name of a code system; the address itself where it is not known."""
    return listed("system").get(("", url.lower().rstrip("/")), url)


def named_by_word(told: str) -> str:
    """What an observation looks for by the first of the listed words that its own words hold; empty for none."""
    low = told.lower()
    return next((value for (_, word), value in listed("word").items() if word in low), "")


def looked_up(list_name: str, concept: Concept | None) -> str | None:
    """The value of the first code of a concept that a list holds."""
    if concept is None:
        return None
    known = listed(list_name)
    for coding in concept.coding:
        value = known.get((system_of(coding.system), coding.code.lower()))
        if value is not None:
            return value
    return None


def code_in(system: str, concepts: Sequence[Concept | None]) -> str | None:
    """The first code of one system among some concepts."""
    for concept in concepts:
        for coding in concept.coding if concept else ():
            if coding.code and system_of(coding.system) == system:
                return coding.code
    return None


def words(concept: Concept | None) -> str:
    """What a concept is called: its text, else how one of its codes is displayed."""
    if concept is None:
        return ""
    return concept.text or next((coding.display for coding in concept.coding if coding.display), "")


def all_words(*concepts: Concept | None) -> str:
    """Everything that some concepts are called, each once."""
    told = [text for one in concepts if one for text in (one.text, *(coding.display for coding in one.coding)) if text]
    return "; ".join(dict.fromkeys(told))


def roles_of(profiles: Iterable[str]) -> frozenset[str]:
    """What the profiles of a resource say it is."""
    known = _by_code("profile")
    named = (known.get(profile.rpartition("/")[2].partition("|")[0]) for profile in profiles)
    return frozenset(role for role in named if role)


@cache
def _by_code(list_name: str) -> dict[str, str]:
    """The values of a list by code in lower case, whatever the system."""
    return {code: value for (_, code), value in listed(list_name).items()}


def means(one: Extension) -> str:
    """What an extension is for, by the end of its address; empty where that is not known."""
    return _by_code("extension").get(one.url.rpartition("/")[2].lower(), "")


def concept_for(inside: Sequence[Extension], purpose: str) -> Concept | None:
    """The concept of the first extension for a purpose that has one."""
    for one in inside:
        if means(one) == purpose and (one.valueCodeableConcept or one.valueCoding):
            return one.valueCodeableConcept or Concept(coding=[one.valueCoding] if one.valueCoding else [])
    return None


def extensions(inside: Sequence[Extension], ending: str) -> list[Extension]:
    """The extensions whose address ends with a name."""
    return [one for one in inside if one.url.rpartition("/")[2] == ending]


def concept_of(inside: Sequence[Extension], *endings: str) -> Concept | None:
    """The concept of the first extension that has one."""
    for ending in endings:
        for one in extensions(inside, ending):
            if one.valueCodeableConcept or one.valueCoding:
                return one.valueCodeableConcept or Concept(coding=[one.valueCoding] if one.valueCoding else [])
    return None


def setting_of(inside: Sequence[Extension]) -> str | None:
    """The setting of a treatment: where it stands to the operation, else what it is meant to do."""
    if not inside:
        return None
    stands = looked_up("timing", concept_for(inside, "timing"))
    return stands or looked_up("intent", concept_for(inside, "intent")) or None


def absent(element: Element | None) -> str | None:
    """Why a primitive value is absent, as the case tables say it."""
    for one in extensions(element.extension, _ABSENT) if element else ():
        return listed("absent").get(("fhir", one.valueCode or ""), "unknown")
    return None


def absent_concept(reason: Concept | None) -> str | None:
    """Why an observation has no value."""
    if reason is None:
        return None
    return next((listed("absent").get(("fhir", coding.code), "unknown") for coding in reason.coding), "unknown")


def length_factor(amount: Quantity) -> float | None:
    """Millimetres in the unit of an amount; None where it is no length."""
    known = listed("length")
    factor = known.get(("ucum", amount.code.lower())) or known.get(("ucum", amount.unit.lower()))
    return float(factor) if factor else None


def own_code(list_name: str, concept: Concept | None) -> str | None:
    """The code of one of our own lists that a concept holds."""
    for coding in concept.coding if concept else ():
        if coding.system == OWN + list_name and coding.code in codes(list_name):
            return coding.code
    return None


def stated(inside: Iterable[Extension], column: str) -> Extension | None:
    """The extension that states a column of the case tables, such as `surgery.kind`; it may state that it is empty."""
    return next((one for one in inside if one.url == OWN + column), None)
