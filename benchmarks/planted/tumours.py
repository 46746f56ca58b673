"""The tumour at diagnosis: site, histology, size, grade, spread and stage that agree with each other.

Shares, ages and sizes by site are rounded from published series of leiomyosarcoma (Gladdy 2013, Tirumani 2014,
Wachtel 2015); they make the cohort plausible and are no estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from leiomyo.simulate.planted.case import Case, Dice


@dataclass(frozen=True, slots=True)
class Site:
    """A primary site with what usually goes with it."""

    name: str
    family: str
    topographies: tuple[str, ...]
    share: float
    men: float
    age: int
    size_mm: int
    subsites: tuple[str, ...]
    symptoms: tuple[str, ...]
    spread: tuple[str, ...]
    sided: bool = False


_MASS = ("swelling_or_mass", "pain", "discomfort")
_BELLY = ("pain", "swelling_or_mass", "weight_loss", "gastrointestinal", "discomfort", "incidental")
SITES = {site.name: site for site in (
    Site("uterus", "uterus", ("C54.2", "C54.9", "C55.9"), 36, 0.0, 53, 90, ("Uterus", "Myometrium"),
         ("bleeding", "pain", "swelling_or_mass", "discomfort", "incidental"), ("lung", "peritoneum", "bone", "liver")),
    Site("cervix", "uterus", ("C53.9",), 1, 0.0, 50, 55, ("Cervix",), ("bleeding", "pain"), ("lung", "pelvis")),
    Site("retroperitoneum", "retroperitoneum", ("C48.0",), 15, 0.4, 59, 130, ("Retroperitoneum",), _BELLY,
         ("liver", "lung", "peritoneum", "retroperitoneum")),
    Site("vena cava", "retroperitoneum", ("C49.4",), 5, 0.25, 56, 95, ("Inferior vena cava",),
         ("pain", "oedema", "blood_clot", "hepatic", "incidental"), ("liver", "lung")),
    Site("abdominal wall", "retroperitoneum", ("C49.4",), 2, 0.5, 58, 70, ("Abdominal wall",), _MASS, ("lung",)),
    Site("lower limb", "trunk_extremity", ("C49.2",), 14, 0.5, 60, 65, ("Thigh", "Calf", "Knee"), _MASS,
         ("lung", "bone", "soft_tissue", "lymph_node"), sided=True),
    Site("upper limb", "trunk_extremity", ("C49.1",), 4, 0.55, 60, 45, ("Upper arm", "Forearm"), _MASS,
         ("lung", "soft_tissue"), sided=True),
    Site("chest wall", "trunk_extremity", ("C49.3", "C49.6"), 4, 0.5, 60, 60, ("Chest wall", "Back"), _MASS, ("lung",)),
    Site("pelvis", "trunk_extremity", ("C49.5",), 5, 0.4, 57, 90, ("Pelvis", "Groin"),
         ("pain", "urinary", "discomfort"), ("lung", "liver", "pelvis")),
    Site("skin", "trunk_extremity", ("C44.5", "C44.7"), 3, 0.6, 62, 20, ("Skin",), ("swelling_or_mass", "pain"),
         ("lung", "skin")),
    Site("bowel", "visceral", ("C16.9", "C17.9", "C18.7", "C20.9"), 6, 0.5, 61, 65, ("Stomach", "Small bowel", "Colon"),
         ("gastrointestinal", "bleeding", "pain", "obstruction"), ("liver", "peritoneum", "lung")),
    Site("urinary", "visceral", ("C67.9", "C64.9"), 3, 0.5, 60, 60, ("Bladder", "Kidney"),
         ("urinary", "bleeding", "pain"), ("lung", "liver")),
    Site("head and neck", "head_neck", ("C49.0",), 2, 0.6, 58, 30, ("Neck", "Cheek"), _MASS, ("lung",)),
)}  # fmt: skip
#: Morphology, text and the sites where the other sarcomas of a sarcoma registry arise: context, not leiomyosarcoma.
OTHER_SARCOMAS = {
    "8936/3": ("Gastrointestinal stromal tumour (GIST)", "bowel"),
    "8858/3": ("Dedifferentiated liposarcoma", "retroperitoneum"),
    "8802/3": ("Undifferentiated pleomorphic sarcoma", "lower limb"),
    "8931/3": ("Low grade endometrial stromal sarcoma", "uterus"),
}
_OTHER_SHARES = {"": 0.915, "8936/3": 0.04, "8858/3": 0.018, "8802/3": 0.018, "8931/3": 0.009}
_LMS_MORPHOLOGIES = {"8890/3": 0.95, "8891/3": 0.03, "8896/3": 0.02}
_NOT_M1 = {"peritoneum", "retroperitoneum", "pelvis", "lymph_node"}
_NECROSIS = ((1, "none"), (10, "focal"), (50, "moderate"), (101, "extensive"))
_LMS_TEXTS = ("Leiomyosarcoma", "Leiomyosarcoma, NOS", "LMS (leiomyosarcoma)", "leiomyosarcoma")


@dataclass(frozen=True, slots=True)
class Wish:
    """An unusual course that is right: what a hasty check would call an error."""

    why: str
    site: str = ""
    sex: str = ""
    age: int = 0
    size_mm: int = 0
    mitoses: int | None = None
    metastatic: bool | None = None
    year: int = 0
    schedule: str = ""
    never_operated: bool = False
    cured: bool = False
    drug_to_the_last_day: bool = False
    re_excised: bool = False
    other_primary: bool = False
    trial_imatinib: bool = False


WISHES = (
    Wish("diagnosed at 88", site="retroperitoneum", age=88),
    Wish("diagnosed at 19", site="lower limb", age=19),
    Wish("40 cm in the retroperitoneum", site="retroperitoneum", size_mm=400, metastatic=False),
    Wish("five fractions of 5 Gy before the operation", site="lower limb", metastatic=False, schedule="25/5"),
    Wish("stereotactic radiation of a lung metastasis, four fractions", metastatic=True, year=2017, schedule="48/4"),
    Wish("stereotactic radiation of a lung metastasis, eight fractions", metastatic=True, year=2018, schedule="60/8"),
    Wish("unplanned excision, then re-excision", site="lower limb", metastatic=False, re_excised=True),
    Wish("a man with a pelvic tumour", site="pelvis", sex="male"),
    Wish("drugs until the day before death", site="uterus", metastatic=True, year=2014, drug_to_the_last_day=True),
    Wish("breast cancer years before", site="uterus", other_primary=True),
    Wish("never operated, metastatic at diagnosis", site="retroperitoneum", metastatic=True, never_operated=True),
    Wish("no recurrence for 20 years", site="uterus", age=44, size_mm=45, metastatic=False, year=2003, cured=True),
    Wish("no mitosis", site="skin", mitoses=0, metastatic=False),
    Wish("85 mitoses", site="uterus", mitoses=85),
    Wish("imatinib for weeks in a trial", site="lower limb", metastatic=True, year=2006, trial_imatinib=True),
)


@dataclass(frozen=True, slots=True)
class Tumour:
    """The index tumour as it was at diagnosis."""

    site: Site
    lms: bool
    sex: str
    age: int
    morphology: str
    histology: str
    size_mm: int
    mitoses: int
    necrosis_percent: int
    differentiation: int
    deep: bool
    nodes: bool
    metastases: tuple[str, ...]
    figo: str

    @property
    def gist(self) -> bool:
        return self.morphology == "8936/3"

    @property
    def grade(self) -> int:
        """FNCLCC: differentiation, mitoses and necrosis together."""
        mitoses = 1 if self.mitoses < 10 else 2 if self.mitoses < 20 else 3
        necrosis = 0 if self.necrosis_percent == 0 else 1 if self.necrosis_percent < 50 else 2
        total = self.differentiation + mitoses + necrosis
        return 1 if total <= 3 else 2 if total <= 5 else 3


def draw_tumour(dice: Dice, wish: Wish | None) -> Tumour:
    """A tumour, with what the wish asks for."""
    wish = wish or Wish("")
    other = "" if wish.why else dice.pick(_OTHER_SHARES)
    name = OTHER_SARCOMAS[other][1] if other else wish.site or dice.pick({s.name: s.share for s in SITES.values()})
    site = SITES[name]
    sex = wish.sex or ("male" if dice.chance(site.men) else "female")
    age = wish.age or min(max(round(dice.rng.normal(site.age, 12)), 22), 91)
    size = wish.size_mm or _size(dice, site)
    mitoses = wish.mitoses if wish.mitoses is not None else min(round(dice.skewed(12, 0.8)), 70)
    necrosis = 0 if dice.chance(0.35) or mitoses == 0 else 5 * dice.whole(1, 17)
    spread = dice.chance(0.05 + 0.10 * (size > 100) + 0.06 * (mitoses >= 20))
    if wish.metastatic is not None:
        spread = wish.metastatic
    return Tumour(
        site=site, lms=not other, sex=sex, age=age, size_mm=size, mitoses=mitoses, necrosis_percent=necrosis,
        morphology=other or dice.pick(_LMS_MORPHOLOGIES),
        histology=OTHER_SARCOMAS[other][0] if other else dice.one(_LMS_TEXTS),
        differentiation=3 if other in {"8858/3", "8802/3"} else dice.pick({1: 0.2, 2: 0.55, 3: 0.25}),
        deep=site.family == "retroperitoneum" or (site.name != "skin" and dice.chance(0.85)), nodes=dice.chance(0.02),
        metastases=_first_metastases(dice, site, wish.schedule) if spread else (),
        figo=dice.pick({"I": 0.8, "IIA": 0.05, "IIB": 0.06, "IIIA": 0.03, "IIIB": 0.03, "IVA": 0.03}),
    )  # fmt: skip


def _size(dice: Dice, site: Site) -> int:
    size = min(max(round(dice.skewed(site.size_mm, 0.55)), 8), 330)
    return 5 * round(size / 5) if dice.chance(0.6) and size >= 10 else size


def _first_metastases(dice: Dice, site: Site, schedule: str) -> tuple[str, ...]:
    """Distant from the start: what grows into the belly or a node makes another category than M1."""
    distant = [place for place in site.spread if place not in _NOT_M1]
    first = "lung" if schedule else dice.one(distant)
    others = [place for place in distant if place != first]
    return (first, dice.one(others)) if others and dice.chance(0.25) and not schedule else (first,)


def record_tumour(case: Case, tumour: Tumour, diagnosed: date, dice: Dice, *, operated_first: bool) -> None:
    """The diagnosis, its stage, the metastases found with it and the complaints that led to it."""
    case.add("diagnosis", **_diagnosis(tumour, diagnosed, dice, operated_first=operated_first))
    stage = stage_of(tumour, "8" if diagnosed.year >= 2018 or dice.chance(0.6) else "7")
    if stage:
        case.add("stage", basis="pathological" if operated_first else "clinical", derived=False, **stage)
    for place in tumour.metastases:
        case.add(
            "disease_status", status="distant_metastasis", day=dice.after(diagnosed, 0, 21), moment="at_diagnosis",
            site=place, lesions=dice.whole(1, 12),
        )  # fmt: skip
    terms = {dice.one(tumour.site.symptoms) for _ in range(dice.whole(0, 3))}
    for term in ["incidental"] if "incidental" in terms else sorted(terms):
        onset = diagnosed - timedelta(days=dice.whole(3, 300))
        severity = None if term == "incidental" else dice.one(("mild", "moderate", "severe", None))
        case.add("symptom", term=term, onset=onset, severity=severity)


def _diagnosis(tumour: Tumour, diagnosed: date, dice: Dice, *, operated_first: bool) -> dict[str, object]:
    percent = tumour.necrosis_percent
    multifocal = dice.chance(0.05)
    return {
        "role": "index", "diagnosis": diagnosed, "diagnosis_year": diagnosed.year, "age_years": tumour.age,
        "histology": tumour.histology, "morphology": tumour.morphology, "histology_subtype": _subtype(tumour, dice),
        "topography": dice.one(tumour.site.topographies), "subsites": dice.one(tumour.site.subsites),
        "laterality": dice.one(("left", "right")) if tumour.site.sided else None,
        "size_mm": tumour.size_mm, "size_basis": "pathological" if operated_first else "radiological",
        "depth": ("deep" if tumour.deep else "superficial") if tumour.site.family == "trunk_extremity" else None,
        **_grade(tumour, dice), "mitoses_per_10_hpf": tumour.mitoses, "necrosis_percent": percent,
        "necrosis": next(name for limit, name in _NECROSIS if percent < limit),
        "multifocal": multifocal, "lesions": dice.whole(2, 4) if multifocal else 1,
        "vessel_of_origin": "inferior_vena_cava" if tumour.site.name == "vena cava" else None,
        "uterine_involvement": True if tumour.site.family == "uterus" else None,
    }  # fmt: skip


def _subtype(tumour: Tumour, dice: Dice) -> str | None:
    if tumour.morphology in {"8891/3", "8896/3"}:
        return "epithelioid" if tumour.morphology == "8891/3" else "myxoid"
    names = {1: ("well differentiated",), 2: ("conventional",), 3: ("pleomorphic", "poorly differentiated")}
    return dice.one(names[tumour.differentiation]) if tumour.lms else None


def _grade(tumour: Tumour, dice: Dice) -> dict[str, str | None]:
    """FNCLCC, or low and high as pathologists of the uterus write; a stromal tumour of the gut is not graded so."""
    if tumour.gist or tumour.morphology == "8931/3":
        return {"grade": None if tumour.gist else "low grade", "grade_system": None}
    if tumour.site.family == "uterus" and dice.chance(0.6):
        return {"grade": "low grade" if tumour.grade == 1 else "high grade", "grade_system": None}
    return {"grade": str(tumour.grade), "grade_system": "FNCLCC"}


def stage_of(tumour: Tumour, edition: str) -> dict[str, str] | None:
    """The stage that follows from size, extent, nodes and spread; nothing where the system has no groups by size."""
    if tumour.gist or tumour.site.family in {"visceral", "head_neck"}:
        return None
    n, m = "N1" if tumour.nodes else "N0", "M1" if tumour.metastases else "M0"
    if tumour.site.family == "uterus":
        return {"system": "FIGO", "edition": "2009", "n": n, "m": m, **_figo(tumour)}
    size, low = tumour.size_mm, tumour.grade == 1
    if edition == "7":
        t = ("T1" if size <= 50 else "T2") + ("b" if tumour.deep else "a")
        high = "IIA" if size <= 50 else "IIB" if tumour.grade == 2 else "III"
        group = "IV" if m == "M1" else "III" if n == "N1" else ("IA" if size <= 50 else "IB") if low else high
        return {"system": "AJCC", "edition": "7", "t": t, "n": n, "m": m, "stage_group": group}
    t = "T1" if size <= 50 else "T2" if size <= 100 else "T3" if size <= 150 else "T4"
    high = {"T1": "II", "T2": "IIIA"}.get(t, "IIIB")
    nodal = "IIIB" if tumour.site.family == "retroperitoneum" else "IV"
    group = "IV" if m == "M1" else nodal if n == "N1" else ("IA" if t == "T1" else "IB") if low else high
    return {"system": "AJCC", "edition": "8", "t": t, "n": n, "m": m, "stage_group": group}


def _figo(tumour: Tumour) -> dict[str, str]:
    size = "A" if tumour.size_mm <= 50 else "B"
    extent = f"I{size}" if tumour.figo == "I" else tumour.figo
    t = {"IA": "T1a", "IB": "T1b", "IIA": "T2a", "IIB": "T2b", "IIIA": "T3a", "IIIB": "T3b", "IVA": "T4"}[extent]
    group = "IVB" if tumour.metastases else "IIIC" if tumour.nodes and t != "T4" else extent
    return {"t": t, "stage_group": group}
