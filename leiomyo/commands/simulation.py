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
    centres: Annotated[
        int | None,
        typer.Option("--centres", help="How many; default: 3, or one for each format.", show_default=False),
    ] = None,
    calibration: Annotated[
        bool,
        typer.Option("--calibration", help="Show the model beside published figures; --out FILE.svg draws it, too."),
    ] = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw patients whose truth is known and write them as centres would record them; they are nobody's data."""
    if calibration:
        _show_calibration(out, as_json=as_json)
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


def _show_calibration(picture: Path | None, *, as_json: bool) -> None:
    """The table, or one document; and the chart where a file is named for it."""
    from leiomyo.simulate.calibration import PERSONS, compared
    from leiomyo.views.calibration import calibration_figure, calibration_rows
    from leiomyo.views.charts import svg

    if picture is not None and picture.suffix != ".svg":
        raise InputError("LM-A008", "--calibration draws into a file: name one that ends with .svg.")
    held = compared()
    if picture is not None:
        picture.write_text(svg(calibration_figure(held).spec), encoding="utf-8")
    rows = calibration_rows(held)
    if as_json:
        show_json(rows)
        return
    shown = [{
        "figure": row["says"], "published": f"{row['published']:g} {row['unit']}",
        "limits": f"{row['low']} to {row['high']}", "simulated": "–" if row["simulated"] is None else row["simulated"],
        "within": "yes" if row["within"] else "no", "half": row["part"], "source": row["source"],
    } for row in rows]  # fmt: skip
    terminal.show_rows(shown, title=f"the disease model, {PERSONS:,} persons, beside published figures")


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
