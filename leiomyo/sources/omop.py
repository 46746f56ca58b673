"""OMOP Common Data Model, 5.2 to 5.4: folders of its tables as CSV or Parquet, with and without headers.

Each table is a file. A row of one has to know a little of the others (which of a person's cancers is the sarcoma), so
the folder is looked at once before its rows are read. Concepts are read by `omop_concepts.csv`, by a CONCEPT table
that lies beside the data, and by the source's own words.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from leiomyo.errors import Problem
from leiomyo.sources import cells as conversions
from leiomyo.sources.base import InputFile, RowReading
from leiomyo.sources.files import listed, refuse
from leiomyo.sources.omop_events import TABLES, compose
from leiomyo.sources.omop_facts import Folder, look_at
from leiomyo.sources.omop_folder import Cells, each, index_of
from leiomyo.sources.omop_row import Row
from leiomyo.sources.omop_tables import (
    BESIDE_TABLES,
    OTHER_TABLES,
    Shape,
    as_identifier,
    given,
    layouts,
    shape_of,
    table_rows,
)
from leiomyo.sources.tabular_rows import PARQUET, TEXTS, SheetRow

#: What every row's reading may rest on.
_ASKED = ("person", "condition_occurrence", "procedure_occurrence", "measurement", "observation", "death", "episode",
          "episode_event", "concept", "concept_ancestor", "cdm_source")  # fmt: skip


class OmopSource:
    """Reader of a folder of OMOP tables."""

    name = "omop"

    def __init__(self) -> None:
        # asked once a look: a folder may hold many files, and none of them may be looked at for each of the others
        self._tables, self._folder = cache(index_of), cache(look_at)
        self._centre = cache(self._named_centre)

    def recognise(self, path: Path, name: str) -> tuple[InputFile, ...]:
        """The file as a table of the CDM; tables that hold nothing of a course are left aside with a word (LM-F017)."""
        folder = path.resolve().parent
        if path.suffix.lower() not in TEXTS | PARQUET:
            return ()
        if path.stem.lower() in OTHER_TABLES and self._tables(folder):
            raise refuse("LM-F017", name, detail="The table holds no part of a patient's course.")
        shape = shape_of(path, name)
        if shape is None:
            return ()
        if shape.table in BESIDE_TABLES:
            raise refuse("LM-F017", name, detail=BESIDE_TABLES[shape.table])
        beside = self._tables(folder)
        also = tuple(other for table in _ASKED for other, _ in beside.get(table, ()) if other.name != path.name)
        return (InputFile(path, name, shape.table, self._centre(folder), also=also),)

    def speaks_of(self, path: Path, name: str) -> bool:
        """Whether a file is called after a table of the CDM."""
        return path.stem.lower() in TABLES | BESIDE_TABLES.keys() | OTHER_TABLES

    def read(self, file: InputFile) -> Iterator[RowReading]:
        """Each row of the table as statements, in order of the file."""
        shape = shape_of(file.path, file.name)
        if shape is None or shape.table not in TABLES:
            raise refuse("LM-F007", file.name)
        reader = _Reader(file, shape, self._folder(file.path.resolve().parent))
        told = reader.of_the_file()
        for row in table_rows(file.path, file.name, shape):
            reading = reader.read(row)
            reading.problems += told
            told = []
            yield reading

    def _named_centre(self, folder: Path) -> str:
        """The abbreviation that CDM_SOURCE gives the data; the folder's name where there is none."""
        for cells in each(self._tables(folder), "cdm_source"):
            if found := cells.text("cdm_source_abbreviation", "cdm_source_name"):
                return found
        return folder.name


class _Reader:
    """Turns the rows of one table into statements."""

    def __init__(self, file: InputFile, shape: Shape, folder: Folder) -> None:
        self.file = file.name
        self.shape = shape
        self.folder = folder
        self.cells = Cells(shape)
        self.place = shape.columns.index("person_id")

    def of_the_file(self) -> list[Problem]:
        """What is to be said once: columns that are not used, no table of deaths, concepts without code or name."""
        told = []
        known = {column for columns in layouts(self.shape.table).values() for column in columns}
        if odd := [name or "a column without a name" for name in self.shape.columns if name not in known]:
            told.append(Problem("LM-F015", self.file, 1, detail=f"Not used: {listed(odd, most=20)}."))
        if self.shape.table == "person" and not self.folder.has_deaths:
            told.append(Problem("LM-F031", self.file))
        if self.shape.table == "condition_occurrence" and self.folder.wordless:
            detail = f"Without code or name are {self.folder.wordless} different conditions."
            told.append(Problem("LM-F032", self.file, detail=detail))
        return told

    def read(self, row: SheetRow) -> RowReading:
        """The statements of one row, or the problem that sends it to quarantine."""
        reading = RowReading(row.number, "", row.raw, problems=list(row.notes))
        if row.problem:
            reading.problems.append(row.problem)
            return reading
        patient = as_identifier(given(row.cells[self.place]))
        if not patient:
            reading.problems.append(Problem("LM-D004", self.file, row.number, "person_id"))
            return reading
        reading.patient = self.folder.identifiers.get(patient, patient)
        if not row.ended:
            reading.problems.append(Problem("LM-F013", self.file, row.number))
        asked = Row(
            self.file, row.number, patient, self.shape.table, self.cells.of(row.cells), self.folder, reading.problems
        )
        for table, values in compose(asked):
            values["missing"] = conversions.reasons(values.get("missing"))
            reading.statements.append((table, values))
        return reading
