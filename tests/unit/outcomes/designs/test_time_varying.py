"""Treatment as a changing state: whose days and whose events, by hand."""

from __future__ import annotations

import math

import pytest

from leiomyo.outcomes.designs import Persons, time_varying

INF = math.inf


def test_days_and_events_belong_to_the_state_they_were_lived_in() -> None:
    # Treated on 2, event on 5; never, event on 3; treated on 0, event on 0; treatment and event on 4.
    answer = time_varying(Persons([5, 3, 0, 4], [1, 1, 1, 1], [2, INF, 0, 4]))
    assert answer.arms == (
        {"arm": "on or after treatment", "n": 2, "events": 2},
        {"arm": "before or without treatment", "n": 3, "events": 2},
    )


def test_mantel_and_byar_by_hand() -> None:
    # Day: at risk treated / all, events treated / all. 3: 1/4, 0/1. 4: 1/3, 0/1. 5: 2/2, 1/1. 6: 1/1, 1/1.
    test = time_varying(Persons([5, 3, 6, 4], [1, 1, 1, 1], [2, INF, 4, INF])).test
    difference, variance = 2 - (1 / 4 + 1 / 3 + 1 + 1), 3 / 16 + 2 / 9
    assert test["chi2"] == pytest.approx(difference**2 / variance)
    assert test["df"] == 1


def test_simon_and_makuch_curves_by_hand() -> None:
    answer = time_varying(Persons([5, 3, 6, 4], [1, 1, 0, 1], [2, INF, 4, INF]), curves_from=0)
    treated, untreated = ([(s["days"], s["survival"], s["at_risk"]) for s in c["steps"]] for c in answer.curves)
    assert treated == [(0, 1.0, 0), (5, 0.5, 2), (6, 0.5, 1)]
    assert untreated == [(0, 1.0, 4), (3, pytest.approx(2 / 3), 3), (4, pytest.approx(1 / 3), 2)]


def test_curves_from_a_landmark_have_those_treated_by_it_from_its_day() -> None:
    answer = time_varying(Persons([5, 3, 6, 4], [1, 1, 0, 1], [2, INF, 4, INF]), curves_from=3)
    treated, untreated = ([(s["days"], s["survival"], s["at_risk"]) for s in c["steps"]] for c in answer.curves)
    assert treated == [(3, 1.0, 1), (5, 0.5, 2), (6, 0.5, 1)]
    assert untreated == [(3, 1.0, 2), (4, 0.5, 2)]


@pytest.mark.parametrize(("treated", "start"), [(9, 0), (10, 30)])
def test_curves_begin_when_10_treated_are_at_risk(treated: int, start: int) -> None:
    rows = [(200 + at, 1, 30) for at in range(treated)] + [(150 + at, 1, INF) for at in range(10)]
    answer = time_varying(Persons(*zip(*rows, strict=True)))
    assert {curve["steps"][0]["days"] for curve in answer.curves} == {start}
    assert (f"the curves begin on day {start} with those at risk" in answer.assumptions) == bool(start)


@pytest.mark.parametrize(("events", "refused"), [(4, True), (5, False)])
def test_fewer_than_5_events_in_a_state_refuse(events: int, refused: bool) -> None:
    rows = [(200 + at, int(at < events), 30) for at in range(9)] + [(150 + 11 * at, 1, INF) for at in range(9)]
    answer = time_varying(Persons(*zip(*rows, strict=True)))
    assert (answer.refused is not None) == refused == (answer.estimate is None)


def test_nobody_ever_treated_is_a_refusal() -> None:
    assert time_varying(Persons([3], [1], [INF])).refused == "nobody is in the arm “on or after treatment”"
    assert time_varying(Persons([3], [1], [0])).refused == "nobody is in the arm “before or without treatment”"
