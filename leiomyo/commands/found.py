"""What a registry found, as plain rows that can be held against the truth of a simulated cohort."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Any

from leiomyo.checks.run import of_everybody, run_checks
from leiomyo.course.endpoints import ENDPOINTS, Time
from leiomyo.course.starts import Excluded, start_of
from leiomyo.course.timeline import Course
from leiomyo.errors import InputError
from leiomyo.registry import Registry
from leiomyo.simulate.score import ENDPOINT_ITEMS, Found

Row = dict[str, Any]


def found_in(registry: Registry, unsayable: Set[tuple[str, str, str]] = frozenset()) -> Found:
    """Cases, operations, lines, times, alarms and pairs of a registry.

    Parameters
    ----------
    unsayable
        Columns for which the format of a centre has no place, as centre, table and column.
    """
    people = registry.store.dicts("""SELECT p.centre, p.patient, p.axis, c.lms, c.site_group
                                     FROM patient p LEFT JOIN lms_case c USING (centre, patient)""")
    courses = registry.courses()
    pairs, no_pairs = _pairs(registry)
    return Found(
        people=people,
        operations=[_whose(one) | {"margin": one.definitive_surgery.margin} for one in courses
                    if one.definitive_surgery],
        lines=[row for one in courses for row in _lines(one)],
        times=[row for one in courses for row in _times(one)],
        alarms=list(_alarms(registry)),
        pairs=pairs, no_pairs=no_pairs, unsayable=unsayable,
    )  # fmt: skip


def _whose(course: Course) -> Row:
    return {"centre": course.centre, "patient": course.patient}


def _lines(course: Course) -> Iterator[Row]:
    for line in course.lines:
        yield _whose(course) | {"line": line.number, "agents": "+".join(sorted(line.agents)),
                                "start_low": line.start.low, "start_high": line.start.high}  # fmt: skip


def _times(course: Course) -> Iterator[Row]:
    for name in ENDPOINT_ITEMS:
        endpoint = ENDPOINTS[name]
        numbers: Iterable[int | None] = [line.number for line in course.lines] if endpoint.index == "line" else [None]
        for number in numbers:
            start = start_of(course, endpoint.index, number)
            time = start if isinstance(start, Excluded) else endpoint.rule(course, start)
            if isinstance(time, Time):
                yield _whose(course) | {"endpoint": name, "line": number, "low": time.days.low, "high": time.days.high,
                                        "event": time.cause in endpoint.causes}  # fmt: skip


def _alarms(registry: Registry) -> Iterator[Row]:
    """Whom a check names; one row for each patient and check."""
    for result in run_checks(registry.store, of_everybody()):
        for centre, patient in sorted(result.people if result.outcome == "fail" else ()):
            yield {"centre": centre, "patient": patient, "check": result.check.check,
                   "category": result.check.category, "severity": result.check.severity}  # fmt: skip


def _pairs(registry: Registry) -> tuple[list[tuple[tuple[str, str], tuple[str, str]]] | None, str]:
    try:
        found = registry.duplicates()
    except InputError as error:
        if error.code != "LM-A012":
            raise
        return None, str(error)
    return [((row["centre"], row["patient"]), (row["other_centre"], row["other_patient"])) for row in found], ""
