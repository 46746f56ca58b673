"""Models that need each person's row, by the library `greenwood`, in this package's shapes.

What cannot be a function of counts (continuous covariates, robust variance, Fine–Gray, interval censoring)
is not written again here; see the library for how each is computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.result import Result, number


@dataclass(frozen=True, slots=True)
class PersonModel(Result):
    """A fitted model: one row per covariate; `estimate` is a log (subdistribution) hazard ratio."""

    name: str
    persons: int
    events: int
    left_out: int
    term: tuple[str, ...]
    estimate: tuple[float, ...]
    std_error: tuple[float, ...]
    conf_low: tuple[float, ...]
    conf_high: tuple[float, ...]
    p_value: tuple[float, ...]

    def columns(self) -> dict[str, Any]:
        """Give one row per covariate."""
        names = ("term", "estimate", "std_error", "conf_low", "conf_high", "p_value")
        return {name: list(getattr(self, name)) for name in names}

    def notes(self) -> Sequence[str]:
        """Give the model and who is left out."""
        return (f"{self.name}: {self.persons} persons, {self.events} events, {self.left_out} left out",)


@dataclass(frozen=True, slots=True)
class IntervalSurvival(Result):
    """Survival where each event is known to lie in an interval (Turnbull's estimate).

    What the masses lack to 1 lies beyond the last of them.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    mass: tuple[float, ...]

    def columns(self) -> dict[str, Any]:
        """Give each interval with the probability it holds."""
        return {"low": list(self.low), "high": list(self.high), "mass": list(self.mass)}

    def survival(self, time: float) -> tuple[float, float]:
        """Least and greatest survival at `time` that the intervals allow."""
        parts = list(zip(self.low, self.high, self.mass, strict=True))
        possible = sum(mass for low, high, mass in parts if low < time or high <= time)
        certain = sum(mass for _, high, mass in parts if high <= time)
        return max(0.0, 1.0 - possible), max(0.0, 1.0 - certain)


def _complete(columns: Mapping[str, Any]) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    """Give the columns as floats and which rows have no gap."""
    given = {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
    sizes = {column.size for column in given.values()}
    if len(sizes) != 1:
        raise InputError("LM-A007", f"The columns have {sorted(sizes)} rows.")
    kept = np.ones(sizes.pop(), dtype=bool)
    for column in given.values():
        kept &= ~np.isnan(column)
    return given, kept


def cox_person(
    time: Any,
    status: Any,
    covariates: Mapping[str, Any],
    *,
    entry: Any = None,
    cluster: Any = None,
    strata: Any = None,
    robust: bool = False,
    ties: str = "efron",
    level: float = 0.95,
) -> PersonModel:
    """Cox regression on people's rows, with numbers as covariates.

    Parameters
    ----------
    status
        0 censored, anything else the event.
    covariates
        Numbers by name; a row with a gap is left out and counted.
    cluster, robust
        Lin–Wei sandwich variance, by cluster or by row.

    Source
    ------
    Cox 1972; Lin & Wei 1989; computed by `greenwood.CoxPH`. Oracle: R `survival::coxph`.

    Examples
    --------
    >>> model = cox_person([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 1], {"age": [70, 50, 60, 64, 40, 55]})
    >>> model.term, model.events
    (('age',), 5)
    """
    import greenwood

    given, kept = _complete(covariates)
    times, events = np.asarray(time, dtype=np.float64)[kept], (np.asarray(status) != 0)[kept]
    if entry is None:
        response = greenwood.Surv(times, event=events)
    else:
        response = greenwood.Surv(np.asarray(entry, dtype=np.float64)[kept], times, events)
    fit = greenwood.CoxPH(ties=ties, conf_level=level).fit(
        response,
        np.column_stack([column[kept] for column in given.values()]),
        robust=robust,
        cluster=None if cluster is None else np.asarray(cluster)[kept],
        strata=None if strata is None else np.asarray(strata)[kept],
    )
    return _model(f"Cox, {ties} ties (greenwood)", fit, tuple(given), kept, int(events.sum()))


def fine_gray(
    time: Any, status: Any, covariates: Mapping[str, Any], *, cause: int = 1, level: float = 0.95
) -> PersonModel:
    """Fine–Gray regression for one cause among several.

    Parameters
    ----------
    status
        0 censored, 1, 2, … causes.

    Source
    ------
    Fine & Gray 1999; computed by `greenwood.FineGray`. Oracle: R `survival::finegray` with `coxph`'s robust
    variance; the standard errors of `cmprsk::crr` differ slightly.

    Examples
    --------
    >>> rows = [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 1, 0, 1, 1, 2, 1]
    >>> fine_gray(*rows, {"age": [70, 50, 60, 64, 40, 55, 66, 51]}).events
    5
    """
    import greenwood
    import pyarrow as pa

    given, kept = _complete(covariates)
    codes = np.asarray(status, dtype=np.int64)[kept]
    causes = sorted({*codes.tolist()} - {0})
    if cause not in causes:
        raise InputError("LM-A008", f"Nobody had cause {cause}.")
    names = ["censored", *(f"cause {value}" for value in causes)]
    places = np.searchsorted([0, *causes], codes).astype(np.int32)
    labels = pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(places), pa.array(names))])
    response = greenwood.Surv(np.asarray(time, dtype=np.float64)[kept], event=labels)
    fit = greenwood.FineGray(f"cause {cause}", conf_level=level).fit(
        response, np.column_stack([column[kept] for column in given.values()])
    )
    return _model("Fine–Gray (greenwood)", fit, tuple(given), kept, int((codes == cause).sum()))


def turnbull(low: Any, high: Any) -> IntervalSurvival:
    """Survival from intervals: each event lies in [low, high]; an infinite `high` is a censoring.

    Source
    ------
    Turnbull 1976; computed by `greenwood.Turnbull`.

    Examples
    --------
    >>> exact = turnbull([1.0, 2.0, 3.0], [1.0, 2.0, float("inf")])
    >>> [round(share, 3) for share in exact.survival(1.5)]
    [0.667, 0.667]
    """
    import greenwood

    response = greenwood.Surv(np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64), type="interval2")
    fit = greenwood.Turnbull().fit(response)
    columns = (fit.interval_low_, fit.interval_high_, fit.prob_mass_)
    return IntervalSurvival(*(tuple(np.asarray(column, dtype=float).tolist()) for column in columns))


def logrank_power(hazard_ratio: float, events: float, *, alpha: float = 0.05) -> float | None:
    """Power of a log-rank test between two equal groups, by Schoenfeld's formula.

    Source
    ------
    Schoenfeld 1981; computed by `greenwood.logrank_power`.

    Examples
    --------
    >>> round(logrank_power(0.5, 66), 2)
    0.8
    """
    import greenwood

    return number(greenwood.logrank_power(hazard_ratio, events, alpha=alpha))


def _model(name: str, fit: Any, terms: tuple[str, ...], kept: Any, events: int) -> PersonModel:
    def column(attribute: str) -> tuple[float, ...]:
        return tuple(np.asarray(getattr(fit, attribute), dtype=float).tolist())

    return PersonModel(
        name,
        int(kept.sum()),
        events,
        int((~kept).sum()),
        terms,
        column("coef_"),
        column("std_error_"),
        column("conf_low_"),
        column("conf_high_"),
        column("p_value_"),
    )
