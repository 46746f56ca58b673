"""Plans of trials: by hand, by quadrature and against a registry; trials drawn at random are in test_planning_power."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from leiomyo.errors import InputError
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.planning import plan
from leiomyo.outcomes.planning_design import Design, hazard_given
from leiomyo.outcomes.planning_hazards import MONTH, Hazard, external
from leiomyo.outcomes.planning_power import (
    Accrual,
    Arms,
    exact_binomial,
    expected_events,
    logrank,
    one_sample,
    trial_events,
)
from tests.unit.outcomes.trials import registry

# --- hazards and expected events ------------------------------------------------------------------------------------


def test_a_hazard_in_pieces_by_hand() -> None:
    hazard = Hazard(np.array([0.0, 10.0]), np.array([0.1, 0.02]))
    assert hazard.cumulative(np.array([5.0, 10.0, 30.0])).round(9).tolist() == [0.5, 1.0, 1.4]
    assert hazard.median() == pytest.approx(math.log(2) / 0.1)
    assert Hazard(np.array([0.0, 1.0]), np.array([0.1, 0.0])).median() is None
    assert hazard_given(survival=(0.25, 24)).median() == pytest.approx(12)


@pytest.mark.parametrize("h", [1e-6, 0.05, 3.0, 70.0])
def test_expected_events_are_the_closed_form_under_a_constant_hazard(h: float) -> None:
    # Lachin & Foulkes 1986: P(event) = h/(h+l) (1 - (exp(-(h+l)(T-R)) - exp(-(h+l)T)) / ((h+l) R))
    lost, months, end = 0.01, 30.0, 42.0
    both = h + lost
    closed = h / both * (1 - (math.exp(-both * (end - months)) - math.exp(-both * end)) / (both * months))
    assert expected_events(Accrual(1 / months, months, lost), Hazard.constant(h), end) == pytest.approx(
        closed, rel=1e-11
    )


@pytest.mark.parametrize("end", [3.0, 17.0, 40.0, 300.0])
def test_expected_events_in_pieces_are_what_quadrature_gives(end: float) -> None:
    hazard, accrual = Hazard(np.array([0.0, 6.0, 18.0]), np.array([0.05, 0.03, 0.01])), Accrual(2.0, 30.0, 0.004)

    def integrand(month: float) -> float:
        at = np.array([month])
        return float((accrual.watched(at, end) * hazard.at(at) * hazard.survival(at))[0])

    cuts = [cut for cut in (6.0, 18.0, end - 30) if 0 < cut < end]
    found = quad(integrand, 0, end, points=cuts, epsabs=1e-12, epsrel=1e-12, limit=200)[0]
    assert expected_events(accrual, hazard, end) == pytest.approx(found, rel=1e-10)


def test_nothing_happens_before_the_first_patient() -> None:
    arms = Arms(Accrual(2.0, 30.0), Hazard.constant(0.03), Hazard.constant(0.05))
    assert trial_events(arms, 0.0) == 0.0
    assert logrank(arms, 0.0) is None
    assert one_sample(arms.accrual, arms.treated, arms.control, 0.0) is None


# --- the registry as a control ---------------------------------------------------------------------------------------


def cohort_table(n: int = 300, seed: int = 7) -> EventTable:
    drawn = registry(np.random.default_rng(seed), 1, n, 0.03, longest=120.0)
    return EventTable.from_rows(np.ceil(drawn.time[0] * MONTH), drawn.event[0])


def test_the_registrys_hazard_is_events_by_person_time() -> None:
    months = np.repeat([10.0, 20.0, 30.0], [5, 5, 10])
    held = external(EventTable.from_rows(months * MONTH, [1] * 10 + [0] * 10))
    assert (held.patients, held.events, held.last) == (20, 10, 30.0)
    assert held.hazard.cuts.tolist() == [0.0, 10.0]
    assert held.hazard.rates.tolist() == pytest.approx([5 / 200, 5 / (15 * 10 + 10 * 10)])
    assert held.at_risk_at(np.array([5.0, 10.0, 10.1, 30.0, 30.1])).tolist() == [20, 20, 15, 10, 0]


def test_events_that_all_fall_on_one_day_leave_no_stretch_without_events() -> None:
    held = external(EventTable.from_rows([10 * MONTH] * 10 + [30 * MONTH] * 10, [1] * 10 + [0] * 10))
    assert held.hazard.rates.tolist() == pytest.approx([10 / (200 + 200)])


def test_patients_who_came_late_are_at_risk_from_then_on() -> None:
    held = external(EventTable.from_rows([40 * MONTH] * 12, [1] * 12, entry=[20 * MONTH] * 6 + [30 * MONTH] * 6))
    assert held.at_risk_at(np.array([5.0, 25.0, 35.0, 41.0])).tolist() == [0, 6, 12, 0]
    curve = held.hazard
    found = logrank(Arms(Accrual(2.0, 20.0), curve.times(0.5), curve, 1.0, held), 50.0)
    assert found is not None
    assert found.mean < 0


def test_the_registrys_curve_keeps_to_its_kaplan_meier_curve() -> None:
    table = cohort_table()
    held, curve = external(table), table.kaplan_meier()[0]
    for month in (6.0, 24.0, 60.0):
        survival = curve.milestone(month * MONTH).survival
        assert float(held.hazard.survival(np.array([month]))[0]) == pytest.approx(survival, abs=0.02)
    exposure = float(np.sum(np.diff(np.r_[0, held.months]) * held.at_risk))
    assert held.hazard.rates.mean() == pytest.approx(held.events / exposure, rel=0.3)


def test_two_centres_added_stand_for_the_same_control_as_their_rows_together() -> None:
    drawn = registry(np.random.default_rng(7), 1, 300, 0.03, longest=120.0)
    days, events = np.ceil(drawn.time[0] * MONTH), drawn.event[0]
    parts = EventTable.from_rows(days[:90], events[:90]) + EventTable.from_rows(days[90:], events[90:])
    assert told(table=parts, patients=80) == told(table=EventTable.from_rows(days, events), patients=80)


def test_a_registry_with_few_events_stands_for_nothing() -> None:
    with pytest.raises(InputError, match=r"LM-A022.*12 patients, 9 events"):
        external(EventTable.from_rows(range(1, 13), [1] * 9 + [0] * 3))


# --- plans -----------------------------------------------------------------------------------------------------------

DESIGN: dict[str, Any] = {"hazard_ratio": 0.6, "accrual_per_year": 60}


def told(control: Hazard | None = None, table: EventTable | None = None, **changes: Any) -> dict[str, Any]:
    return plan(Design(**(DESIGN | changes)), control, registry=table).to_dict()


def test_events_needed_by_hand() -> None:
    # Schoenfeld: 4 (1.95996 + 0.84162)² / ln(0.6)² = 120.3
    found = told(Hazard.of_median(12))
    assert found["events_needed"] == math.ceil(4 * (1.959964 + 0.841621) ** 2 / math.log(0.6) ** 2) == 121
    assert found["power"] >= 0.8 > told(Hazard.of_median(12), patients=found["patients"] - 1)["power"]
    assert found["months_to_power"] == pytest.approx(found["duration_months"], abs=0.3)
    assert found["power"] == pytest.approx(found["power_schoenfeld"], abs=0.005)
    assert found["patients_needed_external"] is None


def test_more_of_anything_gives_more_power() -> None:
    control = Hazard.of_median(12)
    base = told(control, patients=100)["power"]
    assert told(control, patients=120)["power"] > base
    assert told(control, patients=100, follow_up_months=24)["power"] > base
    assert told(control, patients=100, drop_out_per_year=0.2)["power"] < base
    assert told(control, patients=100, hazard_ratio=0.5)["power"] > base
    assert told(control, patients=100, sides=1)["power"] > base
    assert told(control, patients=100, allocation=(3, 1))["power"] < base


def test_accrual_can_be_said_in_three_ways() -> None:
    control = Hazard.of_median(12)
    one = told(control, patients=120)
    assert one == told(control, accrual_months=24.0)
    assert one == told(control, accrual_per_year=None, patients=120, accrual_months=24.0)
    assert (one["accrual_months"], one["duration_months"]) == (24.0, 36.0)


def test_power_by_month_rises_and_ends_where_the_analysis_does() -> None:
    found = told(Hazard.of_median(12))
    powers = [row["power"] for row in found["by_month"] if row["power"] is not None]
    assert powers == sorted(powers)
    assert found["by_month"][0]["power"] is None
    assert any(row["month"] == found["duration_months"] and row["power"] == found["power"] for row in found["by_month"])
    assert [row["patients"] for row in found["by_patients"]].count(found["patients"]) == 1


def test_with_the_registry_added_fewer_patients_are_needed() -> None:
    found = told(table=cohort_table())
    assert found["patients_needed_external"] < found["patients_needed"]
    assert found["power_external"] > found["power"]
    assert (found["external_patients"], found["external_events"]) == (300, cohort_table().events)
    assert found["false_claim_external"] == pytest.approx(0.025)
    assert found["false_claim_low"] < 0.025 < found["false_claim_high"]
    assert found["power_external_low"] < found["power_external"] < found["power_external_high"]
    assert found["power_guarded"] < found["power_external"]


def test_a_discount_takes_from_the_power_and_from_the_error() -> None:
    whole, half = (told(table=cohort_table(), patients=100, discount=discount) for discount in (0.0, 0.5))
    assert whole["power"] == half["power"] < half["power_external"] < whole["power_external"]
    assert half["false_claim_external"] < whole["false_claim_external"]
    assert half["false_claim_high"] < whole["false_claim_high"]


def test_at_the_guarded_level_no_drift_in_the_range_errs_more_than_allowed() -> None:
    table, found = cohort_table(), told(table=cohort_table(), patients=100, arms=1)
    held = external(table)
    for drift in (0.9, 1.0, 1.1):
        curve = held.hazard.times(1 / drift)
        null = logrank(Arms(Accrual(5.0, 20.0), curve, curve, 1.0, held), 32.0)
        assert null is not None
        assert null.rejects(found["guarded_critical"]) <= 0.025 + 1e-5


def test_one_arm_against_the_registry_costs_more_than_against_a_curve_taken_as_known() -> None:
    found = told(table=cohort_table(), arms=1, patients=60)
    assert found["power_external"] < found["power"]
    assert found["false_claim_known_curve"] > found["false_claim_nominal"]
    # the registry's own patients set a limit that no accrual passes
    few = told(table=cohort_table(40), arms=1, hazard_ratio=0.75, patients=60)
    assert few["patients_needed_external"] is None
    assert few["patients_needed"] is not None


def test_a_drift_of_none_is_no_range() -> None:
    found = told(table=cohort_table(), patients=100, drift=(1.0, 1.0))
    assert [row["drift"] for row in found["drift_rows"]] == [1.0]
    assert found["power_guarded"] == found["power_external"]


def by_enumeration(null: float, better: float, alpha: float, power: float) -> tuple[int, int]:
    """The smallest one-stage trial, by adding up binomial probabilities one by one."""
    for n in range(1, 200):
        for needed in range(n + 1):
            tail = [
                sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(needed, n + 1)) for p in (null, better)
            ]
            if tail[0] <= alpha and tail[1] >= power:
                return n, needed
    raise AssertionError


@pytest.mark.parametrize("asked", [(0.05, 0.2, 0.05, 0.8), (0.4, 0.6, 0.05, 0.8), (0.2, 0.5, 0.025, 0.9)])
def test_one_stage_by_exact_probabilities(asked: tuple[float, float, float, float]) -> None:
    null, better, alpha, power = asked
    assert exact_binomial(null, better, alpha=alpha, power=power) == by_enumeration(*asked)


def test_one_stage_in_a_plan() -> None:
    assert exact_binomial(0.5, 0.5001, alpha=0.05, power=0.9) is None
    found = told(Hazard.of_survival(0.4, 6), arms=1, landmark_months=6.0, hazard_ratio=math.log(0.6) / math.log(0.4))
    assert (found["landmark_control"], found["landmark_treated"]) == (0.4, 0.6)
    assert found["landmark_patients"] > 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hazard_ratio": 1.0}, "between 0 and 1"), ({"hazard_ratio": float("nan")}, "between 0 and 1"),
        ({"hazard_ratio": 1.5}, "call the other arm"), ({"arms": 3}, "1 or 2 arms"),
        ({"accrual_per_year": None}, "Give the accrual"), ({"accrual_per_year": 0}, "0 patients a year"),
        ({"patients": 100, "accrual_months": 12.0}, "Give the accrual"), ({"patients": 1}, "whole number"),
        ({"accrual_months": -1.0}, "months of accrual"), ({"follow_up_months": -1.0}, "follow-up"),
        ({"follow_up_months": float("inf")}, "follow-up"), ({"drop_out_per_year": 1.0}, "drop-out"),
        ({"allocation": (0, 1)}, "allocation"), ({"alpha": 0}, "Alpha"), ({"sides": 3}, "sides"),
        ({"power": 0.01}, "power"), ({"power": 1.0}, "power"), ({"discount": 1.0}, "discount"),
        ({"drift": (1.1, 1.2)}, "drift"), ({"drift": (0.9, float("nan"))}, "drift"), ({"landmark_months": 6.0}, "one arm"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_message(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=f"LM-A021.*{says}"):
        Design(**(DESIGN | changes))


def test_a_control_is_given_once_and_can_be() -> None:
    for given in ({}, {"median": 12.0, "survival": (0.5, 12.0)}):
        with pytest.raises(InputError, match="LM-A023"):
            hazard_given(**given)
    for given in ({"median": 0.0}, {"median": float("nan")}, {"survival": (1.0, 12.0)}, {"survival": (0.5, 0.0)}):
        with pytest.raises(InputError, match="LM-A021"):
            hazard_given(**given)
    with pytest.raises(InputError, match="LM-A023"):
        plan(Design(**DESIGN))


def test_a_power_that_no_accrual_reaches_is_said_and_not_searched_for_ever() -> None:
    with pytest.raises(InputError, match=r"LM-A021.*no accrual of 50 years"):
        told(Hazard.of_median(12), hazard_ratio=0.99, accrual_per_year=5)
    found = told(Hazard.of_median(12), hazard_ratio=0.99, accrual_per_year=5, patients=50)
    assert (found["patients_needed"], found["months_to_power"]) == (None, None)


def test_extremes_give_numbers_and_no_warning() -> None:
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        for changes in ({"patients": 2}, {"follow_up_months": 0.0, "patients": 20}, {"hazard_ratio": 1e-6},
                        {"drop_out_per_year": 0.999, "patients": 50}, {"allocation": (999, 1), "patients": 50},
                        {"arms": 1}, {"arms": 1, "hazard_ratio": 1e-6, "patients": 2}):  # fmt: skip
            for control in (Hazard.of_median(0.1),) if "arms" in changes else (Hazard.of_median(1000),):
                found = told(control, **({"patients": 40} | changes))
                assert 0 <= found["power"] <= 1
        for changes in ({"patients": 2}, {"arms": 1, "patients": 3000, "accrual_per_year": 3}):
            found = told(table=cohort_table(), **changes)
            assert 0 <= found["power_external"] <= 1


def test_the_answer_shows_itself_as_a_table() -> None:
    found = plan(Design(**DESIGN), Hazard.of_median(12))
    assert found.to_arrow().column_names == ["month", "enrolled", "events", "power"]
    assert "never a recommendation" in found.notes()[-1]
