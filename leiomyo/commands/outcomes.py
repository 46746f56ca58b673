"""Commands that ask for outcomes: survival, incidence, Cox regression, comparisons, lines and one patient's course."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from leiomyo import terminal
from leiomyo.commands.app import app, open_registry, show_json, write_text
from leiomyo.commands.options import (
    ByOption,
    EndpointArgument,
    IndexOption,
    JsonOption,
    LineOption,
    MilestoneOption,
    RegistryOption,
    RulesOption,
    TableOption,
    UnitOption,
    WhereOption,
)
from leiomyo.errors import InputError


@app.command()
def survival(
    endpoint: EndpointArgument = None,
    by: ByOption = None,
    index: IndexOption = None,
    line: LineOption = None,
    where: WhereOption = None,
    milestones: MilestoneOption = "365,730,1826",
    unknown_in_test: Annotated[
        bool, typer.Option("--unknown-in-test", help="Let the unknown group take part in the test.")
    ] = False,
    table: TableOption = None,
    unit: UnitOption = "day",
    rules: RulesOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Survival to an endpoint by Kaplan–Meier, with limits, number at risk and the log-rank test."""
    if table:
        _only_a_table(endpoint, index, line, where, rules)
        from leiomyo.outcomes.table_analysis import survival_of_table

        result = survival_of_table(
            table, by=by, milestones=_days(milestones), unit=unit, unknown_in_test=unknown_in_test
        )
    else:
        with open_registry(registry, rules) as held:
            result = held.survival(_endpoint(endpoint), by=by, index=index, line=line, where=where,
                                   milestones=_days(milestones), unknown_in_test=unknown_in_test)  # fmt: skip
    if as_json:
        show_json(result.to_dict())
    else:
        terminal.show_survival(result)


@app.command()
def incidence(
    endpoint: EndpointArgument = None,
    by: ByOption = None,
    index: IndexOption = None,
    line: LineOption = None,
    where: WhereOption = None,
    milestones: MilestoneOption = "365,730,1826",
    table: TableOption = None,
    unit: UnitOption = "day",
    rules: RulesOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cumulative incidence of each event of an endpoint, the others competing, with Gray's test."""
    if table:
        _only_a_table(endpoint, index, line, where, rules)
        from leiomyo.outcomes.table_analysis import incidence_of_table

        result = incidence_of_table(table, by=by, milestones=_days(milestones), unit=unit)
    else:
        with open_registry(registry, rules) as held:
            result = held.incidence(
                _endpoint(endpoint), by=by, index=index, line=line, where=where, milestones=_days(milestones)
            )
    if as_json:
        show_json(result.to_dict())
    else:
        terminal.show_table(result)


@app.command()
def cox(
    endpoint: EndpointArgument = None,
    on: Annotated[str, typer.Option("--on", help="Covariates, separated by commas.")] = "",
    strata: Annotated[str, typer.Option("--strata", help="Covariates that get a baseline of their own.")] = "",
    ties: Annotated[str, typer.Option("--ties", help="efron or breslow.")] = "efron",
    allow_sparse: Annotated[
        bool, typer.Option("--allow-sparse", help="Fit levels with fewer than five events too; for statisticians.")
    ] = False,
    index: IndexOption = None,
    line: LineOption = None,
    where: WhereOption = None,
    table: TableOption = None,
    unit: UnitOption = "day",
    rules: RulesOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cox regression on categorical covariates; what the data cannot hold is refused by name."""
    chosen, apart = ([name.strip() for name in text.split(",") if name.strip()] for text in (on, strata))
    if table:
        _only_a_table(endpoint, index, line, where, rules)
        from leiomyo.outcomes.table_analysis import cox_of_table

        result = cox_of_table(table, on=chosen, strata=apart, ties=ties, allow_sparse=allow_sparse, unit=unit)
    else:
        with open_registry(registry, rules) as held:
            result = held.cox(_endpoint(endpoint), on=chosen, strata=apart, ties=ties, allow_sparse=allow_sparse,
                              index=index, line=line, where=where)  # fmt: skip
    if as_json:
        show_json(result.to_dict())
    else:
        terminal.show_table(result)


@app.command()
def compare(
    treatment: Annotated[str, typer.Argument(help="A treatment, such as adjuvant-radiation; see docs/comparisons.md.")],
    endpoint: Annotated[str, typer.Option("--endpoint", help="An endpoint, such as os or rfs.")] = "os",
    index: IndexOption = None,
    where: WhereOption = None,
    design: Annotated[str | None, typer.Option("--design", help="landmark, time-varying or clone.")] = None,
    adjust: Annotated[str, typer.Option("--adjust", help="Covariates that decided who was treated, by commas.")] = "",
    day: Annotated[int | None, typer.Option("--day", help="Landmark, or end of the grace period, in days.")] = None,
    naive: Annotated[bool, typer.Option("--naive", help="Also the naive contrast, labelled as biased.")] = False,
    bootstrap: Annotated[int, typer.Option("--bootstrap", help="Replicates behind the limits of clone.")] = 500,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the replicates.")] = 1,
    rules: RulesOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether a treatment that begins after time zero helps, by a design that cannot credit it with survival."""
    adjusters = [name.strip() for name in adjust.split(",") if name.strip()]
    with open_registry(registry, rules) as held:
        result = held.compare(treatment, endpoint=endpoint, adjust=adjusters, design=design, index=index, where=where,
                              day=day, naive=naive, bootstrap=bootstrap, seed=seed)  # fmt: skip
    if as_json:
        show_json(result.to_dict())
    else:
        terminal.show_comparison(result.to_dict())


@app.command()
def lines(
    tables: Annotated[
        bool, typer.Option("--tables", help="How many reached each line, and with which regimen.")
    ] = False,
    exposures: Annotated[
        bool, typer.Option("--exposures", help="Every drug exposure with its place and reason.")
    ] = False,
    rules: RulesOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lines of therapy of every patient, each with the reason why it begins; line 0 is peri-operative."""
    if tables and exposures:
        raise InputError("LM-A008", "--tables and --exposures are two answers; ask for one.")
    with open_registry(registry, rules) as held:
        result = held.lines()
    told = result.to_dict()
    if as_json:
        show_json(told["tables"] | {"rules": told["rules"]} if tables else told["exposures" if exposures else "lines"])
    elif tables:
        terminal.show_line_tables(result)
    elif exposures:
        terminal.show_rows(result.exposures, title="Drug exposures", notes=result.notes())
    else:
        terminal.show_rows(result.table_rows(), title="Lines of therapy", notes=result.notes())


@app.command()
def course(
    patient: Annotated[str, typer.Argument(help="The patient as the source names it, or CENTRE/PATIENT.")],
    out: Annotated[Path | None, typer.Option("--out", help="HTML file to write the course to.")] = None,
    rules: RulesOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """One patient's course: everything that happened, in order, with the row that says so, and the lines of therapy."""
    from leiomyo.outcomes.lines import lines as lines_of
    from leiomyo.outcomes.told_courses import course_as_dict, events

    with open_registry(registry, rules) as held:
        found = held.course(patient)
    if out:
        from leiomyo.views.patient import patient_page

        write_text(out, patient_page(found))
    if as_json:
        show_json(course_as_dict(found))
    elif out:
        terminal.say(f"{out}")
    else:
        terminal.show_rows(events(found), title=f"{found.centre} {found.patient}, days from diagnosis")
        terminal.show_rows(lines_of([found], held.rules).table_rows(), title="Lines of therapy")


def _only_a_table(*others: Any) -> None:
    """A plain table has no course: what asks of one is refused, not passed over."""
    if any(other is not None for other in others):
        raise InputError(
            "LM-A008", "An endpoint, --index, --line, --where and --rules go with a registry, not with --table."
        )


def _endpoint(endpoint: str | None) -> str:
    if endpoint is None:
        raise InputError("LM-A008", "Name an endpoint, or a CSV file with --table.")
    return endpoint


def _days(text: str) -> list[int]:
    try:
        days = [int(part) for part in text.split(",")]
    except ValueError:
        days = [-1]
    if min(days) < 0:
        raise InputError("LM-A008", f"--milestones {text!r} are not whole days separated by commas.")
    return days
