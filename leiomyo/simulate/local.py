"""Treatment of the primary and what comes back: operations with their margins, radiation and drugs around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leiomyo.simulate.dice import DAYS_PER_MONTH, NEVER, Dice, Flags, Floats, Ints, days
from leiomyo.simulate.parameters import SITES, UTERINE, Parameters
from leiomyo.simulate.people import People
from leiomyo.simulate.tumour import Tumour, doublings

#: No treatment is begun with fewer days than this left: its second drug may be due on day 8.
LEAST_GIVEN = 14
#: Dose and number of fractions of a course.
PREOPERATIVE, POSTOPERATIVE, PELVIC = (50.4, 28), (66.0, 33), (50.4, 28)
_OUTSIDE = ("extremity", "trunk", "head_neck", "skin")
_WEEK = 7
_LATEST_AFTER = 175


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation a person: its day, or `NEVER`; 0, 1 or 2 for R0, R1, R2; whether a negative margin was close."""

    day: Ints
    residual: Ints
    close: Flags

    @property
    def margin(self) -> Ints:
        """0 negative, 1 close, 2 positive."""
        return np.where(self.residual > 0, 2, self.close.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Course:
    """A stretch of treatment a person: first and last day, or `NEVER`; which regimen, or -1."""

    start: Ints
    end: Ints
    regimen: Ints


@dataclass(frozen=True, slots=True)
class Local:
    """What happened up to advanced disease; every day may be `NEVER`."""

    primary: Operation
    again: Operation
    morcellation: Flags
    rupture: Flags
    radiation_before: Course
    radiation_after: Course
    drugs_before: Course
    drugs_after: Course
    local_recurrence: Ints
    reoperation: Ints
    distant: Ints
    #: The first day on which the disease is beyond cure by operation, and whether it has spread far.
    advanced: Ints

    @property
    def definitive(self) -> Operation:
        """The operation that was to remove the primary."""
        return _definitive(self.primary, self.again)


def _definitive(primary: Operation, again: Operation) -> Operation:
    """The re-excision where there was one, else the first operation."""
    second = again.day < NEVER
    return Operation(np.where(second, again.day, primary.day), np.where(second, again.residual, primary.residual),
                     np.where(second, again.close, primary.close))  # fmt: skip


def draw_local(dice: Dice, p: Parameters, people: People, tumour: Tumour, regimens: list[str]) -> Local:
    """Draw treatment and recurrences of the primary; `regimens` gives the order in which regimens are numbered."""
    radiation_before, drugs_before, ready = _before(dice, p, people, tumour, regimens)
    primary = _primary(dice, p, people, tumour, ready)
    operated = primary.day < NEVER
    radiation_before, drugs_before = (kept(course, operated) for course in (radiation_before, drugs_before))
    again = _again(dice, p, people, tumour, primary)
    definitive = _definitive(primary, again)
    free = operated & (definitive.residual < 2) & ~tumour.spread
    drugs_after = _drugs_after(dice, p, people, definitive, free & (drugs_before.start == NEVER), regimens)
    radiation_after = _radiation_after(
        dice, p, people, definitive, free & (radiation_before.start == NEVER), drugs_after
    )
    morcellation = operated & (people.site == UTERINE) & dice.chance("morcellation", p["surgery.morcellation"])
    # radiation averts recurrences that could have been resected: those that cannot are the ones that kill, and no
    # trial has shown that it prolongs life
    resectable = dice.chance("reoperated", p["recurrence.reoperated"])
    local, distant = _recurrences(
        dice, p, people, tumour, definitive, free, resectable & (radiation_after.start < NEVER),
        drugs_after.start < NEVER, morcellation,
    )  # fmt: skip
    local = np.where(local < distant, local, NEVER)
    reoperated = resectable & (local < NEVER)
    reoperation = np.where(reoperated, local + dice.between("reoperation", 20, 70), NEVER)
    reoperation = np.where(reoperation < distant, reoperation, NEVER)
    lost_locally = (local < NEVER) & ~reoperated
    distant = np.where(lost_locally, NEVER, distant)
    first = np.minimum(local, distant)
    advanced = np.minimum(np.where(lost_locally, local, NEVER), distant)
    never_free = people.lms & ~free
    beyond_cure = np.where(operated, np.maximum(primary.day, people.diagnosis), people.diagnosis)
    return Local(
        primary=primary, again=again, morcellation=morcellation,
        rupture=operated & dice.chance("rupture", p["surgery.rupture"]),
        radiation_before=radiation_before, radiation_after=_until(radiation_after, first),
        drugs_before=drugs_before, drugs_after=_until(drugs_after, first),
        local_recurrence=local, reoperation=reoperation, distant=distant,
        advanced=np.where(never_free, beyond_cure, advanced),
    )  # fmt: skip


def kept(course: Course, wanted: Flags) -> Course:
    """The treatment of those wanted; others have none."""
    return Course(np.where(wanted, course.start, NEVER), np.where(wanted, course.end, NEVER),
                  np.where(wanted, course.regimen, -1))  # fmt: skip


def _until(course: Course, event: Ints) -> Course:
    """A treatment that a recurrence or the last contact stops, or that does not begin so shortly before it."""
    begins = course.start + LEAST_GIVEN <= event
    return kept(Course(course.start, np.minimum(course.end, event), course.regimen), begins)


def _fractions_last(fractions: int) -> int:
    """Days from the first to the last of so many fractions, five a week."""
    return (fractions - 1) // 5 * _WEEK + (fractions - 1) % 5


def _before(dice: Dice, p: Parameters, people: People, tumour: Tumour, regimens: list[str]
            ) -> tuple[Course, Course, Ints]:  # fmt: skip
    """Radiation and drugs before the operation, and the day from which it may be done."""
    site, fit = people.site, people.lms & ~tumour.spread
    given = fit & dice.chance("drugs before", p.by_site("perioperative.neoadjuvant")[site])
    start = people.diagnosis + dice.between("drugs before start", 14, 35)
    cycles = dice.between("drugs before cycles", 3, 4)
    regimen = _perioperative(dice, p, people, regimens, "regimen before")
    drugs = kept(Course(start, start + cycles * 21 - 1, regimen), given)
    after_drugs = np.where(given, drugs.end, people.diagnosis)
    rays = fit & dice.chance("radiation before", p.by_site("radiation.neoadjuvant")[site])
    begins = after_drugs + dice.between("radiation before start", 14, 28)
    radiation = kept(Course(begins, begins + _fractions_last(PREOPERATIVE[1]), np.full(dice.n, -1)), rays)
    return radiation, drugs, np.where(rays, radiation.end + 28, np.where(given, drugs.end + 21, people.diagnosis))


def _perioperative(dice: Dice, p: Parameters, people: People, regimens: list[str], purpose: str) -> Ints:
    shares = p["perioperative.regimens"]
    rows = np.array([[shares[which].get(name, 0.0) for name in regimens] for which in ("uterine", "other")])
    return dice.pick(purpose, rows[np.where(people.site == UTERINE, 0, 1)])


def _primary(dice: Dice, p: Parameters, people: People, tumour: Tumour, ready: Ints) -> Operation:
    site = people.site
    chance = np.where(
        tumour.spread, p.by_site("surgery.resected_with_spread")[site], p.by_site("surgery.resected")[site]
    )
    operated = dice.chance("resected", np.where(people.lms, chance, 1.0))
    waits = np.where(ready > people.diagnosis, dice.between("operation after", 7, 21), dice.between("operation", 7, 56))
    at_once = (ready == people.diagnosis) & dice.chance("at once", p.by_site("surgery.at_once")[site])
    day = np.where(operated, ready + np.where(at_once, 0, waits), NEVER)
    residual = dice.pick("residual", p.by_site("surgery.residual")[site])
    close = (residual == 0) & dice.chance("close", p["surgery.close_of_negative"])
    return Operation(day, residual, close)


def _again(dice: Dice, p: Parameters, people: People, tumour: Tumour, primary: Operation) -> Operation:
    """Re-excision after R1, where the site allows it."""
    fit = (primary.day < NEVER) & (primary.residual == 1) & ~tumour.spread
    done = fit & dice.chance("re-excision", p.by_site("surgery.re_excision")[people.site])
    day = np.where(done, primary.day + dice.between("re-excision day", 21, 60), NEVER)
    residual = dice.pick("re-excision residual", [0.88, 0.12])
    return Operation(day, residual, (residual == 0) & dice.chance("re-excision close", p["surgery.close_of_negative"]))


def _drugs_after(dice: Dice, p: Parameters, people: People, definitive: Operation, free: Flags, regimens: list[str]
                 ) -> Course:  # fmt: skip
    given = free & people.lms & dice.chance("drugs after", p.by_site("perioperative.adjuvant")[people.site])
    start = definitive.day + dice.between("drugs after start", 28, 56)
    cycles = dice.between("drugs after cycles", 3, 6)
    return kept(
        Course(start, start + cycles * 21 - 1, _perioperative(dice, p, people, regimens, "regimen after")), given
    )


def _radiation_after(dice: Dice, p: Parameters, people: People, definitive: Operation, fit: Flags, drugs: Course
                     ) -> Course:  # fmt: skip
    chance = p.by_site("radiation.adjuvant")[people.site]
    chance = chance * np.where(definitive.residual == 1, p["radiation.adjuvant_if_r1"], 1.0)
    given = fit & people.lms & dice.chance("radiation after", chance)
    # after the drugs, unless that would be half a year after the operation
    start = np.where(drugs.end < NEVER, drugs.end + 21, definitive.day + dice.between("radiation after start", 35, 80))
    given &= start <= definitive.day + _LATEST_AFTER
    # bowel and kidney bear no more within the body
    outside = np.isin(people.site, [SITES.index(site) for site in _OUTSIDE])
    fractions = np.where(outside, POSTOPERATIVE[1], PELVIC[1])
    lasts = np.where(outside, _fractions_last(POSTOPERATIVE[1]), _fractions_last(PELVIC[1]))
    return kept(Course(start, start + lasts, fractions), given)


def _recurrences(dice: Dice, p: Parameters, people: People, tumour: Tumour, definitive: Operation, free: Flags,
                 irradiated: Flags, drugs: Flags, morcellated: Flags) -> tuple[Ints, Ints]:  # fmt: skip
    """Days of local and of distant recurrence, or `NEVER`.

    The number of recurrences that would come, were there time, is Poisson; the first of them has proportional hazards,
    so that published hazard ratios apply as they stand, and those with none are cured.
    """
    frailty = p["recurrence.frailty"] * dice.normal("frailty") if p["recurrence.frailty"] else np.zeros(dice.n)
    site, size = people.site, doublings(tumour.size)
    at_r1 = np.where(site == UTERINE, p["recurrence.local_by_margin_uterine"], p["recurrence.local_by_margin"]["R1"])
    margin = np.select([definitive.residual == 1, definitive.close],
                       [at_r1, p["recurrence.local_by_margin"]["close"]], 1.0)  # fmt: skip
    local = p.by_site("recurrence.local")[site] + np.log(margin) + 0.2 * size + frailty
    local += np.where(irradiated, np.log(p["effects.adjuvant_radiation_on_local"]), 0.0)
    local += np.where(morcellated, np.log(p["effects.morcellation_on_local"]), 0.0)
    distant = p.by_site("recurrence.distant")[site] + p["recurrence.distant_by_size"] * size + frailty
    distant += np.array(p["recurrence.distant_by_grade"])[tumour.grade - 1]
    distant += np.array(p["recurrence.distant_beyond_uterus"])[tumour.beyond - 1]
    distant += np.where(drugs, np.log(p["effects.adjuvant_chemotherapy_on_distant"]), 0.0)
    may = free & people.lms
    return tuple(  # type: ignore[return-value]
        np.where(may, definitive.day + _first(dice, name, np.exp(expected), p[f"recurrence.{name}_months"],
                                              p["recurrence.shape"]), NEVER).clip(max=NEVER)
        for name, expected in (("local", local), ("distant", distant))
    )  # fmt: skip


def _first(dice: Dice, name: str, expected: Floats, months: float, shape: float) -> Ints:
    """Days to the first of a Poisson number of recurrences whose own times are Weibull; at least a month."""
    share = np.minimum(dice.exponential(f"{name} recurrence") / expected, 1.0)
    scale = months * DAYS_PER_MONTH / np.log(2) ** (1 / shape)
    with np.errstate(divide="ignore"):
        times = scale * (-np.log1p(-share)) ** (1 / shape)
    return np.maximum(days(np.minimum(times, float(NEVER))), 30)
