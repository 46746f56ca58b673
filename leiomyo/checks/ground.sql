-- What checks look at beside the case tables; made anew for each run, in memory, gone with the connection.
-- `stated_patient` and `stated_follow_up` are there before: what each source states, one person under one name.

-- How a day is told: a date where the calendar is known, else the day from diagnosis.
CREATE OR REPLACE TEMP MACRO told(axis, low, high) AS
    CASE WHEN low IS NULL THEN 'no day'
         WHEN axis = 'calendar' THEN CAST(DATE '1970-01-01' + low AS VARCHAR)
              || CASE WHEN low = high THEN '' ELSE ' to ' || CAST(DATE '1970-01-01' + high AS VARCHAR) END
         ELSE 'day ' || low || CASE WHEN low = high THEN '' ELSE ' to ' || high END END;

-- The index tumour, one a patient; days that count from the diagnosis have it on day 0.
CREATE OR REPLACE TEMP TABLE index_tumour AS
SELECT d.centre, d.patient, d.diagnosis_year, d.size_mm,
       coalesce(d.diagnosis_low, CASE WHEN p.axis = 'diagnosis' THEN 0 END) AS diagnosis_low,
       coalesce(d.diagnosis_high, CASE WHEN p.axis = 'diagnosis' THEN 0 END) AS diagnosis_high
FROM diagnosis d LEFT JOIN patient p ON p.centre = d.centre AND p.patient = d.patient
WHERE d.role = 'index'
QUALIFY row_number() OVER (PARTITION BY d.centre, d.patient ORDER BY d.statement) = 1;

CREATE OR REPLACE TEMP TABLE index_case AS
SELECT * FROM lms_case QUALIFY row_number() OVER (PARTITION BY centre, patient ORDER BY lms DESC, entity) = 1;

-- Drugs and radiation for the index tumour, as one list of treatments.
CREATE OR REPLACE TEMP TABLE treatment AS
SELECT centre, patient, source, file, row, 'drug' AS kind, coalesce(agent, as_written, 'unknown drug') AS named,
       start_low, start_high, end_low, end_high, ongoing, setting, NULL AS target
FROM drug_exposure WHERE tumour = '1'
UNION ALL
SELECT centre, patient, source, file, row, 'radiation', 'radiation',
       start_low, start_high, end_low, end_high, ongoing, setting, target
FROM radiotherapy WHERE tumour = '1';

-- Every contact as a source states it, from the patient's row or a follow-up form; the same row once. A patient's last
-- contact is a day of being alive whatever was stated beside it; a form that reports a death has the day of the report.
CREATE OR REPLACE TEMP TABLE contact AS
SELECT centre, patient, source, file, row, true AS alive, last_contact_low AS contact_low, last_contact_high AS contact_high
FROM stated_patient WHERE last_contact_low IS NOT NULL
UNION
SELECT centre, patient, source, file, row,
       vital_status IS DISTINCT FROM 'dead' AND coalesce(status NOT IN ('DOD', 'DOC', 'DUC'), true), contact_low, contact_high
FROM stated_follow_up WHERE contact_low IS NOT NULL;

-- Yes-or-no answers of the follow-up forms: one row a patient and question; a yes on any form is a yes.
-- The row is that of the first form that says yes, else of the last that says no.
CREATE OR REPLACE TEMP TABLE answer AS
WITH asked AS (
    UNPIVOT (SELECT centre, patient, source, file, row, contact_low, adjuvant_radiation, adjuvant_drugs, new_tumor_event
             FROM follow_up)
    ON adjuvant_radiation, adjuvant_drugs, new_tumor_event INTO NAME question VALUE said)
SELECT * FROM asked
QUALIFY row_number() OVER (PARTITION BY centre, patient, question ORDER BY said DESC,
                           CASE WHEN said THEN contact_low ELSE -contact_low END NULLS LAST, file, row) = 1;

-- A day as the ledger shows it (18048, 18048..18077), told as above.
CREATE OR REPLACE TEMP MACRO day_told(axis, value) AS
    CASE WHEN axis = 'calendar' AND regexp_full_match(value, '-?\d+(\.\.-?\d+)?')
         THEN told(axis, CAST(regexp_extract(value, '^-?\d+') AS INTEGER), CAST(regexp_extract(value, '-?\d+$') AS INTEGER))
         ELSE value END;

-- The conflict ledger with the file and row of what was set aside.
CREATE OR REPLACE TEMP TABLE ledger AS
SELECT l.* REPLACE (CASE WHEN k."column" IS NULL THEN l.kept ELSE day_told(p.axis, l.kept) END AS kept,
                    CASE WHEN k."column" IS NULL THEN l.other ELSE day_told(p.axis, l.other) END AS other),
       s.name AS source, regexp_extract(substr(l.other_from, length(s.name) + 2), '^(.*):\d+$', 1) AS file,
       TRY_CAST(regexp_extract(l.other_from, ':(\d+)$', 1) AS INTEGER) AS row
FROM (SELECT * FROM conflict WHERE kind IN ('hard', 'contradiction', 'conflict')) l
LEFT JOIN day_column k ON k."table" = l."table" AND k."column" = l."column"
LEFT JOIN patient p ON p.centre = l.centre AND p.patient = l.patient
LEFT JOIN source s ON starts_with(l.other_from, s.name || '/');

-- Statements that the patient had tumour or none, from the disease's and the follow-up's rows. A form that reports a
-- death repeats what was last known: nobody looked again.
CREATE OR REPLACE TEMP TABLE tumour_state AS
SELECT centre, patient, source, file, row, day_low, day_high,
       CASE status WHEN 'with_tumor' THEN 'with_tumor' ELSE 'tumor_free' END AS state, false AS at_death
FROM disease_status WHERE status IN ('with_tumor', 'no_evidence_of_disease') AND day_low IS NOT NULL
UNION ALL
SELECT centre, patient, source, file, row, contact_low, contact_high,
       coalesce(CASE WHEN status IN ('AWD', 'DOD') THEN 'with_tumor' WHEN status = 'NED' THEN 'tumor_free' END, tumor_status),
       coalesce(vital_status = 'dead' OR status IN ('DOD', 'DOC', 'DUC'), false)
FROM follow_up WHERE contact_low IS NOT NULL AND (tumor_status IS NOT NULL OR status IN ('NED', 'AWD', 'DOD'));

-- What says that an operation left tumour behind: that it was a debulking, R2, or tumour soon after it.
CREATE OR REPLACE TEMP TABLE tumour_left AS
SELECT centre, patient, statement, day_low, day_high, CASE kind WHEN 'debulking' THEN 'debulking' ELSE 'R2' END AS why
FROM surgery WHERE kind = 'debulking' OR residual_tumor = 'R2'
UNION ALL
SELECT centre, patient, NULL, day_low, day_high, 'with tumour soon after'
FROM tumour_state WHERE state = 'with_tumor' AND NOT at_death;
