"""What a condition of OMOP is: a tumour with its codes, a metastasis with its site, a complaint, or nothing of ours.

Read from the codes that stand in concept and source value (ICD-O-3 such as `8890/3-C54.2`, ICD-10), then from names.
Whether a tumour is a leiomyosarcoma is decided later, by morphology and words; here it only is asked which of a
person's tumours the record is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from leiomyo.model.codes import codes, find_words, match_word
from leiomyo.sources.data_files import rows
from leiomyo.sources.omop_concepts import Vocabulary
from leiomyo.sources.omop_told import head_and_told
from leiomyo.sources.statements import names_lms

_ICDO = re.compile(r"(?<![\w])(?:M-?)?([89]\d{3}(?:/\d)?)(?:\s*[-,; ]\s*(C\d\d(?:\.?\d)?))?(?![\w/])", re.I)
_ICD10 = re.compile(
    r"(?:ICD-?10(?:-?(?:CM|GM|WHO))?\s*[:|]?\s*)?([A-TV-Z]\d\d(?:\.?[0-9A-Z]{1,4})?)(?=$|[\s,;:|-])", re.I
)
_WORDY = re.compile(r"[^\W\d_]{4,}|\b[A-Z]{3}\b")
#: ICD-10 has malignant tumours of a stated site from here to there; what follows is spread, or of no site.
_PRIMARY = re.compile(r"C(?:[0-6]\d|7[0-6]|8[0-8]|9[0-7])")


@dataclass(frozen=True, slots=True)
class Condition:
    """What one row states of a condition; `kind` is tumour, metastasis, symptom or empty."""

    kind: str = ""
    morphology: str | None = None
    topography: str | None = None
    icd10: str | None = None
    histology: str | None = None
    site_text: str | None = None
    #: The site of a metastasis, or the complaint.
    code: str | None = None
    words: str = ""
    severity: str | None = None
    lms: bool = False
    #: Whether a morphology or a name tells the entity, beyond "malignant neoplasm of".
    specific: bool = False

    @property
    def group(self) -> str:
        """The group of sites, as far as topography or words tell; empty where they do not."""
        return _group_of_code(self.topography or self.icd10 or "") or _group_of_words(self.site_text or self.histology)

    @property
    def key(self) -> str:
        """What tells this tumour from others of the same person."""
        place = (self.topography or self.icd10 or "")[:3] or self.group
        return place or (self.histology or "tumour").lower()[:60]


def condition(vocabulary: Vocabulary, ids: Iterable[str], written: str) -> Condition:
    """What the concepts of a row and its source value say together.

    Examples
    --------
    >>> empty = Vocabulary({}, {})
    >>> found = condition(empty, ["0"], "8890/3-C54.2")
    >>> found.kind, found.morphology, found.topography, found.lms
    ('tumour', '8890/3', 'C54.2', True)
    >>> condition(empty, ["0"], "C78.0").code, condition(empty, ["0"], "Abdominal pain").code
    ('lung', 'pain')
    >>> condition(empty, ["0"], "Essential hypertension").kind
    ''
    """
    if stated := _stated(written):
        return stated
    ids = [one for one in ids if one and one != "0"]
    concepts = [concept for one in ids if (concept := vocabulary.concept(one))]
    names = [concept.name for concept in concepts if concept.name]
    told = [concept.code for concept in concepts if concept.vocabulary.upper().startswith(("ICD",))]
    for text in [*told, written]:
        if found := _ICDO.search(text):
            return _coded(found, names, text if text == written else "", written)
    icd10 = next((_dotted(found.group(1)) for text in [*told, written] if (found := _ICD10.match(text))), "")
    plain = [*names, *([written] if _WORDY.search(written) else [])]
    if icd10:
        return _by_icd10(icd10, plain)
    for one in ids:
        meaning, _ = vocabulary.meaning(one, written)
        if meaning and meaning.part == "metastasis":
            site = meaning.says or match_word("metastatic_sites", meaning.name)
            return Condition("metastasis", code=site, words=meaning.name)
    return _by_names(plain)


def _stated(written: str) -> Condition | None:
    """A tumour or complaint in the columns of the case tables: `8890/3-C54.2 | histology=Leiomyosarcoma, NOS`."""
    head, told = head_and_told("symptom", written)
    if head == "symptom" and told:
        return Condition(
            "symptom", code=told.get("term"), words=told.get("as_written", ""), severity=told.get("severity")
        )
    head, told = head_and_told("diagnosis", written)
    coded = _ICDO.fullmatch(head)
    if not told or not (coded or head == "diagnosis"):
        return None
    morphology = coded.group(1) if coded else told.get("morphology")
    topography = _dotted(coded.group(2) or "") or None if coded else told.get("topography")
    histology = told.get("histology")
    row = codes("morphology").get(morphology or "", {})
    lms = row.get("lms") == "yes" or (names_lms(histology) and "/" not in (morphology or ""))
    specific = bool(morphology) or _names_entity(histology or "")
    return Condition("tumour", morphology, topography, told.get("icd10"), histology, told.get("site_text"), lms=lms,
                     specific=specific)  # fmt: skip


def _coded(found: re.Match[str], names: list[str], text: str, written: str) -> Condition:
    """A tumour with its ICD-O-3 code; what stands beside the code in the source's own words is a name or a site."""
    rest = (text[: found.start()] + text[found.end() :]).strip(" -,;:|()") if text else ""
    if not rest and written and not _ICDO.search(written) and _WORDY.search(written):
        rest = written
    topography = _dotted(found.group(2) or "") or None
    if topography is None and (place := re.search(r"\bC\d\d\.?\d?\b", rest, re.I)):
        topography, rest = _dotted(place.group()), rest.replace(place.group(), "").strip(" -,;:|()")
    named = next((name for name in [*names, rest] if name and _names_entity(name)), None)
    site = rest if rest and rest != named else None
    row = codes("morphology").get(found.group(1), {})
    lms = row.get("lms") == "yes" or (names_lms(named) and "/" not in found.group(1))
    return Condition("tumour", found.group(1), topography, histology=named, site_text=site, lms=lms, specific=True)


def _by_icd10(code: str, names: list[str]) -> Condition:
    """A condition with its ICD-10 code; names beside it may tell the entity."""
    if site := _longest("secondary_icd10", code):
        return Condition("metastasis", icd10=code, code=site, words=next(iter(names), code))
    if _PRIMARY.match(code) or code.startswith("C80"):
        named = _by_names(names)
        topography = code if _PRIMARY.match(code) and re.fullmatch(r"C\d\d(?:\.\d)?", code) else None
        histology = named.histology if named.kind == "tumour" else next(iter(names), None)
        place = None if topography else named.site_text
        return Condition("tumour", topography=topography, icd10=code, histology=histology, site_text=place,
                         lms=named.lms, specific=named.specific)  # fmt: skip
    if complaint := _longest("symptom_icd10", code):
        return Condition("symptom", code=complaint, words=next(iter(names), code))
    return _by_names(names)


def _by_names(names: list[str]) -> Condition:
    for name in names:
        if _says("nothing", name):
            continue
        if _says("metastasis", name) and not names_lms(name):
            return Condition("metastasis", code=match_word("metastatic_sites", name), words=name)
        if names_lms(name) or _says("tumour", name):
            site = name if _group_of_words(name) else None
            return Condition(
                "tumour", histology=name, site_text=site, lms=names_lms(name), specific=_names_entity(name)
            )
        if complaint := match_word("symptoms", name):
            return Condition("symptom", code=complaint, words=name)
    return Condition()


def _names_entity(text: str) -> bool:
    """Whether words name an entity and not only that something is malignant."""
    terms = codes("histology_terms")
    hits = find_words(("histology_terms",), text, cancelling=("negation", "uncertainty"))
    return any(terms[hit.code]["specific"] == "yes" for hit in hits)


def _dotted(code: str) -> str:
    code = code.upper()
    return code if "." in code or len(code) <= 3 else f"{code[:3]}.{code[3:]}"


@cache
def _list(name: str) -> dict[str, str]:
    return {row["value"]: row["code"] for row in rows("omop_values.csv") if row["list"] == name}


def _longest(name: str, code: str) -> str:
    """What the longest listed beginning of a code means."""
    bare = code.replace(".", "")
    return next((_list(name)[bare[:end]] for end in range(len(bare), 2, -1) if bare[:end] in _list(name)), "")


@cache
def patterns(name: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The patterns of one list of `omop_values.csv`, each with its code."""
    return tuple((re.compile(value, re.I), code) for value, code in _list(name).items())


def first_code(name: str, text: str) -> str:
    """The code of the first pattern of a list that stands in a text; empty where none does."""
    return next((code for pattern, code in patterns(name) if pattern.search(text)), "")


def _says(kind: str, text: str) -> bool:
    return any(code == kind and pattern.search(text) for pattern, code in patterns("words"))


def _group_of_code(code: str) -> str:
    row = codes("topography").get(code) or codes("topography").get(code[:3]) or {}
    group = row.get("site_group", "")
    return "" if group == "unknown" else group


def _group_of_words(text: str | None) -> str:
    hits = find_words(("subsite", "vessels", "region"), text or "", cancelling=("negation", "adjacency"))
    found = [("large_vessel" if hit.list_name == "vessels" else hit.code) for hit in hits if hit.cancelled_by is None]
    return found[0] if found else ""
