"""The command that looks for patients in an OMOP database, `leiomyo find`, and how what it found looks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leiomyo import terminal
from leiomyo.commands.app import app, show_json
from leiomyo.commands.options import JsonOption
from leiomyo.errors import exit_code

if TYPE_CHECKING:
    from leiomyo.finding import Found, FoundPerson

#: So many persons of each kind are listed; --json and found.csv hold all.
_LISTED = 20


@app.command()
def find(
    omop: Annotated[
        str,
        typer.Option(
            "--omop",
            help="The OMOP database: a URL such as duckdb:///FILE or postgres://USER@HOST/DATABASE, "
            "or a folder of Parquet or CSV files; see docs/finding.md.",
            show_default=False,
        ),
    ],
    schema: Annotated[str | None, typer.Option("--schema", help="Schema of the CDM's tables.")] = None,
    vocabulary: Annotated[
        str | None, typer.Option("--vocabulary", help="Schema of the concept table, where it is another.")
    ] = None,
    sure_only: Annotated[
        bool, typer.Option("--sure-only", help="Leave out the persons whom somebody would have to look at.")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="A criterion of docs/finding.md not to count; repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new or empty folder to bring the persons' rows home to.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="Format of the files in --out: parquet or csv.")] = "parquet",
    as_json: JsonOption = False,
) -> None:
    """Who in an OMOP database has, or may have, a leiomyosarcoma, and why; with --out their rows are brought home."""
    from leiomyo.finding import find as scan

    found = scan(omop, schema=schema, vocabulary=vocabulary, sure_only=sure_only, without=without or (), out=out,
                 format=format)  # fmt: skip
    if as_json:
        show_json(found.to_dict())
    else:
        _show(found, out)
    raise typer.Exit(exit_code({problem.severity for problem in found.problems}))


def _show(found: Found, out: Path | None) -> None:
    """Counts by reason, then the persons: the sure ones, and apart from them the possible ones."""
    for problem in found.problems:
        terminal.say(str(problem), err=True)
    counts = f"{len(found.sure())} sure, {len(found.possible())} possible"
    title = f"{counts} of {found.looked_at} persons in {found.database}"
    terminal.show_rows(found.reasons(), title=title, notes=found.notes())
    for name, people in (("Sure", found.sure()), ("Possible", found.possible())):
        if people:
            terminal.show_rows([_line(one) for one in people[:_LISTED]], title=f"\n{name}: {len(people)}")
        if len(people) > _LISTED:
            terminal.say(f"… and {len(people) - _LISTED} more: --json lists all, --out DIR writes found.csv.")
    if out is not None:
        told = ", ".join(f"{table} {n}" for table, n in found.home if n)
        terminal.say(f"\nBrought home to {out}: {told or 'nothing'} rows.")


def _line(one: FoundPerson) -> dict[str, object]:
    return {
        "person_id": one.person_id, "rows": one.rows, "first": one.first, "last": one.last,
        "reasons": ", ".join(reason.criterion for reason in one.reasons),
    }  # fmt: skip
