"""The readers' own data: what a file beside them lists, read once."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def rows(file: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file of this package."""
    text = resources.files("leiomyo.sources").joinpath(file).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def answers(file: str, list_name: str) -> dict[str, str]:
    """What the answers to one kind of question mean, by the answer in lower case.

    Examples
    --------
    >>> answers("gdc_values.csv", "sex")["female"]
    'female'
    """
    return {row["value"].lower(): row["code"] for row in rows(file) if row["list"] == list_name}
