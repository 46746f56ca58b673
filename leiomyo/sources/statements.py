"""What every reader needs to put a statement together: days over two columns, doses in Gy, words of sites and LMS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leiomyo.model.codes import codes, find_words, match_word
from leiomyo.model.dates import DayInterval
from leiomyo.model.tables import TABLES

_TO_GRAY = {"gy": 1.0, "cgy": 100.0}
_DOSE = TABLES["radiotherapy"].index["dose_gy"]


def spread(row: dict[str, Any], **days: DayInterval | None) -> dict[str, Any]:
    """The row with each day spread over its two stored columns."""
    for name, day in days.items():
        row[f"{name}_low"], row[f"{name}_high"] = (day.low, day.high) if day else (None, None)
    return row


def death_told(contact: Mapping[str, Any], axis: str, **missing: str) -> tuple[str, dict[str, Any]]:
    """The death that a row of `follow_up` reports is a death of the patient, whatever else is said of them.

    Examples
    --------
    >>> death_told({"vital_status": "dead", "contact_low": 9, "contact_high": 9}, "diagnosis")
    ('patient', {'axis': 'diagnosis', 'vital_status': 'dead', 'missing': {}, 'death_low': 9, 'death_high': 9})
    """
    return "patient", {"axis": axis, "vital_status": "dead", "missing": missing,
                       "death_low": contact.get("contact_low"), "death_high": contact.get("contact_high")}  # fmt: skip


def gray(amount: float, unit: str | None) -> tuple[float | None, str]:
    """The dose in Gy, or the code of what is wrong with it: activity and doses without a unit are not converted.

    Examples
    --------
    >>> gray(5000, "cGy"), gray(35, "mCi"), gray(60, None), gray(600, "Gy")
    ((50.0, ''), (None, 'LM-D007'), (None, 'LM-D008'), (None, 'LM-D006'))
    """
    if not unit:
        return None, "LM-D008"
    if unit.lower() not in _TO_GRAY:
        return None, "LM-D007"
    dose = float(round(amount / _TO_GRAY[unit.lower()], 4))
    return (dose, "") if (_DOSE.low or 0) <= dose <= (_DOSE.high or 0) else (None, "LM-D006")


def sites_of(written: str | None) -> tuple[str | None, str | None]:
    """A site of spread as (code, words); words that are not known count as another site.

    Examples
    --------
    >>> sites_of("Secondary malignant neoplasm of lung"), sites_of("big toe"), sites_of(None)
    (('lung', 'Secondary malignant neoplasm of lung'), ('other', 'big toe'), (None, None))
    """
    return (match_word("metastatic_sites", written) or "other", written) if written else (None, None)


def names_lms(text: str | None) -> bool:
    """Whether words name a leiomyosarcoma, neither denied nor only suspected.

    Examples
    --------
    >>> names_lms("Leiomyosarcoma, NOS"), names_lms("no evidence of leiomyosarcoma")
    (True, False)
    """
    hits = find_words(("histology_terms",), text or "", cancelling=("negation", "uncertainty"))
    return any(not hit.cancelled_by and codes("histology_terms")[hit.code]["lms"] == "yes" for hit in hits)
