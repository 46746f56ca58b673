"""The designs of treatment comparison against R: at most 1e-7 apart for closed forms, 1e-6 for fits."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

import pytest

from leiomyo.outcomes.designs import Comparison, Persons, clone_censor_weight, landmark, time_varying

HERE = Path(__file__).parent
MODELS = {"none": (), "one": ("margin",), "two": ("margin", "site")}
Z = 1.959963984540054
DAYS = (200, 365, 730, 1096)


def answers() -> dict[tuple[str, str], dict[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in csv.DictReader((HERE / "answers.csv").read_text().splitlines()):
        found[row["design"], row["model"]][row["name"]] = float(row["value"])
    return found


R = answers()


def people(model: str) -> Persons:
    rows = list(csv.DictReader((HERE / "people.csv").read_text().splitlines()))
    return Persons(
        [int(row["days"]) for row in rows],
        [int(row["event"]) for row in rows],
        [float(row["treated_day"] or "inf") for row in rows],
        {name: [row[name] for row in rows] for name in MODELS[model]},
    )


def same_ratio(ours: Comparison, theirs: dict[str, float]) -> None:
    assert ours.refused is None
    assert math.log(ours.estimate) == pytest.approx(theirs["coef"], abs=1e-6)
    if "se" in theirs:
        assert math.log(ours.conf_high / ours.conf_low) / (2 * Z) == pytest.approx(theirs["se"], abs=1e-6)


def same_curve(ours: Comparison, arm: int, theirs: dict[str, float], shift: int = 0, *, limits: bool = True) -> None:
    steps = ours.curves[0 if arm == 1 else 1]["steps"]
    for day in DAYS:
        step = [one for one in steps if one["days"] <= day][-1]
        assert step["survival"] == pytest.approx(theirs[f"survival_{day - shift}"], abs=1e-7)
        if limits:
            assert step["low"] == pytest.approx(theirs[f"low_{day - shift}"], abs=1e-7)
            assert step["high"] == pytest.approx(theirs[f"high_{day - shift}"], abs=1e-7)


@pytest.mark.parametrize("model", MODELS)
def test_landmark_agrees_with_coxph(model: str) -> None:
    same_ratio(landmark(people(model), 90), R["landmark", model])


@pytest.mark.parametrize("arm", [0, 1])
def test_landmark_curves_agree_with_survfit(arm: int) -> None:
    same_curve(landmark(people("none"), 90), arm, R["landmark", f"arm{arm}"], 90)


@pytest.mark.parametrize("model", MODELS)
def test_time_varying_agrees_with_coxph_on_start_and_stop(model: str) -> None:
    same_ratio(time_varying(people(model)), R["time-varying", model])


def test_mantel_byar_agrees_with_the_exact_score_test() -> None:
    test = time_varying(people("two")).test
    assert test["chi2"] == pytest.approx(R["time-varying", "none"]["mantel_byar"], abs=1e-7)


@pytest.mark.parametrize("arm", [0, 1])
def test_simon_makuch_curves_agree_with_survfit_on_start_and_stop(arm: int) -> None:
    same_curve(time_varying(people("none"), curves_from=0), arm, R["time-varying", f"state{arm}"])
    same_curve(time_varying(people("none"), curves_from=60), arm, R["time-varying", f"from60_state{arm}"], 60)


@pytest.mark.parametrize("later", ["kept", "censored"])
@pytest.mark.parametrize("model", MODELS)
def test_clones_agree_with_glm_and_weighted_coxph_and_survfit(model: str, later: str) -> None:
    ours = clone_censor_weight(people(model), 90, later=later, bootstrap=20)
    same_ratio(ours, R["clone", f"{model}_{later}"])
    for arm in (0, 1):
        same_curve(ours, arm, R["clone", f"{model}_{later}_arm{arm}"], limits=False)
