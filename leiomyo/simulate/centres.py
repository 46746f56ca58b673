"""Who is treated where: persons split among centres, each named by its centre, some with records at two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from leiomyo.model.tables import TABLES
from leiomyo.simulate.noise import Settings, dice
from leiomyo.simulate.told import WHO, Change, Mask, People, Told, Whole, named, noted, write
from leiomyo.simulate.truth import Cohort, identifier

#: A person is referred no sooner than so many days after the diagnosis, with as much left to tell.
_REFERRED_AFTER = 30
#: The day that says to which of two centres a row belongs; tables without one are told by both.
_DAY = {"symptom": "onset", "disease_status": "day", "surgery": "day", "radiotherapy": "start",
        "drug_exposure": "start", "follow_up": "contact", "biomarker": "day", "adverse_event": "day"}  # fmt: skip
_EARLY_DAYS = 180


def settle(cohort: Cohort, settings: Settings, *, seed: int, centres: Mapping[str, float]) -> Told:
    """The cohort's tables under the centres' names, and who is who; a person at two centres tells each a part."""
    person = cohort.truth["person"]
    numbers = person["person"].to_numpy().astype(np.int64)
    first = _drawn(dice(seed, "centres"), len(numbers), centres)
    referred = _referred(cohort, settings, seed) if len(centres) > 1 else np.zeros(len(numbers), dtype=bool)
    second = _another(dice(seed, "second centre"), first[referred], centres)
    people = _people(cohort, settings, seed=seed, centres=centres,
                     place=np.concatenate([np.arange(len(numbers)), np.flatnonzero(referred)]),
                     centre=np.concatenate([first, second]))  # fmt: skip
    known = pa.array([identifier(number) for number in numbers.tolist()])
    tables = {}
    for name in TABLES:
        who = pc.index_in(cohort.records[name]["patient"], value_set=known).combine_chunks().cast(pa.int64())
        tables[name] = named(cohort.records, name, who, people)
    told = Told(seed, people, tables)
    return _divided(told, cohort, np.flatnonzero(referred)) if referred.any() else told


def _drawn(rng: np.random.Generator, n: int, centres: Mapping[str, float]) -> Whole:
    weights = np.cumsum(list(centres.values()))
    return _place(weights, rng.random(n) * weights[-1])


def _place(ends: npt.NDArray[np.float64], drawn: npt.NDArray[np.float64]) -> Whole:
    return np.asarray(np.minimum(np.searchsorted(ends, drawn, side="right"), len(ends) - 1), dtype=np.int64)


def _another(rng: np.random.Generator, first: Whole, centres: Mapping[str, float]) -> Whole:
    """A centre that is not the first, by weight."""
    weights = np.array(list(centres.values()), dtype=float)
    left = np.cumsum(weights) - weights
    own = weights[first]
    drawn = rng.random(len(first)) * (weights.sum() - own)
    # what lies beyond the own centre's stretch begins after it
    drawn = np.where(drawn >= left[first], drawn + own, drawn)
    return _place(np.cumsum(weights), drawn)


def _referred(cohort: Cohort, settings: Settings, seed: int) -> Mask:
    """Who has records at two centres: leiomyosarcomas followed for long enough to be told in two parts."""
    person = cohort.truth["person"]
    lived = person["last_day"].to_numpy() - person["diagnosis_day"].to_numpy()
    able = person["lms"].to_numpy(zero_copy_only=False).astype(bool) & (lived > 2 * _REFERRED_AFTER + 2)
    share = settings.share("persons_at_two_centres") * len(able) / max(1, int(able.sum()))
    drawn: Mask = able & (dice(seed, "referred").random(len(able)) < share)
    return drawn


def _people(cohort: Cohort, settings: Settings, *, seed: int, centres: Mapping[str, float], place: Whole,
            centre: Whole) -> People:  # fmt: skip
    person = cohort.truth["person"].take(pa.array(place))
    names = pa.array(list(centres))
    codes = centre.astype(np.int64)
    order = dice(seed, "identifiers").permutation(len(codes))
    # numbered within the centre in an order that tells nothing
    number = np.empty(len(codes), dtype=np.int64)
    for which in range(len(centres)):
        mine = order[codes[order] == which]
        number[mine] = np.arange(1, len(mine) + 1)
    called = [f"{name}-{one:05d}" for name, one in zip(names.take(pa.array(codes)).to_pylist(), number.tolist(),
                                                       strict=True)]  # fmt: skip
    weights = np.array(list(centres.values()), dtype=float)
    small = (weights < weights.mean())[codes]
    return People(names.take(pa.array(codes)), pa.array(called, type=pa.string()), person["person"].to_numpy(),
                  _risk(person, settings, small))  # fmt: skip


def _risk(person: pa.Table, settings: Settings, small: Mask) -> npt.NDArray[np.float64]:
    """How much likelier than on average a value is missing: old diagnoses, early deaths, small centres."""
    day = person["diagnosis_day"].to_numpy()
    oldest = day <= np.sort(day)[(len(day) - 1) // 5] if len(day) else np.zeros(0, dtype=bool)
    dead = person["dead"].to_numpy(zero_copy_only=False).astype(bool)
    early = dead & (person["last_day"].to_numpy() - day <= _EARLY_DAYS)
    factors = (("older_diagnosis", oldest), ("early_death", early), ("small_centre", small))
    risk = np.ones(len(day))
    for name, mask in factors:
        risk = np.where(mask, risk * settings.share(name), risk)
    return np.asarray(risk / risk.mean() if len(risk) else risk, dtype=np.float64)


def _divided(told: Told, cohort: Cohort, place: Whole) -> Told:
    """What the second centre tells: rows from the day of referral on; the diagnosis and its stage are told by both."""
    person = cohort.truth["person"].take(pa.array(place))
    n, diagnosed, last = (
        cohort.truth["person"].num_rows,
        person["diagnosis_day"].to_numpy(),
        person["last_day"].to_numpy(),
    )
    drawn = dice(told.seed, "referral").random(len(place))
    day = diagnosed + _REFERRED_AFTER + (drawn * (last - diagnosed - 2 * _REFERRED_AFTER)).astype(np.int64)
    referral, second = np.full(n, np.iinfo(np.int64).max), np.full(n, -1, dtype=np.int64)
    referral[place], second[place] = day, n + np.arange(len(place))
    tables = {name: _shared(told, name, referral, second) for name in told.tables}
    both = np.concatenate([place, n + np.arange(len(place))])
    note = noted(told.people, both, "*", None, Change("persons_at_two_centres", "divided"),
                 was=[None] * len(both), written=[None] * len(both))  # fmt: skip
    told = replace(told, tables=tables, changes=(*told.changes, note))
    return _left_alive(told, referral)


def _shared(told: Told, table: str, referral: Whole, second: Whole) -> pa.Table:
    """A table with the rows of those referred under the right centre, or under both."""
    held, who = told.tables[table], told.who(table)
    day = told.days(table, _DAY[table])[0] if table in _DAY else np.zeros(len(who), dtype=np.int64)
    later = (second[who] >= 0) & (day >= referral[who])
    again = (second[who] >= 0) if table not in _DAY else later
    moved = pa.array(second[who[again]])
    copies = held.filter(pa.array(again))
    for place, (name, values) in enumerate((("centre", told.people.centre), ("patient", told.people.patient))):
        copies = copies.set_column(place, pa.field(name, pa.string()), values.take(moved))
    copies = copies.set_column(held.schema.get_field_index(WHO), pa.field(WHO, pa.int64()), moved)
    return pa.concat_tables([held.filter(pa.array(~later)), copies])


def _left_alive(told: Told, referral: Whole) -> Told:
    """The first centre last saw the person alive on the day of referral."""
    who = told.who("patient")
    day = np.concatenate([referral, np.full(len(told.people.person) - len(referral), np.iinfo(np.int64).max)])[who]
    left = day < np.iinfo(np.int64).max
    told_days = day[left].tolist()
    none = [None] * len(told_days)
    values = {"vital_status": ["alive"] * len(told_days), "death_low": none, "death_high": none, "cause_of_death": none,
              "last_contact_low": told_days, "last_contact_high": told_days}  # fmt: skip
    return write(told, "patient", left, values, Change("persons_at_two_centres", "divided"))
