"""What the product found, held against what is true.

Of every item: `n` persons, facts or times whose truth can be told, `excluded` those whose truth noise erased or the
format has no place for, by reason; an item that loses more than 5 % of them to noise is `capped`: it fails, whatever
was found. `agreement` is the share that is exactly right among those told by both, `precision` among all that was
found, `recall` among all that is true. A day known to the month is right where the true day lies in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from leiomyo.simulate.lost import NO_PLACE, NOT_WRITTEN, Lost, Patient, by_patient
from leiomyo.simulate.noise import UNTRUE, settings

Row = Mapping[str, Any]
Rows = Sequence[Row]
#: An item that loses a larger share than this to noise is no measurement.
MOST_EXCLUDED = 0.05
#: Truth tells these only of some of those who may enter.
_TOLD_OF_SOME = frozenset({"efs"})
ENDPOINT_ITEMS = ("os", "dss", "rfs", "lrfs", "dmfs", "efs", "pfs", "ttnt")


@dataclass(frozen=True, slots=True)
class Found:
    """What the product says, as plain rows; each names `centre` and `patient`, days on the patient's own axis.

    `people`: lms, site_group, axis. `operations`, the definitive one of each: margin. `lines`: line, agents (joined
    by +), start_low, start_high. `times`: endpoint, line (None without one), low, high, event. `alarms`: check,
    category, severity. `pairs` may be one person; None where they cannot be looked for, `no_pairs` says why.
    """

    people: Rows
    operations: Rows = ()
    lines: Rows = ()
    times: Rows = ()
    alarms: Rows = ()
    pairs: Sequence[tuple[Patient, Patient]] | None = None
    no_pairs: str = ""
    unsayable: Set[tuple[str, str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Ground:
    """The truth, by who it is of at which centre, and why some of it cannot be told."""

    truth: Mapping[str, pa.Table]
    identities: Mapping[Patient, int]
    people: Mapping[int, Row]
    lost: Lost


@dataclass(slots=True)
class Tally:
    """Counts on their way to an item."""

    n: int = 0
    found: int = 0
    both: int = 0
    right: int = 0
    days_off: int = 0
    excluded: Counter[str] = field(default_factory=Counter)

    def item(self, name: str, **more: Any) -> dict[str, Any]:
        """The item, with shares of what there is."""
        erased = sum(n for why, n in self.excluded.items() if why not in {NO_PLACE, NOT_WRITTEN})
        return {
            "item": name, "n": self.n, "excluded": sum(self.excluded.values()),
            "precision": _share(self.right, self.found), "recall": _share(self.right, self.n),
            "agreement": _share(self.right, self.both), "capped": erased > MOST_EXCLUDED * (self.n + erased),
            "excluded_by": {why: n for why, n in sorted(self.excluded.items()) if n}, **more,
        }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def score(found: Found, truth: Mapping[str, pa.Table], *, noise: str) -> dict[str, Any]:
    """The score of every item.

    Parameters
    ----------
    found
        What the product said of the exports.
    truth
        The tables of truth.csv.
    noise
        The level of noise, which tells what noise may rightly set off a check.

    Returns
    -------
    dict
        `noise` and `items`, each with `item`, `n`, `excluded`, `precision`, `recall`, `agreement`, `capped`,
        `excluded_by`, and `false_alarms` or `days_off_mean` where they apply.
    """
    ground = _ground(found, truth)
    return {
        "noise": noise,
        "items": [
            _cases(found, ground), _sites(found, ground), _margins(found, ground), _lines(found, ground),
            *(_times(found, ground, name) for name in ENDPOINT_ITEMS), _planted(found, ground, noise),
            _duplicates(found, ground),
        ],
    }  # fmt: skip


def _ground(found: Found, truth: Mapping[str, pa.Table]) -> Ground:
    people = {row["person"]: row for row in truth["person"].to_pylist()}
    identities = {who: row["person"] for who, row in by_patient(truth["identity"].to_pylist())}
    writers = frozenset(truth["unsaid"]["centre"].to_pylist()) if "unsaid" in truth else frozenset()
    present = frozenset(who for who, _ in by_patient(found.people))
    relative = frozenset(who for who, row in by_patient(found.people) if row["axis"] == "diagnosis")
    kinds = {row["person"]: row["kind"] for row in truth["operation"].to_pylist() if row["definitive"]}
    operated = {who: kinds[person] for who, person in identities.items() if person in kinds}
    lost = Lost(truth["changed"], present=present, unsayable=found.unsayable, writers=writers, relative=relative,
                operated=operated)  # fmt: skip
    return Ground(truth, identities, people, lost)


def _cases(found: Found, ground: Ground) -> dict[str, Any]:
    """Who has a leiomyosarcoma; who is asked about is not counted as found."""
    said = {who: row["lms"] for who, row in by_patient(found.people)}
    tally, agreed, asked, told = Tally(), 0, 0, 0
    for who, person in ground.identities.items():
        if why := ground.lost.why("cases", who):
            tally.excluded[why] += 1
            continue
        is_case, found_case = bool(ground.people[person]["lms"]), said.get(who) == "yes"
        tally.n += is_case
        tally.found += found_case
        tally.right += is_case and found_case
        told += 1
        agreed += is_case == found_case
        asked += said.get(who) == "query"
    return tally.item("case finding") | {"agreement": _share(agreed, told), "asked": asked}


def _by_person(rows: Iterable[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["person"]].append(row)
    return grouped


def _one_each(item: str, name: str, ground: Ground, *, true: Mapping[int, Any], said: Mapping[Patient, Any],
              unknown: Any) -> dict[str, Any]:  # fmt: skip
    """An item of one value for each leiomyosarcoma patient."""
    tally = Tally()
    for who, person in ground.identities.items():
        if person not in true:
            continue
        if why := ground.lost.why(item, who):
            tally.excluded[why] += 1
            continue
        value = said.get(who) or unknown
        tally.n += 1
        tally.found += value != unknown
        tally.both += value != unknown
        tally.right += value == true[person] != unknown
    return tally.item(name)


def _sites(found: Found, ground: Ground) -> dict[str, Any]:
    true = {person: row["site_group"] for person, row in ground.people.items() if row["lms"] and row["site_group"]}
    said = {who: row["site_group"] for who, row in by_patient(found.people) if row["lms"] == "yes"}
    return _one_each("site", "site group", ground, true=true, said=said, unknown="unknown")


def _margins(found: Found, ground: Ground) -> dict[str, Any]:
    done = ground.truth["operation"].to_pylist()
    true = {row["person"]: row["margin"] for row in done
            if row["definitive"] and row["margin"] and ground.people[row["person"]]["lms"]}  # fmt: skip
    said = {who: row["margin"] for who, row in by_patient(found.operations)}
    return _one_each("margin", "margin of the definitive operation", ground, true=true, said=said, unknown="unknown")


def _lines(found: Found, ground: Ground) -> dict[str, Any]:
    """Lines of therapy: right with exactly these drugs from exactly this day on."""
    said: dict[Patient, list[Row]] = defaultdict(list)
    for who, row in by_patient(found.lines):
        said[who].append(row)
    axes = {who: row["axis"] for who, row in by_patient(found.people)}
    true = {person: _one_perioperative(lines) for person, lines in _by_person(ground.truth["line"].to_pylist()).items()}

    def right(line: Row, given: Row, who: Patient) -> tuple[bool, int]:
        person = ground.people[ground.identities[who]]
        start = line["start_day"] - (person["diagnosis_day"] if axes.get(who) == "diagnosis" else 0)
        off = _off(start, given["start_low"], given["start_high"])
        return given["agents"] == line["agents"] and off == 0, off

    return _facts("lines", "lines of therapy", ground, true=true, said=said, key=lambda row: row["line"], right=right)


def _one_perioperative(lines: Sequence[Row]) -> list[Row]:
    """Lines with what was given before and after the operation as one line 0, as the product counts."""
    perioperative = [line for line in lines if line["line"] == 0]
    if len(perioperative) < 2:
        return list(lines)
    agents = sorted({agent for line in perioperative for agent in line["agents"].split("+")})
    first = min(line["start_day"] for line in perioperative)
    one = {**perioperative[0], "agents": "+".join(agents), "start_day": first}
    return [one, *(line for line in lines if line["line"] != 0)]


def _times(found: Found, ground: Ground, endpoint: str) -> dict[str, Any]:
    """Times to an endpoint: right with the true days and the true ending; of peri-operative drugs truth tells none."""
    said: dict[Patient, list[Row]] = defaultdict(list)
    for who, row in by_patient(row for row in found.times if row["endpoint"] == endpoint and row["line"] != 0):
        said[who].append(row)
    true = _by_person(row for row in ground.truth["endpoint"].to_pylist() if row["endpoint"] == endpoint)

    def right(time: Row, given: Row, who: Patient) -> tuple[bool, int]:
        off = _off(time["days"], given["low"], given["high"])
        return off == 0 and given["event"] == time["event"], off

    return _facts(endpoint, endpoint, ground, true=true, said=said, key=lambda row: row["line"], right=right)


def _facts(item: str, name: str, ground: Ground, *, true: Mapping[int, Sequence[Row]],
           said: Mapping[Patient, Sequence[Row]], key: Callable[[Row], Any],
           right: Callable[[Row, Row, Patient], tuple[bool, int]]) -> dict[str, Any]:  # fmt: skip
    """An item of several facts of each patient, told apart by a key."""
    tally = Tally()
    for who, person in ground.identities.items():
        facts, given = true.get(person, ()), {key(row): row for row in said.get(who, ())}
        if why := ground.lost.why(item, who) if facts or given else "":
            tally.excluded[why] += len(facts)
            continue
        tally.n += len(facts)
        tally.found += len(given) if item not in _TOLD_OF_SOME else sum(key(fact) in given for fact in facts)
        for fact in (fact for fact in facts if key(fact) in given):
            exact, off = right(fact, given[key(fact)], who)
            tally.both += 1
            tally.right += exact
            tally.days_off += off
    return tally.item(name, days_off_mean=round(tally.days_off / tally.both, 4) if tally.both else None)


def _off(day: int, low: int, high: int) -> int:
    """Days from a true day to the nearest possible one."""
    return max(low - day, day - high, 0)


def _planted(found: Found, ground: Ground, noise: str) -> dict[str, Any]:
    """Errors that a check should find, and patients named though nothing in their record is untrue."""
    named: dict[Patient, set[str]] = defaultdict(set)
    for who, row in by_patient(found.alarms):
        named[who].add(row["check"])
    tally, missed = Tally(), Counter[str]()
    for who, row in by_patient(ground.truth["changed"].to_pylist()):
        if not row["checks"]:
            continue
        if ground.lost.of_an_error(who, row):
            tally.excluded[NO_PLACE] += 1
            continue
        hit = bool(named[who] & set(row["checks"].split("|")))
        tally.n += 1
        tally.right += hit
        missed[row["kind"]] += not hit
    alarmed, peaceful = _false_alarms(found, ground, noise)
    tally.both, tally.found = tally.n, tally.right + len(alarmed) if tally.n else 0
    checks = Counter(check for checks in alarmed.values() for check in checks)
    return tally.item("planted errors", false_alarms=len(alarmed), false_alarm_share=_share(len(alarmed), peaceful),
                      false_alarm_checks=dict(checks.most_common()),
                      missed={kind: n for kind, n in sorted(missed.items()) if n})  # fmt: skip


def _false_alarms(found: Found, ground: Ground, noise: str) -> tuple[dict[Patient, set[str]], int]:
    """Patients of whom nothing untrue is told, whom a check names as if something were; and how many there are."""
    untrue: set[Patient] = set()
    allowed: dict[Patient, set[str]] = defaultdict(set)
    level = settings(noise).settings
    for who, row in by_patient(ground.truth["changed"].to_pylist()):
        if row["effect"] in UNTRUE:
            untrue.add(who)
        elif row["kind"] in level:
            allowed[who] |= set(level[row["kind"]].alarms)
    # a row that a format leaves out for its inexact day is missing like any other that is untrue
    peaceful = {who for who in ground.identities if who not in untrue and not ground.lost.inexact(who)}
    alarmed: dict[Patient, set[str]] = defaultdict(set)
    for who, row in by_patient(found.alarms):
        about_an_error = row["category"] != "completeness" and row["severity"] in {"error", "warning"}
        if who in peaceful and about_an_error and row["check"] not in allowed[who]:
            alarmed[who].add(row["check"])
    return alarmed, len(peaceful)


def _duplicates(found: Found, ground: Ground) -> dict[str, Any]:
    """Pairs of records of one person."""
    records: dict[int, list[Patient]] = defaultdict(list)
    for who, person in ground.identities.items():
        records[person].append(who)
    true = {frozenset(pair) for pair in records.values() if len(pair) == 2}
    if found.pairs is None:
        return Tally(n=len(true)).item("duplicates", why=found.no_pairs) | {"recall": None}
    said = {frozenset(pair) for pair in found.pairs}
    right = len(true & said)
    return Tally(n=len(true), found=len(said), both=len(true & said), right=right).item("duplicates")
