"""How an error is planted: a kind has one or several forms, a form finds rows it can spoil and spoils one.

Only recorded values are touched, one row of one patient, and no patient gets two errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from leiomyo.simulate.planted.case import Case, Dice, Row

#: At most this share of the patients carries an error.
LARGEST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a kind shows: the rows it can befall, and the edit, which gives back the row and a note."""

    table: str
    rows: Callable[[Case], Iterable[Row]]
    edit: Callable[[Case, Row, Dice], tuple[Row, str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of error: its name, what is wrong, and its forms."""

    name: str
    wrong: str
    forms: tuple[Form, ...]

    @property
    def tables(self) -> str:
        """The tables that are edited, one after another."""
        return ", ".join(dict.fromkeys(form.table for form in self.forms))


@dataclass(frozen=True, slots=True)
class Planted:
    """One error in one patient."""

    kind: str
    case: Case
    table: str
    row: Row
    note: str


def plant(cases: Sequence[Case], kinds: Sequence[Kind], seed: int) -> list[Planted]:
    """Spoil a fifth of the patients, an equal number for each kind."""
    return plant_some(cases, kinds, np.random.default_rng([seed, 3]), most=int(len(cases) * LARGEST_SHARE))


def plant_some(cases: Sequence[Case], kinds: Sequence[Kind], rng: np.random.Generator, *, most: int) -> list[Planted]:
    """Spoil so many of the patients, an equal number for each kind; kinds that few patients can have choose first."""
    dice = Dice(rng)
    each = max(1, most // len(kinds))
    fitting = {kind.name: [_fitting(form, cases) for form in kind.forms] for kind in kinds}
    order = sorted(kinds, key=lambda kind: min(map(len, fitting[kind.name])))
    free = set(range(len(cases)))
    planted: list[Planted] = []
    for kind in order:
        for number in range(min(each, most - len(planted))):
            planted += _plant_one(kind, fitting[kind.name], number, cases, free, dice)
    places = {kind.name: place for place, kind in enumerate(kinds)}
    return sorted(planted, key=lambda one: (places[one.kind], one.case.patient))


def _fitting(form: Form, cases: Sequence[Case]) -> list[int]:
    return [place for place, case in enumerate(cases) if any(True for _ in form.rows(case))]


def _plant_one(
    kind: Kind, fitting: Sequence[Sequence[int]], number: int, cases: Sequence[Case], free: set[int], dice: Dice
) -> list[Planted]:
    """The forms take turns; where the patients of one are used up, another steps in."""
    for turn in range(len(kind.forms)):
        which = (number + turn) % len(kind.forms)
        places = [place for place in fitting[which] if place in free]
        if not places:
            continue
        place, form = dice.one(places), kind.forms[which]
        case = cases[place]
        row, note = form.edit(case, dice.one(list(form.rows(case))), dice)
        free.discard(place)
        return [Planted(kind.name, case, form.table, row, note)]
    return []
