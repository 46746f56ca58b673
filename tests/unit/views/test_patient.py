from dataclasses import replace

import pytest

from leiomyo.course.therapy import courses
from leiomyo.outcomes.told_courses import events
from leiomyo.views.patient import patient_page
from tests.unit.views.test_report import ATTACK, Page


@pytest.fixture(scope="module")
def everyone(example):
    return courses(example.store)


@pytest.fixture(scope="module")
def course(everyone):
    return max(everyone, key=lambda one: len(events(one)))


def test_the_page_shows_every_event_with_the_row_that_says_so(course):
    page = Page(patient_page(course))
    assert page.open == []
    for told in events(course):
        assert told["label"] in page.text and told["row"] in page.text


def test_the_page_gives_each_line_with_its_reason_and_never_recommends(course):
    text = Page(patient_page(course)).text
    for line in course.lines:
        assert line.label in text and line.reason in text
    assert "never a recommendation" in text and "keep it where the records are kept" in text


def test_headings_follow_each_other_and_tables_have_scopes(course):
    page = Page(patient_page(course))
    assert page.headings[0] == 1 and page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert all("scope" in a for a in page.attributes("th"))


def test_the_page_is_small_and_needs_neither_network_nor_script(course):
    html = patient_page(course)
    assert "<script" not in html and len(html) < 200_000
    assert not [a for a in Page(html).attributes("a") if a.get("href", "").startswith("http")]


def test_what_has_no_day_is_listed_beneath_the_drawing(course):
    undated = [told for told in events(course) if told["start_day"] is None]
    text = Page(patient_page(course)).text
    assert undated and f"{undated[0]['label']}: {undated[0]['detail']}" in text.partition("Lines of therapy")[0]


def test_every_patient_of_the_examples_has_a_page(everyone):
    for one in everyone[:12]:
        assert Page(patient_page(one)).open == []


def test_a_patient_of_whom_no_day_is_known_has_a_page_without_a_drawing(course):
    bare = replace(course, diagnosis=None, lines=(), exposures=(), radiations=())
    page = Page(patient_page(bare))
    assert not page.attributes("figure") and "No line of therapy" in page.text


def test_no_text_of_the_data_becomes_markup(course):
    hostile = replace(course, patient=course.patient + ATTACK, lines=tuple(
        replace(line, label=line.label + ATTACK, reason=ATTACK) for line in course.lines))  # fmt: skip
    assert ATTACK not in patient_page(hostile)
