"""The same person twice is proposed with reasons; two alike are not; the weights are sane."""

from __future__ import annotations

import builtins
import logging
from pathlib import Path
from typing import Any

import pytest

from leiomyo.errors import InputError
from leiomyo.reconcile.duplicates import model
from leiomyo.registry import Registry
from tests import biotab
from tests.unit.reconcile.persons import cohort, dated, day, on, registry_of

pytest.importorskip("splink")


def pairs(registry: Registry, threshold: float = 0.9) -> list[tuple[str, str]]:
    return [(f"{row['centre']}/{row['patient']}", f"{row['other_centre']}/{row['other_patient']}")
            for row in registry.duplicates(threshold=threshold)]  # fmt: skip


def test_the_same_person_twice_inside_a_centre() -> None:
    rows = cohort(60, seed=3, centres=1)
    rows["C0/A-7"] = dated("1950-04-02", "2019-03-05", contact="2021-01-01")
    rows["C0/B-9"] = dated("1950-04-02", "2019-03-08", size=60)
    [found] = registry_of(rows).duplicates()
    assert list(found)[:4] == ["centre", "patient", "other_centre", "other_patient"]
    assert (found["patient"], found["other_patient"], found["decision"]) == ("A-7", "B-9", "")
    for reason in ("sex female in both", "the same day of birth, in 1950", "diagnosis 3 days apart", "size differs 80/60 mm"):  # fmt: skip
        assert reason in found["reasons"]


def test_the_same_person_at_two_centres() -> None:
    rows = cohort(100, seed=4)
    rows["C0/N17"] = dated("1961-07-30", "2017-05-01", sex="male", topography="C49.2", contact="2020-02-02")
    rows["C1/S-2204"] = dated("1961-07-30", "2017-05-20", sex="male", topography="C49.2", size=85)
    assert pairs(registry_of(rows)) == [("C0/N17", "C1/S-2204")]


def test_identifiers_that_differ_by_separators_and_leading_zeros() -> None:
    rows = cohort(60, seed=5, centres=1)
    rows["C0/LM-0042"] = dated("1950-04-02", "2019-03-05")
    rows["C0/lm42"] = [("patient", {"axis": "calendar", "sex": "female"}),
                       ("diagnosis", {"role": "index", "morphology": "8890/3", "diagnosis_year": 2019})]  # fmt: skip
    [found] = registry_of(rows).duplicates()
    assert "identifiers differ only by separators" in found["reasons"]


def test_a_near_pair_stays_under_the_threshold() -> None:
    rows = cohort(200, seed=6)
    # two women of one age with the same tumour, diagnosed in one month
    rows["C0/T1"] = dated("1955-02-01", "2018-06-04", size=80)
    rows["C1/T2"] = dated("1955-09-12", "2018-06-21", size=85)
    assert ("C0/T1", "C1/T2") not in pairs(registry_of(rows))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_300_different_patients_none_are_proposed(seed: int) -> None:
    assert registry_of(cohort(300, seed=seed)).duplicates() == []


def test_axes_differ_and_durations_do_not(tmp_path: Path) -> None:
    registry = Registry()
    folder = biotab.write(
        tmp_path / "gdc",
        patient=[{"bcr_patient_barcode": f"T-01-{n:03d}", "birth_days_to": str(-20000 - 311 * n),
                  "days_to_birth": str(-20000 - 311 * n), "days_to_last_followup": str(500 + 37 * n),
                  "age_at_initial_pathologic_diagnosis": str((20000 + 311 * n) // 365)} for n in range(40)],
    )  # fmt: skip
    registry.ingest(folder, centre="North")
    store = registry.store
    # the same as patient 7, at a centre that has dates
    diagnosis = day("2015-03-03")
    born = diagnosis - (20000 + 311 * 7)
    store.append("source", [{"name": "dated", "position": 9, "format": "made", "centre": "South", "path": "made"}])
    where = {"source": "dated", "file": "f", "centre": "South", "patient": "X1"}
    store.append("statement_patient", [{"statement": 900, **where, "row": 2, "axis": "calendar", "sex": "female",
                                        **on("birth", born), "vital_status": "alive",
                                        **on("last_contact", diagnosis + 500 + 37 * 7)}])  # fmt: skip
    store.append("statement_diagnosis", [{"statement": 901, **where, "row": 3, "tumour": "1", "role": "index",
                                          "morphology": "8890/3", **on("diagnosis", diagnosis)}])  # fmt: skip
    assert pairs(registry) == [("North/T-01-007", "South/X1")]
    [found] = registry.duplicates()
    assert "the same age at diagnosis to the day" in found["reasons"]
    assert "last contact at the same time from diagnosis" in found["reasons"]


def test_what_is_not_told_is_no_evidence() -> None:
    bare = [
        ("patient", {"axis": "calendar", "sex": "female"}),
        ("diagnosis", {"role": "index", "morphology": "8890/3"}),
    ]
    assert registry_of({f"C0/P{n}": bare for n in range(30)}).duplicates(threshold=0) == []


def test_without_splink_one_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "splink":
            raise ImportError(name)
        return imported(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"LM-A012.*pip install 'leiomyo\[duplicates\]'"):
        Registry().duplicates()


@pytest.mark.parametrize("threshold", [-0.1, 1.5])
def test_a_threshold_is_a_probability(threshold: float) -> None:
    with pytest.raises(InputError, match="LM-A008"):
        Registry().duplicates(threshold=threshold)


def test_nothing_is_said_on_the_way(capfd: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger("splink").level
    registry_of(cohort(20, seed=1)).duplicates()
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("splink").level == before


def test_every_weight_is_a_probability_and_says_where_it_comes_from() -> None:
    for name, levels in model().levels.items():
        for level in levels:
            assert 0 < level.m < 1, name
            assert 0 < level.u < 1, name
            assert level.basis in {"measured", "worked out", "assumed"}
        assert levels[-1].when == "true"
        # the first level is agreement, and speaks for one person
        assert levels[0].m > levels[0].u


def test_pairs_are_the_same_whatever_the_order_of_rows() -> None:
    rows = cohort(80, seed=8)
    rows["C0/N17"], rows["C1/S-2"] = dated("1961-07-30", "2017-05-01"), dated("1961-07-30", "2017-05-02")
    backwards = dict(reversed(list(rows.items())))
    assert registry_of(rows).duplicates() == registry_of(backwards).duplicates()
