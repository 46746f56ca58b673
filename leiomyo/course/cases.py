"""Which patients have a leiomyosarcoma and where it arose, kept with the reason for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from leiomyo.course.disease import Identity, SiteGroup, identify, site_group
from leiomyo.course.stage import derive_stages
from leiomyo.store.store import Store

_identify = lru_cache(maxsize=10_000)(identify)


@lru_cache(maxsize=10_000)
def _site(subsites: str | None, regions: str | None, free_text: str | None, topography: str | None) -> SiteGroup:
    return site_group(
        subsites=tuple((subsites or "").split("|")) if subsites else (),
        regions=tuple((regions or "").split("|")) if regions else (),
        free_text=free_text,
        topography=topography,
    )


def site_code(subsites: str | None, regions: str | None, free_text: str | None, topography: str | None) -> str:
    """The code of the site group that sites in words and a topography say; `unknown` where they say none."""
    return _site(subsites, regions, free_text, topography).code


def identify_cases(store: Store) -> None:
    """Rebuild `lms_case`, ages and derived stages, and enter contradictions that show there into the ledger."""
    _complete_ages(store)
    store.execute("DELETE FROM lms_case")
    for page in store.pages("""
        SELECT centre, patient, morphology, histology, histology_subtype, subsites, regions, site_text, topography,
               source || '/' || file || ':' || row AS place
        FROM diagnosis WHERE role = 'index' ORDER BY centre, patient"""):
        _identify_some(store, page.rows)
    derive_stages(store)


def _identify_some(store: Store, rows: Sequence[dict[str, Any]]) -> None:
    cases, conflicts = [], []
    for row in rows:
        identity = _identify(row["morphology"], row["histology"])
        site = _site(row["subsites"], row["regions"], row["site_text"], row["topography"])
        cases.append(_case(row, identity, site))
        if identity.contradiction:
            conflicts.append(_contradiction(row, identity))
    store.append("lms_case", cases)
    store.append("conflict", conflicts)


def _complete_ages(store: Store) -> None:
    """Age and year at diagnosis where no source states them but the days do, to a year at worst."""
    store.execute("""
        UPDATE diagnosis SET age_years = found.age FROM (
            SELECT d.centre, d.patient, d.statement,
                   round((d.diagnosis_low + d.diagnosis_high - p.birth_low - p.birth_high) / 2 / 365.25, 2) AS age
            FROM diagnosis d JOIN patient p USING (centre, patient)
            WHERE d.age_years IS NULL
              AND d.diagnosis_high - d.diagnosis_low + p.birth_high - p.birth_low <= 366) found
        WHERE found.statement = diagnosis.statement AND found.age BETWEEN 0 AND 120""")
    store.execute("""
        UPDATE diagnosis SET diagnosis_year = found.year FROM (
            SELECT d.statement, year(DATE '1970-01-01' + d.diagnosis_low) AS year
            FROM diagnosis d JOIN patient p USING (centre, patient)
            WHERE d.diagnosis_year IS NULL AND p.axis = 'calendar'
              AND year(DATE '1970-01-01' + d.diagnosis_low) = year(DATE '1970-01-01' + d.diagnosis_high)) found
        WHERE found.statement = diagnosis.statement AND found.year BETWEEN 1900 AND 2100""")


def _case(row: dict[str, Any], identity: Identity, site: SiteGroup) -> dict[str, Any]:
    return {
        "centre": row["centre"],
        "patient": row["patient"],
        "lms": identity.lms,
        "entity": identity.entity,
        "subtype": identity.subtype or _identify(None, row["histology_subtype"]).subtype,
        "reason": identity.reason,
        "site_group": site.code,
        "site_reason": site.reason,
        "site_flagged": site.flagged,
        "vessel_of_origin": site.vessel_of_origin,
    }


def _contradiction(row: dict[str, Any], identity: Identity) -> dict[str, Any]:
    """Text and code each name an entity, and not the same one."""
    return {
        "centre": row["centre"], "patient": row["patient"], "table": "diagnosis", "column": "histology",
        "kind": "contradiction", "rule": f"{identity.contradiction}; {identity.reason}",
        "kept": row["histology"], "kept_from": row["place"], "other": row["morphology"], "other_from": row["place"],
    }  # fmt: skip
