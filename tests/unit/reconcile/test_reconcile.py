"""One truth and a ledger: which statement is kept, which rule chose, and what is said about the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.registry import Registry
from tests import biotab
from tests.made_registry import on, registry_of

DEAD = {"vital_status": "Dead", "days_to_last_followup": "[Not Available]"}


def ledger(registry: Registry, **wanted: str) -> list[tuple[str, str, str]]:
    rows = [row for row in registry.conflicts(repeated=True) if all(row[key] == value for key, value in wanted.items())]
    return [(row["kind"], row["kept"], row["other"]) for row in rows]


def test_p4_later_contacts_and_deaths_in_the_follow_up_tables_win(tmp_path: Path) -> None:
    a, b = {"bcr_patient_barcode": "T-01-A"}, {"bcr_patient_barcode": "T-01-B"}
    folder = biotab.write(
        tmp_path / "study",
        patient=[a | {"days_to_last_followup": "1819"}, b | {"days_to_last_followup": "2651"}],
        follow_up__v1=[a | {"bcr_followup_barcode": "F1", "days_to_last_followup": "1819"}],
        follow_up__v2=[a | {"bcr_followup_barcode": "F2", "days_to_last_followup": "7081"},
                       b | {"bcr_followup_barcode": "F3", "days_to_death": "6972"} | DEAD],
    )  # fmt: skip
    registry = Registry()
    registry.ingest(folder)
    rows = registry.store.rows(
        "SELECT patient, vital_status, death_low, last_contact_low FROM patient ORDER BY patient"
    )
    assert rows == [("T-01-A", "alive", None, 7081), ("T-01-B", "dead", 6972, 2651)]
    assert ledger(registry, patient="T-01-A", column="last_contact") == [("superseded", "7081", "1819")] * 2
    assert ledger(registry, patient="T-01-B", column="vital_status") == [("superseded", "dead", "alive")]
    assert {row["other_from"] for row in registry.conflicts()} >= {
        "study/clinical_patient.txt:4", "study/clinical_follow_up__v1.txt:4"}  # fmt: skip


def test_p5_events_of_one_patient_stay_three_dated_events(tmp_path: Path) -> None:
    name = "days_to_new_tumor_event_after_initial_treatment"
    site = "new_neoplasm_event_occurrence_anatomic_site"
    folder = biotab.write(
        tmp_path / "study",
        patient=[{}],
        nte=[
            {"new_neoplasm_event_type": "Locoregional Recurrence", name: "424", site: "[Not Available]"},
            {name: "610", site: "Lung"},
            {name: "610", site: "Liver"},
        ],
    )
    registry = Registry()
    registry.ingest(folder)
    rows = registry.store.rows("SELECT status, day_low, site FROM disease_status ORDER BY day_low, site")
    assert rows == [
        ("local_recurrence", 424, None),
        ("distant_metastasis", 610, "liver"),
        ("distant_metastasis", 610, "lung"),
    ]


def test_overlapping_event_tables_are_not_counted_twice(tmp_path: Path) -> None:
    without_site = {"new_neoplasm_event_occurrence_anatomic_site": "[Not Available]"}
    folder = biotab.write(tmp_path / "study", patient=[{}], nte=[{}], follow_up_nte=[{}, without_site])
    registry = Registry()
    result = registry.ingest(folder)
    assert registry.store.rows("SELECT status, day_low, site FROM disease_status") == [
        ("distant_metastasis", 50, "lung")
    ]
    assert sum(file["superseded"] for file in result.files) == 2
    assert ledger(registry, table="disease_status") == [("repeated", "", "")] * 2


def test_two_other_sites_on_one_day_are_two_sites(tmp_path: Path) -> None:
    other = {"new_neoplasm_event_occurrence_anatomic_site": "Other, specify"}
    words = "new_neoplasm_occurrence_anatomic_site_text"
    folder = biotab.write(tmp_path / "study", patient=[{}], nte=[other | {words: "Xyzzy"}, other | {words: "Plugh"}])
    registry = Registry()
    registry.ingest(folder)
    assert len(registry.store.rows("SELECT site_text FROM disease_status")) == 2


def test_the_second_course_of_a_drug_in_one_file_is_a_second_course(tmp_path: Path) -> None:
    rows = [{"bcr_drug_barcode": "D1"}, {"bcr_drug_barcode": "D2"}]
    registry = Registry()
    registry.ingest(biotab.write(tmp_path / "one", patient=[{}], drug=rows))
    registry.ingest(biotab.write(tmp_path / "two", drug=rows))
    assert registry.store.rows("SELECT count(*) FROM drug_exposure") == [(2,)]


def test_a_contact_after_a_recorded_death_is_a_hard_conflict_and_the_death_stands(tmp_path: Path) -> None:
    folder = biotab.write(
        tmp_path / "study", patient=[DEAD | {"days_to_death": "300"}], follow_up=[{"days_to_last_followup": "400"}]
    )
    registry = Registry()
    registry.ingest(folder)
    assert registry.store.rows("SELECT vital_status, death_low FROM patient") == [("dead", 300)]
    assert ledger(registry, kind="hard") == [("hard", "dead on day 300", "alive on day 400")]
    assert registry.conflicts()[0]["kind"] == "hard"


@pytest.mark.parametrize(("order", "kept"), [(("a", "b"), "275"), (("b", "a"), "261")])
def test_two_releases_of_one_record_conflict_and_the_first_named_is_kept(
    order: tuple[str, str], kept: str, tmp_path: Path
) -> None:
    days = {"a": "275", "b": "261"}
    registry = Registry()
    for name in order:
        registry.ingest(biotab.write(tmp_path / name, patient=[DEAD | {"days_to_death": days[name]}]))
    [entry] = ledger(registry, column="death")
    assert entry == ("conflict", kept, ({"275", "261"} - {kept}).pop())
    assert registry.store.rows("SELECT CAST(death_low AS VARCHAR) FROM patient") == [(kept,)]


def test_a_value_fills_a_gap_without_a_conflict_and_its_row_is_known(tmp_path: Path) -> None:
    registry = Registry()
    registry.ingest(biotab.write(tmp_path / "a", patient=[{"tumor_depth": "[Unknown]"}]))
    registry.ingest(biotab.write(tmp_path / "b", patient=[{"tumor_depth": "Deep"}]))
    assert registry.store.rows("SELECT depth FROM diagnosis") == [("deep",)]
    assert ledger(registry, column="depth") == []
    [(source,)] = registry.store.rows("""
        SELECT s.source FROM diagnosis d JOIN statement_diagnosis s ON s.statement = d.origins['depth']""")
    assert source == "b"


def test_statements_that_exclude_each_other_are_in_the_ledger(tmp_path: Path) -> None:
    registry = Registry()
    registry.ingest(biotab.write(tmp_path / "a", patient=[{"margin_status": "Positive", "residual_tumor": "R0"}]))
    assert ledger(registry, kind="contradiction") == [("contradiction", "margin positive", "residual_tumor R0")]


def test_rows_of_somebody_without_a_patient_row_are_kept_and_said(tmp_path: Path) -> None:
    registry = Registry()
    result = registry.ingest(biotab.write(tmp_path / "a", patient=[{}], drug=[{"bcr_patient_barcode": "T-01-Z"}]))
    assert [problem.found for problem in result.problems if problem.code == "LM-R001"] == ["T-01-Z"]
    assert registry.store.rows("SELECT patient FROM drug_exposure") == [("T-01-Z",)]


def test_every_superseded_row_stands_in_the_ledger(example: Registry) -> None:
    rows = example.store.rows(
        "SELECT source || '/' || file || ':' || row FROM input_row WHERE disposition = 'superseded'"
    )
    places = {entry["other_from"] for entry in example.conflicts(repeated=True)}
    assert rows
    assert {place for (place,) in rows} <= places


def test_the_order_of_rows_never_matters(tmp_path: Path) -> None:
    rows = [{"bcr_patient_barcode": f"T-01-{n}", "days_to_last_followup": str(n)} for n in range(20)]
    follow = [{"bcr_patient_barcode": f"T-01-{n}", "bcr_followup_barcode": f"F{n}", "days_to_last_followup": str(90 - n)}
              for n in range(20)]  # fmt: skip
    tables = []
    for name, step in (("forward", 1), ("backward", -1)):
        registry = Registry()
        registry.ingest(biotab.write(tmp_path / name, patient=rows[::step], follow_up=follow[::step]))
        tables.append(registry.store.rows("SELECT patient, last_contact_low FROM patient ORDER BY ALL"))
    assert tables[0] == tables[1]


def test_days_of_the_calendar_have_their_dates_beside_them() -> None:
    calendar = {"patient": "A", "axis": "calendar"}
    rows = [
        {**calendar, "vital_status": "dead", **on("death", 18048)},
        {**calendar, "vital_status": "alive", **on("last_contact", 18100), "birth_low": 1, "birth_high": 31},
        {**calendar, "death_low": 18017, "death_high": 18047, "birth_low": 0, "birth_high": 0},
    ]
    registry = registry_of(patient=rows)
    told = {(row["kind"], row["column"]): row for row in registry.conflicts()}
    hard, death = told["hard", "last_contact"], told["conflict", "death"]
    assert (hard["kept"], hard["kept_date"]) == ("dead on day 18048", "dead on 2019-06-01")
    assert hard["other_date"] == "alive on 2019-07-23"
    assert (death["kept"], death["kept_date"]) == ("18048", "2019-06-01")
    assert (death["other"], death["other_date"]) == ("18017..18047", "2019-05-01 to 2019-05-31")
    [found] = [one for one in registry.check().rows() if one["check"] == "values_in_conflict"]
    assert found["found"] in {
        "patient.death: 2019-06-01, 2019-05-01 to 2019-05-31", "patient.birth: 1970-01-02 to 1970-02-01, 1970-01-01"}  # fmt: skip


def test_days_from_the_diagnosis_stay_numbers() -> None:
    rows = [{"patient": "A", "vital_status": "dead", **on("death", day)} for day in (300, 310)]
    [row] = [row for row in registry_of(patient=rows).conflicts() if row["column"] == "death"]
    assert (row["kept"], row["kept_date"], row["other_date"]) == ("300", None, None)
