"""FHIR NDJSON to statements of case tables: MB/s beside bare parsing with orjson and beside fhir.resources.

Prints figures; asserts none. Usage: python benchmarks/bulk_fhir.py [--short] [--megabytes N] [--ingest]
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
MB = 1_000_000
_SAMPLE = 4_000
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def _person(number: int, draw: random.Random) -> Iterator[dict[str, object]]:
    """One patient of a bulk export, with the laboratory values that fill most of any hospital's export."""
    from tests.contract.sources import fhir

    who, year = f"p{number}", 1940 + number % 50
    day = f"20{draw.randrange(10, 20)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 28):02d}"
    yield fhir.patient(who, f"MRN-{number}", gender=draw.choice(("female", "male")), birthDate=f"{year}-05-01",
                       deceasedBoolean=False)  # fmt: skip
    yield fhir.cancer(f"{who}-lms", who, day, "8890/3", "C48.0", "Retroperitoneum")
    for given in range(6):
        yield fhir.drug("MedicationAdministration", f"{who}-d{given}", who, "3639", "doxorubicin", f"{who}-lms",
                        status="completed", effectiveDateTime=day)  # fmt: skip
    for seen in range(8):
        yield fhir.resource("Encounter", f"{who}-e{seen}", who, status="finished", period=fhir.period(day, day))
    for taken in range(24):
        name, code = draw.choice((("Body Weight", "29463-7"), ("Hemoglobin", "718-7"), ("Creatinine", "2160-0")))
        yield fhir.resource(
            "Observation", f"{who}-o{taken}", who, status="final", effectiveDateTime=f"{day}T10:00:00+01:00",
            category=[fhir.concept(CATEGORY, "laboratory", "Laboratory")], code=fhir.concept(fhir.LOINC, code, name),
            valueQuantity={"value": round(draw.random() * 100, 2), "unit": "x"},
            performer=[{"reference": "Practitioner/somebody", "display": "Somebody of the laboratory"}],
        )  # fmt: skip


def write(folder: Path, megabytes: int) -> Path:
    """A bulk export of so many megabytes; one line in ten thousand is damaged."""
    from tests.contract.sources import fhir

    folder.mkdir()
    draw, number, size, count = random.Random(1), 0, 0, 0
    with (folder / "export.ndjson").open("w", encoding="utf-8") as stream:
        while size < megabytes * MB:
            for one in _person(number, draw):
                line = fhir.lines([one])
                count += 1
                stream.write(line if count % 10_000 else line[: len(line) // 2] + "\n")
                size += len(line)
            number += 1
    return folder


def _orjson(path: Path) -> int:
    import orjson

    count = 0
    with path.open("rb") as stream:
        for line in stream:
            try:
                orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            count += 1
    return count


def _ours(path: Path) -> int:
    from leiomyo.sources.find import look

    found = look(path)
    assert found.source is not None
    found.source.begin(found.files)  # type: ignore[attr-defined]
    return sum(1 for file in found.files for _ in found.source.read(file))


def _models(path: Path) -> int:
    """Of a sample, since the whole would take an hour."""
    import orjson
    from fhir.resources.R4B import get_fhir_model_class

    count = 0
    with path.open("rb") as stream:
        for line, _ in zip(stream, range(_SAMPLE), strict=False):
            try:
                value = orjson.loads(line)
                get_fhir_model_class(value["resourceType"]).model_validate(value)
            except Exception:  # noqa: BLE001 - what is not valid is counted out
                continue
            count += 1
    return count


JOBS: dict[str, Callable[[Path], int]] = {"orjson": _orjson, "leiomyo": _ours, "fhir.resources": _models}


def _alone(job: str, path: Path) -> tuple[float, float, int]:
    """Seconds, peak megabytes and resources of a job in a process of its own."""
    told = subprocess.run([sys.executable, __file__, "--child", job, str(path)],
                          capture_output=True, text=True, check=False)  # fmt: skip
    if told.returncode:
        print(f"{job}: {told.stderr.strip().splitlines()[-1]}")
        return float("nan"), float("nan"), 0
    seconds, megabytes, count = told.stdout.split()
    return float(seconds), float(megabytes), int(count)


def child(job: str, path: str) -> None:
    """Do one job and print its figures."""
    start = time.perf_counter()
    count = JOBS[job](Path(path))
    print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, count)


def main() -> None:
    """Write, read, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="5 MB")
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--ingest", action="store_true", help="also the whole ingest into a registry")
    parser.add_argument("--child", nargs=2, metavar=("JOB", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(*options.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        export = write(Path(folder) / "export", 5 if options.short else options.megabytes)
        path = export / "export.ndjson"
        size = path.stat().st_size
        bare = _alone("orjson", path)[0]
        for job in JOBS:
            seconds, megabytes, count = _alone(job, path)
            if not count:
                continue
            done = size if job != "fhir.resources" else size * _SAMPLE / max(sum(1 for _ in path.open("rb")), 1)
            print(f"{job}: {done / MB:.0f} MB, {count:,} resources in {seconds:.1f} s, {done / MB / seconds:.0f} MB/s, "
                  f"{seconds * size / done / bare:.1f} x orjson, peak {megabytes:.0f} MB", flush=True)  # fmt: skip
        if options.ingest:
            command = [sys.executable, "-m", "leiomyo", "ingest", str(export), "--quiet", "--registry"]
            start = time.perf_counter()
            process = subprocess.Popen([*command, str(Path(folder) / "r.duckdb")], stdout=subprocess.DEVNULL)
            _, _, usage = os.wait4(process.pid, 0)
            print(f"ingest: {time.perf_counter() - start:.1f} s, peak {usage.ru_maxrss / 1024:.0f} MB")
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
