"""`kill -9` during an ingest: what was acknowledged is there, nothing is half-written, the next run completes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.kills import campaign

#: 26 kills, a half for each of two cores; the long run is `make attack`.
SEEDS = range(2)
KILLS = 100 if os.environ.get("LEIOMYO_LONG") else 13


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_ingest_leaves_a_whole_state_that_the_next_run_completes(seed: int, tmp_path: Path) -> None:
    assert sum(campaign(tmp_path, kills=KILLS, seed=seed).values()) == KILLS
