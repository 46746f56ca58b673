"""Every public REDCap project, read to the right result or refused for the right reason.

`expected/redcap.csv` holds, for each project, how it was taken, people, rows by file and problems by code. Records and
boxes are counted a second time here, from the text alone; what no annotation says is read by mappings.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path

import pytest

from leiomyo.registry import Registry
from leiomyo.sources.redcap_folder import survey
from leiomyo.sources.redcap_project import Project
from leiomyo.sources.redcap_rows import RowReader

HERE = Path(__file__).parent
FIELDS = ["project", "item", "name", "n"]


def _expected() -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    with (HERE / "expected" / "redcap.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["project"], []).append((row["item"], row["name"], row["n"]))
    return found


def told(path: Path) -> list[tuple[str, str, str]]:
    """What a project gives, as the rows of the expected results."""
    with Registry() as held:
        result = held.ingest(path)
        found = [("status", result.status, "1"),
                 ("people", "", str(held.store.rows("SELECT count(*) FROM patient")[0][0]))]  # fmt: skip
        for file in result.files:
            assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]
            found += [
                ("rows", file["file"], str(file["rows"])),
                ("quarantined", file["file"], str(file["quarantined"])),
            ]
        problems = Counter(f"{problem.code} {problem.file}" for problem in result.problems)
        return sorted(found + [("problem", what, str(count)) for what, count in problems.items()])


def _paths(shared: Path) -> list[Path]:
    """Each project's folder, and each XML that stands alone."""
    return sorted([*(shared / "redcap_redcapr").iterdir(), *(shared / "redcap_pycap").iterdir()])


@pytest.mark.parametrize("project", _expected())
def test_a_project_is_read_to_what_was_expected(project: str, shared: Path) -> None:
    assert told(shared / project) == sorted(_expected()[project])


def test_no_project_is_left_out(shared: Path) -> None:
    assert [path.relative_to(shared).as_posix() for path in _paths(shared)] == sorted(_expected())


def accept(shared: Path) -> None:
    """Write the expected results anew, for review in the diff: `python -m tests.contract.sources.test_redcap_projects`."""
    with (HERE / "expected" / "redcap.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        for path in _paths(shared):
            writer.writerows([path.relative_to(shared).as_posix(), *row] for row in told(path))


def _text(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _said(path: Path) -> list[dict[str, str]]:
    """The cells of an export as they are understood, with the record's name."""
    export = survey(path.parent).exports[path]
    reader = RowReader(export.layout, labels=export.labels)
    return [reader.read(row).cells for row in export.layout.rows(path.name)]


@pytest.mark.parametrize(
    "project", ["blank-for-gray-status", "checkboxes-1", "clinical-trial-1", "dag", "multilevel-model-1",
                "nonnumeric-record-id", "repeating-instruments-sparse", "simple", "vignette-repeating"],
)  # fmt: skip
def test_people_and_rows_are_those_of_the_text(project: str, shared: Path) -> None:
    folder = shared / "redcap_redcapr" / project
    rows = _text(folder / "data.csv")
    record = next(iter(rows[0]))
    with Registry() as held:
        result = held.ingest(folder)
        assert result.files[0]["rows"] == len(rows)
        assert {row[0] for row in held.store.rows("SELECT patient FROM patient")} == {row[record] for row in rows}


def test_boxes_are_ticked_not_ticked_or_unknown(shared: Path) -> None:
    """The four records say themselves what should come of them; nobody opened the last one's form."""
    found = _said(shared / "redcap_redcapr" / "checkboxes-1" / "data.csv")
    assert [row.get("check_one") for row in found] == ["one", "none", "one; two; three; four", None]
    assert [row.get("check_two") for row in found] == ["A; C", "B; D", "none", None]
    assert [row.get("check_one___2") for row in found] == ["0", "0", "1", None]


def test_a_grey_form_shows_unticked_boxes_that_say_nothing(shared: Path) -> None:
    found = _said(shared / "redcap_redcapr" / "blank-for-gray-status" / "data.csv")
    assert [row.get("race___1") for row in found] == ["0", "0", "0", "0", "1", None]


def test_decimal_commas_are_read_by_the_field(shared: Path) -> None:
    [first, *_] = _said(shared / "redcap_redcapr" / "decimal-comma-and-dot" / "data.csv")
    assert [first[name] for name in ("height_dot", "height_comma", "weight_dot", "weight_comma")] == [
        "1.54", "1.54", "52.3", "52.3"]  # fmt: skip


def test_the_xml_of_a_project_says_what_its_dictionary_and_its_export_say(shared: Path, tmp_path: Path) -> None:
    for name in ("longitudinal", "repeating-instruments"):
        folder = shared / "redcap_redcapr" / name
        alone = tmp_path / name
        alone.mkdir()
        shutil.copy(folder / "project.xml", alone)
        beside = tmp_path / f"{name}-csv"
        beside.mkdir()
        for file in ("data.csv", "dictionary.csv"):
            shutil.copy(folder / file, beside)
        one, other = (survey(path).exports for path in (alone, beside))
        [xml], [text] = (list(found.values()) for found in (one, other))
        assert _meanings(xml.layout.project) == _meanings(text.layout.project)
        places = [[str(RowReader(export.layout, labels=False).place(row)) for row in export.layout.rows("x")]
                  for export in (xml, text)]  # fmt: skip
        assert sorted(places[0]) == sorted(places[1])


def _meanings(project: Project) -> list[tuple[object, ...]]:
    """Form, choices and kind of each field; line ends and angle brackets in the words of a label may differ."""
    return [(one.name, one.form, one.type == "checkbox", tuple(one.choices)) for one in project.fields
            if one.type not in {"descriptive", "slider", "sql"}]  # fmt: skip


def test_values_entered_before_validation_are_named_once_a_mapping_uses_them(shared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(shared / "redcap_redcapr" / "potentially-problematic-values", folder)
    (folder / "mapping.yaml").write_text("""sheets:
  - file: data.csv
    patient: record_id
    says:
      - patient: {birth: time_1, last_contact: date_before_validation}
      - diagnosis: {mitoses_per_10_hpf: integer_before_validation}
""")
    with Registry() as held:
        result = held.ingest(folder)
        found = sorted((p.row, p.column, p.code) for p in result.problems if p.severity == "error")
    assert found == [(2, "date_before_validation", "LM-D012"), (2, "integer_before_validation", "LM-D002"),
                     (3, "date_before_validation", "LM-D012"), (3, "integer_before_validation", "LM-D002"),
                     (3, "time_1", "LM-D012")]  # fmt: skip


if __name__ == "__main__":
    from tests.conftest import SHARED

    accept(SHARED)
