"""From files to finished report: time, peak memory, and larger made-up studies beside the real one.

Prints figures; asserts none. Usage: python benchmarks/report.py [--short] [--patients N] [--format gdc|cbioportal]
"""

from __future__ import annotations

import argparse
import os
import random
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


def study(target: Path, patients: int, seed: int = 1) -> int:
    """A cBioPortal study of invented patients, with samples and a timeline of their treatment; the number of rows."""
    target.mkdir()
    draw = random.Random(seed)
    sexes, sites = ("Female", "Male"), ("Uterus", "Retroperitoneum", "Thigh", "Stomach", "Inferior vena cava")
    tables: dict[str, list[dict[str, object]]] = {
        "clinical_patient": [],
        "clinical_sample": [],
        "timeline_treatment": [],
    }
    for number in range(patients):
        name, months = f"P-{number:06d}", draw.expovariate(1 / 50)
        dead = months < 90 and draw.random() < 0.6
        tables["clinical_patient"].append({
            "PATIENT_ID": name, "SEX": draw.choice(sexes), "AGE": draw.randrange(25, 85),
            "OS_STATUS": "1:DECEASED" if dead else "0:LIVING", "OS_MONTHS": f"{min(months, 90):.2f}",
            "DFS_STATUS": "1:Recurred/Progressed" if draw.random() < 0.5 else "0:DiseaseFree",
            "DFS_MONTHS": f"{min(months, 90) * draw.random():.2f}"})  # fmt: skip
        tables["clinical_sample"].append({
            "PATIENT_ID": name, "SAMPLE_ID": f"{name}-T", "ONCOTREE_CODE": draw.choice(("LMS", "ULMS", "LMS", "DDLS")),
            "PRIMARY_SITE": draw.choice(sites), "SAMPLE_TYPE": "Primary"})  # fmt: skip
        first = draw.randrange(0, 60)
        events = [("Surgery", "", "", first)]
        events += [
            ("TREATMENT", "Medical Therapy", agent, first + draw.randrange(20, 900))
            for agent in draw.sample(("Doxorubicin", "Ifosfamide", "Gemcitabine", "Docetaxel"), draw.randrange(3))
        ]
        tables["timeline_treatment"] += [
            {"PATIENT_ID": name, "START_DATE": day, "STOP_DATE": day + 90 if agent else day, "EVENT_TYPE": event,
             "TREATMENT_TYPE": kind, "AGENT": agent} for event, kind, agent, day in events]  # fmt: skip
    (target / "meta_study.txt").write_text("cancer_study_identifier: made_up\nname: Made up\n", encoding="utf-8")
    for name, rows in tables.items():
        with (target / f"data_{name}.txt").open("w", encoding="utf-8") as stream:
            stream.write("\t".join(rows[0]) + "\n")
            stream.writelines("\t".join(map(str, row.values())) + "\n" for row in rows)
    return sum(map(len, tables.values()))


def run(source: Path, out: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor and peak megabytes of `leiomyo report` in a process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "leiomyo", "report", str(source), "--out", str(out), "--quiet"],
        stdout=subprocess.DEVNULL,
    )
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Run the jobs and print a line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="500 patients only")
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--format", choices=("gdc", "cbioportal", "both"), default="both")
    options = parser.parse_args()
    jobs = [("example cohort", ROOT / "tests" / "handmade" / "cohort")]
    if (SHARED / "tcga_sarc").is_dir():
        jobs.append(("TCGA-SARC", SHARED / "tcga_sarc"))
    with tempfile.TemporaryDirectory() as folder:
        patients = 500 if options.short else options.patients
        if options.format != "cbioportal":
            rows = multiplied(jobs[-1][1], Path(folder) / "gdc", patients)
            jobs.append((f"biotab, {patients:,} patients, {rows:,} rows", Path(folder) / "gdc"))
        if options.format != "gdc":
            rows = study(Path(folder) / "cbioportal", patients)
            jobs.append((f"cBioPortal, {patients:,} patients, {rows:,} rows", Path(folder) / "cbioportal"))
        for name, source in jobs:
            seconds, processor, megabytes = run(source, Path(folder) / "out")
            print(
                f"{name}: report in {seconds:.1f} s ({processor:.1f} s of processor), peak {megabytes:.0f} MB",
                flush=True,
            )
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
