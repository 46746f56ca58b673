"""The timelines of a study: each event on its day from the diagnosis.

A timeline needs whole days. What is known to the month only, or has no day, is not written and counted instead; an
event of one day has its mandatory `STOP_DATE` column blank, as has a treatment whose end is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from leiomyo.exports.cbioportal_cells import Patients, Row, cells_of
from leiomyo.exports.texts import one_line, rows_of
from leiomyo.model.records import Records, rows

_FIRST = ("PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE")
#: The source's own name of the record: two contacts on one day stay two.
_RECORD = "SOURCE_RECORD"
#: So the reader calls what the patient file says; no event may go by that name.
_OF_THE_PATIENT = "/patient"
#: A dose that is no dose in Gy, as a number and its unit.
_DOSE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:\s+(\S.*))?")


def timelines() -> dict[str, list[str]]:
    """The columns of each timeline, by its name."""
    found: dict[str, list[str]] = {}
    for part in rows_of("cbioportal_timelines.csv"):
        names = found.setdefault(part["timeline"], list(_FIRST))
        more = [cell.name for cell in cells_of(part["part"])]
        more += {"drug": ["TREATMENT_TYPE"], "radiation": ["DOSE_UNITS"]}.get(part["part"], [])
        names += [name for name in more if name not in names]
    return {timeline: [*names, _RECORD] for timeline, names in found.items()}


def event_rows(timeline: str, records: Records, patients: Patients) -> Iterator[Row]:
    """The events of one timeline that have a whole day; the others are counted."""
    for part in rows_of("cbioportal_timelines.csv"):
        if part["timeline"] == timeline:
            for row in rows(records[part["table"]]):
                if event := _event(part, row, patients):
                    yield event
                    if part["table"] == "follow_up" and row.get("vital_status") == "dead":
                        # a contact may report an earlier death; that it happened on the day says an event of its own
                        yield {name: event[name] for name in _FIRST} | {"EVENT_TYPE": "DEATH"}


def _event(part: Mapping[str, str], row: Mapping[str, Any], patients: Patients) -> Row | None:
    who = (row.get("centre", ""), row["patient"])
    timeline, start, end = part["timeline"], part["start"], part["end"]
    if who not in patients.origin:
        patients.left[f"{timeline} of somebody whom the patient table does not name"] += 1
        return None
    if row.get("tumour", "1") != "1":
        patients.left[f"{timeline} of another tumour"] += 1
        return None
    first = patients.day(row, start, who)
    if first is None:
        patients.left[f"{timeline} without a whole day"] += 1
        return None
    last = patients.day(row, end, who) if end else None
    if last is None and end and f"{end}_low" in row:
        patients.left[f"{timeline}: an end without a whole day"] += 1
    days = {"START_DATE": str(first), "STOP_DATE": "" if last is None else str(last), "EVENT_TYPE": part["event"]}
    kind = {"TREATMENT_TYPE": part["treatment"]} if part["treatment"] else {}
    cells = patients.written(part["part"], row, who)
    record = row.get("record")
    if record and not record.endswith(_OF_THE_PATIENT):
        cells[_RECORD] = one_line(record)
    return {"PATIENT_ID": patients.name(who), **days, **kind, **cells, **_more(part["part"], row, cells, patients)}


def _more(part: str, row: Mapping[str, Any], cells: Row, patients: Patients) -> Row:
    """What one column cannot say alone: a drug without a code by its words, a dose with its unit."""
    if part == "drug" and "AGENT" not in cells:
        return {"AGENT": cells["AGENT_AS_RECORDED"]} if "AGENT_AS_RECORDED" in cells else {}
    if part != "radiation":
        return {}
    if "RADIATION_DOSAGE" in cells:
        return {"DOSE_UNITS": "Gy"}
    written = _DOSE.fullmatch(row.get("dose_as_written") or "")
    if written is None:
        if row.get("dose_as_written"):
            patients.left["treatment: a dose that is no number with a unit"] += 1
        return {}
    return {"RADIATION_DOSAGE": written.group(1), "DOSE_UNITS": written.group(2) or ""}
