"""Errors planted into case tables: every kind, one row of one person, of whom nothing else untrue is told."""

from __future__ import annotations

from collections import Counter

import pytest

from leiomyo.checks.check import checks
from leiomyo.model.tables import TABLES
from leiomyo.simulate.disease import draw
from leiomyo.simulate.noise import UNTRUE, settings
from leiomyo.simulate.observe import Observed, observe
from leiomyo.simulate.planted.further import ALL_KINDS
from leiomyo.simulate.planted.kinds import KINDS, expected

NAMES = {kind.name for kind in KINDS}


@pytest.fixture(scope="module")
def observed() -> Observed:
    return observe(draw(4000, 2), settings("default"), seed=5, centres={"A": 2, "B": 1})


@pytest.fixture(scope="module")
def planted(observed: Observed) -> list[dict[str, str]]:
    return [row for row in observed.truth["changed"].to_pylist() if row["kind"] in NAMES]


def test_every_kind_is_planted_about_equally_often(planted: list[dict[str, str]]) -> None:
    counts = Counter(row["kind"] for row in planted)
    assert set(counts) == NAMES == set(expected())
    assert max(counts.values()) <= 2 * min(counts.values())
    assert [kind.name for kind in ALL_KINDS] == [kind.name for kind in KINDS]


def test_each_error_names_checks_that_exist(planted: list[dict[str, str]]) -> None:
    for row in planted:
        assert row["effect"] == "false"
        assert set(row["checks"].split("|")) <= set(checks())
        assert set((row["column"] or "").split("|")) <= {"", *TABLES[row["table"]].index}


def test_nobody_has_two_errors_nor_anything_else_untrue(observed: Observed, planted: list[dict[str, str]]) -> None:
    spoilt = Counter((row["centre"], row["patient"]) for row in planted)
    assert max(spoilt.values()) == 1
    untrue = [row for row in observed.truth["changed"].to_pylist() if row["effect"] in UNTRUE]
    assert {(row["centre"], row["patient"]) for row in untrue if row["kind"] not in NAMES} & set(spoilt) == set()
    late = {(row["centre"], row["patient"]) for row in observed.truth["changed"].to_pylist()
            if row["kind"] == "late_registration"}  # fmt: skip
    assert not late & set(spoilt)


def test_the_wrong_value_stands_in_the_record(observed: Observed, planted: list[dict[str, str]]) -> None:
    men = [row["patient"] for row in planted if row["kind"] == "uterine_site_in_a_man"]
    people = {row["patient"]: row for row in observed.records["patient"].to_pylist()}
    assert men
    assert all(people[one]["sex"] == "male" for one in men)
    undated = [row["patient"] for row in planted if row["kind"] == "dead_without_day_of_death"]
    assert all(people[one]["death_low"] is None and people[one]["vital_status"] == "dead" for one in undated)
    alive = [row["patient"] for row in planted if row["kind"] == "alive_with_day_of_death"]
    assert all(people[one]["death_low"] and people[one]["vital_status"] == "alive" for one in alive)


def test_clean_records_have_none() -> None:
    clean = observe(draw(500, 2), settings("clean"), seed=5, centres={"A": 1})
    assert clean.truth["changed"].num_rows == 0
