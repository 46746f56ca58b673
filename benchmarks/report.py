"""From files to finished report: time, peak memory, and a larger made-up study beside the real one.

Prints figures; asserts none. Usage: python benchmarks/report.py [--short] [--patients N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("LEIOMYO_SHARED") or ROOT.parent / "shared" / "data")


def multiplied(source: Path, target: Path, patients: int) -> int:
    """A study of `patients` by repeating the rows of another under new barcodes; the number of rows."""
    target.mkdir()
    people = next(path for path in source.glob("*clinical_patient*"))
    ids = [line.split("\t")[1] for line in people.read_text(encoding="utf-8").splitlines()[3:]]
    copies = -(-patients // len(ids))
    rows = 0
    for path in sorted(source.glob("*clinical*")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        with (target / path.name).open("w", encoding="utf-8") as stream:
            stream.writelines(lines[:3])
            for copy in range(copies):
                # every barcode starts with the patient's, so one replacement renames the whole row
                stream.writelines(
                    line.replace("LMEX-", f"LM{copy:05d}-").replace("TCGA-", f"TC{copy:05d}-") for line in lines[3:]
                )
                rows += len(lines) - 3
    return rows


def run(source: Path, out: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of `leiomyo report` in a process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "leiomyo", "report", str(source), "--out", str(out), "--quiet"],
        stdout=subprocess.DEVNULL,
    )
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Run the jobs and print a line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="the example cohort and TCGA-SARC only")
    parser.add_argument("--patients", type=int, default=20_000)
    options = parser.parse_args()
    jobs = [("example cohort", ROOT / "examples" / "cohort")]
    if (SHARED / "tcga_sarc").is_dir():
        jobs.append(("TCGA-SARC", SHARED / "tcga_sarc"))
    with tempfile.TemporaryDirectory() as folder:
        if not options.short:
            made = Path(folder) / "made"
            rows = multiplied(jobs[-1][1], made, options.patients)
            jobs.append((f"{options.patients:,} patients, {rows:,} rows", made))
        for name, source in jobs:
            seconds, megabytes = run(source, Path(folder) / "out")
            print(f"{name}: report in {seconds:.1f} s, peak {megabytes:.0f} MB", flush=True)
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
