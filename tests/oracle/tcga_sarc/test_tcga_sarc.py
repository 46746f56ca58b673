"""The real leiomyosarcoma patients of TCGA-SARC against R survival (tcga_sarc.R made answers.csv)."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

import leiomyo
from leiomyo.registry import Registry

_LINES = (Path(__file__).parent / "answers.csv").read_text(encoding="utf-8").splitlines()[1:]
ANSWERS = {
    (row["by"], row["group"], row["item"]): float(row["value"].replace("NA", "nan")) for row in csv.DictReader(_LINES)
}
GROUPS = sorted({key[:2] for key in ANSWERS if (*key[:2], "median") in ANSWERS})


def _items(group: dict) -> Iterator[tuple[str, float | None]]:
    yield "n", group["n"]
    yield "events", group["events"]
    yield "median", group["median_days"]
    yield "median_low", group["median_ci_days"][0]
    yield "median_high", group["median_ci_days"][1]
    yield "follow_up_median", group["follow_up_median_days"]
    for mark in group["milestones"]:
        for item, key in (("survival", "survival"), ("low", "low"), ("high", "high"), ("at_risk", "at_risk")):
            yield f"{item}_{mark['days']}", mark[key]


@pytest.mark.parametrize(("by", "level"), GROUPS)
def test_survival_equals_r(by: str, level: str, tcga: Registry) -> None:
    result = tcga.survival("os", by=by or None, milestones=(365, 730, 1826))
    [group] = [group for group in result.groups if group["group"] == ({by: level} if by else {})]
    for item, value in _items(group):
        expected = ANSWERS[by, level, item]
        if math.isnan(expected):
            assert value is None, item
        else:
            assert value == pytest.approx(expected, abs=1e-9), item


@pytest.mark.parametrize(
    ("by", "levels"), [("margin", ["negative", "positive"]), ("uterine_involvement", ["yes", "no"])]
)
def test_the_log_rank_test_equals_r(by: str, levels: list[str], tcga: Registry) -> None:
    test = tcga.survival("os", by=by).test
    assert test is not None
    assert test["groups"] == levels
    assert test["chi2"] == pytest.approx(ANSWERS[by, " v ".join(levels), "chi2"], abs=1e-9)


def test_261_are_read_and_105_have_a_leiomyosarcoma_of_whom_41_died(tcga: Registry) -> None:
    assert tcga.results()["read"] == {"patients": 261, "lms": 105, "deaths": 41}
    assert ANSWERS["", "", "deaths_patient_table"] == 31
    [(deaths,)] = tcga.store.rows("""
        SELECT count(*) FROM statement_patient
        SEMI JOIN (SELECT * FROM lms_case WHERE lms = 'yes') USING (centre, patient)
        WHERE file LIKE '%clinical_patient%' AND vital_status = 'dead'""")
    assert deaths == 31


def test_the_one_by_text_against_a_liposarcoma_code_is_in_the_ledger(tcga: Registry) -> None:
    [entry] = [entry for entry in tcga.conflicts() if (entry["table"], entry["column"]) == ("diagnosis", "histology")]
    assert (entry["patient"], entry["kept"], entry["other"]) == ("TCGA-DX-A6B8", "Leiomyosarcoma (LMS)", "8850/3")


def test_the_seven_whose_margin_and_residual_tumour_contradict_are_in_the_ledger(tcga: Registry) -> None:
    lms = {patient for (patient,) in tcga.store.rows("SELECT patient FROM lms_case WHERE lms = 'yes'")}
    found = [entry for entry in tcga.conflicts() if entry["kind"] == "contradiction" and entry["column"] == "margin"]
    assert len([entry for entry in found if entry["patient"] in lms]) == 7


def test_every_row_is_accounted_for(tcga: Registry) -> None:
    files = tcga.results()["files"]
    assert len(files) == 7
    assert sum(file["rows"] for file in files) == 1273
    assert all(file["rows"] == file["kept"] + file["superseded"] + file["quarantined"] for file in files)


@pytest.mark.parametrize("first", ["tcga_sarc", "tcga_sarc_release2"])
def test_two_releases_are_one_cohort_and_the_first_named_is_the_authority(first: str, shared: Path) -> None:
    second = ({"tcga_sarc", "tcga_sarc_release2"} - {first}).pop()
    registry = leiomyo.read(shared / first, shared / second)
    assert registry.results()["read"] == {"patients": 261, "lms": 105, "deaths": 41}
    conflicts = [entry for entry in registry.conflicts() if entry["kind"] == "conflict" and entry["table"] == "patient"]
    deaths = {entry["patient"] for entry in conflicts if entry["column"] == "death"}
    contacts = {entry["patient"] for entry in conflicts if entry["column"] == "last_contact"}
    assert deaths == {"TCGA-DX-A7EF", "TCGA-DX-AB36", "TCGA-WP-A9GB", "TCGA-X6-A7W8"}
    assert contacts == {"TCGA-DX-AB2Z", "TCGA-MB-A5Y9", "TCGA-UE-A6QU", "TCGA-X6-A7WA"}
    death = {"tcga_sarc": "261", "tcga_sarc_release2": "275"}
    kept = {entry["kept"] for entry in conflicts if entry["patient"] == "TCGA-WP-A9GB" and entry["column"] == "death"}
    assert kept == {death[first]}
    # the later contact beats the earlier one, whoever is named first
    assert {entry["kept"] for entry in conflicts if entry["patient"] == "TCGA-X6-A7WA"} == {"525"}
