"""Failing checks as the report shows them: a sentence, the first rows, and what they do to survival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leiomyo.views import format as fmt
from leiomyo.views.charts import ACCENT, Figure, Record
from leiomyo.views.dumbbell import dumbbell

#: No more checks than this are drawn: those that move survival most.
DRAWN = 10
WIDE = 30
SEVERITIES = ("error", "warning", "info")


def checks(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the template is given of the checks, or nothing where they were not run."""
    every = found.get("checks") or []
    if not every:
        return None
    by = {outcome: [row for row in every if row["outcome"] == outcome]
          for outcome in ("fail", "pass", "not applicable", "error")}  # fmt: skip
    return {
        "failing": [_shown(row) for row in by["fail"]],
        "tally": [(severity, sum(row["severity"] == severity for row in by["fail"])) for severity in SEVERITIES],
        "figure": _figure(by["fail"]),
        "passed": by["pass"],
        "not_applicable": by["not applicable"],
        "broken": by["error"],
        "total": len(every),
        "at": next((fmt.months_words(row["days"], 0) for row in by["fail"] if row.get("days")), ""),
    }


def _shown(row: Record) -> dict[str, Any]:
    return {**row, "everything": row["failed"] == row["n"] and row["patients"], "effect": _effect(row)}


def _effect(row: Record) -> str:
    """Survival without the patients concerned, and how far that is from everybody's."""
    with_, without = row.get("survival_with"), row.get("survival_without")
    if with_ is None or without is None:
        return ""
    moved = 100 * (without - with_)
    # no sign on what rounds to nothing
    told = f"{moved:+.1f}".replace("-", "−") if abs(moved) >= 0.05 else "±0"
    return f"{100 * without:.1f} % ({told})"


def _figure(failing: Sequence[Record]) -> Figure | None:
    told = [row for row in failing if row.get("survival_with") is not None and row.get("survival_without") is not None]
    told.sort(key=lambda row: -abs(row["survival_without"] - row["survival_with"]))
    if not told:
        return None
    whole = told[0]["survival_with"]
    rows = [
        {"row": fmt.wrap(fmt.label(row["check"]), WIDE), "name": fmt.label(row["check"]), "from": whole,
         "to": row["survival_without"], "colour": ACCENT,
         "text": f"{_percent(row['survival_without'])}, n = {row['affected']}",
         "said": f"{_percent(whole)} with, {_percent(row['survival_without'])} without {row['affected']}"}
        for row in told[:DRAWN]
    ]  # fmt: skip
    at = fmt.months_words(told[0]["days"], 0)
    kept = ("check", "severity", "affected", "deaths", "survival_with", "survival_without", "median_with",
            "median_without")  # fmt: skip
    return dumbbell(
        "What the rows of failing checks do to survival",
        rows,
        ends=(f"Survival at {at}, everybody", "Without the patients concerned"),
        kept=[{name: row.get(name) for name in kept} for row in told],
        references=[(whole, 0.6)],
        note="Overall survival" + (f"; the {DRAWN} checks that move it most" if len(told) > DRAWN else "")
             + ". It shows how far the result hangs on these rows, not what it would be were they right: where all or "
             "none of the patients died, leaving them out moves it by that alone. The axis does not begin at 0.",
    )  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
