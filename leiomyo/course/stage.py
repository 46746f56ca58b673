"""The stage of a leiomyosarcoma worked out from what is recorded, where the source gives no stage group.

Every criterion is a row of `rules/stage_*.csv`, with its source and whether it was seen there or is recalled.
What is not recorded stands for each value it may have, and a group is given only where all of them lead to the
same one; otherwise the reason names what is missing. Unknown nodes count as N0 (AJCC 8, seen). Silence about
metastasis is not M0: an export that never asked is silent about everybody.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from typing import Any, Literal

from leiomyo.course.grade import grade_flags, read_grade
from leiomyo.course.stage_facts import ORIGIN, Disagreement, Facts, Reading, Spread, StatedStage, criteria, read_facts
from leiomyo.store.store import PAGE, Store

N1Group = Literal["IIIB", "IV"]
#: A metastasis found by this day may have been there at diagnosis (docs/decisions/0003).
SYNCHRONOUS_DAYS = 30
_GRADED = frozenset({"trunk_extremity", "retroperitoneum"})
_EXTENSION = frozenset({"pelvis", "abdomen", "beyond"})
_UNKNOWN_M = frozenset({"M0", "M1"})
_GROUP = re.compile(r"(?<!\w)(IV|III|II|I)([ABC]?)\d?(?!\w)")
_PATTERNS = {"t": re.compile(r"T[0-4](?:[A-C])?"), "n": re.compile(r"N[01]"), "m": re.compile(r"M[01]")}


@dataclass(frozen=True, slots=True)
class Stage:
    """A derived stage: its group, or what is `missing` for one; `possible` are the groups the facts leave open."""

    system: str
    edition: str
    chapter: str
    reason: str
    t: str | None = None
    n: str | None = None
    m: str | None = None
    group: str | None = None
    possible: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staged:
    """What is derived (nothing where a group is stated), what disagrees, and doubts about the grade."""

    derived: tuple[Stage, ...]
    disagreements: tuple[Disagreement, ...]
    flags: tuple[str, ...]


def stage(facts: Facts, *, retroperitoneal_n1: N1Group = "IIIB") -> Staged:
    """The stage where no group is stated; where one is, whether its own facts bear it out.

    Parameters
    ----------
    retroperitoneal_n1
        The group of N1 M0 in the retroperitoneum; IIIB is recalled, not confirmed.

    Examples
    --------
    >>> [one.group for one in stage(Facts("uterine", size_mm=50, invaded=False, stated=(StatedStage(m="M0"),))).derived]
    ['IA', 'IA']
    """
    derived = _derive(facts, retroperitoneal_n1, ("N0",))
    told = [stated for stated in facts.stated if stated.stage_group]
    open_nodes = _derive(facts, retroperitoneal_n1, ("N0", "N1")) if told else ()
    against = [
        Disagreement("stage_group", str(stated.stage_group), " or ".join(sorted(found.possible)), stated.place)
        for stated in told
        for found in open_nodes
        if found.possible and _comparable(stated, found) and not _among(stated.stage_group, found.possible)
    ]
    chapter = _chapter(facts)["chapter"]
    against += [*_t(facts, chapter).disagreements, *_spread(facts, chapter, ("N0",)).disagreements]
    return Staged(() if told else derived, tuple(against), grade_flags(facts))


def _comparable(stated: StatedStage, found: Stage) -> bool:
    return stated.system == found.system and _digits(stated.edition) == _digits(found.edition)


def _digits(edition: str | None) -> str:
    number = re.search(r"\d+", edition or "")
    return number[0] if number else ""


def _among(stated: str | None, possible: frozenset[str]) -> bool:
    """Whether a possible group is the stated one; a letter that only one of the two has is no disagreement."""
    found = _GROUP.search((stated or "").upper())
    if not found:
        return True
    numeral, letter = found[1], found[2]
    return numeral + letter in possible or (
        numeral in possible if letter else any(numeral == group.rstrip("ABC") for group in possible)
    )


def _chapter(facts: Facts) -> dict[str, str]:
    words = {
        "vessel": facts.vessel_of_origin or "",
        "subsite": f"{facts.subsites}|{facts.site_text}".casefold(),
        "": "",
    }
    rows = [row for row in criteria("chapters") if row["site_group"] == facts.site_group]
    return next((row for row in rows if row["word"] in words[row["feature"]]), criteria("chapters")[-1])


def _derive(facts: Facts, n1: N1Group, unknown_nodes: Sequence[str]) -> tuple[Stage, ...]:
    row = _chapter(facts)
    chapter, said = row["chapter"], row["said"]
    t, spread = _t(facts, chapter), _spread(facts, chapter, unknown_nodes)
    grade = read_grade(facts) if chapter in _GRADED else Reading(frozenset({""}))
    notes = (said, *t.notes, *spread.notes, *grade.notes)
    nodes, distant = (frozenset(pair.split()[place] for pair in spread.values) for place in (0, 1))
    read = (_shared(t.values), _shared(nodes) if _stated(facts, "n") else None, _shared(distant))
    systems = dict.fromkeys((rule["system"], rule["edition"]) for rule in criteria("groups")
                            if rule["chapter"] == chapter)  # fmt: skip
    if not systems:
        return (Stage("AJCC", "8th", chapter, "; ".join(("no group defined", *notes)), *read, missing=(said,)),)
    found = []
    for system, edition in systems:
        possible, decisive = _groups(system, chapter, n1, t.values, spread.values, grade.values)
        group = next(iter(possible)) if len(possible) == 1 else None
        missing = () if group else tuple(text for item, matters in zip((t, spread, grade), decisive, strict=True)
                                         if matters for text in item.missing)  # fmt: skip
        told = notes if group else (*notes, f"no group: {', '.join(missing)}")
        found.append(Stage(system, edition, chapter, "; ".join(told), *read, group, possible, missing))
    return tuple(found)


@cache
def _groups(system: str, chapter: str, n1: str, *values: frozenset[str]) -> tuple[frozenset[str], tuple[bool, ...]]:
    """The groups that what is known leaves open, and whether it hangs on T, on spread and on grade.

    Few tumours differ in what they leave open, so each combination is worked out once.
    """
    groups = {combo: _group(system, chapter, n1, *combo) for combo in product(*values)}
    return frozenset(filter(None, groups.values())), tuple(_matters(groups, place) for place in range(len(values)))


@cache
def _group(system: str, chapter: str, n1: str, t: str, spread: str, grade: str) -> str:
    """The group of one combination of categories; empty where the table has none."""
    said = dict(zip("tnmg", (t, *spread.split(), grade), strict=True))
    for row in criteria("groups"):
        if (row["system"], row["chapter"]) == (system, chapter) and row["n1"] in {"", n1} and all(
                not row[item] or value in row[item].split("|") for item, value in said.items()):  # fmt: skip
            return row["group"]
    return ""


def _matters(groups: dict[tuple[str, ...], str], place: int) -> bool:
    """Whether the group depends on the item at this place, the others being held."""
    seen: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for combo, group in groups.items():
        seen[combo[:place] + combo[place + 1 :]].add(group)
    return any(len(found) > 1 for found in seen.values())


def _shared(values: frozenset[str]) -> str | None:
    """The category that all values share, without the letter where they differ in it."""
    if len(values) == 1:
        return next(iter(values))
    found = {value[:2] for value in values}
    return found.pop() if len(found) == 1 and "" not in found else None


def _stated(facts: Facts, column: str) -> tuple[str, StatedStage] | None:
    """The stated category, the pathologist's before the clinician's; X is none."""
    for row in sorted(facts.stated, key=lambda row: row.basis != "pathological"):
        found = _PATTERNS[column].search((getattr(row, column) or "").upper())
        if found:
            return found[0], row
    return None


def _t(facts: Facts, chapter: str) -> Reading:
    """T from size and extent, unless a T is stated that can be carried over."""
    own, stated = _measured_t(facts, chapter), _stated(facts, "t")
    if not stated:
        return own
    word, row = stated
    carried = next((frozenset(rule["t"].split("|")) for rule in criteria("stated_t")
                    if rule["stated"] == word and chapter in rule["chapter"].split("|")
                    and _digits(row.edition) in rule["editions"].split("|")), None)  # fmt: skip
    shown = f"T stated as {row.t} ({row.edition or 'no edition'})"
    if carried is None:
        return own._replace(notes=(f"{shown}: not carried over to AJCC 8", *own.notes))
    both = own.values & carried
    if both:
        return own._replace(values=both, notes=(shown, *own.notes), missing=own.missing if len(both) > 1 else ())
    against = Disagreement("t", str(row.t), " or ".join(sorted(own.values)), row.place)
    missing = () if len(carried) == 1 else ("the exact T",)
    return Reading(carried, (f"{shown}, which stands against {against.derived}",), missing, (against,))


def _measured_t(facts: Facts, chapter: str) -> Reading:
    rows = [row for row in criteria("t") if row["chapter"] == chapter]
    extents, notes, missing = _extents(facts, chapter)
    rows = [row for row in rows if row["extent"] in extents]
    sized = [row for row in rows if row["over_mm"] or row["up_to_mm"]]
    if facts.size_mm and sized:
        notes = (f"size {facts.size_mm:g} mm", *notes)
        rows = [row for row in rows if float(row["over_mm"] or 0) < facts.size_mm <= float(row["up_to_mm"] or "inf")]
    elif sized:
        missing = ("size not recorded", *missing)
    return Reading(frozenset(row["t"] for row in rows), notes, missing)


def _extents(facts: Facts, chapter: str) -> tuple[set[str], tuple[str, ...], tuple[str, ...]]:
    """How far the tumour may reach by what is recorded, with notes and what is missing."""
    every = {row["extent"] for row in criteria("t") if row["chapter"] == chapter}
    if chapter == "uterine":
        return _uterine_extents(facts, every)
    if chapter == "head_neck":
        kept = every if facts.invaded is None else {"adjoining" if facts.invaded else "within"}
        return kept, (), ("invasion of adjoining structures not recorded",) if facts.invaded is None else ()
    if chapter == "visceral":
        several = {name for name in every if name.startswith("sites_")}
        if facts.multifocal:
            n = facts.lesions or 0
            kept = several if n < 2 else {"sites_2" if n == 2 else "sites_3_to_5" if n <= 5 else "sites_over_5"}
            return kept, (f"{n or 'several'} separate lesions",), ("number of lesions not recorded",) if n < 2 else ()
        single = every - several if facts.multifocal is False else every
        if facts.invaded and facts.multifocal is False:
            return {"other_organ"}, ("another organ invaded",), ()
        kept = single - {"other_organ"} if facts.invaded is False else single
        return kept, (), ("how deep the tumour reaches in and beyond the organ is not recorded",)
    return every, (), ()


def _uterine_extents(facts: Facts, every: set[str]) -> tuple[set[str], tuple[str, ...], tuple[str, ...]]:
    organs = [organ.strip() for organ in (facts.organs or "").casefold().split("|")]
    organs = [organ for organ in organs if organ not in {"", "other"}]
    reached = {row["counts_as"] for organ in organs for row in criteria("spread")
               if row["kind"] == "organ" and row["word"] in organ}  # fmt: skip
    early, later = ({_counts_as(one, "uterine") for one in _metastases(facts, moment)} & _EXTENSION
                    for moment in ("at_diagnosis", "unclear"))  # fmt: skip
    if facts.invaded and len(organs) == len(reached) == 1 and not early | later:
        reach = reached.pop()
        return {"abdomen_one" if reach == "abdomen" else reach}, (f"invades {organs[0]}",), ()
    if facts.invaded or "beyond" in early:
        return every - {"uterus"}, ("beyond the uterus",), ("which tissues beyond the uterus is not certain",)
    if early == {"pelvis"}:
        return {"pelvis"}, ("spread in the pelvis at diagnosis",), ()
    if early:
        return {"abdomen_one", "abdomen_several"}, ("spread in the abdomen at diagnosis",), (
            "number of abdominal sites not recorded",)  # fmt: skip
    inside = {word.strip() for word in (facts.subsites or "uterus").casefold().split("|")} <= {"uterus", "cervix"}
    whole = facts.vessel_involved in {None, "none"} and not facts.multifocal
    if facts.invaded is False and inside and whole and not later:
        return {"uterus"}, ("no organ invaded, taken as confined to the uterus",), ()
    return every, (), ("extension beyond the uterus not recorded",)


def _counts_as(one: Spread, chapter: str) -> str:
    """What a metastasis at that site is in the chapter: M1 unless the criteria say otherwise."""
    return next((row["counts_as"] for row in criteria("spread") if row["kind"] == "site"
                 and row["word"] == one.site and row["chapter"] in {"", chapter}), "M1")  # fmt: skip


def _metastases(facts: Facts, *moments: str) -> list[Spread]:
    return [one for one in facts.spread if one.status == "distant_metastasis" and _when(one) in moments]


def _when(one: Spread) -> str:
    """`at_diagnosis`, `later` (which does not change the stage), or `unclear`."""
    if one.moment == "at_diagnosis" or (one.days and one.days[1] <= 0 and one.moment != "later"):
        return "at_diagnosis"
    if one.days:
        return "later" if one.days[0] > SYNCHRONOUS_DAYS else "unclear"
    return "later" if one.moment == "later" else "unclear"


def _spread(facts: Facts, chapter: str, unknown_nodes: Sequence[str]) -> Reading:
    """Nodes and distant metastasis at diagnosis, as the pairs that are possible."""
    n, m = _stated(facts, "n"), _stated(facts, "m")
    distant, notes, missing, node = _distant(facts, chapter)
    against: tuple[Disagreement, ...] = ()
    if m:
        if m[0] not in distant:
            against = (Disagreement("m", str(m[1].m), " or ".join(sorted(distant)), m[1].place),)
        distant, missing, notes = frozenset({m[0]}), (), (f"M stated as {m[1].m}",)
    nodes = {n[0]} if n else {"N0", "N1"} if node else set(unknown_nodes)
    said = f"N stated as {n[1].n}" if n else "" if node else "nodes not recorded, counted as N0"
    pairs = {f"{one} {other}" for one, other in product(nodes, distant)}
    if node and len(pairs) > 1:
        pairs.discard("N0 M0")
    return Reading(frozenset(pairs), (*filter(None, (said,)), *notes), missing, against)


def _distant(facts: Facts, chapter: str) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...], bool]:
    """M0, M1 or either by the statements on disease, with notes, what is missing, and a node of unknown region."""
    early, unclear = _metastases(facts, "at_diagnosis"), _metastases(facts, "unclear")
    kinds = {_counts_as(one, chapter) for one in early}
    # "no metastasis" with a site is a no for that site alone, or a slip: it is not M0
    absent = any(one.status == "no_metastasis" and one.site is None and _when(one) != "later" for one in facts.spread)
    if early and absent:
        return _UNKNOWN_M, (), ("metastasis at diagnosis stated as present and as absent",), False
    if "M1" in kinds:
        return frozenset({"M1"}), ("metastasis at diagnosis",), (), False
    if "node" in kinds:
        return _UNKNOWN_M, (), ("a node at diagnosis, regional or distant, not recorded which",), True
    if unclear:
        return _UNKNOWN_M, (), ("a metastasis is recorded without the moment it was found",), False
    if kinds:
        return _UNKNOWN_M, (), ("metastasis outside pelvis and abdomen at diagnosis not recorded",), False
    if absent:
        return frozenset({"M0"}), ("no metastasis as recorded",), (), False
    return _UNKNOWN_M, (), ("metastasis at diagnosis not recorded",), False


def staged_cases(store: Store) -> Iterator[tuple[dict[str, Any], Facts, Staged]]:
    """Every leiomyosarcoma with its row of `diagnosis`, its facts and its stage."""
    for row, facts in read_facts(store):
        yield row, facts, stage(facts)


def derive_stages(store: Store) -> None:
    """Add derived rows to `stage` where no group is stated, and enter disagreements into the ledger.

    A derived row says that it is one, and points at the row and statement of the diagnosis it rests on. It is kept
    where a group or a T is known; the reason for what it lacks is worked out again by `staged_cases`.
    """
    store.execute("DELETE FROM stage WHERE derived AND statement IN (SELECT statement FROM diagnosis)")
    cases = staged_cases(store)
    # some at a time: what is derived is not read again, so it may be written while the rest is still to come
    while some := list(islice(cases, PAGE)):
        store.append("stage", [_row(row, one) for row, _, staged in some for one in staged.derived
                               if one.group or (one.t and one.system == "AJCC")])  # fmt: skip
        store.append("conflict", [_conflict(row, one) for row, _, staged in some for one in staged.disagreements])


def _row(origin: dict[str, Any], one: Stage) -> dict[str, Any]:
    where = {name: origin[name] for name in ORIGIN}
    tnm = {"t": one.t, "n": one.n, "m": one.m} if one.system == "AJCC" else {}
    return where | tnm | {
        "missing": None if one.group or one.possible else json.dumps({"stage_group": "not_applicable"}),
        "system": one.system, "edition": one.edition, "stage_group": one.group, "derived": True,
        "basis": {"pathological": "pathological", "radiological": "clinical"}.get(origin["size_basis"]),
        "statements": 1, "origins": [],
    }  # fmt: skip


def _conflict(origin: dict[str, Any], one: Disagreement) -> dict[str, Any]:
    return {
        "centre": origin["centre"], "patient": origin["patient"], "table": "stage", "column": one.column,
        "kind": "contradiction", "rule": "stated, against what size, spread and grade give; the stated one stands",
        "kept": one.stated, "kept_from": one.place, "other": one.derived, "other_from": origin["place"],
    }  # fmt: skip
