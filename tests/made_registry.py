"""A registry whose truth is known, written straight into the statements: days count from the diagnosis on day 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from leiomyo.course.cases import identify_cases
from leiomyo.reconcile import reconcile
from leiomyo.registry import Registry

Row = Mapping[str, Any]


def registry_of(**tables: Iterable[Row]) -> Registry:
    """A registry in memory with these rows; every patient gets a leiomyosarcoma unless `diagnosis` says otherwise."""
    registry = Registry()
    store = registry.store
    store.append("source", [{"name": "made", "position": 0, "format": "made", "centre": "made", "path": "made"}])
    told = {name: list(rows) for name, rows in tables.items()}
    patients = [row["patient"] for row in told["patient"]]
    told.setdefault("diagnosis", [{"patient": name} for name in patients])
    defaults = {
        "patient": {"axis": "diagnosis"},
        "diagnosis": {"role": "index", "morphology": "8890/3", "histology": "Leiomyosarcoma"},
    }
    statement = 0
    with store.transaction():
        for table, rows in told.items():
            written = []
            for number, row in enumerate(rows, start=2):
                statement += 1
                tumour = (
                    {"tumour": "1"}
                    if table not in {"patient", "follow_up", "symptom", "biomarker", "adverse_event"}
                    else {}
                )
                written.append({"statement": statement, "centre": "made", "source": "made", "file": f"{table}.csv",
                                "row": number, **tumour, **defaults.get(table, {}), **row})  # fmt: skip
            store.append(f"statement_{table}", written)
        reconcile(store)
        identify_cases(store)
    return registry


def on(name: str, day: int | None) -> dict[str, int | None]:
    """A day's two stored columns."""
    return {f"{name}_low": day, f"{name}_high": day}


def adjuvant_cohort(patients: int, *, hazard_ratio: float, seed: int) -> Registry:
    """Resected patients with close or positive margins, some given radiation from day 30 to 120 after the operation.

    Large tumours recur twice as soon and are irradiated more often: left alone, radiation looks harmful. The true
    hazard ratio of radiation, from its first day on, is `hazard_ratio`; the time to recurrence is exponential.
    """
    rng = np.random.default_rng(seed)
    tables: dict[str, list[Row]] = {
        "patient": [],
        "diagnosis": [],
        "surgery": [],
        "radiotherapy": [],
        "disease_status": [],
    }
    for number in range(patients):
        name = f"P{number:04d}"
        large = rng.random() < 0.5
        rate = (2.0 if large else 1.0) / 900
        planned = int(rng.integers(30, 121)) if rng.random() < (0.7 if large else 0.3) else None
        recurred = rng.exponential(1 / rate)
        if planned is not None and recurred > planned:
            recurred = planned + (recurred - planned) / hazard_ratio
        irradiated = planned if planned is not None and recurred > planned else None
        follow_up = int(rng.integers(1000, 2500))
        surgery = int(rng.integers(10, 60))
        end = surgery + follow_up
        tables["patient"].append({"patient": name, "vital_status": "alive", **on("last_contact", end)})
        tables["diagnosis"].append({"patient": name, "size_mm": 150.0 if large else 60.0,
                                    "topography": ("C49.2", "C48.0")[number % 2]})  # fmt: skip
        tables["surgery"].append({"patient": name, "kind": "primary", **on("day", surgery), "residual_tumor": "R1",
                                  "margin": "positive" if rng.random() < 0.5 else "close"})  # fmt: skip
        if irradiated is not None:
            tables["radiotherapy"].append({"patient": name, "target": "primary", **on("start", surgery + irradiated)})
        if recurred < follow_up:
            tables["disease_status"].append({"patient": name, "status": "local_recurrence", "moment": "later",
                                             **on("day", surgery + max(1, round(recurred)))})  # fmt: skip
    return registry_of(**tables)
