"""Plans of trials against R `rpact` and against figures that others have printed."""

from __future__ import annotations

import csv
from pathlib import Path

import greenwood
import numpy as np
import pytest
from scipy.optimize import brentq

from leiomyo.outcomes.planning_hazards import Hazard
from leiomyo.outcomes.planning_power import Accrual, Arms, expected_events, one_sample, trial_events

HERE = Path(__file__).parent
R = {(row["case"], row["quantity"]): float(row["value"])
     for row in csv.DictReader((HERE / "answers.csv").read_text().splitlines())}  # fmt: skip
PIECES = Hazard(np.array([0.0, 6.0, 18.0]), np.array([0.05, 0.03, 0.01]))


def lost(per_year: float) -> float:
    return float(-np.log1p(-per_year) / 12)


@pytest.mark.parametrize(
    ("case", "control", "ratio", "share", "months", "follow_up", "drop_out", "options"),
    [
        ("exponential", Hazard.of_median(12), 0.6, 0.5, 36, 12, 0.05, {"alpha": 0.025, "sides": 1, "power": 0.8}),
        ("two_to_one", Hazard.of_median(24), 0.7, 2 / 3, 48, 24, 0.1, {"alpha": 0.05, "sides": 2, "power": 0.9}),
        ("pieces", PIECES, 0.5, 0.5, 30, 18, 0.03, {"alpha": 0.05, "sides": 1, "power": 0.8}),
    ],
)
def test_events_and_the_patients_who_have_them_are_those_of_rpact(
    case: str,
    control: Hazard,
    ratio: float,
    share: float,
    months: float,
    follow_up: float,
    drop_out: float,
    options: dict,
) -> None:
    arms = Arms(Accrual(1 / months, months, lost(drop_out)), control.times(ratio), control, share)
    per_patient = trial_events(arms, months + follow_up)
    assert greenwood.logrank_n_events(ratio, allocation=share, **options) == np.ceil(R[case, "events"])
    assert per_patient == pytest.approx(R[case, "events"] / R[case, "patients"], rel=1e-6)


@pytest.mark.parametrize("month", [10, 25, 40, 60])
def test_events_by_month_under_a_hazard_in_pieces_are_those_of_rpact(month: int) -> None:
    accrual = Accrual(1 / 30, 30, lost(0.03))
    for hazard, arm in ((PIECES.times(0.5), "treated"), (PIECES, "control")):
        told = R[f"month_{month}", f"events_{arm}_per_patient"]
        # rpact's own integration ends at about 1e-6; ours equals scipy's to rounding (tests/unit/outcomes)
        assert expected_events(accrual, hazard, month) == pytest.approx(told, rel=2e-6)


def test_events_printed_by_others() -> None:
    # gsDesign, vignette SurvivalOverview: hazard ratio 0.7, one-sided 0.025, power 0.9, then "sqrt(331 * r)"
    assert greenwood.logrank_n_events(0.7, alpha=0.025, power=0.9, sides=1) == 331
    # Schoenfeld 1983 as worked at imaging.mrc-cbu.cam.ac.uk/statswiki/FAQ/powsurv: 20.39 events
    assert greenwood.logrank_n_events(np.log(0.75) / np.log(0.37), power=0.8) == 21


def test_patients_printed_by_nphpower() -> None:
    # README of hcheng99/nphPower, example 2: 87.479 events, 153.173 patients
    rate = -np.log(0.2) / 10
    arms = Arms(Accrual(153.173 / 5, 5.0), Hazard.constant(rate / 2), Hazard.constant(rate))
    assert trial_events(arms, 10.0) == pytest.approx(87.479, abs=5e-4)


def weibull(shape: float, median: float, last: float) -> Hazard:
    """A Weibull hazard as 2,000 pieces."""
    edges = np.linspace(0, last, 2001)
    return Hazard(edges[:-1], np.diff(np.log(2) * (edges / median) ** shape) / np.diff(edges))


@pytest.mark.parametrize(("power", "patients"), [(0.8, 88), (0.85, 100), (0.9, 117)])
def test_the_one_sample_test_needs_the_patients_of_wu(power: float, patients: int) -> None:
    # Wu 2015, example: 5 years' accrual, 3 of follow-up, Weibull 1.22, median 9, hazard ratio 1/1.75, one-sided 0.05;
    # 88, 100 and 117 as in the vignette of XiaomengYuan9709/logRank1s
    reference = weibull(1.22, 9, 8)

    def reached(n: float) -> float:
        found = one_sample(Accrual(n / 5, 5.0), reference.times(1 / 1.75), reference, 8.0)
        assert found is not None
        return found.rejects(1.6448536) - power

    assert np.ceil(brentq(reached, 10, 500)) == patients
