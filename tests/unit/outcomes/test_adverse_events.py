"""Adverse events by line and regimen, worked by hand."""

import pytest

from leiomyo.outcomes.adverse_events import Recording, adverse_event_tables
from leiomyo.outcomes.attribution import AdverseEvent, place
from leiomyo.outcomes.response import clopper_pearson
from tests.unit.course.making import day, drug, made, spread


def event(when, grade=2, *, term="Nausea", to=None):
    return AdverseEvent(term, grade, day(when), to)


def two_lines(name="1"):
    return made(spread(), drug("doxorubicin", 100, 200), drug("trabectedin", 215, 300), patient=name)


def placed(one, course=None):
    found = place(one, course or two_lines())
    return found.standing, found.line.number if found.line else None


def test_an_event_belongs_to_the_line_of_its_day_to_thirty_days_after_the_last():
    assert placed(event(99)) == ("outside", None)
    assert placed(event(100)) == ("by_day", 1)
    assert placed(event(330)) == ("by_day", 2)
    assert placed(event(331)) == ("outside", None)


def test_the_first_day_of_the_next_line_cuts():
    assert [placed(event(when)) for when in (214, 215)] == [("by_day", 1), ("by_day", 2)]


def test_days_that_reach_over_two_lines_are_not_certain_unless_attributed():
    assert placed(event((190, 220))) == ("uncertain", None)
    assert placed(event((190, 220), to="Yondelis")) == ("by_attribution", 2)
    assert placed(event((190, 220), to="chemotherapy")) == ("uncertain", None)


def test_an_event_without_a_day_goes_by_the_drugs_it_is_attributed_to():
    assert placed(event(None, to="Adriamycin")) == ("by_attribution", 1)
    assert placed(event(None, to="pazopanib")) == ("unplaced", None)
    assert placed(event(None)) == ("unplaced", None)


def test_an_attribution_that_fits_two_regimens_places_nothing():
    course = made(spread(), drug("doxorubicin", 100, 200), drug("doxorubicin", 500, 600), drug("ifosfamide", 500, 600))
    assert [line.regimen for line in course.lines] == ["doxorubicin", "dox_ifosfamide"]
    assert placed(event(None, to="doxorubicin"), course) == ("unplaced", None)
    assert placed(event(None, to="doxorubicin + ifosfamide"), course) == ("by_attribution", 2)


def test_an_attribution_never_moves_an_event_from_the_line_of_its_day():
    assert placed(event(250, to="doxorubicin")) == ("by_day", 2)


def tables(events, *, courses=None, centres=("made",), silent=()):
    """Tables of these events by patient; `silent` have a statement that there was none."""
    courses = courses or [two_lines(name) for name in events]
    told = {("made", name): rows for name, rows in events.items() if rows}
    recording = Recording(frozenset(told) | {("made", name) for name in silent}, frozenset(centres))
    return adverse_event_tables(courses, told, recording)


def regimen(told, name):
    return next(row for row in told["regimens"] if row["regimen"] == name)


def test_three_of_ten_have_the_exact_limits_of_clopper_and_pearson():
    rate = clopper_pearson(3, 10)
    assert (rate.low, rate.high) == pytest.approx((0.0667395, 0.6524529), abs=1e-6)
    events = {str(n): [event(150, 3 if n < 3 else 1)] for n in range(10)}
    severe = regimen(tables(events), "doxorubicin")["severe"]
    assert severe["n"] == 3
    for key in ("of_recorded", "of_collected"):
        share = severe[key]
        assert (share["n"], share["of"]) == (3, 10)
        assert (share["low"], share["high"]) == pytest.approx((0.0667395, 0.6524529), abs=1e-6)


def test_a_patient_without_a_row_is_in_one_denominator_and_not_in_the_other():
    row = regimen(tables({"1": [event(150, 4)], "2": [], "3": []}), "doxorubicin")
    assert (row["patients"], row["collected"], row["recorded"]) == (3, 3, 1)
    assert (row["severe"]["of_recorded"]["of"], row["severe"]["of_collected"]["of"]) == (1, 3)


def test_a_patient_said_to_have_had_none_is_recorded():
    row = regimen(tables({"1": [event(150, 4)], "2": []}, silent=["2"]), "doxorubicin")
    assert (row["any"]["of_recorded"]["n"], row["any"]["of_recorded"]["of"]) == (1, 2)
    assert row["recorded"] == 2


def test_a_centre_that_records_no_adverse_events_is_in_no_rate():
    elsewhere = made(spread(), drug("doxorubicin", 100, 200), patient="9")
    elsewhere = type(elsewhere)(
        **{name: getattr(elsewhere, name) for name in elsewhere.__slots__} | {"centre": "other"}
    )
    told = tables({"1": [event(150, 4)]}, courses=[two_lines("1"), elsewhere])
    row = regimen(told, "doxorubicin")
    assert (row["patients"], row["collected"], row["recorded"]) == (2, 1, 1)
    assert (told["patients"], told["collected"]) == (2, 1)


def test_each_patient_counts_once_with_the_worst_grade_of_each_term():
    rows = [
        event(110, 1),
        event(120, 3),
        event(130, None),
        event(140, 2, term="Anemia"),
        event(150, None, term="Anemia"),
    ]
    told = tables({"1": rows, "2": [event(120, None)]})
    counted = {
        row["term"]: (row["n"], row["mild"], row["severe"], row["fatal"], row["unknown"]) for row in told["terms"]
    }
    assert counted == {"Nausea": (2, 0, 1, 0, 1), "Anemia": (1, 1, 0, 0, 0)}
    row = regimen(told, "doxorubicin")
    assert (row["any"]["n"], row["severe"]["n"], row["fatal"]["n"], row["grade_unknown"]) == (2, 1, 0, 1)


def test_a_fatal_event_is_of_grade_three_or_worse_too():
    row = regimen(tables({"1": [event(150, 5)]}), "doxorubicin")
    assert (row["severe"]["n"], row["fatal"]["n"]) == (1, 1)


def test_every_event_stands_in_one_place_and_none_is_dropped():
    rows = [event(150), event(None, to="trabectedin"), event(900), event((190, 220)), event(None)]
    told = tables({"1": rows})
    standings = [(row["standing"], row["events"]) for row in told["placed"]]
    assert standings == [("by_day", 1), ("by_attribution", 1), ("outside", 1), ("uncertain", 1), ("unplaced", 1)]
    assert sum(row["events"] for row in told["regimens"]) == 2
    assert sum(row["events"] for row in told["terms"]) == told["events"] == 5


def test_by_attributed_treatment_stands_what_the_source_states_whenever_it_began():
    rows = {"1": [event(900, 4, to="Adriamycin"), event(250, 1, to="Radiation"), event(110)], "2": []}
    told = tables(rows)["attributed"]
    assert [(row["treatment"], row["events"], row["patients"]) for row in told] == [
        ("Doxorubicin", 1, 2), ("Radiation", 1, None), (None, 1, None),
    ]  # fmt: skip
    assert told[0]["severe"]["of_collected"]["of"] == 2


def test_over_time_counts_lines_that_still_ran_and_events_placed_by_their_day():
    told = tables({"1": [event(100, 3), event(125), event((125, 140)), event(None, to="doxorubicin")], "2": []})
    rows = told["over_time"]["rows"]
    assert told["over_time"]["imprecise"] == 1
    assert [(row["months"], row["any"]["n"], row["severe"]["n"], row["of"]) for row in rows] == [
        ("0–1", 1, 1, 2), ("1–2", 0, 0, 2), ("2–3", 0, 0, 2), ("3–6", 0, 0, 2),
    ]  # fmt: skip


def test_nothing_recorded_gives_nothing():
    assert tables({"1": [], "2": []}, centres=()) == {}
