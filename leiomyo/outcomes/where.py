"""The small language of `--where`: columns, literals, comparisons, `in`, `is null`, `and`, `or`, `not`.

It is parsed and evaluated here, the same on the command line and on the web; it never becomes SQL. A comparison
with an unknown value is neither true nor false, and a patient is taken only where the whole is true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leiomyo.errors import InputError

Row = Mapping[str, Any]
Truth = bool | None
Test = Callable[[Row], Truth]

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_]\w*)
        |(?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,))""",
    re.VERBOSE,
)
_WORDS = frozenset({"and", "or", "not", "in", "is", "null", "true", "false"})
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed expression: the columns it names and the test it makes."""

    text: str
    columns: frozenset[str]
    test: Test

    def holds(self, row: Row) -> bool:
        """Whether it is true of the row; unknown counts as not."""
        return self.test(row) is True


def parse(text: str) -> Condition:
    """The condition that `text` states.

    Raises
    ------
    InputError
        `LM-A004`, with the place where the expression stops making sense.

    Examples
    --------
    >>> condition = parse("margin in ('close', 'positive') and not age_years < 50")
    >>> condition.holds({"margin": "close", "age_years": 61}), condition.holds({"margin": None, "age_years": 61})
    (True, False)
    >>> sorted(condition.columns)
    ['age_years', 'margin']
    """
    parser = _Parser(text)
    test = parser.either()
    parser.expect_end()
    return Condition(text, frozenset(parser.columns), test)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if not found:
            raise InputError("LM-A004", f"Nothing can be made of {text[place : place + 20].strip()!r}.")
        kind = str(found.lastgroup)
        token = found.group(kind)
        yield ("sign", token.lower()) if kind == "word" and token.lower() in _WORDS else (kind, token)
        place = found.end()


class _Parser:
    """Recursive descent: or < and < not < comparison."""

    def __init__(self, text: str) -> None:
        self.tokens = [*_tokens(text), ("end", "the end")]
        self.place = 0
        self.columns: set[str] = set()

    def take(self, *wanted: str) -> str | None:
        """The next sign, if it is one of those wanted."""
        kind, token = self.tokens[self.place]
        if kind == "sign" and token in wanted:
            self.place += 1
            return token
        return None

    def need(self, *wanted: str) -> str:
        """The next sign, which must be one of those wanted."""
        token = self.take(*wanted)
        if token is None:
            raise InputError("LM-A004", f"There should be {' or '.join(wanted)} before {self.tokens[self.place][1]!r}.")
        return token

    def expect_end(self) -> None:
        """Refuse what stands behind a whole expression."""
        if self.tokens[self.place][0] != "end":
            raise InputError("LM-A004", f"The expression should end before {self.tokens[self.place][1]!r}.")

    def either(self) -> Test:
        """One condition `or` another."""
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else lambda row: _any([part(row) for part in parts])

    def both(self) -> Test:
        """One condition `and` another."""
        parts = [self.negated()]
        while self.take("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else lambda row: _all([part(row) for part in parts])

    def negated(self) -> Test:
        """A condition, or its opposite."""
        if self.take("not"):
            inner = self.negated()
            return lambda row: _not(inner(row))
        if self.take("("):
            inner = self.either()
            self.need(")")
            return inner
        return self.comparison()

    def comparison(self) -> Test:
        """A column against a literal, a list, or null."""
        kind, name = self.tokens[self.place]
        if kind != "word":
            raise InputError("LM-A004", f"There should be a column before {name!r}.")
        self.place += 1
        self.columns.add(name)
        sign = self.need("is", "in", "not", *_COMPARE)
        if sign == "is":
            negative = self.take("not") is not None
            self.need("null")
            return lambda row: (row[name] is None) is not negative
        if sign == "not":
            self.need("in")
        if sign in {"in", "not"}:
            wanted = self.listed()
            if sign == "in":
                return lambda row: _among(row[name], wanted)
            return lambda row: _not(_among(row[name], wanted))
        literal = self.literal()
        return lambda row: _compared(sign, row[name], literal)

    def listed(self) -> list[Any]:
        """Literals in parentheses."""
        self.need("(")
        items = [self.literal()]
        while self.take(","):
            items.append(self.literal())
        self.need(")")
        return items

    def literal(self) -> Any:
        """A number, a text in single quotes, true or false."""
        kind, token = self.tokens[self.place]
        if kind == "number":
            self.place += 1
            return float(token)
        if kind == "text":
            self.place += 1
            return token[1:-1].replace("''", "'")
        if sign := self.take("true", "false"):
            return "yes" if sign == "true" else "no"
        raise InputError("LM-A004", f"There should be a number or a text in single quotes before {token!r}.")


def _among(value: Any, wanted: list[Any]) -> Truth:
    return None if value is None else any(_compared("=", value, item) for item in wanted)


def _compared(sign: str, value: Any, literal: Any) -> Truth:
    if value is None:
        return None
    if isinstance(literal, float) is not isinstance(value, int | float):
        raise InputError("LM-A004", f"A {'text' if isinstance(value, str) else 'number'} is compared with {literal!r}.")
    return _COMPARE[sign](value, literal)


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _all(parts: list[Truth]) -> Truth:
    return False if False in parts else (None if None in parts else True)


def _any(parts: list[Truth]) -> Truth:
    return True if True in parts else (None if None in parts else False)
