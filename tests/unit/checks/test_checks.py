"""Every check fires on its worked case and stays silent on the other; nothing to judge is no pass."""

from __future__ import annotations

import dataclasses

import pytest

from leiomyo.checks.check import CATEGORIES, checks
from leiomyo.checks.run import JUDGING, TALLYING, run_checks
from leiomyo.registry import Registry
from tests.made_registry import registry_of
from tests.unit.checks.worked import CASES, registry_for


def test_every_check_has_a_case_that_fires_and_one_that_does_not() -> None:
    assert list(CASES) == list(checks())
    assert [name for name, cases in CASES.items() if set(cases) != {"fires", "silent"}] == []


@pytest.mark.parametrize("name", list(checks()))
def test_a_check_fires_and_stays_silent(name: str) -> None:
    fired = run_checks(registry_for(CASES[name]["fires"]).store, [checks()[name]])[0]
    silent = run_checks(registry_for(CASES[name]["silent"]).store, [checks()[name]])[0]
    assert (fired.outcome, fired.message) == ("fail", "")
    assert fired.findings and all(one.found and one.expected for one in fired.findings)
    assert (silent.outcome, silent.message) == ("pass", "")
    assert silent.n > 0


def test_an_empty_registry_passes_nothing() -> None:
    results = run_checks(Registry().store)
    assert {(one.outcome, one.n, one.failed, one.findings) for one in results} == {("not applicable", 0, 0, ())}
    assert [one.check for one in results] == list(checks().values())


def test_a_broken_check_is_an_error_and_stops_no_other() -> None:
    good = checks()["drug_after_death"]
    bad = dataclasses.replace(good, check="broken", test="t.no_such_column", type="row")
    results = run_checks(registry_for(CASES[good.check]["fires"]).store, [bad, good])
    assert [(one.check.check, one.outcome) for one in results] == [("broken", "error"), (good.check, "fail")]
    assert "no_such_column" in results[0].message


def test_a_row_that_cannot_be_judged_is_in_no_denominator() -> None:
    rows = [{"patient": "P1", "size_mm": None}, {"patient": "P2", "size_mm": 700.0}, {"patient": "P3", "size_mm": 70.0}]
    registry = registry_of(patient=[{"patient": row["patient"]} for row in rows], diagnosis=rows)
    result = run_checks(registry.store, [checks()["size_too_large"]])[0]
    assert (result.n, result.failed) == (2, 1)
    assert result.people == {("made", "P2")}
    one = result.findings[0]
    assert (one.file, one.row, one.table, one.column, one.found) == (
        "diagnosis.csv",
        3,
        "diagnosis",
        "size_mm",
        "700 mm",
    )


def test_a_share_within_the_threshold_passes_and_still_names_its_rows() -> None:
    case = {"repeat": 100, "patient": {"sex": {"cycle": [None, *["female"] * 99]}}}
    result = run_checks(registry_for(case).store, [checks()["sex_missing"]])[0]
    assert (result.outcome, result.n, result.failed) == ("pass", 100, 1)
    assert [one.patient for one in result.findings] == ["P1"]


def test_only_leiomyosarcomas_are_judged_unless_a_check_says_all() -> None:
    other = {"diagnosis": {"morphology": "8140/3", "histology": "Adenocarcinoma", "size_mm": 800}}
    assert run_checks(registry_for(other).store, [checks()["size_too_large"]])[0].outcome == "not applicable"
    gist = {"diagnosis": {"morphology": "8890/3", "histology": "Gastrointestinal stromal tumour"}}
    assert run_checks(registry_for(gist).store, [checks()["gist_coded_as_lms"]])[0].outcome == "fail"


def test_calendar_checks_do_not_apply_where_days_count_from_the_diagnosis() -> None:
    case = {"patient": {"vital_status": "alive", "last_contact": 300}, "surgery": {"kind": "primary", "day": 0}}
    names = ("future_day", "default_date", "year_against_date", "day_of_month_heaping", "one_day_dominates")
    results = run_checks(registry_for(case).store, [checks()[name] for name in names])
    assert {one.outcome for one in results} == {"not applicable"}


def test_a_finding_points_at_the_row_that_said_it() -> None:
    rows = [{"vital_status": "alive", "last_contact": 100, "row": 2}, {"vital_status": "dead", "death": -9, "row": 7}]
    result = run_checks(registry_for({"patient": rows}).store, [checks()["death_before_diagnosis"]])[0]
    assert [(one.row, one.found) for one in result.findings] == [(7, "diagnosis day 0, death day -9")]


def _outcome(name: str, **tables) -> tuple[str, list[int | None]]:
    result = run_checks(registry_for(tables).store, [checks()[name]])[0]
    return result.outcome, [one.row for one in result.findings]


@pytest.mark.parametrize(
    ("last", "form", "outcome"),
    [
        (665, {}, ("fail", [4])),
        (300, {}, ("pass", [])),
        (None, {"contact": 665, "vital_status": "dead"}, ("not applicable", [])),
        (None, {"contact": 665, "status": "DOD"}, ("not applicable", [])),
        (None, {"contact": 665, "status": "AWD", "row": 9}, ("fail", [9])),
    ],
)
def test_a_last_contact_after_the_death_is_found_on_the_row_of_a_dead_patient_too(last, form, outcome) -> None:
    patient = {"vital_status": "dead", "death": 300, "last_contact": last, "row": 4}
    assert _outcome("alive_after_death", patient=patient, **({"follow_up": form} if form else {})) == outcome


@pytest.mark.parametrize("status", ["no_metastasis", "no_local_recurrence", "no_evidence_of_disease"])
@pytest.mark.parametrize("where", [{"site": "lung"}, {"site_text": "right lung"}])
def test_nothing_found_and_a_site_of_it_in_one_row_is_a_contradiction(status, where) -> None:
    assert _outcome("absent_with_a_site", disease_status={"status": status, "row": 5, **where}) == ("fail", [5])


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        ({"role": "other_primary", "morphology": "8500/3", "diagnosis": -2500}, "not applicable"),
        ({"role": "other_primary", "morphology": "8500/3"}, "not applicable"),
        ({"role": "other_primary", "morphology": "8500/3", "diagnosis": 400}, "fail"),
    ],
)
def test_a_treatment_before_the_diagnosis_may_be_of_another_primary_that_was_there(other, outcome) -> None:
    tumours = [{"morphology": "8890/3", "role": "index", "tumour": "1"}, {"tumour": "2", **other}]
    found = _outcome(
        "treatment_before_diagnosis", diagnosis=tumours, drug_exposure={"agent": "tamoxifen", "start": -2400}
    )
    assert found[0] == outcome


def test_identifiers_that_differ_in_case_may_be_one_person_within_a_centre_only() -> None:
    rows = [
        {"patient": name, "centre": centre} for name, centre in (("a1", "N"), ("A1", "N"), ("a1", "S"), ("B1", "S"))
    ]
    registry = registry_of(patient=rows, diagnosis=rows)
    result = run_checks(registry.store, [checks()["identifiers_alike"]])[0]
    assert [(one.centre, one.patient, one.found) for one in result.findings] == [
        ("N", "A1", "also a1"),
        ("N", "a1", "also A1"),
    ]


def test_running_checks_leaves_what_was_derived_valid() -> None:
    registry = registry_for(CASES["drug_after_death"]["fires"])
    before = registry.store.generation
    first = run_checks(registry.store)
    assert registry.store.generation == before
    assert run_checks(registry.store) is first


@pytest.mark.parametrize("check", checks().values(), ids=list(checks()))
def test_a_check_says_what_and_why(check) -> None:
    assert check.type in {*JUDGING, *TALLYING}
    assert check.category in CATEGORIES
    assert check.severity in {"error", "warning", "info"}
    assert check.who in {"lms", "all"}
    assert 0 <= check.threshold < 1
    assert check.confidence in {"seen", "recalled", "own convention"}
    assert all((check.says, check.expected, check.reason, check.source, check.action))
    assert check.says.endswith(".") and check.reason.endswith(".")
