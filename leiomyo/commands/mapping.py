"""The command that drafts how a sheet is to be read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from leiomyo.commands.app import app, show_json, write_text
from leiomyo.commands.options import JsonOption


@app.command("map")
def map_file(
    file: Annotated[Path, typer.Argument(help="A CSV, Excel or Parquet file.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the draft there, such as mapping.yaml beside the file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draft the mapping of a sheet: what its columns were taken for, what was not placed, what must be answered."""
    from leiomyo.sources.tabular_draft import draft
    from leiomyo.sources.tabular_write import to_yaml

    drafts = draft(file)
    text = to_yaml(drafts)
    if out:
        write_text(out, text)
    if as_json:
        show_json({"file": file.name, "mapping": text, "sheets": [_told(one) for one in drafts]})
    elif out:
        asked = text.count(": ASK")
        typer.echo(f"{out}: {sum(len(one.guesses) for one in drafts)} columns placed, "
                   f"{sum(len(one.unplaced) for one in drafts)} not; {asked} answers to give.")  # fmt: skip
    else:
        typer.echo(text, nl=False)


def _told(drafted: Any) -> dict[str, Any]:
    """One sheet's guesses as plain values."""
    return {
        "sheet": drafted.sheet, "patient": drafted.patient, "form": drafted.form, "questions": drafted.questions,
        "guesses": [{"header": guess.header, "table": guess.table, "column": guess.column, "score": guess.score,
                     "why": guess.why} for guess in drafted.guesses],
        "unplaced": drafted.unplaced,
    }  # fmt: skip
