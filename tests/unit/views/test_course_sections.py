"""Outcomes by line, comparisons, doubtful records and the disease course, from results to what the page says."""

import re

import pytest

from leiomyo.views import charts, comparison_section, curves
from leiomyo.views.disease import disease
from leiomyo.views.doubt import doubt
from leiomyo.views.dumbbell import axis, dumbbell
from leiomyo.views.line_outcomes import FEWEST_RESPONSES, line_outcomes


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<footer")[0]))


@pytest.fixture
def told(results):
    return line_outcomes(results["lines"])


def test_the_number_at_risk_of_a_panel_is_that_of_the_results(results):
    for line in results["lines"]["outcomes"][:-1]:
        for name in ("pfs", "ttnt"):
            group = line[name]["groups"][0]
            for row in group["risk_table"]:
                assert curves.at_risk(group["curve"], row["days"]) == row["at_risk"]


def test_each_line_has_a_panel_with_limits_and_all_share_one_axis(told):
    for figure in told["figures"]:
        rows = figure.spec["datasets"]["group"]
        panels = list(dict.fromkeys(row["panel"] for row in rows))
        assert panels == ["Line 1, n = 20", "Line 2, n = 18", "Line 3, n = 12"]
        end, ticks = (param["value"] for param in figure.spec["params"][:2])
        assert max(row["months"] for row in rows) <= end
        for panel in panels:
            risk = [row["months"] for row in rows if row["panel"] == panel and row["kind"] == "risk"]
            assert risk == pytest.approx(ticks, abs=0.01)
        assert any(row.get("low") is not None for row in rows)


def test_a_curve_that_is_cut_says_so_and_its_numbers_are_whole(results, told):
    figure = told["figures"][0]
    assert "Drawn to 18 months; the numbers go on to 58 months." in figure.note
    whole = sum(len(line["pfs"]["groups"][0]["curve"]) for line in results["lines"]["outcomes"][:-1])
    assert len(figure.rows) == whole


def test_one_line_alone_has_one_wide_panel(results):
    results["lines"]["outcomes"] = results["lines"]["outcomes"][:1]
    figure = line_outcomes(results["lines"])["figures"][0]
    assert figure.spec["usermeta"]["panels"] == 1
    assert "NaN" not in charts.svg(figure.spec)


def test_a_median_past_the_end_of_the_drawing_is_not_drawn_but_told(results):
    group = results["lines"]["outcomes"][0]["pfs"]["groups"][0]
    assert curves.until(group, 100, [0])["median_days"] is None
    assert curves.until(group, 400, [0])["median_days"] == group["median_days"]


def test_progressions_known_only_as_a_best_response_are_counted_beside_the_median_they_move(told):
    assert [row["line"] for row in told["doubts"]] == [2, 3]
    assert told["doubts"][1]["why"].startswith("In 11 of 12 (92 %): Progression is known only as the best response")


def test_what_holds_of_one_line_only_is_said_of_it_alone(told):
    texts = next(item["texts"] for item in told["definitions"] if item["label"] == "Time on treatment")
    assert "Line 3: Left out: 1 (the end of treatment is not recorded)." in texts
    assert "Limits: 95 %, log-log." in texts


def test_lines_whose_response_is_not_recorded_stand_in_the_table(results, told):
    for row in told["responses"]:
        had = sum(one["patients"] for one in results["lines"]["tables"]["regimens"]
                  if one["line"] and one["label"] == row["group"])  # fmt: skip
        assert row["unknown"] == max(0, had - row["n"])


def test_the_forest_leaves_out_regimens_of_hardly_any_response_and_says_how_many(told):
    shown = told["forest"].spec["datasets"]["forest"]
    assert all(row["n"] >= FEWEST_RESPONSES for row in shown)
    assert f"{len(told['responses']) - len(shown)} more regimens" in told["forest"].note
    assert "1/6, 17 % (0–64)" in [row["text"] for row in shown]


@pytest.mark.parametrize("empty", [{}, {"outcomes": []}, {"outcomes": [{"line": None, "responses": []}]}])
def test_lines_without_outcomes_give_no_part(empty):
    assert line_outcomes(empty) is None


def test_the_page_tells_the_growth_index_with_its_caution(results, render):
    text = words(render(results))
    assert "they lived to progress and to be treated again" in text
    assert "5 of 18 (28 %)" in text and "1.21" in text


def test_an_answer_gives_the_ratio_its_limits_and_never_advice(results, render):
    text = words(render(results))
    assert "Does radiation or chemotherapy after the operation help where margins were narrow or not clear?" in text
    assert re.search(r"Hazard ratio 0\.66 , 95 % limits 0\.58–0\.76; 800 patients", text)
    assert "For research, never a recommendation" in text
    assert "+12.9 +7.5 to +18.3" in text
    assert "With 17 more for whom the condition is unknown: hazard ratio 0.68 (95 % limits 0.59–0.78)" in text
    assert "Left out: 12 (an adjuster is unknown)" in text


def test_limits_that_hold_1_are_said_to_decide_nothing():
    said = comparison_section.answer({"endpoint": "rfs", "estimate": 0.8, "conf_low": 0.5, "conf_high": 1.2})
    assert "with benefit, with harm and with no difference" in said
    assert "higher rate" in comparison_section.answer({"estimate": 2.0, "conf_low": 1.2, "conf_high": 3.0})


def test_a_group_that_lacks_patients_is_named_with_its_counts(results):
    answered = comparison_section.comparisons(results["comparisons"])[0]
    assert [(row["column"], row["told"], row["why"]) for row in answered["lacking"]] == [
        ("Site of origin and tumour size", "Uterine, Over 10 to 15 cm", "in one group nobody has it")
    ]


def test_both_curves_end_where_their_own_steps_end(results):
    figure = comparison_section.comparisons(results["comparisons"])[0]["figure"]
    rows = figure.spec["vconcat"] and figure.spec["datasets"]
    assert {row["group"] for row in rows["curve"]} == {"Start within 180 days", "Do not start within 180 days"}
    assert len(figure.rows) == sum(len(arm["steps"]) for arm in results["comparisons"][0]["curves"])
    assert len([row for row in rows["risk"] if row["group"] == "Start within 180 days"]) <= 7


def test_a_refusal_says_why_where_the_answer_would_stand_and_among_the_refused(results, render):
    html = render(results)
    reason = "the day of the definitive operation is not recorded (13)"
    assert html.count(reason) == 2
    outcomes, _, caution = html.partition('<section id="caution"')
    assert "These records do not answer." in outcomes and reason in caution
    assert "Left out: 13 (the day" not in words(outcomes)


def test_columns_are_told_in_words(results):
    for one in comparison_section.comparisons(results["comparisons"]):
        text = " ".join([one["who"], *one["assumptions"], *one["adjusted"]])
        assert "size_band" not in text and "residual_tumor" not in text and " in (" not in text


def test_a_comparison_that_is_neither_answered_nor_refused_is_not_shown():
    assert comparison_section.comparisons([{"treatment": "adjuvant-radiation"}]) == []


def test_a_ring_stands_for_everybody_and_a_disc_for_the_rest(results):
    told = doubt(results["impact"])
    rows = told["figure"].spec["datasets"]["pair"]
    assert [(row["from"], row["to"]) for row in rows] == [
        (flag["survival_with"], flag["survival_without"]) for flag in results["impact"]["flags"]
    ]
    assert told["sentences"] == [flag["sentence"] for flag in results["impact"]["flags"]]
    assert len(told["figure"].signs) == 2 and "n = 4" in rows[1]["text"]


def test_a_flag_without_an_estimate_is_told_in_words_only(results):
    results["impact"]["flags"] = [results["impact"]["flags"][0] | {"survival_without": None}]
    told = doubt(results["impact"])
    assert told["figure"] is None and len(told["sentences"]) == 1


def test_readings_of_vague_dates_stand_in_the_page(results, render):
    assert "At the earliest days they allow 48.1 %" in words(render(results))


def test_no_doubtful_record_is_said_too(results, render):
    results["impact"] = {"endpoint": "os", "days": 1826, "flags": [], "readings": []}
    assert "nothing to leave out" in words(render(results))


def test_unknown_status_has_a_row_even_where_there_is_none(results):
    told = disease(results["disease"])
    assert [row["label"] for row in told["status"]][-1] == "Unknown"
    assert sum(row["n"] for row in told["status"]) == told["of"] == 64
    results["disease"]["status"] = [{"status": "NED", "n": 64}]
    assert disease(results["disease"])["status"][-1] == {"label": "Unknown", "n": 0, "unknown": True}


def test_spread_that_no_row_tells_of_is_grey_and_last(results):
    rows = disease(results["disease"])["spread"]
    assert [row["label"] for row in rows] == [
        "Within 90 days of diagnosis", "Later", "On a day not recorded", "No spread recorded",
    ]  # fmt: skip
    assert [row["unknown"] for row in rows] == [False, False, False, True]


def test_a_cohort_without_a_disease_course_has_no_part():
    assert disease({}) is None and disease({"spread": [], "status": []}) is None


def test_the_axis_holds_every_value_and_its_ticks_are_round():
    first, last, ticks = axis([-0.877, 0.877, 0.1], 0.4)
    assert (first, last) == (-1.0, 1.0) and ticks[0] == first and ticks[-1] == last


def test_a_pair_without_a_value_draws_what_it_has():
    row = {"row": "A", "name": "A", "from": 0.5, "to": None, "text": "", "said": "0.5", "colour": charts.ACCENT}
    assert "NaN" not in charts.svg(dumbbell("T", [row], ends=("a", "b"), kept=[]).spec)
