"""The disease course: recurrences, intervals free of disease, synchronous spread, local therapy, status."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leiomyo.course.progress import progress
from tests.unit.course.making import made, operation, radiation, said


def test_p5_two_sites_of_one_day_are_one_event() -> None:
    found = progress(made(said("local_recurrence", 424), said("distant_metastasis", 610, site="lung"),
                          said("distant_metastasis", 610, site="liver")))  # fmt: skip
    assert [(event.status, event.day.low, event.sites) for event in found.events] == [
        ("local_recurrence", 424, ()), ("distant_metastasis", 610, ("lung", "liver"))]  # fmt: skip
    assert found.first("local_recurrence").day.low == 424


@pytest.mark.parametrize(("rows", "more", "spread"), [
    ([said("distant_metastasis", 90)], {}, "synchronous"), ([said("distant_metastasis", 91)], {}, "later"),
    ([said("distant_metastasis", None, moment="at_diagnosis")], {}, "synchronous"),
    ([said("distant_metastasis", None, moment="any_time")], {}, "undated"), ([], {}, "none_recorded"),
    ([], {"metastatic_at_diagnosis": True}, "synchronous"),
])  # fmt: skip
def test_spread_is_synchronous_later_undated_or_not_recorded(rows: list, more: dict, spread: str) -> None:
    assert progress(made(*rows, **more)).spread == spread


def test_intervals_free_of_disease_start_again_after_each_operation() -> None:
    found = progress(made(operation(10), said("local_recurrence", 400), operation(430, kind="recurrence"),
                          said("distant_metastasis", 700), alive=900))  # fmt: skip
    assert [(one.operation, one.days.low, one.event) for one in found.free_intervals] == [
        ("primary", 390, "local_recurrence"), ("recurrence", 270, "distant_metastasis")]  # fmt: skip


@pytest.mark.parametrize(("residual", "n"), [("R0", 1), ("R1", 1), ("R2", 0), ("RX", 0), (None, 0)])
def test_only_an_operation_that_left_nothing_visible_makes_free(residual: str | None, n: int) -> None:
    assert len(progress(made(operation(10, residual=residual), alive=500)).free_intervals) == n


def test_two_stages_of_one_resection_are_one_interval() -> None:
    found = progress(made(operation(10), operation(40, kind="re_excision"), said("local_recurrence", 400)))
    assert [(one.operation, one.days.low) for one in found.free_intervals] == [("re_excision", 360)]


@pytest.mark.parametrize(("lesions", "few"), [(5, True), (6, False), (None, None)])
def test_local_therapy_is_oligometastatic_where_lesions_were_counted(lesions: int | None, few: bool | None) -> None:
    spread = replace(said("distant_metastasis", 100, site="lung"), lesions=lesions)
    found = progress(made(spread, operation(130, kind="metastasectomy"), radiation(300, target="distant")))
    assert [(one.kind, one.oligometastatic) for one in found.local_therapies] == [
        ("metastasectomy", few),
        ("radiation", few),
    ]


@pytest.mark.parametrize(("more", "status"), [
    ({"dead": 100, "cause_of_death": "disease"}, "DOD"), ({"dead": 100, "cause_of_death": "other"}, "DOC"),
    ({"dead": 100}, "DUC"), ({"last_status": "AWD"}, "AWD"), ({"last_tumor_status": "tumor_free"}, "NED"), ({}, None),
])  # fmt: skip
def test_the_status_at_last_contact_is_stated_or_unknown(more: dict, status: str | None) -> None:
    assert progress(made(**more)).status == status
