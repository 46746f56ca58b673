"""The forms of a REDCap project that is written: their fields, and the cells in which a row of a case table stands.

A column stands in the field that a form has for it, as far as what the field says is read back as the same value; else
in a hidden one behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from leiomyo.exports.redcap_dictionary import choices, dictionary, rows
from leiomyo.exports.texts import clean, plain_number
from leiomyo.model.codes import codes, whole_word
from leiomyo.model.drugs import match_drug
from leiomyo.model.records import iso_date
from leiomyo.model.tables import TABLES, Column
from leiomyo.spreadsheet import shielded

OTHER_TUMOURS = "other_tumours"
Row = Mapping[str, Any]
#: What a reader takes for granted: it is written only where it is otherwise.
_DEFAULTS: dict[str, Any] = {"tumour": "1", "role": "index", "derived": False}
#: How words were matched and what days count from is found by whoever reads the records.
_NOT_SAID = frozenset({"axis", "matched"})
_iso = lru_cache(maxsize=65_536)(iso_date)
#: The cell that says a value in a field, or None where the field cannot say it.
Say = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class _Place:
    """A field that can say some values of a column: where its cell is, and how a value stands in it."""

    at: int
    say: Say
    boxes: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class FormPlan:
    """One form: its fields as the dictionary has them, its columns, and how a row of its case table fills them."""

    name: str
    table: str
    left: Counter[str]
    fields: list[dict[str, str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    places: dict[str, list[_Place]] = field(default_factory=dict)
    blank: list[object] = field(default_factory=list)

    def cells(self, row: Row, person: Row) -> list[object]:
        """The cells of one row; of a form that has none, those of a form never opened."""
        cells = list(self.blank)
        if not row:
            cells[-1] = "0"
            return cells
        for column in TABLES[self.table].columns:
            places = self.places.get(column.name)
            value = self._value(column, row) if places else None
            if value is not None and places:
                if column.name == "contact" and not _is_earlier(row, person):
                    places = places[1:]
                self._fill(cells, places, value)
        if cells == self.blank and "tumour" in self.places:  # a row that says no more than that there is one
            self._fill(cells, self.places["tumour"], row.get("tumour") or "1")
        if self.table == "drug_exposure" and "agent" not in row and match_drug(row.get("as_written")).agents:
            self.left["drug_exposure.agent: none, though its words are read as one"] += 1
        return cells

    def _fill(self, cells: list[object], places: Sequence[_Place], value: Any) -> None:
        for place in places:
            if place.boxes:
                cells[place.boxes[value]] = "1"
                return
            if (cell := place.say(value)) is not None:
                cells[place.at] = cell
                return

    def _value(self, column: Column, row: Row) -> Any:
        """What is to be said of a column: a day as its date; nothing where the default says it."""
        if column.kind != "day":
            value = row.get(column.name)
            if column.kind == "text" and value is not None and whole_word("missing", value):
                self.left[f"{self.table}.{column.name}: a word that is read as no value"] += 1
            return None if value is None or value == _DEFAULTS.get(column.name) else value
        told = _iso(row.get(f"{column.name}_low"), row.get(f"{column.name}_high"))
        if told is None:
            self.left[f"{self.table}.{column.name}: known to no day, month or year"] += 1
        return told or None


def _is_earlier(row: Row, person: Row) -> bool:
    """Whether a contact may stand as a day on which the patient was alive: the last such day is told elsewhere."""
    last = (person.get("last_contact_high"), person.get("last_contact_low"))
    return None not in last and (row["contact_high"], row["contact_low"]) <= last and bool(_iso(last[1], last[0]))


def plans(forms: Mapping[str, str], left: Counter[str]) -> list[FormPlan]:
    """The forms of the project, in order."""
    asked = {row["Variable / Field Name"]: row for row in dictionary()}
    tables = {form: table for table, form in forms.items()}
    made = [_plan(row["form"], tables[row["form"]], asked, left) for row in rows("redcap_forms.csv")]
    return [*made, _plan(OTHER_TUMOURS, "diagnosis", {}, left)]


def _plan(form: str, table: str, asked: Mapping[str, dict[str, str]], left: Counter[str]) -> FormPlan:
    plan = FormPlan(form, table, left)
    for told in (row for row in rows("redcap_fields.csv") if row["form"] == form and row["name"] in asked):
        _asked(plan, told, asked[told["name"]])
    for column in TABLES[table].columns:
        if column.name not in _NOT_SAID and not _says_all(plan, column):
            _hidden(plan, column)
    plan.columns.append(f"{form}_complete")
    plan.blank.append("2")
    return plan


def _asked(plan: FormPlan, told: Mapping[str, str], row: dict[str, str]) -> None:
    """A field that the form has for people to fill in."""
    plan.fields.append(row)
    listed = dict(choices(told["choices"])) if told["choices"] else {}
    target = told["target"].partition(";")[0]
    table, _, name = target.partition(".")
    column = TABLES[table].index.get(name) if table == plan.table else None
    if told["type"] == "checkbox":
        boxes = {code: len(plan.columns) + place for place, code in enumerate(listed)}
        plan.columns += [f"{told['name']}___{code}" for code in listed]
        plan.blank += ["0"] * len(listed)
        if column:
            plan.places.setdefault(name, []).append(_Place(-1, lambda value: value, boxes))
        return
    if column:
        plan.places.setdefault(name, []).append(_Place(len(plan.columns), _say(column, told["type"], listed)))
    plan.columns.append(told["name"])
    plan.blank.append("")


def _says_all(plan: FormPlan, column: Column) -> bool:
    """Whether the form's own fields can say every value of a column."""
    if column.name == "contact":  # its field says a day of being alive as well
        return False
    tests: list[object] = [True, False] if column.kind == "flag" else list(codes(column.codes)) if column.codes else [1]
    if column.kind == "integer":
        tests = list(range(int(column.low or 0), int(column.high or 0) + 1))
    if column.kind in {"text", "day"}:
        tests = ["any text"]
    return all(any(test in one.boxes if one.boxes else one.say(test) is not None
                   for one in plan.places.get(column.name, ())) for test in tests)  # fmt: skip


def _hidden(plan: FormPlan, column: Column) -> None:
    """A field for what the form does not ask."""
    named = f"x_{'other' if plan.name == OTHER_TUMOURS else plan.table}_{column.name}"
    listed = dict(choices(f"list:{column.codes}")) if column.codes else {}
    kind = "dropdown" if listed else {"flag": "yesno", "text": "notes"}.get(column.kind, "text")
    plan.fields.append({
        "Variable / Field Name": named, "Form Name": plan.name, "Field Type": kind,
        "Field Label": f"{column.meaning[:1].upper()}{column.meaning[1:]}",
        "Choices, Calculations, OR Slider Labels": " | ".join(f"{code}, {label}" for code, label in listed.items()),
        "Field Annotation": f"@HIDDEN @LEIOMYO={plan.table}.{column.name}",
    })  # fmt: skip
    plan.places.setdefault(column.name, []).append(_Place(len(plan.columns), _say(column, kind, listed)))
    plan.columns.append(named)
    plan.blank.append("")


def _say(column: Column, kind: str, listed: Mapping[str, str]) -> Say:
    """How a value of a column stands in a field of that type with those choices."""
    if kind == "yesno":
        return {True: "1", False: "0"}.get
    if not listed:
        plain: dict[str, Say] = {"number": plain_number, "integer": str, "day": str}
        return plain.get(column.kind, _text)
    if column.kind == "text":  # a choice is read by its label
        return {label: code for code, label in listed.items()}.get
    return lambda value: str(value) if str(value) in listed else None


def _text(value: str) -> object:
    return shielded(clean(value))


def dictionary_rows(forms: Sequence[FormPlan]) -> Iterator[dict[str, str]]:
    """The rows of the data dictionary."""
    for form in forms:
        yield from form.fields
