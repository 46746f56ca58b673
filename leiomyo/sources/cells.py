"""From the text of one cell to a value, the same for every tabular format.

A conversion gives a `Cell`: the value, or the code of what is wrong with the text. It never raises and never
guesses; the row is kept, and the text stands in the problem.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from leiomyo.model.dates import MAX_DAYS, DayInterval, relative_day
from leiomyo.model.tables import TABLES

#: A float may miss a whole day by this much.
_EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Cell:
    """A converted value, or the problem code that says why there is none."""

    value: Any = None
    code: str = ""


def text(written: str) -> Cell:
    """The text itself."""
    return Cell(written)


def day(written: str) -> Cell:
    """A day counted from diagnosis, as an interval.

    Examples
    --------
    >>> day("12").value, day("about 12").code
    (DayInterval(low=12, high=12), 'LM-D001')
    """
    try:
        return Cell(relative_day(written))
    except ValueError:
        return Cell(code="LM-D001")


def integer(written: str) -> Cell:
    """A whole number.

    Examples
    --------
    >>> integer("3").value, integer("3.5").code
    (3, 'LM-D002')
    """
    got = number(written)
    if got.code or got.value == int(got.value):
        return got if got.code else Cell(int(got.value))
    return Cell(code="LM-D002")


def number(written: str) -> Cell:
    """A plain decimal number; `1e5`, `NaN` and `1,5` are not."""
    body = written.removeprefix("-").removeprefix("+")
    if body.replace(".", "", 1).isdigit() and body.isascii() and len(body) <= 15:
        return Cell(float(written))
    return Cell(code="LM-D002")


def size(written: str) -> Cell:
    """The largest of `|`-joined lengths in centimetres, in millimetres.

    Lesions are listed side by side; the largest is the tumour's size in every staging system.

    Examples
    --------
    >>> size("4.0|7.5|[Not Available]").value
    75.0
    """
    parts = [number(part.strip()) for part in written.split("|") if not part.strip().startswith("[")]
    if any(part.code for part in parts):
        return Cell(code="LM-D002")
    return Cell(round(max(part.value for part in parts) * 10, 3)) if parts else Cell()


def months(written: str, *, length: tuple[float, float]) -> Cell:
    """The days whose months, printed as precisely as here, may read like this; never one day made up.

    Examples
    --------
    >>> months("12.3", length=(30.4375, 30.4375)).value
    DayInterval(low=373, high=375)
    >>> months("0", length=(30.4375, 30.4375)).value, months("-1", length=(30.4, 30.44)).code
    (DayInterval(low=0, high=15), 'LM-D006')
    """
    got = number(written)
    if got.code:
        return got
    if got.value < 0 or got.value * length[1] > MAX_DAYS:
        return Cell(code="LM-D006")
    found = whole_days(written, length)
    # No whole day: the study divided by another length. The nearest days on both sides hold the true one.
    low, high = found or (math.floor(got.value * length[0]), math.ceil(got.value * length[1]))
    return Cell(DayInterval(low, high))


def whole_days(written: str, length: tuple[float, float]) -> tuple[int, int] | None:
    """The whole days that a printed count of months, each of a length in between, may stand for."""
    half = 0.5 * 10 ** -len(written.partition(".")[2])
    low = math.ceil(max(float(written) - half, 0.0) * length[0] - _EPSILON)
    high = math.floor((float(written) + half) * length[1] + _EPSILON)
    return (low, high) if low <= high else None


def value(written: str, *, codes: Mapping[str, str], flag: bool) -> Cell:
    """The code of one of a form's answers."""
    code = codes.get(written.lower())
    if code is None:
        return Cell(code="LM-D005")
    return Cell(code == "1") if flag else Cell(code)


def reasons(why: Mapping[str, str] | None) -> str | None:
    """Why columns have no value, as the tables keep it.

    Examples
    --------
    >>> reasons({"b": "blank", "a": "not_available"}), reasons({})
    ('{"a": "not_available", "b": "blank"}', None)
    """
    return _reasons(tuple(why.items())) if why else None


@lru_cache(maxsize=10_000)
def _reasons(why: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(why), sort_keys=True)


class Remembered(dict[str, Any]):
    """What a column's texts were found to say: the same few answers stand in most rows, so each is read once.

    Examples
    --------
    >>> lengths = Remembered(len)
    >>> lengths["abc"], len(lengths)
    (3, 1)
    """

    #: A column of free text or of days has no few answers; what is remembered of it must not grow with the rows.
    LIMIT = 10_000

    def __init__(self, read: Callable[[str], Any]) -> None:
        self.read = read

    def __missing__(self, written: str) -> Any:
        if len(self) >= self.LIMIT:
            self.clear()
        found = self[written] = self.read(written)
        return found


def outside(table: str, column: str, value: Any) -> bool:
    """Whether a number lies outside the range that its column of a case table declares.

    Examples
    --------
    >>> outside("diagnosis", "size_mm", 4000), outside("diagnosis", "size_mm", 40), outside("dose", "amount", "x")
    (True, False, False)
    """
    declared = TABLES[table].index.get(column) if table in TABLES else None
    if declared is None or declared.low is None or declared.high is None or not isinstance(value, int | float):
        return False
    return not declared.low <= value <= declared.high


#: The conversions that need nothing but the text, by name.
CONVERSIONS: dict[str, Callable[[str], Cell]] = {
    "text": text, "day": day, "integer": integer, "number": number, "size": size,
}  # fmt: skip
