"""The wrong comparison, for contrast only: ever against never treated, both from time zero."""

from __future__ import annotations

import numpy as np

from leiomyo.outcomes.designs.comparison import Comparison, complete
from leiomyo.outcomes.designs.landmark import fixed_groups
from leiomyo.outcomes.designs.persons import Persons

_BIAS = "the treated had to live until their treatment, and are credited with that time"


def naive(persons: Persons, *, level: float = 0.95) -> Comparison:
    """Ever against never treated from time zero: biased by design, and labelled so.

    Notes
    -----
    Nobody can have the event between time zero and his own treatment and still count as treated (immortal
    time), so the ratio lies below what it should be. Never an answer; it shows how large the bias would be.

    Source
    ------
    Suissa 2008, Immortal time bias in pharmacoepidemiology.

    Examples
    --------
    >>> naive(Persons([30, 90], [1, 0], [10, float("inf")])).label
    'biased by design: the treated had to live until their treatment, and are credited with that time'
    """
    known, excluded = complete(persons)
    blank = Comparison(
        design="naive",
        label=f"biased by design: {_BIAS}",
        known_at="the end of follow-up: groups are learnt after time zero",
        n=known.size,
        excluded=tuple(excluded),
        level=level,
    )
    return fixed_groups(
        blank,
        known,
        np.isfinite(known.treated_day),
        names=("ever treated", "never treated"),
        assumptions=("for contrast only, not an estimate of an effect",),
        start=0,
        milestones=(),
    )
