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
        combined = cell in project.index and project.index[cell].type == "checkbox"
        if cell in project.columns or cell.startswith("redcap_") or combined:
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
            # the boxes of a field may be exported in one column
            for column in (field.name,) if field.type != "descriptive" else ():
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
    return label if _RAW_EVENT.fullmatch(label) else f"{slug(words)[:18].strip('_')}_arm_{arm}"


def is_event_name(text: str) -> bool:
    """Whether a text is an event's unique name; labels are anything else."""
    return _RAW_EVENT.fullmatch(text) is not None


def slug(label: str) -> str:
    """A label as REDCap makes a name of it."""
    return re.sub("[^a-z0-9]+", "_", label.lower()).strip("_")
