"""The elements of FHIR that the writer's resources are made of, and what it knows of the whole export meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from leiomyo.exports.texts import clean
from leiomyo.model.codes import codes, label
from leiomyo.model.records import iso_date
from leiomyo.model.tables import TABLES
from leiomyo.sources import data_files
from leiomyo.sources.fhir_values import OWN, listed

Row = Mapping[str, Any]
Json = dict[str, Any]
Who = tuple[str, str]
LOINC, SNOMED, ATHENA = "http://loinc.org", "http://snomed.info/sct", "http://athena.ohdsi.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10, ICDO3 = "http://hl7.org/fhir/sid/icd-10", "http://terminology.hl7.org/CodeSystem/icd-o-3"
UCUM = "http://unitsofmeasure.org"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
_ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
_URLS = {"loinc": LOINC, "snomed": SNOMED, "athena": ATHENA, "rxnorm": RXNORM}
_VALUE = {"text": "valueString", "code": "valueCode", "integer": "valueInteger", "number": "valueDecimal",
          "flag": "valueBoolean"}  # fmt: skip
_iso = lru_cache(maxsize=65_536)(iso_date)


@dataclass(slots=True)
class Export:
    """The patients and their tumours by their resources, and what was left out."""

    people: dict[Who, str] = field(default_factory=dict)
    #: The Condition of each tumour of each patient's resource.
    conditions: dict[tuple[str, str], str] = field(default_factory=dict)
    #: The days of the diagnosis of the tumour that each patient's record is about.
    diagnosed: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: The patients with another tumour than that of the record.
    several: set[str] = field(default_factory=set)
    left: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Fact:
    """One row of a case table on its way into resources: whose it is, and which columns no element has taken yet."""

    export: Export
    table: str
    row: Row
    person: str
    number: int

    def get(self, name: str) -> Any:
        """The value of a column."""
        return self.row.get(name)

    def date(self, name: str, *, again: bool = False) -> str | None:
        """A day as a date, as its month or its year; any other stretch of days is left out and counted once."""
        told = _iso(self.row.get(f"{name}_low"), self.row.get(f"{name}_high"))
        if told is None and not again:
            self.export.left[f"{self.table}.{name}: known to no day, month or year"] += 1
        return told or None

    def days(self, name: str) -> tuple[int, int] | None:
        """The first and last day that a column may mean, as far as its date says them."""
        low, high = self.row.get(f"{name}_low"), self.row.get(f"{name}_high")
        return (low, high) if low is not None and high is not None and _iso(low, high) else None

    def without(self, what: str) -> None:
        """Count the row among those that say nothing without that."""
        self.export.left[f"{self.table} without {what}"] += 1

    def resource(self, kind: str, part: str, profile: str = "", **members: Any) -> Json:
        """A resource of the patient, without the members that have no value."""
        made: Json = {"resourceType": kind, "id": f"{self.table.replace('_', '-')}-{self.number}{part}"}
        if profile:
            made["meta"] = {"profile": [MCODE + profile]}
        subject = {"subject": {"reference": f"Patient/{self.person}"}} if self.person else {}
        made |= subject | {name: value for name, value in members.items() if value is not None and value != []}
        return made

    @property
    def tumour(self) -> str:
        """Which tumour of the patient the row is about."""
        return self.row.get("tumour") or "1"

    def about(self) -> list[Json] | None:
        """A reference to the Condition of the row's tumour."""
        name = self.export.conditions.get((self.person, self.tumour))
        return [{"reference": f"Condition/{name}"}] if name else None

    def which(self) -> list[Json]:
        """That the row is about another tumour than that of the record."""
        return [] if self.tumour == "1" else [self.own("tumour", self.tumour)]

    def own(self, name: str, value: object) -> Json:
        """The extension that states a column; of one without a value, that there is none."""
        return own(self.table, name, value)

    def owns(self, *names: str) -> list[Json]:
        """The extensions for those of some columns that have a value."""
        row = self.row
        return [own(self.table, name, row[name]) for name in names if name in row]

    def settled(self, name: str, read: object) -> list[Json]:
        """The extension that states a column where the elements would be read as another value."""
        value = self.get(name)
        return [] if value == read else [own(self.table, name, value)]


def texts_of(row: Row) -> Row:
    """The row whose texts hold nothing that no text may hold; one of which nothing is left has no value."""
    told = {name: clean(value) if type(value) is str else value for name, value in row.items()}
    return {name: value for name, value in told.items() if value != ""} if "" in told.values() else told


def own(table: str, name: str, value: object) -> Json:
    """An extension of ours; without a value it says that the column has none."""
    url = f"{OWN}{table}.{name}"
    if value is None:
        return {"url": url, "extension": [_ABSENT]}
    return {"url": url, _VALUE[TABLES[table].index[name].kind]: value}


def coding(system: str, code: str, display: str = "") -> Json:
    """A code of a system."""
    return {"system": system, "code": code, **({"display": display} if display else {})}


def concept(text: str | None = None, *codings: Json) -> Json | None:
    """A concept; None where it would have neither words nor codes."""
    made: Json = {"coding": list(codings)} if codings else {}
    if text:
        made["text"] = text
    return made or None


def quantity(value: float, unit: str, code: str = "") -> Json:
    """An amount with its unit."""
    return {"value": value, "unit": unit, "system": UCUM, "code": code or unit}


@cache
def codings_of(list_name: str) -> dict[str, Json]:
    """The first code of each value in a list of `fhir_codes.csv` whose system has an address."""
    found: dict[str, Json] = {}
    for (system, code), value in listed(list_name).items():
        if system in _URLS and value:
            found.setdefault(value, coding(_URLS[system], code.upper() if system == "loinc" else code))
    return found


@cache
def listed_code(system: str, code: str) -> Json:
    """A code as `fhir_codes.csv` has it, with how it is shown."""
    row = next(row for row in data_files.rows("fhir_codes.csv") if (row["system"], row["code"]) == (system, code))
    return coding(_URLS[system], code, row["display"])


@cache
def shown(list_name: str, code: str) -> str:
    """How a code of ours is shown."""
    return label(list_name, code)


def named(list_name: str, code: str) -> Json:
    """A code of one of our own lists."""
    return coding(OWN + list_name, code, codes(list_name).get(code, {}).get("label", ""))
