"""Symptoms and adverse events in the report: by site and time, by regimen and term, and what could not be placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leiomyo.outcomes.complaints import PERIODS
from leiomyo.spreadsheet import csv_text
from leiomyo.views import charts
from leiomyo.views import format as fmt
from leiomyo.views.charts import ACCENT, Figure, Record, pour, short, widest

Told = Mapping[str, Any]
PERIOD_NAMES = {
    "before": "At or before first treatment", "under": "Under treatment", "after": "After treatment",
    "uncertain": "Time not certain", "untreated": "No treatment recorded", "undated": "Time not recorded",
}  # fmt: skip
STANDINGS = {
    "by_day": "In a line, by its day", "by_attribution": "In a line, by the drugs it is attributed to",
    "outside": "Outside any line", "uncertain": "Time not certain", "unplaced": "Not placed: no day, no one regimen",
}  # fmt: skip
UNPLACED = frozenset({"uncertain", "unplaced"})
SEVERE_COLOUR, FATAL_COLOUR = "#cf6a2b", "#a4569e"
#: Worst grade, its name and colour.
BANDS = {
    "mild": ("Grade 1–2", ACCENT), "severe": ("Grade 3–4", SEVERE_COLOUR), "fatal": ("Grade 5", FATAL_COLOUR),
    "unknown": ("Grade unknown", charts.GREY),
}  # fmt: skip
#: Regimens of fewer patients stand in the table only: their limits span nearly everything.
FEWEST_PATIENTS = 3
REGIMENS_DRAWN, TERMS_DRAWN = 8, 12
DENOMINATORS = {
    "of_recorded": "Of those with any event recorded", "of_collected": "Of all given it",
}  # fmt: skip


def tolerance(results: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the template is given, or nothing where results do not speak of symptoms and adverse events."""
    told = results.get("tolerance")
    if told is None:
        return None
    return {
        "days_after": told.get("days_after"),
        "symptoms": _symptoms(told["symptoms"]) if told.get("symptoms") else None,
        "events": _events(told["adverse_events"]) if told.get("adverse_events") else None,
    }


# --- symptoms --------------------------------------------------------------------------------------------


def _symptoms(told: Told) -> dict[str, Any]:
    rows, overall = told.get("rows") or [], told.get("periods") or []
    shown = [period for period in PERIODS if period == "undated" or any(row.get(period) for row in overall)]
    names = {group["site_group"]: group for group in told.get("groups") or []}
    by_site = [{**group, "rows": [row for row in rows if row["site_group"] == name and row["n"]]}
               for name, group in names.items()]  # fmt: skip
    return {
        "recorded": told.get("recorded"), "of": told.get("of"), "dated": told.get("dated"),
        "matrix": _by_site(rows, names),
        "periods": _by_period(overall, shown) if told.get("dated") else None,
        "columns": [(period, PERIOD_NAMES[period]) for period in shown],
        "overall": [row for row in overall if row["n"]],
        "by_site": [group for group in by_site if group["rows"]],
        "silent": [group for group in names.values() if not group["recorded"]],
        "csv": csv_text([{"site_group": "all", **row} for row in overall] + rows),
        "lines": told.get("lines") or [],
        "over_time": _symptoms_over_time(told.get("over_time") or {}),
        "assumptions": told.get("assumptions") or [],
    }  # fmt: skip


def _by_site(rows: Sequence[Record], names: Mapping[str, Record]) -> Figure:
    cells = [{"row": names[row["site_group"]]["label"], "column": row["label"], "n": row["n"], "of": row["recorded"]}
             for row in rows]  # fmt: skip
    return charts.matrix("Symptoms by site", cells, axes=("site group", "symptom"),
                         note="At any time; of the patients of that site with any symptom recorded.")  # fmt: skip


def _by_period(rows: Sequence[Record], shown: Sequence[str]) -> Figure:
    cells = [{"row": row["label"], "column": PERIOD_NAMES[period], "n": row[period], "of": row["recorded"]}
             for row in rows for period in shown]  # fmt: skip
    note = "A patient who tells a complaint at several times counts at each of them."
    title = "Symptoms before, under and after treatment"
    return charts.matrix(title, cells, axes=("symptom", "time"), note=note)


def _symptoms_over_time(told: Told) -> dict[str, Any] | None:
    rows = [{**row, "any": row} for row in told.get("rows") or []]
    series = {"any": ("A complaint first reported", ACCENT)}
    figure = _over_time("Symptoms over time", rows, series, "Months from diagnosis", "patients")
    return {"figure": figure, "rows": rows, "imprecise": told.get("imprecise")} if figure else None


# --- adverse events --------------------------------------------------------------------------------------


def _events(told: Told) -> dict[str, Any]:
    regimens, attributed, terms = told.get("regimens") or [], told.get("attributed") or [], told.get("terms") or []
    placed = told.get("placed") or []
    return {
        **{name: told.get(name) for name in ("patients", "recorded", "collected", "events")},
        "placed": [{**row, "label": STANDINGS.get(row["standing"], fmt.label(row["standing"])),
                    "unknown": row["standing"] in UNPLACED} for row in placed],
        "forest": _forest(regimens),
        "regimens": regimens,
        "regimens_csv": csv_text([_plain(row, "label") for row in regimens]),
        "attributed": attributed,
        "attributed_csv": csv_text([_plain(row, "treatment") for row in attributed]),
        "bars": _terms(terms, told.get("recorded")),
        "terms": terms,
        "terms_csv": csv_text([*({"regimen": "all", **row} for row in terms), *(
            {"regimen": row["label"], **term} for row in regimens for term in row.get("terms") or [])]),
        "over_time": _events_over_time(told.get("over_time") or {}),
        "assumptions": told.get("assumptions") or [],
    }  # fmt: skip


def _plain(row: Record, name: str) -> Record:
    """A row of rates on one level, for a spreadsheet."""
    flat: Record = {name: row[name], **{k: row[k] for k in ("patients", "collected", "recorded", "events")}}
    for measure in ("any", "severe", "fatal"):
        flat[measure] = row[measure]["n"]
        for key in DENOMINATORS:
            flat |= {f"{measure}_{key}_{k}": row[measure][key][k] for k in ("of", "estimate", "low", "high")}
    return flat | {"grade_unknown": row["grade_unknown"]}


def _forest(regimens: Sequence[Record]) -> Figure | None:
    """Grade 3 or worse by regimen: once among those with a record, once among all; the truth lies between."""
    shown = [row for row in regimens if row["collected"] >= FEWEST_PATIENTS][:REGIMENS_DRAWN]
    if not shown:
        return None
    rows: list[Record] = []
    for position, (key, section) in enumerate(DENOMINATORS.items()):
        if key == "of_collected" and all(row["recorded"] == row["collected"] for row in shown):
            continue
        rows.append({"row": f"{position}0#{section}", "section": section, "name": section, "estimate": None,
                     "low": None, "high": None, "text": "", "colour": ACCENT, "n": None, "events": None})  # fmt: skip
        rows += [_forest_row(row, key, section, f"{position}{place}") for place, row in enumerate(shown, start=1)]
    told = [row for row in rows if row["estimate"] is not None]
    said = "; ".join(f"{row['section']}, {row['name']}: {row['text']}" for row in told)
    rest = len(regimens) - len(shown)
    note = "Patients with an adverse event of grade 3 or worse that began under the regimen, with exact 95 % limits."
    note += f" {fmt.integer(rest)} more regimens, of fewer patients, stand in the table." if rest else ""
    margin = widest(row["row"][3:] for row in rows) + widest(row["text"] for row in rows) + 36
    spec = pour("forest", margin=margin, forest=rows)
    spec["encoding"]["y"]["axis"]["labelPadding"] = 12
    kept = ("section", "name", "n", "events", "estimate", "low", "high")
    return Figure(
        title="Adverse events of grade 3 or worse by regimen",
        alt=f"Shares of patients with exact 95 % limits. {said}.",
        spec=spec,
        rows=[{k: row[k] for k in kept} for row in told],
        note=note,
    )


def _forest_row(row: Record, key: str, section: str, place: str) -> Record:
    share = row["severe"][key]
    name = fmt.label(row["label"])
    text = f"{share['n']}/{share['of']}, {fmt.survival(share['estimate'], share['low'], share['high'])}"
    return {
        "row": f"{place[:2]} {short(name)}", "section": section, "name": name, "n": share["of"], "events": share["n"],
        "estimate": share["estimate"], "low": share["low"], "high": share["high"], "colour": SEVERE_COLOUR,
        "text": text if share["of"] else "",
    }  # fmt: skip


def _terms(terms: Sequence[Record], of: int | None) -> Figure | None:
    every = [row for row in terms if row["term"]]
    named = every[:TERMS_DRAWN]
    if not named:
        return None
    rows = [{"label": row["term"], "series": name, "n": row[band], "of": of, "colour": hue,
             "text": fmt.count_of(row["n"], of)} for row in named for band, (name, hue) in BANDS.items()]  # fmt: skip
    kept = {row["series"] for row in rows if row["n"]}
    note = "Patients by their worst grade of each term, of those with any adverse event recorded; any time, any line."
    rest = len(every) - len(named)
    note += f" The {fmt.integer(len(named))} commonest; the table holds {fmt.integer(rest)} more." if rest else ""
    return charts.bars("Adverse events by term", [row for row in rows if row["series"] in kept], note=note)


def _events_over_time(told: Told) -> dict[str, Any] | None:
    rows = told.get("rows") or []
    series = {"any": ("Any grade", ACCENT), "severe": ("Grade 3 or worse", SEVERE_COLOUR)}
    figure = _over_time("Adverse events over time", rows, series, "Months from start of line", "lines")
    return {"figure": figure, "rows": rows, "imprecise": told.get("imprecise")} if figure else None


def _over_time(title: str, rows: Sequence[Record], series: Mapping[str, tuple[str, str]], unit: str,
               of: str) -> Figure | None:  # fmt: skip
    """Shares of `of` by stretch of months, with limits; how many are counted stands under each stretch."""
    if not rows:
        return None
    points: list[Record] = []
    for row in rows:
        for order, (key, (name, hue)) in enumerate(series.items()):
            one = row[key]
            said = f"{one['n']} of {row['of']}, {fmt.survival(one['share'], one['low'], one['high'])}"
            points.append({
                "label": f"{row['months']}\n{row['any']['n']}/{row['of']}", "months": row["months"], "order": order,
                "series": name, "colour": hue, "share": one["share"], "low": one["low"], "high": one["high"],
                "said": said, "n": one["n"], "of": row["of"],
            })  # fmt: skip
    told = "; ".join(f"{point['months']} months, {point['series'].lower()}: {point['said']}" for point in points)
    kept = ("months", "series", "n", "of", "share", "low", "high")
    spec = pour("by_time", margin=52, point=points)
    spec["encoding"]["x"]["title"] = unit
    graded = "of any grade, " if len(series) > 1 else ""
    return Figure(
        title=title,
        alt=f"Shares of {of} by {unit.lower()}, with 95 % limits. {told}.",
        spec=spec,
        rows=[{k: point[k] for k in kept} for point in points],
        key=list(series.values()) if len(series) > 1 else [],
        note=f"Stretches of unequal length; under each, how many {graded}of how many.",
    )
