"""Treatments to compare, each with the day on which it begins: what is compared must be known by its day.

The list is data, `rules/treatments.csv`; what counts as each is a function here.
"""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from leiomyo.course.starts import Start
from leiomyo.course.timeline import NEW_EVENTS, Course
from leiomyo.errors import InputError
from leiomyo.model.dates import DayInterval

#: Radiation of the place of the primary; a target that is not recorded is taken for it, a stated other one is not.
_PRIMARY_TARGETS = frozenset({"primary", "regional", None})
_NOT_ADJUVANT = frozenset({"neoadjuvant", "palliative", "progression", "recurrence"})
_METASTASIS_SURGERY = frozenset({"metastasectomy", "debulking"})


@dataclass(frozen=True, slots=True)
class Treatment:
    """A treatment that may begin after time zero."""

    name: str
    label: str
    #: The day from which it is compared unless another is asked for.
    index: str
    #: Until how many days after it the treatment is held for started as planned; landmark and grace period.
    window_days: int
    known_from: str
    #: The covariates of docs/covariates.md by which it cannot be grouped.
    covariates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """Whether and when a patient's treatment began: on `day`, never (None), or unclear for the `reason`."""

    day: DayInterval | None = None
    place: str = ""
    reason: str = ""


@cache
def treatments() -> dict[str, Treatment]:
    """Every treatment, by name."""
    text = resources.files("leiomyo.course").joinpath("rules/treatments.csv").read_text(encoding="utf-8")
    return {
        row["name"]: Treatment(row["name"], row["label"], row["index"], int(row["window_days"]), row["known_from"],
                               tuple(filter(None, row["covariates"].split("|"))))
        for row in csv.DictReader(text.splitlines())
    }  # fmt: skip


def get_treatment(name: str) -> Treatment:
    """The treatment of that name.

    Raises
    ------
    InputError
        `LM-A011`, with the ones there are.
    """
    if name not in treatments():
        raise InputError("LM-A011", f"There is no {name!r}; there is: {', '.join(treatments())}.")
    return treatments()[name]


def given(treatment: Treatment, course: Course, start: Start) -> Given:
    """When the treatment began after the start; never where nothing is recorded, unclear where its day is not.

    Notes
    -----
    What begins after the first recurrence treats the recurrence and is not adjuvant.
    """
    return _RULES[treatment.name](course, start)


def treatment_of(covariate: str) -> Treatment | None:
    """The treatment behind a covariate by which it cannot be grouped."""
    return next((one for one in treatments().values() if covariate in one.covariates), None)


def known_at(treatment: Treatment, started: Sequence[int]) -> str:
    """When a treatment became known, in words with the days seen in the data."""
    if not started:
        return f"becomes known on {treatment.known_from}"
    days = f"day {started[0]} to {started[-1]}, median {statistics.median(started):g}"
    return f"becomes known on {treatment.known_from} ({days}, in {len(started)} patients)"


def _radiation(course: Course, start: Start) -> Given:
    rays = [ray for ray in course.radiations if ray.target in _PRIMARY_TARGETS and ray.setting not in _NOT_ADJUVANT]
    dated = [Given(ray.start, ray.place) for ray in rays if ray.start]
    untold = any(ray.start is None for ray in rays) or bool(course.told_adjuvant_radiation)
    return _first(course, start, dated, untold=untold, what="radiation")


def _chemotherapy(course: Course, start: Start) -> Given:
    # by day and not by line: which line a drug is in may rest on what came later
    own = [one for one in course.exposures if one.own_tumour and one.standing != "supportive"]
    dated = [Given(one.start, one.place) for one in own if one.start and one.setting not in _NOT_ADJUVANT]
    untold = any(one.start is None for one in own) or bool(course.told_adjuvant_drugs)
    return _first(course, start, dated, untold=untold, what="drugs")


def _either(course: Course, start: Start) -> Given:
    both = [_radiation(course, start), _chemotherapy(course, start)]
    dated = [one for one in both if one.day]
    unclear = next((one for one in both if one.reason), None)
    return min(dated, key=lambda one: one.day.middle if one.day else 0) if dated else unclear or Given()


def _local(course: Course, start: Start) -> Given:
    cut = [(done.day, done.place) for done in course.operations if done.kind in _METASTASIS_SURGERY]
    rays = [(ray.start, ray.place) for ray in course.radiations if ray.target == "distant"]
    dated = [Given(day, place) for day, place in [*cut, *rays] if day and day.middle >= start.day.middle]
    if dated:
        return min(dated, key=lambda one: one.day.middle if one.day else 0)
    untold = any(day is None for day, _ in [*cut, *rays])
    return Given(reason="local therapy without a day") if untold else Given()


def _first(course: Course, start: Start, dated: list[Given], *, untold: bool, what: str) -> Given:
    """The first dated start between the index and the first recurrence."""
    events = [said.day.middle for said in course.statements if said.status in NEW_EVENTS and said.day]
    relapse = min((day for day in events if day > start.day.middle), default=None)
    inside = [one for one in dated if one.day and one.day.middle >= start.day.middle
              and (relapse is None or one.day.middle < relapse)]  # fmt: skip
    resected = min((done.day.middle for done in course.operations if done.kind == "primary" and done.day),
                   default=start.day.middle)  # fmt: skip
    if any(one.day and resected <= one.day.middle < start.day.middle for one in dated):
        return Given(reason=f"{what} between resection and re-excision")
    if inside:
        return min(inside, key=lambda one: (one.day.middle, one.place) if one.day else (0, ""))
    return Given(reason=f"{what} without a day") if untold else Given()


_RULES: dict[str, Callable[[Course, Start], Given]] = {
    "adjuvant-radiation": _radiation,
    "adjuvant-chemotherapy": _chemotherapy,
    "adjuvant-treatment": _either,
    "local-therapy": _local,
}
