"""One row a patient as a source names them: what two records of one person may have in common.

Built from the statements and not from the case tables, so that records that were decided to be one person can
still be told apart. Durations from diagnosis stand beside days, since a day on the calendar and a day from
diagnosis cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from leiomyo.store.store import Store

#: From subsites, regions, site in words and topography to the group of sites; "unknown" where they do not say.
SiteOf = Callable[[str | None, str | None, str | None, str | None], str]

_BELIEVED = "ORDER BY position, recorded DESC NULLS LAST, file, row, statement"
_PLACE = "JOIN (SELECT name AS source, position FROM source) USING (source)"
#: A whole number of years is an age in completed years; a fraction is as exact as two decimals allow.
_AGE = """CASE WHEN birth IS NOT NULL AND dx_low IS NOT NULL THEN dx_{own} - birth.{other}
               WHEN age_years = floor(age_years) THEN CAST(floor((age_years + {whole}) * 365.25) AS INTEGER)
               ELSE CAST(round((age_years + {part}) * 365.25) AS INTEGER) END"""
_RECURRENCES = ("local_recurrence", "regional_recurrence", "distant_metastasis", "progression", "new_tumor_event")


def people(store: Store, site_of: SiteOf) -> pa.Table:
    """One row a centre and patient with a diagnosis or a patient row, numbered by `unique_id`."""
    _tell(store)
    _describe(store, site_of)
    try:
        return store.arrow("SELECT * FROM people ORDER BY unique_id")
    finally:
        for name in ("people", "told"):
            store.execute(f"DROP TABLE {name}")


def _first(columns: str) -> str:
    return ", ".join(
        f"first({name} {_BELIEVED}) FILTER (WHERE {name} IS NOT NULL) AS {name}" for name in columns.split()
    )


def _tell(store: Store) -> None:
    """Step 1: what each record says, the source named first being believed, on its own axis."""
    statuses = ", ".join(f"'{status}'" for status in _RECURRENCES)
    store.execute(f"""
        CREATE OR REPLACE TEMP TABLE told AS
        WITH person AS (
            SELECT centre, patient, {_first("axis sex")},
                   first({{'low': birth_low, 'high': birth_high}} {_BELIEVED}) FILTER (birth_low IS NOT NULL) AS birth,
                   first({{'low': death_low, 'high': death_high}} {_BELIEVED}) FILTER (death_low IS NOT NULL) AS death,
                   arg_max({{'low': last_contact_low, 'high': last_contact_high}}, last_contact_high) AS contact
            FROM statement_patient {_PLACE} GROUP BY ALL),
        tumour AS (
            SELECT centre, patient,
                   {_first("diagnosis_year age_years subsites regions site_text topography morphology laterality")},
                   {_first("size_mm mitoses_per_10_hpf")},
                   first({{'low': diagnosis_low, 'high': diagnosis_high}} {_BELIEVED})
                       FILTER (diagnosis_low IS NOT NULL) AS dx
            FROM statement_diagnosis {_PLACE} WHERE role = 'index' GROUP BY ALL),
        operated AS (
            SELECT centre, patient, arg_min({{'low': day_low, 'high': day_high}}, day_low) AS surgery
            FROM statement_surgery WHERE tumour = '1' AND day_low IS NOT NULL GROUP BY ALL),
        recurred AS (
            SELECT centre, patient, arg_min({{'low': day_low, 'high': day_high}}, day_low) AS event
            FROM statement_disease_status
            WHERE tumour = '1' AND moment IS DISTINCT FROM 'at_diagnosis' AND day_low IS NOT NULL
                  AND status IN ({statuses}) GROUP BY ALL)
        SELECT *, coalesce(axis = 'calendar', false) AS dated,
               coalesce(dx.low, CASE WHEN axis = 'diagnosis' THEN 0 END) AS dx_low,
               coalesce(dx.high, CASE WHEN axis = 'diagnosis' THEN 0 END) AS dx_high
        FROM person FULL JOIN tumour USING (centre, patient)
        LEFT JOIN operated USING (centre, patient) LEFT JOIN recurred USING (centre, patient)""")


def _describe(store: Store, site_of: SiteOf) -> None:
    """Step 2: ages, years and durations that can be held against another record's, whatever its axis."""
    sites = store.rows("SELECT DISTINCT subsites, regions, site_text, topography FROM told")
    rows = [dict(zip(("subsites", "regions", "site_text", "topography"), row, strict=True)) for row in sites]
    store.execute("CREATE OR REPLACE TEMP TABLE sites (subsites VARCHAR, regions VARCHAR, site_text VARCHAR, "
                  "topography VARCHAR, site_group VARCHAR)")  # fmt: skip
    store.append("sites", [row | {"site_group": site_of(*row.values())} for row in rows])
    store.execute(f"""
        CREATE OR REPLACE TEMP TABLE people AS
        WITH aged AS (
            SELECT t.*, nullif(s.site_group, 'unknown') AS site_group,
                   {_AGE.format(own="low", other="high", whole="0", part="-0.01")} AS age_low,
                   {_AGE.format(own="high", other="low", whole="1", part="0.01")} AS age_high,
                   CASE WHEN dated THEN dx_low END AS diagnosed_low, CASE WHEN dated THEN dx_high END AS diagnosed_high
            FROM told t LEFT JOIN sites s ON (t.subsites, t.regions, t.site_text, t.topography)
                IS NOT DISTINCT FROM (s.subsites, s.regions, s.site_text, s.topography)),
        dated AS (
            SELECT *, coalesce({_year("diagnosed_low")}, diagnosis_year) AS year_low,
                   coalesce({_year("diagnosed_high")}, diagnosis_year) AS year_high FROM aged)
        SELECT row_number() OVER (ORDER BY centre, patient) AS unique_id, centre, patient,
               array_to_string(list_transform(regexp_extract_all(lower(patient), '[a-z]+|[0-9]+'),
                                              lambda part: ltrim(part, '0')), '.') AS id_key,
               sex, topography, site_group, morphology, laterality, size_mm, mitoses_per_10_hpf AS mitoses,
               CASE WHEN dated THEN birth.low END AS birth_low, CASE WHEN dated THEN birth.high END AS birth_high,
               age_low, age_high, diagnosed_low, diagnosed_high, year_low, year_high,
               {_born("low", "age_high", 0)} AS born_low, {_born("high", "age_low", 1)} AS born_high,
               {", ".join(map(_since, ("death", "contact", "surgery", "event")))}
        FROM dated""")
    store.execute("DROP TABLE sites")
    for name, expression in _BLOCKS.items():
        kind = "INTEGER[]" if name.endswith("s") and "_" not in name else "INTEGER"
        store.execute(f"ALTER TABLE people ADD COLUMN {name} {kind}")
        store.execute(f"UPDATE people SET {name} = {expression}")


def _year(day: str) -> str:
    return f"year(DATE '1970-01-01' + {day})"


def _born(end: str, age: str, later: int) -> str:
    """The birth year: of the day of birth, else of the year of diagnosis less the age."""
    return (f"CASE WHEN dated AND birth IS NOT NULL THEN {_year(f'birth.{end}')} "
            f"ELSE CAST(floor(year_{end} + {later - 0.001 * later} - {age} / 365.25) AS INTEGER) END")  # fmt: skip


def _since(event: str) -> str:
    """Days from diagnosis to an event, as an interval."""
    return f"{event}.low - dx_high AS {event}_low, {event}.high - dx_low AS {event}_high"


#: What pairs have to share to be compared at all: exact days, or every year that an interval allows.
_BLOCKS = {
    "birth_day": "CASE WHEN birth_low = birth_high THEN birth_low END",
    "age_days": "CASE WHEN age_low = age_high THEN age_low END",
    "diagnosed_day": "CASE WHEN diagnosed_low = diagnosed_high THEN diagnosed_low END",
    "followed_days": (
        "CASE WHEN death_low IS NOT NULL THEN CASE WHEN death_low = death_high THEN death_low END "
        "WHEN contact_low = contact_high THEN contact_low END"
    ),
    "births": "CASE WHEN born_high - born_low <= 2 THEN range(born_low, born_high + 1) END",
    "years": "CASE WHEN year_high - year_low <= 1 THEN range(year_low, year_high + 1) END",
    "ages": (
        "CASE WHEN age_high - age_low <= 800 THEN "
        "range(CAST(floor(age_low / 365.25) AS INTEGER), CAST(ceil(age_high / 365.25) AS INTEGER) + 1) END"
    ),
}


def as_rows(table: pa.Table, wanted: set[int]) -> dict[int, dict[str, Any]]:
    """The rows of these patients, by their number."""
    numbers = table.column("unique_id").to_pylist()
    return {n: table.slice(place, 1).to_pylist()[0] for place, n in enumerate(numbers) if n in wanted}
