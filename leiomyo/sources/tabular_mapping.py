"""The mapping of a spreadsheet: which of its columns fills what, as a person wrote it down, checked before use.

Nothing in a sheet is guessed when it is read; whatever a sheet leaves open stands in the mapping. The form is
described in docs/mapping.md; `leiomyo map FILE` drafts one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import process

from leiomyo.model.codes import codes
from leiomyo.model.tables import TABLES, Column
from leiomyo.sources.base import FileRefused
from leiomyo.sources.files import refuse

#: A draft leaves this word where only a person can answer.
ASK = "ASK"
#: The mapping beside a file, or of a whole folder.
FOLDER_MAPPING = "mapping.yaml"
FILE_ENDING = ".mapping.yaml"
_ORDERS = ("day-first", "month-first")
_AXES = ("calendar", "diagnosis")
#: What YAML people write for "no value".
_NOTHING = ("", "null", "~")
_NUMBERED = re.compile(r"<(n|m)>")


@dataclass(frozen=True, slots=True)
class Form:
    """How a sheet writes things down; every setting has a default that guesses nothing."""

    #: `day-first` or `month-first`; without it a date that can be read both ways is set aside.
    dates: str = ""
    #: `1900` or `1904`: plain whole numbers in a column of days are a spreadsheet's day count of that system.
    serials: str = ""
    #: The first of the hundred years that a year of two digits may mean, such as 1930.
    two_digit_years: int = 0
    decimal: str = "."
    encoding: str = "utf-8"
    delimiter: str = ""
    #: The row that holds the names of the columns.
    header: int = 1
    #: Further texts that mean that there is no value.
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeBook:
    """A table that says what the numbers of a sheet stand for."""

    file: str
    sheet: str = ""
    variable: str = "variable"
    code: str = "code"
    label: str = "label"


#: Answers by column that must hold for something to be read.
When = tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """How one column of a case table is filled: from the first of `columns` that has a value."""

    name: str
    columns: tuple[str, ...] = ()
    #: Codes by answer in lower case; `*` is any other answer, the empty text a blank cell.
    values: Mapping[str, str | None] = field(default_factory=dict)
    unit: str = ""
    unit_column: str = ""
    #: The column with the day that a count of days or months starts from.
    after: str = ""
    when: When = ()
    constant: str = ""


@dataclass(frozen=True, slots=True)
class Says:
    """One row of a case table that each row of a sheet states."""

    table: str
    fields: tuple[Field, ...]
    when: When = ()
    #: A column that lists several things, and the signs between them: one row each.
    split: str = ""
    by: str = ";"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet or file of a mapping."""

    file: str
    sheet: str
    patient: str
    record: str
    says: tuple[Says, ...]
    form: Form
    axis: str
    centre: str
    code_book: CodeBook | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Every column that the mapping speaks of."""
        named = {self.patient, self.record}
        for says in self.says:
            named |= {says.split, *(column for column, _ in says.when)}
            for one in says.fields:
                named |= {*one.columns, one.unit_column, one.after, *(column for column, _ in one.when)}
        return frozenset(named - {""})


def find_mapping(path: Path) -> Path | None:
    """The mapping that lies beside a file: `NAME.mapping.yaml`, else `mapping.yaml` of its folder."""
    # not Path.is_file: it fails where the name with its ending is longer than names may be
    beside = (path.with_name(path.name + FILE_ENDING), path.with_name(path.stem + FILE_ENDING),
              path.with_name(FOLDER_MAPPING))  # fmt: skip
    return next((one for one in beside if os.path.isfile(one) and one != path), None)


def is_mapping(path: Path) -> bool:
    """Whether a file is a mapping by its name."""
    return path.name == FOLDER_MAPPING or path.name.endswith(FILE_ENDING)


def read_mapping(path: Path) -> tuple[Sheet, ...]:
    """The sheets of a mapping file.

    Raises
    ------
    FileRefused
        `LM-F021`: it is no YAML, or speaks of what does not exist; the place and the remedy are said.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise refuse("LM-F010", path.name, detail=f"{error.strerror}.") from error
    return _read(path, changed)


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> tuple[Sheet, ...]:
    try:
        told = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it makes texts only
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" near line {mark.line + 1}" if mark else ""
        what = "A name stands twice" if "twice" in str(error) else "It is no YAML"
        raise refuse("LM-F021", path.name, detail=f"{what}{where}.") from error
    return _Reader(path.name).mapping(told)


class _Loader(yaml.BaseLoader):
    """Every scalar is a text, as written: 01 stays 01 and no stays no. A name may stand only once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The names and values of one mapping."""
        names = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if not isinstance(key.value, str) or names.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(None, None, "a name stands twice", key.start_mark)
        return super().construct_mapping(node, deep)


class _Reader:
    """Turns what YAML gives into a mapping, naming the place of whatever is wrong."""

    def __init__(self, name: str) -> None:
        self.name = name

    def wrong(self, place: str, what: str) -> FileRefused:
        return refuse("LM-F021", self.name, detail=f"{place}: {what}")

    def mapping(self, told: Any) -> tuple[Sheet, ...]:
        told = self._dict(told, "the mapping", {"sheets", "centre", "axis", "code_book", *_form_names()})
        sheets = told.get("sheets")
        if not isinstance(sheets, list) or not sheets:
            raise self.wrong("sheets", "It has to list at least one sheet.")
        form = self._form(told, Form(), "")
        book = self._code_book(told.get("code_book"))
        return tuple(
            self._sheet(one, f"sheets[{place}]", form, told, book) for place, one in enumerate(sheets, start=1)
        )

    def _sheet(self, told: Any, place: str, form: Form, top: dict[str, Any], book: CodeBook | None) -> Sheet:
        told = self._dict(told, place, {"file", "sheet", "patient", "record", "says", "axis", *_form_names()})
        says = told.get("says")
        if not isinstance(says, list) or not says:
            raise self.wrong(f"{place}.says", "It has to list what a row says.")
        axis = self._answer(told.get("axis", top.get("axis")), f"{place}.axis", _AXES) or "calendar"
        return Sheet(
            file=self._text(told.get("file", "*"), f"{place}.file"),
            sheet=self._text(told.get("sheet", ""), f"{place}.sheet"),
            patient=self._needed(told, "patient", place), record=self._text(told.get("record", ""), f"{place}.record"),
            says=tuple(one for number, part in enumerate(says, start=1)
                       for one in self._says(part, f"{place}.says[{number}]")),
            form=self._form(told, form, f"{place}."), axis=axis, centre=self._centre(top), code_book=book,
        )  # fmt: skip

    def _centre(self, top: dict[str, Any]) -> str:
        centre = self._text(top.get("centre", ""), "centre")
        if centre == ASK:
            raise self.wrong("centre", "Which centre keeps these records is still to be answered.")
        return centre

    def _says(self, told: Any, place: str) -> Iterable[Says]:
        told = self._dict(told, place, {"repeat", "when", "split", "by", *TABLES})
        tables = [key for key in told if key in TABLES]
        if len(tables) != 1:
            raise self.wrong(place, f"It has to name one case table, of: {', '.join(TABLES)}.")
        for numbers in self._repeats(told, place):
            one = _numbered(told, numbers)
            columns = self._dict(one[tables[0]], f"{place}.{tables[0]}", None)
            yield Says(
                table=tables[0],
                fields=tuple(
                    self._field(TABLES[tables[0]].index, name, how, f"{place}.{tables[0]}.{name}")
                    for name, how in columns.items()
                ),
                when=self._when(one.get("when"), f"{place}.when"),
                split=self._text(one.get("split", ""), f"{place}.split"),
                by=self._text(one.get("by", ";"), f"{place}.by"),
            )

    def _repeats(self, told: dict[str, Any], place: str) -> Iterable[dict[str, str]]:
        """The numbers that stand for <n>, and for <m> within it."""
        repeat = told.get("repeat")
        if repeat is None:
            return [{}]
        named = repeat if isinstance(repeat, dict) else {"n": repeat}
        lists = {}
        for name, numbers in named.items():
            if name not in {"n", "m"} or not isinstance(numbers, list) or not numbers:
                raise self.wrong(f"{place}.repeat", "It has to be a list such as [1, 2, 3], or two as n and m.")
            lists[name] = [self._text(number, f"{place}.repeat") for number in numbers]
        return [dict(zip(lists, combined, strict=True)) for combined in product(*lists.values())]

    def _field(self, index: Mapping[str, Column], name: str, told: Any, place: str) -> Field:
        if name not in index:
            near = process.extractOne(str(name), list(index))
            raise self.wrong(place, f"The table has no such column{f'; is it {near[0]}?' if near else ''}.")
        if isinstance(told, str):
            told = {"from": told}
        told = self._dict(told, place, {"from", "is", "values", "unit", "unit_from", "after", "when"})
        if ("from" in told) == ("is" in told):
            raise self.wrong(place, "It needs a column (from) or a value (is), and not both.")
        columns = told.get("from", [])
        columns = columns if isinstance(columns, list) else [columns]
        return Field(
            name=name, columns=tuple(self._text(column, f"{place}.from") for column in columns),
            values=self._values(index[name], told.get("values"), f"{place}.values"),
            unit=self._unit(told.get("unit", ""), f"{place}.unit"),
            unit_column=self._text(told.get("unit_from", ""), f"{place}.unit_from"),
            after=self._text(told.get("after", ""), f"{place}.after"),
            when=self._when(told.get("when"), f"{place}.when"),
            constant=self._constant(index[name], told.get("is"), place),
        )  # fmt: skip

    def _unit(self, told: Any, place: str) -> str:
        unit = self._text(told, place)
        if unit == ASK:
            raise self.wrong(place, "In which unit the column is written is still to be answered.")
        return unit

    def _constant(self, column: Column, told: Any, place: str) -> str:
        text = self._text(told if told is not None else "", place)
        if text == ASK:
            raise self.wrong(place, "It is still to be answered.")
        if text and column.kind == "code" and text not in codes(column.codes):
            raise self.wrong(
                place, f"{text!r} is no code of the list {column.codes}: {', '.join(codes(column.codes))}."
            )
        return text

    def _values(self, column: Column, told: Any, place: str) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for answer, code in self._dict(told or {}, place, None).items():
            meant = None if code in _NOTHING else self._text(code, place)
            if meant == ASK:
                raise self.wrong(place, f"What {answer!r} means is still to be answered.")
            if meant is not None and column.kind == "code" and meant not in codes(column.codes):
                listed = ", ".join(list(codes(column.codes))[:40])
                raise self.wrong(place, f"{meant!r} is no code of the list {column.codes}: {listed}.")
            if meant is not None and column.kind == "flag" and meant not in {"yes", "no"}:
                raise self.wrong(place, f"{meant!r} is neither yes nor no.")
            found[answer.strip().lower()] = meant
        return found

    def _when(self, told: Any, place: str) -> When:
        asked = self._dict(told or {}, place, None)
        return tuple(
            (self._text(column, place), frozenset(
                self._text(one, place).strip().lower()
                for one in (answers if isinstance(answers, list) else [answers])))
            for column, answers in asked.items()
        )  # fmt: skip

    def _form(self, told: dict[str, Any], base: Form, place: str) -> Form:
        said: dict[str, Any] = {name: told[name] for name in _form_names() if told.get(name) is not None}
        for name, allowed in (("dates", _ORDERS), ("serials", ("1900", "1904")), ("decimal", (".", ","))):
            if name in said:
                said[name] = self._answer(said[name], place + name, allowed)
        for name in ("two_digit_years", "header"):
            if name in said:
                if not str(said[name]).isdecimal() or not 0 < int(said[name]) < 10_000:
                    raise self.wrong(place + name, "It has to be a whole number.")
                said[name] = int(said[name])
        if "missing" in said:
            listed = said["missing"] if isinstance(said["missing"], list) else [said["missing"]]
            said["missing"] = tuple(self._text(one, place + "missing").lower() for one in listed)
        if "delimiter" in said:
            said["delimiter"] = {"tab": "\t"}.get(self._text(said["delimiter"], place), said["delimiter"])
            if len(said["delimiter"]) != 1:
                raise self.wrong(place + "delimiter", "It has to be one sign, or the word tab.")
        if "encoding" in said:
            self._encoding(said["encoding"], place + "encoding")
        return replace(base, **said)

    def _encoding(self, name: Any, place: str) -> None:
        try:
            "".encode(name)
        except (LookupError, TypeError) as error:
            raise self.wrong(place, f"There is no encoding {name!r}; utf-8, cp1252 and utf-16 are common.") from error

    def _code_book(self, told: Any) -> CodeBook | None:
        if told is None:
            return None
        told = self._dict(told, "code_book", {one.name for one in fields(CodeBook)})
        self._needed(told, "file", "code_book")
        return CodeBook(**{name: self._text(value, f"code_book.{name}") for name, value in told.items()})

    def _answer(self, told: Any, place: str, allowed: tuple[str, ...]) -> str:
        if told == ASK:
            raise self.wrong(place, f"It is still to be answered: {' or '.join(allowed)}.")
        if told is not None and told not in allowed:
            raise self.wrong(place, f"It has to be {' or '.join(allowed)}, not {told!r}.")
        return told or ""

    def _dict(self, told: Any, place: str, keys: set[str] | None) -> dict[str, Any]:
        if not isinstance(told, dict):
            raise self.wrong(place, "It has to hold names with values.")
        if keys is not None and (unknown := [str(key) for key in told if key not in keys]):
            near = process.extractOne(unknown[0], sorted(keys))
            raise self.wrong(place, f"It knows no {unknown[0]!r}{f'; is it {near[0]}?' if near else ''}.")
        return told

    def _needed(self, told: dict[str, Any], name: str, place: str) -> str:
        text = self._text(told.get(name, ""), f"{place}.{name}")
        if not text or text == ASK:
            raise self.wrong(f"{place}.{name}", "It has to be named.")
        return text

    def _text(self, told: Any, place: str) -> str:
        if not isinstance(told, str):
            raise self.wrong(place, "It has to be a text.")
        return told


def _form_names() -> frozenset[str]:
    return frozenset(one.name for one in fields(Form))


def _numbered(told: Any, numbers: Mapping[str, str]) -> Any:
    """The same with <n> and <m> replaced in every text."""
    if isinstance(told, str):
        return _NUMBERED.sub(lambda found: numbers.get(found.group(1), found.group()), told)
    if isinstance(told, list):
        return [_numbered(one, numbers) for one in told]
    if isinstance(told, dict):
        return {_numbered(key, numbers): _numbered(one, numbers) for key, one in told.items()}
    return told
