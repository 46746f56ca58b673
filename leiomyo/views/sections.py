"""The eight sections of the report: for each, its figures and facts, or nothing where the data are absent.

A section is a function from `results` to the variables of its template. Nothing is computed here that is a
result: it picks, orders and words what the outcomes give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leiomyo.views import charts, curves
from leiomyo.views import format as fmt
from leiomyo.views.bodymap import body_map
from leiomyo.views.charts import Figure, Record

Results = Mapping[str, Any]
Context = dict[str, Any]
CONFLICTS_SHOWN = 50
DUE_SHOWN = 50
MILESTONES = ((731, "2-year"), (1826, "5-year"))
#: What the surgeon's margin and the residual tumour say when they cannot both be right.
CONTRADICTORY = {("negative", "R1"), ("negative", "R2"), ("positive", "R0")}


@dataclass(frozen=True)
class Section:
    """A section of the report: its anchor, its heading, and what its template is given."""

    name: str
    title: str
    build: Callable[[Results], Context | None]


def part(results: Results, *path: str) -> Any:
    """The part of `results` at a path, or an empty dict where any step is absent.

    Examples
    --------
    >>> part({"survival": {"os": 1}}, "survival", "os"), part({"a": None}, "a", "b")
    (1, {})
    """
    found: Any = results
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return {} if found is None else found


def glance(results: Results) -> Context | None:
    """Whose data, how good, until when."""
    cohort, read = part(results, "cohort"), part(results, "read")
    if not cohort and not read:
        return None
    figures = [
        ("Patients with leiomyosarcoma", fmt.integer(read.get("lms")), _women(cohort)),
        ("Deaths", fmt.count_share(read.get("deaths"), read.get("lms")), ""),
        ("Median follow-up", _months(cohort.get("follow_up_median_days")), "reverse Kaplan–Meier"),
        *_survival_figures(results),
        ("Key fields recorded", fmt.percent(cohort.get("key_fields_recorded"), 1), "of all values asked for"),
    ]
    return {"cohort": cohort, "read": read, "figures": [f for f in figures if f[1] not in {fmt.NOTHING, ""}]}


def _women(cohort: Mapping[str, Any]) -> str:
    said = []
    if cohort.get("women") is not None:
        said.append(f"{fmt.integer(cohort['women'])} women, {fmt.integer(cohort.get('men'))} men")
    if cohort.get("median_age") is not None:
        said.append(f"median age {fmt.number(cohort['median_age'], 0)}")
    return "; ".join(said)


def _months(days: float | None) -> str:
    return f"{fmt.months(days)} months" if days is not None else fmt.NOTHING


def _survival_figures(results: Results) -> list[tuple[str, str, str]]:
    group: Mapping[str, Any] = next(iter(part(results, "survival", "os", "groups") or []), {})
    if not group:
        return []
    low, high = group.get("median_ci_days") or (None, None)
    median = fmt.months_words(group.get("median_days"))
    figures = [("Median overall survival", median, f"95 % limits {fmt.limits(fmt.months(low), fmt.months(high))}")]
    at = curves.milestone(group)
    if at:
        note = f"95 % limits {_bare_limits(at)}; {fmt.integer(at.get('at_risk'))} still at risk"
        figures.append(("5-year overall survival", fmt.survival(at["survival"]), note))
    return figures


def _bare_limits(at: Mapping[str, Any]) -> str:
    low, high = at.get("low"), at.get("high")
    return f"{100 * low:.0f}–{100 * high:.0f} %" if low is not None and high is not None else fmt.NOTHING


def attrition(results: Results) -> Context | None:
    """How the cohort came to be: each step with its count and reason."""
    steps = part(results, "attrition")
    if not steps:
        return None
    first = max(step.get("n") or 0 for step in steps) or 1
    rows: list[Record] = [{k: step.get(k) for k in ("step", "n", "excluded", "reason")} for step in steps]
    return {
        "steps": [{**step, "width": round(100 * (step.get("n") or 0) / first, 1)} for step in steps],
        "csv": fmt.csv_text(rows),
        "files": part(results, "files"),
    }


def cohort(results: Results) -> Context | None:
    """Where it arises, whom it strikes; Table 1."""
    sites, table1 = part(results, "sites") or [], part(results, "table1") or []
    if not sites and not table1:
        return None
    total = sum(site.get("n") or 0 for site in sites)
    rows = [{**s, "hue": charts.colour(s.get("colour"), i, s.get("site_group"))} for i, s in enumerate(sites)]
    return {
        "map": body_map(sites) if sites else None,
        "sites": rows,
        "total": total,
        "age": charts.age_by_site(sites) if any(site.get("ages") for site in sites) else None,
        "sex": _sex(sites) if any(site.get("women") is not None for site in sites) else None,
        "table1": table1,
        "no_symptoms": not part(results, "symptoms", "matrix"),
        "table1_csv": fmt.csv_text(_table1_rows(table1)),
    }


def _sex(sites: Sequence[Record]) -> Figure:
    rows = []
    for site in sites:
        women, men = site.get("women") or 0, site.get("men") or 0
        unknown = max(0, (site.get("n") or 0) - women - men)
        text = f"{women} women, {men} men" + (f", {unknown} unknown" if unknown else "")
        for series, n in (("women", women), ("men", men), ("unknown", unknown)):
            rows.append({"label": site.get("label"), "series": series, "n": n, "text": text, "of": site.get("n")})
    kept = {row["series"] for row in rows if row["n"]}
    return charts.bars("Women and men by site", [row for row in rows if row["series"] in kept])


def _table1_rows(table1: Sequence[Record]) -> list[Record]:
    rows: list[Record] = []
    for entry in table1:
        common = {"column": entry.get("column"), "unit": entry.get("unit")}
        if entry.get("summary"):
            rows.append({**common, "level": "median, quartiles, range", **entry["summary"]})
        rows += [{**common, "level": row.get("level"), "n": row.get("n"), "percent": row.get("percent")} for row in entry.get("rows") or []]
    return rows


def presentation(results: Results) -> Context | None:
    """How it shows and how far it has spread."""
    symptoms, stage, spread = part(results, "symptoms"), part(results, "stage"), part(results, "spread")
    found: Context = {
        "symptoms": _symptoms(symptoms) if symptoms.get("matrix") else None,
        "stages": _stages(stage.get("rows") or []),
        "stage": stage,
        "at_diagnosis": _at_diagnosis(spread.get("at_diagnosis") or {}),
        "sites": _metastases(spread["sites"]) if spread.get("sites") else None,
        "matrix": _spread(results, spread["matrix"]) if spread.get("matrix") else None,
        "first": spread.get("first") or [],
    }
    return found if any(value for name, value in found.items() if name != "stage") else None


def _symptoms(symptoms: Mapping[str, Any]) -> Figure:
    cells = [{**c, "row": c.get("site_label") or c["site_group"], "column": c.get("label") or c["symptom"]} for c in symptoms["matrix"]]
    recorded = fmt.count_of(symptoms.get("recorded"), symptoms.get("of"))
    return charts.matrix("Symptoms by site", cells, rows_are="site group", columns_are="symptom", note=f"Symptoms recorded for {recorded} patients.")


def _stages(rows: Sequence[Record]) -> list[Figure]:
    figures = []
    for system in dict.fromkeys(row.get("system") for row in rows):
        own = [{"label": row.get("group"), "n": row["n"]} for row in rows if row.get("system") == system]
        own.sort(key=lambda row: fmt.is_unknown(row["label"]))
        figures.append(charts.bars(f"Stage, {fmt.label(system)}", own, of=sum(row["n"] for row in own)))
    return figures


def _at_diagnosis(spread: Mapping[str, Any]) -> list[Record]:
    words = (("yes", "spread at diagnosis"), ("no", "no spread"), ("unknown", "unknown"))
    of = sum(spread.get(name) or 0 for name, _ in words)
    return [{"name": name, "words": said, "n": spread.get(name) or 0, "of": of} for name, said in words] if of else []


def _metastases(sites: Sequence[Record]) -> Figure:
    rows = []
    for site in sites:
        before, later = site.get("n_at_diagnosis") or 0, site.get("n_later") or 0
        name = site.get("label") or site.get("site")
        text = f"{before} at diagnosis, {later} later"
        rows += [{"label": name, "series": s, "n": n, "text": text} for s, n in (("at diagnosis", before), ("later", later))]
    return charts.bars("Sites of metastasis", rows)


def _spread(results: Results, cells: Sequence[Record]) -> Figure:
    names = {site.get("site_group"): site.get("label") for site in part(results, "sites") or []}
    rows = [{**c, "row": names.get(c["site_group"]) or c["site_group"], "column": c.get("label") or c["site"]} for c in cells]
    note = "Patients with metastasis at the site, ever, of all patients with that primary."
    return charts.matrix("Site of metastasis by primary site", rows, rows_are="primary site", columns_are="metastasis", note=note)


def treatment(results: Results) -> Context | None:
    """What was done: surgery, radiation, drugs."""
    surgery, radiation, drugs = (part(results, "treatment", kind) for kind in ("surgery", "radiotherapy", "drugs"))
    by_agent = drugs.get("by_agent") or []
    found: Context = {
        "surgery": _margins(surgery) if surgery.get("margin_by_residual") else None,
        "radiation": radiation or None,
        "radiation_figures": [
            charts.bars(title, [{"label": row.get(key), "n": row["n"]} for row in radiation[part_]], of=radiation.get("courses"))
            for title, part_, key in (("Radiation by setting", "setting", "setting"), ("Radiation by target", "rows", "target"))
            if radiation.get(part_)
        ],
        "drugs": drugs or None,
        "kinds": _kinds(drugs) if drugs.get("by_kind") else None,
        "agents": by_agent,
        "agents_csv": fmt.csv_text([{k: v for k, v in row.items() if k != "responses"} | (row.get("responses") or {}) for row in by_agent]),
        "responses": any(sum((row.get("responses") or {}).values()) for row in by_agent),
    }
    return found if found["surgery"] or found["radiation"] or found["drugs"] else None


def _margins(surgery: Mapping[str, Any]) -> Figure:
    counted = surgery["margin_by_residual"]
    margins = sorted(dict.fromkeys(row.get("margin") for row in counted), key=fmt.is_unknown)
    residuals = sorted(dict.fromkeys(row.get("residual_tumor") for row in counted), key=fmt.is_unknown)
    n = {(row.get("margin"), row.get("residual_tumor")): row.get("n") or 0 for row in counted}
    cells = [
        {
            "row": f"{fmt.label(margin)} margin",
            "column": residual,
            "n": n.get((margin, residual), 0),
            "of": sum(n.get((margin, r), 0) for r in residuals),
            "flag": (str(margin).lower(), str(residual).upper()) in CONTRADICTORY and bool(n.get((margin, residual))),
        }
        for margin in margins
        for residual in residuals
    ]
    contradictions = surgery.get("contradictions")
    note = "Two statements about the same operation; neither fills the other. A frame marks the pairs that contradict each other"
    note += f" ({fmt.integer(contradictions)} operations)." if contradictions is not None else "."
    return charts.matrix("Surgical margin and residual tumour", cells, rows_are="margin", columns_are="residual tumour", note=note)


def _kinds(drugs: Mapping[str, Any]) -> Figure:
    rows = [{"label": row.get("label") or row.get("kind"), "n": row["patients"]} for row in drugs["by_kind"]]
    return charts.bars("Drugs by kind", rows, of=drugs.get("patients"), note="Patients given at least one drug; one patient may count in several kinds.")


def outcomes(results: Results) -> Context | None:
    """What came of it: curves with limits, number at risk, definition and published figures."""
    survival = part(results, "survival")
    overall = survival.get("os") or {}
    order = [overall, survival.get("efs") or {}, *(survival.get("os_by") or []), *(survival.get("efs_by") or [])]
    blocks = [block for block in map(_outcome, order) if block]
    if not blocks:
        return None
    competing = [figure for figure in map(curves.incidence, part(results, "incidence") or []) if figure]
    return {"blocks": blocks, "forest": curves.five_year_forest(overall, survival.get("os_by") or []), "competing": competing}


def _outcome(result: Mapping[str, Any]) -> Context | None:
    groups = result.get("groups") or []
    if not groups:
        return None
    rows = [
        {
            **group,
            "name": curves.group_label(group),
            "hue": curves.group_colour(group, i),
            "unknown": fmt.is_unknown(curves.group_label(group)),
            "at": [curves.milestone(group, days) for days, _ in MILESTONES],
        }
        for i, group in enumerate(groups)
    ]
    return {"result": result, "figure": curves.survival(result), "rows": rows, "milestones": [name for _, name in MILESTONES]}


def caution(results: Results) -> Context | None:
    """What may mislead: conflicts, problems, gaps, silence and refusals."""
    quality = part(results, "quality")
    if not any(quality.values() if quality else ()):
        return None
    conflicts = quality.get("conflicts") or {}
    rows = conflicts.get("rows") or []
    due = quality.get("follow_up_due") or []
    fields = quality.get("completeness") or []
    return {
        "quality": quality,
        "conflicts": rows[:CONFLICTS_SHOWN],
        "more_conflicts": max(0, (conflicts.get("total") or len(rows)) - min(len(rows), CONFLICTS_SHOWN)),
        "due": due[:DUE_SHOWN],
        "more_due": max(0, len(due) - DUE_SHOWN),
        "completeness": charts.completeness(fields) if fields else None,
    }


def method(results: Results) -> Context | None:
    """How it was computed: definitions, rules, versions, the command."""
    found = {name: part(results, name) for name in ("product", "definitions", "rules")}
    return found if any(found.values()) else None


SECTIONS = (
    Section("glance", "At a glance", glance),
    Section("attrition", "How the cohort came to be", attrition),
    Section("cohort", "Where it arises, whom it strikes", cohort),
    Section("presentation", "How it shows and how far it has spread", presentation),
    Section("treatment", "What was done", treatment),
    Section("outcomes", "What came of it", outcomes),
    Section("caution", "What may mislead", caution),
    Section("method", "How it was computed", method),
)
