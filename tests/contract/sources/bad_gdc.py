"""GDC / BCR biotab files that cannot be read, and rows and values that cannot, each with its message."""

from __future__ import annotations

import gzip
import io
import zipfile

from tests import biotab
from tests.contract.sources.bad import LFS, Format

GOOD = biotab.text("patient", {}, {"bcr_patient_barcode": "T-01-B"})
HEADER = "".join(line + "\n" for line in GOOD.splitlines()[:3])
ROW = GOOD.splitlines()[3]


def _zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("patient.txt", text)
    return buffer.getvalue()


#: name: (bytes, code of the message). Structural faults: the whole file is refused.
_REFUSED: dict[str, tuple[bytes, str]] = {
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
    "json": (b'{"case_id": "1"}\n', "LM-F007"),
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
_ROWS: dict[str, tuple[str, str, bool]] = {
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


GDC = Format(
    name="gdc",
    write=lambda folder: biotab.write(folder, patient=[{}]),
    refused={name: ("bad.txt", content, code) for name, (content, code) in _REFUSED.items()},
    row_file="bad.txt",
    before_rows=HEADER + ROW + "\n",
    rows=_ROWS,
)
