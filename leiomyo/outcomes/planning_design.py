"""A trial as it is planned: the numbers a trialist gives, each checked before anything is computed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from leiomyo.errors import InputError
from leiomyo.outcomes.planning_hazards import Hazard

#: No plan looks further ahead, in months; nor at more patients.
LONGEST = 600.0
MOST_PATIENTS = 100_000


@dataclass(frozen=True, slots=True)
class Design:
    """What is planned. Months count from the first patient; what is None is worked out or not asked for.

    Parameters
    ----------
    hazard_ratio
        The effect to detect, treated to control, in (0, 1).
    accrual_per_year
        Patients a year; may be None where `patients` and `accrual_months` are both given.
    patients, accrual_months
        One of the two, or neither: then as many patients as the wanted power needs.
    follow_up_months
        From the last patient's entry to the analysis.
    drop_out_per_year
        The share of patients lost within a year, in [0, 1).
    arms, allocation
        1 or 2; of two arms, treated to control such as (2, 1).
    alpha, sides, power
        The test's level, one- or two-sided, and the power wanted.
    discount
        How much less than a whole patient each registry patient counts, in [0, 1).
    drift
        The lowest and highest hazard ratio of registry to trial patients on the same treatment to reckon with.
    landmark_months
        For one arm: also a one-stage trial of survival at this time, by exact binomial probabilities.
    """

    hazard_ratio: float
    accrual_per_year: float | None = None
    patients: int | None = None
    accrual_months: float | None = None
    follow_up_months: float = 12.0
    drop_out_per_year: float = 0.0
    arms: int = 2
    allocation: tuple[float, float] = (1.0, 1.0)
    alpha: float = 0.05
    sides: int = 2
    power: float = 0.8
    discount: float = 0.0
    drift: tuple[float, float] = (0.9, 1.1)
    landmark_months: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be, with what was found and what can be."""
        for right, text in self._rules():
            if not right:
                raise InputError("LM-A021", text)

    @property
    def share(self) -> float:
        """The share of the trial's patients that is treated."""
        return 1.0 if self.arms == 1 else self.allocation[0] / sum(self.allocation)

    @property
    def rate(self) -> float:
        """Patients a month."""
        if self.accrual_per_year is not None:
            return self.accrual_per_year / 12
        assert self.patients and self.accrual_months  # noqa: S101 - the rules saw to it
        return self.patients / self.accrual_months

    @property
    def lost(self) -> float:
        """The hazard per month of being lost."""
        return -math.log1p(-self.drop_out_per_year) / 12

    @property
    def tail(self) -> float:
        """The probability allowed to declare a useless treatment better."""
        return self.alpha / self.sides

    def _rules(self) -> list[tuple[bool, str]]:
        ratio, drift = self.allocation, self.drift
        given = [value is not None for value in (self.accrual_per_year, self.patients, self.accrual_months)]
        rules = [
            (self.arms in {1, 2}, f"A trial here has 1 or 2 arms, not {self.arms}."),
            (_within(self.hazard_ratio, 0, 1), f"The hazard ratio to detect, treated to control, lies between 0 and 1, "
             f"not at {self.hazard_ratio:g}; for one above 1 call the other arm the treated one."),
            (given in ([True, False, False], [True, True, False], [True, False, True], [False, True, True]),
             "Give the accrual per year, and the patients or the months of accrual or neither; "
             "or the patients and the months without the accrual."),
            (_any(self.accrual_per_year, 0, MOST_PATIENTS), f"{self.accrual_per_year} patients a year."),
            (self.patients is None or (self.patients == int(self.patients) and 2 <= self.patients <= MOST_PATIENTS),
             f"{self.patients} patients: a whole number from 2 to {MOST_PATIENTS}."),
            (_any(self.accrual_months, 0, LONGEST), f"{self.accrual_months} months of accrual: up to {LONGEST:g}."),
            (0 <= self.follow_up_months <= LONGEST,
             f"{self.follow_up_months:g} months of follow-up: from 0 to {LONGEST:g}."),
            (0 <= self.drop_out_per_year < 1,
             f"A drop-out of {self.drop_out_per_year:g} a year: a share from 0 to below 1, such as 0.05."),
            (len(ratio) == 2 and all(_within(part, 0, 1000) for part in ratio),
             "The allocation is treated to control, such as 2:1."),
            (_within(self.alpha, 0, 0.5), f"Alpha lies between 0 and 0.5, not at {self.alpha:g}."),
            (self.sides in {1, 2}, f"A test has 1 or 2 sides, not {self.sides}."),
            (_within(self.power, self.alpha, 1), f"The power lies between alpha and 1, not at {self.power:g}."),
            (0 <= self.discount < 1, f"A discount of {self.discount:g}: from 0 (a whole patient) to below 1."),
            (len(drift) == 2 and 0.2 <= drift[0] <= 1 <= drift[1] <= 5,
             "The drift is a range of hazard ratios around 1 within 0.2 and 5, such as 0.9,1.1."),
            (_any(self.landmark_months, 0, LONGEST), f"A landmark at {self.landmark_months} months."),
            (self.landmark_months is None or self.arms == 1, "A landmark goes with one arm."),
        ]  # fmt: skip
        return rules


def hazard_given(*, median: float | None = None, survival: tuple[float, float] | None = None) -> Hazard:
    """The control's hazard from its median in months, or from a survival rate and the month at which it is reached.

    Raises
    ------
    InputError
        `LM-A023`: neither or both are given; `LM-A021`: one of the numbers cannot be.

    Examples
    --------
    >>> round(hazard_given(survival=(0.5, 12)).median(), 6)
    12.0
    """
    if (median is None) == (survival is None):
        raise InputError("LM-A023", "Give a median or a survival rate at a time, not both.")
    if median is not None:
        if not _within(median, 0, LONGEST * 2):
            raise InputError("LM-A021", f"A median of {median:g} months: above 0 and at most {LONGEST * 2:g}.")
        return Hazard.of_median(median)
    assert survival is not None  # noqa: S101 - one of the two is
    share, months = survival
    if not (_within(share, 0, 1) and _within(months, 0, LONGEST * 2)):
        raise InputError(
            "LM-A021", f"A survival of {share:g} at {months:g} months: a share between 0 and 1, a month above 0."
        )
    return Hazard.of_survival(share, months)


def _within(value: float, low: float, high: float) -> bool:
    return low < value < high


def _any(value: float | None, low: float, high: float) -> bool:
    return value is None or low < value <= high
