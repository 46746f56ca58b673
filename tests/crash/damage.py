"""Bits turned and ends cut off in a registry, its log and its seal: the acknowledged state, or a plain refusal.

`python -m tests.crash.damage [--turns 300]` prints how often which; the tests run a few of the same.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from leiomyo.errors import LeiomyoError
from leiomyo.registry import Registry
from tests.crash.kills import State, state, write_export

#: Ends without closing, so that the last ingest is in the log only.
_CRASH = """
import os, sys
from leiomyo.registry import Registry
held = Registry(sys.argv[1])
held.store.execute("PRAGMA disable_checkpoint_on_shutdown")
held.store.execute("SET checkpoint_threshold = '1GB'")
for source in sys.argv[2:]:
    assert held.ingest(source).status == "new"
os._exit(0)
"""


def registry_with_log(folder: Path) -> tuple[Path, State]:
    """A registry of two sources, the second of which is still in its log, and what it holds."""
    first, second = (write_export(folder / name, name, 40) for name in ("AA", "BB"))
    path = folder / "made" / "registry.duckdb"
    path.parent.mkdir()
    with Registry(path) as held:
        held.ingest(first)
    subprocess.run([sys.executable, "-c", _CRASH, str(path), str(second)], check=True)
    assert path.with_name("registry.duckdb.wal").stat().st_size > 1000
    copy = shutil.copytree(path.parent, folder / "whole") / path.name
    with Registry(copy) as held:
        return path, state(held)


def closed_registry(folder: Path) -> tuple[Path, State]:
    """The same, closed: all is in the file."""
    path, whole = registry_with_log(folder)
    Registry(path).close()
    return path, whole


def damages(rng: random.Random, ending: str, turns: int) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Ways to damage the file of that ending: bits turned, ends cut off, blocks of nothing, all gone."""
    for number in range(turns):
        at, bit, kind = rng.random(), rng.randrange(8), ("bit", "bit", "cut", "zeroed")[number % 4]
        yield kind, lambda path, at=at, bit=bit, kind=kind: _damage(path, ending, kind, at, bit)  # type: ignore[misc]
    yield "emptied", lambda path: path.with_name(path.name + ending).write_bytes(b"")
    if ending != "":  # a registry that is gone is no registry
        yield "removed", lambda path: path.with_name(path.name + ending).unlink()


def _damage(registry: Path, ending: str, kind: str, at: float, bit: int) -> None:
    path = registry.with_name(registry.name + ending)
    content = bytearray(path.read_bytes())
    place = int(at * len(content))
    if kind == "bit":
        content[place] ^= 1 << bit
    elif kind == "cut":
        del content[place:]
    else:
        content[place : place + 512] = bytes(len(content[place : place + 512]))
    path.write_bytes(content)


def found(path: Path, whole: State) -> str:
    """What becomes of a damaged registry: `whole`, or the code of the refusal.

    Raises
    ------
    AssertionError
        It opened with something else than what was acknowledged.
    """
    try:
        with Registry(path, create=False) as held:
            there = state(held)
    except LeiomyoError as error:
        return error.code
    assert there == whole, "opened, and not with what was acknowledged"
    return "whole"


def campaign(folder: Path, make: Callable[[Path], tuple[Path, State]], ending: str, *, turns: int, seed: int
             ) -> Counter[str]:  # fmt: skip
    """Damage copies of a registry in many ways; how often each outcome was met."""
    path, whole = make(folder)
    outcomes: Counter[str] = Counter()
    for kind, damage in damages(random.Random(seed), ending, turns):
        copy = shutil.copytree(path.parent, folder / "copy") / path.name
        damage(copy)
        outcomes[f"{kind}: {found(copy, whole)}"] += 1
        shutil.rmtree(folder / "copy")
    return outcomes


def main() -> None:
    """Damage and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=300)
    options = parser.parse_args()
    for make, ending in ((closed_registry, ""), (registry_with_log, ".wal"), (closed_registry, ".seal")):
        with tempfile.TemporaryDirectory() as folder:
            print(f"registry.duckdb{ending}")
            for told, n in sorted(campaign(Path(folder), make, ending, turns=options.turns, seed=1).items()):
                print(f"  {told}: {n}")


if __name__ == "__main__":
    main()
