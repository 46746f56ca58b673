"""Closed forms against R survival and cmprsk: at most 1e-9 apart, relative above 1."""

from __future__ import annotations

import csv
import importlib.util
import math
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.event_table import EventTable

HERE = Path(__file__).parent
TOLERANCE = 1e-9


def _load_datasets() -> ModuleType:
    if "oracle_datasets" not in sys.modules:
        spec = importlib.util.spec_from_file_location("oracle_datasets", HERE / "datasets.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["oracle_datasets"] = module
        spec.loader.exec_module(module)
    return sys.modules["oracle_datasets"]


datasets = _load_datasets()


@cache
def answers(name: str) -> dict[str, list[dict[str, str]]]:
    by_dataset = defaultdict(list)
    with (HERE / "answers" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            by_dataset[row["dataset"]].append(row)
    return dict(by_dataset)


def cases(name: str) -> list[object]:
    skip = pytest.mark.skipif(datasets.shared_folder() is None, reason="the shared data folder is not here")
    return [
        pytest.param(dataset, marks=[skip] if dataset in datasets.PUBLIC else [], id=dataset)
        for dataset in answers(name)
    ]


def close(ours: float | None, theirs: str) -> bool:
    if theirs in {"", "NA"}:
        return ours is None or math.isnan(ours)
    if ours is None:
        return False
    return abs(ours - float(theirs)) <= TOLERANCE * max(1.0, abs(float(theirs)))


def group(dataset: str, label: str) -> EventTable:
    table = datasets.table(dataset, "group")
    return table.collapse() if label == "" else table.select(group=label)


def test_at_least_thirty_data_sets_have_answers() -> None:
    assert len(answers("km")) >= 30


@pytest.mark.parametrize("dataset", cases("km"))
def test_kaplan_meier_and_nelson_aalen_agree_with_survfit(dataset: str) -> None:
    fits = {}
    for row in answers("km")[dataset]:
        key = (row["group"], row["ci"])
        if key not in fits:
            table = group(dataset, row["group"])
            fits[key] = table.kaplan_meier(ci=row["ci"])[0], table.nelson_aalen()[0]
        curve, hazard = fits[key]
        place = curve.time.tolist().index(float(row["time"]))
        for column in ("survival", "std_error", "low", "high"):
            ours = float(getattr(curve, column)[place])
            if column in {"low", "high"} and row[column] == "" and row["ci"] != "log-log":
                continue
            assert close(ours, row[column]), (row, column, ours)
        for column in ("at_risk", "events", "censored"):
            assert getattr(curve, column)[place] == int(row[column]), (row, column)
        before = hazard.time <= float(row["time"])
        for column, ours in (("hazard", hazard.hazard), ("hazard_error", hazard.std_error)):
            assert close(float(ours[before][-1]) if before.any() else 0.0, row[column]), (row, column)


@pytest.mark.parametrize("dataset", cases("quantile"))
def test_quantiles_and_their_limits_agree_with_survfit(dataset: str) -> None:
    for row in answers("quantile")[dataset]:
        ours = group(dataset, row["group"]).kaplan_meier(ci=row["ci"])[0].quantile(float(row["p"]))
        for column in ("time", "low", "high"):
            assert close(getattr(ours, column), row[column]), (row, ours)


@pytest.mark.parametrize("dataset", cases("follow_up"))
def test_reverse_kaplan_meier_agrees_with_survfit(dataset: str) -> None:
    for row in answers("follow_up")[dataset]:
        ours = group(dataset, row["group"]).follow_up().median()[0]
        for column in ("time", "low", "high"):
            assert close(getattr(ours, column), row[column]), (row, ours)


@pytest.mark.parametrize("dataset", cases("rmst"))
def test_restricted_means_agree_with_survfit(dataset: str) -> None:
    for row in answers("rmst")[dataset]:
        ours = group(dataset, row["group"]).rmst(float(row["tau"])).means[0]
        assert close(ours.estimate, row["estimate"]), (row, ours)
        assert close(ours.std_error, row["std_error"]), (row, ours)


@pytest.mark.parametrize("dataset", cases("incidence"))
def test_aalen_johansen_and_its_variance_agree_with_cuminc(dataset: str) -> None:
    curves = {str(curve.cause): curve for curve in datasets.table(dataset).cumulative_incidence()}
    for row in answers("incidence")[dataset]:
        value, error, _, _ = curves[row["cause"]].milestone(float(row["time"]))
        assert close(value, row["incidence"]), (row, value)
        assert close(None if error is None else error**2, row["variance"]), (row, error)


@pytest.mark.parametrize("dataset", cases("incidence_late"))
def test_aalen_johansen_with_late_entry_agrees_with_survfit(dataset: str) -> None:
    curves = {str(curve.cause): curve for curve in datasets.table(dataset).cumulative_incidence()}
    for row in answers("incidence_late")[dataset]:
        assert close(curves[row["cause"]].milestone(float(row["time"]))[0], row["incidence"]), row


@pytest.mark.parametrize("dataset", cases("tests"))
def test_log_rank_family_and_gray_agree_with_r(dataset: str) -> None:
    for row in answers("tests")[dataset]:
        kind, _, cause = row["test"].partition("_")
        stratified = "stratified" in row["test"]
        table = datasets.table(dataset, "group", "strat") if stratified else datasets.table(dataset, "group")
        strata = ["strat"] if stratified else []
        if stratified:
            table = table.select(strat={part["strat"] for part in table.strata} - {None})
        if kind == "gray":
            ours = table.gray(int(cause.rpartition("_")[2]), by=["group"], strata=strata)
        else:
            weights = "peto" if kind == "peto" else "logrank"
            ours = table.logrank(by=["group"], strata=strata, weights=weights, trend=kind == "trend")
        assert close(ours.chi2, row["chi2"]), (row, ours.chi2, ours.reason)
        assert ours.df == int(float(row["df"]))


def test_gray_is_refused_under_late_entry() -> None:
    with pytest.raises(InputError, match="late entry"):
        datasets.table("late_entry_causes", "group").gray()
