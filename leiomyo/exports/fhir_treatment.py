"""Of the treatment: operations with their margin, courses of radiation, drugs, adverse events."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from leiomyo.exports.fhir_elements import (
    LOINC,
    MCODE,
    Fact,
    Json,
    coding,
    codings_of,
    concept,
    listed_code,
    named,
    quantity,
    shown,
)
from leiomyo.model.codes import match_word

_SURGERY = listed_code("snomed", "387713003")
_COURSE = listed_code("snomed", "1217123003")
_GRADE = "http://hl7.org/fhir/us/ctcae/StructureDefinition/ctcae-grade"
_MARGIN = coding(LOINC, "44669-0")
_RESIDUAL = listed_code("snomed", "371501001")
_TECHNIQUES = {"external": "External beam", "internal": "Internal", "combined": "External beam and internal"}


def surgery(fact: Fact) -> Iterator[Json]:
    """An operation, and what was found at its margin."""
    kind = fact.get("kind")
    text = shown("surgery_kind", kind) if kind else None
    about = fact.about()
    known = _kind_read(text) or ("primary" if about else None)
    made = fact.resource(
        "Procedure", "", "mcode-cancer-related-surgical-procedure", status="completed", code=concept(text, _SURGERY),
        performedDateTime=fact.date("day"), reasonReference=about,
        extension=[*fact.which(), *fact.settled("kind", known),
                   *fact.owns("neoadjuvant", "rupture", "morcellation", "organs_resected", "organs_invaded")],
    )  # fmt: skip
    found, unread = _margins(fact)
    if unread:
        made.setdefault("extension", []).extend(unread)
    yield made
    yield from found


@lru_cache
def _kind_read(text: str | None) -> str | None:
    words = f"{text}; Surgical procedure" if text else "Surgical procedure"
    return "biopsy" if "biops" in words.lower() else match_word("surgery_kind", words)


def _margins(fact: Fact) -> tuple[list[Json], list[Json]]:
    """The observations of the margin, and extensions for what none of them can say."""
    if fact.get("kind") == "biopsy":
        return [], fact.owns("margin", "margin_mm", "residual_tumor")
    found: list[Json] = []
    unread: list[Json] = []
    if margin := fact.get("margin"):
        code = codings_of("margin").get(margin)
        text = shown("margins", margin)
        if match_word("margins", text) == margin and not match_word("residual_tumor", text):
            found.append(_of(fact, "-margin", _MARGIN, concept(text, *([code] if code else []))))
        else:
            unread += fact.owns("margin")
    if residual := fact.get("residual_tumor"):
        known = codings_of("residual").get(residual)
        found.append(_of(fact, "-residual", _RESIDUAL, concept(None, known))) if known else None
        unread += [] if known else fact.owns("residual_tumor")
    if (width := fact.get("margin_mm")) is not None:
        if 0 < round(width, 3):
            found.append(_of(fact, "-width", None, None, valueQuantity=quantity(width, "mm")))
        else:
            unread += fact.owns("margin_mm")
    return found, unread


def _of(fact: Fact, part: str, code: Json | None, value: Json | None, **members: Any) -> Json:
    """An observation of an operation."""
    return fact.resource(
        "Observation", part, status="final", code={"coding": [code]} if code else {"text": "Surgical margin width"},
        partOf=[{"reference": f"Procedure/surgery-{fact.number}"}], effectiveDateTime=fact.date("day", again=True),
        valueCodeableConcept=value, extension=fact.which(), **members,
    )  # fmt: skip


def radiotherapy(fact: Fact) -> Iterator[Json]:
    """A summary of one course: dose, fractions, technique, intent."""
    dose, fractions, technique = (fact.get(name) for name in ("dose_gy", "fractions", "technique"))
    extension = [*fact.which(), *_intent(fact, "mcode-procedure-intent"), *fact.owns("target", "response")]
    if dose is not None:
        volume = [{"url": "totalDoseDelivered", "valueQuantity": quantity(dose, "Gy")}]
        volume += [{"url": "fractionsDelivered", "valueUnsignedInt": fractions}] if fractions else []
        extension.append({"url": f"{MCODE}mcode-radiotherapy-dose-delivered-to-volume", "extension": volume})
    elif fractions:
        extension.append({"url": f"{MCODE}mcode-radiotherapy-sessions", "valueUnsignedInt": fractions})
    extension += fact.settled("dose_as_written", None if dose is None else f"{dose:g} Gy")
    if technique in _TECHNIQUES:
        part = {"url": "modality", "valueCodeableConcept": {"text": f"{_TECHNIQUES[technique]} radiation therapy"}}
        extension.append({"url": f"{MCODE}mcode-radiotherapy-modality-and-technique", "extension": [part]})
    else:
        extension += fact.owns("technique")
    start, end = fact.date("start"), fact.date("end")
    running = fact.get("ongoing") is True and end is None
    yield fact.resource(
        "Procedure", "", "mcode-radiotherapy-course-summary", status="in-progress" if running else "completed",
        code={"coding": [_COURSE]}, performedPeriod=_period(start, end), reasonReference=fact.about(),
        extension=extension + fact.settled("ongoing", True if running else None),
    )  # fmt: skip


def _intent(fact: Fact, name: str) -> list[Json]:
    setting = fact.get("setting")
    known = codings_of("intent").get(setting or "")
    return [{"url": MCODE + name, "valueCodeableConcept": {"coding": [known]}}] if known else fact.owns("setting")


def _period(start: str | None, end: str | None) -> Json | None:
    return {name: day for name, day in (("start", start), ("end", end)) if day} or None


def drug_exposure(fact: Fact) -> Iterator[Json]:
    """A drug over a stretch of time, by its ingredient and in the source's words."""
    agent, written = fact.get("agent"), fact.get("as_written")
    start, end, ongoing = fact.date("start"), fact.date("end"), fact.get("ongoing")
    running = ongoing is True and end is None
    extension = [*fact.which(), *_intent(fact, "mcode-treatment-intent")]
    text = written or (shown("drugs", agent) if agent else "Drug not named")
    extension += [] if written else [fact.own("as_written", None)]
    codings = [named("drugs", agent), *([_rxnorm()[agent]] if agent in _rxnorm() else [])] if agent else []
    dosage = {"text": fact.get("dose_as_written"), "route": concept(fact.get("administration_route"))}
    given = {name: value for name, value in dosage.items() if value}
    yield fact.resource(
        "MedicationStatement", "", "mcode-cancer-related-medication-statement",
        status="active" if running else "completed" if end or ongoing is False else "unknown",
        medicationCodeableConcept=concept(text, *codings), effectivePeriod=_period(start, end),
        reasonReference=fact.about(), dosage=[given] if given else None,
        extension=[*extension, *fact.settled("ongoing", True if running else None),
                   *fact.owns("stated_kind", "trial_drug", "line_stated", "cycles", "response")],
    )  # fmt: skip


def _rxnorm() -> dict[str, Json]:
    return codings_of("drug")


def adverse_event(fact: Fact) -> Iterator[Json]:
    """An adverse event with its CTCAE grade and what it was attributed to."""
    term, grade, suspect = (fact.get(name) for name in ("term", "grade", "attributed_to"))
    if not term:
        fact.without("a term")
        return
    graded = {"coding": [{"code": str(grade), "display": f"Grade {grade}"}]}
    extension = [{"url": _GRADE, "valueCodeableConcept": graded}] if grade else []
    yield fact.resource(
        "AdverseEvent", "", actuality="actual", event=concept(term), date=fact.date("day"), extension=extension,
        suspectEntity=[{"instance": {"display": suspect}}] if suspect else None,
    )  # fmt: skip
