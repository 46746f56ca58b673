"""Of a patient: the person, contacts, results of tests."""

from __future__ import annotations

from collections.abc import Iterator

from leiomyo.exports.fhir_elements import Fact, Json, coding, concept, listed_code, shown
from leiomyo.sources.fhir_values import OWN

_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
_MR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
_AMBULATORY = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
_GENE, _CHANGE = listed_code("loinc", "48018-6"), listed_code("loinc", "81252-9")
_VARIANT = listed_code("loinc", "69548-6")


def patient(fact: Fact, *, name: str, system: str) -> Iterator[Json]:
    """The person; the last contact is an encounter on that day."""
    said = [{"url": f"{_CORE}us-core-{one}", "extension": [{"url": "text", "valueString": text}]}
            for one in ("race", "ethnicity") if (text := fact.get(one))]  # fmt: skip
    made = fact.resource(
        "Patient", "", "mcode-cancer-patient", identifier=[{"type": _MR, "system": system, "value": name}],
        gender=fact.get("sex"), birthDate=fact.date("birth"),
        extension=[*said, *fact.owns("contributing_site", "cause_of_death", "other_malignancy")],
    )  # fmt: skip
    made["id"] = fact.person
    del made["subject"]
    vital, death = fact.get("vital_status"), fact.date("death")
    if death:
        made["deceasedDateTime"] = death
        made.setdefault("extension", []).extend(fact.settled("vital_status", "dead"))
    elif vital:
        made["deceasedBoolean"] = vital == "dead"
    yield made
    if seen := fact.date("last_contact"):
        contact = fact.resource("Encounter", "-seen", status="finished", period={"start": seen, "end": seen},
                                extension=[] if vital else [fact.own("vital_status", None)])  # fmt: skip
        yield contact | {"class": _AMBULATORY}


def follow_up(fact: Fact) -> Iterator[Json]:
    """A contact and what was found at it."""
    told = [(name, fact.get(name)) for name in ("status", "tumor_status", "vital_status")]
    lists = {"status": "follow_up_status"}
    words = "; ".join(shown(lists.get(name, name), code) for name, code in told if code)
    yield fact.resource(
        "Observation", "", status="final", code={"coding": [coding(f"{OWN}tables", "follow_up")], "text": "Follow-up"},
        effectiveDateTime=fact.date("contact"), valueCodeableConcept=concept(words),
        extension=fact.owns("vital_status", "tumor_status", "status", "lost", "adjuvant_radiation", "adjuvant_drugs",
                            "new_tumor_event", "response"),
    )  # fmt: skip


def biomarker(fact: Fact) -> Iterator[Json]:
    """A variant with its gene, or any other marker with its result."""
    gene, change, value = (fact.get(name) for name in ("gene", "alteration", "value"))
    shared = {"status": "final", "effectiveDateTime": fact.date("day"), "method": concept(fact.get("method")),
              "valueCodeableConcept": concept(value)}  # fmt: skip
    if gene and value and not change:
        yield fact.resource("Observation", "", "mcode-tumor-marker-test", code=concept(gene), **shared)
        return
    parts = [{"code": {"coding": [of]}, "valueCodeableConcept": concept(text)}
             for of, text in ((_GENE, gene), (_CHANGE, change)) if text]  # fmt: skip
    if not parts:
        fact.without("a gene and an alteration")
        return
    code = {"coding": [_VARIANT]}
    yield fact.resource("Observation", "", "mcode-genomic-variant", code=code, component=parts, **shared)
