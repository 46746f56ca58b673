"""What goes out as a cBioPortal study comes back as it was; single days have the mandatory blank column."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from leiomyo.cli import app
from leiomyo.errors import InputError
from leiomyo.registry import Registry, read
from tests.contract.sources import studies


def _lines(path: Path) -> list[dict[str, str]]:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_single_days_open_ends_and_days_before_diagnosis_go_out_and_come_back(tmp_path: Path) -> None:
    """cBioPortal/datahub#73: an event of one day was rejected for lacking a stop date."""
    registry = studies.read(
        tmp_path / "in", patient=[{}], sample=[{}],
        surgery=[{"PATIENT_ID": "P1", "START_DATE": "12", "EVENT_TYPE": "SURGERY", "SURGERY": "Resection"}],
        treatment=[studies.EVENT | {"START_DATE": "-20", "STOP_DATE": ""}],
    )  # fmt: skip
    registry.export("cbioportal", tmp_path / "out")
    [surgery] = _lines(tmp_path / "out" / "data_timeline_surgery.txt")
    assert (surgery["START_DATE"], surgery["STOP_DATE"]) == ("12", "")
    [treatment] = _lines(tmp_path / "out" / "data_timeline_treatment.txt")
    assert (treatment["START_DATE"], treatment["STOP_DATE"], treatment["AGENT"]) == ("-20", "", "doxorubicin")
    back = read(tmp_path / "out")
    assert studies.rows(back, "surgery", "kind", "day_low", "day_high") == [("primary", 12, 12)]
    assert studies.rows(back, "drug_exposure", "agent", "start_low", "end_low", "ongoing") == [
        ("doxorubicin", -20, None, None)
    ]


def _told(registry: Registry) -> list[object]:
    queries = (
        "SELECT patient, vital_status, CASE vital_status WHEN 'dead' THEN death_low ELSE last_contact_low END FROM patient SEMI JOIN lms USING (patient)",
        "SELECT patient, agent, start_low, end_low FROM drug_exposure SEMI JOIN lms USING (patient) WHERE start_low IS NOT NULL AND agent IS NOT NULL AND tumour = '1'",
        "SELECT patient, day_low, margin FROM surgery SEMI JOIN lms USING (patient) WHERE day_low IS NOT NULL AND tumour = '1'",
    )
    lms = "WITH lms AS (SELECT patient FROM lms_case WHERE lms = 'yes') "
    return [
        sorted(set(registry.store.rows(lms + query)), key=str) for query in queries
    ]  # a study repeats no contact of the dead


def test_a_real_cohort_comes_back_with_the_same_survival_and_drugs(tcga: Registry, tmp_path: Path) -> None:
    left = tcga.export("cbioportal", tmp_path / "study")
    back = read(tmp_path / "study")
    assert _told(back) == _told(tcga)
    assert left["surgery without a whole day"] > 0
    before, after = tcga.survival("os"), back.survival("os")
    assert [(g["n"], g["events"], g["median_days"]) for g in after.groups] == [
        (g["n"], g["events"], g["median_days"]) for g in before.groups
    ]


def test_the_command_says_what_it_could_not_write_and_refuses_other_formats(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    with Registry(path) as registry:
        registry.ingest("tests/handmade/cohort")
        with pytest.raises(InputError, match="no writer"):
            registry.export("papyrus", tmp_path / "x")
    outcome = CliRunner().invoke(app, ["export", "cbioportal", str(tmp_path / "out"), "--registry", str(path)])
    assert (outcome.exit_code, "Not written" in outcome.output) == (0, True)
    assert (tmp_path / "out" / "meta_study.txt").exists()
