"""A REDCap project as its data dictionary describes it: fields with their forms, types, choices and annotations.

The dictionary is known by its columns: as REDCap's page gives it ("Variable / Field Name", "Form Name", ...) or as its
API does (`field_name`, `form_name`, ...). The project's XML says the same; see `redcap_odm`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from leiomyo.sources.data_files import answers
from leiomyo.sources.files import lines, refuse
from leiomyo.sources.tabular_mapping import Form
from leiomyo.sources.tabular_rows import SheetRow, open_sheet

#: The signs that REDCap offers between the cells of a CSV file.
SIGNS = (",", ";", "\t", "|", "^")
#: The columns of a dictionary that mean something to a reader: as the page writes them, and as the API does.
_COLUMNS = {
    "name": ("variable / field name", "field_name"), "form": ("form name", "form_name"),
    "type": ("field type", "field_type"), "label": ("field label", "field_label"),
    "choices": ("choices, calculations, or slider labels", "choices or calculations", "select_choices_or_calculations"),
    "validation": ("text validation type or show slider number", "text_validation_type_or_show_slider_number"),
    "annotation": ("field annotation", "field_annotation"),
}  # fmt: skip
_NEEDED = ("form", "type", "choices")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
#: Types of the XML that the dictionary writes otherwise.
_SAME = {"textarea": "notes", "select": "dropdown", "int": "integer", "float": "number"}
_TYPES = frozenset({"text", "notes", "calc", "dropdown", "radio", "checkbox", "yesno", "truefalse", "file", "slider",
                    "descriptive", "sql"})  # fmt: skip
#: Fields whose answers are listed.
LISTED = frozenset({"dropdown", "radio", "yesno", "truefalse"})
_FIXED = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
STATUS = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
TICKED = {"1": "Checked", "0": "Unchecked"}


@dataclass(frozen=True, slots=True)
class ProjectField:
    """One field of a form."""

    name: str
    form: str
    type: str
    label: str
    #: Labels by code; of check boxes, one box each.
    choices: Mapping[str, str] = field(default_factory=dict)
    validation: str = ""
    annotation: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in which an export holds it."""
        if self.type == "checkbox":
            return tuple(box(self.name, code) for code in self.choices)
        return () if self.type == "descriptive" else (self.name,)

    @property
    def meaning(self) -> tuple[object, ...]:
        """What two dictionaries have to agree on, so that a value means the same in both."""
        listed = tuple(self.choices.items()) if self.type in LISTED | {"checkbox"} else ()
        return self.form, self.type in {"checkbox"}, listed, "comma" in self.validation, self.annotation


@dataclass(frozen=True)
class Project:
    """All fields of a project, the first of which names the record."""

    file: Path
    fields: tuple[ProjectField, ...]
    #: The name that the XML gives it; a dictionary has none.
    name: str = ""
    #: The project's codes for values that are not there, with their labels.
    missing: Mapping[str, str] = field(default_factory=dict)
    #: Unique names of the events, where they are known.
    events: frozenset[str] = frozenset()
    #: Forms and events that repeat, where it is known.
    repeating: frozenset[tuple[str, str]] = frozenset()

    @property
    def record(self) -> ProjectField:
        """The field that names the record."""
        return self.fields[0]

    @cached_property
    def index(self) -> dict[str, ProjectField]:
        """The fields by name."""
        return {one.name: one for one in self.fields}

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The forms, in order."""
        return tuple(dict.fromkeys(one.form for one in self.fields))

    @cached_property
    def boxes(self) -> dict[str, tuple[ProjectField, str]]:
        """The check boxes, by column: their field and code."""
        return {
            box(one.name, code): (one, code) for one in self.fields if one.type == "checkbox" for code in one.choices
        }

    @cached_property
    def columns(self) -> dict[str, str]:
        """The form of every column that an export may hold, its status and survey columns among them."""
        found = {column: one.form for one in self.fields for column in one.columns}
        for form in self.forms:
            found |= {f"{form}_complete": form, f"{form}_timestamp": form}
        return found

    def reason(self, written: str) -> str:
        """Why there is no value, where the project has listed the text as such a code; else nothing."""
        label = self.missing.get(written)
        return (reason_of(written, label) or "not_available") if label is not None else ""


def box(name: str, code: str) -> str:
    """The column of one check box.

    Examples
    --------
    >>> box("race", "1"), box("site", "-9"), box("site", "UNK")
    ('race___1', 'site____9', 'site___unk')
    """
    return f"{name}___{re.sub('[^a-z0-9_]', '_', code.lower())}"


def reason_of(written: str, label: str = "") -> str:
    """The reason that a usual code for no value gives, or its label; nothing for any other text.

    Examples
    --------
    >>> reason_of("NASK"), reason_of("-88", "Not applicable"), reason_of("12")
    ('not_evaluated', 'not_applicable', '')
    """
    known = answers("redcap_missing.csv", "code")
    return known.get(written.lower()) or answers("redcap_missing.csv", "label").get(label.strip().lower(), "")


def number_reason(written: str) -> str:
    """The reason that a number stands for where it can be no value; nothing for one that is not usual.

    Examples
    --------
    >>> number_reason("-99"), number_reason("12")
    ('not_available', '')
    """
    return answers("redcap_missing.csv", "number").get(written, "")


def choices_of(written: str) -> list[tuple[str, str]]:
    """Codes and labels, as a dictionary lists them.

    Examples
    --------
    >>> choices_of("1, Yes, surely | 2, No"), choices_of("a, A|b, B")
    ([('1', 'Yes, surely'), ('2', 'No')], [('a', 'A'), ('b', 'B')])
    """
    found = []
    for part in filter(None, (one.strip() for one in written.replace("\\n", "|").replace("\n", "|").split("|"))):
        code, comma, label = part.partition(",")
        found.append((code.strip(), " ".join(label.split()) if comma else code.strip()))
    return found


def split_header(text: str, sign: str) -> list[str]:
    """The cells of one line, blanks within them made even."""
    try:
        return [" ".join(cell.split()) for cell in next(csv.reader([text], delimiter=sign), [])]
    except csv.Error:
        return []


def first_line(path: Path, name: str) -> str:
    """The first line that holds anything."""
    return next((line.text for line in lines(path, name) if line.text.strip()), "").removeprefix("\ufeff")


def dictionary_sign(header: str) -> str:
    """The sign between the cells of a dictionary; nothing where the line is no dictionary's header."""
    for sign in SIGNS:
        cells = [cell.lower() for cell in split_header(header, sign)]
        if cells and cells[0] in _COLUMNS["name"] and len(cells) > 1 and cells[1] in _COLUMNS["form"]:
            return sign
    return ""


def read_dictionary(path: Path, name: str, sign: str) -> Project:
    """The project that a data dictionary describes.

    Raises
    ------
    FileRefused
        `LM-F027`: a row of it cannot be understood; `LM-F014`, `LM-F016`: it lacks its fields or a column.
    """
    header, rows = open_sheet(path, name, "", Form(delimiter=sign))
    places = _places(name, header)
    fields: dict[str, ProjectField] = {}
    for row in rows:
        if row.problem or len(row.cells) != len(header):
            if not row.ended:
                raise refuse("LM-F006", name, row=row.number)
            raise refuse("LM-F027", name, row=row.number, detail=f"The row has not {len(header)} columns.")
        told = {key: _plain(row.cells[place]) for key, place in places.items()}
        one = _field(told, name, row)
        if one.name in fields:
            raise refuse("LM-F027", name, row=row.number, column=one.name, detail="The field stands twice.")
        fields[one.name] = one
    return Project(path, tuple(fields.values())) if fields else _nothing(name)


def _nothing(name: str) -> Project:
    raise refuse("LM-F014", name, row=1)


def _places(name: str, header: Sequence[str]) -> dict[str, int]:
    lower = [cell.lower() for cell in header]
    found = {key: lower.index(one) for key, known in _COLUMNS.items() for one in known if one in lower}
    for key in _NEEDED:
        if key not in found:
            raise refuse("LM-F016", name, row=1, column=_COLUMNS[key][0])
    return found


def _plain(cell: str) -> str:
    """A cell; R writes NA for an empty one."""
    return "" if cell == "NA" else cell


def _field(told: Mapping[str, str], name: str, row: SheetRow) -> ProjectField:
    kind = told["type"].lower()
    named = told["name"]
    wrong = (
        "The name of a field has small letters, digits and underscores only." if not _NAME.fullmatch(named)
        else "The field stands on no form." if not told["form"]
        else f"There is no field type {kind!r}." if _SAME.get(kind, kind) not in _TYPES else ""
    )  # fmt: skip
    if wrong:
        raise refuse("LM-F027", name, row=row.number, column=named, detail=wrong)
    try:
        return made_field(named, told["form"], kind, told.get("label", ""), choices_of(told["choices"]),
                          validation=told.get("validation", ""), annotation=told.get("annotation", ""))  # fmt: skip
    except ValueError as error:
        raise refuse("LM-F027", name, row=row.number, column=named, detail=str(error)) from error


def made_field(name: str, form: str, kind: str, label: str, choices: Iterable[tuple[str, str]], *,
               validation: str = "", annotation: str = "") -> ProjectField:  # fmt: skip
    """A field from what a dictionary or an XML says of it.

    Raises
    ------
    ValueError
        A field with listed answers lists none, or one code twice.
    """
    kind = _SAME.get(kind, kind)
    listed: dict[str, str] = {}
    if kind in _FIXED:
        listed = _FIXED[kind]
    elif kind in LISTED | {"checkbox"}:
        for code, words in choices:
            if code in listed:
                raise ValueError(f"The code {code[:20]!r} stands twice among the choices.")
            listed[code] = words
        if not listed:
            raise ValueError("The field has no choices.")
    return ProjectField(name, form, kind, " ".join(re.sub("<[^>]*>", " ", label).split()), listed,
                        _SAME.get(validation, validation), annotation)  # fmt: skip


def differences(one: Project, other: Project, columns: Iterable[str]) -> Iterator[str]:
    """The fields of these columns that the two do not describe alike."""
    for column in columns:
        name = column.partition("___")[0]
        first, second = one.index.get(name), other.index.get(name)
        if first and second and first.meaning != second.meaning:
            yield name
