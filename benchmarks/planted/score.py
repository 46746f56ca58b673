"""How many planted errors the checks find, and how many patients without one they alarm about.

An error counts as found where a check of its kind (`expected.csv`) names its patient. A false alarm is a patient
without a planted error whom any conformance or plausibility check of severity error or warning names.

    python benchmarks/planted/score.py [--patients 2000] [--seed 1] [--short]
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib import resources
from pathlib import Path
from typing import Any

from leiomyo.registry import Registry

EXPECTED = resources.files("leiomyo.simulate.planted").joinpath("expected.csv")
HERE = Path(__file__).parent


def expected() -> dict[str, set[str]]:
    """The checks that a kind of error should fire, any one of them."""
    with EXPECTED.open(encoding="utf-8") as stream:
        return {row["kind"]: set(row["checks"].split("|")) for row in csv.DictReader(stream)}


def score(tables: Path, truth: Path) -> dict[str, Any]:
    """Recall by kind, and the false alarms by check."""
    with Registry() as registry:
        assert registry.ingest(tables).status == "new"
        people = {patient for (patient,) in registry.store.rows("SELECT patient FROM patient")}
        findings = [row for row in registry.check(everybody=True).rows() if row["patient"]]
    with truth.open(encoding="utf-8") as stream:
        planted = list(csv.DictReader(stream))
    named: dict[str, set[str]] = defaultdict(set)
    for row in findings:
        named[row["patient"]].add(row["check"])
    clean = people - {row["patient"] for row in planted}
    alarms: dict[str, set[str]] = defaultdict(set)
    for row in findings:
        about_an_error = row["category"] != "completeness" and row["severity"] in {"error", "warning"}
        if row["patient"] in clean and about_an_error:
            alarms[row["check"]].add(row["patient"])
    missed = [row for row in planted if not named[row["patient"]] & expected()[row["kind"]]]
    return {
        "planted": len(planted), "found": len(planted) - len(missed), "missed": missed, "clean": len(clean),
        "alarmed": len(set().union(*alarms.values())), "alarms": alarms,
    }  # fmt: skip


def main() -> None:
    """Print recall, what was missed, and the false alarms by check."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, str(HERE / "cohort.py"), "--patients", str(400 if asked.short else asked.patients),
                   "--seed", str(asked.seed), "--out", name]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        found = score(Path(name) / "tables", Path(name) / "truth" / "truth.csv")
    print(f"planted errors {found['planted']}, found {found['found']}: recall {found['found'] / found['planted']:.4f}")
    for row in found["missed"]:
        print(f"  missed {row['kind']} of {row['patient']}: {row['note']}")
    print(f"patients without one {found['clean']}, alarmed about {found['alarmed']}: "
          f"{100 * found['alarmed'] / found['clean']:.2f} %")  # fmt: skip
    for check, patients in sorted(found["alarms"].items(), key=lambda item: -len(item[1])):
        print(f"  {check}: {len(patients)}, such as {min(patients)}")


if __name__ == "__main__":
    main()
