"""Values of case tables as the texts of a table: what every writer of rows needs."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TextIO

from leiomyo.errors import InputError

#: Signs that no text of a table has; rows with one would be set aside by whoever reads them.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@cache
def rows_of(file: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file beside the writers."""
    text = resources.files("leiomyo.exports").joinpath(file).read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


def plain_number(number: float) -> str:
    """A number with no more figures than a table has, and no exponent.

    Examples
    --------
    >>> plain_number(85.0), plain_number(0.1 + 0.2), plain_number(1e-05)
    ('85', '0.3', '0.00001')
    """
    return f"{number:.6f}".rstrip("0").rstrip(".")


def clean(text: str) -> str:
    """A text without blanks at its ends, line ends of other systems and signs that no text has.

    Examples
    --------
    >>> clean(" a\\r\\nb\\x07 ")
    'a\\nb'
    """
    if text.isprintable():
        return text.strip()
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str) -> str:
    """A text on one line, with single blanks.

    Examples
    --------
    >>> one_line(" lung,\\n  liver\\t")
    'lung, liver'
    """
    return " ".join(clean(text).split())


@contextmanager
def text_file(path: Path, encoding: str) -> Iterator[TextIO]:
    """A text file to write into; the writer ends lines itself.

    Raises
    ------
    InputError
        `LM-A019`: there is no such encoding, or a text has a sign that the encoding lacks.
    """
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise InputError("LM-A019", f"There is no encoding {encoding!r}.") from error
    try:
        with path.open("w", encoding=encoding, newline="") as stream:
            yield stream
    except UnicodeEncodeError as error:
        sign = f"U+{ord(error.object[error.start]):04X}"
        raise InputError("LM-A019", f"{encoding} has no sign {sign}.", file=os.path.basename(path)) from error
