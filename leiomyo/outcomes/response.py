"""Response to treatment: best responses counted, and the response rate with exact limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from leiomyo.errors import InputError
from leiomyo.outcomes.result import Result

#: Best responses in the words of RECIST 1.1, from best to worst; NE is not evaluable.
RESPONSES = ("CR", "PR", "SD", "PD", "NE")


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its exact limits; None where nobody was counted."""

    events: int
    n: int
    estimate: float | None
    low: float | None
    high: float | None


def clopper_pearson(events: int, n: int, *, level: float = 0.95) -> Rate:
    """Share of `events` among `n` with exact two-sided limits.

    Notes
    -----
    The limits are quantiles of beta distributions; 0 of n has the low limit 0 and n of n the high limit 1.
    Nobody counted: None.

    Source
    ------
    Clopper & Pearson 1934. Oracle: R `stats::binom.test`.

    Examples
    --------
    >>> rate = clopper_pearson(2, 10)
    >>> rate.estimate, round(rate.low, 4), round(rate.high, 4)
    (0.2, 0.0252, 0.5561)
    """
    if not 0 <= events <= n:
        raise InputError("LM-A008", f"{events} of {n} is not a share.")
    if not 0 < level < 1:
        raise InputError("LM-A008", f"A confidence level lies between 0 and 1, not at {level}.")
    if n == 0:
        return Rate(0, 0, None, None, None)
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(betaincinv(events, n - events + 1, tail))
    high = 1.0 if events == n else float(betaincinv(events + 1, n - events, 1 - tail))
    return Rate(events, n, events / n, low, high)


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """The best responses of one group and its objective response rate."""

    group: Hashable
    counts: tuple[int, ...]
    objective: Rate


@dataclass(frozen=True, slots=True)
class Responses(Result):
    """Best responses by group, in the order in which the groups first occur."""

    rows: tuple[ResponseRow, ...]
    level: float
    unknown: int

    def columns(self) -> dict[str, Any]:
        """Give one row per group: counts of each response, then the rate with its limits."""
        table: dict[str, Any] = {"group": ["unknown" if row.group is None else str(row.group) for row in self.rows]}
        table |= {name: [row.counts[at] for row in self.rows] for at, name in enumerate(RESPONSES)}
        rates = [row.objective for row in self.rows]
        return table | {
            "n": [rate.n for rate in rates],
            "estimate": [rate.estimate for rate in rates],
            "conf_low": [rate.low for rate in rates],
            "conf_high": [rate.high for rate in rates],
        }

    def notes(self) -> Sequence[str]:
        """Give the definition."""
        return (
            f"Objective response: CR or PR among all with a best response or not evaluable; {self.level:.0%} "
            f"limits exact (Clopper–Pearson); {self.unknown} without any statement are not counted",
        )


def response_rates(
    best: Iterable[str | None], groups: Iterable[Hashable] | None = None, *, level: float = 0.95
) -> Responses:
    """Objective response rate, per regimen and line or whatever the groups are.

    Parameters
    ----------
    best
        Best response of each treatment: CR, PR, SD, PD, NE (not evaluable), or None where nothing is said.
    groups
        What each belongs to, e.g. `(regimen, line)`; one group of all if not given.

    Notes
    -----
    CR and PR are responses. NE counts in the denominator (nobody who was treated is dropped for not having
    been scanned); None does not, and is counted in `unknown`.

    Source
    ------
    Eisenhauer et al. 2009 (RECIST 1.1), 4.3.

    Examples
    --------
    >>> response_rates(["PR", "PD", "NE", None], ["dox", "dox", "dox", "dox"]).rows[0].objective.estimate
    0.3333333333333333
    """
    given = list(best)
    labels = ["all"] * len(given) if groups is None else list(groups)
    if len(labels) != len(given):
        raise InputError("LM-A007", f"There are {len(given)} responses and {len(labels)} groups.")
    wrong = {value for value in given if value is not None and value not in RESPONSES}
    if wrong:
        raise InputError("LM-A007", f"Responses are {', '.join(RESPONSES)}, not {sorted(wrong)[0]!r}.")
    counted = Counter(zip(labels, given, strict=True))
    rows = []
    for label in dict.fromkeys(labels):
        counts = tuple(counted[label, name] for name in RESPONSES)
        rows.append(ResponseRow(label, counts, clopper_pearson(counts[0] + counts[1], sum(counts), level=level)))
    return Responses(tuple(rows), level, given.count(None))
