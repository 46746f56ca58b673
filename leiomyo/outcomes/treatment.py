"""What was done: surgery with its two statements on completeness, radiation, and drugs by kind and agent."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from leiomyo.course.timeline import ONLY_LMS, Course
from leiomyo.errors import InputError
from leiomyo.model.codes import codes, label
from leiomyo.model.drugs import is_anticancer
from leiomyo.outcomes.response import Responses, response_rates
from leiomyo.store.store import Store

Rows = Sequence[dict[str, Any]]


def responses(store: Store) -> Responses:
    """Best response of each exposure to an anticancer drug, by agent, with exact limits.

    A drug given in combination carries the response of the combination; `line_responses` goes by regimen.
    """
    rows = [row for row in store.dicts(f"SELECT * FROM drug_exposure {ONLY_LMS} WHERE tumour = '1'") if row["agent"]]
    given = [row for row in rows if is_anticancer(row["agent"])]
    return response_rates([row["response"] for row in given], [label("drugs", row["agent"]) for row in given])


def line_responses(courses: Sequence[Course], *, by: str) -> Responses:
    """Best response of each line of advanced disease, by `regimen` or `line`, with exact limits."""
    if by not in {"regimen", "line"}:
        raise InputError("LM-A002", f"Responses go by agent, regimen or line, not by {by!r}.")
    lines = [line for course in courses for line in course.lines if line.number > 0]
    groups = [line.label if by == "regimen" else f"Line {line.number}" for line in lines]
    return response_rates([line.best_response for line in lines], groups)


def treatment(store: Store, members: Rows) -> dict[str, Any]:
    """Surgery, radiation and drugs of the cohort, for its own tumour only."""
    return {
        "surgery": _surgery(store, members),
        "radiotherapy": _radiotherapy(store, len(members)),
        "drugs": _drugs(store, len(members)),
    }


def _surgery(store: Store, members: Rows) -> dict[str, Any]:
    counts = Counter((member["margin"], member["residual_tumor"]) for member in members)
    margins, residual = [*codes("margins"), None], [*codes("residual_tumor"), None]
    pairs = sorted(counts.items(), key=lambda item: (_place(margins, item[0][0]), _place(residual, item[0][1])))
    contradictions = store.rows("""
        SELECT count(DISTINCT (centre, patient)) FROM conflict
        SEMI JOIN (SELECT * FROM lms_case WHERE lms = 'yes') USING (centre, patient)
        WHERE kind = 'contradiction' AND "table" = 'surgery' AND "column" = 'margin'""")[0][0]
    later = store.dicts(f"""SELECT kind, count(*) AS operations, count(DISTINCT (centre, patient)) AS patients
                            FROM surgery {ONLY_LMS} WHERE tumour = '1' AND kind <> 'primary'
                            GROUP BY kind ORDER BY kind""")
    return {
        "margin_by_residual": [
            {"margin": margin or "unknown", "residual_tumor": left or "unknown", "n": n} for (margin, left), n in pairs
        ],
        "contradictions": contradictions,
        "later": [{**row, "label": label("surgery_kind", row["kind"])} for row in later],
    }


def _place(order: list[Any], value: Any) -> int:
    return order.index(value) if value in order else len(order)


def _radiotherapy(store: Store, of: int) -> dict[str, Any]:
    rows = store.dicts(f"SELECT * FROM radiotherapy {ONLY_LMS} WHERE tumour = '1'")
    if not rows:
        return {}
    doses = [row["dose_gy"] for row in rows if row["dose_gy"] is not None]
    quartiles = statistics.quantiles(doses, n=4, method="inclusive") if len(doses) > 1 else [*doses * 3][:3]
    return {
        "patients": len({(row["centre"], row["patient"]) for row in rows}), "courses": len(rows), "of": of,
        "rows": _counted(rows, "target", "radiation_target"),
        "setting": _counted(rows, "setting", "setting"),
        "dose": {"median": quartiles[1], "q1": quartiles[0], "q3": quartiles[2], "n": len(doses)} if doses else None,
    }  # fmt: skip


def _counted(rows: Rows, column: str, code_list: str) -> list[dict[str, Any]]:
    counts = Counter(row[column] for row in rows)
    order = [*codes(code_list), None]
    return [
        {column: code or "unknown", "label": label(code_list, code) if code else "Not recorded", "n": counts[code]}
        for code in sorted(counts, key=lambda code: _place(order, code))
    ]


def _drugs(store: Store, of: int) -> dict[str, Any]:
    rows = store.dicts(f"SELECT * FROM drug_exposure {ONLY_LMS} WHERE tumour = '1'")
    if not rows:
        return {}
    for row in rows:
        row["kind"] = _kind(row)
    return {
        "patients": len({(row["centre"], row["patient"]) for row in rows if row["kind"] != "supportive"}),
        "exposures": len(rows), "of": of,
        "by_kind": [
            {"kind": kind, "label": label("drug_kind", kind) if kind != "unknown" else "Not known",
             "patients": _patients(rows, "kind", kind), "exposures": sum(row["kind"] == kind for row in rows)}
            for kind in [*codes("drug_kind"), "unknown"] if any(row["kind"] == kind for row in rows)
        ],
        "by_agent": sorted(_agents(rows), key=lambda item: (-item["patients"], item["label"])),
        "trial": sum(bool(row["trial_drug"]) for row in rows),
        "setting": _counted(rows, "setting", "setting"),
    }  # fmt: skip


def _kind(row: dict[str, Any]) -> str:
    """The agent's own kind; the form's word only where the agent is not known.

    Forms file letrozole under immunotherapy and gemcitabine under hormone therapy; what a drug is does not
    depend on the box that was ticked.
    """
    known = codes("drugs").get(row["agent"] or "")
    return known["kind"] if known else row["stated_kind"] or "unknown"


def _patients(rows: Rows, column: str, value: Any) -> int:
    return len({(row["centre"], row["patient"]) for row in rows if row[column] == value})


def _agents(rows: Rows) -> list[dict[str, Any]]:
    by_agent: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_agent[row["agent"] or f"?{row['as_written'] or ''}"].append(row)
    return [_agent(agent, given) for agent, given in by_agent.items()]


def _agent(agent: str, given: Rows) -> dict[str, Any]:
    """One agent; a leading question mark means that only the words are known."""
    known = codes("drugs").get(agent)
    written = agent.removeprefix("?")
    responses = Counter(row["response"] for row in given if row["response"])
    return {
        "agent": written or "not named",
        "label": known["label"] if known else f"{written} (not known)" if written else "Not named",
        "drug_class": label("drug_class", known["drug_class"]) if known else None,
        "kind": given[0]["kind"],
        "patients": len({(row["centre"], row["patient"]) for row in given}),
        "exposures": len(given),
        "trial": sum(bool(row["trial_drug"]) for row in given),
        "responses": {code: responses[code] for code in codes("response")},
    }
