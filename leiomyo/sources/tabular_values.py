"""From the text of a sheet's cell to the value of a column, by the column's kind and what the mapping says of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from leiomyo.model.codes import codes, match_word, tokens
from leiomyo.model.dates import MAX_DAYS, DayInterval, Order, calendar_day
from leiomyo.model.tables import Column
from leiomyo.sources import cells
from leiomyo.sources.cells import Cell
from leiomyo.sources.data_files import answers
from leiomyo.sources.tabular_mapping import Field, Form

#: A sheet does not say whether its months have 30 days or a twelfth of a year; both are in use.
MONTH = (30.0, 30.4375)
_AMOUNT = re.compile(r"([-+]?[0-9][0-9.,]*)\s*([^\W\d_]+|%)?")
_TWO_DIGITS = re.compile(r"([0-9]{1,2}[-/.])([0-9]{1,2}[-/.])([0-9]{2})")
_WORDY = re.compile(r"(?:([0-9]{1,2})[\s./-]*)?([^\W\d_]{3,})\.?[\s,./-]*([0-9]{4})")
_STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9:.]+(?:Z|[+-][0-9:]+)?")
#: Day 0 of each of Excel's systems; the first holds a 29 February 1900 that never was.
_SERIAL_ZERO = {"1900": datetime.date(1899, 12, 30), "1904": datetime.date(1904, 1, 1)}
_EPOCH = datetime.date(1970, 1, 1)


def values(list_name: str) -> dict[str, str]:
    """What the answers of one kind mean, by the answer in lower case."""
    return answers("tabular_values.csv", list_name)


def converter(column: Column, field: Field, form: Form, *, axis: str) -> Callable[[str, str], Cell]:
    """The conversion of one field: called with the text and, where a column holds it, the unit."""
    if column.kind == "code":
        return lambda text, _: code(text, column.codes)
    if column.kind == "flag":
        return lambda text, _: flag(text)
    if column.kind in {"integer", "number"}:
        return lambda text, unit: amount(text, column, unit or field.unit, form.decimal)
    if column.kind == "day" and field.after:
        return lambda text, unit: duration(text, unit or field.unit or "days", form.decimal)
    if column.kind == "day" and axis == "diagnosis":
        return lambda text, unit: duration(text, unit or field.unit or "days", form.decimal, signed=True)
    if column.kind == "day":
        return lambda text, _: day(text, form)
    return lambda text, _: Cell(text)


@lru_cache(maxsize=65_536)
def code(written: str, list_name: str) -> Cell:
    """The code of a list that a text names: the code itself, its label, or a word of it.

    Examples
    --------
    >>> code("margins clear", "margins").value, code("R 0", "residual_tumor").value, code("blue", "sex").code
    ('negative', 'R0', 'LM-D005')
    """
    if written in codes(list_name):
        return Cell(written)
    wanted = "".join(tokens(written))
    for known, row in codes(list_name).items():
        if wanted and wanted in {"".join(tokens(known)), "".join(tokens(row.get("label", "")))}:
            return Cell(known)
    found = match_word(list_name, written)
    return Cell(found) if found else Cell(code="LM-D005")


def flag(written: str) -> Cell:
    """Yes or no."""
    told = values("flag").get(written.lower())
    return Cell(told == "yes") if told else Cell(code="LM-D005")


def amount(written: str, column: Column, unit: str, decimal: str) -> Cell:
    """A number in the column's unit; a unit in the cell beats the one of the sheet.

    Examples
    --------
    >>> from leiomyo.model.tables import TABLES
    >>> size = TABLES["diagnosis"].index["size_mm"]
    >>> amount("7,5", size, "cm", ",").value, amount("12 cm", size, "", ".").value, amount("7,5", size, "cm", ".").code
    (75.0, 120.0, 'LM-D002')
    """
    found = _AMOUNT.fullmatch(written)
    if found is None:
        return Cell(code="LM-D002")
    got = cells.number(_point(found.group(1), decimal))
    if got.code:
        return got
    unit = (found.group(2) or unit).lower()
    value = got.value
    if unit and unit != column.unit.lower():
        target, _, factor = values("unit").get(unit, "").partition("/")
        if target != column.unit or factor == "month":
            return Cell(code="LM-D007" if column.unit == "Gy" else "LM-D020")
        value = round(value * float(factor), 6)
    if column.kind == "integer":
        return Cell(int(value)) if value == int(value) else Cell(code="LM-D002")
    return Cell(float(value))


def _point(written: str, decimal: str) -> str:
    """The number with a decimal point; the other sign would mean thousands, which are not taken for granted."""
    return written if decimal == "." else written.replace(".", "?").replace(",", ".")


def duration(written: str, unit: str, decimal: str, *, signed: bool = False) -> Cell:
    """A count of days, weeks or months as the whole days it allows."""
    text = _point(written, decimal)
    target, _, factor = values("unit").get(unit.lower(), "").partition("/")
    if target != "days":
        return Cell(code="LM-D020")
    if factor == "month":
        return cells.months(text, length=MONTH)
    got = cells.day(text) if factor == "1" else cells.number(text)
    if got.code:
        return got
    found = got.value if isinstance(got.value, DayInterval) else _times(got.value, float(factor))
    if abs(found.low) > MAX_DAYS or (found.low < 0 and not signed):
        return Cell(code="LM-D006")
    return Cell(found)


def _times(count: float, days: float) -> DayInterval:
    return DayInterval(round(count * days), round(count * days))


def day(written: str, form: Form) -> Cell:
    """The days of the calendar that a date allows; day and month are never guessed apart.

    Examples
    --------
    >>> day("2019-06", Form()).value == calendar_day("2019-06"), day("3 Juni 2019", Form()).value.exact
    (True, True)
    >>> day("03/04/2019", Form()).code, day("03/04/2019", Form(dates="day-first")).value.exact
    ('LM-D022', True)
    """
    text = written
    if stamp := _STAMP.fullmatch(text):
        text = stamp.group(1)  # the local day counts, not the moment in another time zone
    if form.two_digit_years and (short := _TWO_DIGITS.fullmatch(text)):
        text = f"{short.group(1)}{short.group(2)}{_century(int(short.group(3)), form.two_digit_years)}"
    if form.serials and re.fullmatch(r"[0-9]{3,5}", text) and not (len(text) == 4 and 1900 <= int(text) <= 2100):
        zero = _SERIAL_ZERO[form.serials]
        found = (zero - _EPOCH).days + int(text)
        return Cell(DayInterval(found, found))
    order: Order | None = form.dates or None  # type: ignore[assignment]
    try:
        return Cell(calendar_day(_in_figures(text), order=order))
    except ValueError as error:
        return Cell(code="LM-D022" if "told apart" in str(error) else "LM-D012")


def _in_figures(text: str) -> str:
    """A date with its month in letters as YYYY-MM-DD, as far as it says; anything else as it is."""
    found = _WORDY.fullmatch(text)
    month = match_word("month", found.group(2)) if found else None
    if found is None or month is None:
        return text
    return f"{found.group(3)}-{month}" + (f"-{found.group(1)}" if found.group(1) else "")


def _century(year: int, first: int) -> int:
    """The year of two digits in the hundred years from `first` on."""
    return first + (year - first) % 100


def answer(text: str, values: Mapping[str, str | None]) -> tuple[bool, str | None]:
    """Whether the mapping says what an answer means, and its meaning."""
    lower = text.lower()
    if lower in values:
        return True, values[lower]
    return ("*" in values and bool(text), values.get("*"))
