"""Symptoms by site group and time, worked by hand."""

import pytest

from leiomyo.outcomes.complaints import PERIODS, Complaint, symptom_tables
from tests.unit.course.making import day, drug, made, operation, spread


def tables(*people, group="uterine", extra=()):
    """Each of `people` is a course and its complaints as (term, day); `extra` have no symptom recorded."""
    courses = [course for course, _ in people] + list(extra)
    complaints = {
        (course.centre, course.patient): [Complaint(term, day(when)) for term, when in told] for course, told in people
    }
    return symptom_tables(courses, complaints, {(course.centre, course.patient): group for course in courses})


def patient(name, *rows, **more):
    return made(*rows, patient=name, **more)


def test_nobody_with_a_symptom_gives_nothing():
    assert tables(extra=[patient("1")]) == {}


def test_a_share_is_of_those_recorded_with_exact_limits_and_the_group_is_told_beside():
    people = [(patient(str(n)), [("pain" if n < 3 else "bleeding", None)]) for n in range(10)]
    told = tables(*people, extra=[patient("silent")])
    [pain] = [row for row in told["rows"] if row["symptom"] == "pain"]
    assert (pain["n"], pain["recorded"], pain["of"]) == (3, 10, 11)
    assert (pain["share"], pain["low"], pain["high"]) == pytest.approx((0.3, 0.0667, 0.6525), abs=5e-5)
    assert told["groups"] == [{"site_group": "uterine", "label": "Uterine", "recorded": 10, "of": 11}]


def test_a_patient_counts_in_each_period_in_which_the_complaint_is_told_and_once_in_all():
    course = patient("1", operation(20))
    told = tables(
        (course, [("pain", -10), ("pain", 20), ("pain", 40), ("pain", 51), ("pain", (15, 25)), ("pain", None)])
    )
    [row] = told["rows"]
    assert row["n"] == 1
    assert [row[period] for period in PERIODS] == [1, 1, 1, 1, 0, 1]


def test_without_any_treatment_recorded_a_dated_complaint_is_in_no_period():
    [row] = tables((patient("1"), [("pain", 5)]))["rows"]
    assert [row[period] for period in PERIODS] == [0, 0, 0, 0, 1, 0]


def lines(*told, rows=(("doxorubicin", 100, 200), ("trabectedin", 240, 300))):
    course = patient("1", spread(), *(drug(*row) for row in rows))
    return {row["line"]: (row["n"], row["uncertain"]) for row in tables((course, told))["lines"]}


def test_a_complaint_is_new_under_the_line_in_which_it_is_first_told():
    assert lines(("fatigue", 150), ("fatigue", 250)) == {1: (1, 0), 2: (0, 0)}
    assert lines(("fatigue", 240)) == {1: (0, 0), 2: (0, 0)}
    assert lines(("fatigue", 241)) == {1: (0, 0), 2: (1, 0)}


def test_a_complaint_told_before_is_not_new():
    assert lines(("pain", -5), ("pain", 150)) == {1: (0, 0), 2: (0, 0)}


def test_another_statement_without_a_day_makes_it_uncertain_whether_a_complaint_is_new():
    assert lines(("pain", None), ("pain", 150)) == {1: (0, 1), 2: (0, 0)}
    assert lines(("pain", (80, 120))) == {1: (0, 1), 2: (0, 0)}


def test_a_patient_without_a_dated_complaint_is_not_counted_as_having_nothing_new():
    assert lines(("pain", None)) == {}


def test_found_by_chance_is_symptom_information_and_no_new_complaint():
    assert lines(("incidental", 150)) == {1: (0, 0), 2: (0, 0)}


def test_over_time_counts_those_followed_until_then_and_what_lies_in_one_stretch():
    early = patient("1", operation(10), alive=60)
    late = patient("2", operation(10), alive=400)
    told = tables((early, [("pain", -3)]), (late, [("bleeding", 100), ("pain", (80, 100))]))["over_time"]
    assert told["imprecise"] == 1
    assert [(row["months"], row["n"], row["of"]) for row in told["rows"]] == [
        ("−6–0", 1, 2),
        ("0–3", 0, 2),
        ("3–6", 1, 1),
    ]
