"""Made resources as the oncology module of the German core data set writes them: codes, with or without displays."""

from __future__ import annotations

from typing import Any

from tests.contract.sources import fhir
from tests.contract.sources.fhir import Resource, concept, resource

MII = "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko/"
ICD10GM, ATC = "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "http://fhir.de/CodeSystem/bfarm/atc"


def coded(system: str, code: str, display: str = "") -> Resource:
    """A concept of one of the module's own code systems."""
    return concept(f"{MII}CodeSystem/mii-cs-onko-{system}", code, display)


def of(name: str) -> dict[str, Any]:
    """The profile of a resource."""
    return {"meta": {"profile": [f"{MII}StructureDefinition/mii-pr-onko-{name}"]}}


def ext(name: str, value: Resource) -> Resource:
    """An extension with a concept or an amount."""
    kind = "valueQuantity" if "value" in value else "valueCodeableConcept"
    return {"url": f"{MII}StructureDefinition/mii-ex-onko-{name}", kind: value}


def diagnosis(name: str, who: str, icd: str, topography: str = "", **members: Any) -> Resource:
    """A diagnosis whose histology stands elsewhere."""
    place = {"bodySite": [concept(fhir.ICDO3, topography)]} if topography else {}
    return {**resource("Condition", name, who, code=concept(ICD10GM, icd), recordedDate="2020-03-01", **place, **members),
            **of("diagnose-primaertumor")}  # fmt: skip


def observed(name: str, who: str, code: Resource, day: str, *, focus: str = "", **members: Any) -> Resource:
    """An observation, of a condition or of none."""
    on = {"focus": [{"reference": f"Condition/{focus}"}]} if focus else {}
    return resource("Observation", name, who, status="final", code=code, effectiveDateTime=day, **on, **members)


def histology(name: str, who: str, code: str, focus: str = "", display: str = "") -> Resource:
    """A histology by ICD-O-3."""
    return observed(name, who, concept(fhir.LOINC, "59847-4"), "2020-03-05", focus=focus,
                    valueCodeableConcept=concept(fhir.ICDO3, code, display))  # fmt: skip


def given(name: str, who: str, code: str, display: str = "", system: str = ATC, **members: Any) -> Resource:
    """A drug that was given."""
    return resource("MedicationStatement", name, who, status="completed", effectivePeriod=fhir.period("2021-01-01"),
                    medicationCodeableConcept=concept(system, code, display), **members)  # fmt: skip


def operated(name: str, who: str, day: str, text: str, **members: Any) -> Resource:
    """An operation."""
    return resource(
        "Procedure", name, who, status="completed", code=concept(text=text), performedDateTime=day, **members
    )
