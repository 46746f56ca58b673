"""The tables that lie in one folder, their rows cell by cell, and the concepts that they meet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from leiomyo.model.dates import DayInterval, calendar_day
from leiomyo.sources.base import FileRefused
from leiomyo.sources.omop_concepts import Concept, Vocabulary, listed_concepts
from leiomyo.sources.omop_tables import Shape, as_identifier, given, plain_date, shape_of, table_rows
from leiomyo.sources.tabular_rows import PARQUET, TEXTS

#: The files of each table of a folder.
Tables = dict[str, list[tuple[Path, Shape]]]


class Cells:
    """The cells of one row by the name of their column."""

    def __init__(self, shape: Shape) -> None:
        self._at = {column: place for place, column in enumerate(shape.columns)}
        self._row: tuple[str, ...] = ()

    def of(self, row: tuple[str, ...]) -> Cells:
        """The same columns with the cells of another row."""
        self._row = row
        return self

    def text(self, *columns: str) -> str:
        """The first of the columns that has a value."""
        for column in columns:
            if (place := self._at.get(column)) is not None and (found := given(self._row[place])):
                return found
        return ""

    def id(self, *columns: str) -> str:
        """An identifier or concept; empty where there is none or it is 0, "no matching concept"."""
        found = as_identifier(self.text(*columns))
        return "" if found == "0" else found

    def day(self, *columns: str) -> DayInterval | None:
        """The days that the first date with a value allows; None where there is none or it cannot be read."""
        text = self.text(*columns)
        try:
            return calendar_day(plain_date(text)) if text else None
        except ValueError:
            return None


def index_of(folder: Path) -> Tables:
    """The tables of the CDM in a folder, by name; damaged files are passed over here and told where they are read."""
    found: Tables = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in TEXTS | PARQUET or path.is_symlink() or not path.is_file():
            continue
        try:
            shape = shape_of(path, path.name)
        except FileRefused:
            continue
        if shape:
            found.setdefault(shape.table, []).append((path, shape))
    return found


#: What CDM_SOURCE says of a folder that our own writer made of case tables.
OWN_EXPORT = "leiomyo case tables"


def identifiers(tables: Tables) -> dict[str, str]:
    """The patients' own identifiers by person, in a folder made of case tables; empty in any other.

    There a person's source value is the identifier that the case tables had. In a hospital's CDM it may be anything,
    so a person is named by the number there.
    """
    if not any(cells.text("cdm_etl_reference") == OWN_EXPORT for cells in each(tables, "cdm_source")):
        return {}
    found = {cells.id("person_id"): cells.text("person_source_value") for cells in each(tables, "person")}
    return found if "" not in found.values() and len(set(found.values())) == len(found) else {}


def each(tables: Tables, name: str) -> Iterator[Cells]:
    """The rows of a table that can be read, over all its files."""
    for path, shape in tables.get(name, ()):
        cells = Cells(shape)
        try:
            for row in table_rows(path, path.name, shape):
                if row.problem is None:
                    yield cells.of(row.cells)
        except FileRefused:
            continue


def vocabulary_of(tables: Tables) -> Vocabulary:
    """The concepts met in the folder, from its CONCEPT table; the ingredients of its drugs from CONCEPT_ANCESTOR."""
    if not tables.get("concept") and not tables.get("concept_ancestor"):
        return Vocabulary({}, {})
    met: set[str] = set()
    drugs: set[str] = set()
    for table in tables:
        columns = [name for name in tables[table][0][1].columns if name.endswith("concept_id")]
        if table.startswith("concept") or table == "cdm_source":
            continue
        for cells in each(tables, table):
            found = {cells.id(column) for column in columns}
            met |= found
            if table == "drug_exposure":
                drugs |= found
    beside = {}
    for cells in each(tables, "concept"):
        if (one := cells.id("concept_id")) in met:
            beside[one] = Concept(
                one, cells.text("vocabulary_id"), cells.text("concept_code"), cells.text("concept_name")
            )
    ingredients: dict[str, tuple[str, ...]] = {}
    for cells in each(tables, "concept_ancestor"):
        ancestor, one = cells.id("ancestor_concept_id"), cells.id("descendant_concept_id")
        if one in drugs and (row := listed_concepts().get(ancestor)) and row["part"] == "drug":
            ingredients[one] = tuple(dict.fromkeys((*ingredients.get(one, ()), row["says"])))
    return Vocabulary(beside, ingredients)


#: Bytes of which every way of writing leiomyosarcoma holds one.
SARCOMA = re.compile(rb"sar[ck]o|sacro|lms|smooth|889[016](?:/|-?C\d)", re.I)
_CHUNK = 1 << 24


def sarcomas_met(vocabulary: Vocabulary) -> frozenset[bytes]:
    """The concepts that may stand for a leiomyosarcoma in a folder: those of its CONCEPT table, and our own list."""
    named = (one for one, row in listed_concepts().items() if SARCOMA.search(f"{row['code']} {row['name']}".encode()))
    beside = (one for one, row in vocabulary.beside.items() if SARCOMA.search(f"{row.code} {row.name}".encode()))
    return frozenset(one.encode() for one in (*named, *beside))


def may_name(path: Path, concepts: frozenset[bytes]) -> bool:
    """Whether a file may name a leiomyosarcoma; a look at its bytes, far quicker than to read a hospital's rows."""
    if path.suffix.lower() in PARQUET:
        return True
    rest = b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            if SARCOMA.search(text) or not concepts.isdisjoint(_NUMBERS.findall(text)):
                return True
            rest = text[-64:]
    return False


#: Numbers as long as those of concepts that stand for tumours.
_NUMBERS = re.compile(rb"\b\d{6,10}\b")
