"""Time and memory of the outcomes engine beside other libraries, as ratios within one run.

    python benchmarks/outcomes/bench.py [--short] [--others PYTHON]

Each measurement runs in a process of its own; its peak memory is that of the whole process, data included.
Libraries that are not installed (in this interpreter, in PYTHON, in R) are named as missing. Nothing is
asserted: figures are for reading.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
OURS = "leiomyo"
LIMIT_SECONDS = 180
PACKAGES = {"leiomyo": "leiomyo", "greenwood": "greenwood", "lifelines": "lifelines", "sksurv": "scikit-survival"}
JOBS = {
    "km": "Kaplan-Meier with limits and log-rank, 2 groups",
    "aj": "Aalen-Johansen with variance, 2 causes",
    "cox": "Cox, Efron ties, 4 categorical covariates (120 patterns)",
    "parquet": "Parquet to Kaplan-Meier and log-rank, 2 groups",
}
TOOLS = {
    "km": [OURS, "lifelines", "greenwood", "sksurv", "R"],
    "aj": [OURS, "lifelines", "greenwood", "R"],
    "cox": [OURS, "lifelines", "greenwood", "R"],
    "parquet": [OURS, "scan"],
}
SIZES = {"km": [10**5, 10**6, 10**7], "aj": [10**6], "cox": [10**6], "parquet": [10**7]}
SHORT = {"km": [10**5], "aj": [10**5], "cox": [10**5], "parquet": [10**6]}


def rows(job: str, size: int) -> dict[str, Any]:
    """Whole days, drawn with a fixed seed; the same for every tool."""
    import numpy as np

    rng = np.random.default_rng(20260101)
    if job == "cox":
        marks = [rng.integers(0, levels, size) for levels in (2, 3, 4, 5)]
        pull = sum(mark * weight for mark, weight in zip(marks, (0.4, -0.2, 0.1, 0.05), strict=True))
        days = np.minimum(rng.exponential(900 * np.exp(-pull)).astype(np.int64) + 1, 5000)
        limit = rng.integers(1, 3000, size)
        columns = {"exit": np.minimum(days, limit), "status": (days <= limit).astype(np.int64)}
        return columns | {f"c{place}": mark for place, mark in enumerate(marks)}
    causes = 3 if job == "aj" else 2
    return {
        "exit": rng.integers(1, 5000, size),
        "status": rng.integers(0, causes, size),
        "group": rng.integers(0, 2, size),
    }


def leiomyo_job(job: str, data: dict[str, Any]) -> Callable[[], float]:
    from leiomyo.outcomes.event_table import EventTable

    def km() -> float:
        table = EventTable.from_rows(data["exit"], data["status"], strata={"group": data["group"]})
        table.kaplan_meier()
        return table.logrank().chi2 or 0.0

    def aj() -> float:
        curves = EventTable.from_rows(data["exit"], data["status"]).cumulative_incidence()
        return float(curves[0].incidence[-1])

    def cox() -> float:
        strata = {name: data[name] for name in ("c0", "c1", "c2", "c3")}
        return float(
            EventTable.from_rows(data["exit"], data["status"], strata=strata).cox(list(strata)).coefficients[0]
        )

    return {"km": km, "aj": aj, "cox": cox}[job]


def lifelines_job(job: str, data: dict[str, Any]) -> Callable[[], float]:
    import lifelines
    import lifelines.statistics
    import pandas as pd

    def km() -> float:
        parts = [data["group"] == label for label in (0, 1)]
        for part in parts:
            lifelines.KaplanMeierFitter().fit(data["exit"][part], data["status"][part])
        times, status = data["exit"], data["status"]
        a, b = parts
        return float(lifelines.statistics.logrank_test(times[a], times[b], status[a], status[b]).test_statistic)

    def aj() -> float:
        fit = lifelines.AalenJohansenFitter(calculate_variance=True, seed=1)
        return float(fit.fit(data["exit"], data["status"], event_of_interest=1).cumulative_density_.iloc[-1, 0])

    def cox() -> float:
        frame = pd.DataFrame({name: data[name] for name in ("exit", "status")})
        for name in ("c0", "c1", "c2", "c3"):
            for level in range(1, int(data[name].max()) + 1):
                frame[f"{name}_{level}"] = (data[name] == level).astype(float)
        return float(lifelines.CoxPHFitter().fit(frame, "exit", "status").params_.iloc[0])

    return {"km": km, "aj": aj, "cox": cox}[job]


def greenwood_job(job: str, data: dict[str, Any]) -> Callable[[], float]:
    import greenwood
    import numpy as np

    times = data["exit"].astype(float)

    def km() -> float:
        response = greenwood.Surv(times, event=data["status"].astype(bool))
        greenwood.KaplanMeier(conf_type="log-log").fit(response, by=data["group"])
        return float(greenwood.logrank_test(response, group=data["group"]).statistic)

    def aj() -> float:
        import pandas as pd

        states = pd.Categorical.from_codes(data["status"], ["censored", "one", "two"])
        greenwood.AalenJohansen().fit(greenwood.Surv(times, event=states))
        return float("nan")

    def cox() -> float:
        marks = [data[name] == level for name in ("c0", "c1", "c2", "c3") for level in range(1, data[name].max() + 1)]
        response = greenwood.Surv(times, event=data["status"].astype(bool))
        return float(greenwood.CoxPH().fit(response, np.column_stack(marks).astype(float)).coef_[0])

    return {"km": km, "aj": aj, "cox": cox}[job]


def sksurv_job(job: str, data: dict[str, Any]) -> Callable[[], float]:
    import numpy as np
    from sksurv.compare import compare_survival
    from sksurv.nonparametric import kaplan_meier_estimator

    def km() -> float:
        status, times, group = data["status"].astype(bool), data["exit"].astype(float), data["group"]
        for label in (0, 1):
            part = group == label
            kaplan_meier_estimator(status[part], times[part], conf_type="log-log")
        response = np.array(list(zip(status, times, strict=True)), dtype=[("event", bool), ("time", float)])
        return float(compare_survival(response, group)[0])

    return {"km": km}[job]


R_CODE = {
    "km": "y <- Surv(exit, status); survfit(y ~ group, conf.type = 'log-log'); v <- survdiff(y ~ group)$chisq",
    "aj": "f <- cuminc(exit, status); v <- tail(f[[1]]$est, 1)",
    "cox": "f <- coxph(Surv(exit, status) ~ factor(c0) + factor(c1) + factor(c2) + factor(c3)); v <- coef(f)[[1]]",
}


def r_job(job: str, data: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        lines = ["suppressMessages({library(survival); library(cmprsk)})"]
        for name, column in data.items():
            path = Path(folder) / name
            column.astype("<i4").tofile(path)
            lines.append(f'{name} <- readBin("{path}", "integer", {column.size}, size = 4)')
        lines += [
            f"s <- system.time({{{R_CODE[job]}}})[['elapsed']]",
            'versions <- paste0("R ", getRversion(), ", survival ", packageVersion("survival"), ", cmprsk ", '
            'packageVersion("cmprsk"))',
            'cat(s, sprintf("%.12g", v), versions, sep = "|")',
        ]
        done = subprocess.run(["Rscript", "-e", "\n".join(lines)], capture_output=True, text=True, check=True)
    seconds, value, version = done.stdout.strip().split("|")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"seconds": float(seconds), "value": float(value), "version": version, "peak_mb": peak / 1024}


def parquet_job(tool: str, size: int) -> dict[str, Any]:
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    from leiomyo.outcomes.event_table import EventTable

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "rows.parquet")
        pq.write_table(pa.table(rows("km", size)), path)
        connection = duckdb.connect()

        def scan() -> float:
            query = f"select \"group\", exit, status, count(*) from '{path}' group by all"
            return float(connection.sql(query).to_arrow_table().num_rows)

        def whole() -> float:
            table = EventTable.from_relation(connection.sql(f"from '{path}'"), strata=["group"])
            table.kaplan_meier()
            return table.logrank().chi2 or 0.0

        return timed(whole if tool == OURS else scan) | {"version": f"duckdb {duckdb.__version__}"}


def timed(run: Callable[[], float]) -> dict[str, Any]:
    """The best of up to three runs (one, where it takes long)."""
    best, value = float("inf"), 0.0
    for _ in range(3):
        start = time.perf_counter()
        value = run()
        best = min(best, time.perf_counter() - start)
        if best > 5:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": best, "value": value, "peak_mb": peak}


def work(tool: str, job: str, size: int) -> dict[str, Any]:
    if job == "parquet":
        return parquet_job(tool, size)
    data = rows(job, size)
    if tool == "R":
        return r_job(job, data)
    makers = {OURS: leiomyo_job, "lifelines": lifelines_job, "greenwood": greenwood_job, "sksurv": sksurv_job}
    run = makers[tool](job, data)
    version = f"{PACKAGES[tool]} {importlib.metadata.version(PACKAGES[tool])}"
    return timed(run) | {"version": version}


def has(python: str, package: str) -> bool:
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec('{package}') is None)"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def interpreter(tool: str, others: str | None) -> str | None:
    """Where a tool can run: this interpreter, the other one, or nowhere."""
    if tool in {OURS, "scan"}:
        return sys.executable
    if tool == "R":
        return sys.executable if shutil.which("Rscript") else None
    return next((python for python in (sys.executable, others) if python and has(python, tool)), None)


def measure(tool: str, job: str, size: int, python: str) -> dict[str, Any]:
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    command = [python, str(HERE), "--worker", tool, job, str(size)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT_SECONDS, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"over {LIMIT_SECONDS} s"}
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or ["no output"])[-1][:100]}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="small sizes only")
    parser.add_argument("--others", help="a Python with lifelines and scikit-survival")
    parser.add_argument("--jobs", nargs="*", choices=list(JOBS), default=list(JOBS))
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        tool, job, size = options.worker
        print(json.dumps(work(tool, job, int(size))))
        return
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}")
    for job in options.jobs:
        for size in (SHORT if options.short else SIZES)[job]:
            print(f"\n{JOBS[job]}, {size:,} rows")
            ours = None
            for tool in TOOLS[job]:
                python = interpreter(tool, options.others)
                found = measure(tool, job, size, python) if python else {"failed": "missing"}
                if tool == OURS:
                    ours = found.get("seconds")
                print(line(tool, found, ours))


def line(tool: str, found: dict[str, Any], ours: float | None) -> str:
    name = "grouped scan" if tool == "scan" else tool
    if "failed" in found:
        return f"  {name:<13} {found['failed']}"
    ratio = "" if ours is None or tool == OURS else f"{found['seconds'] / ours:8.1f} x ours"
    figures = f"{found['seconds']:9.4f} s {found['peak_mb']:7.0f} MB {ratio:<15} value {found['value']:.12g}"
    return f"  {name:<13} {figures}  [{found['version']}]"


if __name__ == "__main__":
    main()
