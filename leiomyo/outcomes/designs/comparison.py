"""What a treatment comparison gives back, whichever its design: an estimate or a refusal, and its evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.curves import Curve
from leiomyo.outcomes.designs.persons import Persons
from leiomyo.outcomes.result import Result, number

#: Fewer events than this in an arm, and there is no comparison.
FEWEST_EVENTS = 5
#: Fewer people than this of a level in an arm, and the level is flagged.
FEWEST_PERSONS = 5
#: Days from time zero at which survival is compared: one, two, three and five years.
MILESTONES = (365, 730, 1096, 1826)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Result):
    """One comparison of the treated with the untreated; the hazard ratio is treated against untreated.

    Attributes
    ----------
    known_at
        From which day the groups are known.
    excluded
        Rows `reason`, `n`.
    arms
        Rows `arm`, `n`, `events`.
    estimate, conf_low, conf_high
        Hazard ratio and its limits; None where `refused` says why.
    balance
        Rows `adjuster`, `level`, and `n_treated`, `n_untreated`, `share_treated`, `share_untreated`,
        `difference` (standardised); clones also `weighted_…` of the last three.
    positivity
        Rows `adjuster`, `level`, `n_treated`, `n_untreated`, `flag` (`none`, `few` or empty).
    curves
        One per arm: `arm`, `steps` with `days` since time zero, `survival`, `low`, `high`, `at_risk`.
    test
        `name`, `chi2`, `df`, `p_value`, `reason`; None where the design has no test.
    milestones
        Rows `days`, `treated`, `untreated`, `difference`, `conf_low`, `conf_high`.
    assumptions
        What has to hold, and what was decided on the way.
    weights
        Clones only: `largest`, and the effective size of each arm.
    """

    design: str
    label: str
    known_at: str
    n: int
    excluded: tuple[Row, ...] = ()
    arms: tuple[Row, ...] = ()
    estimate: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    level: float = 0.95
    balance: tuple[Row, ...] = ()
    positivity: tuple[Row, ...] = ()
    curves: tuple[Row, ...] = ()
    test: Row | None = None
    milestones: tuple[Row, ...] = ()
    assumptions: tuple[str, ...] = ()
    weights: Row | None = None
    refused: str | None = None

    def columns(self) -> dict[str, Any]:
        """Give one row: the design, how many, the hazard ratio and its limits, or the refusal."""
        names = ("design", "n", "estimate", "conf_low", "conf_high", "refused")
        return {name: [getattr(self, name)] for name in names}

    def notes(self) -> Sequence[str]:
        """Give the label, what the groups are known from, who stayed out and what is assumed."""
        out = tuple(f"left out: {row['n']} ({row['reason']})" for row in self.excluded)
        return (self.label, f"groups known from: {self.known_at}", *out, *self.assumptions)

    def to_dict(self) -> Row:
        """Give the comparison as plain values for JSON; `assumptions` are its `notes`."""
        values = {one.name: _plain(getattr(self, one.name)) for one in fields(self)}
        values["notes"] = values.pop("assumptions")
        return values


def _plain(value: Any) -> Any:
    """Turn arrays, tuples and NumPy's numbers into what JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.integer):
        return int(value)
    return number(float(value)) if isinstance(value, float | np.floating) else value


def check_day(day: float, name: str) -> int:
    """Give `day` as a whole number of days from time zero, or refuse it by name."""
    if not 0 <= day < math.inf or day != int(day):
        raise InputError("LM-A008", f"{name} is a whole number of days from time zero, >= 0, not {day}.")
    return int(day)


def complete(persons: Persons) -> tuple[Persons, list[Row]]:
    """Give the people whose adjusters are all known, and the row that counts the others."""
    known = persons.known()
    left_out = persons.size - known.size
    return known, [{"reason": "an adjuster is unknown", "n": left_out}] if left_out else []


def too_few(arms: Sequence[Row]) -> str | None:
    """Say why two arms cannot be compared, or None where they can."""
    for arm in arms:
        if not arm["n"]:
            return f"nobody is in the arm “{arm['arm']}”"
    for arm in arms:
        if arm["events"] < FEWEST_EVENTS:
            plural = "" if arm["events"] == 1 else "s"
            return f"the arm “{arm['arm']}” has {arm['events']} event{plural}, fewer than {FEWEST_EVENTS}"
    return None


def steps(curve: Curve, *, start: int) -> list[Row]:
    """Give a curve as steps in days since time zero, beginning at 1 on the day it starts."""
    first: Row = {"days": start, "survival": 1.0, "low": None, "high": None, "at_risk": int(curve.started)}
    columns = (curve.time, curve.survival, curve.low, curve.high, curve.at_risk)
    rows = [first]
    for day, survival, low, high, at_risk in zip(*columns, strict=True):
        rows.append(
            {
                "days": start + int(day),
                "survival": float(survival),
                "low": number(low),
                "high": number(high),
                "at_risk": int(at_risk),
            }
        )
    return rows
