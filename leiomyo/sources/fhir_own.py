"""Our own extensions: columns of the case tables for which neither FHIR nor mCODE has an element.

`urn:leiomyo:surgery.morcellation` on a Procedure says what that column of its row holds; one without a value says that
there is none, where another element would otherwise be read as one. `urn:leiomyo:drugs` and the like are code lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from leiomyo.model.codes import codes
from leiomyo.model.tables import TABLES, Column
from leiomyo.sources import cells
from leiomyo.sources.base import Statement
from leiomyo.sources.fhir_resources import Extension
from leiomyo.sources.fhir_row import Row
from leiomyo.sources.fhir_values import OWN

_DEFAULTS: dict[str, Any] = {"tumour": "1", "role": "index", "derived": False}


def completed(told: list[Statement], inside: Sequence[Extension], row: Row) -> None:
    """Put what our extensions state into the statements of their tables; into one of its own where there is none."""
    said: dict[str, dict[str, Any]] = {}
    for one in inside:
        if one.url.startswith(OWN):
            table, _, name = one.url.removeprefix(OWN).partition(".")
            if table in TABLES and (column := TABLES[table].index.get(name)):
                said.setdefault(table, {}).update(_values(column, table, one, row))
    for table, values in said.items():
        mine = [known for of, known in told if of == table]
        if not mine:
            told.append((table, {name: _DEFAULTS[name] for name in _DEFAULTS if name in TABLES[table].index} | values))
        for known in mine:
            known.update(values)


def _values(column: Column, table: str, one: Extension, row: Row) -> Iterator[tuple[str, Any]]:
    """The column as it is stored; nothing and a problem where its value is none."""
    if column.kind == "day":
        day = row.days(one.valueDateTime or "", one.url)
        if day or not one.valueDateTime:
            yield from zip(column.stored, (day.low, day.high) if day else (None, None), strict=True)
        return
    value: Any = next((given for given in (one.valueString, one.valueCode, one.valueBoolean, one.valueInteger,
                                           one.valueDecimal) if given is not None), None)  # fmt: skip
    if value is not None and not _fits(column, table, value):
        row.problem("LM-D005", one.url, value)
    else:
        yield column.name, value


def _fits(column: Column, table: str, value: Any) -> bool:
    if column.kind == "flag":
        return isinstance(value, bool)
    if column.kind in {"text", "code"}:
        return isinstance(value, str) and (column.kind == "text" or value in codes(column.codes))
    whole = isinstance(value, int) and not isinstance(value, bool)
    return (whole or (column.kind == "number" and isinstance(value, float))) and not cells.outside(
        table, column.name, value
    )
