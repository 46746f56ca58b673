import numpy as np
import pyarrow as pa
import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.event_table import EventTable


def at_risk(table: EventTable, *ticks: float) -> list[int]:
    return [table.by_stratum()[0].at_risk_at(tick) for tick in ticks]


def test_number_at_risk_rises_when_people_enter_late() -> None:
    table = EventTable.from_rows([2, 5, 9, 8, 10, 12], [1, 1, 0, 1, 0, 1], entry=[0, 0, 0, 3, 4, 6])
    assert at_risk(table, 0, 3, 6, 9, 12) == [3, 2, 3, 3, 1]
    curve = table.kaplan_meier()[0]
    survival = dict(zip(curve.time.tolist(), curve.survival.round(4).tolist(), strict=True))
    assert [survival[time] for time in (2, 5, 8, 12)] == [0.6667, 0.5, 0.375, 0.0]


@pytest.mark.parametrize("nothing", [None, "", 0, float("nan")])
def test_an_empty_entry_is_the_origin(nothing: object) -> None:
    assert EventTable.from_rows([0, 4], [1, 0], entry=[nothing, nothing]) == EventTable.from_rows([0, 4], [1, 0])


def test_everybody_is_at_risk_at_time_zero() -> None:
    table = EventTable.from_rows([0, 0, 3], [1, 0, 1])
    assert at_risk(table, 0) == [3]
    assert table.kaplan_meier()[0].survival.round(4).tolist() == [0.6667, 0.0]


def test_late_entry_at_or_after_the_exit_is_left_out_and_counted() -> None:
    table = EventTable.from_rows([5, 5, 5, 0], [1, 1, 1, 1], entry=[2, 5, 7, 0], strata={"arm": list("aabb")})
    assert (table.persons, table.excluded) == (2, 2)
    assert (table.collapse() + table.collapse()).excluded == 4


def test_no_rows_give_an_empty_table_and_no_traceback() -> None:
    table = EventTable.from_rows([], [])
    assert (table.persons, table.events, table.strata) == (0, 0, [{}])
    assert table.kaplan_meier()[0].median().time is None
    assert table.kaplan_meier()[0].milestone(5).survival is None
    assert table.cumulative_incidence()[0].milestone(5) == (None, None, None, None)
    assert table.rmst(5).means[0].estimate is None
    assert table.logrank().chi2 is None
    assert EventTable.from_rows([], [], strata={"arm": []}).strata == []


def test_causes_may_be_words_in_any_order() -> None:
    words = EventTable.from_rows([1, 2, 3, 4], ["lms", "censored", "other", "lms"])
    assert words.causes == ("lms", "other")
    assert words.cumulative_incidence()[0].cause == "lms"
    nobody, empty = EventTable.from_rows([1], ["censored"]), EventTable.from_rows([], [])
    assert nobody + words + empty == EventTable.from_rows([1, 1, 2, 3, 4], ["censored", "lms", "0", "other", "lms"])
    assert EventTable.from_rows([1, 2], ["2", "0"]).causes == (1, 2)
    assert EventTable.from_rows([1, 2], [7, 3]).causes == (1, 3, 7)
    assert EventTable.from_rows([1, 2], [100, 0]).causes == (1, 100)


def test_unknown_labels_are_a_stratum_of_their_own_and_come_last() -> None:
    table = EventTable.from_rows([1, 2, 3, 4], [1] * 4, strata={"arm": ["b", None, "a", float("nan")]})
    assert table.strata == [{"arm": "a"}, {"arm": "b"}, {"arm": None}]
    assert table.select(arm=None).persons == 2


@pytest.mark.parametrize("labels", [[3, 1, 2], [True, False, True], ["x", "y", "x"], [10**9, 5, -7], [0.5, 2.5, 0.5]])
def test_any_kind_of_label_is_kept(labels: list[object]) -> None:
    table = EventTable.from_rows([1, 2, 3], [1, 1, 0], strata={"g": labels})
    assert {stratum["g"] for stratum in table.strata} == set(labels)
    same = EventTable.from_rows([1, 2, 3], [1, 1, 0], strata={"g": np.asarray(labels)})
    assert same == table


def test_fractional_months_are_kept_exactly() -> None:
    table = EventTable.from_rows([0.1, 0.3, 12.25], [1, 1, 0], unit="month")
    assert table.per_unit == 100
    assert table.kaplan_meier()[0].time.tolist() == [0.1, 0.3, 12.25]


def test_tables_of_unequal_ticks_add_without_loss() -> None:
    tenths, whole = (EventTable.from_rows(times, [1, 1], unit="month") for times in ([0.1, 2.5], [1, 2]))
    assert whole + tenths == EventTable.from_rows([1, 2, 0.1, 2.5], [1] * 4, unit="month")


def test_tables_of_other_units_or_names_do_not_add() -> None:
    days = EventTable.from_rows([1], [1])
    with pytest.raises(InputError, match="days and in months"):
        days + EventTable.from_rows([1], [1], unit="month")
    with pytest.raises(InputError, match="do not add"):
        days + EventTable.from_rows([1], [1], strata={"arm": ["a"]})


def test_names_in_another_order_add() -> None:
    one = EventTable.from_rows([1], [1], strata={"a": [1], "b": ["x"]})
    other = EventTable.from_rows([1], [1], strata={"b": ["x"], "a": [1]})
    assert (one + other).persons == 2 and len((one + other).strata) == 1


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"exit": [-1], "status": [1]}, "before the origin"),
        ({"exit": [None], "status": [1]}, "missing"),
        ({"exit": ["soon"], "status": [1]}, "not a number"),
        ({"exit": [1], "status": [None]}, "status is missing"),
        ({"exit": [1], "status": [-1]}, "status"),
        ({"exit": [1], "status": [0.5]}, "status"),
        ({"exit": [1, 2], "status": [1]}, "status has 1 rows"),
        ({"exit": [1], "status": [1], "weights": [-2.0]}, "weight"),
        ({"exit": [float("inf")], "status": [1]}, "digits"),
        ({"exit": [3, 9], "status": [0, 1], "entry": [0, 2], "persons": ["a", "a"]}, "overlap"),
        ({"exit": [3, 9], "status": [1, 1], "entry": [0, 3], "persons": ["a", "a"]}, "after an event"),
    ],
)
def test_rows_that_cannot_be_counted_are_refused_by_name(columns: dict[str, list[object]], text: str) -> None:
    with pytest.raises(InputError, match=text) as caught:
        EventTable.from_rows(**columns)
    assert caught.value.code == "LM-A007"


def test_a_changing_state_is_continued_and_not_censored() -> None:
    table = EventTable.from_rows(
        [3, 8, 5], [0, 1, 0], entry=[0, 3, 0], persons=["p", "p", "q"], strata={"state": ["before", "after", "before"]}
    )
    assert (table.persons, table.events) == (2, 1)
    before = table.select(state="before").columns()
    assert before["continued_out"].tolist() == [1, 0] and before["censored"].tolist() == [0, 1]
    assert table.collapse().follow_up()[0].median().time == 5.0


def test_arrow_and_duckdb_give_the_table_of_the_rows() -> None:
    import duckdb

    rng = np.random.default_rng(3)
    size = 400
    columns = {
        "exit": rng.integers(0, 50, size),
        "status": rng.integers(0, 3, size),
        "entry": rng.integers(0, 10, size),
        "arm": [[None, "a", "b"][i] for i in rng.integers(0, 3, size)],
    }
    strata = {"arm": columns["arm"]}
    wanted = EventTable.from_rows(columns["exit"], columns["status"], entry=columns["entry"], strata=strata)
    arrow = pa.table(columns)
    assert EventTable.from_arrow(arrow, entry="entry", strata=["arm"]) == wanted
    relation = duckdb.connect().from_arrow(arrow)
    assert EventTable.from_relation(relation, entry="entry", strata=["arm"]) == wanted
    assert EventTable.from_counts(wanted.columns(), strata=["arm"]) == wanted


def test_weights_give_point_estimates_only() -> None:
    table = EventTable.from_rows([1, 2, 3], [1, 1, 0], weights=[1.5, 0.5, 2.0], strata={"arm": list("aab")})
    assert table.weighted
    curve = table.collapse().kaplan_meier()[0]
    assert curve.survival.tolist() == [0.625, 0.5, 0.5]
    assert np.isnan(curve.low).all() and np.isnan(curve.std_error).all()
    assert table.collapse().cumulative_incidence()[0].milestone(2)[1:] == (None, None, None)
    assert table.rmst(1).means[0].std_error is None
    assert table.logrank().reason == "the table is weighted"
    with pytest.raises(InputError, match="Breslow"):
        table.cox(["arm"])


def test_whole_weights_agree_with_repeated_rows() -> None:
    weighted = EventTable.from_rows([1, 2, 3], [1, 0, 1], weights=[2, 1, 3]).kaplan_meier()[0].survival
    repeated = EventTable.from_rows([1, 1, 2, 3, 3, 3], [1, 1, 0, 1, 1, 1]).kaplan_meier()[0].survival
    assert weighted.tolist() == repeated.tolist()
    assert EventTable.from_rows([1, 2, 3], [1, 0, 1], frequency=[2, 1, 3]) == EventTable.from_rows(
        [1, 1, 2, 3, 3, 3], [1, 1, 0, 1, 1, 1]
    )


def test_seconds_are_counted_as_well_as_days() -> None:
    rng = np.random.default_rng(5)
    seconds = rng.integers(0, 10**9, 2000)
    status = rng.integers(0, 3, 2000)
    table = EventTable.from_rows(seconds, status, strata={"g": rng.integers(0, 40, 2000)})
    assert table.persons == 2000 and table.events == int((status > 0).sum())


def test_a_million_rows_do_not_overflow_the_variance() -> None:
    # the same 100 people ten thousand times over: the statistic grows by exactly that factor, ties aside
    rng = np.random.default_rng(1)
    exit_, arm = rng.integers(1, 2000, 1_200_000), rng.integers(0, 2, 1_200_000)
    exit_ = np.where(arm == 1, exit_ * 9 // 10 + 1, exit_)
    status = rng.integers(0, 2, exit_.size)
    table = EventTable.from_rows(exit_, status, strata={"arm": arm})
    test = table.logrank()
    _, at_risk, events = _exact(table)
    total, deaths = at_risk.sum(axis=0), events.sum(axis=0)
    difference = sum(
        int(e) - float(d) * float(r) / float(n) for e, d, r, n in zip(events[0], deaths, at_risk[0], total, strict=True)
    )
    spread = sum(
        float(d) * float(r) * float(n - r) * float(n - d) / (float(n) ** 2 * max(float(n) - 1, 1))
        for d, r, n in zip(deaths, at_risk[0], total, strict=True)
    )
    assert test.chi2 == pytest.approx(difference**2 / spread, rel=1e-9)
    assert test.chi2 > 1000


def _exact(table: EventTable) -> tuple[object, np.ndarray, np.ndarray]:
    from leiomyo.outcomes.comparisons import aligned

    return aligned(table, table.cause_columns(None), table.by_stratum())
