"""Which line of therapy an adverse event belongs to: by its day, else by the drugs it is attributed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leiomyo.course.timeline import Course, Line
from leiomyo.model.dates import DayInterval
from leiomyo.model.drugs import match_drug
from leiomyo.outcomes.windows import DAYS_AFTER, Window, windows

#: How an event was placed, in order; the last three say why it stands in no line.
STANDINGS = ("by_day", "by_attribution", "outside", "uncertain", "unplaced")


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """One adverse event of one patient: its CTCAE term and grade, its day, and what it was attributed to."""

    term: str | None
    grade: int | None
    day: DayInterval | None
    attributed_to: str | None = None

    @property
    def agents(self) -> frozenset[str]:
        """The drugs it was attributed to; empty where the text names none for certain."""
        return frozenset(match_drug(self.attributed_to).agents)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands: its line, if any, and how that is known (`by_day`, `by_attribution`, or why not)."""

    standing: str
    window: Window | None = None

    @property
    def line(self) -> Line | None:
        """The line it stands in."""
        return self.window.line if self.window else None


def place(event: AdverseEvent, course: Course) -> Place:
    """The line under which an event began.

    Notes
    -----
    `by_day`: inside the line, from its first day to 30 days after its last, and before the next line's first day.
    `by_attribution`: its day is not recorded or fits more than one place, and the drugs it is attributed to are those
    of one regimen only. Otherwise `outside` any line (its day is known), `uncertain` (its possible days reach over
    two places) or `unplaced` (no day). A stated attribution never moves an event from the line that its day names.
    """
    found = windows(course)
    if event.day is None:
        return _by_attribution(event, found, otherwise="unplaced")
    inside = [(window, window.holds(event.day)) for window in found]
    for window, sure in inside:
        if sure:
            return Place("by_day", window)
    possible = [window for window, sure in inside if sure is None]
    return _by_attribution(event, possible, otherwise="uncertain") if possible else Place("outside")


def _by_attribution(event: AdverseEvent, possible: Sequence[Window], *, otherwise: str) -> Place:
    given = [window for window in possible if event.agents and event.agents <= set(window.line.agents)]
    regimens = {window.line.regimen for window in given}
    return Place("by_attribution", given[0]) if len(regimens) == 1 else Place(otherwise)


def assumptions() -> list[str]:
    """How events are placed, and what silence means, in words."""
    return [
        f"An event belongs to the line in which it began: from its first day to {DAYS_AFTER} days after its last, and "
        f"before the next line's first day. The {DAYS_AFTER} days are a convention (treatment-emergent), not a rule.",
        "A line without a recorded end is taken to run until the next one begins; the last line without one only "
        f"holds what began within {DAYS_AFTER} days of the last day known.",
        "An event without a certain place goes by the drugs that the source attributes it to, where these are of one "
        "regimen only.",
        "A patient without any adverse event recorded had none, or nobody wrote one down: these records cannot tell. "
        "Each rate therefore has two denominators: all patients of centres that record adverse events (silence read "
        "as none: too low if events went unrecorded) and those with any adverse event recorded (too high if silence "
        "means none).",
        "Each patient counts once, with the worst grade recorded; an event whose grade is not recorded is in no grade.",
    ]
