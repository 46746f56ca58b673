"""The cohort described: how it came to be, where it arises, whom it strikes, how it shows and how far it spread."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from leiomyo.course.stage import staged_cases
from leiomyo.model.codes import codes, label
from leiomyo.outcomes.cohort import Covariate, covariates
from leiomyo.store.store import DIAGNOSED, Store

Rows = Sequence[dict[str, Any]]
#: The covariates of Table 1, in the order in which a clinician reads them.
_TABLE_1 = ("age_years", "sex", "site_group", "lms_subtype", "size_mm", "depth", "grade", "stage_group", "stage",
            "necrosis", "mitoses_per_10_hpf", "multifocal", "uterine_involvement", "vessel_involved", "margin",
            "residual_tumor", "other_malignancy")  # fmt: skip
#: No more patients than this are named under a step of the attrition.
_NAMED = 200
#: Entities that go by their initials.
_INITIALS = {"gist": "GIST", "stump": "STUMP"}


def attrition(store: Store) -> list[dict[str, Any]]:
    """From all people read to the leiomyosarcomas analysed, each step with its reason and the people it left out."""
    read = store.rows("SELECT centre, patient FROM patient")
    cases = {(row["centre"], row["patient"]): row for row in store.dicts("SELECT * FROM lms_case")}
    steps = [{"step": "People in the files", "n": len(read), "excluded": 0, "reason": "", "patients": []}]
    without = [key for key in read if key not in cases]
    left = len(read)
    if without:
        left -= len(without)
        steps.append(_step("With a diagnosis", left, without, "no diagnosis recorded"))
    for verdict, reason in (("no", "another tumour"), ("query", "leiomyosarcoma not certain: {}")):
        entities = defaultdict(list)
        for key, row in cases.items():
            if row["lms"] == verdict:
                entities[row["entity"]].append(key)
        for entity, out in sorted(entities.items(), key=lambda item: -len(item[1])):
            left -= len(out)
            called = _INITIALS.get(entity, entity)
            steps.append(_step("", left, out, called if verdict == "no" else reason.format(called)))
    steps.append({"step": "Leiomyosarcoma", "n": left, "excluded": 0, "reason": "", "patients": []})
    return steps


def _step(name: str, left: int, out: Sequence[tuple[str, str]], reason: str) -> dict[str, Any]:
    patients = [patient for _, patient in sorted(out)[:_NAMED]]
    return {"step": name, "n": left, "excluded": len(out), "reason": reason, "patients": patients}


def sites(store: Store, members: Rows) -> list[dict[str, Any]]:
    """Each site group with its patients, deaths, sexes and ages; in order of precedence."""
    dead = set(store.rows("SELECT centre, patient FROM patient WHERE vital_status = 'dead'"))
    found = []
    for code, row in codes("site_groups").items():
        group = [member for member in members if (member["site_group"] or "unknown") == code]
        if not group:
            continue
        ages = sorted(member["age_years"] for member in group if member["age_years"] is not None)
        found.append({
            "site_group": code, "label": row["label"], "colour": row["colour"], "n": len(group),
            "deaths": sum((member["centre"], member["patient"]) in dead for member in group),
            "women": sum(member["sex"] == "female" for member in group),
            "men": sum(member["sex"] == "male" for member in group),
            "ages": ages, "median_age": statistics.median(ages) if ages else None,
        })  # fmt: skip
    return found


def table_1(members: Rows) -> list[dict[str, Any]]:
    """Table 1: levels with counts, numbers with quartiles, unknown always last; only what is recorded for somebody."""
    told = []
    for name in _TABLE_1:
        column = covariates()[name]
        known = [member[name] for member in members if member[name] is not None]
        if known:
            told.append(_numbers(column, known, len(members)) if column.kind == "number" else _levels(column, members))
    return told


def _levels(column: Covariate, members: Rows) -> dict[str, Any]:
    counts = Counter(member[column.name] for member in members)
    unknown = counts.pop(None, 0)
    order = {level: place for place, level in enumerate(column.levels)}
    levels = sorted(counts, key=lambda level: (order.get(level, len(order)), str(level)))
    rows = [{"level": column.level_label(level), "n": counts[level], "percent": _percent(counts[level], members)}
            for level in levels]  # fmt: skip
    rows.append({"level": "Unknown", "n": unknown, "percent": _percent(unknown, members)})
    return {"column": column.name, "label": column.label, "unit": None, "rows": rows, "summary": None}


def _numbers(column: Covariate, known: list[float], total: int) -> dict[str, Any]:
    quartiles = statistics.quantiles(known, n=4, method="inclusive") if len(known) > 1 else [known[0]] * 3
    unknown = total - len(known)
    return {
        "column": column.name, "label": column.label, "unit": column.unit or None,
        "rows": [{"level": "Unknown", "n": unknown, "percent": 100 * unknown / total}],
        "summary": {"median": quartiles[1], "q1": quartiles[0], "q3": quartiles[2], "min": min(known),
                    "max": max(known), "n": len(known)},
    }  # fmt: skip


def _percent(n: int, members: Rows) -> float:
    return 100 * n / len(members) if members else 0.0


def stage(store: Store, members: Rows) -> dict[str, Any]:
    """Stage groups as recorded and, apart from them, as derived; why none could be derived; doubts about the grade."""
    keys = {_key(member) for member in members}
    said = [row for row in store.rows("""
                SELECT centre, patient, concat(system, CASE WHEN derived THEN ', derived' ELSE '' END), stage_group,
                       coalesce(derived, false) AS derived
                FROM stage WHERE tumour = '1' AND stage_group IS NOT NULL
                QUALIFY derived IS NOT TRUE OR 1 = row_number() OVER (PARTITION BY centre, patient, derived
                                                                      ORDER BY system = 'FIGO' DESC)""")
            if row[:2] in keys]  # fmt: skip
    staged = [one for row, _, one in staged_cases(store) if _key(row) in keys]
    if not staged:
        return {}
    flags = Counter(flag for one in staged for flag in one.flags)
    counts = Counter((derived, system, group) for _, _, system, group, derived in said)
    told = {derived: len({row[:2] for row in said if row[4] is derived}) for derived in (False, True)}
    without = Counter("; ".join(one.derived[0].missing) for one in staged if one.derived and not one.derived[0].group)
    return {
        "recorded": told[False], "derived": told[True], "of": len(members),
        "rows": [{"system": system, "group": group, "n": n} for (_, system, group), n in sorted(counts.items())],
        "not_derived": [{"missing": reason, "n": n} for reason, n in without.most_common()],
        "disagreements": sum(bool(one.disagreements) for one in staged),
        "grade_flags": [{"flag": flag, "n": n} for flag, n in sorted(flags.items())],
    }  # fmt: skip


def spread(store: Store, members: Rows) -> dict[str, Any]:
    """Where the disease went: sites by primary site, the first event, and what the enrolment form says."""
    keys = {_key(member): member["site_group"] or "unknown" for member in members}
    said = [row for row in store.dicts(f"""
        SELECT s.centre, s.patient, s.status, s.site, s.moment, s.day_low - {DIAGNOSED} AS day
        FROM disease_status s
        JOIN diagnosis d ON d.centre = s.centre AND d.patient = s.patient AND d.role = 'index'
        JOIN patient p ON p.centre = s.centre AND p.patient = s.patient
        WHERE s.tumour = '1'""") if _key(row) in keys]  # fmt: skip
    metastases = [row for row in said if row["status"] == "distant_metastasis"]
    anyone = {(_key(row), row["site"]) for row in metastases if row["site"]}
    dated = {(_key(row), row["site"]) for row in metastases if row["site"] and row["day"] is not None}
    yes = {_key(row) for row in metastases}
    no = {_key(row) for row in said if row["status"] == "no_metastasis"} - yes
    where = [code for code in codes("metastatic_sites") if any(site == code for _, site in anyone)]
    of = Counter(keys[key] for key in yes)
    counts = Counter((keys[key], site) for key, site in anyone)
    return {
        "ever": {"recorded": len(yes | no), "yes": len(yes), "no": len(no), "unknown": len(keys) - len(yes | no)},
        "sites": [{"site": code, "label": label("metastatic_sites", code),
                   "n": sum(site == code for _, site in anyone), "n_dated": sum(site == code for _, site in dated)}
                  for code in where],
        "matrix": [{"site_group": group, "site": code, "label": label("metastatic_sites", code),
                    "n": counts[group, code], "of": of[group]}
                   for group in codes("site_groups") if of[group] for code in where],
        "first": _first_events(said),
    }  # fmt: skip


def _first_events(said: Rows) -> list[dict[str, Any]]:
    """For each kind of event: how many have one, and the median day of the first among those with a day."""
    firsts: dict[str, dict[tuple[str, str], float | None]] = defaultdict(dict)
    for row in said:
        if row["status"] in {"local_recurrence", "regional_recurrence", "distant_metastasis", "progression"}:
            days = [day for day in (firsts[row["status"]].get(_key(row)), row["day"]) if day is not None]
            firsts[row["status"]][_key(row)] = min(days, default=None)
    return [
        {"kind": kind, "label": label("disease_status", kind), "n": len(found), "n_dated": len(dated),
         "median_days": statistics.median(dated) if dated else None}
        for kind, found in sorted(firsts.items(), key=lambda item: -len(item[1]))
        if (dated := [day for day in found.values() if day is not None]) is not None
    ]  # fmt: skip


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["centre"], row["patient"]
