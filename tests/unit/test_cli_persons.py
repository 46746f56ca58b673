"""Who is who on the command line: what is asked, what is printed, the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import biotab
from tests.unit.test_cli import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A registry in which one person stands twice, one identifier having lost its zeros."""
    names = ["T-01-A07", "T-1-A7", "T-01-B"]
    biotab.write(
        tmp_path / "study", patient=[{"bcr_patient_barcode": name, "days_to_birth": "-20111"} for name in names]
    )
    run("ingest", "study", "--centre", "North", "--quiet", folder=tmp_path)
    return tmp_path


def test_duplicates_are_listed_decided_and_undone(folder: Path) -> None:
    pytest.importorskip("splink")
    outcome = run("duplicates", "--json", folder=folder)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    told = json.loads(outcome.stdout)
    assert list(told[0]) == ["centre", "patient", "other_centre", "other_patient", "probability", "decision",
                             "decided_on", "reasons"]  # fmt: skip
    pair = "North/T-01-A07=North/T-1-A7"
    shown = run("duplicates", folder=folder)
    assert pair in shown.stdout
    assert "identifiers differ only by separators" in shown.stdout
    assert run("duplicates", "--same", pair, folder=folder).stdout == f"{pair}: same.\n"
    again = json.loads(run("duplicates", "--undo", pair, "--json", folder=folder).stdout)
    assert {row["decision"] for row in again} == {""}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--same", "North/T-01-B"], "LM-A014"),
        (["--same", "North/T-01-B=North/T-1-A7", "--undo", "North/T-01-B=North/T-1-A7"], "LM-A008"),
        (["--threshold", "7"], "LM-A008"),
    ],
)
def test_what_cannot_be_decided_is_said_in_one_document(folder: Path, words: list[str], code: str) -> None:
    outcome = run("duplicates", *words, "--json", folder=folder)
    assert outcome.returncode == 2
    assert json.loads(outcome.stdout)["error"]["code"] == code


def test_withdraw_asks_and_erases(folder: Path) -> None:
    asked = run("withdraw", "T-01-B", folder=folder)
    assert asked.returncode == 1
    assert "North/T-01-B" in asked.stdout
    assert b"T-01-B" in (folder / "leiomyo.duckdb").read_bytes()
    outcome = run("withdraw", "T-01-B", "--yes", "--json", folder=folder)
    assert json.loads(outcome.stdout) == {"withdrawn": ["North/T-01-B"], "rows": 1}
    assert outcome.returncode == 0
    assert b"T-01-B" not in (folder / "leiomyo.duckdb").read_bytes()
    told = run("ingest", "study", "--centre", "North", "--name", "again", folder=folder)
    assert told.returncode == 3
    assert "LM-S009" in told.stderr
    assert "T-01-B" not in told.stdout + told.stderr


def test_withdraw_in_json_needs_yes_and_somebody_who_is_there(folder: Path) -> None:
    for words, code in ((["T-01-B"], "LM-A008"), (["nobody", "--yes"], "LM-A005")):
        outcome = run("withdraw", *words, "--json", folder=folder)
        assert (outcome.returncode, json.loads(outcome.stdout)["error"]["code"]) == (2, code)
