"""How the disease went on: its status as observed, its spread, and what a patient died of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leiomyo.model.codes import match_word
from leiomyo.sources.base import Statement
from leiomyo.sources.fhir_found import unread, when
from leiomyo.sources.fhir_resources import Concept, Condition, Observation
from leiomyo.sources.fhir_row import Row
from leiomyo.sources.fhir_values import code_in, looked_up, system_of, words
from leiomyo.sources.statements import sites_of, spread

#: Where a part of an assessment finds the disease, by the code system of its value.
_PARTS: dict[str, dict[str, Any]] = {
    "mii-primary": {},
    "mii-distant": {},
    "mii-nodes": {"site": "lymph_node", "route": "nodal"},
}
_RETURNS = frozenset({"local_recurrence", "regional_recurrence", "distant_metastasis"})
#: What a whole assessment leaves open: a part may say which.
_OPEN = "new_tumor_event"


def status(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    """The status as assessed, of the disease as a whole and of its parts."""
    on = when(found, row)
    told: list[dict[str, Any]] = []
    known = _said(found.valueCodeableConcept, found.valueString)
    if known:
        site, text = sites_of(words(found.bodySite) or None)
        told.append({**known, "site": site, "site_text": text})
    told += [{**said, **_place(part.valueCodeableConcept)} for part in found.component
             if (said := _said(part.valueCodeableConcept, part.valueString))]  # fmt: skip
    if known is None and not told:
        unread(found, row)
    if any(one["status"] in _RETURNS for one in told):
        told = [one for one in told if one["status"] != _OPEN]
    for one in told:
        yield "disease_status", spread({"tumour": row.tumour_of(found.focus), "moment": row.moment(on), **one}, day=on)


def _said(value: Concept | None, text: str | None) -> dict[str, Any] | None:
    """Status and response that a value names; nothing in it where it is known to say nothing, None where unknown."""
    code = looked_up("trend", value)
    if code == "":
        return {}
    code = code or match_word("disease_status", words(value) or text or "")
    response = match_word("response", words(value))
    if code is None and response is None:
        return None
    named, _, stated = (code or "response").partition(" ")
    return {"status": named, "response": stated or response}


def _place(value: Concept | None) -> dict[str, Any]:
    systems = [system_of(coding.system) for coding in value.coding] if value else []
    return next((_PARTS[one] for one in systems if one in _PARTS), {})


def metastasis(found: Observation, row: Row, basis: str) -> Iterator[Statement]:
    """Distant spread: the value names the site, or says that there is some and the site stands beside it."""
    value = found.valueCodeableConcept
    if looked_up("trend", value) is not None:
        yield from status(found, row, basis)
        return
    present = looked_up("present", value)
    on = when(found, row)
    shared = {"tumour": row.tumour_of(found.focus), "moment": row.moment(on)}
    if present == "no":
        yield "disease_status", spread({**shared, "status": "no_metastasis"}, day=on)
        return
    place = found.bodySite if present == "yes" or value is None else value
    site, text = _site(place, found.valueString)
    if site is None and present != "yes":
        unread(found, row)
        return
    told = {"status": "distant_metastasis", "site": site, "site_text": text,
            "route": "nodal" if site == "lymph_node" else None}  # fmt: skip
    yield "disease_status", spread({**shared, **told}, day=on)


def _site(place: Concept | None, text: str | None) -> tuple[str | None, str | None]:
    """A site of spread as code and words; the code is that of the words where no list holds the coding."""
    code = looked_up("metastasis", place)
    told = words(place) or next((coding.code for coding in (place.coding if place else ()) if coding.code), "") or text
    return (code, told) if code else sites_of(told or None)


# --- death ------------------------------------------------------------------------------------------------


def death(found: Observation, row: Row, _: str) -> Iterator[Statement]:
    """What the patient died of, and when."""
    stated = next((why for one in found.interpretation if (why := looked_up("death", one))), None)
    cause = _cause(stated, found.valueCodeableConcept, found.valueString, row)
    if cause is None:
        unread(found, row)
    told = {"axis": "calendar", "vital_status": "dead", "cause_of_death": cause}
    yield "patient", spread(told, death=when(found, row))


def death_diagnosis(found: Condition, row: Row) -> Iterator[Statement]:
    """The diagnosis that a patient died of; its days are not those of the death."""
    told = {"axis": "calendar", "vital_status": "dead", "cause_of_death": _cause(None, found.code, None, row)}
    yield "patient", told


def _cause(stated: str | None, value: Concept | None, text: str | None, row: Row) -> str | None:
    """The cause as stated, else by the diagnosis; a cancer other than the patient's own is another one."""
    code = (code_in("icd10", [value]) or "").upper()
    malignant = "C00" <= code[:3] <= "C97"
    if malignant and stated in {None, "disease"}:
        return "other_cancer" if row.index.is_other_cancer(row.patient, code) else "disease"
    if stated or code:
        return stated or "other"
    return match_word("cause_of_death", words(value) or text or "")
