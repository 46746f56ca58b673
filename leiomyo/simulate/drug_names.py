"""Drug names as people write them: brands, codes and slips of the hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from leiomyo.model.codes import label, table
from leiomyo.simulate.noise import Settings, dice
from leiomyo.simulate.told import Change, Mask, Told, write

#: Who types misses by one key.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = {"a": "e", "e": "i", "i": "y", "o": "u", "u": "o", "y": "i"}
#: A name of fewer letters is not misspelt: what is left could be another one.
_SHORTEST = 7


def rename(told: Told, settings: Settings) -> Told:
    """Some of the drugs by another name, some misspelt; the agent then has to be read from the words."""
    agents = np.array(told.tables["drug_exposure"]["agent"].to_pylist(), dtype=object)
    named = np.array([agent in _names() for agent in agents], dtype=bool)
    slips = told.struck("drug_exposure", settings.share("drug_misspelt"), "misspelt", among=named, risk=False)
    others = told.struck("drug_exposure", settings.share("drug_other_names"), "other names", among=named, risk=False)
    told = _written(told, slips, agents, "drug_misspelt", misspelt)
    return _written(told, others & ~slips, agents, "drug_other_names", another_name)


def _written(told: Told, mask: Mask, agents: np.typing.NDArray[np.object_], kind: str,
             name: Callable[[str, np.random.Generator], str]) -> Told:  # fmt: skip
    rng = dice(told.seed, f"words of {kind}")
    words = [name(agent, rng) for agent in agents[mask]]
    blank = [None] * len(words)
    return write(told, "drug_exposure", mask, {"agent": blank, "as_written": words, "matched": blank},
                 Change(kind, "renamed"))  # fmt: skip


@cache
def _names() -> dict[str, list[str]]:
    """What each agent is called beside its own name, as listed; misspellings apart."""
    found: dict[str, list[str]] = {}
    for row in table("drug_synonyms"):
        names = found.setdefault(row["agent"], [])
        if row["how"] != "misspelling" and row["synonym"] != row["agent"]:
            names.append(row["synonym"])
    return {agent: names or [agent] for agent, names in found.items()}


@cache
def _listed() -> frozenset[str]:
    return frozenset(row["synonym"] for row in table("drug_synonyms"))


def another_name(agent: str, rng: np.random.Generator) -> str:
    """Another listed name of an agent, in one of the ways in which capitals are used.

    Examples
    --------
    >>> another_name("pazopanib", np.random.default_rng(1))
    'Paz'
    """
    names = _names()[agent]
    name = names[int(rng.integers(len(names)))]
    return (name, name.capitalize(), name.capitalize(), name.upper())[int(rng.integers(4))]


def misspelt(agent: str, rng: np.random.Generator) -> str:
    """The agent's name with one slip: letters swapped, left out or doubled, a neighbouring key, another vowel.

    Examples
    --------
    >>> misspelt("gemcitabine", np.random.default_rng(3))
    'Gemcitabnie'
    """
    name = label("drugs", agent)
    if sum(sign.isalpha() for sign in name) < _SHORTEST:
        return another_name(agent, rng)
    for _ in range(20):
        place = 1 + int(rng.integers(len(name) - 2))
        slip = _SLIPS[int(rng.integers(len(_SLIPS)))](name, place, rng)
        if slip.casefold() != name.casefold() and slip.casefold() not in _listed():
            return slip
    return name


def _swapped(name: str, place: int, rng: np.random.Generator) -> str:
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def _left_out(name: str, place: int, rng: np.random.Generator) -> str:
    return name[:place] + name[place + 1 :]


def _doubled(name: str, place: int, rng: np.random.Generator) -> str:
    return name[: place + 1] + name[place:]


def _neighbour(name: str, place: int, rng: np.random.Generator) -> str:
    row = next((keys for keys in _ROWS if name[place].lower() in keys), "")
    if not row:
        return name
    key = row.index(name[place].lower())
    near = row[max(0, key - 1) : key] + row[key + 1 : key + 2]
    return name[:place] + near[int(rng.integers(len(near)))] + name[place + 1 :]


def _vowel(name: str, place: int, rng: np.random.Generator) -> str:
    return name[:place] + _VOWELS.get(name[place].lower(), name[place]) + name[place + 1 :]


_SLIPS = (_swapped, _left_out, _doubled, _neighbour, _vowel)
