"""Treatment comparisons in the report: the answer with its limits in words, or why there is none.

A refusal is shown where the answer would have stood, and again among the comparisons that were refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from leiomyo.model.codes import label as code_label
from leiomyo.views import curves
from leiomyo.views import format as fmt
from leiomyo.views.charts import PALETTE, Figure, Record
from leiomyo.views.dumbbell import dumbbell

Told = Mapping[str, Any]
NAMES = {
    "adjuvant-radiation": "Radiation after the operation", "adjuvant-chemotherapy": "Chemotherapy after the operation",
    "adjuvant-treatment": "Radiation or chemotherapy after the operation",
}  # fmt: skip
EVENTS = {"rfs": "recurrence or death", "os": "death", "pfs": "progression or death", "dmfs": "metastasis or death"}
DESIGNS = {
    "clone": "Clone, censor, weight", "landmark": "Landmark", "time-varying": "Time-varying treatment",
}  # fmt: skip
FLAGS = {"none": "in one group nobody has it", "few": "in one group fewer than five have it"}
COLUMNS = {"residual_tumor": "residual tumour", "size_band": "tumour size", "site_group": "site of origin"}
#: Above this standardised difference two groups are held to be unlike (Austin 2009).
UNLIKE = 0.1


def comparisons(told: Sequence[Told]) -> list[dict[str, Any]]:
    """What the template is given: one entry a comparison, with the answer or the reason why there is none."""
    return [_comparison(one) for one in told if one.get("refused") or one.get("estimate") is not None]


def refused(told: Sequence[Told]) -> list[Record]:
    """The comparisons that were refused, as the section on what may mislead lists them."""
    return [
        {"what": f"{one.get('label') or name(one)}, {condition(one.get('where'))}".rstrip(", "),
         "reason": sentence(one["refused"])}
        for one in told if one.get("refused")
    ]  # fmt: skip


def name(one: Told) -> str:
    """What the comparison is called in the report."""
    return NAMES.get(str(one.get("treatment")), fmt.label(one.get("treatment") or "Comparison").replace("-", " "))


def sentence(text: str) -> str:
    """A text as a sentence.

    Examples
    --------
    >>> sentence("nobody is in the arm “a”"), sentence("Done.")
    ('Nobody is in the arm “a”.', 'Done.')
    """
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def condition(where: str | None) -> str:
    """A condition on columns in words, as far as it is a list of values.

    Examples
    --------
    >>> condition("margin in ('close', 'positive') or residual_tumor in ('R1', 'R2')")
    'margin close or positive, or residual tumour R1 or R2'
    >>> condition(None)
    ''
    """

    def listed(found: re.Match[str]) -> str:
        values = re.findall(r"'([^']*)'", found[2])
        return f"{_column(found[1])} {' or '.join(values)}"

    parts = re.split(r"\s+or\s+(?=\w+\s+in\s*\()", where or "")
    return ", or ".join(re.sub(r"(\w+)\s+in\s+\(([^)]*)\)", listed, part) for part in parts)


def _column(code: str) -> str:
    return COLUMNS.get(code, code.replace("_", " "))


def in_words(text: str, one: Told) -> str:
    """A sentence of the outcomes with the columns in words.

    Examples
    --------
    >>> in_words("given size_band: alike", {"adjust": ["size_band"]})
    'Given tumour size: alike.'
    """
    where = one.get("where")
    text = text.replace(where, condition(where)) if where else text
    for column in one.get("adjust") or []:
        text = re.sub(rf"\b{re.escape(column)}\b", _column(column), text)
    return sentence(text)


def _comparison(one: Told) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": name(one), "told": one, "who": _asked(one),
        "design": DESIGNS.get(str(one.get("design")), fmt.label(one.get("design"))),
        "adjusted": [_column(column) for column in one.get("adjust") or []],
        "assumptions": [in_words(text, one) for text in one.get("assumptions") or []],
        "refused": sentence(one["refused"]) if one.get("refused") else None,
        "left_out": [row for row in one.get("excluded") or [] if row["reason"] not in (one.get("refused") or "")],
    }  # fmt: skip
    if one.get("refused"):
        return entry
    return {
        **entry,
        "answer": answer(one),
        "figure": _curves(one),
        "milestones": [row for row in one.get("milestones") or [] if row.get("treated") is not None],
        "points": points,
        "balance": _balance(one),
        "levels": [_level(row) for row in one.get("balance") or []],
        "lacking": [_flagged(row) for row in one.get("positivity") or [] if row.get("flag")],
        "cells": len(one.get("positivity") or []),
        "others": [_other(one[key]) for key in ("with_unknown", "naive") if one.get(key)],
    }


def _asked(one: Told) -> str:
    """Of whom it was asked, and of how many that is unknown."""
    said = [text for text in one.get("assumptions") or [] if text.startswith("Only patients with ")]
    return in_words(said[0], one) if said else ""


def answer(one: Told) -> str:
    """The hazard ratio in words, with what its limits allow.

    Examples
    --------
    >>> answer({"endpoint": "os", "estimate": 0.5, "conf_low": 0.3, "conf_high": 1.1}).split(". ")[1]
    'The limits hold 1: these data go with benefit, with harm and with no difference.'
    """
    ratio, low, high = one["estimate"], one["conf_low"], one["conf_high"]
    event = EVENTS.get(str(one.get("endpoint")), "the event")
    if low <= 1 <= high:
        told = "The limits hold 1: these data go with benefit, with harm and with no difference."
    else:
        way = "lower" if ratio < 1 else "higher"
        told = f"Both limits lie on one side of 1: {event} came at a {way} rate, as far as the assumptions hold."
    return f"The rate of {event} with it was {ratio:.2f} times the rate without it. {told}"


def _curves(one: Told) -> Figure | None:
    """The two curves, the treated first, with how many are still watched."""
    arms = [arm for arm in one.get("curves") or [] if arm.get("steps")]
    if not arms:
        return None
    counts = {row["arm"]: row for row in one.get("arms") or []}
    longest = max(arm["steps"][-1]["days"] for arm in arms)
    ticks = _ticks(longest)
    groups = [
        {**curves.until({"curve": arm["steps"]}, longest, ticks), "said": fmt.label(arm["arm"]),
         "hue": PALETTE[place], "n": (counts.get(arm["arm"]) or {}).get("n")}
        for place, arm in enumerate(arms)
    ]  # fmt: skip
    ends = "; ".join(f"{g['said']}: {fmt.survival(_last(g))} at {fmt.months_words(longest, 0)}" for g in groups)
    title = f"{fmt.label(str(one.get('label') or '').partition(' by ')[0])}, {name(one).lower()}"
    start = fmt.label(str(one.get("index") or "start").replace("-", " ")).lower()
    return Figure(
        title=title,
        alt=f"{title}: weighted curves with 95 % limits. {ends}.",
        spec=curves.together(groups, f"Months from {start}"),
        rows=[{"arm": arm["arm"], **step} for arm in arms for step in arm["steps"]],
        note=_curves_note(one),
    )


def _last(group: Told) -> float | None:
    return group["curve"][-1].get("survival")  # type: ignore[no-any-return]


def _ticks(longest: float) -> list[float]:
    year = 365.25
    step = next(step for step in (year / 4, year / 2, year, 2 * year, 5 * year, 10 * year) if longest <= 5 * step
                or step == 10 * year)  # fmt: skip
    return [step * i for i in range(int(longest // step) + 1)]


def _curves_note(one: Told) -> str:
    if one.get("design") != "clone":
        return ""
    followed = [f"{fmt.count_of(row['follow_it'], row['n'])} kept to “{row['arm']}”" for row in one.get("arms") or []
                if row.get("follow_it") is not None]  # fmt: skip
    told = "Each patient stands in both groups until what was done departs from one of them; those who stay count for "
    told += "those who are like them and left."
    return f"{told} {'; '.join(followed)}." if followed else told


def _level(row: Record) -> Record:
    column = str(row["adjuster"])
    told = code_label("site_groups", row["level"]) if column == "site_group" else row["level"]
    return {**row, "column": fmt.label(_column(column)), "told": fmt.label(told)}


def _balance(one: Told) -> Figure | None:
    """How unlike the groups are before weighting and after it, in standardised differences."""
    levels = [_level(row) for row in one.get("balance") or [] if row.get("difference") is not None]
    levels = [row for row in levels if row.get("weighted_difference") is not None]
    if not levels:
        return None
    rows = [
        {"row": fmt.wrap(row["told"], 24), "name": f"{row['column']}, {row['told']}", "from": row["difference"],
         "to": row["weighted_difference"], "colour": PALETTE[0],
         "text": f"{row['difference']:+.2f} → {row['weighted_difference']:+.2f}".replace("-", "−"),
         "said": f"{row['difference']:.2f} before, {row['weighted_difference']:.2f} after"}
        for row in levels
    ]  # fmt: skip
    return dumbbell(
        f"How alike the two groups are, {name(one).lower()}",
        rows,
        ends=("Before weighting", "After weighting"),
        kept=[{k: v for k, v in row.items() if k not in {"column", "told"}} for row in levels],
        form="+.1f",
        references=[(0.0, 0.7), (-UNLIKE, 0.3), (UNLIKE, 0.3)],
        least=0.4,
        note=f"Standardised difference in the share of each level; within ±{UNLIKE:g} the groups are held to be alike. "
             "Only what is recorded can be made alike.",
    )  # fmt: skip


def _flagged(row: Record) -> Record:
    """A level, or a combination of levels, that one of the groups lacks."""
    columns, levels = str(row["adjuster"]).split(" × "), str(row["level"]).split(" / ")
    told = [fmt.label(code_label("site_groups", level)) for level in levels]
    return {**row, "column": fmt.label(" and ".join(map(_column, columns))), "told": ", ".join(told),
            "why": FLAGS.get(row["flag"], row["flag"])}  # fmt: skip


def _other(row: Told) -> Record:
    """A further estimate beside the main one, or why there is none."""
    kind = sentence(str(row.get("kind") or "")).rstrip(".")
    if row.get("estimate") is None:
        return {"kind": kind, "text": f"no estimate: {row.get('refused')}"}
    return {"kind": kind, "text": f"hazard ratio {ratio_of(row)} in {fmt.integer(row.get('n'))} patients"}


def points(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign.

    Examples
    --------
    >>> points(0.129), points(-0.02)
    ('+12.9', '−2.0')
    """
    return f"{100 * difference:+.1f}".replace("-", "−")


def ratio_of(row: Told) -> str:
    """A hazard ratio with its limits.

    Examples
    --------
    >>> ratio_of({"estimate": 0.664, "conf_low": 0.58, "conf_high": 0.76})
    '0.66 (95 % limits 0.58–0.76)'
    """
    return f"{row['estimate']:.2f} (95 % limits {row['conf_low']:.2f}–{row['conf_high']:.2f})"
