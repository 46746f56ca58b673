"""Every public cBioPortal study, read to the right result or refused for the right reason.

`expected/cbioportal.csv` holds, for each study or file, how it was taken, patients, deaths, rows by table and problems
by code. Patients, deaths and treatments are counted a second time here, from the text alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from tests.contract.sources import studies

HERE = Path(__file__).parent
FIELDS = ["study", "item", "name", "n"]


def _expected() -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    with (HERE / "expected" / "cbioportal.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["study"], []).append((row["item"], row["name"], row["n"]))
    return found


def told(path: Path) -> list[tuple[str, str, str]]:
    """What a study gives, as the rows of the expected results."""
    with Registry() as held:
        result = held.ingest(path)
        found = [("status", result.status, "1")]
        dead = held.store.rows("SELECT count(*) FROM patient WHERE vital_status = 'dead'")[0][0]
        found += [
            ("deaths", "", str(dead)),
            ("lms", "", str(len(studies.rows(held, "lms_case WHERE lms = 'yes'", "*")))),
        ]
        for file in result.files:
            assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]
            found.append(("quarantined", file["file"], str(file["quarantined"])))
            found.append(("rows", file["file"], str(file["rows"])))
        for table in TABLES:
            if count := held.store.rows(f"SELECT count(*) FROM {table}")[0][0]:
                found.append(("table", table, str(count)))
        problems = Counter(problem.code for problem in result.problems)
        return sorted(found + [("problem", code, str(count)) for code, count in problems.items()])


def _paths(shared: Path) -> list[Path]:
    """Each study folder; in the folders of single test files, each file."""
    single = [shared / "cbioportal_test_studies" / name for name in ("validator_broken", "importer_small")]
    whole = [shared / "cbioportal_nsclc_timeline", shared / "cbioportal_mtb_templates"]
    for folder in ("cbioportal_datahub_small", "cbioportal_lfs_pointers", "cbioportal_test_studies"):
        whole += [path for path in (shared / folder).iterdir() if path not in single]
    return sorted(whole + [path for folder in single for path in folder.iterdir()])


@pytest.mark.parametrize("study", _expected())
def test_a_study_is_read_to_what_was_expected(study: str, shared: Path) -> None:
    assert told(shared / study) == sorted(_expected()[study])


def accept(shared: Path) -> None:
    """Write the expected results anew, for review in the diff: `python -m tests.contract.sources.test_cbioportal_studies`."""
    with (HERE / "expected" / "cbioportal.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        for path in _paths(shared):
            writer.writerows([path.relative_to(shared).as_posix(), *row] for row in told(path))


def test_no_study_is_left_out(shared: Path) -> None:
    assert [path.relative_to(shared).as_posix() for path in _paths(shared)] == sorted(_expected())


def _text(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize(
    ("study", "file"),
    [("cbioportal_nsclc_timeline", "data_clinical.txt"),
     ("cbioportal_test_studies/study_es_0", "data_clinical_patients.txt"),
     ("cbioportal_datahub_small/coad_cptac_2019", "data_clinical_patient.txt"),
     ("cbioportal_datahub_small/utuc_cornell_baylor_mdacc_2019", "data_clinical_patient.txt")],
)  # fmt: skip
def test_patients_and_deaths_are_those_of_the_text(study: str, file: str, shared: Path) -> None:
    people = _text(shared / study / file)
    dead = {row["PATIENT_ID"] for row in people if row.get("OS_STATUS", "").endswith("DECEASED")}
    with Registry() as held:
        held.ingest(shared / study)
        assert {row[0] for row in studies.rows(held, "patient", "patient")} == {row["PATIENT_ID"] for row in people}
        assert {row[0] for row in studies.rows(held, "patient WHERE vital_status = 'dead'", "patient")} == dead


def test_every_day_in_months_holds_the_day_that_the_study_also_tells(shared: Path) -> None:
    """The NSCLC study tells both; it divides by 30.4, not by 30.4375, which would miss four in ten."""
    from leiomyo.sources.cbioportal_study import MONTHS
    from leiomyo.sources.cells import months

    missed = told_twice = 0
    for row in _text(shared / "cbioportal_nsclc_timeline" / "data_clinical.txt"):
        day = row["DAYS_TO_DEATH"] if row["OS_STATUS"] == "DECEASED" else row["DAYS_TO_LAST_FOLLOWUP"]
        found = months(row["OS_MONTHS"], length=(min(MONTHS), max(MONTHS)))
        if day != "NA" and found.value:
            told_twice += 1
            missed += not found.value.low <= int(day) <= found.value.high
    assert told_twice > 900
    assert missed < 0.02 * told_twice


def test_treatments_of_the_text_are_all_there_with_their_days(shared: Path) -> None:
    study = shared / "cbioportal_nsclc_timeline"
    text = _text(study / "data_timeline_treatment.txt")
    with Registry() as held:
        held.ingest(study)
        starts = Counter(studies.rows(held, "drug_exposure", "patient", "start_low"))
        ends = Counter(row[0] for row in studies.rows(held, "drug_exposure", "end_low IS NULL"))
        radiated = Counter(studies.rows(held, "radiotherapy", "patient", "start_low"))
    given = [row for row in text if row["TREATMENT_TYPE"] == "Medical Therapy"]
    assert starts == Counter((row["PATIENT_ID"], int(row["START_DATE"])) for row in given)
    assert radiated == Counter(
        (row["PATIENT_ID"], int(row["START_DATE"])) for row in text if row["TREATMENT_TYPE"] == "Radiation Therapy"
    )
    assert ends[True] == sum(row["COMMENTS"] == "End date is NA" for row in given)


def test_combined_agents_become_one_exposure_each(shared: Path) -> None:
    with Registry() as held:
        held.ingest(shared / "cbioportal_datahub_small" / "lgg_ucsf_2014")
        agents = Counter(row[0] for row in studies.rows(held, "drug_exposure", "agent"))
    assert agents == {"temozolomide": 13, "isotretinoin": 1, "thalidomide": 2, "lomustine": 1}


def test_a_cohort_told_in_the_form_of_a_study_gives_the_same_survival(tcga: Registry, tmp_path: Path) -> None:
    """TCGA-SARC, written as cBioPortal would have it with months of two decimals, comes back day by day."""
    people = tcga.store.rows("""
        SELECT patient, vital_status, coalesce(death_low, last_contact_low), histology
        FROM patient JOIN diagnosis USING (centre, patient) WHERE role = 'index' ORDER BY patient""")
    status = {"dead": "1:DECEASED", "alive": "0:LIVING"}
    patients = [{"PATIENT_ID": name, "OS_STATUS": status[vital], "SEX": "NA", "AGE": "",
                 "OS_MONTHS": "" if day is None else f"{day / 30.4375:.2f}"} for name, vital, day, _ in people]  # fmt: skip
    lms = [{"PATIENT_ID": name, "SAMPLE_ID": f"{name}-01", "ONCOTREE_CODE": "", "CANCER_TYPE_DETAILED": histology}
           for name, *_, histology in people]  # fmt: skip
    registry = studies.read(tmp_path / "study", patient=patients, sample=lms)
    ours, theirs = (one.survival("os").groups[0] for one in (registry, tcga))
    for key in ("n", "events", "median_days", "median_ci_days"):
        assert ours[key] == theirs[key]
    lost = registry.store.rows("SELECT count(*) FROM patient WHERE death_low <> death_high")
    assert lost == [(0,)]


if __name__ == "__main__":
    from tests.conftest import SHARED

    accept(SHARED)
