"""The tumour when it is found: size, grade, what the pathologist sees, and whether it has spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leiomyo.simulate.dice import Dice, Flags, Ints
from leiomyo.simulate.parameters import SITES, UTERINE, Parameters
from leiomyo.simulate.people import People

#: Every organ that metastases may sit in, in one order.
ORGANS = ("lung", "liver", "bone", "peritoneum", "pelvis", "retroperitoneum", "soft_tissue", "skin", "brain")
#: Where a tumour comes along the body's cavities, without the blood.
ALONG = frozenset({"peritoneum", "pelvis", "retroperitoneum"})
#: What metastases by blood show with those, by shares that keep the published ones of each organ.
_BESIDE = {"lung": 0.2, "liver": 0.4, "bone": 0.4}
_SMALLEST, _LARGEST = 8, 400


@dataclass(frozen=True, slots=True)
class Tumour:
    """One entry a person. `beyond` is 1, 2 or 3 for stage I, II, III of the uterus, else 1.

    `organs` has a column for each of `ORGANS`: where metastases sit, should there be any; `later` says which of them
    show only at the first progression.
    """

    size: Ints
    grade: Ints
    mitoses: Ints
    necrosis: Ints
    deep: Flags
    morphology: Ints
    multifocal: Flags
    spread: Flags
    beyond: Ints
    organs: Flags
    later: Flags


def doublings(tumour_size: Ints) -> np.ndarray:
    """How often 80 mm has to double to make the size."""
    return np.asarray(np.log2(tumour_size / 80.0))


def draw_tumour(dice: Dice, p: Parameters, people: People) -> Tumour:
    """Draw the tumours; what only resembles a leiomyosarcoma has not spread."""
    site = people.site
    size = p.by_site("tumour.size_median")[site] * np.exp(p["tumour.size_spread"] * dice.normal("size"))
    # what is hidden in the body is not found small
    smallest = np.maximum(_SMALLEST, p.by_site("tumour.size_median")[site] / 4)
    size = np.clip(np.round(size), smallest, _LARGEST).astype(np.int64)
    grade = dice.pick("grade", p.by_site("tumour.grade")[site]) + 1
    mitoses, necrosis = _pathology(dice, p, grade)
    odds = p.by_site("spread.at_diagnosis")[site] + p["spread.by_size"] * doublings(size)
    odds += np.array(p["spread.by_grade"])[grade - 1]
    spread = people.lms & dice.chance("spread", 1 / (1 + np.exp(-odds)))
    beyond = dice.pick("beyond", p["spread.beyond_uterus"]) + 1
    organs, later = _organs(dice, p, site)
    return Tumour(
        size=size, grade=grade, mitoses=mitoses, necrosis=necrosis,
        deep=dice.chance("depth", p.by_site("tumour.deep")[site]),
        morphology=dice.pick("subtype", list(p["tumour.subtype"].values())),
        multifocal=dice.chance("multifocal", p["tumour.multifocal"]), spread=spread,
        beyond=np.where((site == UTERINE) & people.lms, beyond, 1), organs=organs, later=later,
    )  # fmt: skip


def _pathology(dice: Dice, p: Parameters, grade: Ints) -> tuple[Ints, Ints]:
    """Mitoses and necrosis that the grade allows, whatever the differentiation (1 to 3 points).

    FNCLCC: up to 9, 10 to 19, 20 or more mitoses are 1, 2, 3 points; no necrosis, less than half, more are 0, 1, 2;
    together with the differentiation 2 or 3 points are grade 1, 4 or 5 grade 2, 6 or more grade 3.
    """
    mitoses = np.array(p["tumour.mitoses_median"])[grade - 1] * np.exp(0.5 * dice.normal("mitoses"))
    mitoses = np.clip(np.round(mitoses), 0, 120).astype(np.int64)
    necrosis = dice.pick("necrosis", np.array(p["tumour.necrosis"])[grade - 1])
    mitoses = np.where(grade == 1, np.minimum(mitoses, 9), mitoses)
    necrosis = np.where(grade == 1, np.minimum(necrosis, 2), necrosis)
    points = np.searchsorted([10, 20], mitoses, side="right") + 1
    least = np.select([grade < 3, points == 3, points == 2], [0, 0, 1], 3)
    necrosis = np.maximum(necrosis, least)
    return mitoses, np.where((grade == 2) & (points == 3), np.minimum(necrosis, 2), necrosis)


def _organs(dice: Dice, p: Parameters, site: Ints) -> tuple[Flags, Flags]:
    """Organs by person, the lung where none was drawn; at least one shows at once."""
    table = p["spread.organs"]
    shares = np.array([[table[name].get(organ, 0.0) for organ in ORGANS] for name in SITES])
    drawn = [dice.chance(f"organ {organ}", shares[site, place]) for place, organ in enumerate(ORGANS)]
    organs = np.stack(drawn, axis=1)
    organs[:, 0] |= ~organs.any(axis=1)
    late = [dice.chance(f"later {organ}", p["spread.later_organ"]) for organ in ORGANS]
    later = np.stack(late, axis=1) & organs
    later[(organs & ~later).sum(axis=1) == 0] = False
    # what has only grown into the pelvis or the peritoneum has not spread by blood: something else shows with it
    far = np.array([organ not in ALONG for organ in ORGANS])
    only_near = ~(organs & ~later)[:, far].any(axis=1)
    beside = np.array([ORGANS.index(organ) for organ in _BESIDE])[dice.pick("organ beside", list(_BESIDE.values()))]
    people = np.flatnonzero(only_near)
    organs[people, beside[people]], later[people, beside[people]] = True, False
    return organs, later
