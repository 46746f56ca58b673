"""Relative survival, expected survival and exact limits against R."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.person import cox_person, fine_gray
from leiomyo.outcomes.relative import life_table_us, relative_survival
from leiomyo.outcomes.response import clopper_pearson

ANSWERS = Path(__file__).parent / "answers"


def read(name: str) -> list[dict[str, str]]:
    with (ANSWERS / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("method", ["ederer2", "pohar-perme"])
def test_relative_survival_agrees_with_its_definition_person_by_person(method: str) -> None:
    people = read("relative_people.csv")
    table = EventTable.from_rows(
        [int(row["exit"]) for row in people],
        [int(row["status"]) for row in people],
        strata={
            "age": [int(row["age"]) for row in people],
            "sex": [row["sex"] for row in people],
            "year": [int(row["year"]) for row in people],
        },
    )
    curve = relative_survival(table, method=method)[0]
    for row in read("relative.csv"):
        if row["method"] == method:
            ours = curve.milestone(int(row["day"]))
            for column in ("observed", "expected", "relative", "low", "high"):
                # the shipped life table keeps seven digits
                assert getattr(ours, column) == pytest.approx(float(row[column]), rel=1e-7), (row, column)


def test_expected_survival_of_one_person_agrees_with_survexp() -> None:
    # survexp cuts at a birthday to the hour, ours at the start of a day; 100 days after the birthday, 20 July
    for row in read("expected.csv"):
        days = int(row["day"])
        hazard = life_table_us().daily(row["sex"], int(row["age"]) + 100 / 365.25, int(row["year"]) + 0.55, days)
        assert 2.718281828459045 ** -hazard.sum() == pytest.approx(float(row["expected"]), abs=2e-4), row


def test_exact_limits_agree_with_binom_test() -> None:
    for row in read("shares.csv"):
        rate = clopper_pearson(int(row["events"]), int(row["n"]), level=float(row["level"]))
        assert rate.low == pytest.approx(float(row["low"]), abs=1e-12)
        assert rate.high == pytest.approx(float(row["high"]), abs=1e-12)


@pytest.mark.parametrize("model", ["cox", "robust", "fine_gray"])
def test_models_on_rows_agree_with_coxph_and_finegray(model: str) -> None:
    people = read("relative_people.csv")
    times = [int(row["exit"]) for row in people]
    causes = [2 if place % 7 == 0 else int(row["status"]) for place, row in enumerate(people, start=1)]
    covariates = {
        "age": [int(row["age"]) for row in people],
        "male": [int(row["sex"] == "male") for row in people],
    }
    if model == "fine_gray":
        fit = fine_gray(times, causes, covariates)
    else:
        fit = cox_person(times, [int(cause == 1) for cause in causes], covariates, robust=model == "robust")
    wanted = {row["term"]: row for row in read("person.csv") if row["model"] == model}
    for term, estimate, error in zip(fit.term, fit.estimate, fit.std_error, strict=True):
        assert estimate == pytest.approx(float(wanted[term]["estimate"]), abs=1e-6)
        assert error == pytest.approx(float(wanted[term]["std_error"]), abs=1e-6)
