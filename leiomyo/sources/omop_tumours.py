"""Which tumours a person has: from conditions and disease episodes, and from histologies told apart from the site.

A site alone (ICD-10 C54.2) and a leiomyosarcoma told without one (a histology measured, a recurrence, a metastasis, a
cause of death) are one tumour, unless days and sites speak against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from leiomyo.model.dates import DayInterval
from leiomyo.sources.omop_concepts import Vocabulary
from leiomyo.sources.omop_conditions import Condition, condition, first_code
from leiomyo.sources.omop_folder import Cells

INDEX = "1"
#: How a leiomyosarcoma is called among a person's tumours before they are named.
LMS = "leiomyosarcoma"
_REMEMBERED = 50_000
#: Fractions of one course of radiation lie closer together.
GAP = 14
#: A histology is of a site that is told within so many days of it, whatever the site.
_NEAR = 183
#: Sites whose code alone may be that of a leiomyosarcoma, as in `leiomyo find`.
_LIKELY = frozenset({"C48", "C49", "C54", "C55"})
_LIKELY_GROUPS = frozenset({"uterine", "retroperitoneal_abdominal", "extremity", "large_vessel"})
_ANSWERS = {"yes": True, "present": True, "positive": True, "no": False, "absent": False, "negative": False}


@dataclass(slots=True)
class Operation:
    """One operation of a person with a tumour."""

    id: str
    kind: str | None
    day: DayInterval | None


@dataclass(slots=True)
class Tumour:
    """One tumour of a person, and the first day on which it is told."""

    of: Condition
    day: DayInterval | None = None

    def told(self, day: DayInterval | None) -> None:
        """The tumour is told on a day too."""
        if day is not None and (self.day is None or day < self.day):
            self.day = day


@dataclass(slots=True)
class Person:
    """What is known of a person with a tumour before the rows are read."""

    tumours: dict[str, Tumour] = field(default_factory=dict)
    index: str = ""
    operations: list[Operation] = field(default_factory=list)
    radiation: dict[str, int] = field(default_factory=dict)
    #: Of each procedure that is radiation, the record that its statements belong to.
    courses: dict[str, str] = field(default_factory=dict)
    spread: dict[str, int] = field(default_factory=dict)
    #: What names the leiomyosarcoma, where no row does but one of a recurrence, a metastasis or a death.
    named_by: Condition | None = None
    #: Days of recurrences by status.
    recurrences: dict[str, list[int]] = field(default_factory=dict)
    #: Episodes by id: part and number.
    episodes: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Episode by linked table and row.
    links: dict[tuple[str, str], str] = field(default_factory=dict)

    def tumour(self, key: str) -> str:
        """How the case tables name the tumour of that key."""
        return INDEX if key == self.index or (key == LMS and self.has_lms) else key

    @property
    def has_lms(self) -> bool:
        """Whether the tumour that the record is about is a leiomyosarcoma."""
        return self.index in self.tumours and self.tumours[self.index].of.lms

    @property
    def diagnosis(self) -> DayInterval | None:
        """The first day on which the tumour that the record is about is told."""
        return self.tumours[self.index].day if self.index in self.tumours else None

    def record_of(self, row: str) -> str | None:
        """The record that all statements on one course of radiation belong to, by the row of one of its procedures."""
        course = self.course_of(row)
        if course is None or course[0] == course[1]:
            return self.courses.get(row)
        return f"radiotherapy/{course[0]}"

    def course_of(self, row: str) -> tuple[int, int] | None:
        """First and last day of the course of radiation that the row of that id belongs to."""
        if row not in self.radiation:
            return None
        days = sorted(set(self.radiation.values()))
        at = days.index(self.radiation[row])
        first = last = at
        while first and days[first] - days[first - 1] <= GAP:
            first -= 1
        while last + 1 < len(days) and days[last + 1] - days[last] <= GAP:
            last += 1
        return days[first], days[last]


def enter(person: Person, said: Condition, day: DayInterval | None) -> str:
    """Add a tumour, or a further day of it; gives its key."""
    key = LMS if said.lms else said.key
    person.tumours.setdefault(key, Tumour(said, day)).told(day)
    return key


def join(person: Person, said: Condition, day: DayInterval | None, *, near: bool, key: str = "") -> None:
    """Add a leiomyosarcoma that is told without its site: to the site that it may be of, else as a tumour of its own.

    Parameters
    ----------
    near
        Whether it may be of any site that is told about the same time, and not of the likely ones alone.
    key
        The tumour that the row points to.
    """
    known = next((one for one in person.tumours.values() if one.of.lms), None)
    if known:
        if said.kind == "tumour":
            known.told(day)
        return
    person.named_by = None if said.kind == "tumour" else said
    pointed = person.tumours.get(key)
    site = pointed if pointed and not pointed.of.specific else _site_for(person, day, near=near)
    if site is None:
        person.tumours[LMS] = Tumour(said.primary, None if said.kind in {"recurrence", "history"} else day)
        return
    site.of = replace(site.of, lms=True, specific=True)
    if said.kind == "tumour":
        site.told(day)


def _site_for(person: Person, day: DayInterval | None, *, near: bool) -> Tumour | None:
    """The tumour of a person that only its site is known of and that may be the leiomyosarcoma; the nearest in time."""
    found = []
    for one in person.tumours.values():
        chapter = (one.of.topography or one.of.icd10 or "")[:3]
        apart = abs(one.day.low - day.low) if one.day and day else _NEAR
        likely = chapter in _LIKELY if chapter else one.of.group in _LIKELY_GROUPS
        if not one.of.specific and (likely or (near and apart < _NEAR)):
            found.append((apart, one))
    return min(found, key=lambda item: item[0])[1] if found else None


def settle(person: Person) -> None:
    """Name the tumour that the record is about: a leiomyosarcoma, else the first."""
    bare = person.tumours.get(LMS)
    if bare and not bare.of.group and not (bare.of.topography or bare.of.icd10):
        if site := _site_for(person, bare.day, near=False):
            site.of = replace(site.of, lms=True, specific=True)
            site.told(bare.day)
            del person.tumours[LMS]
    if sarcoma := next((key for key, one in person.tumours.items() if one.of.lms), None):
        person.index = sarcoma
        return
    first = sorted(person.tumours.items(), key=lambda item: (item[1].day is None, item[1].day or DayInterval(0, 0)))
    # of two that are told on one day, the one whose entity is named
    named = [key for key, one in first if one.of.specific] or [key for key, _ in first]
    person.index = named[0]


def tumour_of(person: Person, said: Condition) -> str:
    """Which of a person's tumours a condition speaks of, as the case tables name it.

    A code that names no entity (ICD-10 C54.9, "malignant neoplasm of uterus") speaks of the tumour that the record is
    about if it lies in the same group of sites, or in none.
    """
    key = LMS if said.lms else said.key
    if person.tumour(key) == INDEX:
        return INDEX
    index = person.tumours[person.index].of
    if not said.specific and (not said.group or said.group == index.group):
        return INDEX
    return key


# --- what rows say ------------------------------------------------------------------------------------------


def condition_of(vocabulary: Vocabulary, cells: Cells) -> Condition:
    """What a row of CONDITION_OCCURRENCE states; a diagnosis that its status leaves open is none."""
    ids = cells.id("condition_concept_id"), cells.id("condition_source_concept_id")
    said = said_of(vocabulary, ids, cells.text("condition_source_value"))
    if said.kind and (status := _open_status(vocabulary, cells)):
        return Condition("unsure", words=status)
    return said


def _open_status(vocabulary: Vocabulary, cells: Cells) -> str:
    """The status that leaves a diagnosis open (preliminary, rule out); empty where it stands."""
    concept, written = cells.id("condition_status_concept_id"), cells.text("condition_status_source_value")
    if not concept and not written:
        return ""
    meaning, _ = vocabulary.meaning(concept, written)
    if meaning and meaning.part == "condition_status":
        return meaning.name if meaning.says == "unsure" else ""
    return next((text for text in (vocabulary.name(concept), written) if first_code("unsure_status", text)), "")


def said_of(vocabulary: Vocabulary, ids: tuple[str, ...], written: str) -> Condition:
    """What concepts and words state of a condition; the same few stand in most rows."""
    key = (*ids, written)
    if key not in vocabulary.conditions:
        if len(vocabulary.conditions) > _REMEMBERED:
            vocabulary.conditions.clear()
        vocabulary.conditions[key] = condition(vocabulary, ids, written)
    found: Condition = vocabulary.conditions[key]
    return found


def episode_condition(vocabulary: Vocabulary, cells: Cells) -> Condition:
    """What the object of a disease episode is."""
    ids = cells.id("episode_object_concept_id"), cells.id("episode_source_concept_id")
    return said_of(vocabulary, ids, cells.text("episode_source_value"))


def histology_of(vocabulary: Vocabulary, table: str, cells: Cells) -> Condition | None:
    """The tumour that a measurement or observation names: as its answer, or as what was observed; None for others."""
    concept, written = cells.id(f"{table}_concept_id"), cells.text(f"{table}_source_value")
    meaning, _ = vocabulary.meaning(concept, written)
    if meaning and meaning.part == "histology":
        said = said_of(
            vocabulary, (cells.id("value_as_concept_id"),), cells.text("value_source_value", "value_as_string")
        )
        return said if said.kind in {"tumour", "metastasis", "unsure"} else None
    if table != "observation" or meaning:
        return None
    said = said_of(vocabulary, (concept, cells.id("observation_source_concept_id")), written)
    named = said.lms or (said.kind == "unsure" and "sar" in said.words.lower())
    return said if named and answer(vocabulary, cells) is not False else None


def cause_of(vocabulary: Vocabulary, cells: Cells) -> Condition:
    """What the cause of a death is."""
    ids = cells.id("cause_concept_id"), cells.id("cause_source_concept_id")
    return said_of(vocabulary, ids, cells.text("cause_source_value"))


def answer(vocabulary: Vocabulary, cells: Cells) -> bool | None:
    """Whether a measurement or observation says yes or no to what it is about; None where it says neither."""
    meaning, _ = vocabulary.meaning(cells.id("value_as_concept_id"), "")
    if meaning and meaning.part == "answer":
        return meaning.says == "1"
    return _ANSWERS.get(cells.text("value_source_value", "value_as_string").lower())
