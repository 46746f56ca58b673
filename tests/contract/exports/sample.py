"""Six made patients that use every case table: whole days and partial ones, two tumours, all sites and settings."""

from __future__ import annotations

from datetime import date
from typing import Any

from leiomyo.model.dates import calendar_day
from leiomyo.model.records import Records, records_of
from leiomyo.model.tables import TABLES

Row = dict[str, Any]
_DEAD, _ALIVE = "dead", "alive"


def _dx(patient: str, day: str, topography: str, age: float, size: float, **more: Any) -> Row:
    return {"patient": patient, "tumour": "1", "role": "index", "diagnosis": day, "age_years": age, "topography": topography,
            "histology": "Leiomyosarcoma, NOS", "morphology": "8890/3", "size_mm": size} | more  # fmt: skip


def _drug(patient: str, agent: str, start: str, end: str | None, **more: Any) -> Row:
    return {"patient": patient, "tumour": "1", "agent": agent, "start": start, "end": end} | more


_ROWS: dict[str, list[Row]] = {
    "patient": [
        {"patient": "P1", "sex": "female", "birth": "1960-05-02", "vital_status": _DEAD, "death": "2021-02-10",
         "last_contact": "2021-02-10", "cause_of_death": "disease"},
        {"patient": "P2", "sex": "male", "birth": "1951-11-20", "vital_status": _ALIVE, "last_contact": "2023-03-01"},
        {"patient": "P3", "sex": "female", "birth": "1970-01-15", "vital_status": _ALIVE, "last_contact": "2022-12-24"},
        {"patient": "P4", "sex": "female", "birth": "1948-07-07", "vital_status": _DEAD, "death": "2020-08-01",
         "last_contact": "2020-08-01", "cause_of_death": "other"},
        {"patient": "P5", "sex": "male", "birth": "1939-03-30", "vital_status": _DEAD, "death": "2019-12-31",
         "last_contact": "2019-12-31", "cause_of_death": "disease"},
        {"patient": "P6", "sex": "female", "birth": "1980-10-10", "vital_status": _ALIVE, "last_contact": "2023-05-05"},
    ],
    "diagnosis": [
        _dx("P1", "2018-01-10", "C54.2", 57, 85.0, grade="3", grade_system="FNCLCC", mitoses_per_10_hpf=22.0,
            necrosis="focal", size_basis="pathological", uterine_involvement=True),
        _dx("P2", "2019-06-18", "C48.0", 67, 142.0, grade="2", grade_system="FNCLCC", size_basis="pathological", depth="deep"),
        _dx("P3", "2020-02-02", "C49.2", 50, 48.0, laterality="left", grade="2", grade_system="FNCLCC", depth="deep"),
        _dx("P4", "2017-09-01", "C49.4", 69, 70.0, vessel_of_origin="inferior_vena_cava", grade="3", grade_system="FNCLCC"),
        _dx("P5", "2019-01-05", "C16.9", 79, 60.0, multifocal=False),
        {"patient": "P6", "tumour": "1", "role": "index", "diagnosis": "2021-04-12", "age_years": 40.0,
         "topography": "C54.2", "histology": "Leiomyoma, NOS", "morphology": "8890/0", "size_mm": 55.0},
    ],
    "stage": [
        {"patient": "P1", "tumour": "1", "system": "FIGO", "edition": "2009", "basis": "pathological", "stage_group": "IB"},
        {"patient": "P2", "tumour": "1", "system": "AJCC", "edition": "8", "basis": "pathological", "t": "T3", "n": "N0", "m": "M0"},
        {"patient": "P3", "tumour": "1", "system": "AJCC", "edition": "8", "basis": "clinical", "t": "T1", "n": "N0", "m": "M0",
         "stage_group": "II"},
    ],
    "symptom": [
        {"patient": "P1", "term": "bleeding", "onset": "2017-11-20"}, {"patient": "P1", "term": "pain", "onset": "2017-12-01"},
        {"patient": "P3", "term": "swelling_or_mass", "onset": "2019-12-10"},
        {"patient": "P4", "term": "oedema", "onset": "2017-08-01"}, {"patient": "P4", "term": "blood_clot", "onset": "2017-08-20"},
    ],
    "disease_status": [
        {"patient": "P1", "tumour": "1", "status": "distant_metastasis", "day": "2019-03-01", "moment": "later", "site": "lung",
         "route": "haematogenous"},
        {"patient": "P1", "tumour": "1", "status": "progression", "day": "2019-08-15", "moment": "later"},
        {"patient": "P2", "tumour": "1", "status": "local_recurrence", "day": "2021-05-05", "moment": "later",
         "site": "retroperitoneum", "route": "local"},
        {"patient": "P4", "tumour": "1", "status": "distant_metastasis", "day": "2017-09-01", "moment": "at_diagnosis",
         "site": "liver", "route": "haematogenous"},
        {"patient": "P4", "tumour": "1", "status": "distant_metastasis", "day": "2017-09-01", "moment": "at_diagnosis",
         "site": "lung", "route": "haematogenous"},
    ],
    "surgery": [
        {"patient": "P1", "tumour": "1", "kind": "primary", "day": "2018-02-01", "margin": "negative", "residual_tumor": "R0",
         "morcellation": False},
        {"patient": "P1", "tumour": "1", "kind": "metastasectomy", "day": "2019-03-20", "margin": "positive",
         "residual_tumor": "R1"},
        {"patient": "P2", "tumour": "1", "kind": "primary", "day": "2019-07-10", "margin": "close", "residual_tumor": "R1",
         "margin_mm": 1.0},
        {"patient": "P3", "tumour": "1", "kind": "primary", "day": "2020-02-20", "margin": "positive", "residual_tumor": "R1"},
        {"patient": "P3", "tumour": "1", "kind": "re_excision", "day": "2020-03-18", "margin": "negative", "residual_tumor": "R0",
         "margin_mm": 12.0},
        {"patient": "P5", "tumour": "1", "kind": "debulking", "day": "2019-02-01", "residual_tumor": "R2"},
    ],
    "radiotherapy": [
        {"patient": "P3", "tumour": "1", "start": "2020-05-04", "end": "2020-06-19", "setting": "adjuvant", "target": "primary",
         "dose_gy": 66.0, "fractions": 33, "technique": "external"},
        {"patient": "P1", "tumour": "1", "start": "2020-01-07", "end": "2020-01-17", "setting": "palliative", "target": "distant",
         "dose_gy": 20.0, "fractions": 5, "technique": "external"},
    ],
    "drug_exposure": [
        _drug("P1", "gemcitabine", "2019-04-20", "2019-08-10", setting="palliative", response="PD"),
        _drug("P1", "docetaxel", "2019-04-27", "2019-08-10", setting="palliative", response="PD"),
        _drug("P1", "trabectedin", "2019-09-01", "2019-12-20", setting="palliative", response="SD"),
        _drug("P1", "pazopanib", "2020-02-10", "2020-09-30", setting="palliative"),
        _drug("P4", "doxorubicin", "2017-10-02", "2018-02-20", setting="palliative", response="PR"),
        _drug("P4", "dacarbazine", "2017-10-02", "2018-02-20", setting="palliative", response="PR"),
        _drug("P2", "doxorubicin", "2021-06-15", None, setting="palliative", ongoing=False),
    ],
    "follow_up": [
        {"patient": "P1", "contact": "2020-06-01", "vital_status": _ALIVE, "tumor_status": "with_tumor", "status": "AWD"},
        {"patient": "P3", "contact": "2021-08-11", "vital_status": _ALIVE, "tumor_status": "tumor_free", "status": "NED"},
        {"patient": "P3", "contact": "2022-12-24", "vital_status": _ALIVE, "tumor_status": "tumor_free", "status": "NED"},
    ],
    "biomarker": [
        {"patient": "P1", "gene": "TP53", "alteration": "R175H", "method": "sequencing", "day": "2018-02-15"},
        {"patient": "P2", "gene": "RB1", "alteration": "loss", "method": "immunohistochemistry", "day": "2019-07-20"},
    ],
    "adverse_event": [
        {"patient": "P1", "term": "Febrile neutropenia", "grade": 3, "day": "2019-05-02", "attributed_to": "docetaxel"},
    ],
}  # fmt: skip


def sample(*, partial: bool = False) -> Records:
    """The patients; with `partial`, some of their days are known to the month or the year only."""
    days = {name: {column.name for column in table.columns if column.kind == "day"} for name, table in TABLES.items()}
    told = {name: [_stored(row, days[name], partial=partial, number=number) for number, row in enumerate(found)]
            for name, found in _ROWS.items()}  # fmt: skip
    return records_of(told)


def _stored(row: Row, days: set[str], *, partial: bool, number: int) -> Row:
    stored: Row = {"centre": "A"}
    for name, value in row.items():
        if name not in days:
            stored[name] = value
        elif value is not None:
            kept = name in {"diagnosis", "death", "last_contact", "birth"}
            text = value if not partial or kept or number % 3 == 0 else value[:7] if number % 3 == 1 else value[:4]
            stored[f"{name}_low"], stored[f"{name}_high"] = (calendar_day(text).low, calendar_day(text).high)
    return stored if "sex" not in row else stored | {"axis": "calendar"}


def diagnosed(patient: str) -> date:
    """The day on which a patient was diagnosed."""
    return date.fromisoformat(next(row["diagnosis"] for row in _ROWS["diagnosis"] if row["patient"] == patient))
