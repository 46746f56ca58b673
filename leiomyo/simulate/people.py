"""Who has the tumour: site of origin, sex, age, the day of diagnosis, and how long life and follow-up would last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from leiomyo.model.life_table import DAYS_PER_YEAR, life_table_us
from leiomyo.simulate.dice import NEVER, Dice, Flags, Ints, days
from leiomyo.simulate.parameters import SITES, Parameters

_EPOCH = np.datetime64("1970-01-01")
YOUNGEST, OLDEST = 18.0, 95.0


@dataclass(frozen=True, slots=True)
class People:
    """One entry a person: places in `SITES` and among the mimics (-1: a leiomyosarcoma), days since 1970-01-01.

    `other_death` is the day of death were there no tumour; `watched_until` the last day on which a living person is
    seen.
    """

    site: Ints
    mimic: Ints
    female: Flags
    birth: Ints
    diagnosis: Ints
    other_death: Ints
    watched_until: Ints

    @property
    def lms(self) -> Flags:
        """Who has a leiomyosarcoma."""
        return np.asarray(self.mimic < 0)

    @property
    def age(self) -> Ints:
        """Age at diagnosis in completed years."""
        return np.asarray((self.diagnosis - self.birth) // DAYS_PER_YEAR, dtype=np.int64)


def calendar(date: object) -> int:
    """The day number of a date."""
    return int((np.datetime64(str(date)) - _EPOCH).astype(int))


def years(day: Ints) -> Ints:
    """The calendar year of each day."""
    return np.asarray((_EPOCH + day).astype("datetime64[Y]").astype(int) + 1970)


#: Where a mimic sits, when it is no tumour of the uterus.
_MIMIC_SITES = {
    "gist": "gi_visceral", "liposarcoma": "retroperitoneal_abdominal", "leiomyoma": "uterine", "stump": "uterine",
    "endometrial_stromal_sarcoma": "uterine",
}  # fmt: skip


def draw_people(dice: Dice, p: Parameters) -> People:
    """Draw the persons; those whose follow-up would end before the diagnosis is a week old are seen for that week."""
    kinds = p["cohort.mimic_kinds"]
    mimic = np.where(dice.chance("mimic", p["cohort.mimics"]), dice.pick("mimic kind", list(kinds.values())), -1)
    seats = np.array([SITES.index(_MIMIC_SITES[kind]) for kind in kinds])
    site = np.where(mimic < 0, dice.pick("site", p.by_site("site.share")), seats[mimic])
    female = dice.chance("sex", p.by_site("site.female")[site])
    mean, spread = p.by_site("site.age_mean")[site], p.by_site("site.age_spread")[site]
    # normal between two ages, with nobody heaped on either
    low, high = ndtr((YOUNGEST - mean) / spread), ndtr((OLDEST - mean) / spread)
    age = mean + spread * ndtri(low + dice.uniform("age") * (high - low))
    first, cut_off = calendar(p["cohort.first_day"]), calendar(p["cohort.cut_off"])
    diagnosis = dice.between("diagnosis", first, cut_off - 30)
    birth = diagnosis - np.round(age * DAYS_PER_YEAR).astype(np.int64)
    lost = diagnosis + days(dice.exponential("lost") / p["cohort.lost_per_year"] * DAYS_PER_YEAR)
    watched = np.maximum(np.minimum(lost, cut_off), diagnosis + 7)
    other = _other_death(dice, female, birth, diagnosis, p["other_deaths.multiplier"])
    return People(site, mimic, female, birth, diagnosis, np.maximum(other, diagnosis + 1), watched)


def _other_death(dice: Dice, female: Flags, birth: Ints, diagnosis: Ints, multiplier: float) -> Ints:
    """Day of death from the hazard of the life table: the rate of each year of age, in the year of that birthday."""
    if multiplier <= 0:
        return np.full(dice.n, NEVER, dtype=np.int64)
    table = life_table_us()
    rates = np.stack([table.rates["male"], table.rates["female"]]) * multiplier
    born = years(birth)
    left = dice.exponential("other death")
    age = (diagnosis - birth) / DAYS_PER_YEAR
    death = np.full(dice.n, NEVER, dtype=np.int64)
    waiting = np.arange(dice.n)
    last_age = rates.shape[2] - 1
    while waiting.size:
        now = age[waiting]
        whole = np.minimum(np.floor(now).astype(np.int64), last_age)
        row = np.clip(born[waiting] + whole - table.first_year, 0, rates.shape[1] - 1)
        rate = rates[female[waiting].astype(int), row, whole]
        step = np.where(whole < last_age, np.floor(now) + 1 - now, 1e3)
        dies = left[waiting] <= rate * step
        gone = waiting[dies]
        death[gone] = birth[gone] + np.floor((now[dies] + left[gone] / rate[dies]) * DAYS_PER_YEAR).astype(np.int64)
        waiting, rate, step, now = waiting[~dies], rate[~dies], step[~dies], now[~dies]
        left[waiting] -= rate * step
        age[waiting] = np.floor(now) + 1
    return death
