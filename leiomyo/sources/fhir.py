"""FHIR R4: bundles, single resources and bulk exports (NDJSON), with the profiles of mCODE or without.

A row is a resource. What code means what stands in `fhir_codes.csv`; a resource that fills no case table is kept
without a statement, one that says of itself that it did not happen too, and one that is not valid goes to quarantine
with its line, its byte and the member that is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from leiomyo.errors import Problem
from leiomyo.sources import (
    cells,
    fhir_csv,
    fhir_person,
    fhir_resources,
    fhir_specimen,
    fhir_treatment,
    fhir_tumour,
    fhir_validate,
)
from leiomyo.sources.base import InputFile, RowReading, Statement
from leiomyo.sources.fhir_index import Index, build
from leiomyo.sources.fhir_json import Raw, head_of, member_name, resources, shape_of, speaks_of_resources, type_of
from leiomyo.sources.fhir_kinds import patient_key
from leiomyo.sources.fhir_own import completed
from leiomyo.sources.fhir_row import Row
from leiomyo.sources.fhir_values import roles_of
from leiomyo.sources.files import listed, refuse
from leiomyo.sources.statements import death_told

#: Resources that are about no patient: others refer to them.
_OF_NOBODY = frozenset({
    "Medication", "Practitioner", "PractitionerRole", "Organization", "Location", "OperationOutcome", "Device",
    "Substance", "HealthcareService", "Endpoint", "ResearchStudy", "Questionnaire", "ValueSet", "CodeSystem",
    "StructureDefinition", "ImplementationGuide", "Library", "Provenance", "Parameters", "Group", "Schedule", "Slot",
    "PlanDefinition", "ActivityDefinition", "SearchParameter", "CapabilityStatement",
})  # fmt: skip
_COMPOSE: dict[str, Callable[[Any, Row], Iterator[Statement]]] = {
    "Patient": fhir_person.patient, "Encounter": fhir_person.encounter, "Condition": fhir_tumour.condition,
    "Observation": fhir_tumour.observation, "Procedure": fhir_treatment.procedure,
    "MedicationRequest": fhir_treatment.request, "MedicationAdministration": fhir_treatment.administration,
    "MedicationStatement": fhir_treatment.statement, "AdverseEvent": fhir_treatment.adverse_event,
    "DiagnosticReport": fhir_specimen.report,
}  # fmt: skip
#: Members in which a resource says that it states nothing.
_NOTHING = frozenset({"entered-in-error", "cancelled"})


class FhirSource:
    """Reader of FHIR R4."""

    name = "fhir"

    def __init__(self) -> None:
        self._index: Index | None = None
        self._validating = False

    def validate(self) -> None:
        """Hold every resource against the models of `fhir.resources` from now on."""
        fhir_validate.require()
        self._validating = True

    def recognise(self, path: Path, name: str) -> tuple[InputFile, ...]:
        """The file, or each member of an archive, as resources."""
        if kind := fhir_csv.kind_of(path):
            return (InputFile(path, name, fhir_csv.CSV + kind, "fhir"),)
        shape = shape_of(path, name)
        if shape is None:
            return ()
        if shape.members is None:
            return (InputFile(path, name, "ndjson" if shape.lines else "bundle", "fhir"),)
        return tuple(InputFile(path, member_name(name, one), "ndjson", "fhir", part=one) for one in shape.members)

    def speaks_of(self, path: Path, name: str) -> bool:
        """Whether the file's name says that it holds resources."""
        return speaks_of_resources(path)

    def begin(self, files: Sequence[InputFile]) -> None:
        """Look through all files of the export for what one resource has to know of the others."""
        self._index = build(files)

    def read(self, file: InputFile) -> Iterator[RowReading]:
        """Each resource of the file that is about a patient, in order."""
        index = self._index or build([file])
        for reading in _Reader(file, index).rows():
            if self._validating and reading.statements and not file.kind.startswith(fhir_csv.CSV):
                if told := fhir_validate.faults(type_of(reading.raw.encode()), reading.raw.encode()):
                    detail = f"{'; '.join(told)}."
                    reading.problems.append(Problem("LM-D038", file.name, reading.row, detail=detail))
            yield reading


class _Reader:
    """The resources of one file as rows."""

    def __init__(self, file: InputFile, index: Index) -> None:
        self.file = file
        self.index = index
        self.of_nobody: Counter[str] = Counter()
        self.strangers: Counter[str] = Counter()
        self.other_type: str = ""
        stem = Path(file.part or file.name).name.partition(".")[0].rstrip("0123456789_-")
        self.named_for = stem if file.kind == "ndjson" and stem in fhir_resources.READ else ""

    def rows(self) -> Iterator[RowReading]:
        """Each row; what is to be said of the file is said with the last."""
        if self.file.kind.startswith(fhir_csv.CSV):
            yield from self._sheet()
            return
        last: RowReading | None = None
        for raw in resources(self.file.path, self.file.name, self.file.part, lines=self.file.kind == "ndjson"):
            kind = type_of(raw.text)
            if kind in _OF_NOBODY:
                self.of_nobody[kind] += 1
                continue
            if last:
                yield last
            last = self._row(raw, kind)
        if last:
            last.problems += self._of_the_file()
            yield last
        elif not self.of_nobody:
            raise refuse("LM-F014", self.file.name)

    def _sheet(self) -> Iterator[RowReading]:
        """The rows of a CSV, each with what all its resources say."""
        for row, made in fhir_csv.rows(self.file):
            if isinstance(made, Problem):
                yield RowReading(row.number, "", row.raw, problems=[made])
                continue
            told = [self._row(raw, type_of(raw.text)) for raw in made]
            patient = next((one.patient for one in told), "")
            whole = RowReading(row.number, patient, row.raw)
            for one in told:
                whole.statements += one.statements
                whole.problems += one.problems
            if not told:  # a row of staging without a stage
                whole.problems.append(Problem("LM-D009", self.file.name, row.number))
            yield whole

    def _row(self, raw: Raw, kind: str) -> RowReading:
        problems: list[Problem] = []
        try:
            text = raw.text.decode("utf-8")
            found = fhir_resources.decode(kind, raw.text)
        except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
            text = raw.text.decode("utf-8", "backslashreplace")
            detail = f"Byte {raw.offset}: {_in_words(error)}"
            return RowReading(raw.number, "", text, problems=[self._problem("LM-D031", raw, detail=detail)])
        patient = self._patient(found, kind, raw)
        reading = RowReading(raw.number, patient, text, problems=problems)
        if not kind or not patient:
            code = "LM-D004" if kind else "LM-D031"
            problems.append(self._problem(code, raw, detail=f"Byte {raw.offset}."))
            return reading
        self._named_for(kind, raw, problems)
        name = found.id or raw.alias
        row = Row(patient, f"{kind}/{name}", self.file.name, raw.number,
                  roles_of(found.meta.profile) if kind in _COMPOSE else frozenset(), self.index, problems)  # fmt: skip
        older = bool(self.index.newest) and self.index.is_older(row.record, head_of(raw.text).version)
        reading.statements += self._statements(found, kind, row, older=older)
        return reading

    def _patient(self, found: Any, kind: str, raw: Raw) -> str:
        if kind == "Patient":
            return patient_key(found, raw.alias)
        reference = found.subject
        if reference is None and kind not in fhir_resources.READ:
            reference = found.patient or found.individual
        patient = self.index.person(reference)
        if patient and reference and patient not in self.index.known:
            self.strangers[patient] += 1
        return patient

    def _statements(self, found: Any, kind: str, row: Row, *, older: bool) -> list[Statement]:
        compose = _COMPOSE.get(kind)
        told: list[Statement] = []
        if row.record in self.index.taken_back or getattr(found, "status", "") in _NOTHING:
            why = "entered-in-error" if row.record in self.index.taken_back else found.status
            row.problem("LM-D033", "status", why)
        elif older:
            row.problem("LM-D037", "meta")
        elif compose:
            told = list(compose(found, row))
            if found.extension:
                completed(told, found.extension, row)
            told += [death_told(values, "calendar") for table, values in list(told)
                     if table == "follow_up" and values.get("vital_status") == "dead"]  # fmt: skip
        if all(table != "patient" for table, _ in told):
            told.insert(0, ("patient", {"axis": "calendar"}))
        recorded = (found.meta.lastUpdated[:10] or None) if compose else None
        for _, values in told:
            why = values.get("missing")
            values["missing"] = cells.reasons({one: reason for one, reason in why.items() if reason}) if why else None
            values["record"], values["recorded"] = row.record, recorded
        return told

    def _named_for(self, kind: str, raw: Raw, problems: list[Problem]) -> None:
        """Note a resource that stands in a bulk file of another type."""
        if self.named_for and kind != self.named_for and not self.other_type:
            self.other_type = kind
            detail = f"The file is named for {self.named_for}."
            problems.append(self._problem("LM-D032", raw, found=kind, detail=detail))

    def _of_the_file(self) -> list[Problem]:
        told = []
        if self.of_nobody:
            told.append(Problem("LM-F037", self.file.name, detail=self._context()))
        if self.strangers:
            detail = f"{len(self.strangers)} of them, in {self.strangers.total()} resources."
            told.append(Problem("LM-F038", self.file.name, detail=detail))
        return told

    def _context(self) -> str:
        counts = [f"{n} {kind}" for kind, n in sorted(self.of_nobody.items())]
        return f"Read as context: {listed(counts)}." if counts else ""

    def _problem(self, code: str, raw: Raw, *, found: str = "", detail: str = "") -> Problem:
        return Problem(code, self.file.name, raw.number, found=found, detail=detail)


def _in_words(error: Exception) -> str:
    """What the decoder says, which names the member and no value of it."""
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start + 1} of the resource is not UTF-8."
    return f"{str(error).rstrip('.')}." if isinstance(error, msgspec.DecodeError) else "it is nested too deep."
