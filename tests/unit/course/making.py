"""Courses written by hand: days count from the diagnosis on day 0."""

from __future__ import annotations

from leiomyo.course.line_rules import LineRules, default_rules
from leiomyo.course.therapy import with_lines
from leiomyo.course.timeline import Course, Exposure, Operation, Radiation, Statement
from leiomyo.model.dates import DayInterval

Day = int | tuple[int, int] | None


def day(value: Day) -> DayInterval | None:
    if value is None:
        return None
    return DayInterval(*value) if isinstance(value, tuple) else DayInterval(value, value)


def drug(agent: str, start: Day, end: Day = None, **more: object) -> Exposure:
    values = {"ongoing": False, "setting": None, "kind": None, "trial": False, "response": None, "own_tumour": True}
    return Exposure(agent=agent, start=day(start), end=day(end), place=f"drugs:{agent}:{start}", **(values | more))  # type: ignore[arg-type]


def said(status: str, when: Day, *, site: str | None = None, moment: str | None = None, response: str | None = None):
    return Statement(status, day(when), moment, site, f"status:{status}:{when}", response=response)


def operation(when: Day, *, kind: str = "primary", margin: str | None = None, residual: str | None = "R0") -> Operation:
    return Operation(kind, day(when), margin, residual, f"surgery:{when}")


def radiation(start: Day, end: Day = None, *, target: str = "primary", setting: str | None = None) -> Radiation:
    return Radiation(day(start), day(end), False, setting, target, 50.0, f"radiation:{start}")


def made(*rows: object, alive: Day = 5000, dead: Day = None, diagnosis: Day = 0, patient: str = "1",
         rules: LineRules | None = None, **more: object) -> Course:  # fmt: skip
    """A patient with these exposures, statements, operations and radiations, and lines by the rules."""
    of = {
        kind: tuple(row for row in rows if isinstance(row, kind))
        for kind in (Exposure, Statement, Operation, Radiation)
    }
    course = Course(
        centre="made", patient=patient, diagnosis=day(diagnosis), vital_status="alive" if dead is None else "dead",
        death=day(dead), death_place="death", last_contact=day(alive) if dead is None else None,
        contact_place="contact", statements=of[Statement], new_tumor_event=None, operations=of[Operation],
        radiations=of[Radiation], exposures=of[Exposure], **more,  # type: ignore[arg-type]
    )  # fmt: skip
    [told] = with_lines([course], rules or default_rules())
    return told


def spread(when: Day = -1) -> Statement:
    """Metastasis known before any drug, so that every drug is treatment of advanced disease."""
    return said("distant_metastasis", when, site="lung")


def numbers(course: Course) -> list[tuple[str, str]]:
    """Each exposure and where it stands."""
    return [(given.agent, f"{given.line}" if given.line is not None else given.standing) for given in course.exposures]
