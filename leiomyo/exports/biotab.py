"""The seven BCR "biotab" tables that TCGA gives out: three header rows, tabs, whole days from diagnosis.

The sarcoma forms ask for neither symptoms, grade, stage nor the margin of a later operation; those columns are borrowed
from the forms of other tumours (`biotab_columns.csv` says which). Days that are not exact are left blank and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from leiomyo.exports.biotab_cells import NOTHING, Cells, Told, header, places_of
from leiomyo.exports.biotab_enrolment import enrolment
from leiomyo.exports.biotab_forms import contacts, drugs, events, other_cancers, radiation
from leiomyo.exports.biotab_parts import Patient, patients
from leiomyo.exports.texts import text_file
from leiomyo.model.records import Records

_FORMS = ("patient", "drug", "radiation", "follow_up", "nte", "follow_up_nte", "omf")


def write_biotab(records: Records, folder: Path, *, name: str, encoding: str = "utf-8") -> dict[str, int]:
    """Write the case tables as BCR tables.

    Parameters
    ----------
    records
        The patients; those of the calendar whose day of diagnosis is not exact have no days, and are left out.
    name
        The name of the study in the files' names.

    Returns
    -------
    dict
        What was left out or left blank, by kind and count.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left: Counter[str] = Counter()
    several = len(records["patient"]["centre"].unique()) > 1
    with ExitStack() as stack:
        files = {}
        for form in _FORMS:
            files[form] = stack.enter_context(text_file(folder / f"{name}_clinical_{form}.txt", encoding))
            for place in range(3):
                files[form].write("\t".join(column[place] for column in header(form)) + "\n")
        for patient in patients(records):
            told = _told(patient, left, several=several)
            for form, cells in _written(told) if told else ():
                files[form].write(_line(form, told.barcode if told else "", cells))
    for form in _FORMS:
        _drop_if_empty(folder / f"{name}_clinical_{form}.txt", encoding)
    return dict(left)


def _told(patient: Patient, left: Counter[str], *, several: bool) -> Told | None:
    """The patient with the day that others count from; None where that is not known."""
    own = patient.own
    barcode = f"{own['centre']}-{own['patient']}" if several else own["patient"]
    if own.get("axis", "calendar") != "calendar":
        return Told(patient, barcode, 0, left)
    tumour = next((row for row in patient.rows("diagnosis") if row.get("tumour") == "1"), {})
    if tumour.get("diagnosis_low") is None or tumour["diagnosis_low"] != tumour["diagnosis_high"]:
        left["patient without an exact day of diagnosis"] += 1
        return None
    return Told(patient, barcode, tumour["diagnosis_low"], left)


def _written(told: Told) -> Iterator[tuple[str, Cells]]:
    cells, contact = enrolment(told)
    yield "patient", cells
    seen = list(contacts(told, contact))
    yield from (("follow_up", one) for _, one in seen)
    yield from events(told, seen)
    yield from drugs(told)
    yield from radiation(told)
    yield from other_cancers(told)
    for table in ("biomarker", "adverse_event"):
        if found := len(told.patient.rows(table)):
            told.left[f"{table}: there is no form"] += found


def _line(form: str, barcode: str, cells: Cells) -> str:
    places = places_of(form)
    line = [NOTHING] * len(places)
    for element, value in cells.items():
        if value:
            line[places[element]] = value
    line[places["bcr_patient_barcode"]] = barcode
    return "\t".join(line) + "\n"


def _drop_if_empty(path: Path, encoding: str) -> None:
    """A table without rows says nothing, and is refused as cut off."""
    with path.open(encoding=encoding) as stream:
        rows = sum(1 for _, _ in zip(stream, range(4), strict=False))
    if rows < 4:
        path.unlink()
