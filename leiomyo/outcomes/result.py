"""What every answer of the engine has in common: it is a value, a table and something a notebook shows."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Whole counts, or floating ones where rows carry weights.
Counts = npt.NDArray[Any]

#: A notebook shows at most this many rows of a result.
ROWS_SHOWN = 30


def number(value: float) -> float | None:
    """Give `value` as a plain float, or None where it is not a finite number.

    Examples
    --------
    >>> number(0.5), number(float("nan")), number(float("inf"))
    (0.5, None, None)
    """
    return float(value) if math.isfinite(value) else None


class Result:
    """The base of all results: columns, given as Arrow, pandas or a notebook table."""

    def columns(self) -> dict[str, Sequence[Any] | Floats | Ints]:
        """Give the result column by column, in reading order."""
        raise NotImplementedError

    def notes(self) -> Sequence[str]:
        """Give the definition, the exclusions and the assumptions the result was made under."""
        return ()

    def to_arrow(self) -> Any:
        """Give the result as a `pyarrow.Table`; a value that is undefined is null."""
        import pyarrow as pa

        arrays = {}
        for name, values in self.columns().items():
            mask = np.isnan(values) if isinstance(values, np.ndarray) and values.dtype.kind == "f" else None
            arrays[name] = pa.array(values, mask=mask)
        return pa.table(arrays)

    def to_pandas(self) -> Any:
        """Give the result as a `pandas.DataFrame`; pandas has to be installed."""
        return self.to_arrow().to_pandas()

    def _repr_html_(self) -> str:
        columns = {name: list(values) for name, values in self.columns().items()}
        rows = list(zip(*columns.values(), strict=True))
        head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_shown(value))}</td>" for value in row) + "</tr>"
            for row in rows[:ROWS_SHOWN]
        )
        more = f"<p>… {len(rows) - ROWS_SHOWN} more rows</p>" if len(rows) > ROWS_SHOWN else ""
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}{notes}"


def _shown(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def label_text(stratum: Mapping[str, object]) -> str:
    """Name a stratum in one line; an unknown label reads `unknown`.

    Examples
    --------
    >>> label_text({"sex": "female", "margin": None}), label_text({})
    ('sex=female, margin=unknown', 'all')
    """
    parts = (f"{name}={'unknown' if label is None else label}" for name, label in stratum.items())
    return ", ".join(parts) or "all"
