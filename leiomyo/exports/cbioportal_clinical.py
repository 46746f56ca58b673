"""The patient and sample files of a study: the person, the tumour, its stage, and an operation without a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from leiomyo.course.disease import identify, site_group
from leiomyo.exports.cbioportal_cells import Patients, Row, cells_of
from leiomyo.model.dates import calendar_date
from leiomyo.model.records import Records, rows
from leiomyo.sources.cbioportal_study import cancer_of, oncotree

#: What cBioPortal divides days by; six decimals bring each whole day back.
DAYS_A_MONTH = 30.4375
Who = tuple[str, str]
_STAGES = ("stage FIGO", "stage AJCC pathological", "stage AJCC clinical", "stage")
_UTERINE = "uterine"
_identify = lru_cache(maxsize=10_000)(identify)


def described(part: str) -> dict[str, tuple[str, str]]:
    """Description and datatype of each column that the part's file may have, in order."""
    if part == "patient":
        cells = [cell for one in ("patient", *_STAGES, "undated surgery") for cell in cells_of(one)]
        first = {"PATIENT_ID": ("Patient identifier", "STRING"), "OS_STATUS": ("Overall survival status", "STRING"),
                 "OS_MONTHS": ("Overall survival in months since diagnosis", "NUMBER")}  # fmt: skip
    else:
        cells = list(cells_of("sample"))
        first = {"PATIENT_ID": ("Patient identifier", "STRING"), "SAMPLE_ID": ("Sample identifier", "STRING"),
                 "ONCOTREE_CODE": ("OncoTree code", "STRING"), "CANCER_TYPE": ("Cancer type", "STRING"),
                 "FNCLCC_GRADE": ("FNCLCC grade", "STRING")}  # fmt: skip
    return first | {cell.name: (cell.description, cell.datatype) for cell in cells}


# --- patients ---------------------------------------------------------------------------------------------


def patient_rows(records: Records, patients: Patients) -> Iterator[Row]:
    """A row for each patient: the person with survival, and what is said of the tumour as a whole."""
    said = _about(records, patients)
    for row in rows(records["patient"]):
        who = (row.get("centre", ""), row["patient"])
        cells = patients.written("patient", row, who)
        yield {"PATIENT_ID": patients.name(who), **cells, **_survival(row, cells), **said.get(who, {})}


def _survival(row: Mapping[str, Any], cells: Row) -> Row:
    """Survival in months beside the days that it was worked out from."""
    status = row.get("vital_status")
    end = cells.get("DAYS_TO_DEATH" if status == "dead" else "DAYS_TO_LAST_FOLLOWUP")
    told = {"OS_STATUS": "1:DECEASED" if status == "dead" else "0:LIVING"} if status else {}
    if status and end is not None and int(end) >= 0:
        told["OS_MONTHS"] = f"{int(end) / DAYS_A_MONTH:.6f}"
    return told


def _about(records: Records, patients: Patients) -> dict[Who, Row]:
    """By patient, the cells that other tables than `patient` fill."""
    found: dict[Who, Row] = {}
    for row in rows(records["diagnosis"]):
        if row.get("tumour", "1") == "1":
            who = (row.get("centre", ""), row["patient"])
            found.setdefault(who, {}).update(patients.written("patient", _with_year(row, patients, who), who))
    for row in rows(records["stage"]):
        who = (row.get("centre", ""), row["patient"])
        _add_stage(row, patients, found.setdefault(who, {}), who)
    for who, cells in _undated(records, patients):
        found.setdefault(who, {}).update(cells)
    return found


def _with_year(row: Mapping[str, Any], patients: Patients, who: Who) -> Mapping[str, Any]:
    """The diagnosis with its calendar year: days that count from it no longer tell."""
    if "diagnosis_year" in row or "diagnosis_low" not in row or who in patients.relative:
        return row
    year, last = (calendar_date(row[f"diagnosis_{end}"])[:4] for end in ("low", "high"))
    return {**row, "diagnosis_year": int(year)} if year == last else row


def _add_stage(row: Mapping[str, Any], patients: Patients, cells: Row, who: Who) -> None:
    """A staging statement under the columns of its system and basis, if they are free."""
    if row.get("derived"):
        return
    if row.get("tumour", "1") != "1":
        patients.left["stage of another tumour"] += 1
        return
    basis = row.get("basis") if row.get("system") == "AJCC" else None
    named = " ".join(filter(None, ("stage", row.get("system"), basis)))
    part = named if named in _STAGES else "stage"
    told = patients.written(part, row, who)
    names = {cell.name for cell in cells_of(part)}
    if names & set(cells) or not any(row.get(column) for column in ("t", "n", "m", "stage_group")):
        patients.left["stage: a further statement of one system and basis, or one without a stage"] += 1
        return
    cells |= told


def _undated(records: Records, patients: Patients) -> Iterator[tuple[Who, Row]]:
    """What an operation of the primary without a whole day says of the margin: a clinical file has room for one."""
    dated: set[Who] = set()
    undated: dict[Who, Mapping[str, Any]] = {}
    for row in rows(records["surgery"]):
        who = (row.get("centre", ""), row["patient"])
        if row.get("kind") == "primary" and row.get("tumour", "1") == "1":
            if patients.day(row, "day", who) is not None:
                dated.add(who)
            elif who not in undated and ("margin" in row or "residual_tumor" in row):
                undated[who] = row
    for who, operation in undated.items():
        if who not in dated:
            yield who, patients.written("undated surgery", operation, who)


# --- samples ----------------------------------------------------------------------------------------------


def sample_rows(records: Records, patients: Patients) -> Iterator[Row]:
    """A sample for the tumour that the record is about, then one for each other cancer that has a name of its own."""
    others: list[tuple[Who, Mapping[str, Any]]] = []
    known: dict[Who, set[str]] = {}
    for row in rows(records["diagnosis"]):
        who = (row.get("centre", ""), row["patient"])
        if who not in patients.origin:
            patients.left["diagnosis of somebody whom the patient table does not name"] += 1
        elif row.get("tumour", "1") != "1":
            others.append((who, row))
        else:
            cells = _tumour(row, patients, who)
            known[who] = {_cancer(cells)}
            yield {"PATIENT_ID": patients.name(who), "SAMPLE_ID": f"{patients.name(who)}-T", **cells}
    for who, other in others:
        cells = {name: text for name, text in _tumour(other, patients, who).items() if name in {
            "ONCOTREE_CODE", "CANCER_TYPE", "CANCER_TYPE_DETAILED"}}  # fmt: skip
        taken = known.setdefault(who, set())
        cancer = _cancer(cells)
        if not cancer or cancer in taken:
            patients.left["diagnosis of another tumour: it has no name of its own"] += 1
            continue
        taken.add(cancer)
        number = len(taken) + (0 if "" not in taken else 1)
        yield {"PATIENT_ID": patients.name(who), "SAMPLE_ID": f"{patients.name(who)}-T{number}", **cells}


def _cancer(cells: Row) -> str:
    return cancer_of(cells.get("ONCOTREE_CODE"), cells.get("CANCER_TYPE_DETAILED"), cells.get("CANCER_TYPE"))


def _tumour(row: Mapping[str, Any], patients: Patients, who: Who) -> Row:
    """The tumour's cells; the grade under the name of its system where that has a column of its own."""
    cells = patients.written("sample", row, who)
    if cells.get("GRADE") and cells.get("GRADE_SYSTEM") == "FNCLCC":
        cells = {"FNCLCC_GRADE": cells.pop("GRADE"), **{name: cells[name] for name in cells if name != "GRADE_SYSTEM"}}
    subsites = tuple((row.get("subsites") or "").split("|")) if row.get("subsites") else ()
    site = _site(subsites, row.get("site_text"), row.get("topography"))
    code = _oncotree(row.get("morphology"), row.get("histology"), uterine=site == _UTERINE)
    if code:
        return {"ONCOTREE_CODE": code, **cells}
    return {"CANCER_TYPE": cells["CANCER_TYPE_DETAILED"], **cells} if "CANCER_TYPE_DETAILED" in cells else cells


@lru_cache(maxsize=10_000)
def _site(subsites: tuple[str, ...], text: str | None, topography: str | None) -> str:
    return site_group(subsites=subsites, regions=(), free_text=text, topography=topography).code


@lru_cache(maxsize=10_000)
def _oncotree(morphology: str | None, histology: str | None, *, uterine: bool) -> str:
    """The OncoTree code: of a leiomyosarcoma, of a morphology that has one, or of a name; empty where there is none."""
    if _identify(morphology, histology).lms == "yes":
        own = {"8891/3": "UELMS", "8896/3": "UMLMS"}.get(morphology or "", "ULMS")
        return own if uterine else "LMS"
    for code, row in oncotree().items():
        of_the_site = uterine == (row["site"] == "Uterus")
        if of_the_site and (morphology == row["morphology"] != "" or (histology or "").lower() == row["name"].lower()):
            return code
    return ""
