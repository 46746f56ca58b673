"""Charts of lines of therapy: who moved on to what, and every course as a lane.

A regimen has one colour in both. What is too rare for a colour is pooled as "other regimens" in the
picture only; the numbers beneath stay whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leiomyo.outcomes.lines import NO_FURTHER
from leiomyo.views import format as fmt
from leiomyo.views.charts import GREY, PALETTE, Figure, Record, pour
from leiomyo.views.flow_layout import Block, Layout, Ribbon, layout, pooled

OTHER = "#other"
OTHER_NAME = "Other regimens"
OTHER_COLOUR = "#8d7b68"
#: The height of the flow: so much for each patient, up to what a page holds.
FLOW_HEIGHT, PATIENT_HEIGHT = 400, 34
#: A block of this many pixels holds a name on two lines.
TWO_LINES = 30
#: Along a ribbon: a quarter of the way level, then over, then level again.
RIBBON_AT = (0.0, 0.38, 0.62, 1.0)
YEAR = 12
TICKS_SHOWN = 9
#: What happened and its sign, an SVG path within -1 and 1, and where it stands in its lane.
SIGNS: dict[str, tuple[str, str, float]] = {
    "recurrence": ("Recurrence, spread or progression", "M-.95-.8H.95L0 .95Z", -0.75),
    "surgery": ("Surgery", "M0-1L1 0L0 1L-1 0Z", 0.75),
    "radiation": ("Radiation", "M-.33-.95H.33V-.33H.95V.33H.33V.95H-.33V.33H-.95V-.33H-.33Z", 0.75),
    "statement": ("Other statement", "M-.3-1H.3V1H-.3Z", -0.75),
    "death": ("Death", "M-.95-.6L-.6-.95L0-.35L.6-.95L.95-.6L.35 0L.95 .6L.6 .95L0 .35L-.6 .95L-.95 .6L-.35 0Z", 0.0),
    "alive": ("Alive at last contact", "M-.6-.9L1 0L-.6 .9Z", 0.0),
}


def regimen_colours(lines: Mapping[str, Any]) -> dict[str, str]:
    """A colour for each regimen that gets one: all where they are few, else the commonest of two patients or more.

    Lines of advanced disease count before line 0.
    """
    counts: dict[str, list[float]] = {}
    for row in _counted(lines):
        n = row.get("patients") or row.get("n") or 0
        told = counts.setdefault(row["regimen"], [0, 0])
        told[0] += n if row["line"] else 0
        told[1] += n
    names = sorted(counts, key=lambda name: (-counts[name][0], -counts[name][1], name))
    if len(names) > len(PALETTE):
        names = [name for name in names if counts[name][1] > 1][: len(PALETTE) - 1]
    return dict(zip(names, PALETTE, strict=False))


def _counted(lines: Mapping[str, Any]) -> list[Record]:
    rows = (lines.get("tables") or {}).get("regimens") or (lines.get("flow") or {}).get("nodes") or []
    return [row for row in rows if row["regimen"] != NO_FURTHER]


def regimen_names(lines: Mapping[str, Any]) -> dict[str, str]:
    """What each regimen is called."""
    nodes = (lines.get("flow") or {}).get("nodes") or []
    return {row["regimen"]: str(row["label"]) for row in [*_counted(lines), *nodes]}


def line_flow(lines: Mapping[str, Any]) -> Figure | None:
    """Who went from which regimen to which: columns are lines, blocks regimens, ribbons patients."""
    flow = lines.get("flow") or {}
    if not flow.get("nodes"):
        return None
    colours = regimen_colours(lines) | {NO_FURTHER: GREY, OTHER: OTHER_COLOUR}
    names = regimen_names(lines) | {OTHER: OTHER_NAME}
    shown = {name: name if name in colours else OTHER for name in names}
    order = [name for name in colours if name not in {NO_FURTHER, OTHER}] + [OTHER, NO_FURTHER]
    first = sum(node["n"] for node in flow["nodes"] if node["line"] == 1)
    tall = min(FLOW_HEIGHT, 60 + PATIENT_HEIGHT * first)
    nodes, links = pooled(flow["nodes"], ["regimen"], shown), pooled(flow.get("links") or [], ["from", "to"], shown)
    placed = layout(nodes, links, order, tall)
    had = _had(placed.blocks)
    spec = pour(
        "line_flow",
        params={"had": [fmt.integer(n) for n in had], "columns": len(had), "tall": tall},
        ribbon=[point for ribbon in placed.ribbons for point in _ribbon(ribbon, colours, names)],
        block=[_block(block, colours, names, had[block.column - 1]) for block in placed.blocks],
    )
    spec["height"] = tall
    used = {block.name for block in placed.blocks}
    return Figure(
        title="From line to line",
        alt=f"Alluvial chart of regimens by line of therapy. {_flow_said(placed, names, had)}.",
        spec=spec,
        rows=[
            {"line": link["line"], "from": names[link["from"]], "to": names[link["to"]], "patients": link["n"]}
            for link in flow.get("links") or []
        ],
        key=[(names[name], colours[name]) for name in order if name in used],
        note=_flow_note(flow, len({row["regimen"] for row in flow["nodes"] if shown[row["regimen"]] == OTHER})),
    )


def _had(blocks: Sequence[Block]) -> list[int]:
    """How many patients had each line."""
    had: Counter[int] = Counter()
    for block in blocks:
        had[block.column] += 0 if block.name == NO_FURTHER else block.n
    return [n for _, n in sorted(had.items())]


def _ribbon(ribbon: Ribbon, colours: Mapping[str, str], names: Mapping[str, str]) -> list[Record]:
    leaves = ribbon.target == NO_FURTHER
    common = {
        "id": f"{ribbon.column} {ribbon.source} {ribbon.target}", "leaves": leaves,
        "colour": colours[NO_FURTHER if leaves else ribbon.source],
        "from": names[ribbon.source], "to": names[ribbon.target], "n": ribbon.n,
    }  # fmt: skip
    return [
        {**common, "column": ribbon.column - 1 + at, "top": round(top, 2), "bottom": round(top + ribbon.height, 2)}
        for at, top in zip(RIBBON_AT, [ribbon.top] * 2 + [ribbon.target_top] * 2, strict=True)
    ]


def _block(block: Block, colours: Mapping[str, str], names: Mapping[str, str], had: int) -> Record:
    name, leaves = names[block.name], block.name == NO_FURTHER
    short, count = name.partition(" (")[0], fmt.integer(block.n)
    return {
        "column": block.column - 1, "name": name, "head": f"Line {block.column}", "n": block.n,
        "colour": colours[block.name],
        "label": fmt.wrap(short, 18) if block.height >= TWO_LINES else short, "count": count,
        "indent": 17 + 7.2 * sum(map(str.isdigit, count)) + 3.6 * count.count(","),
        "top": round(block.top, 2), "bottom": round(block.top + block.height, 2),
        "middle": round(block.top + block.height / 2, 2), "leaves": leaves,
        "said": fmt.integer(block.n) if leaves else fmt.count_of(block.n, had),
    }  # fmt: skip


def _flow_said(placed: Layout, names: Mapping[str, str], had: Sequence[int]) -> str:
    told = []
    for line, n in enumerate(had, start=1):
        own = [f"{names[block.name]} {fmt.integer(block.n)}" for block in placed.blocks if block.column == line]
        told.append(f"Line {line}, {fmt.integer(n)} patients: {', '.join(own)}")
    return "; ".join(told)


def _flow_note(flow: Mapping[str, Any], rare: int) -> str:
    said = [f"{fmt.integer(flow.get('patients'))} patients with a line of advanced disease."]
    if rare:
        said.append(f"“{OTHER_NAME}” pools {rare} regimens of few patients; the table names each.")
    if flow.get("beyond"):
        said.append(f"{fmt.integer(flow['beyond'])} went on past line {flow['through']}.")
    said.append("No further line: none is recorded, whether the patient died, went on without drugs or was lost.")
    return " ".join(said)


def swimmer(lines: Mapping[str, Any]) -> Figure | None:
    """Every treated patient as a lane: bars are lines of therapy, signs are what happened."""
    told = lines.get("swimmer") or {}
    patients = told.get("patients") or []
    if not patients:
        return None
    colours, names = regimen_colours(lines), regimen_names(lines)
    bars = [bar for lane, one in enumerate(patients) for bar in _bars(one, lane, colours)]
    signs = [sign for lane, one in enumerate(patients) for sign in _signs(one, lane)]
    first, last = reach([*bars, *signs], ("from", "to", "at"))
    spec = pour(
        "swimmer",
        margin=min(104, 6.2 * max(len(str(one["patient"])) for one in patients)) + 24,
        params={"names": [str(one["patient"]) for one in patients], "ticks": ticks(first, last),
                "first": first, "last": last},
        lane=[_lane(one, lane) for lane, one in enumerate(patients)],
        bar=bars,
        sign=signs,
    )  # fmt: skip
    used = {bar["key"] for bar in bars}
    seen = {sign["kind"] for sign in signs}
    return Figure(
        title="Courses of treated patients",
        alt=f"Swimmer plot: {len(patients)} patients as lanes, {len(bars)} lines of therapy as bars, "
            f"{len(signs)} signs for what happened, over {fmt.number(last, 0)} months from diagnosis.",
        spec=spec,
        rows=[row for one in patients for row in _swimmer_rows(one)],
        key=[(names.get(name, OTHER_NAME), hue) for name, hue in [*colours.items(), (OTHER, OTHER_COLOUR)]
             if name in used],
        signs=[(name, path) for kind, (name, path, _) in SIGNS.items() if kind in seen],
        note=_swimmer_note(told, bars),
    )  # fmt: skip


def _bars(patient: Mapping[str, Any], lane: int, colours: Mapping[str, str]) -> list[Record]:
    found = []
    for bar in patient.get("bars") or []:
        if bar.get("start_day") is None:
            continue
        start, end = bar["start_day"], bar.get("end_day")
        line = "Line 0, peri-operative" if bar["line"] == 0 else f"Line {bar['line']}"
        until = "end not recorded" if end is None else fmt.months(end) + (" (still running)" if bar.get("open") else "")
        found.append({
            "lane": lane, "patient": str(patient["patient"]), "line": bar["line"], "what": line,
            "key": bar["regimen"] if bar["regimen"] in colours else OTHER, "regimen": str(bar["label"]),
            "colour": colours.get(bar["regimen"], OTHER_COLOUR), "when": f"{fmt.months(start)} to {until}",
            "from": month(start), "to": month(start if end is None else end), "open": end is None,
        })  # fmt: skip
    return found


def _signs(patient: Mapping[str, Any], lane: int) -> list[Record]:
    """One sign for each kind and day, and how the patient was last seen."""
    marks: dict[tuple[str, int], list[str]] = {}
    for mark in patient.get("marks") or []:
        if mark["kind"] in SIGNS and mark.get("day") is not None:
            marks.setdefault((mark["kind"], mark["day"]), []).append(str(mark["label"]))
    if not patient.get("dead") and patient.get("end_day") is not None:
        marks["alive", patient["end_day"]] = [SIGNS["alive"][0]]
    return [
        {"lane": lane, "patient": str(patient["patient"]), "kind": kind, "what": ", ".join(dict.fromkeys(labels)),
         "at": month(day), "when": fmt.months(day), "shape": SIGNS[kind][1], "lift": SIGNS[kind][2]}
        for (kind, day), labels in marks.items()
    ]  # fmt: skip


def _lane(patient: Mapping[str, Any], lane: int) -> Record:
    return {"lane": lane, "from": 0, "to": month(patient.get("end_day") or 0)}


def month(day: float) -> float:
    """A day as a month on an axis."""
    return round(fmt.in_months(day), 2)


def reach(records: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> tuple[float, float]:
    """The first and last month of the axis, with air for a sign at either end."""
    seen = [record[name] for record in records for name in fields if record.get(name) is not None]
    first, last = min([0.0, *seen]), max([1.0, *seen])
    air = (last - first) / 60
    return (first - air if first < 0 else -air / 2), last + air


def ticks(first: float, last: float) -> list[float]:
    """Round months to label on a time axis.

    Examples
    --------
    >>> ticks(0, 60), ticks(-7, 16)
    ([0, 12, 24, 36, 48, 60], [-6, -3, 0, 3, 6, 9, 12, 15])
    """
    steps = (1, 3, 6, YEAR, 2 * YEAR, 3 * YEAR, 5 * YEAR, 10 * YEAR, 100 * YEAR)
    step = next((step for step in steps if (last - first) / step <= TICKS_SHOWN), steps[-1])
    return [at for at in range(-int(-first // step) * step, int(last) + 1, step) if first <= at <= last]


def _swimmer_rows(patient: Mapping[str, Any]) -> list[Record]:
    who = {"centre": patient.get("centre"), "patient": patient["patient"]}
    bars = [{**who, "kind": f"line {bar['line']}", "label": bar["label"], "start_day": bar.get("start_day"),
             "end_day": bar.get("end_day")} for bar in patient.get("bars") or []]  # fmt: skip
    marks = [{**who, "kind": mark["kind"], "label": mark["label"], "start_day": mark.get("day"), "end_day": None}
             for mark in patient.get("marks") or []]  # fmt: skip
    end = {**who, "kind": "death" if patient.get("dead") else "alive", "label": "end of observation"}
    return [*bars, *marks, {**end, "start_day": patient.get("end_day"), "end_day": None}]


def _swimmer_note(told: Mapping[str, Any], bars: Sequence[Record]) -> str:
    shown, of = told.get("shown") or 0, told.get("of") or 0
    said = []
    if shown < of:
        said.append(f"{fmt.count_of(shown, of)} treated patients are shown, those followed longest.")
    if any(bar["line"] == 0 for bar in bars):
        said.append("Pale bars with an outline are peri-operative treatment (line 0).")
    if any(bar["open"] for bar in bars):
        said.append("A bar as thin as a stroke is a line whose last day is not recorded.")
    said.append("What has no recorded day is not drawn.")
    return " ".join(said)
