"""Cox regression on categorical covariates, from the strata of an event table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.comparisons import aligned, chi2_tail, known_groups, levels_of
from leiomyo.outcomes.curves import normal_quantile
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.partial_likelihood import Fit, RiskSets, newton
from leiomyo.outcomes.result import Floats, Result
from leiomyo.outcomes.rows import Cause, Label, label_order, names_of

#: Fewer events than this in a level, and its hazard ratio is not given.
FEWEST_EVENTS = 5
#: A log hazard ratio beyond this is a likelihood that rises for ever.
_BEYOND = 12.0


class Term(NamedTuple):
    """One column of the model: a level against the reference of its covariate, or a linear one per unit."""

    term: str
    level: Label
    reference: Label
    events: Any


class Refusal(NamedTuple):
    """Why no hazard ratio is given, by name."""

    term: str
    level: Label
    reason: str


class CoxTest(NamedTuple):
    """One of the tests of the whole model; None where not defined."""

    name: str
    chi2: float | None
    df: int
    p_value: float | None


@dataclass(frozen=True, slots=True, eq=False)
class CoxFit(Result):
    """A fitted model, or the reasons why it was refused (`refused`; then there are no terms).

    `coefficients` are log hazard ratios, `covariance` their covariance. NaN where undefined.
    """

    persons: Any
    events: Any
    left_out: Any
    ties: str
    level: float
    terms: tuple[Term, ...]
    coefficients: Floats
    covariance: Floats
    loglik: tuple[float, float]
    tests: tuple[CoxTest, ...]
    refused: tuple[Refusal, ...]
    strata: tuple[str, ...] = ()
    sets: tuple[RiskSets, ...] = field(default=(), repr=False)
    source: EventTable = field(default_factory=lambda: EventTable.from_rows([], []), repr=False)
    cause: Cause | None = None

    @property
    def std_errors(self) -> Floats:
        """Standard errors of the log hazard ratios."""
        with np.errstate(invalid="ignore"):
            errors: Floats = np.sqrt(np.diag(self.covariance))
        return errors

    def columns(self) -> dict[str, Any]:
        """Give one row per term: `estimate` is the log hazard ratio, the limits are of the hazard ratio."""
        z = normal_quantile(self.level)
        estimate, error = self.coefficients, self.std_errors
        with np.errstate(all="ignore"):
            wald = np.abs(estimate / error) / math.sqrt(2)
            ratio = np.exp(estimate)
            low, high = np.exp(estimate - z * error), np.exp(estimate + z * error)
        return {
            "term": [term.term for term in self.terms],
            "level": [None if term.level is None else str(term.level) for term in self.terms],
            "reference": [None if term.reference is None else str(term.reference) for term in self.terms],
            "events": [term.events for term in self.terms],
            "estimate": estimate,
            "std_error": error,
            "hazard_ratio": ratio,
            "conf_low": low,
            "conf_high": high,
            "p_value": np.asarray([math.erfc(value) for value in wald]),
        }

    def notes(self) -> Sequence[str]:
        """Give the size, the tests and what was refused."""
        lines = [f"Cox, {self.ties} ties: {self.persons} persons, {self.events} events"]
        lines += [f"stratified by {', '.join(self.strata)}"] if self.strata else []
        lines += [f"{self.left_out} persons with an unknown covariate are left out"] if self.left_out else []
        lines += [f"{t.name}: chi2 {t.chi2:.4g} on {t.df} df" for t in self.tests if t.chi2 is not None]
        return (*lines, *(f"refused: {r.term} {r.level}: {r.reason}" for r in self.refused))

    def proportional_hazards(self, transform: str = "km") -> Any:
        """Test proportional hazards; see `schoenfeld.proportional_hazards`."""
        from leiomyo.outcomes.schoenfeld import proportional_hazards

        return proportional_hazards(self, transform=transform)


def cox(
    table: EventTable,
    on: str | Sequence[str],
    *,
    strata: str | Sequence[str] = (),
    linear: Sequence[str] = (),
    reference: Mapping[str, Label] | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    cause: Cause | None = None,
    allow_sparse: bool = False,
    level: float = 0.95,
) -> CoxFit:
    """Cox regression on stratum names of the table.

    Parameters
    ----------
    on
        Names of the covariates. Each level but the reference is a term.
    strata
        Names of which each level has a baseline hazard of its own.
    linear
        Those of `on` whose labels are numbers to be taken as they are (hazard ratio per unit).
    reference
        Reference level by name; the first in order otherwise.
    cause
        Model the hazard of this cause, taking the others as censorings.
    allow_sparse
        Fit although a level has fewer than 5 events (for a statistician).

    Notes
    -----
    The estimate equals that from the people's rows, since people with the same covariates share a hazard
    ratio. People with an unknown covariate are left out and counted; an unknown level of `strata` is a level.
    Refused by name: a level (or the reference) with fewer than 5 events, a covariate with one level,
    covariates that say the same, and a likelihood that rises for ever (monotone). Late entry and continued
    time count as in every risk set. A weighted table takes Breslow ties and gives point estimates only.

    Source
    ------
    Cox 1972; Efron 1977; Breslow 1974. Oracle: R `survival::coxph` (at most 1e-6 apart).

    Examples
    --------
    >>> time, arm = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], list("ababababab")
    >>> fit = cox(EventTable.from_rows(time, [1] * 10, strata={"arm": arm}), ["arm"])
    >>> fit.terms[0].level, round(float(fit.coefficients[0]), 4)
    ('b', -0.4039)
    """
    if ties not in {"efron", "breslow"}:
        raise InputError("LM-A008", f"Ties are efron or breslow, not {ties!r}.")
    on, strata = names_of(on), names_of(strata)
    whole = table.collapse([*on, *(name for name in strata if name not in on)])
    known, left_out = known_groups(whole, on)
    events = known.counts[:, known.cause_columns(cause)].sum().item()
    if known.weighted and ties == "efron":
        raise InputError("LM-A008", "A weighted table takes Breslow ties.")
    terms, refused = _terms(known, on, linear, reference or {}, known.cause_columns(cause))
    nothing = CoxFit(
        persons=known.persons,
        events=events,
        left_out=left_out,
        ties=ties,
        level=level,
        terms=(),
        coefficients=np.zeros(0),
        covariance=np.zeros((0, 0)),
        loglik=(math.nan, math.nan),
        tests=(),
        refused=tuple(refused),
        strata=tuple(strata),
        source=known,
        cause=cause,
    )
    if any(refusal.level is None for refusal in refused) or (refused and not allow_sparse) or not terms:
        return nothing
    sets = [_risk_sets(part, terms, linear, part.cause_columns(cause)) for part in levels_of(known, strata)]
    sets = [one for one in sets if one.tick.size]
    fit = newton(sets, len(terms), efron=ties == "efron")
    refused = [] if allow_sparse else refused
    refused += _unfit(fit, terms)
    if refused and not allow_sparse:
        return replace(nothing, refused=tuple(refused))
    return _fitted(nothing, fit, terms, refused, sets)


def _terms(
    table: EventTable,
    on: Sequence[str],
    linear: Sequence[str],
    reference: Mapping[str, Label],
    columns: Sequence[int],
) -> tuple[list[Term], list[Refusal]]:
    """Name the columns of the model, and what there is too little of."""
    terms: list[Term] = []
    refused: list[Refusal] = []
    if not on:
        raise InputError("LM-A008", "Name at least one covariate.")
    by_pattern = np.bincount(
        table.stratum, weights=table.counts[:, list(columns)].sum(axis=1), minlength=len(table.labels)
    )
    for name in on:
        patterns = [stratum[name] for stratum in table.strata]
        labels = sorted(set(patterns), key=label_order)
        seen = [by_pattern[[pattern == label for pattern in patterns]].sum().item() for label in labels]
        seen = seen if table.weighted else [round(count) for count in seen]
        if len(labels) < 2:
            refused.append(Refusal(name, None, "it has fewer than two levels with data"))
            continue
        if name in linear:
            if not all(isinstance(label, int | float) for label in labels):
                raise InputError("LM-A008", f"{name} has labels that are no numbers; it cannot be linear.")
            terms.append(Term(name, None, None, sum(seen)))
            continue
        base = reference.get(name, labels[0])
        if base not in labels:
            raise InputError("LM-A008", f"{name} has no level {base!r}; it has {labels}.")
        for label, count in zip(labels, seen, strict=True):
            if label != base:
                terms.append(Term(name, label, base, count))
            if count < FEWEST_EVENTS:
                what = f"{count:g} event{'' if count == 1 else 's'}, fewer than {FEWEST_EVENTS}"
                refused.append(Refusal(name, label, what))
    return terms, refused


def _risk_sets(table: EventTable, terms: Sequence[Term], linear: Sequence[str], columns: Sequence[int]) -> RiskSets:
    """At risk and events by covariate pattern, for one baseline."""
    parts = table.by_stratum()
    design = np.asarray(
        [
            [
                float(part.stratum[term.term]) if term.term in linear else float(part.stratum[term.term] == term.level)
                for term in terms
            ]
            for part in parts
        ]
    ).reshape(len(parts), len(terms))
    ticks, at_risk, events = aligned(table, columns, parts)
    return RiskSets(design, at_risk, events, ticks)


def _unfit(fit: Fit, terms: Sequence[Term]) -> list[Refusal]:
    """Find coefficients that the data cannot hold."""
    information = fit.start.information
    if np.linalg.matrix_rank(information) < len(terms):
        _, _, rows = np.linalg.svd(information)
        guilty = np.flatnonzero(np.abs(rows[-1]) > 0.1).tolist()
        reason = "it says the same as the other covariates, or nothing, about those at risk"
        return [Refusal(terms[i].term, terms[i].level, reason) for i in guilty]
    endless: list[int] = []
    if not _is_linear(terms):
        endless = np.flatnonzero(np.abs(fit.coefficients) > _BEYOND).tolist()
    if endless or not fit.converged:
        reason = "the likelihood rises for ever (monotone): one side has no event, or all of them"
        return [Refusal(terms[i].term, terms[i].level, reason) for i in endless] or [
            Refusal(terms[0].term, terms[0].level, "the fit did not come to rest")
        ]
    return []


def _is_linear(terms: Sequence[Term]) -> bool:
    return any(term.reference is None for term in terms)


def _fitted(
    empty: CoxFit,
    fit: Fit,
    terms: Sequence[Term],
    refused: Sequence[Refusal],
    sets: Sequence[RiskSets],
) -> CoxFit:
    size = len(terms)
    covariance: Floats = np.asarray(np.linalg.pinv(fit.end.information), dtype=np.float64)
    coefficients = fit.coefficients.copy()
    names = {(refusal.term, refusal.level) for refusal in refused}
    for at, term in enumerate(terms):
        if (term.term, term.level) in names:
            coefficients[at] = covariance[at, at] = math.nan
    tests: tuple[CoxTest, ...] = ()
    if empty.source.weighted:
        covariance = np.full((size, size), math.nan)
    elif not refused:
        score = float(fit.start.score @ np.linalg.solve(fit.start.information, fit.start.score))
        wald = float(fit.coefficients @ fit.end.information @ fit.coefficients)
        ratio = 2 * (fit.end.loglik - fit.start.loglik)
        tests = tuple(
            CoxTest(name, chi2, size, chi2_tail(max(chi2, 0.0), size))
            for name, chi2 in (("likelihood ratio", ratio), ("Wald", wald), ("score", score))
        )
    return replace(
        empty,
        terms=tuple(terms),
        coefficients=coefficients,
        covariance=covariance,
        loglik=(fit.start.loglik, fit.end.loglik),
        tests=tests,
        refused=tuple(refused),
        sets=tuple(sets),
    )


def cox_result(table: EventTable, on: str | Sequence[str], **options: Any) -> dict[str, Any]:
    """Cox regression as plain values for JSON; the arguments are those of `cox`.

    Returns
    -------
    dict
        `n`, `events`, `left_out`, `ties`, `terms` (each `term`, `level`, `reference`, `events`,
        `hazard_ratio`, `conf_low`, `conf_high`, `p_value`), `tests`, `proportional_hazards`, `refused`.

    Examples
    --------
    >>> table = EventTable.from_rows([1, 2, 3], [1, 1, 1], strata={"arm": ["a", "b", "b"]})
    >>> cox_result(table, ["arm"])["refused"][0]
    {'term': 'arm', 'level': 'a', 'reason': '1 event, fewer than 5'}
    """
    fit = cox(table, on, **options)
    columns = fit.columns()
    names = ("term", "level", "reference", "events", "hazard_ratio", "conf_low", "conf_high", "p_value")
    rows = zip(*(list(columns[name]) for name in names), strict=True)
    checked = fit.proportional_hazards().json() if fit.tests and len(set(_event_ticks(fit))) > 1 else []
    return {
        "n": fit.persons,
        "events": fit.events,
        "left_out": fit.left_out,
        "ties": fit.ties,
        "terms": [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in rows],
        "tests": [{"name": t.name, "chi2": t.chi2, "df": t.df, "p": t.p_value} for t in fit.tests],
        "proportional_hazards": checked,
        "refused": [{"term": r.term, "level": r.level, "reason": r.reason} for r in fit.refused],
    }


def _event_ticks(fit: CoxFit) -> list[int]:
    """The ticks that have events, over all baselines."""
    return [tick for one in fit.sets for tick in one.tick.tolist()]


def _plain(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
