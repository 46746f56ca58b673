"""What a simulated cohort costs: drawing alone, and the whole way from drawing to a curve.

    python benchmarks/simulation.py [--short] [--draw 1000000] [--format csv,biotab,…]

Each part in a process of its own, with its peak memory. Prints figures; asserts none.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: The whole way at these sizes, to show how the cost grows.
SIZES = (1_000, 10_000, 100_000)


def drawn(n: int) -> dict[str, float]:
    """Persons drawn one part after another, every table made and given up again."""
    from leiomyo.simulate.disease import parts_of

    began = time.perf_counter()
    rows = sum(sum(table.num_rows for table in part.records.values()) for part in parts_of(n, 1))
    return {"seconds": time.perf_counter() - began, "rows": rows}


def whole_way(n: int, format: str) -> dict[str, float]:
    """Drawn, written, ingested, placed in lines, and one survival curve by site."""
    from leiomyo.exports.writers import writer
    from leiomyo.registry import Registry
    from leiomyo.simulate.disease import draw

    told: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal clock
        told[name], clock = time.perf_counter() - clock, time.perf_counter()

    with tempfile.TemporaryDirectory() as folder:
        cohort = draw(n, 1)
        lap("draw")
        writer(format)(cohort.records, Path(folder) / "export", name="simulated")
        lap("write")
        with Registry(Path(folder) / "registry.duckdb") as registry:
            result = registry.ingest(Path(folder) / "export", centre="A")
            if result.status != "new":
                raise SystemExit("\n".join(map(str, result.problems[:5])))
            lap("ingest")
            registry.lines()
            lap("lines")
            registry.survival("os", by="site_group")
            lap("curve")
    return told


def alone(work: Callable[..., dict[str, float]], *given: Any) -> dict[str, float]:
    """What a function tells, from a process of its own, with the peak memory of that process in MB."""
    receiver, sender = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_send, args=(sender, work, given))
    process.start()
    told: dict[str, float] = receiver.recv()
    process.join()
    return told


def _send(sender: Any, work: Callable[..., dict[str, float]], given: tuple[Any, ...]) -> None:
    told = work(*given)
    sender.send(told | {"MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000})


def main() -> None:
    """Print each figure as it comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="10,000 drawn; the whole way at 1,000")
    parser.add_argument("--draw", type=int, default=1_000_000)
    parser.add_argument("--format", default="csv")
    asked = parser.parse_args()
    n = 10_000 if asked.short else asked.draw
    told = alone(drawn, n)
    print(f"{n:,} persons drawn: {told['seconds']:.1f} s, {told['rows']:,.0f} rows, peak {told['MB']:,.0f} MB")
    for format in asked.format.split(","):
        for size in SIZES[:1] if asked.short else SIZES:
            told = alone(whole_way, size, format)
            laps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in told.items() if name != "MB")
            total = sum(seconds for name, seconds in told.items() if name != "MB")
            print(f"{format}, {size:,} persons: {total:.1f} s ({laps}), peak {told['MB']:,.0f} MB")


if __name__ == "__main__":
    main()
