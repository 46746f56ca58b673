"""What went wrong, said once: the `Problem` of a record and the exceptions of a run.

Bad *data* become `Problem` values, collected and counted; they never stop a run. Exceptions are for
what makes the run itself impossible. Every code stands in `problems.csv` with its meaning and its remedy,
and `leiomyo explain CODE` prints that entry.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Severity = Literal["error", "warning", "info"]

#: A message shows at most this much of a value that was found.
FOUND_LIMIT = 40
#: Controls, which a terminal obeys; marks that turn the direction of writing; halves of characters that are none.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    """A text from outside as a message may show it: what a terminal would obey is spelled out.

    Examples
    --------
    >>> shown("a\\x1b[2Jb.txt"), shown("one\\ntwo"), shown("Müller.txt")
    ('a\\\\x1b[2Jb.txt', 'one\\\\ntwo', 'Müller.txt')
    """
    return _UNPRINTABLE.sub(lambda sign: sign[0].encode("unicode_escape").decode("ascii"), text)


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One entry of the catalogue: what a problem code means and what to do about it."""

    code: str
    severity: Severity
    title: str
    expected: str
    action: str


@cache
def catalogue() -> dict[str, ProblemKind]:
    """Every problem code of the product, by code.

    Examples
    --------
    >>> catalogue()["LM-D001"].severity
    'error'
    """
    text = resources.files("leiomyo").joinpath("problems.csv").read_text(encoding="utf-8")
    return {row["code"]: ProblemKind(**row) for row in csv.DictReader(text.splitlines())}  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the data: what was found, where, what was expected, what to do.

    `row` counts as an editor does (the first line of the file is 1); 0 means the file as a whole.
    """

    code: str
    file: str
    row: int = 0
    column: str = ""
    found: str = ""
    expected: str = ""
    detail: str = ""
    severity: Severity | Literal[""] = ""

    def __post_init__(self) -> None:
        """Fill what the catalogue knows, and never carry more of a value than a fix needs."""
        kind = catalogue()[self.code]
        object.__setattr__(self, "severity", self.severity or kind.severity)
        object.__setattr__(self, "expected", self.expected or kind.expected)
        if len(self.found) > FOUND_LIMIT:
            object.__setattr__(self, "found", self.found[: FOUND_LIMIT - 1] + "…")

    @property
    def action(self) -> str:
        """What to do about it."""
        return catalogue()[self.code].action

    def __str__(self) -> str:
        """The message as a person reads it: code, place, found; then expected and remedy."""
        where = shown(self.file) or "the run"
        if self.row:
            where += f" row {self.row}"
        if self.column:
            where += f", column {shown(self.column)}"
        title = catalogue()[self.code].title
        found = f" (found {self.found!r})" if self.found else ""
        detail = f" {shown(self.detail)}" if self.detail else ""
        expected = f"Expected {self.expected}. " if self.expected else ""
        return f"{self.code}  {where}: {title}{found}.{detail}\n         {expected}{self.action}"


class LeiomyoError(Exception):
    """The run cannot go on; `code` names the catalogue entry."""

    def __init__(self, code: str, detail: str = "", *, file: str = "") -> None:
        self.code = code
        self.detail = detail
        self.file = file
        kind = catalogue()[code]
        where = f"{shown(file)}: " if file else ""
        text = f"{code}  {where}{kind.title}."
        if detail:
            text += f" {shown(detail.replace(chr(10), ' '))}"
        expected = f"Expected {kind.expected}. " if kind.expected else ""
        super().__init__(f"{text}\n         {expected}{kind.action}")


class InputError(LeiomyoError, ValueError):
    """What the caller asked for cannot be understood or must be refused."""


def exit_code(severities: set[str]) -> int:
    """The exit code that the worst of `severities` deserves: 0 clean, 1 errors in the data, 3 warnings only.

    Examples
    --------
    >>> exit_code(set()), exit_code({"warning", "info"}), exit_code({"warning", "error"}), exit_code({"info"})
    (0, 3, 1, 0)
    """
    if "error" in severities:
        return 1
    return 3 if "warning" in severities else 0
