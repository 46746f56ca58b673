"""What an ICD-10 code says of where a cancer is: the topography of ICD-O-3 and, in ICD-10-CM, the side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from leiomyo.model.codes import table

#: A code with or without its point; a dagger, a star or the hyphen of an unfinished code may follow.
_CODE = re.compile(r"(C\d\d)\.?([0-9A-Z]{0,4})[-+*!_]*", re.I)
#: Chapters that name a kind of cancer (melanoma, mesothelioma, Kaposi, lymphoma) or its spread, and no site of origin.
_NO_SITE = re.compile(r"C(?:4[356]|7[7-9]|8[1-9]|9\d)")
_SIDES = ("right", "left", "bilateral")


@dataclass(frozen=True, slots=True)
class Icd10Site:
    """Where a code of ICD-10 places a cancer; a member is None where the code does not say."""

    topography: str | None = None
    laterality: str | None = None


@lru_cache(maxsize=4_096)
def icd10_site(code: str | None) -> Icd10Site:
    """Topography and side that a code of ICD-10 or of its national forms names.

    The chapters of ICD-10 that name a site are those of ICD-O-3, whose codes have four characters. What ICD-10-CM
    adds behind them is the side (or, of the skin, the kind of cancer); what stands in place of the fourth is the side
    for the organs that ICD-O-3 does not divide (C56, C64, C65, C66).

    Parameters
    ----------
    code
        With or without its point, in any case: "C49.21", "c4921", "C49.2".

    Notes
    -----
    None for what is no site of a primary: spread (C77 to C79), chapters that name a kind of cancer and not its
    place (C43, C45, C46, C81 to C97), codes of no malignant tumour (D25), and C49.A, which names an entity.

    Examples
    --------
    >>> icd10_site("C49.21")
    Icd10Site(topography='C49.2', laterality='right')
    >>> icd10_site("c4912").laterality, icd10_site("C49.20").laterality, icd10_site("C54.2").topography
    ('left', None, 'C54.2')
    >>> icd10_site("C64.2"), icd10_site("C49.A4") == icd10_site("D25.9") == icd10_site("C78.01") == Icd10Site()
    (Icd10Site(topography='C64.9', laterality='left'), True)
    """
    found = _CODE.fullmatch((code or "").strip())
    if found is None:
        return Icd10Site()
    chapter, rest = found[1].upper(), found[2].upper()
    if _NO_SITE.match(chapter) or rest[:1].isalpha():
        return Icd10Site()
    at, *values = _side_of(f"{chapter}.{rest[:1]}") or _side_of(chapter) or (0, "", "", "")
    sign = rest[at - 4 : at - 3] if at else ""
    side = next((name for name, value in zip(_SIDES, values, strict=True) if sign and sign == value), None)
    if at == 4:
        return Icd10Site(f"{chapter}.9" if rest else chapter, side)
    return Icd10Site(f"{chapter}.{rest[:1]}" if rest else chapter, side)


@cache
def _sides() -> dict[str, tuple[int, str, str, str]]:
    return {row["code"]: (int(row["at"]), row["right"], row["left"], row["bilateral"]) for row in table("icd10_sides")}


def _side_of(code: str) -> tuple[int, str, str, str] | None:
    """At which character a code names the side, and by which signs."""
    return _sides().get(code)
