"""Small biotab files for tests: only the columns that a test speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

#: The columns that make a table recognisable, with a value that says nothing.
BASE = {
    "patient": {"bcr_patient_barcode": "T-01-A", "form_completion_date": "2014-1-1", "gender": "FEMALE",
                "vital_status": "Alive", "days_to_last_followup": "100", "days_to_death": "[Not Applicable]",
                "days_to_initial_pathologic_diagnosis": "0", "histological_type": "Leiomyosarcoma (LMS)",
                "icd_o_3_histology": "8890/3"},
    "follow_up": {"bcr_patient_barcode": "T-01-A", "bcr_followup_barcode": "T-01-A-F1",
                  "form_completion_date": "2015-1-1",
                  "vital_status": "Alive", "days_to_last_followup": "200", "days_to_death": "[Not Applicable]"},
    "nte": {"bcr_patient_barcode": "T-01-A", "new_neoplasm_event_type": "Distant Metastasis",
            "new_neoplasm_event_occurrence_anatomic_site": "Lung",
            "new_neoplasm_occurrence_anatomic_site_text": "[Not Available]",
            "days_to_new_tumor_event_after_initial_treatment": "50"},
    "drug": {"bcr_patient_barcode": "T-01-A", "bcr_drug_barcode": "T-01-A-D1", "drug_name": "Doxorubicin",
             "days_to_drug_therapy_start": "10", "days_to_drug_therapy_end": "90", "therapy_ongoing": "NO"},
    "radiation": {"bcr_patient_barcode": "T-01-A", "bcr_radiation_barcode": "T-01-A-R1", "radiation_dosage": "6000",
                  "units": "cGy", "numfractions": "30", "days_to_radiation_therapy_start": "20",
                  "days_to_radiation_therapy_end": "60"},
    "omf": {"bcr_patient_barcode": "T-01-A", "bcr_omf_barcode": "T-01-A-O1", "other_malignancy_anatomic_site": "Breast",
            "days_to_other_malignancy_dx": "-900", "drug_tx_indicator": "NO", "drug_name": "[Not Available]"},
}  # fmt: skip
BASE["follow_up_nte"] = {"bcr_followup_barcode": "T-01-A-F1", **BASE["nte"]}


def text(kind: str, *rows: Mapping[str, str]) -> str:
    """A whole file: three header rows, then the base row with each row's own values."""
    columns = list(dict.fromkeys([*BASE[kind], *(name for row in rows for name in row)]))
    ids = ["CDE_ID:" for _ in columns]
    lines = [
        columns,
        columns,
        ids,
        *([{**BASE[kind], **row}.get(name, "[Not Available]") for name in columns] for row in rows or ({},)),
    ]
    return "".join("\t".join(line) + "\n" for line in lines)


def write(folder: Path, **tables: Sequence[Mapping[str, str]]) -> Path:
    """A folder with one file a table; `patient=[{}]` is a patient table with the base row."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, rows in tables.items():
        table, _, version = kind.partition("__")
        (folder / f"clinical_{kind}.txt").write_text(text(table, *rows), encoding="utf-8")
        assert version.isalnum() or not version
    return folder
