"""The landmark, each side of its day; and its contrast, the naive comparison."""

from __future__ import annotations

import json
import math

import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.designs import Persons, landmark, naive

INF = math.inf


def arm(events: int, size: int, start: float, first: int = 100) -> list[tuple[int, int, float]]:
    """Make people with days that do not tie, the first `events` of them with the event."""
    return [(first + 7 * at, int(at < events), start) for at in range(size)]


def people(*rows: tuple[int, int, float], **adjusters: list) -> Persons:
    days, event, treated = zip(*rows, strict=True)
    return Persons(days, event, treated, adjusters)


def test_each_person_at_the_landmark_is_on_the_right_side() -> None:
    rows = [(89, 1, INF), (90, 1, 10), (90, 0, INF), (91, 1, 90), (91, 1, 91), (95, 0, 90), (95, 0, 91), (95, 1, INF)]
    answer = landmark(people(*rows), 90)
    assert answer.excluded == (
        {"reason": "event on day 90 or before", "n": 2},
        {"reason": "end of follow-up on day 90 or before", "n": 1},
    )
    assert answer.arms == (
        {"arm": "treated by day 90", "n": 2, "events": 1},
        {"arm": "not treated by day 90", "n": 3, "events": 2},
    )
    assert answer.n == 5 and "1 who started after day 90 count as untreated" in answer.assumptions


def test_curves_begin_at_the_landmark_and_count_days_from_time_zero() -> None:
    rows = [(91, 1, 90), (95, 0, 90), (94, 1, INF), (96, 0, INF)]
    answer = landmark(people(*rows), 90, milestones=(90, 94, 200))
    assert [(step["days"], step["survival"], step["at_risk"]) for step in answer.curves[0]["steps"]] == [
        (90, 1.0, 2),
        (91, 0.5, 2),
        (95, 0.5, 1),
    ]
    assert [row["days"] for row in answer.milestones] == [94, 200]
    assert answer.milestones[0]["difference"] == 0.0 and answer.milestones[1]["difference"] is None


@pytest.mark.parametrize(("events", "refused"), [(4, True), (5, False)])
@pytest.mark.parametrize("few", ["treated", "untreated"])
def test_fewer_than_5_events_in_an_arm_refuse(events: int, refused: bool, few: str) -> None:
    counts = {"treated": 8, "untreated": 8} | {few: events}
    answer = landmark(people(*arm(counts["treated"], 9, 10), *arm(counts["untreated"], 9, INF, 103)), 90)
    assert (answer.refused is not None) == refused == (answer.estimate is None)
    if refused:
        assert "has 4 events, fewer than 5" in answer.refused
        assert answer.curves and answer.conf_low is None


def test_nobody_treated_by_the_landmark_is_a_refusal() -> None:
    assert landmark(people(*arm(8, 9, 91)), 90).refused == "nobody is in the arm “treated by day 90”"
    assert landmark(Persons([], [], []), 90).refused == "nobody is in the arm “treated by day 90”"


@pytest.mark.parametrize("day", [-1, 1.5, INF, math.nan])
def test_a_landmark_is_a_whole_day_from_time_zero(day: float) -> None:
    with pytest.raises(InputError, match="landmark"):
        landmark(people((1, 1, INF)), day)


@pytest.mark.parametrize(("rare", "word"), [(4, "stratified by site"), (5, "adjusted for site")])
def test_an_adjuster_with_a_level_of_fewer_than_5_events_stratifies(rare: int, word: str) -> None:
    rows = [*arm(15, 15, 10), *arm(15, 15, INF, 103)]
    site = ["rare" if 15 <= at < 15 + rare else "common" for at in range(30)]
    answer = landmark(people(*rows, site=site), 90)
    assert answer.refused is None
    assert any(note.startswith(word) for note in answer.assumptions)
    assert any("stratified" in note for note in answer.assumptions) == (rare == 4)


def test_an_adjuster_of_one_level_adjusts_nothing_and_says_so() -> None:
    rows = [*arm(8, 9, 10), *arm(8, 9, INF, 103)]
    answer = landmark(people(*rows, site=["limb"] * 18), 90)
    assert answer.estimate == landmark(people(*rows), 90).estimate
    assert "site has one level among those compared and adjusts nothing" in answer.assumptions


def test_an_adjuster_that_says_the_same_as_the_treatment_refuses() -> None:
    rows = [*arm(8, 9, 10), *arm(8, 9, INF, 103)]
    answer = landmark(people(*rows, site=["a"] * 9 + ["b"] * 9), 90)
    assert answer.estimate is None and "does not hold" in answer.refused


def test_people_with_an_unknown_adjuster_are_left_out_and_counted() -> None:
    answer = landmark(people(*arm(8, 9, 10), *arm(8, 9, INF, 103), site=[None] * 2 + ["a", "b"] * 8), 90)
    assert answer.excluded[0] == {"reason": "an adjuster is unknown", "n": 2} and answer.n == 16


def test_the_naive_comparison_is_always_labelled() -> None:
    answer = naive(people(*arm(8, 9, 10), *arm(8, 9, INF, 103)))
    assert answer.label.startswith("biased by design: ") and answer.estimate is not None
    assert naive(people((1, 1, INF))).label == answer.label
    assert answer.notes()[0] == answer.label


def test_a_comparison_is_plain_json_and_a_table() -> None:
    answer = landmark(people(*arm(8, 9, 10), *arm(8, 9, INF, 103)), 90)
    plain = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert plain["design"] == "landmark" and plain["notes"] == list(answer.assumptions)
    assert answer.to_arrow().column_names == ["design", "n", "estimate", "conf_low", "conf_high", "refused"]
