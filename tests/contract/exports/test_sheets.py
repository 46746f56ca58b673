"""Sheets hold every column and every code of the case tables, any text, both ways to count days, and several centres."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from leiomyo.errors import InputError
from leiomyo.exports.sheets import write_sheets
from leiomyo.exports.texts import rows_of
from leiomyo.exports.writers import cannot
from leiomyo.model.codes import codes
from leiomyo.model.dates import calendar_day
from leiomyo.model.records import Records, records_of
from leiomyo.model.tables import TABLES, Column
from leiomyo.registry import Registry
from tests.contract.exports.compare import differences, held
from tests.contract.exports.made import CODED, every_code

Row = dict[str, Any]
TEXTS = ['comma, "quote" and\na second line', "Лейомиосаркома матки 平滑肌肉瘤 ℞", "=1+1", "'=1+1", "''@x", "-5 mm", "+", "@", "'s-Gravenhage",
         "a;b|c\td", "Unknown", "n/a", "[Not Available]", "yes", "0012", "1e5", "  blanks  ", "#REF!", "~", "no: value"]  # fmt: skip


def _back(folder: Path, records: Records, **options: Any) -> Records:
    assert write_sheets(records, folder, name="made", **options) == {}
    with Registry() as registry:
        result = registry.ingest(folder)
        assert [str(problem) for problem in result.problems if problem.severity == "error"] == []
        return held(registry)


def _made(column: Column, code: str = "") -> Row:
    if column.kind == "day":
        day = calendar_day("2019-06")
        return {f"{column.name}_low": day.low, f"{column.name}_high": day.high}
    value = {"text": f"some {column.name}", "flag": False, "integer": int(column.low or 0) + 1,
             "number": (column.low or 0) + 0.1 + 0.2}.get(column.kind, code)  # fmt: skip
    return {column.name: value}


def test_every_column_has_its_header() -> None:
    told = {(row["table"], row["column"]) for row in rows_of("sheets_columns.csv")}
    declared = {(table.name, column.name) for table in TABLES.values() for column in table.columns}
    assert declared - told == {*cannot("csv"), ("patient", "axis")}
    assert told <= declared
    headers = [(row["file"], row["header"]) for row in rows_of("sheets_columns.csv")]
    assert len(set(headers)) == len(headers)


def test_every_column_of_every_table_comes_back(tmp_path: Path) -> None:
    told: dict[str, list[Row]] = {"patient": [{"centre": "A", "patient": "P", "axis": "calendar"}]}
    for table in TABLES.values():
        row: Row = {"centre": "A", "patient": "P"}
        for column in table.columns:
            row |= _made(column, next(iter(codes(column.codes))) if column.codes else "")
        told[table.name] = [row | {"axis": "calendar"} if table.name == "patient" else row | {"tumour": "1"}]
    records = records_of({name: [{key: row[key] for key in row if key != "tumour" or "tumour" in TABLES[name].index}
                                 for row in rows] for name, rows in told.items()})  # fmt: skip
    assert differences(records, _back(tmp_path / "out", records), "csv") == {}


@pytest.mark.sampled
@pytest.mark.parametrize(("table", "column"), CODED, ids=[f"{name}.{column.name}" for name, column in CODED])
def test_every_code_comes_back(table: str, column: Column, tmp_path: Path) -> None:
    records = every_code(table, column)
    assert differences(records, _back(tmp_path / "out", records), "csv") == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_any_text_comes_back(encoding: str, tmp_path: Path) -> None:
    people = [{"centre": "A", "patient": f"P-{number}", "axis": "calendar"} for number in range(len(TEXTS))]
    people.append({"centre": "A", "patient": "=P", "axis": "calendar", "race": "x"})
    told = {"patient": people,
            "diagnosis": [{"centre": "A", "patient": f"P-{number}", "tumour": "1", "role": "index", "histology": text}
                          for number, text in enumerate(TEXTS)],
            "biomarker": [{"centre": "A", "patient": "P-0", "gene": text, "value": text} for text in TEXTS]}  # fmt: skip
    found = _back(tmp_path / "out", records_of(told), encoding=encoding)
    words = {row["patient"]: row["histology"] for row in found["diagnosis"].to_pylist()}
    assert [words[f"P-{number}"] for number in range(len(TEXTS))] == [text.strip() for text in TEXTS]
    assert sorted(found["biomarker"]["value"].to_pylist()) == sorted(text.strip() for text in TEXTS)
    assert "=P" in found["patient"]["patient"].to_pylist()


def test_no_cell_begins_like_a_formula(tmp_path: Path) -> None:
    records = records_of({"patient": [{"patient": "=1", "axis": "calendar", "race": "@x"}],
                          "biomarker": [{"patient": "=1", "gene": "-1"}]})  # fmt: skip
    write_sheets(records, tmp_path, name="made")
    for path in tmp_path.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            assert [cell for row in csv.reader(stream) for cell in row if cell[:1] in {"=", "@", "-", "+"}] == []


def test_days_from_the_diagnosis_have_sheets_of_their_own(tmp_path: Path) -> None:
    told = {"patient": [{"patient": "C", "axis": "calendar", "birth_low": 0, "birth_high": 0},
                        {"patient": "D", "axis": "diagnosis", "birth_low": -20_000, "birth_high": -20_000}],
            "surgery": [{"patient": "D", "tumour": "1", "day_low": day, "day_high": high} for day, high in ((-3, -3), (7, 9))]}  # fmt: skip
    left = write_sheets(records_of(told), tmp_path / "out", name="made")
    assert left == {"surgery_days.csv: day of the operation, known to no day, month or year": 1}
    mapping = yaml.safe_load((tmp_path / "out" / "mapping.yaml").read_text(encoding="utf-8"))
    assert [(one["file"], one.get("axis")) for one in mapping["sheets"]] == [
        ("patient.csv", None), ("patient_days.csv", "diagnosis"), ("surgery_days.csv", "diagnosis")]  # fmt: skip
    with Registry() as registry:
        registry.ingest(tmp_path / "out")
        assert registry.store.rows("SELECT patient, axis, birth_low FROM patient ORDER BY 1") == [
            ("C", "calendar", 0), ("D", "diagnosis", -20_000)]  # fmt: skip
        assert registry.store.rows("SELECT day_low, day_high FROM surgery ORDER BY 1 NULLS LAST") == [
            (-3, -3),
            (None, None),
        ]


def test_a_span_that_is_no_month_is_left_out_and_counted(tmp_path: Path) -> None:
    records = records_of({"patient": [{"patient": "C", "axis": "calendar", "death_low": 10, "death_high": 12}]})
    assert write_sheets(records, tmp_path, name="made") == {
        "patient.csv: day of death, known to no day, month or year": 1
    }


def test_each_of_several_centres_has_its_folder(tmp_path: Path) -> None:
    people = [{"centre": centre, "patient": "1", "axis": "calendar", "sex": "female"} for centre in ("Ä b", "ä b", "C")]
    write_sheets(records_of({"patient": people}), tmp_path, name="made")
    with Registry() as registry:
        assert registry.ingest(tmp_path).status == "refused", "patients of several centres may have one name"
        for folder in tmp_path.iterdir():
            assert registry.ingest(folder).status == "new"
        assert sorted(registry.store.rows("SELECT centre, patient, sex FROM patient")) == [
            ("C", "1", "female"), ("Ä b", "1", "female"), ("ä b", "1", "female")]  # fmt: skip


def test_what_a_mapping_cannot_tell_from_a_blank_is_counted(tmp_path: Path) -> None:
    records = records_of({"patient": [{"patient": "1", "race": "NULL"}]})
    assert write_sheets(records, tmp_path, name="made") == {
        'patient.csv: race as recorded by the source, the text "null"': 1
    }


def test_two_records_of_one_name_stay_two(tmp_path: Path) -> None:
    rows = [{"patient": "1", "record": record, "contact_low": 5, "contact_high": 5, "vital_status": "alive"}
            for record in ("a", "a", "b")]  # fmt: skip
    records = records_of({"patient": [{"patient": "1", "axis": "calendar", "sex": "male"}], "follow_up": rows})
    assert _back(tmp_path / "out", records)["follow_up"].num_rows == 3


@pytest.mark.parametrize("encoding", ["cp1252", "klingon"])
def test_an_encoding_that_lacks_a_sign_is_refused(encoding: str, tmp_path: Path) -> None:
    records = records_of({"patient": [{"patient": "1", "race": "Ж"}]})
    with pytest.raises(InputError, match="LM-A019"):
        write_sheets(records, tmp_path, name="made", encoding=encoding)
