"""Endpoints, each a declared rule: from which day, until which event, and what happens to those who can't say.

A rule takes one patient's course and the start of follow-up, and gives a time with the rows that decided it, or the
reason why the patient is left out. After the DATECAN consensus for sarcoma (Bellera et al., Ann Oncol 2015,
doi:10.1093/annonc/mdu360); what routine records add to it is told in each definition.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

from leiomyo.course.starts import Excluded, Start
from leiomyo.course.timeline import NEW_EVENTS, RECURRENCES, Course, Line, Statement
from leiomyo.errors import InputError
from leiomyo.model.dates import DayInterval

UNDATED_PROGRESSION = (
    "Progression is known only as a response to the line: it lies between the line's start and what came next."
)
END_BEFORE_NEXT = "The last day of treatment is not recorded: it lies before the next line."
#: From diagnosis, an operation within so many days counts as done: what it left is taken for known.
OPERATED_WITHIN_DAYS = 90
EVERYWHERE = ("diagnosis", "definitive-surgery", "first-metastasis", "line")


@dataclass(frozen=True, slots=True)
class Time:
    """A time to event or censoring: the days it may have taken, and the rows that decided it.

    `cause` names the event (a competing one too); None where the time is censored. `assumed` says what was taken for
    granted, where something was.
    """

    days: DayInterval
    cause: str | None
    evidence: tuple[str, ...]
    assumed: str = ""


Outcome = Time | Excluded
Rule = Callable[[Course, Start], Outcome]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A declared endpoint."""

    name: str
    label: str
    #: The day it is counted from unless another is asked for, and the days it may be counted from.
    index: str
    indices: tuple[str, ...]
    definition: str
    #: The events it may end with; what competes is told apart, any of them ends event-free time.
    causes: tuple[str, ...]
    #: Events after which it cannot happen any more: censored in a curve, apart in an incidence.
    competing: tuple[str, ...]
    rule: Rule


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(name: str, label: str, *causes: str, competing: tuple[str, ...] = (), index: str = "diagnosis",
             indices: tuple[str, ...] = EVERYWHERE) -> Callable[[Rule], Rule]:  # fmt: skip
    """Register a rule; its docstring is the definition that stands beside every result."""

    def register(rule: Rule) -> Rule:
        definition = " ".join((rule.__doc__ or "").split())
        ENDPOINTS[name] = Endpoint(name, label, index, indices, definition, causes, competing, rule)
        return rule

    return register


def get_endpoint(name: str) -> Endpoint:
    """The endpoint of that name, in any case."""
    if name.lower() not in ENDPOINTS:
        raise InputError("LM-A001", f"There is no {name!r}; there is: {', '.join(ENDPOINTS)}.")
    return ENDPOINTS[name.lower()]


@endpoint("os", "Overall survival", "death")
def overall_survival(course: Course, start: Start) -> Outcome:
    """Days from the start to death from any cause; the living are censored at their last contact."""
    if course.dead:
        return until(start, course.death, course.death_place, cause="death", without="a death without a day")
    if course.vital_status is None:
        return Excluded("vital status not recorded")
    return until(start, course.last_contact, course.contact_place, cause=None, without="no day of last contact")


@endpoint("dss", "Disease-specific survival", "death of leiomyosarcoma", competing=("death of another cause",))
def disease_specific_survival(course: Course, start: Start) -> Outcome:
    """Days from the start to death from the leiomyosarcoma or its treatment; death of another cause competes.

    A curve censors death of another cause; a cumulative incidence tells it apart. Who died of a cause that is not
    recorded is left out: the cause is never guessed from the course.
    """
    if not course.dead:
        return overall_survival(course, start)
    if course.cause_of_death in {None, "unknown"}:
        return Excluded("dead, cause of death not recorded")
    own = course.cause_of_death in {"disease", "treatment"}
    cause = "death of leiomyosarcoma" if own else "death of another cause"
    return until(start, course.death, course.death_place, cause=cause, without="a death without a day")


@endpoint("efs", "Event-free survival", "new tumour event", "death")
def event_free_survival(course: Course, start: Start) -> Outcome:
    """Days from the start to the first new tumour event or death from any cause; others are censored at last contact.

    New tumour events are local and regional recurrence, distant metastasis, progression and new primaries. Who has
    only events without a day is left out, unless the forms say that there was no new tumour event: then the spread may
    have been there at diagnosis.
    """
    return _first(course, start, NEW_EVENTS | {"new_primary"}, cause="new tumour event",
                  undated="a new tumour event without a day", may_be_old=True)  # fmt: skip


@endpoint("rfs", "Recurrence-free survival", "recurrence", "death", index="definitive-surgery",
          indices=("definitive-surgery", "diagnosis", "line"))  # fmt: skip
def recurrence_free_survival(course: Course, start: Start) -> Outcome:
    """Days from the definitive operation to the first recurrence, local or distant, or death from any cause.

    Only for those made free of disease: an operation with R0 or R1 before the start (from diagnosis: within 90 days, or
    its day not recorded), no spread at diagnosis, no recurrence before the start. Others are censored at last contact;
    new primaries are no event.
    """
    return _not_free(course, start, spread=True) or _first(
        course, start, NEW_EVENTS, cause="recurrence", undated="a recurrence without a day"
    )


@endpoint("lrfs", "Local recurrence-free survival", "local recurrence", "death", index="definitive-surgery",
          indices=("definitive-surgery", "diagnosis", "line"))  # fmt: skip
def local_recurrence_free_survival(course: Course, start: Start) -> Outcome:
    """Days from the definitive operation to the first local or regional recurrence, or death from any cause.

    Only after an operation with R0 or R1 and without a local recurrence before the start; distant metastasis is no
    event and ends nothing. Others are censored at last contact.
    """
    local = {"local_recurrence", "regional_recurrence"}
    return _not_free(course, start, spread=False) or _first(
        course, start, local, cause="local recurrence", undated="a local recurrence without a day"
    )


@endpoint("dmfs", "Distant metastasis-free survival", "distant metastasis", "death")
def distant_metastasis_free_survival(course: Course, start: Start) -> Outcome:
    """Days from the start to the first distant metastasis or death from any cause; local recurrence is no event.

    Only for those without distant spread at diagnosis or before the start. Others are censored at last contact.
    """
    if course.spread_at_diagnosis:
        return Excluded("distant spread at diagnosis")
    if _before(course, start, {"distant_metastasis"}):
        return Excluded(f"distant metastasis before {start.words}")
    return _first(course, start, {"distant_metastasis"}, cause="distant metastasis",
                  undated="a distant metastasis without a day")  # fmt: skip


# --- of a line of therapy ---------------------------------------------------------------------------------


@endpoint("pfs", "Progression-free survival", "progression", "death", index="line", indices=("line",))
def progression_free_survival(course: Course, start: Start) -> Outcome:
    """Days from the start of the line to the first progression, recurrence or metastasis after it, or death.

    Who starts another line before any recorded progression is censored on that day; others at last contact. Where
    progression is known only as a response to the line, its day lies between the line's start and what came next.
    """
    return _progression(course, start, deaths=True)


@endpoint("ttp", "Time to progression", "progression", index="line", indices=("line",))
def time_to_progression(course: Course, start: Start) -> Outcome:
    """Days from the start of the line to the first progression, recurrence or metastasis after it.

    Deaths without progression are censored, as are starts of another line and last contacts.
    """
    return _progression(course, start, deaths=False)


@endpoint("ttnt", "Time to next treatment", "next line", "death", index="line", indices=("line",))
def time_to_next_treatment(course: Course, start: Start) -> Outcome:
    """Days from the start of the line to the start of the next line or death from any cause.

    Others are censored at last contact. Surgery and radiation are no next treatment.
    """
    following = _next(course, start)
    if following is None:
        return overall_survival(course, start)
    return until(start, following.start, following.exposures[0].place, cause="next line", without="")


@endpoint("ttd", "Time to treatment discontinuation", "end of treatment", "death", index="line", indices=("line",))
def time_to_discontinuation(course: Course, start: Start) -> Outcome:
    """Days from the start of the line to the last day of its last drug, for any reason, or death under treatment.

    Lines that still run are censored at last contact. An end that is not recorded, or "still running" though a next
    line began, lies between the last start of a drug and the next line; otherwise the patient is left out.
    """
    line, following = _the_line(start), _next(course, start)
    if line.end is not None:
        return until(start, _by_death(course, line.end), _last_place(line), cause="end of treatment", without="")
    if line.ongoing and following is None:
        return overall_survival(course, start)
    if following is None:
        return Excluded("the end of treatment is not recorded")
    latest = max((given.start for given in line.exposures if given.start), key=lambda day: day.middle)
    span = DayInterval(latest.low, max(latest.high, following.start.high))
    return until(start, span, _last_place(line), cause="end of treatment", without="", assumed=END_BEFORE_NEXT)


# --- steps ------------------------------------------------------------------------------------------------


def until(start: Start, day: DayInterval | None, place: str, *, cause: str | None, without: str,
          assumed: str = "") -> Outcome:  # fmt: skip
    """The time from the start to `day`, or why there is none."""
    if day is None:
        return Excluded(without)
    days = day - start.day
    if days.high < 0:
        return Excluded(f"the end lies before {start.words}")
    evidence = tuple(dict.fromkeys(row for row in (start.place, place) if row))
    return Time(DayInterval(max(days.low, 0), days.high), cause, evidence, assumed)


def after(course: Course, start: Start, statuses: Collection[str]) -> list[Statement]:
    """The dated statements that count from the start on, the earliest first.

    What is found on the first day is why an operation or a line began, and no event after it; only from diagnosis,
    which is no treatment, the first day counts.
    """
    from_day = start.day.middle if start.index == "diagnosis" else start.day.middle + 1
    last = course.death.high if course.dead and course.death else math.inf
    found = [said for said in course.statements if said.status in statuses and said.day and said.day.low <= last]
    counted = [said for said in found if start.index == "diagnosis" or (said.day and said.day.middle >= from_day)]
    return sorted(counted, key=lambda said: (said.day.high, said.place) if said.day else (0, ""))


def _first(course: Course, start: Start, statuses: Collection[str], *, cause: str, undated: str,
           may_be_old: bool = False) -> Outcome:  # fmt: skip
    """Time to the first of some events, or to death.

    With `may_be_old` an event without a day is held for spread at diagnosis where the forms say that there was no new
    tumour event; where the patient had to be free of spread at the start, it leaves the patient out.
    """
    dated = after(course, start, statuses)
    if dated:
        # the first of several: no later than the earliest latest day, no earlier than the earliest of all
        span = DayInterval(min(_low(said) for said in dated), min(_high(said) for said in dated))
        return until(start, _by_death(course, span), dated[0].place, cause=cause, without="")
    untold = [said for said in course.statements if said.status in statuses and said.moment != "at_diagnosis"]
    earlier = any(said.day for said in untold)
    told_none = may_be_old and course.new_tumor_event is False
    unknown_kind = course.new_tumor_event and not any(said.status in NEW_EVENTS for said in course.statements)
    if (untold and not earlier and not told_none) or (unknown_kind and "new_tumor_event" in statuses):
        return Excluded(undated)
    return overall_survival(course, start)


def _low(said: Statement) -> int:
    return said.day.low if said.day else 0


def _high(said: Statement) -> int:
    return said.day.high if said.day else 0


def _by_death(course: Course, day: DayInterval) -> DayInterval:
    """What the death leaves of an interval: nothing happens after it."""
    if not course.dead or course.death is None or course.death.high >= day.high:
        return day
    return DayInterval(min(day.low, course.death.high), course.death.high)


def _not_free(course: Course, start: Start, *, spread: bool) -> Excluded | None:
    """Why a patient was not free of disease at the start; None where they were."""
    surgery = course.definitive_surgery
    if surgery is None:
        return Excluded("no definitive operation recorded")
    if surgery.residual_tumor not in {"R0", "R1"}:
        told = surgery.residual_tumor
        return Excluded(f"not free of disease after surgery ({told})" if told == "R2" else "residual tumour not known")
    grace = OPERATED_WITHIN_DAYS if start.index == "diagnosis" else 0
    if surgery.day is not None and (surgery.day - start.day).low > grace:
        return Excluded(
            f"operated more than {grace} days after {start.words}" if grace else f"operated after {start.words}"
        )
    if spread and course.spread_at_diagnosis:
        return Excluded("distant spread at diagnosis")
    if _before(course, start, RECURRENCES if spread else {"local_recurrence", "regional_recurrence"}):
        return Excluded(f"recurrence or spread before {start.words}")
    return None


def _before(course: Course, start: Start, statuses: Collection[str]) -> bool:
    """Whether one of some events is known on or before the first day; from diagnosis nothing is."""
    if start.index == "diagnosis":
        return False
    return any(said.status in statuses and said.day and said.day.middle <= start.day.middle
               for said in course.statements)  # fmt: skip


def _progression(course: Course, start: Start, *, deaths: bool) -> Outcome:
    line, following = _the_line(start), _next(course, start)
    grown = after(course, start, NEW_EVENTS) + [
        said for said in course.statements if said.response == "PD" and said.status not in NEW_EVENTS
        and said.day and said.day.middle > start.day.middle
    ]  # fmt: skip
    first = min(grown, key=lambda said: (said.day.middle, said.place) if said.day else (0, ""), default=None)
    if first and first.day and (following is None or first.day.middle <= following.start.middle):
        span = DayInterval(min(_low(said) for said in grown), min(_high(said) for said in grown))
        return until(start, _by_death(course, span), first.place, cause="progression", without="")
    if any(given.response == "PD" for given in line.exposures):
        return _within(course, start, line, following)
    if following is not None:
        return until(start, following.start, following.exposures[0].place, cause=None, without="")
    survived = overall_survival(course, start)
    if isinstance(survived, Time) and survived.cause and not deaths:
        return Time(survived.days, None, survived.evidence)
    return survived


def _within(course: Course, start: Start, line: Line, following: Line | None) -> Outcome:
    """Progression that is told only as a response: its day lies before whatever came next."""
    ends = [following.start if following else None, course.death, course.last_contact, line.end]
    end = next((day for day in ends if day is not None), None)
    if end is None:
        return Excluded("progression without a day")
    low = DayInterval(start.day.low + 1, max(start.day.low + 1, end.high))
    told = next((given.place for given in line.exposures if given.response == "PD"), "")
    return until(start, low, told, cause="progression", without="", assumed=UNDATED_PROGRESSION)


def _next(course: Course, start: Start) -> Line | None:
    line = _the_line(start)
    last = course.death.high if course.dead and course.death else math.inf
    return next((other for other in course.lines if other.number > line.number and other.start.low <= last), None)


def _the_line(start: Start) -> Line:
    if start.line is None:
        raise ValueError("an endpoint of a line is counted from the start of one")
    return start.line


def _last_place(line: Line) -> str:
    """The row of the drug that ended last."""
    return max(line.exposures, key=lambda given: given.end.middle if given.end else -(10**6)).place
