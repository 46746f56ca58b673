"""The quick look for a leiomyosarcoma in a file passes over no way of writing one."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.model.codes import codes
from leiomyo.sources.omop_concepts import Concept, Vocabulary
from leiomyo.sources.omop_folder import may_name, sarcomas_met

TERMS = [term for term, row in codes("histology_terms").items() if row["lms"] == "yes"]
CODES = [code for code, row in codes("morphology").items() if row["lms"] == "yes"]


@pytest.mark.parametrize("written", [*TERMS, *CODES, "8890/3-C54.2", "36559557", "700001"])
def test_every_way_of_writing_it_is_seen(written: str, tmp_path: Path) -> None:
    vocabulary = Vocabulary({"700001": Concept("700001", "SNOMED", "1", "Leiomyosarcoma")}, {})
    path = tmp_path / "measurement.csv"
    path.write_text(f"measurement_id,value\n1,{written}\n", encoding="utf-8")
    assert may_name(path, sarcomas_met(vocabulary))


def test_a_laboratory_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "measurement.csv"
    path.write_text("measurement_id,value\n8890,718-7\n38896,7.5\n700001,1\n", encoding="utf-8")
    assert not may_name(path, sarcomas_met(Vocabulary({}, {})))
