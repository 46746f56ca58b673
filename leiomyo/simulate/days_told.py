"""Days as they are recorded: to the month, to the year, or with day and month exchanged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from leiomyo.model.tables import TABLES
from leiomyo.simulate.noise import Settings, dice
from leiomyo.simulate.told import Change, Mask, Told, Whole, write

#: Known from certificates and reports, better than other days.
_VITAL = {("patient", "death"), ("patient", "last_contact"), ("diagnosis", "diagnosis")}

_QUARTER = 91
#: More quarters than any two days are apart.
_APART = 10_000


def blur(told: Told, settings: Settings) -> Told:
    """Some days known to the month or year only, some with day and month exchanged; the day of birth as it is."""
    for name, table in TABLES.items():
        for column in (column.name for column in table.columns if column.kind == "day" and column.name != "birth"):
            told = _swap(told, name, column, settings)
            if (name, column) in _VITAL:
                told = _to_the(told, name, column, "M", settings, "vital_day_unknown")
            else:
                told = _to_the(told, name, column, "M", settings, "day_unknown")
                told = _to_the(told, name, column, "Y", settings, "month_unknown")
    return told


def _exact(told: Told, table: str, column: str) -> Mask:
    low, high = told.days(table, column)
    return np.asarray(told.known(table, column) & (low == high), dtype=bool)


def _to_the(told: Told, table: str, column: str, unit: str, settings: Settings, name: str) -> Told:
    """Some exact days as all the days of their month (M) or year (Y)."""
    among = _exact(told, table, column)
    if (table, column) == ("follow_up", "contact"):
        among = among & ~told.equal("follow_up", "vital_status", "dead")
    drawn = _together(told, table, column, f"{name} {table}.{column}")
    mask = told.met(table, settings.share(name), drawn, among=among)
    dates = told.days(table, column)[0][mask].astype("datetime64[D]")
    first = dates.astype(f"datetime64[{unit}]")
    low, high = first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]") - 1
    values = {f"{column}_low": low.astype(np.int64).tolist(), f"{column}_high": high.astype(np.int64).tolist()}
    return write(told, table, mask, values, Change(name, "weakened"))


def _together(told: Told, table: str, column: str, purpose: str) -> npt.NDArray[np.float64]:
    """A draw for each row, the same for what happened to one person within one quarter: drugs given together."""
    quarter = told.days(table, column)[0] // _QUARTER
    groups, place = np.unique(told.who(table) * _APART + quarter, return_inverse=True)
    return dice(told.seed, purpose).random(len(groups))[place]


def _swap(told: Told, table: str, column: str, settings: Settings) -> Told:
    """Some exact days with day and month exchanged, where that makes another date."""
    low, _ = told.days(table, column)
    swapped = exchanged(low)
    among = _exact(told, table, column) & (swapped != low)
    mask = told.struck(table, settings.share("day_and_month_swapped"), f"swapped {table}.{column}", among=among)
    days = swapped[mask].tolist()
    values = {f"{column}_low": days, f"{column}_high": days}
    return write(told, table, mask, values, Change("day_and_month_swapped", "false"))


def exchanged(days: Whole) -> Whole:
    """Days with day and month exchanged; the same day where there is no such month.

    Examples
    --------
    >>> exchanged(np.array([18000, 18005])).tolist()  # 2019-04-14 stays, 2019-04-19 too
    [18000, 18005]
    >>> exchanged(np.array([17991])).tolist()  # 2019-04-05 becomes 2019-05-04
    [18020]
    """
    dates = days.astype("datetime64[D]")
    months, years = dates.astype("datetime64[M]"), dates.astype("datetime64[Y]")
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)  # from 0
    month = (months - years.astype("datetime64[M]")).astype(np.int64)
    swapped = (years.astype("datetime64[M]") + np.minimum(day, 11)).astype("datetime64[D]") + month
    return np.where(day < 12, swapped.astype(np.int64), days)
