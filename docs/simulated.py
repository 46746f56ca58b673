"""The page about the simulated cohort, from its parameters, its targets and the tables of its truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from leiomyo.simulate.calibration import Compared, compared
from leiomyo.simulate.noise import settings
from leiomyo.simulate.parameters import parameters
from leiomyo.simulate.planted.kinds import KINDS
from leiomyo.simulate.truth import declared
from leiomyo.views.calibration import HALVES, part_of

Table = Callable[[list[str], list[list[str]]], str]


def simulation(docs: Path, table: Table) -> str:
    """The page `simulation.md`."""
    held = compared()
    bases = Counter(leaf.basis for leaf in parameters().leaves.values())
    test = [one for one in held if part_of(one) == "test"]
    inside = f"{sum(one.within for one in test)} of {len(test)}"
    fit = [one for one in held if part_of(one) == "fit"]
    counts = (
        f"Within their limits: {sum(one.within for one in fit)} of {len(fit)} that were used, **{inside} held out**."
    )
    page = (docs / "simulation.in.md").read_text(encoding="utf-8")
    filled = {
        "calibration_counts": counts, "held_out": inside, "calibration": _calibration(held, table),
        "bases": ", ".join(f"{n} {basis}" for basis, n in bases.most_common()), "parameters": _parameters(table),
        "truth": _truth(table), "noise": _noise(table), "planted": str(len(KINDS)),
    }  # fmt: skip
    for name, text in filled.items():
        page = page.replace("{" + name + "}", text)
    return page


def _calibration(held: list[Compared], table: Table) -> str:
    parts = []
    for part, heading in HALVES.items():
        rows = [
            [one.target.says, f"{one.target.value:g} {one.target.unit}",
             f"{one.target.limits[0]:.1f} to {one.target.limits[1]:.1f}", one.target.limits_are,
             "–" if one.simulated is None else f"{one.simulated:.1f}", "" if one.within else "**outside**",
             f"`{one.target.source}`"]
            for one in held if part_of(one) == part
        ]  # fmt: skip
        head = ["figure", "published", "95 % limits", "limits are", "simulated", "", "source"]
        parts.append(f"### {heading}\n\n{table(head, rows)}")
    return "\n".join(parts)


def _parameters(table: Table) -> str:
    rows = [[f"`{name}`", _short(leaf.value), leaf.unit, leaf.basis, " ".join(leaf.source.split())]
            for name, leaf in parameters().leaves.items()]  # fmt: skip
    return table(["parameter", "value", "unit", "basis", "source"], rows)


def _short(value: object) -> str:
    text = str(value).replace("'", "")
    return text if len(text) <= 160 else "see the file"


def _truth(table: Table) -> str:
    parts = []
    for name, columns in declared().items():
        rows = [[f"`{row['column']}`", row["type"], row["unit"], row["meaning"]] for row in columns]
        parts.append(f"### `{name}`\n\n{table(['column', 'type', 'unit', 'meaning'], rows)}")
    return "\n".join(parts)


def _noise(table: Table) -> str:
    default, heavy = settings("default").settings, settings("heavy").settings
    rows = [[f"`{name}`", _value(one.value), _value(heavy[name].value), one.effect,
             one.formats if isinstance(one.formats, str) else ", ".join(one.formats),
             one.meaning + (f". {one.reason}" if one.reason else ""), one.source]
            for name, one in default.items()]  # fmt: skip
    return table(["setting", "default", "heavy", "effect", "formats", "meaning and reason", "source"], rows)


def _value(value: object) -> str:
    return ", ".join(f"{name} {share:g}" for name, share in value.items()) if isinstance(value, dict) else str(value)
