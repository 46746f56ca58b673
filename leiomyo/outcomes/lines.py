"""Lines of therapy told: patient-level rows, how many reached which line with what, and who moved on to what."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from leiomyo.course.line_rules import LineRules
from leiomyo.course.progress import progress
from leiomyo.course.regimens import agent_label
from leiomyo.course.timeline import NEW_EVENTS, Course, Line
from leiomyo.model.codes import label
from leiomyo.model.dates import DayInterval
from leiomyo.outcomes.result import Result

#: More lanes than this cannot be read in one picture; the longest courses are shown and the report says so.
LANES = 40
NO_FURTHER = "none"


@dataclass(frozen=True, slots=True)
class LinesResult(Result):
    """Lines of therapy: `rows` a patient and line, `exposures` with their places, `tables` of what was reached."""

    rows: tuple[dict[str, Any], ...]
    exposures: tuple[dict[str, Any], ...]
    tables: dict[str, Any]
    rules: LineRules

    def to_dict(self) -> dict[str, Any]:
        """Rows, exposures, tables and the rules they rest on, as plain values."""
        return {"lines": list(self.rows), "exposures": list(self.exposures), "tables": self.tables,
                "rules": self.rules.to_dict()}  # fmt: skip

    def columns(self) -> dict[str, Any]:
        """One row a patient and line."""
        names = ("centre", "patient", "line", "label", "start_day", "end_day", "setting", "best_response", "reason")
        return {name: [row[name] for row in self.rows] for name in names}

    def table_rows(self) -> list[dict[str, Any]]:
        """The rows as people read them."""
        columns = self.columns()
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]

    def notes(self) -> Sequence[str]:
        """Which rules decided."""
        return (f"Lines of therapy by the rules {self.rules.version}; line 0 is peri-operative.",)


def lines(courses: Sequence[Course], rules: LineRules) -> LinesResult:
    """Lines of therapy of some courses, told by patient and in tables."""
    return LinesResult(tuple(line_rows(courses)), tuple(exposure_rows(courses)), line_tables(courses), rules)


def line_rows(courses: Iterable[Course]) -> list[dict[str, Any]]:
    """One row a patient and line: `leiomyo lines --json`. Days from diagnosis; None where not recorded."""
    return [
        {
            "centre": course.centre, "patient": course.patient, "line": line.number, "regimen": line.regimen,
            "agents": list(line.agents), "start_day": _from_diagnosis(course, line.start),
            "end_day": _from_diagnosis(course, line.end), "ongoing": line.ongoing, "setting": line.setting,
            "reason": line.reason, "label": line.label, "best_response": line.best_response,
            "marks": list(line.marks),
        }
        for course in courses for line in course.lines
    ]  # fmt: skip


def exposure_rows(courses: Iterable[Course]) -> list[dict[str, Any]]:
    """One row an exposure: where it stands and why; each stands in exactly one place."""
    return [
        {
            "centre": course.centre, "patient": course.patient, "agent": given.agent.removeprefix("?"),
            "start_day": _from_diagnosis(course, given.start), "end_day": _from_diagnosis(course, given.end),
            "standing": f"line {given.line}" if given.line is not None else given.standing, "reason": given.reason,
            "row": given.place,
        }
        for course in courses for given in course.exposures
    ]  # fmt: skip


def line_tables(courses: Sequence[Course]) -> dict[str, Any]:
    """How many patients reached each line, which was their last, and with which regimen; peri-operative apart.

    Returns
    -------
    dict
        `patients`; `perioperative` patients with a line 0; `reached` rows of line and patients, at least;
        `last` rows of line and patients, each patient once (0: no line of advanced disease); `regimens` rows of
        regimen and line with patients and best responses; `placed` exposures by where they
        stand; `marks` lines by mark.
    """
    numbers = [max((line.number for line in course.lines), default=0) for course in courses]
    most = max(numbers, default=0)
    every = [line for course in courses for line in course.lines]
    return {
        "patients": len(courses),
        "perioperative": sum(course.line(0) is not None for course in courses),
        "reached": [{"line": n, "patients": sum(number >= n for number in numbers)} for n in range(1, most + 1)],
        "last": [{"line": n, "patients": numbers.count(n)} for n in range(most + 1)],
        "regimens": _regimens(every),
        "placed": _counted("standing", (row["standing"] for row in exposure_rows(courses))),
        "settings": _counted("setting", (line.setting for line in every if line.number == 0)),
        "marks": _counted("mark", (mark for line in every for mark in line.marks)),
    }


def _counted(name: str, values: Iterable[str]) -> list[dict[str, Any]]:
    return [{name: value, "n": n} for value, n in sorted(Counter(values).items())]


def _regimens(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Patients and best responses by regimen and line, the commonest regimen first."""
    total = Counter(line.regimen for line in lines)
    by = Counter((line.regimen, line.label, line.number) for line in lines)
    responses = Counter((line.regimen, line.number, line.best_response) for line in lines if line.best_response)
    rows = [
        {"regimen": name, "label": told, "line": number, "patients": n,
         "responses": {code: responses[name, number, code] for code in ("CR", "PR", "SD", "PD", "NE")}}
        for (name, told, number), n in by.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-total[row["regimen"]], row["label"], row["line"]))


def line_flow(courses: Sequence[Course], *, through: int = 4) -> dict[str, Any]:
    """Who went from which regimen to which: `nodes` by line and regimen, `links` between neighbouring lines.

    Only lines of advanced disease; whoever has no further line stands under `none`. Lines past `through` are left out
    and counted in `beyond`.
    """
    paths = [[line for line in course.lines if line.number > 0] for course in courses]
    paths = [path for path in paths if path]
    nodes: Counter[tuple[int, str, str]] = Counter()
    links: Counter[tuple[int, str, str]] = Counter()
    for path in paths:
        steps = [(line.regimen, line.label) for line in path[:through]]
        if len(path) < through:
            steps.append((NO_FURTHER, "No further line"))
        for number, step in enumerate(steps, start=1):
            nodes[(number, *step)] += 1
        for number, (one, two) in enumerate(pairwise(steps), start=1):
            links[number, one[0], two[0]] += 1
    return {
        "patients": len(paths), "through": through, "beyond": sum(len(path) > through for path in paths),
        "nodes": [{"line": n, "regimen": name, "label": told, "n": count}
                  for (n, name, told), count in sorted(nodes.items(), key=lambda one: (one[0][0], -one[1], one[0]))],
        "links": [{"line": n, "from": one, "to": two, "n": count} for (n, one, two), count in sorted(links.items())],
    }  # fmt: skip


def swimmer(courses: Sequence[Course], *, lanes: int = LANES) -> dict[str, Any]:
    """The courses of treated patients as lanes: bars are lines, marks are what happened; days from diagnosis."""
    treated = [course for course in courses if course.lines and course.diagnosis]
    shown = sorted(treated, key=lambda course: (-(_end_of(course) or 0), course.centre, course.patient))[:lanes]
    return {"of": len(treated), "shown": len(shown), "patients": [_lane(course) for course in shown]}


def _lane(course: Course) -> dict[str, Any]:
    end = _end_of(course)
    return {
        "centre": course.centre, "patient": course.patient, "end_day": end, "dead": course.dead,
        "bars": [
            {"line": line.number, "regimen": line.regimen, "label": line.label,
             "start_day": _from_diagnosis(course, line.start),
             "end_day": _from_diagnosis(course, line.end) if line.end else end if line.ongoing else None,
             "open": line.end is None}
            for line in course.lines
        ],
        "marks": [{"kind": event["kind"], "day": event["start_day"], "label": event["label"]}
                  for event in events(course) if event["kind"] not in {"drug", "contact"}
                  and event["start_day"] is not None],
    }  # fmt: skip


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
            {"status": event.status, "day": _from_diagnosis(course, event.day), "sites": list(event.sites),
             "routes": list(event.routes), "rows": list(event.evidence)}
            for event in found.events
        ],
        "free_intervals": [
            {"after": one.operation, "start_day": _from_diagnosis(course, one.start), "days": one.days.middle,
             "until": one.event, "rows": list(one.evidence)}
            for one in found.free_intervals
        ],
        "local_therapy": [
            {"kind": one.kind, "day": _from_diagnosis(course, one.day), "oligometastatic": one.oligometastatic,
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
        "spread": _counted("spread", (each.spread for each in found)),
        "status": [{"status": status, "n": n} for status, n in Counter(each.status for each in found).most_common()],
        "free": {"n": len(free), "ended": len(ended), "median_days_ended": statistics.median(ended) if ended else None},
        "local_therapy": [{"kind": kind, "patients": n} for kind, n in sorted(kinds.items())],
    }  # fmt: skip


def _event(course: Course, kind: str, told: str, start: DayInterval | None, end: DayInterval | None, detail: str,
           row: str) -> dict[str, Any]:  # fmt: skip
    span = start - course.diagnosis if start and course.diagnosis and kind != "diagnosis" else None
    at = 0 if kind == "diagnosis" and course.diagnosis else span.middle if span else None
    return {
        "kind": kind, "label": told, "start_day": at, "end_day": _from_diagnosis(course, end),
        "low": span.low if span and not span.exact else None, "high": span.high if span and not span.exact else None,
        "detail": detail, "row": row,
    }  # fmt: skip


def _end_of(course: Course) -> int | None:
    return _from_diagnosis(course, course.death if course.dead and course.death else course.last_contact)


def _from_diagnosis(course: Course, day: DayInterval | None) -> int | None:
    """Whole days from diagnosis, at the middle of what partial dates allow."""
    return (day - course.diagnosis).middle if day and course.diagnosis else None
