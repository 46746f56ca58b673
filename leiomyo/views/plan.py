"""A planned trial as a chart (power and events by month), a page, and the words that page and terminal share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leiomyo.config import VERSION
from leiomyo.spreadsheet import csv_text
from leiomyo.views import charts
from leiomyo.views import format as fmt
from leiomyo.views.charts import PALETTE, Figure, Record, pour, spread, widest
from leiomyo.views.report import environment, style

POWER_HEIGHT, EVENTS_HEIGHT = 260, 120
_STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240)
_TICKS = 9


def percent(share: float | None) -> str:
    """A share as a percentage with as many digits as matter.

    Examples
    --------
    >>> percent(0.80016), percent(0.0293), percent(None)
    ('80.0 %', '2.9 %', '–')
    """
    return "–" if share is None else f"{100 * share:.1f} %"


def names(told: Mapping[str, Any]) -> tuple[str, str]:
    """What the two tests are called: without and with the registry's patients."""
    if told["arms"] == 2:
        return "Randomised control alone", "With the registry's patients added"
    known = "Against the registry's curve, as if known" if told["external_patients"] else "Against the given curve"
    return known, "Against the registry's patients"


def heading(told: Mapping[str, Any]) -> list[str]:
    """What is planned, in two or three lines."""
    share = told["treated_share"]
    ratio = "" if share in {0.5, 1} else f", {share:.0%} treated"
    arms = "Single arm" if told["arms"] == 1 else f"Two arms{ratio}"
    sides = "two-sided" if told["sides"] == 2 else "one-sided"
    median = told["control_median_months"]
    control = "median not reached" if median is None else f"median {median:.1f} months"
    lines = [
        f"Plan of a trial: {told.get('label', 'survival')}",
        f"{arms}; hazard ratio {told['hazard_ratio']:g}; alpha {told['alpha']:g} {sides}; power wanted "
        f"{told['power_wanted']:.0%}; {told['accrual_per_year']:g} patients a year; "
        f"follow-up {told['follow_up_months']:g} months; drop-out {told['drop_out_per_year']:.1%} a year.",
    ]
    if told["external_patients"]:
        asked = f"where {told['where']}" if told.get("where") else "all patients"
        held = f"{told['external_patients']} patients, {told['external_events']} events, {control}"
        last = f"followed up to {told['external_follow_up_months']:.0f} months"
        return [*lines, f"Control: the registry's curve from {told['index']}, {asked}: {held}, {last}."]
    return [*lines, f"Control: as given, {control}."]


def findings(told: Mapping[str, Any]) -> list[Record]:
    """The plan's figures, one row each, without and with the registry's patients."""
    held = bool(told["external_patients"])
    rows: list[tuple[str, str, str]] = [
        ("Patients needed for the power wanted", _whole(told["patients_needed"]),
         _whole(told["patients_needed_external"])),
        ("Patients in this plan", _whole(told["patients"]), _whole(told["patients"])),
        ("Events needed" + (" (Schoenfeld)" if told["arms"] == 2 else ""), _whole(told["events_needed"]), ""),
        ("Events expected at the analysis", f"{told['events_at_end']:.0f}",
         f"{told['events_at_end']:.0f} + {told['external_events']} of the registry"),
        ("Accrual, months", f"{told['accrual_months']:.1f}", ""),
        ("Analysis, months from the first patient", f"{told['duration_months']:.1f}", f"{told['duration_months']:.1f}"),
        ("Month in which the events needed are reached", _month(told["months_to_events"]), ""),
        ("Month in which the power wanted is reached", _month(told["months_to_power"]),
         _month(told.get("months_to_power_external"))),
        ("Power at the analysis", percent(told["power"]), percent(told.get("power_external"))),
    ]  # fmt: skip
    if told["power_schoenfeld"] is not None:
        rows.append(("… by Schoenfeld's closed form", percent(told["power_schoenfeld"]), ""))
    if held:
        rows += _external(told)
    if told.get("landmark_months"):
        rows.append((f"Survival at {told['landmark_months']:g} months, exact binomial", _landmark(told), ""))
    first, second = names(told)
    return [{"": what, first: alone, **({second: helped} if held else {})} for what, alone, helped in rows]


def _external(told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    drift = f"drift {told['drift_low']:g} to {told['drift_high']:g}"
    low, high = told["power_external_low"], told["power_external_high"]
    known = told["false_claim_known_curve"]
    return [
        (f"… under a {drift}", "", f"{percent(low)} to {percent(high)}"),
        (f"Useless treatment called better (nominal {percent(told['false_claim_nominal'])})",
         percent(told["false_claim_nominal"] if known is None else known), percent(told["false_claim_external"])),
        (f"… under a {drift}", "", f"{percent(told['false_claim_low'])} to {percent(told['false_claim_high'])}"),
        (f"Power where that is held at the nominal level under any {drift}", "",
         f"{percent(told['power_guarded'])} (p below {told['guarded_p']:.4f})"),
    ]  # fmt: skip


def _landmark(told: Mapping[str, Any]) -> str:
    if told["landmark_patients"] is None:
        return "not reached"
    return (f"{told['landmark_successes']} of {told['landmark_patients']} without the event "
            f"({percent(told['landmark_control'])} to {percent(told['landmark_treated'])})")  # fmt: skip


def cautions(told: Mapping[str, Any]) -> list[str]:
    """Who was left out of the registry's curve, what was assumed, and what the plan is not."""
    left_out = [
        f"Left out of the registry's curve: {item['n']} ({item['reason']})." for item in told.get("excluded", ())
    ]
    return [*left_out, *told["assumptions"], told["caution"]]


def plan_figure(told: Mapping[str, Any]) -> Figure:
    """Power by month with and without the registry's patients, and the events accrued, on one axis."""
    both = bool(told["external_patients"])
    series = list(zip(names(told), ("power", "power_external"), PALETTE, strict=False))[: 1 + both]
    rows = told["by_month"]
    end = rows[-1]["month"]
    curve = [
        {"series": said, "colour": hue, "months": row["month"], "power": row[key], "said": percent(row[key]),
         "low": row.get(f"{key}_low"), "high": row.get(f"{key}_high")}
        for said, key, hue in series for row in rows if row[key] is not None
    ]  # fmt: skip
    wrapped = [fmt.wrap(said, 20) for said, *_ in series]
    heights = spread([rows[-1][key] or 0.0 for _, key, _ in series], 48 / POWER_HEIGHT)
    labels = [{"label": text, "colour": hue, "at": at}
              for text, (_, _, hue), at in zip(wrapped, series, heights, strict=True)]  # fmt: skip
    step = next((step for step in _STEPS if end / step <= _TICKS), 240)
    needed = told["events_needed"]
    spec = pour(
        "plan",
        margin=62 + widest([*wrapped, "Events of the trial"]) + 26,
        params={"end": end, "ticks": [tick * step for tick in range(int(end / step) + 1)]},
        power=curve, label=labels, events=[{"months": row["month"], "events": row["events"]} for row in rows],
        wanted=[{"at": told["power_wanted"], "label": f"{told['power_wanted']:.0%} wanted"}],
        needed=[{"at": needed, "label": f"{needed} needed"}] if needed and needed <= rows[-1]["events"] * 1.5 else [],
        mark=[{"months": told["accrual_months"], "label": "last patient", "side": "right"},
              {"months": told["duration_months"], "label": "analysis", "side": "left"}],
    )  # fmt: skip
    _drop_empty(spec, both, bool(spec["datasets"]["needed"]))
    said = [f"{said.lower()} {percent(told[key])}" for said, key, _ in series]
    return Figure(
        title="Power and events by month since the first patient",
        alt=f"Power by month; at the analysis in month {told['duration_months']:.0f}: {'; '.join(said)}. "
        f"{told['events_at_end']:.0f} events expected by then.",
        spec=spec,
        rows=list(rows),
        note=f"The band is the power under a drift of {told['drift_low']:g} to {told['drift_high']:g}." if both else "",
    )


def _drop_empty(spec: Record, band: bool, needed: bool) -> None:
    """Take out the layers that would draw nothing."""
    power, events = spec["vconcat"]
    if not band:
        power["layer"] = [layer for layer in power["layer"] if layer["mark"]["type"] != "area"]
    if not needed:
        events["layer"] = [layer for layer in events["layer"] if layer.get("data", {}).get("name") != "needed"]


def plan_svg(told: Mapping[str, Any]) -> str:
    """The chart alone, as SVG."""
    return charts.svg(plan_figure(told).spec)


def plan_page(told: Mapping[str, Any]) -> str:
    """The plan as one small self-contained HTML page, without JavaScript."""
    figure = plan_figure(told)
    drawn = Figure(figure.title, figure.alt, {}, figure.rows, drawing=charts.svg(figure.spec), note=figure.note)
    sizes = [{**row, "power": percent(row["power"]), "power_external": percent(row.get("power_external"))}
             for row in told["by_patients"]]  # fmt: skip
    drifts = [{name: value if name == "drift" else percent(value) for name, value in row.items()}
              for row in told["drift_rows"]]  # fmt: skip
    return (
        environment()
        .get_template("plan.html")
        .render(
            told=told, heading=heading(told), figure=drawn, names=names(told), sizes=sizes, drifts=drifts,
            findings=[list(row.values()) for row in findings(told)], cautions=cautions(told)[:-1],
            caution=told["caution"], csv=csv_text(told["by_patients"]), style=style(), version=VERSION,
        )
    )  # fmt: skip


def _whole(value: int | None) -> str:
    return "not reached" if value is None else str(value)


def _month(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.1f}"
