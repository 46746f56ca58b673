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
    text = resources.files("leiomyo.simulate.planted").joinpath("expected.csv").read_text(encoding="utf-8")
    return {row["kind"]: row["checks"] for row in csv.DictReader(io.StringIO(text))}
