"""What a condition of OMOP is: a tumour with its codes, a metastasis with its site, a complaint, or nothing of ours.

Read from the codes that stand in concept and source value (ICD-O-3 such as `8890/3-C54.2`, ICD-10), then from names.
Whether a tumour is a leiomyosarcoma is decided later, by morphology and words; here it only is asked which of a
person's tumours the record is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from leiomyo.model.codes import codes, find_words, match_word
from leiomyo.model.icd10 import icd10_site
from leiomyo.sources.data_files import rows
from leiomyo.sources.omop_concepts import Vocabulary
from leiomyo.sources.omop_told import head_and_told
from leiomyo.sources.statements import names_lms
from leiomyo.sources.tumour_words import ASKED, doubted, recurrence_of

_ICDO = re.compile(r"(?<![\w])(?:M-?)?([89]\d{3}(?:/\d)?)(?:\s*[-,; ]\s*(C\d\d(?:\.?\d)?))?(?![\w/])", re.I)
_ICD10 = re.compile(
    r"(?:ICD-?10(?:-?(?:CM|GM|WHO))?\s*[:|]?\s*)?([A-TV-Z]\d\d(?:\.?[0-9A-Z]{1,4})?)(?=$|[\s,;:|-])", re.I
)
_HISTORY = re.compile(r"\bhistory of\b|\bh/o\b|zustand nach|\bz\. ?n\.", re.I)
_FAMILY = re.compile(r"famil|mother|father|brother|sister|parent|relative|screening|risk of", re.I)
_ELSE_IN_DOUBT = re.compile(r"\bsuspected\b|\bsuspicion\b|ruled out|no evidence", re.I)
_NOT_SPREAD = re.compile(
    r"\b(?:non|not|no|without|absence of|free of|suspected|possible|probable|suspicious for|rule out|r/o)\b[- ]?"
    r"(?:\w+ ){0,3}metasta|nonmetasta|metasta\w+ (?:\w+ ){0,3}(?:suspected|excluded|ruled out)",
    re.I,
)
#: Where a metastasis of a named tumour is: what follows "to" or "in", or stands in front ("lung metastasis of").
_SPREAD_TO = re.compile(r"metasta\w*\b.*?\b(?:to|in)\b(.+)|(\b\w+ \w+|\b\w+) metastas[ei]s\b", re.I)
_WORDY = re.compile(r"[^\W\d_]{4,}|\b[A-Z]{3}\b")
#: ICD-10 has malignant tumours of a stated site from here to there; what follows is spread, or of no site.
_PRIMARY = re.compile(r"C(?:[0-6]\d|7[0-6]|8[0-8]|9[0-7])")


@dataclass(frozen=True, slots=True)
class Condition:
    """What one row states of a condition.

    `kind` is tumour, metastasis, recurrence, history (of a leiomyosarcoma, at a day that is not told), unsure, symptom,
    or empty.
    """

    kind: str = ""
    morphology: str | None = None
    topography: str | None = None
    icd10: str | None = None
    histology: str | None = None
    site_text: str | None = None
    laterality: str | None = None
    #: The site of a metastasis, the status that a recurrence is, or the complaint.
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

    @property
    def primary(self) -> Condition:
        """The tumour that came back or spread, as far as the row tells it."""
        code = None if self.kind == "metastasis" and self.topography is None else self.icd10
        return replace(self, kind="tumour", code=None, words="", icd10=code, specific=True)


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
    plain = [*names, *([written] if _WORDY.search(written) else [])]
    found = _plainly(vocabulary, ids, [*told, written], names, written)
    if open_to := next((text for text in (*names, written) if doubted(text)), ""):
        return Condition("unsure", words=open_to)
    if found.kind == "tumour" and ASKED.search(written):
        return Condition("unsure", words=written)
    return found if found.kind == "metastasis" else _again_or_spread(found, plain)


def _plainly(vocabulary: Vocabulary, ids: list[str], coded: list[str], names: list[str], written: str) -> Condition:
    """What the codes say; where there is none, the names."""
    for text in coded:
        if found := _ICDO.search(text):
            return _coded(found, names, text if text == written else "", written)
    icd10 = next((_dotted(found.group(1)) for text in coded if (found := _ICD10.match(text))), "")
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


def _again_or_spread(found: Condition, texts: list[str]) -> Condition:
    """A tumour whose names say that it came back, or that it has spread, is a recurrence or a metastasis of it."""
    for text in texts:
        if not found.kind and _HISTORY.search(text) and names_lms(text) and not _FAMILY.search(text):
            site = text if _group_of_words(text) else None
            return Condition("history", histology=text, site_text=site, words=text, lms=True, specific=True)
        if _is_nothing(text):
            continue
        if found.lms and (place := spread_to(text)) is not None:
            return replace(found, kind="metastasis", code=place or None, words=text)
        if status := recurrence_of(text):
            group = _group_of_words(text)
            found = Condition() if found.kind == "symptom" else found
            return replace(found, kind="recurrence", code=status, words=text, lms=found.lms or names_lms(text),
                           site_text=found.site_text or (text if group else None))  # fmt: skip
    return found


def spread_to(text: str) -> str | None:
    """The site to which a tumour has spread by its name, empty where none is named; None where it has not spread.

    Examples
    --------
    >>> spread_to("Leiomyosarcoma metastatic to lung"), spread_to("Metastatic leiomyosarcoma of uterus")
    ('lung', '')
    >>> spread_to("Leiomyosarcoma, non-metastatic"), spread_to("Leiomyosarcoma without metastasis")
    (None, None)
    """
    if not _says("metastasis", text) or _NOT_SPREAD.search(text):
        return None
    found = _SPREAD_TO.search(text)
    return match_word("metastatic_sites", next(filter(None, found.groups()))) or "" if found else ""


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
    if found.group(1).endswith(("/6", "/9")):
        return _spread_code(found.group(1), topography, named or site or written)
    row = codes("morphology").get(found.group(1), {})
    lms = row.get("lms") == "yes" or (names_lms(named) and "/" not in found.group(1))
    return Condition("tumour", found.group(1), topography, histology=named, site_text=site, lms=lms, specific=True)


def _spread_code(morphology: str, topography: str | None, words: str) -> Condition:
    """Behaviour 6 is a metastasis at the site that stands beside it; 9 leaves open whether it is the primary."""
    row = codes("morphology").get(f"{morphology[:4]}/3", {})
    lms = row.get("lms") == "yes"
    name = words if _names_entity(words) else row.get("label") or None
    if morphology.endswith("/9"):
        return Condition("tumour", topography=topography, histology=name, lms=lms, specific=True)
    bare = (topography or "").replace(".", "")
    place = _longest("metastatic_topography", bare) or ("other" if topography else None)
    return Condition("metastasis", histology=name, code=place, words=words, lms=lms, specific=True)


def _by_icd10(code: str, names: list[str]) -> Condition:
    """A condition with its ICD-10 code; names beside it may tell the entity."""
    if site := _longest("secondary_icd10", code):
        entity = next(filter(names_lms, names), None)
        return Condition("metastasis", icd10=code, code=site, words=next(iter(names), code), histology=entity,
                         lms=entity is not None, specific=entity is not None)  # fmt: skip
    if _PRIMARY.match(code) or code.startswith("C80"):
        named = _by_names(names)
        place = icd10_site(code)
        topography = place.topography if _PRIMARY.match(code) else None
        histology = named.histology if named.kind == "tumour" else next(iter(names), None)
        return Condition("tumour", topography=topography, icd10=code, histology=histology, lms=named.lms,
                         site_text=named.site_text, laterality=place.laterality,
                         specific=named.specific)  # fmt: skip
    if complaint := _longest("symptom_icd10", code):
        return Condition("symptom", code=complaint, words=next(iter(names), code))
    return _by_names(names)


def _by_names(names: list[str]) -> Condition:
    for name in names:
        if _is_nothing(name):
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


def _is_nothing(text: str) -> bool:
    """Whether words speak of no tumour of the person; doubt about something beside a named sarcoma does not count."""
    if not _says("nothing", text):
        return False
    return not names_lms(text) or _says("nothing", _ELSE_IN_DOUBT.sub(" ", text))


def _group_of_code(code: str) -> str:
    row = codes("topography").get(code) or codes("topography").get(code[:3]) or {}
    group = row.get("site_group", "")
    return "" if group == "unknown" else group


def _group_of_words(text: str | None) -> str:
    hits = find_words(("subsite", "vessels", "region"), text or "", cancelling=("negation", "adjacency"))
    found = [("large_vessel" if hit.list_name == "vessels" else hit.code) for hit in hits if hit.cancelled_by is None]
    return found[0] if found else ""
