"""Words that mean the same are no conflict: "Leiomyosarkom" and "Leiomyosarcoma", "Uterus" and "Gebärmutter", G3 and 3.

Only what the vocabulary holds is taken for the same; a text with any other word in it is itself and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache, lru_cache

from leiomyo.model.codes import codes, find_words, match_word, table, tokens
from leiomyo.model.grade import read_words
from leiomyo.store.store import Store

RULE = "other words for the same"
#: Entities whose terms are names of one tumour; the terms of others are of several kinds (a family, a wider heading).
_ONE_TUMOUR = frozenset({"leiomyosarcoma", "gist", "mpnst", "pecoma", "stump", "synovial_sarcoma"})
_SIDES = frozenset({"left", "right"})
#: What stands around a stage group and says only whose it is.
_OF_A_STAGE = frozenset({"stage", "stadium", "stade", "group", "ajcc", "figo", "uicc"})
Meaning = Hashable | None
_PAIR = ("told", "named", "kept", "other")


def settle(store: Store) -> None:
    """Turn entries of the ledger whose two values are words for the same into superseded ones."""
    pairs = store.rows("""SELECT DISTINCT "table", "column", kept, other FROM conflict WHERE kind = 'conflict'""")
    same = [dict(zip(_PAIR, pair, strict=True)) for pair in pairs if same_words(*pair)]
    if not same:
        return
    store.execute("CREATE OR REPLACE TEMP TABLE same_words (told VARCHAR, named VARCHAR, kept VARCHAR, other VARCHAR)")
    store.append("same_words", same)
    store.execute(
        """UPDATE conflict SET kind = 'superseded', rule = ? FROM same_words s
           WHERE kind = 'conflict' AND "table" = s.told AND "column" = s.named
             AND conflict.kept = s.kept AND conflict.other = s.other""",
        [RULE],
    )
    store.execute("DROP TABLE same_words")


@lru_cache(maxsize=65_536)
def same_words(table_name: str, column: str, one: str, other: str) -> bool:
    """Whether two values of a column of words mean the same.

    Examples
    --------
    >>> same_words("diagnosis", "histology", "Leiomyosarkom", "Leiomyosarcoma, NOS")
    True
    >>> same_words("diagnosis", "histology", "Leiomyosarcoma", "suspected leiomyosarcoma")
    False
    """
    read = _READERS.get((table_name, column))
    if read is None:
        return False
    if tokens(one) and tokens(one) == tokens(other):
        return True
    first, second = read(one), read(other)
    if isinstance(first, _Place) and isinstance(second, _Place):
        return first.agrees(second)
    return first is not None and first == second


def _tumour(text: str) -> Meaning:
    """The tumour that a text names with its subtype; nothing where it is denied, suspected, or one of several."""
    hits = find_words(("histology_terms",), text, cancelling=("negation", "uncertainty"))
    if not hits or any(hit.cancelled_by for hit in hits):
        return None
    terms = [codes("histology_terms")[hit.code] for hit in hits]
    best = min(int(term["precedence"]) for term in terms)
    entities = {term["entity"] for term in terms if int(term["precedence"]) == best}
    return (*entities, _subtype(text)) if len(entities) == 1 and entities <= _ONE_TUMOUR else None


def _subtype(text: str) -> str:
    """The subtype; the conventional one is what a name without a subtype means."""
    return match_word("lms_subtypes", text) or "conventional"


def _subtype_alone(text: str) -> Meaning:
    return match_word("lms_subtypes", text)


@cache
def _site_words() -> dict[tuple[str, ...], str]:
    return {tokens(row["word"]): row["meaning"] for row in table("site_meanings")}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a text says that a tumour is; of sites and side it may say either, both or nothing."""

    sites: frozenset[str]
    sides: frozenset[str]

    def agrees(self, other: _Place) -> bool:
        """Whether two texts say nothing that differs."""
        pairs = ((self.sites, other.sites), (self.sides, other.sides))
        return all(one == two or not one or not two for one, two in pairs)


def _place(text: str) -> _Place | None:
    """The places that a text names beside a tumour's name; nothing where it denies one or has an unknown word."""
    hits = find_words(("vessels", "histology_terms"), text, cancelling=("negation", "adjacency", "uncertainty"))
    if any(hit.cancelled_by for hit in hits):
        return None
    said = {hit.code for hit in hits if hit.list_name == "vessels"}
    taken = {place for hit in hits for place in range(hit.start, hit.end)}
    words, left = _site_words(), [word for place, word in enumerate(tokens(text)) if place not in taken]
    longest = max(map(len, words))
    while left:
        many = next((n for n in range(min(longest, len(left)), 0, -1) if tuple(left[:n]) in words), 0)
        if not many:
            return None
        said.add(words[tuple(left[:many])])
        left = left[many:]
    return _Place(frozenset(said - _SIDES - {""}), frozenset(said & _SIDES))


def _stage(text: str) -> Meaning:
    return tuple(word for word in tokens(text) if word not in _OF_A_STAGE) or None


def _code(text: str) -> Meaning:
    """A code whatever signs stand in it: C54.2 and C542."""
    return "".join(tokens(text)) or None


_READERS: dict[tuple[str, str], Callable[[str], Meaning]] = {
    ("diagnosis", "histology"): _tumour, ("diagnosis", "histology_subtype"): _subtype_alone,
    ("diagnosis", "site_text"): _place, ("diagnosis", "subsites"): _place, ("diagnosis", "regions"): _place,
    ("diagnosis", "grade"): read_words, ("diagnosis", "topography"): _code, ("diagnosis", "icd10"): _code,
    ("stage", "stage_group"): _stage, ("disease_status", "site_text"): _place,
}  # fmt: skip
