"""How much of each key field is recorded, overall and by year of diagnosis, and who has not been heard of."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from leiomyo.store.store import DIAGNOSED, Store

#: Field, label, and the SQL that says whether it is recorded; what a survival analysis of LMS rests on.
KEY_FIELDS = (
    ("vital_status", "Vital status", "p.vital_status IS NOT NULL"),
    ("death_day", "Day of death, of the dead", "CASE WHEN p.vital_status = 'dead' THEN p.death_low IS NOT NULL END"),
    ("last_contact", "Last contact, of the living",
     "CASE WHEN p.vital_status = 'alive' THEN p.last_contact_low IS NOT NULL END"),
    ("cause_of_death", "Cause of death, of the dead",
     "CASE WHEN p.vital_status = 'dead' THEN p.cause_of_death IS NOT NULL END"),
    ("age", "Age at diagnosis", "d.age_years IS NOT NULL"),
    ("site_group", "Site of origin", "c.site_group <> 'unknown'"),
    ("size", "Tumour size", "d.size_mm IS NOT NULL"),
    ("depth", "Depth", "d.depth IS NOT NULL"),
    ("grade", "Grade", "d.grade IS NOT NULL"),
    ("stage", "Stage", "st.patient IS NOT NULL"),
    ("symptoms", "Symptoms", "sy.patient IS NOT NULL"),
    ("margin", "Margin", "s.margin IS NOT NULL"),
    ("residual_tumor", "Residual tumour", "s.residual_tumor IN ('R0', 'R1', 'R2')"),
    ("surgery_day", "Day of the primary operation", "s.day_low IS NOT NULL"),
    ("mitoses", "Mitotic count", "d.mitoses_per_10_hpf IS NOT NULL"),
    ("necrosis", "Necrosis", "d.necrosis IS NOT NULL"),
)  # fmt: skip


def completeness(store: Store) -> list[dict[str, Any]]:
    """For each key field: recorded and of how many, overall and by year of diagnosis. Not applicable is not missing."""
    flags = ", ".join(f"{test} AS {name}" for name, _, test in KEY_FIELDS)
    rows = store.dicts(f"""
        SELECT d.diagnosis_year, {flags}
        FROM lms_case c
        JOIN patient p ON p.centre = c.centre AND p.patient = c.patient
        JOIN diagnosis d ON d.centre = c.centre AND d.patient = c.patient AND d.role = 'index'
        LEFT JOIN (SELECT centre, patient, any_value(margin) AS margin, any_value(residual_tumor) AS residual_tumor,
                          min(day_low) AS day_low FROM surgery WHERE kind = 'primary' GROUP BY ALL) s
               ON s.centre = c.centre AND s.patient = c.patient
        LEFT JOIN (SELECT DISTINCT centre, patient FROM stage WHERE tumour = '1' AND NOT coalesce(derived, false)) st
               ON st.centre = c.centre AND st.patient = c.patient
        LEFT JOIN (SELECT DISTINCT centre, patient FROM symptom) sy ON sy.centre = c.centre AND sy.patient = c.patient
        WHERE c.lms = 'yes'""")
    return [_field(name, label, rows) for name, label, _ in KEY_FIELDS]


def _field(name: str, label: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    by_year: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    total = [0, 0]
    for row in rows:
        if row[name] is None:
            continue
        counts = [total, by_year[row["diagnosis_year"]]] if row["diagnosis_year"] is not None else [total]
        for count in counts:
            count[0] += bool(row[name])
            count[1] += 1
    years = [{"year": year, "recorded": got, "of": of} for year, (got, of) in sorted(by_year.items())]
    return {"column": name, "label": label, "recorded": total[0], "of": total[1], "by_year": years}


def follow_up_due(store: Store) -> list[dict[str, Any]]:
    """Living patients by their last contact, the longest silent first; `lost` where the last form says so."""
    return store.dicts(f"""
        SELECT p.centre, p.patient, p.last_contact_low - {DIAGNOSED} AS last_contact_days,
               coalesce(f.tumor_status, 'unknown') AS status, coalesce(f.lost, false) AS lost,
               f.recorded AS form_date, d.diagnosis_year
        FROM lms_case c
        JOIN patient p ON p.centre = c.centre AND p.patient = c.patient
        JOIN diagnosis d ON d.centre = c.centre AND d.patient = c.patient AND d.role = 'index'
        LEFT JOIN (SELECT * FROM follow_up
                   QUALIFY row_number() OVER (PARTITION BY centre, patient
                                              ORDER BY recorded DESC NULLS LAST, contact_high DESC NULLS LAST) = 1) f
               ON f.centre = c.centre AND f.patient = c.patient
        WHERE c.lms = 'yes' AND p.vital_status IS DISTINCT FROM 'dead'
        ORDER BY f.recorded NULLS FIRST, last_contact_days NULLS FIRST, p.centre, p.patient""")
