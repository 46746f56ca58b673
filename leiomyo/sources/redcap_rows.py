"""What the rows of a record export say: codes and plain values, where each row stands, and why a value is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leiomyo.sources.redcap_odm import KEYS
from leiomyo.sources.redcap_project import LISTED, Project, ProjectField, box, number_reason, reason_of
from leiomyo.sources.redcap_records import Layout, answers_of, is_event_name, slug, unique_event
from leiomyo.sources.tabular_rows import SheetRow

#: What a form that is not opened shows.
_EMPTY = frozenset({"", "0", "Unchecked", "Incomplete"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the project a row stands."""

    record: str
    event: str = ""
    instrument: str = ""
    instance: str = ""

    def __str__(self) -> str:
        """As one text; an ordinary row is its record alone."""
        return "/".join(filter(None, (self.record, self.event, self.instrument, self.instance)))


@dataclass(slots=True)
class Said:
    """The cells of a row as codes and plain values; why others have none; which answers are not among the choices."""

    place: Place
    cells: dict[str, str]
    why: dict[str, str]
    unknown: dict[str, str]


class RowReader:
    """Turns the rows of one export into codes and plain values, the same for codes and labels."""

    def __init__(self, layout: Layout, *, labels: bool, decimal: str = ".",
                 numbers: Mapping[str, frozenset[str]] | None = None) -> None:  # fmt: skip
        self.layout = layout
        self.project = layout.project
        self.labels = labels
        #: The project's codes for no value, by label, by code, and by code as the name of a box spells it.
        self.missing = {label.lower(): code for code, label in self.project.missing.items()}
        self.missing |= {box("", code).removeprefix("___"): code for code in self.project.missing}
        self.decimal = decimal
        #: Of each field the numbers that stand for no value.
        self.numbers = numbers or {}
        self.places = {column: at for at, column in enumerate(layout.columns) if column}
        self.codes = {column: _codes(column, layout.project, labels=labels) for column in self.places}
        self.boxes: dict[str, list[str]] = {}
        for column in self.places:
            if column in self.project.index and self.project.index[column].type == "checkbox":
                self.boxes[column] = list(self.project.index[column].columns)
            field, mark, _ = column.partition("___")
            if mark and column not in self.project.index:
                self.boxes.setdefault(field, []).append(column)
        forms = {self.project.index[field].form for field in self.boxes}
        self.forms = {form: self._shows(form) for form in forms}

    def _shows(self, form: str) -> list[str]:
        """The columns that show that a form was opened; a computed field fills itself."""
        return [column for column in self.places if self.project.columns.get(column) == form
                and column != self.project.record.name
                and (column not in self.project.index or self.project.index[column].type != "calc")]  # fmt: skip

    def place(self, row: SheetRow) -> Place:
        """Where the row stands."""

        def cell(column: str) -> str:
            return row.cells[self.places[column]] if column in self.places else ""

        event, instrument, instance = (cell(key) for key in KEYS)
        if self.labels and event:
            event = unique_event(event)
        if self.labels and instrument and instrument not in self.project.forms:
            instrument = self._form_of(instrument, row)
        return Place(row.cells[self.layout.record], event, instrument, instance)

    def _form_of(self, label: str, row: SheetRow) -> str:
        """The form that a label names, or else the only one that the row fills."""
        named = slug(label)
        filled = {self.project.columns.get(column, "") for column, at in self.places.items()
                  if row.cells[at] not in _EMPTY and column != self.project.record.name} - {""}  # fmt: skip
        return named if named in self.project.forms else filled.pop() if len(filled) == 1 else label

    def wrong_place(self, place: Place) -> tuple[str, str]:
        """Column and text of what the project does not have: an instrument, an instance, an event."""
        raw = is_event_name(place.event)
        if place.event and raw and self.project.events and place.event not in self.project.events:
            return KEYS[0], place.event
        if place.instance and not re.fullmatch("[1-9][0-9]{0,5}", place.instance):
            return KEYS[2], place.instance
        if place.instrument and (not place.instance or not self._is_form(place.instrument)):
            return (KEYS[1], place.instrument) if place.instance else (KEYS[2], "")
        return "", ""

    def _is_form(self, instrument: str) -> bool:
        """Whether it is a form; a label with blanks or capitals in it may be any."""
        return instrument in self.project.forms or not re.fullmatch("[a-z0-9_]+", instrument)

    def read(self, row: SheetRow) -> Said:
        """What the row says."""
        said = Said(self.place(row), {}, {}, {})
        for column, at in self.places.items():
            if text := row.cells[at]:
                self._cell(column, text, said)
        opened = {form for form, shows in self.forms.items()
                  if any(one in said.why or _shown(one, said.cells) for one in shows)}  # fmt: skip
        for field, columns in self.boxes.items():
            if self.project.index[field].form in opened and field in self.places and field not in said.why:
                said.cells = dict.fromkeys(columns, "0") | said.cells
            self._field(field, columns, said, opened=self.project.index[field].form in opened)
        return said

    def _cell(self, column: str, text: str, said: Said) -> None:
        codes = self.codes[column]
        field = self.project.index.get(column)
        if field is not None and field.type == "checkbox":
            self._combined(field, text, said)
        elif codes is None:
            plain = self._plain(column, text)
            if reason := self._reason(column, text):
                said.why[column] = reason
            else:
                said.cells[column] = plain
        elif (code := codes.get(text.lower())) is not None:
            said.cells[column] = code
        elif reason := self._reason(column, text):
            said.why[column] = reason
        else:
            said.unknown[column] = text
            said.why[column] = "unreadable"

    def _combined(self, field: ProjectField, text: str, said: Said) -> None:
        """The boxes of a field whose export lists the ticked ones in one cell, with commas between them."""
        ticked = list(listed_choices(text, field))
        if "" in ticked:
            said.unknown[field.name] = text
            said.why[field.name] = "unreadable"
            return
        said.cells |= {box(field.name, code): str(int(code in ticked)) for code in field.choices}

    def _plain(self, column: str, text: str) -> str:
        """A text as written; a number that has a decimal comma by its field with the sign that is expected."""
        field = self.project.index.get(column)
        if field is None or not field.validation.startswith("number"):
            return text
        if "comma" in field.validation:
            return text if "." in text else text.replace(",", self.decimal)
        return text if "," in text else text.replace(".", self.decimal)

    def _reason(self, column: str, text: str) -> str:
        """Why there is no value: by the project's list; without one, by the usual codes where they can be no value."""
        field = self.project.index.get(column)
        if field is None:
            return ""
        if self.project.missing:
            return self.project.reason(text) or self.project.reason(self.missing.get(text.lower(), ""))
        if text in self.numbers.get(column, ()):
            return number_reason(text)
        typed = field.type in LISTED or (field.type == "text" and field.validation)
        return reason_of(text, text if field.type in LISTED else "") if typed else ""

    def _field(self, field: str, columns: list[str], said: Said, *, opened: bool) -> None:
        """The boxes of one field: on a form that nobody opened they say nothing, whatever the export shows."""
        known = self.project.index[field]
        ticked = [column for column in columns if said.cells.get(column) == "1"]
        opened = opened or bool(ticked)
        for column in (one for one in ticked if one not in self.project.boxes):
            code = column.partition("___")[2]
            reason = self.project.reason(self.missing.get(code, "")) or reason_of(code) or "not_available"
            opened = False
            said.why |= dict.fromkeys([field, *columns], reason)
        labels = [known.choices[self.project.boxes[one][1]] for one in ticked if one in self.project.boxes]
        if opened and labels:
            said.cells[field] = "; ".join(label.replace(";", ",") for label in labels)
        elif opened and all(said.cells.get(one) == "0" for one in known.columns):
            said.cells[field] = "none"
        elif not opened:
            for column in columns:
                said.cells.pop(column, None)


def listed_choices(text: str, field: ProjectField) -> Iterator[str]:
    """The codes that a text lists by code or label; nothing for a part that is neither, a label may hold commas.

    Examples
    --------
    >>> field = ProjectField("site", "f", "checkbox", "Site", {"1": "Lung", "2": "Peritoneum, omentum"})
    >>> list(listed_choices("Lung,Peritoneum, omentum", field)), list(listed_choices("2,9", field))
    (['1', '2'], ['2', ''])
    """
    known = {label.lower(): code for code, label in field.choices.items()} | {
        code.lower(): code for code in field.choices
    }
    waiting = text.split(",")
    while waiting:
        for many in range(len(waiting), 0, -1):
            code = known.get(",".join(waiting[:many]).strip().lower())
            if code is not None:
                break
        yield code or ""
        del waiting[:many]


def _shown(column: str, cells: Mapping[str, str]) -> bool:
    """Whether a column shows that its form was opened: any answer, a ticked box, a status that somebody set."""
    return cells.get(column, "") not in {"", "0"} or (cells.get(column) == "0" and not _unset(column))


def _unset(column: str) -> bool:
    return "___" in column or column.endswith("_complete")


def _codes(column: str, project: Project, *, labels: bool) -> dict[str, str] | None:
    """Code by answer in lower case; None where any text may stand."""
    if "___" in column and column not in project.index:
        ticked = {"1": "1", "0": "0", "checked": "1", "unchecked": "0"}
        if column in project.boxes:
            field, code = project.boxes[column]
            ticked |= {field.choices[code].lower(): "1"} if labels else {}
        return ticked
    known = answers_of(column, project)
    if not known:
        return None
    by_label = {label.lower(): code for code, label in reversed(list(known.items()))}
    by_code = {code.lower(): code for code in known}
    return by_code | by_label if labels else by_label | by_code
