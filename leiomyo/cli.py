"""The command line: wiring between what is asked and the registry. No statistic, no SQL, no code list in here."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from leiomyo import terminal
from leiomyo.config import VERSION, registry_path
from leiomyo.errors import InputError, LeiomyoError, Problem, catalogue, exit_code
from leiomyo.options import (
    ByOption,
    CentreOption,
    EndpointArgument,
    FormatOption,
    IndexOption,
    JsonOption,
    LineOption,
    MilestoneOption,
    QuietOption,
    RegistryOption,
    RulesOption,
    Sources,
    TableOption,
    UnitOption,
    WhereOption,
)

app = typer.Typer(
    name="leiomyo", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="From a centre's own records to leiomyosarcoma outcomes that can be trusted, compared and pooled. "
    "For research and for informing clinicians; never a recommendation for a patient.",
    epilog="Exit codes: 0 clean, 1 errors in the data, 2 could not run, 3 warnings only.",
)  # fmt: skip


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    if version:
        typer.echo(f"leiomyo {VERSION}")
        raise typer.Exit


@app.command()
def report(
    sources: Sources,
    out: Annotated[Path, typer.Option("--out", help="Folder for report.html, results.json, problems.csv and tables/.")],
    centre: CentreOption = None,
    format: FormatOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read, reconcile and describe the sources: the main job. The registry file is not touched."""
    from leiomyo.registry import Registry

    names = _names(sources)
    fresh = _writable(out)
    with Registry() as registry, terminal.progress(sources, quiet=quiet or as_json) as bar:
        results = [
            registry.ingest(path, name=name, centre=centre, format=format, whole=False, advance=bar.advance)
            for path, name in zip(sources, names, strict=True)
        ]
        problems = [problem for result in results for problem in result.problems]
        for result in results:
            if result.status == "refused":
                registry.note(result.source, result.problems)
        if all(result.status == "refused" for result in results):
            if fresh:
                out.rmdir()
            _tell_problems(problems, as_json=as_json, quiet=False)
            raise typer.Exit(2)
        bar.stage("Drawing the report")
        page = registry.report(out, command=shlex.join(["leiomyo", *sys.argv[1:]]))
    if as_json:
        typer.echo((out / "results.json").read_text(encoding="utf-8"))
    else:
        _tell_problems(problems, as_json=False, quiet=quiet)
        typer.echo(f"{page}")
    raise typer.Exit(exit_code({problem.severity for problem in problems}))


@app.command()
def ingest(
    sources: Sources,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the source [default: the file's or folder's name].")
    ] = None,
    centre: CentreOption = None,
    format: FormatOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and reconcile, and leave the registry as it was.")
    ] = False,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read sources into the registry, each all or nothing; an export under a known name replaces the earlier one."""
    from leiomyo.registry import Registry

    if name and len(sources) > 1:
        raise InputError("LM-A008", "--name goes with one source.")
    names = _names(sources)
    if names != [source.resolve().name for source in sources]:
        raise InputError("LM-A008", "Two sources have the same name; ingest them one by one, each with its --name.")
    path = registry_path(registry)
    existed = path.exists()
    with Registry(path) as held, terminal.progress(sources, quiet=quiet or as_json) as bar:
        results = [
            held.ingest(
                source, name=name or default, centre=centre, format=format, dry_run=dry_run, advance=bar.advance
            )
            for source, default in zip(sources, names, strict=True)
        ]
    refused = all(result.status == "refused" for result in results)
    if (refused or dry_run) and not existed:
        path.unlink(missing_ok=True)
    problems = [problem for result in results for problem in result.problems]
    if as_json:
        _json({"sources": [terminal.ingest_as_dict(result) for result in results]})
    else:
        _tell_problems(problems, as_json=False, quiet=quiet)
        for result in results:
            typer.echo(terminal.ingest_line(result))
    nothing = refused and any(problem.code in {"LM-F010", "LM-F012"} for problem in problems)
    raise typer.Exit(2 if nothing else exit_code({problem.severity for problem in problems}))


@app.command()
def conflicts(
    repeated: Annotated[bool, typer.Option("--all", help="Also rows that only repeat a fact.")] = False,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """The ledger: which statements disagreed, which was kept, and by which rule."""
    with _open(registry) as held:
        entries = held.conflicts(repeated=repeated)
    if as_json:
        _json(entries)
    else:
        terminal.show_conflicts(entries, everything=repeated)


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
        with _open(registry, rules) as held:
            result = held.survival(_endpoint(endpoint), by=by, index=index, line=line, where=where,
                                   milestones=_days(milestones), unknown_in_test=unknown_in_test)  # fmt: skip
    if as_json:
        _json(result.to_dict())
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
        with _open(registry, rules) as held:
            result = held.incidence(
                _endpoint(endpoint), by=by, index=index, line=line, where=where, milestones=_days(milestones)
            )
    if as_json:
        _json(result.to_dict())
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
        with _open(registry, rules) as held:
            result = held.cox(_endpoint(endpoint), on=chosen, strata=apart, ties=ties, allow_sparse=allow_sparse,
                              index=index, line=line, where=where)  # fmt: skip
    if as_json:
        _json(result.to_dict())
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
    with _open(registry, rules) as held:
        result = held.compare(treatment, endpoint=endpoint, adjust=adjusters, design=design, index=index, where=where,
                              day=day, naive=naive, bootstrap=bootstrap, seed=seed)  # fmt: skip
    if as_json:
        _json(result.to_dict())
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
    with _open(registry, rules) as held:
        result = held.lines()
    told = result.to_dict()
    if as_json:
        _json(told["tables"] | {"rules": told["rules"]} if tables else told["exposures" if exposures else "lines"])
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

    with _open(registry, rules) as held:
        found = held.course(patient)
    if out:
        from leiomyo.views.patient import patient_page

        _write(out, patient_page(found))
    if as_json:
        _json(course_as_dict(found))
    elif out:
        typer.echo(f"{out}")
    else:
        terminal.show_rows(events(found), title=f"{found.centre} {found.patient}, days from diagnosis")
        terminal.show_rows(lines_of([found], held.rules).table_rows(), title="Lines of therapy")


@app.command()
def explain(
    code: Annotated[str | None, typer.Argument(help="A code such as LM-D001; without one, all of them.")] = None,
    as_json: JsonOption = False,
) -> None:
    """What a problem code means and what to do about it."""
    known = catalogue()
    if code is not None and code.upper() not in known:
        raise InputError("LM-A006", f"There is no {code!r}.")
    wanted = [known[code.upper()]] if code else list(known.values())
    if as_json:
        _json(
            [
                {key: getattr(kind, key) for key in ("code", "severity", "title", "expected", "action")}
                for kind in wanted
            ]
        )
    else:
        for kind in wanted:
            typer.echo(
                f"{kind.code}  {kind.severity}: {kind.title}\n"
                f"         Expected {kind.expected}.\n         {kind.action}"
            )


def _open(registry: Path | None, rules: Path | None = None) -> Any:
    from leiomyo.course.line_rules import read_rules
    from leiomyo.registry import Registry

    return Registry(registry_path(registry), create=False, rules=read_rules(rules) if rules else None)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LeiomyoError("LM-S004", f"{error.strerror}.", file=str(path)) from error


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


def _writable(folder: Path) -> bool:
    """Make the folder before the work is done in vain; whether it is new."""
    try:
        fresh = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".leiomyo").touch()
        (folder / ".leiomyo").unlink()
    except OSError as error:
        raise LeiomyoError("LM-S004", f"{error.strerror}.", file=str(folder)) from error
    return fresh


def _names(sources: Sequence[Path]) -> list[str]:
    """A name for each source: its last part, or as much of its path as tells two apart."""
    resolved = [path.resolve() for path in sources]
    names = [path.name for path in resolved]
    return [
        name if names.count(name) == 1 else "/".join(path.parts[-2:])
        for path, name in zip(resolved, names, strict=True)
    ]


def _days(text: str) -> list[int]:
    try:
        days = [int(part) for part in text.split(",")]
    except ValueError:
        days = [-1]
    if min(days) < 0:
        raise InputError("LM-A008", f"--milestones {text!r} are not whole days separated by commas.")
    return days


def _json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _tell_problems(problems: Sequence[Problem], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        _json({"problems": [terminal.problem_as_dict(problem) for problem in problems]})
    elif problems and not quiet:
        terminal.show_problems(problems)


def _failed(code: str, message: str) -> None:
    """One JSON document for who asked for one, and the exit code of what could not run."""
    if "--json" in sys.argv:
        _json({"error": {"code": code, "message": message}})
    sys.exit(2)


def main() -> None:
    """Run the command line; every failure is one clear message and an exit code."""
    try:
        app()
    except SystemExit as stop:
        # Typer has told a usage error on standard error and leaves it as the cause
        told = getattr(stop.__context__, "format_message", None)
        if told is None:
            raise
        _failed("LM-A008", told() or "Name a command.")
    except LeiomyoError as error:
        typer.echo(str(error), err=True)
        _failed(error.code, str(error))
    except (KeyboardInterrupt, RuntimeError) as error:
        # the database engine turns an interrupt inside a query into a RuntimeError
        if isinstance(error, RuntimeError) and "interrupted" not in str(error).lower():
            raise
        typer.echo("Interrupted; the registry is as it was.", err=True)
        sys.exit(130)
