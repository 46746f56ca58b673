"""CSV that a spreadsheet opens without running anything in it; all CSV of the product is written here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import pyarrow as pa

#: What a spreadsheet takes for the start of a formula, and the blanks that it passes over before it looks.
_FORMULA = frozenset("=+-@")
_LEADS = frozenset("\t\r\n")


def csv_cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula; numbers stay numbers.

    Examples
    --------
    >>> csv_cell("=1+1"), csv_cell("-5 mm"), csv_cell(-5), csv_cell(None)
    ("'=1+1", "'-5 mm", -5, '')
    """
    if value is None:
        return ""
    if isinstance(value, str) and _is_formula(value):
        return f"'{value}"
    return value


def shielded(text: str) -> object:
    """A text as a cell from which `unshielded` gives back the same text, apostrophes of its own included.

    Examples
    --------
    >>> shielded("=1+1"), shielded("'=1+1"), shielded("it's")
    ("'=1+1", "''=1+1", "it's")
    """
    return f"'{text}" if text[:1] == "'" and _is_formula(text.lstrip("'")) else csv_cell(text)


def unshielded(cell: str) -> str:
    """The text of a cell without the apostrophe by which a spreadsheet tells that it is no formula.

    Examples
    --------
    >>> unshielded("'=1+1"), unshielded("''=1+1"), unshielded("'s-Hertogenbosch"), unshielded("=1")
    ('=1+1', "'=1+1", "'s-Hertogenbosch", '=1')
    """
    return cell[1:] if cell[:1] == "'" and _is_formula(cell.lstrip("'")) else cell


def _is_formula(text: str) -> bool:
    return text[:1] in _LEADS or text.lstrip()[:1] in _FORMULA


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header; columns in the order in which they first appear.

    Examples
    --------
    >>> csv_text([{"site": "@lung", "n": 3}, {"site": "bone", "n": 1, "of": 4}])
    "site,n,of\\r\\n'@lung,3,\\r\\nbone,1,4\\r\\n"
    """
    kept = list(rows)
    columns = list(dict.fromkeys(column for row in kept for column in row))
    sheet = io.StringIO()
    write_csv(sheet, columns, ([row.get(column) for column in columns] for row in kept))
    return sheet.getvalue()


def write_csv(stream: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a header and rows, every cell guarded."""
    writer = csv.writer(stream)
    writer.writerow([csv_cell(column) for column in columns])
    writer.writerows([value and csv_cell(value) for value in row] for row in rows)  # most cells of wide rows are empty


def write_rows(stream: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a header and rows that name only the columns that they fill, every cell guarded.

    Examples
    --------
    >>> sheet = io.StringIO()
    >>> write_rows(sheet, ["id", "site", "n"], [{"id": 1, "n": -3}, {"site": "@lung"}])
    >>> sheet.getvalue()
    "id,site,n\\r\\n1,,-3\\r\\n,'@lung,\\r\\n"
    """
    writer = csv.writer(stream)
    writer.writerow([csv_cell(column) for column in columns])
    at = {column: place for place, column in enumerate(columns)}
    blank: list[object] = [""] * len(columns)
    for row in rows:
        line = blank.copy()
        for column, value in row.items():
            line[at[column]] = value if value.__class__ is int else csv_cell(value)
        writer.writerow(line)


def guarded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch of rows in which no text begins a formula, for a writer that takes columns.

    Examples
    --------
    >>> import pyarrow as pa
    >>> guarded(pa.RecordBatch.from_pydict({"text": ["=1", "a=1", None], "n": [-1, 2, 3]})).to_pydict()
    {'text': ["'=1", 'a=1', None], 'n': [-1, 2, 3]}
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [
        pc.replace_substring_regex(column, r"\A([\t\r\n]|\s*[=+\-@])", r"'\1") if pa.types.is_string(column.type)
        else column for column in batch.columns]  # fmt: skip
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)
