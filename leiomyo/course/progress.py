"""How the disease went: recurrences and metastases with their sites, intervals free of disease, local therapy, status.

Everything is read from what was stated; what no row says stays unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from leiomyo.course.timeline import NEW_EVENTS, Course, Operation, Statement
from leiomyo.model.dates import DayInterval

#: A first metastasis found within so many days of the diagnosis is synchronous (own convention: one staging round).
SYNCHRONOUS_DAYS = 90
#: With no more metastatic lesions than this, local therapy is held for that of oligometastatic disease (convention).
OLIGOMETASTATIC_LESIONS = 5
_MADE_FREE = frozenset({"primary", "re_excision", "recurrence", "metastasectomy"})
_ON_METASTASES = frozenset({"metastasectomy"})


@dataclass(frozen=True, slots=True)
class Event:
    """One recurrence, metastasis or progression: all sites found on one day are one event."""

    status: str
    day: DayInterval | None
    sites: tuple[str, ...]
    routes: tuple[str, ...]
    lesions: int | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreeInterval:
    """Time free of disease after an operation that left none: until `event`, or without one until last contact."""

    operation: str
    start: DayInterval
    days: DayInterval
    event: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocalTherapy:
    """Surgery or radiation of metastases; `oligometastatic` is None where the number of lesions is not known."""

    kind: str
    day: DayInterval | None
    oligometastatic: bool | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A patient's disease course. `spread` is synchronous, later, undated or none_recorded."""

    events: tuple[Event, ...]
    spread: str
    free_intervals: tuple[FreeInterval, ...]
    local_therapies: tuple[LocalTherapy, ...]
    #: NED, AWD, DOD, DOC, DUC, or None where the last contact says nothing of the tumour.
    status: str | None

    def first(self, *statuses: str) -> Event | None:
        """The first dated event of these kinds."""
        return next((event for event in self.events if event.status in statuses and event.day), None)


def progress(course: Course) -> Progress:
    """The disease course of a patient, from what was stated.

    Notes
    -----
    Intervals free of disease start at an operation with R0 or R1 after which no spread is known to remain, and end at
    the next event; after re-operation they start again.
    """
    events = _events(course)
    return Progress(
        events=events,
        spread=_spread(course, events),
        free_intervals=tuple(_free(course, events)),
        local_therapies=tuple(_local(course, events)),
        status=_status(course),
    )


def _events(course: Course) -> tuple[Event, ...]:
    def key(said: Statement) -> tuple[bool, int, int, str]:
        return (said.day is None, said.day.low if said.day else 0, said.day.high if said.day else 0, said.status)

    found = sorted((said for said in course.statements if said.status in NEW_EVENTS), key=key)
    return tuple(_event(list(rows)) for _, rows in groupby(found, key=key))


def _event(rows: Sequence[Statement]) -> Event:
    counts = [said.lesions for said in rows if said.lesions is not None]
    return Event(
        status=rows[0].status, day=rows[0].day,
        sites=tuple(dict.fromkeys(said.site for said in rows if said.site)),
        routes=tuple(dict.fromkeys(said.route for said in rows if said.route)),
        lesions=sum(counts) if len(counts) == len(rows) else None, evidence=tuple(said.place for said in rows),
    )  # fmt: skip


def _spread(course: Course, events: Sequence[Event]) -> str:
    if course.spread_at_diagnosis:
        return "synchronous"
    distant = [event for event in events if event.status == "distant_metastasis"]
    dated = [event.day for event in distant if event.day]
    if dated and course.diagnosis:
        return "synchronous" if (dated[0] - course.diagnosis).middle <= SYNCHRONOUS_DAYS else "later"
    return "undated" if distant else "none_recorded"


def _free(course: Course, events: Sequence[Event]) -> list[FreeInterval]:
    done = [one for one in course.operations
            if one.day and one.kind in _MADE_FREE and one.residual_tumor in {"R0", "R1"}]  # fmt: skip
    found = []
    for number, operation in enumerate(done):
        following = _next_day(done[number + 1 :])
        interval = _until_event(course, operation, events, following)
        if interval is not None:
            found.append(interval)
    return found


def _next_day(later: Sequence[Operation]) -> int | None:
    return min((one.day.middle for one in later if one.day), default=None)


def _until_event(course: Course, operation: Operation, events: Sequence[Event], following: int | None
                 ) -> FreeInterval | None:  # fmt: skip
    """From an operation to the next event; None where another operation comes first, since it was not yet free."""
    if operation.day is None:
        return None
    after = [event for event in events if event.day and event.day.middle > operation.day.middle]
    event = after[0] if after else None
    ends = event.day if event else course.death if course.dead else course.last_contact
    if ends is None or (following is not None and following < ends.middle) or ends.high < operation.day.low:
        return None
    days = ends - operation.day
    evidence = (operation.place, *(event.evidence if event else ()))
    return FreeInterval(operation.kind, operation.day, DayInterval(max(days.low, 0), max(days.high, 0)),
                        event.status if event else None, evidence)  # fmt: skip


def _local(course: Course, events: Sequence[Event]) -> list[LocalTherapy]:
    cut = [(done.kind, done.day, done.place) for done in course.operations if done.kind in _ON_METASTASES]
    rays = [("radiation", ray.start, ray.place) for ray in course.radiations if ray.target == "distant"]
    return [LocalTherapy(kind, day, _few(events, day), place) for kind, day, place in [*cut, *rays]]


def _few(events: Sequence[Event], day: DayInterval | None) -> bool | None:
    """Whether the metastases known by a day were few; None where nobody counted them."""
    known = [event for event in events if event.status == "distant_metastasis" and event.day and day
             and event.day.middle <= day.middle]  # fmt: skip
    if not known or known[-1].lesions is None:
        return None
    return known[-1].lesions <= OLIGOMETASTATIC_LESIONS


def _status(course: Course) -> str | None:
    """Status at last contact: as stated, else from vital status, cause of death and whether tumour was there."""
    if course.dead:
        if course.cause_of_death in {"disease", "treatment"}:
            return "DOD"
        return "DOC" if course.cause_of_death in {"other", "other_cancer"} else "DUC"
    if course.last_status in {"NED", "AWD", "lost"}:
        return course.last_status
    return {"tumor_free": "NED", "with_tumor": "AWD"}.get(course.last_tumor_status or "")
