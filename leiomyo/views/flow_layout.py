"""Where the blocks and ribbons of an alluvial chart stand: heights in pixels from counts, without a drawing.

Columns are lines of therapy from left to right, blocks are regimens sized by patients, ribbons are the patients who
went from one to the next. Vega-Lite draws what is laid out here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: The room that a block's label needs, and the air between two blocks.
SLOT, GAP = 16.0, 3.0


@dataclass(frozen=True, slots=True)
class Block:
    """A regimen in a column: `top` and `height` in pixels, from above."""

    column: int
    name: str
    n: int
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Patients between a block of `column` and one of the next, with its top at either end."""

    column: int
    source: str
    target: str
    n: int
    top: float
    target_top: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Blocks and ribbons, and the pixels that a patient takes."""

    blocks: list[Block]
    ribbons: list[Ribbon]
    unit: float


def pooled(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Counts of `rows` with the regimens in `columns` called by `names`, those of one name added up.

    Examples
    --------
    >>> rows = [{"line": 1, "regimen": "a", "n": 2}, {"line": 1, "regimen": "b", "n": 1}]
    >>> pooled(rows, ["regimen"], {"a": "other", "b": "other"})
    [{'line': 1, 'regimen': 'other', 'n': 3}]
    """
    counts: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        counts[row["line"], *(names[row[column]] for column in columns)] += row["n"]
    return [dict(zip(("line", *columns, "n"), (*key, n), strict=True)) for key, n in counts.items()]


def layout(nodes: Sequence[Mapping[str, Any]], links: Sequence[Mapping[str, Any]], order: Sequence[str],
           height: float) -> Layout:  # fmt: skip
    """Blocks of `nodes` (line, regimen, n) and ribbons of `links` (line, from, to, n) within `height` pixels.

    `order` is that of the regimens from above, the same in every column. One patient takes the same height
    everywhere; a block that is lower than its label gets the label's room and stands in the middle of it.
    """
    columns: dict[int, dict[str, int]] = defaultdict(dict)
    for node in sorted(nodes, key=lambda node: order.index(node["regimen"])):
        columns[node["line"]][node["regimen"]] = node["n"]
    unit = min((_unit(list(column.values()), height) for column in columns.values()), default=0.0)
    blocks: list[Block] = []
    for line, column in sorted(columns.items()):
        top = 0.0
        for name, n in column.items():
            room = max(n * unit, SLOT)
            blocks.append(Block(line, name, n, top + (room - n * unit) / 2, n * unit))
            top += room + GAP
    return Layout(blocks, _ribbons(blocks, links, order, unit), unit)


def _unit(counts: Sequence[int], height: float) -> float:
    """The pixels of one patient with which a column fills `height`, small blocks taking the room of a label.

    Examples
    --------
    >>> _unit([9, 1], 100), _unit([9, 1], 200)
    (9.0, 19.7)
    """
    room, small = height - GAP * (len(counts) - 1), 0
    ordered = sorted(counts)
    while small < len(ordered):
        unit = max(0.0, room - SLOT * small) / sum(ordered[small:])
        if ordered[small] * unit >= SLOT:
            return unit
        small += 1
    return SLOT / ordered[-1] if ordered else 0.0


def _ribbons(blocks: Sequence[Block], links: Sequence[Mapping[str, Any]], order: Sequence[str],
             unit: float) -> list[Ribbon]:  # fmt: skip
    leaving = {(block.column, block.name): block.top for block in blocks}
    arriving = dict(leaving)
    tops: dict[tuple[int, str, str], tuple[float, float]] = {}
    for link in sorted(links, key=lambda link: (link["line"], order.index(link["from"]), order.index(link["to"]))):
        one, two = (link["line"], link["from"]), (link["line"] + 1, link["to"])
        tops[link["line"], link["from"], link["to"]] = (leaving[one], arriving[two])
        leaving[one] += link["n"] * unit
        arriving[two] += link["n"] * unit
    return [
        Ribbon(link["line"], link["from"], link["to"], link["n"],
               *tops[link["line"], link["from"], link["to"]], link["n"] * unit)
        for link in links
    ]  # fmt: skip
