"""Lines of therapy: one pass over each patient's exposures in order of start, a decision and its reason for each.

The kernel is plain Python over columns. Large inputs run the same functions compiled by numba, small ones as they
stand, so that nobody waits for a compiler to place ten rows. What the rules mean: `rules/lines.yaml`; what each
reason says: `rules/line_reasons.csv`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from leiomyo.course.line_rules import Thresholds

#: Where an exposure ends that is in no line.
SUPPORTIVE, OTHER_CANCER, UNPLACED = -1, -2, -3
#: A day that is not recorded, and the end of what still runs.
UNKNOWN, ONGOING = -(2**31), 2**31 - 1
#: From so many exposures on, compiling pays.
COMPILE_FROM = 50_000


# What is known of an exposure before its place in the course is (`Exposures.flags`).
FLAG_SUPPORTIVE, FLAG_OTHER_CANCER, FLAG_ENDOCRINE, FLAG_NOT_A_DRUG, FLAG_PROGRESSED = 1, 2, 4, 8, 16
# The setting as the source states it (`Exposures.stated`).
STATED_NOTHING, STATED_PERIOPERATIVE, STATED_ADVANCED, STATED_MAINTENANCE = 0, 1, 2, 3
# What is known of a patient without a day (`Histories.known`).
KNOWN_OPERATED, KNOWN_SPREAD, KNOWN_GROSS_RESIDUAL = 1, 2, 4

# Reasons, as in rules/line_reasons.csv; plain numbers, since the compiled kernel writes them.
COMBINATION, PLANNED_DELAY, COLLAPSE, CONTINUES, RESTART, RESTART_END_UNKNOWN = range(1, 7)
SUBSTITUTION, MAINTENANCE, ENDOCRINE_JOINS = range(7, 10)
PERIOPERATIVE_STATED, ADJUVANT, NEOADJUVANT, PERIOPERATIVE_UNDATED, EARLY_RELAPSE, PLANNED_SEQUENCE = range(10, 16)
ADVANCED, ADVANCED_AGAINST_STATED, ADVANCED_STATED, GROSS_RESIDUAL = range(20, 24)
NO_OPERATION_NEAR, LATE_UNDATED, UNRESECTED, DIAGNOSIS_UNKNOWN = range(24, 28)
PROGRESSION, SWITCH, ADDITION, RECHALLENGE, RECHALLENGE_PROGRESSION, RECHALLENGE_GAP, SWITCH_PROGRESSED = range(30, 37)
IS_SUPPORTIVE, IS_OTHER_CANCER, START_UNKNOWN, UNDATED_SPREAD, IS_NOT_A_DRUG, BEFORE_DIAGNOSIS = range(40, 46)


@dataclass(frozen=True, slots=True)
class Exposures:
    """Drug exposures as columns, in any order: patient and agent as codes from 0, days as whole numbers."""

    patient: Any
    agent: Any
    start: Any
    end: Any
    flags: Any
    stated: Any


@dataclass(frozen=True, slots=True)
class Histories:
    """One row a patient: day of diagnosis, first day of recurrence or spread, `History`; and days by patient.

    Operations and progressions are lists of all patients' days, in order within each; those of patient `p` stand
    from `offset[p]` to `offset[p + 1]`.
    """

    diagnosis: Any
    advanced: Any
    known: Any
    operation_offset: Any
    operation: Any
    progression_offset: Any
    progression: Any


@dataclass(frozen=True, slots=True)
class Placements:
    """For each exposure its line (0 peri-operative, below 0 none), the reason, and the days or day it names."""

    line: Any
    reason: Any
    detail: Any


def place(exposures: Exposures, histories: Histories, *, substitute: Any, thresholds: Thresholds,
          compiled: bool | None = None) -> Placements:  # fmt: skip
    """The place of each exposure: exactly one of line n, line 0, supportive, other cancer, unplaced.

    Parameters
    ----------
    substitute
        For each agent code a set number; agents of one set stand in for one another.
    compiled
        Whether numba compiles the kernel; by default where there are many exposures.

    Notes
    -----
    Row order never matters: exposures are put in order of start, then agent, then end. Adjoining stretches of one
    drug are one stretch. Exposures that start on the same day are decided together: if one of them opens a line,
    they all stand in it.
    """
    columns = [
        exposures.patient, exposures.agent, exposures.start, exposures.end, exposures.flags, exposures.stated,
        histories.diagnosis, histories.advanced, histories.known, histories.operation_offset, histories.operation,
        histories.progression_offset, histories.progression, substitute,
    ]  # fmt: skip
    rows = len(exposures.patient)
    line, reason, detail = (np.zeros(rows, dtype=kind) for kind in (np.int16, np.int8, np.int32))
    if rows >= COMPILE_FROM if compiled is None else compiled:
        _compiled()(*(np.asarray(column) for column in columns), thresholds, line, reason, detail)
        return Placements(line, reason, detail)
    told: list[list[int]] = [[0] * rows for _ in range(3)]
    kernel: Callable[..., None] = _place
    kernel(*(np.asarray(column).tolist() for column in columns), thresholds, *told)
    return Placements(*(np.asarray(values, dtype=kind.dtype)
                        for values, kind in zip(told, (line, reason, detail), strict=True)))  # fmt: skip


@cache
def _compiled() -> Callable[..., None]:
    from numba import njit
    from numba.extending import register_jitable

    for step in (_order, _sort, _set_aside, _stretches, _place_patient, _phase, _verdict, _same_drug, _other_drug,
                 _open, _join, _shift):  # fmt: skip
        register_jitable(step)
    compiled: Callable[..., None] = njit(cache=True)(_place)
    return compiled


# --- the kernel: plain loops over columns, as numba compiles them ---------------------------------------


# The line that is open: its number, a serial that is never used twice, first day, last known day, and whether an end
# is unknown; what counts across lines: lines opened, latest progression so far and where it stands in the list; and
# whether a drug of the line has progression, without its day, for response.
NUMBER, SERIAL, FIRST, LAST, END_UNKNOWN, LINES, PROGRESSED, NEXT, GREW = range(9)
# A stretch: one drug without a pause.
AGENT, START, KNOWN_UNTIL, ENDS, FLAGS, STATED, PHASE_REASON, PHASE_DETAIL, LINE, REASON, DETAIL = range(11)


def _place(patient: Any, agent: Any, start: Any, end: Any, flags: Any, stated: Any, diagnosis: Any, advanced: Any,
           known: Any, operation_offset: Any, operation: Any, progression_offset: Any, progression: Any,
           substitute: Any, rules: Thresholds, line: Any, reason: Any, detail: Any) -> None:  # fmt: skip
    """Write line, reason and detail of every exposure."""
    patients = len(diagnosis)
    agents = len(substitute)
    offset, order = _order(patient, patients)
    widest = 0
    for p in range(patients):
        widest = max(widest, offset[p + 1] - offset[p])
    stretch = np.zeros((11, widest + 1), np.int64)
    of_row = np.zeros(widest + 1, np.int64)
    # by agent: serial of the line it is in, of the set in, patient it was given to (+1), its last known day, and its
    # latest stretch under each stated setting
    seen = np.zeros((8, agents + 1), np.int64)
    state = np.zeros(9, np.int64)
    for p in range(patients):
        first, last = offset[p], offset[p + 1]
        if first == last:
            continue
        _sort(order, first, last, start, agent, stated, end)
        count = _stretches(order, first, last, agent, start, end, flags, stated, stretch, of_row, seen, p,
                           line, reason, detail)  # fmt: skip
        history = (diagnosis[p], advanced[p], known[p])
        _place_patient(count, stretch, seen, state, substitute, p, history, rules,
                       operation, operation_offset[p], operation_offset[p + 1],
                       progression, progression_offset[p], progression_offset[p + 1])  # fmt: skip
        _shift(count, stretch, advanced[p], rules)
        for place_ in range(first, last):
            row = order[place_]
            s = of_row[place_ - first]
            if s >= 0:
                line[row], reason[row], detail[row] = stretch[LINE, s], stretch[REASON, s], stretch[DETAIL, s]


def _order(patient: Any, patients: int) -> Any:
    """Rows grouped by patient: where each patient's begin, and the rows (a counting sort, one pass each way)."""
    offset = np.zeros(patients + 2, np.int64)
    for row in range(len(patient)):
        offset[patient[row] + 2] += 1
    for p in range(2, patients + 2):
        offset[p] += offset[p - 1]
    order = np.zeros(len(patient), np.int32)
    for row in range(len(patient)):
        order[offset[patient[row] + 1]] = row
        offset[patient[row] + 1] += 1
    return offset, order


def _sort(order: Any, first: int, last: int, start: Any, agent: Any, stated: Any, end: Any) -> None:
    """One patient's rows by start, agent, stated setting, end: few enough for an insertion sort."""
    for i in range(first + 1, last):
        row = order[i]
        key = (start[row], agent[row], stated[row], end[row])
        j = i - 1
        while j >= first and (start[order[j]], agent[order[j]], stated[order[j]], end[order[j]]) > key:
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = row


def _set_aside(flag: int, begins: int) -> Any:
    """Place and reason of what never opens or joins a line; place 0 where it may."""
    if flag & FLAG_OTHER_CANCER:
        return OTHER_CANCER, IS_OTHER_CANCER
    if flag & FLAG_SUPPORTIVE:
        return SUPPORTIVE, IS_SUPPORTIVE
    if flag & FLAG_NOT_A_DRUG:
        return UNPLACED, IS_NOT_A_DRUG
    if begins == UNKNOWN:
        return UNPLACED, START_UNKNOWN
    return 0, 0


def _stretches(order: Any, first: int, last: int, agent: Any, start: Any, end: Any, flags: Any, stated: Any,
               stretch: Any, of_row: Any, seen: Any, p: int, line: Any, reason: Any, detail: Any) -> int:  # fmt: skip
    """Join adjoining rows of one drug and setting into stretches; give back how many there are."""
    count = 0
    for i in range(first, last):
        row = order[i]
        line[row], reason[row] = _set_aside(flags[row], start[row])
        detail[row] = 0
        of_row[i - first] = -1
        if line[row] < 0:
            continue
        a, begins, ends = agent[row], start[row], end[row]
        if seen[2, a] != p + 1:
            seen[2, a] = p + 1
            seen[4:, a] = -1
        latest = 4 + stated[row]
        s = seen[latest, a]
        if s < 0 or begins > stretch[KNOWN_UNTIL, s] + 1:
            s = count
            count += 1
            seen[latest, a] = s
            stretch[AGENT, s], stretch[START, s], stretch[KNOWN_UNTIL, s] = a, begins, begins
            stretch[ENDS, s], stretch[FLAGS, s], stretch[STATED, s] = begins, flags[row], stated[row]
        of_row[i - first] = s
        stretch[FLAGS, s] |= flags[row]
        # one end that is not recorded leaves the end of the whole stretch open
        if ends == UNKNOWN or stretch[ENDS, s] == UNKNOWN:
            stretch[ENDS, s] = UNKNOWN
        else:
            stretch[ENDS, s] = max(stretch[ENDS, s], ends)
        stretch[KNOWN_UNTIL, s] = max(stretch[KNOWN_UNTIL, s], begins, ends)
    return count


def _place_patient(count: int, stretch: Any, seen: Any, state: Any, substitute: Any, p: int, history: Any,
                   rules: Thresholds, operation: Any, operations_from: int, operations_to: int,
                   progression: Any, progressions_from: int, progressions_to: int) -> None:  # fmt: skip
    """The state machine over one patient's stretches, those of the same first day together."""
    state[NUMBER], state[LINES], state[PROGRESSED], state[NEXT] = -1, 0, UNKNOWN, progressions_from
    for s in range(count):
        seen[2, stretch[AGENT, s]] = 0
    i = 0
    while i < count:
        day = stretch[START, i]
        while state[NEXT] < progressions_to and progression[state[NEXT]] <= day:
            state[PROGRESSED] = progression[state[NEXT]]
            state[NEXT] += 1
        j, opens, perioperative = i, False, False
        while j < count and stretch[START, j] == day:
            _phase(stretch, j, history, operation, operations_from, operations_to, rules)
            if stretch[LINE, j] == 0 and state[LINES] > 0:
                # lines are numbered in order of time: once one has begun, nothing is peri-operative any more
                stretch[LINE, j] = 1
            perioperative = perioperative or stretch[LINE, j] == 0
            if stretch[LINE, j] == 1:
                _verdict(stretch, j, seen, state, substitute, p, rules)
                opens = opens or stretch[REASON, j] >= ADVANCED
            j += 1
        if perioperative and state[NUMBER] != 0:
            _open(state, 0, day)
        elif opens and not perioperative:
            state[LINES] += 1
            _open(state, state[LINES], day)
        for s in range(i, j):
            if stretch[LINE, s] >= 0:
                _join(stretch, s, seen, state, substitute, p, perioperative, opens)
        i = j


def _phase(stretch: Any, s: int, history: Any, operation: Any, first: int, last: int, rules: Thresholds) -> None:
    """Whether a stretch is peri-operative (LINE 0), treatment of advanced disease (1) or cannot be told."""
    day, stated = stretch[START, s], stretch[STATED, s]
    diagnosis, advanced, known = history
    phase, why, detail = 1, UNRESECTED, 0
    after, before = -1, -1
    for o in range(first, last):
        if operation[o] <= day:
            after = day - operation[o]
        elif before < 0:
            before = operation[o] - day
    if diagnosis != UNKNOWN and day < diagnosis - rules.neoadjuvant_days:
        phase, why, detail = UNPLACED, BEFORE_DIAGNOSIS, diagnosis - day
    elif advanced != UNKNOWN and advanced <= day:
        why, detail = (ADVANCED_AGAINST_STATED if stated == STATED_PERIOPERATIVE else ADVANCED), advanced
    elif stated == STATED_PERIOPERATIVE:
        phase, why = 0, PERIOPERATIVE_STATED
    elif stated == STATED_ADVANCED:
        why = ADVANCED_STATED
    elif known & KNOWN_GROSS_RESIDUAL and (after >= 0 or first == last):
        why = GROSS_RESIDUAL
    elif known & KNOWN_SPREAD and (known & KNOWN_OPERATED or first < last):
        phase, why = UNPLACED, UNDATED_SPREAD
    elif 0 <= after <= rules.adjuvant_days:
        phase, why, detail = 0, ADJUVANT, after
    elif 0 < before <= rules.neoadjuvant_days:
        phase, why, detail = 0, NEOADJUVANT, before
    elif known & KNOWN_OPERATED and diagnosis == UNKNOWN:
        why = DIAGNOSIS_UNKNOWN
    elif known & KNOWN_OPERATED:
        detail = day - diagnosis
        phase, why = (0, PERIOPERATIVE_UNDATED) if detail <= rules.perioperative_days else (1, LATE_UNDATED)
    elif first < last:
        why = NO_OPERATION_NEAR
    stretch[LINE, s], stretch[PHASE_REASON, s], stretch[PHASE_DETAIL, s] = phase, why, detail
    stretch[REASON, s], stretch[DETAIL, s] = why, detail


def _verdict(stretch: Any, s: int, seen: Any, state: Any, substitute: Any, p: int, rules: Thresholds) -> None:
    """Whether a stretch joins the open line or opens one (a REASON of 20 or more), and why."""
    if state[NUMBER] < 0:
        return
    agent, day = stretch[AGENT, s], stretch[START, s]
    since = day - state[FIRST]
    # what is found on the first day is why the line began, and no failure of it
    progressed = state[PROGRESSED] > state[FIRST]
    stands_in = seen[1, substitute[agent]] == state[SERIAL] and seen[0, agent] != state[SERIAL]
    if since == 0:
        reason, detail = COMBINATION, 0
    elif since <= rules.planned_delay_days:
        reason, detail = (SUBSTITUTION if stands_in else PLANNED_DELAY), since
    elif seen[0, agent] == state[SERIAL]:
        reason, detail = _same_drug(state, day, progressed, rules)
    else:
        given_before = seen[3, agent] if seen[2, agent] == p + 1 else UNKNOWN
        reason, detail = _other_drug(stretch, s, state, progressed, stands_in, given_before, rules)
    if reason >= ADVANCED and state[NUMBER] == 0:
        # after peri-operative treatment: it goes on, or why the disease is held for advanced says more
        pause = day - state[LAST]
        goes_on = state[END_UNKNOWN] or pause <= rules.restart_gap_days
        reason, detail = stretch[PHASE_REASON, s], stretch[PHASE_DETAIL, s]
        if reason >= NO_OPERATION_NEAR and goes_on and not progressed:
            reason, detail = PLANNED_SEQUENCE, max(pause, 0)
    stretch[REASON, s], stretch[DETAIL, s] = reason, detail


def _same_drug(state: Any, day: int, progressed: bool, rules: Thresholds) -> Any:
    """A drug of the open line again: it goes on, or is a re-challenge."""
    pause = day - state[LAST]
    if pause <= rules.collapse_days:
        return CONTINUES, max(pause, 0)
    if state[END_UNKNOWN]:
        return (RECHALLENGE_PROGRESSION, state[PROGRESSED]) if progressed else (RESTART_END_UNKNOWN, 0)
    if progressed and state[PROGRESSED] >= state[LAST]:
        return RECHALLENGE_PROGRESSION, state[PROGRESSED]
    return (RECHALLENGE_GAP if pause > rules.restart_gap_days else RESTART), pause


def _other_drug(stretch: Any, s: int, state: Any, progressed: bool, stands_in: bool, given_before: int,
                rules: Thresholds) -> Any:  # fmt: skip
    """A drug that is not in the open line: it joins for a stated reason, or opens the next."""
    day = stretch[START, s]
    since, pause = day - state[FIRST], day - state[LAST]
    near = state[END_UNKNOWN] or pause <= rules.restart_gap_days
    if not progressed and near and stands_in:
        return SUBSTITUTION, since
    if not progressed and since <= rules.collapse_days:
        return COLLAPSE, since
    if not progressed and near:
        if stretch[STATED, s] == STATED_MAINTENANCE:
            return MAINTENANCE, since
        if stretch[FLAGS, s] & FLAG_ENDOCRINE and rules.endocrine_joins:
            return ENDOCRINE_JOINS, since
    if given_before != UNKNOWN:
        return RECHALLENGE, max(day - given_before, 0)
    if progressed:
        return PROGRESSION, state[PROGRESSED]
    if pause < 0:
        return ADDITION, since
    return (SWITCH_PROGRESSED if state[GREW] else SWITCH), pause


def _open(state: Any, number: int, day: int) -> None:
    """A new line, or line 0, from this day on."""
    state[NUMBER] = number
    state[SERIAL] += 1
    state[FIRST], state[LAST], state[END_UNKNOWN], state[GREW] = day, day, 0, 0


def _join(stretch: Any, s: int, seen: Any, state: Any, substitute: Any, p: int,
          perioperative: bool, opens: bool) -> None:  # fmt: skip
    """Enter a stretch into the open line."""
    agent = stretch[AGENT, s]
    if stretch[LINE, s] == 1:
        moved = stretch[REASON, s] >= ADVANCED if perioperative else opens and stretch[REASON, s] < ADVANCED
        if moved:
            stretch[REASON, s], stretch[DETAIL, s] = COMBINATION, 0
        stretch[LINE, s] = state[NUMBER]
    seen[0, agent] = state[SERIAL]
    seen[1, substitute[agent]] = state[SERIAL]
    earlier = seen[3, agent] if seen[2, agent] == p + 1 else UNKNOWN
    seen[2, agent], seen[3, agent] = p + 1, max(earlier, stretch[KNOWN_UNTIL, s])
    state[LAST] = max(state[LAST], stretch[KNOWN_UNTIL, s])
    if stretch[ENDS, s] == UNKNOWN:
        state[END_UNKNOWN] = 1
    if stretch[FLAGS, s] & FLAG_PROGRESSED:
        state[GREW] = 1


def _shift(count: int, stretch: Any, advanced: int, rules: Thresholds) -> None:
    """Where relapse followed peri-operative treatment soon and the rules say so, that treatment is line 1."""
    last = UNKNOWN
    for s in range(count):
        if stretch[LINE, s] == 0:
            last = max(last, stretch[KNOWN_UNTIL, s])
    soon = advanced != UNKNOWN and last != UNKNOWN and advanced - last <= rules.early_relapse_days
    if not rules.early_relapse_days or not soon:
        return
    for s in range(count):
        if stretch[LINE, s] == 0:
            stretch[REASON, s], stretch[DETAIL, s] = EARLY_RELAPSE, max(advanced - last, 0)
        if stretch[LINE, s] >= 0:
            stretch[LINE, s] += 1
