"""The commands that tell of courses: shapes, refusals, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.test_cli import EXAMPLE, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("course")
    assert run("ingest", EXAMPLE, "--quiet", folder=path).returncode == 3
    return path


def told(folder: Path, *words: str):
    outcome = run(*words, "--json", folder=folder)
    assert (outcome.returncode, outcome.stderr) == (0, ""), outcome.stderr
    return json.loads(outcome.stdout)


def test_lines_have_the_shape_of_the_contract(folder: Path) -> None:
    rows = told(folder, "lines")
    assert rows
    for row in rows:
        assert list(row)[:9] == [
            "centre",
            "patient",
            "line",
            "regimen",
            "agents",
            "start_day",
            "end_day",
            "ongoing",
            "setting",
        ]
        assert row["reason"]


def test_every_exposure_and_the_tables_come_with_the_rules(folder: Path) -> None:
    exposures, tables = told(folder, "lines", "--exposures"), told(folder, "lines", "--tables")
    assert sum(row["n"] for row in tables["placed"]) == len(exposures)
    assert tables["rules"]["version"] == "leiomyo-lines-1"
    assert all(row["reason"] and row["row"] for row in exposures)


def test_other_rules_are_taken_from_a_file_and_named(folder: Path) -> None:
    (folder / "rules.yaml").write_text("version: ours-2\nrestart_gap_days: 60\n", encoding="utf-8")
    tables = told(folder, "lines", "--tables", "--rules", "rules.yaml")
    assert (tables["rules"]["version"], tables["rules"]["restart_gap_days"]) == (
        "ours-2 (leiomyo-lines-1 with restart_gap_days=60)", 60)  # fmt: skip
    survival = told(folder, "survival", "pfs", "--line", "1", "--rules", "rules.yaml")
    assert any(text.startswith("Lines of therapy by the rules ours-2 (") for text in survival["assumptions"])


@pytest.mark.parametrize(
    "text",
    [
        "restart_gap: 60",
        "restart_gap_days: -1",
        "restart_gap_days: soon",
        "- 1",
        "a: [",
        "endocrine: no way",
        "substitution: [[adriamycin, x]]",
    ],
)
def test_rules_that_make_no_sense_are_refused(folder: Path, text: str) -> None:
    (folder / "wrong.yaml").write_text(text, encoding="utf-8")
    outcome = run("lines", "--rules", "wrong.yaml", folder=folder)
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("LM-A009")


def test_the_endpoints_of_a_line_need_the_line(folder: Path) -> None:
    outcome = run("survival", "pfs", folder=folder)
    assert outcome.returncode == 2
    assert "name it with --line" in outcome.stderr
    result = told(folder, "survival", "pfs", "--line", "1", "--by", "regimen")
    assert result["index"] == "line 1"
    assert all(set(group["group"]) == {"regimen"} for group in result["groups"])


@pytest.mark.parametrize(("words", "message"), [
    (["survival", "os", "--by", "regimen"], "name the line with --line"),
    (["survival", "os", "--line", "1", "--index", "diagnosis"], "give one of them"),
    (["survival", "os", "--index", "birth"], "There is no index 'birth'"),
    (["survival", "rfs", "--index", "first-metastasis"], "rfs is counted from"),
    (["survival", "dss"], "LM-A010"),
    (["course", "nobody"], "LM-A005"),
    (["survival", "--table", "t.csv", "--where", "sex = 'female'"], "go with a registry"),
    (["cox", "--table", "t.csv", "--rules", "no.yaml"], "go with a registry"),
    (["lines", "--tables", "--exposures"], "ask for one"),
    (["compare", "prayer"], "LM-A011"),
    (["compare", "adjuvant-radiation", "--design", "magic"], "There is no design 'magic'"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said(folder: Path, words: list[str], message: str) -> None:
    outcome = run(*words, folder=folder)
    assert outcome.returncode == 2
    assert message in outcome.stderr


def test_a_course_has_events_lines_and_disease_and_a_page(folder: Path) -> None:
    patient = told(folder, "lines")[0]["patient"]
    found = told(folder, "course", patient, "--out", "course.html")
    assert {"events", "lines", "exposures", "disease"} <= set(found)
    assert all({"kind", "label", "start_day", "row"} <= set(event) for event in found["events"])
    page = (folder / "course.html").read_text(encoding="utf-8")
    assert patient in page
    assert "never a recommendation" in page


def test_compare_answers_or_refuses_with_the_same_shape(folder: Path) -> None:
    found = told(
        folder, "compare", "adjuvant-radiation", "--endpoint", "rfs", "--design", "clone", "--adjust", "size_band"
    )
    assert set(found) >= {
        "refused",
        "design",
        "known_at",
        "n",
        "excluded",
        "estimate",
        "conf_low",
        "conf_high",
        "balance",
        "curves",
    }
    assert found["estimate"] is None
    assert "cannot answer" in found["refused"]


@pytest.mark.parametrize("words", [["survival", "os", "--line", "abc"], ["lines", "--bogus"], ["course"], ["nothing"]])
def test_a_usage_error_is_json_too(folder: Path, words: list[str]) -> None:
    outcome = run(*words, "--json", folder=folder)
    assert outcome.returncode == 2
    assert json.loads(outcome.stdout)["error"]["code"] == "LM-A008"
    assert outcome.stderr
