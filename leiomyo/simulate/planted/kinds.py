"""All the kinds of errors that are planted, and the checks of which one should find each (`expected.csv`)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from importlib import resources

from leiomyo.simulate.planted.course_kinds import COURSE_KINDS
from leiomyo.simulate.planted.day_kinds import DAY_KINDS
from leiomyo.simulate.planted.fact_kinds import OPERATION_KINDS, TUMOUR_KINDS
from leiomyo.simulate.planted.planting import Kind

KINDS: tuple[Kind, ...] = (*DAY_KINDS, *TUMOUR_KINDS, *OPERATION_KINDS, *COURSE_KINDS)


@cache
def expected() -> Mapping[str, str]:
    """The checks of which one should find an error, joined by |, by kind.

    Examples
    --------
    >>> expected()["age_wrong"]
    'age_against_birth|age_implausible'
    """
    return {row["kind"]: row["checks"] for row in _rows("expected.csv")}


@cache
def not_told(format: str) -> frozenset[str]:
    """The kinds of errors that a format cannot tell, as a date in the future where days count from the diagnosis.

    Examples
    --------
    >>> sorted(not_told("biotab"))[:2], not_told("csv")
    (['death_in_the_future', 'default_date'], frozenset())
    """
    return frozenset(row["kind"] for row in _rows("not_told.csv") if format in row["formats"].split())


def _rows(file: str) -> list[dict[str, str]]:
    text = resources.files("leiomyo.simulate.planted").joinpath(file).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))
