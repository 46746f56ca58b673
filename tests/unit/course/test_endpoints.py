"""Endpoints from any start: worked courses, and the public cases P1, P5 and P10."""

from __future__ import annotations

import datetime

import pytest

from leiomyo.course.endpoints import ENDPOINTS, Time
from leiomyo.course.growth import GrowthModulation, growth_modulation
from leiomyo.course.starts import Excluded, start_of
from leiomyo.course.timeline import Course
from leiomyo.outcomes.lines import line_flow, line_tables
from tests.unit.course.making import drug, made, operation, said, spread


def time(course: Course, endpoint: str, index: str = "diagnosis", line: int | None = None):
    start = start_of(course, "line" if line is not None else index, line)
    outcome = start if isinstance(start, Excluded) else ENDPOINTS[endpoint].rule(course, start)
    if isinstance(outcome, Excluded):
        return outcome.reason
    assert isinstance(outcome, Time)
    return (outcome.days.low, outcome.days.high, outcome.cause)


def on(text: str) -> int:
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


# --- P1: one course, any anchor -------------------------------------------------------------------------


@pytest.fixture
def anchored() -> Course:
    return made(
        operation(on("2018-02-01")), said("distant_metastasis", on("2019-03-01"), site="lung"),
        drug("doxorubicin", on("2019-03-20"), on("2019-07-01")), said("progression", on("2019-07-10")),
        drug("trabectedin", on("2019-07-20")), diagnosis=on("2018-01-10"), alive=on("2020-07-20"),
    )  # fmt: skip


@pytest.mark.parametrize(("endpoint", "index", "line", "days", "cause"), [
    ("os", "diagnosis", None, 922, None), ("os", "first-metastasis", None, 507, None), ("os", "line", 1, 488, None),
    ("os", "definitive-surgery", None, 900, None), ("pfs", "line", 1, 112, "progression"),
    ("ttp", "line", 1, 112, "progression"), ("ttnt", "line", 1, 122, "next line"), ("ttd", "line", 1, 103, "end of treatment"),
    ("rfs", "definitive-surgery", None, 393, "recurrence"), ("dmfs", "diagnosis", None, 415, "distant metastasis"),
    ("lrfs", "definitive-surgery", None, 900, None), ("efs", "diagnosis", None, 415, "new tumour event"),
    ("pfs", "line", 2, 366, None),
])  # fmt: skip
def test_p1_each_endpoint_from_its_anchor(
    anchored: Course, endpoint: str, index: str, line: int, days: int, cause: str
) -> None:
    assert time(anchored, endpoint, index, line) == (days, days, cause)


def test_the_deciding_rows_stand_beside_each_time(anchored: Course) -> None:
    start = start_of(anchored, "line", 1)
    outcome = ENDPOINTS["pfs"].rule(anchored, start)
    assert outcome.evidence == (f"drugs:doxorubicin:{on('2019-03-20')}", f"status:progression:{on('2019-07-10')}")


# --- P5: three dated events -----------------------------------------------------------------------------


def test_p5_local_at_424_and_distant_at_610_with_two_sites() -> None:
    course = made(operation(10), said("local_recurrence", 424), said("distant_metastasis", 610, site="lung"),
                  said("distant_metastasis", 610, site="liver"))  # fmt: skip
    assert time(course, "lrfs", "definitive-surgery") == (414, 414, "local recurrence")
    assert time(course, "dmfs") == (610, 610, "distant metastasis")
    assert time(course, "rfs", "diagnosis") == (424, 424, "recurrence")


# --- P10: who reached which line ------------------------------------------------------------------------


@pytest.fixture
def four() -> list[Course]:
    return [
        made(spread(), patient="A"),
        made(spread(), drug("doxorubicin", 0, 90), patient="B"),
        made(spread(), drug("doxorubicin", 0, 90), drug("gemcitabine", 120, 200), drug("docetaxel", 128, 200), patient="C"),
        made(spread(), drug("doxorubicin", 0, 90), drug("ifosfamide", 0, 90), drug("trabectedin", 120, 200),
             drug("doxorubicin", 400, 460), patient="D"),
    ]  # fmt: skip


def test_p10_reached_and_last_lines(four: list[Course]) -> None:
    tables = line_tables(four)
    assert [row["patients"] for row in tables["reached"]] == [3, 2, 1]
    assert [row["patients"] for row in tables["last"]] == [1, 1, 1, 1]
    assert four[2].line(2).regimen == "gem_doc"
    assert "re-challenge" in four[3].line(3).reason


def test_p10_the_tables_and_the_rows_agree(four: list[Course]) -> None:
    flow, tables = line_flow(four), line_tables(four)
    reached = {row["line"]: row["patients"] for row in tables["reached"]}
    for number in (1, 2, 3):
        assert sum(row["patients"] for row in tables["regimens"] if row["line"] == number) == reached[number]
        assert (
            sum(node["n"] for node in flow["nodes"] if node["line"] == number and node["regimen"] != "none")
            == reached[number]
        )


# --- each endpoint's own edges --------------------------------------------------------------------------


@pytest.mark.parametrize(("residual", "outcome"), [
    ("R0", (490, 490, None)), ("R1", (490, 490, None)), ("R2", "not free of disease after surgery (R2)"),
    ("RX", "residual tumour not known"), (None, "residual tumour not known"),
])  # fmt: skip
def test_recurrence_counts_only_for_those_made_free_of_disease(residual: str | None, outcome: object) -> None:
    assert time(made(operation(10, residual=residual), alive=500), "rfs", "definitive-surgery") == outcome


def test_a_recurrence_on_the_day_of_the_operation_is_why_it_was_done() -> None:
    assert time(made(operation(10), said("local_recurrence", 10)), "rfs", "definitive-surgery") == (
        "recurrence or spread before the definitive operation")  # fmt: skip
    assert time(made(operation(10), said("local_recurrence", 11)), "rfs", "definitive-surgery") == (1, 1, "recurrence")


@pytest.mark.parametrize(("cause", "outcome"), [
    ("disease", (400, 400, "death of leiomyosarcoma")), ("treatment", (400, 400, "death of leiomyosarcoma")),
    ("other", (400, 400, "death of another cause")), ("other_cancer", (400, 400, "death of another cause")),
    ("unknown", "dead, cause of death not recorded"), (None, "dead, cause of death not recorded"),
])  # fmt: skip
def test_the_cause_of_death_is_never_guessed(cause: str | None, outcome: object) -> None:
    assert time(made(dead=400, cause_of_death=cause), "dss") == outcome


def test_a_next_line_without_progression_censors_progression_free_survival() -> None:
    course = made(spread(), drug("doxorubicin", 0, 90), drug("trabectedin", 150, 200), alive=400)
    assert time(course, "pfs", line=1) == (150, 150, None)
    assert time(course, "ttnt", line=1) == (150, 150, "next line")


def test_progression_told_only_as_a_response_lies_before_the_next_line() -> None:
    course = made(spread(), drug("doxorubicin", 10, 90, response="PD"), drug("trabectedin", 150, 200), alive=400)
    assert time(course, "pfs", line=1) == (1, 140, "progression")


def test_death_under_a_line_is_an_event_of_pfs_and_censors_time_to_progression() -> None:
    course = made(spread(), drug("doxorubicin", 0, 90), dead=100)
    assert time(course, "pfs", line=1) == (100, 100, "death")
    assert time(course, "ttp", line=1) == (100, 100, None)


@pytest.mark.parametrize(("rows", "outcome"), [
    ([drug("pazopanib", 0, None, ongoing=True)], (400, 400, None)),
    ([drug("pazopanib", 0, None)], "the end of treatment is not recorded"),
    ([drug("pazopanib", 0, None), drug("trabectedin", 150, 200)], (0, 150, "end of treatment")),
])  # fmt: skip
def test_the_end_of_treatment_is_ongoing_unknown_or_bounded(rows: list, outcome: object) -> None:
    assert time(made(spread(), *rows, alive=400), "ttd", line=1) == outcome


def test_imprecise_days_give_an_interval() -> None:
    course = made(diagnosis=(0, 29), dead=(215, 580))
    assert time(course, "os") == (186, 580, "death")


def test_spread_without_a_day_leaves_out_of_recurrence_but_not_of_survival() -> None:
    course = made(operation(10), said("distant_metastasis", None), alive=500)
    assert time(course, "rfs", "diagnosis") == "a recurrence without a day"
    assert time(course, "os") == (500, 500, None)


@pytest.mark.parametrize(("second", "ratio", "at_least"), [(233, 1.33, False), (240, 1.4, False)])
def test_growth_modulation_is_the_ratio_of_two_times_to_progression(second: int, ratio: float, at_least: bool) -> None:
    course = made(spread(), drug("doxorubicin", 0, 90), said("progression", 100), drug("trabectedin", 100, 200),
                  said("progression", second), alive=400)  # fmt: skip
    found = growth_modulation(course, 2)
    assert isinstance(found, GrowthModulation)
    assert (found.ratio, found.at_least) == (pytest.approx(ratio), at_least)


def test_growth_modulation_needs_a_dated_progression_before() -> None:
    course = made(spread(), drug("doxorubicin", 0, 90), drug("trabectedin", 200, 300), alive=400)
    assert growth_modulation(course, 2) == Excluded("no progression recorded on line 1")


@pytest.mark.parametrize("name", list(ENDPOINTS))
def test_every_endpoint_has_a_definition_events_and_a_start(name: str) -> None:
    rule = ENDPOINTS[name]
    assert rule.definition
    assert rule.causes
    assert rule.index in rule.indices


# --- nothing happens after death, and the first of several is the first ---------------------------------


def test_nothing_that_is_dated_after_death_counts() -> None:
    course = made(
        spread(), drug("doxorubicin", 10, 420), said("progression", 450), drug("trabectedin", 500, 510), dead=400
    )
    assert time(course, "pfs", line=1) == (390, 390, "death")
    assert time(course, "ttnt", line=1) == (390, 390, "death")
    assert time(course, "ttd", line=1) == (390, 390, "end of treatment")


def test_death_bounds_an_imprecise_event() -> None:
    course = made(said("progression", (365, 730)), dead=425)
    assert time(course, "efs") == (365, 425, "new tumour event")


def test_the_first_of_several_imprecise_events_is_no_later_than_the_earliest_of_them() -> None:
    course = made(said("local_recurrence", 300), said("distant_metastasis", (0, 364)))
    assert time(course, "efs") == (0, 300, "new tumour event")


def test_ticked_as_running_though_the_next_line_began_is_an_unknown_end() -> None:
    course = made(
        spread(),
        drug("pazopanib", 0, None, ongoing=True),
        said("progression", 100),
        drug("trabectedin", 120, 200),
        dead=890,
    )
    assert time(course, "ttd", line=1) == (0, 120, "end of treatment")
