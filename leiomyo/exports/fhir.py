"""FHIR R4 with the profiles of mCODE, as a bulk export: one NDJSON file for each type of resource.

What neither FHIR nor mCODE has an element for stands in extensions of our own, `urn:leiomyo:TABLE.COLUMN`, which are
read back as the columns that they name. Patients whose days count from the diagnosis have no dates, and are left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import msgspec

from leiomyo.errors import InputError
from leiomyo.exports import fhir_person, fhir_treatment, fhir_tumour
from leiomyo.exports.fhir_elements import Export, Fact, Json, texts_of
from leiomyo.exports.texts import clean, one_line
from leiomyo.model.records import Records, rows

_WRITERS: dict[str, Callable[[Fact], Iterator[Json]]] = {
    "diagnosis": fhir_tumour.diagnosis, "stage": fhir_tumour.stage, "symptom": fhir_tumour.symptom,
    "disease_status": fhir_tumour.disease_status, "surgery": fhir_treatment.surgery,
    "radiotherapy": fhir_treatment.radiotherapy, "drug_exposure": fhir_treatment.drug_exposure,
    "follow_up": fhir_person.follow_up, "biomarker": fhir_person.biomarker,
    "adverse_event": fhir_treatment.adverse_event,
}  # fmt: skip


def write_fhir(records: Records, folder: Path, *, name: str, encoding: str = "utf-8") -> dict[str, int]:
    """Write the resources into a folder, which is made.

    Parameters
    ----------
    name
        Whose numbers the patients bear: the system of their identifiers.
    encoding
        JSON is UTF-8; with any other encoding all signs beyond ASCII are escaped, so that it is both.

    Returns
    -------
    dict
        What was left out, by kind and count: patients without dates of the calendar, and stretches of days that are
        neither a day, a month nor a year.
    """
    encode = _encoder(encoding)
    folder.mkdir(parents=True, exist_ok=True)
    export = Export()
    with ExitStack() as stack:
        files: dict[str, IO[bytes]] = {}
        for made in _resources(records, export, name):
            kind = made["resourceType"]
            if kind not in files:
                files[kind] = stack.enter_context((folder / f"{kind}.ndjson").open("wb"))
            files[kind].write(encode(made) + b"\n")
    return dict(export.left)


def _encoder(encoding: str) -> Callable[[Json], bytes]:
    """JSON in UTF-8, or in signs that stand for themselves in the encoding.

    Raises
    ------
    InputError
        `LM-A019`: no JSON can be written in the encoding, or there is none of that name.
    """
    try:
        same = "{}".encode(encoding) == b"{}"
    except LookupError as error:
        raise InputError("LM-A019", f"There is no encoding {encoding!r}.") from error
    if not same:
        raise InputError("LM-A019", f"{encoding} is no encoding of JSON.")
    if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
        return msgspec.json.Encoder().encode
    return lambda made: json.dumps(made, separators=(",", ":")).encode("ascii")


def _resources(records: Records, export: Export, name: str) -> Iterator[Json]:
    people = list(_people(records, export))
    _look_through(records, export)
    system = f"urn:leiomyo:patients:{one_line(name).replace(' ', '-')}"
    for fact, who in people:
        yield from fhir_person.patient(fact, name=who, system=system)
    del people
    for table, write in _WRITERS.items():
        for fact in _facts(records, export, table):
            yield from write(fact)


def _people(records: Records, export: Export) -> Iterator[tuple[Fact, str]]:
    """Each patient whose days are of the calendar, and its name: with the centre where there are several."""
    several = len({centre for centre in records["patient"]["centre"].unique().to_pylist() if centre}) > 1
    for number, row in enumerate(rows(records["patient"]), start=1):
        if row.get("axis") == "diagnosis":
            export.left["patients whose days count from the diagnosis"] += 1
            continue
        centre, patient = row.get("centre", ""), row["patient"]
        person = export.people[centre, patient] = f"p{number}"
        yield (
            Fact(export, "patient", texts_of(row), person, number),
            clean(f"{centre}-{patient}" if several else patient),
        )


def _look_through(records: Records, export: Export) -> None:
    """The Condition of each tumour, and when it was found."""
    for fact in _facts(records, export, "diagnosis", quietly=True):
        export.conditions.setdefault((fact.person, fact.tumour), f"diagnosis-{fact.number}")
        if fact.tumour != "1":
            export.several.add(fact.person)
        elif days := fact.days("diagnosis"):
            export.diagnosed[fact.person] = days


def _facts(records: Records, export: Export, table: str, *, quietly: bool = False) -> Iterator[Fact]:
    """The rows of a table whose patient is written."""
    for number, row in enumerate(rows(records[table]), start=1):
        person = export.people.get((row.get("centre", ""), row["patient"]))
        if person:
            yield Fact(export, table, texts_of(row), person, number)
        elif not quietly:
            export.left[f"{table}: of a patient who is left out"] += 1
