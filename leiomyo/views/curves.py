"""Charts over time and of estimates: survival, cumulative incidence, and estimates side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leiomyo.views import format as fmt
from leiomyo.views.charts import POINTS_SHOWN, Figure, Record, colour, pour, short, spread, thin, widest

FIVE_YEARS = 1826
FOREST_COLUMNS = ("section", "name", "n", "events", "estimate", "low", "high")
NOT_OBSERVED = "not observed"
CURVE_HEIGHT = 300
TICKS_SHOWN = 8
TICKS_IN_PANEL = 5
#: More curves than this in one drawing cannot be told apart.
GROUPS_TOGETHER = 4


def survival(result: Mapping[str, Any]) -> Figure | None:
    """Survival curves with limits and the number at risk beneath, or nothing where no curve came."""
    groups = [group for group in result.get("groups") or [] if group.get("curve")]
    if not groups:
        return None
    named = [{**g, "said": group_label(g), "hue": group_colour(g, i)} for i, g in enumerate(groups)]
    title = result.get("label") or f"{fmt.label(result.get('endpoint'))}"
    start = f"Months from {fmt.label(result.get('index') or 'start').lower()}"
    spec = panels(named, start) if len(named) > GROUPS_TOGETHER else together(named, start)
    return Figure(
        title=title,
        alt=f"{title}: curves with 95 % limits. {'; '.join(summary(g) for g in named)}.",
        spec=spec,
        rows=[{"group": g["said"], **point} for g in named for point in g["curve"]],
        note="" if "vconcat" in spec else "One panel per group; the other groups are the grey lines behind.",
    )


def together(groups: Sequence[Mapping[str, Any]], axis: str) -> Record:
    """All curves in one drawing; a group has `said`, its name, and `hue` beside its curve and number at risk."""
    several = len(groups) > 1
    ends = [(g["said"], g["hue"], g["curve"][-1].get("survival")) for g in groups]
    labels = _end_labels(ends) if several else []
    end, ticks = _time_axis(groups, TICKS_SHOWN)
    spec = pour(
        "survival",
        margin=56 + (widest(row["label"] for row in labels) + 26 if several else 8),
        params={"end": end, "ticks": ticks},
        curve=[point for g in groups for point in _curve(g)],
        median=[_median(g) for g in groups if g.get("median_days") is not None],
        label=labels,
        risk=[row for g in groups for row in _risk(g, ticks)],
    )
    curve, risk = spec["vconcat"]
    curve["encoding"]["x"]["title"] = axis
    _without_empty(curve, spec["datasets"]["curve"], bool(spec["datasets"]["median"]))
    if any("\n" in row["label"] for row in labels):
        risk["height"] = {"step": 32}
    if not several:
        risk["layer"] = risk["layer"][:1]
    if not spec["datasets"]["risk"]:
        spec["vconcat"] = [curve]
    return spec


def panels(groups: Sequence[Mapping[str, Any]], axis: str) -> Record:
    """A panel for each curve, the others in grey behind; groups as in `together`."""
    end, ticks = _time_axis(groups, TICKS_IN_PANEL)
    rows: list[Record] = []
    for place, g in enumerate(groups):
        heading = f"{fmt.wrap(g['said'], 26)}, n = {fmt.integer(g.get('n'))}"
        panel = {"place": place, "panel": heading, "who": g["said"]}
        rows += [{**point, **panel, "kind": "curve"} for point in _curve(g)]
        rows += [{**row, **panel, "kind": "risk", "foot": -0.13} for row in _risk(g, ticks)]
        if g.get("median_days") is not None:
            rows.append({**_median(g), **panel, "kind": "median"})
    behind = [{k: row[k] for k in ("who", "months", "survival")} for row in rows if row["kind"] == "curve"]
    spec = pour("survival_panels", params={"end": end, "ticks": ticks}, group=rows, behind=behind)
    spec["usermeta"]["panels"] = min(spec["usermeta"]["panels"], len(groups))
    spec["spec"]["encoding"]["x"]["title"] = axis
    _without_empty(spec["spec"], rows, any(row["kind"] == "median" for row in rows))
    return spec


def _without_empty(drawing: Record, rows: Sequence[Record], medians: bool) -> None:
    """Take out the layers that would draw nothing: Vega finds no extent for them and says so on the console."""
    empty = [] if medians else ["median"]
    empty += [] if any(row.get("censored") for row in rows) else ["datum.censored"]
    drawing["layer"] = [layer for layer in drawing["layer"] if not any(word in str(layer) for word in empty)]


def at_risk(curve: Sequence[Mapping[str, Any]], days: float) -> int:
    """How many are still under observation on a day, from a curve with a point at every exit.

    Examples
    --------
    >>> told = [{"days": 0, "at_risk": 9}, {"days": 50, "at_risk": 9}, {"days": 80, "at_risk": 4}]
    >>> at_risk(told, 0), at_risk(told, 60), at_risk(told, 81)
    (9, 4, 0)
    """
    return next((point["at_risk"] for point in curve if point["days"] >= days), 0)


def until(group: Mapping[str, Any], end: float, ticks: Sequence[float]) -> Record:
    """A group whose curve is drawn until day `end`, with the number at risk at `ticks`."""
    curve = [point for point in group["curve"] if point["days"] <= end]
    if len(curve) < len(group["curve"]):
        curve.append({**curve[-1], "days": end, "events": 0, "censored": 0, "at_risk": at_risk(group["curve"], end)})
    risk = [{"days": day, "at_risk": at_risk(group["curve"], day)} for day in ticks]
    median = group.get("median_days")
    return {**group, "curve": curve, "risk_table": risk, "median_days": median if (median or 0) <= end else None}


def group_label(group: Mapping[str, Any]) -> str:
    """The name of a group of patients.

    Examples
    --------
    >>> group_label({"label": "Negative"}), group_label({"group": {"margin": "positive"}}), group_label({})
    ('Negative', 'Positive', 'All patients')
    """
    levels = (group.get("group") or {}).values()
    if group.get("label") and (levels or group["label"] != "All"):
        return fmt.label(group["label"])
    return " · ".join(fmt.label(level) for level in levels) or "All patients"


def group_colour(group: Mapping[str, Any], position: int) -> str:
    """The colour of a group: its own, grey where unknown, else by its place."""
    return colour(group.get("colour"), position, group_label(group))


def summary(group: Mapping[str, Any]) -> str:
    """A curve in words: how many, how many events, the median with its limits."""
    median = fmt.median_months(group.get("median_days"), group.get("median_ci_days"))
    counts = f"{fmt.integer(group.get('n'))} patients, {fmt.integer(group.get('events'))} events"
    return f"{group['said']}: {counts}, median {median} months"


def _time_axis(groups: Sequence[Mapping[str, Any]], most: int) -> tuple[float, list[float]]:
    end = max(point["days"] for g in groups for point in g["curve"]) or 1
    offered = sorted({row["days"] for g in groups for row in g.get("risk_table") or [] if row["days"] <= end})
    every = -(-len(offered) // most) or 1
    ticks = offered[::every] or [0]
    return fmt.in_months(end), [fmt.in_months(day) for day in ticks]


def _curve(group: Mapping[str, Any]) -> list[Record]:
    points = list(group["curve"])
    if points[0]["days"] > 0:
        points.insert(0, {"days": 0, "survival": 1.0, "low": 1.0, "high": 1.0, "at_risk": group.get("n")})
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
    rows = [row for i, result in enumerate([overall, *results]) for row in _forest_rows(result, i)]
    estimates = [row for row in rows if row["estimate"] is not None]
    if len(estimates) < 2:
        return None
    said = "; ".join(f"{row['section']}, {row['name']}: {row['text']}" for row in estimates)
    margin = widest(row["row"] for row in rows) + widest(row["text"] for row in rows) + 30
    return Figure(
        title="Five-year overall survival, all groupings",
        alt=f"Five-year survival with 95 % limits. {said}.",
        spec=pour("forest", margin=margin, params={"reference": whole and whole["survival"]}, forest=rows),
        rows=[{k: row[k] for k in FOREST_COLUMNS} for row in rows if row["text"]],
        note=_forest_note(rows, whole),
    )


def _forest_note(rows: Sequence[Record], whole: Mapping[str, Any] | None) -> str:
    said = ["The dotted line is the whole cohort."] if whole else []
    if any(row["text"] == NOT_OBSERVED for row in rows):
        said.append("Not observed: no one in the group was followed for five years.")
    return " ".join(said)


def _grouping(result: Mapping[str, Any]) -> str:
    _, by, words = str(result.get("label") or "").partition(" by ")
    return fmt.label(words if by else result["by"])


def _forest_rows(result: Mapping[str, Any], place: int) -> list[Record]:
    section = _grouping(result) if result.get("by") else ""
    rows: list[Record] = []
    if section:
        heading = {"row": f"{place:02}#{section}", "section": section}
        rows.append({**heading, "name": "", "text": "", "estimate": None})
    for position, group in enumerate(result.get("groups") or []):
        at = milestone(group)
        low, high = (at.get("low"), at.get("high")) if at else (None, None)
        estimate = at["survival"] if at else None
        text = fmt.survival(estimate, low, high) if at else NOT_OBSERVED
        rows.append({
            "section": section or "All", "name": group_label(group),
            "row": f"{place:02} {short(group_label(group))}",
            "colour": group_colour(group, position), "estimate": estimate, "low": low, "high": high,
            "n": group.get("n"), "events": group.get("events"), "text": text,
        })  # fmt: skip
    return rows


def incidence(result: Mapping[str, Any]) -> Figure | None:
    """Cumulative incidence of competing events of the first group, stacked.

    Each of `causes` has `label` and `curve` of `days`, `incidence`, `low`, `high`.
    """
    group = next(iter(result.get("groups") or []), None)
    causes = [
        {
            "name": fmt.label(c.get("label")),
            "hue": colour(c.get("colour"), i, c.get("label")),
            "curve": c["curve"],
        }
        for i, c in enumerate((group or {}).get("causes") or [])
        if c.get("curve")
    ]
    if not causes:
        return None
    rows, ends = _stacked(causes)
    last, labels = max(row["months"] for row in rows), _end_labels(ends)
    step = next(step for step in (3, 6, 12, 24, 36, 60, 120, 1200) if last / step <= TICKS_SHOWN)
    title = result.get("label") or "Cumulative incidence"
    final = [(c["name"], fmt.percent(c["curve"][-1].get("incidence"), 1)) for c in causes]
    return Figure(
        title=title,
        alt=f"{title}, competing events stacked. At the end: {'; '.join(map(' '.join, final))}.",
        spec=pour(
            "incidence",
            margin=80 + widest(row["label"] for row in labels),
            params={"end": last, "ticks": list(range(0, int(last) + 1, step))},
            incidence=rows,
            label=labels,
        ),
        rows=[{"cause": c["name"], **point} for c in causes for point in c["curve"]],
    )


def _stacked(causes: Sequence[Mapping[str, Any]]) -> tuple[list[Record], list[tuple[str, str, float | None]]]:
    """The layers of the stack on one grid of days, and the middle of each at its end."""
    days = sorted({0, *(point["days"] for cause in causes for point in cause["curve"])})
    floors = dict.fromkeys(days, 0.0)
    rows: list[Record] = []
    ends: list[tuple[str, str, float | None]] = []
    for cause in causes:
        for day, point in _on_grid(cause["curve"], days):
            floor, estimate = floors[day], point.get("incidence") or 0.0
            floors[day] += estimate
            rows.append({
                "cause": cause["name"], "colour": cause["hue"], "months": fmt.in_months(day), "floor": floor,
                "ceiling": floors[day], "time": fmt.months(day),
                "estimate": fmt.survival(estimate, point.get("low"), point.get("high")),
            })  # fmt: skip
        ends.append((cause["name"], cause["hue"], (rows[-1]["floor"] + rows[-1]["ceiling"]) / 2))
    return rows, ends


def _on_grid(curve: Sequence[Mapping[str, Any]], days: Sequence[int]) -> list[tuple[int, Mapping[str, Any]]]:
    known = {point["days"]: point for point in curve}
    current: Mapping[str, Any] = {"incidence": 0.0}
    held = []
    for day in days:
        current = known.get(day, current)
        held.append((day, current))
    return held
