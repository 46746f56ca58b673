"""Relative and net survival against a life table, from strata of age, sex and year at diagnosis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from leiomyo.errors import InputError
from leiomyo.model.life_table import DAYS_PER_YEAR, LifeTable, life_table_us
from leiomyo.outcomes.comparisons import known_groups, levels_of
from leiomyo.outcomes.counting import FIRST_CAUSE
from leiomyo.outcomes.curves import normal_quantile
from leiomyo.outcomes.event_table import EventTable, regrouped
from leiomyo.outcomes.hazard import stacked
from leiomyo.outcomes.result import Floats, Result, label_text, number
from leiomyo.outcomes.rows import Label, names_of

Method = Literal["pohar-perme", "ederer2"]


class RelativeMilestone(NamedTuple):
    """Survival of the patients, of their like in the population, and what the disease leaves."""

    time: float
    observed: float | None
    expected: float | None
    relative: float | None
    low: float | None
    high: float | None
    at_risk: Any


@dataclass(frozen=True, slots=True, eq=False)
class RelativeSurvival(Result):
    """Relative (Ederer II) or net (Pohar Perme) survival of one group, day by day; NaN where undefined."""

    stratum: Mapping[str, Label]
    method: str
    level: float
    persons: Any
    left_out: Any
    source: str
    observed: Floats
    expected: Floats
    relative: Floats
    low: Floats
    high: Floats
    at_risk: Floats

    def milestone(self, days: float) -> RelativeMilestone:
        """Read all curves at a day; None beyond the last follow-up."""
        day = int(days)
        if day >= self.relative.size:
            return RelativeMilestone(days, None, None, None, None, None, 0)
        columns = (self.observed, self.expected, self.relative, self.low, self.high)
        observed, expected, relative, low, high = (number(column[day]) for column in columns)
        return RelativeMilestone(days, observed, expected, relative, low, high, int(self.at_risk[day]))

    def columns(self) -> dict[str, Any]:
        """Give the curves at the start of each year of follow-up."""
        read = [self.milestone(round(year * DAYS_PER_YEAR)) for year in range(self._years() + 1)]
        names: dict[str, Any] = {name: [label] * len(read) for name, label in self.stratum.items()}
        return names | {name: [getattr(row, name) for row in read] for name in RelativeMilestone._fields}

    def _years(self) -> int:
        return int(max(self.relative.size - 1, 0) // DAYS_PER_YEAR)

    def notes(self) -> Sequence[str]:
        """Give the method, the life table and who is left out."""
        out = (f"{self.left_out} persons without age, sex or year are left out",) if self.left_out else ()
        return (f"{label_text(self.stratum)}: {self.method}; life table: {self.source}", *out)


@dataclass(frozen=True, slots=True, eq=False)
class RelativeSurvivals(Result):
    """Relative or net survival of each group."""

    parts: tuple[RelativeSurvival, ...]

    def __iter__(self) -> Iterator[RelativeSurvival]:
        """Go through the groups."""
        return iter(self.parts)

    def __getitem__(self, place: int) -> RelativeSurvival:
        """Give one group's."""
        return self.parts[place]

    def columns(self) -> dict[str, Any]:
        """Give all groups below each other."""
        return stacked([part.columns() for part in self.parts])

    def notes(self) -> Sequence[str]:
        """Give the notes of every group."""
        return tuple(note for part in self.parts for note in part.notes())


def relative_survival(
    table: EventTable,
    *,
    by: str | Sequence[str] = (),
    method: Method = "pohar-perme",
    life_table: LifeTable | None = None,
    year: int | None = None,
    age_offset_years: float = 0.5,
    level: float = 0.95,
) -> RelativeSurvivals:
    """Survival from the disease alone, other deaths taken from a life table.

    Parameters
    ----------
    table
        In whole days, with strata `age` (whole years at the origin), `sex` (`male`, `female`) and, unless
        `year` is given, `year` (calendar year of the origin). All events count as deaths.
    by
        Further stratum names that make the groups.
    method
        `pohar-perme` (net survival; each person weighs 1 over the expected survival so far) or `ederer2`
        (observed over expected, the expected hazard averaged over those at risk).
    age_offset_years
        What is added to the whole years of age and of the calendar: half a year, since only the year is known.

    Notes
    -----
    People of one stratum share an expected survival, so both estimators are functions of the counts. The
    disease's part is a product limit over the deaths; the population's hazard is integrated by day, a day's
    at-risk counting those with entry < day <= exit. Limits are on the log scale (relative survival may exceed
    1). Undefined from the day nobody is at risk. Unknown age, sex or year is left out and counted.

    Source
    ------
    Ederer & Heise 1959; Pohar Perme, Stare & Estève 2012. Oracle: the same definitions in R over people's
    rows, and `survival::survexp` (tests/oracle/relative.R).

    Examples
    --------
    >>> who = {"age": [70, 70], "sex": ["male", "male"]}
    >>> table = EventTable.from_rows([3000, 3000], [0, 0], strata=who)
    >>> net = relative_survival(table, year=2000, method="ederer2")[0].milestone(1826)
    >>> net.observed, round(net.expected, 3), round(net.relative, 3)
    (1.0, 0.831, 1.203)
    """
    if table.unit != "day" or table.per_unit != 1:
        raise InputError("LM-A008", "Relative survival needs a table in whole days.")
    if method not in {"pohar-perme", "ederer2"}:
        raise InputError("LM-A008", f"The method is pohar-perme or ederer2, not {method!r}.")
    population = life_table or life_table_us()
    needed = ["age", "sex"] if year is not None else ["age", "sex", "year"]
    by = names_of(by)
    whole = table.collapse([*by, *needed])
    known, left_out = known_groups(whole, needed)
    parts = []
    for group in levels_of(known, by):
        stratum = {name: group.strata[0][name] for name in by} if group.strata else {}
        curves = _curves(group, population, year, age_offset_years, method, level)
        parts.append(RelativeSurvival(stratum, method, level, group.persons, left_out, population.source, *curves))
    return RelativeSurvivals(tuple(parts))


def _curves(
    table: EventTable, population: LifeTable, year: int | None, offset: float, method: str, level: float
) -> tuple[Floats, ...]:
    """Observed, expected and relative survival with limits, and the number at risk, on days 0, 1, …"""
    last = int(table.tick.max()) if table.tick.size else 0
    days = np.arange(last + 1)
    # at risk, deaths, the weighted forms of both, weighted hazard, squared weights of deaths
    sums = np.zeros((6, last + 1))
    for part in table.by_stratum():
        age, sex = part.stratum["age"], part.stratum["sex"]
        start = year if year is not None else part.stratum["year"]
        hazard = np.r_[0.0, population.daily(str(sex), float(age) + offset, float(start) + offset, last)]
        weight = np.exp(np.cumsum(hazard)) if method == "pohar-perme" else np.ones(last + 1)
        at_risk, deaths = part.at_risk_at_all(days), np.zeros(last + 1)
        deaths[part.tick] = part.counts[:, FIRST_CAUSE:].sum(axis=1)
        weighted = at_risk * weight
        sums += [at_risk, deaths, weighted, deaths * weight, weighted * hazard, deaths * weight**2]
    at_risk, deaths, weighted_risk, weighted_deaths, weighted_hazard, squares = sums
    with np.errstate(all="ignore"):
        observed = np.cumprod(np.where(at_risk > 0, 1.0 - deaths / at_risk, 1.0))
        background = np.cumsum(np.where(at_risk > 0, weighted_hazard / weighted_risk, 0.0))
        disease = np.cumprod(np.where(at_risk > 0, 1.0 - weighted_deaths / weighted_risk, 1.0))
        error = np.sqrt(np.cumsum(np.where(at_risk > 0, squares / weighted_risk**2, 0.0)))
    relative = disease * np.exp(background)
    spread = np.exp(normal_quantile(level) * error)
    nobody = np.cumsum(at_risk <= 0) > 0
    shown = [np.where(nobody, np.nan, column) for column in (observed, np.exp(-background), relative)]
    unlimited = nobody | (relative <= 0) | (error == 0) | table.weighted
    low, high = (np.where(unlimited, np.nan, column) for column in (relative / spread, relative * spread))
    return (*shown, low, high, at_risk)


def with_age_bands(table: EventTable, edges: Sequence[int] = (50, 60, 70, 80), *, name: str = "age") -> EventTable:
    """Add a stratum name `age_band` that cuts the whole years of `name` at `edges`.

    Examples
    --------
    >>> table = EventTable.from_rows([1, 2, 3], [1, 1, 0], strata={"age": [44, 50, 85]})
    >>> [stratum["age_band"] for stratum in with_age_bands(table, [50, 70]).strata]
    ['<50', '50-69', '70+']
    """
    ages = [stratum[name] for stratum in table.strata]
    bands = tuple((*labels, _band(age, edges)) for labels, age in zip(table.labels, ages, strict=True))
    return regrouped(table, (*table.names, "age_band"), bands, table.stratum)


def _band(age: Any, edges: Sequence[int]) -> str | None:
    if age is None:
        return None
    below = [edge for edge in edges if age >= edge]
    above = [edge for edge in edges if age < edge]
    if not below:
        return f"<{above[0]}" if above else "all"
    return f"{below[-1]}-{above[0] - 1}" if above else f"{below[-1]}+"
