"""Values as they are recorded: not at all, in another unit, late, or twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from leiomyo.model.tables import TABLES
from leiomyo.simulate.noise import Settings, dice
from leiomyo.simulate.told import WHO, Change, Mask, Told, Whole, add_rows, blank, write

_RECURRENCES = ("local_recurrence", "regional_recurrence", "distant_metastasis")
_STATUS = {"disease": "DOD", "treatment": "DOD", "other": "DOC", "other_cancer": "DOC"}


def leave_out(told: Told, settings: Settings) -> Told:
    """Values that are not recorded."""
    for (table, column), share in settings.missing().items():
        among = told.known(table, column) & _can_go(told, table, column)
        mask = told.struck(table, share, f"missing {table}.{column}", among=among)
        name = f"missing.{table}.{column}"
        told = blank(told, table, mask, [column], Change(name, settings.settings[name].effect))
    return told


def _can_go(told: Told, table: str, column: str) -> Mask:
    """Where leaving it out leaves it untold: not where a follow-up form dates the death or the contact too."""
    who = told.who(table)
    if (table, column) not in {("patient", "death"), ("patient", "last_contact")}:
        return np.ones(len(who), dtype=bool)
    forms = np.zeros(len(told.people.person), dtype=bool)
    dead = told.equal("follow_up", "vital_status", "dead") if column == "death" else ~told.equal(
        "follow_up", "vital_status", "dead")  # fmt: skip
    forms[told.who("follow_up")[dead]] = True
    free = ~forms[who]
    return free if column == "death" else free & told.equal("patient", "vital_status", "alive")


def slip_units(told: Told, settings: Settings) -> Told:
    """Sizes in cm where mm are meant, doses in cGy where Gy are."""
    for table, column, name, factor in (("diagnosis", "size_mm", "size_in_centimetres", 0.1),
                                        ("radiotherapy", "dose_gy", "dose_in_centigray", 100.0)):  # fmt: skip
        mask = told.struck(table, settings.share(name), name, among=told.known(table, column), risk=False)
        was = told.tables[table][column].to_numpy(zero_copy_only=False)[mask]
        values = [round(float(value), 4) for value in was * factor]
        told = write(told, table, mask, {column: values}, Change(name, "false"))
    return told


def register_late(told: Told, settings: Settings) -> Told:
    """Deaths that stand on a follow-up form alone, while the patient's row says alive at an older contact."""
    mask = told.struck("patient", settings.share("late_registration"), "late", among=_dead_on_a_day(told))
    if not mask.any():
        return told
    low, high = told.days("patient", "death")
    who = told.who("patient")
    causes = np.array(told.tables["patient"]["cause_of_death"].to_pylist(), dtype=object)[mask]
    change = Change("late_registration", "renamed")
    has_form = _by_person(told, told.equal("follow_up", "vital_status", "dead"))
    forms = [_death_form(*row) for row in zip(who[mask], low[mask], high[mask], causes, strict=True)]
    older = _older_contact(told)[who[mask]].tolist()
    none = [None] * len(older)
    told = write(told, "patient", mask, {
        "vital_status": ["alive"] * len(older), "death_low": none, "death_high": none, "cause_of_death": none,
        "last_contact_low": older, "last_contact_high": older}, change)  # fmt: skip
    return add_rows(told, "follow_up", [row for row in forms if not has_form[row[WHO]]], change)


def tell_twice(told: Told, settings: Settings) -> Told:
    """Recurrences told again some days later, and deaths told with another day."""
    return _another_death(_again(told, settings), settings)


def _again(told: Told, settings: Settings) -> Told:
    low, high = told.days("disease_status", "day")
    recurred = np.any([told.equal("disease_status", "status", name) for name in _RECURRENCES], axis=0)
    later = told.equal("disease_status", "moment", "later")
    last = _last_day(told)[told.who("disease_status")]
    among = told.known("disease_status", "day") & (low == high) & recurred & later & (low + 28 <= last)
    mask = told.struck("disease_status", settings.share("recurrence_told_twice"), "again", among=among, risk=False)
    waits = dice(told.seed, "days until told again").integers(3, 29, size=int(mask.sum()))
    rows = told.tables["disease_status"].filter(mask).to_pylist()
    moved = [{**row, "day_low": day, "day_high": day} for row, day in zip(rows, (low[mask] + waits).tolist(),
                                                                          strict=True)]  # fmt: skip
    return add_rows(told, "disease_status", moved, Change("recurrence_told_twice", "repeated"))


def _another_death(told: Told, settings: Settings) -> Told:
    setting = settings.settings["death_told_twice"]
    low, _ = told.days("patient", "death")
    free = ~_by_person(told, told.equal("follow_up", "vital_status", "dead"))[told.who("patient")]
    among = _dead_on_a_day(told) & free
    mask = told.struck("patient", float(setting.value), "another death", among=among, risk=False)
    causes = np.array(told.tables["patient"]["cause_of_death"].to_pylist(), dtype=object)[mask]
    # another month at least, so that they contradict each other when only the month is told
    days = low[mask] + dice(told.seed, "another day of death").integers(32, 90, size=int(mask.sum()))
    rows = [_death_form(*row) for row in zip(told.who("patient")[mask], days, days, causes, strict=True)]
    return add_rows(told, "follow_up", rows, Change("death_told_twice", setting.effect, setting.checks))


def _dead_on_a_day(told: Told) -> Mask:
    low, high = told.days("patient", "death")
    dead = told.equal("patient", "vital_status", "dead") & told.known("patient", "death")
    return np.asarray(dead & (low == high), dtype=bool)


def _death_form(who: Any, low: Any, high: Any, cause: str | None) -> dict[str, Any]:
    row = {WHO: int(who), "contact_low": int(low), "contact_high": int(high), "vital_status": "dead"}
    return row | ({"status": _STATUS[cause]} if cause in _STATUS else {})


def _by_person(told: Told, forms: Mask) -> Mask:
    """Whether anybody has one of those follow-up forms, by place in the people."""
    found = np.zeros(len(told.people.person), dtype=bool)
    found[told.who("follow_up")[forms]] = True
    return found


def _last_day(told: Told) -> Whole:
    """Death or last contact, by place in the people; 0 where neither is known."""
    found = np.zeros(len(told.people.person), dtype=np.int64)
    for column in ("last_contact", "death"):
        known = told.known("patient", column)
        found[told.who("patient")[known]] = told.days("patient", column)[0][known]
    return found


def _older_contact(told: Told) -> Whole:
    """The last day on which anything else is recorded before the death, by place in the people."""
    found = np.zeros(len(told.people.person), dtype=np.int64)
    death = _last_day(told)
    for name, table in TABLES.items():
        for column in (column.name for column in table.columns if column.kind == "day" and name != "patient"):
            known, (low, high) = told.known(name, column), told.days(name, column)
            who = told.who(name)
            before = known & (low == high) & (low < death[who])
            np.maximum.at(found, who[before], low[before])
    return found
