"""Every rule of lines of therapy, on both sides of its threshold."""

from __future__ import annotations

import pytest

from leiomyo.course.line_rules import default_rules
from leiomyo.course.therapy import line_reasons
from tests.unit.course.making import drug, made, numbers, operation, radiation, said, spread


def lines_of(*rows, **more):
    return [(line.number, line.regimen) for line in made(spread(), *rows, **more).lines]


@pytest.mark.parametrize(("start", "expected"), [
    (10, [(1, "gem_doc")]),  # within the planned delay, though a scan showed growth on day 5
    (11, [(1, "gemcitabine"), (2, "docetaxel")]),  # past it, and the disease grew after the first days
])  # fmt: skip
def test_a_planned_delay_keeps_the_regimen_together(start: int, expected: list) -> None:
    rows = [drug("gemcitabine", 0, 1), said("progression", start), drug("docetaxel", start, 100)]
    assert lines_of(*rows) == expected


@pytest.mark.parametrize(
    ("start", "expected"), [(28, [(1, "dox_ifosfamide")]), (29, [(1, "doxorubicin"), (2, "dox_ifosfamide")])]
)
def test_a_drug_within_the_collapse_days_joins_the_regimen(start: int, expected: list) -> None:
    """On day 29 ifosfamide is added to doxorubicin, which goes on: a new line of both."""
    assert lines_of(drug("doxorubicin", 0, 90), drug("ifosfamide", start, 120)) == expected


@pytest.mark.parametrize(
    ("start", "expected"), [(220, [(1, "gemcitabine")]), (221, [(1, "gemcitabine"), (2, "gemcitabine")])]
)
def test_the_same_drug_after_the_restart_gap_is_a_rechallenge(start: int, expected: list) -> None:
    assert lines_of(drug("gemcitabine", 0, 100), drug("gemcitabine", start, 300)) == expected


def test_the_restart_gap_can_be_overridden_and_the_version_says_so() -> None:
    rules = default_rules().with_values(restart_gap_days=90)
    assert lines_of(drug("gemcitabine", 0, 100), drug("gemcitabine", 191, 300), rules=rules)[-1] == (2, "gemcitabine")
    assert lines_of(drug("gemcitabine", 0, 100), drug("gemcitabine", 190, 300), rules=rules) == [(1, "gemcitabine")]
    assert "restart_gap_days=90" in rules.version


@pytest.mark.parametrize(("pause", "lines"), [(28, 1), (29, 2)])
def test_progression_in_a_pause_makes_the_same_drug_a_rechallenge(pause: int, lines: int) -> None:
    """Treatment beyond progression without a pause longer than a cycle stays in the line."""
    found = lines_of(drug("pazopanib", 0, 100), said("progression", 105), drug("pazopanib", 100 + pause, 300))
    assert len(found) == lines


def test_progression_under_a_running_drug_does_not_break_its_line() -> None:
    assert lines_of(drug("trabectedin", 0, 200), said("progression", 150)) == [(1, "trabectedin")]


def test_progression_within_the_collapse_days_breaks_the_line() -> None:
    assert lines_of(drug("doxorubicin", 0, 5), said("progression", 15), drug("pazopanib", 20, 50)) == [
        (1, "doxorubicin"), (2, "pazopanib")]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "regimen"), [
    ("doxorubicin", "doxorubicin_liposomal", "doxorubicin"), ("doxorubicin_liposomal", "doxorubicin", "liposomal_doxorubicin"),
    ("cisplatin", "carboplatin", "cisplatin"), ("docetaxel", "paclitaxel", "docetaxel"),
    ("letrozole", "anastrozole", "aromatase_inhibitor"),
])  # fmt: skip
def test_a_drug_of_the_same_set_stands_in(first: str, second: str, regimen: str) -> None:
    assert lines_of(drug(first, 0, 60), drug(second, 80, 160)) == [(1, regimen)]
    assert [n for n, _ in lines_of(drug(first, 0, 60), said("progression", 70), drug(second, 80, 160))] == [1, 2]
    assert [n for n, _ in lines_of(drug(first, 0, 60), drug(second, 180, 260))] == [1]
    assert [n for n, _ in lines_of(drug(first, 0, 60), drug(second, 181, 260))] == [1, 2]


def test_dropping_a_partner_opens_no_line() -> None:
    assert lines_of(drug("doxorubicin", 0, 120), drug("trabectedin", 0, 120), drug("trabectedin", 141, 400)) == [
        (1, "dox_trabectedin")]  # fmt: skip


@pytest.mark.parametrize(("setting", "lines"), [("maintenance", [1]), (None, [1, 2])])
def test_another_drug_is_maintenance_only_where_it_is_stated(setting: str | None, lines: list) -> None:
    found = made(spread(), drug("doxorubicin", 0, 120), drug("pazopanib", 140, 300, setting=setting))
    assert [line.number for line in found.lines] == lines
    assert found.lines[0].regimen == "doxorubicin"


def test_maintenance_after_progression_is_a_new_line() -> None:
    found = made(
        spread(),
        drug("doxorubicin", 0, 120),
        said("progression", 130),
        drug("pazopanib", 140, 300, setting="maintenance"),
    )
    assert [line.number for line in found.lines] == [1, 2]


def test_a_switch_without_progression_says_so() -> None:
    line = made(spread(), drug("doxorubicin", 0, 90), drug("trabectedin", 150, 300)).lines[1]
    assert line.reason == "another drug after 60 days, without a recorded progression"


def test_a_switch_after_an_undated_progression_says_that() -> None:
    line = made(spread(), drug("doxorubicin", 0, 90, response="PD"), drug("trabectedin", 150, 300)).lines[1]
    assert (
        line.reason
        == "another drug after 60 days; progression is among the responses to the line before, its day not recorded"
    )


def test_a_drug_of_an_earlier_line_again_is_a_rechallenge_and_marked() -> None:
    line = made(
        spread(), drug("doxorubicin", 0, 90), drug("trabectedin", 150, 300), drug("doxorubicin", 320, 400)
    ).lines[2]
    assert (line.number, line.marks) == (3, ("rechallenge",))
    assert "230 days after its last day" in line.reason


@pytest.mark.parametrize(("endocrine", "lines"), [("line", [1, 2]), ("joins", [1])])
def test_endocrine_therapy_is_a_line_of_its_own_or_joins(endocrine: str, lines: list) -> None:
    rules = default_rules().with_values(endocrine=endocrine)
    found = made(spread(), drug("doxorubicin", 0, 90), drug("letrozole", 120, 300), rules=rules)
    assert [line.number for line in found.lines] == lines
    assert made(spread(), drug("letrozole", 0, 90), rules=rules).lines[0].marks == ("endocrine",)


def test_supportive_drugs_are_no_line_and_not_lost() -> None:
    found = made(spread(), drug("doxorubicin", 0, 90), drug("mesna", 0, 90), drug("zoledronic_acid", 200, 300),
                 drug("?G-CSF of the day", 20, 30, kind="supportive"))  # fmt: skip
    assert numbers(found) == [("doxorubicin", "1"), ("mesna", "supportive"), ("zoledronic_acid", "supportive"),
                              ("?G-CSF of the day", "supportive")]  # fmt: skip


def test_trial_and_masked_drugs_are_lines_and_marked() -> None:
    found = made(spread(), drug("?blinded study drug", 0, 90, trial=True), drug("?ABC-123", 200, 300, trial=True),
                 drug("placebo", 400, 450))  # fmt: skip
    assert [line.marks for line in found.lines] == [("trial", "masked"), ("trial",)]
    assert found.lines[1].label == "ABC-123"
    assert found.exposures[2].standing == "unplaced"


def test_treatment_of_another_cancer_is_no_line_and_prior_anthracycline_is_marked() -> None:
    found = made(spread(), drug("epirubicin", -900, -800, own_tumour=False), drug("doxorubicin", 10, 90))
    assert found.exposures[0].standing == "other_cancer"
    assert found.lines[0].marks == ("prior_anthracycline",)


def test_radiation_with_a_line_is_marked_and_is_no_line() -> None:
    found = made(
        spread(), drug("pazopanib", 0, 200), radiation(50, 60, target="distant"), drug("trabectedin", 300, 400)
    )
    assert [(line.regimen, line.marks) for line in found.lines] == [("pazopanib", ("radiation",)), ("trabectedin", ())]


@pytest.mark.parametrize(
    ("start", "end", "marked"), [(-5, 0, True), (-5, -1, False), (200, 210, True), (201, 210, False)]
)
def test_radiation_is_concurrent_when_the_days_overlap(start: int, end: int, marked: bool) -> None:
    assert ("radiation" in made(spread(-9), drug("pazopanib", 0, 200), radiation(start, end)).lines[0].marks) is marked


def test_surgery_of_a_metastasis_between_lines_is_no_line_and_breaks_none() -> None:
    found = lines_of(drug("gemcitabine", 0, 100), operation(120, kind="metastasectomy"), drug("gemcitabine", 160, 240))
    assert found == [(1, "gemcitabine")]


# --- peri-operative treatment ---------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "where"), [(150, ("0", "adjuvant")), (151, ("1", "unknown"))])
def test_adjuvant_starts_within_120_days_of_the_operation(start: int, where: tuple) -> None:
    found = made(operation(30), drug("doxorubicin", start, start + 90))
    assert (numbers(found)[0][1], found.lines[0].setting) == where


@pytest.mark.parametrize(("start", "where"), [(0, ("0", "neoadjuvant")), (-1, ("1", "unknown"))])
def test_neoadjuvant_starts_within_240_days_before_the_operation(start: int, where: tuple) -> None:
    found = made(operation(240), drug("doxorubicin", start, 90))
    assert (numbers(found)[0][1], found.lines[0].setting) == where


@pytest.mark.parametrize(("start", "line", "reason"), [(180, "0", "perioperative_undated"), (181, "1", "late_undated")])
def test_an_operation_without_its_day_leaves_the_setting_unknown(start: int, line: str, reason: str) -> None:
    found = made(operation(None), drug("doxorubicin", start, start + 90))
    assert (numbers(found)[0][1], found.exposures[0].reason_name, found.lines[0].setting) == (line, reason, "unknown")


def test_drugs_before_and_after_the_operation_are_one_line_0() -> None:
    [line] = made(operation(100), drug("doxorubicin", 10, 80), drug("ifosfamide", 130, 200)).lines
    assert (line.number, line.setting) == (0, "perioperative")


@pytest.mark.parametrize(("start", "lines"), [(225, [0]), (226, [0, 1])])
def test_a_planned_sequence_after_the_operation_is_one_line_0(start: int, lines: list) -> None:
    """Gemcitabine-docetaxel, then doxorubicin, as in SARC005; past the restart gap it is another treatment."""
    found = made(
        operation(0), drug("gemcitabine", 42, 105), drug("docetaxel", 42, 105), drug("doxorubicin", start, 289)
    )
    assert [line.number for line in found.lines] == lines
    if lines == [0]:
        assert (found.lines[0].regimen, found.exposures[2].reason_name) == ("gem_doc_then_dox", "planned_sequence")


@pytest.mark.parametrize(("recurrence", "line"), [(59, "1"), (60, "1"), (61, "0")])
def test_a_recurrence_by_the_first_day_makes_it_treatment_of_advanced_disease(recurrence: int, line: str) -> None:
    assert numbers(made(operation(0), said("local_recurrence", recurrence), drug("doxorubicin", 60, 90)))[0][1] == line


def test_stated_as_adjuvant_after_spread_is_line_1_and_the_reason_says_so() -> None:
    found = made(operation(0), spread(9), drug("gemcitabine", 147, 170, setting="adjuvant"))
    assert found.lines[0].number == 1
    assert found.lines[0].reason == "stated as peri-operative, but recurrence or spread was known on day 9"


def test_stated_settings_decide_where_nothing_contradicts_them() -> None:
    assert numbers(made(drug("doxorubicin", 400, 500, setting="adjuvant")))[0][1] == "0"
    assert numbers(made(operation(0), drug("doxorubicin", 40, 90, setting="palliative")))[0][1] == "1"


def test_after_an_operation_that_left_tumour_nothing_is_adjuvant() -> None:
    found = made(operation(0, residual="R2"), drug("doxorubicin", 40, 90))
    assert (found.lines[0].number, found.lines[0].setting) == (1, "palliative")


def test_without_an_operation_the_setting_is_unknown() -> None:
    found = made(drug("doxorubicin", 40, 90))
    assert (found.lines[0].number, found.lines[0].setting, found.exposures[0].reason_name) == (
        1,
        "unknown",
        "unresected",
    )


@pytest.mark.parametrize("dated", [True, False])
def test_a_spread_without_a_day_leaves_the_drug_unplaced(dated: bool) -> None:
    rows = [operation(0), said("distant_metastasis", None, moment="any_time"), drug("doxorubicin", 40, 90)]
    found = made(*rows, *([spread(300)] if dated else []))
    assert numbers(found)[0][1] == ("0" if dated else "unplaced")


def test_spread_at_diagnosis_makes_every_drug_treatment_of_advanced_disease() -> None:
    assert numbers(made(operation(30), drug("doxorubicin", 40, 90), metastatic_at_diagnosis=True))[0][1] == "1"


@pytest.mark.parametrize(("days", "line"), [(0, 0), (179, 0), (180, 1)])
def test_an_early_relapse_turns_adjuvant_treatment_into_a_line_where_the_rules_say_so(days: int, line: int) -> None:
    rules = default_rules().with_values(early_relapse_days=days)
    found = made(operation(0), drug("doxorubicin", 40, 120), spread(300), drug("trabectedin", 310, 400), rules=rules)
    assert [row.number for row in found.lines] == ([0, 1] if line == 0 else [1, 2])


def test_treatment_that_goes_on_past_a_recurrence_stays_peri_operative() -> None:
    found = made(
        operation(0), drug("doxorubicin", 40, 40), drug("doxorubicin", 61, 61), spread(70), drug("doxorubicin", 82, 82)
    )
    assert [line.number for line in found.lines] == [0]


# --- what is not recorded -------------------------------------------------------------------------------


def test_an_unknown_start_is_unplaced_and_an_unknown_end_stays_unknown() -> None:
    found = made(
        spread(),
        drug("doxorubicin", None, 255),
        drug("trabectedin", 300, None),
        drug("pazopanib", 500, None, ongoing=True),
    )
    assert numbers(found) == [("doxorubicin", "unplaced"), ("trabectedin", "1"), ("pazopanib", "2")]
    assert [(line.end, line.ongoing) for line in found.lines] == [(None, False), (None, True)]


@pytest.mark.parametrize(("grew", "lines"), [(False, 1), (True, 2)])
def test_after_an_unknown_end_only_progression_breaks_the_line(grew: bool, lines: int) -> None:
    rows = [drug("gemcitabine", 0, None), drug("gemcitabine", 400, 500), *([said("progression", 200)] if grew else [])]
    assert len(made(spread(), *rows).lines) == lines


@pytest.mark.parametrize(("start", "standing"), [(-240, "1"), (-241, "unplaced")])
def test_drugs_long_before_the_diagnosis_are_unplaced(start: int, standing: str) -> None:
    assert numbers(made(drug("doxorubicin", start, start + 10)))[0][1] == standing


def test_every_reason_has_a_text_a_kind_and_a_case_above_or_in_the_real_cohort() -> None:
    kinds = {"joins", "line_0", "opens", "supportive", "other_cancer", "unplaced"}
    assert {row["kind"] for row in line_reasons().values()} == kinds
    assert len({row["name"] for row in line_reasons().values()}) == len(line_reasons())


# --- lines in order of time -----------------------------------------------------------------------------


def test_once_a_line_has_begun_nothing_is_peri_operative() -> None:
    """The first of twelve cycles lies 260 days before the operation, the others within 240."""
    found = made(operation(260), *[drug("doxorubicin", day, day) for day in range(0, 240, 21)])
    assert [line.number for line in found.lines] == [1]
    starts = [line.start.low for line in made(operation(400), drug("gemcitabine", 0, 60), drug("trabectedin", 200, 260),
                                              drug("pazopanib", 510, 600)).lines]  # fmt: skip
    assert starts == sorted(starts)


@pytest.mark.parametrize(("again", "marked"), [(63, False), (229, True)])
def test_a_drug_that_never_stopped_is_no_rechallenge(again: int, marked: bool) -> None:
    found = made(spread(), drug("doxorubicin", 10, 200), drug("ifosfamide", 60, 150), drug("doxorubicin", again, 300))
    assert any("rechallenge" in line.marks for line in found.lines) is marked


def test_a_drug_soon_after_progression_is_the_next_line() -> None:
    found = made(spread(), drug("doxorubicin", 10, 12), said("progression", 18), drug("trabectedin", 31, 90))
    assert [line.regimen for line in found.lines] == ["doxorubicin", "trabectedin"]


def test_a_drug_a_week_before_the_pathologist_is_not_before_the_spread() -> None:
    found = made(operation(60), drug("doxorubicin", -7, 50), metastatic_at_diagnosis=True)
    assert (found.lines[0].number, found.lines[0].reason) == (
        1,
        "the first treatment after recurrence or spread on day of diagnosis",
    )


def test_without_a_day_of_diagnosis_days_are_told_as_dates() -> None:
    found = made(spread(18000), drug("doxorubicin", 18010, 18100), diagnosis=None, alive=19000)
    assert found.lines[0].reason == "the first treatment after recurrence or spread on day 2019-04-14"
