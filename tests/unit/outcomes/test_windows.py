"""Under treatment or not: days worked by hand, diagnosis on day 0."""

import math

import pytest

from leiomyo.model.dates import DayInterval
from leiomyo.outcomes.windows import treated, windows
from tests.unit.course.making import day, drug, made, operation, radiation, spread


def under(course, when, number=1, **more):
    window = next(one for one in windows(course) if one.line.number == number)
    return window.holds(day(when), **more)


def test_a_line_holds_its_first_day_and_thirty_days_after_its_last():
    course = made(spread(), drug("doxorubicin", 100, 200))
    told = [under(course, when) for when in (99, 100, 200, 230, 231)]
    assert told == [False, True, True, True, False]


def test_a_complaint_on_the_first_day_was_there_before_the_line():
    course = made(spread(), drug("doxorubicin", 100, 200))
    assert [under(course, when, first_day=False) for when in (100, 101)] == [False, True]


def test_the_next_line_takes_over_on_its_first_day_though_thirty_days_have_not_passed():
    course = made(spread(), drug("doxorubicin", 100, 200), drug("trabectedin", 215, 300))
    assert [under(course, when) for when in (214, 215)] == [True, False]
    assert [under(course, when, 2) for when in (214, 215)] == [False, True]


@pytest.mark.parametrize("when", [(90, 110), (225, 240), (60, 400)])
def test_days_that_reach_over_an_edge_are_not_certain(when):
    assert under(made(spread(), drug("doxorubicin", 100, 200)), when) is None


def test_a_line_without_an_end_runs_until_the_next_begins():
    course = made(spread(), drug("doxorubicin", 100), drug("trabectedin", 300, 400))
    assert [under(course, when) for when in (299, 300)] == [True, False]


def test_after_the_last_known_day_of_a_last_line_without_an_end_nothing_is_certain():
    course = made(spread(), drug("doxorubicin", 100), alive=5000)
    assert [under(course, when) for when in (130, 131, 4000)] == [True, None, None]


def test_a_line_that_still_runs_holds_what_comes_before_the_last_contact():
    course = made(spread(), drug("doxorubicin", 100, ongoing=True), alive=500)
    assert [under(course, when) for when in (499, 530, 531)] == [True, True, None]


def test_the_first_treatment_is_the_earliest_of_operation_radiation_and_drug():
    span = treated(made(operation(40), radiation(10, 30), drug("doxorubicin", 90, 150)))
    assert (span.first_low, span.first_high, span.last_low, span.last_high) == (10, 10, 150, 150)
    told = [span.period(DayInterval(at, at)) for at in (-5, 10, 11, 180, 181)]
    assert told == ["before", "before", "under", "under", "after"]


def test_a_complaint_whose_days_reach_over_the_first_treatment_is_not_placed():
    span = treated(made(operation(40)))
    assert span.period(DayInterval(30, 59)) == "uncertain"
    assert span.period(DayInterval(65, 90)) == "uncertain"


def test_an_operation_without_a_day_may_have_been_the_first_treatment_and_the_last():
    span = treated(made(operation(None), drug("doxorubicin", 90, 150)))
    assert (span.first_low, span.last_high) == (-math.inf, math.inf)
    assert [span.period(DayInterval(at, at)) for at in (50, 100, 500)] == ["uncertain", "under", "uncertain"]


def test_no_treatment_recorded_is_no_period():
    assert treated(made()) is None
    assert treated(made(operation(3, kind="biopsy"))) is None


def test_supportive_drugs_and_those_for_another_cancer_are_no_treatment_of_this_one():
    assert (
        treated(made(drug("ondansetron", 5, 6, kind="supportive"), drug("letrozole", 5, 9, own_tumour=False))) is None
    )


def test_a_form_that_says_drugs_followed_leaves_the_last_day_open():
    span = treated(made(operation(10), told_adjuvant_drugs=True))
    assert [span.period(DayInterval(at, at)) for at in (40, 41)] == ["under", "uncertain"]
