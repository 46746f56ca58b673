"""What all tests share: where the real files are, and the cohort made by hand, read once."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import hypothesis
import pytest

import leiomyo
from leiomyo.registry import Registry

ROOT = Path(__file__).parents[1]
SHARE = 7
SHARED = Path(os.environ.get("LEIOMYO_SHARED") or ROOT.parent / "shared" / "data")

# A busy machine is no fault of the code: no test asserts a time.
hypothesis.settings.register_profile("plain", deadline=None, print_blob=True)
hypothesis.settings.load_profile("plain")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of attacks that every format goes through, `make test` runs one in seven, the same ones each time; `make attack` all."""
    if os.environ.get("LEIOMYO_LONG"):
        return
    left = {item for item in items if item.get_closest_marker("sampled") and zlib.crc32(item.nodeid.encode()) % SHARE}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


@pytest.fixture(autouse=True, scope="session")
def _from_the_root() -> None:
    """Examples in docstrings name folders of the repository by their paths."""
    os.chdir(ROOT)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public files; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip(f"the public test files are not at {SHARED.name}/; set LEIOMYO_SHARED")
    return SHARED


@pytest.fixture(scope="session")
def example() -> Registry:
    """The cohort made by hand, reconciled."""
    return leiomyo.read(ROOT / "tests" / "handmade" / "cohort")


@pytest.fixture(scope="session")
def tcga(shared: Path) -> Registry:
    """TCGA-SARC, reconciled."""
    return leiomyo.read(shared / "tcga_sarc")
