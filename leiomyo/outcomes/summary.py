"""Everything the report shows, as one plain value: `results.json` is this, and `report.html` is drawn from it alone."""

from __future__ import annotations

import csv
import datetime
import math
import platform
import statistics
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from importlib.metadata import version
from typing import Any

from leiomyo.checks.completeness import completeness, follow_up_due
from leiomyo.config import VERSION
from leiomyo.course.endpoints import ENDPOINTS
from leiomyo.course.line_rules import LineRules
from leiomyo.course.therapy import courses
from leiomyo.errors import InputError, Problem, catalogue
from leiomyo.model.codes import codes
from leiomyo.outcomes import description
from leiomyo.outcomes.analysis import SurvivalResult, incidence, relative, survival
from leiomyo.outcomes.checked import checked
from leiomyo.outcomes.cohort import cohort, covariates
from leiomyo.outcomes.course_summary import course_results
from leiomyo.outcomes.question import cutoff
from leiomyo.outcomes.relative import RelativeSurvival
from leiomyo.outcomes.tolerance import tolerance
from leiomyo.outcomes.treatment import treatment
from leiomyo.reconcile import DISAGREEMENTS, entries
from leiomyo.store.store import DIAGNOSED, Store

_MILESTONES = (365, 730, 1826)
_GROUPINGS = ("site_group", "margin", "residual_tumor", "uterine_involvement", "age_band", "stage_group")
_EFS_GROUPINGS = ("margin",)
_LIBRARIES = ("duckdb", "pyarrow", "numpy", "vl-convert-python")
_EXAMPLES = 5
#: Figures of one whole person are not a curve.
#: Years of age that nobody passes.
_OLDEST = 115
_SMALLEST_GROUP = 2


def results(store: Store, *, command: str = "", rules: LineRules | None = None) -> dict[str, Any]:
    """The report's content: patients read, cohort, outcomes, quality, definitions. Times in days."""
    members = cohort(store)
    read = {
        "patients": store.rows("SELECT count(*) FROM patient")[0][0], "lms": len(members),
        "deaths": store.rows("""SELECT count(*) FROM patient SEMI JOIN (SELECT * FROM lms_case WHERE lms = 'yes')
                                USING (centre, patient) WHERE vital_status = 'dead'""")[0][0],
    }  # fmt: skip
    told: dict[str, Any] = {
        "product": _product(command),
        "read": read,
        "files": _files(store),
        "attrition": description.attrition(store),
        "checks": checked(store, rules=rules).to_dict(),
    }
    if not members:
        return told | {"quality": _quality(store, members)}
    survivals = _survivals(store, members)
    fields = completeness(store)
    return told | {
        "cohort": _cohort(store, members, read, survivals["os"], fields),
        "sites": description.sites(store, members),
        "table1": description.table_1(members),
        "stage": description.stage(store, members),
        "spread": description.spread(store, members),
        "treatment": treatment(store, members),
        "tolerance": tolerance(store, courses(store, rules), members),
        **course_results(store, rules),
        "survival": survivals,
        "incidence": [_incidence(store)],
        "relative": _relative(store),
        "quality": _quality(store, members) | {"completeness": fields, "follow_up_due": follow_up_due(store)},
        "definitions": _definitions(),
        "rules": _rules(),
    }


def _product(command: str) -> dict[str, Any]:
    libraries = {name: version(name) for name in _LIBRARIES}
    return {
        "name": "leiomyo", "version": VERSION, "command": command,
        "made_on": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": {"python": platform.python_version(), **libraries},
    }  # fmt: skip


def _files(store: Store) -> list[dict[str, Any]]:
    return store.dicts("""
        SELECT f.file, f.source, s.format, f.kind, f.rows, f.kept, f.superseded, f.quarantined, s.centre
        FROM source_file f JOIN source s ON s.name = f.source ORDER BY s.position, f.file""")


def _survivals(store: Store, members: Sequence[dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for endpoint, groupings in (("os", _GROUPINGS), ("efs", _EFS_GROUPINGS)):
        told[endpoint] = _ask(store, endpoint, None).to_dict()
        told[f"{endpoint}_by"] = [
            _coloured(_ask(store, endpoint, by)) for by in groupings if _worth(by, members)
        ]  # fmt: skip
    return told


def _incidence(store: Store) -> dict[str, Any]:
    told = incidence(store, "efs", milestones=_MILESTONES).to_dict()
    return told | {"label": "First event: recurrence, spread or second tumour, or death without one"}


def _relative(store: Store) -> dict[str, Any]:
    """Observed, expected and relative five-year survival by age: LMS strikes late, and people die of other things."""
    parts = [*relative(store), *relative(store, by="age_band")]
    rows = [_relative_row(part) for part in parts if part.persons]
    order = ["All", *covariates()["age_band"].levels, "Unknown"]
    rows.sort(key=lambda row: order.index(row["group"]))
    return (
        {
            "days": _MILESTONES[-1],
            "method": "Pohar Perme",
            "source": parts[0].source,
            "left_out": parts[0].left_out,
            "rows": rows,
        }
        if rows
        else {}
    )


def _relative_row(part: RelativeSurvival) -> dict[str, Any]:
    mark = part.milestone(_MILESTONES[-1])
    figures = {name: getattr(mark, name) for name in ("observed", "expected", "relative", "low", "high")}
    shown = {name: None if value is None or math.isnan(value) else value for name, value in figures.items()}
    group = (part.stratum["age_band"] or "Unknown") if part.stratum else "All"
    return {"group": group, "n": part.persons, **shown, "at_risk": mark.at_risk}


def _ask(store: Store, endpoint: str, by: str | None) -> SurvivalResult:
    return survival(store, endpoint, by=by, where=None, milestones=_MILESTONES, index=None, unknown_in_test=False)


def _worth(by: str, members: Sequence[dict[str, Any]]) -> bool:
    """Whether at least two known groups have more than one patient."""
    counts = Counter(member[by] for member in members if member[by] is not None)
    return sum(n >= _SMALLEST_GROUP for n in counts.values()) > 1


def _coloured(result: SurvivalResult) -> dict[str, Any]:
    told = result.to_dict()
    if result.by == "site_group":
        for group in told["groups"]:
            group["colour"] = codes("site_groups").get(group["group"]["site_group"], {}).get("colour")
    return told


def _cohort(store: Store, members: Sequence[dict[str, Any]], read: dict[str, Any], os: dict[str, Any],
            fields: Sequence[dict[str, Any]]) -> dict[str, Any]:  # fmt: skip
    names = store.rows("SELECT name FROM source ORDER BY position")
    ages = [member["age_years"] for member in members if member["age_years"] is not None]
    years = [member["diagnosis_year"] for member in members if member["diagnosis_year"] is not None]
    # a day beyond any life is an error that the checks name, and no follow-up
    latest = store.rows(f"""SELECT max(days) FROM (
                              SELECT coalesce(p.death_high, p.last_contact_high) - {DIAGNOSED} AS days, d.age_years
                              FROM patient p JOIN lms_case c USING (centre, patient)
                              JOIN diagnosis d ON d.centre = p.centre AND d.patient = p.patient AND d.role = 'index'
                              WHERE c.lms = 'yes')
                            WHERE days <= ({_OLDEST} - coalesce(age_years, 0)) * 365.25""")[0][0]
    whole: dict[str, Any] = next(iter(os["groups"]), {})
    return {
        "name": " + ".join(name for (name,) in names),
        "centres": sorted({member["centre"] for member in members}),
        "contributing_sites": len({member["contributing_site"] for member in members if member["contributing_site"]}),
        "cutoff": {"latest_contact_days": latest, "latest_form_date": cutoff(store),
                   "diagnosis_years": [min(years), max(years)] if years else None},
        "sentence": _sentence(read, whole),
        "median_age": statistics.median(ages) if ages else None,
        "women": sum(member["sex"] == "female" for member in members),
        "men": sum(member["sex"] == "male" for member in members),
        "follow_up_median_days": whole.get("follow_up_median_days"),
        "key_fields_recorded": _share(fields),
    }  # fmt: skip


def _share(fields: Sequence[dict[str, Any]]) -> float | None:
    of = sum(field["of"] for field in fields)
    return sum(field["recorded"] for field in fields) / of if of else None


def _sentence(read: dict[str, Any], whole: dict[str, Any]) -> str:
    """The cohort in plain words, with nothing that the figures do not say."""
    start = (f"Of {read['patients']:,} people in these files {read['lms']:,} had a leiomyosarcoma; "
             f"{read['deaths']:,} of them are known to have died.")  # fmt: skip
    five_years = next((mark for mark in whole.get("milestones", ()) if mark["days"] == _MILESTONES[-1]), None)
    if five_years and five_years["survival"] is not None and five_years["at_risk"]:
        tenths = round(five_years["survival"] * 10)
        start += f" Five years after diagnosis an estimated {tenths} in 10 were alive." if tenths else ""
    return start


def _quality(store: Store, members: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ledger = entries(store, kinds=DISAGREEMENTS)
    kinds = store.rows("SELECT kind, count(*) FROM conflict GROUP BY kind")
    return {
        "conflicts": {"total": len(ledger), "by_kind": [{"kind": kind, "n": n} for kind, n in sorted(kinds)],
                      "rows": _lms_first(ledger, members)},
        "problems": _problems(store),
        "drug_guesses": store.dicts("""
            SELECT as_written, agent, NULL AS score, count(*) AS n FROM drug_exposure
            WHERE matched = 'fuzzy' GROUP BY as_written, agent ORDER BY as_written"""),
        "imprecise": _imprecise(store),
        "refused": _refused(store),
    }  # fmt: skip


def _lms_first(ledger: list[dict[str, Any]], members: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    inside = {(member["centre"], member["patient"]) for member in members}
    marked = [{**entry, "in_cohort": (entry["centre"], entry["patient"]) in inside} for entry in ledger]
    return sorted(marked, key=lambda entry: not entry["in_cohort"])


def _problems(store: Store) -> list[dict[str, Any]]:
    rows = store.dicts("""SELECT code, file, row, "column", found, expected, detail, severity FROM problem
                          ORDER BY severity, code, file, row""")
    counts = Counter(row["code"] for row in rows)
    examples: dict[str, list[str]] = {}
    for row in rows:
        shown = examples.setdefault(row["code"], [])
        if len(shown) < _EXAMPLES:
            shown.append(str(Problem(**row)))
    return [
        {"code": code, "severity": catalogue()[code].severity, "title": catalogue()[code].title, "n": n,
         "action": catalogue()[code].action, "examples": examples[code]}
        for code, n in counts.items()
    ]  # fmt: skip


def _imprecise(store: Store) -> dict[str, int]:
    n, of = store.rows("""
        SELECT count(*) FILTER (coalesce(p.death_low <> p.death_high, false)
                                OR coalesce(p.last_contact_low <> p.last_contact_high, false)
                                OR coalesce(d.diagnosis_low <> d.diagnosis_high, false)), count(*)
        FROM patient p JOIN lms_case c USING (centre, patient)
        JOIN diagnosis d ON d.centre = p.centre AND d.patient = p.patient AND d.role = 'index'
        WHERE c.lms = 'yes'""")[0]
    return {"n": n, "of": of}


def _refused(store: Store) -> list[dict[str, str]]:
    """The comparisons that readers ask for first and that these data cannot answer, with the reason."""
    told = []
    for column in covariates().values():
        if column.known == "later":
            try:
                _ask(store, "os", column.name)
            except InputError as error:  # the refusal is the finding
                action = catalogue()[error.code].action.replace("`", "")
                reason = f"It becomes known {column.known_from}. {action}"
                told.append({"what": f"Overall survival by {column.label.lower()}", "reason": reason})
    return told


def _definitions() -> list[dict[str, str]]:
    source = "DATECAN, Bellera et al., Ann Oncol 2015"
    endpoints = [{"term": rule.label, "text": rule.definition, "source": source} for rule in ENDPOINTS.values()]
    marks = [{"term": covariates()[name].label, "text": covariates()[name].meaning, "source": ""}
             for name in ("margin", "residual_tumor", "site_group")]  # fmt: skip
    return endpoints + marks


def _rules() -> list[dict[str, str]]:
    text = resources.files("leiomyo.outcomes").joinpath("method.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
