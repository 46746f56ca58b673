"""How much of the truth is found: simulated persons at one centre for each format, clean, at three seeds, and heavy.

    python benchmarks/score.py [--patients 2000] [--seeds 101,102,103] [--short]

Prints the table of the README.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from leiomyo.commands.simulated import score_simulation, write_simulation

#: The largest centre first.
FORMATS = ("csv", "fhir", "omop", "redcap", "cbioportal", "biotab")
WORDS = {
    "os": "overall survival, exact to the day", "dss": "disease-specific survival", "rfs": "recurrence-free survival",
    "lrfs": "local recurrence-free survival", "dmfs": "metastasis-free survival", "efs": "event-free survival",
    "pfs": "progression-free survival by line", "ttnt": "time to next treatment by line",
    "lines of therapy": "lines of therapy, exact drugs and start", "planted errors": "planted errors found",
}  # fmt: skip


def scored(patients: int, seed: int, noise: str) -> dict[str, dict[str, Any]]:
    """The items of one simulated cohort by name."""
    with tempfile.TemporaryDirectory() as folder:
        write_simulation(Path(folder) / "made", patients=patients, seed=seed, formats=FORMATS, noise=noise,
                         n=len(FORMATS))  # fmt: skip
        return {item["item"]: item for item in score_simulation(Path(folder) / "made")["items"]}


def shown(share: float | None) -> str:
    """A share as the table shows it."""
    return "–" if share is None else "100 %" if share == 1 else f"{100 * share:.1f} %"


def main() -> None:
    """Print the table, and what was false."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--seeds", default="101,102,103")
    parser.add_argument("--short", action="store_true", help="120 persons, one seed")
    asked = parser.parse_args()
    patients = 120 if asked.short else asked.patients
    seeds = [int(seed) for seed in asked.seeds.split(",")][: 1 if asked.short else None]
    clean, heavy = (scored(patients, seed, noise) for seed, noise in ((202, "clean"), (201, "heavy")))
    default = [scored(patients, seed, "default") for seed in seeds]
    print(f"| item | clean | default noise, {len(seeds)} seeds | of so many, excluded | heavy noise |")
    print("| --- | --- | --- | --- | --- |")
    for name, item in clean.items():
        found = [one[name] for one in default]
        known = [one["recall"] for one in found if one["recall"] is not None]
        least, most = (shown(pick(known, default=None)) for pick in (min, max))
        between = least if least == most else f"{least.removesuffix(' %')} to {most}"
        counts = f"{sum(one['n'] for one in found):,}, {sum(one['excluded'] for one in found):,}"
        told = shown(item["recall"] if item["n"] else None)
        print(f"| {WORDS.get(name, name)} | {told} | {between} | {counts} | {shown(heavy[name]['recall'])} |")
    alarms = [one["planted errors"] for one in (clean, *default, heavy)]
    print("patients named in vain: " + ", ".join(str(one["false_alarms"]) for one in alarms))
    capped = sorted({name for one in (clean, *default, heavy) for name, item in one.items() if item["capped"]})
    print(f"items that lost more than a twentieth of their truth at some level: {', '.join(capped) or 'none'}")


if __name__ == "__main__":
    main()
