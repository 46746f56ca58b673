"""The rows of a record export: which column is which field, raw codes or labels, and what each cell then says.

An export writes either codes or labels, and tells nowhere which. The choice fields show it; an export in which some
show codes and others labels is two exports pasted together, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from leiomyo.sources.files import refuse, repeated
from leiomyo.sources.redcap_odm import KEYS, odm_rows
from leiomyo.sources.redcap_project import (
    LISTED,
    SIGNS,
    STATUS,
    TICKED,
    Project,
    first_line,
    reason_of,
    split_header,
)
from leiomyo.sources.tabular_mapping import Form
from leiomyo.sources.tabular_rows import SheetRow, sheet_rows

#: What REDCap itself puts beside the fields, by the label that it bears in an export with labels.
SYSTEM = {
    "event name": "redcap_event_name", "repeat instrument": "redcap_repeat_instrument",
    "repeat instance": "redcap_repeat_instance", "data access group": "redcap_data_access_group",
    "survey identifier": "redcap_survey_identifier", "survey timestamp": "",
}  # fmt: skip
_CHOICE = re.compile(r"(.*) \(choice=(.*)\)")
_RAW_EVENT = re.compile(r".*_arm_[0-9]+[a-z]?")
_ARM = re.compile(r"(.*) \(Arm ([0-9]+): .*\)")
#: What a form that is not opened shows.
_EMPTY = frozenset({"", "0", "Unchecked", "Incomplete"})
#: So many different answers of a column are looked at to tell codes from labels.
_ANSWERS = 200


@dataclass(frozen=True)
class Layout:
    """One record export: what its columns hold, in order; a column that the project does not know is empty."""

    path: Path
    project: Project
    columns: tuple[str, ...]
    #: As the file writes them.
    header: tuple[str, ...]
    #: The sign between the cells; empty for an XML.
    sign: str
    row: int = 1

    @cached_property
    def record(self) -> int:
        """The place of the record's name."""
        return self.columns.index(self.project.record.name)

    def rows(self, name: str) -> Iterator[SheetRow]:
        """The rows below the header."""
        if not self.sign:
            yield from odm_rows(self.path, name, self.columns[4:], self.project.repeating)
            return
        for row in sheet_rows(self.path, name, "", Form(delimiter=self.sign)):
            if row.number > self.row:
                yield row


def csv_layout(path: Path, name: str, project: Project) -> Layout | None:
    """The record export of a project in CSV; None where the file's columns are not the project's.

    Raises
    ------
    FileRefused
        `LM-F009`: a column stands twice; `LM-F016`: none holds the record's name.
    """
    line = first_line(path, name)
    for sign in SIGNS:
        header = split_header(line, sign)
        for columns in (_by_name(header, project), _by_label(header, project)):
            if sum(bool(column) for column in columns) < 2:
                continue
            if twice := repeated([column for column in columns if column]):
                raise refuse("LM-F009", name, row=1, column=twice[0])
            if project.record.name not in columns:
                if sum(map(bool, columns)) * 2 < len(columns):
                    continue  # a table of something else, with a name or two in common
                raise refuse("LM-F016", name, row=1, column=project.record.name)
            return Layout(path, project, tuple(columns), tuple(header), sign)
    return None


def odm_layout(path: Path, project: Project) -> Layout:
    """The records of a project's XML as one export."""
    columns = (project.record.name, *KEYS, *(one for one in project.columns if one != project.record.name))
    return Layout(path, project, columns, columns, "")


def _by_name(header: Sequence[str], project: Project) -> list[str]:
    def known(cell: str) -> str:
        if cell in project.columns or cell.startswith("redcap_"):
            return cell
        # the box of a code for no value; REDCap adds it where such a code was chosen
        field, _, code = cell.partition("___")
        return cell if code and field in project.index and project.index[field].type == "checkbox" else ""

    found = [known(cell) for cell in header]
    own = [column for column in found if column and not column.startswith("redcap_")]
    return found if own else [""] * len(header)


def _by_label(header: Sequence[str], project: Project) -> list[str]:
    """Columns by their labels; one that several fields bear is taken in order where all of them are there."""
    by_label: dict[str, list[str]] = {}
    for form in project.forms:
        for field in (one for one in project.fields if one.form == form):
            if field.type == "checkbox":
                for code, column in zip(field.choices, field.columns, strict=True):
                    by_label.setdefault(f"{field.label} (choice={field.choices[code]})".lower(), []).append(column)
            for column in field.columns if field.type != "checkbox" else ():
                by_label.setdefault(field.label.lower(), []).append(column)
        by_label.setdefault("complete?", []).append(f"{form}_complete")
    lower = [cell.lower() for cell in header]
    found = []
    for place, cell in enumerate(lower):
        named = by_label.get(cell, [])
        if cell in SYSTEM:
            found.append(SYSTEM[cell])
        elif len(named) == 1:
            found.append(named[0])
        else:
            found.append(named[lower[:place].count(cell)] if named and lower.count(cell) == len(named) else "")
    first = next((cell for cell in lower if cell), "")
    return found if first and first == project.record.label.lower() else [""] * len(header)


# --- Codes or labels --------------------------------------------------------------------------------------


def answers_of(column: str, project: Project) -> Mapping[str, str]:
    """Labels by code of a column with listed answers; empty for any other."""
    if column in project.boxes:
        field, code = project.boxes[column]
        return {**TICKED, "1": "Checked", code: field.choices[code]} if code not in TICKED else TICKED
    if column.endswith("_complete") and column not in project.index:
        return STATUS
    field_of = project.index.get(column)
    return field_of.choices if field_of is not None and field_of.type in LISTED else {}


def writes_labels(layout: Layout, name: str) -> bool:
    """Whether the export holds labels instead of codes.

    Raises
    ------
    FileRefused
        `LM-F026`: some columns hold codes and others labels; `LM-F014`: there is no row; `LM-F006`: it is cut off.
    """
    seen: dict[int, set[str]] = {place: set() for place, column in enumerate(layout.columns)
                                 if column == KEYS[0] or answers_of(column, layout.project)}  # fmt: skip
    some = False
    for row in layout.rows(name):
        some = True
        refuse_cut(row, len(layout.columns), name)
        if len(row.cells) == len(layout.columns):
            for place, known in seen.items():
                if len(known) < _ANSWERS:
                    known.add(row.cells[place])
    if not some:
        raise refuse("LM-F014", name, row=layout.row)
    found: dict[str, str] = {}
    for place, texts in seen.items():
        for kind in _kinds(layout.columns[place], texts, layout.project):
            found.setdefault(kind, layout.columns[place])
    if len(found) > 1:
        raise refuse("LM-F026", name, row=layout.row, column=found["label"],
                     detail=f"{found['label']} holds labels, {found['raw']} codes.")  # fmt: skip
    return "label" in found


def refuse_cut(row: SheetRow, width: int, name: str) -> None:
    """Refuse the file where its last line is too short and has no end: it was cut off, so nothing of it is trusted."""
    if len(row.cells) < width and not row.ended and not row.problem:
        raise refuse("LM-F006", name, row=row.number, detail=f"The last line has {len(row.cells)} of {width} columns.")


def _kinds(column: str, texts: set[str], project: Project) -> Iterator[str]:
    """`raw` and `label`, as far as the answers of a column show it."""
    if column == KEYS[0]:
        yield from {"raw" if _RAW_EVENT.fullmatch(text) else "label" for text in texts if text}
        return
    known = answers_of(column, project)
    labels = {label.lower() for label in known.values()}
    for text in texts:
        if (text in known) != (text.lower() in labels):
            yield "raw" if text in known else "label"


def unique_event(label: str) -> str:
    """The unique name that REDCap makes of an event's label.

    Examples
    --------
    >>> unique_event("Deadline to opt out of study (Arm 2: Drug B)"), unique_event("Enrollment")
    ('deadline_to_opt_ou_arm_2', 'enrollment_arm_1')
    """
    found = _ARM.fullmatch(label)
    words, arm = (found.group(1), found.group(2)) if found else (label, "1")
    return label if _RAW_EVENT.fullmatch(label) else f"{_slug(words)[:18].strip('_')}_arm_{arm}"


def _slug(label: str) -> str:
    return re.sub("[^a-z0-9]+", "_", label.lower()).strip("_")


# --- What a row says --------------------------------------------------------------------------------------


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

    def __init__(self, layout: Layout, *, labels: bool, decimal: str = ".") -> None:
        self.layout = layout
        self.project = layout.project
        self.labels = labels
        self.decimal = decimal
        self.places = {column: at for at, column in enumerate(layout.columns) if column}
        self.codes = {column: _codes(column, layout.project, labels=labels) for column in self.places}
        self.boxes: dict[str, list[str]] = {}
        for column in self.places:
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
        named = _slug(label)
        filled = {self.project.columns.get(column, "") for column, at in self.places.items()
                  if row.cells[at] not in _EMPTY and column != self.project.record.name} - {""}  # fmt: skip
        return named if named in self.project.forms else filled.pop() if len(filled) == 1 else label

    def wrong_place(self, place: Place) -> tuple[str, str]:
        """Column and text of what the project does not have: an instrument, an instance, an event."""
        raw = _RAW_EVENT.fullmatch(place.event)
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
            self._field(field, columns, said, opened=self.project.index[field].form in opened)
        return said

    def _cell(self, column: str, text: str, said: Said) -> None:
        codes = self.codes[column]
        if codes is None:
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

    def _plain(self, column: str, text: str) -> str:
        """A text as written; a number that has a decimal comma by its field with the sign that is expected."""
        field = self.project.index.get(column)
        if field is None or not field.validation.startswith("number"):
            return text
        if "comma" in field.validation:
            return text if "." in text else text.replace(",", self.decimal)
        return text if "," in text else text.replace(".", self.decimal)

    def _reason(self, column: str, text: str) -> str:
        """Why there is no value: by the project's list; without one, by the usual codes where no text can stand."""
        field = self.project.index.get(column)
        if field is None:
            return ""
        if self.project.missing:
            labels = {label.lower(): code for code, label in self.project.missing.items()}
            return self.project.reason(text) or self.project.reason(labels.get(text.lower(), ""))
        typed = field.type in LISTED or (field.type == "text" and field.validation)
        return reason_of(text, text if field.type in LISTED else "") if typed else ""

    def _field(self, field: str, columns: list[str], said: Said, *, opened: bool) -> None:
        """The boxes of one field: on a form that nobody opened they say nothing, whatever the export shows."""
        known = self.project.index[field]
        ticked = [column for column in columns if said.cells.get(column) == "1"]
        for column in (one for one in ticked if one not in self.project.boxes):
            code = column.partition("___")[2]
            listed = {one.lower(): one for one in self.project.missing}
            reason = self.project.reason(listed.get(code, "")) or reason_of(code) or "not_available"
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
