"""Sheets as centres keep them come back right: wide and long, REDCap-like, with code books, in every file form."""

from __future__ import annotations

import datetime
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leiomyo.registry import Registry
from tests.contract.sources import bad_tabular
from tests.contract.sources.sheets import PARTIAL, codes_of, read, register, told

DAY = datetime.date

# --- partial dates (OHDSI/OncologyWG#562) -------------------------------------------------------------------


def test_partial_dates_are_the_days_they_allow_and_never_a_first_of_january(tmp_path: Path) -> None:
    sheet = "id,diagnosed,died,entity\nA,2019-06,2020,LMS\nB,15/06/2019,99/03/2021,LMS\n"
    registry = read(tmp_path, PARTIAL, patients_csv=sheet)
    assert told(registry, "diagnosis", "diagnosis_") == [("2019-06-01..2019-06-30",), ("2019-06-15",)]
    assert told(registry, "patient", "death_") == [("2020-01-01..2020-12-31",), ("2021-03-01..2021-03-31",)]
    times = {
        course.patient: (course.death - course.diagnosis)
        for course in registry.courses()
        if course.death and course.diagnosis
    }
    assert (times["A"].low, times["A"].high) == (185, 579)
    assert (times["B"].low, times["B"].high) == (625, 655)
    told_precision = registry.survival("os").to_dict()["precision"]
    assert told_precision["median_low"] < told_precision["median_high"]
    flags = {row["flag"]: row["n"] for row in registry.impact().rows}
    assert flags["imprecise"] == 2


@pytest.mark.parametrize(("order", "expected"), [("day-first", "2019-04-03"), ("month-first", "2019-03-04")])
def test_the_order_of_day_and_month_is_what_the_mapping_says(order: str, expected: str, tmp_path: Path) -> None:
    registry = read(
        tmp_path, f"dates: {order}\n{PARTIAL}", patients_csv="id,diagnosed,died,entity\nA,03/04/2019,,LMS\n"
    )
    assert told(registry, "diagnosis", "diagnosis_") == [(expected,)]


def test_without_an_order_a_date_of_two_readings_is_set_aside_with_the_question(tmp_path: Path) -> None:
    registry = read(tmp_path, PARTIAL, patients_csv="id,diagnosed,died,entity\nA,03/04/2019,,LMS\n")
    assert told(registry, "diagnosis", "diagnosis_") == [(None,)]
    assert codes_of(registry) == {"LM-D022"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("15-Jun-2019", "2019-06-15"), ("15JUN2019", "2019-06-15"), ("15. Juni 2019", "2019-06-15"),
        ("juin 2019", "2019-06-01..2019-06-30"), ("2019", "2019-01-01..2019-12-31"), ("2019-06-15T23:30:00-05:00", "2019-06-15"),
        ("2019-06-15 00:00:00", "2019-06-15"), ("2019/6/5", "2019-06-05"),
    ],
)  # fmt: skip
def test_a_date_is_read_as_written(written: str, expected: str, tmp_path: Path) -> None:
    registry = read(tmp_path, PARTIAL, patients_csv=f"id,diagnosed,died,entity\nA,{written},,LMS\n")
    assert told(registry, "diagnosis", "diagnosis_") == [(expected,)]


def test_years_of_two_digits_lie_in_the_hundred_years_that_the_mapping_names(tmp_path: Path) -> None:
    sheet = "id,diagnosed,died,entity\nA,13.06.31,,LMS\nB,13.06.29,,LMS\n"
    registry = read(tmp_path, f"two_digit_years: 1930\n{PARTIAL}", patients_csv=sheet)
    assert told(registry, "diagnosis", "diagnosis_") == [("1931-06-13",), ("2029-06-13",)]


# --- a wide workbook ----------------------------------------------------------------------------------------

WIDE = """centre: Klinikum
decimal: ","
header: 2
sheets:
  - file: register.xlsx
    sheet: Patienten
    patient: Pat-Nr
    says:
      - patient: {sex: Geschlecht, birth: Geburtsdatum, vital_status: Status, death: Todesdatum, last_contact: Kontakt}
      - diagnosis:
          diagnosis: Diagnosedatum
          histology: Histologie
          site_text: Lokalisation
          size_mm: {from: Größe (cm), unit: cm}
      - surgery: {day: OP-Datum, residual_tumor: Resektion, kind: {is: primary}}
      - symptom: {term: Beschwerden}
        split: Beschwerden
        by: ";,"
      - disease_status: {day: Rezidiv <n> Datum, status: Rezidiv <n> Art}
        repeat: [1, 2]
      - drug_exposure: {agent: Chemo, start: Chemo von, end: Chemo bis}
  - file: register.xlsx
    sheet: Kontakte
    header: 1
    patient: Nummer
    says:
      - patient: {last_contact: am, vital_status: {is: alive}}
      - follow_up: {contact: am, status: Befund}
"""


@pytest.mark.parametrize("epoch_1904", [False, True], ids=["1900", "1904"])
def test_a_wide_workbook_of_several_sheets_comes_back_right_in_both_date_systems(
    epoch_1904: bool, tmp_path: Path
) -> None:
    registry = read(tmp_path, WIDE, register_xlsx=register(epoch_1904))
    assert told(registry, "patient", "patient", "sex", "birth_", "vital_status", "death_", "last_contact_") == [
        ("00007", "male", "1948-06-01", "dead", "2019-02-03", None),
        ("00012", "female", "1955-03-01", "alive", None, "2020-07-20"),
    ]
    assert told(registry, "diagnosis", "patient", "diagnosis_", "diagnosis_year", "size_mm") == [
        ("00007", "2017-05-01..2017-05-31", 2017, 125.0),
        ("00012", "2018-01-10", 2018, 85.0),
    ]
    assert told(registry, "surgery", "patient", "day_", "residual_tumor") == [
        ("00007", "2017-06-02", "R1"),
        ("00012", "2018-02-01", "R0"),
    ]
    assert told(registry, "symptom", "patient", "term") == [("00012", "bleeding"), ("00012", "pain")]
    assert told(registry, "disease_status", "patient", "status", "day_") == [
        ("00007", "local_recurrence", "2018-01-05"),
        ("00007", "distant_metastasis", "2018-09-09"),
        ("00012", "distant_metastasis", "2019-03-01"),
    ]
    assert told(registry, "drug_exposure", "patient", "agent", "start_", "end_") == [
        ("00007", "gemcitabine", "2018-02-01", None),
        ("00007", "docetaxel", "2018-02-01", None),
        ("00012", "doxorubicin", "2019-03-20", "2019-07-01"),
    ]
    lines = registry.course("00012").lines
    assert [(line.number, line.regimen) for line in lines] == [(1, "doxorubicin")]


def test_a_formula_without_its_value_is_told(tmp_path: Path) -> None:
    registry = read(tmp_path, WIDE, register_xlsx=register())
    [problem] = [problem for problem in registry.problems() if problem.code == "LM-D021"]
    assert (problem.row, problem.column) == (3, "U3")


def test_numbers_of_days_count_from_the_date_system_that_the_mapping_names(tmp_path: Path) -> None:
    for system, expected in (("1900", "2019-06-15"), ("1904", "2023-06-16")):
        registry = read(
            tmp_path, f"serials: {system}\n{PARTIAL}", patients_csv="id,diagnosed,died,entity\nA,43631,,LMS\n"
        )
        assert told(registry, "diagnosis", "diagnosis_") == [(expected,)]


# --- long tables, a code book, REDCap-like rows ---------------------------------------------------------------


def test_long_tables_with_a_code_book_come_back_right(tmp_path: Path) -> None:
    mapping = """centre: made
delimiter: ";"
decimal: ","
encoding: cp1252
code_book: {file: book.csv, variable: Variable, code: Code, label: Bedeutung}
sheets:
  - file: personen.csv
    patient: nr
    says:
      - patient: {sex: geschl, vital_status: {from: status, values: {tot: dead, "*": alive}}, last_contact: zuletzt}
      - diagnosis: {diagnosis: dat, histology: hist, size_mm: {from: groesse, unit: cm}}
  - file: ops.csv
    patient: nr
    record: opnr
    says:
      - surgery: {kind: art, day: dat, margin: rand}
"""
    registry = read(
        tmp_path, mapping,
        personen_csv="nr;geschl;status;zuletzt;dat;hist;groesse\n001;2;1;2020-01-01;2018-02-03;Leiomyosarkom Gebärmutter;7,5\n".encode("cp1252"),
        ops_csv="nr;opnr;art;dat;rand\n001;a;1;2018-03-01;2\n001;b;2;2018-04-01;1\n",
        book_csv="Variable;Code;Bedeutung\ngeschl;2;weiblich\nstatus;1;lebt\nart;1;Resektion\nart;2;Nachresektion\nrand;1;frei\nrand;2;knapp\n",
    )  # fmt: skip
    assert told(registry, "patient", "patient", "sex", "vital_status", "last_contact_") == [
        ("001", "female", "alive", "2020-01-01")
    ]
    assert told(registry, "diagnosis", "histology", "size_mm") == [("Leiomyosarkom Gebärmutter", 75.0)]
    assert told(registry, "surgery", "record", "kind", "day_", "margin") == [
        ("a", "primary", "2018-03-01", "close"), ("b", "re_excision", "2018-04-01", "negative"),
    ]  # fmt: skip


REDCAP = """centre: made
sheets:
  - file: records.csv
    patient: record_id
    says:
      - patient: {sex: {from: sex, values: {"1": male, "2": female}}, death: dod}
        when: {redcap_repeat_instrument: ""}
      - diagnosis: {diagnosis: dx_date, histology: histology}
        when: {redcap_repeat_instrument: ""}
      - symptom: {term: {is: pain}}
        when: {symptoms___1: "1"}
      - symptom: {term: {is: blood_clot}}
        when: {symptoms___2: "1"}
      - disease_status:
          status: {from: rec_kind, values: {"1": local_recurrence, "2": distant_metastasis}}
          day: rec_date
          site: {from: rec_site, values: {"1": lung, "2": liver}}
        when: {redcap_repeat_instrument: recurrence}
"""


def test_rows_of_repeating_instruments_say_what_their_instrument_says(tmp_path: Path) -> None:
    sheet = (
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,sex,dx_date,histology,dod,symptoms___1,symptoms___2,rec_kind,rec_date,rec_site\n"
        "1,,,2,2018-01-10,Leiomyosarcoma,2020-05-01,1,0,,,\n"
        "1,recurrence,1,,,,,,,1,2019-01-02,\n"
        "1,recurrence,2,,,,,,,2,2019-06-07,1\n"
    )
    registry = read(tmp_path, REDCAP, records_csv=sheet)
    assert told(registry, "patient", "patient", "sex", "vital_status", "death_") == [
        ("1", "female", "dead", "2020-05-01")
    ]
    assert told(registry, "symptom", "term") == [("pain",)]
    assert told(registry, "disease_status", "status", "day_", "site") == [
        ("local_recurrence", "2019-01-02", None), ("distant_metastasis", "2019-06-07", "lung"),
    ]  # fmt: skip


def test_months_after_another_day_are_the_days_they_allow(tmp_path: Path) -> None:
    mapping = """centre: made
sheets:
  - file: "*.csv"
    patient: id
    says:
      - patient:
          vital_status: {from: dead, values: {"1": dead, "0": alive}}
          death: {from: os_months, unit: months, after: dx, when: {dead: "1"}}
          last_contact: {from: os_months, unit: months, after: dx, when: {dead: "0"}}
      - diagnosis: {diagnosis: dx, histology: hist}
"""
    registry = read(
        tmp_path, mapping, p_csv="id,dx,os_months,dead,hist\nA,2018-01-10,12,1,LMS\nB,2018-01-10,12,0,LMS\n"
    )
    [(death, _), (_, contact)] = told(registry, "patient", "death_", "last_contact_")
    assert death == contact == "2018-12-21..2019-01-25"


def test_days_from_diagnosis_are_an_axis_of_their_own(tmp_path: Path) -> None:
    sheet = "id,diagnosed,died,entity\nA,0,922,LMS\n"
    registry = read(tmp_path, PARTIAL.replace("sheets:", "axis: diagnosis\nsheets:"), patients_csv=sheet)
    assert told(registry, "patient", "axis", "death_low") == [("diagnosis", 922)]
    assert registry.survival("os").groups[0]["median_days"] == 922


# --- the file forms agree -------------------------------------------------------------------------------------


def test_the_same_rows_as_csv_workbook_and_parquet_give_the_same_tables(tmp_path: Path) -> None:
    rows = [bad_tabular.GOOD, bad_tabular.GOOD | {"ID": "007", "Size": "12", "Seen": "2020-07"}]
    forms = {
        "csv": "".join(",".join(row) + "\n" for row in ([*bad_tabular.GOOD], *(row.values() for row in rows))).encode(),
        "xlsx": bad_tabular.workbook([[*bad_tabular.GOOD], *([*row.values()] for row in rows)]),
        "parquet": bad_tabular.parquet(**{name: [row[name] for row in rows] for name in bad_tabular.GOOD}),
    }
    tables = {}
    for ending, content in forms.items():
        registry = read(tmp_path / ending, bad_tabular.MAPPING, **{f"sheet_{ending}": content})
        tables[ending] = [registry.store.rows(f"SELECT * EXCLUDE (source, file, row) FROM {table} ORDER BY ALL")
                          for table in ("patient", "diagnosis", "surgery", "disease_status", "drug_exposure", "radiotherapy")]  # fmt: skip
    assert tables["csv"] == tables["xlsx"] == tables["parquet"]
    assert [row[1] for row in tables["csv"][0]] == ["007", "P1"]


def test_typed_columns_of_parquet_need_no_decimal_sign_and_no_date_order(tmp_path: Path) -> None:
    table = pa.table({
        "id": ["A"], "diagnosed": pa.array([DAY(2019, 4, 3)]), "entity": ["LMS"], "size": [7.5],
        "died": pa.array([datetime.datetime(2020, 1, 1, 3, tzinfo=datetime.UTC)], pa.timestamp("ns", "America/New_York")),
    })  # fmt: skip
    stream = io.BytesIO()
    pq.write_table(table, stream)
    mapping = PARTIAL.replace("patients.csv", '"*.parquet"').replace(
        "histology: entity", "histology: entity, size_mm: {from: size, unit: cm}"
    )
    registry = read(tmp_path, 'decimal: ","\n' + mapping, p_parquet=stream.getvalue())
    assert told(registry, "diagnosis", "diagnosis_", "size_mm") == [("2019-04-03", 75.0)]
    assert told(registry, "patient", "death_") == [("2019-12-31",)], "the local day counts"


def test_quoted_cells_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    sheet = 'id,diagnosed,died,entity\nA,2019-01-01,,"LMS, ""grade 3"",\nof the uterus"\nB,2019-01-01,,LMS\n'
    registry = read(tmp_path, PARTIAL, patients_csv=sheet)
    assert told(registry, "diagnosis", "patient", "histology", "row") == [
        ("A", 'LMS, "grade 3",\nof the uterus', 2), ("B", "LMS", 4),
    ]  # fmt: skip


def test_a_quote_that_never_closes_costs_its_own_row_alone(tmp_path: Path) -> None:
    sheet = 'id,diagnosed,died,entity\nA,2019-01-01,,"5 cm LMS\nB,2019-01-01,,5" LMS\nC,2019-01-01,,LMS\n'
    registry = read(tmp_path, PARTIAL, patients_csv=sheet)
    assert told(registry, "diagnosis", "patient", "histology") == [("B", '5" LMS'), ("C", "LMS")]
    assert registry.store.rows("SELECT raw FROM quarantine") == [('A,2019-01-01,,"5 cm LMS',)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_an_encoding_that_the_mapping_names_is_read(encoding: str, tmp_path: Path) -> None:
    sheet = "id,diagnosed,died,entity\r\nA,2019-01-01,,Leiomyosarkom der Gebärmutter\r\n"
    named = "" if encoding == "utf-8-sig" else f"encoding: {encoding}\n"
    registry = read(tmp_path, named + PARTIAL, patients_csv=sheet.encode(encoding))
    assert told(registry, "diagnosis", "patient", "histology") == [("A", "Leiomyosarkom der Gebärmutter")]


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    extra = [f"x{number}" for number in range(10_000)]
    sheet = f"id,diagnosed,died,entity,{','.join(extra)}\nA,2019-01-01,,LMS,{','.join('1' for _ in extra)}\n"
    registry = read(tmp_path, PARTIAL, patients_csv=sheet)
    assert told(registry, "diagnosis", "patient") == [("A",)]
    [unused] = [problem for problem in registry.problems() if problem.code == "LM-F015"]
    assert unused.detail.endswith("and 9980 more.")


# --- tables of our own ----------------------------------------------------------------------------------------


def test_tables_with_the_products_own_columns_need_no_mapping(tmp_path: Path) -> None:
    folder = tmp_path / "centre"
    folder.mkdir()
    (folder / "patient.csv").write_text("patient,sex,vital_status,last_contact\nA,female,alive,2020-01-01\n")
    (folder / "diagnosis.csv").write_text(
        "patient,diagnosis,morphology,topography,size_mm\nA,2018-01-01,8890/3,C54.2,80\n"
    )
    (folder / "surgery.csv").write_text("patient,kind,day,margin\nA,primary,2018-02-01,negative\n")
    with Registry() as registry:
        assert registry.ingest(folder).status == "new"
        answer = registry.survival("os", by="margin")
        assert [(group["group"], group["n"]) for group in answer.groups] == [({"margin": "negative"}, 1)]
        assert registry.store.rows("SELECT DISTINCT centre FROM patient") == [("centre",)]


# --- what a clinic's sheet holds beside values -----------------------------------------------------------------

SPREAD = """centre: made
sheets:
  - file: patients.csv
    patient: id
    says:
      - diagnosis: {diagnosis: dx, histology: hist}
      - disease_status: {status: {is: distant_metastasis}, day: mets, site: where}
      - drug_exposure: {agent: drug, start: from}
"""


def test_an_event_whose_day_cannot_be_read_stays_an_event_without_a_day(tmp_path: Path) -> None:
    sheet = (
        "id,dx,hist,mets,where,drug,from\nA,2015-03-01,LMS,soon,,,\nB,2015-03-01,LMS,,,,\nC,2015-03-01,LMS,05/2016,,,\n"
    )
    registry = read(tmp_path, SPREAD, patients_csv=sheet)
    assert told(registry, "disease_status", "patient", "day_") == [("A", None), ("C", "2016-05-01..2016-05-31")]
    assert codes_of(registry) == {"LM-D012"}


@pytest.mark.parametrize("word", ["no", "none", "-", "nein", "keine", "no metastases", "aucune", "0"])
def test_a_word_of_absence_is_no_event_and_no_drug(word: str, tmp_path: Path) -> None:
    sheet = f"id,dx,hist,mets,where,drug,from\nA,2015-03-01,LMS,{word},{word},{word},\n"
    registry = read(tmp_path, SPREAD, patients_csv=sheet)
    assert (told(registry, "disease_status", "patient"), told(registry, "drug_exposure", "patient")) == ([], [])
    assert codes_of(registry) == set()


def test_several_sites_in_a_cell_are_several_statements(tmp_path: Path) -> None:
    sheet = 'id,dx,hist,mets,where,drug,from\nA,2015-03-01,LMS,2016-01-01,"lung, liver",,\n'
    registry = read(tmp_path, SPREAD, patients_csv=sheet)
    assert told(registry, "disease_status", "site", "day_") == [("lung", "2016-01-01"), ("liver", "2016-01-01")]


def test_a_row_of_totals_is_nobody(tmp_path: Path) -> None:
    sheet = "id,dx,hist,mets,where,drug,from\nA,2015-03-01,LMS,,,,\nTotal,2015,1,,,,\n"
    registry = read(tmp_path, SPREAD, patients_csv=sheet)
    assert told(registry, "diagnosis", "patient") == [("A",)]
    assert codes_of(registry) == {"LM-D004"}


def test_day_zero_from_diagnosis_is_a_day_and_no_word_of_absence(tmp_path: Path) -> None:
    sheet = "id,dx,hist,mets,where,drug,from\nA,0,LMS,0,lung,,\n"
    registry = read(tmp_path, SPREAD.replace("sheets:", "axis: diagnosis\nsheets:"), patients_csv=sheet)
    assert told(registry, "disease_status", "day_low") == [(0,)]


def test_a_death_on_a_follow_up_sheet_is_a_death_of_the_patient(tmp_path: Path) -> None:
    (tmp_path / "patient.csv").write_text("patient,vital_status,last_contact\n1,alive,2020-01-02\n", encoding="utf-8")
    (tmp_path / "diagnosis.csv").write_text(
        "patient,diagnosis,histology\n1,2019-01-02,Leiomyosarcoma\n", encoding="utf-8"
    )
    told = "patient,contact,vital_status\n1,2020-06-01,alive\n1,2021-03-04,dead\n"
    (tmp_path / "follow_up.csv").write_text(told, encoding="utf-8")
    with Registry() as registry:
        assert registry.ingest(tmp_path).status == "new"
        [person] = registry.store.dicts("SELECT vital_status, death_low, death_high FROM patient")
    assert person == {"vital_status": "dead", "death_low": 18690, "death_high": 18690}


@pytest.mark.parametrize("second", ["s.csv", "*.csv", "*"])
def test_two_entries_of_a_mapping_that_speak_of_one_file_are_one_clear_message(second: str, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id,sex\n1,f\n")
    entry = "  - file: '{}'\n    patient: id\n    says: [{{patient: {{sex: sex}}}}]\n"
    (tmp_path / "s.mapping.yaml").write_text("sheets:\n" + entry.format("s.csv") + entry.format(second))
    with Registry() as held:
        result = held.ingest(tmp_path / "s.csv")
    assert (result.status, [problem.code for problem in result.problems]) == ("refused", ["LM-F021"])
    assert "sheets[1] and sheets[2] both speak of s.csv" in result.problems[0].detail
