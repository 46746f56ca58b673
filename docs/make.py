"""Writes the pages of docs/ that are made from the code; `--check` only says which are out of date."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import typer

from leiomyo.checks.check import CATEGORIES, Check, checks
from leiomyo.checks.run import JUDGING, TALLYING
from leiomyo.cli import app
from leiomyo.config import SETTINGS
from leiomyo.course.endpoints import ENDPOINTS
from leiomyo.course.line_rules import default_rules
from leiomyo.course.regimens import regimens
from leiomyo.course.therapy import line_reasons
from leiomyo.course.treatments import treatments
from leiomyo.errors import catalogue
from leiomyo.finding.cdm import cdm_tables, places
from leiomyo.finding.judging import criteria
from leiomyo.model.tables import PROVENANCE, TABLES, Column
from leiomyo.outcomes.cohort import covariates

sys.path.insert(0, str(Path(__file__).parent))
from simulated import simulation

DOCS = Path(__file__).parent
MADE = "<!-- Made by `make docs`; change the code, not this page. -->\n\n"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def data_dictionary() -> str:
    """Every table and column, from the declarations."""
    page = "# Data dictionary\n\n" + MADE
    page += (
        "A `day` is stored as two whole numbers, `_low` and `_high`: the days that a full or partial date allows, on the "
        "patient's own axis. `rule` says how one value is chosen from several statements (docs/reconcile.md).\n\n"
    )
    page += "## In every table\n\n" + table(["column", "type", "meaning"], [list(row) for row in PROVENANCE])
    page += "\nCase tables also carry `statement` (the row of `statement_<table>` it rests on), `statements` (how many spoke of it) and `origins` (the statement behind each value that is not of that row).\n"
    for one in TABLES.values():
        identity = ", ".join(f"`{name}`" for name in one.identity) or "the patient"
        page += f"\n## {one.name}\n\nA row is {one.row_is}. Two statements speak of the same row when these are equal: {identity}"
        page += ", or the source's own record identifier.\n\n" if one.by_record else ".\n\n"
        page += table(
            ["column", "type", "unit", "codes", "rule", "privacy", "meaning"], [_column(c) for c in one.columns]
        )
    return page


def _column(column: Column) -> list[str]:
    names = ", ".join(f"`{name}`" for name in column.stored)
    return [
        names,
        column.kind,
        column.unit,
        column.codes and f"`{column.codes}`",
        column.rule,
        column.privacy,
        column.meaning,
    ]


def problem_codes() -> str:
    """Every code of problems.csv."""
    rows = [[f"`{kind.code}`", kind.severity, kind.title, kind.expected, kind.action] for kind in catalogue().values()]
    return "# Problem codes\n\n" + MADE + table(["code", "severity", "what", "expected", "what to do"], rows)


def endpoints() -> str:
    """Every endpoint with its definition."""
    rows = [
        [f"`{rule.name}`", rule.label, ", ".join((rule.index, *(i for i in rule.indices if i != rule.index))),
         "; ".join((*rule.causes, *(f"{cause} (competes)" for cause in rule.competing))), rule.definition]
        for rule in ENDPOINTS.values()
    ]  # fmt: skip
    text = "After the DATECAN consensus for sarcoma (Bellera et al., Ann Oncol 2015, doi:10.1093/annonc/mdu360).\n\n"
    return (
        "# Endpoints\n\n"
        + MADE
        + text
        + table(["name", "endpoint", "from (the first is the default)", "events", "definition"], rows)
    )


def covariate_page() -> str:
    """Every column to group and filter by."""
    rows = [[f"`{c.name}`", c.label, c.kind, c.known, c.known_from, c.unit, c.meaning] for c in covariates().values()]
    text = (
        "`known` says when a value is learnt. What is learnt `later` than the start of follow-up is refused for grouping and "
        "filtering (LM-A003). What the definitive `resection` reveals counts as known at diagnosis where it followed within 90 "
        "days or its day is not recorded; that assumption is printed with every result that uses it. A `number` filters; its "
        "band groups.\n\n"
    )
    return "# Covariates\n\n" + MADE + text + table(["name", "label", "type", "known", "from", "unit", "meaning"], rows)


def command_line() -> str:
    """Help of every command, and the settings."""
    group = typer.main.get_command(app)
    page = (
        "# Command line\n\n" + MADE + "Exit codes: 0 clean, 1 errors in the data, 2 could not run, 3 warnings only.\n"
    )
    for name, command in sorted(group.commands.items()):
        page += f"\n## leiomyo {name}\n\n{command.help}\n\n"
        rows = []
        for parameter in command.params:
            shown = (
                ", ".join(f"`{option}`" for option in parameter.opts)
                if parameter.param_type_name == "option"
                else f"`{parameter.name.upper()}`"
            )
            rows.append([shown, getattr(parameter, "help", None) or ""])
        page += table(["option", "meaning"], [row for row in rows if row[0] != "`--help`"])
    page += "\n## Settings\n\n" + table(
        ["variable", "default", "meaning"], [[f"`{s.name}`", f"`{s.default}`", s.meaning] for s in SETTINGS]
    )
    return page


def gdc_columns() -> str:
    """Which element of which BCR form fills which column."""
    file = DOCS.parent / "leiomyo" / "sources" / "gdc_columns.csv"
    with file.open(encoding="utf-8") as stream:
        rows = [
            [row["table"], f"`{row['name']}`", f"`{row['target']}`", row["convert"]] for row in csv.DictReader(stream)
        ]
    text = (
        "Columns are found by the second header row (the BCR's element name), else by the first. Targets that are no case table "
        "(`event`, `dose`, `size`, `metastasis`, …) are put together by `leiomyo/sources/gdc_forms.py`.\n\n"
    )
    return "# BCR elements that are read\n\n" + MADE + text + table(["table", "element", "goes to", "read as"], rows)


def omop_concepts() -> str:
    """The OMOP concepts that are known by id, and the names that are read where CONCEPT or the source gives them."""
    sources = DOCS.parent / "leiomyo" / "sources"
    with (sources / "omop_concepts.csv").open(encoding="utf-8") as stream:
        rows = [
            [
                f"`{row['concept_id']}`",
                row["vocabulary"],
                row["name"],
                row["part"],
                row["says"],
                row["source"],
                row["confidence"],
            ]
            for row in csv.DictReader(stream)
        ]
    with (sources / "omop_names.csv").open(encoding="utf-8") as stream:
        names = [
            [f"`{row['pattern']}`", row["part"], row["says"], row["source"], row["confidence"]]
            for row in csv.DictReader(stream)
        ]
    text = (
        "A `verified` id was seen in the source named. A `recalled` one, and a centre's own (2,000,000,000 and above), "
        "decides only where CONCEPT and the row's own words say the same or nothing.\n\n"
    )
    page = "# OMOP concepts that are read\n\n" + MADE + text
    page += table(["concept", "vocabulary", "name", "about", "says", "source", "confidence"], rows)
    return (
        page
        + "\n## By name\n\n"
        + table(["words (regular expression)", "about", "says", "source", "confidence"], names)
    )


def lines() -> str:
    """The rules of lines of therapy, what each reason says, and the regimens."""
    rules = default_rules()
    thresholds = [[f"`{name}`", str(value), rules.meanings[name]] for name, value in rules.thresholds.items()]
    sets = "; ".join(" or ".join(sorted(drugs)) for drugs in rules.substitution)
    reasons = [[f"`{row['name']}`", row["kind"], row["text"]] for row in line_reasons().values()]
    listed = [
        [
            f"`{row['regimen']}`",
            row["label"],
            row["drugs"] or f"any of: {row['any_of_class']}",
            row["source"],
            row["confidence"],
        ]
        for row in regimens()
    ]
    return (
        "# Lines of therapy\n\n"
        + MADE
        + "`leiomyo lines` gives every line with its reason, `--exposures` every drug exposure with its place, `--tables` who "
        "reached which line. Each exposure stands in exactly one of: line n, line 0 (peri-operative), supportive, other cancer, "
        "unplaced. Surgery and radiation are in the course and are no line; radiation beside a line is marked.\n\n"
        f"## Rules\n\nVersion `{rules.version}`. No numeric rule for sarcoma has been published: the values are conventions. "
        "`--rules FILE` overrides any of them (YAML, such as `restart_gap_days: 90`), and every result names the version it "
        "rests on.\n\n"
        + table(["rule", "days", "meaning"], thresholds)
        + f"\n`endocrine`: `{rules.endocrine}` – `line`: hormone therapy opens lines as other drugs do; `joins`: it never ends a "
        f"running line.\n\n`substitution`: {sets}. A change within a set, without progression and within the restart gap, "
        "stays in the line.\n\n"
        "A line ends when another drug starts, unless that drug joins it for one of the reasons below; when the disease grew in a "
        "pause; or when a pause was longer than the restart gap. Progression under a running drug breaks nothing. Drugs that start "
        "on one day are decided together. Where an operation is recorded without its day, what starts soon after the diagnosis "
        "and before any recurrence is line 0, its setting unknown. Once a line of advanced disease has begun, nothing is "
        "peri-operative any more: lines are numbered in order of time.\n\n"
        "From the start of a line, `--by regimen` goes by the drugs of its first days (the planned delay): a drug that joins "
        "later names the line in tables, but one has to live to receive it. Neo-adjuvant drugs, which only a later operation "
        "makes so, and lines that an early relapse makes are not followed from their start; who is left out is counted. That "
        "a patient was not operated within the windows is known only later too: it stands behind every line 1 whose setting "
        "is unknown.\n\n"
        "## Reasons\n\n"
        + table(["reason", "what it does", "as told"], reasons)
        + "\n## Regimens\n\nA set of drugs that is not listed is called by its drugs.\n\n"
        + table(["name", "regimen", "drugs", "source", "confidence"], listed)
    )


def check_page() -> str:
    """Every check with its reason, source, threshold and severity, and how to add one."""
    types = [
        [f"`{name}`", (function.__doc__ or "").split("\n\n")[0]] for name, function in {**JUDGING, **TALLYING}.items()
    ]
    page = (DOCS / "checks.in.md").read_text(encoding="utf-8")
    page = page.replace("{{types}}\n", MADE + table(["type", "what it says"], types)).replace(
        "{{count}}", str(len(checks()))
    )
    for category in CATEGORIES:
        own = [one for one in checks().values() if one.category == category]
        rows = [_check(one) for one in own]
        head = ["check", "severity", "fails on", "why", "expected", "what to do", "source"]
        page += f"\n## {category.capitalize()} ({len(own)})\n\n" + table(head, rows)
    return page


def _check(one: Check) -> list[str]:
    tolerated = f" More than {100 * one.threshold:g} % of rows." if one.threshold else ""
    everybody = " Of all patients, not only leiomyosarcoma." if one.who == "all" else ""
    source = f"{one.source} (recalled, not verified)" if one.confidence == "recalled" else one.source
    said = f"{one.says}{tolerated}{everybody}"
    return [f"`{one.check}`", one.severity, said, one.reason, one.expected, one.action, source]


def treatment_table() -> str:
    """The treatments that can be compared, for docs/comparisons.md."""
    rows = [
        [f"`{one.name}`", one.label, one.index, str(one.window_days), one.known_from] for one in treatments().values()
    ]
    return table(["name", "treatment", "from", "window, days", "known from"], rows)


def comparisons() -> str:
    """The prose of comparisons.in.md with the treatments that there are."""
    return (
        (DOCS / "comparisons.in.md").read_text(encoding="utf-8").replace("{{treatments}}\n", MADE + treatment_table())
    )


def finding() -> str:
    """The prose of finding.in.md with the tables, the places and the criteria."""
    rows = [
        [f"`{one.name}`", one.certainty, one.reason, " ".join(sorted(one.vocabularies)),
         one.pattern and f"`{one.pattern}`", one.sites and f"`{one.sites}`", one.source, one.confidence]
        for one in criteria().values()
    ]  # fmt: skip
    head = ["criterion", "certainty", "what", "vocabularies", "codes or pattern", "sites", "source", "confidence"]
    looked = [[f"`{one.table}`", one.meaning, ", ".join(f"`{name}`" for name in (*one.concepts, *one.texts))]
              for one in places()]  # fmt: skip
    page = (DOCS / "finding.in.md").read_text(encoding="utf-8")
    return (
        page.replace("{{tables}}", ", ".join(f"`{row['table']}`" for row in cdm_tables()))
        .replace("{{places}}\n", "Where the scan looks:\n\n" + table(["table", "what", "columns"], looked))
        .replace("{{criteria}}\n\n", MADE + table(head, rows))
    )


PAGES = {
    "data-dictionary.md": data_dictionary, "problem-codes.md": problem_codes, "endpoints.md": endpoints,
    "covariates.md": covariate_page, "command-line.md": command_line, "gdc-columns.md": gdc_columns,
    "omop-concepts.md": omop_concepts,
    "lines.md": lines, "comparisons.md": comparisons, "checks.md": check_page,
    "finding.md": finding, "simulation.md": lambda: simulation(DOCS, table),
}  # fmt: skip


def main() -> int:
    """Write the pages, or say which differ."""
    stale = []
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    print(
        "\n".join(f"{'out of date' if '--check' in sys.argv else 'written'}: {name}" for name in stale) or "up to date"
    )
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
