"""The tables of an OMOP database: which there are, under which names, and whether their columns can be used."""

from __future__ import annotations

import contextlib
import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from leiomyo.errors import LeiomyoError
from leiomyo.finding.connect import Database

#: Without these there is nobody to find and nothing to find them by.
NEEDED = {
    "person": ("person_id",),
    "condition_occurrence": ("person_id", "condition_concept_id", "condition_start_date"),
}
_CONCEPT = ("concept_id", "concept_name", "vocabulary_id", "concept_code")


@dataclass(frozen=True, slots=True)
class Place:
    """One row of `places.csv`: columns of a table in which a tumour may be named."""

    table: str
    #: What is named there: a `tumour` or a `drug`.
    kind: str
    date: str
    concepts: tuple[str, ...]
    texts: tuple[str, ...]
    question: str
    answers: tuple[str, ...]
    #: Columns that say how sure the row is: a concept and a text.
    status: tuple[str, ...]
    meaning: str


@cache
def places() -> tuple[Place, ...]:
    """Where the scan looks."""
    rows = csv.DictReader(_data("places.csv"))
    return tuple(
        Place(
            row["table"],
            row["kind"],
            row["date"],
            tuple(row["concepts"].split()),
            tuple(row["texts"].split()),
            row["question"],
            tuple(row["answers"].split()),
            tuple(row["status"].split()),
            row["meaning"],
        )
        for row in rows
    )


@cache
def cdm_tables() -> tuple[dict[str, str], ...]:
    """The tables of the CDM that hold rows of persons, with the column that says whose."""
    return tuple(csv.DictReader(_data("cdm_tables.csv")))


def _data(name: str) -> list[str]:
    return resources.files("leiomyo.finding").joinpath(name).read_text(encoding="utf-8").splitlines()


@dataclass(frozen=True, slots=True)
class Cdm:
    """An OMOP database with its tables as Ibis expressions, names in lower case."""

    database: Database
    tables: dict[str, Any]

    def table(self, name: str) -> Any:
        """A table of the CDM, or None where there is none of that name."""
        return self.tables.get(name)

    @property
    def concept(self) -> Any:
        """The table of concepts, or None where it cannot be used."""
        table = self.tables.get("concept")
        return table if table is not None and set(_CONCEPT) <= set(table.columns) else None


def read_cdm(database: Database, *, schema: str | None = None, vocabulary: str | None = None) -> Cdm:
    """The tables of the CDM in a schema; those of the vocabulary may lie in another.

    Raises
    ------
    LeiomyoError
        `LM-F040`: there is no CDM; `LM-F041`: a column is missing or not of its type.
    """
    names = _names(database, schema)
    wanted = {"concept", *(row["table"] for row in cdm_tables()), *(place.table for place in places())}
    tables = {name: _lowered(database, actual, schema) for name, actual in names.items() if name in wanted}
    if vocabulary is not None:
        held = _names(database, vocabulary)
        tables.pop("concept", None)
        if "concept" in held:
            tables["concept"] = _lowered(database, held["concept"], vocabulary)
    for name in NEEDED:
        if name not in tables:
            raise LeiomyoError("LM-F040", f"There is no table {name}{_of(schema)}.{_elsewhere(database, schema)}",
                               file=database.shown)  # fmt: skip
    cdm = Cdm(database, tables)
    for name, columns in NEEDED.items():
        for column in columns:
            if column not in tables[name].columns:
                raise LeiomyoError("LM-F041", f"{name} has no column {column}.", file=database.shown)
    kinds = _kinds()
    _check_types(cdm, kinds)
    if database.text:
        _check_texts(cdm, kinds)
    return cdm


def _of(schema: str | None) -> str:
    return f" in the schema {schema}" if schema else ""


def _within(database: Database, schema: str | None) -> Any:
    """How a schema is named to Ibis: with its catalogue in DuckDB, whose file `cdm.duckdb` is a catalogue `cdm` too."""
    if schema is None or database.engine != "duckdb" or "." in schema:
        return schema
    return database.connection.current_catalog, schema


def _names(database: Database, schema: str | None) -> dict[str, str]:
    """The tables and views of a schema as they are called, by their names in lower case."""
    if database.views:
        return database.views
    try:
        found = database.connection.list_tables(database=_within(database, schema))
    except Exception as error:
        raise LeiomyoError("LM-F040", f"There is no schema {schema}.", file=database.shown) from error
    return {name.lower(): name for name in sorted(found, reverse=True)}


def _elsewhere(database: Database, schema: str | None) -> str:
    """In which other schemas there is a table of persons, as a hint."""
    connection, held = database.connection, []
    with contextlib.suppress(Exception):
        others = [one for one in connection.list_databases() if one not in {schema, "information_schema", "pg_catalog"}]
        held = [
            one for one in others if "person" in map(str.lower, connection.list_tables(database=_within(database, one)))
        ]
    return f" There is one in: {', '.join(sorted(held))}; name it with --schema." if held else ""


def _lowered(database: Database, name: str, schema: str | None) -> Any:
    """A table as an expression with the columns in lower case."""
    try:
        table = database.connection.table(name, database=None if database.views else _within(database, schema))
    except Exception as error:
        raise LeiomyoError(
            "LM-F040", f"{name} cannot be read ({type(error).__name__}).", file=database.shown
        ) from error
    return table.rename({column.lower(): column for column in table.columns if column != column.lower()})


def _kinds() -> dict[str, str]:
    """What every column that is read has to be: a number, a day or a text."""
    kinds = dict.fromkeys(("person_id", "concept_id"), "number") | dict.fromkeys(_CONCEPT[1:], "text")
    for place in places():
        for column in filter(None, (*place.concepts, place.question, *place.texts, *place.answers)):
            kinds[column] = "number" if column.endswith("_id") else "text"
        kinds[place.date] = "day"
    return kinds


def _check_types(cdm: Cdm, kinds: dict[str, str]) -> None:
    """Every column that is read has a type that can be: otherwise which column it is."""
    for name, table in cdm.tables.items():
        for column, kind in kinds.items():
            if column in table.columns and not _fits(table[column].type(), kind, text=cdm.database.text):
                told = f"{name}.{column} is of type {table[column].type()}, not a {kind}."
                raise LeiomyoError("LM-F041", told, file=cdm.database.shown)


def _check_texts(cdm: Cdm, kinds: dict[str, str]) -> None:
    """In CSV files every value of a column that is read is a number or a day: otherwise how many are not."""
    for name, table in cdm.tables.items():
        read = {"number": number, "day": day}
        asked = {
            column: ((table[column].length() > 0) & read[kind](table[column]).isnull()).sum()
            for column, kind in kinds.items()
            if column in table.columns and kind in read and table[column].type().is_string()
        }
        for column, count in (_first(cdm, name, table.aggregate(**asked)) if asked else {}).items():
            if count:
                told = f"{name}.{column} holds {count} values that are not a {kinds[column]}."
                raise LeiomyoError("LM-F041", told, file=cdm.database.shown)


def _first(cdm: Cdm, name: str, expression: Any) -> dict[str, Any]:
    try:
        return dict(cdm.database.connection.to_pyarrow(expression).to_pylist()[0])
    except Exception:  # noqa: BLE001  every driver has its own
        # its own words may hold a row
        raise LeiomyoError("LM-F041", f"The file of {name} is not a table.", file=cdm.database.shown) from None


def _fits(kind: Any, wanted: str, *, text: bool) -> bool:
    if text and kind.is_string():
        return True
    if wanted == "number":
        return bool(kind.is_integer() or kind.is_decimal() or kind.is_null())
    if wanted == "day":
        return bool(kind.is_date() or kind.is_timestamp())
    return bool(kind.is_string() or kind.is_null())


def number(column: Any) -> Any:
    """A column of identifiers as whole numbers; text that is none becomes null and is counted by `unreadable`."""
    return column.try_cast("int64") if column.type().is_string() else column.cast("int64")


def day(column: Any) -> Any:
    """A column of days as dates."""
    return column.try_cast("date") if column.type().is_string() else column.cast("date")
