"""The tables of the OMOP Common Data Model: which one a file holds, in which order its columns stand, its rows.

A file with a header is known by its columns. One without is known by its name, the number of its columns and what
stands in its first rows. Cells are apart by tab, comma, semicolon or bar; which one, the columns tell.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from leiomyo.errors import Problem
from leiomyo.model.dates import calendar_day
from leiomyo.sources.data_files import rows as data_rows
from leiomyo.sources.files import CONTROL, Line, lines, listed, refuse, repeated
from leiomyo.sources.tabular_mapping import Form
from leiomyo.sources.tabular_rows import PARQUET, TEXTS, SheetRow, sheet_rows

VERSIONS = ("5.4", "5.3+oncology", "5.3", "5.2")
#: Tables that hold no statement on a patient's course, by name.
#: `found` is the list that `leiomyo find` puts beside the rows that it brings home.
OTHER_TABLES = frozenset({
    "attribute_definition", "care_site", "cohort", "cohort_definition", "concept_class", "concept_relationship",
    "concept_synonym", "condition_era", "cost", "device_exposure", "domain", "dose_era", "drug_era", "drug_strength",
    "fact_relationship", "found", "location", "metadata", "note", "note_nlp", "payer_plan_period", "provider",
    "relationship",
    "source_to_concept_map", "specimen", "visit_detail", "vocabulary",
})  # fmt: skip
#: Tables that say what others mean: used with them, never read by themselves.
BESIDE_TABLES = {
    "cdm_source": "It names the centre.",
    "concept": "Its codes and names are used for the concepts of the other tables.",
    "concept_ancestor": "It is used to find the ingredients of drugs.",
    "episode_event": "It is used with EPISODE.",
}
_SIGNS = ("\t", ",", ";", "|")
#: Of a file without a header so many rows are looked at.
_LOOKED_AT = 20
#: What databases write for no value.
_NOTHING = frozenset({"", "null", "\\n", "none", "nan", "<na>", "na", "nat"})
_STAMP = re.compile(r"([0-9]{4}-[0-9]{1,2}(?:-[0-9]{1,2})?)[T ][0-9:.,]+\s*(?:Z|UTC|[+-][0-9:]+)?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_NUMBER = re.compile(r"(-?[0-9]{1,18})(?:\.0*)?")


@dataclass(frozen=True, slots=True)
class Shape:
    """Which table a file holds, and how: its columns in order, the sign between cells, whether it has a header."""

    table: str
    columns: tuple[str, ...]
    sign: str
    header: bool
    empty: bool = False


@cache
def layouts(table: str) -> dict[str, tuple[str, ...]]:
    """The columns of a table in order, by version of the CDM.

    Examples
    --------
    >>> {version: len(columns) for version, columns in layouts("measurement").items()}
    {'5.4': 23, '5.3+oncology': 22, '5.3': 20, '5.2': 18}
    """
    own = [row for row in data_rows("omop_columns.csv") if row["table"] == table]
    placed = {
        version: sorted((int(row[version]), row["column"]) for row in own if row[version]) for version in VERSIONS
    }
    return {version: tuple(name for _, name in columns) for version, columns in placed.items() if columns}


@cache
def tables() -> tuple[str, ...]:
    """The tables whose columns are known."""
    return tuple(dict.fromkeys(row["table"] for row in data_rows("omop_columns.csv")))


@cache
def _about(table: str, needed: str) -> tuple[str, ...]:
    own = (row for row in data_rows("omop_columns.csv") if row["table"] == table)
    return tuple(row["column"] for row in own if row["needed"] == needed)


@cache
def _kinds(table: str) -> dict[str, str]:
    return {row["column"]: row["kind"] for row in data_rows("omop_columns.csv") if row["table"] == table}


def named(path: Path) -> str:
    """The CDM table that a file is called after; empty where it is called otherwise."""
    stem = path.stem.lower()
    return stem if stem in tables() or stem in OTHER_TABLES else ""


def given(text: str) -> str:
    """The text of a cell; empty where it only says that there is none."""
    text = text.strip()
    return "" if text.lower() in _NOTHING else text


def as_identifier(text: str) -> str:
    """An identifier; a number that a program wrote with a decimal point is the number.

    Examples
    --------
    >>> as_identifier("8507.0"), as_identifier("P-1")
    ('8507', 'P-1')
    """
    found = _NUMBER.fullmatch(text)
    return found.group(1) if found else text


def plain_date(text: str) -> str:
    """A stamp as the date of its own calendar, whatever the hour; a date without hyphens with them.

    Examples
    --------
    >>> plain_date("2019-06-15T23:30:00-05:00"), plain_date("20190615"), plain_date("2019-06")
    ('2019-06-15', '2019-06-15', '2019-06')
    """
    if stamp := _STAMP.fullmatch(text):
        return stamp.group(1)
    if compact := _COMPACT.fullmatch(text):
        return "-".join(compact.groups())
    return text


def shape_of(path: Path, name: str) -> Shape | None:
    """The table that a file holds; None where it is none of the CDM.

    Raises
    ------
    FileRefused
        The file cannot be read, or it is meant as a table and lacks what that table cannot do without.
    """
    if path.suffix.lower() not in TEXTS | PARQUET:
        return None
    if path.suffix.lower() in PARQUET:
        head = list(islice(sheet_rows(path, name, "", Form()), _LOOKED_AT))
        return _by_header(path, name, head[0].cells, ",", more=len(head) > 1) or _by_place(path, head[1:], ",", name)
    first = list(islice((line for line in lines(path, name) if line.text.strip()), _LOOKED_AT))
    if not first or (first[0].text.lstrip().startswith("#") and not named(path)):
        return None
    sign = max(_SIGNS, key=lambda sign: _known(_cells(first[0].text, sign)))
    if shape := _by_header(path, name, _cells(first[0].text, sign), sign, more=len(first) > 1):
        return shape
    wrong = None
    for sign in _SIGNS if named(path) in tables() else ():
        rows = [SheetRow(line.number, line.text, _cells(line.text, sign)) for line in first]
        if shape := _by_place(path, rows, sign, name):
            return shape
        wrong = wrong or (rows if len(rows[0].cells) > 1 else None)
    if wrong:
        raise _unplaced(path, name, wrong)
    return None


def _cells(text: str, sign: str) -> tuple[str, ...]:
    if '"' in text:
        try:
            [cells] = csv.reader([text], delimiter=sign, strict=True)
            return tuple(cell.strip() for cell in cells)
        except (csv.Error, ValueError):
            pass
    return tuple(cell.strip() for cell in text.split(sign))


@cache
def _all_columns() -> frozenset[str]:
    return frozenset(row["column"] for row in data_rows("omop_columns.csv"))


def _known(cells: Sequence[str]) -> int:
    return len({cell.lower() for cell in cells} & _all_columns())


def _by_header(path: Path, name: str, cells: Sequence[str], sign: str, *, more: bool) -> Shape | None:
    """The table whose columns the first row names."""
    columns = tuple(cell.lower() for cell in cells)
    table = _table_of(columns, named(path))
    if not table:
        return None
    if lacking := [column for column in _about(table, "yes") if column not in columns]:
        raise refuse("LM-F016", name, row=1, column=lacking[0])
    if not set(_about(table, "sign")) & set(columns):
        raise refuse("LM-F016", name, row=1, column=_about(table, "sign")[0])
    if twice := repeated([column for column in columns if column]):
        raise refuse("LM-F009", name, row=1, column=twice[0])
    if not more and table in {"person", "condition_occurrence"}:
        raise refuse("LM-F014", name, row=1)
    return Shape(table, columns, sign, header=True, empty=not more)


def _table_of(columns: Sequence[str], called: str) -> str:
    """The table that has these columns; the file's name counts where they alone would not do."""
    found, most = "", 0
    for table in tables():
        own = len(set(columns) & set(_kinds(table)))
        sure = set(_about(table, "sign")) & set(columns) and own >= 3 and "specialty_concept_id" not in columns
        if (sure or (table == called and own >= 2)) and own > most:
            found, most = table, own
    return found


def _by_place(path: Path, rows: Sequence[SheetRow], sign: str, name: str) -> Shape | None:
    """The table that the file is called after, where a version of it has so many columns and such values in them."""
    table = named(path)
    if table not in tables():
        return None
    for columns in layouts(table).values():
        if any(_fits(row.cells, columns, _kinds(table)) for row in rows):
            return Shape(table, columns, sign, header=False)
    if sign == "," and path.suffix.lower() in PARQUET:
        raise _unplaced(path, name, rows)
    return None


def _fits(cells: Sequence[str], columns: Sequence[str], kinds: dict[str, str]) -> bool:
    """Whether the values of a row may stand in these columns: whole numbers, dates, and anything as a text."""
    if len(cells) != len(columns):
        return False
    told = [(kinds[column], given(cell)) for column, cell in zip(columns, cells, strict=True) if given(cell)]
    return bool(told) and all(_is(kind, text) for kind, text in told)


def _is(kind: str, text: str) -> bool:
    if kind == "id":
        return _NUMBER.fullmatch(text) is not None
    if kind in {"date", "datetime"}:
        try:
            calendar_day(plain_date(text))
        except ValueError:
            return False
    return True


def _unplaced(path: Path, name: str, rows: Sequence[SheetRow]) -> Exception:
    """What is wrong with a table without a header: the number of its columns, or what stands in them."""
    counts = {version: len(columns) for version, columns in layouts(named(path)).items()}
    told = listed([f"{count} in {version}" for version, count in counts.items()])
    row, width = (rows[0].number, len(rows[0].cells)) if rows else (0, 0)
    return refuse("LM-F030", name, row=row, found=f"{width} columns", detail=f"{named(path).upper()} has {told}.")


# --- rows -------------------------------------------------------------------------------------------------


def table_rows(path: Path, name: str, shape: Shape) -> Iterator[SheetRow]:
    """The rows of a table in order, without the header; a row of another width or with odd signs says so.

    Raises
    ------
    FileRefused
        The file is damaged, or cut off inside its last row.
    """
    if shape.sign != "\t":
        found = sheet_rows(path, name, "", Form(delimiter=shape.sign))
    else:
        found = (_tabbed(line, name) for line in lines(path, name) if line.text.strip())
    # the names of the columns of a Parquet file come as its first row
    skip = shape.header or path.suffix.lower() in PARQUET
    width = len(shape.columns)
    for row in islice(found, 1, None) if skip else found:
        yield row if row.problem or len(row.cells) == width else _of_another_width(row, width, name)


def _tabbed(line: Line, name: str) -> SheetRow:
    """A line of cells that tabs part; quotes are signs like any other, unless they enclose a cell."""
    if CONTROL.search(line.text.replace("\t", "")):
        return SheetRow(line.number, line.text, problem=Problem("LM-D010", name, line.number))
    cells = [cell.strip() for cell in line.text.split("\t")]
    if '"' in line.text:
        cells = [
            cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in cells
        ]
    return SheetRow(line.number, line.text, tuple(cells), ended=line.ended)


def _of_another_width(row: SheetRow, width: int, name: str) -> SheetRow:
    if len(row.cells) < width and not row.ended:
        detail = f"The last line has {len(row.cells)} of {width} columns."
        raise refuse("LM-F006", name, row=row.number, detail=detail)
    problem = Problem("LM-D003", name, row.number, found=f"{len(row.cells)} columns", expected=f"{width} columns")
    return SheetRow(row.number, row.raw, row.cells, problem=problem, ended=row.ended)
