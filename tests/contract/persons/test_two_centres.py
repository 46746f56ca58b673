"""The same person in two real exports: two formats, two releases."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.registry import Registry
from tests import biotab
from tests.contract.sources import studies

pytest.importorskip("splink")


def accounted(registry: Registry) -> None:
    for file in registry.store.dicts("SELECT * FROM source_file"):
        assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]


@pytest.fixture
def gdc_and_cbioportal(tmp_path: Path) -> Registry:
    """Forty patients in biotab files, of whom one is also in a study folder of another centre, under another name."""
    gdc = biotab.write(
        tmp_path / "gdc",
        patient=[{"bcr_patient_barcode": f"G-01-{n:03d}", "days_to_birth": str(-18000 - 217 * n),
                  "age_at_initial_pathologic_diagnosis": str((18000 + 217 * n) // 365), "vital_status": "Dead",
                  "days_to_death": str(300 + 41 * n), "days_to_last_followup": "[Not Available]",
                  "gender": ("MALE", "FEMALE")[n % 2], "icd_o_3_site": "C48.0", "margin_status": "Positive"}
                 for n in range(40)],
    )  # fmt: skip
    n = 13
    study = studies.write(
        tmp_path / "study",
        patient=[{"PATIENT_ID": "S77", "SEX": "Female", "AGE": str((18000 + 217 * n) // 365),
                  "OS_STATUS": "1:DECEASED", "OS_MONTHS": f"{(300 + 41 * n) / 30.4375:.2f}"},
                 {"PATIENT_ID": "S78", "SEX": "Male", "AGE": "33", "OS_STATUS": "0:LIVING", "OS_MONTHS": "6.1"}],
        sample=[{"PATIENT_ID": name, "SAMPLE_ID": f"{name}-T", "PRIMARY_SITE": "Retroperitoneum"}
                for name in ("S77", "S78")],
    )  # fmt: skip
    registry = Registry()
    assert registry.ingest(gdc, centre="North").status == "new"
    assert registry.ingest(study, centre="South").status == "new"
    return registry


def test_a_person_of_a_gdc_export_is_found_in_a_study_folder(gdc_and_cbioportal: Registry) -> None:
    [found] = gdc_and_cbioportal.duplicates()
    assert (found["patient"], found["other_patient"]) == ("G-01-013", "S77")
    assert "death at the same time from diagnosis" in found["reasons"]


def test_decided_the_same_they_count_as_one(gdc_and_cbioportal: Registry) -> None:
    registry = gdc_and_cbioportal
    before = registry.results()["read"]
    registry.decide("North/G-01-013=South/S77", "same")
    accounted(registry)
    after = registry.results()["read"]
    assert (after["patients"], after["lms"]) == (before["patients"] - 1, before["lms"] - 1)
    registry.decide("North/G-01-013=South/S77", "")
    assert registry.results()["read"] == before


def test_everybody_of_two_releases_of_tcga_is_found_and_nobody_else(shared: Path) -> None:
    registry = Registry()
    registry.ingest(shared / "tcga_sarc", centre="North")
    registry.ingest(shared / "tcga_sarc_release2", centre="South")
    found = registry.duplicates()
    both = registry.store.rows("""SELECT count(*) FROM (SELECT patient FROM patient WHERE centre = 'North' INTERSECT
                                                        SELECT patient FROM patient WHERE centre = 'South')""")
    assert {row["patient"] == row["other_patient"] for row in found} == {True}
    assert [(len(found),)] == both


def test_tcga_alone_has_no_duplicates(tcga: Registry) -> None:
    assert tcga.duplicates() == []


def test_a_patient_of_both_releases_is_one_after_the_decision(shared: Path) -> None:
    registry = Registry()
    registry.ingest(shared / "tcga_sarc", centre="North")
    registry.ingest(shared / "tcga_sarc_release2", centre="South")
    one = registry.store.rows("SELECT patient FROM lms_case WHERE lms = 'yes' ORDER BY patient LIMIT 1")[0][0]
    registry.decide(f"North/{one}=South/{one}", "same")
    accounted(registry)
    assert registry.store.rows("SELECT centre, statements > 1 FROM patient WHERE patient = ?", [one]) == [
        ("North", True)
    ]
