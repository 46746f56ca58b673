"""Days as intervals: what a partial date allows, and what two of them say about a duration.

No date is ever made up. `2019-06` is thirty possible days, an unknown day is none at all, and a duration
between two imprecise days is an interval too. A patient's days count from the calendar (days since
1970-01-01) or from the diagnosis, never from both.
"""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from typing import Literal

_EPOCH = datetime.date(1970, 1, 1)
#: No clinical day lies further than this from the diagnosis, before (birth) or after.
MAX_DAYS = 50_000

Order = Literal["day-first", "month-first"]


@dataclass(frozen=True, slots=True, order=True)
class DayInterval:
    """The whole days on which something may have happened, both ends included.

    Examples
    --------
    >>> DayInterval(10, 12) - DayInterval(0, 0)
    DayInterval(low=10, high=12)
    >>> DayInterval(5, 5).exact
    True
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        """Refuse an interval whose ends are the wrong way round."""
        if self.low > self.high:
            raise ValueError(f"an interval cannot end ({self.high}) before it starts ({self.low})")

    @property
    def exact(self) -> bool:
        """Whether only one day is possible."""
        return self.low == self.high

    @property
    def middle(self) -> int:
        """The middle day, the earlier one of two."""
        return (self.low + self.high) // 2

    def __sub__(self, origin: DayInterval) -> DayInterval:
        """The days that may lie between `origin` and this."""
        return DayInterval(self.low - origin.high, self.high - origin.low)

    def read(self, reading: str) -> int:
        """The day under one reading: `earliest`, `middle` or `latest`."""
        return {"earliest": self.low, "middle": self.middle, "latest": self.high}[reading]


def relative_day(text: str) -> DayInterval:
    """The day that a count of days from diagnosis names.

    Raises
    ------
    ValueError
        `text` is not a whole number, or further off than a life is long.

    Examples
    --------
    >>> relative_day("-32872")
    DayInterval(low=-32872, high=-32872)
    """
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
        raise ValueError("not a whole number of days")
    day = int(text)
    if abs(day) > MAX_DAYS:
        raise ValueError(f"further than {MAX_DAYS} days from the diagnosis")
    return DayInterval(day, day)


def calendar_day(text: str, *, order: Order | None = None) -> DayInterval:
    """The days of the calendar that a full or partial date allows, as days since 1970-01-01.

    Parameters
    ----------
    text
        `YYYY`, `YYYY-MM`, `MM/YYYY`, `YYYY-MM-DD` (parts may lack a leading zero), `DD/MM/YYYY`-like with `order`;
        a day or month of 99 or 00 is unknown.
    order
        What comes first where the year comes last. Never guessed: without it such a date is refused,
        unless only one reading is possible.

    Raises
    ------
    ValueError
        There is no such day, or its order is not known.

    Examples
    --------
    >>> calendar_day("2019-06") - calendar_day("2019-06-01")
    DayInterval(low=0, high=29)
    >>> calendar_day("15/06/2019") == calendar_day("2019-06-15")
    True
    >>> calendar_day("99/03/2021") == calendar_day("2021-03")
    True
    """
    text = text.strip()
    if found := re.fullmatch(r"([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?)?", text):
        year, month, day = (int(part) if part else 0 for part in found.groups())
        return _span(year, month, day)
    if found := re.fullmatch(r"([0-9]{1,2})[-/.]([0-9]{4})", text):
        return _span(int(found.group(2)), int(found.group(1)), 0)
    if found := re.fullmatch(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})", text):
        first, second, year = (int(part) for part in found.groups())
        return _span(year, *_ordered(first, second, order))
    raise ValueError("not a date")


def calendar_date(day: int) -> str:
    """The date of a day of the calendar axis; the number itself where no calendar reaches.

    Examples
    --------
    >>> calendar_date(18000)
    '2019-04-14'
    """
    try:
        return (_EPOCH + datetime.timedelta(days=day)).isoformat()
    except OverflowError:
        return str(day)


def _ordered(first: int, second: int, order: Order | None) -> tuple[int, int]:
    """Month and day of a date whose year comes last."""
    unknown = {0, 99}
    if order is None:
        day_first = second in unknown | set(range(1, 13)) and (first in unknown or first > 12 or first == second)
        month_first = first in range(1, 13) and (second in unknown or second > 12)
        if day_first == month_first:
            raise ValueError("day and month cannot be told apart")
        order = "day-first" if day_first else "month-first"
    return (second, first) if order == "day-first" else (first, second)


def _span(year: int, month: int, day: int) -> DayInterval:
    """All days of a year, of a month, or the one day."""
    month, day = (0 if part == 99 else part for part in (month, day))
    if month == 0:
        first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    elif day == 0:
        last_day = calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 0
        first, last = datetime.date(year, month, 1), datetime.date(year, month, last_day or 1)
    else:
        first = last = datetime.date(year, month, day)
    return DayInterval((first - _EPOCH).days, (last - _EPOCH).days)


def iso_form_date(text: str) -> str:
    """A form's date in ISO form, so that dates sort as text; empty where it is none.

    Examples
    --------
    >>> iso_form_date("2014-12-5"), iso_form_date("[Not Available]")
    ('2014-12-05', '')
    """
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return ""
