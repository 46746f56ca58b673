"""Reading the columns of rows: labels, statuses and weights as small numbers, or a refusal by name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from leiomyo.errors import InputError
from leiomyo.outcomes.counting import FIRST_CAUSE
from leiomyo.outcomes.result import Counts

#: What a stratum is called; None is unknown.
Label = str | int | float | bool | None
Cause = int | str

#: Statuses that mean "no event seen", when they are given as text.
_CENSORED_WORDS = ("0", "censored")
#: Whole-number causes up to this one are counted as they stand.
_CAUSES_COUNTED = 16
#: Whole-number labels below this are their own codes.
_FEW_LABELS = 4096
_LARGEST_TICK = 2**62
#: Up to this many combinations of labels are held whether they occur or not.
_COMBINATIONS = 4096


@dataclass(frozen=True, slots=True)
class Codes:
    """A column as small whole numbers and the label that each stands for."""

    codes: npt.NDArray[Any]
    labels: tuple[Any, ...]
    offset: int = 0


def label_order(label: Label) -> tuple[bool, str, Any]:
    """Order labels: numbers by size, then text, unknown last.

    Examples
    --------
    >>> sorted(["b", 10, None, 9, "a"], key=label_order)
    [9, 10, 'a', 'b', None]
    """
    is_number = isinstance(label, int | float)
    return (label is None, "" if is_number else "text", 0 if label is None else label)


def unsigned_max(values: npt.NDArray[Any]) -> int:
    """Greatest whole number of a column, a negative one counting as huge: one pass finds both.

    Examples
    --------
    >>> unsigned_max(np.array([3, 1])), unsigned_max(np.array([3, -1])) > 2**62, unsigned_max(np.array([], int))
    (3, True, 0)
    """
    if not values.size:
        return 0
    if values.dtype.kind == "i":
        top = int(values.view(values.dtype.str.replace("i", "u")).max())
        return top if top <= np.iinfo(values.dtype).max else 2**63
    return int(values.max())


def encode(values: Any, *, name: str) -> Codes:
    """Turn a column of labels into codes; empty (None, NaN) is the unknown label.

    Examples
    --------
    >>> coded = encode(["b", None, "a", "b"], name="arm")
    >>> [coded.labels[code] for code in coded.codes]
    ['b', None, 'a', 'b']
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "iub" and values.size:
        top = unsigned_max(values)
        low, high = (0, top) if top < _FEW_LABELS else (int(values.min()), int(values.max()))
        if high - low < max(_FEW_LABELS, values.size // 64):
            as_label = bool if values.dtype.kind == "b" else int
            return Codes(values, tuple(as_label(value) for value in range(low, high + 1)), low)
    import pyarrow as pa

    try:
        array = pa.array(values, from_pandas=True) if not isinstance(values, pa.Array) else values
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError("LM-A007", f"{name} mixes kinds of labels ({error}).") from None
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    labels = tuple(array.dictionary.to_pylist())
    if array.null_count:
        labels = (*labels, None)
        array = pa.DictionaryArray.from_arrays(array.indices.fill_null(len(labels) - 1), pa.array(range(len(labels))))
    return Codes(array.indices.to_numpy(zero_copy_only=False).astype(np.int64), labels)


def cross(columns: Sequence[Codes], rows: int) -> Codes:
    """Combine stratum columns into one code per row; labels are tuples, in mixed-radix order."""
    if not columns:
        return Codes(np.zeros(rows, dtype=np.int8), ((),))
    if len(columns) == 1:
        return Codes(columns[0].codes, tuple((label,) for label in columns[0].labels), columns[0].offset)
    code = np.zeros(rows, dtype=np.int64)
    for column in columns:
        code *= len(column.labels)
        code += column.codes
        code -= column.offset
    cells = math.prod(len(column.labels) for column in columns)
    if cells <= _COMBINATIONS:
        return Codes(code, tuple(product(*(column.labels for column in columns))))
    used, code = np.unique(code, return_inverse=True)
    labels = []
    for value in used.tolist():
        parts: list[Label] = []
        rest = value
        for column in reversed(columns):
            rest, part = divmod(rest, len(column.labels))
            parts.append(column.labels[part])
        labels.append(tuple(reversed(parts)))
    return Codes(code, tuple(labels))


def arrow_values(column: Any) -> Any:
    """Give an Arrow column as NumPy where that is free, and as Arrow otherwise (text, nulls)."""
    import pyarrow as pa

    array = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], array.type)
    is_number = pa.types.is_integer(array.type) or pa.types.is_floating(array.type)
    return array.to_numpy(zero_copy_only=False) if is_number else array


def code_statuses(status: Any) -> tuple[Any, tuple[Any, ...]]:
    """Code statuses, 0 censored; the causes are candidates of which some may not occur."""
    column = np.asarray(status) if isinstance(status, list | tuple) else status
    if isinstance(column, np.ndarray) and column.dtype.kind in "iub":
        high = unsigned_max(column)
        if high <= _CAUSES_COUNTED:
            return column, tuple(range(1, max(high, 1) + 1))
    coded = encode(column, name="status")
    labels = [_status_label(label) for label in coded.labels]
    wrong = sum(label is None for label in labels)
    if wrong:
        raise InputError("LM-A007", "A status is missing, or is not 0, 1, 2, … or the name of a cause.")
    named = {label for label in labels if label not in (0, None)}
    if all(isinstance(label, int) for label in named):
        named |= {1}
    causes = tuple(sorted(named, key=label_order))
    new = np.asarray([0 if label == 0 else 1 + causes.index(label) for label in labels], dtype=np.int64)
    return new[np.subtract(coded.codes, coded.offset, dtype=np.int64)], causes


def _status_label(label: Label) -> Cause | None:
    """Read one status; None where it is none."""
    if isinstance(label, str):
        text = label.strip()
        return 0 if text.lower() in _CENSORED_WORDS else int(text) if text.isdigit() else text or None
    if label is None or label < 0 or label != int(label):
        return None
    return int(label)


def drop_unseen(causes: tuple[Cause, ...], counts: Counts) -> tuple[tuple[Cause, ...], Counts]:
    """Drop the causes nobody had; cause 1 stays (an event is still waited for) unless causes have names."""
    seen = counts[:, FIRST_CAUSE:].sum(axis=0) > 0
    named = any(isinstance(cause, str) for cause in causes)
    kept = [at for at, cause in enumerate(causes) if seen[at] or (cause == 1 and not named)]
    return tuple(causes[at] for at in kept), counts[:, [*range(FIRST_CAUSE), *(FIRST_CAUSE + at for at in kept)]]


def row_weights(weights: Any, frequency: Any) -> Any:
    """Give what each row counts for, or None where each counts once."""
    if weights is None:
        return None if frequency is None else np.asarray(frequency, dtype=np.float64)
    array = np.asarray(weights, dtype=np.float64)
    if not np.all(np.isfinite(array)) or np.any(array < 0):
        raise InputError("LM-A007", "A weight is negative or missing.")
    return array


def check_lengths(times: Any, columns: Mapping[str, Any]) -> None:
    """Refuse columns of unequal length."""
    for name, column in columns.items():
        if column is not None and len(column) != times.size:
            raise InputError("LM-A007", f"{name} has {len(column)} rows, exit has {times.size}.")


def check_times(times: Any, entries: Any) -> None:
    """Refuse missing exits and times before the origin."""
    if times.dtype.kind == "f" and np.isnan(times).any():
        raise InputError("LM-A007", f"{int(np.isnan(times).sum())} exit times are missing.")
    for name, column in (("exit", times), ("entry", entries)):
        if column is None or not column.size or column.dtype.kind == "u":
            continue
        early = unsigned_max(column) > _LARGEST_TICK if column.dtype.kind == "i" else np.fmin.reduce(column) < 0
        if early:
            raise InputError("LM-A007", f"{int((column < 0).sum())} {name} times are before the origin.")


def names_of(names: str | Sequence[str]) -> list[str]:
    """Stratum names as a list; a single one may come without it.

    Examples
    --------
    >>> names_of("margin"), names_of(("margin", "sex"))
    (['margin'], ['margin', 'sex'])
    """
    return [names] if isinstance(names, str) else list(names)
