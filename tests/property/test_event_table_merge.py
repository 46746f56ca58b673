"""Laws of the event table: tables of centres add to the whole, and rows have no order."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leiomyo.outcomes.event_table import EventTable

ROWS = st.lists(
    st.tuples(
        st.integers(0, 30),  # exit
        st.integers(0, 3),  # status
        st.one_of(st.none(), st.integers(0, 30)),  # entry
        st.sampled_from(["a", "b", None]),  # arm
        st.integers(1, 3),  # stage
    ),
    max_size=60,
)


def table(rows: list[tuple[int, int, int | None, str | None, int]]) -> EventTable:
    exit_, status, entry, arm, stage = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return EventTable.from_rows(
        list(exit_), list(status), entry=list(entry), strata={"arm": list(arm), "stage": list(stage)}
    )


def statistics(whole: EventTable) -> list[object]:
    pooled = whole.collapse(["arm"])
    parts = (pooled.kaplan_meier(), pooled.nelson_aalen(), pooled.cumulative_incidence(), pooled.follow_up())
    answers: list[object] = [[np.asarray(v).tobytes() for v in part.columns().values()] for part in parts if part]
    return [*answers, pooled.logrank().chi2, whole.logrank(by=["arm"], strata=["stage"]).chi2]


@given(rows=ROWS, centres=st.integers(2, 20), seed=st.integers(0, 2**32))
def test_any_split_into_centres_in_any_order_equals_the_whole(rows: list, centres: int, seed: int) -> None:
    chance = random.Random(seed)
    homes = [chance.randrange(centres) for _ in rows]
    tables = [
        table([row for row, home in zip(rows, homes, strict=True) if home == centre]) for centre in range(centres)
    ]
    chance.shuffle(tables)
    total = sum(tables[1:], tables[0])
    whole = table(rows)
    assert total.persons == whole.persons and total.excluded == whole.excluded
    assert total == whole
    assert statistics(total) == statistics(whole)


@given(first=ROWS, second=ROWS, third=ROWS)
def test_adding_is_associative_and_commutative(first: list, second: list, third: list) -> None:
    a, b, c = table(first), table(second), table(third)
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)


@given(rows=ROWS, seed=st.integers(0, 2**32))
def test_the_order_of_rows_does_not_matter(rows: list, seed: int) -> None:
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    assert table(shuffled) == table(rows)


@given(rows=ROWS)
def test_collapsing_loses_nobody_and_commutes_with_adding(rows: list) -> None:
    whole = table(rows)
    assert whole.collapse().persons == whole.persons == sum(whole.select(arm=arm).persons for arm in ("a", "b", None))
    assert whole.collapse(["arm"]).collapse() == whole.collapse()
    assert (whole + whole).collapse(["stage"]) == whole.collapse(["stage"]) + whole.collapse(["stage"])


@given(rows=ROWS, factor=st.sampled_from([1, 10, 100]))
def test_fractions_count_like_whole_times(rows: list, factor: int) -> None:
    whole = EventTable.from_rows([row[0] for row in rows], [row[1] for row in rows])
    parts = EventTable.from_rows([row[0] / factor for row in rows], [row[1] for row in rows])
    assert whole.kaplan_meier()[0].survival.tolist() == parts.kaplan_meier()[0].survival.tolist()
    assert (parts.kaplan_meier()[0].time * factor).round(9).tolist() == whole.kaplan_meier()[0].time.tolist()
