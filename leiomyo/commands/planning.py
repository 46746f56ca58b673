"""The command that plans a trial, `leiomyo plan`, and how the plan looks in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leiomyo import terminal
from leiomyo.commands.app import app, open_registry, show_json, write_text
from leiomyo.commands.options import (
    IndexOption,
    JsonOption,
    LineOption,
    RegistryOption,
    RulesOption,
    WhereOption,
)
from leiomyo.config import registry_path
from leiomyo.errors import InputError

if TYPE_CHECKING:
    from leiomyo.outcomes.planning import Plan
    from leiomyo.outcomes.planning_design import Design

_SUFFIXES = (".html", ".svg")
_DRIFT = "0.9,1.1"


@app.command()
def plan(
    hazard_ratio: Annotated[
        float,
        typer.Option("--hazard-ratio", help="The effect to detect, treated to control; below 1.", show_default=False),
    ],
    accrual: Annotated[float | None, typer.Option("--accrual", help="Patients a year, evenly.")] = None,
    patients: Annotated[
        int | None, typer.Option("--patients", help="Patients in all [default: as many as the power needs].")
    ] = None,
    accrual_months: Annotated[
        float | None, typer.Option("--accrual-months", help="Months of accrual, instead of --patients.")
    ] = None,
    follow_up: Annotated[
        float, typer.Option("--follow-up", help="Months from the last patient's entry to the analysis.")
    ] = 12.0,
    drop_out: Annotated[float, typer.Option("--drop-out", help="Share lost per year, such as 0.05.")] = 0.0,
    arms: Annotated[int, typer.Option("--arms", help="2, or 1: a single arm against a curve.")] = 2,
    allocation: Annotated[str | None, typer.Option("--allocation", help="Treated to control, such as 2:1.")] = None,
    alpha: Annotated[float, typer.Option("--alpha", help="Level of the test.")] = 0.05,
    sides: Annotated[int, typer.Option("--sides", help="2, or 1 for a one-sided test.")] = 2,
    power: Annotated[float, typer.Option("--power", help="Power wanted.")] = 0.8,
    control_median: Annotated[
        float | None, typer.Option("--control-median", help="The control's median in months; no registry is opened.")
    ] = None,
    control_survival: Annotated[
        str | None,
        typer.Option(
            "--control-survival", help="The control's survival at a month, such as 0.45@24; no registry is opened."
        ),
    ] = None,
    endpoint: Annotated[
        str, typer.Option("--endpoint", help="The endpoint, such as os, pfs or rfs; see docs/endpoints.md.")
    ] = "os",
    index: IndexOption = None,
    line: LineOption = None,
    where: WhereOption = None,
    discount: Annotated[
        float,
        typer.Option("--discount", help="How much less than a whole patient a registry patient counts, 0 to below 1."),
    ] = 0.0,
    drift: Annotated[
        str,
        typer.Option(
            "--drift", help="Hazard ratios of registry to trial patients treated alike to reckon with: low,high."
        ),
    ] = _DRIFT,
    landmark: Annotated[
        float | None,
        typer.Option("--landmark", help="For one arm: also a trial of survival at this month, by exact binomial."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to draw the plan to: .html, a page with its tables, or .svg.")
    ] = None,
    rules: RulesOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Events, patients and power of a planned trial, by month and size, with and without the registry as control."""
    if out and out.suffix.lower() not in _SUFFIXES:
        raise InputError(
            "LM-A008", f"--out writes {' or '.join(_SUFFIXES)}, not {out.suffix or 'a file without a suffix'!r}."
        )
    from leiomyo.course.endpoints import get_endpoint
    from leiomyo.outcomes.planning_design import Design

    design = Design(
        hazard_ratio=hazard_ratio, accrual_per_year=accrual, patients=patients, accrual_months=accrual_months,
        follow_up_months=follow_up, drop_out_per_year=drop_out, arms=arms, allocation=_allocation(allocation, arms),
        alpha=alpha, sides=sides, power=power, discount=discount, drift=_pair(drift, ",", "--drift"),
        landmark_months=landmark,
    )  # fmt: skip
    get_endpoint(endpoint)
    if control_median is None and control_survival is None:
        _there(registry)
        with open_registry(registry, rules) as held:
            found = held.plan(design, endpoint=endpoint, where=where, index=index, line=line)
    else:
        _only_numbers(index, line, where, rules, registry, discount or None, None if drift == _DRIFT else drift)
        found = _given(design, endpoint, control_median, control_survival)
    if out:
        _draw(found, out)
    if as_json:
        show_json(found.to_dict())
    else:
        show_plan(found.to_dict())
        terminal.say(f"Written: {out}" if out else "--out FILE.html draws power and events by month.")


def _given(design: Design, endpoint: str, median: float | None, survival: str | None) -> Plan:
    """The plan against a control whose survival is given in one number."""
    from leiomyo.course.endpoints import get_endpoint
    from leiomyo.outcomes.planning import plan as make
    from leiomyo.outcomes.planning_design import hazard_given

    rule = get_endpoint(endpoint)
    at = None if survival is None else _pair(survival, "@", "--control-survival")
    about = {"endpoint": rule.name, "label": rule.label, "definition": rule.definition}
    return make(design, hazard_given(median=median, survival=at), about=about)


def _draw(found: Plan, out: Path) -> None:
    from leiomyo.views import plan as view

    page = view.plan_page if out.suffix.lower() == ".html" else view.plan_svg
    write_text(out, page(found.to_dict()))


def _only_numbers(*others: Any) -> None:
    """A control in numbers asks nothing of a registry: what would is refused, not passed over."""
    if any(other is not None for other in others):
        asking = (
            "--index, --line, --where, --rules, --registry, --discount and --drift are of a control from the registry"
        )
        raise InputError("LM-A023", f"{asking}; --control-median and --control-survival give another.")


def _there(registry: Path | None) -> None:
    """Without a registry there is no control: said with both ways to give one."""
    path = registry_path(registry)
    if not path.exists():
        raise InputError("LM-A023", f"There is no registry {path.name!r} here.")


def _allocation(text: str | None, arms: int) -> tuple[float, float]:
    if text is None:
        return (1.0, 1.0)
    if arms == 1:
        raise InputError("LM-A021", "--allocation goes with two arms.")
    return _pair(text, ":", "--allocation")


def _pair(text: str, sign: str, option: str) -> tuple[float, float]:
    """Two numbers with a sign between them."""
    try:
        first, second = (float(part) for part in text.split(sign))
    except ValueError:
        raise InputError("LM-A021", f"{option} takes two numbers with {sign!r} between them, not {text!r}.") from None
    return first, second


def show_plan(told: dict[str, Any]) -> None:
    """What was planned and what it reaches, power by size, what a drift does, and what it all rests on."""
    from leiomyo.views.plan import cautions, findings, heading

    terminal.say("\n".join(heading(told)))
    terminal.show_rows(findings(told), title="")
    terminal.show_rows(_rows(told["by_patients"]), title="\nBy number of patients, at this accrual and follow-up")
    if told["drift_rows"]:
        title = "\nIf registry patients did worse (above 1) or better (below 1) than the trial's, treated alike"
        terminal.show_rows(_rows(told["drift_rows"]), title=title)
    terminal.say("")
    for text in cautions(told):
        terminal.say(text)


def _rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name.replace("_", " "): _cell(name, value) for name, value in row.items()} for row in rows]


def _cell(name: str, value: Any) -> Any:
    from leiomyo.views.plan import percent

    shares = ("power", "false_claim", "type_1_error")
    return percent(value) if name.startswith(shares) else value
