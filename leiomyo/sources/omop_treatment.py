"""Drugs, operations, radiation and episodes of OMOP as statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from leiomyo.model.codes import codes
from leiomyo.model.dates import DayInterval
from leiomyo.model.drugs import match_drug
from leiomyo.sources.base import Statement
from leiomyo.sources.drug_words import named_drugs
from leiomyo.sources.omop_conditions import patterns
from leiomyo.sources.omop_facts import episode_part, is_of_tumour, procedure_of
from leiomyo.sources.omop_row import COURSE, Row, blank, course, diagnosis, recurrence
from leiomyo.sources.omop_told import told as columns_told
from leiomyo.sources.omop_tumours import INDEX, Person, episode_condition
from leiomyo.sources.statements import spread
from leiomyo.sources.tumour_words import recurrence_of

_STRENGTH = re.compile(
    r"\[[^\]]*\]|\b\d+(?:[.,]\d+)?\s*(?:mg|g|mcg|ug|ml|unt|iu|meq|mmol|%)(?:\s*/\s*(?:\d+\s*)?(?:mg|ml|hr|actuat))?(?!\w)",
    re.I,
)
_SETTINGS = frozenset({"neoadjuvant", "adjuvant", "curative"})
_MORCELLATED = re.compile(
    r"\b(?P<no>(?:without|no|not|non|ohne)[\s-]+(?:\w+\s+)?)?(?:morcell|morzell)(?:at|ier|ement)", re.I
)
_AGAINST_TUMOURS = frozenset({"chemotherapy", "targeted", "immunotherapy"})
_REMEMBERED = 50_000
#: A drug in words, how it was matched, and the agents.
_Named = tuple[str | None, str | None, tuple[str | None, ...]]


def drug(row: Row) -> Iterator[Statement]:
    """One exposure for each drug of the vocabulary that concept or words name; other drugs have no place here.

    Of a person without a tumour only drugs against tumours are kept: another source may tell the tumour.
    """
    start, end = row.span(("drug_exposure_start_date", "drug_exposure_start_datetime"),
                          ("drug_exposure_end_date", "drug_exposure_end_datetime", "verbatim_end_date"))  # fmt: skip
    person = row.person
    if person is None and not _is_antineoplastic(row):
        return
    links, episodes = (person.links, person.episodes) if person else ({}, {})
    episode_of = links.get(("drug_exposure", row.cells.id("drug_exposure_id")), "")
    told = {
        "line_stated": _line(episodes.get(episode_of, ("", ""))[1]),
        "dose_as_written": _dose(row),
        "administration_route": row.cells.text("route_source_value") or None,
        **columns_told("drug_exposure", row.cells.text("sig")),
    }  # fmt: skip
    yield from _exposures(row, _agents(row), told, start, end)


def _dose(row: Row) -> str | None:
    """A quantity with its unit; without one it may be a number of vials, or of anything."""
    amount, unit = row.cells.text("quantity"), row.cells.text("dose_unit_source_value")
    return f"{amount} {unit}" if amount and unit else None


def _exposures(row: Row, named: _Named, told: dict[str, Any], start: DayInterval | None, end: DayInterval | None
               ) -> Iterator[Statement]:  # fmt: skip
    written, how, agents = named
    key = row.key()
    for place, agent in enumerate(agents):
        record = f"{key}/{place}" if key and len(agents) > 1 else key
        given = {"tumour": INDEX, "agent": agent, "as_written": written, "matched": how, "record": record, **told,
                 "missing": blank(start=start is None, end=end is None)}  # fmt: skip
        yield "drug_exposure", spread(given, start=start, end=end)


def _is_antineoplastic(row: Row) -> bool:
    """Whether a drug surely is one against tumours; asked of every drug of a hospital, the same few thousand."""
    asked = tuple(row.cells.id(name) for name in ("drug_concept_id", "drug_source_concept_id"))
    key = (*asked, row.cells.text("drug_source_value"))
    known = row.vocabulary.drugs
    if key not in known:
        if len(known) > _REMEMBERED:
            known.clear()
        silent = replace(row, problems=[])
        _, how, agents = _agents(silent)
        known[key] = how in {"exact", "normalised"} and any(agent in _antineoplastic() for agent in agents)
    return known[key]


@cache
def _antineoplastic() -> frozenset[str]:
    """Agents given against tumours; of hormones those that are hardly given for anything else."""
    return frozenset(
        agent
        for agent, row in codes("drugs").items()
        if row["kind"] in _AGAINST_TUMOURS or (row["kind"] == "hormone" and row["atc"].startswith(("L02B", "L02AE")))
    )


def _line(number: str) -> int | None:
    return int(number) if number.isdigit() and int(number) <= 30 else None


def _agents(row: Row) -> _Named:
    """The drug of an exposure: by its concept, by its concepts' names, by the source's words, by its ingredients."""
    concept, written = row.cells.id("drug_concept_id"), row.cells.text("drug_source_value")
    meaning, _ = row.vocabulary.meaning(concept, written)
    if meaning and meaning.part in {"drug", "regimen"}:
        return written or None, "exact", tuple(meaning.says.split("|"))
    source = row.vocabulary.name(row.cells.id("drug_source_concept_id"))
    for text in (row.vocabulary.name(concept), source, written):
        plain = ingredient(text)
        if plain and match_drug(plain).how != "none":
            how, agents = named_drugs(plain, _noting(row, "drug_source_value" if written else "drug_concept_id"))
            return text, "normalised" if how == "exact" and plain != text else how, agents
    return written or row.vocabulary.name(concept) or None, "exact", row.vocabulary.ingredients.get(concept, ())


def _noting(row: Row, column: str) -> Callable[[str, str, str], None]:
    def note(code: str, found: str, detail: str) -> None:
        row.problem(code, column, found, detail)

    return note


def ingredient(text: str) -> str:
    """A clinical drug's name without strength, dose form and brand.

    Examples
    --------
    >>> ingredient("doxorubicin hydrochloride 2 MG/ML Injectable Solution")
    'doxorubicin'
    >>> ingredient("1 ML docetaxel 20 MG/ML Injection")
    'docetaxel'
    """
    text = _STRENGTH.sub(" ", text)
    for pattern, _ in patterns("dose_form"):
        text = re.sub(rf"\b(?:{pattern.pattern})\b", " ", text, flags=re.I)
    return " ".join(text.split()).strip(" ,/-")


def procedure(row: Row) -> Iterator[Statement]:
    """An operation or radiation, as concept, words or the episode it belongs to say; others have no place here."""
    day = row.day("procedure_date", "procedure_datetime", needed=True)
    end = row.day("procedure_end_date", "procedure_end_datetime")
    person = row.person
    if person is None:
        return
    part, says = procedure_of(row.vocabulary, person, row.cells)
    if part == "surgery" and is_of_tumour(person, day):
        told = {"tumour": INDEX, "morcellation": _morcellated(row),
                **columns_told("surgery", row.cells.text("modifier_source_value")), "kind": says or None,
                "missing": blank(day=day is None)}  # fmt: skip
        yield "surgery", spread(told, day=day)
    elif part == "radiation":
        yield _radiation(row, person, says, day, end)


def _morcellated(row: Row) -> bool | None:
    """Whether the words of an operation say that the tumour was morcellated; None where they say nothing of it."""
    named = (row.vocabulary.name(row.cells.id(f"procedure_{which}concept_id")) for which in ("", "source_"))
    words = " ".join(filter(None, (*named, row.cells.text("procedure_source_value"))))
    found = _MORCELLATED.search(words)
    return None if found is None else found["no"] is None


def _radiation(row: Row, person: Person, says: str, day: DayInterval | None, end: DayInterval | None) -> Statement:
    """A course of radiation, or one fraction of it: the first tells the start, the last the end."""
    own = row.cells.id("procedure_occurrence_id")
    told: dict[str, Any] = {"tumour": INDEX, "technique": says if says and says not in _SETTINGS else None,
                            "setting": says if says in _SETTINGS else None, "record": person.record_of(own),
                            **columns_told("radiotherapy", row.cells.text("modifier_source_value"))}  # fmt: skip
    if person.links.get(("procedure_occurrence", own)):
        return "radiotherapy", told
    course = person.course_of(own)
    if course is None or course[0] == course[1]:
        told |= {"record": row.key(), "missing": blank(start=day is None, end=end is None)}
        return "radiotherapy", spread(told, start=day, end=end)
    first, last = (day if day and day.low == edge else None for edge in course)
    return "radiotherapy", spread(told, start=first, end=last)


def episode(row: Row) -> Iterator[Statement]:
    """An episode: a diagnosis, the extent of the disease, how it went, or a treatment that no other row tells."""
    start, end = row.span(
        ("episode_start_date", "episode_start_datetime"), ("episode_end_date", "episode_end_datetime")
    )
    concept, words = row.cells.id("episode_concept_id"), row.cells.text("episode_source_value")
    stated = columns_told("disease_status", words)
    if not stated and row.vocabulary.meaning(concept, words)[1]:
        row.problem("LM-D027", "episode_concept_id", words or row.vocabulary.name(concept))
    person, part = row.person, episode_part(row.vocabulary, row.cells)
    if person is None:
        return
    if part == "disease":
        said = episode_condition(row.vocabulary, row.cells)
        if said.kind == "tumour":
            yield diagnosis(person, said, start)
    elif stated:
        yield "disease_status", spread({"tumour": INDEX, **stated, "missing": blank(day=start is None)}, day=start)
    elif part == "recurrence":
        # several words may tell where it came back
        told_by = filter(None, (words, row.vocabulary.name(row.cells.id("episode_object_concept_id"))))
        where = next((status for text in told_by if (status := recurrence_of(text))), "new_tumor_event")
        yield recurrence(person, INDEX, where, start)
    elif part in COURSE:
        yield course(person, part, start)
    elif part == "radiotherapy":
        told = {"tumour": INDEX, "record": row.key(), "missing": blank(end=end is None)}
        yield "radiotherapy", spread(told, start=start, end=end)
    elif row.cells.id("episode_id") not in person.links.values():
        yield from _untold(row, part, start, end)


def _untold(row: Row, part: str, start: DayInterval | None, end: DayInterval | None) -> Iterator[Statement]:
    """A treatment whose single rows are not in the folder: the operation, or the drugs of the regimen."""
    if part == "surgery":
        yield "surgery", spread({"tumour": INDEX, "kind": None}, day=start)
    if part == "drugs":
        told = {"line_stated": _line(row.cells.text("episode_number"))}
        yield from _exposures(row, _regimen(row), told, start, end)


def _regimen(row: Row) -> _Named:
    concept, written = row.cells.id("episode_object_concept_id"), row.cells.text("episode_source_value")
    meaning, _ = row.vocabulary.meaning(concept, "")
    if meaning and meaning.part in {"regimen", "drug"}:
        return written or meaning.name, "exact", tuple(meaning.says.split("|"))
    text = row.vocabulary.name(concept) or written
    if not match_drug(text).agents:
        return None, None, ()
    how, agents = named_drugs(text, _noting(row, "episode_source_value"))
    return text, how, agents
