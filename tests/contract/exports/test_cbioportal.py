"""A study holds every column of the case tables, in words that are read back, and legal names of patients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leiomyo.exports.cbioportal import write_study
from leiomyo.exports.cbioportal_cells import word_for
from leiomyo.exports.texts import rows_of
from leiomyo.exports.writers import cannot
from leiomyo.model.codes import codes
from leiomyo.model.records import Records, records_of
from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from leiomyo.sources.cbioportal_study import columns, events
from tests.contract.exports.compare import differences, held
from tests.contract.exports.sample import sample

Row = dict[str, Any]
#: Columns that more than one cell fills, or the event's own days.
_OTHERWISE = {("stage", "tumour"), ("diagnosis", "diagnosis"), ("diagnosis", "role"), ("disease_status", "tumour"), ("surgery", "tumour"),
              ("radiotherapy", "tumour"), ("drug_exposure", "tumour")}  # fmt: skip
_DX = {"tumour": "1", "role": "index", "diagnosis_low": 18_000, "diagnosis_high": 18_000, "histology": "Leiomyosarcoma, NOS",
       "morphology": "8890/3", "topography": "C49.2"}  # fmt: skip
_WORDS = sorted({(row["as"], TABLES[row["table"]].index[row["column"]].codes)
                 for row in rows_of("cbioportal_written.csv") if ":" in row["as"]})  # fmt: skip


def _records(**tables: list[Row]) -> Records:
    """One patient, with these rows."""
    base = {"patient": [{"axis": "calendar", "sex": "female"}], "diagnosis": [_DX]}
    return records_of(
        {name: [{"centre": "A", "patient": "P1"} | row for row in rows] for name, rows in (base | tables).items()}
    )


def _back(folder: Path, records: Records) -> tuple[dict[str, int], Records]:
    left = write_study(records, folder, name="made")
    with Registry() as registry:
        result = registry.ingest(folder, centre="A")
        assert [str(problem) for problem in result.problems if problem.severity == "error"] == []
        return left, held(registry)


def _lines(path: Path) -> list[dict[str, str]]:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_every_column_is_written_or_said_to_have_no_place() -> None:
    written = {(row["table"], row["column"]) for row in rows_of("cbioportal_written.csv")}
    days = {
        (row["table"], row[end]) for row in rows_of("cbioportal_timelines.csv") for end in ("start", "end") if row[end]
    }
    declared = {(table.name, column.name) for table in TABLES.values() for column in table.columns}
    assert declared - written - days - set(cannot("cbioportal")) == _OTHERWISE
    assert written | days <= declared


def test_the_reader_knows_every_column_and_event() -> None:
    clinical = {row["name"] for row in rows_of("cbioportal_written.csv")
                if row["file"].split()[0] in {"patient", "sample", "stage", "undated"}}  # fmt: skip
    timeline = {row["name"] for row in rows_of("cbioportal_written.csv")} - clinical
    assert clinical - set(columns("clinical")) == set()
    assert timeline - set(columns("timeline")) == set()
    assert {row["event"] for row in rows_of("cbioportal_timelines.csv")} <= set(events())


@pytest.mark.parametrize(("how", "listed"), _WORDS)
def test_every_code_has_a_word_that_is_read_back(how: str, listed: str) -> None:
    without = [code for code in codes(listed) if word_for(how, listed, code) is None]
    assert without == []


def test_every_column_comes_back(tmp_path: Path) -> None:
    told: dict[str, list[Row]] = {}
    for table in TABLES.values():
        row: Row = {}
        for column in table.columns:
            known = {
                "text": f"some {column.name}",
                "flag": False,
                "integer": int(column.low or 0) + 1,
                "number": (column.low or 0) + 0.3,
            }
            if column.kind == "day":
                row |= {f"{column.name}_low": 18_050, f"{column.name}_high": 18_050}
            else:
                row[column.name] = list(codes(column.codes))[-1] if column.codes else known[column.kind]
        told[table.name] = [row | ({"tumour": "1"} if "tumour" in table.index else {})]
    told["patient"][0] |= {
        "axis": "calendar",
        "sex": "female",
        "vital_status": "dead",
        "birth_low": -4000,
        "birth_high": -4000,
    }
    told["diagnosis"][0] |= _DX | {"grade_system": "FNCLCC"}
    told["stage"][0] |= {"system": "FIGO", "derived": None, "t": "T2", "n": "N0", "m": "M0"}
    told["drug_exposure"][0] |= {"agent": "doxorubicin"}
    told["follow_up"][0] |= {"vital_status": "alive"}
    told["disease_status"][0] |= {"moment": "later"}
    records = _records(**told)
    left, found = _back(tmp_path / "out", records)
    assert (left, differences(records, found, "cbioportal")) == ({}, {})


def test_only_the_columns_that_are_filled_stand_in_the_clinical_files(tmp_path: Path) -> None:
    write_study(_records(), tmp_path, name="made")
    assert list(_lines(tmp_path / "data_clinical_patient.txt")[0]) == ["PATIENT_ID", "SEX", "YEAR_OF_DIAGNOSIS"]
    assert [path.name for path in sorted(tmp_path.glob("data_*"))] == [
        "data_clinical_patient.txt",
        "data_clinical_sample.txt",
    ]
    assert sorted(path.name for path in tmp_path.glob("meta_*")) == [
        "meta_clinical_patient.txt", "meta_clinical_sample.txt", "meta_study.txt"]  # fmt: skip


@pytest.mark.parametrize(("dx", "code"), [
    ({}, "LMS"), ({"topography": "C54.2"}, "ULMS"), ({"topography": "C54.2", "morphology": "8896/3"}, "UMLMS"),
    ({"histology": "Leiomyoma, NOS", "morphology": "8890/0", "topography": "C54.2"}, "ULM"),
    ({"histology": "Gastrointestinal stromal tumor", "morphology": "8936/3"}, "GIST"),
])  # fmt: skip
def test_the_oncotree_code_follows_the_tumour_and_its_site(dx: Row, code: str, tmp_path: Path) -> None:
    write_study(_records(diagnosis=[_DX | dx]), tmp_path, name="made")
    assert [row["ONCOTREE_CODE"] for row in _lines(tmp_path / "data_clinical_sample.txt")] == [code]


def test_another_cancer_is_a_sample_of_its_own_and_its_treatment_is_counted(tmp_path: Path) -> None:
    other = {"tumour": "2", "role": "other_primary", "histology": "Lung adenocarcinoma"}
    left, found = _back(
        tmp_path / "out", _records(diagnosis=[_DX, other], surgery=[{"tumour": "2", "day_low": 1, "day_high": 1}])
    )
    assert left == {"surgery of another tumour": 1}
    assert sorted(row["role"] for row in found["diagnosis"].to_pylist()) == ["index", "other_primary"]


def test_a_second_leiomyosarcoma_has_no_name_of_its_own(tmp_path: Path) -> None:
    left, found = _back(tmp_path / "out", _records(diagnosis=[_DX, _DX | {"tumour": "2"}]))
    assert left == {"diagnosis of another tumour: it has no name of its own": 1}
    assert found["diagnosis"].num_rows == 1


def test_the_margin_of_an_operation_without_a_day_is_kept_beside_the_patient(tmp_path: Path) -> None:
    left, found = _back(tmp_path / "out", _records(surgery=[{"tumour": "1", "kind": "primary", "margin": "close"}]))
    assert left == {"surgery without a whole day": 1}
    assert [(row["kind"], row["margin"], row["day_low"]) for row in found["surgery"].to_pylist()] == [
        ("primary", "close", None)
    ]


def test_without_an_exact_diagnosis_there_is_no_timeline(tmp_path: Path) -> None:
    left, found = _back(tmp_path / "out", _records(
        patient=[{"axis": "calendar", "vital_status": "dead", "death_low": 18_100, "death_high": 18_100}],
        diagnosis=[_DX | {"diagnosis_high": 18_029}], surgery=[{"tumour": "1", "day_low": 18_050, "day_high": 18_050}]))  # fmt: skip
    assert left == {"patients' timelines, since their day of diagnosis is not known to the day": 1, "surgery without a whole day": 1,
                    "patient: day of death without a whole day": 1}  # fmt: skip
    assert [(row["vital_status"], row["death_low"]) for row in found["patient"].to_pylist()] == [("dead", None)]


def test_records_of_no_centre_have_their_timeline(tmp_path: Path) -> None:
    records = records_of({"patient": [{"patient": "1", "axis": "calendar"}], "diagnosis": [_DX | {"patient": "1"}],
                          "surgery": [{"patient": "1", "tumour": "1", "day_low": 18_003, "day_high": 18_003}]})  # fmt: skip
    assert write_study(records, tmp_path, name="made") == {}
    assert [row["START_DATE"] for row in _lines(tmp_path / "data_timeline_surgery.txt")] == ["3"]


def test_identifiers_are_made_legal_and_stay_apart(tmp_path: Path) -> None:
    people = [{"centre": centre, "patient": patient, "axis": "calendar", "sex": "male"}
              for centre, patient in (("A", "1"), ("B", "1"), ("A", "ä/1"), ("A", "ö/1"))]  # fmt: skip
    left = write_study(records_of({"patient": people}), tmp_path, name="made")
    assert [row["PATIENT_ID"] for row in _lines(tmp_path / "data_clinical_patient.txt")] == [
        "A-1",
        "B-1",
        "A-__1",
        "A-__1_2",
    ]
    assert left["patient identifiers as they are: other signs stand in the study"] == 2


def test_activity_is_no_dose_and_comes_back_in_words(tmp_path: Path) -> None:
    course = {"tumour": "1", "start_low": 18_050, "start_high": 18_050, "dose_as_written": "35 mCi"}
    _, found = _back(tmp_path / "out", _records(radiotherapy=[course]))
    assert [(row["dose_gy"], row["dose_as_written"]) for row in found["radiotherapy"].to_pylist()] == [(None, "35 mCi")]


def test_nothing_of_whole_days_is_left_out(tmp_path: Path) -> None:
    assert write_study(sample(), tmp_path, name="made") == {}


def test_a_text_stays_in_its_cell(tmp_path: Path) -> None:
    records = _records(surgery=[{"tumour": "1", "day_low": 18_050, "day_high": 18_050, "organs_resected": "a\tb\nc Ж"}])
    _, found = _back(tmp_path / "out", records)
    assert [row["organs_resected"] for row in found["surgery"].to_pylist()] == ["a b c Ж"]
