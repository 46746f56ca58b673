"""Made-up records for tests of who is who: the statements of several centres, on either axis."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from leiomyo.course.cases import identify_cases
from leiomyo.model.tables import TABLES
from leiomyo.reconcile import reconcile
from leiomyo.registry import Registry

EPOCH = datetime.date(1970, 1, 1)
_WITHOUT_TUMOUR = {"patient", "follow_up", "symptom", "biomarker", "adverse_event"}
#: What is made anew on each reconciliation; undoing a decision has to give exactly this back.
MADE = (*TABLES, "conflict", "lms_case", "input_row", "source_file", "same_person")


def day(text: str) -> int:
    """A date as the calendar axis counts it."""
    return (datetime.date.fromisoformat(text) - EPOCH).days


def on(name: str, low: int | None, high: int | None = None) -> dict[str, int | None]:
    """A day's two stored columns."""
    return {f"{name}_low": low, f"{name}_high": low if high is None else high}


def registry_of(rows: Mapping[str, list[tuple[str, dict[str, Any]]]], path: Path | None = None) -> Registry:
    """A registry with these rows; the keys are `CENTRE/PATIENT`, each centre is one source, in order."""
    registry = Registry(path)
    store = registry.store
    centres = list(dict.fromkeys(name.split("/")[0] for name in rows))
    store.append("source", [{"name": c, "position": n, "format": "made", "centre": c, "path": "made"}
                            for n, c in enumerate(centres)])  # fmt: skip
    written: dict[str, list[dict[str, Any]]] = {}
    inputs = []
    number = 0
    for name, told in rows.items():
        centre, patient = name.split("/")
        for table, values in told:
            number += 1
            where = {"source": centre, "file": "made.csv", "row": number}
            tumour = {} if table in _WITHOUT_TUMOUR else {"tumour": "1"}
            inputs.append({**where, "patient": patient})
            written.setdefault(table, []).append(
                {"statement": number, "centre": centre, "patient": patient, **where, **tumour, **values}
            )
    with store.transaction():
        for table, values in written.items():
            store.append(f"statement_{table}", values)
        store.append("input_row", inputs)
        store.append("source_file", [{"source": c, "file": "made.csv", "rows": sum(i["source"] == c for i in inputs)}
                                     for c in centres])  # fmt: skip
        reconcile(store)
        identify_cases(store)
    return registry


def dated(birth: str, diagnosis: str, *, sex: str = "female", topography: str = "C48.0", size: float | None = 80,
          contact: str | None = None, **patient: Any) -> list[tuple[str, dict[str, Any]]]:  # fmt: skip
    """The patient row and the diagnosis of a record with dates."""
    told = {"axis": "calendar", "sex": sex, **on("birth", day(birth)), **patient}
    told |= on("last_contact", day(contact)) | {"vital_status": "alive"} if contact else {}
    return [
        ("patient", told),
        ("diagnosis", {"role": "index", "morphology": "8890/3", "histology": "Leiomyosarcoma", "size_mm": size,
                       "topography": topography, **on("diagnosis", day(diagnosis))}),
    ]  # fmt: skip


def cohort(patients: int, *, seed: int, centres: int = 2) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Different patients with leiomyosarcoma, as two centres that both count from 1 would write them."""
    rng = np.random.default_rng(seed)
    topographies = ["C54.2", "C55.9", "C48.0", "C49.2", "C49.1", "C49.4", "C16.9", "C49.5", "C44.7"]
    shares = np.array([0.25, 0.12, 0.25, 0.14, 0.04, 0.05, 0.06, 0.05, 0.04])
    rows = {}
    for number in range(patients):
        diagnosis = day("2005-01-01") + int(rng.integers(0, 18 * 365))
        birth = diagnosis - int(np.clip(rng.normal(60, 13), 20, 92) * 365.25)
        follow = int(rng.exponential(1200)) + 30
        dead = rng.random() < 0.4
        told: dict[str, Any] = {"axis": "calendar", "sex": "female" if rng.random() < 0.67 else "male",
                                "vital_status": "dead" if dead else "alive"}  # fmt: skip
        # half the records have the year of birth only
        told |= (
            on("birth", birth) if rng.random() < 0.5 else on("birth", birth - birth % 365, birth - birth % 365 + 364)
        )
        told |= on("death" if dead else "last_contact", diagnosis + follow)
        if told["sex"] == "male":
            sites = shares * [not code.startswith("C5") for code in topographies]
        else:
            sites = shares
        tumour = {"role": "index", "morphology": "8890/3", "histology": "Leiomyosarcoma",
                  "topography": str(rng.choice(topographies, p=sites / sites.sum())),
                  "size_mm": float(round(rng.lognormal(4.4, 0.5) / 5) * 5), **on("diagnosis", diagnosis)}  # fmt: skip
        operated = diagnosis + int(rng.exponential(20))
        name = f"C{number % centres}/P{number // centres:04d}"
        rows[name] = [("patient", told), ("diagnosis", tumour), ("surgery", {"kind": "primary", **on("day", operated)})]
    return rows


def made(registry: Registry) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a reconciliation makes."""
    return {name: registry.store.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in MADE}
