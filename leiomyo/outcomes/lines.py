"""Lines of therapy told: patient-level rows, how many reached which line with what, and who moved on to what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from leiomyo.course.line_rules import LineRules
from leiomyo.course.timeline import Course, Line
from leiomyo.model.dates import DayInterval
from leiomyo.outcomes.result import Result

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
            "agents": list(line.agents), "start_day": from_diagnosis(course, line.start),
            "end_day": from_diagnosis(course, line.end), "ongoing": line.ongoing, "setting": line.setting,
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
            "start_day": from_diagnosis(course, given.start), "end_day": from_diagnosis(course, given.end),
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
        "placed": counted("standing", (row["standing"] for row in exposure_rows(courses))),
        "settings": counted("setting", (line.setting for line in every if line.number == 0)),
        "marks": counted("mark", (mark for line in every for mark in line.marks)),
    }


def counted(name: str, values: Iterable[str]) -> list[dict[str, Any]]:
    """Rows of each value under `name` and how often it is met, in order of the values."""
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


def from_diagnosis(course: Course, day: DayInterval | None) -> int | None:
    """Whole days from diagnosis, at the middle of what partial dates allow."""
    return (day - course.diagnosis).middle if day and course.diagnosis else None
