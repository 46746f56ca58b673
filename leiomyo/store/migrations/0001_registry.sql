-- What the registry keeps beside the case tables, which are derived from model/tables.py.
CREATE TABLE meta (key VARCHAR, value VARCHAR);

-- A source is one export under one name; `position` is the order in which names were first ingested: the authority.
CREATE TABLE source (
    name VARCHAR, position INTEGER, format VARCHAR, centre VARCHAR, path VARCHAR,
    fingerprint VARCHAR, ingested_at VARCHAR, version VARCHAR
);
CREATE TABLE source_file (
    source VARCHAR, file VARCHAR, kind VARCHAR, sha256 VARCHAR,
    rows INTEGER, kept INTEGER, superseded INTEGER, quarantined INTEGER
);
-- Every input row and what became of it: kept, superseded or quarantined.
CREATE TABLE input_row (source VARCHAR, file VARCHAR, row INTEGER, patient VARCHAR, disposition VARCHAR);
CREATE TABLE quarantine (source VARCHAR, file VARCHAR, row INTEGER, code VARCHAR, raw VARCHAR);
CREATE TABLE problem (
    source VARCHAR, code VARCHAR, severity VARCHAR, file VARCHAR, row INTEGER, "column" VARCHAR,
    found VARCHAR, expected VARCHAR, detail VARCHAR
);
-- The ledger. kind: conflict (two values of one fact), hard (alive after death), contradiction (two statements of
-- one row that exclude each other), superseded (an earlier or repeated statement that a later one replaced).
CREATE TABLE conflict (
    centre VARCHAR, patient VARCHAR, "table" VARCHAR, "column" VARCHAR, kind VARCHAR, rule VARCHAR,
    kept VARCHAR, kept_from VARCHAR, other VARCHAR, other_from VARCHAR
);
-- What a corrected export changed, by ingest.
CREATE TABLE change (
    source VARCHAR, ingested_at VARCHAR, centre VARCHAR, patient VARCHAR, "table" VARCHAR, "column" VARCHAR,
    kind VARCHAR, before VARCHAR, after VARCHAR
);
-- Which tumours are leiomyosarcomas, where they arose, and why we think so; one row a person's index tumour.
CREATE TABLE lms_case (
    centre VARCHAR, patient VARCHAR, lms VARCHAR, entity VARCHAR, subtype VARCHAR, reason VARCHAR,
    site_group VARCHAR, site_reason VARCHAR, site_flagged BOOLEAN, vessel_of_origin VARCHAR
);
