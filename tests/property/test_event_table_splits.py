"""A person's time may be split at any tick: no statistic and no person count changes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leiomyo.outcomes.event_table import EventTable

PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 25),
        st.integers(0, 2),
        st.sampled_from([None, None, 0, 1, 5]),
        st.sampled_from("ab"),
        st.lists(st.integers(1, 24), max_size=3, unique=True),
    ),
    min_size=1,
    max_size=40,
)


def _rows(people: list, *, cut: bool) -> dict[str, list]:
    rows: dict[str, list] = {"exit": [], "status": [], "entry": [], "persons": [], "arm": [], "piece": []}
    for person, (exit_, status, entry, arm, cuts) in enumerate(people):
        start = entry or 0
        inside = sorted(tick for tick in cuts if start < tick < exit_) if cut else []
        edges = [start, *inside, exit_]
        for piece, (low, high) in enumerate(pairwise(edges)):
            last = piece == len(edges) - 2
            values = (high, status if last else 0, low if piece else entry, person, arm, piece)
            for column, value in zip(rows.values(), values, strict=True):
                column.append(value)
    return rows


def _table(rows: dict[str, list], *names: str) -> EventTable:
    strata = {name: rows[name] for name in names}
    return EventTable.from_rows(
        rows["exit"], rows["status"], entry=rows["entry"], persons=rows["persons"], strata=strata
    )


@given(people=PEOPLE)
def test_a_split_within_a_stratum_leaves_the_table_as_it_was(people: list) -> None:
    assert _table(_rows(people, cut=True), "arm") == _table(_rows(people, cut=False), "arm")


@given(people=PEOPLE)
def test_a_split_between_strata_that_are_collapsed_changes_no_statistic(people: list) -> None:
    split = _table(_rows(people, cut=True), "arm", "piece").collapse(["arm"])
    whole = _table(_rows(people, cut=False), "arm")
    assert (split.persons, split.events, split.excluded) == (whole.persons, whole.events, whole.excluded)
    for one, other in zip(
        (split.kaplan_meier(), split.follow_up(), split.nelson_aalen(), split.cumulative_incidence()),
        (whole.kaplan_meier(), whole.follow_up(), whole.nelson_aalen(), whole.cumulative_incidence()),
        strict=True,
    ):
        ours, theirs = one.columns(), other.columns()
        for name in theirs:
            assert np.asarray(ours[name]).tobytes() == np.asarray(theirs[name]).tobytes(), name
    assert split.logrank().chi2 == whole.logrank().chi2
    assert split.kaplan_meier().median() == whole.kaplan_meier().median()
