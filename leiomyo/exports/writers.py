"""The formats that can be written, by name: each writer takes case tables, whoever made them, and fills a folder.

A writer says what it left out for want of a place in its format, by kind and count; columns that the format can never
hold stand in `cannot_<format>.csv` beside it, and are listed in docs/formats.md.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module, resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from leiomyo.errors import InputError, LeiomyoError
from leiomyo.model.records import centres_of, of_centre

if TYPE_CHECKING:
    from leiomyo.model.records import Records


class Writer(Protocol):
    """Writes records into a folder, which it makes; what was left out, by kind and count."""

    def __call__(self, records: Records, folder: Path, *, name: str, encoding: str = "utf-8") -> Mapping[str, int]:
        """`name` identifies the export in formats that name it (a study, a project)."""
        ...


#: Where each format's writer is.
_WRITERS = {
    "biotab": "leiomyo.exports.biotab:write_biotab",
    "cbioportal": "leiomyo.exports.cbioportal:write_study",
    "csv": "leiomyo.exports.sheets:write_sheets",
    "fhir": "leiomyo.exports.fhir:write_fhir",
    "omop": "leiomyo.exports.omop:write_omop",
    "redcap": "leiomyo.exports.redcap:write_project",
}
FORMATS = tuple(_WRITERS)
#: Formats of dates: patients whose days count from the diagnosis have no place in them.
CALENDAR = frozenset({"fhir", "omop", "redcap"})
#: Written too, from no records.
DICTIONARY = "redcap-dictionary"
_ASIDE = ".leiomyo-part"


def writer(format: str) -> Writer:
    """The writer of that format.

    Raises
    ------
    InputError
        `LM-A008`: there is none.
    """
    module, _, name = _WRITERS.get(format, "").partition(":")
    if not module or find_spec(module) is None:
        raise InputError("LM-A008", f"There is no writer of {format!r}; there is: {', '.join((*FORMATS, DICTIONARY))}.")
    found: Writer = getattr(import_module(module), name)
    return found


@contextmanager
def into(folder: Path) -> Iterator[Path]:
    """A place to write in, whose content comes into a new or empty folder once all of it is there.

    Raises
    ------
    LeiomyoError
        `LM-A017`: something lies in the folder, and rows of patients are not mixed with other files; `LM-S004`: it
        cannot be written.
    """
    try:
        made = not folder.exists()
        if not made and (not folder.is_dir() or any(one.name != _ASIDE for one in folder.iterdir())):
            raise InputError("LM-A017", file=str(folder))
        aside = folder / _ASIDE
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        try:
            yield aside
            for one in sorted(aside.iterdir()):
                one.replace(folder / one.name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            if made and not any(folder.iterdir()):
                folder.rmdir()
    except OSError as error:
        raise LeiomyoError("LM-S004", f"{error.strerror or 'It cannot be written'}.", file=str(folder)) from error


@cache
def cannot(format: str) -> Mapping[tuple[str, str], str]:
    """What the format cannot say: the reason by table and column.

    A column of `*` is the whole row; `day if kind=primary` is the column of the rows that have that value.
    """
    text = resources.files("leiomyo.exports").joinpath(f"cannot_{format}.csv").read_text(encoding="utf-8")
    return {(row["table"], row["column"]): row["why"] for row in csv.DictReader(io.StringIO(text))}


def folders(centres: Sequence[str]) -> list[str]:
    """A folder's name for each centre, no two alike."""
    names = [re.sub(r"\W+", "_", centre) or "_" for centre in centres]
    twice = {name.lower() for name, n in Counter(name.lower() for name in names).items() if n > 1}
    return [f"{name}-{number}" if name.lower() in twice else name for number, name in enumerate(names, start=1)]


def write_by_centre(write: Writer, records: Records, folder: Path, *, name: str) -> dict[str, int]:
    """Each centre in a folder of its own where there are several, since an export is read as one centre's."""
    centres = centres_of(records)
    if len(centres) < 2:
        return dict(write(records, folder, name=name))
    left: Counter[str] = Counter()
    for centre, place in zip(centres, folders(centres), strict=True):
        left.update(write(of_centre(records, centre), folder / place, name=name))
    return dict(left)
