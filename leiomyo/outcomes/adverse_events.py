"""Adverse events by regimen, by attributed treatment, by CTCAE term and by month on the line, with exact limits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leiomyo.course.regimens import regimen
from leiomyo.course.timeline import Course
from leiomyo.model.ctcae import organ_class
from leiomyo.outcomes.attribution import STANDINGS, AdverseEvent, Place, place
from leiomyo.outcomes.response import clopper_pearson
from leiomyo.outcomes.windows import Window, months_between, windows

Key = tuple[str, str]
SEVERE, FATAL = 3, 5
#: What is counted of a group's patients: any event, and those of at least this grade.
_MEASURES = {"any": None, "severe": SEVERE, "fatal": FATAL}
BANDS = ("mild", "severe", "fatal", "unknown")
#: Months from the first day of a line.
_EDGES = (0, 1, 2, 3, 6, 12, None)


@dataclass(frozen=True, slots=True)
class Recording:
    """For whom adverse events are recorded at all: patients with any statement, and centres that record them."""

    patients: frozenset[Key]
    centres: frozenset[str]

    def of(self, patients: Collection[Key]) -> tuple[set[Key], set[Key]]:
        """Of some patients, those with any statement and those of a centre that records adverse events."""
        own = set(patients)
        return own & self.patients, {key for key in own if key[0] in self.centres}


@dataclass(frozen=True, slots=True)
class Placed:
    """One event with its patient and its place."""

    key: Key
    event: AdverseEvent
    place: Place


def adverse_event_tables(courses: Sequence[Course], events: Mapping[Key, Sequence[AdverseEvent]],
                         recording: Recording) -> dict[str, Any]:  # fmt: skip
    """Adverse events of a cohort; empty where nobody has one recorded.

    Returns
    -------
    dict
        `patients` of the cohort, `recorded` those with any statement, `collected` those of centres that record
        adverse events; `events` in all and where they `placed`; `regimens` and `attributed` with rates (`_rates`);
        `terms` with the worst grade of each patient; `over_time` by month on the line, where days are known.
    """
    own = {(course.centre, course.patient): course for course in courses}
    placed = [Placed(key, event, place(event, own[key])) for key, told in events.items() if key in own
              for event in told]  # fmt: skip
    recorded, collected = recording.of(own)
    if not placed and not recorded:
        return {}
    standings = Counter(one.place.standing for one in placed)
    return {
        "patients": len(own), "recorded": len(recorded), "collected": len(collected), "events": len(placed),
        "placed": [{"standing": name, "events": standings[name],
                    "patients": len({one.key for one in placed if one.place.standing == name})}
                   for name in STANDINGS],
        "regimens": _by_regimen(courses, placed, recording),
        "attributed": _by_attributed(own, placed, recording),
        "terms": _terms(placed),
        "over_time": _over_time(own, placed, recorded),
    }  # fmt: skip


# --- rates by treatment ----------------------------------------------------------------------------------


def _by_regimen(courses: Sequence[Course], placed: Sequence[Placed], recording: Recording) -> list[dict[str, Any]]:
    """A row a regimen of any line, line 0 included: each patient counts once, however often it was given."""
    had: dict[str, set[Key]] = defaultdict(set)
    labels: dict[str, str] = {}
    for course in courses:
        for line in course.lines:
            had[line.regimen].add((course.centre, course.patient))
            labels[line.regimen] = line.label
    inside: dict[str, list[Placed]] = defaultdict(list)
    for one in placed:
        if one.place.line:
            inside[one.place.line.regimen].append(one)
    rows = [{"regimen": name, "label": labels[name], **_rates(patients, inside[name], recording),
             "terms": _terms(inside[name])} for name, patients in had.items()]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["any"]["n"], -row["patients"], row["label"]))


def _by_attributed(own: Mapping[Key, Course], placed: Sequence[Placed], recording: Recording) -> list[dict[str, Any]]:
    """A row a treatment that the source attributes events to, whenever they began; what names no drug keeps its words.

    At risk is who was given all its drugs; of other words nobody knows who is at risk.
    """
    inside: dict[tuple[str, frozenset[str]], list[Placed]] = defaultdict(list)
    for one in placed:
        if one.event.attributed_to:
            agents = one.event.agents
            name = regimen(sorted(agents)).label if agents else one.event.attributed_to.strip()
            inside[name, agents].append(one)
    rows = []
    for (name, agents), told in inside.items():
        had = {key for key, course in own.items() if agents and agents <= {one.agent for one in course.exposures}}
        # whoever has an event attributed to a drug was given it, recorded or not
        had |= {one.key for one in told} if agents else set()
        row = {"treatment": name, "drugs": sorted(agents), **_rates(had, told, recording)}
        rows.append(row if agents else row | {"patients": None, "recorded": None, "collected": None})
    unstated = [one for one in placed if not one.event.attributed_to]
    rows.sort(key=lambda row: (-row["any"]["n"], row["treatment"]))
    if rows and unstated:
        rows.append({"treatment": None, "drugs": [], **_rates(set(), unstated, recording), "patients": None,
                     "recorded": None, "collected": None})  # fmt: skip
    return rows


def _rates(had: set[Key], told: Sequence[Placed], recording: Recording) -> dict[str, Any]:
    """Patients with any event, with grade 3 or worse and with grade 5, of two denominators, with exact limits.

    `recorded` had the treatment and have any adverse event recorded; `collected` had it at a centre that records
    them; `grade_unknown` have an event whose grade is not recorded and none of grade 3 or worse.
    """
    recorded, collected = recording.of(had)
    with_event = {one.key for one in told}
    worst = _worst(told)
    ungraded = {one.key for one in told if one.event.grade is None}
    row: dict[str, Any] = {
        "patients": len(had), "recorded": len(recorded), "collected": len(collected), "events": len(told),
        "grade_unknown": sum((worst[key] or 0) < SEVERE for key in ungraded),
    }  # fmt: skip
    for name, grade in _MEASURES.items():
        reached = {key for key in with_event if grade is None or (worst[key] or 0) >= grade}
        row[name] = {"n": len(reached), "of_recorded": _share(reached, recorded),
                     "of_collected": _share(reached, collected)}  # fmt: skip
    return row


def _worst(told: Sequence[Placed]) -> dict[Key, int | None]:
    """The worst recorded grade of each patient; None where none is recorded."""
    worst: dict[Key, int | None] = {}
    for one in told:
        grades = [grade for grade in (worst.get(one.key), one.event.grade) if grade is not None]
        worst[one.key] = max(grades, default=None)
    return worst


def _share(reached: set[Key], of: set[Key]) -> dict[str, float | int | None]:
    rate = clopper_pearson(len(reached & of), len(of))
    return {"n": rate.events, "of": rate.n, "estimate": rate.estimate, "low": rate.low, "high": rate.high}


# --- terms and time --------------------------------------------------------------------------------------


def _band(grade: int | None) -> str:
    if grade is None:
        return "unknown"
    return "fatal" if grade >= FATAL else "severe" if grade >= SEVERE else "mild"


def _terms(placed: Sequence[Placed]) -> list[dict[str, Any]]:
    """Patients by CTCAE term and worst grade (1–2, 3–4, 5, not recorded), the commonest term first."""
    by_term: dict[str | None, list[Placed]] = defaultdict(list)
    for one in placed:
        by_term[one.event.term].append(one)
    rows = []
    for term, told in by_term.items():
        bands = Counter(map(_band, _worst(told).values()))
        rows.append({"term": term, "organ_class": organ_class(term) if term else None, "n": sum(bands.values()),
                     "events": len(told), **{band: bands[band] for band in BANDS}})  # fmt: skip
    return sorted(rows, key=lambda row: (row["term"] is None, -row["n"], -row["severe"] - row["fatal"], row["term"]))


def _over_time(own: Mapping[Key, Course], placed: Sequence[Placed], recorded: set[Key]) -> dict[str, Any]:
    """By months on the line: lines in which an event began then, of those still running or within 30 days of it.

    Lines of patients with any adverse event recorded; events placed by their day, where that lies in one stretch for
    certain (the others are in `imprecise`).
    """
    stretches = months_between(_EDGES)
    found: dict[tuple[Key, int], list[tuple[str | None, int | None]]] = defaultdict(list)
    for one in placed:
        if one.place.standing == "by_day" and one.event.day and one.place.line:
            since = one.event.day - one.place.line.start
            at = next((name for name, first, after in stretches if first <= since.low and since.high < after), None)
            found[one.key, one.place.line.number].append((at, one.event.grade))
    if not found:
        return {}
    lines = {(key, window.line.number): _ran(window) for key in recorded for window in windows(own[key])}
    rows: list[dict[str, Any]] = []
    for name, first, _ in stretches:
        of = [which for which, days in lines.items() if days >= first]
        grades = [[grade for at, grade in found.get(which, ()) if at == name] for which in of]
        severe = sum(any((grade or 0) >= SEVERE for grade in told) for told in grades)
        counts = {"any": sum(map(bool, grades)), "severe": severe}
        rates = {what: clopper_pearson(n, len(of)) for what, n in counts.items()}
        rows.append({"months": name, "of": len(of), **{
            what: {"n": rate.events, "share": rate.estimate, "low": rate.low, "high": rate.high}
            for what, rate in rates.items()
        }})  # fmt: skip
    imprecise = sum(at is None for told in found.values() for at, _ in told)
    return {"lines": len(lines), "imprecise": imprecise, "rows": [row for row in rows if row["of"]]}


def _ran(window: Window) -> float:
    """Days from the middle of a line's start through which an event is surely under it."""
    return window.sure_until - window.line.start.middle
