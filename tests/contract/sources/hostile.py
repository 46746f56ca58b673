"""What somebody who means no good, or a careless program, may put into a folder of exports."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import socket
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.contract.sources.bad import Format

LONG = bool(os.environ.get("LEIOMYO_LONG"))
#: What an archive unpacks to; the formats must not find out.
UNPACKED = bytes((1 << 30) if LONG else (32 << 20))
#: Names that a terminal, a spreadsheet or a page may obey.
NAMES = {
    "newline": b"a\nLM-F001  not from us.txt", "escape": b"\x1b]0;owned\x07\x1b[2J.txt", "c1": "\u009b2J.txt".encode(),
    "formula": b"=cmd|' !A0.txt", "at": b"@SUM(1).txt", "right-to-left": "\u202etxt.exe.txt".encode(),
    "no-text": b"\xff\xfe\xed\xa0\x80.txt", "markup": b"<script>alert(1)<!-- .txt", "quote": b"\"'`,;.txt",
    "point-point": b"..\\..\\etc\\passwd.txt", "long": b"n" * 240 + b".txt", "blank": b" .txt", "tab": b"a\tb.txt",
}  # fmt: skip


def zipped(names: dict[str, bytes]) -> bytes:
    """A ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(names: dict[str, bytes], mode: str) -> bytes:
    """A tar archive with any names, those that lead out of the folder too."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in names.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def archives() -> dict[str, bytes]:
    """Archives that explode, that hold archives, or whose names lead elsewhere."""
    bomb = zipped({"table.txt": UNPACKED})
    return {
        "zip-bomb": bomb, "zip-in-zip": zipped({f"{n}.zip": bomb for n in range(8)}),
        "gzip-bomb": gzip.compress(UNPACKED, 1), "bz2-bomb": bz2.compress(UNPACKED, 1),
        "xz-bomb": lzma.compress(UNPACKED, preset=0), "zip-slip": zipped({"../../../tmp/evil.txt": b"x"}),
        "tar-slip": tarred({"../../../tmp/evil.txt": b"x"}, "w"), "tar-gz-bomb": tarred({"t.txt": UNPACKED}, "w:gz"),
        "workbook-bomb": zipped({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": UNPACKED}),
    }  # fmt: skip


def texts(one: Format) -> dict[str, bytes]:
    """Texts of the format that are no UTF-8, or of a shape that nobody writes by hand."""
    good = one.before_rows
    endless = b"A" * ((200 << 20) if LONG else (6 << 20))
    return {
        "utf-16": good.encode("utf-16"), "utf-16-be": b"\xfe\xff" + good.encode("utf-16-be"),
        "utf-16-le-unmarked": good.encode("utf-16-le"), "utf-16-be-unmarked": good.encode("utf-16-be"),
        "utf-32": good.encode("utf-32"), "endless-line": good.encode() + endless,
        "endless-from-the-start": endless, "lone-surrogate": good.encode() + b"\xed\xa0\x80\t\n",
        "overlong": good.encode() + b"\xc0\xaf\t\n", "beyond-unicode": good.encode() + b"\xf4\x90\x80\x80\n",
        "latin-1": good.encode() + b"\xe9\n", "only-nul": bytes(1 << 20),
    }  # fmt: skip


def begins_well(one: Format, name: str) -> bool:
    """Whether a text begins with a good line."""
    return texts(one)[name].startswith(one.before_rows.encode())


def widened(one: Format, columns: int) -> str:
    """A good table of the format with so many more columns, all well declared."""
    lines = one.before_rows.splitlines()
    if one.by_line:
        more = "".join(f',"more_{n}":"{n}"' for n in range(columns))
        return "\n".join(line.removesuffix("}") + more + "}" for line in lines) + "\n"
    sign = "\t" if "\t" in lines[-1] else ","
    # GDC names its columns twice; elsewhere the names are the first line that does not begin with #
    named = {0, 1} if one.name == "gdc" else {next(at for at, line in enumerate(lines) if not line.startswith("#"))}
    names = sign.join(f"MORE_{n}" for n in range(columns))
    told = [f"{line}{sign}{names if at in named else sign.join([line.rpartition(sign)[2]] * columns)}"
            for at, line in enumerate(lines)]  # fmt: skip
    return "\n".join(told) + "\n"


def _device(place: Path) -> None:
    try:
        os.mknod(place, 0o20666, os.makedev(1, 5))  # /dev/zero never ends
    except PermissionError:
        os.mkfifo(place)


def _socket(place: Path) -> None:
    here = os.getcwd()
    os.chdir(place.parent)  # a socket's path may have a hundred bytes only
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(place.name)
    finally:
        os.chdir(here)


#: Things that are no files, by name; each is put where a table is expected.
THINGS: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo, "socket": _socket, "device": _device,
    "link-to-a-device": lambda place: place.symlink_to("/dev/zero"),
    "link-to-itself": lambda place: place.symlink_to(place.name),
    "link-to-nothing": lambda place: place.symlink_to("nothing"),
    "link-to-the-folder": lambda place: place.symlink_to("."),
    "link-to-the-root": lambda place: place.symlink_to("/"),
    "folder": Path.mkdir,
}  # fmt: skip
