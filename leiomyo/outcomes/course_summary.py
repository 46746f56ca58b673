"""What the report shows of courses: lines and their outcomes, the disease course, doubt, the worked comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leiomyo.course.growth import GrowthModulation, growth_modulation
from leiomyo.course.line_rules import LineRules, default_rules
from leiomyo.course.therapy import courses
from leiomyo.course.timeline import Course
from leiomyo.outcomes.analysis import survival
from leiomyo.outcomes.compare import compare
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.impact import impact
from leiomyo.outcomes.lines import line_flow, line_tables
from leiomyo.outcomes.survival import survival_groups
from leiomyo.outcomes.told_courses import disease_tables, swimmer
from leiomyo.outcomes.treatment import line_responses
from leiomyo.store.store import Store

#: Lines of which outcomes are drawn, and the fewest patients that make a curve.
_LINES_TOLD = 3
_FEWEST = 5
_MILESTONES = (91, 182, 365)
#: The index of growth modulation above which a line is held to be active (Von Hoff 1998).
ACTIVE = 1.33
_TICKS = 1000
#: Does treatment after the operation help where margins are narrow or not clear, or tumour was left behind?
NOT_CLEAR = "margin in ('close', 'positive') or residual_tumor in ('R1', 'R2')"
_WORKED = ("adjuvant-radiation", "adjuvant-chemotherapy")
_ADJUST = ("site_group", "size_band")
_BOOTSTRAP = 200


def course_results(store: Store, rules: LineRules | None = None) -> dict[str, Any]:
    """The parts of `results.json` that rest on courses: `disease`, `impact`, `comparisons` and, if any, `lines`."""
    found = courses(store, rules)
    told: dict[str, Any] = {
        "disease": disease_tables(found),
        "impact": impact(store, "os", rules=rules).to_dict(),
        "comparisons": [
            compare(store, treatment, endpoint="rfs", design="clone", where=NOT_CLEAR, adjust=_ADJUST,
                    bootstrap=_BOOTSTRAP, rules=rules).to_dict()
            for treatment in _WORKED
        ],
    }  # fmt: skip
    if any(course.lines for course in found):
        told["lines"] = {
            "rules": (rules or default_rules()).to_dict(), "tables": line_tables(found), "flow": line_flow(found),
            "swimmer": swimmer(found), "outcomes": _outcomes(store, found, rules), "growth": growth(found),
        }  # fmt: skip
    return told


def _outcomes(store: Store, found: Sequence[Course], rules: LineRules | None) -> list[dict[str, Any]]:
    """Progression-free survival, time to next treatment, time on treatment and best response of the first lines."""
    told = []
    for number in range(1, _LINES_TOLD + 1):
        having = [course for course in found if course.line(number)]
        if len(having) >= _FEWEST:
            curves = {
                name: survival(store, name, line=number, milestones=_MILESTONES, rules=rules).to_dict()
                for name in ("pfs", "ttnt", "ttd", "os")
            }
            told.append({"line": number, "patients": len(having), **curves})
    responses = line_responses(found, by="regimen")
    by_regimen = [dict(zip(responses.columns(), values, strict=True))
                  for values in zip(*responses.columns().values(), strict=True)]  # fmt: skip
    return [*told, {"line": None, "responses": by_regimen}]


def growth(found: Sequence[Course]) -> list[dict[str, Any]]:
    """The growth-modulation index by line: how many have one, its median and the share above 1.33.

    By Kaplan–Meier of the index: a line that still held at last contact has an index of at least so much. Whoever has
    an index lived to progress on the line before; it describes them and compares nobody.
    """
    told = []
    most = max((line.number for course in found for line in course.lines), default=0)
    for number in range(2, most + 1):
        every = [growth_modulation(course, number) for course in found if course.line(number)]
        known = [one for one in every if isinstance(one, GrowthModulation)]
        if not known:
            continue
        table = EventTable.from_rows([round(one.ratio * _TICKS) for one in known],
                                     [int(not one.at_least) for one in known])  # fmt: skip
        curve = survival_groups(table, by=None, milestones=[round(ACTIVE * _TICKS)])["groups"][0]
        mark, median = curve["milestones"][0], curve["median_days"]
        told.append({
            "line": number, "patients": len(every), "known": len(known), "censored": sum(one.at_least for one in known),
            # a share of one or two is no share
            **({"share_active": mark["survival"], "low": mark["low"], "high": mark["high"]} if len(known) >= _FEWEST
               else {"share_active": None, "low": None, "high": None}),
            "median": None if median is None else median / _TICKS,
        })  # fmt: skip
    return told
