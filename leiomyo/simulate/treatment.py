"""Drugs of a drawn course as rows: one for each agent of a regimen, and what the patient bore with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from leiomyo.model.codes import codes
from leiomyo.simulate.advanced import LINES, RESPONSES
from leiomyo.simulate.columns import case_table, coded, day, stacked, text, where, whole
from leiomyo.simulate.course import Drawn
from leiomyo.simulate.dice import NEVER, Dice, Flags, Ints
from leiomyo.simulate.parameters import Parameters

NOT_TOLD = -1
#: What CTCAE grades from 3 on, and what is of blood counts.
_FROM_GRADE_3 = {"Febrile neutropenia"}
_COUNTS = {"Febrile neutropenia", "Neutrophil count decreased", "Platelet count decreased"}


@dataclass(frozen=True, slots=True)
class Given:
    """A regimen that some persons got, as they were seen to: number, line, setting, days and response.

    `until` is when it ends whatever the plan: progression, recurrence, death or the last contact.
    """

    who: Ints
    regimen: int
    line: int
    setting: str
    start: Ints
    until: Ints
    response: Ints
    planned_end: Ints | None = None


def given(drawn: Drawn) -> Iterator[Given]:
    """Every regimen of every line; line 0 is peri-operative."""
    local, last = drawn.local, drawn.last
    lines = drawn.advanced.lines
    for number in range(len(drawn.names)):
        for setting, stretch in (("neoadjuvant", local.drugs_before), ("adjuvant", local.drugs_after)):
            who = where((stretch.regimen == number) & (stretch.start < NEVER))
            if len(who):
                yield Given(who, number, 0, setting, stretch.start[who], last[who], np.full(len(who), NOT_TOLD),
                            stretch.end[who])  # fmt: skip
        for line in range(LINES):
            who = where(lines.regimen[:, line] == number)
            if len(who):
                stops = np.minimum(lines.progression[who, line], last[who])
                yield Given(
                    who, number, line + 1, "palliative", lines.start[who, line], stops, lines.response[who, line]
                )


def last_day_of(one: Given, agent: str, regimen: Mapping[str, Any]) -> Ints:
    """The planned last day of one drug: of its last cycle, or `NEVER` where it goes on until progression."""
    if one.planned_end is not None:
        return one.planned_end
    if regimen["cycles"] == 0 or regimen.get("goes_on") == agent:
        return np.full(len(one.who), NEVER, dtype=np.int64)
    return np.asarray(one.start + regimen["cycle"] * regimen["cycles"] - 1)


def runs_on(drawn: Drawn, one: Given, planned: Ints) -> Flags:
    """Whom the drug is still given at the last contact: alive, no progression, the plan not yet over."""
    alive = ~drawn.advanced.dead[one.who]
    return np.asarray(alive & (one.until == drawn.last[one.who]) & (planned > one.until))


def drug_rows(drawn: Drawn, dice: Dice, p: Parameters, ids: pa.Array) -> tuple[pa.Table, pa.Table]:
    """The tables `drug_exposure` and `adverse_event`."""
    drugs, events = [], []
    kinds = codes("drugs")
    for one in given(drawn):
        name = drawn.names[one.regimen]
        regimen = p[f"regimens.{name}"]
        for agent, first in regimen["agents"].items():
            begins = one.start + first - 1
            had = where(begins <= one.until)
            who, start = one.who[had], begins[had]
            planned = last_day_of(one, agent, regimen)
            still = runs_on(drawn, one, planned)[had]
            end = np.where(still, NEVER, np.maximum(np.minimum(planned, one.until)[had], start))
            stopped = np.where(still, drawn.last[who], end)
            everybody = who >= 0
            drugs.append((case_table(
                "drug_exposure", ids, who, tumour=text("1", everybody), agent=text(agent, everybody),
                as_written=text(kinds[agent]["label"], everybody), **day("start", start), **day("end", end),
                ongoing=still, setting=text(one.setting, everybody), stated_kind=text(kinds[agent]["kind"], everybody),
                cycles=whole((stopped - start) // regimen["cycle"] + 1),
                response=coded(RESPONSES, one.response[had]),
            ), who, start))  # fmt: skip
            events += list(_borne(drawn, dice, p, ids, one, agent, who, start, stopped))
    return stacked(drugs), stacked(events)


def _borne(drawn: Drawn, dice: Dice, p: Parameters, ids: pa.Array, one: Given, agent: str, who: Ints, start: Ints,
           end: Ints) -> Iterator[tuple[pa.Table, Ints, Ints]]:  # fmt: skip
    """Adverse events of one drug; each begins while it is given."""
    for term, share in p["adverse_events.by_drug"].get(agent, {}).items():
        purpose = f"{term} {agent} {one.line} {one.setting}"
        hit = dice.chance(purpose, share)[who]
        when = start + np.floor(dice.uniform(f"day of {purpose}")[who] * (np.minimum(end - start, 120) + 1))
        severe = dice.chance(f"grade of {purpose}", p["adverse_events.severe"])[who] | (term in _FROM_GRADE_3)
        worst = dice.chance(f"worst of {purpose}", p["adverse_events.life_threatening"])[who] & (term in _COUNTS)
        grade = np.where(severe, np.where(worst, 4, 3), 2)
        whom, on = who[hit], when[hit].astype(np.int64)
        rows = case_table(
            "adverse_event", ids, whom, term=text(term, whom >= 0), grade=whole(grade[hit]), **day("day", on),
            attributed_to=text(agent, whom >= 0),
        )  # fmt: skip
        yield rows, whom, on
