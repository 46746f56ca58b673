"""The body map: our own drawing of a body, a dot per site group, a leader line to its name and count."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from markupsafe import Markup

from leiomyo.views import format as fmt
from leiomyo.views.charts import Figure, Record, colour

ANCHOR = re.compile(r'data-site="(\w+)" data-side="(\w+)" cx="([\d.]+)" cy="([\d.]+)"')
WIDTH, TOP, BOTTOM = 360, 26, 384
EDGE = 116
NAME_LINE, LARGEST_DOT = 15, 15

LEADER = Markup(
    '<path d="M{x0} {y0}L{x1} {y0}L{x} {y}" fill="none" '
    'stroke="currentColor" stroke-opacity="0.35" stroke-width="0.9"/>'
)
DOT = Markup('<circle cx="{x}" cy="{y}" r="{r}" fill="{hue}" stroke="#fff" stroke-width="1"/>')
NAME = Markup('<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="13">{text}</text>')
COUNT = Markup('<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="14" font-weight="650">{text}</text>')
GROUP = Markup('<g fill="currentColor">{parts}</g>')


def body_map(sites: Sequence[Mapping[str, Any]]) -> Figure:
    """Patients by site group on a drawing of the body; dots grow with the count."""
    drawing = resources.files("leiomyo.views").joinpath("static", "body.svg").read_text(encoding="utf-8")
    anchors = {name: (side, float(x), float(y)) for name, side, x, y in ANCHOR.findall(drawing)}
    total = sum(site.get("n") or 0 for site in sites)
    placed = [
        _placed(site, position, anchors[site["site_group"]])
        for position, site in enumerate(sites)
        if site.get("site_group") in anchors
    ]
    largest = max((site["n"] for site in placed), default=1) or 1
    overlay = Markup().join(
        _drawn(site, y, total, largest)
        for side in ("left", "right")
        for site, y in _labelled([site for site in placed if site["side"] == side])
    )
    said = "; ".join(f"{fmt.label(s.get('label'))}: {fmt.count_of(s.get('n'), total)}" for s in sites)
    elsewhere = [s for s in sites if s.get("site_group") not in anchors and s.get("n")]
    note = "; ".join(f"{fmt.label(s.get('label'))}: {fmt.count_of(s['n'], total)}" for s in elsewhere)
    return Figure(
        title="Where the tumours arose",
        alt=f"Body map of site groups. {said}.",
        spec={},
        rows=[{"site_group": s.get("site_group"), "n": s.get("n"), "of": total} for s in sites],
        drawing=drawing.replace("</svg>", f"{overlay}</svg>"),
        note=f"Not on the map: {note}." if note else "",
    )


def _placed(site: Mapping[str, Any], position: int, anchor: tuple[str, float, float]) -> Record:
    side, x, y = anchor
    hue = colour(site.get("colour"), position, site.get("site_group"))
    lines = textwrap.wrap(fmt.label(site.get("label")), 17)
    return {"lines": lines, "n": site.get("n") or 0, "hue": hue, "side": side, "x": x, "y": y}


def _labelled(sites: Sequence[Record]) -> list[tuple[Record, float]]:
    """Each label's top, near its dot's height, none on another, all within the drawing."""
    ordered = sorted(sites, key=lambda site: site["y"])
    tops: list[float] = []
    lowest = float(TOP)
    for site in ordered:
        tops.append(max(site["y"] - _height(site) / 2, lowest))
        lowest = tops[-1] + _height(site)
    floor = float(BOTTOM)
    for i in range(len(ordered) - 1, -1, -1):
        tops[i] = floor = min(tops[i], floor - _height(ordered[i]))
    return list(zip(ordered, tops, strict=True))


def _height(site: Record) -> float:
    return NAME_LINE * len(site["lines"]) + 26


def _drawn(site: Record, top: float, total: int, largest: int) -> Markup:
    left = site["side"] == "left"
    edge, anchor = (0, "start") if left else (WIDTH, "end")
    middle = round(top + NAME_LINE * len(site["lines"]) + 3, 1)
    length = 6.9 * max(len(fmt.count_share(site["n"], total)), 1) + 8
    start = length if left else WIDTH - length
    turn = max(start, EDGE - 14) if left else min(start, WIDTH - EDGE + 14)
    radius = max(3.0, LARGEST_DOT * math.sqrt(site["n"] / largest)) if site["n"] else 2.0
    names = Markup().join(
        NAME.format(x=edge, y=round(top + NAME_LINE * i + 6, 1), anchor=anchor, text=line)
        for i, line in enumerate(site["lines"])
    )
    count = COUNT.format(x=edge, y=middle + 5, anchor=anchor, text=fmt.count_share(site["n"], total))
    leader = LEADER.format(x0=round(start, 1), y0=middle, x1=round(turn, 1), x=site["x"], y=site["y"])
    dot = DOT.format(x=site["x"], y=site["y"], hue=site["hue"], r=round(radius, 1))
    return GROUP.format(parts=leader + dot + names + count)
