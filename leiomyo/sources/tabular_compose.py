"""What one row of a sheet states: the fields of the mapping filled, and what the case tables need beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from leiomyo.errors import Problem
from leiomyo.model.codes import codes, match_word
from leiomyo.model.dates import DayInterval
from leiomyo.model.tables import TABLES, Column, Table
from leiomyo.sources import cells
from leiomyo.sources.base import Statement
from leiomyo.sources.cells import Cell
from leiomyo.sources.drug_words import named_drugs
from leiomyo.sources.tabular_mapping import Field, Says, Sheet, When
from leiomyo.sources.tabular_values import answer, converter, day

#: Codes that are found in words, and kept as "other" with their words where no word is known.
_IN_WORDS = {
    ("disease_status", "site"): ("metastatic_sites", "site_text", "LM-C004"),
    ("symptom", "term"): ("symptoms", "as_written", ""),
}
_DEFAULTS = {"tumour": "1", "role": "index", "derived": False}


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: its cells by column, and where it stands."""

    cells: Mapping[str, str]
    number: int
    patient: str


@dataclass(slots=True)
class _Row:
    """One statement in the making."""

    row: Cells
    values: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class RowComposer:
    """Composes the statements of a sheet's rows; conversions are chosen once, and remembered by text."""

    def __init__(self, sheet: Sheet, file: str, book: Mapping[tuple[str, str], str]) -> None:
        self.sheet = sheet
        self.file = file
        self.book = book
        self.plans = [(says, [self._plan(says, one) for one in says.fields]) for says in sheet.says]
        told = {says.table for says in sheet.says}
        self.person_alone = "diagnosis" in told and "patient" not in told
        self.constants = {id(says): {one.name for one in says.fields if one.constant} for says in sheet.says}
        self.several = {table for table in told if sum(says.table == table for says in sheet.says) > 1}

    def _plan(self, says: Says, one: Field) -> tuple[Field, Column, Callable[[str, str], Cell]]:
        column = TABLES[says.table].index[one.name]
        if (says.table, one.name) in _IN_WORDS or column.codes == "drugs":
            return one, column, lambda text, _: Cell(text)
        return one, column, lru_cache(maxsize=4096)(converter(column, one, self.sheet.form, axis=self.sheet.axis))

    def compose(self, row: Cells) -> tuple[list[Statement], list[Problem]]:
        """The statements of a row, and what is wrong with its cells."""
        found: list[Statement] = []
        problems: list[Problem] = []
        if self.person_alone:
            found.append(("patient", {"axis": self.sheet.axis}))
        for place, (says, plan) in enumerate(self.plans):
            if _holds(says.when, row.cells):
                for part in self._parts(says, row):
                    made = self._statement(says, plan, part)
                    found += self._finished(says, made, place)
                    problems += made.problems
        only_the_axis = self.person_alone and len(found) == 1
        return [] if only_the_axis else found, list(dict.fromkeys(problems))

    def _parts(self, says: Says, row: Cells) -> Iterator[Cells]:
        """The row itself, or once for each thing that its column lists."""
        if not says.split:
            yield row
            return
        text = row.cells.get(says.split, "")
        for sign in says.by:
            text = text.replace(sign, "\n")
        for part in filter(None, (one.strip() for one in text.split("\n"))):
            yield Cells({**row.cells, says.split: part}, row.number, row.patient)

    def _statement(self, says: Says, plan: Iterable[tuple[Field, Column, Callable[[str, str], Cell]]], row: Cells
                   ) -> _Row:  # fmt: skip
        made = _Row(row)
        for one, column, convert in plan:
            if not _holds(one.when, row.cells):
                continue
            if one.constant:
                made.values[one.name] = _constant(column, one.constant)
                continue
            name, text = next(((name, text) for name in one.columns if (text := row.cells.get(name, ""))),
                              (one.columns[0], ""))  # fmt: skip
            cell = self._cell(says, one, name, text, convert, made)
            if cell.code or cells.outside(says.table, one.name, cell.value):
                made.problems.append(Problem(cell.code or "LM-D006", self.file, row.number, name, found=text))
                made.missing[one.name] = "unreadable"
            elif cell.value is not None:
                made.values[one.name] = cell.value
        return made

    def _cell(self, says: Says, one: Field, name: str, text: str, convert: Callable[[str, str], Cell], made: _Row
              ) -> Cell:  # fmt: skip
        """The value of a field, its reason for having none noted."""
        label = self.book.get((name.lower(), text.lower()), "") if self.book else ""
        for words in filter(None, (label, text)) if text else ("",):
            known, meant = answer(words, one.values)
            if known:
                column = TABLES[says.table].index[one.name]
                return Cell(None if meant is None else _constant(column, meant))
        text = label or text
        if reason := self._reason(text, one, says.table):
            made.missing[one.name] = reason
            return Cell()
        unit = made.row.cells.get(one.unit_column, "") if one.unit_column else ""
        if one.unit_column and not unit and TABLES[says.table].index[one.name].unit == "Gy":
            return Cell(code="LM-D008")
        cell = convert(text, unit)
        if one.after and isinstance(cell.value, DayInterval):
            return self._after(one, cell.value, made)
        return cell

    def _reason(self, text: str, one: Field, table: str) -> str | None:
        """Why a cell has no value; a code such as "unknown" is one."""
        if not text:
            return "blank"
        if text.lower() in self.sheet.form.missing:
            return "not_available"
        listed = TABLES[table].index[one.name].codes
        return None if listed and match_word(listed, text) else match_word("missing", text)

    def _after(self, one: Field, waited: DayInterval, made: _Row) -> Cell:
        """The days that lie as long after another column's day as the cell says."""
        text = made.row.cells.get(one.after, "")
        if not text or match_word("missing", text):
            made.missing[one.name] = "not_available"
            return Cell()
        start = day(text, self.sheet.form)
        if start.code:
            return start
        return Cell(DayInterval(start.value.low + waited.low, start.value.high + waited.high))

    def _finished(self, says: Says, made: _Row, place: int) -> Iterator[Statement]:
        """The statement with what its table needs beside it; none where no cell said anything."""
        if not says.when and not made.values.keys() - self.constants[id(says)]:
            return
        table = TABLES[says.table]
        values = dict(made.values)
        if says.table == "patient":
            _patient(values, self.sheet.axis)
        self._words(says.table, values, made)
        for name, default in _DEFAULTS.items():
            if name in table.index:
                values.setdefault(name, default)
        _in_order(table, values, made, self.file)
        values["record"] = self._record(says, made.row, place)
        values["missing"] = made.missing
        yield from (_drugs(values, made, self.file) if says.table == "drug_exposure" else [(says.table, values)])

    def _words(self, table: str, values: dict[str, Any], made: _Row) -> None:
        """Put codes for words; words without one stay beside the code `other`."""
        for (of, name), (listed, words, code) in _IN_WORDS.items():
            written = values.get(name)
            if of != table or written is None or written in codes(listed):
                continue
            values.setdefault(words, written)
            values[name] = match_word(listed, written) or "other"
            if code and values[name] == "other":
                made.problems.append(Problem(code, self.file, made.row.number, name, found=written))

    def _record(self, says: Says, row: Cells, place: int) -> str | None:
        written = row.cells.get(self.sheet.record, "") if self.sheet.record else ""
        return (f"{written}/{place}" if says.table in self.several else written) or None


def _holds(when: When, row: Mapping[str, str]) -> bool:
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


def _patient(values: dict[str, Any], axis: str) -> None:
    """Who has a day of death is dead, unless the sheet says otherwise; it then contradicts itself, and both stay."""
    values.setdefault("axis", axis)
    if "death" in values:
        values.setdefault("vital_status", "dead")


def _in_order(table: Table, values: dict[str, Any], made: _Row, file: str) -> None:
    """Set an end aside that lies before its start, and spread every day over its two stored columns."""
    start, end = values.get("start"), values.get("end")
    if start is not None and end is not None and end.high < start.low:
        made.problems.append(Problem("LM-D011", file, made.row.number, "end"))
        values.pop("end")
        made.missing["end"] = "unreadable"
    for column in table.columns:
        if column.kind == "day":
            told = values.pop(column.name, None)
            values[f"{column.name}_low"], values[f"{column.name}_high"] = (
                (told.low, told.high) if told else (None, None)
            )


def _drugs(values: dict[str, Any], made: _Row, file: str) -> Iterator[Statement]:
    """One exposure for each drug that the words name; the words stay beside it."""
    written = values.get("as_written") or values.get("agent")

    def note(code: str, found: str, detail: str) -> None:
        made.problems.append(Problem(code, file, made.row.number, "agent", found=found, detail=detail))

    how, agents = named_drugs(values.get("agent") or written, note)
    record = values.pop("record")
    for place, agent in enumerate(agents):
        suffix = f"/drug {place}" if place else ""
        yield (
            "drug_exposure",
            {**values, "agent": agent, "as_written": written, "matched": how, "missing": dict(values["missing"]),
             "record": record + suffix if record else None},
        )  # fmt: skip
