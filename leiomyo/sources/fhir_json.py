"""FHIR files taken apart into resources: NDJSON, bundles and single resources, plain, gzipped or zipped.

A resource keeps its number and its byte offset, so that whoever has to mend a file finds the place. Of NDJSON one line
is in memory at a time; a bundle is one JSON value and is read whole, so it has a limit.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from leiomyo.sources.files import LFS, printable, refuse

#: No clinical resource is longer; a longer line means that this is no NDJSON.
MAX_LINE = 32 << 20
#: One JSON value is read whole; larger exports come as NDJSON.
MAX_DOCUMENT = 512 << 20
#: Text packs to a twentieth or so; what unpacks to much more than that is no export.
_MOST_PACKED, _SMALL = 200, 16 << 20
_GZIP, _ZIP, _MARK = b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf"
_ENDINGS = (".json", ".ndjson", ".jsonl")
_HEAD, _CHUNK = 1 << 16, 1 << 20
#: The type stands among the first members in what every server writes.
_TYPE = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]{1,64})"')


class Raw(NamedTuple):
    """One resource as it stands in its file: its number (of NDJSON the line), where it begins, and its bytes.

    `alias` is what the entries of a bundle may call it beside its own id.
    """

    number: int
    offset: int
    text: bytes
    alias: str = ""


class _Entry(msgspec.Struct):
    fullUrl: str = ""
    resource: msgspec.Raw = msgspec.Raw()


class _Document(msgspec.Struct):
    resourceType: str = ""
    entry: list[_Entry] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file holds its resources."""

    lines: bool
    #: The members of an archive that hold resources; None for a file that is no archive.
    members: tuple[str, ...] | None = None


def shape_of(path: Path, name: str) -> Shape | None:
    """How the file holds FHIR resources; None where it is something else.

    Raises
    ------
    FileRefused
        It is JSON or an archive by its name, and damaged or no FHIR.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as stream:
            head = stream.read(4)
        if head == _ZIP and path.suffix.lower() == ".zip":
            members = tuple(sorted(_members(path, name)))
            return Shape(lines=True, members=members) if members else None
        with opened(path, name, "") as stream:
            return _shape(stream, path, name)
    except OSError as error:
        raise refuse("LM-F010", name, detail=os.strerror(error.errno or 0) + ".") from error


def speaks_of_resources(path: Path) -> bool:
    """Whether the name is one of JSON, plain or packed, or of an archive."""
    return _named_json(path) or path.suffix.lower() == ".zip"


def _named_json(path: Path) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(_ENDINGS)


def _shape(stream: IO[bytes], path: Path, name: str) -> Shape | None:
    head = stream.read(_HEAD).removeprefix(_MARK).lstrip()
    expected = _named_json(path)
    if expected and not head.startswith((b"{", b"[")):
        _say_what_it_is(head, path, name)
    if not head.startswith((b"{", b"[")) or not (_says_type(head) or (expected and _says_type(stream.read(4 << 20)))):
        return None
    first, ended, rest = head.partition(b"\n")
    whole = _is_whole(first)
    return Shape(lines=whole and (bool(rest.strip()) or (ended == b"\n" and not _is_bundle(first))))


def _says_type(text: bytes) -> bool:
    return b'"resourceType"' in text


def _say_what_it_is(head: bytes, path: Path, name: str) -> None:
    if not head.strip():
        raise refuse("LM-F001", name)
    if head.startswith(LFS):
        raise refuse("LM-F005", name)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse("LM-F003", name, detail="It is UTF-16.")
    if not path.name.lower().removesuffix(".gz").endswith(".json"):  # much else is called .json
        raise refuse("LM-F035", name, detail="It does not begin as JSON.")


def _is_whole(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return len(text) >= _HEAD  # a first line longer than what was looked at: NDJSON with large resources
    return True


def _is_bundle(text: bytes) -> bool:
    found = _TYPE.search(text[:4096])
    return bool(found and found[1] == b"Bundle")


def _members(path: Path, name: str) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if not member.is_dir() and member.filename.lower().removesuffix(".gz").endswith(_ENDINGS):
                    if member.flag_bits & 1:
                        raise refuse("LM-F002", name, detail="The archive is encrypted.")
                    yield member.filename
    except zipfile.BadZipFile as error:
        raise refuse("LM-F036", name, detail="The archive is damaged.") from error


@contextmanager
def opened(path: Path, name: str, member: str) -> Iterator[IO[bytes]]:
    """The bytes of a file or of a member of an archive, unpacked as they are read."""
    try:
        if member:
            with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                if member.lower().endswith(".gz"):
                    with gzip.open(stream, "rb") as inner:
                        yield io.BufferedReader(inner, _CHUNK)
                else:
                    yield io.BufferedReader(stream, _CHUNK)  # type: ignore[type-var]
            return
        with path.open("rb") as stream:
            packed = stream.read(2) == _GZIP
            stream.seek(0)
            if packed:
                with gzip.open(stream, "rb") as inner:
                    yield io.BufferedReader(inner, _CHUNK)
            else:
                yield stream
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, NotImplementedError) as error:
        raise refuse("LM-F036", name, detail="It cannot be unpacked to its end.") from error


def resources(path: Path, name: str, member: str, *, lines: bool) -> Iterator[Raw]:
    """The resources of a file, in order; blank lines are none.

    Raises
    ------
    FileRefused
        A line or a document has no end, or unpacks to more than an export holds.
    """
    try:
        with opened(path, name, member) as stream:
            yield from _lines(stream, path, name) if lines else _document(stream, name)
    except OSError as error:
        raise refuse("LM-F010", name, detail=f"{os.strerror(error.errno or 0)}.") from error


def _lines(stream: IO[bytes], path: Path, name: str) -> Iterator[Raw]:
    most = max(path.stat().st_size * _MOST_PACKED, _SMALL)
    number = offset = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise refuse("LM-F036", name, row=number, detail=f"A line is longer than {MAX_LINE >> 20} MiB.")
        if offset > most:
            raise refuse("LM-F036", name, row=number, detail=f"It unpacks to more than {_MOST_PACKED} times its size.")
        text = line.removeprefix(_MARK) if number == 1 else line
        if not text.isspace():
            yield Raw(number, offset, text.strip())
        offset += len(line)


def _document(stream: IO[bytes], name: str) -> Iterator[Raw]:
    text = stream.read(MAX_DOCUMENT + 1)
    if len(text) > MAX_DOCUMENT:
        raise refuse("LM-F036", name, detail=f"It is one JSON value of more than {MAX_DOCUMENT >> 20} MiB.")
    body = text.removeprefix(_MARK)
    try:
        body.decode("utf-8")
        whole = msgspec.json.decode(body, type=msgspec.Raw)
    except UnicodeDecodeError as error:
        raise refuse("LM-F003", name, detail=f"Byte {error.start + 1} is not UTF-8.") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise refuse("LM-F035", name, detail=f"{str(error).rstrip('.')}.") from error
    mark = len(text) - len(body)
    # entries follow each other in the file, so each is sought behind the last
    at = 0
    for number, (entry, alias) in enumerate(_entries(bytes(whole), name), start=1):
        at = max(body.find(entry, at), at)
        yield Raw(number, at + mark, entry, alias)


def _entries(text: bytes, name: str, *, alias: str = "", depth: int = 0) -> Iterator[tuple[bytes, str]]:
    """The resources of a bundle, those of bundles within it too; a resource that is no bundle is itself."""
    try:
        document = msgspec.json.decode(text, type=_Document)
    except msgspec.ValidationError as error:
        raise refuse("LM-F035", name, detail=f"{error}.") from error
    if not document.resourceType:
        raise refuse("LM-F035", name)
    if document.resourceType != "Bundle" or depth > 4:
        yield text, alias
        return
    for entry in document.entry or ():
        inside = bytes(entry.resource)
        if not inside.startswith(b"{"):
            continue
        if _is_bundle(inside):
            yield from _entries(inside, name, depth=depth + 1)
        else:
            yield inside, last_part(entry.fullUrl)


def last_part(reference: str) -> str:
    """The identifier that a reference ends with: of a relative, an absolute, a versioned one or a URN.

    Examples
    --------
    >>> last_part("Patient/12/_history/3"), last_part("urn:uuid:ab-1"), last_part("https://x.org/fhir/Patient/p")
    ('12', 'ab-1', 'p')
    """
    return reference.partition("/_history/")[0].rpartition("/")[2].rpartition(":")[2]


def member_name(name: str, member: str) -> str:
    """What a member of an archive is called in messages."""
    return printable(f"{name}/{member}")


class Head(msgspec.Struct):
    """What tells one resource from another, and its versions apart."""

    resourceType: str = ""
    id: str = ""
    meta: dict[str, msgspec.Raw] = {}

    @property
    def version(self) -> int:
        """A number that grows with each version: the digits of the last update, else the version itself; 0 without."""
        if updated := _digits(self.meta.get("lastUpdated")):
            return int(updated[:17].ljust(17, "0"))  # to the millisecond, however precisely it is written
        return int(_digits(self.meta.get("versionId")) or 0)


def _digits(written: msgspec.Raw | None) -> str:
    return "".join(re.findall("[0-9]", bytes(written).decode("ascii", "replace")[:25])) if written else ""


def head_of(text: bytes) -> Head:
    """Type, id and version of a resource; an empty head where it is none."""
    try:
        return _HEAD_OF.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return Head()


_HEAD_OF = msgspec.json.Decoder(Head)


def type_of(text: bytes) -> str:
    """The type of a resource without reading it whole; empty where it has none.

    Examples
    --------
    >>> type_of(b'{"resourceType": "Patient", "id": "1"}'), type_of(b"[]")
    ('Patient', '')
    """
    found = _TYPE.search(text, 0, 256)
    # "contained" may stand in front, with types of its own: then the resource is asked itself
    if found and b'"contained"' not in text[: found.start()]:
        return found[1].decode()
    try:
        return msgspec.json.decode(text, type=_Document).resourceType
    except (msgspec.DecodeError, RecursionError):
        return ""
