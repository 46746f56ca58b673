"""What only OMOP has: bad rows of its other tables, tables that say nothing, files of several shapes side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.registry import Registry
from tests.contract.sources import omops
from tests.contract.sources.bad import run
from tests.contract.sources.bad_omop import CONDITION, GOOD_ROWS, OTHERS


@pytest.mark.parametrize("name", OTHERS)
def test_a_bad_row_of_another_table_loses_neither_itself_nor_the_others(name: str, tmp_path: Path) -> None:
    table, changes, code, quarantined = OTHERS[name]
    good = GOOD_ROWS[table]
    bad = {**good, **({f"{table}_id": 2} if f"{table}_id" in good and table != "person" else {}), **changes}
    folder = omops.write(tmp_path / "export", {"condition_occurrence": [CONDITION], "death": [], table: [good, bad]})
    with Registry() as held:
        result = held.ingest(folder)
        assert result.status == "new", result.problems
        [problem] = [problem for problem in result.problems if problem.code == code]
        assert (problem.file, problem.row) == (f"{table}.csv", 3)
        [counts] = [file for file in result.files if file["file"] == f"{table}.csv"]
        assert (counts["rows"], counts["quarantined"]) == (2, int(quarantined))


@pytest.mark.parametrize(
    "change", ["mark", "crlf", "blank-lines", "no-last-end", "capitals", "semicolons", "bars", "tabs"]
)
def test_harmless_differences_of_form_change_nothing(change: str, tmp_path: Path) -> None:
    sign = {"semicolons": ";", "bars": "|", "tabs": "\t"}.get(change, ",")
    good = omops.text("condition_occurrence", [CONDITION], sign=sign)
    changed = {"mark": "\ufeff" + good, "crlf": good.replace("\n", "\r\n"), "blank-lines": good + "\n\n",
               "no-last-end": good.rstrip("\n"), "capitals": good.splitlines()[0].upper() + "\n" + good.splitlines()[1] + "\n",
               }.get(change, good)  # fmt: skip
    (tmp_path / "condition_occurrence.csv").write_text(changed, encoding="utf-8", newline="")
    with Registry() as held:
        result = held.ingest(tmp_path)
        assert {problem.code for problem in result.problems} <= {"LM-F013"}
        assert held.store.rows("SELECT patient, morphology, topography FROM diagnosis") == [("1", "8890/3", "C54.2")]


def test_tables_that_say_nothing_of_a_course_are_left_aside_with_a_word(tmp_path: Path) -> None:
    folder = omops.write(tmp_path / "export", omops.COHORT)
    for table in ("cost", "note", "provider", "drug_era", "vocabulary"):
        (folder / f"{table}.csv").write_text(f"{table}_id,person_id\n1,1\n", encoding="utf-8")
    with Registry() as held:
        result = held.ingest(folder)
        aside = {problem.file for problem in result.problems if problem.code == "LM-F017"}
        assert aside == {"cost.csv", "note.csv", "provider.csv", "drug_era.csv", "vocabulary.csv", "episode_event.csv"}
        assert result.status == "new"


def test_a_damaged_parquet_table_stops_the_whole_export(tmp_path: Path) -> None:
    folder = omops.write(tmp_path / "export", omops.COHORT, parquet=True)
    (folder / "drug_exposure.parquet").write_bytes((folder / "drug_exposure.parquet").read_bytes()[:-30])
    status, output = run("ingest", str(folder), "--registry", str(tmp_path / "r.duckdb"))
    assert (status, "LM-F002" in output) == (1, True), output


def test_a_sheet_of_somebody_else_is_not_taken_for_a_table_of_omop(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("id,death_date,centre\n1,2019-01-01,A\n", encoding="utf-8")
    status, output = run("ingest", str(tmp_path / "sheet.csv"), "--registry", str(tmp_path / "r.duckdb"))
    assert (status, "LM-F007" in output, "leiomyo map" in output) == (1, True, True), output


def test_nothing_of_a_row_goes_into_a_log_or_a_message_but_what_is_wrong(tmp_path: Path) -> None:
    secret = {**CONDITION, "person_id": 77, "condition_source_value": "Secret disease", "condition_start_date": "soon"}
    omops.write(tmp_path / "export", {"condition_occurrence": [CONDITION, secret], "death": []})
    _, output = run("ingest", str(tmp_path / "export"), "--registry", str(tmp_path / "r.duckdb"))
    assert "'soon'" in output
    assert "Secret disease" not in output
