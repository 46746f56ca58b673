"""What a concept of the OMOP vocabularies means in case tables: by its id, its code, or its name.

The ids stand in `omop_concepts.csv`, the names in `omop_names.csv`. Where a CONCEPT table lies beside the data, it
gives code and name of every id met there. An id of the list that nobody has looked up ("recalled"), or that is a
centre's own (2,000,000,000 and above), counts only where the row's own words or the CONCEPT table do not say otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from leiomyo.model.codes import tokens
from leiomyo.sources.data_files import rows
from leiomyo.sources.tumour_words import denies_recurrence, recurrence_of

#: From here on ids are a centre's own: two centres may mean different things by one.
OWN_IDS = 2_000_000_000
_FILLING = frozenset({"with", "from", "that", "this", "disease", "tumor", "tumour", "cancer", "episode", "treatment"})


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept as a vocabulary has it."""

    id: str
    vocabulary: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a concept is about (`part`) and what it says of it; `sure` where somebody has looked its id up."""

    part: str
    says: str
    name: str = ""
    sure: bool = True


@cache
def listed_concepts() -> dict[str, dict[str, str]]:
    """The concepts of our own list, by id."""
    return {row["concept_id"]: row for row in rows("omop_concepts.csv")}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    return tuple((re.compile(row["pattern"], re.I), row["part"], row["says"]) for row in rows("omop_names.csv"))


def by_id(concept_id: str) -> Meaning | None:
    """What our own list says of an id.

    Examples
    --------
    >>> by_id("1634643"), by_id("32528").sure, by_id("12")
    (Meaning(part='residual', says='R0', name='R0: No residual tumor', sure=True), False, None)
    """
    row = listed_concepts().get(concept_id)
    if row is None:
        return None
    sure = row["confidence"] == "verified" and int(concept_id) < OWN_IDS
    return Meaning(row["part"], row["says"], row["name"], sure)


@lru_cache(maxsize=50_000)
def by_words(words: str) -> Meaning | None:
    """What a name, or a source's own words, are about.

    Examples
    --------
    >>> by_words("AJCC/UICC 8th pathological T2 Category").says, by_words("Metastasis to lung").part, by_words("Weight")
    ('AJCC 8 pathological T2', 'metastasis', None)
    >>> by_words("Local recurrence").says, by_words("FIGO stage").says
    ('local_recurrence', 'FIGO')
    """
    if status := recurrence_of(words):
        return Meaning("recurrence", status, words)
    for pattern, part, says in _patterns() if words and not denies_recurrence(words) else ():
        if found := pattern.search(words):
            told = " ".join(found.expand(says).split()) if says and "\\" in says else says
            if part in {"t", "n", "m", "group"} and " " in told:
                *front, last = told.split(" ")
                told = " ".join([*front, last.upper() if part == "group" else last[0].upper() + last[1:]])
            return Meaning(part, told, words)
    return None


@cache
def _loinc() -> dict[str, tuple[str, str]]:
    """What observations are about by their LOINC code, as FHIR's reader has it: part, and basis of a stage."""
    told = {row["code"]: row["value"].partition(" ") for row in rows("fhir_codes.csv")
            if row["list"] == "observation" and row["system"] == "loinc"}  # fmt: skip
    return {code: (_BY_LOINC[part], basis) for code, (part, _, basis) in told.items() if part in _BY_LOINC}


_BY_LOINC = {"stage_group": "group", "t": "t", "n": "n", "m": "m", "size": "size", "grade": "grade",
             "margin": "margin", "residual": "residual", "disease_status": "status", "histology": "histology",
             "mitoses": "mitoses", "necrosis": "necrosis"}  # fmt: skip


def by_loinc(code: str, name: str = "") -> Meaning | None:
    """What a LOINC code is about; None where it is none, or of something else.

    Examples
    --------
    >>> by_loinc("33728-7").part, by_loinc("21899-0").says, by_loinc("718-7")
    ('size', 'pathological', None)
    """
    found = _loinc().get(code)
    return Meaning(*found, name or code) if found else None


def agree(name: str, words: str) -> bool:
    """Whether words may mean what a name says: they share a word, or hold none at all.

    Examples
    --------
    >>> agree("Disease Recurrence", "local recurrence"), agree("Disease Recurrence", "C2")
    (True, True)
    >>> agree("Disease Recurrence", "Allergy")
    False
    """
    told = {word for word in tokens(words) if len(word) > 3 and word.isalpha()} - _FILLING
    meant = {word for word in tokens(name) if len(word) > 3} - _FILLING
    return not told or not meant or any(_alike(one, other) for one in told for other in meant)


def _alike(one: str, other: str) -> bool:
    return one[:5] == other[:5]


class Vocabulary:
    """The concepts met in a folder: those of its CONCEPT table, and our own list."""

    def __init__(self, beside: Mapping[str, Concept], ingredients: Mapping[str, tuple[str, ...]]) -> None:
        self.beside = beside
        self.ingredients = ingredients
        #: What was found, by id and words; the same few stand in most rows.
        self.conditions: dict[tuple[str, ...], Any] = {}
        #: Whether a drug is one against tumours, by its concepts and words.
        self.drugs: dict[tuple[str, ...], bool] = {}
        self._known: dict[tuple[str, str], tuple[Meaning | None, bool]] = {}

    def concept(self, concept_id: str) -> Concept | None:
        """Code and name of an id, where they are known."""
        if found := self.beside.get(concept_id):
            return found
        row = listed_concepts().get(concept_id)
        return Concept(concept_id, row["vocabulary"], row["code"], row["name"]) if row and row["code"] else None

    def name(self, concept_id: str) -> str:
        """The name that the CONCEPT table gives an id; empty where there is none."""
        found = self.beside.get(concept_id)
        return found.name if found else ""

    def meaning(self, concept_id: str, words: str) -> tuple[Meaning | None, bool]:
        """What an id and the words beside it mean; and whether our list and the words are at odds.

        The list goes first; where it does not know the id, the name in the CONCEPT table, then the row's own words.
        """
        key = concept_id, words
        if key not in self._known:
            if len(self._known) > 50_000:
                self._known.clear()
            self._known[key] = self._look(concept_id, words)
        return self._known[key]

    def _look(self, concept_id: str, words: str) -> tuple[Meaning | None, bool]:
        listed, name = by_id(concept_id), self.name(concept_id)
        odds = False
        if listed and (listed.sure or (agree(listed.name, name) and agree(listed.name, words))):
            return listed, False
        if listed:
            odds = True
        beside = self.beside.get(concept_id)
        code = beside.code if beside and beside.vocabulary.upper() == "LOINC" else ""
        coded = by_loinc(code, name) or (None if name else by_loinc(words))
        return coded or by_words(name) or by_loinc(words) or by_words(words), odds
