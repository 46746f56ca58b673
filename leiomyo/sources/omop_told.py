"""What a source value says in the words of our own case tables: `grade=3 | grade_system=FNCLCC`.

Our writer of OMOP folders keeps in `…_source_value` what the CDM's concepts have no place for. Such a text counts only
where every part of it is a column of the case table with a value that the column can have: any other text, whatever
signs stand in it, is the source's own words.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from leiomyo.model.codes import codes
from leiomyo.model.tables import TABLES, Column
from leiomyo.sources.cells import Cell, integer, number, outside

SIGN = " | "
_FLAGS = {"yes": True, "no": False}


def told(table: str, text: str) -> dict[str, Any]:
    """The columns that a text tells of a case table; empty where it is anything else.

    Examples
    --------
    >>> told("disease_status", "status=progression | site=lung"), told("diagnosis", "size_mm=85")
    ({'status': 'progression', 'site': 'lung'}, {'size_mm': 85.0})
    >>> told("disease_status", "status=progression | colour=red"), told("stage", "T2")
    ({}, {})
    """
    return dict(_told(table, text)) if "=" in text else {}


@lru_cache(maxsize=65_536)
def _told(table: str, text: str) -> tuple[tuple[str, Any], ...]:
    found: dict[str, Any] = {}
    for part in text.split(SIGN):
        name, is_told, written = part.partition("=")
        column = TABLES[table].index.get(name) if is_told else None
        value = _value(table, column, written.strip()) if column else None
        if value is None:
            return ()
        found[name] = value
    return tuple(found.items())


def _value(table: str, column: Column, written: str) -> Any:
    """The value of a column; None where it cannot have this one. Days stand in columns of the CDM."""
    if column.kind == "text":
        return written or None
    if column.kind == "flag":
        return _FLAGS.get(written)
    if column.kind == "code":
        return written if written in codes(column.codes) else None
    if column.kind == "day":
        return None
    got: Cell = (integer if column.kind == "integer" else number)(written)
    return None if got.code or outside(table, column.name, got.value) else got.value


def head_and_told(table: str, text: str) -> tuple[str, dict[str, Any]]:
    """What stands before the first sign, and the columns told behind it.

    Examples
    --------
    >>> head_and_told("diagnosis", "8890/3-C54.2 | histology=Leiomyosarcoma, NOS")
    ('8890/3-C54.2', {'histology': 'Leiomyosarcoma, NOS'})
    """
    head, _, rest = text.partition(SIGN)
    return head, told(table, rest)
