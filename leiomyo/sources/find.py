"""Which files at a path can be read, by which format, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leiomyo.errors import InputError, Problem
from leiomyo.sources.base import FileRefused, InputFile, Source, Speaking, formats, source_format
from leiomyo.sources.files import Entry, entries, printable, refuse
from leiomyo.sources.redcap import RedcapSource
from leiomyo.sources.tabular import SHEETS, TabularSource
from leiomyo.sources.tabular_mapping import is_mapping

#: A file with another ending beside an export (a picture, a PDF) is not taken for a damaged table.
_TABLE_ENDINGS = frozenset({".txt", ".tsv", ".csv", ""})


@dataclass(slots=True)
class Found:
    """What lies at a path: readable files, and what is to be said of the others."""

    source: Source | None = None
    files: list[InputFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def look(path: Path, *, format: str | None = None, mapping: Path | None = None) -> Found:
    """The readable files at a path, all of one format, and the problems of the others.

    Parameters
    ----------
    format
        The format's name; default: recognised.
    mapping
        The mapping by which sheets are read; default: the one that lies beside them.
    """
    known = _sources(format, mapping)
    found = Found()
    try:
        path.stat()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        detail = "There is no such file or folder." if missing else f"{error.strerror}."
        found.problems.append(refuse("LM-F010", printable(path.name), detail=detail).problem)
        return found
    in_folder = path.is_dir()
    by_format: dict[str, str] = {}
    for entry in entries(path):
        if entry.fault:
            found.problems.append(_not_read(entry))
            continue
        if is_mapping(entry.path) and in_folder:
            continue
        source, files, problem = _recognise(entry.path, entry.name, known, in_folder=in_folder)
        if problem:
            found.problems.append(problem)
        if source and files:
            found.files += files
            found.source = source
            by_format.setdefault(source.name, entry.name)
    if len(by_format) == 1:
        _keep_one(found)
    if len(by_format) > 1:
        told = "; ".join(f"{name} is of {one}" for one, name in by_format.items())
        found.problems.append(Problem("LM-F022", printable(path.name), detail=f"{told}."))
    if not found.files and in_folder:
        found.problems.append(refuse("LM-F012", printable(path.name)).problem)
    elif not found.files and not any(problem.severity == "error" for problem in found.problems):
        found.problems.append(refuse("LM-F007", printable(path.name)).problem)
    return found


def _keep_one(found: Found) -> None:
    """Keep one project of REDCap, one centre's sheets: patients of two may have the same identifier."""
    refused: list[Problem] = []
    if isinstance(found.source, RedcapSource):
        found.files, refused = found.source.one_project(found.files)
    elif isinstance(found.source, TabularSource):
        found.files, refused = found.source.one_centre(found.files)
    found.problems += refused


def _not_read(entry: Entry) -> Problem:
    if entry.fault in {"link", "device"}:
        return Problem("LM-F023", entry.name, detail=f"It is a {entry.fault}.")
    return Problem("LM-F010", entry.name, detail=f"{entry.fault}.")


def _sources(format: str | None, mapping: Path | None) -> list[Source]:
    """The formats to try; a mapping that is named says that the format is one that is read by mappings."""
    if mapping is not None:
        by_mapping: list[Source] = [RedcapSource(mapping), TabularSource(mapping)]
        chosen = [one for one in by_mapping if format in {None, one.name}]
        if not chosen:
            raise InputError("LM-A008", f"--mapping goes with sheets and REDCap, not with the format {format}.")
        return chosen
    return [source_format(format)] if format else list(formats().values())


def _recognise(path: Path, name: str, sources: Sequence[Source], *, in_folder: bool
               ) -> tuple[Source | None, Sequence[InputFile], Problem | None]:  # fmt: skip
    """The format that knows the file; where none does, what the first one that looked into it found wrong."""
    refused, spoken_of = None, False
    for source in sources:
        try:
            if files := source.recognise(path, name):
                return source, files, None
        except FileRefused as refusal:
            # what a mapping names is a sheet, what is called .ndjson is FHIR, whatever else another format takes it for
            its_own = isinstance(source, Speaking) and source.speaks_of(path, name)
            refused = refusal.problem if its_own or refused is None else refused
            spoken_of = spoken_of or its_own
    foreign = in_folder and path.suffix.lower() not in _TABLE_ENDINGS
    sheet = (
        "" if path.suffix.lower() not in SHEETS else "If it is a sheet of patients: `leiomyo map` drafts its mapping."
    )
    if refused and (spoken_of or not foreign):
        return None, (), refused
    return None, (), Problem("LM-F011" if in_folder else "LM-F007", name, detail=sheet)
