"""Who enters an analysis, in which group, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.cohort import cohort, covariates
from leiomyo.registry import Registry
from tests import biotab, made_registry

DEAD = {"vital_status": "Dead", "days_to_last_followup": "[Not Available]"}


def registry_of(folder: Path, *patients: dict[str, str], **tables: list[dict[str, str]]) -> Registry:
    rows = [{"bcr_patient_barcode": f"T-01-{n}", **patient} for n, patient in enumerate(patients)]
    registry = Registry()
    registry.ingest(biotab.write(folder, patient=rows, **tables))
    return registry


def test_unknown_is_a_group_of_its_own_and_stays_out_of_the_test(tmp_path: Path) -> None:
    margins = ["Negative", "Negative", "Positive", "Positive", "[Unknown]", "[Not Available]"]
    patients = [
        {"margin_status": margin} | (DEAD | {"days_to_death": str(50 + n)} if n % 2 else {})
        for n, margin in enumerate(margins)
    ]
    result = registry_of(tmp_path, *patients).survival("os", by="margin")
    assert [(group["group"]["margin"], group["n"]) for group in result.groups] == [
        ("negative", 2), ("positive", 2), ("unknown", 2)]  # fmt: skip
    assert result.test is not None
    assert (result.test["groups"], result.test["df"]) == (["negative", "positive"], 1)
    assert any("resection followed within 90 days" in text for text in result.assumptions)


def test_who_cannot_say_is_left_out_and_counted(tmp_path: Path) -> None:
    registry = registry_of(
        tmp_path,
        {},
        DEAD | {"days_to_death": "[Not Available]"},
        {"vital_status": "[Unknown]"},
        {"days_to_last_followup": "[Not Available]"},
        {"days_to_last_followup": "-5"},
    )
    result = registry.survival("os")
    assert result.groups[0]["n"] == 1
    assert {item["reason"]: item["n"] for item in result.excluded} == {
        "a death without a day": 1, "no day of last contact": 1, "the end lies before the diagnosis": 1,
        "vital status not recorded": 1}  # fmt: skip


def test_only_leiomyosarcomas_enter(tmp_path: Path) -> None:
    other = {"histological_type": "Dedifferentiated liposarcoma", "icd_o_3_histology": "8858/3"}
    registry = registry_of(tmp_path, {}, other, {"histological_type": "[Not Available]", "icd_o_3_histology": "8890"})
    assert registry.survival("os").groups[0]["n"] == 1
    steps = registry.results()["attrition"]
    assert [(step["n"], step["excluded"]) for step in steps] == [(3, 0), (2, 1), (1, 1), (1, 0)]


def test_event_free_survival_takes_the_first_event_and_says_which_events_have_no_day(tmp_path: Path) -> None:
    days = "days_to_new_tumor_event_after_initial_treatment"
    registry = registry_of(
        tmp_path, {}, {}, DEAD | {"days_to_death": "80"}, {},
        nte=[{"bcr_patient_barcode": "T-01-0", days: "70"}, {"bcr_patient_barcode": "T-01-0", days: "40"},
             {"bcr_patient_barcode": "T-01-1", days: "[Not Available]"}],
    )  # fmt: skip
    result = registry.survival("efs")
    [group] = result.groups
    assert (group["n"], group["events"]) == (3, 2)
    assert [step["days"] for step in group["curve"]] == [0, 40, 80, 100]
    assert result.excluded == ({"reason": "a new tumour event without a day", "n": 1},)


@pytest.mark.parametrize("by", [name for name, column in covariates().items() if column.known == "later"])
def test_what_is_learnt_later_is_refused_by_name(by: str, example: Registry) -> None:
    with pytest.raises(InputError, match=f"LM-A003.*{by}"):
        example.survival("os", by=by)
    with pytest.raises(InputError, match=f"LM-A003.*{by}"):
        example.survival("os", where=f"{by} = 'yes'")


@pytest.mark.parametrize(
    "by",
    [
        name
        for name, column in covariates().items()
        if column.known in {"baseline", "resection"} and column.kind != "number"
    ],
)
def test_every_covariate_can_group(by: str, example: Registry) -> None:
    result = example.survival("os", by=by)
    assert sum(group["n"] for group in result.groups) == 34
    assert all(group["label"] for group in result.groups)


@pytest.mark.parametrize("name", ["age_years", "size_mm", "diagnosis_year", "mitoses_per_10_hpf"])
def test_a_number_filters_but_does_not_group(name: str, example: Registry) -> None:
    with pytest.raises(InputError, match="LM-A002"):
        example.survival("os", by=name)
    assert example.survival("os", where=f"{name} >= 0").groups[0]["n"] <= 34


def test_unknown_names_are_answered_with_the_known_ones(example: Registry) -> None:
    with pytest.raises(InputError, match=r"LM-A001.*os, dss, efs"):
        example.survival("pfs2")
    with pytest.raises(InputError, match=r"LM-A002.*margin"):
        example.survival("os", by="shoe_size")


def test_nobody_left_is_an_empty_answer_and_no_error(example: Registry) -> None:
    result = example.survival("os", where="age_years > 150")
    [group] = result.groups
    assert (group["n"], group["median_days"], result.test) == (0, None, None)


def test_a_result_shows_itself_and_turns_into_tables(example: Registry) -> None:
    result = example.survival("os", by="margin")
    assert "<table" in result._repr_html_()
    assert result.to_pandas()["n"].sum() == 34
    assert result.curves().num_rows > 20


def test_the_example_cohort_gives_the_answers_that_were_computed_without_us(example: Registry) -> None:
    import json

    from tests.conftest import ROOT

    expected = json.loads((ROOT / "tests" / "handmade" / "cohort.expected.json").read_text(encoding="utf-8"))
    read = example.results()["read"]
    assert (read["patients"], read["lms"], read["deaths"]) == (expected["read"], expected["lms"], expected["deaths"])
    [group] = example.survival("os").groups
    assert group["median_days"] == expected["os_median_days"]
    five_years = next(mark for mark in group["milestones"] if mark["days"] == 1826)
    assert five_years["survival"] == pytest.approx(expected["five_year_survival"]["survival"], abs=5e-4)


def test_relative_survival_stands_beside_the_observed(tcga: Registry) -> None:
    bands = {part.stratum["age_band"]: part.milestone(1826) for part in tcga.relative_survival(by="age_band")}
    assert set(bands) == {"under 50", "50-59", "60-69", "70 and over"}
    assert all(mark.expected < 1 and mark.relative > mark.observed for mark in bands.values())
    assert bands["70 and over"].expected < bands["under 50"].expected


def test_person_level_models_answer_behind_the_same_registry(tcga: Registry) -> None:
    model = tcga.cox_person("os", on=["age_years", "size_mm"])
    assert model.term == ("age_years", "size_mm")
    assert tcga.fine_gray("efs", on=["age_years"]).term == ("age_years",)
    least, most = tcga.turnbull("os").survival(1826)
    assert 0.5 < least <= most < 0.65
    with pytest.raises(InputError, match="LM-A002"):
        tcga.cox_person("os", on=["margin"])


def test_event_tables_of_two_halves_add_to_the_whole(example: Registry) -> None:
    women = example.event_table("efs", by=["margin"], where="sex = 'female'")
    men = example.event_table("efs", by=["margin"], where="sex = 'male'")
    assert women + men == example.event_table("efs", by=["margin"])


def test_response_rates_by_agent_have_exact_limits(tcga: Registry) -> None:
    rates = {row.group: row.objective for row in tcga.responses().rows}
    gemcitabine = rates["Gemcitabine"]
    assert (gemcitabine.events, gemcitabine.n) == (12, 28)  # 9 complete and 3 partial of 28 with a response stated
    assert gemcitabine.low < 12 / 28 < gemcitabine.high
    assert "Mesna" not in rates


@pytest.mark.parametrize(
    ("day", "stated", "level"), [(-900, None, "yes"), (0, False, "yes"), (400, None, None), (None, False, "no")]
)
def test_another_primary_before_this_one_is_another_cancer(
    day: int | None, stated: bool | None, level: str | None
) -> None:
    other = {
        "patient": "A",
        "role": "other_primary",
        "tumour": "2",
        "morphology": "8500/3",
        **made_registry.on("diagnosis", day),
    }
    registry = made_registry.registry_of(patient=[{"patient": "A", "other_malignancy": stated}],
                                         diagnosis=[{"patient": "A"}, other])  # fmt: skip
    assert [row["other_malignancy"] for row in cohort(registry.store)] == [level]
