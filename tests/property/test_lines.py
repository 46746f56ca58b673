"""What must hold of lines of therapy whatever the records."""

from __future__ import annotations

import os
import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from leiomyo.course import lines as kernel
from leiomyo.course.line_rules import default_rules
from leiomyo.course.timeline import Course
from tests.unit.course.making import drug, made, operation, said

EXAMPLES = 3000 if os.environ.get("LEIOMYO_LONG") else 200
AGENTS = (
    "doxorubicin",
    "doxorubicin_liposomal",
    "ifosfamide",
    "gemcitabine",
    "docetaxel",
    "trabectedin",
    "letrozole",
    "mesna",
)


@st.composite
def exposures(draw: st.DrawFn):
    agent = draw(st.sampled_from(AGENTS))
    start = draw(st.one_of(st.none(), st.integers(-50, 1500)))
    end = None if start is None else draw(st.one_of(st.none(), st.integers(start, start + 250)))
    setting = draw(st.sampled_from([None, None, None, "adjuvant", "palliative", "maintenance"]))
    return drug(agent, start, end, setting=setting, ongoing=end is None and draw(st.booleans()))


@st.composite
def histories(draw: st.DrawFn):
    found = [said(draw(st.sampled_from(["progression", "distant_metastasis", "local_recurrence"])), day)
             for day in draw(st.lists(st.one_of(st.none(), st.integers(0, 1500)), max_size=4))]  # fmt: skip
    done = [operation(day, residual=draw(st.sampled_from(["R0", "R2"])))
            for day in draw(st.lists(st.one_of(st.none(), st.integers(0, 900)), max_size=1))]  # fmt: skip
    return [*found, *done]


def told(course: Course) -> list:
    return [
        (line.number, line.regimen, line.agents, line.start, line.end, line.setting, line.reason)
        for line in course.lines
    ]


def placed(course: Course) -> list:
    return sorted((given.agent, str(given.start), str(given.end), str(given.setting), given.ongoing, given.line or 0,
                   given.standing, given.reason) for given in course.exposures)  # fmt: skip


drugs = st.lists(exposures(), max_size=10)


@given(drugs, histories(), st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES)
def test_the_order_of_the_rows_never_matters(given_: list, history: list, shuffled: random.Random) -> None:
    other = list(given_)
    shuffled.shuffle(other)
    assert placed(made(*given_, *history)) == placed(made(*other, *history))
    assert told(made(*given_, *history)) == told(made(*other, *history))


@given(drugs, histories(), st.sampled_from(AGENTS))
@settings(max_examples=EXAMPLES)
def test_a_row_of_the_far_future_never_changes_earlier_lines(given_: list, history: list, agent: str) -> None:
    before = made(*given_, *history)
    after = made(*given_, drug(agent, 40_000, 40_010), *history)
    assert [(one.line, one.standing, one.reason) for one in before.exposures] == [
        (one.line, one.standing, one.reason) for one in after.exposures[:-1]]  # fmt: skip


@given(drugs, histories(), st.data())
@settings(max_examples=EXAMPLES)
def test_splitting_an_exposure_into_adjoining_stretches_changes_nothing(
    given_: list, history: list, data: st.DataObject
) -> None:
    long = [one for one in given_ if one.start and one.end and one.end.low > one.start.low + 1]
    if not long:
        return
    whole = data.draw(st.sampled_from(long))
    cut = data.draw(st.integers(whole.start.low, whole.end.low - 1))
    rest = [one for one in given_ if one is not whole]
    pieces = [drug(whole.agent, whole.start.low, cut, setting=whole.setting),
              drug(whole.agent, cut + 1, whole.end.low, setting=whole.setting)]  # fmt: skip
    assert told(made(whole, *rest, *history)) == told(made(*pieces, *rest, *history))


@given(drugs, histories())
@settings(max_examples=EXAMPLES)
def test_every_exposure_is_placed_once_with_a_reason(given_: list, history: list) -> None:
    course = made(*given_, *history)
    assert len(course.exposures) == len(given_)
    for one in course.exposures:
        assert (one.line is not None) == (one.standing == "line")
        assert one.standing in {"line", "supportive", "other_cancer", "unplaced"}
        assert one.reason
        assert "{" not in one.reason
    inside = sum(len(line.exposures) for line in course.lines)
    assert inside == sum(one.line is not None for one in course.exposures)
    numbers = [line.number for line in course.lines if line.number > 0]
    assert numbers == list(range(1, len(numbers) + 1))


@given(drugs, histories(), st.integers(-3000, 3000))
@settings(max_examples=EXAMPLES)
def test_shifting_all_days_shifts_all_results(given_: list, history: list, by: int) -> None:
    def moved(day):
        return None if day is None else day.low + by

    drugs_ = [
        drug(one.agent, moved(one.start), moved(one.end), setting=one.setting, ongoing=one.ongoing) for one in given_
    ]
    others = [said(one.status, moved(one.day)) if hasattr(one, "status") else operation(moved(one.day), residual=one.residual_tumor)
              for one in history]  # fmt: skip
    here, there = made(*given_, *history), made(*drugs_, *others, diagnosis=by, alive=5000 + by)
    assert [(line[0], line[1], line[3].low + by, line[5:]) for line in told(here)] == [
        (line[0], line[1], line[3].low, line[5:]) for line in told(there)]  # fmt: skip


def test_the_compiled_kernel_and_the_plain_one_agree() -> None:
    rng = np.random.default_rng(20)
    patients, rows = 300, 3000
    start = rng.integers(0, 2000, rows)
    end = start + rng.integers(0, 200, rows)
    end[rng.random(rows) < 0.05] = kernel.UNKNOWN
    end[rng.random(rows) < 0.03] = kernel.ONGOING
    start[rng.random(rows) < 0.02] = kernel.UNKNOWN
    exposures_ = kernel.Exposures(rng.integers(0, patients, rows), rng.integers(0, 20, rows), start, end,
                                  rng.choice([0, 1, 2, 4, 8], rows, p=[0.9, 0.03, 0.03, 0.03, 0.01]),
                                  rng.integers(0, 4, rows))  # fmt: skip
    offset = np.arange(patients + 1) * 2
    days = np.sort(rng.integers(0, 1500, (patients, 2)), axis=1).ravel()
    advanced = rng.integers(0, 1500, patients)
    history = kernel.Histories(
        np.zeros(patients, int), advanced, rng.integers(0, 8, patients), offset, days, offset, days
    )
    rules = default_rules().with_values(early_relapse_days=90).numbers()
    answers = [kernel.place(exposures_, history, substitute=np.arange(20) // 2, thresholds=rules, compiled=compiled)
               for compiled in (True, False)]  # fmt: skip
    for name in ("line", "reason", "detail"):
        assert (getattr(answers[0], name) == getattr(answers[1], name)).all()
