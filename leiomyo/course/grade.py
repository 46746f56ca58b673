"""The histological grade as staging needs it: as recorded, else the bounds that the FNCLCC criteria set."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from leiomyo.course.stage_facts import Facts, Reading, criteria
from leiomyo.model.grade import read_words, three_tiers

_FNCLCC = re.compile(r"fnclcc|french|federation", re.I)
_GRADES = frozenset({"G1", "G2", "G3"})
#: From this much necrosis on, FNCLCC gives two points.
_HALF = 50


@lru_cache(maxsize=10_000)
def fnclcc(
    mitoses: float | None = None, necrosis: str | None = None, differentiation: str | None = None
) -> frozenset[str]:
    """The FNCLCC grades that the items allow; what is not known may have any score.

    Parameters
    ----------
    mitoses
        Per 10 high-power fields of 0.1734 mm².
    necrosis
        A code of the list `necrosis`.
    differentiation
        `well`, `conventional` or `poor`.

    Source
    ------
    Items and totals: rules/stage_fnclcc.csv.

    Examples
    --------
    >>> sorted(fnclcc(mitoses=24, necrosis="extensive")), sorted(fnclcc(mitoses=3, necrosis="none"))
    (['G3'], ['G1', 'G2'])
    """
    scores: dict[str, set[int]] = {"differentiation": set(), "mitoses": set(), "necrosis": set()}
    for row in criteria("fnclcc"):
        if row["item"] == "mitoses":
            fits = mitoses is None or _within(mitoses, row)
        else:
            fits = {"differentiation": differentiation, "necrosis": necrosis}.get(row["item"]) in {None, row["word"]}
        if fits and row["item"] in scores:
            scores[row["item"]].add(int(row["score"]))
    totals = [row for row in criteria("fnclcc") if row["item"] == "grade"]
    return frozenset(f"G{row['score']}" for total in product(*scores.values()) for row in totals
                     if _within(sum(total), row))  # fmt: skip


def _within(value: float, row: dict[str, str]) -> bool:
    return float(row["from"]) <= value < float(row["below"] or "inf")


def read_grade(facts: Facts) -> Reading:
    """The grades that are possible: the recorded one, else what mitoses and necrosis leave of FNCLCC.

    FNCLCC is for untreated primaries: after neo-adjuvant therapy nothing is worked out.
    """
    if facts.grade:
        return _recorded(facts.grade, facts.grade_system)
    necrosis, percent = facts.necrosis, facts.necrosis_percent
    if necrosis is None and percent is not None:
        necrosis = "extensive" if percent >= _HALF else "moderate" if percent > 0 else "none"
    grades = _GRADES if facts.neoadjuvant else fnclcc(facts.mitoses, necrosis)
    bounds = (
        f"FNCLCC {' or '.join(sorted(grades))} by mitoses and necrosis (differentiation and field size not recorded)"
    )
    return Reading(grades, () if grades == _GRADES else (bounds,), ("grade not recorded",))


def _recorded(grade: str, system: str | None) -> Reading:
    found = {row["level"]: row["g"] for row in criteria("grades")}.get(read_words(grade) or "")
    if found is None or not three_tiers(system):
        return Reading(_GRADES, (), (f"grade {grade!r} ({system or 'system not recorded'}) is not FNCLCC's",))
    note = f"grade {grade}" if system else f"grade {grade}, system not recorded"
    return Reading(frozenset(found.split("|")), (note,), ("FNCLCC grade not recorded",))


def grade_flags(facts: Facts) -> tuple[str, ...]:
    """Doubts about a recorded grade: the system is not made for the tumour, or the tumour had been treated."""
    told = []
    if facts.grade and facts.site_group == "uterine" and _FNCLCC.search(facts.grade_system or ""):
        told.append("FNCLCC used on a uterine tumour")
    if facts.grade and facts.neoadjuvant:
        told.append("graded after neo-adjuvant therapy")
    return tuple(told)
