"""Values of case tables as the BCR forms write them: days from diagnosis, the forms' own answers."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from leiomyo.exports.biotab_parts import Patient, Row
from leiomyo.model.codes import label

#: What a form has where nothing was told.
NOTHING = "[Not Available]"
Cells = dict[str, str]


@cache
def _rows(package: str, file: str) -> tuple[dict[str, str], ...]:
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


@cache
def header(form: str) -> tuple[tuple[str, str, str], ...]:
    """Name, BCR element and CDE number of each column of a form."""
    return tuple((row["name"], row["element"], row["cde"]) for row in _rows("leiomyo.exports", "biotab_columns.csv")
                 if row["table"] == form)  # fmt: skip


@cache
def places_of(form: str) -> Mapping[str, int]:
    """The place of each BCR element in a form."""
    return {element: place for place, (_, element, _) in enumerate(header(form))}


@cache
def _answers(list_name: str) -> Mapping[str, str]:
    """The form's answer for a code: the first that our reader takes for it."""
    found: dict[str, str] = {}
    for row in _rows("leiomyo.sources", "gdc_values.csv"):
        if row["list"] == list_name:
            found.setdefault(row["code"], row["value"])
    return found


def text(value: Any) -> str:
    """A text on one line, without the signs that part cells; a number without needless zeros.

    Examples
    --------
    >>> text("Lung,\\n left\\tlobe"), text(85.0), text(None)
    ('Lung, left lobe', '85', '')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    written = str(value)
    if not written.isprintable():
        written = "".join(sign if sign.isprintable() else " " for sign in written)
    return " ".join(written.split())


def flag(value: bool | None) -> str:
    """Yes or no as most questions have it."""
    return "" if value is None else "YES" if value else "NO"


def size(millimetres: float | None) -> str:
    """A size in centimetres."""
    return "" if millimetres is None else text(round(millimetres / 10, 4))


def site(code: str | None) -> str:
    """A site as the form's choice; "Other, specify" points to the free text."""
    return "" if code is None else "Other, specify" if code == "other" else label("metastatic_sites", code)


@dataclass(slots=True)
class Told:
    """One patient on the way to the forms: the identifier, where days count from, what is left out."""

    patient: Patient
    barcode: str
    origin: int
    left: Counter[str] = field(default_factory=Counter)

    def day(self, row: Row, name: str, what: str = "") -> str:
        """A whole day from the diagnosis; blank, and counted, where more than one day is possible."""
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        if low is None:
            return ""
        if low != high:
            self.left[f"{what or name}: a day that is not exact"] += 1
            return ""
        return str(low - self.origin)

    def answer(self, list_name: str, code: str | None) -> str:
        """The form's answer; blank, and counted, where the form has none for the code."""
        found = _answers(list_name).get(code or "", "")
        if code and not found:
            self.left[f"{list_name}: the forms have no answer {code}"] += 1
        return found

    def exact(self, row: Row, name: str) -> int | None:
        """The day itself, where it is exact."""
        low = row.get(f"{name}_low")
        return low if low is not None and low == row[f"{name}_high"] else None
