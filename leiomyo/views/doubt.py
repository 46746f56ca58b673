"""What doubtful records do to the result: survival with and without each kind of them, and at each reading of dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leiomyo.views import format as fmt
from leiomyo.views.charts import ACCENT, Figure, Record
from leiomyo.views.dumbbell import dumbbell

READINGS = {"earliest": "At the earliest days they allow", "middle": "At the middle", "latest": "At the latest"}
WIDE = 27


def doubt(impact: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the template is given of `impact`, or nothing where it did not come."""
    if not impact:
        return None
    flags = impact.get("flags") or []
    shown = [row for row in flags if row.get("survival_without") is not None and row.get("survival_with") is not None]
    at = fmt.months_words(impact.get("days"), 0)
    return {
        "at": at,
        "figure": _figure(shown, at) if shown else None,
        "sentences": [row["sentence"] for row in flags if row.get("sentence")],
        "readings": [{**row, "label": READINGS.get(row["reading"], fmt.label(row["reading"]))}
                     for row in impact.get("readings") or []],
    }  # fmt: skip


def _figure(flags: Sequence[Record], at: str) -> Figure:
    whole = flags[0]["survival_with"]
    rows = [
        {"row": fmt.wrap(fmt.label(row["label"]), WIDE), "name": row["label"], "from": row["survival_with"],
         "to": row["survival_without"], "colour": ACCENT, "text": f"{_share(row['survival_without'])}, n = {row['n']}",
         "said": f"{_share(whole)} with, {_share(row['survival_without'])} without {_patients(row['n'])}"}
        for row in flags
    ]  # fmt: skip
    return dumbbell(
        "What doubtful records do to survival",
        rows,
        ends=(f"Survival at {at}, everybody", "Without the patients concerned"),
        kept=[{k: v for k, v in row.items() if k not in {"sentence", "label"}} for row in flags],
        references=[(whole, 0.6)],
        note="Overall survival. The number beside is the estimate without them and how many they are; one patient may "
             "have several. The axis does not begin at 0.",
    )  # fmt: skip


def _share(value: float | None) -> str:
    return fmt.NOTHING if value is None else f"{100 * value:.1f} %"


def _patients(n: int) -> str:
    return f"{n} patient" if n == 1 else f"{n} patients"
