"""The checks find what was planted in a cohort frozen before they were tuned, and leave right patients in peace."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from leiomyo.simulate.planted.kinds import KINDS
from tests.conftest import ROOT

FOLDER = ROOT / "benchmarks" / "planted"
#: What the scripts made of this seed as they stood before the first check was tuned against them.
FROZEN = "ffb4df72dea32dbf9c3066243f76319d7d59e8defd636f23cbaa2c124fae399b"


def test_the_cohort_is_still_the_one_that_was_frozen(tmp_path: Path) -> None:
    subprocess.run([sys.executable, FOLDER / "cohort.py", "--patients", "300", "--seed", "1", "--out", tmp_path],
                   check=True, capture_output=True)  # fmt: skip
    digest = hashlib.sha256()
    for path in sorted(tmp_path.rglob("*.csv")):
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
    assert set(score.expected()) == {kind.name for kind in KINDS}
    assert found["planted"] >= 200
    assert found["found"] / found["planted"] >= 0.99, found["missed"]
    assert found["alarmed"] / found["clean"] <= 0.005, found["alarms"]
