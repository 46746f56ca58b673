"""What staging reads: the facts of one tumour, the criteria, and the facts of every case out of the case tables."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from leiomyo.store.store import DIAGNOSED, Page, Store


class Spread(NamedTuple):
    """One statement on metastasis; `days` is the interval from the diagnosis."""

    status: str
    moment: str | None = None
    site: str | None = None
    days: tuple[int, int] | None = None


class StatedStage(NamedTuple):
    """A stage as a source states it."""

    system: str | None = "AJCC"
    edition: str | None = None
    basis: str | None = None
    t: str | None = None
    n: str | None = None
    m: str | None = None
    stage_group: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is recorded of one tumour; None is not recorded. Depth is no part of T in AJCC 8.

    `invaded` says whether the tumour invaded an organ taken with it, `organs` which were taken, `subsites` and
    `site_text` where it sits, all in the source's words.
    """

    site_group: str
    vessel_of_origin: str | None = None
    vessel_involved: str | None = None
    subsites: str | None = None
    site_text: str | None = None
    size_mm: float | None = None
    lesions: int | None = None
    multifocal: bool | None = None
    invaded: bool | None = None
    organs: str | None = None
    grade: str | None = None
    grade_system: str | None = None
    mitoses: float | None = None
    necrosis: str | None = None
    necrosis_percent: float | None = None
    neoadjuvant: bool | None = None
    spread: tuple[Spread, ...] = ()
    stated: tuple[StatedStage, ...] = ()


class Disagreement(NamedTuple):
    """A stated value that the facts beside it do not bear out; the stated one stands."""

    column: str
    stated: str
    derived: str
    place: str


class Reading(NamedTuple):
    """The values an item may have; how it was read; what to record for it to be certain; what stands against it."""

    values: frozenset[str]
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()


#: Columns of `diagnosis` that a derived stage takes over, and those that staging reads.
ORIGIN = ("centre", "patient", "record", "recorded", "source", "file", "row", "statement", "tumour")
_READ = ("size_basis", "vessel_involved", "subsites", "site_text", "size_mm", "lesions", "multifocal", "grade",
         "grade_system", "mitoses_per_10_hpf", "necrosis", "necrosis_percent")  # fmt: skip


@cache
def criteria(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `rules/stage_<name>.csv`."""
    text = resources.files("leiomyo.course").joinpath(f"rules/stage_{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def read_facts(store: Store) -> Iterator[tuple[dict[str, Any], Facts]]:
    """Each leiomyosarcoma's row of `diagnosis` (where it stands, its size basis) with its facts."""
    columns = ", ".join(f"d.{name}" for name in (*ORIGIN, *_READ))
    for page in store.pages(f"""
            WITH operated AS (
                SELECT centre, patient, tumour, string_agg(organs_resected, '|' ORDER BY statement) AS organs,
                       bool_or(organs_invaded) AS invaded, bool_or(neoadjuvant) AS neoadjuvant
                FROM surgery WHERE kind = 'primary' GROUP BY ALL)
            SELECT {columns}, c.site_group, c.vessel_of_origin AS arose_from, o.organs, o.invaded, o.neoadjuvant,
                   d.source || '/' || d.file || ':' || d.row AS place
            FROM lms_case c
            JOIN diagnosis d ON d.centre = c.centre AND d.patient = c.patient AND d.role = 'index'
            LEFT JOIN operated o ON o.centre = d.centre AND o.patient = d.patient AND o.tumour = d.tumour
            WHERE c.lms = 'yes' ORDER BY c.centre, c.patient"""):
        yield from _facts(store, page)


def _facts(store: Store, page: Page) -> Iterator[tuple[dict[str, Any], Facts]]:
    spread, stated = _spread(store, page), _stated(store, page)
    for row in page.rows:
        key = (row["centre"], row["patient"], row["tumour"])
        yield row, Facts(
            site_group=row["site_group"], vessel_of_origin=row["arose_from"], vessel_involved=row["vessel_involved"],
            subsites=row["subsites"], site_text=row["site_text"], size_mm=row["size_mm"],
            lesions=row["lesions"], multifocal=row["multifocal"],
            invaded=row["invaded"], organs=row["organs"], grade=row["grade"], grade_system=row["grade_system"],
            mitoses=row["mitoses_per_10_hpf"], necrosis=row["necrosis"], necrosis_percent=row["necrosis_percent"],
            neoadjuvant=row["neoadjuvant"], spread=tuple(spread[key]), stated=tuple(stated[key]),
        )  # fmt: skip


def _spread(store: Store, page: Page) -> dict[tuple[str, str, str], list[Spread]]:
    """The statements on metastasis; their days from the diagnosis, where both are known."""
    found = defaultdict(list)
    for centre, patient, tumour, status, moment, site, low, high in store.rows(f"""
            WITH origin AS (
                SELECT d.centre, d.patient, d.tumour,
                       {DIAGNOSED} AS first, {DIAGNOSED.replace("_low", "_high")} AS last
                FROM diagnosis d JOIN patient p USING (centre, patient) WHERE d.role = 'index')
            SELECT s.centre, s.patient, s.tumour, s.status, s.moment, s.site, s.day_low - o.last, s.day_high - o.first
            FROM (FROM disease_status SEMI JOIN {page.sql} USING (centre, patient)) s
            JOIN origin o USING (centre, patient, tumour)
            WHERE s.status IN ('distant_metastasis', 'no_metastasis') ORDER BY s.statement"""):
        days = None if low is None or high is None else (low, high)
        found[centre, patient, tumour].append(Spread(status, moment, site, days))
    return found


def _stated(store: Store, page: Page) -> dict[tuple[str, str, str], list[StatedStage]]:
    """What sources state; a derived row is none."""
    found = defaultdict(list)
    for centre, patient, tumour, *said in store.rows(f"""
            SELECT centre, patient, tumour, system, edition, basis, t, n, m, stage_group,
                   source || '/' || file || ':' || row
            FROM stage SEMI JOIN {page.sql} USING (centre, patient)
            WHERE derived IS NOT TRUE ORDER BY statement"""):
        found[centre, patient, tumour].append(StatedStage(*said))
    return found
