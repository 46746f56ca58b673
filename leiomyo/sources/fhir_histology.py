"""The histology that stands apart from the diagnosis: in an observation or in the conclusion of a report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from leiomyo.model.codes import codes, find_words
from leiomyo.sources.fhir_json import last_part
from leiomyo.sources.fhir_kinds import NOT_DONE, names_a_cancer, observation_part
from leiomyo.sources.fhir_resources import Concept, DiagnosticReport, Observation
from leiomyo.sources.fhir_values import listed, looked_up, words
from leiomyo.sources.statements import names_lms

_CODE = re.compile(r"[89]\d{3}/\d")
_BENIGN = frozenset("012")


@dataclass(frozen=True, slots=True)
class Histology:
    """A kind of tumour as code and in words."""

    code: str | None
    text: str | None

    @property
    def lms(self) -> bool:
        """Whether it is a leiomyosarcoma, by its code and else by its words."""
        row = codes("morphology").get(self.code or "")
        return row["lms"] == "yes" if row else names_lms(self.text)

    @property
    def malignant(self) -> bool:
        """Whether it is cancer: by the behaviour of its code, else by its words."""
        return self.code[-1] not in _BENIGN if self.code else self.lms or names_a_cancer(self.text or "")

    @property
    def unspecific(self) -> bool:
        """Whether it says only that it is a sarcoma or a tumour, of whatever kind."""
        row = codes("morphology").get(self.code or "")
        if row:
            return row["specific"] == "no"
        terms = codes("histology_terms")
        return all(terms[hit.code]["specific"] == "no" for hit in find_words(("histology_terms",), self.text or ""))


def morphology(*concepts: Concept | None) -> str | None:
    """The ICD-O-3 morphology of the first concept that has one, else the one that a code of another system means."""
    told = [one for one in concepts if one]
    code = next((coding.code for one in told for coding in one.coding if _CODE.fullmatch(coding.code)), None)
    return code or next((value for one in told if (value := looked_up("morphology", one))), None)


def histology_of(concepts: Iterable[Concept | None], text: str | None = None) -> Histology | None:
    """The histology that some concepts or a text name; None where they name none."""
    told = [one for one in concepts if one]
    named = next((called for one in told if (called := words(one))), None) or text
    code = morphology(*told)
    if code is None and not (named and (find_words(("histology_terms",), named) or names_a_cancer(named))):
        return None
    return Histology(code, named)


@dataclass(frozen=True, slots=True)
class Finding:
    """A histology and the conditions that the resource names with it."""

    kind: Histology
    named: frozenset[str]


def finding(found: Observation | DiagnosticReport) -> Finding | None:
    """The histology that an observation finds or a report concludes; None where it is about something else."""
    if found.status in NOT_DONE:
        return None
    if isinstance(found, DiagnosticReport):
        told = histology_of(found.conclusionCode)
        return Finding(told, frozenset()) if told else None
    if observation_part(found).partition(" ")[0] != "histology":
        return None
    told = histology_of([found.valueCodeableConcept], found.valueString)
    return Finding(told, frozenset(last_part(one.reference) for one in found.focus)) if told else None


@cache
def _marks() -> tuple[bytes, ...]:
    coded = (code for (_, code), part in listed("observation").items() if part == "histology")
    return (b"istolog", b"istopath", *(code.encode() for code in coded))


def may_hold(kind: str, text: bytes) -> bool:
    """Whether the text of a resource may hold a histology: a quick look before it is decoded."""
    if kind == "Observation":  # most are amounts, and no histology is one
        return b'"valueQuantity"' not in text and any(mark in text for mark in _marks())
    return kind == "DiagnosticReport" and b"conclusionCode" in text
