"""The command line: wiring between what is asked and the registry. No statistic, no SQL, no code list in here."""

from __future__ import annotations

import gc
import os
import sys

import typer

from leiomyo.commands import checks, curation, export, finding, mapping, outcomes, persons, planning, simulation
from leiomyo.commands.app import app, show_json
from leiomyo.errors import LeiomyoError

__all__ = [
    "app", "checks", "curation", "export", "finding", "main", "mapping", "outcomes", "persons", "planning",
    "simulation",
]  # fmt: skip


def _failed(code: str, message: str) -> None:
    """One JSON document for who asked for one, and the exit code of what could not run."""
    if "--json" in sys.argv:
        show_json({"error": {"code": code, "message": message}})
    sys.exit(2)


def _unwritable(error: OSError) -> None:
    """A place that is full, read-only or out of reach, whichever it is, told like every other failure."""
    plain = LeiomyoError("LM-S004", f"{error.strerror or error}.", file=str(error.filename or ""))
    typer.echo(str(plain), err=True)
    if error.filename is None:
        # it may be standard output that is full: what is still waiting for it goes nowhere, without a second complaint
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _failed(plain.code, str(plain))


def main() -> None:
    """Run the command line; every failure is one clear message and an exit code."""
    # rows by the million make no cycles: looking for them time and again took a quarter of a large report
    gc.set_threshold(200_000, 20, 100)
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
    except OSError as error:
        _unwritable(error)
    except (KeyboardInterrupt, RuntimeError) as error:
        # the database engine turns an interrupt inside a query into a RuntimeError
        if isinstance(error, RuntimeError) and "interrupted" not in str(error).lower():
            raise
        typer.echo("Interrupted; the registry is as it was.", err=True)
        sys.exit(130)
