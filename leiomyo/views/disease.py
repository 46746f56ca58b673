"""How the disease went: when spread was found, status at last contact, intervals free of disease, local therapy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leiomyo.course.progress import SYNCHRONOUS_DAYS
from leiomyo.model.codes import codes, label
from leiomyo.views import format as fmt
from leiomyo.views.charts import Record

SPREAD = {
    "synchronous": f"Within {SYNCHRONOUS_DAYS} days of diagnosis", "later": "Later", "undated": "On a day not recorded",
    "none_recorded": "No spread recorded",
}  # fmt: skip
THERAPY = {"metastasectomy": "Operation on metastases", "radiation": "Radiation of metastases"}
#: What is silence, not an answer.
UNKNOWN = frozenset({None, "unknown", "none_recorded"})


def disease(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the template is given of `disease`, or nothing where it did not come."""
    spread, status = told.get("spread") or [], told.get("status") or []
    free = told.get("free") or {}
    of = sum(row["n"] for row in spread) or sum(row["n"] for row in status)
    if not of:
        return None
    statuses = {code: label("follow_up_status", code) for code in codes("follow_up_status")}
    kinds = {row["kind"]: row["patients"] for row in told.get("local_therapy") or []}
    return {
        "of": of,
        "spread": _rows(spread, "spread", SPREAD),
        "status": _rows(status, "status", statuses),
        "free": free if free.get("n") else None,
        "therapy": [{"label": THERAPY.get(kind, fmt.label(kind)), "n": n} for kind, n in kinds.items()],
    }


def _rows(counted: Sequence[Record], name: str, labels: Mapping[str, str]) -> list[Record]:
    """Counts in the order of the labels; unknown is last and has a row of its own even where there is none."""
    counts = {row[name]: row["n"] for row in counted}
    order = [*labels, *(level for level in counts if level not in labels and level is not None)]
    known = [{"label": labels.get(level, fmt.label(level)), "n": counts[level], "unknown": level in UNKNOWN}
             for level in order if counts.get(level)]  # fmt: skip
    if counted and name != "spread":
        known.append({"label": "Unknown", "n": counts.get(None, 0), "unknown": True})
    return known
