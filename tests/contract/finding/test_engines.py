"""One suite for every engine: the made database's answer, whole, and the rows that come home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from leiomyo.finding import Found, find

from .conftest import ENGINES
from .made import STORIES, Made

At = Callable[[str], tuple[str, str | None]]


def _answer(found: Found) -> dict[int, tuple[str, dict[str, int]]]:
    return {
        one.person_id: (one.certainty, {reason.criterion: reason.rows for reason in one.reasons})
        for one in found.persons
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_every_story_is_told_as_it_was_written_and_its_rows_come_home(
    engine: str, at: At, cdm: Made, tmp_path: Path
) -> None:
    """One test an engine, so that a slow one starts once however the tests are shared out."""
    url, schema = at(engine)
    format = "csv" if engine == "csv" else "parquet"
    found = find(url, schema=schema, out=tmp_path, format=format)
    answer = _answer(found)
    wrong = {
        cdm.story.get(person, "around"): (answer.get(person), cdm.expected.get(person))
        for person in answer.keys() | cdm.expected.keys()
        if answer.get(person) != cdm.expected.get(person)
    }
    assert not wrong
    assert found.looked_at == len(cdm.tables["person"])
    assert {one.person_id: (one.first, one.last) for one in found.persons} == cdm.days
    assert [one.certainty for one in found.persons] == sorted((one.certainty for one in found.persons), reverse=True)
    _check_home(cdm, found, tmp_path, format)


def _check_home(cdm: Made, found: Found, folder: Path, format: str) -> None:
    """Whole rows of the found persons, and nobody else's."""
    people = set(cdm.expected)
    for name, table in cdm.tables.items():
        path = folder / f"{name}.{format}"
        home = pq.read_table(path) if format == "parquet" else pacsv.read_csv(path)
        assert home.column_names == table.column_names
        wanted = [row for row in table.to_pylist() if row.get("person_id") in people]
        if name == "concept":
            used = _concepts(cdm, people)
            wanted = [row for row in table.to_pylist() if row["concept_id"] in used]
        if format == "parquet":
            assert sorted(map(str, home.to_pylist())) == sorted(map(str, wanted)), name
        assert home.num_rows == len(wanted) == dict(found.home)[name], name
    assert len((folder / "found.csv").read_text().splitlines()) == 1 + len(people)


def _concepts(cdm: Made, people: set[int]) -> set[int]:
    rows = (row for table in cdm.tables.values() for row in table.to_pylist() if row.get("person_id") in people)
    return {value for row in rows for column, value in row.items() if column.endswith("concept_id")}


def test_every_criterion_has_a_story() -> None:
    """A criterion that no story fires could be wrong unnoticed."""
    from leiomyo.finding.judging import criteria

    told = {name for story in STORIES for name in story.reasons}
    held = {one.name for one in criteria().values() if one.certainty in {"sure", "possible", "with_drug"}}
    assert held - told == {"unsettled", "icdo3_obsolete", "icd9_uterus", "named_sarcoma_other_site"}
