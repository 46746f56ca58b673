"""Measurements and observations that say something of a tumour: grade, size, margin, residual tumour, stage, spread.

The fact may stand in the concept measured ("R1: Microscopic residual tumor"), or in its value beside a concept that
only asks ("Surgical margins" with the value "positive"). A modifier is of the tumour or operation that it points to;
where it points nowhere, of the only one there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from leiomyo.model.codes import match_word
from leiomyo.model.dates import DayInterval
from leiomyo.model.tables import TABLES
from leiomyo.sources.base import Statement
from leiomyo.sources.cells import outside
from leiomyo.sources.data_files import rows
from leiomyo.sources.omop_concepts import Meaning
from leiomyo.sources.omop_facts import pointed
from leiomyo.sources.omop_row import (
    COURSE,
    Row,
    blank,
    course,
    course_of,
    diagnosis,
    measured,
    metastasis,
    moment,
    recurrence,
    units,
)
from leiomyo.sources.omop_stage import answered, stated
from leiomyo.sources.omop_told import told as columns_told
from leiomyo.sources.omop_tumours import INDEX, Operation, Person, answer, histology_of
from leiomyo.sources.statements import death_told, gray, spread

#: A pathologist's report follows its operation within so many days.
_REPORTED = 42
_RESIDUAL = re.compile(r"\bR([012X])\b", re.I)
_GRADE = re.compile(r"\b(?:g|grade)?[- ]?([1-4]|iv|i{1,3}|high|low|h|l)\b", re.I)
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "H": "high", "L": "low", "HIGH": "high", "LOW": "low"}
_CATEGORIES = {"t": "t", "n": "n", "m": "m", "group": "stage_group"}
#: The case tables that a row may be of, and the column for its date.
_DAYS = {"patient": "", "diagnosis": "", "stage": "", "disease_status": "day", "follow_up": "contact",
         "biomarker": "day", "adverse_event": "day"}  # fmt: skip
_DEAD = frozenset({"DOD", "DOC", "DUC"})
_ALIVE = frozenset({"NED", "AWD"})


def modifier(row: Row, person: Person, day: DayInterval | None) -> Iterator[Statement]:
    """What a measurement or observation states of the tumour; nothing where it is about something else."""
    concept, words = row.cells.id(f"{row.table}_concept_id"), row.cells.text(f"{row.table}_source_value")
    if words in _DAYS and (stated := columns_told(words, row.cells.text("value_source_value"))):
        yield from _stated(row, person, day, words, stated)
        return
    asked, odds = row.vocabulary.meaning(concept, words)
    said, _ = row.vocabulary.meaning(row.cells.id("value_as_concept_id"), "")
    if odds:
        row.problem("LM-D027", f"{row.table}_concept_id", words)
    if asked is None and histology_of(row.vocabulary, row.table, row.cells):
        asked = Meaning("histology", "")
    if asked is None and said and said.part in {"residual", "grade", "t", "n", "m", "group"}:
        asked = said
    if asked and asked.part in _PARTS:
        yield from _PARTS[asked.part](row, person, day, asked)


def _stated(row: Row, person: Person, day: DayInterval | None, table: str, told: dict[str, Any]) -> Iterator[Statement]:
    """A row of a case table: its name is the source value, its columns are the value."""
    if table == "diagnosis":
        yield from _of_tumour(row, person, **told)
    elif table == "patient":
        yield "patient", {"axis": "calendar", **told}
    else:
        of = {"tumour": _tumour(row, person)} if "tumour" in TABLES[table].index else {}
        derived = {"derived": False} if table == "stage" else {}
        days = {_DAYS[table]: day} if _DAYS[table] else {}
        said = spread({**of, **derived, **told}, **days)
        yield table, said
        if table == "follow_up" and said.get("vital_status") == "dead":
            yield death_told(said, "calendar")


def _value(row: Row, asked: Meaning) -> str:
    """The value in words: of its concept, else as the source has it, else what the concept measured says itself."""
    said, _ = row.vocabulary.meaning(row.cells.id("value_as_concept_id"), "")
    told = (said.says or said.name) if said and said.part == asked.part else ""
    told = told or row.vocabulary.name(row.cells.id("value_as_concept_id"))
    return told or row.cells.text("value_source_value", "value_as_string") or asked.says or asked.name


def _tumour(row: Row, person: Person) -> str:
    """The tumour that a modifier points to; the one that the record is about where it points to none."""
    of = row.folder.conditions.get(pointed(row.vocabulary, row.table, row.cells, "condition_occurrence"))
    return of[1] if of and of[0] == row.patient else INDEX


def _of_tumour(row: Row, person: Person, **told: Any) -> Iterator[Statement]:
    name = _tumour(row, person)
    role = "index" if name == INDEX else "other_primary"
    yield "diagnosis", {"tumour": name, "role": role, **told}


def _grade(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    written = _value(row, asked)
    found = _GRADE.search(written)
    if found is None:
        row.problem("LM-D005", _value_column(row), written)
        return
    grade = _ROMAN.get(found.group(1).upper(), found.group(1))
    system = "FNCLCC" if re.search("fnclcc", f"{asked.name} {written}", re.I) else None
    yield from _of_tumour(row, person, grade=f"G{grade}" if grade.isdigit() else grade, grade_system=system)


def _size(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """The size in millimetres, where its unit is told: 8 may be either."""
    amount, unit = measured(row)
    if amount is None:
        return
    factor = next((factor for name in (unit, *units(row)) if (factor := _millimetres(name))), None)
    size = round(amount * (factor or 0), 3)
    if factor is None:
        row.problem("LM-D030", "unit_concept_id", f"{amount:g} {unit or next(iter(units(row)), '')}".strip())
    elif outside("diagnosis", "size_mm", size):
        row.problem("LM-D006", "value_as_number", f"{amount:g} {unit}".strip())
    else:
        yield from _of_tumour(row, person, size_mm=size)


def _millimetres(unit: str) -> float | None:
    """Millimetres in a unit of length, by the units that FHIR's reader knows."""
    return _lengths().get(unit.strip().lower().rstrip("."))


@cache
def _lengths() -> dict[str, float]:
    own = {row["code"]: float(row["value"]) for row in rows("fhir_codes.csv") if row["list"] == "length"}
    own.pop("m", None)  # may be minutes, or months
    return own | {name: own[unit] for name, unit in _CALLED.items() if unit in own}


_CALLED = {"millimeter": "mm", "millimetre": "mm", "millimetres": "mm", "centimeter": "cm", "centimetre": "cm",
           "centimetres": "cm", "inch": "[in_i]"}  # fmt: skip


def _count(column: str, whole: type) -> Callable[[Row, Person, DayInterval | None, Meaning], Iterator[Statement]]:
    def read(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
        amount, unit = measured(row)
        if "mm" in unit.lower():
            row.problem("LM-D005", _value_column(row), f"{amount:g} {unit}")
        elif amount is not None and outside("diagnosis", column, amount):
            row.problem("LM-D006", "value_as_number", f"{amount:g}")
        elif amount is not None:
            yield from _of_tumour(row, person, **{column: whole(amount)})

    return read


def _multifocal(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    yield from _of_tumour(row, person, multifocal=answer(row.vocabulary, row.cells) is not False)


def _necrosis(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """The share of the tumour that is dead, where it is told in percent."""
    amount, unit = measured(row)
    if amount is None or "%" not in (unit, *units(row)):
        return
    if outside("diagnosis", "necrosis_percent", amount):
        row.problem("LM-D006", "value_as_number", f"{amount:g} %")
    else:
        yield from _of_tumour(row, person, necrosis_percent=amount)


def _depth(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    if depth := match_word("depth", _answer_in_words(row)):
        yield from _of_tumour(row, person, depth=depth)


def _category(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """One category of a staging statement: `AJCC 8 pathological T2`, `FIGO 2009 IB`."""
    said, _ = row.vocabulary.meaning(row.cells.id("value_as_concept_id"), "")
    told: str | None = said.says if said and said.part == asked.part and stated(said.says) else asked.says
    if (told and not stated(told)) or not told:
        written = _answer_in_words(row)
        if (told := answered(asked, written)) is None:
            if written:
                row.problem("LM-D005", _value_column(row), written)
            return
    system, *more, value = told.split()
    edition = next((word for word in more if word.isdigit()), None)
    basis = next((word.lower() for word in more if word.lower() in {"clinical", "pathological"}), None)
    edition = f"{system}{edition}" if edition and system == "FIGO" else edition
    yield "stage", {"tumour": _tumour(row, person), "system": system, "edition": edition, "basis": basis,
                    _CATEGORIES[asked.part]: value, "derived": False}  # fmt: skip


def _answer_in_words(row: Row) -> str:
    name = row.vocabulary.name(row.cells.id("value_as_concept_id"))
    return name or row.cells.text("value_source_value", "value_as_string")


def _histology(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """The entity that a pathologist names; one that is none of the record's is left to the tumour that it is of."""
    said = histology_of(row.vocabulary, row.table, row.cells)
    if said is None or not person.tumours:
        return
    if said.lms and (said.kind == "tumour" or person.named_by == said):
        yield diagnosis(person, replace(said.primary, laterality=None), day)
    elif said.kind == "tumour" and said.specific and not person.has_lms:
        yield from _of_tumour(row, person, histology=said.histology, morphology=said.morphology)


def _status(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """How the disease goes, as the answer to a question for it."""
    concept, written = row.cells.id("value_as_concept_id"), _answer_in_words(row)
    said, _ = row.vocabulary.meaning(concept, written)
    if said and said.part == "follow_up":
        yield from _followed(row, person, day, said)
    elif said and said.part == "recurrence":
        yield recurrence(person, INDEX, said.says, day)
    elif said and said.part == "episode" and said.says in COURSE:
        yield course(person, said.says, day)
    elif status := match_word("disease_status", written):
        yield course_of(person, status, match_word("response", written), day)
    elif response := match_word("response", written):
        yield course_of(person, "response", response, day)
    elif written:
        row.problem("LM-D005", _value_column(row), written)


def _course(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """How the disease goes, as what was found itself ("Disease progression")."""
    if answer(row.vocabulary, row.cells) is not False and asked.says in COURSE:
        yield course(person, asked.says, day)


def _recurred(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    if answer(row.vocabulary, row.cells) is not False:
        yield recurrence(person, _tumour(row, person), asked.says, day)
    elif asked.says == "local_recurrence":
        yield course_of(person, "no_local_recurrence", None, day)


def _spread(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    if answer(row.vocabulary, row.cells) is False:
        if not asked.says:
            told = {"tumour": INDEX, "status": "no_metastasis", "moment": moment(person, day)}
            yield "disease_status", spread(told, day=day)
        return
    site = asked.says or match_word("metastatic_sites", asked.name)
    yield metastasis(person, site, asked.name, day)


def _nodes(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """Regional nodes: tumour is there, but neither as a recurrence nor as distant spread."""
    if answer(row.vocabulary, row.cells) is not False:
        told = {"tumour": INDEX, "status": "with_tumor", "site": asked.says, "site_text": asked.name, "route": "nodal",
                "moment": moment(person, day), "missing": blank(day=day is None)}  # fmt: skip
        yield "disease_status", spread(told, day=day)


# --- the operation ----------------------------------------------------------------------------------------


def _residual(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    written = _value(row, asked)
    found = _RESIDUAL.search(written)
    code = f"R{found.group(1).upper()}" if found else match_word("residual_tumor", written)
    yield from _of_operation(row, person, day, "residual_tumor", code, written)


def _margin(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """A margin in words, or residual tumour told under its name: both are kept as what they are."""
    written = _value(row, asked)
    if found := _RESIDUAL.search(written):
        yield from _of_operation(row, person, day, "residual_tumor", f"R{found.group(1).upper()}", written)
        return
    said = answer(row.vocabulary, row.cells)
    code = {True: "positive", False: "negative"}.get(said) if said is not None else match_word("margins", written)
    yield from _of_operation(row, person, day, "margin", code, written)


def _rupture(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    ruptured = answer(row.vocabulary, row.cells) is not False
    yield from _of_operation(row, person, day, "rupture", ruptured, asked.name)


def _dose(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """The dose of the course of radiation that the row points to; one that points to none is of no known course."""
    record, amount = (
        person.record_of(pointed(row.vocabulary, row.table, row.cells, "procedure_occurrence")),
        row.number_of("value_as_number"),
    )
    if record is None or amount is None:
        return
    meaning, _ = row.vocabulary.meaning(row.cells.id("unit_concept_id"), "")
    unit = meaning.says if meaning and meaning.part == "dose_unit" else row.cells.text("unit_source_value")
    dose, code = gray(amount, unit)
    if code:
        row.problem(code, "value_as_number", f"{amount:g} {unit}".strip())
    yield "radiotherapy", {"tumour": INDEX, "record": record, "dose_gy": dose}


def _of_operation(row: Row, person: Person, day: DayInterval | None, column: str, value: Any, written: str
                  ) -> Iterator[Statement]:  # fmt: skip
    """A statement on the operation that the row is of, under the same kind and day, so that the two meet."""
    if value is None:
        row.problem("LM-D005", _value_column(row), written)
        return
    done = _operation(row, person, day)
    if done is None:
        row.problem("LM-D028", f"{row.table}_date", row.cells.text(f"{row.table}_date"))
    told: dict[str, Any] = {"tumour": INDEX, "kind": done.kind if done else None, column: value}
    yield "surgery", spread(told, day=done.day if done else None)


def _operation(row: Row, person: Person, day: DayInterval | None) -> Operation | None:
    """The operation that a modifier is of.

    The one it points to; else the last one on its day or within six weeks before it; else the only one there is.
    """
    named = pointed(row.vocabulary, row.table, row.cells, "procedure_occurrence")
    done = [one for one in person.operations if one.kind != "biopsy"]
    if named:
        return next((one for one in person.operations if one.id == named), None)
    near = [one for one in done if one.day and day and 0 <= day.low - one.day.low <= _REPORTED]
    if near:
        return max(near, key=lambda one: one.day.low if one.day else 0)
    return done[0] if len(done) == 1 else None


def _value_column(row: Row) -> str:
    named = ("value_as_concept_id", "value_source_value", "value_as_string")
    return next((name for name in named if row.cells.text(name)), f"{row.table}_concept_id")


def _followed(row: Row, person: Person, day: DayInterval | None, asked: Meaning) -> Iterator[Statement]:
    """A status at follow-up: NED, AWD, DOD, DOC, DUC or lost."""
    status = asked.says
    vital = "dead" if status in _DEAD else "alive" if status in _ALIVE else None
    told = {"status": status, "vital_status": vital, "lost": True if status == "lost" else None}
    yield "follow_up", spread(told, contact=day)
    if vital == "alive":
        yield "patient", spread({"axis": "calendar", "vital_status": vital}, last_contact=day)
    elif vital == "dead":
        yield "patient", {"axis": "calendar", "vital_status": vital}


_PARTS: dict[str, Callable[[Row, Person, DayInterval | None, Meaning], Iterator[Statement]]] = {
    "grade": _grade, "size": _size, "mitoses": _count("mitoses_per_10_hpf", float), "lesions": _count("lesions", int),
    "multifocal": _multifocal, "t": _category, "n": _category, "m": _category, "group": _category,
    "metastasis": _spread, "nodes": _nodes, "residual": _residual, "margin": _margin, "rupture": _rupture,
    "follow_up": _followed, "histology": _histology, "status": _status, "episode": _course, "recurrence": _recurred,
    "necrosis": _necrosis, "depth": _depth, "dose": _dose,
}  # fmt: skip
