"""The scan itself: who may have a leiomyosarcoma in an OMOP database, by reason, and their rows brought home."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from leiomyo.errors import InputError, LeiomyoError, Problem
from leiomyo.finding import judging
from leiomyo.finding.cases import (
    Concept,
    agents_in,
    answer,
    candidate_concepts,
    candidate_values,
    concepts_by_id,
    evidence,
    open_statuses,
    parts,
    rows,
)
from leiomyo.finding.cdm import Cdm, Place, number, places, read_cdm
from leiomyo.finding.connect import open_database
from leiomyo.finding.found import Evidence, Found, FoundPerson
from leiomyo.finding.home import bring_home, prepared

Day = datetime.date | None
#: Rows, first and last day of one criterion in one person.
_Held = list[Any]
_Said = dict[int, dict[str, _Held]]


def find(url: str, *, schema: str | None = None, vocabulary: str | None = None, sure_only: bool = False,
         without: Sequence[str] = (), out: str | Path | None = None, format: str = "parquet") -> Found:  # fmt: skip
    """Who has, or may have, a leiomyosarcoma in an OMOP CDM 5.3 or 5.4 database; nothing is written to it.

    Parameters
    ----------
    url
        `duckdb:///file`, `postgres://…`, `spark://…`, a DuckDB file, a folder of Parquet or CSV files, or what else
        Ibis connects to.
    schema, vocabulary
        The schema of the CDM, and that of its vocabulary where it is another.
    sure_only
        Leave out the persons whom somebody would have to look at.
    without
        Criteria of docs/finding.md that shall not count.
    out
        A new or empty folder to bring the persons' rows home to.
    format
        `parquet` or `csv`, of the files in `out`.

    Raises
    ------
    LeiomyoError
        The database cannot be opened or is no CDM; the message says why and holds no password.

    Examples
    --------
    >>> import leiomyo
    >>> leiomyo.find("duckdb:///omop.duckdb").reasons()  # doctest: +SKIP
    """
    _check_options(without, format)
    folder = prepared(Path(out)) if out is not None else None
    with open_database(url) as database:
        cdm = read_cdm(database, schema=schema, vocabulary=vocabulary)
        looked_at = rows(database, cdm.tables["person"].aggregate(n=cdm.tables["person"].count()))[0]["n"]
        if not looked_at:
            raise LeiomyoError("LM-F040", "The table person is empty.", file=database.shown)
        persons = _judged(_scan(cdm), without, sure_only=sure_only)
        ids = [one.person_id for one in persons]
        told = (*_told(cdm, looked_at), *_strangers(cdm, ids))
        found = Found(database.shown, looked_at, persons, told, _problems(cdm))
        return bring_home(cdm, found, folder, format) if folder is not None else found


def _check_options(without: Sequence[str], format: str) -> None:
    unknown = sorted(set(without) - set(judging.criteria()))
    if unknown:
        raise InputError("LM-A008", f"There is no criterion {unknown[0]!r}; docs/finding.md lists them.")
    if format not in {"parquet", "csv"}:
        raise InputError("LM-A008", f"There is no format {format!r}; there are: parquet, csv.")


def _scan(cdm: Cdm) -> _Said:
    """Everything that the places and the drugs say, by person."""
    tumours, drugs = candidate_concepts(cdm)
    values, drug_values = candidate_values(cdm)
    said: _Said = {}
    asked = evidence(cdm, "tumour", tumours, values)
    unsure = open_statuses(cdm)
    waiting = []
    for row in _each(cdm, asked):
        place = places()[row["place"]]
        if place.question or place.answers:
            waiting.append(row)
            continue
        found = _read(place, row, tumours, tumours)
        for name in judging.left_open(found) if _is_open(row, unsure) else found:
            _hold(said, row, name)
    # questions and answers are other concepts than tumours: few, and looked up once
    ids = {row[name] for row in waiting for name in ("question", "answer") if row[name]}
    names = tumours | concepts_by_id(cdm, ids - set(tumours))
    for row in waiting:
        for name in _read(places()[row["place"]], row, tumours, names):
            _hold(said, row, name)
    if said:
        _add_drugs(_each(cdm, evidence(cdm, "drug", drugs, drug_values)), drugs, said)
    return said


def _each(cdm: Cdm, asked: Any) -> Iterator[dict[str, Any]]:
    if asked is not None:
        for batch in answer(cdm.database, asked):
            yield from batch.to_pylist()


def _read(place: Place, row: dict[str, Any], tumours: dict[int, Concept], names: dict[int, Concept]) -> frozenset[str]:
    """The criteria that one kind of row fulfils."""
    concepts = (row["concept_1"], row["concept_2"])
    cells = [judging.judge_concept(*tumours[one]) for one in concepts if one in tumours]
    cells += [judging.judge_text(one) for one in (row["text_1"], row["text_2"]) if one]
    found = judging.judge_row(cells)
    given = (names[row["answer"]][2] if row["answer"] in names else "", row["answer_text"] or "")
    if any(judging.says_no(one) for one in given if one):
        return frozenset()
    if place.question and found:
        found = judging.answered(found, names[row["question"]][2] if row["question"] in names else "")
    return found


def _is_open(row: dict[str, Any], unsure: frozenset[int]) -> bool:
    """Whether the status of a diagnosis leaves it open."""
    return row["status"] in unsure or bool(row["status_text"] and judging.opens(row["status_text"]))


def _hold(said: _Said, row: dict[str, Any], name: str) -> None:
    """Add rows of a criterion to what is known of a person."""
    if row["person"] is None:
        return
    person = said.setdefault(row["person"], {})
    held = person.get(name)
    if held is None:
        person[name] = [row["rows"], row["first"], row["last"]]
        return
    held[0] += row["rows"]
    held[1] = min(filter(None, (held[1], row["first"])), default=None)
    held[2] = max(filter(None, (held[2], row["last"])), default=None)


def _add_drugs(given: Iterable[dict[str, Any]], drugs: dict[int, frozenset[str]], said: _Said) -> None:
    """Drugs of soft-tissue sarcoma, for those persons alone of whom something else is said."""
    held: _Said = {}
    for row in given:
        if row["person"] in said:
            agents = agents_in(row["text_1"])
            for concept in (row["concept_1"], row["concept_2"]):
                agents |= drugs.get(concept or 0, frozenset())
            for agent in agents:
                _hold(held, row, agent)
    for person, agents_of in held.items():
        for name, needed in judging.drug_agents().items():
            for agent in needed if all(agent in agents_of for agent in needed) else ():
                n, first, last = agents_of[agent]
                _hold(said, {"person": person, "rows": n, "first": first, "last": last}, name)


def _judged(said: _Said, without: Sequence[str], *, sure_only: bool) -> tuple[FoundPerson, ...]:
    """One row a person, the sure ones first."""
    order = {name: place for place, name in enumerate(judging.criteria())}
    found = []
    for person, held in said.items():
        counting = judging.counts_for({name: 1 for name in held if name not in without})
        if not counting:
            continue
        sure = any(judging.certainty(name) == "sure" for name in counting)
        if sure or not sure_only:
            reasons = tuple(Evidence(name, *held[name]) for name in sorted(counting, key=order.__getitem__))
            found.append(FoundPerson(person, "sure" if sure else "possible", reasons))
    return tuple(sorted(found, key=lambda one: (one.certainty != "sure", one.person_id)))


def _told(cdm: Cdm, looked_at: int) -> tuple[str, ...]:
    """What was looked at, and what was not there to be looked at."""
    wanted = list(dict.fromkeys(place.table for place in places()))
    absent = [name for name in wanted if name not in cdm.tables]
    told = [f"{looked_at} persons; looked into {', '.join(name for name in wanted if name in cdm.tables)}."]
    if absent:
        told.append(f"Not in this database: {', '.join(absent)}.")
    told.append("Sure: the records say leiomyosarcoma. Possible: somebody has to look. Free text of notes is not read.")
    return tuple(told)


def _strangers(cdm: Cdm, ids: list[int]) -> tuple[str, ...]:
    """Found persons whom the table of persons does not hold, counted."""
    person = cdm.tables["person"]
    asked = (person.filter(number(person.person_id).isin(part)) for part in parts(ids))
    held = sum(rows(cdm.database, one.aggregate(n=one.person_id.nunique()))[0]["n"] for one in asked)
    missing = len(ids) - held
    return (f"{missing} of them are not in the table person.",) if missing else ()


def _problems(cdm: Cdm) -> tuple[Problem, ...]:
    concept = cdm.concept
    if concept is not None and rows(cdm.database, concept.limit(1).select("concept_id")):
        return ()
    return (Problem("LM-F042", cdm.database.shown),)
