"""The checks with what they do to overall survival: for the command line, the report and a notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leiomyo.checks.check import CATEGORIES, CheckResult, Finding, Outcome
from leiomyo.checks.run import of_everybody, run_checks
from leiomyo.course.line_rules import LineRules
from leiomyo.outcomes.impact import check_effects
from leiomyo.outcomes.result import Result
from leiomyo.store.store import Store

#: The gravest first.
SEVERITIES = ("error", "warning", "info")
_OUTCOMES: tuple[Outcome, ...] = ("fail", "error", "pass", "not applicable")
_NO_EFFECT = dict.fromkeys(
    ("affected", "deaths", "days", "survival_with", "survival_without", "median_with", "median_without")
)
_WHERE = ("centre", "patient", "file", "row", "table", "column", "found", "expected")
#: Of each check the report shows this many rows; all stand in tables/checks.csv.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Checked(Result):
    """Every check's outcome, with the effect of those that fail on overall survival."""

    results: tuple[CheckResult, ...]
    effects: Mapping[str, Mapping[str, Any]]

    @property
    def severities(self) -> set[str]:
        """How grave the failing checks are; a check that could not run counts as a warning."""
        failing = {str(one.check.severity) for one in self.results if one.outcome == "fail"}
        return failing | ({"warning"} if any(one.outcome == "error" for one in self.results) else set())

    def counts(self) -> dict[str, int]:
        """How many checks came out how."""
        found = Counter(one.outcome for one in self.results)
        return {outcome: found[outcome] for outcome in _OUTCOMES}

    def checks(self) -> list[dict[str, Any]]:
        """One entry a check: the failing ones first, the gravest before; each with its first rows and its effect."""
        return [self._entry(one) for one in sorted(self.results, key=_order)]

    def rows(self, *, everything: bool = False) -> list[dict[str, Any]]:
        """A flat row a finding, who and where first; one row with nobody for a failing check that names none.

        Parameters
        ----------
        everything
            Also checks that passed, did not apply or could not run, and rows that a threshold tolerates.
        """
        shown = [one for one in sorted(self.results, key=_order) if everything or one.outcome in {"fail", "error"}]
        return [row for one in shown for row in self._rows(one)]

    def columns(self) -> dict[str, Any]:
        """One row a failing check."""
        failing = [entry for entry in self.checks() if entry["outcome"] == "fail"]
        names = ("check", "category", "severity", "failed", "n", "patients", "survival_with", "survival_without")
        return {name: [entry[name] for entry in failing] for name in names}

    def notes(self) -> Sequence[str]:
        """How many came out how."""
        return (", ".join(f"{n} {outcome}" for outcome, n in self.counts().items()),)

    def to_dict(self) -> dict[str, Any]:
        """Counts and checks as plain values."""
        return {"counts": self.counts(), "checks": self.checks()}

    def _entry(self, one: CheckResult) -> dict[str, Any]:
        check = one.check
        names = ("check", "category", "severity", "says", "reason", "expected", "action", "source", "confidence")
        first = [_told(finding) for finding in one.findings[:_SHOWN]]
        return {
            **{name: getattr(check, name) for name in names}, "outcome": one.outcome, "n": one.n,
            "failed": one.failed, "threshold": check.threshold, "patients": len(one.people), "message": one.message,
            **_NO_EFFECT, **self.effects.get(check.check, {}),
            "findings": first, "more": len(one.findings) - len(first),
        }  # fmt: skip

    def _rows(self, one: CheckResult) -> list[dict[str, Any]]:
        check = one.check
        about = {
            "check": check.check, "category": check.category, "severity": check.severity, "outcome": one.outcome,
            "n": one.n, "failed": one.failed, "threshold": check.threshold,
            **_NO_EFFECT, **self.effects.get(check.check, {}), "message": one.message,
        }  # fmt: skip
        nobody = {**dict.fromkeys(_WHERE), "table": check.table, "column": check.column, "expected": check.expected}
        return [{**where, **about} for where in map(_told, one.findings)] or [{**nobody, **about}]


def _told(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in _WHERE}


def _order(one: CheckResult) -> tuple[int, int, int]:
    return (_OUTCOMES.index(one.outcome), SEVERITIES.index(one.check.severity), CATEGORIES.index(one.check.category))


def checked(store: Store, *, rules: LineRules | None = None, everybody: bool = False) -> Checked:
    """All checks of the registry and what the failing ones do to overall survival at five years."""

    def look() -> Checked:
        results = run_checks(store, of_everybody() if everybody else None)
        return Checked(results, check_effects(store, results, rules=rules))

    # the report shows them and writes them to a file of their own
    return store.kept("checked", look, rules, everybody)
