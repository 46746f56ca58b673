"""A REDCap data dictionary for leiomyosarcoma, so that a centre without records can begin to capture them.

Its field annotations say which column of the case tables each field fills; what REDCap then exports is read back with
no mapping. The forms stand in `redcap_forms.csv`, the fields in `redcap_fields.csv`; answers come from the code lists.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from leiomyo.model.codes import codes

#: The eighteen columns of a data dictionary, in REDCap's order.
COLUMNS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
#: REDCap's own dates are whole days; a day of which the month or the year alone is known has to fit in as well.
_DATE_NOTE = "YYYY-MM-DD; YYYY-MM or YYYY where no more is known"
DICTIONARY, INSTRUMENTS, READ_ME = "leiomyosarcoma_DataDictionary.csv", "instruments.csv", "README.txt"


@cache
def rows(file: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file beside this one."""
    text = resources.files("leiomyo.exports").joinpath(file).read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


def choices(listed: str) -> list[tuple[str, str]]:
    """Codes and labels of a field: of a code list, of some of its codes, or of a set that only the forms have.

    Examples
    --------
    >>> choices("list:sex")[0], choices("list:follow_up_status:NED lost")[1], choices("set:spread")[1]
    (('female', 'Female'), ('lost', 'Lost to follow-up'), ('no_metastasis', 'No'))
    """
    kind, _, rest = listed.partition(":")
    if kind == "set":
        return [(row["code"], row["label"]) for row in rows("redcap_choices.csv") if row["set"] == rest]
    name, _, some = rest.partition(":")
    wanted, without = set(some.split()), some.removeprefix("-")
    return [(code, row["label"]) for code, row in codes(name).items()
            if not some or (code != without if some.startswith("-") else code in wanted)]  # fmt: skip


def dictionary() -> list[dict[str, str]]:
    """The rows of the data dictionary, by REDCap's column names."""
    return [_row(field) for field in rows("redcap_fields.csv")]


def _row(field: dict[str, str]) -> dict[str, str]:
    listed = " | ".join(f"{code}, {label}" for code, label in choices(field["choices"])) if field["choices"] else ""
    told = field["target"]
    tag = f"'{told}'" if set(told) & set(",; ") else told
    filled = {
        "Variable / Field Name": field["name"], "Form Name": field["form"], "Field Type": field["type"],
        "Field Label": field["label"], "Choices, Calculations, OR Slider Labels": listed,
        "Field Note": _DATE_NOTE if field["note"] == "DATE" else field["note"],
        "Text Validation Type OR Show Slider Number": field["validation"], "Text Validation Min": field["low"],
        "Text Validation Max": field["high"], "Identifier?": field["identifier"],
        "Branching Logic (Show field only if...)": field["branching"],
        "Field Annotation": f"@LEIOMYO={tag}" if told else "",
    }  # fmt: skip
    return {column: filled.get(column, "") for column in COLUMNS}


def write_dictionary(folder: Path) -> dict[str, int]:
    """Write the data dictionary, which forms are to repeat, and how to begin; nothing is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DICTIONARY).write_text(csv_of(COLUMNS, dictionary()), encoding="utf-8")
    forms = [{"form_name": form["form"], "repeating": form["repeats"], "holds": form["holds"]}
             for form in rows("redcap_forms.csv")]  # fmt: skip
    (folder / INSTRUMENTS).write_text(csv_of(("form_name", "repeating", "holds"), forms), encoding="utf-8")
    text = resources.files("leiomyo.exports").joinpath("redcap_readme.txt").read_text(encoding="utf-8")
    several = ", ".join(form["form_name"] for form in forms if form["repeating"] == "yes")
    (folder / READ_ME).write_text(text.format(dictionary=DICTIONARY, repeating=several), encoding="utf-8")
    return {}


def csv_of(columns: Sequence[str], told: Iterable[dict[str, str]]) -> str:
    """Rows as CSV; all of it is our own text, of which the annotations begin with @."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(told)
    return stream.getvalue()
