"""What one row of an OMOP folder has to know of the others: a first, light look at the whole folder.

Kept are only persons with a tumour, and of them a few days and codes: which tumours there are and when each is first
told, the operations, the days of radiation, the first day of each site of spread, the deaths, the links of episodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from leiomyo.model.codes import match_word
from leiomyo.model.dates import DayInterval
from leiomyo.sources.omop_concepts import Vocabulary, by_id
from leiomyo.sources.omop_conditions import Condition, first_code
from leiomyo.sources.omop_folder import (
    Cells,
    Tables,
    each,
    identifiers,
    index_of,
    may_name,
    sarcomas_met,
    vocabulary_of,
)
from leiomyo.sources.omop_told import told
from leiomyo.sources.omop_tumours import (
    Operation,
    Person,
    answer,
    cause_of,
    condition_of,
    enter,
    episode_condition,
    histology_of,
    join,
    settle,
)

#: An operation may precede the day on which the pathologist names the tumour by so many days.
BEFORE = 92


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
    #: Persons of whom a histology only suspects or denies something.
    doubts: set[str] = field(default_factory=set)
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


def _tumours(folder: Folder) -> None:
    """Step 1: the tumours of each person, and which of them the record is about: a leiomyosarcoma, else the first."""
    wordless = set()
    rows: list[tuple[str, str, str]] = []
    hints: list[_Hint] = []
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
            if not person or not (said.kind == "tumour" or said.lms):
                continue
            on = cells.day(f"{day}_date", f"{day}_datetime")
            if said.kind != "tumour":
                hints.append((person, said, on, "", False))
                continue
            key = enter(folder.people.setdefault(person, Person()), said, on)
            if table == "condition_occurrence" and (row := cells.id("condition_occurrence_id")):
                rows.append((row, person, key))
    folder.wordless = len(wordless)
    _join(folder, [*_histologies(folder), *hints, *_causes(folder)], {row: key for row, _, key in rows})
    for one in folder.people.values():
        settle(one)
    folder.conditions = {row: (person, folder.people[person].tumour(key)) for row, person, key in rows}


#: A leiomyosarcoma told apart from its site: person, what is said, the day, the condition pointed to, any site near.
_Hint = tuple[str, Condition, DayInterval | None, str, bool]


def _histologies(folder: Folder) -> Iterator[_Hint]:
    """Leiomyosarcomas that stand in a measurement or observation."""
    for table in ("measurement", "observation"):
        if not any(may_name(path, sarcomas_met(folder.vocabulary)) for path in folder.paths(table)):
            continue
        for cells in each(folder.tables, table):
            said = histology_of(folder.vocabulary, table, cells)
            person = cells.id("person_id") if said else ""
            if said and said.kind == "unsure":
                folder.doubts.add(person)
            if said and said.lms and person:
                day = cells.day(f"{table}_date", f"{table}_datetime")
                yield person, said, day, pointed(folder.vocabulary, table, cells, "condition_occurrence"), True


def _causes(folder: Folder) -> Iterator[_Hint]:
    """Leiomyosarcomas that only the cause of a death names: when they were found is not said."""
    for cells in each(folder.tables, "death"):
        said = cause_of(folder.vocabulary, cells)
        if said.lms and (person := cells.id("person_id")):
            yield person, replace(said, kind="history"), None, "", False


def _join(folder: Folder, hints: list[_Hint], keys: dict[str, str]) -> None:
    for person, said, day, row, near in hints:
        join(folder.people.setdefault(person, Person()), said, day, near=near, key=keys.get(row, ""))


def pointed(vocabulary: Vocabulary, table: str, cells: Cells, to: str) -> str:
    """The row of a table that a modifier points to; empty where it points elsewhere or nowhere."""
    named = {"measurement": ("measurement_event_id", "meas_event_field_concept_id"),
             "observation": ("observation_event_id", "obs_event_field_concept_id")}[table]  # fmt: skip
    for event, field_of in (named, ("modifier_of_event_id", "modifier_of_field_concept_id")):
        meaning, _ = vocabulary.meaning(cells.id(field_of), "")
        if meaning and meaning.part == "field" and meaning.says == to:
            return cells.id(event)
    return ""


def episode_part(vocabulary: Vocabulary, cells: Cells) -> str:
    """What kind of episode a row of EPISODE is; empty where its concept is not known."""
    meaning, _ = vocabulary.meaning(cells.id("episode_concept_id"), cells.text("episode_source_value"))
    if meaning and meaning.part == "recurrence":
        return "recurrence"
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
    """Step 5: the first day of each site of spread, and the days of recurrences: told again they are not new."""
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
            elif status := recurrence_in(folder.vocabulary, table, cells):
                person.recurrences.setdefault(status, []).append(day.low)


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


def recurrence_in(vocabulary: Vocabulary, table: str, cells: Cells) -> str:
    """The status of a recurrence that a row states; empty where it states none."""
    if table == "condition":
        said = condition_of(vocabulary, cells)
        return (said.code or "") if said.kind == "recurrence" else ""
    meaning, _ = vocabulary.meaning(cells.id(f"{table}_concept_id"), cells.text(f"{table}_source_value"))
    stated = meaning and meaning.part == "recurrence" and answer(vocabulary, cells) is not False
    return meaning.says if meaning and stated else ""


def folder_of(path: Path) -> Path:
    """The folder in which a file's neighbours lie."""
    return path.resolve().parent
