"""One patient's time under observation: the steps that a course of treatment is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from regimens import HARMS, OTHER_HARMS, Regimen
from tumours import Tumour, Wish

from leiomyo.model.codes import codes, label
from leiomyo.simulate.planted.case import Case, Dice


class Ended(Exception):
    """The patient has died, or observation is over."""


@dataclass(slots=True)
class Journey:
    """What has happened so far; a step beyond the horizon ends it."""

    case: Case
    dice: Dice
    tumour: Tumour
    wish: Wish
    diagnosed: date
    #: Last day of observation, which is the day of death where `dies_then`.
    horizon: date
    dies_then: bool
    #: Whether the disease is there (`AWD`) or not (`NED`), from which day on.
    states: list[tuple[date, str]] = field(default_factory=list)
    visits: list[date] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    line: int = 0
    died: date | None = None
    cause: str = ""

    def after(self, day: date, low: int, high: int) -> date:
        """A later day; the journey ends if that is beyond the horizon."""
        later = self.dice.after(day, low, high)
        if later > self.horizon:
            raise Ended
        return later

    def die(self, day: date, cause: str) -> None:
        if day <= self.horizon:
            self.died, self.cause = day, cause
        raise Ended

    def status(self, status: str, day: date, **values: Any) -> None:
        self.case.add("disease_status", status=status, day=day, moment="later", **values)

    def operate(self, kind: str, day: date, **values: Any) -> str:
        """An operation whose margin and residual tumour agree; gives back R0, R1 or R2."""
        dice = self.dice
        deep_seated = self.tumour.site.family == "retroperitoneum"
        left = dice.pick({"R0": 0.72, "R1": 0.2, "R2": 0.14 if deep_seated else 0.06})
        if kind in {"re_excision", "metastasectomy"} or self.wish.cured:
            left = "R0"
        left = values.pop("left", left)
        margin = "positive" if left == "R2" else "close"
        if left != "R2" and dice.chance(0.8):
            margin = "negative" if left == "R0" else "positive"
        width = {"negative": float(dice.whole(2, 35)), "close": dice.whole(2, 18) / 10, "positive": 0.0}[margin]
        self.case.add("surgery", kind=kind, day=day, margin=margin, margin_mm=width, residual_tumor=left, **values)
        if self.dice.chance(0.006):
            self.die(self.dice.after(max(day, self.diagnosed), 3, 28), "treatment")
        return left

    def radiate(self, start: date, gray: float, fractions: int, setting: str, target: str) -> date:
        """A course of five fractions a week, or every other day where they are few and large; gives back its end."""
        per_day = 2.0 if gray / fractions > 6 else 1.4
        end = self.after(start, round((fractions - 1) * per_day), round((fractions - 1) * per_day) + (fractions > 8))
        self.case.add(
            "radiotherapy", start=start, end=end, ongoing=False, setting=setting, target=target, dose_gy=gray,
            dose_as_written=f"{gray:g} Gy", fractions=fractions, technique="external",
        )  # fmt: skip
        return end

    def give(self, regimen: Regimen, start: date, setting: str, response: str | None = None) -> date:
        """A regimen from its first to its last day; ends the journey where it outlasts the horizon."""
        dice = self.dice
        cycles = dice.whole(*regimen.cycles) if regimen.cycles else None
        end = start + timedelta(days=21 * cycles - dice.whole(0, 13) if cycles else dice.whole(*regimen.days))
        cut = end > self.horizon
        if cut:
            cycles, response = None, None
            end = max(start, self.horizon - timedelta(days=dice.whole(1, 25))) if self.dies_then else self.horizon
        running = cut and not self.dies_then
        for agent in regimen.agents:
            self.case.add(
                "drug_exposure", agent=agent, as_written=label("drugs", agent), matched="exact", start=start,
                end=None if running else end, ongoing=running, setting=setting, cycles=cycles, response=response,
                stated_kind=codes("drugs")[agent]["kind"], trial_drug=regimen.trial,
                line_stated=self.line or None,
            )  # fmt: skip
        self.given |= set(regimen.agents)
        self._harms(regimen, start, end)
        if cut:
            raise Ended
        return end

    def _harms(self, regimen: Regimen, start: date, end: date) -> None:
        """Events within the treatment; in rare cases one that kills within days."""
        dice = self.dice
        for agent in regimen.agents:
            if not dice.chance(0.3):
                continue
            self.case.add(
                "adverse_event", term=dice.one(HARMS.get(agent, OTHER_HARMS)),
                grade=dice.pick({1: 3, 2: 4, 3: 3, 4: 1}), day=min(dice.after(start, 2, 60), end),
                attributed_to=label("drugs", agent),
            )  # fmt: skip

    def die_of_drugs(self, end: date) -> None:
        """Death from an adverse event: the one clean place of grade 5."""
        died = self.after(end, 1, 12)
        self.case.add("adverse_event", term="Sepsis", grade=5, day=max(end, died - timedelta(days=2)))
        self.die(died, "treatment")
