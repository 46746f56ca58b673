"""The docs are tested: every command, option, setting, column, code, covariate and endpoint is in them."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from dataclasses import fields

import pytest

from leiomyo.checks.check import checks
from leiomyo.config import SETTINGS
from leiomyo.course.endpoints import ENDPOINTS
from leiomyo.course.line_rules import default_rules
from leiomyo.course.therapy import line_reasons
from leiomyo.course.treatments import treatments
from leiomyo.errors import catalogue
from leiomyo.exports.writers import DICTIONARY, FORMATS, cannot
from leiomyo.finding.cdm import cdm_tables
from leiomyo.finding.judging import criteria
from leiomyo.model.tables import TABLES
from leiomyo.outcomes.cohort import covariates
from leiomyo.simulate.noise import settings
from leiomyo.simulate.truth import declared
from leiomyo.sources.tabular_mapping import Form
from tests.conftest import ROOT

DOCS = ROOT / "docs"
SHEET_SETTINGS = ("centre", "axis", "code_book", "sheets", "file", "sheet", "patient", "record", "says", "repeat", "when",
                  "split", "by", "from", "is", "values", "unit", "unit_from", "after")  # fmt: skip


def test_pages_made_from_the_code_are_up_to_date() -> None:
    outcome = subprocess.run(
        [sys.executable, "docs/make.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize(
    ("page", "names"),
    [
        (
            "data-dictionary.md",
            [name for table in TABLES.values() for column in table.columns for name in column.stored],
        ),
        ("problem-codes.md", list(catalogue())),
        ("covariates.md", list(covariates())),
        ("endpoints.md", list(ENDPOINTS)),
        ("lines.md", [*default_rules().thresholds, *(row["name"] for row in line_reasons().values())]),
        ("comparisons.md", list(treatments())),
        ("checks.md", list(checks())),
        ("finding.md", [*criteria(), *(row["table"] for row in cdm_tables())]),
        ("mapping.md", [*(one.name for one in fields(Form)), *SHEET_SETTINGS]),
        ("formats.md", [*FORMATS, DICTIONARY]),
        (
            "simulation.md",
            [*settings("default").settings, *(row["column"] for rows in declared().values() for row in rows)],
        ),
        ("command-line.md", [setting.name for setting in SETTINGS]),
    ],
)
def test_every_name_is_documented(page: str, names: list[str]) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in text] == []


def test_what_each_written_format_cannot_hold_stands_in_the_docs() -> None:
    text = (DOCS / "formats.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| (\w+) \| (?:all|`([^`]+)`) \|", text, re.M)
    there = [name for name in FORMATS if (ROOT / "leiomyo" / "exports" / f"cannot_{name}.csv").is_file()]
    assert {(name, table, column or "*") for name, table, column in told} == {
        (name, table, column) for name in there for table, column in cannot(name)}  # fmt: skip


def test_the_help_of_export_names_every_format() -> None:
    text = (DOCS / "command-line.md").read_text(encoding="utf-8")
    assert f"The format: {', '.join(FORMATS)}, or {DICTIONARY}." in text


def test_every_link_in_the_readme_and_docs_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_problem_code_is_used_or_kept_for_a_reason() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "leiomyo").rglob("*.py"))
    unused = {name for name in catalogue() if name not in code}
    assert unused <= {"LM-D006", "LM-D012", "LM-C003", "LM-F016"}, unused


def test_the_readme_names_the_two_commands_and_the_caution() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make report" in text
    assert "make test" in text
    assert "never a recommendation" in text


def test_the_python_of_the_readme_runs() -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert code
    exec(compile(code.group(1), "README.md", "exec"), {})


def test_no_path_of_one_machine_and_no_host_stands_in_the_tree() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    bad = re.compile(r"(^|[^\w.])/(?:work|root|home)/")
    for name in listed:
        path = ROOT / name
        if (
            path.suffix in {".py", ".md", ".toml", ".csv", ".html", ".css", ".js", ".yaml", ".lock", ""}
            and path.is_file()
        ):
            assert not bad.search(path.read_text(encoding="utf-8", errors="ignore")), name


def test_docs_make_is_importable() -> None:
    assert callable(runpy.run_path(str(DOCS / "make.py"))["main"])
