"""The disease model beside published figures, drawn: limits as bars, the model's figure as a point."""

from __future__ import annotations

from collections.abc import Sequence

from leiomyo.simulate.calibration import Compared
from leiomyo.views.charts import ACCENT, PALETTE, Figure, Record, pour

HALVES = {
    "fit": "Used to choose parameters",
    "test": "Held out",
    "all_sarcomas": "All sarcomas together, for comparison only",
}
_MARGIN = 420


def part_of(one: Compared) -> str:
    """`fit`, `test`, or `all_sarcomas`, which counts for neither."""
    return one.target.half if one.target.histology == "leiomyosarcoma" else one.target.histology


def calibration_rows(compared: Sequence[Compared]) -> list[dict[str, object]]:
    """Each target as flat values: what was published with its limits, what the model gives, whether it is within."""
    return [
        {
            "part": part_of(one), "id": one.target.id, "says": one.target.says, "unit": one.target.unit,
            "published": one.target.value, "low": round(one.target.limits[0], 1),
            "high": round(one.target.limits[1], 1), "limits": one.target.limits_are,
            "simulated": None if one.simulated is None else round(one.simulated, 1), "within": one.within,
            "drawn": one.drawn, "n": one.target.n, "source": one.target.source,
        }
        for one in compared
    ]  # fmt: skip


def calibration_figure(compared: Sequence[Compared]) -> Figure:
    """One row a target: the published limits as a bar, the simulated figure as a point; outside them it stands out."""
    rows: list[Record] = []
    for part, heading in HALVES.items():
        own = [row for row in calibration_rows(compared) if row["part"] == part]
        inside = sum(bool(row["within"]) for row in own)
        rows.append({"row": f"{len(rows):02d}#{heading}", "text": f"{inside} of {len(own)} within limits"})
        rows += [_row(len(rows) + place, row) for place, row in enumerate(own)]
    outside = [str(row["says"]) for row in calibration_rows(compared) if row["part"] == "test" and not row["within"]]
    return Figure(
        title="The disease model beside published figures",
        alt=f"Held-out figures outside the published limits: {', '.join(outside) or 'none'}.",
        spec=pour("calibration", margin=_MARGIN, calibration=rows), rows=calibration_rows(compared),
        key=[("within the published limits", ACCENT), ("outside them", PALETTE[1])],
    )  # fmt: skip


def _row(place: int, row: dict[str, object]) -> Record:
    published, simulated = float(str(row["published"])), row["simulated"]
    told = "not drawn" if simulated is None else f"{simulated}"
    return {
        "row": f"{place:02d} {row['says']}", "name": row["says"], "source": row["source"],
        "low": max(0.5, float(str(row["low"])) / published), "high": min(2.0, float(str(row["high"])) / published),
        "ratio": None if simulated is None else min(2.0, max(0.5, float(str(simulated)) / published)),
        "colour": ACCENT if row["within"] else PALETTE[1], "shape": "circle" if row["within"] else "diamond",
        "published": f"{row['published']} ({row['low']} to {row['high']}) {row['unit']}",
        "simulated": f"{told} {row['unit']}", "text": f"{told} v {row['published']} {row['unit']}",
    }  # fmt: skip
