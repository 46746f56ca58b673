"""The disease model beside published figures: what it gives for each target of `targets.yaml`, within limits or not.

Half of the targets may be used to choose parameters, the other half never is. Figures of all sarcomas together are
shown apart, since leiomyosarcoma need not behave like them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import greenwood
import numpy as np
import yaml
from scipy import stats

from leiomyo.simulate.course import Drawn, draw_course
from leiomyo.simulate.dice import DAYS_PER_MONTH, NEVER, Dice, Flags, Floats, Ints
from leiomyo.simulate.parameters import SITES, UTERINE, Parameters, parameters
from leiomyo.simulate.tumour import ORGANS

#: Enough that the second figure of a share does not move.
PERSONS = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """One published figure with its 95 % limits, and how the same is measured in drawn courses."""

    id: str
    says: str
    measure: str
    of: tuple[str, ...]
    value: float
    n: int
    unit: str
    source: str
    half: str
    what: Any = None
    months: float = 0.0
    limits: tuple[float, float] = (0.0, 0.0)
    limits_are: str = "printed"
    histology: str = "leiomyosarcoma"


@dataclass(frozen=True, slots=True)
class Compared:
    """A target, what the model gives for it, and how many drawn persons or lines that rests on."""

    target: Target
    simulated: float | None
    drawn: int

    @property
    def within(self) -> bool:
        """Whether the model's figure lies within the published limits."""
        low, high = self.target.limits
        return self.simulated is not None and low <= self.simulated <= high


@cache
def targets() -> tuple[Target, ...]:
    """The published figures, in the file's order."""
    text = resources.files("leiomyo.simulate").joinpath("targets.yaml").read_text(encoding="utf-8")
    return tuple(_target(row) for row in yaml.safe_load(text))


def _target(row: dict[str, Any]) -> Target:
    told = {name: row[name] for name in row if name not in {"limits", "spread", "events", "of"}}
    if "limits" in row:
        return Target(**told, of=tuple(row["of"]), limits=(row["limits"][0], row["limits"][1]))
    low, high, how = _worked_out(row)
    return Target(**told, of=tuple(row["of"]), limits=(low, high), limits_are=how)


def _worked_out(row: Mapping[str, Any]) -> tuple[float, float, str]:
    """Limits of a figure that was printed without them."""
    value, n = float(row["value"]), int(row["n"])
    if row["unit"] == "%":
        count = round(value / 100 * n)
        low = stats.beta.ppf(0.025, count, n - count + 1) if count else 0.0
        high = stats.beta.ppf(0.975, count + 1, n - count) if count < n else 1.0
        return 100 * float(low), 100 * float(high), "from the counts"
    z = float(stats.norm.ppf(0.975))
    if "events" in row:
        factor = float(np.exp(z / np.sqrt(row["events"])))
        return value / factor, value * factor, "from the events"
    # the standard error of a median is about a quarter larger than that of a mean
    error = z * row["spread"] / np.sqrt(n) * (1.2533 if row["measure"] == "median" else 1.0)
    return value - float(error), value + float(error), "from n and spread"


def compared(patients: int = PERSONS, seed: int = 1, *, using: Parameters | None = None) -> list[Compared]:
    """Every target beside the model's figure from so many drawn persons.

    Examples
    --------
    >>> [one] = [one for one in compared(4000) if one.target.id == "age_uterine"]
    >>> one.within
    True
    """
    p = using or parameters()
    drawn = draw_course(Dice(seed, 0, patients), p)
    lines, people = _Lines(drawn), _Persons(drawn)
    return [_compare(target, people, lines) for target in targets()]


def _compare(target: Target, people: _Persons, lines: _Lines) -> Compared:
    group = lines if target.measure.startswith("line_") else people
    wanted = group.those(target.of)
    count = int(wanted.sum())
    figure = _MEASURES[target.measure](group, wanted, target) if count else None
    return Compared(target, figure if figure is None or np.isfinite(figure) else None, count)


# --- who is looked at -------------------------------------------------------------------------------------


class _Group:
    """Rows, persons or lines, with flags by name; times in days to an event or the end of follow-up."""

    flags: Mapping[str, Flags]
    times: Mapping[str, tuple[Ints, Flags]]

    def those(self, names: Sequence[str]) -> Flags:
        """The rows that have all these flags."""
        return np.asarray(np.logical_and.reduce([self.flags["everybody"], *(self.flags[name] for name in names)]))


@dataclass(slots=True)
class _Persons(_Group):
    """One row a drawn leiomyosarcoma."""

    drawn: Drawn
    flags: Mapping[str, Flags] = field(init=False)
    times: Mapping[str, tuple[Ints, Flags]] = field(init=False)
    values: Mapping[str, Floats] = field(init=False)

    def __post_init__(self) -> None:
        """Work out every flag, time and value once."""
        drawn = self.drawn
        tumour, local, site = drawn.tumour, drawn.local, drawn.people.site
        first = np.where(tumour.spread, drawn.people.diagnosis, local.distant)
        operated = local.primary.day < NEVER
        complete = operated & (local.definitive.residual < 2)
        self.flags = {
            **_by_site(site), "everybody": drawn.people.lms, "female": drawn.people.female, "spread": tumour.spread,
            "localised": ~tumour.spread, "resected": operated, "complete": complete, "high_grade": tumour.grade > 1,
            "ever_metastatic": first < NEVER, "over_5_cm": tumour.size > 50, "up_to_5_cm": tumour.size <= 50,
            "stage_one": ~tumour.spread & (tumour.beyond == 1) & operated,
            "figo_one_or_two": ~tumour.spread & (tumour.beyond < 3),
            **{f"organ_{organ}": tumour.organs[:, place] for place, organ in enumerate(ORGANS)},
        }  # fmt: skip
        death = drawn.death
        grown = np.minimum(np.minimum(local.local_recurrence, local.distant),
                           drawn.advanced.lines.progression.min(axis=1))  # fmt: skip
        start = local.definitive.day
        self.times = {
            "os": _time(drawn.people.diagnosis, death, drawn.last), "recurrence": _time(start, grown, drawn.last),
            "rfs": _time(start, np.minimum(grown, death), drawn.last),
        }  # fmt: skip
        self.values = {
            "age": drawn.people.age.astype(float), "size": tumour.size.astype(float),
            "mitoses": tumour.mitoses.astype(float),
            "months_to_metastasis": (first - drawn.people.diagnosis) / DAYS_PER_MONTH,
        }  # fmt: skip


@dataclass(slots=True)
class _Lines(_Group):
    """One row a line of a drawn person."""

    drawn: Drawn
    flags: Mapping[str, Flags] = field(init=False)
    times: Mapping[str, tuple[Ints, Flags]] = field(init=False)
    response: Ints = field(init=False)

    def __post_init__(self) -> None:
        """Lay the lines of all persons behind one another."""
        lines, drawn = self.drawn.advanced.lines, self.drawn
        who, number = np.nonzero(lines.start < NEVER)
        start, regimen = lines.start[who, number], lines.regimen[who, number]
        death = drawn.death[who]
        self.response = lines.response[who, number]
        self.flags = {
            **_by_site(drawn.people.site[who]), "everybody": who >= 0, "first_line": number == 0,
            "later_line": number > 0,
            **{f"regimen_{name}": regimen == place for place, name in enumerate(drawn.names)},
        }  # fmt: skip
        grown = np.minimum(lines.progression[who, number], death)
        self.times = {"os": _time(start, death, drawn.last[who]), "pfs": _time(start, grown, drawn.last[who])}


def _by_site(site: Ints) -> dict[str, Flags]:
    flags = {name: site == place for place, name in enumerate(SITES)}
    flags["non_uterine"] = site != UTERINE
    flags["limbs_and_trunk"] = flags["extremity"] | flags["trunk"]
    flags["abdominal"] = flags["retroperitoneal_abdominal"] | flags["large_vessel"]
    flags["soft_tissue"] = flags["limbs_and_trunk"] | flags["abdominal"]
    return flags


def _time(start: Ints, event: Ints, last: Ints) -> tuple[Ints, Flags]:
    happened = (event < NEVER) & (event <= last)
    return np.where(happened, event, last) - start, happened


# --- measures ---------------------------------------------------------------------------------------------


def _share(people: _Persons, wanted: Flags, target: Target) -> float:
    return 100 * float(people.flags[target.what][wanted].mean())


def _mean(people: _Persons, wanted: Flags, target: Target) -> float:
    return float(people.values[target.what][wanted].mean())


def _median(people: _Persons, wanted: Flags, target: Target) -> float:
    return float(np.median(people.values[target.what][wanted]))


def _within(people: _Persons, wanted: Flags, target: Target) -> float:
    """The share with the event by then, as a series counts it: of all, whatever became of them."""
    days, happened = people.times[target.what]
    return 100 * float((happened & (days <= target.months * DAYS_PER_MONTH))[wanted].mean())


def _curve(group: _Group, wanted: Flags, target: Target) -> Any:
    days, happened = group.times[target.what]
    return greenwood.KaplanMeier().fit(
        greenwood.Surv(np.maximum(days[wanted], 1).astype(float), event=happened[wanted])
    )


def _survival(group: _Group, wanted: Flags, target: Target) -> float:
    return 100 * float(np.ravel(_curve(group, wanted, target).predict([target.months * DAYS_PER_MONTH]))[0])


def _median_survival(group: _Group, wanted: Flags, target: Target) -> float:
    return float(_curve(group, wanted, target).median()) / DAYS_PER_MONTH


def _line_response(lines: _Lines, wanted: Flags, target: Target) -> float:
    """Complete and partial responses among the lines whose response could be told."""
    response = lines.response[wanted]
    return 100 * float((response < 2).sum() / max(1, (response < 4).sum()))


def _lines_reached(people: _Persons, wanted: Flags, target: Target) -> float:
    count = (people.drawn.advanced.lines.start < NEVER).sum(axis=1)[wanted]
    return 100 * float((count >= target.what).sum() / max(1, (count >= 1).sum()))


_MEASURES: dict[str, Any] = {
    "share": _share, "mean": _mean, "median": _median, "within": _within, "survival": _survival,
    "median_survival": _median_survival, "line_median": _median_survival, "line_survival": _survival,
    "line_response": _line_response, "lines_reached": _lines_reached,
}  # fmt: skip
