"""A registry to try things on: simulated patients of three centres, as they would have come from their exports."""

from __future__ import annotations

import tempfile
from pathlib import Path

from leiomyo.commands.simulated import write_simulation
from leiomyo.registry import Registry


def example(patients: int = 200, seed: int = 1, *, noise: str = "default") -> Registry:
    """A registry in memory with simulated patients; they are nobody's, and what they show is no evidence.

    Parameters
    ----------
    patients, seed
        How many persons to draw, and the seed of the draws: the same give the same registry.
    noise
        What the records get wrong: `clean`, `default` or `heavy`; docs/simulation.md says how often.

    Examples
    --------
    >>> import leiomyo
    >>> leiomyo.example(noise="clean").survival("os").groups[0]["n"]
    190
    """
    registry = Registry()
    with tempfile.TemporaryDirectory() as folder:
        told = write_simulation(Path(folder), patients=patients, seed=seed, formats=["csv"], noise=noise, n=3)
        for centre, one in told["centres"].items():
            registry.ingest(Path(folder) / "exports" / f"{centre}-{one['format']}", centre=centre)
    return registry
