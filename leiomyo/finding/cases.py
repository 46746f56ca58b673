"""The portable expressions of the scan: what the database is asked, in the same words on every engine.

Three questions: which concepts may matter, which values as written may matter, and who has rows with either. The first
two answers are judged by `judging`, so the third is a filter by lists and a grouped count. There is no join at all: no
`asof_join` and no `OR` in a join's predicate, which some engines lack and others take minutes for. Nothing is written
to the database, not even for a while.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from leiomyo.errors import LeiomyoError
from leiomyo.finding.cdm import Cdm, Place, day, number, places
from leiomyo.finding.connect import Database
from leiomyo.finding.judging import criteria, drug_agents, judge_concept, judge_text, opens, stems
from leiomyo.sources.omop_concepts import listed_concepts

#: The domains of OMOP that hold tumours, by how their names begin.
_DOMAINS = ("Cond", "Obs", "Meas")
#: So many rows come at a time.
BATCH = 50_000
#: So many identifiers stand in one list; a longer one is asked in parts.
LISTED = 20_000

#: How names of statuses begin that leave a diagnosis open.
_OPEN = ("preliminary", "provisional", "suspected", "rule", "differential", "working", "tentative", "unconfirmed")

Concept = tuple[str, str, str]


def answer(database: Database, expression: Any, *, bounded: bool = False) -> Iterator[pa.RecordBatch]:
    """The rows of an expression, batch by batch; `bounded` where all of them may be more than memory holds.

    Raises
    ------
    LeiomyoError
        `LM-A018`: the database stopped. Its own words are left out: they may hold a value of a patient.
    """
    try:
        if bounded and database.engine == "spark":
            yield from _spark_batches(database.connection, expression)
        else:
            yield from database.connection.to_pyarrow_batches(expression, chunk_size=BATCH)
    except LeiomyoError:
        raise
    except Exception as error:  # every driver has its own
        if "nterrupt" in f"{type(error).__name__} {error}":
            raise
        state = getattr(error, "sqlstate", None) or getattr(error, "getCondition", lambda: None)()
        told = f"{type(error).__name__}{f' {state}' if state else ''}."
        raise LeiomyoError("LM-A018", told, file=database.shown) from None


def _spark_batches(connection: Any, expression: Any) -> Iterator[pa.RecordBatch]:
    """Rows by way of Spark's iterator, a partition at a time; Ibis would fetch all of them at once."""
    schema = expression.schema().to_pyarrow()
    found = connection.raw_sql(connection.compile(expression)).toLocalIterator()
    while held := list(itertools.islice(found, BATCH)):
        yield pa.RecordBatch.from_pylist([row.asDict() for row in held], schema=schema)


def rows(database: Database, expression: Any) -> list[dict[str, Any]]:
    """All rows of a small answer."""
    return [row for batch in answer(database, expression) for row in batch.to_pylist()]


def either(conditions: Iterable[Any]) -> Any:
    """Whether one of several conditions holds."""
    return functools.reduce(operator.or_, conditions)


def holds(column: Any, stems: Iterable[str]) -> Any:
    """Whether a text holds one of the stems, which are letters, digits, blanks and hyphens.

    One pattern and no `OR`: on ten million rows DuckDB takes 0.8 s for it, and 6.3 s for as many `LIKE`.
    """
    return column.lower().re_search("|".join(stems))


def candidate_concepts(cdm: Cdm) -> tuple[dict[int, Concept], dict[int, frozenset[str]]]:
    """Concepts whose code or name says something of the tumour, and the agents of concepts that are drugs."""
    concept = cdm.concept
    if concept is None:
        return {}, {}
    vocabularies = sorted({one for held in _vocabularies() for one in held})
    begins = [stem if stem.startswith("-") else f"^{stem}" for stem in stems("code")]
    by_code = concept.vocabulary_id.isin(vocabularies) & holds(concept.concept_code, begins)
    by_name = holds(concept.concept_name, stems("name"))
    by_drug = holds(concept.concept_name, _agents())
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
        if given := agents_in(found[2]):
            drugs[row["id"]] = given
        elif judge_concept(*found):
            tumours[row["id"]] = found
    return tumours, drugs


def _vocabularies() -> Iterator[frozenset[str]]:
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


def open_statuses(cdm: Cdm) -> frozenset[int]:
    """The statuses of a diagnosis that leave it open: those of our own list, and what the vocabulary calls so."""
    listed = {int(one) for one, row in listed_concepts().items()
              if row["part"] == "condition_status" and row["says"] == "unsure"}  # fmt: skip
    concept = cdm.concept
    if concept is None:
        return frozenset(listed)
    named = concept.vocabulary_id.isin(["Condition Status", "SNOMED"]) & holds(concept.concept_name, _OPEN)
    asked = concept.filter(named).select(id=number(concept.concept_id), name=concept.concept_name)
    found = {row["id"]: row["name"] or "" for row in _complete(cdm.database, asked)}
    return frozenset({one for one, name in found.items() if opens(name)} | (listed - found.keys()))


def parts(ids: list[int], size: int = LISTED) -> Iterator[list[int]]:
    """Lists short enough for one question."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def candidate_values(cdm: Cdm) -> tuple[list[str], list[str]]:
    """The values as the source wrote them that say something of the tumour, and those that name one of the drugs."""
    agents = _agents()
    asked = []
    for place in places():
        table = cdm.table(place.table)
        wanted = agents if place.kind == "drug" else stems("text")
        for column in place.texts if table is not None else ():
            if column in table.columns:
                value = table[column]
                held = table.filter(value.notnull() & holds(value, wanted))
                asked.append(held.select(value=value).distinct())
    found = sorted({row["value"] for row in rows(cdm.database, _union(asked))}) if asked else []
    return [value for value in found if judge_text(value)], [value for value in found if agents_in(value)]


def evidence(cdm: Cdm, kind: str, ids: Iterable[int], values: list[str]) -> Any:
    """Who has rows with one of the concepts or values: persons, cells, number of rows, first and last day.

    Every place of the kind is asked in one question and in the same columns, so that a slow engine starts once:
    `place` (its number), `person`, `concept_1`, `concept_2`, `text_1`, `text_2`, `question`, `answer`, `answer_text`,
    `status`, `status_text`, `rows`, `first`, `last`. None where there is nothing to ask.
    """
    listed = sorted(ids)
    asked = [one for one in (_shaped(cdm, order, place, listed, values) for order, place in enumerate(places())
                             if place.kind == kind) if one is not None]  # fmt: skip
    if not asked:
        return None
    shaped = _union(asked)
    return shaped.group_by([name for name in shaped.columns if name != "when"]).aggregate(
        rows=shaped.count(), first=shaped.when.min(), last=shaped.when.max()
    )


def _shaped(cdm: Cdm, order: int, place: Place, ids: list[int], values: list[str]) -> Any:
    """The rows of one place that hold one of the concepts or values, in the columns that all places share."""
    import ibis

    table = cdm.table(place.table)
    if table is None or "person_id" not in table.columns:
        return None
    concepts = [number(table[name]) for name in place.concepts if name in table.columns]
    texts = [table[name].cast("string") for name in place.texts if name in table.columns]
    conditions = [one.isin(ids) for one in concepts if ids] + [one.isin(values) for one in texts if values]
    if not conditions:
        return None

    def of(name: str, kind: str) -> Any:
        read = number if kind == "int64" else lambda column: column.cast(kind)
        return read(table[name]) if name in table.columns else ibis.null(kind)

    answers = {name.endswith("_id"): name for name in place.answers}
    status = {name.endswith("_id"): name for name in place.status}
    return table.filter(either(conditions)).select(
        place=ibis.literal(order, "int64"),
        person=number(table.person_id),
        when=day(table[place.date]) if place.date in table.columns else ibis.null("date"),
        **{f"concept_{n}": concepts[n - 1] if n <= len(concepts) else ibis.null("int64") for n in (1, 2)},
        **{f"text_{n}": texts[n - 1] if n <= len(texts) else ibis.null("string") for n in (1, 2)},
        question=of(place.question, "int64"),
        answer=of(answers.get(True, ""), "int64"),
        answer_text=of(answers.get(False, ""), "string"),
        status=of(status.get(True, ""), "int64"),
        status_text=of(status.get(False, ""), "string"),
    )


def _union(tables: list[Any]) -> Any:
    return functools.reduce(lambda one, other: one.union(other), tables)


def _agents() -> tuple[str, ...]:
    return tuple(sorted({agent for held in drug_agents().values() for agent in held}))


def agents_in(text: str | None) -> frozenset[str]:
    """The drugs of the criteria that a name or a value holds.

    Examples
    --------
    >>> sorted(agents_in("Docetaxel 20 MG/ML"))
    ['docetaxel']
    """
    low = (text or "").lower()
    return frozenset(agent for agent in _agents() if agent in low)
