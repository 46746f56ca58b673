"""REDCap projects: record exports in CSV, raw or with labels, beside their data dictionary, and the project's XML.

What the fields mean is said by annotations in the dictionary (`@LEIOMYO=diagnosis.size_mm`, as in the one that
`leiomyo export redcap-dictionary` writes) or by a mapping, as for sheets. A box that is not ticked on a form that
nobody opened is unknown and not no, though an export shows both as 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from leiomyo.errors import Problem
from leiomyo.sources.base import InputFile, RowReading
from leiomyo.sources.cells import reasons
from leiomyo.sources.files import listed, refuse
from leiomyo.sources.redcap_folder import Export, survey
from leiomyo.sources.redcap_odm import KEYS
from leiomyo.sources.redcap_plan import PLACE, annotated, code_book, mapped, number_codes
from leiomyo.sources.redcap_project import Project
from leiomyo.sources.redcap_records import refuse_cut
from leiomyo.sources.redcap_rows import RowReader, Said
from leiomyo.sources.tabular_compose import Cells, RowComposer
from leiomyo.sources.tabular_mapping import Form, Sheet, find_mapping
from leiomyo.sources.tabular_rows import SheetRow

#: Of the columns that nothing speaks of so many are named.
_NAMED = 20
_SYSTEM = ("redcap_", PLACE)


class RedcapSource:
    """Reader of REDCap projects; by the mapping that is named or lies beside the export, else by annotations."""

    name = "redcap"

    def __init__(self, mapping: Path | None = None) -> None:
        self.mapping = mapping
        # A folder is looked at as a whole, once a look: which dictionary a file goes with depends on all of them.
        self._survey = cache(survey)

    def recognise(self, path: Path, name: str) -> tuple[InputFile, ...]:
        """The file as a record export; a dictionary and what else belongs to the project is left aside (LM-F017)."""
        folder = self._survey(path.absolute().parent)
        inside = path.absolute()
        if problem := folder.problems.get(inside):
            raise refuse(problem.code, name, row=problem.row, column=problem.column, detail=problem.detail)
        export = folder.exports.get(inside)
        if export is None:
            return ()
        sheet = self._sheet(export, path, name)
        centre = sheet.centre if sheet is not None else ""
        mapping = self._mapping(path)
        also = [one for one in (export.layout.project.file, mapping) if one is not None and one != inside]
        return (InputFile(path, name, "records", centre or export.centre, also=tuple(also)),)

    def read(self, file: InputFile) -> Iterator[RowReading]:
        """Each row of the export as statements, in order."""
        export = self._export(file)
        reader = _Reader(file.name, export, self._sheet(export, file.path, file.name))
        told = reader.of_the_file()
        for row in export.layout.rows(file.name):
            reading = reader.read(row)
            reading.problems += told
            told = []
            yield reading

    def one_project(self, files: list[InputFile]) -> tuple[list[InputFile], list[Problem]]:
        """The files of the first project, and a refusal of each file of another: records may share their names."""
        of = [(file.path.absolute().parent, self._export(file).centre) for file in files]
        others = [file.name for file, project in zip(files, of, strict=True) if project != of[0]]
        detail = f"It is of another project than {files[0].name}." if others else ""
        kept = [file for file in files if file.name not in others]
        return kept, [refuse("LM-F019", name, detail=detail).problem for name in others]

    def speaks_of(self, path: Path, _name: str) -> bool:
        """Whether the file is of a project, or would be if it were sound."""
        folder = self._survey(path.absolute().parent)
        return path.absolute() in folder.problems or path.absolute() in folder.exports

    def _export(self, file: InputFile) -> Export:
        export = self._survey(file.path.absolute().parent).exports.get(file.path.absolute())
        if export is None:
            raise refuse("LM-F007", file.name)
        return export

    def _mapping(self, path: Path) -> Path | None:
        return self.mapping or find_mapping(path)

    def _sheet(self, export: Export, path: Path, name: str) -> Sheet | None:
        """How the rows are read; None where nothing says what any field means."""
        project, mapping = export.layout.project, self._mapping(path)
        sheet = mapped(project, mapping, path, name) if mapping else None
        return sheet or annotated(project, project.file.name)


def _nothing(project: Project) -> Sheet:
    """A project of whose fields nothing is known: its people are there, and no more."""
    return Sheet("*", "", project.record.name, PLACE, (), Form(), "calendar", "")


class _Reader:
    """Reads the rows of one export."""

    def __init__(self, file: str, export: Export, sheet: Sheet | None) -> None:
        self.file = file
        self.layout = export.layout
        self.known = sheet is not None
        self.sheet = sheet or _nothing(self.layout.project)
        self.rows = RowReader(self.layout, labels=export.labels, decimal=self.sheet.form.decimal,
                              numbers=number_codes(self.sheet))  # fmt: skip
        self.composer = RowComposer(self.sheet, file, code_book(self.layout.project, self.sheet))
        # a field that is used may be one of several boxes
        self.used = self.sheet.columns | {one for name in self.sheet.columns for one in self.rows.boxes.get(name, ())}

    def of_the_file(self) -> list[Problem]:
        """What is to be said once: that nothing says what the fields mean, or which columns are not used."""
        if not self.known:
            return [Problem("LM-F029", self.file)]
        own = {f"{form}_complete" for form in self.layout.project.forms}
        unused = [written or f"column {at}" for at, (column, written) in
                  enumerate(zip(self.layout.columns, self.layout.header, strict=True), start=1)
                  if column not in self.used | own and not column.startswith(_SYSTEM)]  # fmt: skip
        unused = unused if self.layout.sign else []
        detail = f"Not used: {listed(unused, most=_NAMED)}."
        return [Problem("LM-F015", self.file, self.layout.row, detail=detail)] if unused else []

    def read(self, row: SheetRow) -> RowReading:
        """The statements of one row, or the problem that sends it to quarantine."""
        reading = RowReading(row.number, "", row.raw, problems=list(row.notes))
        if problem := row.problem or self._width(row):
            reading.problems.append(problem)
            return reading
        if not row.ended:
            reading.problems.append(Problem("LM-F013", self.file, row.number))
        said = self.rows.read(row)
        reading.patient = said.place.record
        if not said.place.record:
            reading.problems.append(Problem("LM-D004", self.file, row.number, self.layout.project.record.name))
            return reading
        column, text = self.rows.wrong_place(said.place)
        if column:
            reading.problems.append(Problem("LM-D024", self.file, row.number, column, found=text))
            return reading
        self._compose(said, reading)
        return reading

    def _compose(self, said: Said, reading: RowReading) -> None:
        row = reading.row
        reading.problems += [Problem("LM-D023", self.file, row, column, found=text)
                             for column, text in said.unknown.items() if column in self.used]  # fmt: skip
        keys = dict(zip(KEYS, (said.place.event, said.place.instrument, said.place.instance), strict=True))
        place = {PLACE: str(said.place), **keys}
        patient = said.cells.get(self.sheet.patient, said.place.record)
        reading.patient = patient
        found, problems = self.composer.compose(Cells({**said.cells, **place}, row, patient, said.why))
        reading.problems += problems
        if all(table != "patient" for table, _ in found):  # whoever has a record is a person, whatever it says
            found = [("patient", {"axis": self.sheet.axis}), *found]
        for table, values in found:
            values["missing"] = reasons(dict(sorted((values.get("missing") or {}).items())))
            reading.statements.append((table, values))

    def _width(self, row: SheetRow) -> Problem | None:
        """What is wrong with the number of cells."""
        width, cells = len(self.layout.columns), len(row.cells)
        refuse_cut(row, width, self.file)
        if cells == width:
            return None
        return Problem("LM-D003", self.file, row.number, found=f"{cells} columns", expected=f"{width} columns")
