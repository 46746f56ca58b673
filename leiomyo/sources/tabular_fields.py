"""One field of a mapping, ready to be read from any row: the value, what is wrong with it, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leiomyo.model.codes import match_word, tokens
from leiomyo.model.dates import DayInterval
from leiomyo.model.drugs import match_drug
from leiomyo.model.tables import TABLES, Column
from leiomyo.sources import cells
from leiomyo.sources.cells import Cell
from leiomyo.sources.tabular_mapping import Field, Form, Sheet, When
from leiomyo.sources.tabular_values import answer, converter, day, values

#: Codes that are found in words, and kept as "other" with their words where no word is known.
IN_WORDS = {
    ("disease_status", "site"): ("metastatic_sites", "site_text", "LM-C004"),
    ("symptom", "term"): ("symptoms", "as_written", ""),
}
#: The same few texts stand in a column over and over; so many are remembered.
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Got:
    """What a field holds: a value, the code of what is wrong, or the reason why there is neither."""

    value: Any = None
    code: str = ""
    reason: str = ""


class FieldReader:
    """Reads one field; what depends on the cell's text alone is worked out once a text."""

    def __init__(self, table: str, field: Field, sheet: Sheet, book: Mapping[tuple[str, str], str]) -> None:
        self.name = field.name
        self.when = field.when
        self.columns = field.columns
        self.constant = _constant(TABLES[table].index[field.name], field.constant) if field.constant else None
        self._table = table
        self._field = field
        self._column: Column = TABLES[table].index[field.name]
        self._form: Form = sheet.form
        self._book = book
        self._convert = converter(self._column, field, sheet.form, axis=sheet.axis)
        self._as_written = (table, field.name) in IN_WORDS or self._column.codes == "drugs"
        #: "none" in a column of days, drugs or sites says that there was no such thing.
        dated = self._column.kind == "day" and sheet.axis == "calendar" and not field.after  # a count may be 0
        self._absence = self._as_written or dated
        self._by_text_alone = not (field.unit_column or field.after)
        self._known: dict[tuple[str, str], Got] = {}

    def read(self, row: Mapping[str, str]) -> tuple[Got, str, str]:
        """What the field holds in a row, and the column and text that say so."""
        name, text = self.columns[0], ""
        for column in self.columns:
            if text := row.get(column, ""):
                name = column
                break
        key = (name, text)
        got = self._known.get(key)
        if got is None:
            got = self._read(name, text, row)
            if self._by_text_alone:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[key] = got
        return got, name, text

    def _read(self, name: str, text: str, row: Mapping[str, str]) -> Got:
        label = self._book.get((name.lower(), text.lower()), "") if self._book and text else ""
        for words in (label, text) if label else (text,):
            known, meant = answer(words, self._field.values)
            if known:
                return Got(None if meant is None else _constant(self._column, meant))
        text = label or text
        if reason := self._reason(text):
            return Got(reason=reason)
        cell = self._converted(text, row)
        if cell.code or cells.outside(self._table, self.name, cell.value):
            return Got(code=cell.code or "LM-D006")
        if self._field.after and isinstance(cell.value, DayInterval):
            return self._after(cell.value, row.get(self._field.after, ""))
        return Got(cell.value)

    def _reason(self, text: str) -> str | None:
        """Why a cell has no value; a code such as "unknown" is one."""
        if not text:
            return "blank"
        if self._absence and _says_no(text, self._column.codes):
            return "not_applicable"
        if text.lower() in self._form.missing:
            return "not_available"
        return None if self._column.codes and match_word(self._column.codes, text) else match_word("missing", text)

    def _converted(self, text: str, row: Mapping[str, str]) -> Cell:
        if self._as_written:
            return Cell(text)
        unit = row.get(self._field.unit_column, "") if self._field.unit_column else ""
        if self._field.unit_column and not unit and self._column.unit == "Gy":
            return Cell(code="LM-D008")
        return self._convert(text, unit)

    def _after(self, waited: DayInterval, text: str) -> Got:
        """The days that lie as long after another column's day as the cell says."""
        if not text or match_word("missing", text):
            return Got(reason="not_available")
        start = day(text, self._form)
        if start.code:
            return Got(code=start.code)
        return Got(DayInterval(start.value.low + waited.low, start.value.high + waited.high))


def _says_no(text: str, list_name: str) -> bool:
    """Whether a text says that there is nothing: "none", "no metastases"; not where it names a thing beside."""
    lower = text.lower()
    if lower in values("absent"):
        return True
    first = tokens(text)[:1]
    if not first or first[0] not in values("absent") or first[0].isdigit():
        return False
    return not (match_drug(text).agents if list_name == "drugs" else list_name and match_word(list_name, text))


def holds(when: When, row: Mapping[str, str]) -> bool:
    """Whether each column has one of its answers; `*` is any answer at all."""
    for column, answers in when:
        text = row.get(column, "").lower()
        if text not in answers and not (text and "*" in answers):
            return False
    return True


def _constant(column: Column, text: str) -> Any:
    """A value that the mapping states."""
    if column.kind == "flag":
        return text == "yes"
    if column.kind in {"integer", "number"}:
        number = cells.number(text).value
        return int(number) if number is not None and column.kind == "integer" else number
    return text
