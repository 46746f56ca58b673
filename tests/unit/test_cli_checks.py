"""`leiomyo check` as a user calls it: flat rows, exit codes, a table; and what the report keeps of it."""

from __future__ import annotations

import csv
import json

import pytest
from typer.testing import CliRunner

import leiomyo
from leiomyo.checks.check import checks
from leiomyo.cli import app
from leiomyo.registry import Registry
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    path = tmp_path_factory.mktemp("check") / "registry.duckdb"
    with Registry(path) as held:
        held.ingest(ROOT / "tests" / "handmade" / "cohort")
    return path


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_check_gives_a_flat_object_a_finding_who_and_where_first(registry) -> None:
    done = run("check", "--json", "--registry", registry)
    told = json.loads(done.stdout)
    assert list(told[0])[:12] == ["centre", "patient", "file", "row", "table", "column", "found", "expected",
                                  "check", "category", "severity", "outcome"]  # fmt: skip
    assert {row["outcome"] for row in told} == {"fail"}
    one = next(row for row in told if row["check"] == "r0_with_positive_margin")
    assert one["patient"] and one["file"] and one["row"] > 1 and one["found"] == "R0, margin positive"
    assert one["survival_with"] != one["survival_without"]
    assert done.exit_code == 1  # the example has errors on purpose


def test_all_tells_of_every_check_once_or_by_its_rows(registry) -> None:
    told = json.loads(run("check", "--json", "--all", "--registry", registry).stdout)
    assert {row["check"] for row in told} == set(checks())
    quiet = [row for row in told if row["outcome"] == "not applicable"]
    assert quiet and all(row["n"] == 0 and row["patient"] is None for row in quiet)


def test_the_terminal_groups_by_severity_and_counts_the_rest(registry) -> None:
    told = run("check", "--registry", registry).stdout
    assert told.index("error: ") < told.index("r0_with_positive_margin") < told.index("warning: ")
    assert "not applicable" in told.splitlines()[-1]
    assert "pass: drug_after_death" in run("check", "--all", "--registry", registry).stdout


def test_warnings_alone_exit_with_3_and_nothing_to_judge_with_0(tmp_path) -> None:
    empty = tmp_path / "empty.duckdb"
    Registry(empty).close()
    assert run("check", "--registry", empty).exit_code == 0


def test_explain_explains_a_check() -> None:
    told = run("explain", "r0_with_positive_margin").stdout
    assert "error, plausibility" in told and "recalled, not verified" in told
    assert run("explain", "no_such_check").exit_code != 0
    assert json.loads(run("explain", "drug_after_death", "--json").stdout)[0]["severity"] == "error"


def test_the_report_keeps_the_checks_with_their_effect_and_every_row_as_csv(example, tmp_path) -> None:
    example.report(tmp_path)
    told = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["checks"]
    assert len(told["checks"]) == len(checks()) == sum(told["counts"].values())
    failing = [entry for entry in told["checks"] if entry["outcome"] == "fail"]
    with (tmp_path / "tables" / "checks.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["check"] for row in rows} == {entry["check"] for entry in failing}
    assert not any(cell[:1] in {"=", "+", "@"} for row in rows for cell in row.values())
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(entry["says"] in page.replace("&#39;", "'") for entry in failing)


def test_a_gap_of_the_dead_alone_gets_no_effect_since_that_would_select_on_the_outcome(example) -> None:
    entries = {entry["check"]: entry for entry in example.check().checks()}
    missing = entries["cause_of_death_missing"]
    assert missing["outcome"] == "fail"
    assert missing["survival_without"] is None
    assert entries["r0_with_positive_margin"]["affected"] == entries["r0_with_positive_margin"]["patients"]


def test_who_is_silent_comes_with_since_when_the_longest_first(example) -> None:
    due = example.results()["quality"]["follow_up_due"]
    known = [row["silent_days"] for row in due if row["silent_days"] is not None]
    assert known == sorted(known, reverse=True)
    assert all(row["since"] for row in due if row["silent_days"] is not None)


#: What fails in TCGA-SARC, each looked at row by row: true findings, or fields that the forms never asked for.
TCGA = {
    "uterus_not_involved": 1, "r0_with_positive_margin": 6, "zero_follow_up": 1, "code_against_text": 1,
    "dose_unit_unclear": 4, "cause_of_death_missing": 41, "grade_missing": 105, "stage_missing": 105,
    "margin_missing": 22, "operation_day_missing": 105, "recorded_unevenly_by_centre": 2, "age_capped": 3,
    "site_of_a_metastasis": 2, "superficial_deep_inside": 3, "r1_with_negative_margin": 1, "operation_twice": 1,
    "adjuvant_drugs_without_rows": 1, "new_event_without_rows": 1, "tumour_free_with_metastasis": 1, "stereotactic_dose": 4,
}  # fmt: skip


def test_what_fails_in_tcga_sarc_is_what_was_looked_at(tcga) -> None:
    failing = {one.check.check: one.failed for one in tcga.check().results if one.outcome == "fail"}
    assert failing == TCGA


def test_two_releases_show_what_one_alone_cannot(shared) -> None:
    both = leiomyo.read(shared / "tcga_sarc", shared / "tcga_sarc_release2")
    [result] = [one for one in both.check().results if one.check.check == "two_deaths"]
    assert [(one.patient, one.found) for one in result.findings] == [("TCGA-WP-A9GB", "died day 275, kept day 261")]
