"""Lines of therapy in the report: the two charts, who reached which line with what, and the rules in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leiomyo.course.line_rules import default_rules
from leiomyo.model.codes import label
from leiomyo.spreadsheet import csv_text
from leiomyo.views.charts import Record
from leiomyo.views.treatment_charts import OTHER_COLOUR, line_flow, regimen_colours, swimmer

Lines = Mapping[str, Any]
REGIMENS_SHOWN = 12
STANDINGS = {
    "supportive": "Supportive, never a line", "other_cancer": "For another cancer", "unplaced": "Unplaced",
}  # fmt: skip
SETTINGS = {
    "neoadjuvant": "Before the operation (neo-adjuvant)", "adjuvant": "After the operation (adjuvant)",
    "perioperative": "Before and after the operation", "unknown": "Unknown",
}  # fmt: skip
MARKS = {
    "endocrine": "hormone therapy alone", "trial": "in a trial", "masked": "with a masked drug",
    "rechallenge": "with a drug of an earlier line", "radiation": "with radiation beside it",
    "prior_anthracycline": "with an anthracycline after one for another cancer",
}  # fmt: skip


def lines(told: Lines) -> dict[str, Any] | None:
    """What the template of lines is given, or nothing where no line came."""
    tables = told.get("tables") or {}
    charts = {"flow": line_flow(told), "swimmer": swimmer(told)}
    if not tables and not any(charts.values()):
        return None
    rows, numbers = _regimens(told), [row["line"] for row in tables.get("reached") or []]
    return {
        **charts,
        "patients": tables.get("patients"),
        "numbers": numbers,
        "reached": {row["line"]: row["patients"] for row in tables.get("reached") or []},
        "last": {row["line"]: row["patients"] for row in tables.get("last") or []},
        "regimens": rows[:REGIMENS_SHOWN],
        "rare": rows[REGIMENS_SHOWN:],
        "csv": csv_text(_plain(tables.get("regimens") or [])),
        "perioperative": tables.get("perioperative"),
        "before": sorted((row for row in tables.get("regimens") or [] if row["line"] == 0),
                         key=lambda row: (-row["patients"], row["label"])),
        "settings": _settings(tables.get("settings") or []),
        "placed": _placed(tables.get("placed") or []),
        "marks": [{"n": row["n"], "words": MARKS.get(row["mark"], row["mark"])} for row in tables.get("marks") or []],
    }  # fmt: skip


def _regimens(told: Lines) -> list[Record]:
    """A row a regimen of advanced disease: patients by line, the commonest first, with the colour of the charts."""
    colours = regimen_colours(told)
    found: dict[str, Record] = {}
    for row in (told.get("tables") or {}).get("regimens") or []:
        if row["line"]:
            start: Record = {"label": row["label"], "hue": colours.get(row["regimen"], OTHER_COLOUR), "lines": {}}
            found.setdefault(row["regimen"], start)["lines"][row["line"]] = row["patients"]
    order = [*(name for name in colours if name in found), *found]
    return sorted((found[name] for name in dict.fromkeys(order)), key=lambda row: -sum(row["lines"].values()))


def _plain(rows: Sequence[Record]) -> list[Record]:
    return [{k: v for k, v in row.items() if k != "responses"} | (row.get("responses") or {}) for row in rows]


def _settings(rows: Sequence[Record]) -> list[Record]:
    """Line 0 by its setting; unknown has a row of its own even where there is none."""
    counts = {row["setting"]: row["n"] for row in rows}
    order = [*SETTINGS, *(name for name in counts if name not in SETTINGS)]
    shown = [name for name in order if counts.get(name) or name == "unknown"]
    return [
        {"label": SETTINGS.get(name, name), "n": counts.get(name, 0), "unknown": name == "unknown"} for name in shown
    ] if counts else []  # fmt: skip


def _placed(rows: Sequence[Record]) -> list[Record]:
    """Exposures by where they stand: in a line, in line 0, or in none and why."""
    counts: dict[str, int] = {"In a line of advanced disease": 0, "In line 0, peri-operative": 0}
    counts |= dict.fromkeys(STANDINGS.values(), 0)
    for row in rows:
        name = STANDINGS.get(row["standing"])
        name = name or list(counts)[1 if row["standing"] == "line 0" else 0]
        counts[name] += row["n"]
    unplaced = STANDINGS["unplaced"]
    return [{"label": name, "n": n, "unknown": name == unplaced} for name, n in counts.items()] if rows else []


def rules(told: Lines) -> dict[str, Any] | None:
    """The rules of lines in use: version, thresholds with what they mean, drugs that stand in for one another."""
    used = dict(told.get("rules") or {})
    if not used:
        return None
    meanings = default_rules().meanings
    sets = [[label("drugs", drug).lower() for drug in drugs] for drugs in used.pop("substitution", None) or []]
    return {
        "version": used.pop("version", None),
        "endocrine": used.pop("endocrine", None),
        "thresholds": [{"name": name, "value": value, "meaning": meanings.get(name)} for name, value in used.items()],
        "substitution": ["; ".join(", ".join(drugs) for drugs in sets)] if sets else [],
    }
