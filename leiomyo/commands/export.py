"""The command that writes the registry in another system's format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leiomyo import terminal
from leiomyo.commands.app import app, open_registry, show_json
from leiomyo.commands.options import JsonOption, QuietOption, RegistryOption
from leiomyo.exports.writers import DICTIONARY, FORMATS

_FORMATS = f"The format: {', '.join(FORMATS)}, or {DICTIONARY}."


@app.command()
def export(
    format: Annotated[str, typer.Argument(help=_FORMATS, show_default=False)],
    folder: Annotated[Path, typer.Argument(help="The folder to write into, new or empty.", show_default=False)],
    registry: RegistryOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write the leiomyosarcoma patients as another system reads them; rows of patients, so mind where they go.

    Says what the format could not hold. `redcap-dictionary` needs no registry and writes no patient: a REDCap data
    dictionary to begin capturing with.
    """
    from leiomyo.registry import Registry

    with Registry() if format == DICTIONARY else open_registry(registry) as held:
        with terminal.working(f"Writing {format}", quiet=quiet or as_json):
            left = held.export(format, folder)
    if as_json:
        show_json({"folder": str(folder), "not_written": left})
    else:
        terminal.say(f"{folder}" + "".join(f"\nNot written: {n} {what}." for what, n in left.items()))
