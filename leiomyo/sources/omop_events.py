"""What a row of each OMOP table means in case tables: one function a table.

Of persons without a tumour, and of what the case tables have no place for (blood pressure, statins), a row names its
patient and no more. Nothing is decided between rows that reconciliation decides; what a row has to know of others
(which tumour is meant, whether spread is told for the first time) is in `omop_facts.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from leiomyo.model.dates import DayInterval, calendar_day
from leiomyo.sources.base import Statement
from leiomyo.sources.omop_conditions import Condition
from leiomyo.sources.omop_modifiers import modifier
from leiomyo.sources.omop_row import Row, blank, diagnosis, metastasis, recurrence
from leiomyo.sources.omop_told import told as columns_told
from leiomyo.sources.omop_treatment import drug, episode, procedure
from leiomyo.sources.omop_tumours import INDEX, Person, cause_of, condition_of, histology_of, tumour_of
from leiomyo.sources.statements import spread

_SEX = {"m": "male", "male": "male", "f": "female", "female": "female"}
#: Concepts that say that the sex is not known: "unknown", "ambiguous".
_SEX_NOT_KNOWN = frozenset({"8551", "8570"})
_NAMES_A_CAUSE = re.compile(r"[^\W\d_]{3}|^[A-Z]\d\d")


def compose(row: Row) -> Iterator[Statement]:
    """The statements of one row; at least one, which names the patient."""
    told = False
    for table, values in TABLES[row.table](row):
        told = told or table == "patient"
        yield table, values
    if not told:
        yield "patient", {"axis": "calendar"}


def _patient(**told: Any) -> Statement:
    return "patient", {"axis": "calendar", **told}


def _person(row: Row) -> Iterator[Statement]:
    """Sex and birth; a datetime of birth counts only without a year, since programs fill it up to a whole day."""
    concept, written = row.cells.id("gender_concept_id"), row.cells.text("gender_source_value")
    meaning, _ = row.vocabulary.meaning(concept, "")
    sex = meaning.says if meaning and meaning.part == "sex" else _SEX.get(written.lower())
    if sex is None and concept and concept not in _SEX_NOT_KNOWN:
        row.problem("LM-D005", "gender_concept_id", concept)
    birth = _birth(row)
    words = {
        name: row.cells.text(f"{name}_source_value") or row.vocabulary.name(row.cells.id(f"{name}_concept_id")) or None
        for name in ("race", "ethnicity")
    }
    yield _patient(**spread({"sex": sex, **words, "missing": blank(sex=sex is None, birth=birth is None)}, birth=birth))


def _birth(row: Row) -> DayInterval | None:
    year, month, day = (row.cells.id(name) for name in ("year_of_birth", "month_of_birth", "day_of_birth"))
    if not year:
        return row.day("birth_datetime")
    text = "-".join(filter(None, (year, month, month and day)))
    try:
        return calendar_day(text)
    except ValueError:
        row.problem("LM-D012", "year_of_birth", text)
        return None


def _death(row: Row) -> Iterator[Statement]:
    """A death, with its cause where that is told; each row is a statement of its own."""
    day = row.day("death_date", "death_datetime", needed=True)
    cause = _cause(row)
    told = {"vital_status": "dead", "cause_of_death": cause,
            "missing": blank(death=day is None, cause_of_death=cause is None)}  # fmt: skip
    yield _patient(**spread(told, death=day))
    yield "follow_up", spread({"vital_status": "dead"}, contact=day)
    person, said = row.person, cause_of(row.vocabulary, row.cells)
    if person and said.lms and person.named_by == replace(said, kind="history"):
        yield diagnosis(person, said.primary, None)


def _cause(row: Row) -> str | None:
    """Whether the cause is the tumour that the record is about, another cancer, or neither."""
    written = row.cells.text("cause_source_value")
    if cause := columns_told("patient", written).get("cause_of_death"):
        return str(cause)
    ids = [row.cells.id(name) for name in ("cause_concept_id", "cause_source_concept_id")]
    said = cause_of(row.vocabulary, row.cells)
    if said.kind in {"metastasis", "recurrence"}:
        return "disease"
    if said.kind == "tumour":
        return "disease" if row.person is None or tumour_of(row.person, said) == INDEX else "other_cancer"
    named = any(map(row.vocabulary.name, ids)) or _NAMES_A_CAUSE.search(written)
    return "other" if named else None


def _observed(row: Row) -> Iterator[Statement]:
    """The end of an observation period is a last contact; of the dead it only is the end of the data."""
    _, end = row.span(("observation_period_start_date",), ("observation_period_end_date",))
    if end and row.patient not in row.folder.deaths:
        yield _alive(row, end)


def _visit(row: Row) -> Iterator[Statement]:
    """A visit is a contact, at its end; where the person died in it, at its start."""
    start, end = row.span(("visit_start_date", "visit_start_datetime"), ("visit_end_date", "visit_end_datetime"))
    death = row.folder.deaths.get(row.patient)
    seen = start if end is None or (death and end.high >= death.low) else end
    if seen:
        yield _alive(row, seen)


def _alive(row: Row, day: DayInterval) -> Statement:
    """A day on which the person was seen; without a DEATH table nobody is told to be alive."""
    return _patient(**spread({"vital_status": "alive" if row.folder.has_deaths else None}, last_contact=day))


def _condition(row: Row) -> Iterator[Statement]:
    day = row.day("condition_start_date", "condition_start_datetime", needed=True)
    person, said = row.person, condition_of(row.vocabulary, row.cells)
    if said.kind == "unsure":
        row.problem("LM-D033", _doubting(row, said), said.words)
    elif person is None or not said.kind:
        return
    elif said.kind == "tumour":
        yield diagnosis(person, said, day)
    elif said.kind in {"metastasis", "recurrence", "history"}:
        yield from _again(person, said, day)
    else:
        told = {"term": said.code, "as_written": said.words or None, "severity": said.severity,
                "missing": blank(onset=day is None)}  # fmt: skip
        yield "symptom", spread(told, onset=day)


def _doubting(row: Row, said: Condition) -> str:
    """The column that leaves a diagnosis open."""
    named = ("condition_source_value", "condition_status_source_value")
    found = next((name for name in named if row.cells.text(name) == said.words), "")
    return found or next(
        (name for name in ("condition_status_concept_id",) if row.cells.id(name)), "condition_concept_id"
    )


def _again(person: Person, said: Condition, day: DayInterval | None) -> Iterator[Statement]:
    """Spread, a recurrence or a history; where nothing else names the tumour, that it is there too."""
    if said.lms and person.named_by == said:
        yield diagnosis(person, said.primary, day if said.kind == "metastasis" else None)
    if said.kind == "metastasis":
        yield metastasis(person, said.code, said.words, day)
    if said.kind != "recurrence":
        return
    name = tumour_of(person, said)
    if name != INDEX and name not in person.tumours:
        yield diagnosis(person, said.primary, None)
    yield recurrence(person, name, said.code or "new_tumor_event", day)


def _measured(row: Row) -> Iterator[Statement]:
    day = row.day(f"{row.table}_date", f"{row.table}_datetime", needed=True)
    doubt = row.patient in row.folder.doubts
    said = histology_of(row.vocabulary, row.table, row.cells) if doubt else None
    if said and said.kind == "unsure":
        named = ("value_source_value", "value_as_string", f"{row.table}_source_value")
        column = next((name for name in named if row.cells.text(name) == said.words), "value_as_concept_id")
        row.problem("LM-D033", column, said.words)
    elif row.person is not None:
        yield from modifier(row, row.person, day)


#: What is read from each table.
TABLES: dict[str, Callable[[Row], Iterator[Statement]]] = {
    "person": _person, "death": _death, "observation_period": _observed, "visit_occurrence": _visit,
    "condition_occurrence": _condition, "drug_exposure": drug, "procedure_occurrence": procedure,
    "episode": episode, "measurement": _measured, "observation": _measured,
}  # fmt: skip
