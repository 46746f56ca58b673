"""The XML of a REDCap project (CDISC ODM): its fields as a dictionary has them, and its records as an export has them.

Read as a stream. REDCap writes no document type; one that is there could declare entities that unpack without end or
fetch other files, so it is refused before anything of it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from leiomyo.sources.files import refuse
from leiomyo.sources.redcap_project import Project, ProjectField, choices_of, made_field
from leiomyo.sources.tabular_rows import SheetRow

#: A project's text that is needed is short; whatever is longer (an instruction, a picture) is cut here.
_LONGEST = 1 << 16
_READ = 1 << 16
#: The columns that lead every export's row.
KEYS = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
#: One row's event, instrument and instance.
_Place = tuple[str, str, str]
Attributes = dict[str, str]


def is_odm(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a REDCap project's XML."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"<?xml", b"<ODM", b"<!DOCTYPE")) and b"<ODM" in head and b"projectredcap.org" in head


def read_project(path: Path, name: str) -> Project:
    """The project that the XML describes.

    Raises
    ------
    FileRefused
        `LM-F027`: the XML is damaged, declares entities, or describes no field.
    """
    told = _Described(name)
    _parse(path, name, told.start, told.text, told.end)
    return told.project(path)


def has_records(path: Path, name: str) -> bool:
    """Whether the XML holds records beside the project's description."""
    return next(odm_rows(path, name, ()), None) is not None


def odm_rows(path: Path, name: str, columns: tuple[str, ...], repeating: frozenset[tuple[str, str]] = frozenset()
             ) -> Iterator[SheetRow]:  # fmt: skip
    """The records as rows of an export with these columns, behind the record's name and its three keys."""
    found: list[SheetRow] = []
    told = _Records(columns, repeating, found.append)
    for _ in _pieces(path, name, told.start, None, told.end):
        yield from found
        found.clear()


# --- The stream -------------------------------------------------------------------------------------------


def _parse(path: Path, name: str, start: Callable[..., None], text: Callable[[str], None], end: Callable[[str], None]
           ) -> None:  # fmt: skip
    for _ in _pieces(path, name, start, text, end):
        pass


def _pieces(path: Path, name: str, start: Callable[..., None], text: Callable[[str], None] | None,
            end: Callable[[str], None]) -> Iterator[None]:  # fmt: skip
    """Parse piece by piece; after each there may be something to hand on."""
    parser = expat.ParserCreate()

    def refused(*_: object) -> None:
        detail = "It declares a document type or entities, which REDCap never does."
        raise refuse("LM-F027", name, row=parser.CurrentLineNumber, detail=detail)

    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    parser.StartElementHandler = lambda tag, found: start(tag, found, parser.CurrentLineNumber)
    parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        with path.open("rb") as stream:
            yield from _fed(parser, stream)
    except expat.ExpatError as error:
        detail = f"It is no XML from line {error.lineno} on ({expat.errors.messages.get(error.code, 'damaged')})."
        raise refuse("LM-F027", name, row=error.lineno, detail=detail) from error
    except OSError as error:
        raise refuse("LM-F010", name, detail=f"{error.strerror}.") from error


def _fed(parser: expat.XMLParserType, stream: BinaryIO) -> Iterator[None]:
    while piece := stream.read(_READ):
        parser.Parse(piece, False)
        yield
    parser.Parse(b"", True)
    yield


# --- The project ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Item:
    """One `ItemDef` in the making."""

    variable: str
    type: str
    validation: str
    annotation: str
    choices: str = ""
    label: str = ""


class _Described:
    """Gathers what the XML says of the project."""

    def __init__(self, name: str) -> None:
        self.file = name
        self.items: dict[str, _Item] = {}
        self.form_of_group: dict[str, str] = {}
        self.groups: dict[str, list[str]] = {}
        self.lists: dict[str, list[tuple[str, str]]] = {}
        self.list_of: dict[str, str] = {}
        self.events: set[str] = set()
        self.repeating: set[tuple[str, str]] = set()
        self.study, self.missing, self.record = "", "", ""
        self._form, self._group, self._item, self._list, self._code = "", "", "", "", ""
        self._wanted = ""
        self._text: list[str] = []

    def start(self, tag: str, found: Attributes, _line: int) -> None:
        """An element begins."""
        self._text = []
        if tag == "FormDef":
            self._form = found.get("redcap:FormName", found.get("OID", "").removeprefix("Form."))
        elif tag == "ItemGroupRef":
            self.form_of_group.setdefault(found.get("ItemGroupOID", ""), self._form)
        elif tag == "ItemGroupDef":
            self._group = found.get("OID", "")
        elif tag == "ItemRef":
            self.groups.setdefault(self._group, []).append(found.get("redcap:Variable", found.get("ItemOID", "")))
        elif tag == "ItemDef":
            self._begin_item(found)
        elif tag == "CodeListRef":
            self.list_of.setdefault(self._item, found.get("CodeListOID", ""))
        elif tag == "CodeList":
            self._begin_list(found)
        elif tag == "CodeListItem":
            self._code = found.get("CodedValue", "")
        elif tag == "MetaDataVersion":
            self.record = found.get("redcap:RecordIdField", "")
        else:
            self._place(tag, found)

    def _place(self, tag: str, found: Attributes) -> None:
        event = found.get("redcap:UniqueEventName", "")
        if tag == "StudyEventDef":
            self.events.add(event)
        elif tag == "redcap:RepeatingInstrument":
            self.repeating.add((event, found.get("redcap:RepeatInstrument", "")))
        elif tag == "redcap:RepeatingEvent":
            self.repeating.add((event, ""))

    def _begin_item(self, found: Attributes) -> None:
        self._item = found.get("redcap:Variable", found.get("OID", ""))
        self.items.setdefault(self._item, _Item(
            self._item, found.get("redcap:FieldType", ""), found.get("redcap:TextValidationType", ""),
            found.get("redcap:FieldAnnotation", "")))  # fmt: skip

    def _begin_list(self, found: Attributes) -> None:
        self._list = found.get("OID", "")
        boxes = found.get("redcap:CheckboxChoices", "")
        item = self.items.get(found.get("redcap:Variable", ""))
        if boxes and item is not None:
            item.choices = boxes

    def text(self, text: str) -> None:
        """Characters between two tags."""
        if sum(map(len, self._text)) < _LONGEST:
            self._text.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        text = "".join(self._text).strip()
        if tag == "TranslatedText" and self._list:
            self.lists.setdefault(self._list, []).append((self._code, " ".join(text.split())))
        elif tag == "TranslatedText" and self._item in self.items:
            self.items[self._item].label = self.items[self._item].label or text
        elif tag == "StudyName":
            self.study = text
        elif tag == "redcap:MissingDataCodes":
            self.missing = text
        elif tag == "CodeList":
            self._list = ""
        self._text = []

    def project(self, path: Path) -> Project:
        """The project, once all is read."""
        fields = list(self._fields())
        if not fields:
            raise refuse("LM-F027", self.file, detail="It describes no field.")
        fields.sort(key=lambda one: one.name != self.record)
        return Project(path, tuple(fields), self.study, dict(choices_of(self.missing)), frozenset(self.events - {""}),
                       frozenset(self.repeating))  # fmt: skip

    def _fields(self) -> Iterator[ProjectField]:
        seen: set[str] = set()
        for group, variables in self.groups.items():
            form = self.form_of_group.get(group, "")
            for variable in variables:
                item = self.items.get(variable)
                own = variable == f"{form}_complete" or (item is not None and not item.type)
                if item is None or own or variable in seen or not form:
                    continue
                seen.add(variable)
                listed = choices_of(item.choices) if item.type == "checkbox" else self._listed(variable)
                try:
                    yield made_field(variable, form, item.type, item.label, listed, validation=item.validation,
                                     annotation=item.annotation)  # fmt: skip
                except ValueError as error:
                    raise refuse("LM-F027", self.file, column=variable, detail=str(error)) from error

    def _listed(self, variable: str) -> list[tuple[str, str]]:
        return self.lists.get(self.list_of.get(variable, ""), [])


# --- The records ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Row:
    """One row in the making."""

    line: int
    values: dict[str, str] = field(default_factory=dict)


class _Records:
    """Gathers the rows of one record after the other."""

    def __init__(self, columns: tuple[str, ...], repeating: frozenset[tuple[str, str]],
                 found: Callable[[SheetRow], None]) -> None:  # fmt: skip
        self.columns = columns
        self.repeating = repeating
        self.found = found
        self.record = ""
        self.rows: dict[_Place, _Row] = {}
        self.place: _Place = ("", "", "")
        self.event, self.event_repeat = "", ""
        self.last = 0
        self._line = 0

    def start(self, tag: str, found: Attributes, line: int) -> None:
        """An element begins."""
        if tag == "SubjectData":
            self.record, self.rows, self.event, self.event_repeat = found.get("SubjectKey", ""), {}, "", ""
            self._line = line
        elif tag == "StudyEventData":
            self.event, self.event_repeat = (
                found.get("redcap:UniqueEventName", ""),
                found.get("StudyEventRepeatKey", ""),
            )
        elif tag == "FormData":
            self.place = self._at(found.get("FormOID", "").removeprefix("Form."), found.get("FormRepeatKey", ""))
            self.rows.setdefault(self.place, _Row(line))
        elif tag == "ItemData" and self.rows:
            self.rows[self.place].values[found.get("ItemOID", "")] = found.get("Value", "")

    def _at(self, form: str, repeat: str) -> _Place:
        """Where a form's values stand: on a row of its own where the form, or its event, repeats."""
        known = any(one == form and (not self.event or event in {self.event, ""}) for event, one in self.repeating)
        if known or repeat not in {"", "1"}:
            return self.event, form, repeat or "1"
        if (self.event, "") in self.repeating or self.event_repeat not in {"", "1"}:
            return self.event, "", self.event_repeat or "1"
        return self.event, "", ""

    def end(self, tag: str) -> None:
        """An element ends; with the record, its rows are handed on."""
        if tag == "StudyEventData":
            self.event, self.event_repeat = "", ""
        if tag != "SubjectData":
            return
        for place, row in self.rows.items() or [(("", "", ""), _Row(self._line))]:
            self.last = max(row.line, self.last + 1)
            cells = (self.record, *place, *(row.values.get(column, "").strip() for column in self.columns))
            raw = "\t".join(
                filter(None, (self.record, *place, *(f"{key}={value}" for key, value in row.values.items())))
            )
            self.found(SheetRow(self.last, raw, cells))
