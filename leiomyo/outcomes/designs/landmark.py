"""The landmark design: groups by what was given up to a day, and time counted from that day on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from leiomyo.outcomes.curves import Curves, kaplan_meier, normal_quantile
from leiomyo.outcomes.designs.adjustment import TREATED, balance, estimated, labels, positivity
from leiomyo.outcomes.designs.comparison import MILESTONES, Comparison, Row, check_day, complete, steps, too_few
from leiomyo.outcomes.designs.persons import Mask, Persons
from leiomyo.outcomes.event_table import EventTable


def landmark(persons: Persons, day: int, *, milestones: Sequence[int] = MILESTONES, level: float = 0.95) -> Comparison:
    """Compare those treated by `day` with those not, among those still without the event after it.

    Parameters
    ----------
    day
        The landmark, in days from time zero, >= 0. Better fixed before the data are seen.
    milestones
        Days from time zero; those up to the landmark are left out.

    Notes
    -----
    Whoever had the event or was censored on the landmark's day or before is left out, and counted. Treated on
    the landmark's day is treated. Whoever starts later stays untreated, which pulls the ratio towards 1. The
    hazard ratio is Cox's (Efron ties) with Wald limits; curves and their differences are unadjusted.

    Source
    ------
    Anderson, Cain & Gelber 1983. Oracle: R `coxph` on those beyond the landmark.

    Examples
    --------
    >>> people = Persons([30, 90, 400, 500], [1, 0, 1, 0], [10, 40, 60, float("inf")])
    >>> answer = landmark(people, 90)
    >>> answer.excluded[0]["n"], answer.excluded[1]["n"], answer.n, answer.refused
    (1, 1, 2, 'the arm “treated by day 90” has 1 event, fewer than 5')
    """
    day = check_day(day, "The landmark")
    known, excluded = complete(persons)
    gone = known.days <= day
    for event, word in ((1, "event"), (0, "end of follow-up")):
        count = int((gone & (known.event == event)).sum())
        excluded.append({"reason": f"{word} on day {day} or before", "n": count})
    left = known.take(~gone)
    treated = left.treated_day <= day
    names = (f"treated by day {day}", f"not treated by day {day}")
    blank = Comparison(
        design="landmark",
        label=f"Landmark at day {day}",
        known_at=f"day {day} after time zero, the landmark",
        n=left.size,
        excluded=tuple(excluded),
        level=level,
    )
    later = int((~treated & np.isfinite(left.treated_day)).sum())
    assumptions = (
        f"speaks of those alive and without the event after day {day} only",
        f"{later} who started after day {day} count as untreated",
    )
    return fixed_groups(blank, left, treated, names=names, assumptions=assumptions, start=day, milestones=milestones)


def fixed_groups(
    blank: Comparison,
    persons: Persons,
    treated: Mask,
    *,
    names: tuple[str, str],
    assumptions: tuple[str, ...],
    start: int,
    milestones: Sequence[int],
) -> Comparison:
    """Compare two groups that do not change from day `start` on."""
    arms = tuple(
        {"arm": name, "n": int(arm.sum()), "events": int(persons.event[arm].sum())}
        for name, arm in zip(names, (treated, ~treated), strict=True)
    )
    coded = persons.coded()
    base = replace(
        blank,
        arms=arms,
        balance=balance(coded, treated, ~treated),
        positivity=positivity(coded, treated, ~treated),
        assumptions=assumptions,
        refused=too_few(arms),
    )
    if not all(arm["n"] for arm in arms):
        return base
    strata = {TREATED: treated.astype(np.int64), **labels(coded)}
    table = EventTable.from_rows(persons.days - start, persons.event, strata=strata)
    pair = kaplan_meier(table.collapse([TREATED]), level=blank.level)
    base = replace(
        base,
        curves=tuple(
            {"arm": name, "steps": steps(pair[place], start=start)} for name, place in zip(names, (1, 0), strict=True)
        ),
        milestones=_differences(pair, start, milestones, blank.level),
    )
    return base if base.refused else estimated(base, table, persons)


def _differences(pair: Curves, start: int, milestones: Sequence[int], level: float) -> tuple[Row, ...]:
    """Difference of survival at the milestones after `start`, with limits from Greenwood's errors."""
    z = normal_quantile(level)
    rows = []
    for day in milestones:
        if day <= start:
            continue
        untreated, treated = (curve.milestone(day - start) for curve in pair)
        row: Row = {"days": int(day), "treated": treated.survival, "untreated": untreated.survival}
        row |= {"difference": None, "conf_low": None, "conf_high": None}
        if treated.survival is not None and untreated.survival is not None:
            row["difference"] = difference = treated.survival - untreated.survival
            if treated.std_error is not None and untreated.std_error is not None:
                half = z * math.hypot(treated.std_error, untreated.std_error)
                row |= {"conf_low": max(difference - half, -1.0), "conf_high": min(difference + half, 1.0)}
        rows.append(row)
    return tuple(rows)
