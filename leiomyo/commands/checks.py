"""The command that says what is wrong with the data, `leiomyo check`, and how checks look in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leiomyo import terminal
from leiomyo.commands.app import app, open_registry, show_json
from leiomyo.commands.options import JsonOption, RegistryOption
from leiomyo.errors import exit_code

if TYPE_CHECKING:
    from leiomyo.checks.check import Check
    from leiomyo.outcomes.checked import Checked

_OF_A_CHECK = ("check", "category", "severity", "threshold", "says", "expected", "reason", "source", "confidence",
               "action")  # fmt: skip


@app.command()
def check(
    everything: Annotated[
        bool, typer.Option("--all", help="Also checks that passed, did not apply or could not run.")
    ] = False,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Also patients with other tumours, as if each were in the cohort.")
    ] = False,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is wrong with the data: each failing check, its rows, and what it does to overall survival."""
    with open_registry(registry) as held:
        found = held.check(everybody=everybody)
    if as_json:
        show_json(found.rows(everything=everything))
    else:
        _show(found, everything=everything)
    raise typer.Exit(exit_code(found.severities))


def check_as_dict(one: Check) -> dict[str, Any]:
    """What a check is, as plain values."""
    return {name: getattr(one, name) for name in _OF_A_CHECK}


def show_check(one: Check) -> None:
    """What a check looks at, why, on whose word, and what to do when it fails."""
    tolerated = f" Up to {100 * one.threshold:g} % are tolerated." if one.threshold else ""
    recalled = " (recalled, not verified)" if one.confidence == "recalled" else ""
    typer.echo(
        f"{one.check}  {one.severity}, {one.category}: {one.says}{tolerated}\n"
        f"         Why: {one.reason}\n         Source: {one.source}{recalled}.\n"
        f"         Expected {one.expected}. {one.action}"
    )


def _show(found: Checked, *, everything: bool) -> None:
    """The failing checks by severity, each with its rows and its effect on survival; then how the others came out."""
    entries = found.checks()
    for severity in ("error", "warning", "info"):
        failing = [entry for entry in entries if entry["outcome"] == "fail" and entry["severity"] == severity]
        if failing:
            terminal.show_rows([_line(entry) for entry in failing], title=f"{severity}: {len(failing)} failing")
        for entry in failing:
            _show_findings(entry)
    for entry in entries:
        if entry["outcome"] == "error" or (everything and entry["outcome"] != "fail"):
            told = f"{entry['outcome']}: {entry['check']} ({entry['failed']} of {entry['n']}) {entry['message']}"
            typer.echo(told.rstrip())
    counts = ", ".join(f"{n} {outcome}" for outcome, n in found.counts().items())
    typer.echo(f"{counts}. `leiomyo explain CHECK` says why and what to do; --json lists every row.")


def _line(entry: dict[str, Any]) -> dict[str, str]:
    return {
        "check": entry["check"], "rows": f"{entry['failed']} of {entry['n']}",
        "patients": str(entry["patients"] or "–"),
        "5-year survival with": _percent(entry["survival_with"]), "without": _percent(entry["survival_without"]),
        "what": entry["says"],
    }  # fmt: skip


def _show_findings(entry: dict[str, Any]) -> None:
    """The first rows of a failing check, as a data manager looks them up; where all fail, none is pointed out."""
    if entry["patients"] > len(entry["findings"]) and entry["failed"] == entry["n"]:
        return
    for one in entry["findings"]:
        who = "/".join(filter(None, (one["centre"], one["patient"]))) or one["column"]
        where = f" ({one['file']}:{one['row']})" if one["file"] else ""
        typer.echo(f"    {entry['check']}  {who}{where}: {one['found']}")
    if entry["more"]:
        typer.echo(f"    {entry['check']}  … and {entry['more']} more.")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
