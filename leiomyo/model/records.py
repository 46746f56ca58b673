"""Case tables as Arrow tables, apart from any registry: what writers write and what a simulated cohort is made of.

A `Records` holds every case table by name. Each table has the columns `centre`, `patient`, `record`, then those of its
declaration as they are stored (a day as `<name>_low` and `<name>_high`).
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leiomyo.model.dates import calendar_date
from leiomyo.model.tables import TABLES

Records = Mapping[str, pa.Table]
#: Who a row is about: the centre, the patient, and the source's own name of the record.
KEYS = ("centre", "patient", "record")
_ARROW = {"VARCHAR": pa.string(), "INTEGER": pa.int32(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}


def schema(table: str) -> pa.Schema:
    """The Arrow schema of one case table in a `Records`.

    Examples
    --------
    >>> schema("symptom").names
    ['centre', 'patient', 'record', 'term', 'as_written', 'onset_low', 'onset_high', 'severity']
    """
    own = [pa.field(name, _ARROW[kind]) for name, kind in TABLES[table].stored()]
    return pa.schema([*(pa.field(name, pa.string()) for name in KEYS), *own])


def records_of(rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, pa.Table]:
    """Records from rows by table; a column that a row does not name has no value, a table not named no row.

    Examples
    --------
    >>> records_of({"patient": [{"centre": "A", "patient": "1", "sex": "female"}]})["patient"].num_rows
    1
    """
    return {name: pa.Table.from_pylist(list(rows.get(name, ())), schema=schema(name)) for name in TABLES}


def rows(table: pa.Table, *, batch: int = 20_000) -> Iterator[dict[str, Any]]:
    """Each row with the columns that have a value, a batch of rows in memory at a time.

    Examples
    --------
    >>> [row] = rows(records_of({"patient": [{"centre": "A", "patient": "1"}]})["patient"])
    >>> row
    {'centre': 'A', 'patient': '1'}
    """
    for part in table.to_batches(max_chunksize=batch):
        for row in part.to_pylist():
            yield {name: value for name, value in row.items() if value is not None}


def centres_of(records: Records) -> list[str]:
    """The centres of all rows in order, the nameless one as "".

    Examples
    --------
    >>> centres_of(records_of({"patient": [{"centre": "B", "patient": "1"}, {"patient": "2"}]}))
    ['', 'B']
    """
    return sorted({centre or "" for table in records.values() for centre in pc.unique(table["centre"]).to_pylist()})


def of_centre(records: Records, centre: str) -> dict[str, pa.Table]:
    """The rows of one centre."""
    return {name: table.filter(pc.equal(pc.fill_null(table["centre"], ""), centre)) for name, table in records.items()}


def diagnoses(records: Records) -> dict[tuple[str, str], tuple[int, int]]:
    """Lowest and highest day of the diagnosis of each patient's tumour 1, by centre and patient."""
    table = records["diagnosis"]
    told = table.filter(pc.and_(pc.equal(table["tumour"], "1"), pc.is_valid(table["diagnosis_low"])))
    columns = [told[name].to_pylist() for name in ("centre", "patient", "diagnosis_low", "diagnosis_high")]
    return {(centre, patient): (low, high) for centre, patient, low, high in zip(*columns, strict=True)}


def iso_date(low: int | None, high: int | None) -> str | None:
    """A day of the calendar as its date, as its month or its year where that is all that is known.

    Returns
    -------
    str or None
        "" where there is no day, None where the interval is neither a day, a month nor a year.

    Examples
    --------
    >>> iso_date(18048, 18048), iso_date(18048, 18077), iso_date(17897, 18261), iso_date(None, None)
    ('2019-06-01', '2019-06', '2019', '')
    >>> iso_date(18048, 18050) is None
    True
    """
    if low is None or high is None:
        return ""
    first = calendar_date(low)
    if low == high:
        return first
    year, month, day = (int(part) for part in first.split("-"))
    last = datetime.date.fromisoformat(calendar_date(high))
    if (day, last) == (1, datetime.date(year, month, calendar.monthrange(year, month)[1])):
        return first[:7]
    return first[:4] if (month, day, last) == (1, 1, datetime.date(year, 12, 31)) else None
