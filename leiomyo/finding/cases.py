"""The portable expressions of the scan: what the database is asked, in the same words on every engine.

Three questions: which concepts may matter, which values as written may matter, and who has rows with either. The first
two answers are judged by `judging`, so the third is a filter by lists and a grouped count. There is no join at all: no
`asof_join` and no `OR` in a join's predicate, which some engines lack and others take minutes for. Nothing is written
to the database, not even for a while.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from leiomyo.errors import LeiomyoError
from leiomyo.finding.cdm import Cdm, Place, day, number
from leiomyo.finding.connect import Database
from leiomyo.finding.judging import drug_agents, judge_concept, judge_text, stems

#: The domains of OMOP that hold tumours, by how their names begin.
_DOMAINS = ("Cond", "Obs", "Meas")
#: So many rows come at a time.
BATCH = 50_000
#: So many identifiers stand in one list; a longer one is asked in parts.
LISTED = 20_000

Concept = tuple[str, str, str]


def answer(database: Database, expression: Any, *, batch: int = BATCH) -> Iterator[pa.RecordBatch]:
    """The rows of an expression, batch by batch.

    Raises
    ------
    LeiomyoError
        `LM-A018`: the database stopped. Its own words are left out: they may hold a value of a patient.
    """
    try:
        yield from database.connection.to_pyarrow_batches(expression, chunk_size=batch)
    except LeiomyoError:
        raise
    except Exception as error:  # every driver has its own
        if "nterrupt" in f"{type(error).__name__} {error}":
            raise
        state = getattr(error, "sqlstate", None) or getattr(error, "getCondition", lambda: None)()
        told = f"{type(error).__name__}{f' {state}' if state else ''}."
        raise LeiomyoError("LM-A018", told, file=database.shown) from None


def rows(database: Database, expression: Any) -> list[dict[str, Any]]:
    """All rows of a small answer."""
    return [row for batch in answer(database, expression) for row in batch.to_pylist()]


def either(conditions: Iterable[Any]) -> Any:
    """Whether one of several conditions holds."""
    return functools.reduce(operator.or_, conditions)


def candidate_concepts(cdm: Cdm) -> tuple[dict[int, Concept], dict[int, frozenset[str]]]:
    """Concepts whose code or name says something of the tumour, and the agents of concepts that are drugs."""
    concept = cdm.concept
    if concept is None:
        return {}, {}
    name = concept.concept_name.lower()
    code = concept.concept_code.lower()
    site = [code.contains(stem) if stem.startswith("-") else code.startswith(stem) for stem in stems("code")]
    vocabularies = sorted({one for held in _vocabularies() for one in held})
    by_code = concept.vocabulary_id.isin(vocabularies) & either(site)
    by_name = either(name.contains(stem) for stem in stems("name"))
    agents = sorted({agent for held in drug_agents().values() for agent in held})
    by_drug = either(name.contains(agent) for agent in agents)
    if "domain_id" in concept.columns:
        by_name &= either(concept.domain_id.startswith(domain) for domain in _DOMAINS)
        by_drug &= concept.domain_id == "Drug"
    asked = concept.filter(by_code | by_name | by_drug).select(
        id=number(concept.concept_id), vocabulary=concept.vocabulary_id, code=concept.concept_code,
        name=concept.concept_name,
    )  # fmt: skip
    tumours: dict[int, Concept] = {}
    drugs: dict[int, frozenset[str]] = {}
    for row in _complete(cdm.database, asked):
        found = (row["vocabulary"] or "", row["code"] or "", row["name"] or "")
        if given := frozenset(agent for agent in agents if agent in found[2].lower()):
            drugs[row["id"]] = given
        elif judge_concept(*found):
            tumours[row["id"]] = found
    return tumours, drugs


def _vocabularies() -> Iterator[frozenset[str]]:
    from leiomyo.finding.judging import criteria

    yield from (one.vocabularies for one in criteria().values() if one.match - {"term", "site_name"})


def _complete(database: Database, expression: Any) -> Iterator[dict[str, Any]]:
    for batch in answer(database, expression):
        yield from (row for row in batch.to_pylist() if row["id"] is not None)


def concepts_by_id(cdm: Cdm, ids: Iterable[int]) -> dict[int, Concept]:
    """The concepts of these identifiers."""
    concept = cdm.concept
    found: dict[int, Concept] = {}
    if concept is None:
        return found
    for part in parts(sorted(set(ids))):
        asked = concept.filter(number(concept.concept_id).isin(part)).select(
            id=number(concept.concept_id), vocabulary=concept.vocabulary_id, code=concept.concept_code,
            name=concept.concept_name,
        )  # fmt: skip
        for row in _complete(cdm.database, asked):
            found[row["id"]] = (row["vocabulary"] or "", row["code"] or "", row["name"] or "")
    return found


def parts(ids: list[int], size: int = LISTED) -> Iterator[list[int]]:
    """Lists short enough for one question."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def candidate_values(cdm: Cdm, table: Any, column: str, wanted: tuple[str, ...]) -> list[str]:
    """The different values of a column as the source wrote them that hold one of the parts asked for."""
    value = table[column]
    asked = table.filter(value.notnull() & either(value.lower().contains(stem) for stem in wanted))
    asked = asked.select(value=value).distinct()
    return sorted(row["value"] for row in rows(cdm.database, asked))


def written_values(cdm: Cdm, place: Place, table: Any) -> list[str]:
    """The values of a place that say something of the tumour."""
    found: set[str] = set()
    for column in place.texts:
        if column in table.columns:
            found.update(value for value in candidate_values(cdm, table, column, stems("text")) if judge_text(value))
    return sorted(found)


def evidence(table: Any, place: Place, ids: Iterable[int], values: list[str]) -> Any:
    """Who has rows with one of the concepts or values: persons, cells, number of rows, first and last day.

    The answer has a column for every column of the place that the table has; None where the table has none to ask.
    """
    concepts = [name for name in place.concepts if name in table.columns]
    texts = [name for name in place.texts if name in table.columns]
    others = [name for name in (place.question, *place.answers) if name and name in table.columns]
    listed = sorted(ids)
    conditions = [number(table[name]).isin(listed) for name in concepts if listed]
    conditions += [table[name].isin(values) for name in texts if values]
    if not conditions or "person_id" not in table.columns:
        return None
    shaped = table.filter(either(conditions)).select(
        person=number(table.person_id),
        when=day(table[place.date]) if place.date in table.columns else _no_day(),
        **{name: number(table[name]) if name.endswith("_id") else table[name] for name in (*concepts, *texts, *others)},
    )
    keys = ["person", *concepts, *texts, *others]
    return shaped.group_by(keys).aggregate(
        rows=shaped.count(), first=shaped.when.min(), last=shaped.when.max()
    )  # fmt: skip


def drugs_given(table: Any, drugs: Mapping[int, frozenset[str]], values: list[str]) -> Any:
    """Who was given which of the drugs: persons, concept or value, number of rows, first and last day."""
    start = "drug_exposure_start_date"
    place = Place(
        "drug_exposure", start, ("drug_concept_id", "drug_source_concept_id"), ("drug_source_value",), "", (), ""
    )
    return evidence(table, place, drugs, values)


def _no_day() -> Any:
    import ibis

    return ibis.null("date")
