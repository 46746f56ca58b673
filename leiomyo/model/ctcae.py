"""Adverse events as people write them, by the terms of CTCAE."""

from __future__ import annotations

import re
from functools import cache

from leiomyo.model.codes import codes, match_word, table, tokens

#: Words by which a form says that there was no event; "none" is an answer, silence is not.
_NONE = frozenset({("none",), ("nil",), ("no", "adverse", "event"), ("no", "adverse", "events"), ("no", "toxicity"),
                   ("no", "toxicities"), ("no", "ae"), ("no", "aes")})  # fmt: skip
_GRADE = re.compile(r"[,;(]?\s*(?:ctcae\s*)?\b(?:grade|gr\.?)\s*[0-5](?:\s*/\s*[0-5])?\s*\)?\s*$", re.I)


def ctcae_term(as_written: str | None) -> str | None:
    """The CTCAE term that a text means; the text itself where it is not listed, None where there is none.

    Only the whole text counts: febrile neutropenia is no neutropenia, and both weigh differently.

    Examples
    --------
    >>> ctcae_term("NEUTROPENIA"), ctcae_term("febrile neutropenia"), ctcae_term("Diarrhoea, grade 3")
    ('Neutrophil count decreased', 'Febrile neutropenia', 'Diarrhea')
    >>> ctcae_term("hiccough"), ctcae_term("not reported")
    ('Hiccough', None)
    """
    text = (as_written or "").strip()
    if not text or match_word("missing", text):
        return None
    bare = _GRADE.sub("", text).strip() or text
    return _listed().get(tokens(bare)) or bare[:1].upper() + bare[1:]


def says_none(as_written: str | None) -> bool:
    """Whether a text says that there was no adverse event.

    Examples
    --------
    >>> says_none("No adverse events"), says_none("Nausea"), says_none(None)
    (True, False, False)
    """
    return tokens(as_written or "") in _NONE


def organ_class(term: str) -> str | None:
    """The system organ class of a CTCAE term; None where the term is not listed.

    Examples
    --------
    >>> organ_class("Nausea"), organ_class("Hiccough")
    ('Gastrointestinal', None)
    """
    row = codes("ctcae_terms").get(term)
    return row["organ_class"] if row else None


@cache
def _listed() -> dict[tuple[str, ...], str]:
    """Terms by their own words and by those that people write."""
    return {
        tokens(word): row["term"] for row in table("ctcae_terms") for word in (row["term"], *row["also"].split("|"))
        if tokens(word)
    }  # fmt: skip
