"""What was not known at time zero is unknown then, and what doubtful records do to a result."""

from __future__ import annotations

import pytest

from leiomyo.errors import InputError
from leiomyo.registry import Registry
from tests.made_registry import on, registry_of


def resected(day: int | None, *, margin: str = "positive", setting: str | None = None) -> Registry:
    """Two patients operated on the same day after diagnosis, both followed for 900 days."""
    names = ("A", "B")
    return registry_of(
        patient=[{"patient": name, "vital_status": "alive", **on("last_contact", 900)} for name in names],
        surgery=[{"patient": name, "kind": "primary", "margin": margin, "residual_tumor": "R1", **on("day", day)}
                 for name in names],
        drug_exposure=[{"patient": "A", "agent": "doxorubicin", **on("start", 95), **on("end", 150),
                        "setting": setting}],
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
    [found] = resected(day, setting="palliative").survival("os", by="margin", line=1).groups
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


# --- nobody is credited with time that one must live to be called so ------------------------------------


def treated(*drugs: tuple[str, int, int], operation: int, dead: int = 900) -> Registry:
    """One patient, an operation, drugs (agent, start, end), dead on a day."""
    return registry_of(
        patient=[{"patient": "A", "vital_status": "dead", **on("death", dead)}],
        surgery=[{"patient": "A", "kind": "primary", "residual_tumor": "R0", **on("day", operation)}],
        drug_exposure=[{"patient": "A", "agent": agent, **on("start", start), **on("end", end)} for agent, start, end in drugs],
    )  # fmt: skip


def test_a_regimen_groups_by_the_drugs_of_its_first_days_only() -> None:
    registry = treated(("gemcitabine", 30, 100), ("docetaxel", 38, 100), ("doxorubicin", 130, 190), operation=0)
    assert registry.courses()[0].line(0).regimen == "gem_doc_then_dox"
    [group] = registry.survival("os", line=0, by="regimen").groups
    assert group["group"]["regimen"] == "gem_doc"


def test_neoadjuvant_drugs_are_not_followed_from_before_the_operation_that_makes_them_so() -> None:
    result = treated(("doxorubicin", 0, 90), operation=120).survival("os", line=0)
    assert result.excluded == ({"reason": "neo-adjuvant drugs, known as such only at the operation", "n": 1},)


def test_a_line_made_by_an_early_relapse_is_not_followed_from_its_start() -> None:
    registry = treated(("doxorubicin", 40, 120), operation=0)
    registry.store.execute("INSERT INTO disease_status BY NAME SELECT centre, patient, '1' AS tumour, 'local_recurrence' AS status, "
                           "200 AS day_low, 200 AS day_high, 's' AS source, 'f' AS file, 2 AS row, 9 AS statement FROM patient")  # fmt: skip
    registry.rules = registry.rules.with_values(early_relapse_days=180)
    assert registry.survival("pfs", line=1).excluded == (
        {"reason": "a line only in the light of an early relapse", "n": 1},
    )


@pytest.mark.parametrize(("operation", "n"), [(90, 1), (91, 0)])
def test_recurrence_from_diagnosis_needs_the_operation_within_90_days(operation: int, n: int) -> None:
    assert treated(operation=operation).survival("rfs", index="diagnosis").groups[0]["n"] == n


@pytest.mark.parametrize("column", ["stage_group", "size_band", "grade", "margin", "stage"])
def test_what_the_specimen_shows_is_unknown_until_the_operation(column: str) -> None:
    registry = registry_of(
        patient=[{"patient": "A", "vital_status": "alive", **on("last_contact", 900)}],
        diagnosis=[{"patient": "A", "size_mm": 60.0, "grade": "FNCLCC 2"}],
        surgery=[{"patient": "A", "kind": "primary", "margin": "positive", **on("day", 400)}],
        stage=[{"patient": "A", "system": "AJCC", "edition": "8", "basis": "pathological", "stage_group": "II"}],
    )  # fmt: skip
    [group] = registry.survival("os", by=column).groups
    assert group["group"][column] == "unknown"


@pytest.mark.parametrize("treatment", ["adjuvant-radiation", "adjuvant-chemotherapy", "adjuvant-treatment"])
def test_adjuvant_treatment_is_counted_from_the_operation_and_from_no_other_day(treatment: str, tcga: Registry) -> None:
    for index in ("diagnosis", "first-metastasis"):
        told = tcga.compare(treatment, endpoint="os", index=index, design="time-varying", adjust=["age_band"]).to_dict()
        assert told["estimate"] is None
        assert "counted from the definitive operation" in told["refused"]


def test_a_refused_comparison_shows_no_other_estimate_and_names_the_rules(tcga: Registry) -> None:
    told = tcga.compare(
        "adjuvant-radiation", endpoint="os", design="clone", adjust=["age_band"], where="margin = 'close'"
    ).to_dict()
    assert "with_unknown" not in told
    assert any("leiomyo-lines-1" in text for text in told["assumptions"])


def test_precision_is_in_order_and_not_reached_is_the_latest() -> None:
    rows = [{"patient": "A", "vital_status": "dead", "death_low": 10, "death_high": 55}]
    rows += [
        {"patient": name, "vital_status": "alive", **on("last_contact", day)}
        for name, day in (("B", 20), ("C", 30), ("D", 40))
    ]
    precision = registry_of(patient=rows).survival("os").precision
    assert (precision["median_low"], precision["median_high"]) == (32.0, None)


def test_a_condition_that_nobody_meets_says_what_the_column_takes(example: Registry) -> None:
    result = example.survival("os", where="margin = 'positiv'")
    assert any("margin takes negative, close, positive" in text for text in result.assumptions)


def test_survival_before_day_0_is_no_question(example: Registry) -> None:
    with pytest.raises(InputError, match="LM-A008"):
        example.impact("os", days=-3)
