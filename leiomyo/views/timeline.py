"""One patient's course on one axis: drugs, radiation, surgery, disease, contact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from leiomyo.views import format as fmt
from leiomyo.views.charts import GREY, PAGE_WIDTH, PALETTE, Figure, Record, pour, short, widest
from leiomyo.views.treatment_charts import SIGNS, month, reach, ticks

LANES = {
    "Drugs": ("drug",), "Radiation": ("radiation",), "Surgery": ("surgery",),
    "Disease": ("diagnosis", "recurrence", "statement"), "Contact": ("death", "contact"),
}  # fmt: skip
#: What came longer before the diagnosis than this would squeeze all the rest; it is listed instead.
EARLIEST_DAY = -730
SHAPES = {
    **{kind: path for kind, (_, path, _) in SIGNS.items()},
    "contact": SIGNS["alive"][1], "diagnosis": "M0-.8A.8 .8 0 1 1 0 .8A.8 .8 0 1 1 0-.8Z",
}  # fmt: skip
BARS = ("drug", "radiation")


def patient_timeline(course_events: Sequence[Mapping[str, Any]]) -> Figure:
    """One patient's course in months from diagnosis, a lane a kind and a row a drug.

    Parameters
    ----------
    course_events
        Rows of `leiomyo.outcomes.lines.events`. Those that `not_drawn` gives stay out of the drawing.
    """
    left_out = not_drawn(course_events)
    drawn = [event for event in course_events if event not in left_out]
    first, last = reach(_spans(drawn), ("from", "to", "low", "high"))
    lanes = [(lane, [event for event in drawn if event["kind"] in kinds]) for lane, kinds in LANES.items()]
    lanes = [(lane, own) for lane, own in lanes if own]
    margin = widest(name for _, own in lanes for name in map(_row_name, own)) + 20
    pixels = (PAGE_WIDTH - margin) / (last - first)
    rows: list[Record] = []
    for place, (lane, own) in enumerate(lanes):
        rows.append({"row": f"{place}#{lane}", "kind": "lane"})
        rows += _lane_rows(place, own, pixels=pixels, first=first, last=last)
    spec = pour("timeline", margin=margin, event=rows,
                params={"first": first, "last": last, "ticks": ticks(first, last)})  # fmt: skip
    # layers name their rows in any order: the lanes keep theirs
    spec["encoding"]["y"]["scale"] = {"domain": list(dict.fromkeys(row["row"] for row in rows))}
    return Figure(
        title="Course",
        alt=f"Timeline in months from diagnosis. {'; '.join(map(_said, drawn)) or 'Nothing has a recorded day'}.",
        spec=spec,
        rows=[dict(event) for event in course_events],
        note=_note(drawn, len(left_out)),
    )


def not_drawn(course_events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The events without a day, and those so long before the diagnosis that they belong to another story."""
    return [event for event in course_events if event.get("start_day") is None or event["start_day"] < EARLIEST_DAY]


def _spans(events: Sequence[Mapping[str, Any]]) -> list[Record]:
    names = {"from": "start_day", "to": "end_day", "low": "low", "high": "high"}
    return [{name: None if event.get(column) is None else month(event[column]) for name, column in names.items()}
            for event in events]  # fmt: skip


def _lane_rows(place: int, events: Sequence[Mapping[str, Any]], **axis: float) -> list[Record]:
    """A lane's events, those of one name in one row, the row that starts first above."""
    names = list(dict.fromkeys(map(_row_name, events)))
    ordered = sorted(events, key=lambda event: names.index(_row_name(event)))
    rows: list[Record] = []
    for name, own in groupby(ordered, key=_row_name):
        rows += _with_words([_record(f"{place} {name}", event) for event in own], **axis)
    return rows


def _row_name(event: Mapping[str, Any]) -> str:
    """What a row is called, without what its lane already says."""
    words = str(event["label"])
    return short(fmt.label(words.removeprefix("Radiation, ")), 26)


def _record(row: str, event: Mapping[str, Any]) -> Record:
    span = _spans([event])[0]
    where, _, _ = str(event.get("detail") or "").partition(":")
    words = where if event["kind"] == "drug" else str(event.get("detail") or "")
    return {
        **span, "row": row, "kind": event["kind"], "to": span["from"] if span["to"] is None else span["to"],
        "bar": event["kind"] in BARS, "colour": _colour(event["kind"], where), "what": str(event["label"]),
        "shape": SHAPES.get(event["kind"], SHAPES["statement"]), "words": words, "side": "",
        "pale": where == "line 0", "when": _when(event), "detail": str(event.get("detail") or fmt.NOTHING),
    }  # fmt: skip


def _colour(kind: str, where: str) -> str:
    """Drugs by line, grey in none; the rest in the ink of the page."""
    number = re.fullmatch(r"line (\d+)", where)
    if kind != "drug":
        return "currentColor"
    return PALETTE[(int(number[1]) - 1) % len(PALETTE)] if number else GREY


def _with_words(row: list[Record], *, pixels: float, first: float, last: float) -> list[Record]:
    """The records of one row in order, each with the side on which there is room for its words."""
    row = sorted(row, key=lambda event: (event["from"], event["to"]))
    ends = [max(event["to"], event["high"] or event["to"]) for event in row]
    left_edge = first
    for place, event in enumerate(row):
        room = widest([event["words"]]) + 14
        right_edge = row[place + 1]["from"] if place + 1 < len(row) else last
        if event["words"] and (right_edge - ends[place]) * pixels >= room:
            event["side"], left_edge = "right", ends[place] + room / pixels
        else:
            if event["words"] and ((event["low"] or event["from"]) - left_edge) * pixels >= room:
                event["side"] = "left"
            left_edge = ends[place]
    return row


def _when(event: Mapping[str, Any]) -> str:
    start, end = event["start_day"], event.get("end_day")
    said = fmt.months(start)
    if event.get("low") is not None:
        said += f" ({fmt.months(event['low'])} to {fmt.months(event['high'])})"
    if end is not None and end != start:
        said += f" to {fmt.months(end)}"
    return said


def _said(event: Mapping[str, Any]) -> str:
    return f"{event['label']} at {_when(event)}"


def _note(drawn: Sequence[Mapping[str, Any]], left_out: int) -> str:
    said = []
    if any(event["kind"] in BARS and event.get("end_day") is None for event in drawn):
        said.append("A bar as thin as a stroke has no recorded end.")
    if any(event.get("low") is not None for event in drawn):
        said.append("A thin span is a start known only to the month or year: all the days it may have been.")
    if left_out:
        said.append(f"{left_out} without a day in this span {'is' if left_out == 1 else 'are'} listed beneath.")
    return " ".join(said)
