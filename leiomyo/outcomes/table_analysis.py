"""The engine alone: the same answers from a plain CSV of times and events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leiomyo.errors import InputError
from leiomyo.outcomes.analysis import SurvivalResult, TableResult, incidence_rows
from leiomyo.outcomes.cox import cox_result
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.incidence import incidence_groups
from leiomyo.outcomes.survival import survival_groups
from leiomyo.outcomes.table_file import read_table_file


def survival_of_table(path: Path, *, by: str | None = None, milestones: Sequence[int] = (), unit: str = "day",
                      unknown_in_test: bool = False) -> SurvivalResult:  # fmt: skip
    """Kaplan–Meier survival of a CSV; status 1, 2, … all end it."""
    table = read_table_file(path, by=[by] if by else [], unit=unit)
    answer = _labelled(
        survival_groups(table, by=by, milestones=milestones, include_unknown_in_test=unknown_in_test), by
    )
    first = answer["groups"][0]["median_days"] if answer["groups"] else None
    heading = _heading(path, table, by, "Time to the first event of any cause (status 1, 2, …).")
    return SurvivalResult(
        **heading, assumptions=("Limits: 95 %, log-log.",), precision={"median_low": first, "median_high": first},
        groups=tuple(answer["groups"]), test=answer["test"],
    )  # fmt: skip


def incidence_of_table(path: Path, *, by: str | None = None, milestones: Sequence[int] = (), unit: str = "day"
                       ) -> TableResult:  # fmt: skip
    """Cumulative incidence of each cause of a CSV."""
    table = read_table_file(path, by=[by] if by else [], unit=unit)
    answer = _labelled(incidence_groups(table, by=by, milestones=milestones), by)
    heading = _heading(path, table, by, "Time to the first event; each cause (status 1, 2, …) competes.")
    told = {
        **heading,
        "excluded": list(heading["excluded"]),
        "assumptions": ["Aalen–Johansen; Gray's test of cause 1."],
    }
    return TableResult(told | answer, tuple(incidence_rows(answer)))


def cox_of_table(path: Path, *, on: Sequence[str], strata: Sequence[str] = (), ties: str = "efron",
                 allow_sparse: bool = False, unit: str = "day") -> TableResult:  # fmt: skip
    """Cox regression on the groupings of a CSV; status 1, 2, … are all events."""
    if not on:
        raise InputError("LM-A008", "Name at least one column with --on.")
    table = read_table_file(path, by=[*on, *strata], unit=unit)
    answer = cox_result(table, list(on), strata=list(strata), ties=ties, allow_sparse=allow_sparse)
    heading = _heading(path, table, None, "Time to the first event of any cause (status 1, 2, …).")
    told = {**heading, "excluded": list(heading["excluded"]), "assumptions": []}
    return TableResult(told | answer, tuple(answer["terms"]))


def _heading(path: Path, table: EventTable, by: str | None, definition: str) -> dict[str, Any]:
    late = {"reason": "late entry on or after the exit", "n": table.excluded}
    return {
        "endpoint": path.name, "index": "origin", "by": by, "label": f"{path.name}{f' by {by}' if by else ''}",
        "definition": definition, "cutoff": None, "excluded": (late,) if table.excluded else (),
    }  # fmt: skip


def _labelled(answer: dict[str, Any], by: str | None) -> dict[str, Any]:
    for shown in answer["groups"]:
        shown["label"] = str(shown["group"][by]) if by else "All"
    return answer
