"""Treatment as a state that changes: each day counts for the state it was lived in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from leiomyo.outcomes.comparisons import logrank
from leiomyo.outcomes.curves import kaplan_meier
from leiomyo.outcomes.designs.adjustment import TREATED, balance, estimated, labels, positivity
from leiomyo.outcomes.designs.comparison import Comparison, Row, check_day, complete, steps, too_few
from leiomyo.outcomes.designs.persons import Persons
from leiomyo.outcomes.event_table import EventTable

#: A curve of the treated begins on the first day on which so many of them are at risk.
_CURVE_STARTS_ON = 10
_NAMES = ("on or after treatment", "before or without treatment")


def time_varying(persons: Persons, *, curves_from: int | None = None, level: float = 0.95) -> Comparison:
    """Compare days lived after treatment began with days before it or without it.

    Parameters
    ----------
    curves_from
        Landmark of the Simon–Makuch curves; by default the first day on which 10 treated people are at risk
        (0 where there is none), so that a curve does not fall on two people. The hazard ratio and the test use
        all days.

    Notes
    -----
    Cox with treatment as a time-varying covariate (Efron ties, Wald limits) and the adjusters as known at
    time zero. An event on the day of treatment belongs to the untreated state, day 0 excepted. The test is
    Mantel and Byar's log-rank with a changing state, unadjusted. The curves answer "how long did people in
    this state live who never left it"; nobody's survival follows one of them, so no differences are given.

    Source
    ------
    Mantel & Byar 1974; Simon & Makuch 1984. Oracle: R `coxph` and `survfit` on start, stop; the test is the
    score test of `coxph(ties = "exact")`.

    Examples
    --------
    >>> people = Persons([100, 50, 80], [1, 1, 0], [20, float("inf"), 0])
    >>> [(arm["n"], arm["events"]) for arm in time_varying(people).arms]
    [(2, 1), (2, 1)]
    """
    known, excluded = complete(persons)
    coded = known.coded()
    ever = np.isfinite(known.treated_day)
    table = _table(known, labels(coded))
    arms = _arms(known)
    base = Comparison(
        design="time-varying",
        label="Treatment as a time-varying covariate",
        known_at="each day anew: the state a person is in on that day",
        n=known.size,
        excluded=tuple(excluded),
        arms=arms,
        level=level,
        balance=balance(coded, ever, ~ever),
        positivity=positivity(coded, ever, ~ever),
        assumptions=(
            "given the adjusters, who starts on a day has the hazard of those who do not: a start prompted by"
            " the disease is not repaired",
            "balance and positivity count people ever against never treated during follow-up",
        ),
        refused=too_few(arms),
    )
    if not all(arm["n"] for arm in arms):
        return base
    start = _start(known) if curves_from is None else check_day(curves_from, "The landmark of the curves")
    base = replace(base, curves=_curves(known, start, level), test=_mantel_byar(table))
    if start:
        base = replace(base, assumptions=(*base.assumptions, f"the curves begin on day {start} with those at risk"))
    return base if base.refused else estimated(base, table, known)


def _arms(persons: Persons) -> tuple[Row, ...]:
    """Count the people who were ever in each state, and the events in it."""
    ever = np.isfinite(persons.treated_day)
    counts = (int(ever.sum()), int((persons.treated_day > 0).sum()))
    events = (int(persons.event[ever].sum()), int(persons.event[~ever].sum()))
    return tuple({"arm": name, "n": n, "events": d} for name, n, d in zip(_NAMES, counts, events, strict=True))


def _table(persons: Persons, strata: dict[str, list[str]]) -> EventTable:
    """Split each person's time at treatment; the change of state is continued, not censored."""
    number = np.arange(persons.size)
    changed = np.isfinite(persons.treated_day)
    before = persons.treated_day > 0
    rows = np.concatenate([number[before], number[changed]])
    state = np.repeat([0, 1], [int(before.sum()), int(changed.sum())])
    day = np.where(changed, persons.treated_day, 0).astype(np.int64)
    exit_ = np.where((state == 0) & changed[rows], day[rows], persons.days[rows])
    status = np.where((state == 0) & changed[rows], 0, persons.event[rows])
    columns: dict[str, Any] = {name: [column[row] for row in rows] for name, column in strata.items()}
    return EventTable.from_rows(
        exit_, status, entry=np.where(state == 1, day[rows], 0), strata={TREATED: state, **columns}, persons=rows
    )


def _start(persons: Persons) -> int:
    """Find the first day on which enough treated people are at risk."""
    for day in np.unique(persons.treated_day[np.isfinite(persons.treated_day)]).astype(int):
        at_risk = int(((persons.treated_day <= day) & (persons.days > day)).sum())
        if at_risk >= _CURVE_STARTS_ON:
            return int(day)
    return 0


def _curves(persons: Persons, start: int, level: float) -> tuple[Row, ...]:
    """Simon and Makuch's curves: one per state, people entering when they come into it."""
    if start:
        persons = persons.take(persons.days > start)
        # Before `start` nobody is followed: an earlier treatment is one from the first day on.
        shifted = np.maximum(persons.treated_day - start, 0)
        persons = Persons(persons.days - start, persons.event, shifted)
    pair = kaplan_meier(_table(persons, {}), level=level)
    return tuple(
        {"arm": _NAMES[1 - int(curve.stratum[TREATED])], "steps": steps(curve, start=start)}  # type: ignore[arg-type]
        for curve in reversed(pair.curves)
    )


def _mantel_byar(table: EventTable) -> Row:
    """Log-rank test between two states that people move between."""
    test = logrank(table.collapse([TREATED]))
    return {
        "name": "Mantel–Byar, unadjusted",
        "chi2": test.chi2,
        "df": test.df,
        "p_value": test.p_value,
        "reason": test.reason,
    }
