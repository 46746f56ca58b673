"""Drawn courses as case tables: what a registry would hold that missed nothing and wrote every day down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from leiomyo.model.tables import TABLES
from leiomyo.simulate.columns import by_person, case_table, coded, day, stacked, text, where, whole
from leiomyo.simulate.course import Drawn
from leiomyo.simulate.dice import NEVER, Dice, Ints
from leiomyo.simulate.local import PELVIC, POSTOPERATIVE, PREOPERATIVE, Operation
from leiomyo.simulate.parameters import SITES, UTERINE, Parameters
from leiomyo.simulate.stage import stage_rows
from leiomyo.simulate.treatment import drug_rows
from leiomyo.simulate.tumour import ALONG, ORGANS

#: Morphology and words of what only resembles a leiomyosarcoma.
MIMICS = {
    "leiomyoma": ("8890/0", "Leiomyoma, NOS"),
    "stump": ("8897/1", "Smooth muscle tumour of uncertain malignant potential"),
    "gist": ("8936/3", "Gastrointestinal stromal tumour"),
    "endometrial_stromal_sarcoma": ("8931/3", "Endometrial stromal sarcoma, low grade"),
    "liposarcoma": ("8858/3", "Dedifferentiated liposarcoma"),
}  # fmt: skip
_WORDS = {"8890/3": "Leiomyosarcoma, NOS", "8891/3": "Epithelioid leiomyosarcoma", "8896/3": "Myxoid leiomyosarcoma"}
_NECROSIS = ("none", "focal", "moderate", "extensive")
_RESIDUAL = ("R0", "R1", "R2")
#: Days from the diagnosis on which the patient is seen, as far as the follow-up goes.
_VISITS = (182, 365, 730, 1095, 1825, 2555, 3650)
_LEAST_BETWEEN = 20
#: Days between the last visit and death.
_BEFORE_DEATH = 3


def case_tables(drawn: Drawn, dice: Dice, p: Parameters, ids: pa.Array) -> dict[str, pa.Table]:
    """The case tables of the drawn persons, rows in the order of persons and days."""
    visits = _visit_days(drawn)
    found = {
        "patient": _patient(drawn, ids, visits),
        "diagnosis": _diagnosis(drawn, dice, p, ids),
        "stage": stage_rows(drawn, ids),
        "symptom": _symptoms(drawn, dice, p, ids),
        "disease_status": _statuses(drawn, ids),
        "surgery": _operations(drawn, dice, p, ids),
        "radiotherapy": _radiation(drawn, dice, ids),
        "follow_up": _visits(drawn, ids, visits),
        "biomarker": _biomarkers(drawn, dice, p, ids),
    }
    found["drug_exposure"], found["adverse_event"] = drug_rows(drawn, dice, p, ids)
    return {name: found[name] for name in TABLES}


def _patient(drawn: Drawn, ids: pa.Array, visits: Ints) -> pa.Table:
    people, end = drawn.people, drawn.advanced
    everybody = np.arange(len(ids))
    last = np.where(visits < NEVER, visits, -NEVER).max(axis=1)
    alive = np.where(last > -NEVER, last, NEVER)
    return case_table(
        "patient", ids, everybody, axis=text("calendar", everybody >= 0),
        sex=coded(["male", "female"], people.female.astype(np.int64)), **day("birth", people.birth),
        vital_status=coded(["alive", "dead"], end.dead.astype(np.int64)),
        **day("death", drawn.death), **day("last_contact", alive),
        cause_of_death=coded(["other", "disease"], np.where(end.dead, end.of_disease, -1).astype(np.int64)),
    )  # fmt: skip


def _diagnosis(drawn: Drawn, dice: Dice, p: Parameters, ids: pa.Array) -> pa.Table:
    people, tumour = drawn.people, drawn.tumour
    n, lms = len(ids), drawn.people.lms
    everybody = np.arange(n)
    place, topography, words, vessel, sided = _places(drawn, dice, p)
    codes = [*p["tumour.subtype"], *(MIMICS[kind][0] for kind in p["cohort.mimic_kinds"])]
    names = [*(_WORDS[code] for code in p["tumour.subtype"]), *(MIMICS[kind][1] for kind in p["cohort.mimic_kinds"])]
    which = np.where(lms, tumour.morphology, len(p["tumour.subtype"]) + people.mimic)
    asked = np.isin(people.site, [SITES.index(site) for site in ("extremity", "trunk", "head_neck", "skin")])
    side = dice.pick("side", [0.5, 0.5])
    operated = drawn.local.primary.day < NEVER
    return case_table(
        "diagnosis", ids, everybody, tumour=text("1", everybody >= 0), role=text("index", everybody >= 0),
        **day("diagnosis", people.diagnosis), age_years=people.age.astype(float),
        histology=coded(names, which), morphology=coded(codes, which),
        topography=coded(topography, place), site_text=coded(words, place),
        laterality=coded(["left", "right"], np.where(np.array(sided)[place], side, -1)),
        size_mm=tumour.size.astype(float),
        size_basis=coded(["radiological", "pathological"], operated.astype(np.int64)),
        depth=coded(["superficial", "deep"], np.where(asked, tumour.deep.astype(np.int64), -1)),
        grade=coded(["1", "2", "3"], np.where(lms, tumour.grade - 1, -1)),
        grade_system=text("FNCLCC", lms),
        mitoses_per_10_hpf=pa.array(tumour.mitoses.astype(float), mask=~(operated & lms)),
        necrosis=coded(_NECROSIS, np.where(operated & lms, tumour.necrosis, -1)),
        multifocal=pa.array(tumour.multifocal, mask=~lms),
        vessel_of_origin=coded(vessel, np.where(np.array([bool(one) for one in vessel])[place], place, -1)),
        uterine_involvement=pa.array(people.site == UTERINE, mask=people.site != UTERINE),
    )  # fmt: skip


def _places(drawn: Drawn, dice: Dice, p: Parameters) -> tuple[Ints, list[str], list[str], list[str | None], list[bool]]:
    """Where exactly each tumour arose: its place in one list of all places, with what that list says."""
    table = [(site, one) for site in SITES for one in p["site.places"][site]]
    shares = np.array([[one["share"] if of == site else 0.0 for of, one in table] for site in SITES])
    # no man has an ovary
    chances = shares[drawn.people.site] * np.where(
        drawn.people.female[:, None], True, np.array([not one["topography"].startswith("C56") for _, one in table])
    )
    place = dice.pick("place", chances)
    return (place, [one["topography"] for _, one in table], [one["text"] for _, one in table],
            [one.get("vessel") for _, one in table], [bool(one.get("sided")) for _, one in table])  # fmt: skip


def _symptoms(drawn: Drawn, dice: Dice, p: Parameters, ids: pa.Array) -> pa.Table:
    table = p["symptoms.by_site"]
    terms = sorted({term for told in table.values() for term in told})
    before = dice.exponential("onset") * p["symptoms.days_before"] / np.log(2)
    parts = []
    for term in terms:
        share = np.array([table[site].get(term, 0.0) for site in SITES])[drawn.people.site]
        who = where(dice.chance(f"symptom {term}", share) & drawn.people.lms)
        # complaints of one person follow one another
        later = dice.uniform(f"onset {term}")[who]
        onset = drawn.people.diagnosis[who] - np.clip(before[who] * later, 3, 900).astype(np.int64)
        rows = case_table("symptom", ids, who, term=text(term, who >= 0), **day("onset", onset))
        parts.append((rows, who, onset))
    return stacked(parts)


def _statuses(drawn: Drawn, ids: pa.Array) -> pa.Table:
    """Spread at diagnosis, recurrences, metastases by organ, and the progression that ends each line."""
    tumour, local, lines = drawn.tumour, drawn.local, drawn.advanced.lines
    at_once, later = drawn.people.diagnosis, local.distant
    parts = [
        _status(drawn, ids, local.local_recurrence, "local_recurrence", "local"),
        _status(drawn, ids, drawn.seen(drawn.advanced.relapse), "progression"),
    ]
    first = np.where(tumour.spread, at_once, later)
    for place, organ in enumerate(ORGANS):
        shows = tumour.organs[:, place] & ~tumour.later[:, place]
        parts.append(_status(drawn, ids, np.where(shows, first, NEVER), "distant_metastasis", organ=organ))
    far = first < NEVER
    new = tumour.later & far[:, None]
    for line in range(lines.start.shape[1]):
        grown = lines.progression[:, line]
        organs = new if line == 0 else np.zeros_like(new)
        parts.append(_status(drawn, ids, np.where(organs.any(axis=1), NEVER, grown), "progression"))
        for place, organ in enumerate(ORGANS):
            parts.append(_status(drawn, ids, np.where(organs[:, place], grown, NEVER), "progression", organ=organ))
    return stacked([part for part in parts if len(part[1])] or parts[:1])


def _status(drawn: Drawn, ids: pa.Array, days: Ints, status: str, route: str = "", organ: str = ""
            ) -> tuple[pa.Table, Ints, Ints]:  # fmt: skip
    who = where(days < NEVER)
    route = route or ("" if not organ else "local" if organ in ALONG else "haematogenous")
    everybody = who >= 0
    at_diagnosis = (days[who] == drawn.people.diagnosis[who]) & (status == "distant_metastasis")
    rows = case_table(
        "disease_status", ids, who, tumour=text("1", everybody), status=text(status, everybody),
        **day("day", days[who]), moment=coded(["later", "at_diagnosis"], at_diagnosis.astype(np.int64)),
        site=text(organ, everybody & bool(organ)), route=text(route, everybody & bool(route)),
    )  # fmt: skip
    return rows, who, days[who]


def _operations(drawn: Drawn, dice: Dice, p: Parameters, ids: pa.Array) -> pa.Table:
    local, advanced = drawn.local, drawn.advanced
    nobody = np.zeros(len(ids), dtype=bool)
    shares = p["surgery.residual_later"]
    later, other = dice.pick("residual of a recurrence", shares), dice.pick("residual of a metastasis", shares)
    before = (local.radiation_before.start < NEVER) | (local.drugs_before.start < NEVER)
    uterine = drawn.people.site == UTERINE
    done = [
        ("primary", local.primary),
        ("re_excision", local.again),
        ("recurrence", Operation(local.reoperation, later, nobody)),
        ("metastasectomy", Operation(drawn.seen(advanced.metastasectomy), other, nobody)),
    ]
    parts = []
    for kind, one in done:
        who = where(one.day < NEVER)
        first = kind == "primary"
        parts.append((case_table(
            "surgery", ids, who, tumour=text("1", who >= 0), kind=text(kind, who >= 0), **day("day", one.day[who]),
            margin=coded(["negative", "close", "positive"], one.margin[who]),
            residual_tumor=coded(_RESIDUAL, one.residual[who]),
            neoadjuvant=pa.array(before[who], mask=~before[who]) if first else None,
            rupture=pa.array(local.rupture[who]) if first else None,
            morcellation=pa.array(local.morcellation[who], mask=~uterine[who]) if first else None,
        ), who, one.day[who]))  # fmt: skip
    return stacked(parts)


def _radiation(drawn: Drawn, dice: Dice, ids: pa.Array) -> pa.Table:
    """Courses before and after the operation, and of metastases; one that was broken off has fewer fractions."""
    local, last = drawn.local, drawn.last
    pelvic = local.radiation_after.regimen == PELVIC[1]
    far = drawn.seen(drawn.advanced.radiation)
    short = dice.chance("palliative dose", 0.5)
    palliative_end = np.where(short, far + 4, far + 11)
    given = [
        ("neoadjuvant", "primary", local.radiation_before.start, local.radiation_before.end, np.zeros(len(ids), bool),
         PREOPERATIVE, PREOPERATIVE),
        ("adjuvant", "primary", local.radiation_after.start, local.radiation_after.end, pelvic, PELVIC, POSTOPERATIVE),
        ("palliative", "distant", far, palliative_end, short, (20.0, 5), (30.0, 10)),
    ]  # fmt: skip
    parts = []
    for setting, target, starts, ends, first, one, other in given:
        who = where(starts < NEVER)
        begin, whole_course = starts[who], np.minimum(ends, last)[who]
        cut = ends[who] > whole_course
        fractions = np.where(first[who], one[1], other[1])
        dose = np.where(first[who], one[0], other[0])
        # five a week; what is left out at the end was not given
        given_now = np.minimum(
            fractions, (whole_course - begin) // 7 * 5 + np.minimum((whole_course - begin) % 7, 4) + 1
        )
        count = np.where(cut, given_now, fractions)
        parts.append((case_table(
            "radiotherapy", ids, who, tumour=text("1", who >= 0), **day("start", begin), **day("end", whole_course),
            setting=text(setting, who >= 0), target=text(target, who >= 0),
            dose_gy=np.round(dose * count / fractions, 1), fractions=whole(count), technique=text("external", who >= 0),
        ), who, begin))  # fmt: skip
    return stacked(parts)


def _visit_days(drawn: Drawn) -> Ints:
    """Days of the visits of each person, `NEVER` where the follow-up had ended; the last contact of the living last."""
    planned = drawn.people.diagnosis[:, None] + np.array(_VISITS)[None, :]
    kept = np.where(planned <= drawn.last[:, None] - _LEAST_BETWEEN, planned, NEVER)
    # the living are seen on their last day, the dying shortly before it; who died early may never have come back
    before = np.where((kept < NEVER).any(axis=1), drawn.last - _BEFORE_DEATH, NEVER)
    return np.column_stack([kept, np.where(drawn.advanced.dead, before, drawn.last)])


def _visits(drawn: Drawn, ids: pa.Array, days: Ints) -> pa.Table:
    ill = np.column_stack([drawn.has_tumour(days[:, place]) for place in range(days.shape[1])])
    who, visit = np.nonzero(days < NEVER)
    state = ill[who, visit].astype(np.int64)
    rows = case_table(
        "follow_up", ids, who, **day("contact", days[who, visit]), vital_status=text("alive", who >= 0),
        tumor_status=coded(["tumor_free", "with_tumor"], state), status=coded(["NED", "AWD"], state),
    )  # fmt: skip
    return by_person(rows, who, days[who, visit])


def _biomarkers(drawn: Drawn, dice: Dice, p: Parameters, ids: pa.Array) -> pa.Table:
    people = drawn.people
    since = np.datetime64(f"{p['biomarkers.tested_from']}-01-01").astype("datetime64[D]").astype(int)
    tested = people.lms & (people.diagnosis >= since) & dice.chance("tested", p["biomarkers.tested"])
    on = drawn.seen(people.diagnosis + dice.between("test day", 14, 60))
    who = where(tested & (on < NEVER))
    parts = []
    for gene, share in p["biomarkers.altered"].items():
        altered = dice.chance(f"gene {gene}", share)[who].astype(np.int64)
        told: dict[str, Any] = {
            "gene": text(gene, who >= 0), "alteration": coded(["none found", "mutated"], altered),
            "method": text("sequencing", who >= 0),
        }  # fmt: skip
        parts.append((case_table("biomarker", ids, who, **told, **day("day", on[who])), who, on[who]))
    return stacked(parts)
