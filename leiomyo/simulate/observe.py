"""What centres write down of a cohort: split among them, and with the errors that records have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from leiomyo.errors import InputError
from leiomyo.model.records import Records, of_centre
from leiomyo.simulate.centres import settle
from leiomyo.simulate.days_told import blur
from leiomyo.simulate.drug_names import rename
from leiomyo.simulate.noise import Settings, dice
from leiomyo.simulate.planted.records import plant_in
from leiomyo.simulate.told import finished
from leiomyo.simulate.truth import Cohort, truth_table
from leiomyo.simulate.values_told import leave_out, register_late, slip_units, tell_twice


@dataclass(frozen=True, slots=True)
class Observed:
    """What all centres recorded, what is true of it, and how each centre encodes its files.

    `truth` has the cohort's tables and `identity` and `changed`.
    """

    records: Records
    truth: Mapping[str, pa.Table]
    encodings: Mapping[str, str]

    def of(self, centre: str) -> dict[str, pa.Table]:
        """The records of one centre."""
        return of_centre(self.records, centre)


def observe(cohort: Cohort, settings: Settings, *, seed: int, centres: Mapping[str, float]) -> Observed:
    """The cohort as centres record it.

    Parameters
    ----------
    cohort
        Drawn persons; nothing of it is changed.
    settings
        What goes wrong, and how often: `noise.settings(level)`.
    seed
        The same seed gives the same records, whatever the machine.
    centres
        The weight of each centre by its name.

    Returns
    -------
    Observed
        Rows in the order of the cohort, those of a second centre and those that were added behind them.

    Raises
    ------
    InputError
        `LM-A008`: there is no centre, or one of no weight.
    """
    if not centres or min(centres.values()) <= 0:
        raise InputError("LM-A008", "Name at least one centre, each with a weight above 0.")
    told = settle(cohort, settings, seed=seed, centres=centres)
    # who tells late or twice still has exact days; only then are days blurred and values lost
    for spoil in (register_late, tell_twice, slip_units, rename, blur, leave_out, plant_in):
        told = spoil(told, settings)
    records, changed = finished(told)
    people = told.people
    identity = truth_table("identity", {"centre": people.centre, "patient": people.patient, "person": people.person})
    encodings = _encodings(settings, seed, centres)
    return Observed(records, {**cohort.truth, "identity": identity, "changed": changed}, encodings)


def _encodings(settings: Settings, seed: int, centres: Mapping[str, float]) -> dict[str, str]:
    """How each centre encodes its files."""
    shares: Mapping[str, float] = settings.settings["encodings"].value
    rng, names = dice(seed, "encodings"), list(shares)
    weights = [share / sum(shares.values()) for share in shares.values()]
    return {centre: names[int(rng.choice(len(names), p=weights))] for centre in centres}
