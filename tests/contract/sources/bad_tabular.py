"""Sheets and mappings that cannot be used, and rows and values that cannot, each with its message."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.contract.sources.bad import LFS, Format

GOOD = {
    "ID": "P1", "Sex": "f", "Born": "1955-03-01", "Diagnosed": "2018-01-10", "Histology": "Leiomyosarcoma",
    "Site": "Uterus", "Size": "8.5", "Mitoses": "14", "Residual": "R0", "Operated": "2018-02-01", "Relapse": "2019-03-01",
    "Where": "Lung", "Drug": "doxorubicin", "From": "2019-03-20", "To": "2019-07-01", "Trial": "no", "Dose": "50",
    "Unit": "Gy", "Irradiated": "2018-03-01", "Status": "alive", "Seen": "2020-07-20", "Died": "",
}  # fmt: skip
MAPPING = """centre: made
sheets:
  - file: "*"
    patient: ID
    says:
      - patient: {sex: Sex, birth: Born, vital_status: Status, last_contact: Seen, death: Died}
      - diagnosis:
          diagnosis: Diagnosed
          histology: Histology
          site_text: Site
          size_mm: {from: Size, unit: cm}
          mitoses_per_10_hpf: Mitoses
      - surgery: {kind: {is: primary}, day: Operated, residual_tumor: Residual}
      - disease_status: {status: {is: distant_metastasis}, day: Relapse, site: Where}
      - drug_exposure: {agent: Drug, start: From, end: To, trial_drug: Trial}
      - radiotherapy: {start: Irradiated, dose_gy: {from: Dose, unit_from: Unit}, target: {is: primary}}
"""


def row(sign: str = ",", **changes: str) -> str:
    """The good row with changes, as one line."""
    return sign.join((GOOD | changes).values())


HEAD = ",".join(GOOD)
TABLE = f"{HEAD}\n{row()}\n"


def workbook(rows: list[list[object]], title: str = "Sheet1") -> bytes:
    """An Excel workbook of one sheet."""
    book = openpyxl.Workbook()
    book.active.title = title
    for cells in rows:
        book.active.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet(**columns: list[object]) -> bytes:
    """A Parquet file of these columns."""
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def write(folder: Path) -> Path:
    """A good sheet of one patient beside its mapping."""
    folder.mkdir(parents=True)
    (folder / "patients.csv").write_text(TABLE, encoding="utf-8")
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return folder


_WORKBOOK = workbook([list(GOOD), list(GOOD.values())])
_PARQUET = parquet(**{name: [value] for name, value in GOOD.items()})

#: name: (file name, bytes, code). Structural faults: the whole file is refused.
_REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("more.csv", b"", "LM-F001"),
    "blank-lines-only": ("more.csv", b"\n\n\n", "LM-F001"),
    "utf-16-not-named": ("more.csv", TABLE.encode("utf-16"), "LM-F003"),
    "latin-1-not-named": ("more.csv", TABLE.replace("Uterus", "Gebärmutter").encode("latin-1"), "LM-F003"),
    "lone-surrogate": ("more.csv", TABLE.replace("Uterus", "\ud800").encode("utf-8", "surrogatepass"), "LM-F003"),
    "overlong-utf-8": ("more.csv", TABLE.encode().replace(b"Uterus", b"\xc0\xaf"), "LM-F003"),
    "nul-in-the-header": ("more.csv", TABLE.replace("Sex", "S\x00x").encode(), "LM-F002"),
    "lfs-pointer": ("more.csv", LFS.encode(), "LM-F005"),
    "a-workbook-named-csv": ("more.csv", _WORKBOOK, "LM-F002"),
    "a-pdf-named-csv": ("more.csv", b"%PDF-1.7\n" + bytes(60), "LM-F002"),
    "line-ends-lost": ("more.csv", TABLE.replace("\n", ",").encode() * 6000, "LM-F004"),
    "cut-in-a-row": ("more.csv", (TABLE + "P2,f,1950").encode(), "LM-F006"),
    "header-only": ("more.csv", (HEAD + "\n").encode(), "LM-F014"),
    "column-missing": ("more.csv", TABLE.replace("Residual", "R").encode(), "LM-F016"),
    "patient-column-missing": ("more.csv", TABLE.replace("ID", "Number").encode(), "LM-F016"),
    "column-twice": ("more.csv", TABLE.replace("Born", "Sex", 1).encode(), "LM-F009"),
    "semicolons-for-commas": ("more.csv", TABLE.replace(",", ";").encode(), "LM-F016"),
    "tabs-for-commas": ("more.csv", TABLE.replace(",", "\t").encode(), "LM-F016"),
    "a-title-above-the-header": ("more.csv", ("Our registry\n" + TABLE).encode(), "LM-F016"),
    "an-error-page": ("more.csv", b"<!DOCTYPE html><html>403</html>\n", "LM-F016"),
    "json-named-csv": ("more.csv", b'[{"ID": "P1"}]\n', "LM-F016"),
    "empty-workbook-file": ("more.xlsx", b"", "LM-F001"),
    "csv-named-xlsx": ("more.xlsx", TABLE.encode(), "LM-F002"),
    "lfs-pointer-for-a-workbook": ("more.xlsx", LFS.encode(), "LM-F005"),
    "old-or-encrypted-workbook": ("more.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "LM-F002"),
    "workbook-cut-off": ("more.xlsx", _WORKBOOK[: len(_WORKBOOK) // 2], "LM-F002"),
    "a-zip-that-is-no-workbook": ("more.xlsx", b"PK\x05\x06" + bytes(18), "LM-F002"),
    "empty-sheet": ("more.xlsx", workbook([]), "LM-F008"),
    "workbook-with-header-only": ("more.xlsx", workbook([list(GOOD)]), "LM-F014"),
    "workbook-without-the-column": ("more.xlsx", workbook([["ID", "Sex"], ["P1", "f"]]), "LM-F016"),
    "empty-parquet-file": ("more.parquet", b"", "LM-F001"),
    "csv-named-parquet": ("more.parquet", TABLE.encode(), "LM-F002"),
    "lfs-pointer-for-parquet": ("more.parquet", LFS.encode(), "LM-F005"),
    "parquet-cut-off": ("more.parquet", _PARQUET[:-40], "LM-F002"),
    "parquet-damaged-inside": ("more.parquet", _PARQUET[:4] + bytes(200) + _PARQUET[204:], "LM-F002"),
    "parquet-without-the-column": ("more.parquet", parquet(ID=["P1"], Sex=["f"]), "LM-F016"),
    "parquet-without-rows": ("more.parquet", parquet(**{name: [] for name in GOOD}), "LM-F014"),
}  # fmt: skip

#: name: (row of a sheet, code, whether it is quarantined). The good row has P1; the row under test is P2.
_ROWS: dict[str, tuple[str, str, bool]] = {
    "too-few-cells": ("P2,f,1950-01-01", "LM-D003", True),
    "too-many-cells": (row(ID="P2") + ",extra", "LM-D003", True),
    "decimal-comma-unquoted": (row(ID="P2", Size="8,5"), "LM-D003", True),
    "no-patient": (row(ID=""), "LM-D004", True),
    "control-character": (row(ID="P2", Site="Ute\x07rus"), "LM-D010", True),
    "nul": (row(ID="P2", Site="Ute\x00rus"), "LM-D010", True),
    "quote-not-closed": (row(ID="P2", Site='"Uterus'), "LM-D019", True),
    "quote-inside-a-word": (row(ID="P2", Site='"5" mass"'), "LM-D019", True),
    "only-an-identifier": ("P2" + "," * (len(GOOD) - 1), "LM-D009", True),
    "sex-unknown-to-us": (row(ID="P2", Sex="?7"), "LM-D005", False),
    "status-unknown-to-us": (row(ID="P2", Status="zombie"), "LM-D005", False),
    "residual-in-code": (row(ID="P2", Residual="7"), "LM-D005", False),
    "flag-in-words": (row(ID="P2", Trial="perhaps"), "LM-D005", False),
    "date-of-two-readings": (row(ID="P2", Diagnosed="03/04/2019"), "LM-D022", False),
    "date-of-two-digits": (row(ID="P2", Diagnosed="15.06.19"), "LM-D012", False),
    "date-that-never-was": (row(ID="P2", Diagnosed="2019-02-30"), "LM-D012", False),
    "date-in-prose": (row(ID="P2", Diagnosed="last summer"), "LM-D012", False),
    "date-as-a-spreadsheet-number": (row(ID="P2", Diagnosed="43631"), "LM-D012", False),
    "date-of-a-spreadsheet-error": (row(ID="P2", Diagnosed="#VALUE!"), "LM-D012", False),
    "end-before-start": (row(ID="P2", To="2019-01-01"), "LM-D011", False),
    "size-in-words": (row(ID="P2", Size="huge"), "LM-D002", False),
    "size-as-two-lengths": (row(ID="P2", Size="8x5x3"), "LM-D002", False),
    "size-bounded": (row(ID="P2", Size=">10"), "LM-D002", False),
    "size-impossible": (row(ID="P2", Size="850"), "LM-D006", False),
    "size-in-inches": (row(ID="P2", Size="4 inches"), "LM-D020", False),
    "size-negative": (row(ID="P2", Size="-3"), "LM-D006", False),
    "number-beyond-all": (row(ID="P2", Size="9" * 60), "LM-D002", False),
    "number-in-exponents": (row(ID="P2", Mitoses="1e3"), "LM-D002", False),
    "dose-without-unit": (row(ID="P2", Unit=""), "LM-D008", False),
    "dose-in-millicuries": (row(ID="P2", Unit="mCi"), "LM-D007", False),
    "dose-of-a-bomb": (row(ID="P2", Dose="5000"), "LM-D006", False),
    "drug-unknown": (row(ID="P2", Drug="elixirium"), "LM-C002", False),
    "drug-misspelt": (row(ID="P2", Drug="doxorubicine hydrochloridde"), "LM-C001", False),
    "site-of-spread-unknown": (row(ID="P2", Where="somewhere"), "LM-C004", False),
}  # fmt: skip

TABULAR = Format("tabular", write, _REFUSED, "more.csv", TABLE, _ROWS, {"mapping.yaml": MAPPING.encode()})
