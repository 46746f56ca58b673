"""Text tables, decoded and split by us: never sniffed, never repaired in silence.

Everything that can be wrong with a file before its first value is looked at here, once for all formats: empty,
binary, another encoding, a Git-LFS pointer, lines without end, cut off. Row numbers count as an editor does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from leiomyo.errors import Problem
from leiomyo.sources.base import FileRefused

#: No row of a clinical table is longer; a longer one means that line ends were lost.
MAX_LINE = 1 << 20
_LFS = b"version https://git-lfs.github.com/spec/"
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF", b"BZh", b"7z\xbc\xaf", b"PAR1")
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: Signs that no text has; a tab and a line end are checked apart.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, without its end."""

    number: int
    text: str
    ended: bool


def refuse(code: str, name: str, *, row: int = 0, column: str = "", found: str = "", detail: str = "") -> FileRefused:
    """The exception that stops one file, with its message."""
    return FileRefused(Problem(code, file=name, row=row, column=column, found=found, detail=detail))


def lines(path: Path, name: str, *, encoding: str = "utf-8") -> Iterator[Line]:
    """The lines of a text file; UTF-8 unless another encoding is named.

    Raises
    ------
    FileRefused
        The file is missing, empty, not text, not in its encoding, a Git-LFS pointer, or has a line without end.
    """
    try:
        with path.open("rb") as stream:
            _refuse_what_is_not_text(stream, name, wide=_is_wide(encoding))
            yield from _decoded(stream, name) if encoding == "utf-8" else _encoded(path, name, encoding)
    except OSError as error:
        raise refuse("LM-F010", name, detail=os.strerror(error.errno or 0) + ".") from error


def _is_wide(encoding: str) -> bool:
    """Whether a line end takes more than one byte in the encoding."""
    return len("\n".encode(encoding)) > 1


def _refuse_what_is_not_text(stream: BinaryIO, name: str, *, wide: bool) -> None:
    """Look at the first bytes and say plainly what the file is instead of a table."""
    head = stream.read(8192)
    marked = head.startswith(_UTF8_MARK)
    if not head.removeprefix(_UTF8_MARK).strip():
        raise refuse("LM-F001", name)
    if head.startswith(_LFS):
        raise refuse("LM-F005", name)
    if wide and not head.startswith(_ARCHIVES):
        return
    if head.startswith(_UTF16):
        raise refuse("LM-F003", name, detail="It is UTF-16.")
    if head.startswith(_ARCHIVES):
        raise refuse("LM-F002", name, detail="It is a packed or binary file.")
    # A NUL in the header means that this is no text; one further down is a fault of its row.
    if b"\x00" in head[:64] or b"\x00" in head.partition(b"\n")[0]:
        # Latin text in UTF-16 without a byte-order mark has a NUL in every second place.
        utf16 = head[:64].count(0) in range(24, 40)
        raise refuse("LM-F003" if utf16 else "LM-F002", name, detail="It is UTF-16." if utf16 else "")
    stream.seek(len(_UTF8_MARK) if marked else 0)


def _decoded(stream: BinaryIO, name: str) -> Iterator[Line]:
    number = 0
    while raw := stream.readline(MAX_LINE + 1):
        number += 1
        if len(raw) > MAX_LINE:
            raise refuse("LM-F004", name, row=number)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            detail = f"Byte {error.start + 1} of the line is not UTF-8."
            raise refuse("LM-F003", name, row=number, detail=detail) from error
        yield Line(number, text.rstrip("\n").removesuffix("\r"), text.endswith("\n"))


def _encoded(path: Path, name: str, encoding: str) -> Iterator[Line]:
    """Lines of a file in a named encoding; only a line feed ends a line, as in UTF-8."""
    with path.open(encoding=encoding, newline="\n") as stream:
        number = 0
        while True:
            number += 1
            try:
                text = stream.readline(MAX_LINE + 1)
            except UnicodeError as error:
                raise refuse("LM-F003", name, row=number, detail=f"It is not {encoding} either.") from error
            if not text:
                return
            if len(text) > MAX_LINE:
                raise refuse("LM-F004", name, row=number)
            yield Line(number, text.rstrip("\n").removesuffix("\r").removeprefix("\ufeff"), text.endswith("\n"))


def split(line: Line, width: int, name: str) -> list[str] | Problem:
    """The tab-separated values of a line, or what is wrong with it.

    Raises
    ------
    FileRefused
        The last line has too few columns and no line end: the file was cut off, so nothing of it is trusted.
    """
    values = line.text.split("\t")
    if len(values) != width:
        if not line.ended and len(values) < width:
            detail = f"The last line has {len(values)} of {width} columns."
            raise refuse("LM-F006", name, row=line.number, detail=detail)
        return Problem("LM-D003", name, line.number, found=f"{len(values)} columns", expected=f"{width} columns")
    if CONTROL.search(line.text.replace("\t", "")):
        return Problem("LM-D010", name, line.number)
    return values


def walk(root: Path) -> Iterator[tuple[Path, str]]:
    """The files at or below `root` with the names that messages use, in a fixed order; links are not followed."""
    if not root.is_dir():
        yield root, root.name
        return
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path, path.relative_to(root).as_posix()
