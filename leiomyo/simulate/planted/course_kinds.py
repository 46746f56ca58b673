"""Errors of treatment and status: doses, stretches and statements that the rest of the record denies."""

from __future__ import annotations

from datetime import date, timedelta

from leiomyo.simulate.planted.case import Case, Dice, Row
from leiomyo.simulate.planted.fact_kinds import change, form, spreads
from leiomyo.simulate.planted.planting import Kind

_CONVENTIONAL = {25, 28, 30, 32, 33, 35}


def _days_left(case: Case, start: object) -> int:
    """Days from the start to death or last contact; negative where unknown."""
    return (case.last_day - start).days if isinstance(start, date) and case.last_day is not None else -1


def _conventional(case: Case, row: Row) -> bool:
    """A full course to the primary, where large fractions are no option."""
    full = row["dose_gy"] is not None and row["dose_gy"] >= 45 and row["fractions"] in _CONVENTIONAL
    return full and row["target"] == "primary"


def _tenth(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
    was = row["dose_gy"]
    row["dose_gy"] = was / 10
    row["dose_as_written"] = row["dose_as_written"] and f"{was / 10:g} Gy"
    return row, f"dose_gy was {was:g}"


def _imatinib(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
    """The drug of another tumour, given for as long as it is given there."""
    was, left = row["as_written"], _days_left(case, row["start"])
    days = min(dice.whole(300, 900), left)
    row |= {"agent": "imatinib", "as_written": "Imatinib", "end": row["start"] + timedelta(days=days), "cycles": None}
    row |= {"ongoing": False, "stated_kind": "targeted", "trial_drug": False, "dose_as_written": None}
    return row, f"drug was {was}"


def _last_single_drug(case: Case, row: Row) -> bool:
    """The last drug of a leiomyosarcoma, alone in its regimen, with most of a year of life behind its start."""
    if not case.is_lms or row["tumour"] != "1" or row["agent"] == "imatinib" or _days_left(case, row["start"]) < 280:
        return False
    others = [other["start"] for other in case.which("drug_exposure", tumour="1") if other is not row]
    return all(isinstance(start, date) and start < row["start"] for start in others)


def _long_doxorubicin(case: Case, row: Row) -> bool:
    """The dose that a heart bears in a life is reached within a year."""
    dated = isinstance(row["end"], date) and _days_left(case, row["start"]) > 950
    return row["agent"] == "doxorubicin" and dated


def _longer(case: Case, row: Row, dice: Dice, low: int, high: int) -> date:
    start: date = row["start"]
    return start + timedelta(days=min(dice.whole(low, high), _days_left(case, start)))


def _untreated_metastasis(case: Case, row: Row) -> bool:
    """With disease at a visit after a metastasis, and no treatment between the two."""
    known = [spread["day"] for spread in spreads(case)]
    if row["status"] != "AWD" or row["tumor_status"] != "with_tumor" or not known:
        return False
    if not all(isinstance(day, date) for day in (row["contact"], *known)) or min(known) >= row["contact"]:
        return False
    since = min(known)
    treated = [(r["day"], r["day"]) for r in case.tables["surgery"]]
    treated += [(r["start"], r["end"]) for name in ("radiotherapy", "drug_exposure") for r in case.tables[name]]
    return not any(_touches(first, last, since, row["contact"]) for first, last in treated)


def _touches(first: object, last: object, since: date, until: date) -> bool:
    """Whether a treatment may lie between two days; what is not known may."""
    if not isinstance(first, date):
        return True
    return first <= until and (not isinstance(last, date) or last >= since - timedelta(days=60))


def _free(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
    row |= {"status": "NED", "tumor_status": "tumor_free"}
    return row, "status was AWD, with tumour"


def _cause(case: Case, row: Row, status: str) -> bool:
    told = {"DOD": "disease", "DOC": "other"}[status]
    return row["cause_of_death"] == told and any(case.which("follow_up", vital_status="dead", status=status))


def _lives_on(case: Case, row: Row) -> bool:
    known = row["grade"] is not None and _days_left(case, row["day"]) > 60
    return case.person["vital_status"] == "alive" and known


COURSE_KINDS = (
    Kind("adjuvant_radiation_without_course", "a contact says adjuvant radiation, and no course is on file", (
        form("follow_up", lambda case, row: row["vital_status"] == "alive" and not case.tables["radiotherapy"]
             and row["adjuvant_radiation"] is False, change("adjuvant_radiation", lambda case, row, dice: True)),)),
    Kind("adjuvant_drugs_denied", "a contact denies adjuvant drugs that are on file before it", (
        form("follow_up", lambda case, row: row.get("adjuvant_drugs") is True and isinstance(row["contact"], date)
             and any(isinstance(r["start"], date) and r["start"] < row["contact"]
                     for r in case.which("drug_exposure", tumour="1", setting="adjuvant")),
             change("adjuvant_drugs", lambda case, row, dice: False)),)),
    Kind("dose_per_fraction_impossible", "a full dose to the primary in 5 fractions, or a tenth of it in 25", (
        form("radiotherapy", _conventional, change("fractions", lambda case, row, dice: 5)),
        form("radiotherapy", _conventional, _tenth))),
    Kind("imatinib_for_lms", "imatinib for most of a year or longer in a leiomyosarcoma", (
        form("drug_exposure", _last_single_drug, _imatinib),)),
    Kind("treatment_too_long", "radiation over more than a year, or doxorubicin over years", (
        form("radiotherapy", lambda case, row: isinstance(row["end"], date) and _days_left(case, row["start"]) > 440,
             change("end", lambda case, row, dice: _longer(case, row, dice, 395, 435))),
        form("drug_exposure", _long_doxorubicin,
             change("end", lambda case, row, dice: _longer(case, row, dice, 900, 4400))))),
    Kind("ned_after_untreated_metastasis", "no evidence of disease after a metastasis that nobody treated", (
        form("follow_up", _untreated_metastasis, _free),)),
    Kind("dod_but_alive", "dead of disease at a contact that found the patient alive", (
        form("follow_up", lambda case, row: row["vital_status"] == "alive" and row["status"] == "AWD"
             and case.person["vital_status"] == "alive", change("status", lambda case, row, dice: "DOD")),)),
    Kind("cause_against_status", "cause of death against the status at death (DOD, DOC)", (
        form("patient", lambda case, row: _cause(case, row, "DOD"),
             change("cause_of_death", lambda case, row, dice: dice.one(("other", "other_cancer")))),
        form("patient", lambda case, row: _cause(case, row, "DOC"),
             change("cause_of_death", lambda case, row, dice: "disease")))),
    Kind("grade5_in_the_living", "a fatal adverse event in a patient who lives on", (
        form("adverse_event", _lives_on, change("grade", lambda case, row, dice: 5)),)),
)  # fmt: skip
