"""What a registry held when its last change was acknowledged, kept beside it: `<registry>.seal`.

After a crash the engine replays its log and stops at the first entry that is damaged. One flipped bit there, a
log that was deleted or a file cut to nothing would then open as an earlier state, without a word. The seal says
which state was acknowledged: the number of the change, the rows of each table and a digest of the sources. It holds
no value of any patient.

The next seal is written before the change is committed and takes its place after it, so that at every moment the
registry is as new as its seal or newer.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from leiomyo.errors import LeiomyoError


@dataclass(frozen=True, slots=True)
class Seal:
    """One state of one registry."""

    registry: str
    serial: int
    rows: Mapping[str, int]
    sources: str


def place(registry: Path) -> Path:
    """Where the seal of a registry lies."""
    return registry.with_name(registry.name + ".seal")


def prepare(registry: Path, seal: Seal) -> None:
    """Write the seal of a change that is about to be committed, safely on disk."""
    told = asdict(seal)
    part = _next(registry)
    with part.open("w", encoding="utf-8") as stream:
        json.dump(told | {"digest": _digest(told)}, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())


def publish(registry: Path) -> None:
    """Let the seal that was prepared count: its change is committed."""
    _next(registry).replace(place(registry))


def drop(registry: Path) -> None:
    """Forget the seal that was prepared: its change was not committed."""
    _next(registry).unlink(missing_ok=True)


def remove(registry: Path) -> None:
    """Forget all seals of a registry that is removed."""
    drop(registry)
    place(registry).unlink(missing_ok=True)


def read(registry: Path) -> Seal | None:
    """The seal of a registry; None where it has none.

    Raises
    ------
    LeiomyoError
        `LM-S020`: the seal itself is damaged.
    """
    try:
        told = json.loads(place(registry).read_bytes())
        digest = told.pop("digest")
        if digest != _digest(told):
            raise ValueError("digest")
        return Seal(**told)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LeiomyoError("LM-S004", f"{error.strerror}.", file=str(place(registry))) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LeiomyoError("LM-S020", "Its seal is damaged.", file=str(registry)) from error


def check(registry: Path, found: Seal, kept: Seal | None) -> None:
    """Refuse a registry that holds less than was acknowledged.

    Raises
    ------
    LeiomyoError
        `LM-S020`: it is older than its seal, or of the same change and with other rows.
    """
    # The seal of another registry says nothing about a file that was put in its place.
    if kept is None or kept.registry != found.registry or found.serial > kept.serial:
        return
    if found.serial < kept.serial:
        told = f"It holds change {found.serial}, and change {kept.serial} was acknowledged."
        raise LeiomyoError("LM-S020", told, file=str(registry))
    # A table that a later version adds is no loss.
    for table, rows in kept.rows.items():
        if found.rows.get(table) != rows:
            told = f"Table {table} holds {found.rows.get(table, 0)} rows of {rows}."
            raise LeiomyoError("LM-S020", told, file=str(registry))
    if found.sources != kept.sources:
        raise LeiomyoError("LM-S020", "Its list of sources is not the one acknowledged.", file=str(registry))


def _next(registry: Path) -> Path:
    return registry.with_name(registry.name + ".seal.next")


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
