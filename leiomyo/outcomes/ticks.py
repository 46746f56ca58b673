"""Times as whole ticks: what a row's `entry` and `exit` become without losing a digit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from leiomyo.errors import InputError
from leiomyo.outcomes.result import Ints

#: Days in each unit that a table may be kept in; months as on every page of the product.
DAYS_PER_UNIT = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
#: Ticks stay exact in float64 below this.
_EXACT = 2**53
_DECIMALS = 15
#: Rows looked at first, to fail quickly where times are finer than a candidate tick.
_PROBE = 1000


def as_times(values: Any, *, name: str) -> npt.NDArray[Any]:
    """Give a column of times as numbers (NaN where empty), or refuse it by name.

    Examples
    --------
    >>> as_times([1, None, "3.5", ""], name="entry")
    array([1. , nan, 3.5, nan])
    """
    array = values if isinstance(values, np.ndarray) else np.asarray(values)
    if array.dtype.kind in "iufb":
        return array.astype(np.int64) if array.dtype.kind == "b" else array
    try:
        cells = [np.nan if cell is None or cell == "" else float(cell) for cell in array.tolist()]
    except (TypeError, ValueError) as error:
        raise InputError("LM-A007", f"{name} holds something that is not a number ({error}).") from None
    return np.asarray(cells, dtype=np.float64)


def ticks_per_unit(columns: Sequence[npt.NDArray[Any]]) -> int:
    """Find the coarsest decimal tick in which every time is a whole number.

    A time counts as whole in ticks of 1/10^k when the tick gives back the very same float64. NaN (an empty
    entry) is passed over.

    Raises
    ------
    InputError
        `LM-A007` where no tick down to 10^-15 keeps all times apart exactly.

    Examples
    --------
    >>> ticks_per_unit([np.array([1.0, 2.0])]), ticks_per_unit([np.array([0.5, 12.25])])
    (1, 100)
    """
    floats = [column[~np.isnan(column)] for column in columns if column.dtype.kind == "f"]
    floats = [column for column in floats if column.size]
    for decimals in range(_DECIMALS + 1):
        per_unit = int(10**decimals)
        if all(_is_lossless(column[:_PROBE], per_unit) for column in floats) and all(
            _is_lossless(column, per_unit) for column in floats
        ):
            return per_unit
    raise InputError("LM-A007", "The times have more digits than a tick can keep; round them to a unit.")


def _is_lossless(column: npt.NDArray[Any], per_unit: int) -> bool:
    scaled = np.rint(column * per_unit)
    return bool(np.all(np.abs(scaled) < _EXACT) and np.all(scaled / per_unit == column))


def to_ticks(column: npt.NDArray[Any], per_unit: int) -> Ints:
    """Turn times into ticks of 1/`per_unit`; an empty time becomes 0.

    Examples
    --------
    >>> to_ticks(np.array([0.5, np.nan, 2.0]), 10)
    array([ 5,  0, 20])
    """
    if column.dtype.kind == "f":
        scaled: Ints = np.rint(np.nan_to_num(column, nan=0.0) * per_unit).astype(np.int64)
        return scaled
    ticks: Ints = column.astype(np.int64, copy=False)
    return ticks * per_unit if per_unit != 1 else ticks


def days_per_unit(unit: str) -> float:
    """Give the days in one `unit`, or refuse a unit that has no fixed length.

    Examples
    --------
    >>> days_per_unit("month")
    30.4375
    """
    if unit not in DAYS_PER_UNIT:
        raise InputError("LM-A008", f"The unit {unit!r} is not one of {', '.join(DAYS_PER_UNIT)}.")
    return DAYS_PER_UNIT[unit]
