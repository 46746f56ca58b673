"""The course from diagnosis to death or last contact: operation, recurrence, lines of drugs."""

from __future__ import annotations

from datetime import date, timedelta

from journey import Ended, Journey
from regimens import GIST_ADJUVANT, PERIOPERATIVE, SCHEDULES, TRIAL_IMATINIB, Regimen, choose

_LOCAL_TARGETS = {"trunk_extremity": 0.45, "retroperitoneum": 0.15, "uterus": 0.12, "head_neck": 0.4}
_STOPS = (0.15, 0.3, 0.45, 0.6, 0.8)


def live(journey: Journey) -> None:
    """The whole course, until the patient dies or observation ends."""
    journey.states.append((journey.diagnosed, "AWD"))
    try:
        if journey.tumour.metastases:
            _metastatic(journey)
        elif journey.dice.chance(0.04) and not journey.wish.why:
            _unresectable(journey)
        else:
            _localised(journey)
    except Ended:
        pass
    if journey.died is None and journey.dies_then:
        journey.died = journey.horizon
        journey.cause = journey.dice.pick({"other": 0.7, "other_cancer": 0.12, "unknown": 0.18})


def operated_first(journey: Journey) -> bool:
    """In the uterus the diagnosis is most often made on the removed organ; elsewhere a biopsy comes first."""
    return journey.tumour.site.family == "uterus" or journey.wish.re_excised or journey.tumour.site.name == "skin"


def _metastatic(journey: Journey) -> None:
    day, dice = journey.diagnosed, journey.dice
    if not journey.wish.never_operated and dice.chance(0.6 if operated_first(journey) else 0.2):
        day = journey.after(day, 5, 45)
        journey.operate("primary", day, neoadjuvant=False, left=dice.pick({"R0": 0.6, "R1": 0.3, "R2": 0.1}))
    if journey.wish.schedule:
        gray, fractions = (int(part) for part in journey.wish.schedule.split("/"))
        day = journey.radiate(journey.after(day, 20, 50), gray, fractions, "palliative", "distant")
    _advanced(journey, day, "palliative")


def _unresectable(journey: Journey) -> None:
    """Local disease that cannot be removed: radiation for cure in some, drugs in all the others."""
    day = journey.after(journey.diagnosed, 14, 40)
    journey.status("with_tumor", day)
    if journey.dice.chance(0.4) and not journey.tumour.gist:
        gray, fractions = journey.dice.one(SCHEDULES["curative"])
        day = journey.after(journey.radiate(day, gray, fractions, "curative", "primary"), 120, 700)
        journey.status("progression", day)
    _advanced(journey, day, "palliative")


def _localised(journey: Journey) -> None:
    dice, tumour, wish = journey.dice, journey.tumour, journey.wish
    preoperative = False
    if operated_first(journey):
        day = journey.diagnosed - timedelta(days=dice.whole(0, 8))
    else:
        if dice.chance(0.6):
            journey.case.add("surgery", kind="biopsy", day=journey.diagnosed - timedelta(days=dice.whole(1, 9)))
        day, preoperative = _before(journey)
    values = {"neoadjuvant": preoperative, "rupture": dice.chance(0.03)}
    if tumour.site.family == "uterus":
        values |= {"morcellation": dice.chance(0.12)}
    if tumour.site.family == "retroperitoneum" and dice.chance(0.6):
        organs = dice.one(("right kidney", "colon", "left kidney | spleen"))
        values |= {"organs_resected": organs, "organs_invaded": dice.chance(0.3)}
    left = journey.operate("primary", day, **values, **({"left": "R1"} if wish.re_excised else {}))
    if left == "R1" and tumour.site.family == "trunk_extremity" and (wish.re_excised or dice.chance(0.4)):
        day = journey.after(day, 20, 60)
        left = journey.operate("re_excision", day, neoadjuvant=False)
    if left == "R2":
        _residual(journey, day)
    journey.states.append((day, "NED"))
    day = _afterwards(journey, day, preoperative=preoperative)
    _relapse(journey, day, _risk(journey, left), first=True)


def _before(journey: Journey) -> tuple[date, bool]:
    """Radiation or drugs ahead of the operation, then its day."""
    dice, tumour, day = journey.dice, journey.tumour, journey.diagnosed
    if journey.wish.schedule or (not tumour.gist and dice.chance(_LOCAL_TARGETS.get(tumour.site.family, 0.0) / 2)):
        gray, fractions = dice.one(SCHEDULES["neoadjuvant"])
        if journey.wish.schedule:
            gray, fractions = (int(part) for part in journey.wish.schedule.split("/"))
        end = journey.radiate(journey.after(day, 14, 35), gray, fractions, "neoadjuvant", "primary")
        return journey.after(end, *((5, 12) if fractions == 5 else (28, 50))), True
    if tumour.lms and tumour.grade == 3 and tumour.size_mm > 50 and dice.chance(0.25):
        end = journey.give(_perioperative(journey, day), journey.after(day, 10, 30), "neoadjuvant")
        return journey.after(end, 21, 45), True
    return journey.after(day, 10, 60), False


def _perioperative(journey: Journey, day: date) -> Regimen:
    fitting = {r: r.weight for r in PERIOPERATIVE if r.years[0] <= day.year}
    return journey.dice.pick(fitting)


def _afterwards(journey: Journey, day: date, *, preoperative: bool) -> date:
    """Adjuvant radiation, adjuvant drugs, or neither; never on top of treatment before the operation."""
    dice, tumour = journey.dice, journey.tumour
    if tumour.gist:
        if day.year >= 2009 and dice.chance(0.5):
            return journey.give(GIST_ADJUVANT, journey.after(day, 25, 60), "adjuvant")
        return day
    if preoperative or tumour.size_mm < 30:
        return day
    if dice.chance(_LOCAL_TARGETS.get(tumour.site.family, 0.0)):
        gray, fractions = dice.one(SCHEDULES["uterine" if tumour.site.family == "uterus" else "adjuvant"])
        day = journey.radiate(journey.after(day, 35, 75), gray, fractions, "adjuvant", "primary")
    if tumour.lms and tumour.age < 75 and dice.chance(0.25 if tumour.site.family == "uterus" else 0.1):
        day = journey.give(_perioperative(journey, day), journey.after(day, 21, 50), "adjuvant")
    if dice.chance(0.2):
        journey.status("no_evidence_of_disease", journey.after(day, 60, 110))
    return day


def _risk(journey: Journey, left: str) -> float:
    tumour = journey.tumour
    if journey.wish.cured:
        return 0.0
    if journey.wish.drug_to_the_last_day:
        return 1.0
    base = {1: 0.12, 2: 0.38, 3: 0.55}[tumour.grade] + 0.12 * (tumour.size_mm > 100) + 0.1 * (left == "R1")
    return base * (0.3 if tumour.site.name == "skin" else 1.0)


def _residual(journey: Journey, day: date) -> None:
    """Gross disease was left behind: it is there, and grows."""
    journey.status("with_tumor", journey.after(day, 10, 40))
    day = journey.after(day, 60, 400)
    journey.status("progression", day)
    _advanced(journey, day, "palliative")


def _relapse(journey: Journey, day: date, risk: float, *, first: bool) -> None:
    """Disease comes back near the operation, far away, or both; few distant deposits may be removed."""
    dice, site = journey.dice, journey.tumour.site
    if not dice.chance(risk):
        raise Ended
    day = journey.after(day, 70, 110 + dice.wait(650))
    where = dice.pick({"local": 0.35, "distant": 0.5, "both": 0.15})
    journey.states.append((day, "AWD"))
    if where != "distant":
        journey.status("local_recurrence", day, size_mm=dice.whole(8, 90), lesions=1)
    lesions = dice.pick({1: 0.25, 2: 0.2, 5: 0.3, 9: 0.25})
    place = dice.one(site.spread)
    if where != "local":
        journey.status("distant_metastasis", day, site=place, lesions=lesions, route=_route(place))
    if where == "local" and dice.chance(0.6 if first else 0.4):
        day = journey.after(day, 14, 60)
        left = journey.operate("recurrence", day, neoadjuvant=False)
        if left == "R2":
            _advanced(journey, day, "recurrence")
    elif where == "distant" and lesions <= 2 and dice.chance(0.55):
        day = _ablate(journey, day, place)
    else:
        _advanced(journey, day, "recurrence" if dice.chance(0.4) else "palliative")
    journey.states.append((day, "NED"))
    _relapse(journey, day, 0.7, first=False)


def _route(place: str) -> str:
    nodal = {"lymph_node": "nodal"}
    return nodal.get(place, "local" if place in {"peritoneum", "retroperitoneum", "pelvis"} else "haematogenous")


def _ablate(journey: Journey, day: date, place: str) -> date:
    """One or two metastases, removed or irradiated in full."""
    if place in {"lung", "liver", "bone"} and day.year >= 2008 and journey.dice.chance(0.35):
        gray, fractions = journey.dice.one(SCHEDULES["stereotactic"])
        return journey.radiate(journey.after(day, 15, 50), gray, fractions, "recurrence", "distant")
    day = journey.after(day, 15, 70)
    journey.operate("metastasectomy", day)
    return day


def _advanced(journey: Journey, day: date, setting: str) -> None:
    """Line after line of drugs until they are stopped; then the disease takes its course."""
    dice = journey.dice
    while True:
        regimen = TRIAL_IMATINIB if journey.wish.trial_imatinib and journey.line == 1 else None
        regimen = regimen or choose(dice, journey.tumour, day, journey.line + 1, journey.given)
        wanted = (journey.wish.trial_imatinib or journey.wish.drug_to_the_last_day) and journey.line < 2
        if regimen is None or not (wanted or not dice.chance(_STOPS[min(journey.line, 4)])):
            _decline(journey, day)
        start = journey.after(day, 8, 45)
        journey.line += 1
        day = _line(journey, regimen, start, setting)
        setting = "progression" if dice.chance(0.3) else "palliative"


def _line(journey: Journey, regimen: Regimen, start: date, setting: str) -> date:
    """One line with its best response; gives back the day of progression."""
    dice = journey.dice
    response = dice.pick({"CR": 0.04, "PR": 0.2, "SD": 0.42, "PD": 0.3, "NE": 0.04})
    end = journey.give(regimen, start, setting, response)
    if response in {"CR", "PR", "SD"}:
        seen = min(dice.after(start, 50, 85), end)
        journey.status("response", seen, response=response, criteria="RECIST 1.1")
        if response == "CR":
            journey.states.append((seen, "NED"))
    if journey.wish.drug_to_the_last_day and journey.line == 2:
        journey.die(end + timedelta(days=1), "disease")
    if dice.chance(0.012):
        journey.die_of_drugs(end)
    low = {"PD": 1, "NE": 5, "SD": 15, "PR": 30, "CR": 120}[response]
    day = journey.after(end, low, low + dice.wait(60 if response == "PD" else 140))
    journey.states.append((day, "AWD"))
    if dice.chance(0.3):
        place = dice.one(journey.tumour.site.spread)
        journey.status("distant_metastasis", day, site=place, lesions=dice.whole(1, 12), route=_route(place))
    else:
        journey.status("progression", day, size_mm=dice.whole(10, 120))
    if dice.chance(0.15):
        day = _palliate(journey, day)
    return day


def _palliate(journey: Journey, day: date) -> date:
    spread = next(journey.case.which("disease_status", status="distant_metastasis"), None)
    gray, fractions = journey.dice.one(SCHEDULES["palliative"])
    start = journey.after(day, 7, 30)
    return journey.radiate(start, gray, fractions, "palliative", "distant" if spread else "primary")


def _decline(journey: Journey, day: date) -> None:
    """No further treatment: a visit or two, then death of disease."""
    journey.visits.append(journey.dice.after(day, 20, 50))
    journey.die(journey.dice.after(day, 55, 90 + journey.dice.wait(160)), "disease")
