"""What came of each line of therapy: curves in small panels, medians, response by regimen, growth modulation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from leiomyo.outcomes.course_summary import ACTIVE
from leiomyo.spreadsheet import csv_text
from leiomyo.views import curves
from leiomyo.views import format as fmt
from leiomyo.views.charts import ACCENT, Figure, Record, pour, short, widest
from leiomyo.views.treatment_charts import OTHER_COLOUR, regimen_colours, regimen_names

Lines = Mapping[str, Any]
#: What is asked of each line, in the order of the table, and which of it is drawn.
ENDPOINTS = {
    "pfs": "Progression-free survival", "ttnt": "Time to next treatment", "ttd": "Time on treatment",
    "os": "Overall survival",
}  # fmt: skip
DRAWN = ("pfs", "ttnt")
#: Curves are drawn until fewer than this are followed on every line.
FEWEST_DRAWN = 3
STEPS = (91.3125, 182.625, 365.25, 730.5, 1826.25)
TICKS = 4
#: Room for the label of the last tick.
AIR = 1.04
#: Regimens of fewer recorded responses than this stand in the table only: their limits span nearly everything.
FEWEST_RESPONSES = 3
MILESTONES = ((91, "3 months"), (182, "6 months"))
RESPONSES = ("CR", "PR", "SD", "PD", "NE")


def line_outcomes(told: Lines) -> dict[str, Any] | None:
    """What the template is given of the outcomes of lines, or nothing where none came."""
    outcomes = told.get("outcomes") or []
    lines = [row for row in outcomes if row.get("line")]
    responses = _responses(told, [row for one in outcomes for row in one.get("responses") or []])
    growth = told.get("growth") or []
    if not lines and not responses and not growth:
        return None
    return {
        "figures": [figure for figure in (_panels(lines, name) for name in DRAWN) if figure],
        "rows": [_row(line) for line in lines],
        "csv": csv_text(_plain(lines)),
        "doubts": [doubt for doubt in map(_doubt, lines) if doubt],
        "definitions": _definitions(lines),
        "milestones": [name for _, name in MILESTONES],
        "forest": _forest(told, responses),
        "responses": responses,
        "responses_csv": csv_text([{k: v for k, v in row.items() if k != "hue"} for row in responses]),
        "growth": growth,
        "active": ACTIVE,
    }


def _group(line: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next(iter((line.get(name) or {}).get("groups") or []), {})


def _panels(lines: Sequence[Mapping[str, Any]], name: str) -> Figure | None:
    """One endpoint, a panel a line, on one axis that ends where hardly anybody is followed."""
    groups = [{**_group(line, name), "said": f"Line {line['line']}", "hue": ACCENT} for line in lines]
    groups = [group for group in groups if group.get("curve")]
    if not groups:
        return None
    ticks = _ticks(groups)
    end = ticks[-1] * AIR
    last = max(point["days"] for group in groups for point in group["curve"])
    note = f"One panel a line; the others are the grey lines behind. Short strokes are {_censored(name)}."
    if last > end:
        note += f" Drawn to {fmt.months_words(ticks[-1], 0)}; the numbers go on to {fmt.months_words(last, 0)}."
    title = f"{ENDPOINTS[name]} by line"
    return Figure(
        title=title,
        alt=f"{title}: curves with 95 % limits. {'; '.join(map(curves.summary, groups))}.",
        spec=curves.panels([curves.until(group, end, ticks) for group in groups], "Months from start of line"),
        rows=[{"line": group["said"], **point} for group in groups for point in group["curve"]],
        note=note,
    )


def _censored(name: str) -> str:
    return "patients censored, among them those whose next line began first" if name == "pfs" else "patients censored"


def _ticks(groups: Sequence[Mapping[str, Any]]) -> list[float]:
    """The days to label; a little after the last of them the drawing ends."""
    followed = [point["days"] for group in groups for point in group["curve"]
                if (point.get("at_risk") or 0) >= FEWEST_DRAWN]  # fmt: skip
    last = max([1, *followed])
    step = next((step for step in STEPS if last <= TICKS * step), STEPS[-1])
    return [step * i for i in range(int(-(-last // step)) + 1)]


def _row(line: Mapping[str, Any]) -> Record:
    groups = {name: _group(line, name) for name in ENDPOINTS}
    return {
        "line": line["line"], "patients": line.get("patients"), "medians": list(groups.values()),
        "at": [curves.milestone(groups["pfs"], days) for days, _ in MILESTONES],
    }  # fmt: skip


def _plain(lines: Sequence[Mapping[str, Any]]) -> list[Record]:
    rows: list[Record] = []
    for line in lines:
        for name in ENDPOINTS:
            group = _group(line, name)
            low, high = group.get("median_ci_days") or (None, None)
            rows.append({"line": line["line"], "endpoint": name, "n": group.get("n"), "events": group.get("events"),
                         "median_days": group.get("median_days"), "low_days": low, "high_days": high})  # fmt: skip
    return rows


def _doubt(line: Mapping[str, Any]) -> Record | None:
    """How far the median of progression-free survival moves with the days that progression may have had."""
    pfs = line.get("pfs") or {}
    low, high = ((pfs.get("precision") or {}).get(key) for key in ("median_low", "median_high"))
    if low == high:
        return None
    told = next((text for text in pfs.get("assumptions") or [] if "best response" in text), "")
    counted = re.fullmatch(r"(.*?)\s*\((\d+) of (\d+)\)", told)
    why = f"In {fmt.count_of(int(counted[2]), int(counted[3]))}: {counted[1]}" if counted else told
    return {"line": line["line"], "low": low, "high": high, "why": why}


def _definitions(lines: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Each endpoint with its definition, and what was assumed or left out, by line."""
    found = []
    for name, label in ENDPOINTS.items():
        told = [(line["line"], line.get(name) or {}) for line in lines]
        definition = next((one["definition"] for _, one in told if one.get("definition")), None)
        if definition:
            texts = [(number, text) for number, one in told for text in _said(one)]
            found.append({"label": label, "definition": definition, "texts": _by_text(texts, len(lines))})
    return found


def _said(told: Mapping[str, Any]) -> list[str]:
    rows = [row for row in told.get("excluded") or [] if not row["reason"].startswith("no line ")]
    left_out = [f"Left out: {row['n']} ({row['reason']})." for row in rows]
    return [*(told.get("assumptions") or []), *left_out]


def _by_text(texts: Sequence[tuple[int, str]], lines: int) -> list[str]:
    """Each text once, with the lines of which it holds where it does not hold of all."""
    holds: dict[str, list[int]] = {}
    for number, text in texts:
        holds.setdefault(text, []).append(number)
    return [text if len(of) == lines else f"Line {', '.join(map(str, of))}: {text}" for text, of in holds.items()]


def _responses(told: Lines, rows: Sequence[Record]) -> list[Record]:
    """Best responses by regimen with the lines in which none is recorded, the most recorded first."""
    names = {label: name for name, label in regimen_names(told).items()}
    colours = regimen_colours(told)
    had: dict[str, int] = {}
    for row in (told.get("tables") or {}).get("regimens") or []:
        if row["line"]:
            had[row["label"]] = had.get(row["label"], 0) + row["patients"]
    found = [
        {**row, "hue": colours.get(names.get(row["group"], ""), OTHER_COLOUR),
         "responded": (row.get("CR") or 0) + (row.get("PR") or 0),
         "unknown": max(0, had.get(row["group"], 0) - sum(row.get(code) or 0 for code in RESPONSES))}
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-(row["n"] or 0), -row["unknown"], row["group"]))


def _forest(told: Lines, responses: Sequence[Record]) -> Figure | None:
    shown = [row for row in responses if (row["n"] or 0) >= FEWEST_RESPONSES and row["estimate"] is not None]
    if not shown:
        return None
    drawn: list[Record] = [
        {"row": f"00 {short(row['group'], 14)}", "section": "Regimen", "name": row["group"], "n": row["n"],
         "events": row["responded"], "estimate": row["estimate"], "low": row["conf_low"], "high": row["conf_high"],
         "colour": row["hue"],
         "text": f"{row['responded']}/{row['n']}, {fmt.survival(row['estimate'], row['conf_low'], row['conf_high'])}"}
        for row in shown
    ]  # fmt: skip
    said = "; ".join(f"{row['name']}: {row['text']}" for row in drawn)
    margin = widest(row["row"][3:] for row in drawn) + widest(row["text"] for row in drawn) + 36
    rest = len(responses) - len(shown)
    note = "Complete and partial responses of the lines of advanced disease whose best response is recorded."
    if rest:
        note += f" {rest} more regimens, of fewer than {FEWEST_RESPONSES} recorded responses, stand in the table."
    spec = pour("forest", margin=margin, forest=drawn)
    spec["encoding"]["y"]["axis"]["labelPadding"] = 12
    return Figure(
        title="Response by regimen",
        alt=f"Response rates with exact 95 % limits. {said}.",
        spec=spec,
        rows=[{k: row[k] for k in ("name", "n", "events", "estimate", "low", "high")} for row in drawn],
        note=note,
    )
