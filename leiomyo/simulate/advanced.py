"""Advanced disease: lines of therapy with their responses and progressions, and death from the tumour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leiomyo.model.codes import codes
from leiomyo.simulate.dice import DAYS_PER_MONTH, NEVER, Dice, Flags, Floats, Ints, days
from leiomyo.simulate.local import LEAST_GIVEN, Local
from leiomyo.simulate.parameters import UTERINE, Parameters
from leiomyo.simulate.people import People, calendar, years
from leiomyo.simulate.tumour import Tumour

LINES = 5
#: No further line is begun with less than this to live.
_LEAST_LEFT = 45
#: A first scan shows progression at the earliest by then, and by `_EARLY` it is the best response.
_FIRST_SCAN, _EARLY = 30, 70
RESPONSES = ("CR", "PR", "SD", "PD", "NE")


@dataclass(frozen=True, slots=True)
class Lines:
    """Arrays of persons by lines: number of the regimen (-1: no such line), days, place in `RESPONSES`."""

    regimen: Ints
    start: Ints
    progression: Ints
    response: Ints


@dataclass(frozen=True, slots=True)
class Advanced:
    """What happened once the disease was advanced.

    `relapse` is progression after a metastasectomy, before any line; `last_day` the day of death or last contact.
    """

    lines: Lines
    metastasectomy: Ints
    relapse: Ints
    radiation: Ints
    last_day: Ints
    dead: Flags
    of_disease: Flags


def draw_advanced(dice: Dice, p: Parameters, people: People, tumour: Tumour, local: Local, names: list[str]
                  ) -> Advanced:  # fmt: skip
    """Draw the lines and the end of each course; `names` are the regimens in the order of their numbers."""
    ill = local.advanced < NEVER
    cut, relapse, ready = _metastasectomy(dice, p, people, tumour, local)
    fit = np.clip(1.15 - np.maximum(people.age - 65, 0) * 0.02, 0.2, 1.0)
    treated = ill & dice.chance("treated", p["advanced.treated"] * fit)
    low, high = p["advanced.days_to_line"]
    start = np.where(treated, ready + dice.between("first line", low, high), NEVER)
    order = _sequence(dice, p, people, local, start, names)
    frailty = np.exp(0.3 * dice.normal("advanced frailty")) if p["recurrence.frailty"] else np.ones(dice.n)
    ratio = _ratio(p, tumour, local, order[:, 0], start, frailty, names)
    seen_until = np.minimum(people.other_death, people.watched_until)
    first_death = _death(dice, p, people, start, ready, ratio)
    lines, death = _lines(dice, p, people, order, start, first_death, ratio, frailty, seen_until, names)
    end = np.minimum(death, seen_until)
    radiation = ill & (tumour.spread | (local.distant < NEVER)) & dice.chance("palliative", p["radiation.palliative"])
    dead = np.minimum(death, people.other_death) <= end
    return Advanced(
        lines=lines, metastasectomy=cut, relapse=relapse,
        radiation=np.where(radiation, local.advanced + dice.between("palliative day", 20, 400), NEVER),
        last_day=end, dead=dead, of_disease=dead & (death <= people.other_death),
    )  # fmt: skip


def _metastasectomy(dice: Dice, p: Parameters, people: People, tumour: Tumour, local: Local) -> tuple[Ints, Ints, Ints]:
    """Resection of first metastases of the lung alone, the relapse after it, and the day from which drugs are due."""
    shown = tumour.organs & ~tumour.later
    only_lung = shown[:, 0] & (shown.sum(axis=1) == 1)
    done = (local.distant < NEVER) & only_lung & dice.chance("metastasectomy", p["recurrence.metastasectomy"])
    day = np.where(done, local.distant + dice.between("metastasectomy day", 30, 90), NEVER)
    relapse = np.where(done, day + np.maximum(days(dice.weibull("relapse", 9 * DAYS_PER_MONTH, 1.0)), 30), NEVER)
    return day, relapse, np.where(done, relapse, local.advanced)


def _sequence(dice: Dice, p: Parameters, people: People, local: Local, start: Ints, names: list[str]) -> Ints:
    """The regimens a person would get, line by line, among those of the time; no drug that has just failed first."""
    table = p["advanced.sequences"]
    shares = np.array([[one["share"][which] for one in table] for which in ("uterine", "other")])
    since = np.array([one["from"] for one in table])
    begun = years(np.where(start < NEVER, start, 0))
    weights = shares[np.where(people.site == UTERINE, 0, 1)] * (since[None, :] <= begun[:, None])
    lines = np.array([[names.index(name) for name in one["lines"]] for one in table])
    sharing, heart = _sharing(p, names), _with_class(p, names, "anthracycline")
    for stretch in (local.drugs_before, local.drugs_after):
        recent = (stretch.regimen >= 0) & (start - stretch.end < p["advanced.no_rechallenge"])
        shared = sharing[stretch.regimen][:, lines[:, 0]]
        weights = np.where(recent[:, None] & shared, 0.0, weights)
        # the heart bears no second course of an anthracycline
        had = heart[stretch.regimen] & (stretch.regimen >= 0)
        weights = np.where(had[:, None] & heart[lines].any(axis=1), 0.0, weights)
    weights[weights.sum(axis=1) == 0] = np.array([one["lines"][0] == "trabectedin" for one in table], dtype=float)
    return np.asarray(lines[dice.pick("sequence", weights)])


def _with_class(p: Parameters, names: list[str], drug_class: str) -> Flags:
    """Which regimens have a drug of a class."""
    kinds = codes("drugs")
    return np.array([any(kinds[agent]["drug_class"] == drug_class for agent in p[f"regimens.{name}"]["agents"])
                     for name in names])  # fmt: skip


def _sharing(p: Parameters, names: list[str]) -> Flags:
    """Which regimens have a drug, or two drugs of one class, in common."""
    kinds = codes("drugs")
    classes = [{kinds[agent]["drug_class"] for agent in p[f"regimens.{name}"]["agents"]} for name in names]
    return np.array([[bool(one & other) for other in classes] for one in classes])


def _ratio(p: Parameters, tumour: Tumour, local: Local, first: Ints, start: Ints, frailty: Floats, names: list[str]
           ) -> Floats:  # fmt: skip
    """Hazard ratio of death from the tumour, by first regimen, extent and radiation; it holds for all later lines."""
    treated = start < NEVER
    ratio = np.where(treated, np.array([p[f"regimens.{name}"]["death"] for name in names])[first], 1.0)
    far = tumour.spread | (local.distant < NEVER)
    ratio = ratio * np.where(far, 1.0, p["advanced.local_only"]) * frailty
    irradiated = local.radiation_after.start < NEVER
    return np.asarray(ratio * np.where(irradiated, p["effects.adjuvant_radiation_on_death"], 1.0))


def _death(dice: Dice, p: Parameters, people: People, start: Ints, ready: Ints, ratio: Floats) -> Ints:
    """Day of death from the tumour, should there be no second line: from the first, or from spread without drugs."""
    treated = start < NEVER
    months = np.where(treated, p.by_site("advanced.survival_months")[people.site], p["advanced.untreated_months"])
    times = dice.weibull("death", months * DAYS_PER_MONTH, p["advanced.survival_shape"], ratio)
    return np.where(ready < NEVER, np.where(treated, start, ready) + np.maximum(days(times), 20), NEVER)


def _lines(dice: Dice, p: Parameters, people: People, order: Ints, first: Ints, death: Ints, ratio: Floats,
           frailty: Floats, seen_until: Ints, names: list[str]) -> tuple[Lines, Ints]:  # fmt: skip
    """The lines, and the day of death from the tumour, which each further line draws anew."""
    regimen, start, progression = (np.full((dice.n, LINES), fill, dtype=np.int64) for fill in (-1, NEVER, NEVER))
    response = np.full((dice.n, LINES), RESPONSES.index("NE"), dtype=np.int64)
    values = [p[f"regimens.{name}"] for name in names]
    pfs, objective, stable = (np.array([one[key] for one in values]) for key in ("pfs", "objective", "stable"))
    low, high = p["advanced.days_to_line"]
    since, shape = _available(p, names), p["advanced.progression_shape"]
    by_site = p.by_site("advanced.survival_months")[people.site] / p["advanced.survival_months"]["uterine"]
    begins = first
    for line in range(LINES):
        which = order[:, line]
        if line:
            months = p["advanced.later_months"][line - 1] * by_site * DAYS_PER_MONTH
            times = dice.weibull(f"death {line}", months, p["advanced.survival_shape"], ratio)
            death = np.where(begins < NEVER, begins + np.maximum(days(times), _LEAST_LEFT), death)
        end = np.minimum(death, seen_until)
        begun = (begins + LEAST_GIVEN <= end) & (begins >= since[which])
        times = dice.weibull(f"progression {line}", pfs[which] * DAYS_PER_MONTH, shape, frailty)
        grows = begins + np.maximum(days(times), _FIRST_SCAN)
        grows = np.where(begun & (grows < death), grows, NEVER)
        regimen[:, line] = np.where(begun, which, -1)
        start[:, line] = np.where(begun, begins, NEVER)
        progression[:, line] = np.where(grows <= end, grows, NEVER)
        early = np.exp(-np.log(2) * (_EARLY / (pfs[which] * DAYS_PER_MONTH)) ** shape)
        response[:, line] = _response(dice, line, progression[:, line] - begins <= _EARLY, end - begins,
                                      objective[which] / early, stable[which] / early)  # fmt: skip
        if line + 1 < LINES:
            left = np.where(grows < NEVER, death - grows, 0)
            goes_on = (left > _LEAST_LEFT) & dice.chance(f"line {line + 1}", p["advanced.next_line"][line])
            wait = np.minimum(dice.between(f"wait {line + 1}", low, high), left // 2)
            begins = np.where(goes_on, grows + wait, NEVER)
    return Lines(regimen, start, progression, response), death


def _available(p: Parameters, names: list[str]) -> Ints:
    """The first day on which each regimen could be had: that of its youngest drug."""
    from_day = {drug: calendar(date) for drug, date in p["advanced.available_from"].items()}
    return np.array([max(from_day.get(agent, 0) for agent in p[f"regimens.{name}"]["agents"]) for name in names])


def _response(dice: Dice, line: int, early: Flags, followed: Ints, objective: Floats, stable: Floats) -> Ints:
    """Best response: progression by the second scan, else by the published shares among those who got so far."""
    drawn = dice.uniform(f"response {line}")
    responds = np.minimum(objective, 0.95)
    scanned = responds + np.maximum(np.minimum(stable, 1 - responds), 0.8 * (1 - responds))
    best = np.select([drawn < 0.1 * responds, drawn < responds, drawn < scanned], [0, 1, 2], 4)
    return np.select([early, followed < _EARLY], [RESPONSES.index("PD"), RESPONSES.index("NE")], best)
