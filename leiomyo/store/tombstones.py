"""Who has withdrawn: known by a keyed hash of centre and identifier, so that no name is kept.

The key is random, one a registry, and lies in the registry itself: whoever holds the file can try identifiers
one by one, but cannot read them from it, and tokens of two registries say nothing about each other.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from leiomyo.store.store import Store

_KEY = "withdrawal_key"
#: What stands between the values of a line, in any format that is read.
_CELLS = re.compile(r"[\s,;|\"'<>{}\[\]()=]+")
_PARTS = re.compile(r"([-_./:]+)")
#: An identifier inside a longer one (a form's barcode begins with its patient's) has at most this many parts.
_MOST_PARTS = 12
_MANY_DIGITS = 6
_LONG = 5
#: What stands where an identifier stood.
MASK = "[withdrawn]"


def key_of(store: Store, *, create: bool = False) -> str:
    """The registry's key; empty where nobody has withdrawn yet and none is to be made."""
    found = store.rows("SELECT value FROM meta WHERE key = ?", [_KEY])
    if not found and create:
        store.execute("INSERT INTO meta VALUES (?, ?)", [_KEY, secrets.token_hex(32)])
        return key_of(store)
    return str(found[0][0]) if found else ""


def token(key: str, centre: str, patient: str) -> str:
    """The hash under which a withdrawn patient is known; upper and lower case and spaces around do not tell apart."""
    told = "\x1f".join(unicodedata.normalize("NFKC", text).strip().casefold() for text in (centre, patient))
    return hmac.new(bytes.fromhex(key), told.encode(), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class Withdrawn:
    """The tombstones that a centre's rows are held against."""

    key: str
    tokens: frozenset[str]
    centre: str
    other_centres: tuple[str, ...] = ()
    known: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, centre: str) -> Withdrawn:
        """The registry's tombstones, asked for rows of one centre."""
        tokens = frozenset(token for (token,) in store.rows("SELECT token FROM withdrawn"))
        others = store.rows("SELECT DISTINCT centre FROM source WHERE centre <> ? ORDER BY ALL", [centre])
        return cls(key_of(store), tokens, centre, tuple(name for (name,) in others))

    def __bool__(self) -> bool:
        return bool(self.tokens)

    def has(self, patient: str) -> bool:
        """Whether the patient of that identifier has withdrawn."""
        if not self.tokens or not patient:
            return False
        if patient not in self.known:
            self.known[patient] = token(self.key, self.centre, patient) in self.tokens
        return self.known[patient]

    def elsewhere(self, patient: str) -> bool:
        """Whether somebody of that identifier has withdrawn at another centre of the registry.

        An export under another name, of its folder or its study, may bring the person as another centre's.
        """
        return is_distinct(patient) and any(
            token(self.key, name, patient) in self.tokens for name in self.other_centres
        )

    def named_in(self, text: str) -> bool:
        """Whether a text, such as a line that could not be read, holds a withdrawn patient's identifier."""
        return bool(self.tokens) and any(map(self.has, _candidates(text)))

    def masked(self, text: str) -> str:
        """The text without the identifiers of withdrawn patients."""
        if not self.tokens or not text:
            return text
        for candidate in sorted(set(filter(is_distinct, _candidates(text))), key=len, reverse=True):
            if self.has(candidate):
                text = text.replace(candidate, MASK)
        return text


def is_telling(identifier: str) -> bool:
    """Whether an identifier tells whose line it stands in; "12" there is a size or a count."""
    return not identifier.isdigit() or len(identifier) >= _MANY_DIGITS


def is_distinct(identifier: str) -> bool:
    """Whether an identifier can be nothing else in any text: "T1" is also a stage, and "lung" a word."""
    digits = any(sign.isdigit() for sign in identifier)
    return digits and len(identifier) >= _LONG and is_telling(identifier)


def _candidates(text: str) -> Iterator[str]:
    """Every run of whole parts of every word of the text that may be an identifier."""
    for word in _CELLS.split(text):
        parts = _PARTS.split(word)[: 2 * _MOST_PARTS]
        for first in range(0, len(parts), 2):
            for last in range(first, len(parts), 2):
                candidate = "".join(parts[first : last + 1])
                if candidate and is_telling(candidate):
                    yield candidate
