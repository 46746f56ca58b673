"""Options and arguments that several commands share, each with its help, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Sources = Annotated[
    list[Path],
    # whether a path can be read is said by what reads it, in the same words for all
    typer.Argument(help="Files or folders; the first named is the authority.", show_default=False, readable=False),
]
RegistryOption = Annotated[
    Path | None,
    typer.Option("--registry", help="Registry file [default: leiomyo.duckdb or LEIOMYO_REGISTRY].", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Say nothing but the result.")]
FormatOption = Annotated[
    str | None, typer.Option("--format", help="The sources' format, where it should not be recognised.")
]
MappingOption = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        help="How sheets and REDCap exports are to be read [default: the mapping.yaml beside them].",
        show_default=False,
    ),
]  # fmt: skip
CentreOption = Annotated[
    list[str] | None,
    typer.Option("--centre", help="The centre that keeps the records: one for all sources, or one for each in turn."),
]
ByOption = Annotated[str | None, typer.Option("--by", help="Covariate to group by; see docs/covariates.md.")]
WhereOption = Annotated[
    str | None, typer.Option("--where", help="Condition on covariates, such as \"margin = 'positive'\".")
]
MilestoneOption = Annotated[
    str, typer.Option("--milestones", help="Days at which survival is read, separated by commas.")
]

EndpointArgument = Annotated[
    str | None, typer.Argument(help="An endpoint, such as os or efs; see docs/endpoints.md.", show_default=False)
]
IndexOption = Annotated[
    str | None,
    typer.Option("--index", help="Day from which time is counted: diagnosis, definitive-surgery, first-metastasis."),
]
LineOption = Annotated[
    int | None, typer.Option("--line", help="Line of therapy from whose start time is counted; 0 is peri-operative.")
]
TableOption = Annotated[
    Path | None,
    typer.Option("--table", help="A CSV with columns exit, status[, entry, groups …], no registry."),
]
UnitOption = Annotated[str, typer.Option("--unit", help="Unit of the times in --table: day, week, month or year.")]


RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="YAML file with other rules of lines of therapy; see docs/lines.md.")
]
