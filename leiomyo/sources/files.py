"""Text tables, decoded and split by us: never sniffed, never repaired in silence.

Everything that can be wrong with a file before its first value is looked at here, once for all formats: empty,
binary, another encoding, a Git-LFS pointer, lines without end, cut off. Row numbers count as an editor does.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from leiomyo.errors import Problem
from leiomyo.sources.base import FileRefused

#: No row of a clinical table is longer; a longer one means that line ends were lost.
MAX_LINE = 1 << 20
LFS = b"version https://git-lfs.github.com/spec/"
#: What `leiomyo report` leaves in its folder, which may be the export's own.
_OF_A_REPORT = frozenset({"report.html", "results.json", "problems.csv", "tables"})
_OURS = re.compile(r"^\.|\.duckdb(\.wal|\.seal|\.seal\.next|\.tmp|\.rewriting|\.rewriting\.wal)?$")
_ARCHIVES = (
    b"PK\x03\x04",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"BZh",
    b"7z\xbc\xaf",
    b"PAR1",
)
_UTF8_MARK = b"\xef\xbb\xbf"
_LISTED = 100
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
        # a pipe or a device may wait for ever, or never end
        if not stat.S_ISREG(path.stat().st_mode):
            raise refuse("LM-F010", name, detail="It is no ordinary file.")
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
    if head.startswith(LFS):
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
    # one line at a time, and no more of it than a line may have: a file of one endless line is refused at once
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


def repeated(names: Sequence[str]) -> list[str]:
    """The names that stand more than once, in order of the alphabet."""
    return sorted(name for name, n in Counter(names).items() if n > 1)


def listed(names: Sequence[str], *, most: int = _LISTED) -> str:
    """Names in a row, no more of them than anybody reads.

    Examples
    --------
    >>> listed(["a", "b"]), listed([str(n) for n in range(1000)])[-15:]
    ('a, b', '99 and 900 more')
    """
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies at or below a path: a file, or why it cannot be one (`link`, `device`, or the system's words)."""

    path: Path
    name: str
    fault: str = ""


def walk(root: Path) -> Iterator[tuple[Path, str]]:
    """The files at or below `root` with the names that messages use, in a fixed order; links are not followed."""
    for entry in entries(root):
        if not entry.fault:
            yield entry.path, entry.name


def entries(root: Path) -> Iterator[Entry]:
    """Everything at or below `root` that is no folder, in a fixed order, and the folders that cannot be opened.

    What begins with a point is nobody's export; registries and what an earlier report left are ours.
    """
    if not root.is_dir():
        yield Entry(root, printable(root.name))
        return
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            items = sorted(os.scandir(folder), key=lambda item: item.name)
        except OSError as error:
            yield Entry(folder, _name(folder, root), os.strerror(error.errno or 0))
            continue
        left = _OF_A_REPORT if {item.name for item in items} >= _OF_A_REPORT - {"tables"} else frozenset()
        items = [item for item in items if item.name not in left and not _OURS.search(item.name)]
        for item in items:
            fault = _fault(item)
            if fault is not None:
                yield Entry(Path(item.path), _name(Path(item.path), root), fault)
        waiting += [Path(item.path) for item in reversed(items) if item.is_dir(follow_symlinks=False)]


def _fault(item: os.DirEntry[str]) -> str | None:
    """Why an entry is no file that is read; empty for a file, None for a folder."""
    if item.is_symlink():
        return "link"
    if item.is_dir(follow_symlinks=False):
        return None
    return "" if item.is_file(follow_symlinks=False) else "device"


def _name(path: Path, root: Path) -> str:
    return printable(path.relative_to(root).as_posix() if path != root else root.name)


def printable(name: str) -> str:
    """A name as text that can be stored; bytes of it that are no text are spelled out."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
