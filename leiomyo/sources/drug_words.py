"""The drugs that the words of one cell name, and what is to be said of the words; the same for every format."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from leiomyo.model.codes import codes
from leiomyo.model.drugs import How, match_drug
from leiomyo.sources import data_files


def named_drugs(written: str | None, note: Callable[[str, str, str], None]) -> tuple[How, tuple[str | None, ...]]:
    """How the words were matched, and the agents: one exposure each; one without an agent where none is known.

    Parameters
    ----------
    written
        The drug as the source has it.
    note
        Called with code, words and detail where a person should look at the match.

    Examples
    --------
    >>> named_drugs("gem/doc", print)
    ('normalised', ('gemcitabine', 'docetaxel'))
    >>> named_drugs("elixir", print)
    LM-C002 elixir
    ('none', (None,))
    """
    match = match_drug(written)
    if written and match.how == "fuzzy":
        taken = f"Taken for {' + '.join(match.agents)}, likeness {match.score:.0f} of 100."
        note("LM-C001", written, taken)
    elif written and match.how == "ambiguous":
        note("LM-C005", written, f"It may be {' or '.join(match.candidates)}.")
    elif written and match.how == "none":
        note("LM-C002", written, "")
    return match.how, match.agents or (None,)


def drug_of_code(
    code: str, written: str | None, note: Callable[[str, str, str], None]
) -> tuple[How, tuple[str | None, ...]]:
    """The agents that a code of ATC and the words beside it mean, as `named_drugs` gives them.

    A code of ATC names the substance and not its form: L01DB01 is doxorubicin, liposomal or not. So words that name an
    agent of the code count before it; without such words it is the plain agent, which `drugs.csv` lists first. Words
    that name another substance leave it open.

    Examples
    --------
    >>> drug_of_code("L01DB01", None, print), drug_of_code("L01DB01", "Caelyx", print)
    (('exact', ('doxorubicin',)), ('exact', ('doxorubicin_liposomal',)))
    >>> drug_of_code("L01DB01", "Ifosfamid", print)
    LM-C005 Ifosfamid It may be doxorubicin or ifosfamide.
    ('ambiguous', (None,))
    """
    coded = _by_atc().get(code.strip().upper(), ())
    match = match_drug(written or None)
    sure = match.how in {"exact", "normalised"} and bool(match.agents)
    if not coded:
        return named_drugs(written, note) if written else named_drugs(code, note)
    if sure and not set(coded) & set(match.agents):
        note("LM-C005", written or code, f"It may be {' or '.join((coded[0], *match.agents))}.")
        return "ambiguous", (None,)
    return (match.how, match.agents) if sure else ("exact", coded[:1])


@cache
def _by_atc() -> dict[str, tuple[str, ...]]:
    """Agents by code of ATC, the plain one first; codes of earlier years too."""
    found: dict[str, tuple[str, ...]] = {}
    for agent, row in codes("drugs").items():
        if row["atc"]:
            found[row["atc"]] = (*found.get(row["atc"], ()), agent)
    for row in data_files.rows("fhir_codes.csv"):
        if (row["list"], row["system"]) == ("drug", "atc"):
            found.setdefault(row["code"], (row["value"],))
    return found
