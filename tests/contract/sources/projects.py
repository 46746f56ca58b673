"""Small REDCap projects for tests: a dictionary, records as REDCap exports them, and the project's XML."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from leiomyo.exports.redcap_dictionary import COLUMNS
from leiomyo.registry import Registry

Fields = Sequence[Mapping[str, str]]
#: Short names for the dictionary's columns.
_SHORT = {"name": COLUMNS[0], "form": COLUMNS[1], "type": COLUMNS[3], "label": COLUMNS[4], "choices": COLUMNS[5],
          "validation": COLUMNS[7], "annotation": COLUMNS[17]}  # fmt: skip


def table(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """A CSV file as REDCap writes it."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def field(name: str, form: str = "form_1", type: str = "text", *, says: str = "", **more: str) -> dict[str, str]:
    """One row of a dictionary; `says` is what it fills."""
    tag = {"annotation": f"@LEIOMYO='{says}'"} if says else {}
    return {_SHORT[key]: value for key, value in
            {"name": name, "form": form, "type": type, "label": name.replace("_", " ").title(), **tag, **more}.items()}  # fmt: skip


def dictionary(*fields: Mapping[str, str]) -> str:
    """A data dictionary."""
    return table(COLUMNS, fields)


def ingest(folder: Path, files: Mapping[str, str]) -> Registry:
    """A registry of a folder with these files; every row of it is accounted for."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    registry = Registry()
    result = registry.ingest(folder)
    assert result.status == "new", [str(problem) for problem in result.problems]
    assert all(file["rows"] == file["kept"] + file["superseded"] + file["quarantined"] for file in result.files)
    return registry


def codes(registry: Registry) -> list[str]:
    """The problems met, without what is only said of a file or of a patient without a tumour."""
    return sorted(problem.code for problem in registry.problems()
                  if problem.severity != "info" and problem.code != "LM-R001")  # fmt: skip


def odm(fields: Fields, records: Mapping[str, Sequence[tuple[str, str, Mapping[str, str]]]], *, missing: str = "",
        before: str = "", repeating: Sequence[str] = ()) -> str:  # fmt: skip
    """A project's XML; of each record its forms: name, repeat key, values."""
    told = [{short: one.get(column, "") for short, column in _SHORT.items()} for one in fields]
    forms = list(dict.fromkeys(one["form"] for one in told))
    parts = ['<?xml version="1.0" encoding="UTF-8" ?>', before,
             '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org" ODMVersion="1.3.1">',
             '<Study OID="Project.Made"><GlobalVariables><StudyName>Made</StudyName>',
             f"<redcap:MissingDataCodes>{missing}</redcap:MissingDataCodes>"]  # fmt: skip
    parts += [f'<redcap:RepeatingInstrument redcap:UniqueEventName="event_1_arm_1" redcap:RepeatInstrument="{form}"/>'
              for form in repeating]  # fmt: skip
    parts += ["</GlobalVariables>", f'<MetaDataVersion OID="M" Name="Made" redcap:RecordIdField="{told[0]["name"]}">']
    for form in forms:
        parts += [f'<FormDef OID="Form.{form}" Name="{form}" Repeating="No" redcap:FormName="{form}">'
                  f'<ItemGroupRef ItemGroupOID="{form}.all"/></FormDef>']  # fmt: skip
    for form in forms:
        refs = "".join(f'<ItemRef ItemOID="{one["name"]}" redcap:Variable="{one["name"]}"/>'
                       for one in told if one["form"] == form)  # fmt: skip
        parts += [f'<ItemGroupDef OID="{form}.all" Name="{form}">{refs}</ItemGroupDef>']
    for one in told:
        parts += _item(one)
    parts += ["</MetaDataVersion></Study>", '<ClinicalData StudyOID="Project.Made" MetaDataVersionOID="M">']
    for record, shown in records.items():
        parts += [f'<SubjectData SubjectKey="{record}" redcap:RecordIdField="{told[0]["name"]}">']
        for form, key, values in shown:
            data = "".join(
                f"<ItemData ItemOID={quoteattr(name)} Value={quoteattr(value)}/>" for name, value in values.items()
            )
            parts += [
                f'<FormData FormOID="Form.{form}" FormRepeatKey="{key}"><ItemGroupData>{data}</ItemGroupData></FormData>'
            ]
        parts += ["</SubjectData>"]
    return "\n".join([*filter(None, parts), "</ClinicalData></ODM>"]) + "\n"


def _item(one: Mapping[str, str]) -> list[str]:
    kind = {"dropdown": "select", "notes": "textarea"}.get(one["type"], one["type"])
    listed = [part.strip().partition(",")[::2] for part in one["choices"].split("|") if part.strip()]
    names = [f"{one['name']}___{code}" for code, _ in listed] if kind == "checkbox" else [one["name"]]
    found = []
    for name in names:
        found.append(f'<ItemDef OID="{name}" Name="{name}" DataType="text" redcap:Variable="{one["name"]}" '
                     f'redcap:FieldType="{kind}" redcap:TextValidationType="{one["validation"]}" '
                     f"redcap:FieldAnnotation={quoteattr(one['annotation'])}><Question><TranslatedText>{one['label']}"
                     f'</TranslatedText></Question><CodeListRef CodeListOID="{name}.choices"/></ItemDef>')  # fmt: skip
        boxes = f" redcap:CheckboxChoices={quoteattr(one['choices'])}" if kind == "checkbox" else ""
        items = "".join(f'<CodeListItem CodedValue="{code}"><Decode><TranslatedText>{label.strip()}</TranslatedText></Decode>'
                        "</CodeListItem>" for code, label in listed)  # fmt: skip
        found.append(
            f'<CodeList OID="{name}.choices" Name="{name}" redcap:Variable="{one["name"]}"{boxes}>{items}</CodeList>'
        )
    return found
