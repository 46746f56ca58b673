import numpy as np
import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.person import cox_person, fine_gray, logrank_power, turnbull
from leiomyo.outcomes.relative import relative_survival, with_age_bands
from leiomyo.outcomes.response import clopper_pearson, response_rates


def test_cox_on_rows_and_on_counts_agree() -> None:
    rng = np.random.default_rng(2)
    time, status, arm = rng.integers(1, 60, 200), rng.integers(0, 2, 200), rng.integers(0, 2, 200)
    person = cox_person(time, status, {"arm": arm})
    counts = EventTable.from_rows(time, status, strata={"arm": arm}).cox(["arm"])
    assert person.estimate[0] == pytest.approx(counts.coefficients[0], abs=1e-6)
    assert person.std_error[0] == pytest.approx(counts.std_errors[0], abs=1e-6)


def test_rows_with_gaps_are_left_out_and_counted() -> None:
    model = cox_person([1, 2, 3, 4, 5, 6], [1] * 6, {"age": [70, None, 60, 64, 40, 55]})
    assert (model.persons, model.left_out) == (5, 1)


def test_fine_gray_needs_its_cause() -> None:
    with pytest.raises(InputError, match="Nobody had cause 3"):
        fine_gray([1, 2], [1, 2], {"age": [1, 2]}, cause=3)


def test_intervals_bound_survival() -> None:
    answer = turnbull([1.0, 2.0, 4.0], [3.0, 5.0, float("inf")])
    low, high = answer.survival(2.5)
    assert 0 <= low <= high <= 1


def test_power_grows_with_events() -> None:
    assert logrank_power(0.6, 200) > logrank_power(0.6, 50)


def test_not_evaluable_counts_in_the_denominator_and_nothing_said_does_not() -> None:
    row = response_rates(["CR", "PR", "SD", "PD", "NE", None]).rows[0]
    assert (row.objective.events, row.objective.n) == (2, 5)


def test_nobody_counted_has_no_rate() -> None:
    assert clopper_pearson(0, 0).estimate is None
    assert clopper_pearson(0, 5).low == 0.0 and clopper_pearson(5, 5).high == 1.0


def test_relative_survival_leaves_out_people_of_unknown_age_and_counts_them() -> None:
    who = {"age": [60, None, 70], "sex": ["male", "male", "female"]}
    curve = relative_survival(EventTable.from_rows([900, 900, 400], [0, 1, 1], strata=who), year=2005)[0]
    assert (curve.persons, curve.left_out) == (2, 1)
    assert curve.milestone(300).relative > curve.milestone(300).observed
    assert curve.milestone(2000).relative is None


def test_age_bands_make_groups_of_relative_survival() -> None:
    who = {"age": [45, 62, 81], "sex": ["female"] * 3}
    table = with_age_bands(EventTable.from_rows([400, 500, 600], [1, 0, 1], strata=who), [50, 70])
    groups = relative_survival(table, by=["age_band"], year=2005)
    assert [group.stratum["age_band"] for group in groups] == ["50-69", "70+", "<50"]


def test_relative_survival_needs_days() -> None:
    with pytest.raises(InputError, match="whole days"):
        relative_survival(EventTable.from_rows([1], [1], unit="month"))
