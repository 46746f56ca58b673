"""`leiomyo plan` as it is typed: with and without a registry, its JSON, its drawings and its refusals."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import leiomyo
from leiomyo.cli import main
from leiomyo.outcomes.planning_design import Design
from tests.conftest import ROOT

GIVEN = ["--hazard-ratio", "0.6", "--accrual", "60", "--control-median", "12"]
HELD = ["--hazard-ratio", "0.5", "--accrual", "30", "--patients", "60"]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry file with the example cohort."""
    path = tmp_path_factory.mktemp("plan") / "leiomyo.duckdb"
    with leiomyo.Registry(path) as registry:
        registry.ingest(ROOT / "tests" / "handmade" / "cohort")
    return path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], held: Path, tmp_path: Path):
    """Types `leiomyo plan …` in an empty folder; gives exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, registry: bool = True) -> tuple[int, str, str]:
        monkeypatch.setenv("LEIOMYO_REGISTRY", str(held if registry else tmp_path / "none.duckdb"))
        monkeypatch.setattr(sys, "argv", ["leiomyo", "plan", *words])
        with pytest.raises(SystemExit) as stop:
            main()
        told = capsys.readouterr()
        return int(stop.value.code or 0), told.out, told.err

    return run


def test_a_control_given_in_one_number_needs_no_registry(typed) -> None:
    code, out, err = typed(*GIVEN, registry=False)
    assert (code, err) == (0, "")
    assert re.search(r"Patients needed for the power wanted +173", out)
    assert re.search(r"Events needed \(Schoenfeld\) +121", out)
    assert "never a recommendation" in out
    assert "registry" not in out.lower()


def test_a_survival_rate_is_as_good_as_a_median(typed) -> None:
    answers = [json.loads(typed(*GIVEN[:4], *words, "--json", registry=False)[1])
               for words in (["--control-median", "12"], ["--control-survival", "0.25@24"])]  # fmt: skip
    assert answers[0] == answers[1]


def test_the_registry_is_the_control_where_none_is_given(typed) -> None:
    code, out, err = typed(*HELD, "--endpoint", "os")
    assert (code, err) == (0, "")
    assert "Control: the registry's curve from diagnosis, all patients: 34 patients, 16 events" in out
    assert "With the registry's patients added" in out
    assert "An external control is not randomised" in out
    assert "\n1.1 " in out


def test_the_registry_is_asked_as_survival_asks_it(typed, held: Path) -> None:
    where = "sex = 'female'"
    told = json.loads(typed(*HELD, "--arms", "1", "--where", where, "--json")[1])
    with leiomyo.Registry(held, create=False) as registry:
        group = registry.survival("os", where=where).groups[0]
        table = registry.event_table("os", where=where)
    assert (told["external_patients"], told["external_events"]) == (group["n"], group["events"])
    assert table.persons == group["n"]
    assert told["where"] == where
    assert told["definition"]


def test_the_json_is_flat_but_for_its_lists(typed) -> None:
    told = json.loads(typed(*HELD, "--json")[1])
    nested = {name for name, value in told.items() if isinstance(value, list | dict)}
    assert nested == {"by_month", "by_patients", "drift_rows", "control_hazard", "assumptions", "excluded"}
    for name in ("by_month", "by_patients", "drift_rows", "control_hazard"):
        assert told[name]
        assert not any(isinstance(value, list | dict) for row in told[name] for value in row.values())


def test_every_key_of_the_json_is_documented(typed) -> None:
    page = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
    one = json.loads(typed(*HELD, "--arms", "1", "--landmark", "24", "--json")[1])
    rows = [row[0] for row in (one["by_month"], one["by_patients"], one["drift_rows"], one["control_hazard"])]
    names = {name for part in (one, *rows) for name in part}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_the_worked_example_of_the_docs_is_what_the_command_says(typed) -> None:
    page = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
    command = re.search(r"^leiomyo plan (--hazard-ratio 0.6 .*)$", page, re.MULTILINE)
    assert command
    _, out, _ = typed(*command.group(1).split(), registry=False)
    for line in re.findall(r"^(?:Patients|Events|Power).*$", page, re.MULTILINE):
        assert re.sub(" +", " ", line).strip() in re.sub(" +", " ", out), line


@pytest.mark.parametrize("arms", ["1", "2"])
def test_the_plan_is_drawn(typed, arms: str) -> None:
    code, out, _ = typed(*HELD, "--arms", arms, "--out", "plan.svg")
    assert (code, out.splitlines()[-1]) == (0, "Written: plan.svg")
    drawing = ElementTree.parse("plan.svg").getroot()
    said = "".join(drawing.itertext())
    for text in ("Power", "Events of the trial", "Months since the first patient", "analysis", "80% wanted"):
        assert text in said
    assert ("With the registry's" if arms == "2" else "Against the") in said


def test_the_page_stands_alone(typed) -> None:
    typed(*HELD, "--out", "plan.html")
    page = Path("plan.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"https?:", page)
    assert "never a recommendation" in page
    for heading in ("What it can find out", "By number of patients", "What it rests on", "though treated alike"):
        assert heading in page


def test_in_python_it_is_a_method_of_the_registry(held: Path) -> None:
    with leiomyo.Registry(held, create=False) as registry:
        told = registry.plan(Design(hazard_ratio=0.5, accrual_per_year=30, patients=60), endpoint="os").to_dict()
    assert (told["external_patients"], told["external_events"], told["index"]) == (34, 16, "diagnosis")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([*GIVEN, "--control-survival", "0.5@12"], "LM-A023"),
        ([*GIVEN, "--where", "sex = 'female'"], "LM-A023"),
        ([*GIVEN, "--registry", "x.duckdb"], "LM-A023"),
        ([*GIVEN, "--discount", "0.5"], "LM-A023"),
        ([*GIVEN, "--drift", "0.8,1.2"], "LM-A023"),
        ([*GIVEN, "--alpha", "2"], "LM-A021"),
        ([*GIVEN, "--drop-out", "5"], "LM-A021"),
        ([*HELD, "--drift", "often"], "LM-A021"),
        ([*GIVEN, "--allocation", "2"], "LM-A021"),
        ([*GIVEN, "--arms", "1", "--allocation", "2:1"], "LM-A021"),
        ([*GIVEN, "--landmark", "6"], "LM-A021"),
        (["--hazard-ratio", "0.6", "--accrual", "60", "--control-survival", "45%"], "LM-A021"),
        (["--hazard-ratio", "0.6", "--accrual", "60", "--control-median", "-1"], "LM-A021"),
        (["--hazard-ratio", "nan", "--accrual", "60", "--control-median", "12"], "LM-A021"),
        ([*GIVEN, "--out", "plan.docx"], "LM-A008"),
        (["--accrual", "60"], "LM-A008"),
        ([*GIVEN, "--endpoint", "xyz"], "LM-A001"),
        ([*HELD, "--where", "sex = 'male' and margin = 'positive'"], "LM-A022"),
        ([*HELD, "--endpoint", "pfs"], "LM-A008"),
        ([*HELD, "--where", "shoe = 43"], "LM-A002"),
    ],
)
def test_what_cannot_be_planned_is_one_message(typed, words: list[str], code: str) -> None:
    exit_code, out, err = typed(*words, "--json")
    assert exit_code == 2
    assert json.loads(out)["error"]["code"] == code
    assert "Traceback" not in err
    if code != "LM-A008":
        assert err.startswith(code)


def test_without_registry_and_control_it_says_what_to_give(typed) -> None:
    code, out, err = typed(*HELD, registry=False)
    assert code == 2
    assert out == ""
    assert err.startswith("LM-A023")
    assert "--control-median" in err
