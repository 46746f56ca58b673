"""The growth-modulation index: how long a line held the disease, against the line before it."""

from __future__ import annotations

from dataclasses import dataclass

from leiomyo.course.endpoints import time_to_progression
from leiomyo.course.starts import Excluded, Start, start_of
from leiomyo.course.timeline import Course


@dataclass(frozen=True, slots=True)
class GrowthModulation:
    """Time to progression of a line over that of the line before; `at_least` where the later one is censored."""

    ratio: float
    at_least: bool
    evidence: tuple[str, ...]


def growth_modulation(course: Course, number: int) -> GrowthModulation | Excluded:
    """The growth-modulation index of a line, or why it has none.

    Notes
    -----
    It needs a dated progression on the line before: patients who reach a second progression lived to have it, so it
    describes them and compares nobody. Above 1.33 is held for activity.

    Source
    ------
    Von Hoff, Clin Cancer Res 1998; Penel et al., Ann Oncol 2013; Cousin et al., Ann Oncol 2013.
    """
    times = []
    for which in (number - 1, number):
        start = start_of(course, "line", which)
        outcome = time_to_progression(course, start) if isinstance(start, Start) else start
        if isinstance(outcome, Excluded):
            return outcome
        times.append(outcome)
    before, now = times
    if before.cause is None:
        return Excluded(f"no progression recorded on line {number - 1}")
    if before.assumed or now.assumed:
        return Excluded("progression without a day")
    if before.days.middle == 0:
        return Excluded(f"progression on the first day of line {number - 1}")
    return GrowthModulation(now.days.middle / before.days.middle, now.cause is None, (*before.evidence, *now.evidence))
