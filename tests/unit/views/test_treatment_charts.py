import json
import re
import xml.etree.ElementTree as ET

import pytest

from leiomyo.views import charts, lines_section, treatment_charts
from leiomyo.views.timeline import not_drawn, patient_timeline
from leiomyo.views.treatment_charts import OTHER, OTHER_NAME, SIGNS, line_flow, regimen_colours, swimmer
from tests.unit.views.events import EVENTS, event


def lines_of(counts):
    """Results of lines in which each regimen was given to so many patients, all in line 1 and nothing after it."""
    nodes = [{"line": 1, "regimen": name, "label": name.upper(), "n": n} for name, n in counts.items()]
    none = {"line": 2, "regimen": "none", "label": "No further line", "n": sum(counts.values())}
    links = [{"line": 1, "from": name, "to": "none", "n": n} for name, n in counts.items()]
    return {"flow": {"patients": none["n"], "through": 4, "beyond": 0, "nodes": [*nodes, none], "links": links}}


def words(svg):
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_a_regimen_has_one_colour_in_the_flow_the_lanes_and_the_table(results):
    lines = results["lines"]
    hues = regimen_colours(lines)
    assert len(set(hues.values())) == len(hues) <= len(charts.PALETTE)
    for row in line_flow(lines).spec["datasets"]["block"]:
        name = next((regimen for regimen, label in treatment_charts.regimen_names(lines).items()
                     if label == row["name"]), None)  # fmt: skip
        assert row["colour"] == hues.get(name, charts.GREY if name == "none" else treatment_charts.OTHER_COLOUR)
    for bar in swimmer(lines).spec["datasets"]["bar"]:
        assert bar["colour"] == hues.get(bar["key"], treatment_charts.OTHER_COLOUR)
    table = {row["label"]: row["hue"] for row in lines_section.lines(lines)["regimens"]}
    assert table["Doxorubicin"] == hues["doxorubicin"]


def test_few_regimens_are_all_shown_and_many_are_pooled_but_keep_their_rows():
    few = line_flow(lines_of({f"r{i}": 1 for i in range(9)}))
    assert OTHER_NAME not in few.note and len(few.key) == 10
    many = line_flow(lines_of({f"r{i}": 30 - i for i in range(30)}))
    assert OTHER_NAME in [name for name, _ in many.key]
    assert "pools 22 regimens" in many.note
    assert len(many.rows) == 30


def test_a_regimen_of_one_patient_gets_no_colour_of_its_own_where_there_are_many():
    hues = regimen_colours(lines_of({"a": 5, "b": 2} | {f"r{i}": 1 for i in range(12)}))
    assert list(hues) == ["a", "b"]


def test_the_flow_names_its_blocks_beside_them_and_says_who_had_each_line(results):
    figure = line_flow(results["lines"])
    said = words(charts.svg(figure.spec))
    assert "20 patients" in " ".join(said) and "Line 1" in " ".join(said)
    assert sum("Pazopanib" in text for text in said) >= 3
    assert "Line 1, 20 patients: " in figure.alt
    assert sum(row["patients"] for row in figure.rows if row["line"] == 1) == 20


def test_on_a_narrow_screen_the_flow_keeps_its_counts_and_drops_the_names(results):
    import vl_convert

    spec = charts.fit(line_flow(results["lines"]).spec, 328)
    said = words(vl_convert.vegalite_to_svg(spec, vl_version=charts.VEGA_LITE, config=charts.theme()))
    assert "Pazopanib" not in said and any("n = 20" in text for text in said)


def test_as_many_bars_as_lines_and_as_many_signs_as_days_on_which_something_happened(results):
    told = results["lines"]["swimmer"]
    spec = swimmer(results["lines"]).spec
    assert len(spec["datasets"]["bar"]) == sum(len(one["bars"]) for one in told["patients"])
    days = {(i, mark["kind"], mark["day"]) for i, one in enumerate(told["patients"]) for mark in one["marks"]
            if mark["kind"] in SIGNS}  # fmt: skip
    alive = sum(not one["dead"] for one in told["patients"])
    assert len(spec["datasets"]["sign"]) == len(days) + alive


def test_lanes_that_are_a_sample_say_so(results):
    figure = swimmer(results["lines"])
    assert figure.note.startswith("20 of 22 (91 %) treated patients are shown")
    results["lines"]["swimmer"]["shown"] = results["lines"]["swimmer"]["of"] = 20
    assert "are shown" not in swimmer(results["lines"]).note


def test_two_patients_of_one_name_in_two_centres_have_a_lane_each():
    one = {"patient": "P1", "end_day": 90, "dead": True, "marks": [],
           "bars": [{"line": 1, "regimen": "a", "label": "A", "start_day": 5, "end_day": None, "open": True}]}  # fmt: skip
    figure = swimmer({"swimmer": {"of": 2, "shown": 2, "patients": [{"centre": c, **one} for c in ("N", "S")]}})
    assert figure.spec["params"][0]["value"] == ["P1", "P1"]
    assert words(charts.svg(figure.spec)).count("P1") == 2
    assert "whose last day is not recorded" in figure.note


def test_a_sign_of_the_key_is_the_shape_in_the_drawing(results):
    figure = swimmer(results["lines"])
    assert {sign["shape"] for sign in figure.spec["datasets"]["sign"]} == {path for _, path in figure.signs}


def test_no_line_gives_no_chart_and_no_section():
    assert line_flow({}) is None and swimmer({}) is None
    assert lines_section.lines({}) is None and lines_section.rules({}) is None


def test_an_unknown_setting_of_line_0_has_its_row_even_where_there_is_none(results):
    assert [row["label"] for row in lines_section.lines(results["lines"])["settings"]] == [
        "After the operation (adjuvant)", "Unknown",
    ]  # fmt: skip


def test_every_exposure_is_counted_in_one_standing(results):
    placed = lines_section.lines(results["lines"])["placed"]
    assert sum(row["n"] for row in placed) == sum(row["n"] for row in results["lines"]["tables"]["placed"])
    assert {row["label"]: row["n"] for row in placed}["Supportive, never a line"] == 2


def test_the_rules_in_use_stand_with_their_meaning(results):
    rules = lines_section.rules(results["lines"])
    assert rules["version"] == results["lines"]["rules"]["version"]
    restart = next(row for row in rules["thresholds"] if row["name"] == "restart_gap_days")
    assert restart["value"] == 120 and "re-challenge" in restart["meaning"]


def test_the_timeline_has_a_row_for_each_drug_under_its_lane():
    figure = patient_timeline(EVENTS)
    rows = figure.spec["encoding"]["y"]["scale"]["domain"]
    assert rows[:4] == ["0#Drugs", "0 Gemcitabine", "0 Docetaxel", "0 Pazopanib"]
    assert [row[2:] for row in rows if row[1] == "#"] == ["Drugs", "Radiation", "Surgery", "Disease", "Contact"]
    assert "Drugs" in words(charts.svg(figure.spec))


def test_an_imprecise_start_is_drawn_with_its_span():
    spans = [row for row in patient_timeline(EVENTS).spec["datasets"]["event"] if row.get("low") is not None]
    assert [(row["row"], row["low"], row["high"]) for row in spans] == [("0 Gemcitabine", 13.31, 14.29)]


def test_what_has_no_day_or_came_long_before_is_listed_and_not_drawn():
    assert [one["label"] for one in not_drawn(EVENTS)] == ["Anastrozole", "Local recurrence"]
    figure = patient_timeline(EVENTS)
    assert "2 without a day in this span are listed beneath" in figure.note
    assert len(figure.rows) == len(EVENTS)


def test_words_stand_beside_an_event_only_where_there_is_room():
    crowd = [event("recurrence", "Distant metastasis", 100 + 3 * i, detail="Soft tissue or muscle") for i in range(9)]
    rows = patient_timeline([event("diagnosis", "Diagnosis", 0), *crowd]).spec["datasets"]["event"]
    assert [row["side"] for row in rows if row["kind"] == "recurrence"].count("") == 8


@pytest.mark.parametrize("course", [[], EVENTS[-1:], EVENTS[:1], EVENTS[1:2]])
def test_a_course_with_next_to_nothing_is_drawn_all_the_same(course):
    assert "NaN" not in charts.svg(patient_timeline(course).spec)


def test_the_charts_carry_only_json(results):
    for figure in (line_flow(results["lines"]), swimmer(results["lines"]), patient_timeline(EVENTS)):
        assert json.loads(json.dumps(figure.spec, allow_nan=False)) == figure.spec
        assert re.search(r"\d", figure.alt)


def test_other_regimens_is_no_name_that_a_source_can_give():
    assert OTHER.startswith("#")
