"""Types of checks on many rows together: values that heap where chance would not put them, one value that dominates.

Each centre is looked at by itself, since habits of recording are a centre's. With few values nothing is said.
"""

from __future__ import annotations

from leiomyo.checks.check import Check, Finding, Tally
from leiomyo.checks.rows import source_of
from leiomyo.store.store import Store

#: A centre with fewer values than this is not judged, and fewer heaped ones than this are no heap.
FEWEST, FEWEST_HEAPED = 50, 5
#: How far beyond chance, in standard deviations of a binomial count, and how many times its share, makes a heap.
BEYOND_CHANCE, TIMES = 4.0, 2.0


def heap(store: Store, check: Check) -> Tally:
    """Of the values `v`, those for which `test` is true are no more than chance would make them (share `low`).

    A centre heaps where they are at least twice that share and more than four standard deviations above it. The
    failing ones are all heaped values of the centres that heap: which of them are wrong cannot be told.
    """
    rows = store.rows(f"""
        SELECT centre, count(*), count(*) FILTER ({check.test})
        FROM (SELECT t.centre, {check.value} AS v {_values(check)}) WHERE v IS NOT NULL
        GROUP BY centre HAVING count(*) >= {FEWEST} ORDER BY centre""")
    share = check.low or 0.0
    findings, failed = [], 0
    for centre, n, heaped in rows:
        beyond = (heaped - n * share) / (n * share * (1 - share)) ** 0.5
        if heaped >= FEWEST_HEAPED and heaped >= TIMES * n * share and beyond > BEYOND_CHANCE:
            told = f"{heaped} of {n} ({100 * heaped / n:.0f} %); by chance {100 * share:.1f} %"
            findings.append(Finding(centre, None, None, None, check.table, check.column, told, check.expected))
            failed += heaped
    return Tally(sum(n for _, n, _ in rows), failed, tuple(findings))


def dominant(store: Store, check: Check) -> Tally:
    """No one value of `value` makes up more than the share `high` of a centre's; `found` words the value `v`."""
    rows = store.rows(f"""
        WITH counted AS (
            SELECT t.centre, {check.value} AS v, count(*) AS same {_values(check)}
            GROUP BY ALL HAVING v IS NOT NULL)
        SELECT centre, sum(same), max(same), arg_max({check.found or "CAST(v AS VARCHAR)"}, same)
        FROM counted GROUP BY centre HAVING sum(same) >= {FEWEST} ORDER BY centre""")
    over = [(centre, n, same, v) for centre, n, same, v in rows if same > (check.high or 1.0) * n]
    findings = tuple(
        Finding(centre, None, None, None, check.table, check.column, f"{v} in {same} of {n}", check.expected)
        for centre, n, same, v in over
    )
    return Tally(sum(int(n) for _, n, _, _ in rows), sum(same for _, _, same, _ in over), findings)


def _values(check: Check) -> str:
    applies = check.of or "true"
    return f"{source_of(check, f'{check.value} {applies}')} AND ({applies})"
