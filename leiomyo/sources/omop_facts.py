"""What one row of an OMOP folder has to know of the others: a first, light look at the whole folder.

Kept are only persons with a tumour, and of them a few days and codes: which tumours there are and when each is first
told, the operations, the days of radiation, the first day of each site of spread, the deaths, the links of episodes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from leiomyo.model.codes import match_word
from leiomyo.model.dates import DayInterval
from leiomyo.sources.omop_concepts import Vocabulary, by_id
from leiomyo.sources.omop_conditions import Condition, condition, first_code
from leiomyo.sources.omop_folder import Cells, Tables, each, identifiers, index_of, vocabulary_of
from leiomyo.sources.omop_told import told

INDEX = "1"
_REMEMBERED = 50_000
#: Fractions of one course of radiation lie closer together.
GAP = 14
#: An operation may precede the day on which the pathologist names the tumour by so many days.
BEFORE = 92


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
    #: Episodes by id: part and number.
    episodes: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Episode by linked table and row.
    links: dict[tuple[str, str], str] = field(default_factory=dict)

    def tumour(self, key: str) -> str:
        """How the case tables name the tumour of that key."""
        return INDEX if key == self.index else key

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


@dataclass(slots=True)
class Folder:
    """What lies in a folder, and what is known of its persons."""

    tables: Tables
    vocabulary: Vocabulary
    people: dict[str, Person]
    #: Person and tumour by row of CONDITION_OCCURRENCE, of persons with more than one tumour or none of ours.
    conditions: dict[str, tuple[str, str]]
    deaths: dict[str, DayInterval | None]
    #: Who a person is, where the folder was made of case tables.
    identifiers: dict[str, str] = field(default_factory=dict)
    #: How many different conditions have neither a known concept nor a word.
    wordless: int = 0

    @property
    def has_deaths(self) -> bool:
        """Whether there is a DEATH table: only then does its silence mean anything."""
        return bool(self.tables.get("death"))

    def paths(self, *tables: str) -> tuple[Path, ...]:
        """The files of these tables."""
        return tuple(path for table in tables for path, _ in self.tables.get(table, ()))


def look_at(folder: Path) -> Folder:
    """Everything that the rows of a folder's tables have to know of each other."""
    tables = index_of(folder)
    found = Folder(tables, vocabulary_of(tables), {}, {}, {}, identifiers(tables))
    _tumours(found)
    _deaths(found)
    if found.people:
        _episodes(found)
        _procedures(found)
        _spread(found)
    return found


def condition_of(vocabulary: Vocabulary, cells: Cells) -> Condition:
    """What a row of CONDITION_OCCURRENCE states."""
    ids = cells.id("condition_concept_id"), cells.id("condition_source_concept_id")
    return _read(vocabulary, ids, cells.text("condition_source_value"))


def _read(vocabulary: Vocabulary, ids: tuple[str, ...], written: str) -> Condition:
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
    return _read(vocabulary, ids, cells.text("episode_source_value"))


def _tumours(folder: Folder) -> None:
    """Step 1: the tumours of each person, and which of them the record is about: a leiomyosarcoma, else the first."""
    wordless = set()
    rows: list[tuple[str, str, str]] = []
    for table, read, day in (("condition_occurrence", condition_of, "condition_start"),
                             ("episode", episode_condition, "episode_start")):  # fmt: skip
        for cells in each(folder.tables, table):
            if table == "episode" and episode_part(folder.vocabulary, cells) != "disease":
                continue
            person, said = cells.id("person_id"), read(folder.vocabulary, cells)
            concept = cells.id("condition_concept_id")
            if concept and not said.kind and not cells.text("condition_source_value"):
                if not folder.vocabulary.name(concept) and not by_id(concept):
                    wordless.add(concept)
            if person and said.kind == "tumour":
                key = _enter(
                    folder.people.setdefault(person, Person()), said, cells.day(f"{day}_date", f"{day}_datetime")
                )
                if table == "condition_occurrence" and (row := cells.id("condition_occurrence_id")):
                    rows.append((row, person, key))
    folder.wordless = len(wordless)
    for one in folder.people.values():
        _settle(one)
    folder.conditions = {row: (person, folder.people[person].tumour(key)) for row, person, key in rows}


def _enter(person: Person, said: Condition, day: DayInterval | None) -> str:
    key = "leiomyosarcoma" if said.lms else said.key
    known = person.tumours.setdefault(key, Tumour(said, day))
    if day is not None and (known.day is None or day < known.day):
        known.day = day
    return key


def _settle(person: Person) -> None:
    """Name the tumour that the record is about."""
    if "leiomyosarcoma" in person.tumours:
        person.index = "leiomyosarcoma"
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
    key = "leiomyosarcoma" if said.lms else said.key
    if key == person.index:
        return INDEX
    index = person.tumours[person.index].of
    if not said.specific and (not said.group or said.group == index.group):
        return INDEX
    return key


def episode_part(vocabulary: Vocabulary, cells: Cells) -> str:
    """What kind of episode a row of EPISODE is; empty where its concept is not known."""
    meaning, _ = vocabulary.meaning(cells.id("episode_concept_id"), cells.text("episode_source_value"))
    return meaning.says if meaning and meaning.part == "episode" else ""


def _deaths(folder: Folder) -> None:
    """Step 2: the last day of death of each person that has one."""
    for cells in each(folder.tables, "death"):
        person, day = cells.id("person_id"), cells.day("death_date", "death_datetime")
        if person and (person not in folder.deaths or (day and day > (folder.deaths[person] or day))):
            folder.deaths[person] = day


def _episodes(folder: Folder) -> None:
    """Step 3: which row of which table belongs to which episode."""
    owners: dict[str, str] = {}
    for cells in each(folder.tables, "episode"):
        person, one = cells.id("person_id"), cells.id("episode_id")
        if person in folder.people and one:
            part = episode_part(folder.vocabulary, cells)
            folder.people[person].episodes[one] = part, cells.text("episode_number")
            owners[one] = person
    for cells in each(folder.tables, "episode_event"):
        one = cells.id("episode_id")
        field_of, _ = folder.vocabulary.meaning(cells.id("episode_event_field_concept_id"), "")
        if one in owners and field_of and field_of.part == "field":
            folder.people[owners[one]].links[field_of.says, cells.id("event_id")] = one


def _procedures(folder: Folder) -> None:
    """Step 4: the operations and the days of radiation of persons with a tumour."""
    for cells in each(folder.tables, "procedure_occurrence"):
        person = folder.people.get(cells.id("person_id"))
        if person is None:
            continue
        row = cells.id("procedure_occurrence_id")
        part, says = procedure_of(folder.vocabulary, person, cells)
        day = cells.day("procedure_date", "procedure_datetime")
        if part == "surgery" and is_of_tumour(person, day):
            person.operations.append(Operation(row, says or None, day))
        elif part == "radiation":
            episode = person.links.get(("procedure_occurrence", row))
            person.courses[row] = f"episode/{episode}" if episode else f"procedure_occurrence/{row}"
            ends = cells.text("procedure_end_date", "procedure_end_datetime")
            if episode is None and day and day.exact and not ends:
                person.radiation[row] = day.low


def is_of_tumour(person: Person, day: DayInterval | None) -> bool:
    """Whether an operation may be on the tumour: it lies not long before the tumour was named."""
    return day is None or person.diagnosis is None or day.high >= person.diagnosis.low - BEFORE


def procedure_of(vocabulary: Vocabulary, person: Person, cells: Cells) -> tuple[str, str]:
    """Whether a procedure is surgery or radiation, and of which kind; empty where it is neither.

    A link from an episode of cancer surgery or radiotherapy says so; else the concept; else the words.
    """
    concept, written = cells.id("procedure_concept_id"), cells.text("procedure_source_value")
    if stated := told("surgery", cells.text("modifier_source_value")).get("kind"):
        return "surgery", str(stated)
    linked = person.episodes.get(person.links.get(("procedure_occurrence", cells.id("procedure_occurrence_id")), ""))
    meaning, _ = vocabulary.meaning(concept, written)
    words = " ".join(
        filter(None, (vocabulary.name(concept), vocabulary.name(cells.id("procedure_source_concept_id")), written))
    )
    if meaning and meaning.part in {"surgery", "radiation"}:
        kind = meaning.says or (_operation(words) if meaning.part == "surgery" else "")
        return meaning.part, kind
    if first_code("radiation", words) and not first_code("not_radiation", words):
        return "radiation", first_code("technique", words)
    kind = _operation(words)
    if linked and linked[0] in {"surgery", "radiotherapy"}:
        return {"surgery": "surgery", "radiotherapy": "radiation"}[linked[0]], kind
    return ("surgery", kind) if kind else ("", "")


def _operation(words: str) -> str:
    """What an operation was for, by its words; empty where they tell none, or one that is not on the tumour."""
    if not words or first_code("no_operation", words):
        return ""
    return first_code("operation", words) or match_word("surgery_kind", words) or ""


def _spread(folder: Folder) -> None:
    """Step 5: the first day of each site of spread, so that telling it again is no new spread."""
    for table in ("condition", "measurement", "observation"):
        name = "condition_occurrence" if table == "condition" else table
        columns = ("condition_start_date", "condition_start_datetime") if table == "condition" else (
            f"{table}_date", f"{table}_datetime")  # fmt: skip
        for cells in each(folder.tables, name):
            person = folder.people.get(cells.id("person_id"))
            day = cells.day(*columns) if person else None
            if person is None or day is None:
                continue
            site = site_of_spread(folder.vocabulary, table, cells)
            if site is not None:
                person.spread[site] = min(day.low, person.spread.get(site, day.low))


def site_of_spread(vocabulary: Vocabulary, table: str, cells: Cells) -> str | None:
    """The site of a metastasis that a row states; None where it states none."""
    if table == "condition":
        said = condition_of(vocabulary, cells)
        return (said.code or "") if said.kind == "metastasis" else None
    words = cells.text(f"{table}_source_value")
    meaning, _ = vocabulary.meaning(cells.id(f"{table}_concept_id"), words)
    if meaning is None or meaning.part != "metastasis" or answer(vocabulary, cells) is False:
        return None
    return meaning.says or match_word("metastatic_sites", meaning.name) or ""


def answer(vocabulary: Vocabulary, cells: Cells) -> bool | None:
    """Whether a measurement or observation says yes or no to what it is about; None where it says neither."""
    meaning, _ = vocabulary.meaning(cells.id("value_as_concept_id"), "")
    if meaning and meaning.part == "answer":
        return meaning.says == "1"
    written = cells.text("value_source_value", "value_as_string").lower()
    return {"yes": True, "present": True, "positive": True, "no": False, "absent": False, "negative": False}.get(
        written
    )


def folder_of(path: Path) -> Path:
    """The folder in which a file's neighbours lie."""
    return path.resolve().parent
