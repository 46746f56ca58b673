"""What was not known at time zero is unknown then, and what doubtful records do to a result."""

from __future__ import annotations

import pytest

from leiomyo.errors import InputError
from leiomyo.registry import Registry
from tests.made_registry import on, registry_of


def resected(day: int | None, *, margin: str = "positive") -> Registry:
    """Two patients operated on the same day after diagnosis, both followed for 900 days."""
    names = ("A", "B")
    return registry_of(
        patient=[{"patient": name, "vital_status": "alive", **on("last_contact", 900)} for name in names],
        surgery=[{"patient": name, "kind": "primary", "margin": margin, "residual_tumor": "R1", **on("day", day)}
                 for name in names],
        drug_exposure=[{"patient": "A", "agent": "doxorubicin", **on("start", 95), **on("end", 150)}],
    )  # fmt: skip


@pytest.mark.parametrize(("day", "group"), [(90, "positive"), (91, None), (None, "positive")])
def test_a_margin_counts_from_diagnosis_only_within_90_days_of_it(day: int | None, group: str | None) -> None:
    [found] = resected(day).survival("os", by="margin").groups
    assert found["group"]["margin"] == (group or "unknown")


def test_a_margin_that_comes_later_does_not_filter_either() -> None:
    assert resected(91).survival("os", where="margin = 'positive'").groups[0]["n"] == 0


def test_from_the_operation_its_margin_is_known() -> None:
    [found] = resected(400).survival("os", by="margin", index="definitive-surgery").groups
    assert (found["group"]["margin"], found["n"]) == ("positive", 2)


@pytest.mark.parametrize(("day", "group"), [(95, "positive"), (96, "unknown")])
def test_from_a_line_only_what_was_known_by_its_first_day_counts(day: int, group: str) -> None:
    [found] = resected(day).survival("os", by="margin", line=0).groups
    assert found["group"]["margin"] == group


def test_a_re_excision_brings_its_own_margin_and_not_that_of_the_first() -> None:
    registry = resected(10)
    registry.store.execute("INSERT INTO surgery BY NAME SELECT * REPLACE ('re_excision' AS kind, NULL AS margin, "
                           "'R0' AS residual_tumor, 40 AS day_low, 40 AS day_high, statement + 100 AS statement) FROM surgery")  # fmt: skip
    [by_margin] = registry.survival("os", by="margin").groups
    [by_residual] = registry.survival("os", by="residual_tumor").groups
    assert (by_margin["group"]["margin"], by_residual["group"]["residual_tumor"]) == ("unknown", "R0")


@pytest.mark.parametrize("column", ["regimen", "line_setting", "line_rechallenge", "line_trial"])
def test_what_belongs_to_a_line_groups_only_from_its_start(column: str) -> None:
    registry = resected(10)
    with pytest.raises(InputError, match="name the line with --line"):
        registry.survival("os", by=column)
    assert registry.survival("os", by=column, line=0).groups[0]["n"] == 1


def test_imprecise_days_move_the_median_and_the_report_says_how_far() -> None:
    dead = {"vital_status": "dead"}
    registry = registry_of(
        patient=[{"patient": "A", "axis": "calendar", **dead, "death_low": 18262, "death_high": 18627},
                 {"patient": "B", "axis": "calendar", **dead, "death_low": 18687, "death_high": 18717}],
        diagnosis=[{"patient": "A", "diagnosis_low": 18048, "diagnosis_high": 18077},
                   {"patient": "B", "diagnosis_low": 18062, "diagnosis_high": 18062}],
    )  # fmt: skip
    result = registry.survival("os")
    assert (result.precision["median_low"], result.precision["median_high"]) == (
        405.0,
        617.0,
    )  # halfway between two deaths
    told = registry.impact("os", days=600)
    assert [row["flag"] for row in told.rows] == ["imprecise"]
    assert [row["reading"] for row in told.readings] == ["earliest", "middle", "latest"]


def test_the_impact_of_flagged_records_is_survival_with_and_without_them() -> None:
    registry = resected(10)
    registry.store.execute("UPDATE lms_case SET site_flagged = true WHERE patient = 'A'")
    registry.store.execute(
        "UPDATE patient SET vital_status = 'dead', death_low = 100, death_high = 100 WHERE patient = 'A'"
    )
    [row] = registry.impact("os", days=365).rows
    assert (row["flag"], row["n"], row["survival_with"], row["survival_without"]) == ("site", 1, 0.5, 1.0)
    assert row["sentence"] == (
        "1 patient with a site of origin to look at: survival at 365 days is 100.0 % without and 50.0 % with them.")  # fmt: skip
