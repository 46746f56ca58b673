"""A treatment that does nothing: the limits of each design cover 1 as often as they say; the naive ones do not.

And one that works is found: what a trial of the same strategies would have shown.

The long version runs 2000 cohorts of each kind, the short one 150; the bounds of the short one are those of a
binomial count that leaves them once in some thousand seeds.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest

from leiomyo.outcomes.cox import cox
from leiomyo.outcomes.designs import Comparison, Persons, clone_censor_weight, landmark, naive, time_varying
from leiomyo.outcomes.event_table import EventTable

LONG = bool(os.environ.get("LEIOMYO_LONG"))
RUNS = 2000 if LONG else 150
#: What a design's limits have to cover. Short: four standard errors of 150 draws of 0.95.
LOW, HIGH = (0.93, 0.97) if LONG else (0.88, 1.0)
GRACE = 90

DESIGNS: dict[str, Callable[[Persons], Comparison]] = {
    "landmark": lambda people: landmark(people, GRACE, milestones=()),
    "time-varying": lambda people: time_varying(people, curves_from=0),
    "clone": lambda people: clone_censor_weight(people, GRACE, bootstrap=200 if LONG else 100, milestones=()),
}


def resected(rng: np.random.Generator, size: int, *, confounded: bool, effect: float = 1.0) -> Persons:
    """People of a centre: the treatment begins on day 60 to 120 in those still under observation.

    From its day on it multiplies the hazard by `effect`. Confounded: those at higher risk (hazard doubled) are
    treated twice as often.
    """
    high = rng.random(size) < 0.4 if confounded else np.zeros(size, dtype=bool)
    meant = rng.random(size) < np.where(high, 0.7, 0.35 if confounded else 0.5)
    return lived(rng, high, meant, effect, {"risk": np.where(high, "high", "low").tolist()} if confounded else {})


def lived(rng: np.random.Generator, high: np.ndarray, meant: np.ndarray, effect: float, adjusters: dict) -> Persons:
    start = np.where(meant, rng.integers(60, 121, high.size), 10**9)
    rate, cumulative = (1 + high) / 900, rng.exponential(1, high.size)
    before = rate * start
    life = np.ceil(np.where(cumulative < before, cumulative / rate, start + (cumulative - before) / (rate * effect)))
    watched = np.ceil(rng.uniform(700, 2200, high.size))
    return Persons(np.minimum(life, watched), life <= watched, np.where(meant, start, np.inf), adjusters)


def coverage(answers: list[Comparison]) -> float:
    return float(np.mean([one.conf_low <= 1 <= one.conf_high for one in answers]))


@pytest.mark.parametrize("confounded", [False, True], ids=["alike", "confounded and adjusted"])
@pytest.mark.parametrize("design", DESIGNS)
def test_limits_cover_a_hazard_ratio_of_one(design: str, confounded: bool) -> None:
    rng = np.random.default_rng(20240611)
    answers = [DESIGNS[design](resected(rng, 300, confounded=confounded)) for _ in range(RUNS)]
    covered = coverage(answers)
    middle = float(np.median(np.log([one.estimate for one in answers])))
    print(f"{design}, confounded={confounded}: covers {covered:.4f} of {RUNS}, median log ratio {middle:+.4f}")
    assert LOW <= covered <= HIGH
    assert abs(middle) < 0.02 if LONG else abs(middle) < 0.08


@pytest.mark.parametrize("confounded", [False, True], ids=["alike", "confounded and adjusted"])
def test_naive_limits_cover_far_less(confounded: bool) -> None:
    rng = np.random.default_rng(20240611)
    answers = [naive(resected(rng, 300, confounded=confounded)) for _ in range(RUNS)]
    print(f"naive, confounded={confounded}: covers {coverage(answers):.4f} of {RUNS}")
    assert coverage(answers) < 0.8
    assert np.median([one.estimate for one in answers]) < 0.85


def test_a_treatment_that_works_is_found_as_a_trial_would_have() -> None:
    rng = np.random.default_rng(20240611)
    cohorts = [resected(rng, 300, confounded=True, effect=0.6) for _ in range(100)]
    arm = rng.random(200_000) < 0.5
    trial = lived(rng, rng.random(arm.size) < 0.4, arm, 0.6, {})
    # The trial is analysed as assigned: both arms share the days before the treatment, and dilute it.
    assigned = cox(EventTable.from_rows(trial.days, trial.event, strata={"arm": arm.astype(int)}), ["arm"])
    expected = {"landmark": 0.6, "time-varying": 0.6, "clone": float(np.exp(assigned.coefficients[0]))}
    found = {
        "landmark": [landmark(one, 120).estimate for one in cohorts],
        "time-varying": [time_varying(one).estimate for one in cohorts],
        "clone": [clone_censor_weight(one, 120, bootstrap=2).estimate for one in cohorts],
    }
    assert {name: float(np.median(values)) for name, values in found.items()} == pytest.approx(expected, abs=0.05)
