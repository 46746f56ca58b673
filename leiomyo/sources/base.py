"""What every reader of a format offers, and what it hands on.

A reader turns each row of a file into *statements*: a table's name and the values that the row states for one
row of it. It decides nothing between statements; that is `reconcile`'s part. A row that says nothing usable
has no statements and at least one problem of severity `error`: it goes to quarantine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from leiomyo.errors import InputError, LeiomyoError, Problem

#: Values for one row of one case table. `record`, `recorded` and `missing` may stand beside its columns.
Statement = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that a source can read: where it is, how it is named in messages, and what it holds."""

    path: Path
    name: str
    kind: str
    #: What the patient's centre is called if the user names none.
    centre: str
    #: The sheet of a workbook; empty for a file that is one table.
    part: str = ""
    #: Files that the reading rests on beside it, such as a mapping.
    also: tuple[Path, ...] = ()


@dataclass(slots=True)
class RowReading:
    """What one row of a file says."""

    row: int
    patient: str
    raw: str
    statements: list[Statement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class FileRefused(LeiomyoError):
    """A file that cannot be read at all; carries its `Problem`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.code, problem.detail, file=problem.file)

    def __str__(self) -> str:
        """The problem's own words."""
        return str(self.problem)


class Source(Protocol):
    """A format. Registered under the entry point `leiomyo.sources`."""

    name: str

    def recognise(self, path: Path, name: str) -> Sequence[InputFile]:
        """The file's tables in this format, none where it is something else; `FileRefused` if damaged."""
        ...

    def read(self, file: InputFile) -> Iterator[RowReading]:
        """Each data row of the file, in order; `FileRefused` where the file turns out to be damaged."""
        ...


@runtime_checkable
class Speaking(Protocol):
    """A format to which some files belong by name, so that its word on a damaged one counts."""

    def speaks_of(self, path: Path, name: str) -> bool:
        """Whether the file is this format's, whatever it holds."""
        ...


@runtime_checkable
class Prepared(Protocol):
    """A format whose rows refer to rows of other files, and that looks through all of them first."""

    def begin(self, files: Sequence[InputFile]) -> None:
        """Called once, with all files of the export, before the first is read."""
        ...


@runtime_checkable
class Validating(Protocol):
    """A format that can be held against its specification beyond what its reading needs."""

    def validate(self) -> None:
        """Validate every row from now on; `InputError` where the means are not installed."""
        ...


def formats() -> dict[str, Source]:
    """The formats that can be read, by name."""
    return {point.name: point.load()() for point in sorted(entry_points(group="leiomyo.sources"))}


def source_format(name: str) -> Source:
    """The format of that name."""
    known = formats()
    if name not in known:
        raise InputError("LM-A008", f"There is no format {name!r}; there is: {', '.join(known)}.")
    return known[name]
