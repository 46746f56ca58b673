"""Who counts as treated, who as unknown, and what is refused at the door."""

from __future__ import annotations

import math

import numpy as np
import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.designs import Persons
from leiomyo.outcomes.designs.adjustment import balance, positivity

INF = math.inf


def test_treatment_on_the_last_day_or_later_counts_as_never_and_on_day_0_from_the_start() -> None:
    people = Persons([10, 10, 10, 10, 0, 0], [1] * 6, [9, 10, 11, math.nan, 0, INF])
    assert people.treated_day.tolist() == [9, INF, INF, INF, 0, INF]


def test_people_with_an_unknown_adjuster_are_not_known() -> None:
    people = Persons([1, 2, 3], [1, 1, 0], [INF] * 3, {"margin": ["R0", None, "R1"], "site": ["limb", "limb", None]})
    assert people.known().days.tolist() == [1]
    assert people.coded()[0].codes.tolist() == [0, -1, 1]


@pytest.mark.parametrize(
    ("days", "event", "treated", "adjusters"),
    [
        ([-1], [1], [INF], {}),
        ([1.5], [1], [INF], {}),
        ([math.nan], [1], [INF], {}),
        ([1], [2], [INF], {}),
        ([1], [1], [-1], {}),
        ([1, 2], [1], [INF, INF], {}),
        ([1], [1], [INF, INF], {}),
        ([1], [1], [INF], {"margin": []}),
    ],
    ids=[
        "negative",
        "half a day",
        "missing",
        "event 2",
        "before zero",
        "event short",
        "treated long",
        "adjuster short",
    ],
)
def test_wrong_columns_are_refused(days: list, event: list, treated: list, adjusters: dict) -> None:
    with pytest.raises(InputError) as caught:
        Persons(days, event, treated, adjusters)
    assert caught.value.code == "LM-A007"


def arms(treated: int, untreated: int) -> tuple:
    mask = np.asarray([True] * treated + [False] * untreated)
    people = Persons([1] * mask.size, [0] * mask.size, [INF] * mask.size, {"site": ["limb"] * mask.size})
    return people.coded(), mask, ~mask


@pytest.mark.parametrize(("treated", "untreated", "flag"), [(0, 9, "none"), (4, 9, "few"), (9, 4, "few"), (5, 5, "")])
def test_an_arm_with_none_or_fewer_than_5_of_a_level_is_flagged(treated: int, untreated: int, flag: str) -> None:
    assert positivity(*arms(treated, untreated)) == (
        {"adjuster": "site", "level": "limb", "n_treated": treated, "n_untreated": untreated, "flag": flag},
    )


def test_combinations_of_two_adjusters_are_counted_where_they_occur() -> None:
    people = Persons([1] * 3, [0] * 3, [INF] * 3, {"a": ["x", "x", "y"], "b": ["u", "u", "v"]})
    rows = positivity(people.coded(), np.array([True, False, False]), np.array([False, True, True]))
    assert [(row["level"], row["n_treated"], row["n_untreated"]) for row in rows if row["adjuster"] == "a × b"] == [
        ("x / u", 1, 1),
        ("y / v", 0, 1),
    ]


def test_balance_gives_shares_and_the_standardised_difference() -> None:
    people = Persons([1] * 6, [0] * 6, [INF] * 6, {"a": ["x", "y", "x", "y", "y", "y"]})
    treated = np.array([True, True, False, False, False, False])
    row = balance(people.coded(), treated, ~treated)[0]
    assert (row["share_treated"], row["share_untreated"]) == (0.5, 0.25)
    assert row["difference"] == pytest.approx(0.25 / math.sqrt((0.25 + 0.1875) / 2))
    weighted = balance(people.coded(), treated, ~treated, np.array([1, 1, 3, 1, 1, 1.0]))[0]
    assert weighted["weighted_share_untreated"] == 0.5 and weighted["weighted_difference"] == 0


def test_balance_without_anybody_in_an_arm_has_no_difference() -> None:
    assert balance(*arms(0, 2))[0]["difference"] is None
