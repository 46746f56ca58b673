"""Which cancers of a patient are one tumour, which is the one the record is about, and whose a histology is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from leiomyo.model.dates import DayInterval
from leiomyo.sources.fhir_histology import Finding, Histology, morphology
from leiomyo.sources.fhir_json import last_part
from leiomyo.sources.fhir_kinds import cancer_of, diagnosis_day, name_of, names_a_kind, site_of
from leiomyo.sources.fhir_resources import Concept, Condition, Reference
from leiomyo.sources.fhir_values import concept_for, extensions, stated

#: Regions where leiomyosarcoma is common: of several cancers without a name one there is the leiomyosarcoma.
_USUAL = ("C54", "C49")
_NEVER = 1 << 30


@dataclass(slots=True)
class Tumours:
    """The tumours of all patients, by the resources that tell of them."""

    #: The tumour that a condition is of: 1 is the one the record is about, others by their names.
    tumours: dict[str, str] = field(default_factory=dict)
    #: The condition of each tumour whose day is that of its diagnosis.
    first: set[str] = field(default_factory=set)
    #: Conditions that name only the site of a tumour which something else calls by its name.
    vague: set[str] = field(default_factory=set)
    diagnosed: dict[str, DayInterval] = field(default_factory=dict)
    secondary: set[str] = field(default_factory=set)
    #: The tumour that a histology apart from the diagnosis is of, by its record; none where it is of no cancer here.
    findings: dict[str, str] = field(default_factory=dict)
    #: Of each patient the regions of the tumour that the record is about, and those of other cancers.
    own_sites: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    other_sites: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: Patients whose tumour is a leiomyosarcoma.
    lms: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Cancer:
    name: str
    called: str
    lms: bool
    kind: bool
    site: str
    day: DayInterval | None
    #: Something apart from the condition names its kind.
    told_apart: bool = False
    #: Which tumour it is, where the condition itself says so.
    stated: str = ""

    @property
    def order(self) -> tuple[bool, bool, int, str]:
        """The leiomyosarcoma before any other, then what names a kind, then the earliest."""
        return (not self.lms, not self.kind, self.day.middle if self.day else _NEVER, self.name)


def number(cancers: Mapping[str, Condition], findings: Mapping[str, tuple[Reference | None, Finding]],
           person: Callable[[Reference | None], str]) -> Tumours:  # fmt: skip
    """Number the tumours of each patient: the leiomyosarcoma is 1, of several cancers without one the first."""
    index = Tumours()
    by_patient: dict[str, list[_Cancer]] = defaultdict(list)
    again: dict[str, list[_Cancer]] = defaultdict(list)
    rests_on: dict[str, str] = {}
    for name, condition in cancers.items():
        patient, what = person(condition.subject), cancer_of(condition)
        rests_on |= dict.fromkeys(_evidence(condition), name)
        if what == "secondary":
            index.secondary.add(name)
        else:
            (again if what == "recurrence" else by_patient)[patient].append(_cancer(name, condition))
    for patient in again.keys() - by_patient.keys():
        by_patient[patient] = again[patient]  # a recurrence of a tumour that nobody names is all that is known of it
    told: dict[str, list[tuple[str, Finding]]] = defaultdict(list)
    for record, (subject, found) in findings.items():
        told[person(subject)].append((record, found))
    for patient in by_patient.keys() | told.keys():
        _patient(index, patient, by_patient.get(patient, []), told.get(patient, []), rests_on)
    return index


def _cancer(name: str, condition: Condition) -> _Cancer:
    called = name_of(condition)
    code = morphology(concept_for(condition.extension, "histology"), *_codes(condition), condition.code)
    kind = Histology(code, called)
    own = stated(condition.extension, "diagnosis.tumour")
    return _Cancer(name, called, kind.lms, bool(code) or names_a_kind(condition), site_of(condition),
                   diagnosis_day(condition), stated=(own.valueString or "") if own else "")  # fmt: skip


def _codes(condition: Condition) -> list[Concept]:
    return [code for one in condition.evidence for code in one.code]


def _evidence(condition: Condition) -> list[str]:
    """The observations and reports that a diagnosis names as its grounds."""
    related = [one.valueReference for one in extensions(condition.extension, "condition-related")]
    detail = [one for evidence in condition.evidence for one in evidence.detail]
    return [last_part(one.reference) for one in (*related, *detail) if one]


def _patient(index: Tumours, patient: str, cancers: Sequence[_Cancer], told: Sequence[tuple[str, Finding]],
             rests_on: Mapping[str, str]) -> None:  # fmt: skip
    """The tumours of one patient, after what is told apart of their kind."""
    known = {one.name: one for one in cancers}
    of: dict[str, str] = {}
    for record, found in told:
        name = _condition_of(record, found, known, rests_on)
        if name:
            of[record] = name
            known[name] = _named(known[name], found.kind)
    if known:
        _number(index, patient, sorted(known.values(), key=lambda one: one.order))
    for record, found in told:
        index.findings[record] = index.tumours.get(of.get(record, "")) or _alone(index, found, known, rests_on, record)
        if index.findings[record] == "1" and found.kind.lms:
            index.lms.add(patient)


def _condition_of(record: str, found: Finding, known: Mapping[str, _Cancer], rests_on: Mapping[str, str]) -> str:
    """The condition that a histology is of: one that either names the other, else the one that lacks its kind."""
    named = {*found.named, rests_on.get(record.partition("/")[2], "")} - {""}
    if tied := [name for name in known if name in named]:
        return min(tied)
    if (named and not found.kind.lms) or not found.kind.malignant:
        return ""
    lacking: dict[str, list[_Cancer]] = defaultdict(list)
    for one in known.values():
        if not one.kind and not one.told_apart:
            lacking[one.site].append(one)
    if len(lacking) > 1 and found.kind.lms and not any(one.lms for one in known.values()):
        lacking = {site: some for site, some in lacking.items() if site in _USUAL} or lacking
    if len(lacking) != 1 or any(one.lms for one in known.values()):
        return ""
    return min(next(iter(lacking.values())), key=lambda one: one.order).name


def _named(one: _Cancer, kind: Histology) -> _Cancer:
    """The cancer with the kind that something else tells; a name of its own stays."""
    if one.kind and not (kind.lms and not one.lms and not one.called):
        return replace(one, lms=one.lms or kind.lms, kind=True)
    return replace(one, called=kind.text or kind.code or "", lms=one.lms or kind.lms, kind=True, told_apart=True)


def _alone(index: Tumours, found: Finding, known: Mapping[str, _Cancer], rests_on: Mapping[str, str],
           record: str) -> str:  # fmt: skip
    """The tumour of a histology that no condition is named with; empty where it is of no cancer that is known."""
    named = {*found.named, rests_on.get(record.partition("/")[2], "")} - {""}
    if found.kind.lms:
        return "1"
    elsewhere = named and not named & known.keys()
    return "1" if found.kind.malignant and not known and not elsewhere else ""


def _number(index: Tumours, patient: str, found: Sequence[_Cancer]) -> None:
    """A tumour for each kind; a diagnosis that names only a site is of the tumour that arose there."""
    head = found[0]
    days: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for one in found:
        same = (one.lms and head.lms) or one.called == head.called
        nearby = not one.kind and (not one.site or not head.site or one.site == head.site)
        tumour = one.stated or ("1" if same or nearby else one.called or one.name)
        index.tumours[one.name] = tumour
        (index.own_sites if tumour == "1" else index.other_sites)[patient].add(one.site)
        if one.told_apart or (tumour == "1" and head.kind and not one.kind and not one.stated):
            index.vague.add(one.name)
        days[tumour].append((one.day.middle if one.day else _NEVER, one.name))
        if tumour == "1" and one.day:
            known = index.diagnosed.get(patient)
            index.diagnosed[patient] = min(known or one.day, one.day, key=lambda day: (day.middle, day.low))
    if head.lms:
        index.lms.add(patient)
    index.first |= {min(told)[1] for told in days.values()}
