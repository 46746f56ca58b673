"""Stages of OMOP: in the concept itself ("AJCC/UICC 8th pathological T2 Category"), or as the answer to a question."""

from __future__ import annotations

import re

from leiomyo.sources.omop_concepts import Meaning

_CATEGORY = {
    "t": re.compile(r"\b([ycpra]*)(T(?:is|[0-4X][a-d]?))(?![\w])", re.I),
    "n": re.compile(r"\b([ycpra]*)(N[0-3X][a-c]?)(?![\w])", re.I),
    "m": re.compile(r"\b([ycpra]*)(M[01X][a-c]?)(?![\w])", re.I),
    "group": re.compile(r"\b([ycp]?)(?:stage\s*|stadium\s*)?(0|IV|I{1,3}|[1-4])([A-D]?\d?)(?![\w])", re.I),
}
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}
_EDITION = re.compile(r"\b(\d)(?:th|st|nd|rd)\b|\b(?:ajcc|uicc)\W?(\d)\b", re.I)
_YEAR = re.compile(r"\b(19[89]\d|20[0-4]\d)\b")


def stated(says: str) -> bool:
    """Whether the meaning of a concept holds the category itself, and not only which one was asked for."""
    return " " in says


def answered(asked: Meaning, written: str) -> str | None:
    """A category as concepts state it (`AJCC 8 pathological T2`) from the answer to a question; None if none is in it.

    Examples
    --------
    >>> answered(Meaning("t", "pathological", "Primary tumor.pathology Cancer"), "pT1b")
    'AJCC pathological T1b'
    >>> answered(Meaning("group", "FIGO", "FIGO stage"), "Stage IB"), answered(Meaning("group", ""), "see report")
    ('FIGO IB', None)
    """
    if not (found := _CATEGORY[asked.part].search(written)):
        return None
    told = f"{asked.says} {asked.name} {written}"
    system = "FIGO" if re.search("figo", told, re.I) else "AJCC"
    prefix = found[1].lower()
    basis = "pathological" if "p" in prefix else "clinical" if "c" in prefix else ""
    basis = basis or (asked.says if asked.says in {"clinical", "pathological"} else "")
    return " ".join(filter(None, (system, _edition(system, told), basis, _value(asked.part, found))))


def _edition(system: str, told: str) -> str:
    if system == "FIGO":
        year = _YEAR.search(told)
        return year[1] if year else ""
    edition = _EDITION.search(told)
    return (edition[1] or edition[2]) if edition else ""


def _value(part: str, found: re.Match[str]) -> str:
    if part == "group":
        return _ROMAN.get(found[2], found[2].upper()) + found[3].upper()
    value = found[2]
    return value[0].upper() + ("is" if value[1:].lower() == "is" else value[1:].lower().replace("x", "X"))
