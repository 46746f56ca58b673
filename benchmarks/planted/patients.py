"""One whole patient: who it is, the course, the visits, and what the registry failed to record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from journey import Journey
from treatment import live, operated_first
from tumours import WISHES, Tumour, Wish, draw_tumour, record_tumour

from leiomyo.simulate.planted.case import FROZEN, Case, Dice, Row

_FIRST, _LAST = date(2000, 1, 1), date(2026, 4, 30)
#: How often a value is not recorded, whatever the course; 5 to 45 %, as in registries of rare cancers.
MISSING = {
    "patient": {"birth": 0.08, "cause_of_death": 0.12, "other_malignancy": 0.3, "contributing_site": 0.05},
    "diagnosis": {
        "diagnosis_year": 0.4, "age_years": 0.08, "morphology": 0.05, "histology_subtype": 0.4, "topography": 0.02,
        "subsites": 0.12, "laterality": 0.06, "size_mm": 0.12, "size_basis": 0.15, "depth": 0.15,
        "mitoses_per_10_hpf": 0.25, "necrosis": 0.3, "necrosis_percent": 0.3, "multifocal": 0.3, "lesions": 0.4,
        "vessel_of_origin": 0.1, "uterine_involvement": 0.2,
    },
    "stage": {"t": 0.08, "n": 0.1, "m": 0.08, "stage_group": 0.1, "basis": 0.1, "derived": 0.5},
    "symptom": {"onset": 0.1},
    "disease_status": {"day": 0.02, "site": 0.08, "route": 0.4, "criteria": 0.3, "size_mm": 0.4, "lesions": 0.4},
    "surgery": {
        "day": 0.02, "margin": 0.12, "margin_mm": 0.4, "residual_tumor": 0.15, "neoadjuvant": 0.2, "rupture": 0.3,
        "morcellation": 0.3, "organs_resected": 0.2, "organs_invaded": 0.3,
    },
    "radiotherapy": {
        "end": 0.1, "ongoing": 0.3, "setting": 0.15, "target": 0.08, "dose_gy": 0.06, "dose_as_written": 0.5,
        "fractions": 0.12, "technique": 0.15,
    },
    "drug_exposure": {
        "start": 0.03, "end": 0.08, "setting": 0.2, "stated_kind": 0.3, "trial_drug": 0.3, "line_stated": 0.45,
        "cycles": 0.3, "response": 0.3,
    },
    "follow_up": {
        "tumor_status": 0.12, "status": 0.12, "lost": 0.3, "adjuvant_radiation": 0.25, "adjuvant_drugs": 0.25,
        "new_tumor_event": 0.25,
    },
    "adverse_event": {"grade": 0.08, "day": 0.04, "attributed_to": 0.2},
}  # fmt: skip
#: How often only month or year of a day are recorded.
PARTIAL = {
    "patient": {"birth": 0.08, "death": 0.03}, "diagnosis": {"diagnosis": 0.02}, "symptom": {"onset": 0.3},
    "disease_status": {"day": 0.05}, "surgery": {"day": 0.02}, "radiotherapy": {"start": 0.03, "end": 0.03},
    "drug_exposure": {"start": 0.06, "end": 0.06}, "adverse_event": {"day": 0.06},
}  # fmt: skip


def wishes_for(patients: int, seed: int) -> dict[int, Wish]:
    """Where the unusual but right patients stand: each kind once in 400 patients, at least once."""
    wanted = [wish for wish in WISHES for _ in range(max(1, round(patients / 400)))]
    places = np.random.default_rng([seed, 1]).permutation(patients)[: len(wanted)]
    return {int(place): wish for place, wish in zip(places, wanted, strict=False)}


def make_patient(number: int, seed: int, wish: Wish | None) -> Case:
    """A clean patient; the same for the same number, seed and wish, whatever the size of the cohort."""
    dice = Dice(np.random.default_rng([seed, 2, number]))
    case, tumour = Case(f"P{number + 1:05d}"), draw_tumour(dice, wish)
    wish = wish or Wish("")
    diagnosed = _diagnosed(dice, wish)
    horizon, fate = _horizon(dice, tumour, wish, diagnosed)
    journey = Journey(case, dice, tumour, wish, diagnosed, horizon, dies_then=fate == "other_death")
    first = operated_first(journey) and not tumour.metastases
    record_tumour(case, tumour, diagnosed, dice, operated_first=first)
    live(journey)
    _other_primary(journey)
    _person(journey)
    if not dice.chance(0.15):
        _follow(journey, lost=fate == "lost")
    _last_contact(journey)
    _forget(case, dice)
    return case


def _diagnosed(dice: Dice, wish: Wish) -> date:
    if wish.year:
        return date(wish.year, 1, 1) + timedelta(days=dice.whole(0, 364))
    return _FIRST + timedelta(days=int((_LAST - _FIRST).days * dice.rng.beta(1.5, 1.0)))


def _horizon(dice: Dice, tumour: Tumour, wish: Wish, diagnosed: date) -> tuple[date, str]:
    """The last day of observation: seen before the freeze, lost before, or dead of something else (Gompertz)."""
    room = (FROZEN - diagnosed).days
    ends = {"seen": room - dice.whole(0, min(240, room - 60))}
    if not (wish.cured or wish.drug_to_the_last_day or wish.trial_imatinib):
        yearly = 0.00008 * np.exp(0.088 * (tumour.age + 4))
        ends["other_death"] = 100 + dice.wait(365 / yearly)
        ends["lost"] = 90 + dice.wait(365 * 18)
    fate = min(ends, key=lambda name: ends[name])
    return diagnosed + timedelta(days=ends[fate]), fate


def _other_primary(journey: Journey) -> None:
    """A carcinoma years before: its own tumour, and for the breast five years of tamoxifen before the sarcoma."""
    dice, tumour = journey.dice, journey.tumour
    if not journey.wish.other_primary and not (dice.chance(0.03) and tumour.age > 50):
        return
    found = journey.diagnosed - timedelta(days=dice.whole(2400, 4500))
    breast = tumour.sex == "female" and (journey.wish.other_primary or dice.chance(0.6))
    journey.case.add(
        "diagnosis", tumour="2", role="other_primary", diagnosis=found, diagnosis_year=found.year,
        histology="Invasive ductal carcinoma of the breast" if breast else "Adenocarcinoma of the colon",
        morphology="8500/3" if breast else "8140/3", topography="C50.4" if breast else "C18.7",
        laterality=dice.one(("left", "right")) if breast else None,
    )  # fmt: skip
    if breast:
        start = found + timedelta(days=dice.whole(60, 200))
        journey.case.add(
            "drug_exposure", tumour="2", agent="tamoxifen", as_written="Tamoxifen", matched="exact", start=start,
            end=start + timedelta(days=dice.whole(1780, 1860)), ongoing=False, setting="adjuvant",
            stated_kind="hormone", trial_drug=False,
        )  # fmt: skip


def _person(journey: Journey) -> None:
    diagnosed, age, dice = journey.diagnosed, journey.tumour.age, journey.dice
    birthday = date(diagnosed.year - age, diagnosed.month, min(diagnosed.day, 28))
    journey.case.add(
        "patient", sex=journey.tumour.sex, birth=birthday - timedelta(days=dice.whole(0, 355)),
        contributing_site=dice.one(("North", "South", "East", "West")),
        vital_status="dead" if journey.died else "alive", death=journey.died, cause_of_death=journey.cause or None,
        other_malignancy=len(journey.case.tables["diagnosis"]) > 1,
    )  # fmt: skip


def _follow(journey: Journey, *, lost: bool) -> None:
    """Visits at the usual intervals, each with the state of the disease on that day; the death in most."""
    end, dice = journey.died or journey.horizon, journey.dice
    days = {day for day in [*_visits(journey, end), *journey.visits] if journey.diagnosed < day < end}
    for day in sorted(days):
        _visit(journey, day, last=False)
    if journey.died is None:
        _visit(journey, end, last=lost)
    elif dice.chance(0.6):
        status = {"disease": "DOD", "unknown": "DUC"}.get(journey.cause, "DOC")
        tumor = "with_tumor" if _state(journey, end) == "AWD" else "tumor_free"
        journey.case.add("follow_up", contact=end, vital_status="dead", tumor_status=tumor, status=status)


def _visits(journey: Journey, end: date) -> Iterator[date]:
    day = journey.dice.after(journey.diagnosed, 60, 150)
    while day < end - timedelta(days=20):
        yield day
        years = (day - journey.diagnosed).days / 365
        day = journey.dice.after(day, *((100, 200) if years < 2 else (160, 300) if years < 5 else (300, 420)))


def _state(journey: Journey, day: date) -> str:
    return [state for since, state in journey.states if since <= day][-1]


def _visit(journey: Journey, day: date, *, last: bool) -> None:
    case, state = journey.case, _state(journey, day)
    local = not journey.tumour.metastases
    events = {"local_recurrence", "distant_metastasis", "progression"}
    case.add(
        "follow_up", contact=day, vital_status="alive", status="lost" if last and journey.dice.chance(0.5) else state,
        tumor_status="with_tumor" if state == "AWD" else "tumor_free", lost=last,
        adjuvant_radiation=_adjuvant(case, "radiotherapy", day) if local else None,
        adjuvant_drugs=_adjuvant(case, "drug_exposure", day) if local else None,
        new_tumor_event=any(row["status"] in events and row["day"] <= day for row in case.tables["disease_status"])
        if local else None,
    )  # fmt: skip


def _adjuvant(case: Case, table: str, day: date) -> bool | None:
    """Yes once it has begun; nothing said before that."""
    rows = list(case.which(table, tumour="1", setting="adjuvant"))
    return (True if rows[0]["start"] <= day else None) if rows else False


def _last_contact(journey: Journey) -> None:
    """Latest day known alive: no event of the living lies behind it, and it never lies behind the death."""
    person, dice, died = journey.case.person, journey.dice, journey.died
    if died is None:
        person["last_contact"] = journey.horizon
    elif dice.chance(0.3):
        person["last_contact"] = died
    else:
        days = [value for rows in journey.case.tables.values() for row in rows for value in row.values()]
        seen = [day for day in days if isinstance(day, date) and day < died]
        person["last_contact"] = None if dice.chance(0.15) else max(seen)


def _forget(case: Case, dice: Dice) -> None:
    """Values that were never recorded and days told only in part, without regard to the course."""
    for table, rows in case.tables.items():
        for row in rows:
            for column, rate in MISSING.get(table, {}).items():
                if row.get(column) is not None and dice.chance(rate):
                    row[column] = None
            for column, rate in PARTIAL.get(table, {}).items():
                if isinstance(row.get(column), date) and dice.chance(rate):
                    row[column] = row[column].isoformat()[: dice.one((7, 7, 4))]
            _without_the_dose(row)


def _without_the_dose(row: Row) -> None:
    """A dose in words goes where the dose is gone, too."""
    if row.get("dose_gy", 0) is None:
        row["dose_as_written"] = None


def clean_cohort(patients: int, seed: int) -> Sequence[Case]:
    """The whole cohort before any error is planted."""
    wishes: dict[int, Any] = wishes_for(patients, seed)
    return [make_patient(number, seed, wishes.get(number)) for number in range(patients)]
