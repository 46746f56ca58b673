"""What one resource has to know of the others: whose reference is which patient, which cancer the record is about.

One pass over the export before its rows are read. It keeps a few facts a patient, never a resource.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec

from leiomyo.errors import Problem
from leiomyo.sources import fhir_csv, fhir_resources
from leiomyo.sources.base import InputFile
from leiomyo.sources.fhir_histology import Finding, finding, may_hold
from leiomyo.sources.fhir_json import Raw, head_of, last_part, resources
from leiomyo.sources.fhir_kinds import cancer_of, is_resection, is_taken_back, patient_key, procedure_kind, region_of
from leiomyo.sources.fhir_operations import Operation, operation
from leiomyo.sources.fhir_resources import Concept, Condition, Procedure, Reference
from leiomyo.sources.fhir_tumours import Tumours, number
from leiomyo.sources.fhir_values import setting_of

_INDEXED = frozenset({"Patient", "Condition", "Medication", "Procedure", "MedicationAdministration"})
#: Resources that may tell the kind of a tumour apart from its diagnosis.
_TOLD_APART = frozenset({"Observation", "DiagnosticReport"})
_ERROR = b"entered-in-error"


@dataclass(slots=True)
class Index(Tumours):
    """Facts of an export: patients by reference, tumours by condition, drugs, operations, what was taken back."""

    people: dict[str, str] = field(default_factory=dict)
    #: The patients whom a Patient resource describes.
    known: set[str] = field(default_factory=set)
    drugs: dict[str, Concept] = field(default_factory=dict)
    #: Prescriptions of which administrations tell what was given.
    given: set[str] = field(default_factory=set)
    #: Of each patient the operations that took something out, by resource.
    operations: dict[str, dict[str, Operation]] = field(default_factory=lambda: defaultdict(dict))
    #: The settings of treatments as a whole, which their drugs do not repeat.
    settings: dict[str, str] = field(default_factory=dict)
    #: Of a course of radiation the parts that are resources of their own.
    courses: dict[str, list[Procedure]] = field(default_factory=lambda: defaultdict(list))
    parts_of_courses: set[str] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)
    #: The newest version of each resource of which the export has several.
    newest: dict[str, int] = field(default_factory=dict)

    def is_older(self, name: str, version: int) -> bool:
        """Whether the export has a newer version of the resource."""
        return 0 < version < self.newest.get(name, 0)

    def is_other_cancer(self, patient: str, code: str) -> bool:
        """Whether an ICD-10 code is of another cancer that the patient is known to have."""
        site = region_of(code)
        return site in self.other_sites.get(patient, ()) and site not in self.own_sites.get(patient, ())

    def person(self, reference: Reference | None) -> str:
        """The patient that a reference names: the identifier of the medical record where the export has it."""
        if reference is None:
            return ""
        if reference.reference:
            if "?" in reference.reference:  # a conditional reference names the identifier itself
                return reference.reference.rpartition("|")[2].rpartition("=")[2]
            named = last_part(reference.reference)
            return self.people.get(named, named)
        return reference.identifier.value if reference.identifier else ""


@dataclass(slots=True)
class _Notes:
    """What is noted of resources on the way, by their names; a newer version takes the place of an older one."""

    versions: dict[str, int] = field(default_factory=dict)
    cancers: dict[str, Condition] = field(default_factory=dict)
    findings: dict[str, tuple[Reference | None, Finding]] = field(default_factory=dict)
    procedures: dict[str, Procedure] = field(default_factory=dict)


def build(files: Sequence[InputFile]) -> Index:
    """The index of an export, from one pass over it.

    A bulk export has millions of resources: what is kept of each that has a version is one number under another.
    """
    index, notes = Index(), _Notes()
    seen: dict[int, int] = {}
    for raw in _every(files):
        head = head_of(raw.text)
        name, version = head.id or raw.alias, head.version if head.meta else 0
        if version:
            record = f"{head.resourceType}/{name}"
            known = seen.get(hash(record))
            if known is not None:
                index.newest[record] = max(index.newest.get(record, 0), known, version)
            seen[hash(record)] = max(known or 0, version)
        kind = head.resourceType
        if kind in _INDEXED or _ERROR in raw.text or (kind in _TOLD_APART and may_hold(kind, raw.text)):
            _note(index, notes, head.resourceType, name, version, raw)
    numbered = number(notes.cancers, notes.findings, index.person)
    for one in fields(Tumours):
        setattr(index, one.name, getattr(numbered, one.name))
    _courses(index, notes.procedures)
    return index


def _every(files: Sequence[InputFile]) -> Iterator[Raw]:
    for file in files:
        if file.kind.startswith(fhir_csv.CSV):
            for _, made in fhir_csv.rows(file):
                yield from () if isinstance(made, Problem) else made
        else:
            yield from resources(file.path, file.name, file.part, lines=file.kind == "ndjson")


def _note(index: Index, notes: _Notes, kind: str, name: str, version: int, raw: Raw) -> None:
    record = f"{kind}/{name}"
    try:
        found: Any = fhir_resources.decode(kind, raw.text)
    except (msgspec.DecodeError, RecursionError):
        return  # the row says so when it is read
    if notes.versions.get(record, -1) > version:
        return
    notes.versions[record] = version
    taken_back = is_taken_back(found)
    if taken_back:
        index.taken_back.add(record)
    elif version:
        index.taken_back.discard(record)
    if kind == "Patient":
        key = patient_key(found, raw.alias)
        index.people |= {one: key for one in (found.id, raw.alias) if one}
        index.known.add(key)
    elif kind == "Condition":
        _keep(notes.cancers, name, found, when=not taken_back and bool(cancer_of(found)))
    elif kind == "Procedure":
        _keep(notes.procedures, name, found, when=_matters(found))
    elif kind in _TOLD_APART:
        told = None if taken_back else finding(found)
        _keep(notes.findings, record, (found.subject, told), when=told is not None)
    elif kind == "Medication":
        index.drugs |= {one: found.code for one in (found.id, raw.alias) if one}
    elif kind == "MedicationAdministration" and found.request and found.status in {"completed", "in-progress"}:
        index.given.add(last_part(found.request.reference))


def _matters(found: Procedure) -> bool:
    """Whether other resources may have to know of it: what took something out, was irradiated, or has parts."""
    return is_resection(found) or procedure_kind(found) == "radiotherapy" or bool(setting_of(found.extension))


def _keep(noted: dict[str, Any], name: str, found: object, *, when: bool) -> None:
    if when:
        noted[name] = found
    else:
        noted.pop(name, None)


def _courses(index: Index, procedures: Mapping[str, Procedure]) -> None:
    """Operations by patient; parts of a course of radiation under the whole; settings that a whole treatment has."""
    kinds = {name: procedure_kind(one) for name, one in procedures.items()}
    for name, one in procedures.items():
        whole = next((last_part(reference.reference) for reference in one.partOf), "")
        if setting := setting_of(one.extension):
            index.settings[name] = setting
        if kinds[name] == "radiotherapy" and kinds.get(whole) == "radiotherapy":
            index.courses[whole].append(one)
            index.parts_of_courses.add(name)
        if is_resection(one):
            patient = index.person(one.subject)
            vessel = patient in index.lms
            index.operations[patient][name] = operation(one, index.tumours, index.secondary, vessel=vessel)
