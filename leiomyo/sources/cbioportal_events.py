"""What a row of a timeline means in case tables: one function a kind of event.

Which kind an EVENT_TYPE is stands in `cbioportal_events.csv`. An event without a place in the case tables is
quarantined, with its kind in the problem; nothing is guessed from free text but what the vocabulary holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from leiomyo.model.codes import codes, match_word
from leiomyo.model.dates import DayInterval
from leiomyo.sources import cells
from leiomyo.sources.base import Statement
from leiomyo.sources.cbioportal_forms import Row
from leiomyo.sources.cbioportal_header import EVENT, START
from leiomyo.sources.cbioportal_study import event_name, events, values
from leiomyo.sources.drug_words import named_drugs
from leiomyo.sources.statements import gray, names_lms, sites_of, spread

_INDEX = "1"
#: "End date is NA" beside an end one day after the start: somebody filled the mandatory column.
_NO_END = re.compile(r"\b(?:end|stop)[\s_-]*date\s*(?:is|=|:)?\s*(?:na|n/a|not available|unknown|missing)\b", re.I)


def compose(row: Row) -> Iterator[Statement]:
    """The statements of one event; none, and a problem, where it has no place in the case tables."""
    event = row.group("event")
    written = event.get("event") or ""
    part, says = events().get(event_name(written), ("", ""))
    if not part:
        row.problem("LM-D014", EVENT, written)
        return
    if event.get("start") is None and "unreadable" != event["missing"].get("start"):
        row.problem("LM-D015", START, "")
    yield from _PARTS[part](row, event, says)


def _reasons(event: dict[str, Any], **columns: str) -> dict[str, str]:
    """Why the columns of a case table have no value, from the reasons of the event's cells."""
    return {column: event["missing"][cell] for column, cell in columns.items() if cell in event["missing"]}


def _own(row: Row, table: str, said: dict[str, Any]) -> dict[str, Any]:
    """The statement with what columns named after a column of its case table say; of that they alone speak."""
    group = row.group(table)
    why = group["missing"]
    said |= {column: value for column, value in group.items() if column != "missing"}
    said |= dict.fromkeys((column for column in why if group.get(column) is None), None)
    return said | {"missing": {**(said.get("missing") or {}), **why}} if why else said


def _stretch(row: Row, event: dict[str, Any]) -> dict[str, Any]:
    """First and last day: no STOP_DATE column is one day; an empty one is an end that is open or not known."""
    start, end = event.get("start"), event.get("stop")
    reasons = _reasons(event, start="start", end="stop")
    if "STOP_DATE" not in row.header.names:
        end = start
    elif end is not None and _NO_END.search(event.get("remark") or ""):
        end, reasons = None, {**reasons, "end": "not_available"}
    if start and end and end.high < start.low:
        row.problem("LM-D011", "STOP_DATE", f"{start.low} to {end.high}")
        end, reasons = None, {**reasons, "end": "unreadable"}
    return {**spread({"tumour": _INDEX}, start=start, end=end), "ongoing": event.get("ongoing"), "missing": reasons}


# --- treatment --------------------------------------------------------------------------------------------


def _treatment(row: Row, event: dict[str, Any], says: str) -> Iterator[Statement]:
    kind = says or _kind_of_treatment(event)
    if kind == "surgery":
        yield from _surgery(row, event, "")
    elif kind == "radiation":
        yield from _radiation(row, event)
    elif kind == "drug":
        yield from _drugs(row, event)
    else:
        row.problem("LM-D014", "TREATMENT_TYPE", event.get("treatment") or event.get("event"))


def _kind_of_treatment(event: dict[str, Any]) -> str:
    """Drug, radiation or surgery: by TREATMENT_TYPE, else SUBTYPE, else by what AGENT names; empty if none tells."""
    for text in (event.get("treatment"), event.get("subtype")):
        words = (text or "").lower()
        if found := values("treatment").get(words):
            return found
        if re.search(r"\bradi(?:o|ation)", words):
            return "radiation"
        if re.search(r"surg|resect", words):
            return "surgery"
    agent = (event.get("agent") or "").lower()
    if agent in values("technique") or agent in values("treatment"):
        return "radiation" if agent in values("technique") else values("treatment")[agent]
    return "drug" if agent else ""


def _drugs(row: Row, event: dict[str, Any]) -> Iterator[Statement]:
    """One exposure for each drug that the cell names; the words stay beside it."""
    written = event.get("agent")
    how, agents = named_drugs(written, partial(_note, row))
    given = {**_stretch(row, event), "as_written": written, "matched": how, **_stated(row, event, "drug_kind")}
    given |= {"line_stated": event.get("line"), "cycles": event.get("cycles"), "trial_drug": event.get("trial"),
              "administration_route": event.get("route"), "dose_as_written": _dose(event)}  # fmt: skip
    given["missing"] |= _reasons(event, as_written="agent")
    words = row.group("drug_exposure")
    if words.get("as_written") or (written in codes("drugs") and "as_written" in words["missing"]):
        given = _own(row, "drug_exposure", given)
    for place, agent in enumerate(agents):
        named = {"record": f"{event['record']}/drug {place}"} if place and event.get("record") else {}
        yield "drug_exposure", {**given, **named, "missing": dict(given["missing"]), "agent": agent}


def _note(row: Row, code: str, found: str, detail: str) -> None:
    row.problem(code, "AGENT", found, detail)


def _radiation(row: Row, event: dict[str, Any]) -> Iterator[Statement]:
    """A course of radiation; its agent and subtype tell the technique, if anything."""
    course = {**_stretch(row, event), **_stated(row, event, "technique")}
    target = event.get("target") or event.get("site")
    course |= {"fractions": event.get("fractions"), "target": values("target").get((target or "").lower()),
               "dose_as_written": _dose(event), "dose_gy": _gray(row, event)}  # fmt: skip
    yield "radiotherapy", course


def _stated(row: Row, event: dict[str, Any], about: str) -> dict[str, Any]:
    """What SUBTYPE, AGENT and the setting say in the source's own words: kind or technique, setting, response."""
    names = {"drug_kind": "stated_kind", "technique": "technique"}
    texts = [event.get("technique"), event.get("subtype"), event.get("treatment")]
    texts += [event.get("agent")] if about == "technique" else []
    found = next((code for text in texts if text and (code := values(about).get(text.lower()))), None)
    subtype = event.get("subtype")
    told = (values(about), values("treatment"), values("drug_kind"))
    a_kind = any((subtype or "").lower() in words for words in told)
    setting = match_word("setting", event.get("setting")) or (None if a_kind else match_word("setting", subtype))
    if subtype and not match_word("setting", subtype) and not a_kind:
        row.problem("LM-C006", "SUBTYPE", subtype)
    response = event.get("response")
    code = match_word("response", response)
    if response and code is None:
        row.problem("LM-C006", "RESPONSE", response)
    return {names[about]: found, "setting": setting, "response": code}


def _dose(event: dict[str, Any]) -> str | None:
    return " ".join(filter(None, (event.get("dose"), event.get("unit")))) or None


def _gray(row: Row, event: dict[str, Any]) -> float | None:
    """The dose in Gy; activity and doses without a unit are set aside, not converted."""
    amount, unit = event.get("dose"), event.get("unit")
    if amount is None:
        return None
    number = cells.number(amount)
    dose, code = (None, number.code) if number.code else gray(number.value, unit)
    if code:
        row.problem(code, "DOSE", f"{amount} {unit}" if unit else amount)
    return dose


def _surgery(row: Row, event: dict[str, Any], says: str) -> Iterator[Statement]:
    """An operation, on its first day; what it was for only where words tell."""
    texts = (event.get("procedure"), event.get("subtype"))
    kind = says or next((code for text in texts if (code := match_word("surgery_kind", text))), None)
    if not kind and event.get("metastasectomy"):
        kind = "metastasectomy"
    if not kind and any(texts):
        row.problem("LM-C006", "SUBTYPE", next(text for text in texts if text))
    operation = {"tumour": _INDEX, "kind": kind, "margin": event.get("margin"), "residual_tumor": event.get("residual"),
                 "missing": _reasons(event, day="start", margin="margin", residual_tumor="residual")}  # fmt: skip
    yield "surgery", spread(_own(row, "surgery", operation), day=event.get("start"))


# --- what is found ----------------------------------------------------------------------------------------


def _status(row: Row, event: dict[str, Any], says: str) -> Iterator[Statement]:
    """A statement about the disease or the person; a contact with the patient where it states nothing else."""
    text = event.get("status") or event.get("result")
    vital = values("vital").get((text or "").lower())
    word, response = match_word("disease_status", text), match_word("response", text or event.get("response"))
    if event.get("progressed") is not None:
        said = "progression" if event["progressed"] else ""
    elif event.get("present") is not None:
        said = "with_tumor" if event["present"] else "no_evidence_of_disease"
    else:
        said = word or ("response" if response else "") or (says if says not in {"contact", "dead"} else "")
    if vital == "dead" or says == "dead":
        yield from _died(event)
    elif said and vital is None:
        site, words = sites_of(event.get("site"))
        told = {"tumour": _INDEX, "status": said, "moment": _moment(event.get("start")), "site": site,
                "site_text": words, "response": response, "missing": _reasons(event, day="start")}  # fmt: skip
        yield "disease_status", spread(_own(row, "disease_status", told), day=event.get("start"))
    else:
        if text and vital is None and event.get("progressed") is None:
            row.problem("LM-C006", "STATUS", text)
        alive = vital == "alive" or says == "contact"
        yield from _contact(row, event, alive="alive" if vital == "alive" else None, seen=alive)


def _died(event: dict[str, Any]) -> Iterator[Statement]:
    day = event.get("start")
    yield "patient", spread({"axis": "diagnosis", "vital_status": "dead"}, death=day)
    yield "follow_up", spread({"vital_status": "dead"}, contact=day)


def _contact(row: Row, event: dict[str, Any], *, alive: str | None = None, seen: bool = False) -> Iterator[Statement]:
    """A contact with the patient; it is a day of being alive where the event says so or is a visit.

    A contact may report a death that was on another day.
    """
    day = event.get("start")
    told = row.group("follow_up").get("vital_status") or alive
    if told == "dead":
        yield "patient", {"axis": "diagnosis", "vital_status": "dead"}
    elif told or (seen and day):
        yield "patient", spread({"axis": "diagnosis", "vital_status": told}, last_contact=day)
    contact = _own(row, "follow_up", {"missing": _reasons(event, contact="start")})
    yield "follow_up", spread({**contact, "vital_status": told}, contact=day)


def _moment(day: DayInterval | None) -> str:
    return "any_time" if day is None else "at_diagnosis" if day.high <= 0 else "later"


def _specimen(row: Row, event: dict[str, Any], says: str) -> Iterator[Statement]:
    """A specimen of a metastasis or recurrence proves it by that day; any other is a contact."""
    status = values("sample_type").get((event.get("sample") or "").lower())
    if status is None:
        yield from _contact(row, event)
        return
    site, words = sites_of(event.get("site"))
    told = {"tumour": _INDEX, "status": status, "moment": _moment(event.get("start")), "site": site, "site_text": words}
    yield "disease_status", spread(told, day=event.get("start"))


def _diagnosis(row: Row, event: dict[str, Any], says: str) -> Iterator[Statement]:
    """The diagnosis that the record is about, on its day, or another one that the timeline holds."""
    day = event.get("start")
    index = row.study.diagnosed.get(row.patient)
    first = day is None or day.low == index
    if first and day and day.low != 0:
        row.problem("LM-D018", START, day.low, "The diagnosis is not on the study's day 0.")
    other = f"day {day.low}" if day else ""
    tumour = {"tumour": _INDEX if first else other, "role": "index" if first else "other_primary",
              "histology": event.get("histology"), "morphology": event.get("morphology"),
              "topography": event.get("topography"), "site_text": event.get("site"),
              "missing": _reasons(event, diagnosis="start")}  # fmt: skip
    if not first and names_lms(event.get("histology")):
        # The same cancer told again later is no second primary.
        tumour |= {"tumour": _INDEX, "role": "index"}
        day = None
    yield "diagnosis", spread(tumour, diagnosis=day)


def _test(row: Row, event: dict[str, Any], says: str) -> Iterator[Statement]:
    """A result of the laboratory."""
    result = " ".join(filter(None, (event.get("result"), event.get("unit")))) or None
    told = {"gene": event.get("test"), "value": result, "method": says, "missing": _reasons(event, day="start")}
    yield "biomarker", spread(_own(row, "biomarker", told), day=event.get("start"))


def _adverse_event(row: Row, event: dict[str, Any], says: str) -> Iterator[Statement]:
    grade = cells.integer(event["grade"]) if event.get("grade") else cells.Cell()
    if grade.code or (grade.value is not None and not 1 <= grade.value <= 5):
        row.problem(grade.code or "LM-D006", "GRADE", event["grade"])
        grade = cells.Cell()
    told = {"term": event.get("term") or event.get("subtype"), "grade": grade.value}
    yield "adverse_event", spread(_own(row, "adverse_event", told), day=event.get("start"))


def _symptom(row: Row, event: dict[str, Any], says: str) -> Iterator[Statement]:
    """A complaint: by its own column, else by whichever words of the event name one."""
    words = event.get("subtype") or event.get("status") or event.get("term")
    told = {"term": match_word("symptoms", words), "as_written": words, "missing": _reasons(event, onset="start")}
    yield "symptom", spread(_own(row, "symptom", told), onset=event.get("start"))


_PARTS: dict[str, Callable[[Row, dict[str, Any], str], Iterator[Statement]]] = {
    "treatment": _treatment, "surgery": _surgery, "status": _status, "specimen": _specimen, "diagnosis": _diagnosis,
    "test": _test, "adverse_event": _adverse_event, "symptom": _symptom,
}  # fmt: skip
