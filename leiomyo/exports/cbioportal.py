"""A cBioPortal study of case tables: clinical files and timelines, days counted from the diagnosis.

What stands in which column is data: `cbioportal_written.csv` and `cbioportal_timelines.csv`. The words are those that
are read back (leiomyo/sources/cbioportal.py), labels where these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from leiomyo.exports.cbioportal_cells import Patients, Row
from leiomyo.exports.cbioportal_clinical import described, patient_rows, sample_rows
from leiomyo.exports.cbioportal_timelines import event_rows, timelines
from leiomyo.exports.texts import one_line, text_file
from leiomyo.model.records import Records, diagnoses, rows

#: A uterine OncoTree code names the organ where this column does not say that nothing more is known of it.
_ALWAYS = "PRIMARY_SUBSITES"


def write_study(records: Records, folder: Path, *, name: str, encoding: str = "utf-8") -> dict[str, int]:
    """Write the study's files into a folder, which is made.

    Parameters
    ----------
    name
        The study's identifier.

    Returns
    -------
    dict
        What could not be written, most of it for want of a whole day, by kind and count; empty where everything was.
        Patients whose day of diagnosis is not exact have no timeline.
    """
    folder.mkdir(parents=True, exist_ok=True)
    patients = _patients(records)
    tables: dict[str, str] = {}
    clinical = {"patient": patient_rows(records, patients), "sample": sample_rows(records, patients)}
    for part, told in clinical.items():
        about = described(part)
        if _write(folder / f"data_clinical_{part}.txt", list(about), told, encoding, above=about):
            tables[f"clinical_{part}"] = f"{part.upper()}_ATTRIBUTES"
    for timeline, columns in timelines().items():
        if _write(folder / f"data_timeline_{timeline}.txt", columns, event_rows(timeline, records, patients), encoding):
            tables[f"timeline_{timeline}"] = "TIMELINE"
    _meta(folder, one_line(name), tables, encoding)
    return dict(patients.left)


def _patients(records: Records) -> Patients:
    """The patients with the day that their days count from, where it is known."""
    told = {(centre or "", patient): days for (centre, patient), days in diagnoses(records).items()}
    origin: dict[tuple[str, str], int | None] = {}
    relative = set()
    for row in rows(records["patient"]):
        who = (row.get("centre", ""), row["patient"])
        if row.get("axis") == "diagnosis":
            relative.add(who)
        low, high = told.get(who, (0, 0) if who in relative else (0, 1))
        origin[who] = low if low == high else None
    patients = Patients(origin, several=len({centre for centre, _ in origin}) > 1, relative=frozenset(relative))
    if unknown := sum(day is None for day in origin.values()):
        patients.left["patients' timelines, since their day of diagnosis is not known to the day"] = unknown
    return patients


def _write(path: Path, names: Sequence[str], told: Iterable[Row], encoding: str, *,
           above: Mapping[str, tuple[str, str]] | None = None) -> bool:  # fmt: skip
    """A tab-separated file, a clinical one with the four rows that describe its columns; nothing where no row is.

    A clinical file has only the columns that any of its rows fills.
    """
    if above:
        held = list(told)
        filled = {_ALWAYS}.union(*held)
        names = [name for name in names if name in filled]
        told = held
    first = next(iterator := iter(told), None)
    if first is None:
        return False
    with text_file(path, encoding) as stream:
        if above:
            stream.write("#" + "\t".join(name.replace("_", " ").title() for name in names) + "\n")
            for place in (0, 1):
                stream.write("#" + "\t".join(above[name][place] for name in names) + "\n")
            stream.write("#" + "\t".join("1" for _ in names) + "\n")
        stream.write("\t".join(names) + "\n")
        stream.writelines("\t".join([row.get(name, "") for name in names]) + "\n" for row in chain([first], iterator))
    return True


def _meta(folder: Path, name: str, tables: Mapping[str, str], encoding: str) -> None:
    """The files that tell cBioPortal what the others are."""
    files = {"study": {"type_of_cancer": "soft_tissue", "cancer_study_identifier": name, "name": name,
                       "description": "Leiomyosarcoma patients of a registry"}}  # fmt: skip
    for table, datatype in tables.items():
        files[table] = {"cancer_study_identifier": name, "genetic_alteration_type": "CLINICAL",
                        "datatype": datatype, "data_filename": f"data_{table}.txt"}  # fmt: skip
    for file, told in files.items():
        with text_file(folder / f"meta_{file}.txt", encoding) as stream:
            stream.write("".join(f"{key}: {value}\n" for key, value in told.items()))
