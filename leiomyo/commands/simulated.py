"""A simulated cohort as a folder: exports by centre, the truth beside them, and a manifest of how both came about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from leiomyo.commands.found import found_in
from leiomyo.config import VERSION
from leiomyo.errors import InputError
from leiomyo.exports.writers import FORMATS, cannot, writer
from leiomyo.registry import Registry
from leiomyo.simulate.disease import draw
from leiomyo.simulate.lost import PLANTED
from leiomyo.simulate.noise import Settings, settings
from leiomyo.simulate.observe import Observed, observe
from leiomyo.simulate.planted.kinds import not_told
from leiomyo.simulate.score import score
from leiomyo.simulate.truth import declared, truth_schema, truth_table

_MANIFEST = "manifest.json"
#: Without another number, at least so many centres.
_CENTRES = 3


def write_simulation(folder: Path, *, patients: int, seed: int, formats: Sequence[str], noise: str,
                     n: int | None = None) -> dict[str, Any]:  # fmt: skip
    """Draw a cohort, write its exports and its truth; the manifest.

    Raises
    ------
    InputError
        `LM-A017`: the folder is not empty. `LM-A008`, `LM-A024`: a format, a number or the level cannot be used.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("LM-A017", f"{folder} is not empty.")
    level, names = settings(noise), [name.strip() for name in formats]
    if unknown := next((name for name in names if name not in FORMATS), None):
        raise InputError("LM-A008", f"There is no format {unknown!r}; there is: {', '.join(FORMATS)}.")
    if n is not None and n < len(names):
        raise InputError("LM-A008", f"{len(names)} formats need as many centres at least; {n} are asked for.")
    weights = centres(n or max(_CENTRES, len(names)))
    observed = observe(draw(patients, seed), level, seed=seed, centres=weights)
    own = {centre: names[place % len(names)] for place, centre in enumerate(weights)}
    told, unsaid = _write_exports(folder / "exports", observed, level, own)
    _write_truth(folder / "truth", {**observed.truth, "unsaid": unsaid})
    manifest = {"seed": seed, "patients": patients, "noise": noise, "version": VERSION, "formats": names,
                "centres": {centre: {"weight": weights[centre], **told[centre]} for centre in weights}}  # fmt: skip
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def centres(n: int) -> dict[str, float]:
    """So many centres with their weights: the second has half of the first, the third a third.

    Examples
    --------
    >>> centres(3)
    {'C1': 1.0, 'C2': 0.5, 'C3': 0.333333}
    """
    return {f"C{place}": round(1 / place, 6) for place in range(1, n + 1)}


def _write_exports(folder: Path, observed: Observed, level: Settings, formats: Mapping[str, str]
                   ) -> tuple[dict[str, dict[str, Any]], pa.Table]:  # fmt: skip
    """Each centre's export; how it was written, and the truth table of what was left out."""
    told, unsaid = {}, []
    for centre, format in formats.items():
        encoding = observed.encodings[centre] if format in level.settings["encodings"].formats else "utf-8"
        records = observed.of(centre)
        told[centre] = {"format": format, "encoding": encoding, "patients": records["patient"].num_rows}
        if not told[centre]["patients"]:
            continue
        left = writer(format)(records, folder / f"{centre}-{format}", name=f"{centre}_{format}", encoding=encoding)
        unsaid += [{"centre": centre, "format": format, "what": what, "n": n} for what, n in left.items() if n]
    columns = {name: [row[name] for row in unsaid] for name in truth_schema("unsaid").names}
    return told, truth_table("unsaid", columns)


def _write_truth(folder: Path, truth: Mapping[str, pa.Table]) -> None:
    folder.mkdir(parents=True)
    for name, table in truth.items():
        pq.write_table(table, folder / f"{name}.parquet")
    (folder / "README.md").write_text(truth_page(), encoding="utf-8")


def truth_page() -> str:
    """What the truth tables hold, from their declaration."""
    page = "# What is true of this cohort\n\nThe persons are drawn at random and are nobody.\n"
    for name, columns in declared().items():
        page += f"\n## {name}.parquet\n\n| column | type | unit | meaning |\n| --- | --- | --- | --- |\n"
        for row in columns:
            cells = (f"`{row['column']}`", row["type"], row["unit"], row["meaning"].replace("|", "\\|"))
            page += "| " + " | ".join(cells) + " |\n"
    return page


def score_simulation(folder: Path) -> dict[str, Any]:
    """Read the exports of a simulated cohort into a registry of their own and hold what is found against the truth.

    Raises
    ------
    InputError
        `LM-A025`: it is no such folder. `LM-A026`: an export was refused.
    """
    manifest, truth = _read(folder)
    unsayable = set()
    with Registry() as registry:
        for place in sorted(path for path in (folder / "exports").iterdir() if path.is_dir()):
            centre, _, format = place.name.partition("-")
            result = registry.ingest(place, name=place.name, centre=centre)
            if result.status == "refused":
                worst = next(problem for problem in result.problems if problem.severity == "error")
                raise InputError("LM-A026", f"{place.name}: {worst}")
            unsayable |= {(centre, table, column) for table, column in cannot(format)}
            unsayable |= {(centre, PLANTED, kind) for kind in not_told(format)}
        found = found_in(registry, frozenset(unsayable))
    return score(found, truth, noise=manifest["noise"])


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, pa.Table]]:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        truth = {name: pq.read_table(folder / "truth" / f"{name}.parquet", schema=truth_schema(name))
                 for name in declared()}  # fmt: skip
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        raise InputError("LM-A025", f"{folder}: {error}") from error
    if not (folder / "exports").is_dir() or not {"noise", "centres"} <= set(manifest):
        raise InputError("LM-A025", f"{folder} has no exports, or its manifest names no level of noise or no centres.")
    told = {f"{centre}-{one['format']}" for centre, one in manifest["centres"].items() if one["patients"]}
    there = {path.name for path in (folder / "exports").iterdir() if path.is_dir()}
    if told != there:
        odd = ", ".join(sorted(told ^ there))
        raise InputError("LM-A025", f"The manifest and the folder exports/ name other centres: {odd}.")
    return manifest, truth
