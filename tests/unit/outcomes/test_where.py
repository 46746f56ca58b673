"""The language of --where."""

from __future__ import annotations

import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.where import parse

ROW = {"margin": "close", "age_years": 61.0, "sex": None, "site": "o'clock", "multifocal": "yes"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("margin = 'close'", True),
        ("margin != 'close'", False),
        ("margin <> 'positive'", True),
        ("margin in ('close', 'positive')", True),
        ("margin not in ('close', 'positive')", False),
        ("age_years >= 61 and age_years < 61.5", True),
        ("age_years > 61", False),
        ("sex is null", True),
        ("sex is not null", False),
        ("sex = 'female'", False),
        ("not sex = 'female'", False),
        ("sex = 'female' or margin = 'close'", True),
        ("sex not in ('male')", False),
        ("not (margin = 'positive' or age_years < 50)", True),
        ("margin = 'positive' or margin = 'negative' and age_years > 1", False),
        ("(margin = 'close' or margin = 'negative') AND NOT age_years < 50", True),
        ("site = 'o''clock'", True),
        ("multifocal = true", True),
    ],
)
def test_a_condition_holds_or_does_not(text: str, holds: bool) -> None:
    assert parse(text).holds(ROW) is holds


@pytest.mark.parametrize(
    "text",
    ["", "margin", "margin =", "= 'close'", "margin = close", "margin = 'close", "margin in ()", "margin in ('a'",
     "margin = 'a' and", "(margin = 'a'", "margin = 'a')", "margin = 'a' margin", "margin is 'a'", "1 = 1",
     "margin; drop table patient", "margin = 'a' -- comment", "margin like 'a%'", "margin = \"a\"", "not"],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_never_run(text: str) -> None:
    with pytest.raises(InputError, match="LM-A004"):
        parse(text)


def test_a_number_is_not_compared_with_a_text() -> None:
    with pytest.raises(InputError, match="LM-A004"):
        parse("age_years = 'old'").holds(ROW)
