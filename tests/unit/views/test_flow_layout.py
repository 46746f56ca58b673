from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leiomyo.outcomes.lines import NO_FURTHER
from leiomyo.views.flow_layout import GAP, SLOT, layout, pooled

ORDER = ["a", "b", "c", "d", NO_FURTHER]
HEIGHT = 400
PATHS = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4), min_size=1, max_size=60)


def flow(paths, through=3):
    """Nodes and links as `line_flow` gives them."""
    nodes, links = Counter(), Counter()
    for path in paths:
        steps = path[:through] + ([NO_FURTHER] if len(path) < through else [])
        nodes.update(enumerate(steps, start=1))
        links.update((line, *step) for line, step in enumerate(pairwise(steps), start=1))
    return (
        [{"line": line, "regimen": name, "n": n} for (line, name), n in nodes.items()],
        [{"line": line, "from": one, "to": two, "n": n} for (line, one, two), n in links.items()],
    )


@given(PATHS)
def test_the_ribbons_of_a_block_add_to_its_height_on_both_sides(paths):
    placed = layout(*flow(paths), ORDER, HEIGHT)
    last = max(block.column for block in placed.blocks)
    for block in placed.blocks:
        leaving = [r for r in placed.ribbons if (r.column, r.source) == (block.column, block.name)]
        arriving = [r for r in placed.ribbons if (r.column + 1, r.target) == (block.column, block.name)]
        if block.column < last and block.name != NO_FURTHER:
            assert sum(r.height for r in leaving) == pytest.approx(block.height)
        if block.column > 1:
            assert sum(r.height for r in arriving) == pytest.approx(block.height)


@given(PATHS)
def test_the_ribbons_of_a_block_lie_side_by_side_within_it(paths):
    placed = layout(*flow(paths), ORDER, HEIGHT)
    for block in placed.blocks:
        sides = (
            [(r.top, r.height) for r in placed.ribbons if (r.column, r.source) == (block.column, block.name)],
            [
                (r.target_top, r.height)
                for r in placed.ribbons
                if (r.column + 1, r.target) == (block.column, block.name)
            ],
        )
        for side in sides:
            at = block.top
            for top, height in sorted(side):
                assert top == pytest.approx(at)
                at = top + height
            assert at <= block.top + block.height + 1e-6


@given(PATHS)
def test_a_patient_takes_the_same_height_in_every_column_and_all_columns_fit(paths):
    placed = layout(*flow(paths), ORDER, HEIGHT)
    assert all(block.height == pytest.approx(block.n * placed.unit) for block in placed.blocks)
    assert max(block.top + block.height for block in placed.blocks) <= HEIGHT + 1e-6


@given(PATHS)
def test_labels_of_a_column_never_overlap(paths):
    placed = layout(*flow(paths), ORDER, HEIGHT)
    for column in {block.column for block in placed.blocks}:
        middles = [block.top + block.height / 2 for block in placed.blocks if block.column == column]
        assert all(b - a >= SLOT + GAP - 1e-6 for a, b in pairwise(middles))


def test_blocks_keep_one_order_in_every_column_and_no_further_line_is_last():
    placed = layout(*flow([["b", "a"], ["a", "b"], ["c"]]), ORDER, HEIGHT)
    by_column = {n: [block.name for block in placed.blocks if block.column == n] for n in (1, 2, 3)}
    assert by_column == {1: ["a", "b", "c"], 2: ["a", "b", NO_FURTHER], 3: [NO_FURTHER]}


@given(PATHS)
def test_pooling_keeps_every_patient(paths):
    nodes, links = flow(paths)
    names = dict.fromkeys("ab", "other") | {name: name for name in ("c", "d", NO_FURTHER)}
    for rows, columns in ((nodes, ["regimen"]), (links, ["from", "to"])):
        told = pooled(rows, columns, names)
        assert sum(row["n"] for row in told) == sum(row["n"] for row in rows)
        assert len({tuple(row[c] for c in ("line", *columns)) for row in told}) == len(told)


def test_nothing_to_lay_out_gives_nothing():
    placed = layout([], [], [], HEIGHT)
    assert placed.blocks == [] and placed.ribbons == []
