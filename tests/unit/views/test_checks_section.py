"""Failing checks on the page: a sentence, the rows, the effect; what others wrote stays text."""

from __future__ import annotations

import pytest

from leiomyo.views.checks_section import checks

ATTACK = "<script>alert('x')</script>"


def entry(name: str, outcome: str = "fail", **more: object) -> dict:
    told = {
        "check": name, "category": "plausibility", "severity": "error", "says": f"Says {name}.", "reason": "Because.",
        "expected": "better", "action": "Correct it.", "outcome": outcome, "n": 10, "failed": 2, "threshold": 0.0,
        "patients": 2, "affected": None, "deaths": None, "days": None, "survival_with": None,
        "survival_without": None, "median_with": None, "median_without": None, "more": 0,
        "findings": [{"centre": "A", "patient": "P1", "file": "f.csv", "row": 3, "column": "margin", "found": ATTACK}],
    }  # fmt: skip
    return told | more


def test_the_effect_is_told_in_points_and_absent_where_nobody_is_left() -> None:
    moved = entry("moved", survival_with=0.5, survival_without=0.46, affected=2, days=1826)
    alone = entry("alone", survival_with=0.5, survival_without=None, affected=10, days=1826)
    same = entry("same", survival_with=0.5, survival_without=0.5, affected=1, days=1826)
    told = checks({"checks": [moved, alone, same, entry("well", "pass"), entry("none", "not applicable")]})
    assert told is not None
    assert [row["effect"] for row in told["failing"]] == ["46.0 % (−4.0)", "", "50.0 % (±0)"]
    assert (len(told["passed"]), len(told["not_applicable"]), told["total"]) == (1, 1, 5)
    assert [row["check"] for row in told["figure"].rows] == ["moved", "same"]


def test_nothing_is_shown_where_checks_were_not_run() -> None:
    assert checks({}) is None


@pytest.mark.parametrize("outcome", ["fail", "error", "pass"])
def test_the_page_shows_checks_and_escapes_what_was_found(render, results, outcome: str) -> None:
    page = render({**results, "checks": {"checks": [entry("odd", outcome)]}})
    assert "Checks of the data" in page
    assert ATTACK not in page
    assert ("f.csv, row 3" in page) == (outcome == "fail")
