"""The CSV files from which the mCODE Extraction Framework makes FHIR, read as the resources that they become.

Each kind of file is known by its columns; what its row becomes is a template in `fhir_csv.json`. So a centre's CSV and
the bundle made of it say the same, by the same rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources as packaged
from pathlib import Path
from typing import Any

from leiomyo.errors import Problem
from leiomyo.sources.base import InputFile
from leiomyo.sources.fhir_json import Raw
from leiomyo.sources.tabular_mapping import Form
from leiomyo.sources.tabular_rows import SheetRow, open_sheet

#: How the kinds of such files are told from those of others.
CSV = "csv "
_PATIENT = "mrn"
_FIELD = re.compile(r"\{(\w+)\}")
#: Of a row of staging: the profile and code of each of its columns.
_STAGING = {
    "stagegroup": ("mcode-cancer-stage-group", {"clinical": "21908-9", "pathologic": "21902-2"}),
    "t": ("mcode-tnm-primary-tumor-category", {"clinical": "21905-5", "pathologic": "21899-0"}),
    "n": ("mcode-tnm-regional-nodes-category", {"clinical": "21906-3", "pathologic": "21900-6"}),
    "m": ("mcode-tnm-distant-metastases-category", {"clinical": "21907-1", "pathologic": "21901-4"}),
}
#: The framework takes such a date as month, day, year, and writes it into its bundles so (mcode_extraction/bundles).
_MONTH_FIRST = re.compile(r"(\d{2})[-/](\d{2})[-/](\d{4})")
_HEAD = 4096


@cache
def _kinds() -> dict[str, Any]:
    text = packaged.files("leiomyo.sources").joinpath("fhir_csv.json").read_text(encoding="utf-8")
    kinds: dict[str, Any] = json.loads(text)
    return kinds


def kind_of(path: Path) -> str:
    """Which of the framework's files this is, by its columns; empty for any other file."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return ""
    try:
        with path.open("rb") as stream:
            first = stream.read(_HEAD).removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
        names = {name.strip().strip('"').lower() for name in first.decode("utf-8").split(",")}
    except (OSError, UnicodeDecodeError):
        return ""
    if _PATIENT not in names:
        return ""
    for kind, told in _kinds().items():
        if names.issuperset(told["needs"]) and (kind != "patients" or names == {_PATIENT}):
            return str(kind)
    return ""


def rows(file: InputFile) -> Iterator[tuple[SheetRow, list[Raw] | Problem]]:
    """Each row with the resources that it becomes, or what is wrong with it."""
    names, found = open_sheet(file.path, file.name, "", Form())
    columns = [name.lower() for name in names]
    for row in found:
        if row.problem:
            yield row, row.problem
        elif len(row.cells) != len(columns):
            expected = f"{len(columns)} columns"
            yield row, Problem("LM-D003", file.name, row.number, found=f"{len(row.cells)} columns", expected=expected)
        else:
            cells = {name: _MONTH_FIRST.sub(r"\3-\1-\2", cell) if _MONTH_FIRST.fullmatch(cell) else cell
                     for name, cell in zip(columns, row.cells, strict=True)}  # fmt: skip
            if not cells.get(_PATIENT):
                yield row, Problem("LM-D004", file.name, row.number, "mrn")
            else:
                made = _resources(file.kind.removeprefix(CSV), cells)
                yield row, [Raw(row.number, 0, json.dumps(one).encode()) for one in made]


def _resources(kind: str, cells: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The resources of a row; members whose cells are empty are absent."""
    told = _kinds()[kind]
    if "several" not in told:
        yield _filled(told["resource"], cells)
        return
    basis = "pathologic" if cells.get("type", "").lower().startswith("path") else "clinical"
    for part in told["several"]:
        if cells.get(part):
            profile, codes = _STAGING[part]
            more = {"part": part, "value": cells[part], "profile": profile, "loinc": codes[basis]}
            yield _filled(told["resource"], {**cells, **more})


def _filled(template: Any, cells: Mapping[str, str]) -> Any:
    """The template with the cells in their places; what would be empty is left out, up to the whole member."""
    if isinstance(template, dict):
        made = {name: _filled(value, cells) for name, value in template.items()}
        kept = {name: value for name, value in made.items() if value not in (None, "", [], {})}
        return kept if kept.keys() - {"system", "url"} else {}  # an address alone says nothing
    if isinstance(template, list):
        return [value for one in template if (value := _filled(one, cells)) not in (None, "", [], {})]
    if isinstance(template, str) and "{" in template:
        told = any(cells.get(name) for name in _FIELD.findall(template))
        return _FIELD.sub(lambda found: cells.get(found[1], ""), template) if told else ""
    return template
