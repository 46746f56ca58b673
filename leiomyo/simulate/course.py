"""A drawn course as a whole: what was known by the last day on which the person was seen, and nothing after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leiomyo.simulate.advanced import Advanced, draw_advanced
from leiomyo.simulate.dice import NEVER, Dice, Flags, Ints
from leiomyo.simulate.local import LEAST_GIVEN, Local, Operation, draw_local, kept
from leiomyo.simulate.local import Course as Stretch
from leiomyo.simulate.parameters import Parameters
from leiomyo.simulate.people import People, draw_people
from leiomyo.simulate.tumour import Tumour, draw_tumour


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that is drawn of some persons; `names` are the regimens in the order of their numbers."""

    people: People
    tumour: Tumour
    local: Local
    advanced: Advanced
    names: list[str]

    @property
    def last(self) -> Ints:
        """Day of death or of last contact."""
        return self.advanced.last_day

    @property
    def death(self) -> Ints:
        """Day of death, whatever its cause; `NEVER` of those seen alive on their last day."""
        return np.where(self.advanced.dead, self.last, NEVER)

    def seen(self, day: Ints) -> Ints:
        """The days up to the last one; what lies after it was never seen."""
        return np.where(day <= self.last, day, NEVER)

    def has_tumour(self, day: Ints) -> Flags:
        """Whether there was tumour on a day: before the operation, from a recurrence to its resection, at the end."""
        local = self.local
        # nobody was free of it where the operation left some, or came too late
        never_free = (local.definitive.residual > 1) | self.tumour.spread | (local.primary.day == NEVER)
        free_from = np.where(never_free & self.people.lms, NEVER, local.definitive.day)
        again = (day >= local.local_recurrence) & (day < local.reoperation)
        return np.asarray((day < free_from) | again | (day >= local.advanced))


def draw_course(dice: Dice, p: Parameters) -> Drawn:
    """Draw some persons and all that happens to them."""
    names = sorted(p.under("regimens"))
    people = draw_people(dice, p)
    tumour = draw_tumour(dice, p, people)
    local = draw_local(dice, p, people, tumour, names)
    drawn = Drawn(people, tumour, local, draw_advanced(dice, p, people, tumour, local, names), names)
    return Drawn(people, tumour, _told(drawn), drawn.advanced, names)


def _told(drawn: Drawn) -> Local:
    """Local treatment and recurrences as far as they were seen."""
    local, seen = drawn.local, drawn.seen

    def operation(one: Operation) -> Operation:
        return Operation(seen(one.day), one.residual, one.close)

    def stretch(one: Stretch) -> Stretch:
        return kept(one, one.start + LEAST_GIVEN <= drawn.last)

    return Local(
        primary=operation(local.primary), again=operation(local.again), morcellation=local.morcellation,
        rupture=local.rupture, radiation_before=stretch(local.radiation_before),
        radiation_after=stretch(local.radiation_after), drugs_before=stretch(local.drugs_before),
        drugs_after=stretch(local.drugs_after), local_recurrence=seen(local.local_recurrence),
        reoperation=seen(local.reoperation), distant=seen(local.distant), advanced=seen(local.advanced),
    )  # fmt: skip
