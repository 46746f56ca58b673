"""The days on which something counts as under treatment: of a whole course, and of each of its lines.

A day known only to the month may lie inside or outside; then the answer is that it is not certain, never a guess.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leiomyo.course.timeline import Course, Exposure, Line
from leiomyo.model.dates import DayInterval

#: What begins up to this many days after the last dose counts as under treatment: the usual convention of trials for
#: treatment-emergent events. No guideline fixes the number; a protocol may name another.
DAYS_AFTER = 30
_MONTH = 30.4375
#: Not an operation that treats.
_NO_TREATMENT = frozenset({"biopsy"})


@dataclass(frozen=True, slots=True)
class Window:
    """A line with the days on which what happens counts as under it.

    The last day of the line lies between `last_low` and `last_high` (infinite where nothing bounds it). What happens
    from the first day of the next line on, `cut`, belongs to that one.
    """

    line: Line
    last_low: float
    last_high: float
    cut: DayInterval | None

    @property
    def sure_until(self) -> float:
        """The last day that is surely under this line."""
        return min(self.last_low + DAYS_AFTER, self.cut.low - 1 if self.cut else math.inf)

    def holds(self, day: DayInterval, *, first_day: bool = True) -> bool | None:
        """Whether a day is under this line; None where that is not certain. `first_day`: the line's own start counts.

        Examples
        --------
        >>> from leiomyo.course.timeline import Line
        >>> start = DayInterval(10, 10)
        >>> line = Line(1, "", "", (), start, start, False, "", "", None, (), ())
        >>> window = Window(line, 40, 40, None)
        >>> window.holds(DayInterval(70, 70)), window.holds(DayInterval(71, 71)), window.holds(DayInterval(60, 90))
        (True, False, None)
        """
        start = self.line.start
        before = 0 if first_day else 1
        cut = (self.cut.low, self.cut.high) if self.cut else (math.inf, math.inf)
        if day.low >= start.high + before and day.high <= self.last_low + DAYS_AFTER and day.high < cut[0]:
            return True
        if day.high < start.low + before or day.low > self.last_high + DAYS_AFTER or day.low >= cut[1]:
            return False
        return None


def windows(course: Course) -> list[Window]:
    """Each line of a course with the days that are under it, in order."""
    lines = sorted(course.lines, key=lambda line: (line.start.middle, line.number))
    found = []
    for line, after in pairwise([*lines, None]):
        if line is not None:
            cut = after.start if after else None
            found.append(Window(line, *_last_day(course, line, cut), cut))
    return found


def _last_day(course: Course, line: Line, cut: DayInterval | None) -> tuple[float, float]:
    """Earliest and latest last day of a line."""
    if line.end:
        return line.end.low, line.end.high
    if cut:  # taken to have run until the next one began
        return cut.low, cut.high
    given = [day.low for one in line.exposures for day in (one.start, one.end) if day]
    seen = _last_seen(course)
    if line.ongoing and seen:
        return max(seen.low, line.start.low), math.inf
    return max([line.start.low, *given]), math.inf


def _last_seen(course: Course) -> DayInterval | None:
    return course.death if course.dead and course.death else course.last_contact


@dataclass(frozen=True, slots=True)
class Treated:
    """The first and the last day of all recorded treatment, each between two days."""

    first_low: float
    first_high: float
    last_low: float
    last_high: float

    def period(self, day: DayInterval) -> str:
        """When a day lies: `before` (at or before the first treatment), `under`, `after`, or `uncertain`.

        Examples
        --------
        >>> treated = Treated(10, 10, 50, 50)
        >>> [treated.period(DayInterval(day, day)) for day in (10, 11, 80, 81)]
        ['before', 'under', 'under', 'after']
        """
        if day.high <= self.first_low:
            return "before"
        if day.low > self.first_high and day.high <= self.last_low + DAYS_AFTER:
            return "under"
        return "after" if day.low > self.last_high + DAYS_AFTER else "uncertain"


def treated(course: Course) -> Treated | None:
    """The days of the treatment of this tumour: operations, radiation and drugs; None where none is recorded.

    A treatment without a day may have been the first, and one without an end may still run: neither is guessed.
    """
    spans = list(_spans(course))
    if not spans:
        return None
    firsts = [start or DayInterval(-(10**9), int(min(last[1], 10**9))) for start, last in spans]
    return Treated(
        first_low=-math.inf if any(start is None for start, _ in spans) else min(day.low for day in firsts),
        first_high=min(day.high for day in firsts),
        last_low=max(last[0] for _, last in spans),
        last_high=max(last[1] for _, last in spans),
    )


def _spans(course: Course) -> Iterator[tuple[DayInterval | None, tuple[float, float]]]:
    """Start and last day of each treatment."""
    anywhen = (-math.inf, math.inf)
    for done in course.operations:
        if done.kind not in _NO_TREATMENT:
            yield done.day, (done.day.low, done.day.high) if done.day else anywhen
    for ray in course.radiations:
        yield ray.start, _until(course, ray.start, ray.end, ongoing=ray.ongoing, cut=None)
    cuts = {window.line.number: window.cut for window in windows(course)}
    for given in course.exposures:
        if _treats(given):
            cut = cuts.get(given.line) if given.line is not None else None
            yield given.start, _until(course, given.start, given.end, ongoing=given.ongoing, cut=cut)
    if _told_only(course):  # after an operation, on days that nobody wrote down
        operated = [done.day for done in course.operations if done.day]
        start = max(operated, key=lambda day: day.middle, default=None)
        yield start, (start.low, math.inf) if start else anywhen


def _treats(given: Exposure) -> bool:
    return given.own_tumour and given.standing != "supportive" and given.agent != "placebo"


def _told_only(course: Course) -> bool:
    """Whether a form says that drugs or radiation followed the operation and no row tells which."""
    return bool(
        (course.told_adjuvant_drugs and not course.exposures)
        or (course.told_adjuvant_radiation and not course.radiations)
    )


def _until(course: Course, start: DayInterval | None, end: DayInterval | None, *, ongoing: bool,
           cut: DayInterval | None) -> tuple[float, float]:  # fmt: skip
    if end:
        return end.low, end.high
    low = start.low if start else -math.inf
    if cut:
        return low, cut.high
    seen = _last_seen(course)
    return (max(low, seen.low), math.inf) if ongoing and seen else (low, math.inf)


def months_between(edges: Sequence[int | None]) -> list[tuple[str, float, float]]:
    """Stretches of time between months as their names with their first day and the day after the last.

    Examples
    --------
    >>> months_between([None, 0, 3, None])
    [('< 0', -inf, 0.0), ('0–3', 0.0, 91.3125), ('3+', 91.3125, inf)]
    """
    found = []
    for low, high in pairwise(edges):
        name = f"< {high}" if low is None else f"{low}+" if high is None else f"{low}–{high}"
        first = -math.inf if low is None else low * _MONTH
        found.append((name.replace("-", "−"), first, math.inf if high is None else high * _MONTH))
    return found
