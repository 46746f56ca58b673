"""A cBioPortal study of the registry's leiomyosarcoma patients: clinical files and timelines, days from diagnosis.

A timeline needs whole days. What is known to the month only, or has no day, is not written and counted instead; an
event of one day has its mandatory `STOP_DATE` column blank, as has a treatment whose end is not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from leiomyo.course.timeline import Course
from leiomyo.model.codes import label
from leiomyo.model.dates import DayInterval

#: What cBioPortal divides days by; six decimals bring each whole day back.
DAYS_A_MONTH = 30.4375
_TIMELINE = ("PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE")
_OWN = {
    "surgery": ("SURGERY", "MARGIN_STATUS", "RESIDUAL_TUMOR"),
    "treatment": ("TREATMENT_TYPE", "AGENT", "INTENT", "BEST_RESPONSE", "RADIATION_DOSAGE", "DOSE_UNITS", "SITE"),
    "status": ("STATUS", "ANATOMIC_SITE"),
}
#: The types that the four rows above a clinical file declare.
_CLINICAL: dict[str, dict[str, tuple[str, str]]] = {
    "patient": {
        "PATIENT_ID": ("Patient identifier", "STRING"), "SEX": ("Sex", "STRING"),
        "AGE": ("Age at diagnosis, years", "NUMBER"), "OS_STATUS": ("Overall survival status", "STRING"),
        "OS_MONTHS": ("Overall survival in months since diagnosis", "NUMBER"),
        "DAYS_TO_DEATH": ("Days from diagnosis to death", "NUMBER"),
        "DAYS_TO_LAST_FOLLOWUP": ("Days from diagnosis to last contact", "NUMBER"),
    },
    "sample": {
        "PATIENT_ID": ("Patient identifier", "STRING"), "SAMPLE_ID": ("Sample identifier", "STRING"),
        "ONCOTREE_CODE": ("OncoTree code", "STRING"), "CANCER_TYPE_DETAILED": ("Cancer type", "STRING"),
    },
}  # fmt: skip
Row = dict[str, str]


def write_study(courses: Sequence[Course], facts: Mapping[tuple[str, str], Mapping[str, object]], folder: Path, *,
                name: str) -> dict[str, int]:  # fmt: skip
    """Write the study's files into a folder.

    Parameters
    ----------
    courses
        The patients; those whose day of diagnosis is not exact have no timeline.
    facts
        Sex, age in years and site group, by centre and patient.
    name
        The study's identifier.

    Returns
    -------
    dict
        What could not be written for want of a whole day, by kind and count; empty where everything was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left: Counter[str] = Counter()
    several = len({course.centre for course in courses}) > 1
    tables: dict[str, list[Row]] = {"patient": [], "sample": [], **{kind: [] for kind in _OWN}}
    for course in courses:
        who = f"{course.centre}-{course.patient}" if several else course.patient
        tables["patient"].append({"PATIENT_ID": who, **_patient(course, facts[course.centre, course.patient])})
        tables["sample"].append({"PATIENT_ID": who, **_sample(who, facts[course.centre, course.patient])})
        for kind, rows in (
            ("surgery", _surgery(course)),
            ("treatment", _treatment(course)),
            ("status", _status(course)),
        ):
            tables[kind] += [{"PATIENT_ID": who, **row} for row in _dated(rows, course, kind, left)]
    for kind in ("patient", "sample"):
        _write(folder / f"data_clinical_{kind}.txt", list(_CLINICAL[kind]), tables[kind], above=_CLINICAL[kind])
    for kind, own in _OWN.items():
        if tables[kind]:
            _write(folder / f"data_timeline_{kind}.txt", [*_TIMELINE, *own], tables[kind])
    _meta(folder, name, [kind for kind in _OWN if tables[kind]])
    return dict(left)


def _patient(course: Course, facts: Mapping[str, object]) -> Row:
    """The person; survival in months beside the days that it was worked out from."""
    end = course.death if course.dead else course.last_contact
    days = _since(course, end)
    status = "" if course.vital_status is None else "1:DECEASED" if course.dead else "0:LIVING"
    known = days is not None and days.exact and days.low >= 0
    row = {"SEX": str(facts.get("sex") or "").title(), "AGE": _plain(facts.get("age_years")), "OS_STATUS": status}
    if known and days is not None:
        row["OS_MONTHS"] = f"{days.low / DAYS_A_MONTH:.6f}"
        row["DAYS_TO_DEATH" if course.dead else "DAYS_TO_LAST_FOLLOWUP"] = str(days.low)
    return row


def _sample(who: str, facts: Mapping[str, object]) -> Row:
    uterine = facts.get("site_group") == "uterine"
    return {"SAMPLE_ID": f"{who}-T", "ONCOTREE_CODE": "ULMS" if uterine else "LMS",
            "CANCER_TYPE_DETAILED": "Uterine Leiomyosarcoma" if uterine else "Leiomyosarcoma"}  # fmt: skip


#: The days of an event, whether it has an end of its own, and its columns.
_Event = tuple[DayInterval | None, DayInterval | None, Row]


def _surgery(course: Course) -> Iterator[_Event]:
    for done in course.operations:
        yield done.day, None, {
            "EVENT_TYPE": "SURGERY", "SURGERY": label("surgery_kind", done.kind) if done.kind else "",
            "MARGIN_STATUS": done.margin or "", "RESIDUAL_TUMOR": done.residual_tumor or "",
        }  # fmt: skip


def _treatment(course: Course) -> Iterator[_Event]:
    for given in course.exposures:
        if given.own_tumour:
            yield given.start, given.end, {
                "EVENT_TYPE": "TREATMENT", "TREATMENT_TYPE": "Medical Therapy", "AGENT": given.agent.removeprefix("? "),
                "INTENT": given.setting or "", "BEST_RESPONSE": given.response or "",
            }  # fmt: skip
    for course_of in course.radiations:
        dose = course_of.dose_gy
        yield course_of.start, course_of.end, {
            "EVENT_TYPE": "TREATMENT", "TREATMENT_TYPE": "Radiation Therapy", "INTENT": course_of.setting or "",
            "RADIATION_DOSAGE": _plain(dose), "DOSE_UNITS": "Gy" if dose is not None else "",
        }  # fmt: skip


def _status(course: Course) -> Iterator[_Event]:
    for said in course.statements:
        site = label("metastatic_sites", said.site) if said.site else ""
        yield said.day, None, {"EVENT_TYPE": "STATUS", "STATUS": label("disease_status", said.status),
                               "ANATOMIC_SITE": site}  # fmt: skip


def _dated(events: Iterable[_Event], course: Course, kind: str, left: Counter[str]) -> Iterator[Row]:
    """Those with a whole day from diagnosis; the others are counted."""
    for start, end, row in events:
        first, last = _since(course, start), _since(course, end)
        if first is None or not first.exact:
            left[f"{kind} without a whole day"] += 1
            continue
        if last is not None and not last.exact:
            left[f"{kind}: an end without a whole day"] += 1
        yield {
            "START_DATE": str(first.low),
            "STOP_DATE": str(last.low) if last is not None and last.exact else "",
            **row,
        }


def _since(course: Course, day: DayInterval | None) -> DayInterval | None:
    return None if day is None or course.diagnosis is None else day - course.diagnosis


def _plain(number: object) -> str:
    return f"{number:g}" if isinstance(number, int | float) else ""


def _write(path: Path, names: Sequence[str], rows: Sequence[Row], *,
           above: Mapping[str, tuple[str, str]] | None = None) -> None:  # fmt: skip
    """A tab-separated file; a clinical one with the four rows that describe its columns."""
    lines = []
    if above:
        described = list(above.values())
        lines = ["#" + "\t".join(name.replace("_", " ").title() for name in names),
                 "#" + "\t".join(said for said, _ in described), "#" + "\t".join(kind for _, kind in described),
                 "#" + "\t".join("1" for _ in names)]  # fmt: skip
    lines += ["\t".join(names), *("\t".join(_one_line(row.get(name, "")) for name in names) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _meta(folder: Path, name: str, timelines: Sequence[str]) -> None:
    """The files that tell cBioPortal what the others are."""
    study = {"type_of_cancer": "soft_tissue", "cancer_study_identifier": name, "name": name,
             "description": "Leiomyosarcoma patients of a registry"}  # fmt: skip
    files = {"study": study}
    described = {kind: f"{kind.upper()}_ATTRIBUTES" for kind in ("patient", "sample")} | dict.fromkeys(
        timelines, "TIMELINE"
    )
    for kind, datatype in described.items():
        part = "timeline" if datatype == "TIMELINE" else "clinical"
        files[f"{part}_{kind}"] = {"cancer_study_identifier": name, "genetic_alteration_type": "CLINICAL",
                                   "datatype": datatype, "data_filename": f"data_{part}_{kind}.txt"}  # fmt: skip
    for file, told in files.items():
        text = "".join(f"{key}: {value}\n" for key, value in told.items())
        (folder / f"meta_{file}.txt").write_text(text, encoding="utf-8")
