"""Small cBioPortal studies for tests: only the columns that a test speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from leiomyo.registry import Registry

Rows = Sequence[Mapping[str, str]]

PATIENT = {"PATIENT_ID": "P1", "SEX": "Female", "AGE": "61", "OS_STATUS": "0:LIVING", "OS_MONTHS": "12.3"}
SAMPLE = {"PATIENT_ID": "P1", "SAMPLE_ID": "P1-T", "ONCOTREE_CODE": "LMS"}
EVENT = {"PATIENT_ID": "P1", "START_DATE": "10", "STOP_DATE": "90", "EVENT_TYPE": "TREATMENT",
         "TREATMENT_TYPE": "Medical Therapy", "AGENT": "Doxorubicin"}  # fmt: skip
META = "type_of_cancer: soft_tissue\ncancer_study_identifier: lms_made_up\nname: LMS (made up)\n"


def table(rows: Rows, *, above: int = 0, descriptions: Mapping[str, str] | None = None) -> str:
    """A whole file: `above` rows that begin with `#`, the names, the rows; a row lacks what it does not name."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = [[name.title() for name in names], [(descriptions or {}).get(name, name.lower()) for name in names],
            ["STRING"] * len(names)]  # fmt: skip
    head += [["PATIENT"] * len(names)] if above == 5 else []
    head += [["1"] * len(names)]
    lines = ["#" + "\t".join(cells) for cells in head[:above]] if above else []
    lines += ["\t".join(names), *("\t".join(row.get(name, "") for name in names) for row in rows)]
    return "\n".join(lines) + "\n"


def write(folder: Path, *, above: int = 4, meta: str | None = META, descriptions: Mapping[str, str] | None = None,
          **tables: Rows) -> Path:  # fmt: skip
    """A study folder; `patient=[{}]` is a patient file with the base row, `surgery=[…]` a timeline of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    base = {"patient": PATIENT, "sample": SAMPLE}
    for name, rows in tables.items():
        if name in base:
            text = table([{**base[name], **row} for row in rows], above=above, descriptions=descriptions)
            (folder / f"data_clinical_{name}.txt").write_text(text, encoding="utf-8")
        else:
            (folder / f"data_timeline_{name}.txt").write_text(table(rows), encoding="utf-8")
    if meta is not None:
        (folder / "meta_study.txt").write_text(meta, encoding="utf-8")
    return folder


def read(folder: Path, **study: object) -> Registry:
    """A registry with one study in it, all rows of which are accounted for."""
    registry = Registry()
    result = registry.ingest(write(folder, **study))  # type: ignore[arg-type]
    assert result.status == "new", result.problems
    for file in result.files:
        assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]
    return registry


def rows(registry: Registry, table_name: str, *columns: str) -> list[tuple[object, ...]]:
    """The rows of a case table, in a fixed order."""
    return registry.store.rows(f"SELECT {', '.join(columns)} FROM {table_name} ORDER BY ALL")


def codes(registry: Registry) -> list[str]:
    """The problems met, without what is only said of a file."""
    return sorted(problem.code for problem in registry.problems() if problem.severity != "info")
