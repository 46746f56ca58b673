"""REDCap entries with several sites, the choice "other", and numbers that stand for no value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.sources import projects
from tests.contract.sources.projects import codes, field, ingest
from tests.contract.sources.sheets import told

CHOICES = "lung, Lung | liver, Liver | other, Other"
SPREAD = [
    field("record_id", "person"), field("histology", "person", says="diagnosis.histology"),
    field("status", "spread", "dropdown", choices="distant_metastasis, Distant metastasis", says="disease_status.status"),
    field("sites", "spread", "checkbox", choices=CHOICES, says="disease_status.site"),
    field("words", "spread", says="disease_status.site_text"),
    field("lesions", "spread", validation="integer", says="disease_status.lesions"),
    field("largest", "spread", validation="number", says="disease_status.size_mm"),
]  # fmt: skip
HEAD = (
    "record_id,histology,person_complete,status,sites___lung,sites___liver,sites___other,words,lesions,largest,"
    "spread_complete"
)


def _spread(folder: Path, line: str):
    data = f"{HEAD}\n1,leiomyosarcoma,2,distant_metastasis,{line},2\n"
    return ingest(folder, {"dictionary.csv": projects.dictionary(*SPREAD), "data.csv": data})


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("1,1,0,,4,30", [("liver", "Liver", None, None), ("lung", "Lung", None, None)]),
        ("1,0,0,,4,30", [("lung", None, 4, 30.0)]),
        ("0,0,1,,2,", [("other", None, 2, None)]),
        ("0,0,1,scalp,2,", [("other", "scalp", 2, None)]),
        ("1,0,1,scalp,2,", [("lung", "Lung", None, None), ("other", "scalp", None, None)]),
        ("1,1,0,both lobes,,", [("liver", "both lobes", None, None), ("lung", "both lobes", None, None)]),
    ],
)
def test_lesions_are_of_one_site_and_words_of_each(line: str, rows: list[tuple], tmp_path: Path) -> None:
    registry = _spread(tmp_path, line)
    assert sorted(told(registry, "disease_status", "site", "site_text", "lesions", "size_mm")) == rows
    assert codes(registry) == []
    if len(rows) > 1 and ",4," in line:
        [missing] = {row for (row,) in told(registry, "disease_status", "missing")}
        assert json.loads(missing)["lesions"] == "not_available"


NUMBERS = [
    field("record_id", "person"), field("histology", "tumour", says="diagnosis.histology"),
    field("dx", "tumour", says="diagnosis.diagnosis"), field("seen", "tumour", validation="date_ymd", says="patient.last_contact"),
    field("mitoses", "tumour", validation="number", says="diagnosis.mitoses_per_10_hpf"),
    field("size", "tumour", validation="number", says="diagnosis.size_mm"),
    field("size_cm", "met", validation="number", says="disease_status.size_mm, unit=cm"),
    field("lesions", "met", validation="integer", says="disease_status.lesions"),
]  # fmt: skip


def _numbers(folder: Path, mapping: str = "", **cells: str):
    row = {"record_id": "1", "histology": "leiomyosarcoma", "tumour_complete": "2", "met_complete": "2", **cells}
    columns = [
        "record_id",
        "histology",
        "dx",
        "seen",
        "mitoses",
        "size",
        "tumour_complete",
        "size_cm",
        "lesions",
        "met_complete",
    ]
    files = {"dictionary.csv": projects.dictionary(*NUMBERS), "data.csv": projects.table(columns, [row])}
    return ingest(folder, files | ({"mapping.yaml": mapping} if mapping else {}))


@pytest.mark.parametrize(
    ("column", "text"),
    [("mitoses", "-99"), ("mitoses", "-999"), ("mitoses", "999"), ("size", "-99"), ("dx", "-99"), ("dx", "999"),
     ("seen", "-88"), ("size_cm", "-99"), ("lesions", "999")],
)  # fmt: skip
def test_a_number_that_cannot_be_a_value_is_a_reason(column: str, text: str, tmp_path: Path) -> None:
    registry = _numbers(tmp_path, **{column: text})
    assert codes(registry) == []
    missing = [json.loads(row) for table in ("patient", "diagnosis", "disease_status")
               for (row,) in told(registry, table, "missing") if row]  # fmt: skip
    assert [row for row in missing if "not_available" in row.values()] or column in {"seen", "size_cm", "lesions"}


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [("size", "999", None), ("mitoses", "99", None), ("mitoses", "-5", "LM-D006"), ("size_cm", "999", "LM-D006"),
     ("dx", "2019", None), ("dx", "-5", "LM-D012")],
)  # fmt: skip
def test_a_number_that_may_be_a_value_or_is_no_usual_code_is_read_as_one(column, text, code, tmp_path: Path) -> None:
    assert codes(_numbers(tmp_path, **{column: text})) == ([code] if code else [])


def test_a_day_counted_from_the_diagnosis_may_be_day_minus_99(tmp_path: Path) -> None:
    mapping = """sheets:
  - file: data.csv
    patient: record_id
    axis: diagnosis
    says:
      - diagnosis: {histology: histology}
      - {surgery: {kind: {is: other}, day: lesions}}
"""
    registry = _numbers(tmp_path, mapping, lesions="-99")
    assert registry.store.rows("SELECT day_low FROM surgery") == [(-99,)]
