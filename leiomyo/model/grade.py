"""The histological grade out of a source's words: 1 to 3, or only low or high where no more is said.

"G3", "3", "Grade III", "FNCLCC grade 3" and "American Joint Committee on Cancer grade G3" are one grade. The words
stand in `codes/grade_words.csv`; a text with any other word in it is left as it is.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from leiomyo.model.codes import table, tokens

#: Two tiers are no more than a bound on three: beside a number they say nothing of their own.
_BESIDE = {"G1": "low", "G2": "high", "G3": "high"}
_THREE_TIERS = re.compile(r"fnclcc|french|f[eé]d[eé]ration|\bajcc\b|american joint|\buicc\b", re.I)


@cache
def _words() -> dict[tuple[str, ...], str]:
    return {tokens(row["word"]): row["level"] for row in table("grade_words")}


@lru_cache(maxsize=10_000)
def read_words(written: str) -> str | None:
    """The level that a text names: G1, G2, G3, GX, low or high; nothing where it says more, or something else.

    Examples
    --------
    >>> read_words("American Joint Committee on Cancer grade G3"), read_words("High Grade"), read_words("III")
    ('G3', 'high', 'G3')
    >>> read_words("G2-3"), read_words("G4"), read_words("G3 (high grade)")
    (None, None, 'G3')
    """
    words, left = _words(), tokens(written)
    longest = max(map(len, words))
    levels: set[str] = set()
    while left:
        many = next((n for n in range(min(longest, len(left)), 0, -1) if left[:n] in words), 0)
        if not many:
            return None
        levels.add(words[left[:many]])
        left = left[many:]
    levels -= {""}
    levels -= {_BESIDE[level] for level in levels & set(_BESIDE)}
    return levels.pop() if len(levels) == 1 else None


def three_tiers(system: str | None) -> bool:
    """Whether a system of grading is the one of three grades that AJCC 8 shares with FNCLCC, or none is named."""
    return not (system or "").strip() or bool(_THREE_TIERS.search(system or ""))


def harmonised(grade: str | None, system: str | None = None) -> str | None:
    """The grade as patients of several centres are grouped by it; a grade that cannot be assessed is unknown.

    Parameters
    ----------
    grade
        As recorded. What cannot be read is given back as it stands.
    system
        As recorded; a number of another system than FNCLCC or AJCC is kept apart by its name.

    Examples
    --------
    >>> harmonised("3"), harmonised("Grade 3", "FNCLCC"), harmonised("high grade"), harmonised("3", "NCI")
    ('G3', 'G3', 'high grade', 'G3 (NCI)')
    >>> harmonised("GX"), harmonised("G4")
    (None, 'G4')
    """
    level = read_words(grade) if grade else None
    if level is None:
        return grade
    if level in {"low", "high"}:
        return f"{level} grade"
    return None if level == "GX" else level if three_tiers(system) else f"{level} ({system})"
