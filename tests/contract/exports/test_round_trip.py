"""What is written in a format is read back as the same case tables, but for what `cannot_<format>.csv` lists."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from leiomyo.exports.writers import FORMATS, cannot, writer
from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from tests.contract.exports.compare import differences, held
from tests.contract.exports.sample import sample

#: The formats whose writer is there.
WRITTEN = [name for name in FORMATS if resources.files("leiomyo.exports").joinpath(f"cannot_{name}.csv").is_file()]


@pytest.mark.parametrize("partial", [False, True], ids=["whole days", "partial days"])
@pytest.mark.parametrize("format", WRITTEN)
def test_what_is_written_comes_back(format: str, partial: bool, tmp_path: Path) -> None:
    records = sample(partial=partial)
    writer(format)(records, tmp_path / "out", name="sample")
    with Registry() as registry:
        result = registry.ingest(tmp_path / "out", centre="A")
        assert result.status == "new", [str(problem) for problem in result.problems]
        found = held(registry)
        assert [str(one) for one in result.problems if one.severity == "error"] == []
    assert differences(records, found, format) == {}


@pytest.mark.parametrize("format", WRITTEN)
def test_what_a_format_cannot_say_is_a_column_that_exists(format: str) -> None:
    for (table, column), why in cannot(format).items():
        name, _, which = column.partition(" if ")
        assert name == "*" or name in TABLES[table].index, (table, column)
        assert not which or which.partition("=")[0] in TABLES[table].index, (table, which)
        assert why
