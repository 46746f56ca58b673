"""Each patient's lines of therapy: case tables to the kernel of `lines.py`, and its decisions back into words."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

from leiomyo.course import lines as kernel
from leiomyo.course.line_rules import LineRules, default_rules
from leiomyo.course.regimens import regimen
from leiomyo.course.timeline import NEW_EVENTS, Course, Exposure, Line, recorded_courses
from leiomyo.model.codes import codes, match_word
from leiomyo.model.dates import DayInterval, calendar_date
from leiomyo.store.store import Store

#: Operations around which drugs are peri-operative.
_ON_THE_PRIMARY = frozenset({"primary", "re_excision"})
_BEST_FIRST = ("CR", "PR", "SD", "PD", "NE")
_STATED = {
    "neoadjuvant": kernel.STATED_PERIOPERATIVE, "adjuvant": kernel.STATED_PERIOPERATIVE,
    "palliative": kernel.STATED_ADVANCED, "progression": kernel.STATED_ADVANCED,
    "recurrence": kernel.STATED_ADVANCED, "maintenance": kernel.STATED_MAINTENANCE,
}  # fmt: skip
#: Advanced from the start: spread at diagnosis.
AT_DIAGNOSIS = kernel.UNKNOWN + 1
#: A drug that joined for one of these reasons does not change what the regimen is called.
_BESIDE = frozenset({"substitution", "maintenance", "endocrine_joins"})


def courses(store: Store, rules: LineRules | None = None) -> list[Course]:
    """The course of each leiomyosarcoma patient with its lines of therapy, by centre and patient.

    They are kept until the registry changes, since every endpoint of a report reads them.
    """
    asked = rules or default_rules()
    return store.kept("courses", lambda: with_lines(recorded_courses(store), asked), asked)


def with_lines(recorded: Sequence[Course], rules: LineRules) -> list[Course]:
    """The courses with each exposure placed and the lines that follow."""
    exposures, histories, substitute = _columns(recorded, rules)
    placed = kernel.place(exposures, histories, substitute=substitute, thresholds=rules.numbers())
    found, at = [], 0
    for course in recorded:
        if not course.exposures:
            found.append(course)
            continue
        told = []
        for exposure in course.exposures:
            told.append(_told(exposure, int(placed.line[at]), int(placed.reason[at]), int(placed.detail[at]), course))
            at += 1
        found.append(replace(course, exposures=tuple(told), lines=_lines(course, told, rules)))
    return found


# --- to the kernel ---------------------------------------------------------------------------------------


def _columns(recorded: Sequence[Course], rules: LineRules) -> tuple[kernel.Exposures, kernel.Histories, list[int]]:
    agents: dict[str, int] = {}
    rows: list[tuple[int, ...]] = []
    people: list[tuple[int, ...]] = []
    operations, progressions = [0], [0]
    operation_days: list[int] = []
    progression_days: list[int] = []
    for number, course in enumerate(recorded):
        for given in course.exposures:
            code = agents.setdefault(given.agent, len(agents))
            stated = _STATED.get(given.setting or "", kernel.STATED_NOTHING)
            rows.append((number, code, _day(given.start), _last(given), _flags(given), stated))
        people.append((_day(course.diagnosis), _advanced_from(course), _known_undated(course)))
        operation_days += sorted(done.day.middle for done in course.operations
                                 if done.day and done.kind in _ON_THE_PRIMARY)  # fmt: skip
        progression_days += sorted(_progressions(course))
        operations.append(len(operation_days))
        progressions.append(len(progression_days))
    diagnosis, advanced, known = _transposed(people, 3)
    histories = kernel.Histories(diagnosis, advanced, known, operations, operation_days, progressions, progression_days)
    return kernel.Exposures(*_transposed(rows, 6)), histories, _substitutes(agents, rules)


def _transposed(rows: Sequence[tuple[int, ...]], width: int) -> list[list[int]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _substitutes(agents: dict[str, int], rules: LineRules) -> list[int]:
    """For each agent the number of its set: its own, or that of the first drug of its set."""
    sets = {drug: min(agents[other] for other in drugs if other in agents)
            for drugs in rules.substitution for drug in drugs if drug in agents}  # fmt: skip
    return [sets.get(agent, code) for agent, code in agents.items()]


def _day(day: DayInterval | None) -> int:
    return kernel.UNKNOWN if day is None else day.middle


def _last(given: Exposure) -> int:
    return kernel.ONGOING if given.ongoing and given.end is None else _day(given.end)


def _flags(given: Exposure) -> int:
    known = codes("drugs").get(given.agent)
    kind = known["kind"] if known else given.kind
    flags = 0 if given.own_tumour else kernel.FLAG_OTHER_CANCER
    if given.agent == "placebo":
        return flags | kernel.FLAG_NOT_A_DRUG
    if kind == "supportive" or (known and kind == "other"):
        flags |= kernel.FLAG_SUPPORTIVE
    if given.response == "PD":
        flags |= kernel.FLAG_PROGRESSED
    return flags | (kernel.FLAG_ENDOCRINE if kind == "hormone" else 0)


def _progressions(course: Course) -> list[int]:
    return [said.day.middle for said in course.statements if said.day and
            (said.status in NEW_EVENTS or said.response == "PD")]  # fmt: skip


def _advanced_from(course: Course) -> int:
    """The first day of known recurrence or spread; progression before the operation is neither."""
    if course.spread_at_diagnosis:
        return AT_DIAGNOSIS  # a drug a few days before the pathologist's date is no drug before spread
    surgery = course.definitive_surgery
    operated = surgery.day.middle if surgery and surgery.day else None
    days = [
        said.day.middle
        for said in course.statements
        if said.day and said.status in NEW_EVENTS
        and not (said.status == "progression" and operated is not None and said.day.middle < operated)
    ]  # fmt: skip
    return min(days, default=kernel.UNKNOWN)


def _known_undated(course: Course) -> int:
    surgery = course.definitive_surgery
    said = [told for told in course.statements if told.status in NEW_EVENTS]
    known = kernel.KNOWN_OPERATED if surgery and surgery.day is None else 0
    # a spread told once with and once without its day is one spread
    if said and all(told.day is None and told.moment != "at_diagnosis" for told in said):
        known |= kernel.KNOWN_SPREAD
    return known | (kernel.KNOWN_GROSS_RESIDUAL if surgery and surgery.residual_tumor == "R2" else 0)


# --- and back --------------------------------------------------------------------------------------------


@cache
def line_reasons() -> dict[int, dict[str, str]]:
    """Every reason by its number: name, kind, text."""
    text = resources.files("leiomyo.course").joinpath("rules/line_reasons.csv").read_text(encoding="utf-8")
    return {int(row["code"]): row for row in csv.DictReader(text.splitlines())}


def _told(exposure: Exposure, line: int, reason: int, detail: int, course: Course) -> Exposure:
    row = line_reasons()[reason]
    # days are told as the patient's own: from the diagnosis where that is known, else as dates
    day = "of diagnosis" if detail == AT_DIAGNOSIS else detail
    if isinstance(day, int):
        day = day - course.diagnosis.middle if course.diagnosis else calendar_date(day)
    standing = {kernel.SUPPORTIVE: "supportive", kernel.OTHER_CANCER: "other_cancer", kernel.UNPLACED: "unplaced"}
    return replace(
        exposure,
        line=line if line >= 0 else None,
        standing=standing.get(line, "line"),
        reason=row["text"].format(days=detail, day=day),
        reason_name=row["name"],
    )


def _lines(course: Course, exposures: Sequence[Exposure], rules: LineRules) -> tuple[Line, ...]:
    inside: dict[int, list[Exposure]] = defaultdict(list)
    for exposure in exposures:
        if exposure.line is not None:
            inside[exposure.line].append(exposure)
    found: list[Line] = []
    earlier: dict[str, int] = {}
    for number in sorted(inside):
        running = _still_running(inside.get(number - 1, []), inside[number], rules) if number > 1 else []
        line = _line(course, number, inside[number], running, rules)
        again = number > 0 and any(_again(one, earlier, rules) for one in line.exposures)
        found.append(replace(line, marks=(*line.marks, "rechallenge")) if again else line)
        for one in line.exposures:
            last = one.end or one.start
            earlier[one.agent] = max(earlier.get(one.agent, kernel.UNKNOWN), last.middle if last else kernel.UNKNOWN)
    return tuple(found)


def _again(one: Exposure, earlier: dict[str, int], rules: LineRules) -> bool:
    """Whether a drug of an earlier line is given again after a pause; one that never stopped is not."""
    if one.agent not in earlier or one.start is None:
        return False
    return one.start.middle - earlier[one.agent] > rules.thresholds["collapse_days"]


def _still_running(before: Sequence[Exposure], given: Sequence[Exposure], rules: LineRules) -> list[str]:
    """Drugs of the line before that go on through the collapse days of this one: the new drug was added to them.

    Only a dated end shows that; "still running" says no more than that nobody wrote an end down.
    """
    opened = min(one.start.middle for one in given if one.start)
    through = opened + rules.thresholds["collapse_days"]
    return sorted({one.agent for one in before if one.end and one.end.middle > through})


def _line(course: Course, number: int, given: list[Exposure], running: Sequence[str], rules: LineRules) -> Line:
    order = sorted(given, key=lambda one: (_day(one.start), one.agent, one.setting or "", one.place, _day(one.end)))
    start = min((one.start for one in order if one.start), key=lambda day: (day.middle, day.low))
    opener = next((one for one in order if _reason_kinds()[one.reason_name] != "joins"), order[0])
    named = regimen([*(one.agent for one in order if one.reason_name not in _BESIDE), *running])
    end = _end(order)
    return Line(
        number=number, regimen=named.name, label=named.label,
        agents=tuple(dict.fromkeys([*(one.agent for one in order), *running])), start=start, end=end,
        ongoing=any(one.ongoing and one.end is None for one in order), setting=_setting(course, number, order, opener),
        reason=opener.reason, best_response=_best(order), marks=tuple(_marks(course, order, start, end)),
        exposures=tuple(order), opening=_opening(order, running, start, rules), opened_by=opener.reason_name,
    )  # fmt: skip


def _opening(order: Sequence[Exposure], running: Sequence[str], start: DayInterval, rules: LineRules) -> str:
    """The regimen by the drugs that had started by the end of the planned delay: nobody has to live for the others."""
    by = start.middle + rules.thresholds["planned_delay_days"]
    given = [one.agent for one in order if one.start and one.start.middle <= by and one.reason_name not in _BESIDE]
    return regimen([*given, *running]).name


@cache
def _reason_kinds() -> dict[str, str]:
    return {row["name"]: row["kind"] for row in line_reasons().values()}


def _end(given: Sequence[Exposure]) -> DayInterval | None:
    """The last day of the drug that ended last; None where one of the ends is not recorded."""
    ends = [one.end for one in given]
    if any(end is None for end in ends):
        return None
    return max((end for end in ends if end), key=lambda day: (day.middle, day.high))


def _setting(course: Course, number: int, given: Sequence[Exposure], opener: Exposure) -> str:
    if number == 0:
        said = {one.setting if one.reason_name == "perioperative_stated" else one.reason_name for one in given}
        told = {"neoadjuvant", "adjuvant"} & {setting for setting in said if setting}
        return told.pop() if len(told) == 1 else "perioperative" if told else "unknown"
    advanced = _advanced_from(course)
    known = advanced != kernel.UNKNOWN and opener.start is not None and advanced <= opener.start.middle
    stated = opener.reason_name in {"advanced_stated", "gross_residual", "early_relapse"}
    return "palliative" if known or stated else "unknown"


def _best(given: Sequence[Exposure]) -> str | None:
    told = {one.response for one in given}
    return next((response for response in _BEST_FIRST if response in told), None)


def _marks(course: Course, given: Sequence[Exposure], start: DayInterval, end: DayInterval | None) -> list[str]:
    """What a reader of a line should know beside its drugs."""
    kinds = {codes("drugs").get(one.agent, {}).get("kind", one.kind) for one in given}
    marks = ["endocrine"] if kinds == {"hormone"} else []
    if any(one.trial for one in given):
        marks.append("trial")
    if any(one.agent.startswith("?") and match_word("masked_drug", one.agent[1:]) for one in given):
        marks.append("masked")
    last = end or (course.last_contact if any(one.ongoing for one in given) else None) or start
    if any(_beside(ray.start, ray.end, start, last) for ray in course.radiations):
        marks.append("radiation")
    other = {codes("drugs").get(one.agent, {}).get("drug_class") for one in course.exposures if not one.own_tumour}
    own = {codes("drugs").get(one.agent, {}).get("drug_class") for one in given}
    if "anthracycline" in other and "anthracycline" in own:
        marks.append("prior_anthracycline")
    return marks


def _beside(first: DayInterval | None, last: DayInterval | None, start: DayInterval, end: DayInterval) -> bool:
    """Whether radiation ran while the line did."""
    return first is not None and first.middle <= end.middle and (last or first).middle >= start.middle
