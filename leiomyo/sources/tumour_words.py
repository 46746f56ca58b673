"""Words that say of a tumour that it came back, or that nobody is sure of it; the same for every format."""

from __future__ import annotations

import re

from leiomyo.model.codes import find_words, match_word

#: Words for a disease that came back.
AGAIN = re.compile(r"recurren|rezidiv|relapse|r[ée]cidiv", re.I)
_NOT_AGAIN = re.compile(
    r"\b(?:no|not|non|without|kein\w*|sans|sin|free of|absence of|suspect\w*|suspici\w*|possible|probable"
    r"|rule out|r/o|verdacht|risk of|fear of|history of)\b[^,;.]*$",
    re.I,
)
_TUMOUR = re.compile(r"malignan|neoplas|tumou?r|cancer|carcinom|karzinom|sar[ck]om|lymphom|melanom|leuk[ae]+mi", re.I)
_BENIGN = re.compile(r"benign|leiomyoma|fibroid|adenoma\b|polyp|\bcysts?\b", re.I)
_WHERE = (
    ("local_recurrence", re.compile(r"\bloco-?\s?regional|\blocal(?:ly|e)?\b|\blokal", re.I)),
    ("distant_metastasis", re.compile(r"\bdistant\b|metasta|\bfern", re.I)),
    ("regional_recurrence", re.compile(r"\bregional|\bnodal\b|\bnodes?\b", re.I)),
)
#: A recurrence that is of a tumour without saying so.
_ALONE = re.compile(
    r"\W*(?:(?:local(?:ly)?|loco-?\s?regional|regional|nodal|distant|disease)\W+)*"
    r"(?:recurren(?:ce|t)(?: disease)?|relapse|rezidiv|lokalrezidiv|récidive(?: locale)?)"
    r"(?: of (?:the )?disease)?(?=$|\W*(?:[,;:(/\d]|in\b|at\b))",
    re.I,
)
_DOUBT = re.compile(
    r"rule[sd]?[- ]?out|\br/o\b|\bsuspect|suspici|\bpossibl[ey]\b|\bprobabl[ey]\b|presum|questionabl|verdacht"
    r"|\bv\.\s?a\.|ausschluss|cannot (?:be )?exclude|not excluded|fraglich|vermut|sospech",
    re.I,
)
#: A question mark before or behind all of it.
ASKED = re.compile(r"^\s*\?|\?\s*$")


def recurrence_of(text: str) -> str | None:
    """The status of the disease that words for a recurrence tell; None where they tell none, or deny it.

    Examples
    --------
    >>> recurrence_of("Local tumor recurrence"), recurrence_of("Recurrent leiomyosarcoma")
    ('local_recurrence', 'new_tumor_event')
    >>> recurrence_of("no evidence of local recurrence"), recurrence_of("Recurrent depression")
    (None, None)
    """
    found = AGAIN.search(text)
    if found is None or _NOT_AGAIN.search(text[: found.start()]) or not _of_tumour(text):
        return None
    said = match_word("disease_status", text)
    return next((code for code, where in _WHERE if code == said or where.search(text)), "new_tumor_event")


def denies_recurrence(text: str) -> bool:
    """Whether words speak of a recurrence only to say that there is none.

    Examples
    --------
    >>> denies_recurrence("No evidence of tumor recurrence"), denies_recurrence("Tumor recurrence")
    (True, False)
    """
    found = AGAIN.search(text)
    return bool(found and _NOT_AGAIN.search(text[: found.start()]))


def _of_tumour(text: str) -> bool:
    """Whether a recurrence is one of a malignant tumour: many diseases recur."""
    return bool(_ALONE.match(text) or (_TUMOUR.search(text) and not _BENIGN.search(text)))


def doubted(text: str) -> bool:
    """Whether words only suspect a tumour, leave it open, or deny it.

    Examples
    --------
    >>> doubted("Rule out leiomyosarcoma"), doubted("Leiomyosarcoma suspected"), doubted("Leiomyosarcoma?")
    (True, True, True)
    >>> doubted("Leiomyosarcoma, suspected lung metastasis"), doubted("Suspected appendicitis")
    (False, False)
    """
    hits = find_words(("histology_terms",), text, cancelling=("negation", "uncertainty"))
    if not hits:
        return bool(_TUMOUR.search(text) and (_DOUBT.search(text) or ASKED.search(text)))
    return all(hit.cancelled_by for hit in hits) or bool(ASKED.search(text))
