"""The formats that can be written, by name: each writer takes case tables, whoever made them, and fills a folder.

A writer says what it left out for want of a place in its format, by kind and count; columns that the format can never
hold stand in `cannot_<format>.csv` beside it, and are listed in docs/formats.md.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from importlib import import_module, resources
from pathlib import Path
from typing import Protocol

from leiomyo.errors import InputError
from leiomyo.model.records import Records


class Writer(Protocol):
    """Writes records into a folder, which it makes; what was left out, by kind and count."""

    def __call__(self, records: Records, folder: Path, *, name: str, encoding: str = "utf-8") -> Mapping[str, int]:
        """`name` identifies the export in formats that name it (a study, a project)."""
        ...


#: Where each format's writer is.
_WRITERS = {
    "biotab": "leiomyo.exports.biotab:write_biotab",
    "cbioportal": "leiomyo.exports.cbioportal:write_study",
    "csv": "leiomyo.exports.sheets:write_sheets",
    "fhir": "leiomyo.exports.fhir:write_fhir",
    "omop": "leiomyo.exports.omop:write_omop",
    "redcap": "leiomyo.exports.redcap:write_project",
}
FORMATS = tuple(_WRITERS)


def writer(format: str) -> Writer:
    """The writer of that format.

    Raises
    ------
    InputError
        `LM-A008`: there is none.
    """
    if format not in _WRITERS:
        raise InputError("LM-A008", f"There is no writer of {format!r}; there is: {', '.join(FORMATS)}.")
    module, _, name = _WRITERS[format].partition(":")
    found: Writer = getattr(import_module(module), name)
    return found


@cache
def cannot(format: str) -> Mapping[tuple[str, str], str]:
    """What the format cannot say: the reason by table and column.

    A column of `*` is the whole row; `day if kind=primary` is the column of the rows that have that value.
    """
    text = resources.files("leiomyo.exports").joinpath(f"cannot_{format}.csv").read_text(encoding="utf-8")
    return {(row["table"], row["column"]): row["why"] for row in csv.DictReader(io.StringIO(text))}
