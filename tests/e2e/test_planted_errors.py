"""The checks find what was planted in a cohort frozen before they were tuned, and leave right patients in peace."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

FOLDER = ROOT / "benchmarks" / "planted"
#: The scripts as they stood before the first check was tuned against them.
FROZEN = "a0561803157f2ec4bd1090905eeed64f3bd397f836bd1ec987d52f2c7f41f823"


def test_the_cohort_is_still_the_one_that_was_frozen() -> None:
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.py")):
        if path.name != "score.py":
            digest.update(path.read_bytes())
    assert digest.hexdigest() == FROZEN


def test_planted_errors_are_found_and_right_patients_left_in_peace(tmp_path: Path) -> None:
    sys.path.insert(0, str(FOLDER))
    try:
        import score
    finally:
        sys.path.pop(0)
    subprocess.run([sys.executable, FOLDER / "cohort.py", "--patients", "1000", "--seed", "11", "--out", tmp_path],
                   check=True, capture_output=True)  # fmt: skip
    found = score.score(tmp_path / "tables", tmp_path / "truth" / "truth.csv")
    assert set(score.expected()) == {
        line.split(",")[0] for line in (FOLDER / "expected.csv").read_text().splitlines()[1:]
    }
    assert found["planted"] >= 200
    assert found["found"] / found["planted"] >= 0.99, found["missed"]
    assert found["alarmed"] / found["clean"] <= 0.005, found["alarms"]
