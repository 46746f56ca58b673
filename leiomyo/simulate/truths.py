"""What is true of drawn courses, worked out from the draws themselves and not from any table: lines and endpoints.

This is a second way to every endpoint beside `course/endpoints.py`, written from its definitions over whole arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from leiomyo.simulate.advanced import LINES, RESPONSES
from leiomyo.simulate.columns import coded, text, where, whole
from leiomyo.simulate.course import Drawn
from leiomyo.simulate.dice import NEVER, Flags, Ints
from leiomyo.simulate.parameters import SITES, Parameters
from leiomyo.simulate.treatment import NOT_TOLD, given, last_day_of, runs_on
from leiomyo.simulate.truth import truth_schema, truth_table


def truth_tables(drawn: Drawn, p: Parameters, first: int) -> dict[str, pa.Table]:
    """The tables `person`, `operation`, `line` and `endpoint` of persons numbered from `first` on."""
    return {
        "person": _persons(drawn, p, first), "operation": _operations(drawn, first), "line": _lines(drawn, p, first),
        "endpoint": _endpoints(drawn, first),
    }  # fmt: skip


def _persons(drawn: Drawn, p: Parameters, first: int) -> pa.Table:
    people, end = drawn.people, drawn.advanced
    return truth_table("person", {
        "person": whole(np.arange(len(people.site)) + first), "lms": people.lms,
        "mimic": coded(list(p["cohort.mimic_kinds"]), people.mimic),
        "sex": coded(["male", "female"], people.female.astype(np.int64)), "site_group": coded(SITES, people.site),
        "birth_day": whole(people.birth), "diagnosis_day": whole(people.diagnosis),
        "spread_at_diagnosis": drawn.tumour.spread, "dead": end.dead, "last_day": whole(drawn.last),
        "cause_of_death": coded(["other", "disease"], np.where(end.dead, end.of_disease, -1).astype(np.int64)),
    })  # fmt: skip


def _operations(drawn: Drawn, first: int) -> pa.Table:
    local = drawn.local
    second = local.again.day < NEVER
    parts = []
    for kind, one, definitive in (("primary", local.primary, ~second), ("re_excision", local.again, second)):
        who = where(one.day < NEVER)
        parts.append(truth_table("operation", {
            "person": whole(who + first), "day": whole(one.day[who]), "kind": text(kind, who >= 0),
            "definitive": definitive[who], "margin": coded(["negative", "close", "positive"], one.margin[who]),
            "residual_tumor": coded(["R0", "R1", "R2"], one.residual[who]),
        }))  # fmt: skip
    return _sorted(pa.concat_tables(parts), "person", "day")


def _lines(drawn: Drawn, p: Parameters, first: int) -> pa.Table:
    parts = []
    for one in given(drawn):
        regimen = p[f"regimens.{drawn.names[one.regimen]}"]
        planned = np.max([last_day_of(one, agent, regimen) for agent in regimen["agents"]], axis=0)
        still = runs_on(drawn, one, planned).astype(bool)
        progression = (
            drawn.advanced.lines.progression[one.who, one.line - 1] if one.line else np.full(len(one.who), NEVER)
        )
        everybody = one.who >= 0
        parts.append(truth_table("line", {
            "person": whole(one.who + first), "line": whole(np.full(len(one.who), one.line)),
            "regimen": text(regimen["code"], everybody), "agents": text("+".join(sorted(regimen["agents"])), everybody),
            "start_day": whole(one.start), "end_day": whole(np.minimum(planned, one.until), still),
            "progression_day": whole(np.where(progression < NEVER, progression, 0), progression >= NEVER),
            "response": coded(RESPONSES, np.where(one.response == NOT_TOLD, -1, one.response)),
            "setting": text(one.setting, everybody),
        }))  # fmt: skip
    return _sorted(pa.concat_tables(parts), "person", "line") if parts else truth_table("line", _none("line"))


def _none(table: str) -> dict[str, Any]:
    return {name: [] for name in truth_schema(table).names}


def _endpoints(drawn: Drawn, first: int) -> pa.Table:
    parts = [_endpoint(first, *told) for told in (*_of_the_person(drawn), *_of_lines(drawn))]
    return _sorted(pa.concat_tables(parts), "person", "endpoint")


#: Endpoint, line, whom it can be told of, the day it is counted from, and the day of its event.
_Told = tuple[str, int | None, Flags, Ints, Ints, Ints]


def _of_the_person(drawn: Drawn) -> Iterator[_Told]:
    local, end = drawn.local, drawn.advanced
    lms, diagnosis = drawn.people.lms, drawn.people.diagnosis
    death = drawn.death
    no_spread = lms & ~drawn.tumour.spread
    operated = local.definitive
    free = lms & (operated.day < NEVER) & (operated.residual < 2)
    first_event = np.minimum(local.local_recurrence, local.distant)
    # the first thing that shows in those never made free is the progression of their first line, or after resection
    # of metastases their relapse
    grown = np.minimum(end.lines.progression.min(axis=1), drawn.seen(end.relapse))
    yield "os", None, lms, diagnosis, death, drawn.last
    yield "dss", None, lms, diagnosis, np.where(end.of_disease, death, NEVER), drawn.last
    yield "efs", None, no_spread, diagnosis, np.minimum(np.minimum(first_event, grown), death), drawn.last
    yield "rfs", None, free & no_spread, operated.day, np.minimum(np.minimum(first_event, grown), death), drawn.last
    yield "lrfs", None, free, operated.day, np.minimum(local.local_recurrence, death), drawn.last
    yield "dmfs", None, no_spread, diagnosis, np.minimum(local.distant, death), drawn.last


def _of_lines(drawn: Drawn) -> Iterator[_Told]:
    lines = drawn.advanced.lines
    death = drawn.death
    for line in range(LINES):
        start, grown = lines.start[:, line], lines.progression[:, line]
        following = lines.start[:, line + 1] if line + 1 < LINES else np.full(len(start), NEVER)
        begun = start < NEVER
        yield "pfs", line + 1, begun, start, np.minimum(grown, death), drawn.last
        yield "ttnt", line + 1, begun, start, np.minimum(following, death), drawn.last


def _endpoint(first: int, name: str, line: int | None, told: Flags, index: Ints, event: Ints, last: Ints) -> pa.Table:
    who = where(told & (index < NEVER) & (index <= last))
    happened = event[who] < NEVER
    days = np.where(happened, event[who], last[who]) - index[who]
    return truth_table("endpoint", {
        "person": whole(who + first), "endpoint": text(name, who >= 0),
        "line": whole(np.full(len(who), line or 0), np.full(len(who), line is None)), "index_day": whole(index[who]),
        "days": whole(days), "event": happened,
    })  # fmt: skip


def _sorted(table: pa.Table, *by: str) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in by]).combine_chunks()
