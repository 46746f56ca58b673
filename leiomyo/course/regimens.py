"""A regimen recognised from the set of its drugs; the list is data, `rules/regimens.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from leiomyo.model.codes import codes, label


@dataclass(frozen=True, slots=True)
class Regimen:
    """What a set of drugs is called; `known` where it is listed."""

    name: str
    label: str
    known: bool


@cache
def regimens() -> tuple[dict[str, str], ...]:
    """The listed regimens, row by row."""
    text = resources.files("leiomyo.course").joinpath("rules/regimens.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _listed() -> tuple[tuple[frozenset[str], frozenset[str], Regimen], ...]:
    """Drugs, classes and the regimen that they make, in the order of the file."""
    return tuple(
        (
            frozenset(filter(None, row["drugs"].split("|"))),
            frozenset(filter(None, row["any_of_class"].split("|"))),
            Regimen(row["regimen"], row["label"], True),
        )
        for row in regimens()
    )


def regimen(agents: Iterable[str]) -> Regimen:
    """The regimen that a set of drugs makes.

    Notes
    -----
    A listed set of drugs comes first, then a class that all of them belong to; a set that is not listed is called by
    its drugs. A drug that the vocabulary does not know stands as the source wrote it, after a question mark.

    Examples
    --------
    >>> regimen(["docetaxel", "gemcitabine"]).label
    'Gemcitabine + docetaxel'
    >>> regimen(["tamoxifen", "megestrol"]).name
    'hormone'
    >>> regimen(["doxorubicin", "temozolomide"])
    Regimen(name='doxorubicin+temozolomide', label='Doxorubicin + temozolomide', known=False)
    """
    return _regimen(frozenset(agents))


@lru_cache(maxsize=10_000)
def _regimen(agents: frozenset[str]) -> Regimen:
    classes = {codes("drugs").get(agent, {}).get("drug_class", "") for agent in agents}
    for drugs, any_of, found in _listed():
        if (drugs and drugs == agents) or (any_of and agents and classes <= any_of):
            return found
    ordered = sorted(agents)
    told = [agent_label(agent) for agent in ordered]
    together = [told[0], *(_inside(name) for name in told[1:])] if told else ["No drug"]
    return Regimen("+".join(agent.removeprefix("?").lower() for agent in ordered), " + ".join(together), False)


@cache
def regimen_label(name: str) -> str:
    """How a regimen is shown to people, from its name.

    Examples
    --------
    >>> regimen_label("gem_doc"), regimen_label("doxorubicin+temozolomide")
    ('Gemcitabine + docetaxel', 'Doxorubicin + temozolomide')
    """
    listed = {found.name: found.label for _, _, found in _listed()}
    if name in listed:
        return listed[name]
    return regimen(agent if agent in codes("drugs") else f"?{agent}" for agent in name.split("+")).label


def agent_label(agent: str) -> str:
    """A drug's name as people read it.

    Examples
    --------
    >>> agent_label("doxorubicin_liposomal"), agent_label("?IMP-123"), agent_label("?")
    ('Liposomal doxorubicin', 'IMP-123', 'Unnamed drug')
    """
    if agent.startswith("?"):
        return agent[1:] or "Unnamed drug"
    return label("drugs", agent)


def _inside(name: str) -> str:
    """A name within a row of names: small, unless it is an abbreviation or holds a figure."""
    return name if name.isupper() or any(sign.isdigit() for sign in name) else name[:1].lower() + name[1:]
