"""Symptoms and adverse events, from results to what the page says."""

import pytest

from leiomyo.views import charts
from leiomyo.views.tolerance_section import tolerance


@pytest.fixture
def told(results):
    return tolerance(results)


def test_each_rate_by_regimen_is_drawn_on_two_denominators_with_its_limits(results, told):
    figure = told["events"]["forest"]
    regimens = results["tolerance"]["adverse_events"]["regimens"]
    assert len(figure.rows) == 2 * len(regimens)
    first = regimens[0]["severe"]["of_recorded"]
    assert figure.rows[0] == {
        "section": "Of those with any event recorded", "name": regimens[0]["label"], "n": first["of"],
        "events": first["n"], "estimate": first["estimate"], "low": first["low"], "high": first["high"],
    }  # fmt: skip


def test_one_denominator_is_drawn_where_both_are_the_same(results):
    regimens = results["tolerance"]["adverse_events"]["regimens"]
    for row in regimens:
        row["recorded"] = row["collected"]
    sections = {row["section"] for row in tolerance(results)["events"]["forest"].rows}
    assert sections == {"Of those with any event recorded"}


def test_regimens_of_few_patients_stand_in_the_table_only(results):
    regimens = results["tolerance"]["adverse_events"]["regimens"]
    regimens[0]["collected"] = 2
    told = tolerance(results)["events"]
    assert regimens[0]["label"] not in {row["name"] for row in told["forest"].rows}
    assert regimens[0] in told["regimens"]
    assert "1 more regimens" in told["forest"].note


def test_time_not_recorded_is_always_a_column_and_others_only_where_somebody_is_in_them(results, told):
    assert [period for period, _ in told["symptoms"]["columns"]] == ["before", "under", "after", "uncertain", "undated"]
    for row in results["tolerance"]["symptoms"]["periods"]:
        row |= {"before": 0, "under": 0, "after": 0, "uncertain": 0, "undated": row["n"]}
    assert [period for period, _ in tolerance(results)["symptoms"]["columns"]] == ["undated"]


def test_without_any_dated_complaint_no_chart_of_periods_is_drawn(results):
    results["tolerance"]["symptoms"] |= {"dated": 0, "lines": [], "over_time": {}}
    told = tolerance(results)["symptoms"]
    assert told["periods"] is None and told["over_time"] is None and told["matrix"]


def test_each_stretch_of_time_says_how_many_of_how_many(results, told):
    figure = told["events"]["over_time"]["figure"]
    row = results["tolerance"]["adverse_events"]["over_time"]["rows"][0]
    drawn = charts.svg(figure.spec)
    assert f"{row['any']['n']}/{row['of']}" in drawn and "Months from start of line" in drawn


def test_every_event_is_in_the_table_of_where_it_stands(results, told):
    assert sum(row["events"] for row in told["events"]["placed"]) == results["tolerance"]["adverse_events"]["events"]
    assert [row["label"] for row in told["events"]["placed"] if row["unknown"]] == [
        "Time not certain", "Not placed: no day, no one regimen",
    ]  # fmt: skip
