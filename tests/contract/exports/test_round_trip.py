"""What is written in a format is read back as the same case tables, but for what `cannot_<format>.csv` lists.

A format of whole days (`WHOLE_DAYS`) holds no partial one: then what is missing has such a day, is counted, and comes back
without it or not at all.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from leiomyo.exports.writers import FORMATS, cannot, writer
from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from tests.contract.exports.compare import differences, held
from tests.contract.exports.sample import sample

#: The formats whose writer is there.
WRITTEN = [name for name in FORMATS if resources.files("leiomyo.exports").joinpath(f"cannot_{name}.csv").is_file()]

#: The formats in which a day that is known to the month or the year only has no place.
WHOLE_DAYS = frozenset({"cbioportal"})


@pytest.mark.parametrize("partial", [False, True], ids=["whole days", "partial days"])
@pytest.mark.parametrize("format", WRITTEN)
def test_what_is_written_comes_back(format: str, partial: bool, tmp_path: Path) -> None:
    records = sample(partial=partial)
    left = writer(format)(records, tmp_path / "out", name="sample")
    with Registry() as registry:
        result = registry.ingest(tmp_path / "out", centre="A")
        assert result.status == "new", [str(problem) for problem in result.problems]
        found = held(registry)
        assert [str(one) for one in result.problems if one.severity == "error"] == []
    different = differences(records, found, format)
    if not (partial and format in WHOLE_DAYS):
        assert different == {}
        return
    missing = [row for told in different.values() for row in told["missing"]]
    assert all(_undated(row) for row in missing)
    assert len(missing) <= sum(left.values())
    for told in different.values():
        assert all(any(_without_days(row, lost) for lost in told["missing"]) for row in told["too many"]), told


def _undated(row: tuple[Any, ...]) -> bool:
    """Whether the row has no whole day: what is known of its day in part only has been left out of the comparison."""
    return not any(name.endswith("_low") for name, _ in row)


def _without_days(row: tuple[Any, ...], lost: tuple[Any, ...]) -> bool:
    """Whether a row is the other one without its partial days, and says nothing else."""
    cells = dict(lost)
    partial = {name for name in cells if name.endswith("_low") and cells[name] != cells[f"{name[:-4]}_high"]}
    return (
        set(row) <= set(lost)
        and not {name for name, _ in row} & partial
        and dict(row).get("patient") == cells["patient"]
    )


@pytest.mark.parametrize("format", WRITTEN)
def test_what_a_format_cannot_say_is_a_column_that_exists(format: str) -> None:
    for (table, column), why in cannot(format).items():
        name, _, which = column.partition(" if ")
        assert name == "*" or name in TABLES[table].index, (table, column)
        assert not which or which.partition("=")[0] in TABLES[table].index, (table, which)
        assert why
