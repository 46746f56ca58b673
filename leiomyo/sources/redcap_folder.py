"""What the files of one folder are to a REDCap project: its dictionary, its records, or something beside them.

A folder holds one project. Its records may stand in several files (a form each, say); where two files tell the same
form of the same record, one that says nothing of its own is left aside, and one that says otherwise is refused: which
of the two is newer, no file tells.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from leiomyo.errors import Problem
from leiomyo.sources.base import FileRefused
from leiomyo.sources.files import refuse
from leiomyo.sources.redcap_odm import has_records, is_odm, read_project
from leiomyo.sources.redcap_project import Project, dictionary_sign, differences, first_line, read_dictionary
from leiomyo.sources.redcap_records import Layout, csv_layout, odm_layout, writes_labels
from leiomyo.sources.redcap_rows import Place, RowReader

_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".xml", ""})
#: What REDCap gives beside records, and what lies beside our own dictionary: the first two columns of each.
_BESIDE = frozenset({
    ("arm_num", "name"), ("event_name", "arm_num"), ("arm_num", "unique_event_name"), ("unique_event_name", "arm_num"),
    ("instrument_name", "instrument_label"), ("form_name", "custom_form_label"), ("event_name", "form_name"),
    ("original_field_name", "choice_value"), ("form_name", "repeating"), ("A REDCap project for leiomyosarcoma",),
})  # fmt: skip
_HEAD = 1 << 13


@dataclass(frozen=True, slots=True)
class Export:
    """A file with records: where its columns are what, whether it holds labels, what its centre is called."""

    layout: Layout
    labels: bool
    centre: str


@dataclass(slots=True)
class Folder:
    """What was found: exports and what is said of the other files, by path."""

    exports: dict[Path, Export] = field(default_factory=dict)
    problems: dict[Path, Problem] = field(default_factory=dict)


@dataclass(slots=True)
class _Survey:
    """A folder while it is looked at."""

    projects: list[Project] = field(default_factory=list)
    described: list[tuple[Path, Project]] = field(default_factory=list)
    beside: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)


def survey(folder: Path) -> Folder:
    """What each file of a folder is to a REDCap project; the files that are nothing to one are not spoken of."""
    found = Folder()
    seen = _Survey()
    for path in _files(folder):
        with _Told(found, path):
            _first_look(path, seen)
    layouts = [*_in_csv(seen, found), *_in_xml(seen, found)]
    for path in seen.beside if seen.projects else ():
        found.problems[path] = refuse("LM-F017", "").problem
    for project in seen.projects:
        if all(layout.path != project.file for layout in layouts) and project.file not in found.problems:
            found.problems[project.file] = refuse("LM-F017", "").problem
    _ready(layouts, folder, found)
    return found


class _Told:
    """Keeps what a file was refused for, so that the others are looked at all the same."""

    def __init__(self, found: Folder, path: Path) -> None:
        self.found = found
        self.path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """A refusal is kept, anything else goes on."""
        if isinstance(error, FileRefused):
            self.found.problems[self.path] = error.problem
        return isinstance(error, FileRefused)


def _files(folder: Path) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return
    for path in paths:
        try:
            if path.suffix.lower() in _ENDINGS and stat.S_ISREG(path.lstat().st_mode):
                yield path
        except OSError:
            continue


def _first_look(path: Path, seen: _Survey) -> None:
    """Sort a file by its first bytes; what cannot be read is another format's to tell of."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return
    if is_odm(head):
        project = read_project(path, path.name)
        seen.projects.append(project)
        if has_records(path, path.name):
            seen.described.append((path, project))
        return
    if b"," not in head and b";" not in head and b"\t" not in head and b"|" not in head and b"^" not in head:
        return
    try:
        header = first_line(path, path.name)
    except FileRefused:
        return
    if sign := dictionary_sign(header):
        seen.projects.append(read_dictionary(path, path.name, sign))
    elif tuple(cell.strip().strip('"') for cell in header.split(",")[:2]) in _BESIDE:
        seen.beside.append(path)
    else:
        seen.others.append(path)


# --- Records and their project ----------------------------------------------------------------------------


def _in_csv(seen: _Survey, found: Folder) -> Iterator[Layout]:
    """The record exports in CSV, each with the dictionary that knows the most of its columns."""
    chosen: Project | None = None
    for path in seen.others:
        with _Told(found, path):
            layout = _best(path, seen.projects)
            if layout is None:
                if _looks_like_redcap(path):
                    raise refuse("LM-F025", path.name)
                continue
            if chosen is not None and layout.project is not chosen:
                detail = f"It goes with {layout.project.file.name}, another export with {chosen.file.name}."
                raise refuse("LM-F019", path.name, detail=detail)
            chosen = layout.project
            yield layout


def _best(path: Path, projects: list[Project]) -> Layout | None:
    layouts = [layout for project in projects if (layout := csv_layout(path, path.name, project))]
    if not layouts:
        return None
    most = max(sum(map(bool, layout.columns)) for layout in layouts)
    fitting = [layout for layout in layouts if sum(map(bool, layout.columns)) == most]
    # the XML says more of the project than its dictionary: codes for no value, what repeats, the events
    fitting.sort(key=lambda layout: not layout.project.name)
    for other in fitting[1:]:
        if field := next(differences(fitting[0].project, other.project, fitting[0].columns), ""):
            both = f"{fitting[0].project.file.name} and {other.project.file.name}"
            raise refuse("LM-F028", path.name, column=field, detail=f"{both} do not describe the field alike.")
    return fitting[0]


def _looks_like_redcap(path: Path) -> bool:
    """Whether the columns are those that REDCap adds; an export ends with the status of its last form."""
    cells = [cell.strip().strip('"') for cell in first_line(path, path.name).replace(";", ",").split(",")]
    marks = ("redcap_event_name", "redcap_repeat_", "redcap_data_access", "redcap_survey_")
    return len(cells) > 1 and (cells[-1].endswith("_complete") or any(cell.startswith(marks) for cell in cells))


def _in_xml(seen: _Survey, found: Folder) -> Iterator[Layout]:
    for path, project in seen.described:
        with _Told(found, path):
            yield odm_layout(path, project)


def _ready(layouts: list[Layout], folder: Path, found: Folder) -> None:
    """Each export with what its columns hold; of two that tell the same, the one that tells more."""
    exports: list[Export] = []
    in_csv = [layout for layout in layouts if layout.sign]
    for layout in layouts:
        with _Told(found, layout.path):
            labels = bool(layout.sign) and writes_labels(layout, layout.path.name)
            one = in_csv[0] if in_csv else None
            own = layout.sign or one is None or not _same(one, layout)
            centre = layout.project.name if not layout.sign and own else ""
            exports.append(Export(layout, labels, centre or folder.resolve().name))
    by_centre: dict[str, list[Export]] = {}
    for export in exports:
        by_centre.setdefault(export.centre, []).append(export)
    for together in by_centre.values():
        for export in _compared(together, found):
            found.exports[export.layout.path] = export


def _same(one: Layout, other: Layout) -> bool:
    """Whether an XML is of the project that an export in CSV is of."""
    if one.project.record.name != other.project.record.name:
        return False
    return all(not column or column.startswith("redcap_") or column in other.project.columns for column in one.columns)


# --- Two files that tell the same -------------------------------------------------------------------------

_Cells = dict[str, str]


def _compared(exports: list[Export], found: Folder) -> Iterator[Export]:
    if len(exports) == 1:
        yield from exports
        return
    told = sorted(((export, _told(export)) for export in exports),
                  key=lambda pair: (-sum(map(len, pair[1].values())), pair[0].layout.path.name))  # fmt: skip
    kept: list[tuple[Export, dict[Place, _Cells]]] = []
    for export, cells in told:
        with _Told(found, export.layout.path):
            name = export.layout.path.name
            for other, others in kept:
                _refuse_otherwise(name, cells, other.layout.path.name, others)
            same = [other.layout.path.name for other, others in kept if _adds_nothing(cells, others)]
            if same:
                found.problems[export.layout.path] = replace(
                    refuse("LM-F017", name).problem, detail=f"All that it says stands in {same[0]}.")  # fmt: skip
                continue
            kept.append((export, cells))
            yield export


def _told(export: Export) -> dict[Place, _Cells]:
    """All that a file says, as codes and plain values; a 0 of a box or a status may stand for nothing."""
    reader = RowReader(export.layout, labels=export.labels)
    files = {one.name for one in export.layout.project.fields if one.type == "file"}
    found: dict[Place, _Cells] = {}
    for row in export.layout.rows(export.layout.path.name):
        if row.problem or len(row.cells) != len(export.layout.columns):
            continue
        said = reader.read(row)
        found.setdefault(said.place, {}).update(
            (column, " ".join(text.split())) for column, text in said.cells.items()
            if column not in files and not column.startswith("redcap_")
            and not (text == "0" and ("___" in column or column.endswith("_complete"))))  # fmt: skip
    return found


def _refuse_otherwise(name: str, cells: dict[Place, _Cells], other: str, others: dict[Place, _Cells]) -> None:
    for place, said in cells.items():
        for column, text in said.items():
            if others.get(place, {}).get(column, text) != text:
                raise refuse("LM-F028", name, column=column, detail=f"{other} says otherwise of the same record.")


def _adds_nothing(cells: dict[Place, _Cells], others: dict[Place, _Cells]) -> bool:
    return all(place in others and said.keys() <= others[place].keys() for place, said in cells.items())
