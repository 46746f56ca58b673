"""A REDCap project that is written holds every column, every code and any text; each record's rows stand together."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from leiomyo.exports.redcap import write_project
from leiomyo.model.records import records_of
from leiomyo.model.tables import Column
from tests.contract.exports.compare import differences
from tests.contract.exports.made import CODED, back, every_code, every_column, texts
from tests.contract.exports.sample import sample


@pytest.mark.parametrize("tumour", ["1", "2"])
def test_every_column_of_every_table_comes_back(tumour: str, tmp_path: Path) -> None:
    records = every_column(tumour)
    assert differences(records, back("redcap", tmp_path / "out", records), "redcap") == {}


@pytest.mark.sampled
@pytest.mark.parametrize(("table", "column"), CODED, ids=[f"{name}.{column.name}" for name, column in CODED])
def test_every_code_comes_back(table: str, column: Column, tmp_path: Path) -> None:
    records = every_code(table, column)
    assert differences(records, back("redcap", tmp_path / "out", records), "redcap") == {}


def test_any_text_comes_back(tmp_path: Path) -> None:
    records = texts()
    assert differences(records, back("redcap", tmp_path / "out", records), "redcap") == {}


def test_the_rows_of_a_record_stand_together_and_no_cell_begins_like_a_formula(tmp_path: Path) -> None:
    write_project(texts(), tmp_path, name="made")
    with (tmp_path / "made_DATA.csv").open(encoding="utf-8", newline="") as stream:
        cells = list(csv.reader(stream))
    who = [row[0] for row in cells[1:]]
    assert [one for one, before in zip(who, ["", *who], strict=False) if one != before] == list(dict.fromkeys(who))
    assert {len(row) for row in cells} == {len(cells[0])}
    assert [cell for row in cells for cell in row if cell[:1] in {"=", "@", "-", "+"}] == []


def test_people_fill_in_the_fields_that_the_forms_ask(tmp_path: Path) -> None:
    write_project(sample(), tmp_path, name="my project")
    with (tmp_path / "my_project_DATA.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    base, spread = rows[0], next(row for row in rows if row["redcap_repeat_instrument"] == "disease_status")
    assert (base["record_id"], base["dx_grade"], base["dx_grade_system"], base["dx_size_mm"]) == (
        "P1",
        "3",
        "FNCLCC",
        "85",
    )
    assert (spread["ds_sites___lung"], spread["ds_sites___liver"], spread["redcap_repeat_instance"]) == ("1", "0", "1")


def test_what_has_no_date_or_no_word_is_counted(tmp_path: Path) -> None:
    told = {"patient": [{"patient": "C", "axis": "calendar", "death_low": 10, "death_high": 12, "race": "Unknown"},
                        {"patient": "D", "axis": "diagnosis"}],
            "surgery": [{"patient": "D", "tumour": "1", "day_low": 3, "day_high": 3}]}  # fmt: skip
    assert write_project(records_of(told), tmp_path, name="made") == {
        "patient.death: known to no day, month or year": 1, "patients whose days count from the diagnosis": 1,
        "patient.race: a word that is read as no value": 1, "surgery: of a patient who is left out": 1}  # fmt: skip


def test_two_centres_keep_their_patients_apart(tmp_path: Path) -> None:
    people = [{"centre": centre, "patient": "1", "axis": "calendar", "sex": "female"} for centre in ("A", "B")]
    assert back("redcap", tmp_path / "out", records_of({"patient": people}))["patient"]["patient"].to_pylist() == [
        "A-1",
        "B-1",
    ]
