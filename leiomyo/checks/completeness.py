"""How much of each key field is recorded, overall, by year and by centre, and who has not been heard of since when."""

from __future__ import annotations

from typing import Any

from leiomyo.checks.check import Check, Finding, Tally
from leiomyo.store.store import DIAGNOSED, Store

#: A group with fewer patients than this is not held against the others.
FEWEST_IN_GROUP = 10
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


def uneven(store: Store, check: Check) -> Tally:
    """No key field is recorded more seldom in one group (`value`) than in the others, by `high` of the patients."""
    findings, cells = [], 0
    for field in completeness(store):
        for group in field[check.value]:
            rest = field["of"] - group["of"]
            if min(group["of"], rest) < FEWEST_IN_GROUP:
                continue
            cells += 1
            elsewhere = (field["recorded"] - group["recorded"]) / rest
            if elsewhere - group["recorded"] / group["of"] > (check.high or 0.0):
                name = next(iter(group.values()))
                told = f"{name}: {group['recorded']} of {group['of']} recorded; elsewhere {100 * elsewhere:.0f} %"
                findings.append(Finding(None, None, None, None, "", field["column"], told, check.expected))
    return Tally(cells, len(findings), tuple(findings))


def silent(store: Store, check: Check) -> Tally:
    """The living were heard of within `high` days before the latest form, or else before the latest ingest."""
    due = [row for row in follow_up_due(store) if row["silent_days"] is not None]
    over = [row for row in due if row["silent_days"] > (check.high or 0)]
    findings = tuple(
        Finding(row["centre"], row["patient"], None, None, check.table, check.column,
                f"silent since {row['since']}, {row['silent_days']} days or more", check.expected)
        for row in over
    )  # fmt: skip
    return Tally(len(due), len(over), findings)


def completeness(store: Store) -> list[dict[str, Any]]:
    """For each key field: recorded and of how many, overall, by year of diagnosis and by hospital.

    A field that does not apply to a patient is not missing. The hospital is the one that contributed the patient,
    where a source of many names it.
    """
    flags = ", ".join(f"{test} AS {name}" for name, _, test in KEY_FIELDS)
    counts = ", ".join(f"count(*) FILTER ({name}), count({name})" for name, _, _ in KEY_FIELDS)
    rows = store.rows(f"""
        SELECT grouping(year), grouping(hospital), year, hospital, {counts} FROM (
        SELECT d.diagnosis_year AS year, coalesce(p.contributing_site, c.centre) AS hospital, {flags}
        FROM lms_case c
        JOIN patient p ON p.centre = c.centre AND p.patient = c.patient
        JOIN diagnosis d ON d.centre = c.centre AND d.patient = c.patient AND d.role = 'index'
        LEFT JOIN (SELECT centre, patient, any_value(margin) AS margin, any_value(residual_tumor) AS residual_tumor,
                          min(day_low) AS day_low FROM surgery WHERE kind = 'primary' GROUP BY ALL) s
               ON s.centre = c.centre AND s.patient = c.patient
        LEFT JOIN (SELECT DISTINCT centre, patient FROM stage WHERE tumour = '1' AND NOT coalesce(derived, false)) st
               ON st.centre = c.centre AND st.patient = c.patient
        LEFT JOIN (SELECT DISTINCT centre, patient FROM symptom) sy ON sy.centre = c.centre AND sy.patient = c.patient
        WHERE c.lms = 'yes')
        GROUP BY GROUPING SETS ((), (year), (hospital)) ORDER BY year, hospital""")
    whole = next(row for row in rows if row[0] and row[1])
    years = [(row[2], row) for row in rows if not row[0] and row[2] is not None]
    hospitals = [(row[3], row) for row in rows if not row[1] and row[3] is not None]
    return [
        {"column": name, "label": label, "recorded": whole[at], "of": whole[at + 1],
         "by_year": _groups("year", years, at), "by_centre": _groups("centre", hospitals, at)}
        for at, (name, label, _) in zip(range(4, len(whole), 2), KEY_FIELDS, strict=True)
    ]  # fmt: skip


def _groups(called: str, groups: list[tuple[Any, tuple[Any, ...]]], at: int) -> list[dict[str, Any]]:
    """The counts of one field by group; groups to which it applies in no patient are left out."""
    return [{called: group, "recorded": row[at], "of": row[at + 1]} for group, row in groups if row[at + 1]]


def follow_up_due(store: Store) -> list[dict[str, Any]]:
    """Living patients by how long nothing has been heard of them, the longest silent first.

    `lost` where the last form says so. `since` is the last contact: a date, or the years in which it can have been
    where only the year of diagnosis is known. `silent_days` is the shortest time from then to the latest form or
    ingest (`as_of`); without any calendar it is not known, and those come first.
    """
    return store.dicts(f"""
        WITH latest AS (
            SELECT coalesce(max(recorded), max(ingested)) AS as_of FROM (
                SELECT max(recorded) AS recorded, NULL AS ingested FROM follow_up
                UNION ALL SELECT max(recorded), NULL FROM patient
                UNION ALL SELECT NULL, max(left(ingested_at, 10)) FROM source)),
        due AS (
            SELECT p.centre, p.patient, p.last_contact_low - {DIAGNOSED} AS last_contact_days,
                   coalesce(f.tumor_status, 'unknown') AS status, coalesce(f.lost, false) AS lost,
                   f.recorded AS form_date, d.diagnosis_year,
                   CASE WHEN p.axis = 'calendar' THEN DATE '1970-01-01' + p.last_contact_low
                        ELSE make_date(d.diagnosis_year, 1, 1) + p.last_contact_low END AS since_low,
                   CASE WHEN p.axis = 'calendar' THEN DATE '1970-01-01' + p.last_contact_high
                        ELSE make_date(d.diagnosis_year, 12, 31) + p.last_contact_high END AS since_high
            FROM lms_case c
            JOIN patient p ON p.centre = c.centre AND p.patient = c.patient
            JOIN diagnosis d ON d.centre = c.centre AND d.patient = c.patient AND d.role = 'index'
            LEFT JOIN (SELECT * FROM follow_up
                       QUALIFY row_number() OVER (PARTITION BY centre, patient ORDER BY
                                                  recorded DESC NULLS LAST, contact_high DESC NULLS LAST) = 1) f
                   ON f.centre = c.centre AND f.patient = c.patient
            WHERE c.lms = 'yes' AND p.vital_status IS DISTINCT FROM 'dead')
        SELECT * EXCLUDE (since_low, since_high),
               CASE WHEN since_low = since_high THEN CAST(since_low AS VARCHAR)
                    WHEN year(since_low) = year(since_high) THEN CAST(year(since_low) AS VARCHAR)
                    ELSE year(since_low) || '–' || year(since_high) END AS since,
               greatest(0, date_diff('day', since_high, TRY_CAST(as_of AS DATE))) AS silent_days, as_of
        FROM due, latest
        ORDER BY silent_days DESC NULLS FIRST, form_date NULLS FIRST, last_contact_days NULLS FIRST, centre, patient""")
