"""A patient's course as one value: what endpoints, lines and charts are read from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from leiomyo.model.dates import DayInterval
from leiomyo.store.store import Store

#: What counts as the disease coming back, spreading or growing.
RECURRENCES = frozenset({"local_recurrence", "regional_recurrence", "distant_metastasis", "progression"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said about the disease, with the row that said it."""

    status: str
    day: DayInterval | None
    moment: str | None
    site: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Course:
    """One leiomyosarcoma patient: vital status and everything said about the disease, in order of day."""

    centre: str
    patient: str
    diagnosis: DayInterval | None
    vital_status: str | None
    death: DayInterval | None
    death_place: str
    last_contact: DayInterval | None
    contact_place: str
    statements: tuple[Statement, ...]
    #: Whether any form says that there has been a new tumour event; None where no form answers.
    new_tumor_event: bool | None

    @property
    def dead(self) -> bool:
        """Whether a death is recorded, with or without its day."""
        return self.vital_status == "dead"


def interval(row: dict[str, Any], name: str) -> DayInterval | None:
    """A day's interval from its two stored columns."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return None if low is None else DayInterval(low, high)


def courses(store: Store) -> Iterator[Course]:
    """The course of each leiomyosarcoma patient, by centre and patient."""
    statements = defaultdict(list)
    for row in store.dicts("""
            SELECT centre, patient, status, day_low, day_high, moment, site,
                   source || '/' || file || ':' || row AS place
            FROM disease_status SEMI JOIN (SELECT * FROM lms_case WHERE lms = 'yes') USING (centre, patient)
            WHERE tumour = '1' ORDER BY centre, patient, day_low NULLS LAST, day_high, status, site"""):
        said = Statement(row["status"], interval(row, "day"), row["moment"], row["site"], row["place"])
        statements[row["centre"], row["patient"]].append(said)
    for row in store.dicts("""
            WITH place AS (SELECT statement, source || '/' || file || ':' || row AS place FROM statement_patient),
            told AS (SELECT centre, patient, bool_or(new_tumor_event) AS new_tumor_event FROM follow_up GROUP BY ALL)
            SELECT p.*, d.diagnosis_low, d.diagnosis_high, told.new_tumor_event,
                   death.place AS death_place, contact.place AS contact_place
            FROM lms_case c
            JOIN patient p USING (centre, patient)
            JOIN diagnosis d ON d.centre = c.centre AND d.patient = c.patient AND d.role = 'index'
            LEFT JOIN told ON told.centre = c.centre AND told.patient = c.patient
            JOIN place death ON death.statement = coalesce(p.origins['death'], p.statement)
            JOIN place contact ON contact.statement = coalesce(p.origins['last_contact'], p.statement)
            WHERE c.lms = 'yes' ORDER BY p.centre, p.patient"""):
        yield Course(
            centre=row["centre"],
            patient=row["patient"],
            diagnosis=_origin(row),
            vital_status=row["vital_status"],
            death=interval(row, "death"),
            death_place=row["death_place"],
            last_contact=interval(row, "last_contact"),
            contact_place=row["contact_place"],
            statements=tuple(statements[row["centre"], row["patient"]]),
            new_tumor_event=row["new_tumor_event"],
        )


def _origin(row: dict[str, Any]) -> DayInterval | None:
    """The day of diagnosis; day 0 where the patient's days count from it."""
    return interval(row, "diagnosis") or (DayInterval(0, 0) if row["axis"] == "diagnosis" else None)
