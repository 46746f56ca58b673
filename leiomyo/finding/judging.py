"""What one code or text says of a person: the criteria of `criteria.csv` that it fulfils. Pure; no database.

The database only sorts out what may matter, by the `stems` of the criteria; whether it does is decided here, with the
vocabulary that reads a centre's own files, so that all engines give the same answer.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from leiomyo.course.disease import identify
from leiomyo.model.codes import codes, find_words, tokens
from leiomyo.sources.omop_conditions import first_code

_ICDO = re.compile(r"(?<!\d)([89]\d{3}/\d)(?!\d)(?:[-\s,;:|]*(C\d{2}(?:\.?\d)?))?", re.I)
#: A text that begins with a code of ICD-10 or ICD-11, with or without the name of the list and the point.
_ICD = re.compile(
    r"\s*(?:icd[- ]?1[01](?:[- ]?[a-z]{2,3})?\s*[:|/ -]\s*)?(C\d{2}|2B\d{2})(?:\.?([0-9A-Z]{1,4}))?(?![\w.])", re.I
)
_ABBREVIATIONS = frozenset({"lms", "ulms", "stlms"})
#: What may stand beside the abbreviation and leave it a tumour: in a heart it is the left main stem.
_BESIDE = frozenset({"nos", "uterine", "uterus", "uteri", "of", "the", "soft", "tissue", "retroperitoneum", "grade",
                     "retroperitoneal", "metastatic", "high", "low", "g1", "g2", "g3"})  # fmt: skip
#: Families of morphologies under which a leiomyosarcoma may hide.
_UNSPECIFIC = frozenset({"unspecified_neoplasm", "unspecified_sarcoma", "undifferentiated_pleomorphic_sarcoma"})
_MALIGNANT = frozenset("369")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One row of `criteria.csv`."""

    name: str
    certainty: str
    match: frozenset[str]
    vocabularies: frozenset[str]
    pattern: str
    sites: str
    stems: tuple[str, ...]
    reason: str
    source: str
    confidence: str


@cache
def criteria() -> dict[str, Criterion]:
    """Every criterion by name, in the order of the file."""
    text = resources.files("leiomyo.finding").joinpath("criteria.csv").read_text(encoding="utf-8")
    return {
        row["name"]: Criterion(
            row["name"], row["certainty"], frozenset(row["match"].split()), frozenset(row["vocabularies"].split()),
            row["pattern"], row["sites"], tuple(filter(None, row["stems"].split("|"))), row["reason"], row["source"],
            row["confidence"],
        )
        for row in csv.DictReader(text.splitlines())
    }  # fmt: skip


@cache
def _of(kind: str) -> tuple[Criterion, ...]:
    return tuple(one for one in criteria().values() if kind in one.match)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


def _rule(name: str) -> re.Pattern[str]:
    return _compiled(criteria()[name].pattern)


def somebody_else(text: str) -> bool:
    """Whether a name or text speaks of a relative, or only of a test.

    Examples
    --------
    >>> somebody_else("Family history of leiomyosarcoma"), somebody_else("Leiomyosarcoma of uterus")
    (True, False)
    """
    return bool(_rule("not_the_person").search(text))


@lru_cache(maxsize=65_536)
def judge_concept(vocabulary: str, code: str, name: str) -> frozenset[str]:
    """The criteria that a concept fulfils by its code and, where the code says nothing, by its name.

    Examples
    --------
    >>> sorted(judge_concept("ICDO3", "8890/3-C49.3", "Leiomyosarcoma, NOS, of thorax"))
    ['icdo3_leiomyosarcoma']
    >>> sorted(judge_concept("ICD10CM", "C49.A4", "Gastrointestinal stromal tumor of large intestine"))
    ['other_soft_tissue']
    >>> sorted(judge_concept("SNOMED", "1", "Family history of leiomyosarcoma"))
    []
    """
    if somebody_else(name):
        return frozenset()
    found = _by_code(vocabulary, code)
    if vocabulary == "ICDO3" and (morphology := _ICDO.search(code)):
        found |= _by_morphology(morphology[1], morphology[2])
    return found or _by_words(name, kind="term", vocabulary=vocabulary)


@lru_cache(maxsize=65_536)
def judge_text(text: str) -> frozenset[str]:
    """The criteria that a value as the source wrote it fulfils: by the codes in it and by its words.

    Examples
    --------
    >>> sorted(judge_text("C54.9 Uterus, leiomyosarcoma"))
    ['icd10_uterus', 'written_leiomyosarcoma']
    >>> [sorted(judge_text(text)) for text in ("no evidence of leiomyosarcoma", "LMS", "LMS stenosis")]
    [['denied'], ['abbreviation'], []]
    """
    if somebody_else(text):
        return frozenset()
    found = frozenset[str]()
    if morphology := _ICDO.search(text):
        found |= _by_morphology(morphology[1], morphology[2])
    elif code := _ICD.match(text):
        written = code[1].upper() + (f".{code[2].upper()}" if code[2] else "")
        found |= _by_code("ICD11" if written.startswith("2B") else "ICD10", written)
    return found | _by_words(text, kind="written", vocabulary="")


def _by_code(vocabulary: str, code: str) -> frozenset[str]:
    asked = (*_of("code"), *_of("site_code"))
    return frozenset(
        one.name for one in asked if vocabulary in one.vocabularies and _compiled(one.pattern).fullmatch(code)
    )


def _by_morphology(morphology: str, topography: str | None) -> frozenset[str]:
    """What an ICD-O-3 morphology says at its site; the first criterion of the file that fits it."""
    for one in _of("morphology"):
        if morphology in one.pattern.split() and _at(topography, one.sites):
            return frozenset({one.name})
    identity = identify(morphology, None)
    specific = identity.entity not in _UNSPECIFIC
    if identity.lms == "no" and specific and morphology[-1] in _MALIGNANT:
        return frozenset(f"{one.name}@{site}" for one in _of("other_morphology") for site in one.sites.split()
                         if _at(topography, site))  # fmt: skip
    return frozenset()


def _at(topography: str | None, sites: str) -> bool:
    """Whether a topography is among sites written as beginnings; `-` stands for none, nothing for any."""
    if sites == "-":
        return not topography
    return not sites or bool(topography and topography.upper().startswith(tuple(sites.split())))


def _by_words(text: str, *, kind: str, vocabulary: str) -> frozenset[str]:
    # hundreds of thousands of concepts have names: only those that may matter are read
    named = kind == "written" or any(stem in text.lower() for stem in stems("name"))
    says = _reading(text) if named else "unspecified_neoplasm"
    terms = frozenset(
        one.name for one in _of(kind)
        if "site_name" not in one.match and says in one.pattern.split()
        and (not one.sites or one.certainty == "other" or _compiled(one.sites).search(text))
    )  # fmt: skip
    if "named_sarcoma" in terms:
        terms -= {"named_sarcoma_other_site"}
    if says == "denied":
        return frozenset({"denied"})
    names = frozenset(
        one.name for one in _of("site_name")
        if (kind == "term" or kind in one.match) and (not one.vocabularies or vocabulary in one.vocabularies)
        and _compiled(one.pattern).search(text)
    )  # fmt: skip
    return terms | names


def _reading(text: str) -> str:
    """One word for what a text says: an entity of the vocabulary, or in how far it is left open."""
    words = frozenset(tokens(text))
    if words & _ABBREVIATIONS:
        return "abbreviation" if words <= _ABBREVIATIONS | _BESIDE else _reading_without(text, words)
    hits = [hit for hit in find_words(("histology_terms",), text, cancelling=("negation", "uncertainty"))
            if codes("histology_terms")[hit.code]["lms"] == "yes"]  # fmt: skip
    if hits and all(hit.cancelled_by == "negation" for hit in hits):
        return "denied"
    identity = identify(None, text)
    if hits and "suspects" in identity.reason:
        return "suspected"
    if hits and all(hit.cancelled_by for hit in hits):
        return "suspected" if identity.lms != "no" or "suspects" in identity.reason else identity.entity
    if hits and identity.lms == "yes":
        return "suspected" if _rule("doubt").search(text) else "leiomyosarcoma"
    if identity.lms == "query" and identity.entity == "leiomyosarcoma":
        return "misspelt" if "misspelt" in identity.reason else "unsettled"
    return identity.entity


def _reading_without(text: str, words: frozenset[str]) -> str:
    """What a text says with the abbreviation left out, which there may mean anything."""
    bare = re.sub(r"\b(?:u|st)?lms\b", " ", text, flags=re.I)
    return _reading(bare) if words - _ABBREVIATIONS else "unspecified_neoplasm"


def judge_row(cells: list[frozenset[str]]) -> frozenset[str]:
    """What the cells of one row say together; a leiomyosarcoma against which the row itself speaks is not sure.

    Examples
    --------
    >>> judge_row([frozenset({"snomed_leiomyosarcoma"}), frozenset({"denied"})])
    frozenset({'contradicted'})
    """
    said = frozenset().union(*cells)
    if not said:
        return said
    sure = {name for name in said if certainty(name) == "sure"}
    against = {name for name in said if name == "denied" or certainty(name) == "other"}
    if sure and against:
        return said - sure - against | {"contradicted"}
    if "suspected" in said and sure:
        return said - sure
    return said - {"denied"}


def answered(said: frozenset[str], question: str) -> frozenset[str]:
    """What an answer says under its question: of a relative nothing, of another matter nothing sure.

    Examples
    --------
    >>> answered(frozenset({"named_leiomyosarcoma"}), "Histology of tumor")
    frozenset({'named_leiomyosarcoma'})
    >>> answered(frozenset({"named_leiomyosarcoma"}), "Family history of cancer")
    frozenset()
    """
    if somebody_else(question):
        return frozenset()
    if _rule("asks_diagnosis").search(question):
        return said
    return frozenset("elsewhere" if certainty(name) == "sure" else name for name in said)


def left_open(said: frozenset[str]) -> frozenset[str]:
    """What a row says whose status leaves the diagnosis open: nothing sure.

    Examples
    --------
    >>> sorted(left_open(frozenset({"icdo3_leiomyosarcoma", "icd10_uterus"})))
    ['icd10_uterus', 'preliminary']
    """
    return frozenset("preliminary" if certainty(name) == "sure" else name for name in said)


def opens(status: str) -> bool:
    """Whether the name of a status, or its words, leave a diagnosis open.

    Examples
    --------
    >>> opens("Preliminary diagnosis"), opens("Confirmed diagnosis")
    (True, False)
    """
    return bool(first_code("unsure_status", status))


def says_no(answer: str) -> bool:
    """Whether an answer denies what was asked.

    Examples
    --------
    >>> says_no("Absent"), says_no("high grade")
    (True, False)
    """
    return bool(_rule("says_no").fullmatch(answer.strip()))


def certainty(name: str) -> str:
    """How sure a criterion makes a person: sure, possible, with_drug, other or never."""
    one = criteria().get(name.partition("@")[0])
    return one.certainty if one else "never"


def counts_for(said: dict[str, object]) -> frozenset[str]:
    """Of all criteria that a person's rows fulfil, those that count in the end.

    Notes
    -----
    The code of a site alone counts only where no other tumour of that site is named. A sarcoma without its kind at an
    unusual site counts only under a drug of soft-tissue sarcoma, and such a drug only with a sarcoma.

    Examples
    --------
    >>> sorted(counts_for({"icd10_uterus": 1, "other_uterine": 1}))
    []
    >>> sorted(counts_for({"named_sarcoma_other_site": 1, "trabectedin": 1}))
    ['named_sarcoma_other_site', 'trabectedin']
    """
    names = set(said)
    others = {site for name in names if certainty(name) == "other"
              for site in (name.partition("@")[2] or criteria()[name].sites).split()}  # fmt: skip
    weak = {one.name for one in criteria().values() if one.match & {"site_code", "site_name"}}
    names -= {name for name in names & weak if others & set(criteria()[name].sites.split())}
    drugs = {one.name for one in _of("drug")} & names
    sarcoma = {name for name in names - drugs if certainty(name) in {"sure", "possible", "with_drug"}}
    if not sarcoma:
        names -= drugs
    if not drugs:
        names = {name for name in names if certainty(name) != "with_drug"}
    return frozenset(name for name in names if certainty(name) in {"sure", "possible", "with_drug"})


def drug_agents() -> dict[str, tuple[str, ...]]:
    """The agents of every criterion about drugs: all of them have to be given."""
    return {one.name: tuple(one.pattern.split()) for one in _of("drug")}


@cache
def stems(kind: str) -> tuple[str, ...]:
    """Parts in lower case of which a text must hold one to matter: a `name`, a `code` or a `text`."""
    asked = {
        "name": ("term", "site_name"), "code": ("morphology", "code", "site_code", "other_morphology"),
        "text": ("written", "morphology", "site_code", "code"),
    }[kind]  # fmt: skip
    held = [one for one in criteria().values() if one.match & set(asked)]
    if kind == "text":
        # codes of ICD-9 and SNOMED CT are bare numbers: without their list they may be anything
        held = [one for one in held if not one.vocabularies or one.vocabularies & {"ICDO3", "ICD10", "ICD11"}]
    return tuple(dict.fromkeys(stem for one in held for stem in one.stems))
