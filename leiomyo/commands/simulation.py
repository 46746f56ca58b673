"""Commands about cohorts whose truth is known: draw and write one, and score what is found in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from leiomyo import terminal
from leiomyo.commands.app import app, show_json
from leiomyo.commands.options import JsonOption, QuietOption
from leiomyo.errors import InputError, LeiomyoError


@app.command()
def simulate(
    out: Annotated[
        Path | None, typer.Option("--out", help="A new or empty folder to write into.", show_default=False)
    ] = None,
    patients: Annotated[int, typer.Option("--patients", help="How many persons to draw.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same files.")] = 1,
    format: Annotated[
        str, typer.Option("--format", help="Formats separated by commas; centres take them in turn.")
    ] = "csv",
    noise: Annotated[str, typer.Option("--noise", help="What records get wrong: clean, default or heavy.")] = "default",
    centres: Annotated[int, typer.Option("--centres", help="How many centres, each smaller than the one before.")] = 3,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Write nothing; show the disease model beside published figures.")
    ] = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw patients whose truth is known and write them as centres would record them; they are nobody's data."""
    if calibration:
        _show_calibration(as_json=as_json)
        return
    if out is None:
        raise InputError("LM-A008", "Name a folder with --out.")
    from leiomyo.commands.simulated import write_simulation

    try:
        told = write_simulation(out, patients=patients, seed=seed, formats=format.split(","), noise=noise, n=centres)
    except OSError as error:
        raise LeiomyoError("LM-S004", f"{error.strerror}.", file=str(out)) from error
    if as_json:
        show_json(told)
    elif not quiet:
        for centre, one in told["centres"].items():
            typer.echo(f"{out}/exports/{centre}-{one['format']}: {one['patients']} patients")
        typer.echo(f"{out}/truth: what is true of them; `leiomyo score {out}` holds what is found against it.")


def _show_calibration(*, as_json: bool) -> None:
    from leiomyo.simulate.calibration import compared

    rows = [{
        "figure": one.target.says, "published": f"{one.target.value:g} {one.target.unit}",
        "limits": f"{one.target.limits[0]:.1f} to {one.target.limits[1]:.1f}",
        "simulated": "–" if one.simulated is None else f"{one.simulated:.1f}",
        "within": "yes" if one.within else "no", "half": one.target.half, "source": one.target.source,
    } for one in compared()]  # fmt: skip
    if as_json:
        show_json(rows)
    else:
        terminal.show_rows(rows, title="the disease model beside published figures")


@app.command()
def score(
    folder: Annotated[Path, typer.Argument(help="The folder that `leiomyo simulate` wrote.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """How much of a simulated cohort's truth is found: cases, sites, margins, lines, endpoints, errors, duplicates."""
    from leiomyo.commands.simulated import score_simulation

    found = score_simulation(folder)
    if as_json:
        show_json(found)
        return
    terminal.show_rows([_line(item) for item in found["items"]], title=f"noise: {found['noise']}")
    for item in found["items"]:
        for told in _remarks(item):
            typer.echo(f"  {item['item']}: {told}")


def _line(item: dict[str, Any]) -> dict[str, str]:
    shares = {name: "–" if item[name] is None else f"{100 * item[name]:.2f} %"
              for name in ("precision", "recall", "agreement")}  # fmt: skip
    excluded = f"{item['excluded']}{' (too many)' if item['capped'] else ''}"
    off = item.get("days_off_mean")
    return {"item": item["item"], "n": str(item["n"]), "excluded": excluded, **shares,
            "days off": "" if off is None else f"{off:.2f}",
            "false alarms": str(item.get("false_alarms", ""))}  # fmt: skip


def _remarks(item: dict[str, Any]) -> list[str]:
    """What a line of the table leaves out."""
    told = []
    if item["excluded_by"]:
        told.append("excluded " + ", ".join(f"{n} {why}" for why, n in item["excluded_by"].items()))
    if item.get("false_alarm_checks"):
        told.append("false alarms " + ", ".join(f"{n} {check}" for check, n in item["false_alarm_checks"].items()))
    if item.get("missed"):
        told.append("not found " + ", ".join(f"{n} {kind}" for kind, n in item["missed"].items()))
    return told + ([item["why"]] if item.get("why") else [])
