"""The engine's errors in our words: who holds the file, what is full, what is damaged."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from leiomyo.errors import LeiomyoError

_HELD = re.compile(r"could not set lock|conflicting lock|being used by another process", re.I)
#: So much of the engine's own words is enough to look them up.
_SHOWN = 160
_HOLDER = re.compile(r"PID (\d+)")
_NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded|File too large|max_temp_directory_size", re.I)
_CLOSED = re.compile(
    r"Permission denied|Read-only file system|read-only mode|Operation not permitted|No such file or directory"
    r"|Is a directory|Not a directory|File name too long|Input/output error", re.I
)  # fmt: skip
_FOREIGN = re.compile(r"not a valid DuckDB|is not a database|different storage version|newer version of DuckDB", re.I)


def plain(error: duckdb.Error, path: Path | None) -> LeiomyoError:
    """What went wrong, as the user can act on it.

    Examples
    --------
    >>> plain(duckdb.IOException("Could not write file: No space left on device"), Path("r.duckdb")).code
    'LM-S004'
    """
    text = str(error).strip() or type(error).__name__
    file = str(path) if path else "the registry in memory"
    if _HELD.search(text):
        holder = _HOLDER.search(text)
        return LeiomyoError("LM-S001", f"It is held by process {holder[1]}." if holder else "", file=file)
    if isinstance(error, duckdb.OutOfMemoryException) or (path is None and _NO_ROOM.search(text)):
        return LeiomyoError("LM-S021", file=file)
    for pattern in (_NO_ROOM, _CLOSED):
        if told := pattern.search(text):
            return LeiomyoError("LM-S004", f"{told[0].capitalize()}.", file=file)
    if _FOREIGN.search(text):
        return LeiomyoError("LM-S002", file=file)
    return LeiomyoError("LM-S020", f"The engine says: {text.splitlines()[0][:_SHOWN]}", file=file)
