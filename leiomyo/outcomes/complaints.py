"""Symptoms by site group and by time: before, under and after treatment, and what is new under each line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leiomyo.course.timeline import Course
from leiomyo.model.codes import codes, label
from leiomyo.model.dates import DayInterval
from leiomyo.outcomes.response import clopper_pearson
from leiomyo.outcomes.windows import DAYS_AFTER, Window, months_between, treated, windows

Key = tuple[str, str]
#: When a complaint was told, in order; the last three say why it stands in none of the first three.
PERIODS = ("before", "under", "after", "uncertain", "untreated", "undated")
#: No complaint: a tumour found by chance. It is symptom information all the same.
NO_COMPLAINT = "incidental"
#: Months from diagnosis.
_EDGES = (None, -6, 0, 3, 6, 12, 24, 60, None)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint of one patient, and the days on which it may first have been reported."""

    term: str
    onset: DayInterval | None


Complaints = Mapping[Key, Sequence[Complaint]]


def symptom_tables(courses: Sequence[Course], complaints: Complaints, groups: Mapping[Key, str]) -> dict[str, Any]:
    """Complaints by site group, period, line and month; empty where none is recorded for anybody.

    Parameters
    ----------
    groups
        Site group of each patient of the cohort.

    Returns
    -------
    dict
        `recorded` of `of` patients; `groups` the same by site group; `rows` of site group and symptom: patients `n`
        of `recorded`, with exact limits, and patients by period (a patient may count in several); `periods` the same
        over all sites; `lines` what is new under each line; `over_time` from diagnosis, where days are known.
    """
    own = {_key(course): course for course in courses}
    known = {key: list(told) for key, told in complaints.items() if key in groups and told}
    if not known:
        return {}
    when = {key: _periods(own.get(key), told) for key, told in known.items()}
    of, recorded = Counter(groups.values()), Counter(groups[key] for key in known)
    order = [group for group in codes("site_groups") if of[group]]
    terms = [term for term in codes("symptoms") if any(term in told for told in when.values())]
    return {
        "recorded": len(known), "of": len(groups),
        "dated": sum(any(one.onset for one in told) for told in known.values()),
        "groups": [{"site_group": group, "label": label("site_groups", group), "recorded": recorded[group],
                    "of": of[group]} for group in order],
        "rows": [{"site_group": group, **_row(term, [when[key] for key in known if groups[key] == group]),
                  "of": of[group]} for group in order if recorded[group] for term in terms],
        "periods": [{**_row(term, list(when.values())), "of": len(groups)} for term in terms],
        "lines": _new_under_lines(own, known),
        "over_time": _over_time(own, known),
    }  # fmt: skip


def _key(course: Course) -> Key:
    return course.centre, course.patient


def _periods(course: Course | None, told: Iterable[Complaint]) -> dict[str, set[str]]:
    """The periods in which a patient tells each complaint."""
    span = treated(course) if course else None
    found: dict[str, set[str]] = defaultdict(set)
    for one in told:
        period = "undated" if one.onset is None else span.period(one.onset) if span else "untreated"
        found[one.term].add(period)
    return found


def _row(term: str, when: Sequence[Mapping[str, set[str]]]) -> dict[str, Any]:
    n = sum(term in told for told in when)
    rate = clopper_pearson(n, len(when))
    counts = Counter(period for told in when for period in told.get(term, ()))
    return {"symptom": term, "label": label("symptoms", term), "n": n, "recorded": len(when), "share": rate.estimate,
            "low": rate.low, "high": rate.high, **{period: counts[period] for period in PERIODS}}  # fmt: skip


def _new_under_lines(own: Mapping[Key, Course], known: Complaints) -> list[dict[str, Any]]:
    """For each line: of its patients with any dated complaint, how many have one that is new under it.

    A complaint told on the first day of a line was there when the line began. New is what the patient has not told
    before; where another statement of it has no day, or its day may lie outside the line, that is not certain.
    """
    told: dict[int, list[tuple[bool, dict[str, bool]]]] = defaultdict(list)
    for key, course in own.items():
        complaints = known.get(key, ())
        dated = any(one.onset for one in complaints)
        for window in windows(course):
            told[window.line.number].append((dated, _new_under(window, complaints)))
    rows = []
    for number, people in sorted(told.items()):
        followed = [found for dated, found in people if dated]
        if not followed:
            continue
        new = [{term for term, sure in found.items() if sure} for found in followed]
        rate = clopper_pearson(sum(bool(terms) for terms in new), len(followed))
        counts = Counter(term for terms in new for term in terms)
        rows.append({
            "line": number, "patients": len(people), "recorded": len(followed), "n": rate.events,
            "share": rate.estimate, "low": rate.low, "high": rate.high,
            "uncertain": sum(not terms and bool(found) for terms, found in zip(new, followed, strict=True)),
            "symptoms": [{"symptom": term, "label": label("symptoms", term), "n": counts[term]}
                         for term in sorted(counts, key=lambda term: (-counts[term], term))],
        })  # fmt: skip
    return rows


def _new_under(window: Window, complaints: Sequence[Complaint]) -> dict[str, bool]:
    """Complaints that are, or that may be, new under a line, and whether that is sure."""
    found: dict[str, bool] = {}
    for term in {one.term for one in complaints} - {NO_COMPLAINT}:
        days = [one.onset for one in complaints if one.term == term]
        dated = [day for day in days if day]
        first = min(dated, default=None, key=lambda day: (day.low, day.high))
        inside = window.holds(first, first_day=False) if first else None
        if first is None or inside is False:
            continue  # undated altogether, or told at another time before
        earliest = all(day.low > first.high or window.holds(day, first_day=False) for day in dated)
        found[term] = inside is True and len(dated) == len(days) and earliest
    return found


def _over_time(own: Mapping[Key, Course], known: Complaints) -> dict[str, Any]:
    """By months from diagnosis: patients who first report a complaint then, of those followed until then.

    Only patients with a dated complaint are counted, and only days that lie in one stretch for certain; the others
    are in `imprecise`.
    """
    rows = []
    people = [(course, onsets) for key, told in known.items() if (course := own.get(key)) and course.diagnosis
              and (onsets := _firsts(told))]  # fmt: skip
    days = [[onset - course.diagnosis for onset in onsets] for course, onsets in people if course.diagnosis]
    stretches = months_between(_EDGES)
    placed = [[_stretch(day, stretches) for day in own_days] for own_days in days]
    for name, first, _ in stretches:
        of = [at for (course, _), at in zip(people, placed, strict=True) if first <= 0 or _followed(course) >= first]
        n = sum(name in at for at in of)
        rate = clopper_pearson(n, len(of))
        rows.append({"months": name, "n": n, "of": len(of), "share": rate.estimate, "low": rate.low,
                     "high": rate.high})  # fmt: skip
    imprecise = sum(at is None for each in placed for at in each)
    shown = [place for place, row in enumerate(rows) if row["n"]]
    return {"imprecise": imprecise, "rows": rows[min(shown) : max(shown) + 1]} if shown else {}


def _firsts(told: Iterable[Complaint]) -> list[DayInterval]:
    """The first report of each complaint with a day."""
    firsts: dict[str, DayInterval] = {}
    for one in told:
        if one.onset and one.term != NO_COMPLAINT:
            firsts[one.term] = min(one.onset, firsts.get(one.term, one.onset))
    return list(firsts.values())


def _stretch(day: DayInterval, stretches: Sequence[tuple[str, float, float]]) -> str | None:
    return next((name for name, first, after in stretches if first <= day.low and day.high < after), None)


def _followed(course: Course) -> float:
    """Days from diagnosis through which a patient is known to have been followed."""
    last = course.death if course.dead and course.death else course.last_contact
    return (last - course.diagnosis).high if last and course.diagnosis else 0


def assumptions() -> list[str]:
    """How complaints are placed in time, in words."""
    return [
        "At or before the first treatment: up to and including its day, of operation, radiation or drug.",
        f"Under treatment: from the day after that to {DAYS_AFTER} days after the last treatment, pauses included; "
        f"the {DAYS_AFTER} days are a convention.",
        "A complaint whose possible days reach over two periods is not placed; one without a day is in none of them.",
        "Shares are of the patients with any symptom recorded; of the others nothing is known.",
    ]
