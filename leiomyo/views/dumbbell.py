"""Two values a row on one axis, before and after: what doubtful records do, how alike two groups become."""

from __future__ import annotations

import math
from collections.abc import Sequence

from leiomyo.views.charts import Figure, Record, pour, widest

#: A ring and a disc, as the key shows them.
RING = "M-1 0A1 1 0 1 1 1 0A1 1 0 1 1 -1 0ZM-.6 0A.6 .6 0 1 0 .6 0A.6 .6 0 1 0 -.6 0Z"
DISC = "M-1 0A1 1 0 1 1 1 0A1 1 0 1 1 -1 0Z"
STEPS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10)
TICKS_SHOWN = 6


def dumbbell(title: str, rows: Sequence[Record], *, ends: tuple[str, str], kept: Sequence[Record], form: str = ".0%",
             references: Sequence[tuple[float, float]] = (), least: float = 0.2, note: str = "") -> Figure:  # fmt: skip
    """A row for each of `rows`, which have `row`, `name`, `from`, `to`, `text`, `said` and `colour`.

    Parameters
    ----------
    ends
        What the ring and the disc are.
    kept
        The numbers behind it.
    references
        Values with a dotted line, each with its opacity.
    least
        The axis is never shorter than this.
    """
    values = [row[end] for row in rows for end in ("from", "to") if row[end] is not None]
    first, last, ticks = axis([*values, *(at for at, _ in references)], least)
    said = "; ".join(f"{row['name']}: {row['said']}" for row in rows)
    params = {"first": first, "last": last, "ticks": ticks, "form": form}
    return Figure(
        title=title,
        alt=f"{ends[0]} and {ends[1]}. {said}.",
        spec=pour(
            "dumbbell",
            margin=widest(row["row"] for row in rows) + widest(row["text"] for row in rows) + 46,
            params=params,
            pair=list(rows),
            reference=[{"at": at, "weight": weight} for at, weight in references],
        ),
        rows=list(kept),
        signs=[(ends[0], RING), (ends[1], DISC)],
        note=note,
    )


def axis(values: Sequence[float], least: float) -> tuple[float, float, list[float]]:
    """Round limits around values, with air at both ends, and round ticks between.

    Examples
    --------
    >>> axis([0.55, 0.59], 0.2)
    (0.45, 0.7, [0.45, 0.5, 0.55, 0.6, 0.65, 0.7])
    """
    low, high = min(values), max(values)
    wide = max(least, (high - low) * 1.1)
    step = next(step for step in STEPS if wide / step <= TICKS_SHOWN - 1 or step == STEPS[-1])
    middle = (low + high) / 2
    start, stop = math.floor((middle - wide / 2) / step + 1e-9), math.ceil((middle + wide / 2) / step - 1e-9)
    ticks = [round(step * i, 10) for i in range(start, stop + 1)]
    return ticks[0], ticks[-1], ticks
