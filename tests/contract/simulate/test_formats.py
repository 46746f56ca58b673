"""The same drawn patients in every format: they come back as the same case tables, and nothing of their truth is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leiomyo.commands.simulated import score_simulation, write_simulation
from leiomyo.exports.writers import FORMATS, writer
from leiomyo.registry import Registry
from leiomyo.simulate.disease import draw
from tests.contract.exports.compare import differences, held

#: A format that cannot tell an item of the score at all.
UNTOLD = {"biotab": {"dss", "rfs", "lrfs"}}


@pytest.mark.parametrize("format", FORMATS)
def test_drawn_patients_come_back_as_the_same_case_tables(format: str, tmp_path: Path) -> None:
    records = draw(150, 12).records
    writer(format)(records, tmp_path / "out", name="drawn")
    with Registry() as registry:
        result = registry.ingest(tmp_path / "out", centre="")
        assert [str(one) for one in result.problems if one.severity == "error"] == []
        assert differences(records, held(registry), format) == {}


@pytest.mark.parametrize("format", FORMATS)
def test_of_clean_records_every_item_is_found(format: str, tmp_path: Path) -> None:
    items = _scored(tmp_path, patients=150, seed=5, formats=[format], noise="clean")
    assert items["case finding"]["n"] > 100
    for name, item in items.items():
        if name in UNTOLD.get(format, set()):
            assert (item["n"], set(item["excluded_by"])) == (0, {"no place in the format"}), name
        elif item["n"]:
            assert (item["precision"], item["recall"], item["capped"]) == (1.0, 1.0, False), (name, item)
    assert items["planted errors"]["false_alarms"] == 0


#: Least shares that are found at the level `default`; measured over 2,000 patients they are higher.
LEAST = {
    "case finding": 0.995, "site group": 0.99, "margin of the definitive operation": 0.98, "lines of therapy": 0.97,
    "os": 0.99, "planted errors": 0.99,
}  # fmt: skip


def test_of_the_records_of_three_centres_nearly_everything_is_found(tmp_path: Path) -> None:
    items = _scored(tmp_path, patients=500, seed=77, formats=["csv", "fhir", "omop"], noise="default")
    for name, least in LEAST.items():
        assert items[name]["recall"] >= least, (name, items[name])
        assert not items[name]["capped"], name
    assert items["planted errors"]["n"] >= 5
    assert items["planted errors"]["false_alarm_share"] <= 0.005


def _scored(folder: Path, *, patients: int, seed: int, formats: list[str], noise: str) -> dict[str, dict[str, Any]]:
    write_simulation(folder / "made", patients=patients, seed=seed, formats=formats, noise=noise, n=len(formats))
    return {item["item"]: item for item in score_simulation(folder / "made")["items"]}
