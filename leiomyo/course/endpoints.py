"""Endpoints, each a declared rule: from which day, until which event, and what happens to those who can't say.

A rule takes one patient's course and gives a time with the rows that decided it, or the reason why the patient
is left out. After the DATECAN consensus for sarcoma (Bellera et al., Ann Oncol 2015, doi:10.1093/annonc/mdu360).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leiomyo.course.timeline import RECURRENCES, Course
from leiomyo.errors import InputError
from leiomyo.model.dates import DayInterval


@dataclass(frozen=True, slots=True)
class Time:
    """A time to event or censoring: the days it may have taken, and the rows that decided it.

    `cause` names the event (a competing one too); None where the time is censored.
    """

    days: DayInterval
    cause: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Why a patient cannot enter."""

    reason: str


Outcome = Time | Excluded
Rule = Callable[[Course], Outcome]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A declared endpoint."""

    name: str
    label: str
    index: str
    definition: str
    #: The events it may end with; what competes is told apart, any of them ends event-free time.
    causes: tuple[str, ...]
    rule: Rule


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(name: str, label: str, *causes: str, index: str = "diagnosis") -> Callable[[Rule], Rule]:
    """Register a rule; its docstring is the definition that stands beside every result."""

    def register(rule: Rule) -> Rule:
        definition = " ".join((rule.__doc__ or "").split())
        ENDPOINTS[name] = Endpoint(name, label, index, definition, causes, rule)
        return rule

    return register


def get_endpoint(name: str) -> Endpoint:
    """The endpoint of that name, in any case."""
    if name.lower() not in ENDPOINTS:
        raise InputError("LM-A001", f"There is no {name!r}; there is: {', '.join(ENDPOINTS)}.")
    return ENDPOINTS[name.lower()]


@endpoint("os", "Overall survival", "death")
def overall_survival(course: Course) -> Outcome:
    """Days from diagnosis to death from any cause; the living are censored at their last contact."""
    if course.dead:
        return _until(course, course.death, course.death_place, cause="death", without="a death without a day")
    if course.vital_status is None:
        return Excluded("vital status not recorded")
    return _until(course, course.last_contact, course.contact_place, cause=None, without="no day of last contact")


@endpoint("efs", "Event-free survival", "new tumour event", "death")
def event_free_survival(course: Course) -> Outcome:
    """Days from diagnosis to the first new tumour event or death from any cause; others are censored at last contact.

    New tumour events are local and regional recurrence, distant metastasis, progression and new primaries. Who has
    only events without a day is left out, unless the forms say that there was no new tumour event: then the spread may
    have been there at diagnosis.
    """
    events = [said for said in course.statements if said.status in RECURRENCES | {"new_primary", "new_tumor_event"}]
    dated = [said for said in events if said.day is not None]
    if dated:
        first = min(dated, key=lambda said: said.day.high if said.day else 0)
        return _until(course, first.day, first.place, cause="new tumour event", without="")
    # A spread without a day may have been there at diagnosis; then it is no new event, if the forms say there was none.
    if course.new_tumor_event or (events and course.new_tumor_event is None):
        return Excluded("a new tumour event without a day")
    return overall_survival(course)


def _until(course: Course, day: DayInterval | None, place: str, *, cause: str | None, without: str) -> Outcome:
    """The time from diagnosis to `day`, or why there is none."""
    if day is None:
        return Excluded(without)
    if course.diagnosis is None:
        return Excluded("no day of diagnosis")
    days = day - course.diagnosis
    if days.high < 0:
        return Excluded("the end lies before the diagnosis")
    return Time(DayInterval(max(days.low, 0), days.high), cause, (place,))
