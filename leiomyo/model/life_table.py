"""What a population dies of whatever its tumours do: deaths per person-year by sex, calendar year and age."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from leiomyo.errors import InputError

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True, eq=False)
class LifeTable:
    """Deaths per person-year of a population, by sex, calendar year and age in whole years."""

    source: str
    first_year: int
    rates: Mapping[str, NDArray[np.float64]]

    def daily(self, sex: str, age_years: float, year: float, days: int) -> NDArray[np.float64]:
        """Hazard on each of the first `days` days of somebody who is `age_years` old at `year`.

        Notes
        -----
        A rate of the table is for those who reach an age in a calendar year, until their next birthday. So a
        day takes the age reached at its start, and the year of that birthday. Beyond the last age or outside
        the years of the table, the nearest one holds.

        Examples
        --------
        >>> us = life_table_us()
        >>> round(float(us.daily("male", 60.0, 2000.0, 1)[0]) * 365.25, 5)
        0.0129
        """
        if sex not in self.rates:
            raise InputError("LM-A007", f"The life table knows sex as {', '.join(self.rates)}, not {sex!r}.")
        table = self.rates[sex]
        ages = np.floor(age_years + np.arange(days) / DAYS_PER_YEAR).astype(int)
        birthdays = np.floor(year - age_years + ages).astype(int)
        rows = np.clip(birthdays - self.first_year, 0, table.shape[0] - 1)
        hazard: NDArray[np.float64] = table[rows, np.clip(ages, 0, table.shape[1] - 1)] / DAYS_PER_YEAR
        return hazard


@cache
def life_table_us() -> LifeTable:
    """Life table of the United States, 1940 to 2014, as shipped.

    Examples
    --------
    >>> life_table_us().first_year, sorted(life_table_us().rates)
    (1940, ['female', 'male'])
    """
    text = resources.files("leiomyo.model").joinpath("life_table_us.csv").read_text(encoding="utf-8")
    source, *lines = text.splitlines()
    rates: dict[str, list[list[float]]] = {}
    years: list[int] = []
    for row in csv.DictReader(lines):
        sex, year = row.pop("sex"), int(row.pop("year"))
        rates.setdefault(sex, []).append([float(cell) for cell in row.values()])
        years.append(year)
    return LifeTable(source.lstrip("# "), min(years), {sex: np.asarray(rows) for sex, rows in rates.items()})
