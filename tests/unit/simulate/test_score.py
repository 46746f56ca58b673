"""The score: right answers give 1, and each kind of damage lowers exactly the item it damages."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from leiomyo.cli import app
from leiomyo.commands import simulated
from leiomyo.errors import InputError
from leiomyo.exports import writers
from leiomyo.model.records import rows
from leiomyo.model.tables import TABLES
from leiomyo.simulate.score import ENDPOINT_ITEMS, Found, score
from leiomyo.simulate.told import written_day, written_value
from leiomyo.simulate.truth import declared, truth_table

Row = dict[str, Any]
#: Persons 0 to 39 have a leiomyosarcoma, 40 to 43 something else; person 3 has records at two centres.
CASES, OTHERS = range(40), range(40, 44)
ITEMS = ["case finding", "site group", "margin of the definitive operation", "lines of therapy", *ENDPOINT_ITEMS,
         "planted errors", "duplicates"]  # fmt: skip


def told(table: str, given: list[Row]) -> Any:
    names = [column["column"] for column in declared()[table]]
    return truth_table(table, {name: [row.get(name) for row in given] for name in names})


def name(person: int, centre: str = "A") -> Row:
    return {"centre": centre, "patient": f"{centre}{person}"}


def changed(person: int, kind: str, effect: str, table: str, column: str | None, checks: str | None = None,
            centre: str = "A") -> Row:  # fmt: skip
    return {**name(person, centre), "table": table, "column": column, "kind": kind, "effect": effect, "checks": checks}


DIVIDED = [changed(3, "persons_at_two_centres", "divided", "*", None, centre=centre) for centre in "AB"]
PLANTED = [changed(5, "age_wrong", "false", "diagnosis", "age_years", "age_against_birth|age_implausible")]


def truth(*more: Row) -> dict[str, Any]:
    people = [{"person": one, "lms": one in CASES, "site_group": "extremity" if one in CASES else None,
               "diagnosis_day": 15_000} for one in (*CASES, *OTHERS)]  # fmt: skip
    identities = [{**name(one), "person": one} for one in (*CASES, *OTHERS)] + [{**name(3, "B"), "person": 3}]
    operations = [{"person": one, "definitive": True, "margin": "negative", "day": 15_030} for one in CASES]
    lines = [{"person": one, "line": line, "agents": agents, "start_day": 15_100 + 200 * line}
             for one in CASES for line, agents in ((1, "docetaxel+gemcitabine"), (2, "doxorubicin"))]  # fmt: skip
    times = [{"person": one, "endpoint": item, "line": 1 if item in {"pfs", "ttnt"} else None, "index_day": 15_000,
              "days": 800 + one, "event": one % 2 == 0} for one in CASES for item in ENDPOINT_ITEMS]  # fmt: skip
    given = {"person": people, "operation": operations, "line": lines, "endpoint": times, "identity": identities,
             "changed": [*DIVIDED, *PLANTED, *more], "unsaid": []}  # fmt: skip
    return {table: told(table, found) for table, found in given.items()}


def right() -> Found:
    """What a perfect product says."""
    everybody = [(one, "A") for one in (*CASES, *OTHERS)] + [(3, "B")]
    cases = [name(one, centre) for one, centre in everybody if one in CASES]
    return Found(
        people=[{**name(one, centre), "lms": "yes" if one in CASES else "no", "axis": "calendar",
                 "site_group": "extremity"} for one, centre in everybody],
        operations=[{**who, "margin": "negative"} for who in cases],
        lines=[{**who, "line": line, "agents": agents, "start_low": 15_100 + 200 * line, "start_high": 15_100 + 200 * line}
               for who in cases for line, agents in ((1, "docetaxel+gemcitabine"), (2, "doxorubicin"))],
        times=[{**name(one), "endpoint": item, "line": 1 if item in {"pfs", "ttnt"} else None, "low": 800 + one,
                "high": 800 + one, "event": one % 2 == 0} for one in CASES for item in ENDPOINT_ITEMS],
        alarms=[{**name(5), "check": "age_implausible", "category": "plausibility", "severity": "warning"}],
        pairs=[(("A", "A3"), ("B", "B3"))],
    )  # fmt: skip


def scored(found: Found, *more: Row, noise: str = "default") -> dict[str, Row]:
    return {item["item"]: item for item in score(found, truth(*more), noise=noise)["items"]}


def test_right_answers_score_one() -> None:
    items = scored(right())
    assert list(items) == ITEMS
    for item in items.values():
        assert (item["precision"], item["recall"], item["agreement"]) == (1, 1, 1), item
    assert items["planted errors"]["false_alarms"] == 0
    assert all(items[name]["days_off_mean"] == 0 for name in ("lines of therapy", *ENDPOINT_ITEMS))


def without(found: Found, part: str, person: int, **changes: Any) -> Found:
    """One person's rows of a part changed, or gone where nothing is to be changed."""
    kept = [row | changes if row["patient"] == f"A{person}" else row for row in getattr(found, part)]
    return replace(found, **{part: kept if changes else [row for row in kept if row["patient"] != f"A{person}"]})


def other_time(endpoint: str, **changes: Any) -> Callable[[Found], Found]:
    def damage(found: Found) -> Found:
        hit = [row for row in found.times if row["endpoint"] == endpoint and row["patient"] == "A7"]
        return replace(found, times=[row | changes if row in hit else row for row in found.times])

    return damage


DAMAGE: list[tuple[str, str, Callable[[Found], Found]]] = [
    ("a case that is asked about", "case finding", lambda found: without(found, "people", 41, lms="yes")),
    ("another site", "site group", lambda found: without(found, "people", 7, site_group="uterine")),
    ("another margin", "margin of the definitive operation", lambda f: without(f, "operations", 7, margin="close")),
    ("no margin", "margin of the definitive operation", lambda f: without(f, "operations", 7)),
    ("other drugs", "lines of therapy", lambda found: without(found, "lines", 7, agents="doxorubicin+olaratumab")),
    ("another start", "lines of therapy", lambda found: without(found, "lines", 7, start_low=15_290, start_high=15_290)),
    ("no lines", "lines of therapy", lambda found: without(found, "lines", 7)),
    *((f"another day of {item}", item, other_time(item, low=1, high=1)) for item in ENDPOINT_ITEMS),
    *((f"another ending of {item}", item, other_time(item, event=True)) for item in ENDPOINT_ITEMS),
    ("an error not found", "planted errors", lambda found: replace(found, alarms=[])),
    ("a pair not found", "duplicates", lambda found: replace(found, pairs=[])),
    ("a pair too many", "duplicates", lambda f: replace(f, pairs=[*f.pairs, (("A", "A1"), ("A", "A2"))])),
]  # fmt: skip


@pytest.mark.parametrize(("item", "damage"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE])
def test_each_damage_lowers_exactly_its_item(item: str, damage: Callable[[Found], Found]) -> None:
    before, after = scored(right()), scored(damage(right()))
    assert {name for name in ITEMS if before[name] != after[name]} == {item}
    shares = [after[item][name] for name in ("precision", "recall", "agreement")]
    assert any(share is None or share < 1 for share in shares)


def test_days_off_are_told() -> None:
    items = scored(other_time("os", low=797, high=797)(right()))
    assert items["os"]["days_off_mean"] == pytest.approx(10 / 39, abs=1e-4)


def test_a_time_known_to_the_month_is_right_where_the_true_day_lies_in_it() -> None:
    assert scored(other_time("os", low=800, high=830)(right()))["os"]["agreement"] == 1
    assert scored(other_time("os", low=808, high=838)(right()))["os"]["agreement"] < 1


def test_lines_of_a_registry_that_counts_from_diagnosis_are_held_against_the_same_days() -> None:
    found = right()
    lines = [row | {end: row[end] - 15_000 for end in ("start_low", "start_high")} for row in found.lines]
    relative = replace(found, lines=lines, people=[row | {"axis": "diagnosis"} for row in found.people])
    assert scored(relative)["lines of therapy"]["agreement"] == 1


def test_peri_operative_drugs_before_and_after_the_operation_are_one_line() -> None:
    around = [{"person": 7, "line": 0, "agents": agents, "start_day": day}
              for agents, day in (("ifosfamide+doxorubicin", 15_010), ("doxorubicin", 15_060))]  # fmt: skip
    given = truth()
    given["line"] = told("line", [*given["line"].to_pylist(), *around])
    one = {**name(7), "line": 0, "agents": "doxorubicin+ifosfamide", "start_low": 15_010, "start_high": 15_010}
    items = score(replace(right(), lines=[*right().lines, one]), given, noise="default")["items"]
    assert items[3]["agreement"] == items[3]["recall"] == 1


@pytest.mark.parametrize(("column", "lost"), [
    ("patient.death", {"os", "dss", "rfs", "lrfs", "dmfs", "efs", "pfs", "ttnt"}),
    ("patient.cause_of_death", {"dss"}), ("surgery.margin", {"margin of the definitive operation"}),
    ("drug_exposure.start", {"lines of therapy", "pfs", "ttnt"}), ("diagnosis.size_mm", set()),
])  # fmt: skip
def test_what_noise_erased_is_excluded_where_the_item_rests_on_it(column: str, lost: set[str]) -> None:
    table, _, called = column.partition(".")
    gone = changed(7, f"missing.{column}", "erased", table, called)
    before, after = scored(right()), scored(right(), gone)
    assert {name for name in ITEMS if before[name] != after[name]} == lost
    assert all(after[name]["excluded_by"][f"missing.{column}"] >= 1 for name in lost)
    assert all(after[name]["agreement"] == 1 for name in lost)


def test_an_item_that_loses_more_than_a_twentieth_is_capped() -> None:
    gone = [changed(one, "missing.surgery.margin", "erased", "surgery", "margin") for one in range(6, 9)]
    capped = {name for name, item in scored(right(), *gone).items() if item["capped"]}
    assert "margin of the definitive operation" in capped
    assert not scored(right())["case finding"]["capped"]


def test_what_a_format_has_no_place_for_is_excluded_and_caps_nothing() -> None:
    item = scored(replace(right(), unsayable=frozenset({("A", "surgery", "margin")})))[
        "margin of the definitive operation"
    ]
    assert item["excluded_by"] == {"no place in the format": 40, "persons_at_two_centres": 1}
    assert item["n"] == 0


def test_an_inexact_day_has_no_place_where_days_count_from_the_diagnosis() -> None:
    blurred = changed(7, "day_unknown", "weakened", "disease_status", "day")
    found = right()
    relative = replace(found, people=[row | {"axis": "diagnosis"} for row in found.people])
    assert "no place in the format" not in scored(found, blurred)["efs"]["excluded_by"]
    assert scored(relative, blurred)["efs"]["excluded_by"]["no place in the format"] == 1
    origin = changed(7, "vital_day_unknown", "weakened", "diagnosis", "diagnosis")
    assert scored(relative, origin)["margin of the definitive operation"]["excluded_by"]["no place in the format"] == 1


def test_whom_the_writer_left_out_is_excluded_and_whom_the_reader_lost_is_not() -> None:
    found = without(right(), "people", 7)
    given = truth()
    assert score(found, given, noise="default")["items"][0]["recall"] < 1
    given["unsaid"] = told("unsaid", [{"centre": "A", "format": "cbioportal", "what": "patients", "n": 1}])
    assert score(found, given, noise="default")["items"][0]["excluded_by"] == {"not written by the format": 1}


def alarm(person: int, check: str, category: str = "plausibility", severity: str = "error") -> Row:
    return {**name(person), "check": check, "category": category, "severity": severity}


def test_a_false_alarm_is_an_error_or_a_warning_about_somebody_right() -> None:
    quiet = [
        alarm(9, "size_missing", "completeness"),
        alarm(9, "stereotactic_dose", severity="info"),
        alarm(5, "two_deaths"),
    ]
    found = replace(right(), alarms=[*right().alarms, *quiet])
    assert scored(found)["planted errors"]["false_alarms"] == 0
    item = scored(replace(found, alarms=[*found.alarms, alarm(9, "two_deaths")]))["planted errors"]
    assert (item["false_alarms"], item["precision"], item["recall"]) == (1, 0.5, 1)
    assert item["false_alarm_checks"] == {"two_deaths": 1}


def test_what_noise_may_rightly_set_off_is_no_false_alarm() -> None:
    misspelt = changed(9, "drug_misspelt", "renamed", "drug_exposure", "as_written")
    found = replace(right(), alarms=[*right().alarms, alarm(9, "drug_not_recognised", "conformance", "warning")])
    assert scored(found)["planted errors"]["false_alarms"] == 1
    assert scored(found, misspelt)["planted errors"]["false_alarms"] == 0


def test_without_the_package_duplicates_say_why() -> None:
    item = scored(replace(right(), pairs=None, no_pairs="splink is not installed"))["duplicates"]
    assert (item["n"], item["recall"], item["why"]) == (1, None, "splink is not installed")


# --- the commands -----------------------------------------------------------------------------------------


def write_plain(records: Any, folder: Path, *, name: str, encoding: str = "utf-8") -> dict[str, int]:
    """The case tables as plain sheets, which need no mapping."""
    folder.mkdir(parents=True)
    for table, declaration in TABLES.items():
        columns = ["patient", *(column.name for column in declaration.columns if column.name != "axis")]
        lines = [columns, *([_cell(row, column) for column in columns] for row in rows(records[table]))]
        if len(lines) > 1:
            with (folder / f"{table}.csv").open("w", encoding=encoding, newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(lines)
    return {}


def _cell(row: Row, column: str) -> str:
    if f"{column}_low" in row:
        return written_day(row[f"{column}_low"], row[f"{column}_high"]) or ""
    return written_value(row.get(column)) or ""


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "writer", lambda format: write_plain if format == "csv" else writers.writer(format))
    monkeypatch.setattr(simulated, "cannot", lambda format: {})


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


@pytest.mark.usefixtures("plain")
def test_a_simulated_folder_is_written_and_scored(tmp_path: Path) -> None:
    out = tmp_path / "made"
    made = run("simulate", "--patients", "400", "--seed", "3", "--noise", "clean", "--out", str(out))
    assert made.exit_code == 0, made.output
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert [manifest[key] for key in ("seed", "patients", "noise", "formats")] == [3, 400, "clean", ["csv"]]
    assert sorted(path.name for path in (out / "exports").iterdir()) == ["C1-csv", "C2-csv", "C3-csv"]
    assert sorted(path.stem for path in (out / "truth").glob("*.parquet")) == sorted(declared())
    assert "`margin`" in (out / "truth" / "README.md").read_text(encoding="utf-8")
    found = json.loads(run("score", str(out), "--json").stdout)
    assert found["noise"] == "clean"
    assert [item["item"] for item in found["items"]] == ITEMS
    for item in found["items"][:-2]:
        assert item["excluded"] == 0
        assert item["recall"] >= 0.99, item
    assert "case finding" in run("score", str(out)).stdout


@pytest.mark.usefixtures("plain")
def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for place in ("one", "two"):
        run("simulate", "--patients", "60", "--seed", "4", "--noise", "heavy", "--out", str(tmp_path / place))
    read = [{path.relative_to(tmp_path / place): path.read_bytes() for path in (tmp_path / place).rglob("*") if path.is_file()}
            for place in ("one", "two")]  # fmt: skip
    assert read[0] == read[1]
    assert len(read[0]) > 10


@pytest.mark.usefixtures("plain")
def test_what_cannot_be_simulated_or_scored_is_told(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    for words, code in (
        (("simulate", "--out", str(tmp_path / "full")), "LM-A017"),
        (("simulate", "--noise", "loud", "--out", str(tmp_path / "a")), "LM-A024"),
        (("simulate", "--format", "paper", "--out", str(tmp_path / "a")), "LM-A008"),
        (("simulate", "--centres", "0", "--out", str(tmp_path / "a")), "LM-A008"),
        (("simulate",), "LM-A008"),
        (("score", str(tmp_path / "full")), "LM-A025"),
    ):
        told = run(*words)
        assert isinstance(told.exception, InputError)
        assert told.exception.code == code


@pytest.mark.usefixtures("plain")
def test_an_export_that_is_refused_is_told(tmp_path: Path) -> None:
    run("simulate", "--patients", "20", "--out", str(tmp_path / "made"))
    for path in (tmp_path / "made" / "exports" / "C1-csv").iterdir():
        path.write_bytes(b"\x00\x01")
    told = run("score", str(tmp_path / "made"))
    assert isinstance(told.exception, InputError)
    assert told.exception.code == "LM-A026"


def test_the_disease_model_is_shown_beside_published_figures() -> None:
    rows = json.loads(run("simulate", "--calibration", "--json").stdout)
    assert {row["within"] for row in rows} == {True, False}
