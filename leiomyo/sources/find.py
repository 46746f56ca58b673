"""Which files at a path can be read, by which format, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from leiomyo.errors import Problem
from leiomyo.sources.base import FileRefused, InputFile, Source, formats, source_format
from leiomyo.sources.files import Entry, entries, printable, refuse

#: A file with another ending beside an export (a picture, a PDF) is not taken for a damaged table.
_TABLE_ENDINGS = frozenset({".txt", ".tsv", ".csv", ""})


@dataclass(slots=True)
class Found:
    """What lies at a path: readable files, and what is to be said of the others."""

    source: Source | None = None
    files: list[InputFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def look(path: Path, *, format: str | None = None) -> Found:
    """The readable files at a path, all of one format, and the problems of the others."""
    known = {format: source_format(format)} if format else formats()
    found = Found()
    try:
        path.stat()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        detail = "There is no such file or folder." if missing else f"{error.strerror}."
        found.problems.append(refuse("LM-F010", printable(path.name), detail=detail).problem)
        return found
    in_folder = path.is_dir()
    for entry in entries(path):
        if entry.fault:
            found.problems.append(_not_read(entry))
            continue
        file, problem = _recognise(entry.path, entry.name, known.values(), in_folder=in_folder)
        if problem:
            found.problems.append(problem)
        if file:
            found.files.append(file[1])
            found.source = file[0]
    if not found.files and in_folder:
        found.problems.append(refuse("LM-F012", printable(path.name)).problem)
    elif not found.files and not any(problem.severity == "error" for problem in found.problems):
        found.problems.append(refuse("LM-F007", printable(path.name)).problem)
    return found


def _not_read(entry: Entry) -> Problem:
    if entry.fault in {"link", "device"}:
        return Problem("LM-F020", entry.name, detail=f"It is a {entry.fault}.")
    return Problem("LM-F010", entry.name, detail=f"{entry.fault}.")


def _recognise(path: Path, name: str, sources: Iterable[Source], *, in_folder: bool
               ) -> tuple[tuple[Source, InputFile] | None, Problem | None]:  # fmt: skip
    foreign = in_folder and path.suffix.lower() not in _TABLE_ENDINGS
    try:
        for source in sources:
            file = source.recognise(path, name)
            if file:
                return (source, file), None
    except FileRefused as refusal:
        return None, Problem("LM-F011", name) if foreign else refusal.problem
    return None, Problem("LM-F011" if in_folder else "LM-F007", name)
