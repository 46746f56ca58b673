"""Charts over time and of estimates: survival, cumulative incidence, and estimates side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leiomyo.views import format as fmt
from leiomyo.views.charts import POINTS_SHOWN, Figure, Record, colour, pour, short, spread, thin, widest

FIVE_YEARS = 1826
CURVE_HEIGHT = 300
TICKS_SHOWN = 8


def survival(result: Mapping[str, Any]) -> Figure | None:
    """Survival curves with limits and the number at risk beneath, or nothing where no curve came."""
    groups = [group for group in result.get("groups") or [] if group.get("curve")]
    if not groups:
        return None
    named = [{**g, "said": group_label(g), "hue": group_colour(g, i)} for i, g in enumerate(groups)]
    title = result.get("label") or f"{fmt.label(result.get('endpoint'))}"
    several = len(named) > 1
    labels = _end_labels([(g["said"], g["hue"], g["curve"][-1].get("survival")) for g in named])
    end, ticks = _time_axis(named)
    spec = pour(
        "survival",
        margin=52 + (widest(row["label"] for row in labels) + 26 if several else 12),
        params={"end": end, "ticks": ticks, "band": 0.16 if len(named) <= 4 else 0.07},
        curve=[point for g in named for point in _curve(g)],
        median=[_median(g) for g in named if g.get("median_days") is not None],
        label=labels if several else [],
        risk=[row for g in named for row in _risk(g, ticks)],
    )
    _finish(spec, result, several=several, tall=any("\n" in row["label"] for row in labels))
    return Figure(
        title=title,
        alt=f"{title}: curves with 95 % limits. {'; '.join(_said(g) for g in named)}.",
        spec=spec,
        rows=[{"group": g["said"], **point} for g in named for point in g["curve"]],
    )


def group_label(group: Mapping[str, Any]) -> str:
    """The name of a group of patients.

    Examples
    --------
    >>> group_label({"label": "Negative"}), group_label({"group": {"margin": "positive"}}), group_label({"group": {}})
    ('Negative', 'Positive', 'All patients')
    """
    if group.get("label"):
        return fmt.label(group["label"])
    levels = (group.get("group") or {}).values()
    return " · ".join(fmt.label(level) for level in levels) or "All patients"


def group_colour(group: Mapping[str, Any], position: int) -> str:
    """The colour of a group: its own, grey where unknown, else by its place."""
    return colour(group.get("colour"), position, group_label(group))


def _said(group: Mapping[str, Any]) -> str:
    median = fmt.median_months(group.get("median_days"), group.get("median_ci_days"))
    return f"{group['said']}: {fmt.integer(group.get('n'))} patients, {fmt.integer(group.get('events'))} events, median {median} months"


def _time_axis(groups: Sequence[Mapping[str, Any]]) -> tuple[float, list[float]]:
    end = max(point["days"] for g in groups for point in g["curve"]) or 1
    offered = sorted({row["days"] for g in groups for row in g.get("risk_table") or [] if row["days"] <= end})
    every = -(-len(offered) // TICKS_SHOWN) or 1
    ticks = offered[::every] or [0]
    return fmt.in_months(end), [fmt.in_months(day) for day in ticks]


def _curve(group: Mapping[str, Any]) -> list[Record]:
    points = list(group["curve"])
    if points[0]["days"] > 0:
        start = {"days": 0, "survival": 1.0, "low": 1.0, "high": 1.0, "at_risk": group.get("n"), "events": 0, "censored": 0}
        points.insert(0, start)
    return [
        {
            "group": group["said"],
            "colour": group["hue"],
            "months": round(fmt.in_months(p["days"]), 3),
            "survival": p.get("survival"),
            "low": p.get("low"),
            "high": p.get("high"),
            "at_risk": p.get("at_risk"),
            "events": p.get("events") or 0,
            "censored": p.get("censored") or 0,
            "time": fmt.months(p["days"]),
            "estimate": fmt.survival(p.get("survival"), p.get("low"), p.get("high")),
        }
        for p in thin(points, POINTS_SHOWN)
    ]


def _median(group: Mapping[str, Any]) -> Record:
    months = fmt.in_months(group["median_days"])
    return {"group": group["said"], "colour": group["hue"], "months": months, "foot": 0, "half": 0.5}


def _risk(group: Mapping[str, Any], ticks: Sequence[float]) -> list[Record]:
    shown = {round(tick, 3) for tick in ticks}
    rows = [(round(fmt.in_months(row["days"]), 3), row["at_risk"]) for row in group.get("risk_table") or []]
    common = {"group": group["said"], "label": short(group["said"]), "colour": group["hue"]}
    return [{**common, "months": months, "at_risk": at_risk} for months, at_risk in rows if months in shown]


def _end_labels(ends: Sequence[tuple[str, str, float | None]]) -> list[Record]:
    labels = [short(said) for said, _, _ in ends]
    lines = max(label.count("\n") + 1 for label in labels)
    gap = (14 * lines + 4) / CURVE_HEIGHT
    heights = spread([height or 0.0 for _, _, height in ends], min(gap, 1 / max(1, len(ends) - 1)))
    return [
        {"group": said, "label": label, "colour": hue, "at": at}
        for (said, hue, _), label, at in zip(ends, labels, heights, strict=True)
    ]


def _finish(spec: Record, result: Mapping[str, Any], *, several: bool, tall: bool) -> None:
    curve, risk = spec["vconcat"]
    curve["encoding"]["x"]["title"] = f"Months from {fmt.label(result.get('index') or 'start').lower()}"
    if tall:
        risk["height"] = {"step": 32}
    if not several:
        risk["layer"] = risk["layer"][:1]
    if not spec["datasets"]["risk"]:
        spec["vconcat"] = [curve]


def milestone(group: Mapping[str, Any], days: int = FIVE_YEARS) -> Mapping[str, Any] | None:
    """The estimate at a time, within half a month of it, where the group was followed that long.

    Examples
    --------
    >>> milestone({"milestones": [{"days": 1826, "survival": 0.6}]})["survival"]
    0.6
    >>> milestone({"milestones": [{"days": 730, "survival": 0.6}]}) is None
    True
    """
    near = [m for m in group.get("milestones") or [] if abs(m["days"] - days) <= 15]
    return near[0] if near and near[0].get("survival") is not None else None


def five_year_forest(overall: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Five-year survival of every group of every grouping on one axis."""
    whole = next((milestone(g) for g in overall.get("groups") or []), None)
    rows = [{**row, "place": i} for i, result in enumerate([overall, *results]) for row in _forest_rows(result)]
    if len(rows) < 2 or not any(row["estimate"] is not None for row in rows):
        return None
    said = "; ".join(f"{row['section']}, {row['name']}: {row['text']}" for row in rows if row["estimate"] is not None)
    margin = 118 + widest(row["text"] for row in rows) + 30
    return Figure(
        title="Five-year overall survival, all groupings",
        alt=f"Five-year survival with 95 % limits. {said}.",
        spec=pour("forest", margin=margin, params={"reference": whole["survival"] if whole else None}, forest=rows),
        rows=[{k: row[k] for k in ("section", "name", "n", "events", "estimate", "low", "high")} for row in rows],
        note="The dotted line is the whole cohort." if whole else "",
    )


def _forest_rows(result: Mapping[str, Any]) -> list[Record]:
    section = fmt.label(result["by"]) if result.get("by") else "All"
    rows = []
    for position, group in enumerate(result.get("groups") or []):
        at = milestone(group)
        low, high = (at.get("low"), at.get("high")) if at else (None, None)
        estimate = at["survival"] if at else None
        text = fmt.survival(estimate, low, high) if at else "not followed that long"
        rows.append({
            "section": section, "name": group_label(group), "label": short(group_label(group)),
            "colour": group_colour(group, position), "estimate": estimate, "low": low, "high": high,
            "n": group.get("n"), "events": group.get("events"), "text": text,
        })  # fmt: skip
    return rows


def incidence(result: Mapping[str, Any]) -> Figure | None:
    """Cumulative incidence of competing events of the first group, stacked.

    Each of `causes` has `label` and `curve` of `days`, `incidence`, `low`, `high`.
    """
    group = next(iter(result.get("groups") or []), None)
    causes = [cause for cause in (group or {}).get("causes") or [] if cause.get("curve")]
    if not causes:
        return None
    days = sorted({0, *(point["days"] for cause in causes for point in cause["curve"])})
    floors = dict.fromkeys(days, 0.0)
    rows, ends = [], []
    for position, cause in enumerate(causes):
        name, hue = fmt.label(cause.get("label")), colour(cause.get("colour"), position, cause.get("label"))
        last = 0.0
        for day, point in _on_grid(cause["curve"], days):
            estimate = point.get("incidence") or 0.0
            rows.append({
                "cause": name, "colour": hue, "months": fmt.in_months(day), "floor": floors[day],
                "ceiling": floors[day] + estimate, "time": fmt.months(day),
                "estimate": fmt.survival(estimate, point.get("low"), point.get("high")),
            })  # fmt: skip
            last = floors[day] + estimate / 2
            floors[day] += estimate
        ends.append((name, hue, last))
    labels = _end_labels(ends)
    step = next(step for step in (3, 6, 12, 24, 36, 60, 120, 1200) if fmt.in_months(days[-1]) / step <= TICKS_SHOWN)
    ticks = list(range(0, int(fmt.in_months(days[-1])) + 1, step))
    params = {"end": fmt.in_months(days[-1]), "ticks": ticks}
    title = result.get("label") or "Cumulative incidence"
    said = "; ".join(f"{name}, {fmt.percent(cause['curve'][-1].get('incidence'), 1)} at the end" for cause, (name, _, _) in zip(causes, ends, strict=True))
    return Figure(
        title=title,
        alt=f"{title}, competing events stacked. {said}.",
        spec=pour("incidence", margin=80 + widest(row["label"] for row in labels), params=params, incidence=rows, label=labels),
        rows=[{"cause": cause.get("label"), **point} for cause in causes for point in cause["curve"]],
    )


def _on_grid(curve: Sequence[Mapping[str, Any]], days: Sequence[int]) -> list[tuple[int, Mapping[str, Any]]]:
    known = {point["days"]: point for point in curve}
    current: Mapping[str, Any] = {"incidence": 0.0}
    held = []
    for day in days:
        current = known.get(day, current)
        held.append((day, current))
    return held
