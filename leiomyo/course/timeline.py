"""A patient's course as one value: what endpoints, lines and charts are read from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from leiomyo.model.dates import DayInterval
from leiomyo.store.store import Store

#: What counts as the disease coming back, spreading or growing.
RECURRENCES = frozenset({"local_recurrence", "regional_recurrence", "distant_metastasis", "progression"})
#: ... and an event whose kind the source does not tell.
NEW_EVENTS = RECURRENCES | {"new_tumor_event"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said about the disease, with the row that said it."""

    status: str
    day: DayInterval | None
    moment: str | None
    site: str | None
    place: str
    route: str | None = None
    response: str | None = None
    lesions: int | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on the tumour, with the margin and residual tumour of this operation."""

    kind: str
    day: DayInterval | None
    margin: str | None
    residual_tumor: str | None
    place: str
    margin_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Radiation:
    """One course of radiation."""

    start: DayInterval | None
    end: DayInterval | None
    ongoing: bool
    setting: str | None
    target: str | None
    dose_gy: float | None
    place: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """One drug, one stretch of time, and where it stands in the treatment.

    `agent` is a code of the vocabulary, or a question mark and the source's words. `line` is None where the
    exposure is in none; `standing` then says why: supportive, other_cancer or unplaced.
    """

    agent: str
    start: DayInterval | None
    end: DayInterval | None
    ongoing: bool
    setting: str | None
    kind: str | None
    trial: bool
    response: str | None
    own_tumour: bool
    place: str
    line: int | None = None
    standing: str = "unplaced"
    reason: str = ""
    reason_name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of therapy; number 0 is peri-operative treatment.

    `end` is None where the last day is not recorded (`ongoing` tells it from a line that still ran). `marks` names
    what a reader should know: endocrine, trial, masked, rechallenge, radiation, prior_anthracycline. `opening` is the
    regimen by the drugs of the first days, all that may group from the line's start; `opened_by` names the reason.
    """

    number: int
    regimen: str
    label: str
    agents: tuple[str, ...]
    start: DayInterval
    end: DayInterval | None
    ongoing: bool
    setting: str
    reason: str
    best_response: str | None
    marks: tuple[str, ...]
    exposures: tuple[Exposure, ...]
    opening: str = ""
    opened_by: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """One leiomyosarcoma patient: what was said about the disease and what was done, each in order of day."""

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
    cause_of_death: str | None = None
    #: Whether a staging statement at diagnosis says that there is distant spread; None where none does.
    metastatic_at_diagnosis: bool | None = None
    #: Whether any form says that radiation or drugs followed the operation; None where no form answers.
    told_adjuvant_radiation: bool | None = None
    told_adjuvant_drugs: bool | None = None
    #: What the latest contact that says so says of the patient and of the tumour.
    last_status: str | None = None
    last_tumor_status: str | None = None
    operations: tuple[Operation, ...] = ()
    radiations: tuple[Radiation, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def dead(self) -> bool:
        """Whether a death is recorded, with or without its day."""
        return self.vital_status == "dead"

    @property
    def spread_at_diagnosis(self) -> bool:
        """Whether distant spread is known to have been there at diagnosis, by staging or by statement."""
        return bool(self.metastatic_at_diagnosis) or any(
            said.status == "distant_metastasis" and said.moment == "at_diagnosis" for said in self.statements
        )

    @property
    def definitive_surgery(self) -> Operation | None:
        """The operation that was to remove the primary: the last re-excision, else the first resection.

        A re-excision brings its own margin; where it has none recorded, that of the first operation is not taken.
        """
        if not self.operations:  # asked of every patient by every question of a report
            return None
        again = [done for done in self.operations if done.kind == "re_excision"]
        if again:
            return max(again, key=lambda done: done.day.middle if done.day else -(10**6))
        return next((done for done in self.operations if done.kind == "primary"), None)

    def line(self, number: int) -> Line | None:
        """The line of that number."""
        return next((line for line in self.lines if line.number == number), None)


#: A status that names the cause is a statement of it.
_DIED_OF = {"DOD": "disease", "DOC": "other"}


def interval(row: dict[str, Any], name: str) -> DayInterval | None:
    """A day's interval from its two stored columns."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return None if low is None else DayInterval(low, high)


#: Keeps the rows of leiomyosarcoma patients.
ONLY_LMS = "SEMI JOIN (SELECT * FROM lms_case WHERE lms = 'yes') USING (centre, patient)"
_PLACE = "source || '/' || file || ':' || row AS place"


def recorded_courses(store: Store) -> list[Course]:
    """The course of each leiomyosarcoma patient as recorded, without lines, by centre and patient."""
    told: dict[str, Any] = {
        "statements": _grouped(store, "disease_status", "day", _statement, "tumour = '1'"),
        "operations": _grouped(store, "surgery", "day", _operation, "tumour = '1'"),
        "radiations": _grouped(store, "radiotherapy", "start", _radiation, "tumour = '1'"),
        "exposures": _grouped(store, "drug_exposure", "start", _exposure, "true"),
    }
    found = []
    for person in _people(store):
        own: dict[str, Any] = {
            name: tuple(rows.get((person["centre"], person["patient"]), ())) for name, rows in told.items()
        }
        found.append(Course(**person, **own))
    return found


def _grouped(store: Store, table: str, day: str, make: Any, where: str) -> dict[tuple[str, str], list[Any]]:
    """Each patient's rows of a table as values, in order of day."""
    rows: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in store.each(f"""SELECT *, {_PLACE} FROM {table} {ONLY_LMS} WHERE {where}
                               ORDER BY centre, patient, {day}_low NULLS LAST, {day}_high, statement"""):
        rows[row["centre"], row["patient"]].append(make(row))
    return rows


def _statement(row: dict[str, Any]) -> Statement:
    said = {name: row[name] for name in ("status", "moment", "site", "place", "route", "response", "lesions")}
    return Statement(day=interval(row, "day"), **said)


def _operation(row: dict[str, Any]) -> Operation:
    done = {name: row[name] for name in ("kind", "margin", "residual_tumor", "place", "margin_mm")}
    return Operation(day=interval(row, "day"), **done)


def _radiation(row: dict[str, Any]) -> Radiation:
    given = {name: row[name] for name in ("setting", "target", "dose_gy", "place")}
    return Radiation(interval(row, "start"), interval(row, "end"), bool(row["ongoing"]), **given)


def _exposure(row: dict[str, Any]) -> Exposure:
    return Exposure(
        agent=row["agent"] or f"?{row['as_written'] or ''}", start=interval(row, "start"), end=interval(row, "end"),
        ongoing=bool(row["ongoing"]), setting=row["setting"], kind=row["stated_kind"], trial=bool(row["trial_drug"]),
        response=row["response"], own_tumour=row["tumour"] == "1", place=row["place"],
    )  # fmt: skip


def _people(store: Store) -> Iterable[dict[str, Any]]:
    """The fields of each course that are the patient's own."""
    for row in store.each("""
            WITH place AS (SELECT statement, source || '/' || file || ':' || row AS place FROM statement_patient),
            told AS (SELECT centre, patient, bool_or(new_tumor_event) AS new_tumor_event,
                            bool_or(adjuvant_radiation) AS told_adjuvant_radiation,
                            bool_or(adjuvant_drugs) AS told_adjuvant_drugs,
                            arg_max(status, contact_high) AS last_status,
                            arg_max(tumor_status, contact_high) AS last_tumor_status FROM follow_up GROUP BY ALL),
            staged AS (SELECT centre, patient, bool_or(m LIKE 'M1%' OR (m IS NULL AND stage_group IN
                              ('IV', 'IVB', 'Stage IV', 'Stage IVB'))) AS metastatic
                       FROM stage WHERE tumour = '1' AND NOT coalesce(derived, false) GROUP BY ALL)
            SELECT p.*, d.diagnosis_low, d.diagnosis_high, told.new_tumor_event, told.told_adjuvant_radiation,
                   told.told_adjuvant_drugs, told.last_status, told.last_tumor_status, staged.metastatic,
                   death.place AS death_place, contact.place AS contact_place
            FROM lms_case c
            JOIN patient p USING (centre, patient)
            JOIN diagnosis d ON d.centre = c.centre AND d.patient = c.patient AND d.role = 'index'
            LEFT JOIN told ON told.centre = c.centre AND told.patient = c.patient
            LEFT JOIN staged ON staged.centre = c.centre AND staged.patient = c.patient
            JOIN place death ON death.statement = coalesce(p.origins['death'], p.statement)
            JOIN place contact ON contact.statement = coalesce(p.origins['last_contact'], p.statement)
            WHERE c.lms = 'yes' ORDER BY p.centre, p.patient"""):
        named = ("centre", "patient", "vital_status", "death_place", "contact_place", "new_tumor_event",
                 "told_adjuvant_radiation", "told_adjuvant_drugs", "last_status", "last_tumor_status")  # fmt: skip
        yield {name: row[name] for name in named} | {
            "diagnosis": _origin(row), "death": interval(row, "death"), "last_contact": interval(row, "last_contact"),
            "cause_of_death": row["cause_of_death"] or _DIED_OF.get(row["last_status"] or ""),
            "metastatic_at_diagnosis": row["metastatic"],
        }  # fmt: skip


def _origin(row: dict[str, Any]) -> DayInterval | None:
    """The day of diagnosis; day 0 where the patient's days count from it."""
    return interval(row, "diagnosis") or (DayInterval(0, 0) if row["axis"] == "diagnosis" else None)
