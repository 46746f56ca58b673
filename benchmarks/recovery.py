"""Whether a known hazard ratio is found again: drawn, written as files, read, placed in lines, analysed, many times.

Two first-line regimens, of which the second has the known hazard ratio of death; nobody dies of anything else, nobody
gets a second line and nothing else differs, so that the ratio is that of the model and of the analysis alike. Says in
how many runs the 95 % limits cover it, which should be 93 to 97 of 100.

Usage: python benchmarks/recovery.py [--runs 2000] [--patients 160] [--ratio 0.65] [--seed 1] [--short]
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import tempfile
import time
from functools import partial
from pathlib import Path

from leiomyo.exports.writers import writer
from leiomyo.registry import Registry
from leiomyo.simulate.disease import draw
from leiomyo.simulate.parameters import SITES, Parameters, parameters

REGIMENS = ("doxorubicin", "dox_trabectedin")


def two_arms(ratio: float) -> Parameters:
    """Everybody has spread at diagnosis and gets one of two first lines, by the toss of a coin."""
    p = parameters()
    sequences = [{"share": {"uterine": 0.5, "other": 0.5}, "from": 2000, "lines": [name] * 5} for name in REGIMENS]
    doxorubicin, other = (p[f"regimens.{name}"] for name in REGIMENS)
    return p.changed({
        "cohort.mimics": 0.0, "spread.at_diagnosis": dict.fromkeys(SITES, 30.0), "recurrence.frailty": 0.0,
        "other_deaths.multiplier": 0.0, "advanced.treated": 20.0, "advanced.next_line": [0.0] * 4,
        "advanced.sequences": sequences, "advanced.survival_months": dict.fromkeys(SITES, 24),
        "advanced.available_from": {}, "regimens.doxorubicin": doxorubicin | {"death": 1.0},
        "regimens.dox_trabectedin": other | {"death": ratio}, "effects.adjuvant_radiation_on_death": 1.0,
    })  # fmt: skip


def recovered(seed: int, patients: int, ratio: float) -> tuple[float, float, float]:
    """Estimate and limits of the hazard ratio from one drawn cohort, by files and the whole product."""
    cohort = draw(patients, seed, using=two_arms(ratio))
    with tempfile.TemporaryDirectory() as folder, Registry() as registry:
        writer("csv")(cohort.records, Path(folder) / "export", name="recovery")
        result = registry.ingest(Path(folder) / "export", centre="A")
        if result.status != "new":
            raise SystemExit("\n".join(map(str, result.problems)))
        told = registry.cox("os", on=["regimen"], index="line", line=1).told
    [term] = told["terms"]
    if term["level"] == "doxorubicin":  # the larger group is the reference, whichever it is
        return 1 / term["hazard_ratio"], 1 / term["conf_high"], 1 / term["conf_low"]
    return term["hazard_ratio"], term["conf_low"], term["conf_high"]


def main() -> None:
    """Print the share of runs whose limits cover the ratio, with the error of that share, and the mean estimate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--patients", type=int, default=160)
    parser.add_argument("--ratio", type=float, default=0.65)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--short", action="store_true", help="6 runs")
    asked = parser.parse_args()
    runs = 6 if asked.short else asked.runs
    began = time.perf_counter()
    one = partial(recovered, patients=asked.patients, ratio=asked.ratio)
    with multiprocessing.get_context("spawn").Pool(asked.processes) as pool:
        found = pool.map(one, range(asked.seed * 100_000, asked.seed * 100_000 + runs), chunksize=5)
    covered = sum(low <= asked.ratio <= high for _, low, high in found) / runs
    mean = math.exp(sum(math.log(estimate) for estimate, _, _ in found) / runs)
    error = math.sqrt(covered * (1 - covered) / runs)
    print(f"hazard ratio {asked.ratio}: {runs} cohorts of {asked.patients}, 95 % limits cover it in "
          f"{100 * covered:.2f} % (standard error {100 * error:.2f}), mean estimate {mean:.3f}; "
          f"{time.perf_counter() - began:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
