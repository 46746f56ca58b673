"""The parts of FHIR R4 resources that are read, as types: what does not fit is told with its path.

Only members that fill a case table are declared; all others are skipped by the decoder. The names are FHIR's own.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Base(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Members are absent unless the file has them."""


class Coding(Base, frozen=True, kw_only=True, gc=False):
    """A code of a system."""

    system: str = ""
    code: str = ""
    display: str = ""
    extension: list[Extension] = []


class Extension(Base, frozen=True, kw_only=True, gc=False):
    """An extension and its value, of those kinds that are read."""

    url: str = ""
    valueCodeableConcept: Concept | None = None
    valueCoding: Coding | None = None
    valueCode: str | None = None
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueDecimal: float | None = None
    valueDateTime: str | None = None
    valueDate: str | None = None
    valueQuantity: Quantity | None = None
    valueUnsignedInt: int | None = None
    valuePositiveInt: int | None = None
    valueInteger: int | None = None
    valueReference: Reference | None = None
    extension: list[Extension] = []


class Element(Base, frozen=True, kw_only=True, gc=False):
    """What stands beside a primitive value: why it is absent."""

    extension: list[Extension] = []


class Concept(Base, frozen=True, kw_only=True, gc=False):
    """A concept: codes that mean the same, and words."""

    coding: list[Coding] = []
    text: str = ""
    extension: list[Extension] = []


class Identifier(Base, frozen=True, kw_only=True, gc=False):
    """An identifier and its kind."""

    type: Concept | None = None
    system: str = ""
    value: str = ""


class Reference(Base, frozen=True, kw_only=True, gc=False):
    """A reference to another resource."""

    reference: str = ""
    identifier: Identifier | None = None
    display: str = ""


class Period(Base, frozen=True, kw_only=True, gc=False):
    """A time from and to."""

    start: str = ""
    end: str = ""


class Quantity(Base, frozen=True, kw_only=True, gc=False):
    """An amount."""

    value: float | None = None
    comparator: str = ""
    unit: str = ""
    code: str = ""


class Meta(Base, frozen=True, kw_only=True, gc=False):
    """What is said of the resource itself."""

    lastUpdated: str = ""
    profile: list[str] = []


class Resource(Base, frozen=True, kw_only=True, gc=False, tag_field="resourceType"):
    """What every resource has."""

    id: str = ""
    meta: Meta = Meta()
    extension: list[Extension] = []
    contained: list[dict[str, Any]] = []


class Patient(Resource, frozen=True, kw_only=True, gc=False, tag="Patient"):
    """A person."""

    identifier: list[Identifier] = []
    gender: str = ""
    birthDate: str = ""
    deceasedBoolean: bool | None = None
    deceasedDateTime: str = ""
    birthDate_: Element | None = msgspec.field(name="_birthDate", default=None)
    gender_: Element | None = msgspec.field(name="_gender", default=None)
    deceasedDateTime_: Element | None = msgspec.field(name="_deceasedDateTime", default=None)


class Component(Base, frozen=True, kw_only=True, gc=False):
    """A part of an observation."""

    code: Concept = Concept()
    valueCodeableConcept: Concept | None = None
    valueQuantity: Quantity | None = None
    valueString: str | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None


class Observation(Resource, frozen=True, kw_only=True, gc=False, tag="Observation"):
    """A finding or a measurement."""

    status: str = ""
    category: list[Concept] = []
    code: Concept = Concept()
    subject: Reference | None = None
    focus: list[Reference] = []
    partOf: list[Reference] = []
    effectiveDateTime: str = ""
    effectivePeriod: Period | None = None
    effectiveInstant: str = ""
    valueCodeableConcept: Concept | None = None
    valueQuantity: Quantity | None = None
    valueString: str | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None
    dataAbsentReason: Concept | None = None
    interpretation: list[Concept] = []
    bodySite: Concept | None = None
    method: Concept | None = None
    component: list[Component] = []


class Evidence(Base, frozen=True, kw_only=True, gc=False):
    """What a diagnosis rests on."""

    code: list[Concept] = []
    detail: list[Reference] = []


class ConditionStage(Base, frozen=True, kw_only=True, gc=False):
    """A stage of a condition."""

    summary: Concept | None = None
    type: Concept | None = None


class Condition(Resource, frozen=True, kw_only=True, gc=False, tag="Condition"):
    """A diagnosis, a problem or a complaint."""

    clinicalStatus: Concept | None = None
    verificationStatus: Concept | None = None
    severity: Concept | None = None
    category: list[Concept] = []
    code: Concept = Concept()
    bodySite: list[Concept] = []
    evidence: list[Evidence] = []
    subject: Reference | None = None
    onsetDateTime: str = ""
    onsetPeriod: Period | None = None
    onsetAge: Quantity | None = None
    recordedDate: str = ""
    onsetDateTime_: Element | None = msgspec.field(name="_onsetDateTime", default=None)
    stage: list[ConditionStage] = []


class Procedure(Resource, frozen=True, kw_only=True, gc=False, tag="Procedure"):
    """Something done: an operation, a course of radiation."""

    status: str = ""
    category: Concept | None = None
    code: Concept = Concept()
    subject: Reference | None = None
    performedDateTime: str = ""
    performedPeriod: Period | None = None
    reasonReference: list[Reference] = []
    reasonCode: list[Concept] = []
    bodySite: list[Concept] = []
    outcome: Concept | None = None
    partOf: list[Reference] = []
    usedCode: list[Concept] = []


class Repeat(Base, frozen=True, kw_only=True, gc=False):
    """Between which days a dose is repeated."""

    boundsPeriod: Period | None = None


class Timing(Base, frozen=True, kw_only=True, gc=False):
    """When a dose is due."""

    event: list[str] = []
    repeat: Repeat | None = None


class Dosage(Base, frozen=True, kw_only=True, gc=False):
    """How a drug is taken."""

    text: str = ""
    timing: Timing | None = None
    route: Concept | None = None


class AdministeredDosage(Base, frozen=True, kw_only=True, gc=False):
    """What was given."""

    text: str = ""
    route: Concept | None = None
    dose: Quantity | None = None


class Medicated(Resource, frozen=True, kw_only=True, gc=False):
    """What the three resources on a drug share."""

    status: str = ""
    medicationCodeableConcept: Concept | None = None
    medicationReference: Reference | None = None
    partOf: list[Reference] = []
    subject: Reference | None = None
    reasonReference: list[Reference] = []
    reasonCode: list[Concept] = []


class MedicationRequest(Medicated, frozen=True, kw_only=True, gc=False, tag="MedicationRequest"):
    """A prescription."""

    intent: str = ""
    authoredOn: str = ""
    dosageInstruction: list[Dosage] = []


class MedicationAdministration(Medicated, frozen=True, kw_only=True, gc=False, tag="MedicationAdministration"):
    """A drug given."""

    request: Reference | None = None
    effectiveDateTime: str = ""
    effectivePeriod: Period | None = None
    dosage: AdministeredDosage | None = None


class MedicationStatement(Medicated, frozen=True, kw_only=True, gc=False, tag="MedicationStatement"):
    """A drug that somebody says is or was taken."""

    effectiveDateTime: str = ""
    effectivePeriod: Period | None = None
    dosage: list[Dosage] = []


class DiagnosticReport(Resource, frozen=True, kw_only=True, gc=False, tag="DiagnosticReport"):
    """A report on an examination and what it concludes."""

    status: str = ""
    subject: Reference | None = None
    conclusionCode: list[Concept] = []


class SuspectEntity(Base, frozen=True, kw_only=True, gc=False):
    """What may have caused an adverse event."""

    instance: Reference | None = None


class AdverseEvent(Resource, frozen=True, kw_only=True, gc=False, tag="AdverseEvent"):
    """Harm that came with treatment."""

    actuality: str = ""
    event: Concept = Concept()
    subject: Reference | None = None
    date: str = ""
    severity: Concept | None = None
    suspectEntity: list[SuspectEntity] = []


class Encounter(Resource, frozen=True, kw_only=True, gc=False, tag="Encounter"):
    """A contact with the patient."""

    status: str = ""
    subject: Reference | None = None
    period: Period | None = None


class Medication(Resource, frozen=True, kw_only=True, gc=False, tag="Medication"):
    """A drug that others refer to."""

    code: Concept = Concept()


class Owned(Resource, frozen=True, kw_only=True, gc=False, tag=None):
    """Any other resource: of whom it is."""

    subject: Reference | None = None
    patient: Reference | None = None
    individual: Reference | None = None


READ: dict[str, type[Resource]] = {
    "Patient": Patient, "Observation": Observation, "Condition": Condition, "Procedure": Procedure,
    "MedicationRequest": MedicationRequest, "MedicationAdministration": MedicationAdministration,
    "MedicationStatement": MedicationStatement, "AdverseEvent": AdverseEvent, "Encounter": Encounter,
    "Medication": Medication, "DiagnosticReport": DiagnosticReport,
}  # fmt: skip
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {}


def decode(kind: str, text: bytes) -> Any:
    """A resource of the type; of types that fill no table only of whom it is.

    Raises
    ------
    msgspec.DecodeError
        It is no JSON, or a member is not what FHIR says; the message names the path.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(READ.get(kind, _Loose))
    return decoder.decode(text)


class _Loose(msgspec.Struct, frozen=True, kw_only=True):
    """A resource whose type is not read: its identifier and of whom it is."""

    id: str = ""
    subject: Reference | None = None
    patient: Reference | None = None
    individual: Reference | None = None
