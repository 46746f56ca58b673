"""The data sets of the oracle tests, each brought to the columns entry, exit, status, group, strat, c1 … c4.

Small ones are generated here or written out; public ones are read from the shared data folder (named by
LEIOMYO_SHARED, or ../shared/data beside the repository). `python tests/oracle/datasets.py FOLDER` writes all
of them as CSV, which is what `answers.R` reads.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from leiomyo.outcomes.event_table import EventTable

COLUMNS = ("entry", "exit", "status", "group", "strat", "c1", "c2", "c3", "c4")
Row = dict[str, str]


def shared_folder() -> Path | None:
    """The folder with the public data sets, if there is one."""
    given = os.environ.get("LEIOMYO_SHARED")
    folder = Path(given) if given else Path(__file__).resolve().parents[3] / "shared" / "data"
    for candidate in (folder, folder / "data"):
        if (candidate / "survival_r").is_dir():
            return candidate
    return None


def _public(
    file: str, row_of: Callable[[Row], Row], keep: Callable[[Row], bool] = lambda row: True
) -> Callable[[], list[Row]]:
    def read() -> list[Row]:
        folder = shared_folder()
        assert folder is not None
        with (folder / file).open(encoding="utf-8", newline="") as handle:
            return [row_of(row) for row in csv.DictReader(handle) if keep(row)]

    return read


def _known(value: str) -> str:
    return "" if value in {"", "NA"} else value


def _with(value: str, events: dict[str, str]) -> str:
    return events.get(value, "0")


PUBLIC: dict[str, Callable[[], list[Row]]] = {
    "lung": _public(
        "survival_r/cancer.csv",
        lambda r: {
            "exit": r["time"],
            "status": str(int(r["status"]) - 1),
            "group": r["sex"],
            "strat": _known(r["ph.ecog"]),
            "c1": r["sex"],
            "c2": _known(r["ph.ecog"]),
        },
    ),
    "ovarian": _public(
        "survival_r/ovarian.csv",
        lambda r: (
            {"exit": r["futime"], "status": r["fustat"], "group": r["rx"], "strat": r["resid.ds"]}
            | {"c1": r["rx"], "c2": r["resid.ds"]}
        ),
    ),
    "veteran": _public(
        "survival_r/veteran.csv",
        lambda r: (
            {"exit": r["time"], "status": r["status"], "group": r["trt"], "strat": r["celltype"]}
            | {"c1": r["trt"], "c2": r["celltype"], "c3": r["prior"]}
        ),
    ),
    "colon_death": _public(
        "survival_r/colon.csv",
        lambda r: (
            {"exit": r["time"], "status": r["status"], "group": r["rx"], "strat": r["node4"]}
            | {"c1": r["rx"], "c2": r["sex"], "c3": r["obstruct"], "c4": r["node4"]}
        ),
        lambda r: r["etype"] == "2",
    ),
    "colon_recurrence": _public(
        "survival_r/colon.csv",
        lambda r: (
            {"exit": r["time"], "status": r["status"], "group": r["rx"], "strat": r["extent"]}
            | {"c1": r["rx"], "c2": r["extent"]}
        ),
        lambda r: r["etype"] == "1",
    ),
    "rotterdam": _public(
        "survival_r/rotterdam.csv",
        lambda r: (
            {"exit": r["dtime"], "status": r["death"], "group": r["size"], "strat": r["meno"]}
            | {"c1": r["size"], "c2": r["grade"], "c3": r["meno"], "c4": r["chemo"]}
        ),
    ),
    "mgus2": _public(
        "survival_r/mgus2.csv",
        lambda r: {
            "exit": r["ptime"] if r["pstat"] == "1" else r["futime"],
            "status": "1" if r["pstat"] == "1" else ("2" if r["death"] == "1" else "0"),
            "group": r["sex"],
            "strat": str(int(r["dxyr"]) // 10),
        },
    ),
    "transplant": _public(
        "survival_r/transplant.csv",
        lambda r: {
            "exit": r["futime"],
            "status": _with(r["event"], {"death": "1", "ltx": "2", "withdraw": "3"}),
            "group": r["abo"],
            "strat": r["sex"],
        },
    ),
    "pbc": _public(
        "survival_r/pbc.csv",
        lambda r: {"exit": r["time"], "status": r["status"], "group": _known(r["trt"]), "strat": r["sex"]},
    ),
    "gbsg": _public(
        "survival_r/gbsg.csv",
        lambda r: (
            {"exit": r["rfstime"], "status": r["status"], "group": r["hormon"], "strat": r["grade"]}
            | {"c1": r["hormon"], "c2": r["grade"], "c3": r["meno"]}
        ),
    ),
    "kidney": _public(
        "survival_r/kidney.csv",
        lambda r: (
            {"exit": r["time"], "status": r["status"], "group": r["sex"], "strat": r["disease"]}
            | {"c1": r["sex"], "c2": r["disease"]}
        ),
    ),
    "stanford2": _public(
        "survival_r/stanford2.csv",
        lambda r: {"exit": r["time"], "status": r["status"], "group": "old" if float(r["age"]) > 40 else "young"},
    ),
    "larynx": _public(
        "survival_r/KMsurv_larynx.csv",
        lambda r: {"exit": r["time"], "status": r["delta"], "group": r["stage"], "c1": r["stage"]},
    ),
    "bmt": _public(
        "survival_r/KMsurv_bmt.csv",
        lambda r: {"exit": r["t2"], "status": r["d3"], "group": r["group"], "strat": r["z3"], "c1": r["group"]},
    ),
    "melanoma": _public(
        "survival_r/MASS_Melanoma.csv",
        lambda r: {
            "exit": r["time"],
            "status": _with(r["status"], {"1": "1", "3": "2"}),
            "group": r["sex"],
            "strat": r["ulcer"],
        },
    ),
    "gastric": _public("survival_r/asaur_gastricXelox.csv", lambda r: {"exit": r["timeWeeks"], "status": r["delta"]}),
    "hepatocellular": _public(
        "survival_r/asaur_hepatoCellular.csv",
        lambda r: {"exit": r["OS"], "status": r["Death"], "group": r["Gender"], "strat": r["Tumormultiplicity"]},
    ),
    "drug6mp": _public("survival_r/KMsurv_drug6mp.csv", lambda r: {"exit": r["t2"], "status": r["relapse"]}),
    "heart": _public(
        "survival_r/heart.csv",
        lambda r: (
            {"entry": r["start"], "exit": r["stop"], "status": r["event"], "group": r["transplant"]}
            | {"c1": r["transplant"], "c2": r["surgery"]}
        ),
    ),
    "cgd": _public(
        "survival_r/cgd.csv",
        lambda r: (
            {"entry": r["tstart"], "exit": r["tstop"], "status": r["status"], "group": r["treat"]}
            | {"c1": r["treat"], "c2": r["sex"], "c3": r["inherit"]}
        ),
    ),
    **{
        name.lower(): _public(
            f"survival_ipd/kmdata_{name}.csv",
            lambda r: {"exit": r["time"], "status": r["event"], "group": r["arm"], "c1": r["arm"]},
        )
        for name in ("Checkmate057_1A", "FIRE3_2B", "PALOMA3_2A", "RECOURSE_1A", "RTOG0617_2A")
    },
}


def _rows(exit: Sequence[object], status: Sequence[object], **more: Sequence[object]) -> Callable[[], list[Row]]:
    columns = {"exit": exit, "status": status, **more}
    return lambda: [
        {name: "" if value is None else str(value) for name, value in zip(columns, row, strict=True)}
        for row in zip(*columns.values(), strict=True)
    ]


def _random(
    seed: int,
    size: int,
    *,
    last: int = 40,
    causes: int = 1,
    groups: int = 2,
    late: bool = False,
    zero: bool = False,
    scale: float | None = None,
    covariates: bool = False,
) -> Callable[[], list[Row]]:
    """Rows drawn with a fixed seed: whole times with many ties, groups of unequal hazard."""

    def draw() -> list[Row]:
        rng = np.random.default_rng(seed)
        group, strat = rng.integers(0, groups, size), rng.integers(0, 3, size)
        marks = rng.integers(0, [2, 3, 2, 4], (size, 4))
        shift = marks @ [0.4, 0.3, -0.5, 0.1] if covariates else 0.3 * group + 0.2 * strat
        time = np.floor(rng.exponential(last / 2 * np.exp(-shift))).astype(int) + (0 if zero else 1)
        limit = rng.integers(1, last, size)
        status = np.where(time <= limit, rng.integers(1, causes + 1, size), 0)
        exit_ = np.minimum(time, limit)
        entry = rng.integers(0, last // 2, size) if late else np.zeros(size, dtype=int)
        rows = []
        for i in range(size):
            if late and entry[i] >= exit_[i]:
                continue
            shown = str(exit_[i]) if scale is None else repr(float(exit_[i]) / scale)
            row = {"exit": shown, "status": str(status[i]), "group": "abcdef"[group[i]], "strat": "xyz"[strat[i]]}
            row["entry"] = str(entry[i]) if late else ""
            if covariates:
                row |= {f"c{j + 1}": "klmn"[marks[i, j]] for j in range(4)}
            rows.append(row)
        return rows

    return draw


_P3 = [(6, 1), (6, 2), (6, 0), (12, 1), (12, 2), (12, 0), (18, 1), (18, 0), (24, 2), (24, 0)]
GENERATED: dict[str, Callable[[], list[Row]]] = {
    "case_p2": _rows([2, 5, 9, 8, 10, 12], [1, 1, 0, 1, 0, 1], entry=[0, 0, 0, 3, 4, 6]),
    "case_p3": _rows([t for t, _ in _P3], [c for _, c in _P3]),
    "one_event": _rows([7], [1]),
    "one_censored": _rows([7], [0]),
    "all_censored": _rows([1, 2, 3, 3], [0, 0, 0, 0], group=list("aabb")),
    "all_events": _rows([1, 2, 3, 3, 5, 6], [1] * 6, group=list("aababb")),
    "all_at_zero": _rows([0, 0, 0, 0], [1, 0, 1, 1], group=list("aabb")),
    "some_at_zero": _rows([0, 0, 1, 2, 2, 5], [1, 0, 1, 1, 0, 1], group=list("ababab")),
    "all_tied": _rows([4] * 6, [1, 1, 0, 1, 0, 1], group=list("aaabbb")),
    "flat_at_half": _rows([1, 2, 3, 4], [1, 1, 0, 0]),
    "flat_then_falls": _rows([1, 2, 3, 4], [1, 1, 1, 0]),
    "empties_and_refills": _rows([3, 5, 9, 11, 12, 14], [1, 0, 1, 0, 1, 0], entry=[0, 0, 6, 6, 8, 9]),
    "ties_between_causes": _rows(
        [2, 2, 2, 2, 4, 4, 4, 6, 6, 6], [1, 2, 1, 2, 0, 1, 2, 2, 1, 0], group=list("ababababab")
    ),
    "three_groups": _random(1, 120, groups=3),
    "two_causes": _random(2, 150, causes=2),
    "three_causes": _random(3, 400, causes=3, groups=4),
    "heavy_ties": _random(4, 2000, last=12, causes=2, groups=3),
    "late_entry": _random(5, 200, late=True),
    "late_entry_causes": _random(6, 300, causes=2, late=True, groups=3),
    "zeros": _random(7, 200, zero=True, last=10, causes=2),
    "tenths": _random(8, 150, scale=10.0),
    "hundredths": _random(9, 150, scale=100.0, last=900, causes=2),
    "four_covariates": _random(10, 1500, covariates=True, last=60),
    "four_covariates_late": _random(11, 900, covariates=True, last=60, late=True),
}


@cache
def rows(name: str) -> list[Row]:
    """The rows of one data set."""
    return [{column: row.get(column, "") for column in COLUMNS} for row in {**PUBLIC, **GENERATED}[name]()]


def table(name: str, *by: str) -> EventTable:
    """The event table of one data set, by the columns named; an empty label is unknown."""
    data = rows(name)
    late = any(row["entry"] for row in data)
    return EventTable.from_rows(
        np.array([float(row["exit"]) for row in data]),
        np.array([int(row["status"]) for row in data]),
        entry=[row["entry"] or None for row in data] if late else None,
        strata={column: [row[column] or None for row in data] for column in by},
    )


def write_all(folder: Path) -> None:
    """Write every data set as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*GENERATED, *(PUBLIC if shared_folder() else ())):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows(name))


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
