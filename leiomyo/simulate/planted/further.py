"""Further forms of some kinds, for records that leave out what the first forms spoil: the wrong value is put in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from leiomyo.simulate.planted.case import FROZEN, Case, Dice, Row
from leiomyo.simulate.planted.fact_kinds import change, form, tumour_form
from leiomyo.simulate.planted.kinds import KINDS
from leiomyo.simulate.planted.planting import Form, Kind


def _dated(case: Case, row: Row) -> bool:
    return isinstance(row["diagnosis"], date) and row["diagnosis_year"] is None


def _living(case: Case, row: Row) -> bool:
    """Alive, last seen and diagnosed on known days."""
    known = isinstance(row["last_contact"], date) and isinstance(case.index_tumour["diagnosis"], date)
    return row["vital_status"] == "alive" and row["death"] is None and known


def _before(case: Case, row: Row, dice: Dice) -> date:
    diagnosed: date = case.index_tumour["diagnosis"]
    return diagnosed - timedelta(days=dice.whole(40, 900))


def _margin_alone(row: Row, margin: str, left: str) -> bool:
    return row["margin"] == margin and row["margin_mm"] is None and row["residual_tumor"] in {left, None}


def _adjuvant_drug(case: Case, row: Row) -> bool:
    """A contact that says nothing of adjuvant drugs, after one was begun."""
    given = [drug["start"] for drug in case.which("drug_exposure", tumour="1", setting="adjuvant")]
    told = row["vital_status"] == "alive" and row["adjuvant_drugs"] is None and isinstance(row["contact"], date)
    return told and any(isinstance(start, date) and start < row["contact"] for start in given)


def _not_irradiated(case: Case, row: Row) -> bool:
    silent = row["vital_status"] == "alive" and row["adjuvant_radiation"] is None
    return silent and not case.tables["radiotherapy"]


def _cause_alone(case: Case, row: Row) -> bool:
    """Dead on a known day of a known cause, and no form tells of the death."""
    told = row["cause_of_death"] in {"disease", "other"} and isinstance(row["death"], date)
    return told and not any(case.which("follow_up", vital_status="dead"))


def _other_status(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
    status = "DOC" if row["cause_of_death"] == "disease" else "DOD"
    added = case.add("follow_up", contact=row["death"], vital_status="dead", status=status)
    return added, "form added"


_FURTHER = {
    "last_contact_before_diagnosis": (form("patient", _living, change("last_contact", _before)),),
    "alive_with_day_of_death": (form("patient", _living, change("death", lambda case, row, dice: min(
        dice.after(row["last_contact"], 5, 200), FROZEN))),),
    "year_against_date": (tumour_form(_dated, change(
        "diagnosis_year", lambda case, row, dice: row["diagnosis"].year - dice.whole(2, 9))),),
    "necrosis_percent_against_code": (
        tumour_form(lambda case, row: row["necrosis"] == "extensive" and row["necrosis_percent"] is None,
                    change("necrosis_percent", lambda case, row, dice: 0.0)),
        tumour_form(lambda case, row: row["necrosis"] == "none" and row["necrosis_percent"] is None,
                    change("necrosis_percent", lambda case, row, dice: float(dice.whole(11, 18) * 5)))),
    "margin_width_against_margin": (
        form("surgery", lambda case, row: _margin_alone(row, "negative", "R0"),
             change("margin_mm", lambda case, row, dice: 0.0)),
        form("surgery", lambda case, row: _margin_alone(row, "positive", "R1"),
             change("margin_mm", lambda case, row, dice: float(dice.whole(15, 30))))),
    "adjuvant_radiation_without_course": (
        form("follow_up", _not_irradiated, change("adjuvant_radiation", lambda case, row, dice: True)),),
    "adjuvant_drugs_denied": (
        form("follow_up", _adjuvant_drug, change("adjuvant_drugs", lambda case, row, dice: False)),),
    "cause_against_status": (
        Form("follow_up", lambda case: [case.person] if _cause_alone(case, case.person) else [], _other_status),),
}  # fmt: skip

#: The kinds with all their forms.
ALL_KINDS: tuple[Kind, ...] = tuple(replace(kind, forms=(*kind.forms, *_FURTHER.get(kind.name, ()))) for kind in KINDS)
