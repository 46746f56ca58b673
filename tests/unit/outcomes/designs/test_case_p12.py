"""Case P12: 200 resected people, one hazard for all, chemotherapy from day 60 to 120 in those still alive."""

from __future__ import annotations

import numpy as np

from leiomyo.outcomes.designs import Persons, clone_censor_weight, landmark, naive, time_varying


def resected() -> Persons:
    rng = np.random.default_rng(12)
    life = np.ceil(rng.exponential(800, 200))
    start = np.where(rng.random(200) < 0.5, rng.integers(60, 121, 200), np.inf)
    return Persons(np.minimum(life, 1826), life <= 1826, start)


def test_three_designs_find_no_effect_where_there_is_none_and_the_naive_one_does() -> None:
    people = resected()
    for answer in (landmark(people, 120), time_varying(people), clone_censor_weight(people, 120)):
        assert answer.refused is None
        assert answer.conf_low < 1 < answer.conf_high, (answer.design, answer.conf_low, answer.conf_high)
    assert naive(people).estimate < 1
