"""The sections of the report: for each, its figures and facts, or nothing where the data are absent.

A section is a function from `results` to the variables of its template. Nothing is computed here that is a
result: it picks, orders and words what the outcomes give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leiomyo.spreadsheet import csv_text
from leiomyo.views import charts, checks_section, comparison_section, curves, lines_section
from leiomyo.views import format as fmt
from leiomyo.views.bodymap import body_map
from leiomyo.views.charts import Figure, Record
from leiomyo.views.disease import disease
from leiomyo.views.doubt import doubt
from leiomyo.views.line_outcomes import line_outcomes
from leiomyo.views.tolerance_section import tolerance

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
    note = f"95 % limits {fmt.limits(fmt.months(low), fmt.months(high))}"
    figures = [("Median overall survival", median, note)]
    at = curves.milestone(group)
    if at:
        note = f"95 % limits {fmt.limits_of(at, 'survival')}; {fmt.integer(at.get('at_risk'))} still at risk"
        figures.append(("5-year overall survival", fmt.survival(at["survival"]), note))
    return figures


def attrition(results: Results) -> Context | None:
    """How the cohort came to be: each step with its count and reason."""
    steps = part(results, "attrition")
    if not steps:
        return None
    first = max(step.get("n") or 0 for step in steps) or 1
    rows: list[Record] = [{k: step.get(k) for k in ("step", "n", "excluded", "reason")} for step in steps]
    return {
        "steps": [{**step, "width": round(100 * (step.get("n") or 0) / first, 1)} for step in steps],
        "csv": csv_text(rows),
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
        "table1_csv": csv_text(_table1_rows(table1)),
    }


def _sex(sites: Sequence[Record]) -> Figure:
    rows = []
    for site in sites:
        women, men = site.get("women") or 0, site.get("men") or 0
        unknown = max(0, (site.get("n") or 0) - women - men)
        text = f"{women} women, {men} men" + (f", {unknown} unknown" if unknown else "")
        for series, n in (("women", women), ("men", men), ("unknown", unknown)):
            row = {"label": site.get("label"), "series": series, "n": n}
            rows.append({**row, "text": text, "of": site.get("n")})
    kept = {row["series"] for row in rows if row["n"]}
    return charts.bars("Women and men by site", [row for row in rows if row["series"] in kept])


def _table1_rows(table1: Sequence[Record]) -> list[Record]:
    rows: list[Record] = []
    for entry in table1:
        common = {"column": entry.get("column"), "unit": entry.get("unit")}
        if entry.get("summary"):
            rows.append({**common, "level": "median, quartiles, range", **entry["summary"]})
        rows += [{**common, **{k: row.get(k) for k in ("level", "n", "percent")}} for row in entry.get("rows") or []]
    return rows


def presentation(results: Results) -> Context | None:
    """How far it has spread."""
    stage, spread = part(results, "stage"), part(results, "spread")
    found: Context = {
        "stages": _stages(stage),
        "extent": _extent(spread),
        "sites": _metastases(spread["sites"], spread.get("ever") or {}) if spread.get("sites") else None,
        "matrix": _spread(results, spread["matrix"]) if spread.get("matrix") else None,
        "first": spread.get("first") or [],
        "disease": disease(part(results, "disease")),
    }
    if not any(found.values()):
        return None
    return found | {"symptoms": bool(part(results, "tolerance", "symptoms"))}


def _site_names(results: Results) -> dict[str, str]:
    sites = part(results, "sites") or []
    return {site["site_group"]: site.get("label") or site["site_group"] for site in sites}


def _stages(stage: Mapping[str, Any]) -> list[Figure]:
    rows = stage.get("rows") or []
    recorded = fmt.count_of(stage.get("recorded"), stage.get("of"))
    note = f"A stage is recorded for {recorded} patients." if stage.get("of") else ""
    figures: list[Figure] = []
    for system in dict.fromkeys(row.get("system") for row in rows):
        own = [{"label": row.get("group"), "n": row["n"]} for row in rows if row.get("system") == system]
        own.sort(key=lambda row: fmt.is_unknown(row["label"]))
        of, title = sum(row["n"] for row in own), f"Stage, {fmt.label(system)}"
        figures.append(charts.bars(title, own, of=of, note="" if figures else note))
    return figures


def _extent(spread: Mapping[str, Any]) -> list[Record]:
    """Who had spread: at diagnosis, and ever."""
    tables = []
    for name, title in (("at_diagnosis", "Spread at diagnosis"), ("ever", "Spread at any time")):
        counts = spread.get(name) or {}
        rows = [(level, counts.get(level) or 0) for level in ("yes", "no", "unknown")]
        of = sum(n for _, n in rows)
        if of:
            tables.append({"title": title, "of": of, "rows": rows})
    return tables


def _metastases(sites: Sequence[Record], ever: Mapping[str, Any]) -> Figure:
    if not any("n_at_diagnosis" in site for site in sites):
        rows = [{"label": site.get("label") or site.get("site"), "n": site.get("n") or 0} for site in sites]
        note = "Patients with metastasis at the site, ever, of those with spread recorded."
        return charts.bars("Sites of metastasis", rows, of=ever.get("yes"), note=note if ever.get("yes") else "")
    rows = []
    for site in sites:
        before, later = site.get("n_at_diagnosis") or 0, site.get("n_later") or 0
        name = site.get("label") or site.get("site")
        text = f"{before} at diagnosis, {later} later"
        for series, n in (("at diagnosis", before), ("later", later)):
            rows.append({"label": name, "series": series, "n": n, "text": text})
    return charts.bars("Sites of metastasis", rows)


def _spread(results: Results, cells: Sequence[Record]) -> Figure:
    names = _site_names(results)
    rows = [
        {**c, "row": names.get(c["site_group"], c["site_group"]), "column": c.get("label") or c["site"]} for c in cells
    ]
    note = "Patients with metastasis at the site, ever, of all patients with that primary."
    title = "Site of metastasis by primary site"
    return charts.matrix(title, rows, axes=("primary site", "metastasis"), note=note)


def treatment(results: Results) -> Context | None:
    """What was done: surgery, radiation, drugs, lines of therapy."""
    done = part(results, "treatment")
    surgery, radiation, drugs = (part(done, kind) for kind in ("surgery", "radiotherapy", "drugs"))
    by_agent = drugs.get("by_agent") or []
    found: Context = {
        "surgery": _margins(surgery) if surgery.get("margin_by_residual") else None,
        "later": surgery.get("later") or [],
        "radiation": radiation or None,
        "radiation_figures": _radiation(radiation),
        "drugs": drugs or None,
        "kinds": _kinds(drugs) if drugs.get("by_kind") else None,
        "setting": _drug_setting(drugs) if drugs.get("setting") else None,
        "agents": by_agent,
        "agents_csv": csv_text(_agent_rows(by_agent)),
        "responses": any(sum((row.get("responses") or {}).values()) for row in by_agent),
        "lines": lines_section.lines(part(results, "lines")),
    }
    return found if any(found[name] for name in ("surgery", "radiation", "drugs", "lines")) else None


def _radiation(radiation: Mapping[str, Any]) -> list[Figure]:
    figures = []
    for title, counted, key in (("setting", "setting", "setting"), ("target", "rows", "target")):
        rows = [{"label": row.get("label") or row.get(key), "n": row["n"]} for row in radiation.get(counted) or []]
        if rows:
            figures.append(charts.bars(f"Radiation by {title}", rows, of=radiation.get("courses")))
    return figures


def _agent_rows(by_agent: Sequence[Record]) -> list[Record]:
    plain = [{k: v for k, v in row.items() if k != "responses"} for row in by_agent]
    return [row | (full.get("responses") or {}) for row, full in zip(plain, by_agent, strict=True)]


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
            "flag": (margin, residual) in CONTRADICTORY and n.get((margin, residual), 0) > 0,
        }
        for margin in margins
        for residual in residuals
    ]
    contradictions = surgery.get("contradictions")
    note = "Two statements about the same operation; neither fills the other. A frame marks contradictions"
    note += f" ({fmt.integer(contradictions)} operations)." if contradictions is not None else "."
    title = "Surgical margin and residual tumour"
    return charts.matrix(title, cells, axes=("margin", "residual tumour"), note=note)


def _kinds(drugs: Mapping[str, Any]) -> Figure:
    rows = [{"label": row.get("label") or row.get("kind"), "n": row["patients"]} for row in drugs["by_kind"]]
    note = "Patients given at least one drug; one patient may count in several kinds."
    return charts.bars("Drugs by kind", rows, of=drugs.get("patients"), note=note)


def _drug_setting(drugs: Mapping[str, Any]) -> Figure:
    rows = [{"label": row.get("label") or row.get("setting"), "n": row["n"]} for row in drugs["setting"]]
    return charts.bars("Drugs by setting", rows, of=drugs.get("exposures"), note="Exposures, not patients.")


def outcomes(results: Results) -> Context | None:
    """What came of it: curves with limits, number at risk, definition and published figures."""
    survival = part(results, "survival")
    overall = survival.get("os") or {}
    by = survival.get("os_by") or []
    order = [overall, survival.get("efs") or {}, *by, *(survival.get("efs_by") or [])]
    blocks = [block for block in map(_outcome, order) if block]
    by_line = line_outcomes(part(results, "lines"))
    compared = comparison_section.comparisons(part(results, "comparisons") or [])
    if not blocks and not by_line and not compared:
        return None
    competing = [figure for figure in map(curves.incidence, part(results, "incidence") or []) if figure]
    return {
        "blocks": blocks,
        "lines": by_line,
        "comparisons": compared,
        "forest": curves.five_year_forest(overall, by),
        "competing": competing,
        "relative": part(results, "relative"),
    }


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
    names = [name for _, name in MILESTONES]
    levels = {str(value): row["name"] for row in rows for value in (row.get("group") or {}).values()}
    tested = [levels.get(str(name), fmt.label(name)) for name in (result.get("test") or {}).get("groups") or []]
    return {"result": result, "tested": tested, "figure": curves.survival(result), "rows": rows, "milestones": names}


def caution(results: Results) -> Context | None:
    """What may mislead: conflicts, problems, gaps, silence and refusals."""
    quality = part(results, "quality")
    refused = [*(quality.get("refused") or []), *comparison_section.refused(part(results, "comparisons") or [])]
    impact, checks = doubt(part(results, "impact")), checks_section.checks(part(results, "checks"))
    if not any(quality.values() if quality else ()) and not refused and not impact and not checks:
        return None
    conflicts = quality.get("conflicts") or {}
    rows = conflicts.get("rows") or []
    due = quality.get("follow_up_due") or []
    fields = quality.get("completeness") or []
    return {
        "quality": quality,
        "refused": refused,
        "impact": impact,
        "checks": checks,
        "conflicts": rows[:CONFLICTS_SHOWN],
        "more_conflicts": max(0, (conflicts.get("total") or len(rows)) - min(len(rows), CONFLICTS_SHOWN)),
        "due": due[:DUE_SHOWN],
        "more_due": max(0, len(due) - DUE_SHOWN),
        "completeness": charts.completeness(fields) if fields else None,
    }


def method(results: Results) -> Context | None:
    """How it was computed: definitions, rules, versions, the command."""
    found = {name: part(results, name) for name in ("product", "definitions", "rules")}
    found["line_rules"] = lines_section.rules(part(results, "lines"))
    return found if any(found.values()) else None


SECTIONS = (
    Section("glance", "At a glance", glance),
    Section("attrition", "How the cohort came to be", attrition),
    Section("cohort", "Where it arises, whom it strikes", cohort),
    Section("presentation", "How far it has spread", presentation),
    Section("treatment", "What was done", treatment),
    Section("tolerance", "Symptoms and adverse events", tolerance),
    Section("outcomes", "What came of it", outcomes),
    Section("caution", "What may mislead", caution),
    Section("method", "How it was computed", method),
)
