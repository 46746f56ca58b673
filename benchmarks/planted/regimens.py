"""What is given for sarcoma: drugs by line and period, schedules of radiation, and the events drugs bring."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date

from tumours import Tumour

from leiomyo.simulate.planted.case import Dice


@dataclass(frozen=True, slots=True)
class Regimen:
    """Drugs given together: in cycles of three weeks, or day by day where `cycles` is empty."""

    agents: tuple[str, ...]
    lines: tuple[int, int]
    weight: float
    years: tuple[int, int] = (2000, 2100)
    cycles: tuple[int, int] | None = (2, 6)
    days: tuple[int, int] = (40, 240)
    trial: bool = False
    uterine: bool = False


REGIMENS = (
    Regimen(("doxorubicin",), (1, 2), 3, cycles=(2, 8)),
    Regimen(("doxorubicin", "dacarbazine"), (1, 1), 2.5, (2008, 2100)),
    Regimen(("doxorubicin", "ifosfamide"), (1, 1), 1.5),
    Regimen(("doxorubicin", "trabectedin"), (1, 1), 3, (2021, 2100), (4, 6)),
    Regimen(("doxorubicin", "olaratumab"), (1, 2), 1, (2016, 2018), (3, 8)),
    Regimen(("gemcitabine", "docetaxel"), (1, 3), 2.5, (2003, 2100), (2, 8)),
    Regimen(("gemcitabine",), (2, 5), 0.7, (2001, 2100)),
    Regimen(("dacarbazine",), (2, 5), 0.8),
    Regimen(("gemcitabine", "dacarbazine"), (2, 4), 0.8, (2010, 2100)),
    Regimen(("ifosfamide",), (2, 4), 0.6),
    Regimen(("doxorubicin_liposomal",), (2, 4), 0.4, (2001, 2100)),
    Regimen(("trabectedin",), (2, 5), 3, (2008, 2100), (2, 14)),
    Regimen(("pazopanib",), (2, 5), 2, (2012, 2100), None, (30, 420)),
    Regimen(("eribulin",), (2, 6), 0.8, (2012, 2100)),
    Regimen(("temozolomide",), (2, 5), 0.4, (2003, 2100)),
    Regimen(("letrozole",), (1, 5), 0.8, cycles=None, days=(80, 900), uterine=True),
    Regimen(("olaparib", "temozolomide"), (2, 5), 0.6, (2017, 2100), trial=True, uterine=True),
    Regimen(("pembrolizumab",), (2, 5), 0.4, (2015, 2100), trial=True),
    Regimen(("cabozantinib",), (2, 5), 0.5, (2018, 2100), None, trial=True),
    Regimen(("lurbinectedin", "doxorubicin"), (1, 1), 0.8, (2022, 2100), trial=True),
    Regimen(("unesbulin", "dacarbazine"), (2, 4), 0.6, (2021, 2023), trial=True),
    Regimen(("regorafenib",), (2, 5), 0.3, (2015, 2100), None, trial=True),
)
GIST_REGIMENS = (
    Regimen(("imatinib",), (1, 1), 5, (2002, 2100), None, (250, 1400)),
    Regimen(("sunitinib",), (2, 2), 5, (2006, 2100), None, (60, 500)),
    Regimen(("regorafenib",), (3, 3), 5, (2013, 2100), None, (40, 300)),
)
TRIAL_IMATINIB = Regimen(("imatinib",), (1, 9), 1, cycles=None, days=(25, 55), trial=True)
PERIOPERATIVE = (
    Regimen(("doxorubicin", "ifosfamide"), (0, 0), 2, cycles=(3, 5)),
    Regimen(("gemcitabine", "docetaxel"), (0, 0), 1.5, (2005, 2100), (3, 4)),
    Regimen(("doxorubicin", "dacarbazine"), (0, 0), 1, (2008, 2100), (3, 6)),
)
GIST_ADJUVANT = Regimen(("imatinib",), (0, 0), 1, (2009, 2100), None, (360, 1100))

#: Gray and number of fractions, by purpose.
SCHEDULES: dict[str, tuple[tuple[float, int], ...]] = {
    "neoadjuvant": ((50, 25), (50.4, 28), (50, 25), (25, 5)),
    "adjuvant": ((60, 30), (66, 33), (50, 25), (64, 32)),
    "uterine": ((50.4, 28), (45, 25), (51, 28)),
    "curative": ((66, 33), (70, 35), (60, 30)),
    "palliative": ((30, 10), (20, 5), (8, 1), (40, 20), (36, 12)),
    "stereotactic": ((48, 4), (60, 8), (35, 5)),
}
#: CTCAE terms of each drug's usual harms.
HARMS = {
    "doxorubicin": ("Neutrophil count decreased", "Febrile neutropenia", "Nausea", "Ejection fraction decreased"),
    "ifosfamide": ("Encephalopathy", "Anemia", "Vomiting"),
    "gemcitabine": ("Platelet count decreased", "Fatigue", "Edema limbs"),
    "docetaxel": ("Peripheral sensory neuropathy", "Neutrophil count decreased"),
    "trabectedin": ("Alanine aminotransferase increased", "Neutrophil count decreased", "CPK increased", "Nausea"),
    "pazopanib": ("Hypertension", "Diarrhea", "Hair color changes"),
    "imatinib": ("Periorbital edema", "Diarrhea"),
}  # fmt: skip
OTHER_HARMS = ("Fatigue", "Nausea", "Anemia", "Anorexia")


def choose(dice: Dice, tumour: Tumour, day: date, line: int, given: Set[str]) -> Regimen | None:
    """A regimen of the line and the period with drugs not given before, or nothing where none is left."""
    offered = GIST_REGIMENS if tumour.gist else REGIMENS
    fitting = {
        regimen: regimen.weight
        for regimen in offered
        if regimen.lines[0] <= line <= regimen.lines[1]
        and regimen.years[0] <= day.year <= regimen.years[1]
        and not given & set(regimen.agents)
        and (not regimen.uterine or tumour.site.family == "uterus")
    }
    return dice.pick(fitting) if fitting else None
