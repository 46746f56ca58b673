"""Commands that keep the records: read them, report on them, say what is wrong with them."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from leiomyo import terminal
from leiomyo.commands.app import app, open_registry, show_json
from leiomyo.commands.checks import check_as_dict, show_check
from leiomyo.commands.options import (
    CentreOption,
    FormatOption,
    JsonOption,
    MappingOption,
    QuietOption,
    RegistryOption,
    Sources,
)
from leiomyo.config import registry_path
from leiomyo.errors import InputError, LeiomyoError, Problem, catalogue, exit_code, shown


@app.command()
def report(
    sources: Sources,
    out: Annotated[Path, typer.Option("--out", help="Folder for report.html, results.json, problems.csv and tables/.")],
    centre: CentreOption = None,
    format: FormatOption = None,
    mapping: MappingOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read, reconcile and describe the sources: the main job. The registry file is not touched."""
    from leiomyo.registry import Registry

    names, centres = _names(sources), _centres(centre, sources)
    fresh = _writable(out)
    with Registry() as registry, terminal.progress(sources, quiet=quiet or as_json) as bar:
        results = [
            registry.ingest(
                path, name=name, centre=of, format=format, mapping=mapping, whole=False, advance=bar.advance
            )
            for path, name, of in zip(sources, names, centres, strict=True)
        ]  # fmt: skip
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
        page = registry.report(out, command=shown(shlex.join(["leiomyo", *sys.argv[1:]])))
    if as_json:
        typer.echo((out / "results.json").read_text(encoding="utf-8"))
    else:
        _tell_problems(problems, as_json=False, quiet=quiet)
        terminal.say(f"{page}")
    raise typer.Exit(exit_code({problem.severity for problem in problems}))


@app.command()
def ingest(
    sources: Sources,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the source [default: the file's or folder's name].")
    ] = None,
    centre: CentreOption = None,
    format: FormatOption = None,
    mapping: MappingOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and reconcile, and leave the registry as it was.")
    ] = False,
    validate: Annotated[
        bool, typer.Option("--validate", help="Hold every FHIR resource against the models of fhir.resources; slow.")
    ] = False,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read sources into the registry, each all or nothing; an export under a known name replaces the earlier one."""
    from leiomyo.registry import Registry
    from leiomyo.store.store import remove

    if name and len(sources) > 1:
        raise InputError("LM-A008", "--name goes with one source.")
    names, centres = _names(sources), _centres(centre, sources)
    if names != [Path(os.path.realpath(source)).name for source in sources]:
        raise InputError("LM-A008", "Two sources have the same name; ingest them one by one, each with its --name.")
    path = registry_path(registry)
    existed = path.exists()
    with Registry(path) as held, terminal.progress(sources, quiet=quiet or as_json) as bar:
        results = [
            held.ingest(
                source,
                name=name or default,
                centre=of,
                format=format,
                mapping=mapping,
                dry_run=dry_run,
                validate=validate,
                advance=bar.advance,
            )
            for source, default, of in zip(sources, names, centres, strict=True)
        ]
    refused = all(result.status == "refused" for result in results)
    if (refused or dry_run) and not existed:
        remove(path)
    problems = [problem for result in results for problem in result.problems]
    if as_json:
        show_json({"sources": [terminal.ingest_as_dict(result) for result in results]})
    else:
        _tell_problems(problems, as_json=False, quiet=quiet)
        for result in results:
            terminal.say(terminal.ingest_line(result))
    nothing = refused and any(problem.code in {"LM-F010", "LM-F012"} for problem in problems)
    raise typer.Exit(2 if nothing else exit_code({problem.severity for problem in problems}))


@app.command()
def conflicts(
    repeated: Annotated[bool, typer.Option("--all", help="Also rows that only repeat a fact.")] = False,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """The ledger: which statements disagreed, which was kept, and by which rule."""
    with open_registry(registry) as held:
        entries = held.conflicts(repeated=repeated)
    if as_json:
        show_json(entries)
    else:
        terminal.show_conflicts(entries, everything=repeated)


@app.command()
def explain(
    code: Annotated[
        str | None, typer.Argument(help="A code such as LM-D001 or a check such as drug_after_death; without one, all.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What a problem code or a check means and what to do about it."""
    from leiomyo.checks.check import checks

    known, tested = catalogue(), checks()
    if code is not None and code.upper() not in known and code.lower() not in tested:
        raise InputError("LM-A006", f"There is no {code!r}.")
    kinds = [kind for kind in known.values() if code is None or kind.code == code.upper()]
    asked = [one for one in tested.values() if code is None or one.check == code.lower()]
    if as_json:
        codes = [{key: getattr(kind, key) for key in ("code", "severity", "title", "expected", "action")}
                 for kind in kinds]  # fmt: skip
        show_json(codes + [check_as_dict(one) for one in asked])
    else:
        for kind in kinds:
            typer.echo(
                f"{kind.code}  {kind.severity}: {kind.title}\n"
                f"         Expected {kind.expected}.\n         {kind.action}"
            )
        for one in asked:
            show_check(one)


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
    # not Path.resolve: it fails on links that lead in a circle, which the reading tells better
    resolved = [Path(os.path.realpath(path)) for path in sources]
    names = [path.name for path in resolved]
    return [
        name if names.count(name) == 1 else "/".join(path.parts[-2:])
        for path, name in zip(resolved, names, strict=True)
    ]


def _centres(given: Sequence[str] | None, sources: Sequence[Path]) -> list[str | None]:
    """The centre of each source: none, the one that is named for all, or those that are named for each."""
    if given and len(given) not in {1, len(sources)}:
        told = f"{len(given)} centres for {len(sources)} sources: name one for all, or one for each."
        raise InputError("LM-A008", told)
    if given and not all(name.strip() for name in given):
        raise InputError("LM-A008", "A centre has a name.")
    if not given:
        return [None] * len(sources)
    return [*given] if len(given) == len(sources) else [given[0]] * len(sources)


def _tell_problems(problems: Sequence[Problem], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        show_json({"problems": [terminal.problem_as_dict(problem) for problem in problems]})
    elif problems and not quiet:
        terminal.show_problems(problems)
