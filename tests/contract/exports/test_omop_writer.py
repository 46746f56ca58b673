"""What an OMOP folder of ours holds: concepts for other tools, the identifiers as they were, nothing of its own making."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from leiomyo.errors import InputError
from leiomyo.exports.omop import OWN_EXPORT as WRITTEN_AS
from leiomyo.exports.omop import write_omop
from leiomyo.exports.omop_concepts import columns
from leiomyo.model.records import Records, records_of
from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from leiomyo.sources.omop_folder import OWN_EXPORT as READ_AS
from tests.contract.exports.compare import differences, held
from tests.contract.exports.sample import sample
from tests.contract.sources import omops

Row = dict[str, Any]
_DX = {"tumour": "1", "role": "index", "diagnosis_low": 18_000, "diagnosis_high": 18_000, "morphology": "8890/3",
       "topography": "C49.2"}  # fmt: skip


def _records(**tables: list[Row]) -> Records:
    base: dict[str, list[Row]] = {"patient": [{"axis": "calendar", "sex": "female"}], "diagnosis": [_DX]}
    return records_of(
        {name: [{"centre": "A", "patient": "P1"} | row for row in rows] for name, rows in (base | tables).items()}
    )


def _rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _back(folder: Path, records: Records) -> tuple[dict[str, int], Records]:
    left = write_omop(records, folder, name="made")
    with Registry() as registry:
        result = registry.ingest(folder, centre="A")
        assert [str(problem) for problem in result.problems if problem.severity == "error"] == []
        return left, held(registry)


def _any(name: str) -> Row:
    """A row of a case table with a value in every column; the codes are the last of their lists."""
    row: Row = {}
    for column in TABLES[name].columns:
        if column.kind == "day":
            row |= {f"{column.name}_low": 18_100, f"{column.name}_high": 18_100}
        elif column.kind == "code":
            row[column.name] = {"agent": "trabectedin", "setting": "maintenance", "status": "new_primary"}.get(
                column.name
            )
        else:
            row[column.name] = {"text": f"some {column.name}; =\n | 'sign", "flag": False, "integer": int(column.high or 2),
                                "number": (column.low or 0) + 0.25}[column.kind]  # fmt: skip
    return {key: value for key, value in row.items() if key not in {"derived", "diagnosis_year", "axis"}}


@pytest.mark.parametrize("table", [name for name in TABLES if name not in {"patient", "diagnosis"}])
def test_every_column_comes_back(table: str, tmp_path: Path) -> None:
    told = _any(table) | ({"tumour": "1"} if "tumour" in TABLES[table].index else {})
    told |= {"status": "NED", "vital_status": "alive"} if table == "follow_up" else {}
    told |= {"end_low": 18_130, "end_high": 18_130} if "end_low" in told else {}
    left, found = _back(tmp_path / "out", _records(**{table: [told]}))
    one = {
        key: " ".join(value.split()).replace(" | ", "|") if isinstance(value, str) else value
        for key, value in told.items()
    }
    assert (left, differences(_records(**{table: [one]}), found, "omop").get(table)) == ({}, None)


def test_writer_and_reader_mean_the_same_mark() -> None:
    assert WRITTEN_AS == READ_AS


def test_identifiers_come_back_and_in_another_folder_the_number_counts(tmp_path: Path) -> None:
    _, found = _back(tmp_path / "ours", sample())
    assert set(found["patient"]["patient"].to_pylist()) == {"P1", "P2", "P3", "P4", "P5", "P6"}
    folder = omops.write(tmp_path / "theirs", {
        "person": [{**omops.person(7, 8532, "1960"), "person_source_value": "MRN-1"}],
        "condition_occurrence": [omops.condition(1, 7, "2019-06-01", "8890/3-C54.2")], "death": [],
    })  # fmt: skip
    with omops.read(folder) as registry:
        assert registry.store.rows("SELECT patient FROM patient") == [("7",)]


def test_the_concepts_alone_tell_the_course(tmp_path: Path) -> None:
    """Another tool reads no source values: without them tumour, category, spread, drugs and operations are still there."""
    write_omop(sample(), tmp_path / "out", name="made")
    for table, column in (("measurement", "value_source_value"), ("observation", "value_source_value"),
                          ("episode", "episode_source_value"), ("drug_exposure", "sig"),
                          ("procedure_occurrence", "modifier_source_value")):  # fmt: skip
        rows = _rows(tmp_path / "out", table)
        with (tmp_path / "out" / f"{table}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns(table))
            writer.writeheader()
            writer.writerows({**row, column: ""} for row in rows)
    with Registry() as registry:
        registry.ingest(tmp_path / "out", centre="A")
        rows_of = registry.store.rows
        assert rows_of("SELECT patient FROM lms_case WHERE lms = 'yes' ORDER BY 1") == [(f"P{n}",) for n in range(1, 6)]
        assert rows_of("SELECT patient, edition, t FROM stage WHERE NOT derived AND t IS NOT NULL ORDER BY 1") == [
            ("P2", "8", "T3"), ("P3", "8", "T1")]  # fmt: skip
        assert rows_of("SELECT patient, site FROM disease_status WHERE status = 'distant_metastasis' ORDER BY ALL") == [
            ("P1", "lung"), ("P4", "liver"), ("P4", "lung")]  # fmt: skip
        assert rows_of("SELECT patient FROM disease_status WHERE status = 'progression'") == [("P1",)]
        assert rows_of("SELECT patient, size_mm FROM diagnosis WHERE patient = 'P2'") == [("P2", 142.0)]
        assert len(rows_of("SELECT * FROM drug_exposure WHERE agent IS NOT NULL")) == 7
        assert rows_of("SELECT kind, residual_tumor FROM surgery WHERE patient = 'P1' ORDER BY day_low") == [
            ("primary", "R0"), ("metastasectomy", "R1")]  # fmt: skip
        assert rows_of("SELECT dose_gy FROM radiotherapy ORDER BY 1") == [(20.0,), (66.0,)]


def test_every_concept_is_named_and_every_link_leads_to_a_row(tmp_path: Path) -> None:
    drugs = [{"tumour": "1", "agent": agent, "line_stated": line, "start_low": day, "start_high": day}
             for agent, line, day in (("gemcitabine", 1, 18_100), ("docetaxel", 1, 18_107), ("unesbulin", 2, 18_300))]  # fmt: skip
    left, found = _back(tmp_path / "out", _records(drug_exposure=drugs))
    assert [(row["agent"], row["line_stated"]) for row in found["drug_exposure"].to_pylist()] == [
        ("gemcitabine", 1), ("docetaxel", 1), ("unesbulin", 2)]  # fmt: skip
    assert [row["episode_start_date"] for row in _rows(tmp_path / "out", "episode")] == [
        "2019-04-14", "2019-07-23", "2020-02-08"]  # fmt: skip
    assert left == {}
    write_omop(sample(), tmp_path / "sample", name="made")
    named = {row["concept_id"] for row in _rows(tmp_path / "sample", "concept")} | {"0", ""}
    keys: dict[str, set[str]] = {}
    for path in sorted((tmp_path / "sample").glob("*.csv")):
        rows = _rows(tmp_path / "sample", path.stem)
        keys[path.stem] = {row.get(f"{path.stem}_id", "") for row in rows}
        if path.stem != "cdm_source":
            assert {row[name] for row in rows for name in row if name.endswith("concept_id")} <= named, path.stem
    for row in _rows(tmp_path / "sample", "measurement"):
        table = {"1147127": "condition_occurrence", "1147082": "procedure_occurrence"}.get(
            row["meas_event_field_concept_id"]
        )
        assert table is None or row["measurement_event_id"] in keys[table]
    assert {row["episode_id"] for row in _rows(tmp_path / "sample", "episode_event")} <= keys["episode"]


def test_what_the_folder_cannot_hold_is_counted_and_no_day_is_made_up(tmp_path: Path) -> None:
    second = {"tumour": "2", "role": "other_primary", "morphology": "8500/3", "topography": "C50.9"}
    records = _records(
        patient=[{"axis": "calendar", "vital_status": "alive", "last_contact_low": 18_500, "last_contact_high": 18_501},
                 {"patient": "P2", "axis": "diagnosis"}],
        diagnosis=[_DX, second | {"diagnosis_low": 10_000, "diagnosis_high": 10_000}],
        surgery=[{"tumour": "2", "kind": "other", "day_low": 10_010, "day_high": 10_010}],
        symptom=[{"patient": "P3", "term": "pain"}],
    )  # fmt: skip
    assert write_omop(records, tmp_path / "out", name="made") == {
        "patient whose days count from the diagnosis": 1, "surgery of another tumour": 1,
        "patient: a last_contact that is neither a day, a month nor a year": 1,
    }  # fmt: skip
    assert (_rows(tmp_path / "out", "observation_period"), _rows(tmp_path / "out", "procedure_occurrence")) == ([], [])
    with pytest.raises(InputError, match="LM-A019"):
        write_omop(_records(symptom=[{"as_written": "Übelkeit"}]), tmp_path / "ascii", name="made", encoding="ascii")
