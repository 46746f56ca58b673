"""A plain CSV of `entry, exit, status[, group]` as an event table, for a statistician's own data."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leiomyo.errors import InputError
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.ticks import days_per_unit

_MISSING = frozenset({"", "na", "nan", "null"})


def read_table_file(path: Path, *, by: Sequence[str] = (), unit: str = "day") -> EventTable:
    """Event table of a CSV file with a header.

    Parameters
    ----------
    path
        Columns `exit`, `status` and optionally `entry`; any others are groupings.
    by
        The groupings to keep as strata.
    unit
        What times are counted in: day, week, month or year; fractions are kept exactly.

    Raises
    ------
    InputError
        `LM-F010` where the file cannot be opened, `LM-F003` where it is not UTF-8, `LM-A007` with row and
        column where a cell cannot be used, `LM-A008` for an unknown unit or grouping.

    Notes
    -----
    Status 0 is censored, 1 the event, 2 and up further causes. An empty (or absent) entry, or 0, is the
    origin; an empty grouping is unknown. Rows are counted as an editor does: the header is row 1.
    """
    days_per_unit(unit)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("LM-F003", file=path.name) from None
    except OSError as error:
        raise InputError("LM-F010", str(error.strerror), file=path.name) from None
    rows = list(csv.reader(text.splitlines()))
    if not rows:
        raise InputError("LM-F001", file=path.name)
    header = [name.strip() for name in rows[0]]
    columns = _columns(path, header, by)
    numbers = [line for line, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    cells: dict[str, list[str]] = {name: [] for name in (*columns, *by)}
    for line in numbers:
        row = rows[line - 1]
        if len(row) != len(header):
            raise InputError("LM-A007", f"row {line} has {len(row)} cells, not {len(header)}.", file=path.name)
        for name, column in cells.items():
            column.append(row[header.index(name)].strip())
    return _table(path, cells, numbers, by, unit)


def _columns(path: Path, header: list[str], by: Sequence[str]) -> list[str]:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError("LM-F009", f"{twice[0]!r}.", file=path.name)
    missing = [name for name in ("exit", "status") if name not in header]
    if missing:
        raise InputError("LM-A007", f"There is no column {missing[0]!r}; the header has {header}.", file=path.name)
    unknown = [name for name in by if name not in header]
    if unknown:
        raise InputError("LM-A008", f"There is no column {unknown[0]!r} to group by.", file=path.name)
    return ["exit", "status", *(["entry"] if "entry" in header else [])]


def _table(path: Path, cells: dict[str, list[str]], numbers: list[int], by: Sequence[str], unit: str) -> EventTable:
    exits = [_time(cell, path, line, "exit") for cell, line in zip(cells["exit"], numbers, strict=True)]
    statuses = [_status(cell, path, line) for cell, line in zip(cells["status"], numbers, strict=True)]
    entries = None
    if "entry" in cells:
        pairs = zip(cells["entry"], numbers, strict=True)
        entries = np.asarray(
            [0.0 if cell.lower() in _MISSING else _time(cell, path, line, "entry") for cell, line in pairs]
        )
    strata = {name: [cell if cell.lower() not in _MISSING else None for cell in cells[name]] for name in by}
    return EventTable.from_rows(
        np.asarray(exits, dtype=np.float64),
        np.asarray(statuses, dtype=np.int64),
        entry=entries,
        strata=strata,
        unit=unit,
    )


def _time(cell: str, path: Path, line: int, column: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not 0 <= value < float("inf"):
        found = f"row {line}, column {column}: {cell[:40]!r} is not a time of 0 or more."
        raise InputError("LM-A007", found, file=path.name)
    return value


def _status(cell: str, path: Path, line: int) -> int:
    digits = cell.removesuffix(".0")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 3:
        found = f"row {line}, column status: {cell[:40]!r} is not 0, 1, 2, …"
        raise InputError("LM-A007", found, file=path.name)
    return int(digits)
