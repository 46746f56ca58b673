"""Running the checks: each by its type, its outcome told apart from the others', none stopping the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import duckdb

from leiomyo.checks import completeness, conformance, distribution, plausibility
from leiomyo.checks.check import Check, CheckResult, Outcome, Tally, checks
from leiomyo.checks.ground import prepare
from leiomyo.checks.rows import Judged, count, findings
from leiomyo.store.store import Store

#: Types that judge single rows, by the name that a row of checks.csv gives: they are counted table by table.
JUDGING: dict[str, Callable[[Check], Judged]] = {
    "row": plausibility.row, "order": plausibility.order, "range": plausibility.limits,
    "pair": plausibility.pair, "lacks": plausibility.lacks, "missing": plausibility.missing,
}  # fmt: skip
#: Types that look at many rows together, each with a query of its own.
TALLYING: dict[str, Callable[[Store, Check], Tally]] = {
    "heap": distribution.heap, "dominant": distribution.dominant,
    "uneven": completeness.uneven, "silent": completeness.silent,
    "listed": conformance.listed, "declared": conformance.declared, "set_aside": conformance.set_aside,
}  # fmt: skip


def run_checks(store: Store, wanted: Iterable[Check] | None = None) -> tuple[CheckResult, ...]:
    """Every check (or those wanted) with its outcome, in the order of checks.csv.

    Without `wanted` they are kept until the registry changes, since command, report and effects read the same.
    """
    if wanted is not None:
        return _run(store, wanted)
    return store.kept("checks", lambda: _run(store, checks().values()))


def of_everybody() -> list[Check]:
    """The checks with those of leiomyosarcomas widened to everybody's index tumour."""
    return [replace(check, who="index") if check.who == "lms" else check for check in checks().values()]


def _run(store: Store, wanted: Iterable[Check]) -> tuple[CheckResult, ...]:
    prepare(store)
    wanted = list(wanted)
    together: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for check in wanted:
        if check.type in JUDGING:
            together[check.table, check.who].append(JUDGING[check.type](check))
    results = {one.check.check: one for judged in together.values() for one in _judge(store, judged)}
    results |= {check.check: _tally(store, check) for check in wanted if check.type not in JUDGING}
    return tuple(results[check.check] for check in wanted)


def _judge(store: Store, judged: Sequence[Judged]) -> list[CheckResult]:
    """The checks of one table in one pass; where that fails, one by one, so that only the faulty one is lost."""
    try:
        counts = count(store, judged)
        return [
            _result(one.check, Tally(n, failed, findings(store, one) if failed else ()))
            for one, (n, failed) in zip(judged, counts, strict=True)
        ]
    except duckdb.Error as error:
        if len(judged) == 1:
            return [_broken(judged[0].check, error)]
        return [result for one in judged for result in _judge(store, [one])]


def _tally(store: Store, check: Check) -> CheckResult:
    try:
        return _result(check, TALLYING[check.type](store, check))
    except duckdb.Error as error:
        return _broken(check, error)


def _result(check: Check, tally: Tally) -> CheckResult:
    return CheckResult(check, _outcome(check, tally), tally.n, tally.failed, tally.findings)


def _broken(check: Check, error: Exception) -> CheckResult:
    """A check that cannot run says so: it is neither passed nor failed."""
    return CheckResult(check, "error", message=str(error).splitlines()[0][:200])


def _outcome(check: Check, tally: Tally) -> Outcome:
    if tally.n == 0:
        return "not applicable"
    return "fail" if tally.failed > check.threshold * tally.n else "pass"
