"""The drawn cohort: the same from the same seed, coherent, and moved by its parameters as they say."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from leiomyo.course.regimens import regimen
from leiomyo.errors import InputError
from leiomyo.model.codes import codes
from leiomyo.model.tables import TABLES
from leiomyo.simulate.course import draw_course
from leiomyo.simulate.dice import NEVER, Dice
from leiomyo.simulate.disease import PART, draw
from leiomyo.simulate.parameters import BASES, SITES, parameters
from leiomyo.simulate.tumour import ORGANS


def test_every_parameter_says_what_it_rests_on() -> None:
    leaves = parameters().leaves
    assert len(leaves) > 60
    for name, leaf in leaves.items():
        assert leaf.basis in BASES, name
        assert leaf.unit, name
        assert leaf.source.strip(), name
        if leaf.basis == "verified":
            assert "assum" not in leaf.source.replace("split by site assumed", "").replace("brain and the", ""), name
        if isinstance(leaf.value, dict) and "uterine" in leaf.value and "other" not in leaf.value:
            assert set(leaf.value) == set(SITES), name


def test_regimens_are_those_that_a_course_recognises() -> None:
    p = parameters()
    regimens = p.under("regimens")
    for name, told in regimens.items():
        assert regimen(sorted(told["agents"])).name == told["code"], name
        assert set(told["agents"]) <= set(codes("drugs")), name
    given = {line for one in p["advanced.sequences"] for line in one["lines"]}
    given |= {name for shares in p["perioperative.regimens"].values() for name in shares}
    assert given <= set(regimens)
    assert set(ORGANS) <= set(codes("metastatic_sites"))
    assert {term for told in p["symptoms.by_site"].values() for term in told} <= set(codes("symptoms"))


def test_the_same_seed_draws_the_same_and_more_persons_change_none() -> None:
    few, more = draw(300, 4), draw(300, 4)
    assert all(few.records[name].equals(more.records[name]) for name in TABLES)
    assert all(few.truth[name].equals(more.truth[name]) for name in few.truth)
    assert not draw(300, 5).records["patient"].equals(few.records["patient"])


def test_a_further_part_leaves_the_first_as_it_was() -> None:
    one, two = draw(PART, 2), draw(PART + 10, 2)
    assert two.truth["person"].slice(0, PART).equals(one.truth["person"].combine_chunks())
    assert two.truth["person"]["person"].to_pylist()[-1] == PART + 9


@pytest.mark.parametrize(("n", "seed"), [(0, 1), (-3, 1), (10, -1)])
def test_nobody_can_be_drawn_from_nothing(n: int, seed: int) -> None:
    with pytest.raises(InputError, match="at least one person"):
        draw(n, seed)


def test_a_parameter_of_an_unknown_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"no parameter 'surgery\.risected'"):
        parameters().changed({"surgery.risected": 1})


def test_nothing_happens_after_the_last_day_nor_before_its_cause() -> None:
    drawn = draw_course(Dice(3, 0, 20_000), parameters())
    lines, last = drawn.advanced.lines, drawn.last
    for day in (drawn.local.primary.day, drawn.local.again.day, drawn.local.distant, drawn.local.local_recurrence,
                *lines.start.T, *lines.progression.T):  # fmt: skip
        assert ((day <= last) | (day >= NEVER)).all()
        assert ((day >= drawn.people.diagnosis) | (day >= NEVER)).all()
    for line in range(1, lines.start.shape[1]):
        begun = lines.start[:, line] < NEVER
        assert (lines.progression[begun, line - 1] <= lines.start[begun, line]).all()
    assert (drawn.local.again.day > drawn.local.primary.day)[drawn.local.again.day < NEVER].all()
    assert not (drawn.local.distant < NEVER)[~drawn.people.lms].any()
    assert not (lines.start < NEVER)[~drawn.people.lms].any()


def test_adjuvant_radiation_averts_local_recurrences_and_prolongs_no_life_unless_told_to() -> None:
    p = parameters()
    with_it, without = (draw_course(Dice(8, 0, 30_000), p.changed({"effects.adjuvant_radiation_on_local": ratio}))
                        for ratio in (0.3, 1.0))  # fmt: skip
    recurred = [(one.local.local_recurrence < NEVER).sum() for one in (with_it, without)]
    assert recurred[0] < recurred[1]
    # a recurrence may keep adjuvant drugs from beginning, and so decide which drug opens the first line much later
    assert (with_it.last != without.last).mean() < 0.001
    harmful = draw_course(Dice(8, 0, 30_000), p.changed({"effects.adjuvant_radiation_on_death": 3.0}))
    assert harmful.advanced.dead.sum() > without.advanced.dead.sum()


def test_positive_margins_and_size_bring_recurrence() -> None:
    drawn = draw_course(Dice(9, 0, 40_000), parameters())
    local, tumour, end = drawn.local, drawn.tumour, drawn.people.lms & ~drawn.tumour.spread
    operated = end & (local.primary.day < NEVER) & (local.again.day == NEVER)
    came_back = local.local_recurrence < NEVER
    shares = [came_back[operated & (local.primary.residual == residual)].mean() for residual in (0, 1)]
    assert shares[1] > 1.5 * shares[0]
    spread = local.distant < NEVER
    assert spread[operated & (tumour.size > 100)].mean() > 1.3 * spread[operated & (tumour.size <= 50)].mean()


def test_other_deaths_follow_the_life_table() -> None:
    p = parameters().changed({"cohort.mimics": 1.0, "cohort.lost_per_year": 1e-9})
    drawn = draw_course(Dice(2, 0, 40_000), p)
    people = drawn.people
    fit = (people.age >= 60) & (people.age < 70) & people.female
    days = people.other_death[fit] - people.diagnosis[fit]
    # survexp.us has about 1.1 to 1.3 deaths per 100 woman-years at 60 to 70 in 2004 to 2014
    rate = (days < 5 * 365.25).sum() / (np.minimum(days, 5 * 365.25).sum() / 365.25)
    assert 0.010 < rate < 0.018


def test_identifiers_stand_in_the_order_of_persons() -> None:
    cohort = draw(500, 1)
    ids = cohort.records["patient"]["patient"].to_pylist()
    assert ids == sorted(ids)
    assert pc.all(pc.equal(cohort.records["patient"]["axis"], "calendar")).as_py()
