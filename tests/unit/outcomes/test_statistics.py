import json

import numpy as np
import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.cox import cox, cox_result
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.incidence import incidence_groups
from leiomyo.outcomes.survival import survival_groups

TIMES, ARMS = [1, 2, 3, 4, 5, 6, 7, 8], list("aabbabba")


def arms(status: list[int], **more: object) -> EventTable:
    return EventTable.from_rows(TIMES, status, strata={"arm": ARMS}, **more)  # type: ignore[arg-type]


def test_all_censored_has_no_median_and_no_test() -> None:
    table = arms([0] * 8)
    curve = table.collapse().kaplan_meier()[0]
    assert curve.survival.tolist() == [1.0] * 8 and curve.median() == (0.5, None, None, None)
    test = table.logrank()
    assert (test.chi2, test.df, test.p_value) == (None, None, None) and test.reason


def test_nobody_censored_brings_the_curve_to_zero() -> None:
    curve = arms([1] * 8).collapse().kaplan_meier()[0]
    assert curve.survival[-1] == 0.0 and np.isnan(curve.low[-1])
    assert curve.milestone(100).survival == 0.0


def test_survival_is_not_given_beyond_the_last_follow_up() -> None:
    milestone = EventTable.from_rows([5, 9], [1, 0]).kaplan_meier()[0].milestone(10)
    assert milestone.survival is None and milestone.at_risk == 0


def test_a_stratum_that_empties_keeps_its_curve_at_zero() -> None:
    curve = EventTable.from_rows([3, 9, 9], [1, 1, 0], entry=[0, 5, 5]).kaplan_meier()[0]
    assert curve.survival.tolist() == [0.0, 0.0] and curve.at_risk.tolist() == [1, 2]


def test_cumulative_incidence_of_tied_causes_does_not_hang_on_the_order_of_rows() -> None:
    rows = [(6, 1), (6, 2), (6, 0), (12, 1), (12, 2), (12, 0), (18, 1), (18, 0), (24, 2), (24, 0)]
    for shuffled in (rows, rows[::-1], sorted(rows, key=lambda row: row[1])):
        curves = EventTable.from_rows([t for t, _ in shuffled], [c for _, c in shuffled]).cumulative_incidence()
        values = [[round(curve.milestone(time)[0], 4) for time in (6, 12, 18, 24)] for curve in curves]
        assert values == [[0.1, 0.2143, 0.3571, 0.3571], [0.1, 0.2143, 0.2143, 0.4286]]
        assert [round(curves[0].milestone(time)[0], 4) for time in (0, 11, 13)] == [0.0, 0.1, 0.2143]


def test_gray_is_refused_under_late_entry_and_says_why() -> None:
    table = EventTable.from_rows([5, 6, 7], [1, 2, 1], entry=[0, 2, 0], strata={"arm": list("aab")})
    with pytest.raises(InputError, match="late entry") as caught:
        table.gray()
    assert caught.value.code == "LM-A008"
    answer = incidence_groups(table, by="arm", milestones=[6])
    assert answer["test"]["chi2"] is None and "late entry" in answer["test"]["reason"]


def test_survival_json_has_the_shape_of_the_design() -> None:
    table = EventTable.from_rows(
        [10, 400, 900, 30, 800], [1, 1, 0, 1, 0], strata={"margin": ["R1", "R0", "R0", None, "R1"]}
    )
    answer = survival_groups(table, by="margin", milestones=[365], order=["R1", "R0"])
    assert json.loads(json.dumps(answer)) == answer
    assert [group["group"]["margin"] for group in answer["groups"]] == ["R1", "R0", "unknown"]
    first = answer["groups"][0]
    assert {"group", "n", "events", "median_days", "median_ci_days", "follow_up_median_days", "milestones"} <= set(
        first
    )
    assert {"days", "survival", "low", "high", "at_risk"} == set(first["milestones"][0])
    assert first["curve"][0] == {
        "days": 0, "survival": 1.0, "low": 1.0, "high": 1.0, "at_risk": 2, "events": 0, "censored": 0,
    }  # fmt: skip
    assert answer["test"]["groups"] == ["R1", "R0"] and answer["test"]["left_out"] == 1
    asked = survival_groups(table, by="margin", milestones=[], include_unknown_in_test=True)
    assert asked["test"]["groups"] == ["R0", "R1", "unknown"]


def test_one_group_of_everybody_has_no_test() -> None:
    answer = survival_groups(EventTable.from_rows([5], [1]), by=None, milestones=[2])
    assert answer["test"] is None and answer["groups"][0]["group"] == {}
    assert answer["groups"][0]["median_days"] == 5.0


def test_months_come_out_in_days() -> None:
    answer = survival_groups(EventTable.from_rows([2.5, 4], [1, 1], unit="month"), by=None, milestones=[100])
    assert answer["groups"][0]["median_days"] == pytest.approx(3.25 * 30.4375)
    assert answer["groups"][0]["milestones"][0]["survival"] == 0.5


def test_survival_at_day_zero_is_in_the_curve() -> None:
    curve = survival_groups(EventTable.from_rows([0, 4], [1, 0]), by=None, milestones=[])["groups"][0]["curve"]
    assert [(row["days"], row["survival"], row["at_risk"]) for row in curve] == [
        (0, 1.0, 2),
        (0.0, 0.5, 2),
        (4.0, 0.5, 1),
    ]


def test_sparse_levels_are_refused_by_name() -> None:
    answer = cox_result(arms([1, 1, 1, 1, 1, 0, 0, 0]), ["arm"])
    assert answer["terms"] == []
    assert [row["level"] for row in answer["refused"]] == ["a", "b"]
    assert cox_result(arms([1] * 5 + [0] * 3), ["arm"], allow_sparse=True)["terms"][0]["hazard_ratio"] > 0


def test_a_monotone_likelihood_is_refused_by_name() -> None:
    table = EventTable.from_rows(list(range(1, 17)), [1] * 16, strata={"arm": ["a"] * 8 + ["b"] * 8})
    refused = cox(table, ["arm"]).refused
    assert [(row.term, row.level) for row in refused] == [("arm", "b")] and "monotone" in refused[0].reason


def test_covariates_that_say_the_same_are_refused() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    table = EventTable.from_rows(rng.integers(1, 50, 60), [1] * 60, strata={"a": labels, "b": labels + 5})
    assert {row.term for row in cox(table, ["a", "b"]).refused} == {"a", "b"}


def test_unknown_covariates_are_left_out_of_the_model_and_counted() -> None:
    table = EventTable.from_rows(range(1, 25), [1] * 24, strata={"arm": ["a", "b", None] * 8})
    assert cox(table, ["arm"]).left_out == 8


def test_linear_covariates_take_their_numbers() -> None:
    rng = np.random.default_rng(4)
    age = rng.integers(0, 2, 80)
    table = EventTable.from_rows(rng.integers(1, 99, 80), [1] * 80, strata={"age": age * 10})
    assert cox(table, ["age"], linear=["age"]).coefficients * 10 == pytest.approx(cox(table, ["age"]).coefficients)


def test_results_show_themselves_and_turn_into_tables() -> None:
    table = arms([1] * 8)
    for result in (
        table,
        table.kaplan_meier(),
        table.nelson_aalen(),
        table.cumulative_incidence(),
        table.logrank(),
        table.rmst(5),
        table.cox(["arm"], allow_sparse=True),
        table.cox(["arm"], allow_sparse=True).proportional_hazards(),
    ):
        assert result._repr_html_().startswith("<table>")
        assert result.to_arrow().num_rows == len(result.to_pandas()) > 0


def test_labels_are_escaped_in_a_notebook() -> None:
    table = EventTable.from_rows([1], [1], strata={"arm": ["<script>"]})
    assert "<script>" not in table._repr_html_()


@pytest.mark.parametrize(
    "ask",
    [
        lambda table: table.kaplan_meier(level=1.5),
        lambda table: table.kaplan_meier(ci="wald"),
        lambda table: table.kaplan_meier(cause=9),
        lambda table: table.logrank(weights="gehan"),
        lambda table: table.logrank(trend=[1.0]),
        lambda table: table.collapse(["nothing"]),
        lambda table: table.rmst(0),
        lambda table: table.kaplan_meier()[0].quantile(0),
        lambda table: table.cox([]),
        lambda table: table.cox(["arm"], ties="exact"),
        lambda table: table.cox(["arm"], reference={"arm": "z"}),
        lambda table: table.cox(["arm"], linear=["arm"]),
    ],
)
def test_questions_without_an_answer_are_refused(ask) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        ask(arms([1] * 8))
    assert caught.value.code == "LM-A008"


def test_fleming_harrington_agrees_with_greenwood() -> None:
    import greenwood

    rng = np.random.default_rng(8)
    time, status, arm = rng.integers(1, 40, 300), rng.integers(0, 2, 300), rng.integers(0, 3, 300)
    response = greenwood.Surv(time.astype(float), event=status.astype(bool))
    table = EventTable.from_rows(time, status, strata={"arm": arm})
    for rho, gamma in ((0.0, 1.0), (1.0, 1.0), (0.5, 0.0)):
        theirs = greenwood.logrank_test(response, group=arm, rho=rho, gamma=gamma).statistic
        assert table.logrank(weights=("fh", rho, gamma)).chi2 == pytest.approx(theirs, rel=1e-9)


def test_restricted_means_differ_by_the_area_between_the_curves() -> None:
    difference = arms([1] * 8).rmst(6).differences[0]
    assert difference.term == "arm=b - arm=a"
    assert difference.estimate == pytest.approx(4.75 - 3.5)
    late = arms([0] * 8).rmst(20).differences[0]
    assert late.estimate is None and "nobody was followed" in late.reason


def test_an_excluded_late_entry_does_not_lengthen_the_follow_up() -> None:
    table = EventTable.from_rows([3, 5, 100], [1, 0, 1], entry=[None, None, 100])
    [curve] = table.kaplan_meier()
    assert (table.excluded, curve.last_time) == (1, 5.0)
    assert curve.milestone(50).survival is None
    assert table.rmst(4)


def test_hazards_over_one_event_time_are_not_tested_and_do_not_break_the_answer() -> None:
    table = EventTable.from_rows([5] * 12 + [9] * 8, [1] * 12 + [0] * 8, strata={"arm": ["a", "b"] * 10})
    answer = cox_result(table, ["arm"])
    assert answer["terms"]
    assert answer["proportional_hazards"] == []
