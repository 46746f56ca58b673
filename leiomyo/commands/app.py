"""The command line's one application, and what every command does the same way."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from leiomyo.config import VERSION, registry_path
from leiomyo.errors import LeiomyoError

_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

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


def open_registry(registry: Path | None, rules: Path | None = None) -> Any:
    """The registry that a command speaks of; it has to be there."""
    from leiomyo.course.line_rules import read_rules
    from leiomyo.registry import Registry

    return Registry(registry_path(registry), create=False, rules=read_rules(rules) if rules else None)


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    # JSON's own escape, for the signs that JSON allows and a terminal would obey
    typer.echo(_OBEYED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text))


def write_text(path: Path, text: str) -> None:
    """A text file, whole or not at all, or one plain message why not."""
    # what is no ordinary file (a terminal, a pipe) cannot be replaced
    aside = path.with_name(f".{path.name}.part") if path.is_file() or not path.exists() else path
    try:
        aside.write_text(text, encoding="utf-8")
        if aside != path:
            aside.replace(path)
    except OSError as error:
        if aside != path:
            aside.unlink(missing_ok=True)
        raise LeiomyoError("LM-S004", f"{error.strerror}.", file=str(path)) from error
