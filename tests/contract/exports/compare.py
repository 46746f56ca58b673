"""Whether two sets of case tables say the same, but for what a format cannot say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from leiomyo.exports.writers import cannot
from leiomyo.model.records import KEYS, Records, diagnoses, records_of, rows
from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry

#: How words were matched, what days count from and what follows from a day is the reader's part, not what was said.
_NOT_SAID = {"axis", "matched", "derived", "diagnosis_year"}


def held(registry: Registry) -> Records:
    """The registry's case tables, without the stages that it worked out itself."""
    told = {"stage": "WHERE derived IS DISTINCT FROM TRUE"}
    return records_of({name: registry.store.dicts(f"SELECT * FROM {name} {told.get(name, '')}") for name in TABLES})


def _ends(records: Records) -> set[tuple[Any, ...]]:
    """Day and vital status by which each patient row itself tells a last contact or a death."""
    return {(row["patient"], row.get(f"{column}_low"), row.get(f"{column}_high"), row.get("vital_status"))
            for row in rows(records["patient"]) for column in ("death", "last_contact")}  # fmt: skip


def _repeats(row: Mapping[str, Any], ends: set[tuple[Any, ...]]) -> bool:
    """Whether a contact says no more than the patient's own row does."""
    told = (row["patient"], row.get("contact_low"), row.get("contact_high"), row.get("vital_status"))
    return told in ends and set(row) <= {*KEYS, "contact_low", "contact_high", "vital_status"}


def _axes(records: Records) -> dict[tuple[str, str], str]:
    return {(row["centre"], row["patient"]): row.get("axis", "") for row in rows(records["patient"])}


def said(records: Records, format: str, *, relative: bool) -> dict[str, Counter[tuple[Any, ...]]]:
    """The rows of each table as patient, column and value, without what the format cannot say."""
    left, origin = cannot(format), {patient: low for (_, patient), (low, high) in diagnoses(records).items()}
    told, ends = {}, _ends(records)
    for name, table in TABLES.items():
        days = {stored for column in table.columns if column.kind == "day" for stored in column.stored}
        skip = {stored for column in table.columns for stored in column.stored
                if (name, column.name) in left or column.name in _NOT_SAID}  # fmt: skip
        told[name] = Counter()
        for row in rows(records[name]) if (name, "*") not in left else ():
            if name == "follow_up" and _repeats(row, ends):
                continue
            shift = origin.get(row["patient"], 0) if relative else 0
            cells = {key: _plain(value - shift if key in days else value) for key, value in row.items()
                     if key not in {"centre", "record", *skip}}  # fmt: skip
            told[name][tuple(sorted(cells.items()))] += 1
    return told


def _plain(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def differences(expected: Records, found: Records, format: str) -> dict[str, Mapping[str, list[Any]]]:
    """By table, the rows that are missing and those that are too many; empty where both say the same."""
    relative = "diagnosis" in _axes(found).values()
    wanted, got = said(expected, format, relative=relative), said(found, format, relative=relative)
    return {
        name: {"missing": sorted((wanted[name] - got[name]).elements(), key=str),
               "too many": sorted((got[name] - wanted[name]).elements(), key=str)}
        for name in TABLES if wanted[name] != got[name]
    }  # fmt: skip
