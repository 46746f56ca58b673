"""What one resource has to know of the others: whose reference is which patient, which cancer the record is about.

One pass over the export before its rows are read. It keeps a few facts a patient, never a resource.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from leiomyo.errors import Problem
from leiomyo.model.dates import DayInterval
from leiomyo.sources import fhir_csv, fhir_resources
from leiomyo.sources.base import InputFile
from leiomyo.sources.cbioportal_study import names_lms
from leiomyo.sources.fhir_json import Raw, head_of, last_part, resources, type_of
from leiomyo.sources.fhir_kinds import (
    cancer_of,
    diagnosis_day,
    is_resection,
    is_taken_back,
    name_of,
    operation_day,
    operation_kind,
    patient_key,
)
from leiomyo.sources.fhir_resources import Concept, Condition, Procedure, Reference

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
    #: The condition whose day is the diagnosis of a patient's tumour 1.
    first: dict[str, str] = field(default_factory=dict)
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


def build(files: Sequence[InputFile]) -> Index:
    """The index of an export."""
    index = Index()
    index.newest = _newest(files)
    cancers: list[tuple[Condition, str]] = []
    owners: list[tuple[Procedure, str]] = []
    for raw in _every(files):
        kind = type_of(raw.text)
        if kind in _INDEXED or _ERROR in raw.text:
            _note(index, kind, raw, cancers, owners)
    _tumours(index, cancers)
    for procedure, alias in owners:
        _operation(index, procedure, alias)
    return index


def _every(files: Sequence[InputFile]) -> Iterator[Raw]:
    for file in files:
        if file.kind.startswith(fhir_csv.CSV):
            for _, made in fhir_csv.rows(file):
                yield from () if isinstance(made, Problem) else made
        else:
            yield from resources(file.path, file.name, file.part, lines=file.kind == "ndjson")


def _newest(files: Sequence[InputFile]) -> dict[str, int]:
    """The newest version of each resource that stands in the export more than once.

    A bulk export has millions of resources, most of them once: what is kept of each is one number under another.
    """
    seen: dict[int, int] = {}
    found: dict[str, int] = {}
    for raw in _every(files):
        head = head_of(raw.text)
        name = f"{head.resourceType}/{head.id or raw.alias}"
        known = seen.get(hash(name))
        if known is not None and head.version:
            found[name] = max(found.get(name, 0), known, head.version)
        seen[hash(name)] = max(known or 0, head.version)
    return found


def _note(index: Index, kind: str, raw: Raw, cancers: list[tuple[Condition, str]],
          owners: list[tuple[Procedure, str]]) -> None:  # fmt: skip
    try:
        found: Any = fhir_resources.decode(kind, raw.text)
    except (msgspec.DecodeError, RecursionError):
        return  # the row says so when it is read
    name = found.id or raw.alias
    if index.newest and index.is_older(f"{kind}/{name}", head_of(raw.text).version):
        return
    if _ERROR in raw.text and is_taken_back(found):
        index.taken_back.add(f"{kind}/{name}")
    elif kind == "Patient":
        key = patient_key(found, raw.alias)
        index.people |= {one: key for one in (found.id, raw.alias) if one}
        index.known.add(key)
    elif kind == "Condition" and cancer_of(found):
        cancers.append((found, name))
    elif kind == "Medication":
        index.drugs |= {one: found.code for one in (found.id, raw.alias) if one}
    elif kind == "Procedure":
        owners.append((found, name))
    elif kind == "MedicationAdministration" and found.request and found.status in {"completed", "in-progress"}:
        index.given.add(last_part(found.request.reference))


def _tumours(index: Index, cancers: list[tuple[Condition, str]]) -> None:
    """Number the tumours of each patient: the leiomyosarcoma is 1, of several cancers without one the first."""
    by_patient: dict[str, list[tuple[bool, int, str, str, DayInterval | None]]] = defaultdict(list)
    for condition, name in cancers:
        patient = index.person(condition.subject)
        if cancer_of(condition) == "secondary":
            index.secondary.add(name)
            continue
        day = diagnosis_day(condition)
        order = day.middle if day else 1 << 30
        by_patient[patient].append((not names_lms(name_of(condition)), order, name, name_of(condition), day))
    for patient, found in by_patient.items():
        found.sort(key=lambda one: one[:3])
        other, _, first, called, day = found[0]
        index.first[patient] = first
        if day:
            index.diagnosed[patient] = day
        for is_other, _, name, text, _ in found:
            same = (is_other == other and not other) or text == called
            index.tumours[name] = "1" if same else (text or name)


def _operation(index: Index, procedure: Procedure, alias: str) -> None:
    if is_resection(procedure):
        kind = operation_kind(procedure, index.tumours, index.secondary)
        index.operations[index.person(procedure.subject)][procedure.id or alias] = kind, operation_day(procedure)
