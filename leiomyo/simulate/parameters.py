"""The parameters of the disease model: one data file, each value with its unit, its source and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from leiomyo.errors import InputError

BASES = ("verified", "assumption", "fitted")
SITES = (
    "uterine", "gynaecological_pelvic", "large_vessel", "retroperitoneal_abdominal", "gi_visceral", "extremity",
    "trunk", "head_neck", "skin",
)  # fmt: skip
UTERINE = SITES.index("uterine")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value, its unit, where it comes from, and its basis: verified, assumption or fitted."""

    value: Any
    unit: str
    source: str
    basis: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters by their dotted names, such as `surgery.resected`."""

    version: str
    leaves: Mapping[str, Parameter]

    def __getitem__(self, name: str) -> Any:
        """The value of that name."""
        return self.leaves[name].value

    def by_site(self, name: str) -> NDArray[np.float64]:
        """One number for each of `SITES`, or a row of numbers."""
        value = self[name]
        return np.array([value[site] for site in SITES], dtype=float)

    def under(self, group: str) -> dict[str, Any]:
        """The values of one group by the rest of their names."""
        return {name.removeprefix(f"{group}."): leaf.value for name, leaf in self.leaves.items()
                if name.startswith(f"{group}.")}  # fmt: skip

    def changed(self, changes: Mapping[str, Any]) -> Parameters:
        """These parameters with other values: a trial's assumption, or a known effect to be recovered.

        Raises
        ------
        InputError
            `LM-A008`: there is no parameter of that name.

        Examples
        --------
        >>> parameters().changed({"cohort.mimics": 0.0})["cohort.mimics"]
        0.0
        """
        unknown = sorted(set(changes) - set(self.leaves))
        if unknown:
            raise InputError("LM-A008", f"There is no parameter {unknown[0]!r}; see leiomyo/simulate/parameters.yaml.")
        leaves = {name: replace(leaf, value=changes.get(name, leaf.value)) for name, leaf in self.leaves.items()}
        return replace(self, leaves=leaves)


@cache
def parameters() -> Parameters:
    """The parameters as shipped.

    Examples
    --------
    >>> parameters().leaves["effects.adjuvant_radiation_on_death"].basis
    'verified'
    """
    text = resources.files("leiomyo.simulate").joinpath("parameters.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    version = told.pop("version")
    return Parameters(version, dict(_leaves(told, "")))


def _leaves(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Parameter]]:
    for name, under in node.items():
        if set(under) == {"value", "unit", "source", "basis"}:
            yield path + name, Parameter(**under)
        else:
            yield from _leaves(under, f"{path}{name}.")
