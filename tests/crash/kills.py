"""An ingest killed with SIGKILL at some moment of it: which state is there, and does the next run complete it?

`python -m tests.crash.kills [--kills 200] [--seed 1]` prints what was found; the tests run a few of the same.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from leiomyo.registry import Registry
from tests import biotab

#: Large enough that an ingest takes a second or two.
PATIENTS = 800
#: Of these moments it is the last that can tear a file: so they get more than their share of the time.
MOMENTS = ("any", "any", "late", "commit", "commit")
#: What differs between two runs that did the same.
VOLATILE = {"meta": "key NOT IN ('registry', 'serial')"}
_STAMP = "* EXCLUDE (ingested_at)"

State = tuple[tuple[str, int, str], ...]


@dataclass(slots=True)
class Trial:
    """One command on one registry: the states that it may leave, in their order, and how long it takes."""

    name: str
    registry: Path
    sources: list[Path]
    states: list[State] = field(default_factory=list)
    seconds: float = 0.0
    #: From the moment its seal is prepared to the end of the process: commit, checkpoint, closing.
    commit_seconds: float = 0.0

    @property
    def command(self) -> list[str]:
        """What is killed."""
        words = ["ingest", *map(str, self.sources), "--registry", str(self.registry), "--quiet"]
        return [sys.executable, "-m", "leiomyo", *words]

    def restore(self) -> None:
        """The registry as it was before the command."""
        for ending in ("", ".seal"):
            shutil.copy(
                self.registry.with_name("before" + ending), self.registry.with_name(self.registry.name + ending)
            )
        for ending in (".wal", ".seal.next", ".tmp"):
            left = self.registry.with_name(self.registry.name + ending)
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def state(registry: Registry) -> State:
    """Every table of a registry, as its number of rows and the sum of their hashes."""
    names = registry.store.rows("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY 1")
    found = []
    for (name,) in names:
        columns = _STAMP if name in {"source", "change"} else "*"
        rows = f"SELECT {columns} FROM {name} WHERE {VOLATILE.get(name, 'true')}"
        n, digest = registry.store.rows(
            f"SELECT count(*), CAST(sum(CAST(hash(t) AS HUGEINT)) AS VARCHAR) FROM ({rows}) t"
        )[0]
        found.append((name, n, digest or ""))
    return tuple(found)


def write_export(folder: Path, centre: str, patients: int, *, depth: str = "Deep") -> Path:
    """A biotab export of made-up patients with a follow-up and two drugs each."""
    names = [f"{centre}-{n:05d}" for n in range(patients)]
    return biotab.write(
        folder,
        patient=[{"bcr_patient_barcode": name, "tumor_depth": depth} for name in names],
        follow_up=[{"bcr_patient_barcode": name, "bcr_followup_barcode": f"{name}-F"} for name in names],
        drug=[{"bcr_patient_barcode": name, "bcr_drug_barcode": f"{name}-D{k}", "days_to_drug_therapy_start": str(30 * k)}
              for name in names for k in range(2)],
    )  # fmt: skip


def trials(folder: Path, patients: int = PATIENTS) -> list[Trial]:
    """A new source, a corrected one and two at once, each on a registry that holds an acknowledged source."""
    first = write_export(folder / "exports" / "first", "AA", patients // 10)
    old, corrected = (write_export(folder / where / "second", "BB", patients, depth=depth)
                      for where, depth in (("exports/old", "Deep"), ("exports/new", "Superficial")))  # fmt: skip
    third = write_export(folder / "exports" / "third", "CC", patients // 2)
    made = []
    for name, before, sources in (
        ("new", [first], [old]), ("corrected", [first, old], [corrected]), ("two", [first], [old, third]),
    ):  # fmt: skip
        (folder / name).mkdir()
        trial = Trial(name, folder / name / "registry.duckdb", sources)
        with Registry(trial.registry) as held:
            for source in before:
                held.ingest(source)
            trial.states.append(state(held))
        for ending in ("", ".seal"):
            shutil.copy(trial.registry.with_name(trial.registry.name + ending), folder / name / f"before{ending}")
        with Registry(trial.registry) as held:
            for source in sources:
                held.ingest(source)
                trial.states.append(state(held))
        _time(trial)
        made.append(trial)
    return made


def _time(trial: Trial) -> None:
    trial.restore()
    start = time.perf_counter()
    process = subprocess.Popen(trial.command, stdout=subprocess.DEVNULL)
    _wait_for_commit(trial, process)
    commit = time.perf_counter()
    process.wait()
    trial.seconds, trial.commit_seconds = time.perf_counter() - start, time.perf_counter() - commit


def _wait_for_commit(trial: Trial, process: subprocess.Popen[bytes]) -> None:
    prepared = trial.registry.with_name(trial.registry.name + ".seal.next")
    while process.poll() is None and not prepared.exists():
        time.sleep(0.0005)


def kill(trial: Trial, moment: str, rng: random.Random) -> tuple[int, bool]:
    """Run the command, kill it, reopen, complete it: which of its states was found, and whether it had finished.

    Raises
    ------
    AssertionError
        What was found is none of the states, or less than was acknowledged, or the next run does not complete it.
    """
    trial.restore()
    process = subprocess.Popen(trial.command, stdout=subprocess.PIPE)
    if moment == "commit":
        _wait_for_commit(trial, process)
        time.sleep(rng.random() * trial.commit_seconds)
    else:
        time.sleep(trial.seconds * rng.uniform(0.2 if moment == "any" else 0.7, 1.0))
    process.kill()
    told = process.communicate()[0].decode()
    acknowledged = sum(line.endswith("quarantined.") or "changes." in line for line in told.splitlines())
    with Registry(trial.registry, create=False) as held:
        found = state(held)
        assert found in trial.states, f"{trial.name}: half-written"
        assert held.store.rows("SELECT count(*) FROM source_file WHERE rows <> kept + superseded + quarantined") == [
            (0,)
        ]
        at = trial.states.index(found)
        assert at >= acknowledged, f"{trial.name}: {acknowledged} acknowledged, {at} there"
        for source in trial.sources:
            held.ingest(source)
        assert state(held) == trial.states[-1], f"{trial.name}: the next run does not complete it"
    with Registry(trial.registry, create=False) as held:
        assert state(held) == trial.states[-1]
    return at, process.returncode == 0


def campaign(folder: Path, *, kills: int, seed: int) -> Counter[str]:
    """So many kills at moments drawn from the seed; how often each state was found."""
    rng = random.Random(seed)
    made = trials(folder)
    found: Counter[str] = Counter()
    for number in range(kills):
        trial, moment = made[number % len(made)], MOMENTS[number % len(MOMENTS)]
        at, finished = kill(trial, moment, rng)
        told = "finished" if finished else ("untouched", "complete")[at == len(trial.states) - 1]
        told = "first of two" if trial.name == "two" and at == 1 else told
        found[f"{moment}: {told}"] += 1
    return found


def main() -> None:
    """Kill and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = campaign(Path(folder), kills=options.kills, seed=options.seed)
    print(
        f"{options.kills} kills in {time.perf_counter() - start:.0f} s, seed {options.seed}: none lost, none half-written"
    )
    for told, n in sorted(found.items()):
        print(f"  {told}: {n}")


if __name__ == "__main__":
    main()
