"""A made cohort with planted errors, to measure what data-quality checks find and what they flag in vain.

    python benchmarks/planted/cohort.py --patients 2000 --seed 1 --out DIR

`DIR/tables/` holds one CSV file per case table, `DIR/truth/truth.csv` says what was planted where. Four of five
patients are clean, some of them unusual but right; the others carry one error each. The cohort is clinically
coherent and knows nothing of any check. The same seed gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

from patients import clean_cohort  # noqa: E402

from leiomyo.model import tables as model  # noqa: E402
from leiomyo.simulate.planted.case import TABLES, Case  # noqa: E402
from leiomyo.simulate.planted.kinds import KINDS  # noqa: E402
from leiomyo.simulate.planted.planting import Planted, plant  # noqa: E402

#: Days count from the calendar, which needs no saying.
_LEFT_OUT = {"axis"}
_PREFIXES = dict(zip(TABLES, ("", "D", "T", "Y", "E", "S", "R", "M", "F", "A"), strict=True))


def make(patients: int, seed: int) -> tuple[Sequence[Case], list[Planted]]:
    """The cohort with its errors, and the list of them."""
    cases = clean_cohort(patients, seed)
    return cases, plant(cases, KINDS, seed)


def write(cases: Sequence[Case], planted: Iterable[Planted], out: Path) -> None:
    """The tables, and apart from them the truth."""
    for part in ("tables", "truth"):
        (out / part).mkdir(parents=True, exist_ok=True)
    records: dict[int, str] = {}
    for table in TABLES:
        prefix = _PREFIXES[table]
        columns = [column.name for column in model.TABLES[table].columns if column.name not in _LEFT_OUT]
        lines = []
        for case in cases:
            for number, row in enumerate(case.tables[table], start=1):
                records[id(row)] = f"{case.patient}-{prefix}{number}" if prefix else ""
                keys = [case.patient, records[id(row)]] if prefix else [case.patient]
                lines.append([*keys, *(cell(row.get(column)) for column in columns)])
        head = ["patient", "record", *columns] if prefix else ["patient", *columns]
        _write_csv(out / "tables" / f"{table}.csv", head, lines)
    truth = [[one.kind, one.case.patient, one.table, hint(records[id(one.row)]), one.note] for one in planted]
    _write_csv(out / "truth" / "truth.csv", ["kind", "patient", "table", "row_hint", "note"], truth)


def hint(record: str) -> str:
    return f"record={record}" if record else "the patient's row"


def cell(value: object) -> str:
    """A value as it stands in the files: days as ISO dates, flags as yes and no, nothing where not recorded."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _write_csv(path: Path, head: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(lines)


def _print_counts(cases: Sequence[Case], counts: Mapping[str, int]) -> None:
    for kind in KINDS:
        print(f"{counts[kind.name]:5d}  {kind.name} ({kind.tables}): {kind.wrong}")
    print(f"{sum(counts.values())} errors of {len(KINDS)} kinds in {len(cases)} patients")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    cases, planted = make(asked.patients, asked.seed)
    write(cases, planted, asked.out)
    _print_counts(cases, Counter(one.kind for one in planted))


if __name__ == "__main__":
    main()
