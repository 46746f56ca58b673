"""The command that writes the registry in another system's format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leiomyo.commands.app import app, open_registry, show_json
from leiomyo.commands.options import JsonOption, RegistryOption
from leiomyo.errors import LeiomyoError


@app.command()
def export(
    format: Annotated[str, typer.Argument(help="The format: cbioportal, or redcap-dictionary.", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="The folder to write into.", show_default=False)],
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the leiomyosarcoma patients as another system reads them; rows of patients, so mind where they go.

    `redcap-dictionary` needs no registry and writes no patient: a REDCap data dictionary to begin capturing with.
    """
    from leiomyo.registry import Registry

    with Registry() if format == "redcap-dictionary" else open_registry(registry) as held:
        try:
            left = held.export(format, folder)
        except OSError as error:
            raise LeiomyoError("LM-S004", f"{error.strerror}.", file=str(folder)) from error
    if as_json:
        show_json({"folder": str(folder), "not_written": left})
    else:
        typer.echo(f"{folder}" + "".join(f"\nNot written: {n} {what}." for what, n in left.items()))
