"""A patient's course told as plain values: events with their rows, lanes of a swimmer plot, how the disease went."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from leiomyo.course.progress import progress
from leiomyo.course.regimens import agent_label
from leiomyo.course.timeline import NEW_EVENTS, Course
from leiomyo.model.codes import label
from leiomyo.model.dates import DayInterval
from leiomyo.outcomes.lines import counted, exposure_rows, from_diagnosis, line_rows

#: More lanes than this cannot be read in one picture; the longest courses are shown and the report says so.
LANES = 40


def _lane(course: Course) -> dict[str, Any]:
    end = _end_of(course)
    return {
        "centre": course.centre, "patient": course.patient, "end_day": end, "dead": course.dead,
        "bars": [
            {"line": line.number, "regimen": line.regimen, "label": line.label,
             "start_day": from_diagnosis(course, line.start),
             "end_day": from_diagnosis(course, line.end) if line.end else end if line.ongoing else None,
             "open": line.end is None}
            for line in course.lines
        ],
        "marks": [{"kind": event["kind"], "day": event["start_day"], "label": event["label"]}
                  for event in events(course) if event["kind"] not in {"drug", "contact"}
                  and event["start_day"] is not None],
    }  # fmt: skip


def swimmer(courses: Sequence[Course], *, lanes: int = LANES) -> dict[str, Any]:
    """The courses of treated patients as lanes: bars are lines, marks are what happened; days from diagnosis."""
    treated = [course for course in courses if course.lines and course.diagnosis]
    shown = sorted(treated, key=lambda course: (-(_end_of(course) or 0), course.centre, course.patient))[:lanes]
    return {"of": len(treated), "shown": len(shown), "patients": [_lane(course) for course in shown]}


def events(course: Course) -> list[dict[str, Any]]:
    """Everything that happened to a patient, in order of day, each with the row that says so.

    Returns
    -------
    list
        Rows of `kind` (diagnosis, surgery, radiation, drug, recurrence, statement, death, contact), `label`,
        `start_day`, `end_day` from diagnosis (None where not recorded), `low` and `high` of an imprecise start,
        `detail` and `row`.
    """
    found = [_event(course, "diagnosis", "Diagnosis", course.diagnosis, None, "", "")]
    for done in course.operations:
        about = [f"margin {label('margins', done.margin).lower()}" if done.margin else "margin unknown",
                 done.residual_tumor or "residual tumour unknown"]  # fmt: skip
        found.append(_event(course, "surgery", label("surgery_kind", done.kind), done.day, None,
                            ", ".join(about), done.place))  # fmt: skip
    for ray in course.radiations:
        target = f"Radiation, {label('radiation_target', ray.target).lower()}" if ray.target else "Radiation"
        dose = f"{ray.dose_gy:g} Gy" if ray.dose_gy else "dose not recorded"
        found.append(_event(course, "radiation", target, ray.start, ray.end, dose, ray.place))
    for given in course.exposures:
        where = f"line {given.line}" if given.line is not None else given.standing.replace("_", " ")
        found.append(_event(course, "drug", agent_label(given.agent), given.start, given.end,
                            f"{where}: {given.reason}", given.place))  # fmt: skip
    for said in course.statements:
        if not said.status.startswith("no_"):
            kind = "recurrence" if said.status in NEW_EVENTS else "statement"
            site = label("metastatic_sites", said.site) if said.site else ""
            found.append(_event(course, kind, label("disease_status", said.status), said.day, None,
                                site or said.response or "", said.place))  # fmt: skip
    end = ("death", "Death", course.death, course.death_place) if course.dead else (
        "contact", "Last contact", course.last_contact, course.contact_place)  # fmt: skip
    found.append(_event(course, end[0], end[1], end[2], None, course.cause_of_death or "", end[3]))
    order = ("diagnosis", "surgery", "radiation", "drug", "recurrence", "statement", "death", "contact")
    return sorted(found, key=lambda one: (one["start_day"] is None, one["start_day"] or 0, order.index(one["kind"])))


def _event(course: Course, kind: str, told: str, start: DayInterval | None, end: DayInterval | None, detail: str,
           row: str) -> dict[str, Any]:  # fmt: skip
    span = start - course.diagnosis if start and course.diagnosis and kind != "diagnosis" else None
    at = 0 if kind == "diagnosis" and course.diagnosis else span.middle if span else None
    return {
        "kind": kind, "label": told, "start_day": at, "end_day": from_diagnosis(course, end),
        "low": span.low if span and not span.exact else None, "high": span.high if span and not span.exact else None,
        "detail": detail, "row": row,
    }  # fmt: skip


def _end_of(course: Course) -> int | None:
    return from_diagnosis(course, course.death if course.dead and course.death else course.last_contact)


def course_as_dict(course: Course) -> dict[str, Any]:
    """One patient's course as plain values: events, lines, and where each exposure stands."""
    return {
        "centre": course.centre, "patient": course.patient, "vital_status": course.vital_status,
        "disease": _disease(course), "events": events(course), "lines": line_rows([course]),
        "exposures": exposure_rows([course]),
    }  # fmt: skip


def _disease(course: Course) -> dict[str, Any]:
    """How the disease went: spread, status at last contact, intervals free of disease, local therapy of metastases."""
    found = progress(course)
    return {
        "spread": found.spread, "status": found.status,
        "recurrences": [
            {"status": event.status, "day": from_diagnosis(course, event.day), "sites": list(event.sites),
             "routes": list(event.routes), "rows": list(event.evidence)}
            for event in found.events
        ],
        "free_intervals": [
            {"after": one.operation, "start_day": from_diagnosis(course, one.start), "days": one.days.middle,
             "until": one.event, "rows": list(one.evidence)}
            for one in found.free_intervals
        ],
        "local_therapy": [
            {"kind": one.kind, "day": from_diagnosis(course, one.day), "oligometastatic": one.oligometastatic,
             "row": one.evidence}
            for one in found.local_therapies
        ],
    }  # fmt: skip


def disease_tables(courses: Sequence[Course]) -> dict[str, Any]:
    """The cohort's disease courses in counts: spread, status at last contact, intervals free of disease, local therapy.

    Returns
    -------
    dict
        `spread` and `status` rows with patients (None: not recorded); `free` intervals with their number, how many
        ended in an event and the median of those; `local_therapy` patients by kind.
    """
    found = [progress(course) for course in courses]
    free = [one for each in found for one in each.free_intervals]
    ended = [one.days.middle for one in free if one.event]
    kinds = Counter(kind for each in found for kind in {one.kind for one in each.local_therapies})
    return {
        "spread": counted("spread", (each.spread for each in found)),
        "status": [{"status": status, "n": n} for status, n in Counter(each.status for each in found).most_common()],
        "free": {"n": len(free), "ended": len(ended), "median_days_ended": statistics.median(ended) if ended else None},
        "local_therapy": [{"kind": kind, "patients": n} for kind, n in sorted(kinds.items())],
    }  # fmt: skip
