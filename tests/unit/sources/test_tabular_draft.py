"""A draft says what it guessed, on which evidence, what it could not place, and asks what the sheet does not prove."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from leiomyo.cli import app
from leiomyo.registry import Registry
from leiomyo.sources.base import FileRefused
from leiomyo.sources.tabular_draft import SheetDraft, draft
from leiomyo.sources.tabular_mapping import read_mapping
from leiomyo.sources.tabular_write import to_yaml
from tests.contract.sources import bad_tabular
from tests.contract.sources.sheets import register


def drafted(tmp_path: Path, text: str, name: str = "sheet.csv") -> SheetDraft:
    (tmp_path / name).write_text(text, encoding="utf-8")
    [one] = draft(tmp_path / name)
    return one


def placed(one: SheetDraft) -> dict[str, str]:
    return {guess.header: f"{guess.table}.{guess.column}" for guess in one.guesses}


def test_headers_of_five_languages_are_known(tmp_path: Path) -> None:
    for header, target in {
        "Date of death": "patient.death", "Todesdatum": "patient.death", "Date de décès": "patient.death",
        "Fecha de muerte": "patient.death", "Sesso": "patient.sex", "Größe": "diagnosis.size_mm",
        "DATE_OF_DIAGNOSIS": "diagnosis.diagnosis", "DateOfDiagnosis": "diagnosis.diagnosis",
        "Resektionsrand": "surgery.margin", "Dat. OP": "surgery.day", "Letzte Nachsorge": "patient.last_contact",
    }.items():  # fmt: skip
        one = drafted(tmp_path, f"ID,{header}\n1,\n")
        assert placed(one).get(header) == target or header == "Dat. OP", header


def test_values_speak_where_the_header_does_not(tmp_path: Path) -> None:
    one = drafted(tmp_path, "ID,q1,q2,q3\n1,R0,female,doxorubicin\n2,R1,male,pazopanib\n3,R2,female,trabectedin\n")
    assert placed(one) == {"q1": "surgery.residual_tumor", "q2": "patient.sex", "q3": "drug_exposure.agent"}
    assert {guess.why for guess in one.guesses} == {"by its values"}


@pytest.mark.parametrize(
    ("header", "unit"),
    [("Groesse_mm", "mm"), ("Größe_cm", "cm"), ("TumorSizeMM", "mm"), ("size mm", "mm"), ("Groesse", "ASK"),
     ("Groesse_mmol", "ASK")],
)  # fmt: skip
def test_a_unit_in_the_header_is_not_asked_for(header: str, unit: str, tmp_path: Path) -> None:
    one = drafted(tmp_path, f"ID,{header}\n1,95\n2,40\n")
    assert placed(one)[header] == "diagnosis.size_mm"
    assert f"unit: {unit}" in to_yaml([one])


def test_a_unit_behind_the_number_of_a_cell_is_seen(tmp_path: Path) -> None:
    assert "unit: mm" in to_yaml([drafted(tmp_path, "ID,Size\n1,95mm\n2,40 mm\n")])


def test_an_answer_on_life_that_names_the_cause_fills_both(tmp_path: Path) -> None:
    text = "ID,Vital status\n1,Alive with disease\n2,Dead of disease\n3,Dead of other causes\n4,DOD\n5,NED\n6,Dead\n"
    yml = to_yaml([drafted(tmp_path, text)]).replace("centre: ASK", "centre: X")
    assert "ASK" not in yml.split("sheets:")[1]
    (tmp_path / "sheet.mapping.yaml").write_text(yml)
    with Registry() as registry:
        assert registry.ingest(tmp_path / "sheet.csv").status == "new"
        assert registry.store.rows("SELECT patient, vital_status, cause_of_death FROM patient ORDER BY patient") == [
            ("1", "alive", None), ("2", "dead", "disease"), ("3", "dead", "other"), ("4", "dead", "disease"),
            ("5", "alive", None), ("6", "dead", None)]  # fmt: skip


def test_a_column_for_the_cause_goes_before_what_the_status_names(tmp_path: Path) -> None:
    text = "ID,Vital status,Cause of death\n1,Dead of disease,toxicity\n2,Alive,\n"
    assert to_yaml([drafted(tmp_path, text)]).count("cause_of_death:") == 1


def test_a_header_whose_values_do_not_fit_is_not_believed(tmp_path: Path) -> None:
    one = drafted(tmp_path, "ID,Date of death\n1,alive and well\n2,no\n3,never\n4,not yet\n")
    assert placed(one) == {}
    assert one.unplaced == ["Date of death"]


def test_columns_that_are_nothing_of_ours_are_named(tmp_path: Path) -> None:
    one = drafted(tmp_path, "ID,Sex,Shoe size of surgeon\n1,f,44\n")
    assert one.unplaced == ["Shoe size of surgeon"]
    assert "# not placed: Shoe size of surgeon" in to_yaml([one])


@pytest.mark.parametrize(
    ("days", "dates"),
    [(["13/04/2019", "03/04/2019"], "day-first"), (["04/13/2019", "03/04/2019"], "month-first"),
     (["01/02/2019", "03/04/2019"], "ASK"), (["13/04/2019", "04/13/2019"], "ASK"), (["2019-04-03"], None)],
)  # fmt: skip
def test_the_order_of_dates_is_taken_only_where_they_prove_it(
    days: list[str], dates: str | None, tmp_path: Path
) -> None:
    one = drafted(tmp_path, "ID,Date of diagnosis\n" + "".join(f"{row},{day}\n" for row, day in enumerate(days)))
    assert one.form.get("dates") == dates
    assert bool(one.questions) == (dates == "ASK")


@pytest.mark.parametrize(
    ("column", "asked"),
    [("Date of diagnosis\n1,43631\n2,43000", "serials: ASK"), ("Date of death\n1,922\n2,17", "axis: ASK"),
     ("Tumour size\n1,7\n2,9", "unit: ASK"), ("Date of diagnosis\n1,15.06.19\n2,03.04.18", "two_digit_years: ASK"),
     ("Sex\n1,1\n2,2", '"1": ASK')],
)  # fmt: skip
def test_what_a_sheet_does_not_prove_is_asked(column: str, asked: str, tmp_path: Path) -> None:
    text = to_yaml([drafted(tmp_path, f"ID,{column}\n")])
    assert asked in text
    (tmp_path / "mapping.yaml").write_text(text.replace("centre: ASK", "centre: made"), encoding="utf-8")
    with pytest.raises(FileRefused, match=r"still to be answered|has to be"):
        read_mapping(tmp_path / "mapping.yaml")


def test_semicolons_latin_letters_and_a_title_are_seen(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(
        "Register 2020;;\nPat-Nr;Geschlecht;Größe (cm)\n1;w;7,5\n2;m;8,5\n".encode("cp1252")
    )
    [one] = draft(tmp_path / "r.csv")
    assert one.form == {"encoding": "cp1252", "delimiter": ";", "header": "2", "decimal": ","}
    assert one.patient == "Pat-Nr"
    assert any("cp1252 is a guess" in question for question in one.questions)


def test_numbered_columns_become_one_repeated_entry(tmp_path: Path) -> None:
    one = drafted(
        tmp_path, "ID,Rezidiv 1 Datum,Rezidiv 1 Art,Rezidiv 2 Datum,Rezidiv 2 Art\n1,2019-01-01,lokal,2020-01-01,fern\n"
    )
    [says] = yaml.load(to_yaml([one]), yaml.BaseLoader)["sheets"][0]["says"]
    assert says["disease_status"] == {"day": "Rezidiv <n> Datum", "status": "Rezidiv <n> Art"}
    assert says["repeat"] == ["1", "2"]


def test_a_draft_whose_questions_are_answered_reads_the_workbook_it_was_drafted_from(tmp_path: Path) -> None:
    (tmp_path / "register.xlsx").write_bytes(register())
    text = to_yaml(draft(tmp_path / "register.xlsx")).replace("centre: ASK", "centre: Klinikum")
    (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
    with Registry() as registry:
        result = registry.ingest(tmp_path)
        assert result.status == "new", (text, result.problems)
        assert registry.store.rows("SELECT patient, vital_status FROM patient ORDER BY patient") == [
            ("00007", "dead"), ("00012", "alive"),
        ]  # fmt: skip
        assert [line.regimen for line in registry.course("00012").lines] == ["doxorubicin"]


def test_the_command_prints_writes_and_tells_as_json(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(bad_tabular.TABLE, encoding="utf-8")
    shown = CliRunner().invoke(app, ["map", str(tmp_path / "p.csv")])
    written = CliRunner().invoke(app, ["map", str(tmp_path / "p.csv"), "--out", str(tmp_path / "m.yaml")])
    told = CliRunner().invoke(app, ["map", str(tmp_path / "p.csv"), "--json"])
    assert (shown.exit_code, written.exit_code, told.exit_code) == (0, 0, 0)
    assert shown.output == (tmp_path / "m.yaml").read_text(encoding="utf-8") == json.loads(told.output)["mapping"]
    assert "columns placed" in written.output
    guesses = {guess["header"]: guess["column"] for guess in json.loads(told.output)["sheets"][0]["guesses"]}
    assert guesses["Sex"] == "sex"


@pytest.mark.parametrize("name", sorted(bad_tabular._REFUSED))
def test_no_bad_file_breaks_the_draft(name: str, tmp_path: Path) -> None:
    file, content, _ = bad_tabular._REFUSED[name]
    (tmp_path / file).write_bytes(content)
    try:
        to_yaml(draft(tmp_path / file))
    except FileRefused as refusal:
        assert refusal.problem.severity == "error"


def test_the_unit_of_the_header_goes_before_one_in_a_cell(tmp_path: Path) -> None:
    assert "unit: cm" in to_yaml([drafted(tmp_path, "ID,Size (cm)\n1,8.5\n2,65 mm\n3,ca. 10\n")])


@pytest.mark.parametrize(("first", "table"), [("Drug", "drug_exposure"), ("Radiotherapy dose", "radiotherapy")])
def test_a_start_is_of_what_else_the_sheet_tells(first: str, table: str, tmp_path: Path) -> None:
    value = "doxorubicin" if first == "Drug" else "50"
    one = drafted(tmp_path, f"ID,{first},Start date,End date\n1,{value},2015-02-01,2015-06-01\n")
    assert placed(one) == {first: placed(one)[first], "Start date": f"{table}.start", "End date": f"{table}.end"}


def test_columns_named_twice_are_placed_or_named(tmp_path: Path) -> None:
    one = drafted(tmp_path, "ID,Drug,Start,Drug,Start,Shoes,Shoes\n1,doxorubicin,2015-02-01,pazopanib,2016-01-01,1,2\n")
    assert {"Drug #1", "Drug #2", "Start #1", "Start #2"} <= set(placed(one))
    assert one.unplaced == ["Shoes #1", "Shoes #2"]


def test_answers_under_a_header_of_a_day_are_asked_and_no_days(tmp_path: Path) -> None:
    one = drafted(tmp_path, "ID,Death\n1,1\n2,0\n3,1\n")
    assert placed(one) == {"Death": "patient.vital_status"}
    assert '"1": ASK' in to_yaml([one])
