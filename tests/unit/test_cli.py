"""The contract of the command line: JSON shapes, exit codes, the default registry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

EXAMPLE = str(ROOT / "tests" / "handmade" / "cohort")


def run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leiomyo", *words]
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example cohort in the default registry."""
    path = tmp_path_factory.mktemp("work")
    assert run("ingest", EXAMPLE, "--quiet", folder=path).returncode == 3
    assert (path / "leiomyo.duckdb").exists()
    return path


def test_survival_has_the_shape_of_the_contract(folder: Path) -> None:
    outcome = run("survival", "os", "--by", "margin", "--milestones", "100,1826", "--json", folder=folder)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    told = json.loads(outcome.stdout)
    assert set(told) >= {
        "endpoint",
        "index",
        "definition",
        "cutoff",
        "excluded",
        "assumptions",
        "precision",
        "groups",
        "test",
    }
    assert set(told["precision"]) >= {"median_low", "median_high"}
    assert set(told["test"]) >= {"name", "groups", "chi2", "df", "p"}
    for group in told["groups"]:
        assert set(group) >= {
            "group",
            "n",
            "events",
            "median_days",
            "median_ci_days",
            "follow_up_median_days",
            "milestones",
        }
        assert [set(mark) >= {"days", "survival", "low", "high", "at_risk"} for mark in group["milestones"]] == [
            True,
            True,
        ]
    assert [group["group"]["margin"] for group in told["groups"]] == ["negative", "close", "positive", "unknown"]


def test_without_by_there_is_one_group_without_a_name(folder: Path) -> None:
    told = json.loads(run("survival", "os", "--json", folder=folder).stdout)
    assert [group["group"] for group in told["groups"]] == [{}]
    assert told["test"] is None


def test_conflicts_are_flat_and_say_who_and_where_first(folder: Path) -> None:
    told = json.loads(run("conflicts", "--json", folder=folder).stdout)
    assert list(told[0])[:4] == ["centre", "patient", "table", "column"]
    assert told[0]["kind"] == "hard"
    assert not any(isinstance(value, dict | list) for entry in told for value in entry.values())


def test_conflicts_show_dates_where_the_calendar_is_known(tmp_path: Path) -> None:
    sheet = "id,born,histology\nA,1960-02-01,leiomyosarcoma\nA,1960-03-01,leiomyosarcoma\n"
    says = "      - patient: {birth: born}\n      - diagnosis: {histology: histology}\n"
    (tmp_path / "a.csv").write_text(sheet)
    (tmp_path / "a.mapping.yaml").write_text(f"sheets:\n  - file: a.csv\n    patient: id\n    says:\n{says}")
    run("ingest", "a.csv", folder=tmp_path)
    told = run("conflicts", folder=tmp_path).stdout
    assert "kept 1960-02-01 (" in told and "not  1960-03-01 (" in told


def test_the_registry_is_the_option_or_the_setting_or_the_file_here(folder: Path, tmp_path: Path) -> None:
    held = str(folder / "leiomyo.duckdb")
    assert run("survival", "os", folder=tmp_path).returncode == 2
    assert run("survival", "os", "--registry", held, folder=tmp_path).returncode == 0
    assert run("survival", "os", folder=tmp_path, LEIOMYO_REGISTRY=held).returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["survival", "os", "--by", "nothing"], 2, "LM-A002"),
        (["survival", "os", "--by", "radiotherapy"], 2, "LM-A003"),
        (["survival", "os", "--where", "margin ="], 2, "LM-A004"),
        (["survival", "os", "--milestones", "soon"], 2, "LM-A008"),
        (["survival", "os", "--index", "birth"], 2, "LM-A008"),
        (["survival", "nothing"], 2, "LM-A001"),
        (["explain", "LM-X999"], 2, "LM-A006"),
        (["report", EXAMPLE, "--out", "o", "--format", "telex"], 2, "LM-A008"),
    ],
)
def test_what_cannot_be_done_is_one_message_and_exit_2(words: list[str], code: int, message: str, folder: Path) -> None:
    outcome = run(*words, folder=folder)
    assert (outcome.returncode, outcome.stdout) == (code, "")
    assert outcome.stderr.startswith(message)
    assert "Traceback" not in outcome.stderr
    if "--json" not in words:
        again = run(*words, "--json", folder=folder)
        assert json.loads(again.stdout)["error"]["code"] == message


def test_a_report_leaves_its_four_parts_and_not_the_registry(tmp_path: Path) -> None:
    outcome = run("report", EXAMPLE, "--out", "out", folder=tmp_path)
    assert outcome.returncode == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "problems.csv",
        "report.html",
        "results.json",
        "tables",
    ]
    assert (tmp_path / "out" / "tables" / "drug_exposure.parquet").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    told = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert set(told["read"]) >= {"patients", "lms"}
    for file in told["files"]:
        assert set(file) >= {"file", "format", "rows", "kept", "superseded", "quarantined"}
        assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]


def test_a_clean_export_ends_with_0(tmp_path: Path) -> None:
    from tests import biotab

    assert run("ingest", str(biotab.write(tmp_path / "clean", patient=[{}])), folder=tmp_path).returncode == 0


def test_no_message_and_no_progress_reaches_standard_output_with_json(tmp_path: Path) -> None:
    outcome = run("ingest", EXAMPLE, "--json", folder=tmp_path)
    told = json.loads(outcome.stdout)
    assert told["sources"][0]["status"] == "new"
    assert outcome.stderr == ""


def test_explain_tells_one_code_or_all(tmp_path: Path) -> None:
    assert "whole number" in run("explain", "lm-d001", folder=tmp_path).stdout
    assert len(json.loads(run("explain", "--json", folder=tmp_path).stdout)) > 30


P2 = "entry,exit,status\n0,2,1\n0,5,1\n0,9,0\n3,8,1\n4,10,0\n6,12,1\n"


def test_p2_a_plain_table_with_delayed_entry_has_a_risk_table_that_rises(tmp_path: Path) -> None:
    (tmp_path / "p2.csv").write_text(P2)
    told = json.loads(
        run("survival", "--table", "p2.csv", "--milestones", "2,5,8,12", "--json", folder=tmp_path).stdout
    )
    [group] = told["groups"]
    assert [round(mark["survival"], 4) for mark in group["milestones"]] == [0.6667, 0.5, 0.375, 0.0]
    assert {step["days"]: step["at_risk"] for step in group["curve"]}[12] == 1


def test_a_plain_table_by_group_has_the_test_and_the_late_ones_are_counted(tmp_path: Path) -> None:
    rows = "".join(f",{day},{day % 2},{'ab'[day % 3 == 0]}\n" for day in range(1, 30))
    (tmp_path / "t.csv").write_text("entry,exit,status,arm\n" + rows + "9,9,1,a\n")
    told = json.loads(run("survival", "--table", "t.csv", "--by", "arm", "--json", folder=tmp_path).stdout)
    assert [group["group"]["arm"] for group in told["groups"]] == ["a", "b"]
    assert told["test"]["df"] == 1
    assert told["excluded"][0]["n"] == 1


def test_incidence_has_the_shape_of_the_contract(folder: Path) -> None:
    told = json.loads(run("incidence", "efs", "--milestones", "365", "--json", folder=folder).stdout)
    [group] = told["groups"]
    assert set(group) >= {"group", "n", "causes"}
    for cause in group["causes"]:
        assert set(cause) >= {"cause", "events", "milestones"}
        assert set(cause["milestones"][0]) >= {"days", "incidence", "low", "high"}
    efs = json.loads(run("survival", "efs", "--milestones", "365", "--json", folder=folder).stdout)["groups"][0]
    total = sum(cause["milestones"][0]["incidence"] for cause in group["causes"])
    assert total == pytest.approx(1 - efs["milestones"][0]["survival"], abs=1e-12)


def test_cox_has_the_shape_of_the_contract_and_refuses_by_name(folder: Path) -> None:
    told = json.loads(
        run("cox", "os", "--on", "margin", "--where", "margin != 'close'", "--json", folder=folder).stdout
    )
    assert set(told) >= {"n", "events", "terms", "refused"}
    [term] = told["terms"]
    assert set(term) >= {"term", "level", "hazard_ratio", "conf_low", "conf_high", "p_value"}
    assert (term["level"], term["reference"], term["hazard_ratio"] > 1) == ("positive", "negative", True)
    refused = json.loads(run("cox", "os", "--on", "site_group", "--json", folder=folder).stdout)
    assert refused["terms"] == []
    assert refused["refused"][0]["term"] == "site_group"


@pytest.mark.parametrize("words", [["survival"], ["incidence"], ["cox", "os"], ["cox", "--table", "t.csv"]])
def test_a_question_without_its_subject_is_answered_plainly(words: list[str], folder: Path, tmp_path: Path) -> None:
    (folder / "t.csv").write_text("exit,status\n1,1\n")
    outcome = run(*words, folder=folder)
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("LM-A008")


def test_a_source_that_could_not_be_read_stands_in_the_report(tmp_path: Path) -> None:
    assert run("report", EXAMPLE, "nowhere", "--out", "out", folder=tmp_path).returncode == 1
    assert "LM-F010" in (tmp_path / "out" / "problems.csv").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    outcome = run("report", EXAMPLE, "--out", "file", "--json", folder=tmp_path)
    assert (outcome.returncode, json.loads(outcome.stdout)["error"]["code"]) == (2, "LM-S004")


def test_two_sources_of_one_name_are_not_ingested_together(tmp_path: Path) -> None:
    from tests import biotab

    folders = [str(biotab.write(tmp_path / place / "export", patient=[{}])) for place in ("a", "b")]
    assert run("ingest", *folders, folder=tmp_path).stderr.startswith("LM-A008")
