-- What a person has decided about two records that may be one patient; keyed by what the sources write, so that it
-- outlives every export. decision: same, different.
CREATE TABLE duplicate_decision (
    centre VARCHAR, patient VARCHAR, other_centre VARCHAR, other_patient VARCHAR, decision VARCHAR, decided_on VARCHAR
);
-- Made from the decisions on each reconciliation: under which name a patient is told, and what is added to the days.
-- `days_lost`: the two count from different days and nothing says how they lie to each other.
CREATE TABLE same_person (
    centre VARCHAR, patient VARCHAR, as_centre VARCHAR, as_patient VARCHAR, standing INTEGER, axis VARCHAR,
    shift_low INTEGER, shift_high INTEGER, diagnosis_low INTEGER, diagnosis_high INTEGER, days_lost BOOLEAN
);
-- Who has withdrawn: a keyed hash of centre and identifier, nothing else.
CREATE TABLE withdrawn (token VARCHAR, withdrawn_at VARCHAR);
