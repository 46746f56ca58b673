"""The case tables, one declaration each: what a row is, its columns, and how two statements become one.

Everything else is derived from these declarations: the registry's tables, the Arrow schemas, the rules of
reconciliation and the data dictionary (`docs/data-dictionary.md`). Words follow IDEA4RC, mCODE, OMOP oncology
and ICD-O-3; where a source's word differs, its reader translates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "code", "integer", "number", "flag", "day"]
Privacy = Literal["identifying", "sensitive", "plain"]
#: How one value is chosen from several statements of the same fact; see docs/reconcile.md.
Rule = Literal["authority", "dead_beats_alive", "latest", "largest", "describes"]

SQL_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "code": "VARCHAR",
    "integer": "INTEGER",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "day": "INTEGER",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a `day` is stored as two integers, `<name>_low` and `<name>_high`."""

    name: str
    kind: Kind
    meaning: str
    codes: str = ""
    unit: str = ""
    privacy: Privacy = "sensitive"
    rule: Rule = "authority"
    low: float | None = None
    high: float | None = None
    #: The same fact stands in another table, whose entry in the ledger is enough.
    told_elsewhere: bool = False

    @property
    def stored(self) -> tuple[str, ...]:
        """The names under which the column is stored."""
        return (f"{self.name}_low", f"{self.name}_high") if self.kind == "day" else (self.name,)


@dataclass(frozen=True, slots=True)
class Table:
    """One case table.

    `identity` names the columns that make two statements speak of the same row of one patient (beside the
    source's own record identifier, which always does). With `repeats="merge"` equal rows of one file are the
    same fact told twice; with `"keep"` the file means two rows (two courses of the same drug).
    """

    name: str
    row_is: str
    identity: tuple[str, ...]
    columns: tuple[Column, ...]
    repeats: Literal["merge", "keep"] = "merge"
    by_record: bool = False
    index: dict[str, Column] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Index the columns by name, once."""
        object.__setattr__(self, "index", {column.name: column for column in self.columns})

    def stored(self) -> Iterator[tuple[str, str]]:
        """Name and SQL type of each stored value column, in order."""
        for column in self.columns:
            for name in column.stored:
                yield name, SQL_TYPES[column.kind]


#: Where a row comes from; every table has these, in front of its own columns.
PROVENANCE: tuple[tuple[str, str, str], ...] = (
    ("centre", "VARCHAR", "the centre that keeps the patient's record"),
    ("patient", "VARCHAR", "the patient's identifier, as the source writes it"),
    ("record", "VARCHAR", "the source's own identifier of the record, where it has one"),
    ("recorded", "VARCHAR", "the day the form was filled in (ISO); a form's date, not an event's"),
    ("source", "VARCHAR", "the name of the source that said it first"),
    ("file", "VARCHAR", "the file of that source"),
    ("row", "INTEGER", "the row in that file; the first line is 1"),
    ("missing", "VARCHAR", "JSON: why a column has no value, by column (list `missing`)"),
)


def _text(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "text", meaning, **more)  # type: ignore[arg-type]


def _code(name: str, codes: str, meaning: str, **more: object) -> Column:
    return Column(name, "code", meaning, codes=codes, **more)  # type: ignore[arg-type]


def _day(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "day", meaning, unit="days", **more)  # type: ignore[arg-type]


def _flag(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "flag", meaning, **more)  # type: ignore[arg-type]


def _number(name: str, unit: str, meaning: str, low: float, high: float, rule: Rule = "authority") -> Column:
    return Column(name, "number", meaning, unit=unit, low=low, high=high, rule=rule)


def _whole(name: str, unit: str, meaning: str, low: float, high: float, rule: Rule = "authority") -> Column:
    return Column(name, "integer", meaning, unit=unit, low=low, high=high, rule=rule)


_TUMOUR = _text("tumour", "which tumour of the patient: 1 is the one the record is about", privacy="plain")

PATIENT = Table(
    "patient",
    "a person at a centre",
    identity=(),
    columns=(
        _code("axis", "axis", "what the patient's days count from: the calendar, or the diagnosis"),
        _code("sex", "sex", "sex as recorded"),
        _day("birth", "day of birth", privacy="identifying"),
        _text("race", "race as recorded by the source"),
        _text("ethnicity", "ethnicity as recorded by the source"),
        _text("contributing_site", "the hospital that contributed the patient to a multi-centre source"),
        _code("vital_status", "vital_status", "alive or dead", rule="dead_beats_alive"),
        _day("death", "day of death"),
        _day("last_contact", "latest day on which the patient was known to be alive", rule="latest"),
        _code("cause_of_death", "cause_of_death", "cause of death"),
        _flag("other_malignancy", "another cancer before or at the time of this one"),
    ),
)

DIAGNOSIS = Table(
    "diagnosis",
    "one tumour of one patient: the leiomyosarcoma, or another cancer kept as context",
    identity=("tumour",),
    columns=(
        _TUMOUR,
        _code("role", "tumour_role", "the tumour the record is about, or another primary"),
        _day("diagnosis", "day of the pathological diagnosis"),
        _whole("diagnosis_year", "year", "calendar year of the diagnosis", 1900, 2100),
        _number("age_years", "years", "age at diagnosis", 0, 120),
        _text("histology", "the diagnosis in the source's words"),
        _text("histology_subtype", "the subtype in the source's words"),
        _text("morphology", "ICD-O-3 morphology with behaviour, such as 8890/3"),
        _text("topography", "ICD-O-3 topography, such as C48.0"),
        _text("icd10", "ICD-10 code, where the source has one"),
        _text("subsites", "sites in the source's words, most specific part; several joined by |"),
        _text("regions", "the wider regions the source files those sites under; several joined by |"),
        _text("site_text", "the site in free text"),
        _code("laterality", "laterality", "side"),
        _number("size_mm", "mm", "largest diameter, pathological where given, else radiological", 0, 1000),
        _code("size_basis", "size_basis", "how the size was measured"),
        _code("depth", "depth", "superficial or deep to the fascia"),
        _text("grade", "histological grade as recorded"),
        _text("grade_system", "the system of that grade, such as FNCLCC"),
        _number("mitoses_per_10_hpf", "mitoses per 10 high-power fields", "mitotic count", 0, 500),
        _code("necrosis", "necrosis", "extent of tumour necrosis"),
        _number("necrosis_percent", "%", "tumour necrosis", 0, 100),
        _flag("multifocal", "more than one focus"),
        _whole("lesions", "lesions", "number of separate lesions", 0, 200),
        _code("vessel_of_origin", "vessels", "the large vessel the tumour arose from"),
        _code("vessel_involved", "vessels", "a large vessel the tumour involves; it may have arisen elsewhere"),
        _flag("uterine_involvement", "the uterus is involved"),
    ),
)

STAGE = Table(
    "stage",
    "one staging statement",
    identity=("tumour", "system", "edition", "basis"),
    columns=(
        _TUMOUR,
        _code("system", "stage_system", "FIGO or AJCC"),
        _text("edition", "edition of the system"),
        _code("basis", "stage_basis", "clinical or pathological"),
        _text("t", "T category"),
        _text("n", "N category"),
        _text("m", "M category"),
        _text("stage_group", "stage group as recorded"),
        _flag("derived", "worked out from size and spread, not stated by the source"),
    ),
)

SYMPTOM = Table(
    "symptom",
    "one complaint at one time",
    identity=("term", "onset"),
    columns=(
        _code("term", "symptoms", "the complaint"),
        _text("as_written", "the complaint in the source's words"),
        _day("onset", "day it was first reported"),
        _text("severity", "severity as recorded"),
    ),
)

DISEASE_STATUS = Table(
    "disease_status",
    "one statement about the disease: recurrence, metastasis, response, no evidence of disease",
    identity=("tumour", "status", "day", "moment", "site", "site_text"),
    columns=(
        _TUMOUR,
        _code("status", "disease_status", "what was stated"),
        _day("day", "day it was found"),
        _code("moment", "status_moment", "at diagnosis, or later; told apart where no day is given"),
        _code("site", "metastatic_sites", "where"),
        _text("site_text", "where, in the source's words", rule="describes"),
        _code("route", "route", "by blood, locally, or through lymph nodes"),
        _code("response", "response", "best response"),
        _text("criteria", "criteria of the response, such as RECIST 1.1"),
        _number("size_mm", "mm", "largest diameter of the lesion", 0, 1000, rule="largest"),
        _whole("lesions", "lesions", "number of separate lesions", 0, 200, rule="largest"),
        _flag("given_drugs", "drugs were given for it", rule="largest"),
        _flag("given_radiation", "radiation was given for it", rule="largest"),
    ),
)

SURGERY = Table(
    "surgery",
    "one operation",
    identity=("tumour", "kind", "day"),
    columns=(
        _TUMOUR,
        _code("kind", "surgery_kind", "what the operation was for"),
        _day("day", "day of the operation"),
        _code("margin", "margins", "the source's own statement on the margin"),
        _number("margin_mm", "mm", "width of the margin", 0, 500),
        _code("residual_tumor", "residual_tumor", "R classification; a second statement beside the margin"),
        _flag("neoadjuvant", "drugs or radiation were given before it"),
        _flag("rupture", "the tumour ruptured"),
        _flag("morcellation", "the tumour was morcellated"),
        _text("organs_resected", "organs taken with the tumour, in the source's words"),
        _flag("organs_invaded", "the tumour invaded an organ taken with it"),
    ),
)

RADIOTHERAPY = Table(
    "radiotherapy",
    "one course of radiation",
    identity=("tumour", "start", "end", "target"),
    repeats="keep",
    by_record=True,
    columns=(
        _TUMOUR,
        _day("start", "first day"),
        _day("end", "last day"),
        _flag("ongoing", "still running when recorded"),
        _code("setting", "setting", "the setting as the source states it"),
        _code("target", "radiation_target", "what was irradiated"),
        _number("dose_gy", "Gy", "total absorbed dose", 0, 150),
        _text("dose_as_written", "dose and unit in the source's words"),
        _whole("fractions", "fractions", "number of fractions", 1, 100),
        _code("technique", "radiation_technique", "external beam or from within"),
        _code("response", "response", "best response"),
    ),
)

DRUG_EXPOSURE = Table(
    "drug_exposure",
    "one drug, one stretch of time",
    identity=("tumour", "agent", "as_written", "start"),
    repeats="keep",
    by_record=True,
    columns=(
        _TUMOUR,
        _code("agent", "drugs", "the drug; empty where the name is not known"),
        _text("as_written", "the drug in the source's words"),
        _code("matched", "drug_match", "how the words were matched to the drug"),
        _day("start", "first day"),
        _day("end", "last day"),
        _flag("ongoing", "still running when recorded"),
        _code("setting", "setting", "the setting as the source states it"),
        _code("stated_kind", "drug_kind", "kind of treatment as the source states it"),
        _flag("trial_drug", "given within a clinical trial"),
        _whole("line_stated", "line", "line or regimen number as the source states it", 0, 30),
        _whole("cycles", "cycles", "number of cycles", 0, 200),
        _text("dose_as_written", "dose and unit in the source's words"),
        _text("administration_route", "route of administration"),
        _code("response", "response", "best response"),
    ),
)

FOLLOW_UP = Table(
    "follow_up",
    "one contact with the patient",
    identity=("contact", "vital_status"),
    by_record=True,
    columns=(
        _day("contact", "day of the contact, or of the death it reports", told_elsewhere=True),
        _code("vital_status", "vital_status", "alive or dead at the contact", told_elsewhere=True),
        _code("tumor_status", "tumor_status", "with tumour or tumour free"),
        _code("status", "follow_up_status", "NED, AWD, DOD, DOC, DUC, lost"),
        _flag("lost", "lost to follow-up"),
        _flag("adjuvant_radiation", "radiation after the primary treatment"),
        _flag("adjuvant_drugs", "drugs after the primary treatment"),
        _flag("new_tumor_event", "a new tumour event since the primary treatment"),
        _code("response", "response", "outcome of treatment at the contact"),
    ),
)

BIOMARKER = Table(
    "biomarker",
    "one result of a molecular or immunohistochemical test",
    identity=("gene", "alteration", "day"),
    columns=(
        _text("gene", "gene or protein"),
        _text("alteration", "alteration as recorded"),
        _text("value", "result as recorded"),
        _text("method", "method of the test"),
        _day("day", "day of the test"),
    ),
)

ADVERSE_EVENT = Table(
    "adverse_event",
    "one adverse event",
    identity=("term", "day"),
    columns=(
        _text("term", "CTCAE term"),
        _whole("grade", "CTCAE grade", "severity", 1, 5),
        _day("day", "day it began"),
        _text("attributed_to", "treatment it was attributed to"),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PATIENT, DIAGNOSIS, STAGE, SYMPTOM, DISEASE_STATUS, SURGERY,
        RADIOTHERAPY, DRUG_EXPOSURE, FOLLOW_UP, BIOMARKER, ADVERSE_EVENT,
    )
}  # fmt: skip
