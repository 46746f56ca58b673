"""Clones: until when each follows its strategy, what it weighs, and when there is no answer."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.designs import Persons, clone_censor_weight
from leiomyo.outcomes.designs.clone import _fit
from leiomyo.outcomes.designs.clones import patterns_of, starting_arm, staying, waiting_arm
from leiomyo.outcomes.designs.replicates import frequencies, log_hazard_ratio

INF = math.inf
#: Days, event, start; then the last day and the event of the two clones at a grace period of 90 days.
CLONES = [
    ("treated within the period", (200, 1, 30), (200, 1), (30, 0)),
    ("treated on its last day", (200, 1, 90), (200, 1), (90, 0)),
    ("treated the day after", (200, 1, 91), (90, 0), (200, 1)),
    ("never treated", (200, 1, INF), (90, 0), (200, 1)),
    ("event before treatment counts in both", (50, 1, INF), (50, 1), (50, 1)),
    ("event on the last day counts in both", (90, 1, INF), (90, 1), (90, 1)),
    ("event the day after is of the second arm", (91, 1, INF), (90, 0), (91, 1)),
    ("event on the day of the start comes first", (50, 1, 50), (50, 1), (50, 1)),
    ("event after the start", (51, 1, 50), (51, 1), (50, 0)),
    ("end of follow-up within the period", (50, 0, INF), (50, 0), (50, 0)),
    ("treated on day 0 is never in the second arm", (200, 1, 0), (200, 1), (-1, 0)),
    ("event on day 0", (0, 1, INF), (0, 1), (0, 1)),
]


@pytest.mark.parametrize(("person", "starting", "waiting"), [row[1:] for row in CLONES], ids=[row[0] for row in CLONES])
def test_a_clone_follows_its_strategy_until(person: tuple, starting: tuple, waiting: tuple) -> None:
    one = Persons(*([value] for value in person))
    assert tuple(column[0] for column in starting_arm(one, 90)) == starting
    assert tuple(column[0] for column in waiting_arm(one, 90)) == waiting


def test_who_starts_after_the_period_is_kept_or_censored_at_the_start() -> None:
    later = Persons([200, 200], [1, 1], [91, INF])
    assert waiting_arm(later, 90).last.tolist() == [200, 200]
    assert waiting_arm(later, INF).last.tolist() == [91, 200]
    assert waiting_arm(later, INF).event.tolist() == [0, 1]


def test_weights_without_adjusters_are_one_over_the_share_and_the_kaplan_meier_of_starting() -> None:
    # Of five, one starts on 10, one dies on 20 and so is not at risk of the start on 20; two of four go on.
    people = Persons([100, 100, 20, 100, 100], [1, 1, 1, 0, 0], [10, 20, INF, INF, INF])
    chances = staying(people, patterns_of([], 5), np.ones((1, 5)), 90, 90)
    first, second = chances.weights(0, np.array([10, 11, 20, 21, 90, 91]))
    assert first[0].tolist() == [1, 1, 1, 1, 1, 2]
    assert second[0] == pytest.approx([1, 5 / 4, 5 / 4, 5 / 4 * 3 / 2, 15 / 8, 15 / 8])


def test_weights_make_the_arms_alike_in_what_they_are_weighted_for() -> None:
    people = cohort(200, seed=3, same_day=True)
    answer = clone_censor_weight(people, 90, bootstrap=10)
    assert all(abs(row["weighted_difference"]) < 1e-9 for row in answer.balance)
    assert all(abs(row["difference"]) > 0.1 for row in answer.balance)


def cohort(size: int, *, seed: int, same_day: bool = False) -> Persons:
    rng = np.random.default_rng(seed)
    high = rng.random(size) < 0.4
    life = np.ceil(rng.exponential(600 / (1 + high))) + (90 if same_day else 0)
    meant = rng.random(size) < np.where(high, 0.7, 0.3)
    start = np.where(meant, 60 if same_day else rng.integers(0, 121, size), INF)
    site = rng.choice(["limb", "uterus", "trunk"], size)
    adjusters = {"risk": np.where(high, "high", "low").tolist()} | ({} if same_day else {"site": site.tolist()})
    return Persons(np.minimum(life, 1500), life <= 1500, start, adjusters)


@pytest.mark.parametrize("horizon", [90.0, INF])
def test_a_replicate_is_what_the_drawn_people_would_have_given(horizon: float) -> None:
    people = cohort(120, seed=5)
    drawn = frequencies(people.size, 3, seed=9)
    together = _fit(people, 90, horizon, drawn)
    for row in (1, 3):
        at = np.repeat(np.arange(people.size), drawn[row].astype(int))
        labels = {name: [column[place] for place in at] for name, column in people.adjusters.items()}
        alone = Persons(people.days[at], people.event[at], people.treated_day[at], labels)
        fit = _fit(alone, 90, horizon, np.ones((1, alone.size)))
        assert fit.log_ratio[0] == pytest.approx(together.log_ratio[row], abs=1e-7)
        same = np.isin(together.days, fit.days)
        assert fit.survival[0][0] == pytest.approx(together.survival[0][row][same], abs=1e-7)


def test_the_same_seed_gives_the_same_limits_and_another_seed_others() -> None:
    people = cohort(150, seed=5)
    one, two, other = (clone_censor_weight(people, 90, bootstrap=50, seed=seed) for seed in (1, 1, 2))
    assert one.to_dict() == two.to_dict()
    assert one.conf_low != other.conf_low and one.estimate == other.estimate


def test_blocks_of_replicates_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    people = cohort(150, seed=5)
    whole = clone_censor_weight(people, 90, bootstrap=25).to_dict()
    monkeypatch.setattr("leiomyo.outcomes.designs.clones._HELD", 5000)
    assert clone_censor_weight(people, 90, bootstrap=25).conf_low == pytest.approx(whole["conf_low"], rel=1e-9)


def rows(treated: int, untreated: int) -> list[tuple[int, int, float]]:
    """Make two groups of ten, of which so many have the event after the grace period."""
    first = [(100 + 7 * at, int(at < treated), 30.0 + at) for at in range(10)]
    return first + [(103 + 7 * at, int(at < untreated), INF) for at in range(10)]


@pytest.mark.parametrize(("treated", "untreated", "refused"), [(4, 9, True), (9, 4, True), (5, 5, False)])
def test_fewer_than_5_events_that_an_arm_has_alone_refuse(treated: int, untreated: int, refused: bool) -> None:
    shared = [(40, 1, INF)] * 6
    people = Persons(*zip(*rows(treated, untreated), *shared, strict=True))
    answer = clone_censor_weight(people, 90, bootstrap=50)
    assert (answer.refused is not None) == refused == (answer.estimate is None)
    assert answer.arms[0]["events"] == treated + 6


def test_a_level_in_which_nobody_started_is_left_out_and_counted() -> None:
    people = [*rows(9, 9), *((110 + at, 1, INF) for at in range(4))]
    site = ["limb", "uterus"] * 10 + ["skin"] * 4
    answer = clone_censor_weight(Persons(*zip(*people, strict=True), {"site": site}), 90, bootstrap=50)
    reason = "site skin: nobody had started by day 90, no one can stand in"
    assert answer.excluded == ({"reason": reason, "n": 4},) and answer.n == 20
    alone = clone_censor_weight(Persons(*zip(*rows(9, 9), strict=True), {"site": site[:20]}), 90, bootstrap=50)
    assert answer.estimate == alone.estimate


def test_nobody_started_within_the_period_is_a_refusal() -> None:
    answer = clone_censor_weight(Persons([200] * 9, [1] * 9, [91] * 9), 90)
    assert answer.refused == "nobody is in the arm “start within 90 days”"
    assert clone_censor_weight(Persons([], [], []), 90).refused == answer.refused


@pytest.mark.parametrize(("lost", "refused"), [(5, False), (6, True)])
def test_more_than_a_tenth_of_replicates_without_an_estimate_give_no_limits(
    monkeypatch: pytest.MonkeyPatch, lost: int, refused: bool
) -> None:
    def losing(*counts: tuple) -> np.ndarray:
        ratios = log_hazard_ratio(*counts)
        ratios[1:] = np.where(np.arange(ratios.size - 1) < lost, np.nan, 0.1 * np.arange(ratios.size - 1))
        return ratios

    monkeypatch.setattr("leiomyo.outcomes.designs.clone.log_hazard_ratio", losing)
    answer = clone_censor_weight(Persons(*zip(*rows(9, 9), strict=True)), 90, bootstrap=50)
    expected = "6 of 50 bootstrap replicates have no estimate: no limits" if refused else None
    assert answer.refused == expected


def test_milestones_have_the_difference_of_the_weighted_curves() -> None:
    answer = clone_censor_weight(cohort(200, seed=3), 90, bootstrap=50, milestones=(365, 9999))
    at, beyond = answer.milestones
    assert at["difference"] == pytest.approx(at["treated"] - at["untreated"])
    assert at["conf_low"] < at["difference"] < at["conf_high"]
    assert beyond["difference"] is None or beyond["treated"] == 0


def test_the_answer_is_plain_json() -> None:
    json.dumps(clone_censor_weight(cohort(200, seed=3), 90, bootstrap=50).to_dict(), allow_nan=False)


@pytest.mark.parametrize("options", [{"grace": -1}, {"grace": 90, "bootstrap": 1}, {"grace": 90, "later": "gone"}])
def test_options_that_make_no_sense_are_refused(options: dict) -> None:
    with pytest.raises(InputError) as caught:
        clone_censor_weight(Persons([1], [1], [INF]), **options)
    assert caught.value.code == "LM-A008"
