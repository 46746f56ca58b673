"""What is true of a simulated cohort: its tables, declared in `truth.csv`, and the cohort that holds them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import pyarrow as pa

from leiomyo.model.records import Records

_ARROW = {"integer": pa.int32(), "text": pa.string(), "flag": pa.bool_()}


@cache
def declared() -> Mapping[str, Sequence[Mapping[str, str]]]:
    """The columns of each truth table, in order: `column`, `type`, `unit` and `meaning`."""
    text = resources.files("leiomyo.simulate").joinpath("truth.csv").read_text(encoding="utf-8")
    tables: dict[str, list[Mapping[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        tables.setdefault(row["table"], []).append(row)
    return tables


def truth_schema(table: str) -> pa.Schema:
    """The Arrow schema of one truth table.

    Examples
    --------
    >>> truth_schema("identity").names
    ['centre', 'patient', 'person']
    """
    return pa.schema([(row["column"], _ARROW[row["type"]]) for row in declared()[table]])


def truth_table(table: str, columns: Mapping[str, Any]) -> pa.Table:
    """A truth table from its columns, each an array of one length."""
    return pa.table({name: columns[name] for name in truth_schema(table).names}, schema=truth_schema(table))


@dataclass(frozen=True, slots=True)
class Cohort:
    """A drawn cohort: what a perfect registry would hold, and what is true of it.

    `records` has every person under the centre "" and the identifier `identifier(person)`, days of the calendar.
    `truth` has the tables `person`, `operation`, `line` and `endpoint`.
    """

    records: Records
    truth: Mapping[str, pa.Table]


def identifier(person: int) -> str:
    """The identifier of a person in a cohort's records.

    Examples
    --------
    >>> identifier(12)
    'LMS-0000012'
    """
    return f"LMS-{person:07d}"
