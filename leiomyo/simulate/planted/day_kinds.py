"""Errors of days and of being alive: what is recorded where it cannot have happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from leiomyo.simulate.planted.case import FROZEN, Case, Dice, Row
from leiomyo.simulate.planted.planting import Form, Kind

_DEFAULT_DAYS = (date(1900, 1, 1), date(1970, 1, 1), date(1899, 12, 30))
_LATER_EVENTS = {"local_recurrence", "distant_metastasis"}


def _exact(case: Case, table: str, column: str) -> list[Row]:
    return [row for row in case.tables[table] if isinstance(row.get(column), date)]


def _dead(case: Case) -> bool:
    """Dead on a known day, long enough before the freeze for something to be dated after it."""
    died = case.person["death"]
    return isinstance(died, date) and died < FROZEN - timedelta(days=450)


def _told_once(case: Case) -> bool:
    """No visits are on file: the patient's own row alone says when and whether the patient died."""
    return not case.tables["follow_up"]


def _diagnosed(case: Case) -> date | None:
    day = case.index_tumour["diagnosis"]
    return day if isinstance(day, date) else None


def _after_death(table: str, column: str, last: int, *, wanted: Callable[[Row], bool] = lambda row: True) -> Form:
    """A form that moves the last fitting row behind the death, with its end where it has one."""

    def rows(case: Case) -> Iterable[Row]:
        if not _dead(case):
            return []
        fitting = [row for row in _exact(case, table, column) if wanted(row) and row.get("tumour", "1") == "1"]
        return sorted(fitting, key=lambda row: row[column])[-1:]

    def edit(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
        was, died = row[column], case.person["death"]
        row[column] = dice.after(died, 12, last)
        if isinstance(row.get("end"), date):
            row["end"] += row[column] - was
        elif row.get("end"):
            row["end"] = None
        return row, f"{column} was {was}, death is {died}"

    return Form(table, rows, edit)


def _person(fits: Callable[[Case], bool], edit: Callable[[Case, Row, Dice], str]) -> Form:
    """A form that spoils the patient's own row."""
    return Form("patient", lambda case: [case.person] if fits(case) else [],
                lambda case, row, dice: (row, edit(case, row, dice)))  # fmt: skip


def _put(row: Row, column: str, value: object) -> str:
    was = row.get(column)
    row[column] = value
    return f"{column} was {was if was is not None else 'empty'}"


def _before(low: int, high: int, column: str) -> Callable[[Case, Row, Dice], str]:
    """Puts a day of the row some days before the diagnosis."""
    return lambda case, row, dice: _put(row, column, dice.after(_diagnosed(case) or FROZEN, -high, -low))


def _deaths_told_once(case: Case) -> bool:
    return _told_once(case) and isinstance(case.person["death"], date) and _diagnosed(case) is not None


def _alive_told_once(case: Case) -> bool:
    known = isinstance(case.person["last_contact"], date) and _diagnosed(case) is not None
    return _told_once(case) and case.person["vital_status"] == "alive" and known


def _swapped(died: date) -> date:
    """The last two figures of the year exchanged: 2024 becomes 2042."""
    return date(2000 + died.year % 10 * 10 + died.year % 100 // 10, died.month, min(died.day, 28))


def _can_swap(case: Case) -> bool:
    died = case.person["death"]
    return isinstance(died, date) and not any(case.which("follow_up", vital_status="dead")) and _swapped(died) > FROZEN


def _moved(row: Row, column: str, day: date) -> tuple[Row, str]:
    return row, _put(row, column, day)


def _later_events(case: Case) -> Iterable[Row]:
    return [
        row for row in _exact(case, "disease_status", "day")
        if row["status"] in _LATER_EVENTS and row["moment"] == "later" and _diagnosed(case)
    ]  # fmt: skip


def _primary_operations(case: Case) -> Iterable[Row]:
    return [row for row in _exact(case, "surgery", "day") if row["kind"] == "primary" and _diagnosed(case)]


def _undated_diagnosis(case: Case) -> Iterable[Row]:
    """No year of diagnosis beside the date, so that the default date stands alone."""
    return [case.index_tumour] if _diagnosed(case) and case.index_tumour["diagnosis_year"] is None else []


def _typed_year(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
    year, swapped = row["diagnosis_year"], 2000 + row["diagnosis_year"] % 10 * 10 + row["diagnosis_year"] % 100 // 10
    wrong = swapped if abs(swapped - year) > 1 and swapped <= FROZEN.year else year - dice.whole(2, 9)
    return row, _put(row, "diagnosis_year", wrong)


DAY_KINDS = (
    Kind("alive_contact_after_death", "a contact finds the patient alive after the day of death", (
        _after_death("follow_up", "contact", 400, wanted=lambda row: row["vital_status"] == "alive"),)),
    Kind("drug_after_death", "a drug is started after the day of death", (
        _after_death("drug_exposure", "start", 250),)),
    Kind("surgery_after_death", "an operation lies after the day of death", (
        _after_death("surgery", "day", 300, wanted=lambda row: row["kind"] != "biopsy"),)),
    Kind("radiation_after_death", "radiation is started after the day of death", (
        _after_death("radiotherapy", "start", 250),)),
    Kind("recurrence_after_death", "a recurrence is found after the day of death", (
        _after_death("disease_status", "day", 400, wanted=lambda row: row["status"] in _LATER_EVENTS
                     and row["moment"] == "later"),)),
    Kind("symptom_after_death", "a complaint begins months or years after death", (
        _after_death("symptom", "onset", 440),)),
    Kind("death_before_diagnosis", "the patient died before the diagnosis", (
        _person(_deaths_told_once, _before(20, 500, "death")),)),
    Kind("last_contact_before_diagnosis", "a living patient was last seen before the diagnosis", (
        _person(_alive_told_once, _before(40, 900, "last_contact")),)),
    Kind("dead_without_day_of_death", "the patient is dead and no row tells when", (
        _person(_deaths_told_once, lambda case, row, dice: _put(row, "death", None)),)),
    Kind("alive_with_day_of_death", "the patient is alive and has a day of death", (
        _person(_alive_told_once, lambda case, row, dice: _put(
            row, "death", min(dice.after(row["last_contact"], 5, 200), FROZEN))),)),
    Kind("death_in_the_future", "the day of death has not come yet (2042 for 2024)", (
        _person(_can_swap, lambda case, row, dice: _put(row, "death", _swapped(row["death"]))),)),
    Kind("recurrence_before_diagnosis", "a recurrence or later metastasis lies before the diagnosis", (
        Form("disease_status", _later_events, lambda case, row, dice: _moved(
            row, "day", dice.after(_diagnosed(case) or FROZEN, -900, -60))),)),
    Kind("primary_surgery_years_before", "the primary was resected years before it was diagnosed", (
        Form("surgery", _primary_operations, lambda case, row, dice: _moved(
            row, "day", row["day"] - timedelta(days=dice.whole(800, 3300)))),)),
    Kind("year_against_date", "year and date of the diagnosis differ by two years or more", (
        Form("diagnosis", lambda case: [case.index_tumour] if _diagnosed(case)
             and case.index_tumour["diagnosis_year"] is not None else [], _typed_year),)),
    Kind("default_date", "a program's default date stands for the diagnosis or for the last contact", (
        Form("diagnosis", _undated_diagnosis, lambda case, row, dice: _moved(
            row, "diagnosis", dice.one(_DEFAULT_DAYS))),
        _person(_alive_told_once, lambda case, row, dice: _put(row, "last_contact", date(2099, 12, 31))))),
)  # fmt: skip
