"""The stated power and error of trials against trials drawn at random (seeded)."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.planning_hazards import External, Hazard
from leiomyo.outcomes.planning_power import (
    Accrual,
    Arms,
    logrank,
    one_sample,
)
from tests.unit.outcomes.trials import (
    Drawn,
    logrank_z,
    one_sample_z,
    one_sample_z_estimated,
    people,
    registry,
    together,
)

LONG = bool(os.environ.get("LEIOMYO_LONG"))
#: What the formulas leave out, beside the error of so many drawn trials.
ROUGHNESS = 0.012
Z = float(norm.isf(0.025))


def near(share: float, stated: float, trials: int) -> bool:
    """Whether a drawn share lies within Monte-Carlo limits (3.5 standard errors) and the formulas' own roughness."""
    return abs(share - stated) < 3.5 * math.sqrt(stated * (1 - stated) / trials) + ROUGHNESS


def smooth_registry(n: int, hazard: float, longest: float) -> External:
    """What `registry` of `trials.py` gives on average."""
    ends = np.linspace(0, longest, 2001)[1:]
    middle = ends - longest / 4000
    left = n * np.exp(-hazard * middle) * (1 - middle / longest)
    return External(n, round(n * 0.5), ends, left, Hazard.constant(hazard))


def drawn_two_arms(rng: np.random.Generator, trials: int, n: int, share: float, hazard: float, ratio: float,
                   pieces: tuple[float, float] | None = None) -> Drawn:  # fmt: skip
    common: dict[str, Any] = {"accrual": 30.0, "end": 48.0, "lost": 0.004, "pieces": pieces}
    treated = round(n * share)
    return together(
        people(rng, trials, treated, hazard * ratio, treated=True, **common),
        people(rng, trials, n - treated, hazard, treated=False, **common),
    )


TWO_ARMS = [(150, 0.5, 0.6, None), (150, 2 / 3, 0.6, None), (160, 0.5, 0.55, (12.0, 0.3)), (150, 0.5, 1.0, None)]


@pytest.mark.parametrize(("n", "share", "ratio", "pieces"), TWO_ARMS)
def test_the_log_rank_test_of_drawn_trials_has_the_stated_power(
    n: int, share: float, ratio: float, pieces: tuple[float, float] | None
) -> None:
    trials = 2000
    z = logrank_z(drawn_two_arms(np.random.default_rng(1), trials, n, share, 0.05, ratio, pieces))
    control = Hazard.constant(0.05)
    if pieces:
        control = Hazard(np.array([0.0, pieces[0]]), np.array([0.05, 0.05 * pieces[1]]))
    found = logrank(Arms(Accrual(n / 30, 30.0, 0.004), control.times(ratio), control, share), 48.0)
    assert found is not None
    assert near(float((z < -Z).mean()), found.rejects(Z), trials)
    if ratio == 1:
        assert found.rejects(Z) == pytest.approx(0.025)


def test_the_drawn_test_is_the_products_own_log_rank_test() -> None:
    drawn = drawn_two_arms(np.random.default_rng(2), 1, 60, 0.5, 0.05, 0.6)
    table = EventTable.from_rows(drawn.time[0].round(3), drawn.event[0], strata={"arm": drawn.treated[0].tolist()})
    assert table.logrank().chi2 == pytest.approx(float(logrank_z(drawn)[0] ** 2), rel=1e-3)


#: Patients, share treated, hazard ratio, drift, weight of a registry patient.
BORROWED = [
    (60, 1.0, 0.6, 1.0, 1.0), (60, 1.0, 1.0, 1.0, 1.0), (60, 1.0, 1.0, 1.1, 1.0), (60, 1.0, 1.0, 0.9, 1.0),
    (90, 2 / 3, 0.6, 1.0, 1.0), (90, 2 / 3, 1.0, 1.1, 1.0), (90, 2 / 3, 0.6, 1.0, 0.5), (90, 2 / 3, 1.0, 1.0, 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("n", "share", "ratio", "drift", "weight"), BORROWED)
def test_drawn_trials_with_an_external_control_have_the_stated_power_and_error(
    n: int, share: float, ratio: float, drift: float, weight: float
) -> None:
    trials, size, hazard = 2000, 120, 0.04
    rng = np.random.default_rng(3)
    own = hazard / drift
    common: dict[str, Any] = {"accrual": 30.0, "end": 48.0, "lost": 0.004}
    treated = round(n * share)
    parts = [people(rng, trials, treated, own * ratio, treated=True, **common)]
    if treated < n:
        parts.append(people(rng, trials, n - treated, own, treated=False, **common))
    z = logrank_z(together(*parts, registry(rng, trials, size, hazard, longest=100.0, weight=weight)))
    arms = Arms(Accrual(n / 30, 30.0, 0.004), Hazard.constant(own * ratio), Hazard.constant(own), share,
                smooth_registry(size, hazard, 100.0), weight)  # fmt: skip
    found = logrank(arms, 48.0)
    assert found is not None
    assert near(float((z < -Z).mean()), found.rejects(Z), trials)


@pytest.mark.parametrize(("n", "ratio"), [(60, 0.6), (60, 1.0), (40, 0.5)])
def test_one_arm_against_a_known_curve_has_the_stated_power(n: int, ratio: float) -> None:
    trials, hazard, z = 2000, 0.04, 1.6448536
    drawn = people(
        np.random.default_rng(4), trials, n, hazard * ratio, accrual=30.0, end=48.0, lost=0.004, treated=True
    )
    found = one_sample(Accrual(n / 30, 30.0, 0.004), Hazard.constant(hazard * ratio), Hazard.constant(hazard), 48.0)
    assert found is not None
    assert near(float((one_sample_z(drawn, hazard) < -z).mean()), found.rejects(z), trials)


def test_a_curve_taken_as_known_though_estimated_errs_as_often_as_stated() -> None:
    trials, n, size, hazard, z = 1000, 60, 120, 0.04, 1.6448536
    rng = np.random.default_rng(5)
    drawn = people(rng, trials, n, hazard, accrual=30.0, end=48.0, lost=0.004, treated=True)
    share = float((one_sample_z_estimated(drawn, registry(rng, trials, size, hazard, longest=100.0)) < -z).mean())
    curve = Hazard.constant(hazard)
    found = one_sample(Accrual(n / 30, 30.0, 0.004), curve, curve, 48.0, registry=smooth_registry(size, hazard, 100.0))
    assert found is not None
    assert found.rejects(z) > 0.08  # nominal 0.05
    assert near(share, found.rejects(z), trials)


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="the long version: make test-long")
@pytest.mark.parametrize(("n", "share", "ratio"), [(180, 0.5, 0.6), (80, 0.5, 0.5), (90, 2 / 3, 0.5), (400, 0.5, 0.7)])
def test_forty_thousand_drawn_trials_have_the_stated_power(n: int, share: float, ratio: float) -> None:
    rng = np.random.default_rng(6)
    z = np.concatenate([logrank_z(drawn_two_arms(rng, 4000, n, share, 0.05, ratio)) for _ in range(10)])
    curve = Hazard.constant(0.05)
    found = logrank(Arms(Accrual(n / 30, 30.0, 0.004), curve.times(ratio), curve, share), 48.0)
    assert found is not None
    assert near(float((z < -Z).mean()), found.rejects(Z), z.size)
    assert float(z.mean()) == pytest.approx(found.mean, abs=0.06)
