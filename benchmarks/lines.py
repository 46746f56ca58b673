"""How long lines of therapy take: the kernel from Parquet, against pandas `groupby.apply` and geniekit.

`--short` is the version of CI. Each engine runs in a process of its own, so that its peak memory is its own. Run
`pip install .[bench]` first; what is not installed is left out and said.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

AGENTS = 40
COLUMNS = ("patient", "agent", "start", "end", "flags", "stated")


def write(folder: Path, patients: int, exposures: int) -> None:
    """Random courses: about a dozen lines a patient, rows in no order, two progressions and one operation each."""
    rng = np.random.default_rng(4)
    rows = patients * exposures
    start = rng.integers(0, 2000, rows, dtype=np.int32)
    end = start + rng.integers(0, 200, rows, dtype=np.int32)
    patient = np.repeat(np.arange(patients, dtype=np.int32), exposures)
    table = {
        "patient": patient, "agent": rng.integers(0, AGENTS, rows, dtype=np.int16), "start": start, "end": end,
        "flags": (rng.random(rows) < 0.05).astype(np.int8), "stated": rng.integers(0, 2, rows, dtype=np.int8) * 0,
    }  # fmt: skip
    pq.write_table(pa.table(table), folder / "exposures.parquet", row_group_size=1_000_000)
    days = np.sort(rng.integers(0, 1500, (patients, 2), dtype=np.int32), axis=1)
    history = {
        "advanced": days[:, 0],
        "surgery": np.full(patients, 30, np.int32),
        "first": days[:, 0],
        "second": days[:, 1],
    }
    pq.write_table(pa.table(history), folder / "histories.parquet")


def kernel(folder: Path) -> dict[str, float]:
    """Read the Parquet files and place every exposure; the compiled kernel is loaded from its cache."""
    from leiomyo.course.line_rules import default_rules
    from leiomyo.course.lines import Exposures, Histories, place

    rules = default_rules().numbers()

    def run(limit: int | None = None) -> int:
        read = pq.read_table(folder / "exposures.parquet", columns=list(COLUMNS))
        if limit:
            read = read.slice(0, limit)
        columns = [read[name].to_numpy() for name in COLUMNS]
        told = pq.read_table(folder / "histories.parquet")
        patients = told.num_rows
        days = np.column_stack([told["first"].to_numpy(), told["second"].to_numpy()]).ravel()
        one, two = np.arange(patients + 1, dtype=np.int64), np.arange(patients + 1, dtype=np.int64) * 2
        history = Histories(np.zeros(patients, np.int32), told["advanced"].to_numpy(), np.zeros(patients, np.int8),
                            one, told["surgery"].to_numpy(), two, days)  # fmt: skip
        placed = place(Exposures(*columns), history, substitute=np.arange(AGENTS), thresholds=rules, compiled=True)
        return int((placed.line > 0).sum())

    run(1000)
    began = time.perf_counter()
    run()
    return {"seconds": time.perf_counter() - began}


def with_pandas(folder: Path) -> dict[str, float]:
    """A simpler rule (a new drug after 28 days, a pause past 120) by `groupby.apply`, on 20,000 patients."""
    import pandas as pd

    frame = pd.read_parquet(folder / "exposures.parquet")
    some = frame[frame["patient"] < 20_000]

    def lines(rows: pd.DataFrame) -> int:
        number, first, last, inside = 0, -(10**9), -(10**9), set()
        for row in rows.sort_values("start").itertuples():
            if not inside or (row.start - first > 28 and (row.agent not in inside or row.start - last > 120)):
                number, first, inside = number + 1, row.start, set()
            inside.add(row.agent)
            last = max(last, row.end)
        return number

    began = time.perf_counter()
    some.groupby("patient")[["agent", "start", "end"]].apply(lines)
    return {"seconds": time.perf_counter() - began, "patients": float(some["patient"].nunique())}


def with_geniekit(_: Path) -> dict[str, float]:
    """geniekit on its own synthetic cohort, and the kernel on the same regimens exploded to drugs."""
    from geniekit.lot import derive
    from geniekit.synthetic import generate

    from leiomyo.course.line_rules import default_rules
    from leiomyo.course.lines import ONGOING, UNKNOWN, Exposures, Histories, place

    data = generate("CRC", n_patients=2000, seed=1, genomic=False)
    began = time.perf_counter()
    derive(data, index="diagnosis")
    theirs = time.perf_counter() - began
    regimens = data["regimen"]
    names = sorted({name for text in regimens["regimen_drugs"].dropna() for name in text.split(", ")})
    people = {name: code for code, name in enumerate(regimens["record_id"].unique())}
    rules = default_rules().numbers()

    def day(value: float, missing: int) -> int:
        return missing if value != value else int(value)

    def run() -> None:
        rows = [
            (people[row.record_id], names.index(name), day(row.dx_reg_start_int, UNKNOWN),
             day(row.dx_reg_end_all_int, ONGOING), 0, 0)
            for row in regimens.itertuples() if isinstance(row.regimen_drugs, str)
            for name in row.regimen_drugs.split(", ")
        ]  # fmt: skip
        columns = [np.array(column) for column in zip(*rows, strict=True)]
        nothing = np.zeros(len(people) + 1, np.int64)
        history = Histories(np.zeros(len(people), np.int64), np.zeros(len(people), np.int64),
                            np.zeros(len(people), np.int64), nothing, np.zeros(0, np.int64), nothing,
                            np.zeros(0, np.int64))  # fmt: skip
        place(Exposures(*columns), history, substitute=np.arange(len(names)), thresholds=rules, compiled=True)

    run()
    began = time.perf_counter()
    run()
    return {
        "theirs": theirs,
        "ours": time.perf_counter() - began,
        "patients": float(len(people)),
        "regimens": float(len(regimens)),
    }


ENGINES = {"kernel": kernel, "pandas": with_pandas, "geniekit": with_geniekit}


def measured(engine: str, folder: Path) -> dict[str, float] | None:
    """One engine in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--engine", engine, str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"{engine}: left out ({done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'})")
        return None
    return {name: float(value) for name, value in (line.split("=") for line in done.stdout.split())}


def main() -> None:
    """Write the files, run the engines, print the figures."""
    if "--engine" in sys.argv:
        engine, folder = sys.argv[-2:]
        figures = ENGINES[engine](Path(folder))
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print("\n".join(f"{name}={value}" for name, value in figures.items()))
        return
    patients, exposures = (50_000, 20) if "--short" in sys.argv else (1_000_000, 20)
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        write(folder, patients, exposures)
        own = measured("kernel", folder)
        if own is None:
            sys.exit(1)
        rate = patients / own["seconds"]
        print(f"kernel: {patients:,} patients x {exposures} exposures from Parquet {own['seconds']:.2f} s, "
              f"{rate:,.0f} patients/s, peak {own['peak_mb']:.0f} MB")  # fmt: skip
        if other := measured("pandas", folder):
            theirs = other["patients"] / other["seconds"]
            ratio = rate / theirs
            print(f"pandas groupby.apply, a simpler rule: {theirs:,.0f} patients/s; the kernel {ratio:,.0f} times that")
        if other := measured("geniekit", folder):
            size = f"{other['patients']:,.0f} patients, {other['regimens']:,.0f} regimens"
            ratio = other["theirs"] / other["ours"]
            print(f"geniekit: {size} {other['theirs']:.2f} s; the same rows here {other['ours']:.3f} s, 1/{ratio:,.0f}")


if __name__ == "__main__":
    main()
