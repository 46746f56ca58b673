"""What the fields of a project fill: by the annotations that its dictionary carries, or by a mapping beside it.

An annotation is `@LEIOMYO=table.column`; in quotes it may go on, parts behind commas: a constant of the same row
(`moment=at_diagnosis`), the unit (`unit=cm`), or the status where no box is ticked (`none=no_metastasis`). Several
targets are parted by semicolons. Fields of one form with the same table and constants fill one row of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from leiomyo.model.codes import codes
from leiomyo.model.tables import TABLES, Column
from leiomyo.sources.data_files import answers
from leiomyo.sources.files import refuse
from leiomyo.sources.redcap_odm import KEYS
from leiomyo.sources.redcap_project import LISTED, Project, ProjectField
from leiomyo.sources.tabular_mapping import Field, Form, Says, Sheet, read_mapping

_TAG = re.compile(r"@LEIOMYO\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|(\S+))", re.I)
#: The column that holds where in the project a row stands; it is the record of what the row states.
PLACE = "redcap_place"


#: From here on a number in a column of days may be a year.
_FIRST_YEAR = 1800


@dataclass(frozen=True, slots=True)
class Target:
    """One column of a case table that a field fills."""

    table: str
    column: str
    constants: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    none: str = ""


def targets(field: ProjectField) -> tuple[Target, ...]:
    """What a field's annotation says that it fills.

    Raises
    ------
    ValueError
        The annotation names what is not there.
    """
    found = _TAG.search(field.annotation)
    if found is None:
        return ()
    text = next((group for group in found.groups() if group is not None), "")
    return tuple(_target(part) for part in text.split(";") if part.strip())


def _target(text: str) -> Target:
    named, *rest = (part.strip() for part in text.split(","))
    table, _, column = named.partition(".")
    if table not in TABLES or column not in TABLES[table].index:
        raise ValueError(f"There is no column {named!r} in the case tables.")
    index, settings = TABLES[table].index, {}
    for part in rest:
        key, _, value = (one.strip() for one in part.partition("="))
        of = index.get("status") if key == "none" else index.get(key)
        if (of is None and key != "unit") or not value:
            raise ValueError(f"{part!r} is neither a column of {table} with its value nor a unit.")
        if of is not None and not _fits(of, value):
            raise ValueError(f"{value!r} is no value of {table}.{of.name}.")
        settings[key] = value
    unit, none = settings.pop("unit", ""), settings.pop("none", "")
    return Target(table, column, tuple(sorted(settings.items())), unit, none)


def _fits(column: Column, value: str) -> bool:
    if column.kind == "code":
        return value in codes(column.codes)
    return value in {"yes", "no"} if column.kind == "flag" else column.kind != "day"


def annotated(project: Project, name: str) -> Sheet | None:
    """How the project's own annotations say that its rows are read; None where there are none.

    Raises
    ------
    FileRefused
        `LM-F027`: an annotation names what is not there.
    """
    groups: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[tuple[ProjectField, Target]]] = {}
    for field in project.fields:
        try:
            for target in targets(field):
                groups.setdefault((field.form, target.table, target.constants), []).append((field, target))
        except ValueError as error:
            raise refuse("LM-F027", name, column=field.name, detail=str(error)) from error
    says = tuple(one for (_, table, constants), members in groups.items() for one in _says(table, constants, members))
    return Sheet("*", "", project.record.name, PLACE, says, Form(), "calendar", "") if says else None


def _says(table: str, constants: tuple[tuple[str, str], ...], members: list[tuple[ProjectField, Target]]
          ) -> Iterator[Says]:  # fmt: skip
    """The rows of a case table that the fields of one form state."""
    fields: dict[str, Field] = {}
    split = ""
    for field, target in members:
        column = _column(field, target)
        known = fields.get(target.column)
        meant = {**(known.values if known else {}), **_codes(field, target)}
        fields[target.column] = Field(target.column, (*(known.columns if known else ()), column), unit=target.unit,
                                      values=meant)  # fmt: skip
        if field.type == "checkbox" and column == field.name and table != "disease_status":
            split = column
    fixed = tuple(Field(name, constant=value) for name, value in constants)
    yield Says(table, (*fields.values(), *fixed), split=split)
    for field, target in members:
        if target.none:
            rest = tuple(one for one in fixed if one.name != "status")
            yield Says(table, (Field("status", constant=target.none), *rest), when=((field.name, frozenset({"none"})),))


def _codes(field: ProjectField, target: Target) -> dict[str, str | None]:
    """The choices of a field that are codes of its column: "unknown" is then an answer and no want of one."""
    listed = TABLES[target.table].index[target.column].codes
    own = field.type in LISTED and listed and _own(field, [listed])
    return {code.lower(): code for code in field.choices} if own else {}


def _column(field: ProjectField, target: Target) -> str:
    """The column to read: a box that is a yes or no of its own, else the field with all that is ticked."""
    flag = TABLES[target.table].index[target.column].kind == "flag"
    return field.columns[0] if field.type == "checkbox" and flag else field.name


def number_codes(sheet: Sheet) -> dict[str, frozenset[str]]:
    """Of each field the usual numbers for no value that nothing it fills can be: -99 mitoses, 999 for a date."""
    told: dict[str, list[tuple[str, Field]]] = {}
    for says in sheet.says:
        for one in says.fields:
            for column in one.columns:
                told.setdefault(column, []).append((says.table, one))
    usual = answers("redcap_missing.csv", "number")
    return {column: frozenset(text for text in usual
                              if all(_cannot_be(int(text), table, one, sheet) for table, one in filled))
            for column, filled in told.items()}  # fmt: skip


def _cannot_be(value: int, table: str, one: Field, sheet: Sheet) -> bool:
    """Whether a number is outside of all that a field of a case table can hold."""
    column = TABLES[table].index[one.name]
    if str(value) in one.values:
        return False
    if column.kind == "day":
        counted = bool(one.after) or sheet.axis != "calendar"
        return (
            value < 0 and bool(one.after) if counted else value < 0 or not (sheet.form.serials or value > _FIRST_YEAR)
        )
    low, high = column.low, column.high
    scaled = one.unit or one.unit_column
    return (low is not None and value < low) or (high is not None and value > high and not scaled)


def mapped(project: Project, mapping: Path, file: Path, name: str) -> Sheet | None:
    """How a mapping says that the export is read; None where it does not speak of it.

    Raises
    ------
    FileRefused
        `LM-F016`: it names a column that no export of the project has; `LM-F021`: it cannot be read.
    """
    sheet = next((one for one in read_mapping(mapping)
                  if fnmatch(file.name, one.file) or fnmatch(name, one.file)), None)  # fmt: skip
    if sheet is None:
        return None
    known = {*project.columns, *project.index, *KEYS, "redcap_data_access_group", "redcap_survey_identifier", PLACE}
    if lacking := sorted(sheet.columns - known):
        raise refuse("LM-F016", name, row=1, column=lacking[0], detail="The mapping names it; the project has none.")
    return replace(sheet, record=sheet.record or PLACE)


def code_book(project: Project, sheet: Sheet) -> dict[tuple[str, str], str]:
    """Labels by column and code, where the code is not itself one of the case tables'; of boxes codes by label."""
    filled: dict[str, set[str]] = {}
    for says in sheet.says:
        for one in says.fields:
            column = TABLES[says.table].index[one.name]
            for named in one.columns:
                if column.kind not in {"integer", "number"}:  # "1, mild" is the number 1
                    filled.setdefault(named, set()).add(column.codes if column.kind == "code" else "")
    found: dict[tuple[str, str], str] = {}
    for name, lists in filled.items():
        field = project.index.get(name)
        if field is not None and field.type in LISTED and field.type not in {"yesno", "truefalse"}:
            found |= (
                {} if _own(field, lists) else {(name, code.lower()): label for code, label in field.choices.items()}
            )
        elif field is not None and field.type == "checkbox" and _own(field, lists):
            # the only box that is ticked is a code and no words
            found |= {(name, label.lower()): code for code, label in field.choices.items()}
    return found


def _own(field: ProjectField, lists: Iterable[str]) -> bool:
    """Whether the choices of a field are codes of the case tables."""
    return all(listed and set(field.choices) <= set(codes(listed)) for listed in lists)
