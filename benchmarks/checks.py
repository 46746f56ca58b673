"""How long all checks take, and what they do to survival, on TCGA-SARC repeated to as many patients.

Prints figures; asserts none. Usage: python benchmarks/checks.py [--short] [--patients N]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from report import SHARED, multiplied

from leiomyo.checks.run import run_checks
from leiomyo.outcomes.impact import check_effects
from leiomyo.outcomes.question import ask
from leiomyo.registry import Registry


def main() -> None:
    """Read the made study, then time the checks alone and their effects, each in wall and processor seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="1,000 patients")
    parser.add_argument("--patients", type=int, default=20_000)
    options = parser.parse_args()
    if not (SHARED / "tcga_sarc").is_dir():
        print(f"TCGA-SARC is not at {SHARED}: not run (LEIOMYO_SHARED names another place)")
        return
    patients = 1000 if options.short else options.patients
    with tempfile.TemporaryDirectory() as folder:
        multiplied(SHARED / "tcga_sarc", Path(folder) / "made", patients)
        registry = Registry()
        registry.ingest(Path(folder) / "made")
    ask(registry.store, "os")  # courses are needed by every outcome, not by the checks
    wall, processor = time.perf_counter(), time.process_time()
    results = run_checks(registry.store)
    checked, checked_cpu = time.perf_counter() - wall, time.process_time() - processor
    wall, processor = time.perf_counter(), time.process_time()
    effects = check_effects(registry.store, results)
    told, told_cpu = time.perf_counter() - wall, time.process_time() - processor
    print(f"{len(results)} checks on {patients:,} patients: {checked:.2f} s ({checked_cpu:.2f} s of processor), "
          f"{sum(one.failed for one in results):,} failing rows")  # fmt: skip
    print(f"effect of {len(effects)} failing checks on survival: {told:.2f} s ({told_cpu:.2f} s of processor)")


if __name__ == "__main__":
    main()
