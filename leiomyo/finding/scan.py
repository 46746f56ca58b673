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
    answer,
    candidate_concepts,
    candidate_values,
    concepts_by_id,
    drugs_given,
    evidence,
    parts,
    rows,
    written_values,
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
    said: _Said = {}
    for place in places():
        table = cdm.table(place.table)
        if table is not None:
            _look(cdm, place, table, tumours, said)
    _look_at_drugs(cdm, drugs, said)
    return said


def _look(cdm: Cdm, place: Place, table: Any, tumours: dict[int, Concept], said: _Said) -> None:
    """What the rows of one place say."""
    asked = evidence(table, place, tumours, written_values(cdm, place, table))
    if asked is None:
        return
    batches: Iterable[Any] = answer(cdm.database, asked)
    names = tumours
    if place.question or place.answers:
        # questions and answers are other concepts than tumours: few, and looked up once
        batches = list(batches)
        columns = [name for name in (place.question, *place.answers) if name.endswith("_id")]
        ids = {value for batch in batches for name in columns if name in batch.schema.names
               for value in batch.column(name).to_pylist() if value}  # fmt: skip
        names = tumours | concepts_by_id(cdm, ids - set(tumours))
    for row in _each(batches):
        for name in _read(place, row, tumours, names):
            _hold(said, row, name)


def _read(place: Place, row: dict[str, Any], tumours: dict[int, Concept], names: dict[int, Concept]) -> frozenset[str]:
    """The criteria that one kind of row fulfils."""
    cells = [judging.judge_concept(*tumours[row[name]]) for name in place.concepts if row.get(name) in tumours]
    cells += [judging.judge_text(row[name]) for name in place.texts if row.get(name)]
    found = judging.judge_row(cells)
    if not found:
        return found
    for name in place.answers:
        given = row.get(name)
        if given and judging.says_no(names.get(given, ("", "", ""))[2] if name.endswith("_id") else given):
            return frozenset()
    if place.question:
        found = judging.answered(found, names.get(row.get(place.question) or 0, ("", "", ""))[2])
    return found


def _each(batches: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        yield from batch.to_pylist()


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


def _look_at_drugs(cdm: Cdm, drugs: dict[int, frozenset[str]], said: _Said) -> None:
    """Drugs of soft-tissue sarcoma, of those persons alone of whom something else is said."""
    table = cdm.table("drug_exposure")
    if table is None or not said:
        return
    agents = tuple(sorted({agent for held in judging.drug_agents().values() for agent in held}))
    values = candidate_values(cdm, table, "drug_source_value", agents) if "drug_source_value" in table.columns else []
    asked = drugs_given(table, drugs, values)
    if asked is None:
        return
    given: dict[int, dict[str, _Held]] = {}
    for row in _each(answer(cdm.database, asked)):
        if row["person"] in said:
            text = (row.get("drug_source_value") or "").lower()
            named = {agent for agent in agents if agent in text}
            for column in ("drug_concept_id", "drug_source_concept_id"):
                named |= drugs.get(row.get(column) or 0, frozenset())
            for agent in named:
                _hold(given, row, agent)
    for person, held in given.items():
        for name, needed in judging.drug_agents().items():
            if all(agent in held for agent in needed):
                for agent in needed:
                    n, first, last = held[agent]
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
    wanted = list(dict.fromkeys([*(place.table for place in places()), "drug_exposure"]))
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
