"""A decision makes two records one patient, outlives every export, and can be undone to the last row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leiomyo.errors import InputError
from leiomyo.reconcile.decisions import read_pair
from leiomyo.registry import Registry
from tests import biotab
from tests.unit.reconcile.persons import dated, day, made, on, registry_of


def rows(registry: Registry, sql: str) -> list[tuple[Any, ...]]:
    return registry.store.rows(sql)


def accounted(registry: Registry) -> None:
    for file in registry.store.dicts("SELECT * FROM source_file"):
        assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]


def two_records() -> Registry:
    one = dated("1950-04-02", "2019-03-05", size=80, contact="2020-01-01")
    other = dated("1950-04-02", "2019-03-05", size=60, contact="2022-01-01")
    one += [("surgery", {"kind": "primary", **on("day", day("2019-04-01")), "margin": "positive"}),
            ("drug_exposure", {"agent": "doxorubicin", "as_written": "Doxo", "record": "1",
                               **on("start", day("2019-05-01"), day("2019-05-31"))})]  # fmt: skip
    other += [("surgery", {"kind": "primary", **on("day", day("2019-04-01")), "residual_tumor": "R1"}),
              ("drug_exposure", {"agent": "doxorubicin", "as_written": "ADRIAMYCIN", "record": "9",
                                 **on("start", day("2019-05-07"))}),
              ("drug_exposure", {"agent": "pazopanib", "as_written": "Votrient", "record": "1",
                                 **on("start", day("2020-05-07"))})]  # fmt: skip
    return registry_of({"North/A": one, "South/B": other})


def test_the_same_is_one_patient_whose_facts_meet() -> None:
    registry = two_records()
    registry.decide("South/B=North/A", "same")
    accounted(registry)
    assert rows(registry, "SELECT centre, patient, last_contact_low FROM patient") == [
        ("North", "A", day("2022-01-01"))
    ]
    assert rows(registry, "SELECT size_mm, statements FROM diagnosis") == [(80.0, 2)]
    assert rows(registry, "SELECT margin, residual_tumor FROM surgery") == [("positive", "R1")]
    assert rows(registry, "SELECT agent, record FROM drug_exposure ORDER BY agent") == [
        ("doxorubicin", "1"), ("pazopanib", "South/1")]  # fmt: skip
    assert rows(registry, "SELECT count(*) FROM lms_case") == [(1,)]
    assert len(registry.courses()) == 1
    size = [(e["kept"], e["other"], e["other_from"]) for e in registry.conflicts() if e["column"] == "size_mm"]
    assert size == [("80.0", "60.0", "South/made.csv:6")]


def test_undo_gives_back_exactly_what_was_there() -> None:
    registry = two_records()
    before = made(registry)
    registry.decide("North/A=South/B", "same")
    assert made(registry) != before
    registry.decide("South/B=North/A", "")
    assert made(registry) == before
    assert rows(registry, "SELECT * FROM duplicate_decision") == []


def test_different_changes_nothing_but_the_list() -> None:
    registry = two_records()
    before = made(registry)
    registry.decide("North/A=South/B", "different")
    assert made(registry) == before
    assert rows(registry, "SELECT decision FROM duplicate_decision") == [("different",)]


def test_two_identifiers_of_one_centre_share_the_drug_that_both_tell() -> None:
    drug = ("drug_exposure", {"agent": "gemcitabine", "as_written": "Gemcitabine", **on("start", day("2019-05-01"))})
    registry = registry_of({"North/A": [*dated("1950-04-02", "2019-03-05"), drug],
                            "North/B": [*dated("1950-04-02", "2019-03-05"), drug, drug]})  # fmt: skip
    registry.decide("North/A=North/B", "same")
    accounted(registry)
    # told once by one record and twice by the other: two courses
    assert rows(registry, "SELECT patient, statements FROM drug_exposure ORDER BY statements") == [("A", 1), ("A", 2)]


def test_chains_come_to_one_and_contradictions_are_refused() -> None:
    record = dated("1950-04-02", "2019-03-05")
    registry = registry_of({"N/A": record, "S/B": record, "S/C": record})
    registry.decide("N/A=S/B", "same")
    registry.decide("S/B=S/C", "same")
    assert rows(registry, "SELECT centre, patient FROM patient") == [("N", "A")]
    before = made(registry)
    with pytest.raises(InputError, match=r"LM-A013.*N/A and S/C are different, and the same by N/A=S/B, S/B=S/C"):
        registry.decide("N/A=S/C", "different")
    assert made(registry) == before
    # a third decision that closes the ring says nothing new
    registry.decide("N/A=S/C", "same")
    assert made(registry) == before
    # turning one link around leaves the other two
    registry.decide("N/A=S/B", "")
    assert rows(registry, "SELECT count(*) FROM patient") == [(1,)]


def test_a_chain_over_two_that_are_different_is_refused() -> None:
    record = dated("1950-04-02", "2019-03-05")
    registry = registry_of({"N/A": record, "S/B": record, "S/C": record})
    registry.decide("N/A=S/C", "different")
    registry.decide("N/A=S/B", "same")
    with pytest.raises(InputError, match="LM-A013"):
        registry.decide("S/B=S/C", "same")


@pytest.mark.parametrize("pair", ["N/A", "N/A=N/A", "N/A=N/Z", "=", "N/A=S/B=S/B"])
def test_a_pair_names_two_patients_of_the_registry(pair: str) -> None:
    registry = registry_of({"N/A": dated("1950-04-02", "2019-03-05"), "S/B": dated("1960-04-02", "2019-03-05")})
    with pytest.raises(InputError, match="LM-A014"):
        registry.decide(pair, "same")


def test_identifiers_may_hold_the_signs_of_a_pair() -> None:
    record = dated("1950-04-02", "2019-03-05")
    registry = registry_of({"N/A=1": record, "S/B": record})
    assert [str(who) for who in read_pair(registry.store, "S/B=N/A=1")] == ["N/A=1", "S/B"]


def from_diagnosis(*events: tuple[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [("patient", {"axis": "diagnosis", "sex": "female", **on("death", 1000), "vital_status": "dead"}),
            ("diagnosis", {"role": "index", "morphology": "8890/3", **on("diagnosis", 0)}), *events]  # fmt: skip


OPERATION = ("surgery", {"kind": "primary", **on("day", 20)})


def test_days_from_diagnosis_join_the_calendar_by_the_day_of_diagnosis() -> None:
    calendar = [*dated("1950-04-02", "2019-03-05"), ("surgery", {"kind": "primary", **on("day", day("2019-03-25"))})]
    registry = registry_of({"N/A": calendar, "S/B": from_diagnosis(OPERATION)})
    registry.decide("N/A=S/B", "same")
    accounted(registry)
    assert rows(registry, "SELECT axis, death_low, death_high FROM patient") == [
        ("calendar", day("2019-03-05") + 1000, day("2019-03-05") + 1000)]  # fmt: skip
    assert rows(registry, "SELECT day_low, statements FROM surgery") == [(day("2019-03-25"), 2)]
    assert [e for e in registry.conflicts() if e["column"] in {"axis", "day", "diagnosis"}] == []


def test_the_calendar_joins_days_from_diagnosis_and_stays_as_imprecise_as_it_is() -> None:
    calendar = [("patient", {"axis": "calendar", **on("last_contact", day("2020-03-01"))}),
                ("diagnosis", {"role": "index", **on("diagnosis", day("2019-03-01"), day("2019-03-31"))})]  # fmt: skip
    registry = registry_of({"N/A": from_diagnosis(OPERATION), "S/B": calendar})
    registry.decide("N/A=S/B", "same")
    assert rows(registry, "SELECT axis, last_contact_low, last_contact_high FROM patient") == [
        ("diagnosis", 336, 366)]  # fmt: skip
    assert rows(registry, "SELECT diagnosis_low, diagnosis_high FROM diagnosis") == [(0, 0)]


def test_without_a_day_of_diagnosis_the_second_records_days_are_left_out() -> None:
    calendar = [("patient", {"axis": "calendar", "race": "white", **on("last_contact", day("2020-03-01"))})]
    registry = registry_of({"N/A": from_diagnosis(), "S/B": calendar})
    registry.decide("N/A=S/B", "same")
    accounted(registry)
    assert rows(registry, "SELECT race, last_contact_low, axis FROM patient") == [("white", None, "diagnosis")]


def test_decisions_survive_corrected_exports_and_dry_runs(tmp_path: Path) -> None:
    def write(name: str, *, depth: str) -> Path:
        return biotab.write(tmp_path / name, patient=[{"bcr_patient_barcode": f"{name}-01-A", "tumor_depth": depth}])

    registry = Registry(tmp_path / "r.duckdb")
    registry.ingest(write("N", depth="Deep"), centre="N")
    registry.ingest(write("S", depth="Deep"), centre="S")
    registry.decide("N/N-01-A=S/S-01-A", "same")
    registry.ingest(write("S", depth="Superficial"), centre="S", dry_run=True)
    assert rows(registry, "SELECT count(*) FROM patient") == [(1,)]
    registry.ingest(write("S", depth="Superficial"), centre="S")
    accounted(registry)
    assert rows(registry, "SELECT patient FROM patient") == [("N-01-A",)]
    assert ("deep", "superficial") in {(e["kept"], e["other"]) for e in registry.conflicts()}
    registry.close()
    with Registry(tmp_path / "r.duckdb") as again:
        again.ingest(write("N", depth="Superficial"), centre="N")
        assert rows(again, "SELECT patient, depth FROM diagnosis") == [("N-01-A", "superficial")]


def test_a_patient_who_left_the_exports_comes_back_the_same(tmp_path: Path) -> None:
    def write(*names: str) -> Path:
        return biotab.write(tmp_path / "S", patient=[{"bcr_patient_barcode": name} for name in names])

    registry = Registry()
    registry.ingest(write("S-1-A", "S-1-B"), centre="S")
    registry.decide("S/S-1-A=S/S-1-B", "same")
    registry.ingest(write("S-1-B"), centre="S")
    assert rows(registry, "SELECT patient FROM patient") == [("S-1-B",)]
    registry.ingest(write("S-1-A", "S-1-B"), centre="S")
    assert rows(registry, "SELECT patient FROM patient") == [("S-1-A",)]


def test_the_list_shows_what_was_decided() -> None:
    pytest.importorskip("splink")
    registry = two_records()
    registry.decide("North/A=South/B", "same")
    [found] = registry.duplicates()
    assert (found["patient"], found["other_patient"], found["decision"]) == ("A", "B", "same")
    assert found["decided_on"]
    assert found["probability"] > 0.9


def test_a_problem_in_the_second_record_counts_for_the_person() -> None:
    registry = two_records()
    registry.store.append("problem", [{"source": "South", "code": "LM-D006", "severity": "error", "file": "made.csv",
                                       "row": 6}])  # fmt: skip
    registry.decide("North/A=South/B", "same")
    [flag] = [row for row in registry.impact().rows if row["flag"] == "problem"]
    assert flag["n"] == 1
