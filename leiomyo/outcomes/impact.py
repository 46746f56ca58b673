"""What doubtful records do to a result: the same survival with and without them, and at each reading of vague days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leiomyo.checks.check import Check, CheckResult
from leiomyo.course.line_rules import LineRules
from leiomyo.course.timeline import NEW_EVENTS, Course
from leiomyo.errors import InputError
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.question import READINGS, Question, ask
from leiomyo.outcomes.result import Result
from leiomyo.outcomes.survival import survival_groups
from leiomyo.store.store import Store

Who = set[tuple[str, str]]
IntArray = npt.NDArray[np.int64]
FIVE_YEARS = 1826


@dataclass(frozen=True, slots=True)
class Impact(Result):
    """Rows `flag`, `label`, `n` with survival and median `with` and `without` the flagged; `readings` of vague days."""

    endpoint: str
    days: int
    rows: tuple[dict[str, Any], ...]
    readings: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Rows and readings as plain values."""
        return {"endpoint": self.endpoint, "days": self.days, "flags": list(self.rows), "readings": list(self.readings)}

    def columns(self) -> dict[str, Any]:
        """One row a kind of flag."""
        names = ("label", "n", "survival_with", "survival_without", "median_with", "median_without")
        return {name: [row[name] for row in self.rows] for name in names}

    def notes(self) -> Sequence[str]:
        """What each does to the result, in words."""
        return tuple(row["sentence"] for row in self.rows)


def impact(store: Store, endpoint: str = "os", *, days: int = FIVE_YEARS, index: str | None = None,
           line: int | None = None, rules: LineRules | None = None) -> Impact:  # fmt: skip
    """What each kind of doubtful record does to survival at `days`; see `Registry.impact`."""
    if days < 0:
        raise InputError("LM-A008", f"Survival is read at a day of 0 or later, not at {days}.")
    question = ask(store, endpoint, index=index, line=line, rules=rules)
    people = [(course.centre, course.patient) for course, _ in question.people]
    observed = _observed(question)
    everybody = _read(observed, [True] * len(people), days)
    rows = []
    for flag, told, who in _flags(store, question):
        inside = [person in who for person in people]
        if any(inside):
            rest = _read(observed, [not is_in for is_in in inside], days)
            rows.append(_row(flag, told, sum(inside), everybody, rest, days))
    readings = [
        {"reading": reading, **_read(_observed(question, reading), [True] * len(people), days)}
        for reading in question.readings
    ]
    return Impact(endpoint, days, tuple(rows), tuple(readings) if len(readings) == len(READINGS) else ())


def check_effects(store: Store, results: Iterable[CheckResult], *, days: int = FIVE_YEARS,
                  rules: LineRules | None = None) -> dict[str, dict[str, Any]]:  # fmt: skip
    """What each failing check's patients do to overall survival, by the check's name.

    Returns
    -------
    dict
        `affected`, how many of those followed the check concerns, `deaths` among them; survival at `days` and
        median `with` and `without` them, None where nobody is left. Checks that name nobody followed are absent.

    Notes
    -----
    It says how far the result hangs on the rows in question, not what it would be were they right. A gap that only
    the dead or only the living can have (the cause of death, a last contact) gets no effect: leaving those out
    would select on the outcome.
    """
    failing = [one for one in results if one.outcome == "fail" and one.people and not _selects(one.check)]
    if not failing:
        return {}
    question = ask(store, "os", rules=rules)
    place = {(course.centre, course.patient): at for at, (course, _) in enumerate(question.people)}
    died = {at for at, time in enumerate(question.times) if time.cause}
    observed = _observed(question)
    everybody = _read(observed, [True] * len(place), days)
    told, known = {}, {}
    for result in failing:
        inside = frozenset(place[person] for person in result.people if person in place)
        if not inside:
            continue
        if inside not in known:
            known[inside] = _read(observed, [at not in inside for at in range(len(place))], days)
        rest = known[inside]
        told[result.check.check] = {
            "affected": len(inside), "deaths": len(inside & died), "days": days,
            "survival_with": everybody["survival"], "survival_without": rest["survival"],
            "median_with": everybody["median_days"], "median_without": rest["median_days"],
        }  # fmt: skip
    return told


def _selects(check: Check) -> bool:
    """Whether by its definition a gap is one of the dead or of the living alone."""
    return check.category == "completeness" and (check.type == "silent" or "vital_status" in check.of)


def _observed(question: Question, reading: str = "middle") -> tuple[IntArray, IntArray]:
    """The days and events of everybody; taken once, since many subsets are read from them."""
    times = np.asarray([time.days.read(reading) for time in question.times], dtype=np.int64)
    events = np.asarray([time.cause in question.endpoint.causes for time in question.times], dtype=np.int64)
    return times, events


def _read(observed: tuple[IntArray, IntArray], taken: Sequence[bool], days: int) -> dict[str, Any]:
    """Survival at a day and the median, of those taken."""
    inside = np.asarray(taken, dtype=bool)
    if not inside.any():
        return {"survival": None, "median_days": None}
    times, events = observed
    found = survival_groups(EventTable.from_rows(times[inside], events[inside]), by=None, milestones=[days])["groups"]
    return {"survival": found[0]["milestones"][0]["survival"], "median_days": found[0]["median_days"]}


def _row(flag: str, told: str, n: int, all_: dict[str, Any], rest: dict[str, Any], days: int) -> dict[str, Any]:
    moved = f"{_percent(rest['survival'])} without and {_percent(all_['survival'])} with them"
    return {
        "flag": flag, "label": told, "n": n, "survival_with": all_["survival"], "survival_without": rest["survival"],
        "median_with": all_["median_days"], "median_without": rest["median_days"],
        "sentence": f"{n} {'patient' if n == 1 else 'patients'} with {told}: survival at {days} days is {moved}.",
    }  # fmt: skip


def _percent(share: float | None) -> str:
    return "not known" if share is None else f"{100 * share:.1f} %"


def _flags(store: Store, question: Question) -> Iterable[tuple[str, str, Who]]:
    """Kinds of doubtful records, what they are called, and whose they are."""
    ledger = "SELECT DISTINCT centre, patient FROM conflict WHERE kind = ?"
    yield "hard", "a contact alive after a recorded death", set(store.rows(ledger, ["hard"]))
    yield "contradiction", "statements that exclude each other", set(store.rows(ledger, ["contradiction"]))
    yield "conflict", "two values of one fact", set(store.rows(ledger, ["conflict"]))
    problems = store.rows("""SELECT DISTINCT coalesce(m.as_centre, s.centre), coalesce(m.as_patient, i.patient)
                             FROM problem p
                             JOIN input_row i ON i.source = p.source AND i.file = p.file AND i.row = p.row
                             JOIN source s ON s.name = p.source
                             LEFT JOIN same_person m ON m.centre = s.centre AND m.patient = i.patient
                             WHERE i.patient IS NOT NULL""")
    yield "problem", "a problem in one of their rows", set(problems)
    flagged = store.rows("SELECT centre, patient FROM lms_case WHERE site_flagged")
    yield "site", "a site of origin to look at", set(flagged)
    told = [(course.centre, course.patient) for course in question.courses if _unplaced(course)]
    yield "unplaced", "a drug that stands in no line", set(told)
    told = [(course.centre, course.patient) for course in question.courses if _undated(course)]
    yield "undated", "a recurrence or spread without a day", set(told)
    pairs = zip(question.people, question.times, strict=True)
    told = [(course.centre, course.patient) for (course, _), time in pairs if not time.days.exact]
    yield "imprecise", "an imprecise day", set(told)


def _unplaced(course: Course) -> bool:
    return any(given.standing == "unplaced" for given in course.exposures)


def _undated(course: Course) -> bool:
    events = [said for said in course.statements if said.status in NEW_EVENTS]
    return bool(events) and all(said.day is None for said in events)
