"""A REDCap project with its records: the data dictionary and a raw export, which is read back with no mapping.

The dictionary is that of `redcap_dictionary`; what its forms do not ask, or ask with fewer answers, has hidden fields
behind them, named `x_TABLE_COLUMN`. A record is a patient: one row for the forms that stand once, then one for each
repeat. Patients whose days count from the diagnosis have no dates, and are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leiomyo.exports.redcap_cells import OTHER_TUMOURS, FormPlan, Row, dictionary_rows, plans
from leiomyo.exports.redcap_dictionary import COLUMNS, INSTRUMENTS, csv_of, rows
from leiomyo.exports.texts import clean, one_line, text_file
from leiomyo.model.records import Records
from leiomyo.model.records import rows as rows_of
from leiomyo.spreadsheet import shielded, write_csv

#: The form on which each table's rows stand; that of the patient and that of tumour 1 stand once.
_FORMS = {"patient": "patient", "diagnosis": "diagnosis", "stage": "stage", "symptom": "symptoms",
          "disease_status": "disease_status", "surgery": "surgery", "radiotherapy": "radiotherapy",
          "drug_exposure": "drugs", "follow_up": "follow_up", "biomarker": "biomarkers",
          "adverse_event": "adverse_events"}  # fmt: skip
_KEYS = ("redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group")


def write_project(records: Records, folder: Path, *, name: str, encoding: str = "utf-8") -> dict[str, int]:
    """Write the data dictionary, which forms repeat, and the records into a folder, which is made.

    Parameters
    ----------
    encoding
        REDCap itself writes and takes UTF-8.

    Returns
    -------
    dict
        What was left out, by kind and count: patients without dates of the calendar, stretches of days that are
        neither a day, a month nor a year, and texts that are read as a word for "no value".
    """
    folder.mkdir(parents=True, exist_ok=True)
    left: Counter[str] = Counter()
    forms = plans(_FORMS, left)
    called = re.sub(r"\W+", "_", one_line(name)).strip("_") or "project"
    with text_file(folder / f"{called}_DataDictionary.csv", encoding) as stream:
        stream.write(csv_of(COLUMNS, dictionary_rows(forms)))
    with text_file(folder / INSTRUMENTS, encoding) as stream:
        told = [(form["form"], form["repeats"], form["holds"]) for form in rows("redcap_forms.csv")]
        told.append((OTHER_TUMOURS, "yes", "each other tumour of the patient"))
        write_csv(stream, ("form_name", "repeating", "holds"), told)
    with text_file(folder / f"{called}_DATA.csv", encoding) as stream:
        columns = [column for form in forms for column in form.columns]
        write_csv(stream, [columns[0], *_KEYS, *columns[1:]], _lines(forms, records, left))
    return {kind: count for kind, count in left.items() if count}


def _lines(forms: list[FormPlan], records: Records, left: Counter[str]) -> Iterator[list[object]]:
    """The records: of each its own row, then its repeats; the cells of a form stand side by side."""
    before, width = {}, 0
    for form in forms:
        before[form.name] = width
        width += len(form.columns)
    once = [form for form in forms if form.name in {"patient", "diagnosis"}]
    by_name = {form.name: form for form in forms}
    rest = [""] * (width - sum(len(form.columns) for form in once))
    several = len({one for one in pc.unique(records["patient"]["centre"]).to_pylist() if one}) > 1
    for person, facts in _people(records, left):
        centre = person.get("centre", "")
        who = shielded(clean(f"{centre}-{person['patient']}" if several else person["patient"]))
        group = re.sub(r"\W+", "_", centre.lower()) if several else ""
        first = {"patient": person, "diagnosis": facts.pop("diagnosis", [{}])[0]}
        cells = [cell for form in once for cell in form.cells(first[form.name], person)]
        yield [who, "", "", group, *cells[1:], *rest]
        for name, told in facts.items():
            form, start = by_name[name], before[name]
            empty, after = [""] * (start - 1), [""] * (width - start - len(form.columns))
            for instance, fact in enumerate(told, start=1):
                yield [who, name, instance, group, *empty, *form.cells(fact, person), *after]


# --- what is told of each patient -------------------------------------------------------------------------


def _people(records: Records, left: Counter[str]) -> Iterator[tuple[Row, dict[str, list[Row]]]]:
    """Each patient whose days are of the calendar, with what stands on each form; tables are read side by side."""
    people = records["patient"]
    dated = people.filter(pc.invert(pc.fill_null(pc.equal(people["axis"], "diagnosis"), False)))
    left["patients whose days count from the diagnosis"] += people.num_rows - dated.num_rows
    names = _names(dated)
    streams = {table: _Stream(table, records[table], names, left) for table in _FORMS if table != "patient"}
    for number, person in enumerate(rows_of(dated)):
        facts = {_FORMS[table]: told for table, stream in streams.items() if (told := stream.of(number))}
        if tumours := facts.pop("diagnosis", None):
            facts |= _tumours(tumours)
        yield person, facts


def _tumours(told: list[Row]) -> dict[str, list[Row]]:
    """The tumour that the record is about on its own form, any other on another."""
    index = next((row for row in told if row.get("tumour", "1") == "1"), None)
    others = [row for row in told if row is not index]
    return {form: found for form, found in (("diagnosis", [index] if index else []), (OTHER_TUMOURS, others)) if found}


def _names(table: pa.Table) -> pa.Array:
    """Centre and patient of each row as one text."""
    parts = [pc.fill_null(table[name], "") for name in ("centre", "patient")]
    return pc.binary_join_element_wise(*parts, "\x00").combine_chunks()


class _Stream:
    """The rows of one table in the order of the patients, each patient's in their own order."""

    def __init__(self, name: str, table: pa.Table, people: pa.Array, left: Counter[str]) -> None:
        places = pc.index_in(_names(table), value_set=people)
        known = pc.is_valid(places)
        left[f"{name}: of a patient who is left out"] += table.num_rows - (pc.sum(known).as_py() or 0)
        table, places = table.filter(known), places.filter(known)
        order = pc.array_sort_indices(places)
        self._places: Iterator[int] = iter(pc.take(places, order).to_pylist())
        self._rows: Iterator[dict[str, Any]] = rows_of(table.take(order))
        self._next = next(self._places, -1)

    def of(self, person: int) -> list[Row]:
        """The rows of the next patient."""
        found: list[Row] = []
        while self._next == person:
            found.append(next(self._rows))
            self._next = next(self._places, -1)
        return found
