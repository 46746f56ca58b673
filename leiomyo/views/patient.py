"""One patient's course as a page: timeline, lines with their reasons, every event with the row that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from leiomyo.config import VERSION
from leiomyo.course.regimens import agent_label
from leiomyo.course.timeline import Course
from leiomyo.outcomes.lines import exposure_rows, line_rows
from leiomyo.outcomes.told_courses import events
from leiomyo.spreadsheet import csv_text
from leiomyo.views import charts
from leiomyo.views import format as fmt
from leiomyo.views.charts import Figure, Record
from leiomyo.views.lines_section import MARKS, STANDINGS
from leiomyo.views.report import environment, style
from leiomyo.views.timeline import not_drawn, patient_timeline


def patient_page(course: Course) -> str:
    """The course of one patient as one small self-contained HTML page, without JavaScript.

    Times are months from diagnosis on the axis and days in the tables; what has no day is listed beneath.
    """
    told = events(course)
    left_out = not_drawn(told)
    page = environment().get_template("patient.html")
    return page.render(
        course=course,
        facts=_facts(course, told),
        timeline=_still(patient_timeline(told)) if len(left_out) < len(told) else None,
        undrawn=left_out,
        lines=[_line(row) for row in line_rows([course])],
        outside=[row | {"why": STANDINGS.get(row["standing"], row["standing"])} for row in exposure_rows([course])
                 if not row["standing"].startswith("line")],
        events=[_event(event) for event in told],
        csv=csv_text(told),
        style=style(),
        version=VERSION,
    )  # fmt: skip


def _still(figure: Figure) -> Figure:
    """The figure as a drawing alone: this page carries no Vega."""
    return replace(figure, drawing=charts.svg(figure.spec), spec={})


def _facts(course: Course, told: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    end = next((event for event in told if event["kind"] in {"death", "contact"}), None)
    status = {"dead": "Dead", "alive": "Alive at last contact"}.get(course.vital_status or "", "Unknown")
    day = end["start_day"] if end else None
    lines = [line for line in course.lines if line.number]
    return [
        ("Status", status),
        ("Observed", "unknown" if day is None else f"{fmt.integer(day)} days ({fmt.months_words(day)}) from diagnosis"),
        ("Lines of advanced disease", fmt.integer(len(lines))),
        ("Peri-operative drugs", "yes, line 0" if course.line(0) else "none recorded"),
    ]


def _line(row: Mapping[str, Any]) -> Record:
    end = "to " + fmt.integer(row["end_day"]) if row["end_day"] is not None else "end not recorded"
    when = f"{_day(row['start_day'])}, {'still running' if row['ongoing'] else end}".replace(", to", " to")
    return {
        **row, "when": when, "drugs": ", ".join(map(agent_label, row["agents"])),
        "told": "; ".join(MARKS.get(mark, mark) for mark in row["marks"]),
    }  # fmt: skip


def _event(event: Mapping[str, Any]) -> Record:
    """An event as a row of the table, its day with the span of an imprecise one."""
    span = "" if event["low"] is None else f"{fmt.integer(event['low'])} to {fmt.integer(event['high'])}"
    return {**event, "start": _day(event["start_day"]), "span": span,
            "end": "" if event["end_day"] is None else fmt.integer(event["end_day"])}  # fmt: skip


def _day(day: float | None) -> str:
    return "not recorded" if day is None else fmt.integer(day)
