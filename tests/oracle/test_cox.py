"""Cox regression from counts against R coxph and cox.zph: at most 1e-6 apart, relative above 1."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("oracle_closed", Path(__file__).with_name("test_closed_forms.py"))
assert _SPEC is not None and _SPEC.loader is not None
closed = sys.modules.setdefault("oracle_closed", importlib.util.module_from_spec(_SPEC))
if not hasattr(closed, "answers"):
    _SPEC.loader.exec_module(closed)

from leiomyo.outcomes.cox import CoxFit, cox  # noqa: E402

TOLERANCE = 1e-6


def close(ours: float, theirs: str) -> bool:
    return abs(ours - float(theirs)) <= TOLERANCE * max(1.0, abs(float(theirs)))


def fitted(dataset: str, model: str, ties: str) -> CoxFit:
    rows = closed.datasets.rows(dataset)
    on = [name for name in ("c1", "c2", "c3", "c4") if any(row[name] for row in rows)]
    table = closed.datasets.table(dataset, *on)
    for name in on:
        table = table.select(**{name: {part[name] for part in table.strata} - {None}})
    strata = [on[-1]] if model == "stratified" else []
    return cox(table, [name for name in on if name not in strata], strata=strata, ties=ties, allow_sparse=True)


@pytest.mark.parametrize("dataset", closed.cases("cox"))
def test_coefficients_and_standard_errors_agree_with_coxph(dataset: str) -> None:
    fits: dict[tuple[str, str], CoxFit] = {}
    for row in closed.answers("cox")[dataset]:
        key = (row["model"], row["ties"])
        fit = fits.setdefault(key, fitted(dataset, *key))
        names = [f"{term.term}{term.level}" for term in fit.terms]
        if fit.refused:
            assert abs(float(row["estimate"])) > 12 or float(row["std_error"]) > 100
            continue
        place = names.index(row["term"])
        assert close(fit.coefficients[place], row["estimate"]), (row, fit.coefficients[place])
        assert close(fit.std_errors[place], row["std_error"]), (row, fit.std_errors[place])


@pytest.mark.parametrize("dataset", closed.cases("cox_tests"))
def test_likelihood_and_its_three_tests_agree_with_coxph(dataset: str) -> None:
    for row in closed.answers("cox_tests")[dataset]:
        fit = fitted(dataset, row["model"], row["ties"])
        if fit.refused:
            continue
        tests = {test.name: test.chi2 for test in fit.tests}
        ratio = 2 * (float(row["loglik1"]) - float(row["loglik0"]))
        assert close(fit.loglik[0], row["loglik0"]) and close(fit.loglik[1], row["loglik1"])
        assert close(tests["score"], row["score"]) and close(tests["Wald"], row["wald"])
        assert close(tests["likelihood ratio"], str(ratio))
        assert fit.events == int(row["events"])


@pytest.mark.parametrize("dataset", closed.cases("zph"))
def test_schoenfeld_test_agrees_with_cox_zph(dataset: str) -> None:
    for row in closed.answers("zph")[dataset]:
        fit = fitted(dataset, row["model"], "efron")
        if fit.refused:
            continue
        ours = fit.proportional_hazards(row["transform"])
        place = ours.term.index(row["term"])
        assert close(ours.chi2[place], row["chi2"]), (row, ours.chi2[place])
        assert ours.df[place] == int(float(row["df"]))
