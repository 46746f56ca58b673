"""What one resource has to know of the others: whose reference is which patient, which cancer the record is about.

One pass over the export before its rows are read. It keeps a few facts a patient, never a resource.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from leiomyo.errors import Problem
from leiomyo.model.dates import DayInterval
from leiomyo.sources import fhir_csv, fhir_resources
from leiomyo.sources.base import InputFile
from leiomyo.sources.fhir_json import Raw, head_of, last_part, resources
from leiomyo.sources.fhir_kinds import (
    cancer_of,
    diagnosis_day,
    is_resection,
    is_taken_back,
    name_of,
    names_a_kind,
    operation_day,
    operation_kind,
    patient_key,
    site_of,
)
from leiomyo.sources.fhir_resources import Concept, Condition, Procedure, Reference
from leiomyo.sources.fhir_values import stated
from leiomyo.sources.statements import names_lms

_INDEXED = frozenset({"Patient", "Condition", "Medication", "Procedure", "MedicationAdministration"})
_ERROR = b"entered-in-error"


@dataclass(slots=True)
class Index:
    """Facts of an export: patients by reference, tumours by condition, drugs, operations, what was taken back."""

    people: dict[str, str] = field(default_factory=dict)
    #: The patients whom a Patient resource describes.
    known: set[str] = field(default_factory=set)
    #: The tumour that a condition is of: 1 is the one the record is about, others by their names.
    tumours: dict[str, str] = field(default_factory=dict)
    #: The condition of each tumour whose day is that of its diagnosis.
    first: set[str] = field(default_factory=set)
    #: Conditions that name only the site of a tumour which another one calls by its name.
    vague: set[str] = field(default_factory=set)
    diagnosed: dict[str, DayInterval] = field(default_factory=dict)
    secondary: set[str] = field(default_factory=set)
    drugs: dict[str, Concept] = field(default_factory=dict)
    #: Prescriptions of which administrations tell what was given.
    given: set[str] = field(default_factory=set)
    #: Of each patient the operations that took something out: the resource, what it was for, its day.
    operations: dict[str, dict[str, tuple[str | None, DayInterval | None]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    taken_back: set[str] = field(default_factory=set)
    #: The newest version of each resource of which the export has several.
    newest: dict[str, int] = field(default_factory=dict)

    def is_older(self, name: str, version: int) -> bool:
        """Whether the export has a newer version of the resource."""
        return 0 < version < self.newest.get(name, 0)

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
        if head.resourceType in _INDEXED or _ERROR in raw.text:
            _note(index, notes, head.resourceType, name, version, raw)
    _tumours(index, notes.cancers)
    for name, procedure in notes.procedures.items():
        _operation(index, procedure, name)
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
        _keep(notes.procedures, name, found, when=is_resection(found))
    elif kind == "Medication":
        index.drugs |= {one: found.code for one in (found.id, raw.alias) if one}
    elif kind == "MedicationAdministration" and found.request and found.status in {"completed", "in-progress"}:
        index.given.add(last_part(found.request.reference))


def _keep(noted: dict[str, Any], name: str, found: object, *, when: bool) -> None:
    if when:
        noted[name] = found
    else:
        noted.pop(name, None)


@dataclass(frozen=True, slots=True)
class _Cancer:
    name: str
    called: str
    lms: bool
    kind: bool
    site: str
    day: DayInterval | None
    #: Which tumour it is, where the condition itself says so.
    stated: str = ""

    @property
    def order(self) -> tuple[bool, bool, int, str]:
        """The leiomyosarcoma before any other, then what names a kind, then the earliest."""
        return (not self.lms, not self.kind, self.day.middle if self.day else 1 << 30, self.name)


def _tumours(index: Index, cancers: Mapping[str, Condition]) -> None:
    """Number the tumours of each patient: the leiomyosarcoma is 1, of several cancers without one the first."""
    by_patient: dict[str, list[_Cancer]] = defaultdict(list)
    again: dict[str, list[_Cancer]] = defaultdict(list)
    for name, condition in cancers.items():
        patient, what = index.person(condition.subject), cancer_of(condition)
        if what == "secondary":
            index.secondary.add(name)
            continue
        called = name_of(condition)
        own = stated(condition.extension, "diagnosis.tumour")
        found = _Cancer(name, called, names_lms(called), names_a_kind(condition), site_of(condition),
                        diagnosis_day(condition), (own.valueString or "") if own else "")  # fmt: skip
        (again if what == "recurrence" else by_patient)[patient].append(found)
    for patient in again.keys() - by_patient.keys():
        by_patient[patient] = again[patient]  # a recurrence of a tumour that nobody names is all that is known of it
    for patient, found_cancers in by_patient.items():
        _number(index, patient, sorted(found_cancers, key=lambda one: one.order))


def _number(index: Index, patient: str, found: Sequence[_Cancer]) -> None:
    """A tumour for each kind; a diagnosis that names only a site is of the tumour that arose there."""
    head = found[0]
    days: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for one in found:
        same = (one.lms and head.lms) or one.called == head.called
        nearby = not one.kind and (not one.site or not head.site or one.site == head.site)
        tumour = one.stated or ("1" if same or nearby else one.called or one.name)
        index.tumours[one.name] = tumour
        if tumour == "1" and head.kind and not one.kind and not one.stated:
            index.vague.add(one.name)
        days[tumour].append((one.day.middle if one.day else 1 << 30, one.name))
        if tumour == "1" and one.day:
            known = index.diagnosed.get(patient)
            index.diagnosed[patient] = min(known or one.day, one.day, key=lambda day: (day.middle, day.low))
    index.first |= {min(told)[1] for told in days.values()}


def _operation(index: Index, procedure: Procedure, name: str) -> None:
    kind = operation_kind(procedure, index.tumours, index.secondary)
    index.operations[index.person(procedure.subject)][name] = kind, operation_day(procedure)
