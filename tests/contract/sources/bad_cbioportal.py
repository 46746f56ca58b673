"""cBioPortal files that cannot be read, and rows, values and events that cannot, each with its message."""

from __future__ import annotations

from pathlib import Path

from tests.contract.sources import studies
from tests.contract.sources.bad import LFS, Format

GOOD = studies.table([{**studies.PATIENT, "DFS_STATUS": "0:DiseaseFree", "DFS_MONTHS": "12.3"}], above=4)
LINES = GOOD.splitlines(keepends=True)
OLD = studies.table([{**studies.SAMPLE, **studies.PATIENT}])
TIMELINE = studies.table([studies.EVENT])
EVENT_HEAD, EVENT_ROW = TIMELINE.splitlines()[:2]
SAMPLES = studies.table([studies.SAMPLE], above=4)

#: name: (file name, text, code). Structural faults: the whole file is refused.
_REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("data_clinical_patient.txt", b"", "LM-F001"),
    "utf-16": ("data_clinical_patient.txt", GOOD.encode("utf-16"), "LM-F003"),
    "latin-1": ("data_clinical_patient.txt", GOOD.replace("Female", "F\xe9male").encode("latin-1"), "LM-F003"),
    "workbook": ("data_clinical_patient.txt", b"PK\x03\x04" + bytes(60), "LM-F002"),
    "lfs-pointer-for-patients": ("data_clinical_patient.txt", LFS.encode(), "LM-F005"),
    "lfs-pointer-for-a-timeline": ("data_timeline_treatment.txt", LFS.encode(), "LM-F005"),
    "line-ends-lost": ("data_clinical_patient.txt", GOOD.replace("\n", "\t").encode() * 9000, "LM-F004"),
    "cut-in-a-row": ("data_clinical_patient.txt", (GOOD + "P2\tFem").encode(), "LM-F006"),
    "timeline-cut-in-a-row": ("data_timeline_treatment.txt", (TIMELINE + "P1\t44").encode(), "LM-F006"),
    "headers-only": ("data_clinical_patient.txt", "".join(LINES[:5]).encode(), "LM-F014"),
    "timeline-of-nothing": ("data_timeline_surgery.txt", (EVENT_HEAD + "\n").encode(), "LM-F014"),
    "only-rows-above": ("data_clinical_patient.txt", "".join(LINES[:4]).encode(), "LM-F008"),
    "three-rows-above": ("data_clinical_patient.txt", "".join(LINES[1:]).encode(), "LM-F008"),
    "six-rows-above": ("data_clinical_patient.txt", "".join([*LINES[:2], *LINES]).encode(), "LM-F008"),
    "rows-above-of-another-width": ("data_clinical_patient.txt", GOOD.replace("STRING\t", "", 1).encode(), "LM-F008"),
    "column-twice": ("data_clinical_patient.txt", GOOD.replace("\tAGE\t", "\tSEX\t").encode(), "LM-F009"),
    "column-twice-in-another-case": ("data_clinical_patient.txt", GOOD.replace("\tAGE\t", "\tsex\t").encode(), "LM-F009"),
    "no-patient-column": ("data_clinical_patient.txt", GOOD.replace("PATIENT_ID", "SUBJECT").encode(), "LM-F016"),
    "no-patient-column-in-samples": ("clinical.txt", SAMPLES.replace("PATIENT_ID", "SUBJECT").encode(), "LM-F016"),
    "no-sample-column": ("data_clinical_sample.txt",
                         SAMPLES.replace("Sample_Id", "Sample Identifier").replace("SAMPLE_ID", "SPECIMEN").encode(),
                         "LM-F016"),
    "timeline-without-start": ("data_timeline_x.txt", TIMELINE.replace("START_DATE", "BEGIN").encode(), "LM-F016"),
    "timeline-without-event-type": ("data_timeline_x.txt", TIMELINE.replace("EVENT_TYPE", "KIND").encode(), "LM-F016"),
    "timeline-without-patients": ("data_timeline_x.txt", TIMELINE.replace("PATIENT_ID", "ID").encode(), "LM-F016"),
    "commas-for-tabs": ("data_clinical.txt", OLD.replace("\t", ",").encode(), "LM-F016"),
    "an-error-page": ("data_clinical_patient.txt", b"<!DOCTYPE html><html>403</html>\n", "LM-F016"),
    "old-mac-line-ends": ("data_clinical_patient.txt", GOOD.replace("\n", "\r").encode(), "LM-F008"),
}  # fmt: skip

#: name: (row of a patient file, code, whether it is quarantined). The good row has P1; the row under test is P2.
PERSON = LINES[5].rstrip("\n").replace("P1", "P2")
_ROWS: dict[str, tuple[str, str, bool]] = {
    "too-few-columns": ("P2\tFemale", "LM-D003", True),
    "too-many-columns": (PERSON + "\textra", "LM-D003", True),
    "no-patient": (PERSON.replace("P2", ""), "LM-D004", True),
    "patient-not-available": (PERSON.replace("P2", "NA"), "LM-D004", True),
    "control-character": (PERSON.replace("Female", "Fem\x00ale"), "LM-D010", True),
    "unknown-sex": (PERSON.replace("Female", "Woman"), "LM-D005", False),
    "unknown-marker": (PERSON.replace("Female", "[Redacted]"), "LM-D005", False),
    "age-in-words": (PERSON.replace("\t61\t", "\tsixty\t"), "LM-D002", False),
    "age-capped": (PERSON.replace("\t61\t", "\t>89\t"), "LM-D002", False),
    "age-of-a-tortoise": (PERSON.replace("\t61\t", "\t190\t"), "LM-D006", False),
    "status-and-number-at-odds": (PERSON.replace("0:LIVING", "1:LIVING"), "LM-D005", False),
    "status-of-another-endpoint": (PERSON.replace("0:DiseaseFree", "0:LIVING"), "LM-D005", False),
    "status-unknown": (PERSON.replace("0:LIVING", "0:ZOMBIE"), "LM-D005", False),
    "months-of-a-spreadsheet-error": (PERSON.replace("12.3", "#VALUE!", 1), "LM-D002", False),
    "months-with-decimal-comma": (PERSON.replace("12.3", "12,3", 1), "LM-D002", False),
    "months-negative": (PERSON.replace("12.3", "-3", 1), "LM-D006", False),
    "months-of-a-thousand-years": (PERSON.replace("12.3", "12000", 1), "LM-D006", False),
    "months-beyond-all-numbers": (PERSON.replace("12.3", "9" * 400, 1), "LM-D002", False),
    "identifier-with-blank": (PERSON.replace("P2", "P 2"), "LM-D013", False),
    "identifier-with-slash": (PERSON.replace("P2", "P/2"), "LM-D013", False),
    "time-without-status": (PERSON.replace("0:LIVING", "[Not Available]"), "LM-D017", False),
}  # fmt: skip

#: name: (changes to the good event, code, whether it is quarantined).
EVENTS: dict[str, tuple[dict[str, str], str, bool]] = {
    "no-start": ({"START_DATE": ""}, "LM-D015", False),
    "start-not-available": ({"START_DATE": "NA"}, "LM-D015", False),
    "start-is-a-date": ({"START_DATE": "2014-03-01"}, "LM-D001", False),
    "start-with-fraction": ({"START_DATE": "10.5"}, "LM-D001", False),
    "start-of-a-thousand-years": ({"START_DATE": "400000"}, "LM-D001", False),
    "stop-in-words": ({"STOP_DATE": "ongoing"}, "LM-D001", False),
    "stop-before-start": ({"STOP_DATE": "3"}, "LM-D011", False),
    "event-of-no-kind": ({"EVENT_TYPE": ""}, "LM-D014", True),
    "event-of-an-unknown-kind": ({"EVENT_TYPE": "HOROSCOPE"}, "LM-D014", True),
    "treatment-of-no-kind": ({"TREATMENT_TYPE": "", "AGENT": ""}, "LM-D014", True),
    "no-patient": ({"PATIENT_ID": ""}, "LM-D004", True),
    "drug-not-known": ({"AGENT": "Snake oil"}, "LM-C002", False),
    "drug-misspelt": ({"AGENT": "gemcitabinne"}, "LM-C001", False),
    "drug-ambiguous": ({"AGENT": "Doxorubicin + Snake oil"}, "LM-C005", False),
}


def _write(folder: Path) -> Path:
    """A study in the old form beside its meta file, so that any new file may be added to it."""
    studies.write(folder, meta=studies.META + "pmid: 1\n", old=[studies.EVENT])
    (folder / "data_clinical_people.txt").write_text(OLD, encoding="utf-8")
    return folder


CBIOPORTAL = Format(
    name="cbioportal",
    write=_write,
    refused=_REFUSED,
    row_file="data_clinical_patient.txt",
    before_rows=GOOD,
    rows=_ROWS,
)
