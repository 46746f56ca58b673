"""What one row of a sheet states: the fields of the mapping filled, and what the case tables need beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from leiomyo.errors import Problem
from leiomyo.model.codes import codes, match_word, match_words
from leiomyo.model.tables import TABLES, Table
from leiomyo.sources.base import Statement
from leiomyo.sources.drug_words import named_drugs
from leiomyo.sources.statements import death_told
from leiomyo.sources.tabular_fields import IN_WORDS, FieldReader, holds
from leiomyo.sources.tabular_mapping import Says, Sheet
from leiomyo.sources.tabular_values import code as code_of

#: Of an entry that names several sites these cannot be split between them.
_OF_ONE_SITE = ("lesions", "size_mm")
_DEFAULTS = {"tumour": "1", "role": "index", "derived": False}


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: its cells by column, and where it stands."""

    cells: Mapping[str, str]
    number: int
    patient: str
    #: Why a column has no value, where the format knows more than that its cell is blank.
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Row:
    """One statement in the making."""

    row: Cells
    values: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class RowComposer:
    """Composes the statements of a sheet's rows; conversions are chosen once, and remembered by text."""

    def __init__(self, sheet: Sheet, file: str, book: Mapping[tuple[str, str], str]) -> None:
        self.sheet = sheet
        self.file = file
        self.plans = [(says, [FieldReader(says.table, one, sheet, book) for one in says.fields]) for says in sheet.says]
        told = {says.table for says in sheet.says}
        self.person_alone = "diagnosis" in told and "patient" not in told
        self.constants = {id(says): {one.name for one in says.fields if one.constant} for says in sheet.says}
        self.several = {table for table in told if sum(says.table == table for says in sheet.says) > 1}

    def compose(self, row: Cells) -> tuple[list[Statement], list[Problem]]:
        """The statements of a row, and what is wrong with its cells."""
        found: list[Statement] = []
        problems: list[Problem] = []
        if self.person_alone:
            found.append(("patient", {"axis": self.sheet.axis}))
        for place, (says, readers) in enumerate(self.plans):
            if holds(says.when, row.cells):
                for part in self._parts(says, row):
                    made = self._statement(readers, part)
                    found += self._finished(says, made, place)
                    problems += made.problems
        only_the_axis = self.person_alone and len(found) == 1
        return [] if only_the_axis else found, list(dict.fromkeys(problems))

    def _parts(self, says: Says, row: Cells) -> Iterator[Cells]:
        """The row itself, or once for each thing that its column lists."""
        if not says.split:
            yield row
            return
        text = row.cells.get(says.split, "")
        for sign in says.by:
            text = text.replace(sign, "\n")
        for part in filter(None, (one.strip() for one in text.split("\n"))):
            yield Cells({**row.cells, says.split: part}, row.number, row.patient, row.why)

    def _statement(self, readers: list[FieldReader], row: Cells) -> _Row:
        made = _Row(row)
        for reader in readers:
            if reader.when and not holds(reader.when, row.cells):
                continue
            if reader.constant is not None:
                made.values[reader.name] = reader.constant
                continue
            got, column, text = reader.read(row.cells)
            if got.value is not None:
                made.values[reader.name] = got.value
            elif got.code:
                made.problems.append(Problem(got.code, self.file, row.number, column, found=text))
                made.missing[reader.name] = "unreadable"
            elif got.reason:
                blank = got.reason == "blank" and row.why
                why = next((row.why[name] for name in reader.columns if name in row.why), "") if blank else ""
                made.missing[reader.name] = why or got.reason
        return made

    def _finished(self, says: Says, made: _Row, place: int) -> Iterator[Statement]:
        """The statement with what its table needs beside it; none where no cell said anything."""
        unreadable = "unreadable" in made.missing.values()  # something was there: an event without its day
        if not says.when and not unreadable and not made.values.keys() - self.constants[id(says)]:
            return
        table = TABLES[says.table]
        values = dict(made.values)
        if says.table == "patient":
            _patient(values, self.sheet.axis)
        sites = _sites(values.get("site")) if says.table == "disease_status" else {}
        self._words(says.table, values, made)
        for name, default in _DEFAULTS.items():
            if name in table.index:
                values.setdefault(name, default)
        _in_order(table, values, made, self.file)
        values["record"] = self._record(says, made.row, place)
        values["missing"] = made.missing
        if says.table == "drug_exposure":
            yield from _drugs(values, made, self.file)
        elif sites:  # "lung, liver" is two statements
            shared = _one_by_one(sites, values, made) if len(sites) > 1 else {}
            described = "site_text" in made.values and "other" not in sites
            for site, words in sites.items():
                own: dict[str, Any] = {"site": site, "missing": dict(made.missing)}
                if words and not described and not (site == "other" and "site_text" in made.values):
                    own["site_text"] = words
                yield says.table, values | shared | own
        else:
            yield says.table, values
        if says.table == "follow_up" and values.get("vital_status") == "dead":
            missing = {"death": made.missing["contact"]} if "contact" in made.missing else {}
            yield death_told(values, self.sheet.axis, **missing)

    def _words(self, table: str, values: dict[str, Any], made: _Row) -> None:
        """Put codes for words; words without one stay beside the code `other`."""
        for (of, name), (listed, words, code) in IN_WORDS.items():
            written = values.get(name)
            if of != table or written is None or written in codes(listed):
                continue
            values.setdefault(words, written)
            known = match_word(listed, written)
            values[name] = known or "other"
            if code and known is None:
                made.problems.append(Problem(code, self.file, made.row.number, name, found=written))

    def _record(self, says: Says, row: Cells, place: int) -> str | None:
        written = row.cells.get(self.sheet.record, "") if self.sheet.record else ""
        return (f"{written}/{place}" if says.table in self.several else written) or None


def _sites(written: str | None) -> dict[str, str]:
    """The sites that a text lists, each with its own words where they can be told apart.

    A part is a site by its label or code; else whatever words of sites stand in it.
    """
    parts = [part.strip() for part in (written or "").split(";")]
    told = [code_of(part, "metastatic_sites").value for part in parts]
    if len(parts) > 1 and all(told):
        found: dict[str, str] = {}
        for part, site in zip(parts, told, strict=True):
            found[site] = f"{found[site]}; {part}" if site in found else part
        return found
    return dict.fromkeys(match_words("metastatic_sites", written), "")


def _one_by_one(sites: Mapping[str, str], values: Mapping[str, Any], made: _Row) -> dict[str, Any]:
    """What several sites have together, and none by itself: the number of lesions and the size of the largest."""
    shared = [name for name in _OF_ONE_SITE if values.get(name) is not None]
    made.missing |= dict.fromkeys(shared, "not_available")
    return dict.fromkeys(shared)


def _patient(values: dict[str, Any], axis: str) -> None:
    """Who has a day of death is dead, unless the sheet says otherwise; it then contradicts itself, and both stay."""
    values.setdefault("axis", axis)
    if "death" in values:
        values.setdefault("vital_status", "dead")


def _in_order(table: Table, values: dict[str, Any], made: _Row, file: str) -> None:
    """Set an end aside that lies before its start, and spread every day over its two stored columns."""
    start, end = values.get("start"), values.get("end")
    if start is not None and end is not None and end.high < start.low:
        made.problems.append(Problem("LM-D011", file, made.row.number, "end"))
        values.pop("end")
        made.missing["end"] = "unreadable"
    for column in table.columns:
        if column.kind == "day":
            told = values.pop(column.name, None)
            values[f"{column.name}_low"], values[f"{column.name}_high"] = (
                (told.low, told.high) if told else (None, None)
            )


def _drugs(values: dict[str, Any], made: _Row, file: str) -> Iterator[Statement]:
    """One exposure for each drug that the words name; the words stay beside it."""
    written = values.get("as_written") or values.get("agent")
    if "as_written" in made.missing and values.get("agent") in codes("drugs"):
        written = None  # the sheet has a column for the words, and it is blank: a code is not the source's words

    def note(code: str, found: str, detail: str) -> None:
        made.problems.append(Problem(code, file, made.row.number, "agent", found=found, detail=detail))

    how, agents = named_drugs(values.get("agent") or written, note)
    record = values.pop("record")
    for place, agent in enumerate(agents):
        suffix = f"/drug {place}" if place else ""
        yield (
            "drug_exposure",
            {**values, "agent": agent, "as_written": written, "matched": how, "missing": dict(values["missing"]),
             "record": record + suffix if record else None},
        )  # fmt: skip
