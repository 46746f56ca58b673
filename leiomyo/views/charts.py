"""Charts: a Vega-Lite template from `charts/`, records poured in, drawn as SVG without a network.

Every function gives a `Figure`. Python decides no look: colours of groups come with the records, the rest
stands in the template and in `charts/theme.json`. All text is drawn in the page's own text colour, so one
drawing serves light, dark and paper.
"""

from __future__ import annotations

import json
import math
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from leiomyo.views import format as fmt

VEGA_LITE = "6.4"
PAGE_WIDTH = 720
LETTER_PX = 6.6
GREY = "#8a8f98"
ACCENT = "#3f74b5"
#: Told apart by the colour-blind, and 3:1 or better on white and on near-black.
PALETTE = ("#3f74b5", "#cf6a2b", "#1f8f78", "#a4569e", "#9a7d1c", "#3b93b8", "#c44e5a", "#6c6fb8", "#6b8e3a")
#: Relative luminance between which a colour is seen on light and dark paper (WCAG 2.2, 1.4.11).
LUMINANCE = (0.14, 0.31)
DOTS_SHOWN = 1500
POINTS_SHOWN = 240

Record = dict[str, Any]
Spec = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """A chart: what it shows, in a sentence for those who cannot see it, and the numbers behind it.

    `drawing` is SVG of our own where the chart is no Vega-Lite one. `key` names colours; `signs` names shapes, each
    an SVG path within -1 and 1.
    """

    title: str
    alt: str
    spec: Spec
    rows: list[Record]
    drawing: str = ""
    key: list[tuple[str, str]] = field(default_factory=list)
    signs: list[tuple[str, str]] = field(default_factory=list)
    note: str = ""

    @property
    def name(self) -> str:
        """The name of its anchor and of the files it is saved as."""
        return fmt.slug(self.title)


@cache
def _text(name: str) -> str:
    return resources.files("leiomyo.views").joinpath("charts", name).read_text(encoding="utf-8")


def template(name: str) -> Spec:
    """A fresh copy of a chart template.

    Examples
    --------
    >>> template("survival")["params"][0]
    {'name': 'end', 'value': 120}
    """
    spec: Spec = json.loads(_text(f"{name}.vl.json"))
    return spec


def theme() -> Spec:
    """The look that all charts share."""
    config: Spec = json.loads(_text("theme.json"))
    return config


def svg(spec: Spec) -> str:
    """The chart as SVG, drawn at the width of the page."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(fit(spec, PAGE_WIDTH), vl_version=VEGA_LITE, config=theme())
    return drawn


def fit(spec: Spec, width: int) -> Spec:
    """The chart laid out for `width` pixels, its labels and margins taken off.

    Examples
    --------
    >>> fit({"usermeta": {"margin": 200}, "width": 1}, 720)["width"]
    520
    >>> fit({"usermeta": {"labels": 120, "cells": 20, "step": 46}, "width": {"step": 1}}, 720)["width"]
    {'step': 46}
    """
    fitted = dict(spec)
    meta = spec.get("usermeta", {})
    if "cells" in meta:
        room = (width - meta["labels"]) // max(1, meta["cells"])
        fitted["width"] = {"step": min(84, max(meta["step"], room))}
    elif "panels" in meta:
        columns = max(1, min(meta["panels"], width // 220))
        fitted["columns"] = columns
        fitted["spec"] = {**spec["spec"], "width": (width - meta["margin"]) // columns - 8}
    elif "vconcat" in spec:
        fitted["vconcat"] = [{**panel, "width": width - meta["margin"]} for panel in spec["vconcat"]]
    else:
        fitted["width"] = width - meta["margin"]
    return fitted


def pour(name: str, *, margin: float | None = None, params: Mapping[str, Any] | None = None, **records: Any) -> Spec:
    """A template with its records, parameters and the room its labels need.

    Examples
    --------
    >>> pour("bars", bar=[{"n": 1}], margin=99.5)["usermeta"]["margin"]
    100
    """
    spec = template(name)
    unexpected = records.keys() - spec["datasets"].keys()
    if unexpected:
        raise ValueError(f"chart template {name} has no data named {sorted(unexpected)}")
    spec["datasets"] |= records
    del spec["$schema"]
    for param in spec.get("params", []):
        param["value"] = (params or {}).get(param["name"], param["value"])
    if margin is not None:
        spec["usermeta"]["margin"] = math.ceil(margin)
    return spec


def colour(given: object, position: int = 0, name: object = "all") -> str:
    """The colour of a group: its own where it is one, grey where unknown, else the next of the palette.

    Examples
    --------
    >>> colour("#b0468f"), colour(None, 1), colour(None, 0, "unknown"), colour("url(x)", 0)
    ('#b0468f', '#cf6a2b', '#8a8f98', '#3f74b5')
    """
    if isinstance(given, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", given):
        return legible(given)
    return GREY if fmt.is_unknown(name) else PALETTE[position % len(PALETTE)]


def legible(hue: str) -> str:
    """The colour, darkened or lightened until it stands 3:1 or nearly so off both white and near-black.

    Examples
    --------
    >>> legible("#0072b2"), legible("#f0e442"), legible("#332288")
    ('#0072b2', '#9c942b', '#7064ac')
    """
    lights = [int(hue[i : i + 2], 16) for i in (1, 3, 5)]
    toward = 0 if _luminance(lights) > LUMINANCE[1] else 255
    mixed = lights
    for step in range(1, 20):
        if LUMINANCE[0] <= _luminance(mixed) <= LUMINANCE[1]:
            break
        mixed = [round(light + (toward - light) * step / 20) for light in lights]
    return "#" + "".join(f"{light:02x}" for light in mixed)


def _luminance(lights: Sequence[int]) -> float:
    linear = [(x / 255 / 12.92) if x <= 10 else ((x / 255 + 0.055) / 1.055) ** 2.4 for x in lights]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def widest(texts: Iterable[object]) -> float:
    """The room in pixels that the widest line among `texts` takes.

    Examples
    --------
    >>> widest(["Lung", "Soft\\ntissue"]) == 6 * LETTER_PX
    True
    """
    return LETTER_PX * max((len(line) for text in texts for line in str(text).split("\n")), default=0)


def short(text: object, width: int = 17) -> str:
    """A label for a chart: wrapped, and cut where nobody would read on."""
    words = fmt.label(text)
    return fmt.wrap(words if len(words) <= 48 else words[:47] + "…", width)


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Positions in [0, 1], as near as can be to `heights`, at least `gap` apart.

    Examples
    --------
    >>> [round(y, 2) for y in spread([0.5, 0.52, 0.9], 0.1)]
    [0.42, 0.52, 0.9]
    >>> [round(y, 2) for y in spread([0.0, 0.0], 0.1)]
    [0.1, 0.0]
    """
    order = sorted(range(len(heights)), key=lambda i: -heights[i])
    placed = [0.0] * len(heights)
    ceiling = 1.0 + gap
    for i in order:
        placed[i] = ceiling = min(heights[i], ceiling - gap)
    floor = -gap
    for i in reversed(order):
        placed[i] = floor = max(placed[i], floor + gap)
    return placed


def thin(rows: Sequence[Record], most: int) -> list[Record]:
    """At most `most` of the rows, evenly spaced, first and last among them."""
    if len(rows) <= most:
        return list(rows)
    return [rows[round(i * (len(rows) - 1) / (most - 1))] for i in range(most)]


def age_by_site(sites: Sequence[Record]) -> Figure:
    """Every patient's age as a dot, by site group, with the median."""
    dots: list[Record] = []
    medians: list[Record] = []
    shown = [site for site in sites if site.get("ages")]
    total = sum(len(site["ages"]) for site in shown)
    for position, site in enumerate(shown):
        label, name = short(site.get("label")), fmt.label(site.get("label"))
        hue = colour(site.get("colour"), position, site.get("site_group"))
        ages = sorted(site["ages"])
        keep = max(3, round(len(ages) * DOTS_SHOWN / total)) if total > DOTS_SHOWN else len(ages)
        ages = [row["age"] for row in thin([{"age": age} for age in ages], keep)]
        dots += [{"label": label, "name": name, "colour": hue, **dot} for dot in _stacked(ages)]
        median = site.get("median_age")
        text = f"{fmt.number(median, 0)} (n = {fmt.integer(len(site['ages']))})"
        medians.append({"label": label, "name": name, "median": median, "text": text})
    said = "; ".join(f"{m['name']}: median {m['text']}" for m in medians)
    return Figure(
        title="Age at diagnosis by site",
        alt=f"Strip plot of age at diagnosis by site group. {said}.",
        spec=pour("age_by_site", margin=widest(m["label"] for m in medians) + 96, age=dots, median=medians),
        rows=[{"site_group": s.get("site_group"), "age_years": age} for s in shown for age in s["ages"]],
        note=f"{fmt.count_of(len(dots), total)} drawn, evenly over the ages." if len(dots) < total else "",
    )


def _stacked(ages: Sequence[float]) -> list[Record]:
    """Dots of equal age side by side about the middle of their row."""
    most = max(Counter(round(age) for age in ages).values())
    seen: Counter[int] = Counter()
    dots = []
    for age in ages:
        place = seen[round(age)]
        seen[round(age)] += 1
        lift = (place + 1) // 2 * (1 if place % 2 else -1) / max(2.5, most / 2)
        dots.append({"age": age, "lift": lift})
    return dots


def matrix(title: str, cells: Sequence[Record], *, axes: tuple[str, str], note: str = "") -> Figure:
    """Counts of `column` within `row`: each cell `n` of `of`, tinted by the share; `flag` frames a cell."""
    rows_are, columns_are = axes
    drawn: list[Record] = []
    for cell in cells:
        n, of = cell.get("n") or 0, cell.get("of") or 0
        drawn.append({
            "row": short(cell["row"], 18), "column": fmt.label(cell["column"]), "n": n,
            "flag": cell.get("flag", False), "row_name": fmt.label(cell["row"]),
            "column_name": fmt.label(cell["column"]), "share": n / of if of else 0, "said": fmt.count_of(n, of),
            "count": f"{n}/{of}" if of else fmt.NOTHING, "percent": fmt.percent(n, of),
        })  # fmt: skip
    top = sorted((c for c in drawn if c["n"]), key=lambda c: -c["share"])[:5]
    said = "; ".join(f"{c['column_name']} in {c['row_name']}: {c['said']}" for c in top)
    spec = pour("matrix", params={"ink": ACCENT}, cell=drawn)
    _head(spec, drawn)
    return Figure(
        title=title,
        alt=f"Matrix of {columns_are} by {rows_are}. Largest shares: {said or 'none'}.",
        spec=spec,
        rows=[{rows_are: c["row"], columns_are: c["column"], "n": c.get("n"), "of": c.get("of")} for c in cells],
        note=note,
    )


def _head(spec: Spec, cells: Sequence[Record]) -> None:
    """Set the column names straight on as many lines as they need, or aslant where they don't fit."""
    names = list(dict.fromkeys(cell["column"] for cell in cells))
    wrapped = {name: textwrap.wrap(name, 10, break_long_words=False) for name in names}
    labels = widest(cell["row"] for cell in cells) + 14
    step = max(44, widest(line for lines in wrapped.values() for line in lines) + 4)
    axis = spec["encoding"]["x"]["axis"]
    if labels + step * len(names) > PAGE_WIDTH:
        axis |= {"labelAngle": -35, "labelAlign": "left", "labelBaseline": "middle", "labelPadding": 8}
        step, labels = 38, labels + 0.82 * widest(names[-2:])
    else:
        lines = max((len(lines) for lines in wrapped.values()), default=1)
        axis["labelPadding"] = 6 + 13 * (lines - 1)
        for cell in cells:
            own = wrapped[cell["column"]]
            cell["column"] = "\n".join([""] * (lines - len(own)) + own)
    spec["usermeta"] = {"cells": len(names), "labels": math.ceil(labels), "step": math.ceil(step)}


def bars(title: str, rows: Sequence[Record], *, of: int | None = None, note: str = "") -> Figure:
    """Horizontal bars: records `label`, `n`, and optionally `series` (stacked, with its `colour`), `of`, `text`."""
    series = list(dict.fromkeys(row.get("series", "") for row in rows))
    own = {row.get("series", ""): row.get("colour") for row in rows}
    hues = {name: colour(own[name], i, name or "all") for i, name in enumerate(series)}
    drawn: list[Record] = []
    totals: dict[str, Record] = {}
    for row in rows:
        label, name, whole = short(row["label"]), row.get("series", ""), row.get("of", of)
        total = totals.setdefault(label, {"label": label, "n": 0})
        total["n"] += row["n"]
        total["text"] = row.get("text") or fmt.count_of(total["n"], whole)
        drawn.append({
            "label": label, "name": fmt.label(row["label"]), "series": name or "all", "n": row["n"],
            "order": series.index(name), "said": fmt.count_of(row["n"], whole),
            "colour": hues[name] if name else colour(None, 0, row["label"]),
        })  # fmt: skip
    said = "; ".join(f"{t['label']}: {t['text']}".replace("\n", " ") for t in totals.values())
    margin = widest(t["label"] for t in totals.values()) + widest(t["text"] for t in totals.values()) + 26
    spec = pour("bars", margin=margin, bar=drawn, total=list(totals.values()))
    kept = ("label", "series", "n", "of")
    return Figure(
        title=title,
        alt=f"Bars. {said}.",
        spec=spec,
        rows=[{k: v for k, v in ({"of": of} | row).items() if k in kept} for row in rows],
        key=[(name, hues[name]) for name in series if name],
        note=note,
    )


def completeness(fields: Sequence[Record]) -> Figure:
    """How much of each field is recorded, by year of diagnosis and over the whole period."""
    years, totals, rows = [], [], []
    for entry in fields:
        label, name = short(entry.get("label")), fmt.label(entry.get("label"))
        totals.append({"label": label, "text": fmt.count_of(entry.get("recorded"), entry.get("of"))})
        for year in entry.get("by_year") or []:
            recorded, of = year.get("recorded") or 0, year.get("of") or 0
            rows.append({"field": entry.get("column"), "year": year["year"], "recorded": recorded, "of": of})
            if of:
                told = {"name": name, "said": fmt.count_of(recorded, of)}
                years.append({"label": label, "year": year["year"], "share": recorded / of, **told})
    said = "; ".join(f"{t['label']}: {t['text']}".replace("\n", " ") for t in totals)
    margin = widest(t["label"] for t in totals) + widest(t["text"] for t in totals) + 26
    return Figure(
        title="Completeness by field and year",
        alt=f"Heatmap of the share recorded by field and year of diagnosis. Whole period: {said}.",
        spec=pour("completeness", margin=margin, year=years, total=totals),
        rows=rows or [{"field": f.get("column"), **{k: f.get(k) for k in ("recorded", "of")}} for f in fields],
    )
