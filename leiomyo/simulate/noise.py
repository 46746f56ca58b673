"""The settings of what a centre's records get wrong, frozen in `noise.yaml` at three levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import yaml

from leiomyo.errors import InputError

LEVELS = ("clean", "default", "heavy")
#: Effects after which what stands in the record is not the truth, or only a part of it.
LOST = frozenset({"erased", "false", "contradicted", "divided"})
#: Effects after which something in the record is not true: no check that names it is a false alarm.
UNTRUE = frozenset({"false", "contradicted", "divided"})


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting at one level: its value, what it means and does, and what the value rests on."""

    name: str
    value: Any
    meaning: str
    effect: str
    formats: Any
    reason: str
    source: str
    #: The checks of which one should find it, joined by |; empty where none can be expected to.
    checks: str = ""
    #: The checks that it may rightly set off though nothing in the record is untrue.
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings at one level, by name; `missing.TABLE.COLUMN` for a value that is not recorded."""

    level: str
    settings: Mapping[str, Setting]

    def share(self, name: str) -> float:
        """The value of a setting that is a number."""
        return float(self.settings[name].value)

    def missing(self) -> dict[tuple[str, str], float]:
        """The share of values not recorded, by table and column."""
        named = {name: one for name, one in self.settings.items() if name.startswith("missing.")}
        parts = {name: name.split(".") for name in named}
        return {(parts[name][1], parts[name][2]): float(one.value) for name, one in named.items() if one.value}


@cache
def settings(level: str) -> Settings:
    """The settings at a level: `clean` changes nothing, `default` is a good registry, `heavy` a poor one.

    Raises
    ------
    InputError
        `LM-A024`: there is no such level.

    Examples
    --------
    >>> settings("clean").share("drug_misspelt"), settings("heavy").settings["drug_misspelt"].effect
    (0.0, 'renamed')
    """
    if level not in LEVELS:
        raise InputError("LM-A024", f"There is no {level!r}; there is: {', '.join(LEVELS)}.")
    said = yaml.safe_load(resources.files("leiomyo.simulate").joinpath("noise.yaml").read_text(encoding="utf-8"))
    missing = said.pop("missing")
    found = {name: _setting(name, row, row["levels"][level]) for name, row in said.items()}
    for place, row in missing["columns"].items():
        name = f"missing.{place}"
        told = {**missing, "meaning": f"share of {place} that is not recorded", "reason": "", **row}
        found[name] = _setting(name, told, row.get(level, 0))
    return Settings(level, found)


def _setting(name: str, row: Mapping[str, Any], value: Any) -> Setting:
    more = {"checks": row.get("checks", ""), "alarms": tuple(row.get("alarms", ()))}
    return Setting(name, value, row["meaning"], row["effect"], row["formats"], row["reason"], row["source"], **more)


def dice(seed: int, purpose: str) -> np.random.Generator:
    """The generator of one purpose: what is drawn for it does not depend on what is drawn for others.

    Examples
    --------
    >>> int(dice(1, "centres").integers(1000)) == int(dice(1, "centres").integers(1000))
    True
    """
    return np.random.default_rng([seed, *purpose.encode()])
