"""A folder of OMOP CDM 5.4 tables as CSV, with the concepts met beside them; our reader takes it without a mapping.

Persons are numbered, since `person_id` is a whole number; the patient's own identifier is `person_source_value`, and
CDM_SOURCE says so (docs/decisions/0011). A day known to the month or year stays so, though a database's DATE column
would refuse it: no day is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from leiomyo.exports import omop_modifiers, omop_rows
from leiomyo.exports.omop_concepts import columns, concept_rows
from leiomyo.exports.omop_people import People
from leiomyo.exports.texts import text_file
from leiomyo.model.records import Records
from leiomyo.spreadsheet import write_rows

#: What our reader knows such a folder by.
OWN_EXPORT = "leiomyo case tables"
_TABLES: dict[str, Callable[[People], omop_rows.Rows]] = {
    "person": omop_rows.person, "observation_period": omop_rows.observation_period, "death": omop_rows.death,
    "visit_occurrence": omop_rows.visit_occurrence, "condition_occurrence": omop_rows.condition_occurrence,
    "procedure_occurrence": omop_rows.procedure_occurrence, "drug_exposure": omop_rows.drug_exposure,
    "measurement": omop_modifiers.measurement, "observation": omop_modifiers.observation,
    "episode": omop_modifiers.episode, "episode_event": omop_modifiers.episode_event,
}  # fmt: skip


def write_omop(records: Records, folder: Path, *, name: str, encoding: str = "utf-8") -> dict[str, int]:
    """Write the case tables as tables of the CDM.

    Parameters
    ----------
    records
        The patients; those whose days count from the diagnosis have no dates, and are left out.
    name
        The name of the source in CDM_SOURCE.

    Returns
    -------
    dict
        What was left out or left blank, by kind and count.
    """
    folder.mkdir(parents=True, exist_ok=True)
    people = People.of(records)
    met: set[int] = set()
    for table, rows_of in _TABLES.items():
        _write(folder, table, rows_of(people), encoding, met)
    _write(folder, "concept", concept_rows(met), encoding, set())
    _write(folder, "cdm_source", iter([_source(people, name)]), encoding, set())
    return dict(people.left)


def _source(people: People, name: str) -> dict[str, Any]:
    centres = {centre for centre, _ in people.numbers}
    return {"cdm_source_name": name, "cdm_source_abbreviation": centres.pop() if len(centres) == 1 else name,
            "cdm_etl_reference": OWN_EXPORT, "cdm_version": "5.4",
            "source_description": "Case tables; person_source_value is the patient's identifier"}  # fmt: skip


def _write(folder: Path, table: str, found: Iterator[dict[str, Any]], encoding: str, met: set[int]) -> None:
    """One table, row by row; the concepts in it are noted."""
    names = columns(table)
    concepts = [column for column in names if column.endswith("concept_id")]

    def noted() -> Iterator[dict[str, Any]]:
        for row in found:
            for column in concepts:
                if column in row:
                    met.add(row[column])
            yield row

    with text_file(folder / f"{table}.csv", encoding) as stream:
        write_rows(stream, names, noted())
