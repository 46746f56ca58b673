"""How a row of a case table stands in a cBioPortal table: `cbioportal_written.csv`, in words that are read back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from leiomyo.exports.texts import one_line, plain_number, rows_of
from leiomyo.model.codes import codes, label, match_word, table, whole_word
from leiomyo.model.tables import TABLES, Column
from leiomyo.sources.cbioportal_study import values

Row = dict[str, str]
#: cBioPortal allows no other sign in an identifier.
_FORBIDDEN = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a cBioPortal table: its name, which column of a case table it holds, and in whose words."""

    name: str
    column: Column
    how: str

    @property
    def description(self) -> str:
        """What a clinical file says of the column."""
        counted = " (days from diagnosis)" if self.column.kind == "day" else ""
        unit = f" ({self.column.unit})" if self.column.unit and self.column.kind == "number" else ""
        return self.column.meaning[:1].upper() + self.column.meaning[1:] + counted + unit

    @property
    def datatype(self) -> str:
        """What a clinical file says of the values."""
        return "NUMBER" if self.column.kind in {"number", "integer", "day"} else "STRING"


@cache
def cells_of(part: str) -> tuple[Cell, ...]:
    """The columns of one part of the study, in their order."""
    listed = [row for row in rows_of("cbioportal_written.csv") if row["file"] == part]
    return tuple(Cell(row["name"], TABLES[row["table"]].index[row["column"]], row["as"]) for row in listed)


@cache
def word_for(how: str, listed: str, code: str) -> str | None:
    """The word that is read back as a code, its label where that is; None where every word says something else.

    Examples
    --------
    >>> word_for("word:surgery_kind", "surgery_kind", "primary"), word_for("value:os_status", "vital_status", "dead")
    ('Resection of the primary', 'Dead')
    """
    kind, _, named = how.partition(":")
    if kind == "code":
        return code
    words = [label(listed, code), code.replace("_", " ").capitalize(), code]
    if kind == "word":
        words += [row["word"] for row in table("words") if row["list"] == named and row["code"] == code]
    else:
        words += [word for word, meant in values(named).items() if meant == code]
    return next((word for word in words if _means(kind, named, word) == code and not whole_word("missing", word)), None)


def _means(kind: str, listed: str, word: str) -> str | None:
    return match_word(listed, word) if kind == "word" else values(listed).get(word.lower())


@lru_cache(maxsize=65_536)
def _line(text: str) -> tuple[str, bool]:
    """A text on one line, and whether it reads like "no value"."""
    line = one_line(text)
    return line, whole_word("missing", line) is not None


@dataclass(slots=True)
class Patients:
    """Who is who in the study, from which day each patient's days count, and what was left out."""

    #: The day of diagnosis by centre and patient; none where it is not known to the day.
    origin: Mapping[tuple[str, str], int | None]
    several: bool
    #: Those whose days count from the diagnosis already, in what is written too.
    relative: frozenset[tuple[str, str]] = frozenset()
    left: Counter[str] = field(default_factory=Counter)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def name(self, who: tuple[str, str]) -> str:
        """The identifier in the study; signs that cBioPortal does not allow are replaced, and counted."""
        known = self._names.get(who)
        if known is None:
            wanted = f"{who[0]}-{who[1]}" if self.several else who[1]
            known = allowed = _FORBIDDEN.sub("_", wanted)
            number = 1
            while known in self._taken:
                number += 1
                known = f"{allowed}_{number}"
            if known != wanted:
                self.left["patient identifiers as they are: other signs stand in the study"] += 1
            self._names[who] = known
            self._taken.add(known)
        return known

    def day(self, row: Mapping[str, Any], column: str, who: tuple[str, str]) -> int | None:
        """A day counted from the diagnosis, where both are known to the day."""
        low, origin = row.get(f"{column}_low"), self.origin.get(who)
        return None if low is None or origin is None or low != row[f"{column}_high"] else low - origin

    def written(self, part: str, row: Mapping[str, Any], who: tuple[str, str]) -> Row:
        """The cells of a row that have a value."""
        found: Row = {}
        for cell in cells_of(part):
            column = cell.column
            if column.kind == "day":
                day = self.day(row, column.name, who)
                if day is not None:
                    found[cell.name] = str(day)
                elif f"{column.name}_low" in row:
                    self.left[f"{part}: {column.meaning} without a whole day"] += 1
            elif (value := row.get(column.name)) is not None and (text := self._text(part, cell, value)):
                found[cell.name] = text
        return found

    def _text(self, part: str, cell: Cell, value: Any) -> str:
        kind = cell.column.kind
        if kind == "flag":
            return "Yes" if value else "No"
        if kind in {"integer", "number"}:
            return plain_number(value)
        if kind == "code" and value in codes(cell.column.codes):
            word = word_for(cell.how, cell.column.codes, value)
            if word is None:
                self.left[f"{part}: {cell.column.meaning}, the answer {value}"] += 1
            return word or ""
        line, nothing = _line(value)
        if nothing:
            self.left[f"{part}: {cell.column.meaning}, words that read as no value"] += 1
        return "" if nothing else line
