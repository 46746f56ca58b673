"""The drugs that the words of one cell name, and what is to be said of the words; the same for every format."""

from __future__ import annotations

from collections.abc import Callable

from leiomyo.model.drugs import How, match_drug


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
