"""Code lists and the words that mean them: what the vocabulary files say, read once.

A list is either a file of its own (`codes/<list>.csv`, keyed by its first column) or the rows of
`codes/lists.csv` that carry its name. `codes/words.csv` adds the words that people write for a code.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

#: A word behind cancels over at most this many words in between ("IVC is not involved").
_REACH = 2
#: One that ends its clause, over this many.
_FAR_REACH = 4
_TOKEN = re.compile(r"[^\W_]+")
# A full stop after one or two letters belongs to an abbreviation ("v. cava", "V.a.").
_CLAUSE_END = re.compile(r"[,;|()\[\]\n]|(?<=\w\w\w)\.|\b(?:but|aber|mais|pero)\b")


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of a list found in a text, by the tokens it covers.

    `cancelled_by` names the list (`negation`, `uncertainty`, `adjacency`) whose word takes it back.
    """

    list_name: str
    code: str
    start: int
    end: int
    cancelled_by: str | None = None


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of one vocabulary file, in file order; empty if there is no such file.

    Examples
    --------
    >>> table("site_groups")[0]["code"]
    'uterine'
    """
    file = resources.files("leiomyo.model").joinpath("codes", f"{name}.csv")
    if not file.is_file():
        return ()
    return tuple(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


@cache
def codes(list_name: str) -> dict[str, dict[str, str]]:
    """Every code of a list with its row, in the order of the file.

    Raises
    ------
    KeyError
        If there is no list of that name.

    Examples
    --------
    >>> list(codes("margins"))
    ['negative', 'close', 'positive', 'unknown']
    """
    rows = table(list_name) or [row for row in table("lists") if row["list"] == list_name]
    if not rows:
        raise KeyError(f"no code list named {list_name!r}")
    key = "code" if "code" in rows[0] else next(iter(rows[0]))
    return {row[key]: row for row in rows}


def label(list_name: str, code: str) -> str:
    """How a code is shown to people; the code itself where the list does not hold it.

    Examples
    --------
    >>> label("site_groups", "retroperitoneal_abdominal")
    'Retroperitoneal / abdominal'
    >>> label("site_groups", "elsewhere")
    'elsewhere'
    """
    return codes(list_name).get(code, {}).get("label", code)


def tokens(text: str) -> tuple[str, ...]:
    """Words of a text in lower case, without accents and punctuation.

    Examples
    --------
    >>> tokens("Léiomyosarcome, V.cava")
    ('leiomyosarcome', 'v', 'cava')
    """
    return tuple(_TOKEN.findall(_fold(text)))


def match_word(list_name: str, text: str | None) -> str | None:
    """Code of the longest word of a list that stands in the text, or nothing.

    Examples
    --------
    >>> match_word("response", "Clinical Progressive Disease")
    'PD'
    >>> match_word("metastatic_sites", "Inguinal lymph node")
    'lymph_node'
    """
    hits = [hit for hit in find_words((list_name,), text or "") if hit.cancelled_by is None]
    return min(hits, key=lambda hit: (hit.start - hit.end, hit.start)).code if hits else None


def whole_word(list_name: str, text: str) -> str | None:
    """Code of the word of a list that the whole text is, or nothing; quicker than to look for words within it.

    Examples
    --------
    >>> whole_word("missing", "[Not Available]"), whole_word("missing", "P-0001234")
    ('not_available', None)
    """
    found = _words(list_name).get(tokens(text))
    return found[0] if found else None


def match_words(list_name: str, text: str | None) -> tuple[str, ...]:
    """Codes of all words of a list that stand in the text, in the order written, each once.

    Examples
    --------
    >>> match_words("metastatic_sites", "Lung & liver, no bone metastases")
    ('lung', 'liver')
    """
    hits = find_words((list_name,), text or "")
    return tuple(dict.fromkeys(hit.code for hit in hits if hit.cancelled_by is None))


@lru_cache(maxsize=65_536)
def find_words(
    list_names: tuple[str, ...], text: str, *, cancelling: tuple[str, ...] = ("negation",)
) -> tuple[Hit, ...]:
    """Words of several lists found in a text; the longest is taken first and none overlap.

    Parameters
    ----------
    cancelling
        Lists whose words take back what follows in the same clause (code `before`), what stands
        right in front of them (`after`), or either (`both`); `before_or_last` also what stands in front
        where the word ends the clause ("leiomyosarcoma of the thigh suspected").

    Notes
    -----
    A clause ends at a punctuation mark or at "but", so "no pain, bleeding" holds bleeding.

    Examples
    --------
    >>> find_words(("vessels",), "no renal vein involvement")[0].cancelled_by
    'negation'
    """
    words, clauses = _read(text)
    spans = [Hit(name, code, start, end) for name in list_names for code, start, end in _spans(name, words)]
    taken = _longest_apart(spans, words)
    cancels = [
        Hit(name, code, start, end)
        for name in cancelling
        for code, start, end in _spans(name, words)
        if not any(start < hit.end and hit.start < end for hit in taken)
    ]
    nexts = [*(hit.start for hit in taken[1:]), len(words)]
    return tuple(
        _with_cancel(hit, [c for c in cancels if c.start < stop], clauses)
        for hit, stop in zip(taken, nexts, strict=False)
    )


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()


def _read(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    folded = _fold(text)
    ends = [match.end() for match in _CLAUSE_END.finditer(folded)]
    found = list(_TOKEN.finditer(folded))
    clauses = tuple(sum(end <= match.start() for end in ends) for match in found)
    return tuple(match.group() for match in found), clauses


#: Codes that answer a question and name no thing: their label counts only as the whole text.
_ANSWERS = frozenset({"other", "unknown", "none"})


@cache
def _words(list_name: str) -> dict[tuple[str, ...], tuple[str, bool]]:
    """Code and whether it must be the whole text, by word; codes and labels count as words."""
    index: dict[tuple[str, ...], tuple[str, bool]] = {}
    for row in table("words"):
        if row["list"] == list_name:
            index[tokens(row["word"])] = (row["code"], row["whole"] == "yes")
    if list_name not in _WORD_LISTS:
        for code, row in codes(list_name).items():
            whole = code in _ANSWERS or list_name == "missing"
            for word in (row.get("label", ""), *(() if code in _ANSWERS else (code,))):
                index.setdefault(tokens(word), (code, whole))
    index.pop((), None)
    return index


#: Lists that exist only as words, without codes of their own.
_WORD_LISTS = frozenset(
    {"negation", "uncertainty", "adjacency", "subsite", "region", "drug_remark", "masked_drug", "month"}
)


@cache
def _longest(list_name: str) -> int:
    return max(map(len, _words(list_name)), default=0)


def _spans(list_name: str, words: tuple[str, ...]) -> Iterable[tuple[str, int, int]]:
    index = _words(list_name)
    for start in range(len(words)):
        for end in range(start + 1, min(start + _longest(list_name), len(words)) + 1):
            code, whole = index.get(words[start:end], ("", False))
            if code and not (whole and end - start < len(words)):
                yield code, start, end


def _longest_apart(spans: list[Hit], words: tuple[str, ...]) -> list[Hit]:
    def letters(hit: Hit) -> int:
        return sum(map(len, words[hit.start : hit.end]))

    taken: list[Hit] = []
    for span in sorted(spans, key=lambda hit: (-letters(hit), hit.start)):
        if not any(span.start < hit.end and hit.start < span.end for hit in taken):
            taken.append(span)
    return sorted(taken, key=lambda hit: hit.start)


def _with_cancel(hit: Hit, cancels: list[Hit], clauses: tuple[int, ...]) -> Hit:
    for cancel in cancels:
        same_clause = clauses[cancel.end - 1] == clauses[hit.start]
        in_front = cancel.code in {"before", "both", "before_or_last"} and cancel.end <= hit.start
        behind = cancel.code in {"after", "both"} and 0 <= cancel.start - hit.end <= _REACH
        last = cancel.code == "before_or_last" and cancel.end == len(clauses) - clauses[::-1].index(
            clauses[cancel.start]
        )
        behind = behind or (last and 0 <= cancel.start - hit.end <= _FAR_REACH)
        if same_clause and (in_front or behind):
            return Hit(hit.list_name, hit.code, hit.start, hit.end, cancel.list_name)
    return hit
