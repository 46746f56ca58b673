"""Where the engine puts what does not fit into memory, and that nothing of it stays: it is patients' data.

A registry in a file spills beside it (`<registry>.tmp`), where there is room and the same people may look; one in
memory spills to a folder of its own below the system's temporary folder (`TMPDIR`). Either is for this user alone
and is removed at the end; what a killed run left is removed by the next one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path

_PREFIX = "leiomyo-"
_HELD = "held"


class Spill:
    """A folder for the engine's temporary files, as long as a registry is open."""

    def __init__(self, registry: Path | None) -> None:
        if registry is None:
            _remove_abandoned()
        self.folder, self._lock = _beside(registry) if registry else _private()
        self._end = weakref.finalize(self, _remove, self.folder, self._lock)

    def clear(self) -> None:
        """Remove what a killed run left; only for the process that holds the registry."""
        for item in self.folder.iterdir() if self.folder.is_dir() and self._lock is None else ():
            item.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder and all in it."""
        self._end()


def _beside(registry: Path) -> tuple[Path, int | None]:
    folder = registry.with_name(registry.name + ".tmp")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:  # a registry that may only be read
        return _private()
    return folder, None


def _private() -> tuple[Path, int | None]:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    return folder, _lock(folder / _HELD)


def _lock(path: Path) -> int | None:
    """Mark a folder as in use, in a way that ends with the process however it ends; None where it is in use."""
    try:
        import fcntl
    except ImportError:  # where there is no such lock, folders of killed runs are left to the system
        return None
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _remove_abandoned() -> None:
    """Remove this user's folders whose process has gone."""
    for folder in Path(tempfile.gettempdir()).glob(_PREFIX + "*"):
        try:
            # without the mark it is somebody's folder of another kind, or one that is only just being made
            mine = folder.lstat().st_uid == os.getuid() and not folder.is_symlink() and (folder / _HELD).is_file()
            handle = _lock(folder / _HELD) if mine else None
        except (OSError, AttributeError):
            continue
        if handle is not None:
            _remove(folder, handle)


def _remove(folder: Path, lock: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        os.close(lock)
