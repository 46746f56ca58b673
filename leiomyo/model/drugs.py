"""Drug names as people write them, matched to the agents of the vocabulary.

Two drugs are never confused: a name that is not listed is taken only if it is close to one agent and clearly
farther from every other; otherwise the answer is `ambiguous` or `none`, and a person decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from leiomyo.model.codes import codes, find_words, match_word, table, tokens

How = Literal["exact", "normalised", "fuzzy", "ambiguous", "none"]

#: A fuzzy match needs this similarity: one slip in seven letters, two in thirteen,
FUZZY_SIMILARITY = 0.84
#: ... never more slips than this, however long the name,
FUZZY_SLIPS = 2
#: ... and every other agent must be at least this many slips farther away.
FUZZY_MARGIN = 2

#: Shorter words are no safe ground for similarity.
_SHORT = 5

_SEPARATOR = re.compile(r"[+/,;|&\n]|\s(?:and|und|plus|with|mit|then)\s|\set\s(?!\d)")
_BRACKET = re.compile(r"[(\[]([^)\]]*)[)\]]?")
_DOSE = re.compile(r"\b\d+(?:[.,]\d+)?\s*(?:mg|g|mcg|µg|ml|iu)(?:\s*/\s*(?:m2|m²|kg|d|h))*(?!\w)", re.I)
_ANTICANCER = frozenset({"chemotherapy", "targeted", "hormone", "immunotherapy"})


@dataclass(frozen=True, slots=True)
class DrugMatch:
    """The agents that a written drug name means, and how sure that is.

    `agents` is empty where the name is `ambiguous` or not recognised; `candidates` then x"""

    agents: tuple[str, ...]
    how: How
    score: float | None = None
    candidates: tuple[str, ...] = ()


_NONE = DrugMatch((), "none")
_IGNORED = DrugMatch((), "exact")


@lru_cache(maxsize=65_536)
def match_drug(as_written: str | None) -> DrugMatch:
    """Agents meant by a drug name as written: one, several joined in one cell, or none.

    Returns
    -------
    DrugMatch
        `exact` if the whole string is listed (case aside), `normalised` after tidying (punctuation, salts,
        doses, remarks in brackets, several drugs in one cell), `fuzzy` if spelt nearly like one agent and
        like no other: to be confirmed by a person. If one part of a cell is not recognised, the cell is
        `ambiguous`, because a known drug with an unknown partner is another regimen.

    Notes
    -----
    Abbreviations that mean something else too ("ADR" is also an adverse reaction) count only alone.

    Examples
    --------
    >>> match_drug("Adriamycin").agents
    ('doxorubicin',)
    >>> match_drug("TMZ + accutane").agents
    ('temozolomide', 'isotretinoin')
    >>> match_drug("gemcitabinne")
    DrugMatch(agents=('gemcitabine',), how='fuzzy', score=91.7, candidates=())
    """
    if not as_written or match_word("missing", as_written):
        return _NONE
    if agent := _listed().get(as_written.strip().casefold()):
        return DrugMatch((agent,), "exact")
    if agent := _compact().get("".join(tokens(as_written))):
        return DrugMatch((agent,), "normalised")
    text = _DOSE.sub(" ", as_written)
    return _joined([*_parts(_BRACKET.sub(" ", text)), *_bracketed(text)])


def drug_class(agent: str) -> str:
    """Class of an agent, such as `anthracycline`; empty where it is not in the vocabulary.

    Examples
    --------
    >>> drug_class("epirubicin")
    'anthracycline'
    """
    return codes("drugs").get(agent, {}).get("drug_class", "")


def is_anticancer(agent: str) -> bool:
    """Whether an agent treats the tumour: supportive drugs and placebo never make a regimen.

    Examples
    --------
    >>> is_anticancer("mesna"), is_anticancer("letrozole")
    (False, True)
    """
    return codes("drugs").get(agent, {}).get("kind") in _ANTICANCER


@cache
def _listed() -> dict[str, str]:
    """Agent by synonym as listed, and by its own name."""
    named = {row["synonym"]: row["agent"] for row in table("drug_synonyms")}
    return {**{agent: agent for agent in codes("drugs")}, **named}


@cache
def _compact() -> dict[str, str]:
    """Agent by synonym without blanks and punctuation: "ET-743", "ET 743" and "et743" are one."""
    return {"".join(tokens(name)): agent for name, agent in _listed().items()}


@cache
def _alone() -> frozenset[str]:
    return frozenset(row["synonym"] for row in table("drug_synonyms") if row["whole"] == "yes")


@cache
def _spellings() -> dict[str, bool]:
    """Listed spellings without blanks, and whether a slip in them may be forgiven.

    Not in a code, where another digit is another compound, nor in an abbreviation.
    """
    how = {"".join(tokens(row["synonym"])): row["how"] for row in table("drug_synonyms")}
    return {name: how.get(name, "name") not in {"code", "abbreviation"} for name in _compact()}


def _parts(text: str) -> list[DrugMatch]:
    return [_part(part) for part in _SEPARATOR.split(f" {text.casefold()} ") if tokens(part)]


def _bracketed(text: str) -> list[DrugMatch]:
    """What brackets add: a drug, or words that make it another one; any other remark is left out."""
    found = []
    for remark in _BRACKET.findall(text):
        inside = _joined(_parts(remark))
        if inside.how != "none" or _makes_another_drug(remark):
            found.append(inside)
    return found


def _part(text: str) -> DrugMatch:
    """Match of one name out of a cell."""
    compact = "".join(tokens(text))
    if compact in _alone():
        return DrugMatch((), "ambiguous", candidates=(_compact()[compact],))
    if agent := _compact().get(compact):
        return DrugMatch((agent,), "normalised")
    bare = "".join(_without_remarks(text))
    if not bare:
        return _IGNORED
    if bare in _compact() and bare not in _alone():
        return DrugMatch((_compact()[bare],), "normalised")
    return _nearest(bare)


def _makes_another_drug(remark: str) -> bool:
    """Whether a remark names a form that is a drug of its own ("liposomal"), even misspelt."""
    if any(hit.code == "different" for hit in find_words(("drug_remark",), remark)):
        return True
    forms = [row["word"] for row in table("words") if row["list"] == "drug_remark" and row["code"] == "different"]
    long = [form for form in forms if len(form) > _SHORT]
    near = process.extractOne("".join(tokens(remark)), long, scorer=OSA.normalized_similarity, score_cutoff=0.6)
    return near is not None


def _without_remarks(text: str) -> list[str]:
    words = tokens(text)
    hits = [hit for hit in find_words(("drug_remark",), text) if hit.code == "ignore"]
    covered = {index for hit in hits for index in range(hit.start, hit.end)}
    return [word for index, word in enumerate(words) if index not in covered]


def _nearest(compact: str) -> DrugMatch:
    """The one agent a misspelt name is near to, unless another is about as near."""
    if not compact.isalpha():
        return _NONE
    reach = FUZZY_SLIPS + FUZZY_MARGIN
    found = process.extract(compact, list(_spellings()), scorer=OSA.distance, score_cutoff=reach, limit=None)
    slips: dict[str, float] = {}
    similarity: dict[str, float] = {}
    for spelling, distance, _ in found:
        agent = _compact()[spelling]
        slips[agent] = min(distance, slips.get(agent, distance))
        if _spellings()[spelling] and distance <= FUZZY_SLIPS:
            score = 1 - distance / max(len(compact), len(spelling))
            similarity[agent] = max(score, similarity.get(agent, 0.0))
    best = max(similarity, key=lambda agent: (similarity[agent], agent), default="")
    if not best or similarity[best] < FUZZY_SIMILARITY:
        return _NONE
    # names get cut off: "mitoxant" is one slip from Mitoxana and the beginning of mitoxantrone
    cut_off = {agent for spelling, agent in _compact().items() if spelling.startswith(compact)}
    near = {agent for agent in slips if slips[agent] < slips[best] + FUZZY_MARGIN}
    rivals = (near | cut_off) - {best}
    if rivals:
        return DrugMatch((), "ambiguous", candidates=tuple(sorted((best, *rivals))))
    return DrugMatch((best,), "fuzzy", round(100 * similarity[best], 1))


def _joined(parts: list[DrugMatch]) -> DrugMatch:
    """One answer for a cell from the answers for its parts."""
    parts = [part for part in parts if part is not _IGNORED]
    known = tuple(dict.fromkeys(agent for part in parts for agent in part.agents))
    sure = {agent for part in parts if part.how == "normalised" for agent in part.agents}
    # "Doxorubicin (ADR)": what stands beside it settles the abbreviation
    parts = [part for part in parts if part.agents or not part.candidates or not set(part.candidates) <= sure]
    doubtful = [part for part in parts if part.how == "fuzzy" and not set(part.agents) <= sure]
    if any(not part.agents for part in parts):
        near = tuple(dict.fromkeys([*known, *(c for part in parts for c in part.candidates)]))
        return DrugMatch((), "ambiguous" if near else "none", candidates=near)
    if doubtful:
        return DrugMatch(known, "fuzzy", min(part.score or 0.0 for part in doubtful))
    return DrugMatch(known, "normalised") if known else _NONE
