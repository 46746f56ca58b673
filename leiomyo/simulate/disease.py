"""A cohort drawn from the natural history of leiomyosarcoma, in parts of equal size so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from leiomyo.errors import InputError
from leiomyo.simulate.columns import identifiers
from leiomyo.simulate.course import draw_course
from leiomyo.simulate.dice import Dice
from leiomyo.simulate.parameters import Parameters, parameters
from leiomyo.simulate.tables import case_tables
from leiomyo.simulate.truth import Cohort
from leiomyo.simulate.truths import truth_tables

#: Persons drawn at once. Another number would draw another cohort from the same seed.
PART = 50_000


def draw(n: int, seed: int, *, using: Parameters | None = None, advance: Callable[[int], None] = lambda _: None
         ) -> Cohort:  # fmt: skip
    """A cohort of `n` persons with what is true of them; the same numbers give the same cohort on every machine.

    Parameters
    ----------
    n, seed
        How many persons, and the seed of all draws.
    using
        The parameters; those of `parameters.yaml` unless others are given.
    advance
        Called with the number of persons drawn, for a progress bar.

    Raises
    ------
    InputError
        `LM-A008`: there is nobody to draw.

    Examples
    --------
    >>> cohort = draw(200, 1)
    >>> cohort.records["patient"].num_rows, cohort.truth["person"].num_rows
    (200, 200)
    >>> draw(200, 1).records["surgery"].equals(cohort.records["surgery"])
    True
    """
    parts = list(parts_of(n, seed, using=using, advance=advance))
    return Cohort(
        {name: pa.concat_tables([part.records[name] for part in parts]) for name in parts[0].records},
        {name: pa.concat_tables([part.truth[name] for part in parts]) for name in parts[0].truth},
    )


def parts_of(n: int, seed: int, *, using: Parameters | None = None, advance: Callable[[int], None] = lambda _: None
             ) -> Iterator[Cohort]:  # fmt: skip
    """The cohort of `draw` in parts of at most `PART` persons, one in memory at a time."""
    if n < 1 or seed < 0:
        raise InputError("LM-A008", "A cohort has at least one person, and its seed is a whole number from 0 on.")
    p = using or parameters()
    for part, first in enumerate(range(0, n, PART)):
        count = min(PART, n - first)
        dice = Dice(seed, part, count)
        drawn = draw_course(dice, p)
        yield Cohort(case_tables(drawn, dice, p, identifiers(first, count)), truth_tables(drawn, p, first))
        advance(count)
