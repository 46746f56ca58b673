"""The command that says what is wrong with the data: `leiomyo check`."""

from __future__ import annotations

from typing import Annotated

import typer

from leiomyo import terminal
from leiomyo.commands.app import app, open_registry, show_json
from leiomyo.commands.options import JsonOption, RegistryOption
from leiomyo.errors import exit_code


@app.command()
def check(
    everything: Annotated[
        bool, typer.Option("--all", help="Also checks that passed, did not apply or could not run.")
    ] = False,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is wrong with the data: each failing check, its rows, and what it does to overall survival."""
    with open_registry(registry) as held:
        found = held.check()
    if as_json:
        show_json(found.rows(everything=everything))
    else:
        terminal.show_checks(found, everything=everything)
    raise typer.Exit(exit_code(found.severities))
