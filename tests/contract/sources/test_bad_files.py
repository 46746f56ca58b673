"""Files that cannot be read, each with one clear message, and the registry left as it was."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leiomyo.cli import app
from leiomyo.errors import LeiomyoError
from leiomyo.registry import Registry
from tests import biotab

GOOD = biotab.text("patient", {}, {"bcr_patient_barcode": "T-01-B"})
HEADER = "".join(line + "\n" for line in GOOD.splitlines()[:3])
ROW = GOOD.splitlines()[3]


def _zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("patient.txt", text)
    return buffer.getvalue()


LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "ab" * 32 + "\nsize 210907\n"

#: name: (bytes, code of the message). Structural faults: the whole file is refused.
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "LM-F001"),
    "only-white-space": (b" \n\n\t\n", "LM-F001"),
    "only-byte-order-mark": (b"\xef\xbb\xbf", "LM-F001"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "LM-F002"),
    "elf": (b"\x7fELF\x02\x01\x01\x00" + bytes(64), "LM-F002"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "LM-F002"),
    "zip": (_zipped(GOOD), "LM-F002"),
    "gzip": (gzip.compress(GOOD.encode()), "LM-F002"),
    "old-excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200), "LM-F002"),
    "parquet": (b"PAR1" + bytes(20) + b"PAR1", "LM-F002"),
    "nul-in-header": (GOOD.replace("gender", "gen\x00der", 1).encode(), "LM-F002"),
    "all-nul": (bytes(4096), "LM-F002"),
    "utf-16-le": (GOOD.encode("utf-16"), "LM-F003"),
    "utf-16-be": (b"\xfe\xff" + GOOD.encode("utf-16-be"), "LM-F003"),
    "utf-16-without-mark": (GOOD.encode("utf-16-le"), "LM-F003"),
    "latin-1-in-row": (GOOD.replace("FEMALE", "F\xc9MALE", 1).encode("latin-1"), "LM-F003"),
    "latin-1-in-last-row": ((GOOD + ROW.replace("FEMALE", "M\xe4nnlich") + "\n").encode("latin-1"), "LM-F003"),
    "latin-1-in-header": (GOOD.replace("gender", "g\xe9nero").encode("latin-1"), "LM-F003"),
    "lone-surrogate": (GOOD.encode().replace(b"FEMALE", b"\xed\xa0\x80", 1), "LM-F003"),
    "overlong-utf-8": (GOOD.encode().replace(b"FEMALE", b"\xc0\xaf", 1), "LM-F003"),
    "one-endless-line": (b"A" * (3 << 20), "LM-F004"),
    "endless-line-after-header": (HEADER.encode() + b"B\t" * (1 << 20), "LM-F004"),
    "line-ends-lost": (GOOD.replace("\n", "\t").encode() * 4000, "LM-F004"),
    "lfs-pointer": (LFS.encode(), "LM-F005"),
    "cut-in-a-row": (GOOD[:-60].encode(), "LM-F006"),
    "cut-in-first-cell": ((HEADER + ROW + "\nT-0").encode(), "LM-F006"),
    "prose": (b"Dear colleague,\nplease find the data attached.\n", "LM-F007"),
    "csv-of-something": (b"id,age,sex\n1,60,F\n", "LM-F007"),
    "json": (b'{"resourceType": "Patient", "id": "1"}\n', "LM-F007"),
    "html-error-page": (b"<!DOCTYPE html><html><body>403 Forbidden</body></html>\n", "LM-F007"),
    "comma-separated-biotab": (GOOD.replace("\t", ",").encode(), "LM-F007"),
    "header-quoted": (b"\"bcr_patient_barcode\"\t\"gender\"\n\"A\"\t\"B\"\n", "LM-F007"),
    "barcodes-but-no-known-table": ("\n".join(["bcr_patient_barcode\tx"] * 2 + ["CDE_ID:\tCDE_ID:", "T\t1\n"]).encode(),
                                    "LM-F007"),
    "no-second-header": ((GOOD.splitlines()[0] + "\n" + GOOD.splitlines()[2] + "\n" + ROW + "\n").encode(), "LM-F008"),
    "no-id-row": (("\n".join([GOOD.splitlines()[0], GOOD.splitlines()[1], ROW, ROW]) + "\n").encode(), "LM-F008"),
    "headers-of-unequal-width": (GOOD.replace("CDE_ID:", "CDE_ID:\tCDE_ID:", 1).encode(), "LM-F008"),
    "ends-inside-header": ((GOOD.splitlines()[0] + "\n").encode(), "LM-F008"),
    "two-header-rows-only": (("\n".join(GOOD.splitlines()[:2]) + "\n").encode(), "LM-F008"),
    "column-twice": (GOOD.replace("vital_status", "gender", 1).encode(), "LM-F009"),
    "headers-only": (HEADER.encode(), "LM-F014"),
    "old-mac-line-ends": (GOOD.replace("\n", "\r").encode(), "LM-F008"),
}  # fmt: skip

#: name: (row as text, code). One bad row or value: it is quarantined or set aside, the others are kept.
ROWS: dict[str, tuple[str, str, bool]] = {
    "too-few-columns": ("\t".join(ROW.split("\t")[:4]), "LM-D003", True),
    "too-many-columns": (ROW + "\textra", "LM-D003", True),
    "no-patient": ("\t" + ROW.split("\t", 1)[1], "LM-D004", True),
    "patient-not-available": ("[Not Available]\t" + ROW.split("\t", 1)[1], "LM-D004", True),
    "nothing-said": ("T-01-C" + "\t[Not Available]" * (len(ROW.split("\t")) - 1), "LM-D009", True),
    "nul-in-a-cell": (ROW.replace("FEMALE", "FEM\x00ALE"), "LM-D010", True),
    "escape-in-a-cell": (ROW.replace("FEMALE", "\x1b[31mFEMALE"), "LM-D010", True),
    "carriage-return-in-a-cell": (ROW.replace("FEMALE", "FEM\rALE"), "LM-D010", True),
    "day-in-words": (ROW.replace("\t100\t", "\tabout 100\t"), "LM-D001", False),
    "day-with-fraction": (ROW.replace("\t100\t", "\t100.5\t"), "LM-D001", False),
    "day-of-a-thousand-years": (ROW.replace("\t100\t", "\t365000\t"), "LM-D001", False),
    "day-beyond-all-numbers": (ROW.replace("\t100\t", "\t" + "9" * 400 + "\t"), "LM-D001", False),
    "calendar-date-for-a-day": (ROW.replace("\t100\t", "\t2014-03-01\t"), "LM-D001", False),
    "arabic-digits": (ROW.replace("\t100\t", "\t\u0661\u0660\u0660\t"), "LM-D001", False),
    "unknown-sex": (ROW.replace("FEMALE", "WOMAN"), "LM-D005", False),
    "unknown-vital-status": (ROW.replace("Alive", "Zombie"), "LM-D005", False),
    "unknown-marker": (ROW.replace("FEMALE", "[Redacted]"), "LM-D005", False),
    "formula-for-a-value": (ROW.replace("FEMALE", "=HYPERLINK(1)"), "LM-D005", False),
}


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A registry that already holds one good source."""
    path = tmp_path / "registry.duckdb"
    with Registry(path) as held:
        assert held.ingest(biotab.write(tmp_path / "good", patient=[{}])).status == "new"
    return path


def _state(path: Path) -> list[object]:
    with Registry(path, create=False) as held:
        tables = ("source", "source_file", "input_row", "statement_patient", "patient", "problem", "lms_case")
        return [held.store.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables]


def _run(*words: str) -> tuple[int, str]:
    """Exit code and all output, as `main` gives them."""
    outcome = CliRunner().invoke(app, list(words))
    if isinstance(outcome.exception, LeiomyoError):
        return 2, outcome.output + str(outcome.exception)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    return outcome.exit_code, outcome.output


@pytest.mark.parametrize("name", REFUSED)
def test_a_damaged_file_gives_one_message_and_leaves_the_registry_as_it_was(
    name: str, registry: Path, tmp_path: Path
) -> None:
    content, code = REFUSED[name]
    file = tmp_path / "bad.txt"
    file.write_bytes(content)
    before = _state(registry)
    status, output = _run("ingest", str(file), "--registry", str(registry))
    assert status in {1, 2}
    assert [line.split()[0] for line in output.splitlines() if line.startswith("LM-")] == [code], output
    assert "bad.txt" in output
    assert "Traceback" not in output
    assert _state(registry) == before


@pytest.mark.parametrize("name", REFUSED)
def test_one_damaged_file_in_a_folder_stops_its_ingest_but_not_the_report(
    name: str, registry: Path, tmp_path: Path
) -> None:
    content, code = REFUSED[name]
    folder = biotab.write(tmp_path / "export", patient=[{}])
    (folder / "bad.txt").write_bytes(content)
    before = _state(registry)
    status, output = _run("ingest", str(folder), "--registry", str(registry))
    if code == "LM-F007" and status == 3:  # an unrelated text beside an export is only mentioned
        assert "LM-F011" in output
        return
    assert status == 1
    assert code in output
    assert _state(registry) == before
    with Registry() as held:
        result = held.ingest(folder, whole=False)
        assert (result.status, held.survival("os").groups[0]["n"]) == ("new", 1)
        assert code in {problem.code for problem in result.problems}


@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_loses_neither_itself_nor_the_others(name: str, tmp_path: Path) -> None:
    row, code, quarantined = ROWS[name]
    file = tmp_path / "bad.txt"
    file.write_text(HEADER + ROW + "\n" + row + "\n", encoding="utf-8", newline="")
    with Registry() as held:
        result = held.ingest(file)
        [problem] = [problem for problem in result.problems if problem.code == code]
        assert (problem.row, problem.severity) == (5, "error")
        [counts] = result.files
        assert counts["rows"] == 2 == counts["kept"] + counts["superseded"] + counts["quarantined"]
        assert counts["quarantined"] == int(quarantined)
        assert held.store.rows("SELECT raw FROM quarantine") == ([(row,)] if quarantined else [])


def test_a_missing_path_is_said_plainly(tmp_path: Path) -> None:
    status, output = _run("ingest", str(tmp_path / "nowhere"), "--registry", str(tmp_path / "r.duckdb"))
    assert (status, "LM-F010" in output) == (2, True)
    assert not (tmp_path / "r.duckdb").exists()


def test_a_folder_with_nothing_readable_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    status, output = _run("report", str(tmp_path / "empty"), "--out", str(tmp_path / "out"))
    assert (status, "LM-F012" in output) == (2, True)
    assert not (tmp_path / "out").exists()


def test_a_symbolic_link_is_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = biotab.write(tmp_path / "outside", patient=[{}])
    folder = biotab.write(tmp_path / "export", drug=[{}])
    (folder / "clinical_patient.txt").symlink_to(outside / "clinical_patient.txt")
    with Registry() as held:
        assert [file["file"] for file in held.ingest(folder).files] == ["clinical_drug.txt"]


def test_the_real_lfs_pointers_are_named_for_what_they_are(shared: Path) -> None:
    with Registry() as held:
        result = held.ingest(shared / "cbioportal_lfs_pointers" / "sarc_tcga" / "data_clinical_patient.txt")
        assert (result.status, [problem.code for problem in result.problems]) == ("refused", ["LM-F005"])


@pytest.mark.parametrize(
    "change", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")], ids=["mark", "crlf"]
)
def test_harmless_differences_of_form_change_nothing(change: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(change(GOOD), encoding="utf-8", newline="")
    with Registry() as held:
        result = held.ingest(tmp_path / "a.txt")
        assert (result.problems, [file["kept"] for file in result.files]) == ((), [2])


def test_json_errors_are_one_document(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"")
    _, output = _run("ingest", str(tmp_path / "bad.txt"), "--registry", str(tmp_path / "r.duckdb"), "--json")
    told = json.loads(output)
    assert told["sources"][0]["problems"][0]["code"] == "LM-F001"
