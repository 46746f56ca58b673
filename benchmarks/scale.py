"""How an ingest holds up with many rows: rows a second and peak memory for one long drug table.

Prints figures; asserts none. Usage: python benchmarks/scale.py [--short] [--rows N] [--patients N]
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HEADER = ("bcr_patient_barcode", "bcr_drug_barcode", "drug_name", "days_to_drug_therapy_start",
          "days_to_drug_therapy_end", "therapy_ongoing")  # fmt: skip
PATIENT = ("bcr_patient_barcode", "gender", "vital_status", "days_to_last_followup", "days_to_death",
           "days_to_initial_pathologic_diagnosis", "histological_type", "icd_o_3_histology")  # fmt: skip
DRUGS = ("Doxorubicin", "Ifosfamide", "Gemcitabine", "Docetaxel", "Trabectedin", "Pazopanib", "Eribulin", "Dacarbazine")


def _head(columns: tuple[str, ...]) -> str:
    return "\t".join(columns) + "\n" + "\t".join(columns) + "\n" + "\t".join("CDE_ID:" for _ in columns) + "\n"


def write(folder: Path, rows: int, patients: int, *, with_patients: bool = True) -> Path:
    """A biotab export of so many drugs, and of the patients who had them."""
    folder.mkdir(parents=True)
    draw = random.Random(1)
    if with_patients:
        with (folder / "patient.txt").open("w", encoding="utf-8") as stream:
            stream.write(_head(PATIENT))
            for n in range(patients):
                stream.write(f"SC-{n:07d}\t{'FEMALE' if n % 3 else 'MALE'}\tAlive\t{draw.randrange(4000)}\t"
                             "[Not Applicable]\t0\tLeiomyosarcoma (LMS)\t8890/3\n")  # fmt: skip
    with (folder / "drug.txt").open("w", encoding="utf-8") as stream:
        stream.write(_head(HEADER))
        for n in range(rows):
            start = draw.randrange(3000)
            stream.write(f"SC-{n % patients:07d}\tSC-{n % patients:07d}-D{n // patients}\t{DRUGS[n % len(DRUGS)]}\t"
                         f"{start}\t{start + 60}\tNO\n")  # fmt: skip
    return folder


def watch(process: subprocess.Popen[bytes], registry: Path) -> dict[str, float]:
    """Seconds, peak memory, and the most that lay on disk."""
    seen = {"disk": 0.0}

    def look() -> None:
        while process.poll() is None:
            held = 0.0
            for path in (*registry.parent.glob(registry.name + "*"), *registry.parent.glob(registry.name + ".tmp/*")):
                try:
                    held += path.stat().st_size / 1e6 if path.is_file() else 0
                except FileNotFoundError:  # it was removed between the two
                    continue
            seen["disk"] = max(seen["disk"], held)
            time.sleep(0.5)

    start = time.perf_counter()
    watcher = threading.Thread(target=look)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    watcher.join()
    return seen | {"seconds": time.perf_counter() - start, "cpu": usage.ru_utime + usage.ru_stime,
                   "memory": usage.ru_maxrss / 1024}  # fmt: skip


def main() -> None:
    """Write, ingest, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="100,000 rows")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--patients", type=int)
    parser.add_argument("--folder", type=Path, help="where the files are made [default: the temporary folder]")
    options = parser.parse_args()
    rows = 100_000 if options.short else options.rows
    patients = options.patients or max(rows // 20, 1)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        source, registry = write(Path(folder) / "export", rows, patients), Path(folder) / "registry.duckdb"
        size = sum(path.stat().st_size for path in source.iterdir()) / 1e6
        command = [sys.executable, "-m", "leiomyo", "ingest", str(source), "--registry", str(registry), "--quiet"]
        seen = watch(subprocess.Popen(command, stdout=subprocess.DEVNULL), registry)
        print(f"{rows:,} drugs of {patients:,} patients ({size:.0f} MB): ingest in {seen['seconds']:.0f} s "
              f"({seen['cpu']:.0f} s of processor), {(rows + patients) / seen['seconds']:,.0f} rows/s, "
              f"peak {seen['memory']:.0f} MB, on disk at most {seen['disk']:.0f} MB, "
              f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
