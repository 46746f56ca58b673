"""Whether a tumour is a leiomyosarcoma, and which site group it arose in.

Both axes are read: morphology and site. The rules and their reasons are in the functions; the words and
codes they read are in `model/codes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from rapidfuzz.distance import OSA

from leiomyo.model.codes import Hit, codes, find_words, label, match_word, tokens

Verdict = Literal["yes", "no", "query"]

_CODE = re.compile(r"(?<!\d)(\d{4})(?:\s*[/-]?\s*(\d))?(?!\d)")
_TOPOGRAPHY = re.compile(r"C\s?(\d{2})(?:\.?([0-9A-Z]))?", re.I)
#: A question mark before or behind all of it leaves a text open.
_ASKED = re.compile(r"^\s*\?|\?\s*$")
#: A name of a tumour that the vocabulary does not hold still names another entity.
_TUMOUR_NAME = re.compile(
    r"(?:carcinom[ae]?|karzinom|sarkom|sarcome|lymphom[ae]?|melanom[ae]?|blastom[ae]?|\w{3}oma)s?$"
)
_NO_TUMOUR = frozenset({"hematoma", "haematoma", "granuloma", "seroma", "stroma", "glaucoma"})
#: Where body surface is all that the others say, the skin is the more exact word.
_BODY_SURFACE = frozenset({"extremity", "trunk", "head_neck", "skin"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Whether the tumour is a leiomyosarcoma, why, and what speaks against it.

    `query` means that a person must look; such a tumour is not counted among the leiomyosarcomas until then.
    """

    lms: Verdict
    entity: str
    subtype: str | None
    reason: str
    contradiction: str | None = None


@dataclass(frozen=True, slots=True)
class SiteGroup:
    """The site group of a primary, the reason, and whether a person should look at it."""

    code: str
    reason: str
    flagged: bool = False
    vessel_of_origin: str | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one of the two statements (code or text) says by itself."""

    lms: Verdict
    entity: str
    subtype: str | None
    specific: bool
    said: str


@lru_cache(maxsize=65_536)
def identify(morphology: str | None, histology: str | None) -> Identity:
    """Whether morphology code and histology text make the tumour a leiomyosarcoma.

    Notes
    -----
    8890/3, 8891/3 and 8896/3 are in. A code without behaviour is not taken for malignant unless the text says
    so. Where code and text disagree, the more specific decides and `contradiction` says so: a "not otherwise
    specified" code of another family gives way to the text "leiomyosarcoma"; between two specific statements
    a person decides. A negated or merely suspected leiomyosarcoma is never in.

    Source
    ------
    ICD-O-3 morphology; WHO Classification of Soft Tissue and Bone Tumours 2020.

    Examples
    --------
    >>> identify("8890/3", "Leiomyosarcoma, NOS").lms
    'yes'
    >>> identify("8850/3", "Leiomyosarcoma (LMS)").contradiction
    "code 8850/3 (Liposarcoma, NOS) against text 'leiomyosarcoma (LMS)'"
    >>> identify("8890", None).reason
    'code 8890 without behaviour: malignant or benign is not said'
    """
    code = _read_code(morphology)
    text = _read_text(histology, lms_alone=True) if _given(histology) else None
    if code is None and text is None and _given(morphology):
        text = _read_text(morphology, lms_alone=False)
    only = code or text
    if only is None:
        return Identity("no", "unspecified_neoplasm", None, "neither morphology code nor histology")
    if code is None or text is None:
        return Identity(only.lms, only.entity, only.subtype, only.said)
    return _weigh(code, text)


def site_group(
    *,
    subsites: tuple[str, ...] = (),
    regions: tuple[str, ...] = (),
    free_text: str | None = None,
    topography: str | None = None,
) -> SiteGroup:
    """Site group of a primary from its site words and topography code.

    Parameters
    ----------
    subsites, regions
        The site as the source ticks it, and the wider regions it files that under ("Chest").

    Notes
    -----
    The most exact statement decides: (1) words for an organ or a close place, and organ codes (C54, C16);
    (2) words for a region, the site's own before the source's headings; (3) region codes (C48, C49). Among
    equals the lowest precedence of `site_groups.csv` wins. A vessel named as the site makes `large_vessel`,
    flagged, since no code tells it; a vessel that is merely involved, invaded or near does not.

    Buttock and groin are limb girdle and go to the extremity (own convention, as in surgical series of limb
    sarcoma), although ICD-O-3 files them under C49.5, pelvis.

    Examples
    --------
    >>> site_group(subsites=("Pelvic", "Uterus")).code
    'uterine'
    >>> site_group(subsites=("Other",), free_text="IVC", topography="C49.4").vessel_of_origin
    'inferior_vena_cava'
    """
    own = [*subsites, free_text or ""]
    code, row = _topography(topography)
    for candidates in _by_exactness(own, regions, code, row):
        if known := [candidate for candidate in candidates if candidate.group != "unknown"]:
            return _chosen(known)
    if near := _only_near(own):
        return near
    return SiteGroup("unknown", f"code {code} names no site" if row else "no site given")


def is_gist_code(icd10: str | None) -> bool:
    """Whether an ICD-10-CM code is one of gastrointestinal stromal tumour (C49.A_).

    Examples
    --------
    >>> is_gist_code("C49.A4"), is_gist_code("C49.4")
    (True, False)
    """
    return bool(re.match(r"C49\.?A", (icd10 or "").strip(), re.I))


# --- morphology and histology ---------------------------------------------------------------------------


def _given(text: str | None) -> bool:
    return bool(text and tokens(text)) and match_word("missing", text) is None


def _read_code(morphology: str | None) -> _Reading | None:
    """What a morphology code says; the digits may stand alone, after "M-" or before a label."""
    found = _CODE.search(morphology or "")
    if found is None:
        return None
    base, behaviour = found.groups()
    code = f"{base}/{behaviour}" if behaviour else base
    if row := codes("morphology").get(code):
        verdict: Verdict = {"yes": "yes", "no": "no"}.get(row["lms"], "query")  # type: ignore[assignment]
        said = f"code {code} ({row['label']})"
        return _Reading(verdict, row["entity"], row["subtype"] or None, row["specific"] == "yes", said)
    family = [row for key, row in codes("morphology").items() if key.startswith(f"{base}/")]
    if any(row["lms"] != "no" for row in family):
        lacks = "without behaviour: malignant or benign is not said" if not behaviour else "has no such behaviour"
        return _Reading("query", "smooth_muscle_unsettled", None, False, f"code {code} {lacks}")
    entity = family[0]["entity"] if family else "other_tumour"
    return _Reading("no", entity, None, True, f"code {code} (not a smooth muscle tumour)")


def _read_text(text: str | None, *, lms_alone: bool) -> _Reading:
    """What a histology text says: the term of lowest precedence that is neither negated nor suspected."""
    text = text or ""
    hits = find_words(("histology_terms",), text, cancelling=("negation", "uncertainty"))
    named = [_term(hit) for hit in hits if hit.cancelled_by is None]
    if (named and _ASKED.search(text)) or (not named and any(hit.cancelled_by == "uncertainty" for hit in hits)):
        return _Reading("query", "unspecified_neoplasm", None, True, "text only suspects a tumour")
    if not lms_alone and tokens(text) == ("lms",):
        return _Reading("query", "unspecified_neoplasm", None, False, "'LMS' outside a histology field")
    best = [term for term in named if term.precedence == min(t.precedence for t in named)]
    entities = list(dict.fromkeys(term.entity for term in best))
    if len(entities) > 1 and "leiomyosarcoma" in entities:
        return _Reading("query", "leiomyosarcoma", None, True, f"text names {' and '.join(entities)}")
    if best:
        first = best[0]
        subtype = match_word("lms_subtypes", text) if first.lms == "yes" else None
        said = f"text {first.word!r}" + (f" ({label('lms_subtypes', subtype).lower()})" if subtype else "")
        return _Reading(first.lms, first.entity, subtype, first.specific, said)
    return _unlisted(text, negated=bool(hits))


def _unlisted(text: str, *, negated: bool) -> _Reading:
    """What a text says that holds no term of the vocabulary."""
    if negated:
        return _Reading("no", "unspecified_neoplasm", None, True, "text denies the tumour")
    words = tokens(text)
    if near := [word for word in words if OSA.distance(word, "leiomyosarcoma") <= _SLIPS]:
        said = f"text {near[0]!r} looks like a misspelt leiomyosarcoma"
        return _Reading("query", "leiomyosarcoma", None, False, said)
    if other := [word for word in words if _TUMOUR_NAME.search(word) and word not in _NO_TUMOUR]:
        return _Reading("no", "other_tumour", None, True, f"text {other[0]}")
    return _Reading("no", "unspecified_neoplasm", None, False, "text names no tumour of the vocabulary")


#: Slips in which "leiomyosarcoma" is still nearer than any other tumour's name.
_SLIPS = 2


@dataclass(frozen=True, slots=True)
class _Term:
    word: str
    lms: Verdict
    entity: str
    specific: bool
    precedence: int


def _term(hit: Hit) -> _Term:
    row = codes("histology_terms")[hit.code]
    verdict: Verdict = {"yes": "yes", "no": "no"}.get(row["lms"], "query")  # type: ignore[assignment]
    return _Term(hit.code, verdict, row["entity"], row["specific"] == "yes", int(row["precedence"]))


def _weigh(code: _Reading, text: _Reading) -> Identity:
    """One answer from code and text."""
    both = f"{code.said} against {text.said}"
    if "yes" not in {code.lms, text.lms}:
        return _neither(code, text)
    if code.lms == text.lms:
        subtypes = {code.subtype, text.subtype} - {None}
        subtype = code.subtype or text.subtype
        return Identity(
            "yes", "leiomyosarcoma", subtype, f"{code.said}; {text.said}", both if len(subtypes) > 1 else None
        )
    sure, other = (code, text) if code.lms == "yes" else (text, code)
    if not other.specific:
        # a wider or unsettled statement leaves room for the exact one; only another family's name contradicts
        silent = other.lms == "query" or other.entity.startswith("unspecified")
        return Identity("yes", "leiomyosarcoma", sure.subtype, sure.said, None if silent else both)
    return Identity("query", "leiomyosarcoma", sure.subtype, "code and text name different tumours", both)


def _neither(code: _Reading, text: _Reading) -> Identity:
    """Neither statement says leiomyosarcoma outright: the specific one decides, else the one that asks."""
    if text.lms == code.lms == "no":
        decides = code if code.specific or not text.specific else text
        return Identity("no", decides.entity, None, decides.said)
    asks, denies = (code, text) if code.lms == "query" else (text, code)
    decides = denies if denies.specific and not asks.specific else asks
    return Identity(decides.lms, decides.entity, None, decides.said)


# --- site -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Candidate:
    group: str
    reason: str
    hit: Hit | None = None


def _site_hits(lists: tuple[str, ...], text: str) -> list[Hit]:
    found = find_words(lists, text, cancelling=("negation", "adjacency"))
    return [hit for hit in found if hit.cancelled_by is None and hit.code != "none"]


def _by_exactness(
    own: list[str], regions: tuple[str, ...], code: str, row: dict[str, str]
) -> Iterator[list[_Candidate]]:
    """What speaks for a group, the most exact statements first; see `site_group`."""
    exact = [
        _Candidate(_group_of(hit), f"site text {text!r}", hit)
        for text in own
        for hit in _site_hits(("subsite", "vessels"), text)
    ]
    if row.get("specific") == "yes":
        exact.append(_Candidate(row["site_group"], f"organ code {code}"))
    yield exact
    yield [_Candidate(hit.code, f"region text {t!r}") for t in own for hit in _site_hits(("region",), t)]
    headings = [(t, hit) for t in regions for hit in _site_hits(("region", "subsite"), t)]
    yield [_Candidate(hit.code, f"region {text!r}") for text, hit in headings]
    yield [_Candidate(row["site_group"], f"region code {code}")] if row else []


def _only_near(texts: list[str]) -> SiteGroup | None:
    """Where nothing else is said, the organ that a mass involves or lies near, flagged; never a vessel."""
    for text in texts:
        for hit in find_words(("subsite", "vessels"), text, cancelling=("negation", "adjacency")):
            if hit.list_name == "subsite" and hit.cancelled_by == "adjacency":
                return SiteGroup(hit.code, f"near or involved only: site text {text!r}", True)
    return None


def _group_of(hit: Hit) -> str:
    return "large_vessel" if hit.list_name == "vessels" else hit.code


def _topography(written: str | None) -> tuple[str, dict[str, str]]:
    """The code as ICD-O writes it, and the row of its longest listed beginning."""
    found = _TOPOGRAPHY.search(written or "")
    if found is None:
        return "", {}
    chapter, digit = f"C{found.group(1)}", (found.group(2) or "").upper()
    code = f"{chapter}.{digit}" if digit else chapter
    return code, codes("topography").get(code) or codes("topography").get(chapter) or {}


@cache
def _precedence(group: str) -> int:
    return int(codes("site_groups")[group]["precedence"])


def _chosen(candidates: list[_Candidate]) -> SiteGroup:
    """The candidate of lowest precedence; flagged if others of its rank differ or a vessel decided."""
    groups = {candidate.group for candidate in candidates}
    if "skin" in groups <= _BODY_SURFACE:
        candidates = [candidate for candidate in candidates if candidate.group == "skin"]
    best = min(candidates, key=lambda candidate: _precedence(candidate.group))
    if best.hit is not None and best.group == "large_vessel":
        reason = f"by text: {best.reason} names the {label('vessels', best.hit.code).lower()}"
        return SiteGroup("large_vessel", reason, True, best.hit.code)
    return SiteGroup(best.group, best.reason, len(groups) > 1)


__all__ = ["Identity", "SiteGroup", "identify", "is_gist_code", "site_group"]
