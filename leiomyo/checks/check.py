"""The checks as data: every row of `checks.csv`, and what a row may say.

A check is a row, not code: its *type* is a short function that turns the row into SQL over the case tables, so
adding a check is adding a row and its two worked cases. SQL expressions come from that file alone. They may
name, each with its alias: the row looked at `t`, the row of another table it is held against `o`, the patient
`p`, the index tumour `d` (its diagnosis is day 0 where days count from it) and its place among the
leiomyosarcomas `c`.

Source
------
Categories: Kahn et al., eGEMs 2016 (conformance, completeness, plausibility). That checks are rows over a few
types, each with its denominator and threshold, and that "not applicable" and "error" are no passes: OHDSI
DataQualityDashboard, Check Type and Check Status definitions.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Literal

from leiomyo.errors import Severity

Category = Literal["conformance", "completeness", "plausibility"]
CATEGORIES: tuple[Category, ...] = ("conformance", "completeness", "plausibility")
Outcome = Literal["pass", "fail", "not applicable", "error"]


@dataclass(frozen=True, slots=True)
class Check:
    """One row of `checks.csv`.

    `who` is `lms` (rows of a leiomyosarcoma's own tumour), `index` (of anybody's index tumour) or `all`. `of` says
    which rows the check applies to; a row that cannot be judged, because what it needs is not recorded, is in no
    denominator. `threshold` is the
    share of failing rows that is tolerated. What `value`, `other`, `test`, `low` and `high` mean is said by the type.
    """

    check: str
    category: Category
    severity: Severity
    type: str
    who: Literal["lms", "index", "all"]
    table: str
    column: str
    of: str
    value: str
    other: str
    test: str
    low: float | None
    high: float | None
    threshold: float
    found: str
    says: str
    expected: str
    reason: str
    source: str
    confidence: str
    action: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a check fails: whose row it is, what stands there, what should. Counts of rows begin at 1."""

    centre: str | None
    patient: str | None
    file: str | None
    row: int | None
    table: str
    column: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What a type finds: how many it could judge, how many of them fail, and where."""

    n: int
    failed: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How a check came out. `not applicable`: nothing to judge; `error`: the check itself could not run (`message`)."""

    check: Check
    outcome: Outcome
    n: int = 0
    failed: int = 0
    findings: tuple[Finding, ...] = ()
    message: str = ""

    @property
    def people(self) -> set[tuple[str, str]]:
        """Whose rows fail, by centre and patient."""
        return {(one.centre, one.patient) for one in self.findings if one.centre and one.patient}


@cache
def checks() -> dict[str, Check]:
    """Every check, by name.

    Examples
    --------
    >>> checks()["drug_after_death"].severity
    'error'
    """
    text = resources.files("leiomyo.checks").joinpath("checks.csv").read_text(encoding="utf-8")
    numbers = {field.name for field in fields(Check) if "float" in str(field.type)}
    found = {}
    for row in csv.DictReader(text.splitlines()):
        cells = {name: float(cell) if cell and name in numbers else cell for name, cell in row.items()}
        cells |= {name: cells[name] or None for name in ("low", "high") if cells[name] == ""}
        cells["threshold"] = cells["threshold"] or 0.0
        found[row["check"]] = Check(**cells)  # type: ignore[arg-type]
    return found
