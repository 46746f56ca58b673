"""Numbers and labels as a clinician reads them.

Time is days in the data and months on the page. A count stands beside every percentage, limits beside
every estimate, and nothing is ever shown as NA, null or 0.00.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

DAYS_PER_MONTH = 30.4375
NOT_REACHED = "not reached"
NOTHING = "–"
#: "None" is no such word: it is an answer (no necrosis, no vessel involved).
UNKNOWN_WORDS = frozenset({"", "unknown", "not known", "not recorded"})


def integer(value: float | None) -> str:
    """A whole number, thousands apart.

    Examples
    --------
    >>> integer(12345), integer(None)
    ('12,345', '–')
    """
    return NOTHING if value is None else f"{round(value):,}"


def number(value: float | None, digits: int = 1) -> str:
    """A number with at most `digits` decimals and no trailing zeros.

    Examples
    --------
    >>> number(50.40), number(50.0), number(None)
    ('50.4', '50', '–')
    """
    if value is None:
        return NOTHING
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_months(days: float) -> float:
    """Days as months of 30.4375 days.

    Examples
    --------
    >>> round(in_months(365.25), 6)
    12.0
    """
    return days / DAYS_PER_MONTH


def months(days: float | None, digits: int = 1) -> str:
    """A time in months; a time that is not there was not reached.

    Examples
    --------
    >>> months(1826.25), months(None)
    ('60.0', 'not reached')
    """
    return NOT_REACHED if days is None else f"{in_months(days):.{digits}f}"


def days(value: float | None) -> str:
    """A time in whole days; a time that is not there was not reached.

    Examples
    --------
    >>> days(1826.25), days(None)
    ('1,826', 'not reached')
    """
    return NOT_REACHED if value is None else integer(value)


def months_words(days: float | None, digits: int = 1) -> str:
    """A time with its unit, for running text.

    Examples
    --------
    >>> months_words(913.1), months_words(None)
    ('30.0 months', 'not reached')
    """
    return NOT_REACHED if days is None else f"{months(days, digits)} months"


def limits(low: str, high: str) -> str:
    """Two limits with a dash between, or words where both are absent.

    Examples
    --------
    >>> limits("41.2", "58.0"), limits("41.2", "not reached"), limits("not reached", "not reached")
    ('41.2–58.0', '41.2–not reached', 'limits not reached')
    """
    return "limits not reached" if low == high == NOT_REACHED else f"{low}–{high}"


def limits_of(interval: Any, unit: str) -> str:
    """The 95 % limits of an estimate in `days`, `months` or as `survival`.

    Examples
    --------
    >>> limits_of([800, None], "days"), limits_of([800, 913], "months"), limits_of([None, None], "days")
    ('800–not reached', '26.3–30.0', '–')
    >>> limits_of({"low": 0.55, "high": 0.72}, "survival"), limits_of({"low": None}, "survival")
    ('55–72 %', '–')
    """
    low, high = (interval.get("low"), interval.get("high")) if isinstance(interval, Mapping) else interval
    if unit == "survival":
        return NOTHING if low is None or high is None else f"{100 * low:.0f}–{100 * high:.0f} %"
    if low is None and high is None:
        return NOTHING
    shown = days if unit == "days" else months
    return limits(shown(low), shown(high))


def median_months(days: float | None, interval: Sequence[float | None] | None = None) -> str:
    """A median survival with its 95 % limits, in months.

    Examples
    --------
    >>> median_months(1000, [800, None])
    '32.9 (26.3–not reached)'
    >>> median_months(None, [800, None]), median_months(None, [None, None])
    ('not reached (26.3–not reached)', 'not reached')
    """
    low, high = interval or (None, None)
    if days is None and low is None and high is None:
        return NOT_REACHED
    return f"{months(days)} ({limits(months(low), months(high))})"


def percent(part: float | None, whole: float | None) -> str:
    """A share in whole percent that never rounds some to none or most to all.

    Examples
    --------
    >>> percent(22, 105), percent(1, 900), percent(899, 900), percent(0, 9), percent(9, 9)
    ('21 %', '< 1 %', '> 99 %', '0 %', '100 %')
    >>> percent(3, 0)
    '–'
    """
    if part is None or not whole:
        return NOTHING
    share = 100 * part / whole
    if 0 < share < 0.5:
        return "< 1 %"
    if 99.5 <= share < 100:
        return "> 99 %"
    return f"{int(share + 0.5)} %"


def count_of(part: float | None, whole: float | None) -> str:
    """A count, what it is a count of, and the share.

    Examples
    --------
    >>> count_of(22, 105), count_of(3, None), count_of(0, 0)
    ('22 of 105 (21 %)', '3', '0 of 0')
    """
    if part is None:
        return NOTHING
    if whole is None:
        return integer(part)
    if whole == 0:
        return f"{integer(part)} of 0"
    return f"{integer(part)} of {integer(whole)} ({percent(part, whole)})"


def count_share(part: float | None, whole: float | None) -> str:
    """A count with its share, where the whole is plain from the heading.

    Examples
    --------
    >>> count_share(22, 105), count_share(2, 0)
    ('22 (21 %)', '2')
    """
    return f"{integer(part)} ({percent(part, whole)})" if part is not None and whole else integer(part)


def survival(estimate: float | None, low: float | None = None, high: float | None = None) -> str:
    """Survival in percent with its 95 % limits.

    Examples
    --------
    >>> survival(0.642, 0.553, 0.718), survival(0.642), survival(None)
    ('64 % (55–72)', '64 %', 'not reached')
    """
    if estimate is None:
        return NOT_REACHED
    if low is None or high is None:
        return percent(estimate, 1)
    return f"{percent(estimate, 1)} ({100 * low:.0f}–{100 * high:.0f})"


def p_value(p: float | None) -> str:
    """A p value that is never 0.00.

    Examples
    --------
    >>> p_value(0.00004), p_value(0.0042), p_value(0.0317), p_value(0.4), p_value(0.999)
    ('p < 0.001', 'p = 0.004', 'p = 0.032', 'p = 0.40', 'p > 0.99')
    >>> p_value(None)
    'p not computed'
    """
    if p is None:
        return "p not computed"
    if p < 0.001:
        return "p < 0.001"
    if p > 0.99:
        return "p > 0.99"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def is_unknown(value: object) -> bool:
    """Whether a level says that nothing is known.

    Examples
    --------
    >>> is_unknown(None), is_unknown("Unknown"), is_unknown("None"), is_unknown("Site unknown")
    (True, True, False, True)
    """
    text = "" if value is None else str(value).strip().lower()
    return text in UNKNOWN_WORDS or text.endswith(" unknown")


def label(code: object) -> str:
    """A code as words; nothing is "Unknown", and a word without vowels is an abbreviation.

    Examples
    --------
    >>> label("large_vessel"), label(None), label("R0"), label("mpnst")
    ('Large vessel', 'Unknown', 'R0', 'MPNST')
    """
    if code is None or str(code).strip().lower() in UNKNOWN_WORDS:
        return "Unknown"
    text = str(code).replace("_", " ").strip()
    if re.fullmatch(r"[b-df-hj-np-tv-xz]{2,5}", text):
        return text.upper()
    return text[:1].upper() + text[1:]


def wrap(text: str, width: int = 17) -> str:
    """A label on two lines, as even as its words allow, where it is longer than `width` characters.

    Examples
    --------
    >>> wrap("Retroperitoneal / abdominal"), wrap("Uterine")
    ('Retroperitoneal\\xa0/\\nabdominal', 'Uterine')
    """
    words = text.replace(" /", "\xa0/").split(" ")
    if len(text) <= width or len(words) == 1:
        return text
    breaks = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return "\n".join(min(breaks, key=lambda lines: max(map(len, lines))))


def slug(text: str) -> str:
    """A text as the name of an anchor or a file.

    Examples
    --------
    >>> slug("Overall survival by site group"), slug("<b>")
    ('overall-survival-by-site-group', 'b')
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "figure"
