"""Commands about who is who: the same person twice, and a person who withdraws."""

from __future__ import annotations

from typing import Annotated

import typer

from leiomyo import terminal
from leiomyo.commands.app import app, open_registry, show_json
from leiomyo.commands.options import JsonOption, RegistryOption
from leiomyo.errors import InputError

_PAIR = "CENTRE/PATIENT=CENTRE/PATIENT"


@app.command()
def duplicates(
    threshold: Annotated[float, typer.Option("--threshold", help="Lowest probability of a pair to propose.")] = 0.9,
    same: Annotated[
        str | None, typer.Option("--same", metavar="PAIR", help=f"Decide that {_PAIR} is one person.")
    ] = None,
    different: Annotated[
        str | None, typer.Option("--different", metavar="PAIR", help=f"Decide that {_PAIR} are two persons.")
    ] = None,
    undo: Annotated[
        str | None, typer.Option("--undo", metavar="PAIR", help=f"Forget what was decided on {_PAIR}.")
    ] = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pairs of records that may be one person, each with its reasons; what you decide is kept for later exports."""
    asked = [(pair, kind) for pair, kind in ((same, "same"), (different, "different"), (undo, "")) if pair is not None]
    if len(asked) > 1:
        raise InputError("LM-A008", "Decide one pair at a time: --same, --different or --undo.")
    with open_registry(registry) as held:
        for pair, kind in asked:
            held.decide(pair, kind)
        if asked and not as_json:
            typer.echo(f"{asked[0][0]}: {asked[0][1] or 'undecided'}.")
            return
        found = held.duplicates(threshold=threshold)
    if as_json:
        show_json(found)
    else:
        terminal.show_duplicates(found, threshold=threshold)


@app.command()
def withdraw(
    patient: Annotated[
        str, typer.Argument(help="Identifier as the source writes it, or CENTRE/PATIENT.", show_default=False)
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a person who has withdrawn consent; later exports do not bring them back. This cannot be undone."""
    with open_registry(registry) as held:
        people = held.withdrawing(patient)
        if not yes:
            if as_json:
                raise InputError("LM-A008", "--json asks nothing; add --yes to erase.")
            typer.echo(f"To be erased for good, with every row, value and message: {', '.join(people)}.")
            typer.confirm("Erase?", abort=True)
        done = held.withdraw(patient)
    if as_json:
        show_json(done)
    else:
        typer.echo(f"Erased: {', '.join(done['withdrawn'])}; {done['rows']} rows are counted as withdrawn.")
