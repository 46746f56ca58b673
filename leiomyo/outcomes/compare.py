"""Does a treatment help? A comparison in which nobody is credited with the time it took to receive it.

A treatment that begins after time zero is no group at time zero. It is compared by one of three designs (landmark,
time-varying, clone-censor-weight), with named adjusters, or the comparison is refused with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leiomyo.course.line_rules import LineRules
from leiomyo.course.starts import INDEX_WORDS
from leiomyo.course.treatments import Given, Treatment, get_treatment, given, known_at
from leiomyo.errors import InputError
from leiomyo.outcomes.designs import Comparison, Persons, clone_censor_weight, landmark, naive, time_varying
from leiomyo.outcomes.question import Question, ask
from leiomyo.outcomes.result import Result
from leiomyo.store.store import Store

_TWO = 2
DESIGNS = ("landmark", "time-varying", "clone")
CAUTION = (
    "An estimate from records, not from chance: who is treated differs from who is not in ways that are not recorded. "
    "For research; never a recommendation."
)


@dataclass(frozen=True, slots=True, eq=False)
class CompareResult(Result):
    """One comparison with its question: `told` is the JSON of `leiomyo compare --json`."""

    told: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain values."""
        return self.told

    def columns(self) -> dict[str, Any]:
        """One row: the estimate with its limits, or the refusal; then the naive contrast, if it was asked for."""
        rows = [self.told, *(self.told[key] for key in ("with_unknown", "naive") if self.told.get(key))]
        names = ("label", "n", "estimate", "conf_low", "conf_high", "refused")
        return {name: [row[name] for row in rows] for name in names}

    def notes(self) -> Sequence[str]:
        """What was asked, who was left out, and what has to hold."""
        left_out = [f"Left out: {item['n']} ({item['reason']})." for item in self.told["excluded"]]
        return (self.told["definition"], *left_out, *self.told["assumptions"])


@dataclass(frozen=True, slots=True)
class _Asked:
    """The people of a question, with the day each one's treatment began, and who had to stay out."""

    persons: Persons
    left_out: Counter[str]
    started: tuple[int, ...]


def compare(store: Store, treatment: str, *, endpoint: str, adjust: Sequence[str] = (), design: str | None = None,
            index: str | None = None, where: str | None = None, day: int | None = None, naive_too: bool = False,
            bootstrap: int = 500, seed: int = 1, rules: LineRules | None = None) -> CompareResult:  # fmt: skip
    """The comparison; see `Registry.compare`."""
    wanted = get_treatment(treatment)
    if design is not None and design not in DESIGNS:
        raise InputError("LM-A008", f"There is no design {design!r}; there is: {', '.join(DESIGNS)}.")
    names = list(dict.fromkeys(adjust))
    start = index or wanted.index
    question = ask(store, endpoint, by=names, where=where, index=start, rules=rules)
    people = _people(wanted, question)
    at = wanted.window_days if day is None else day
    reason = _refusal(wanted, question, people, design, names)
    found = None if reason else _by_design(str(design), people.persons, at, bootstrap, seed)
    told = _told(wanted, question, people, found, design=design, day=at, reason=reason, names=names)
    if found is not None and not found.refused and question.unsure:
        more = ask(store, endpoint, by=names, where=where, index=start, rules=rules, unsure=True)
        other = _by_design(str(design), _people(wanted, more).persons, at, bootstrap, seed)
        told["with_unknown"] = _short(other, f"with {question.unsure} more for whom the condition is unknown")
    if naive_too:
        told["naive"] = _short(naive(people.persons), "naive")
    return CompareResult(told)


def _people(treatment: Treatment, question: Question) -> _Asked:
    """Times, events and days of treatment, a row a person; who was treated on an unknown day stays out."""
    own = set(question.endpoint.causes)
    left_out: Counter[str] = Counter()
    rows: list[tuple[int, int, float]] = []
    labels: dict[str, list[str | None]] = {column.name: [] for column in question.columns}
    for time, member, (course, start) in zip(question.times, question.members, question.people, strict=True):
        begun = given(treatment, course, start)
        if begun.reason:
            left_out[begun.reason] += 1
            continue
        rows.append((time.days.middle, int(time.cause in own), _after(begun, start.day.middle)))
        for name, levels in labels.items():
            levels.append(member[name])
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    persons = Persons(columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2], labels)
    started = tuple(sorted(int(begin) for begin in persons.treated_day if begin != float("inf")))
    return _Asked(persons, left_out, started)


def _after(begun: Given, start: int) -> float:
    return float("inf") if begun.day is None else float(max(begun.day.middle - start, 0))


def _refusal(treatment: Treatment, question: Question, people: _Asked, design: str | None, names: Sequence[str]) -> str:
    """Why the data or the question allow no comparison; empty where they do."""
    if question.index != treatment.index:
        return f"{treatment.label} is counted from {INDEX_WORDS[treatment.index]} and from no other day."
    if not question.times or not people.persons.size:
        return _cannot(treatment, question, people)
    if not people.started:
        return f"No {treatment.label.lower()} with a day after time zero is recorded. " + _blank(treatment, question)
    if design is None:
        offered = ", ".join(f"--design {name}" for name in DESIGNS)
        return (
            f"{treatment.label} {known_at(treatment, people.started)}, so it is no group at time zero. Use {offered}."
        )
    if not names:
        return "A treatment comparison needs named adjusters: --adjust COLUMN[,…], what decided who was treated."
    if all(len(set(levels) - {None}) < _TWO for levels in people.persons.adjusters.values()):
        return "The adjusters are the same for everybody: they adjust for nothing."
    return ""


def _cannot(treatment: Treatment, question: Question, people: _Asked) -> str:
    """These data cannot answer, and why."""
    reasons = question.left_out + people.left_out
    told = "; ".join(f"{reason} ({n})" for reason, n in reasons.most_common()) or "nobody meets the condition"
    return f"These data cannot answer. Nobody can be followed from the start: {told}. {_blank(treatment, question)}"


def _blank(treatment: Treatment, question: Question) -> str:
    """How many rows of the treatment have no setting, which would have been another way to tell."""
    drugs = treatment.name == "adjuvant-chemotherapy"
    settings = [row.setting for course in question.courses
                for row in (course.exposures if drugs else course.radiations)]  # fmt: skip
    what = "drug exposures" if drugs else "courses of radiation"
    blank = sum(setting in {None, "unknown"} for setting in settings)
    return f"The setting is blank in {blank} of {len(settings)} {what}." if settings else f"No {what} are recorded."


def _by_design(design: str, persons: Persons, day: int, bootstrap: int, seed: int) -> Comparison:
    if design == "landmark":
        return landmark(persons, day)
    if design == "time-varying":
        return time_varying(persons, curves_from=day)
    return clone_censor_weight(persons, day, bootstrap=bootstrap, seed=seed)


def _told(treatment: Treatment, question: Question, people: _Asked, found: Comparison | None, *, design: str | None,
          day: int, reason: str, names: Sequence[str]) -> dict[str, Any]:  # fmt: skip
    """The JSON of a comparison: the question, then what the design found or why it was refused."""
    rule = question.endpoint
    left_out = [{"reason": why, "n": n} for why, n in sorted((question.left_out + people.left_out).items())]
    rules = f"Lines of therapy by the rules {question.rules.version}."
    told: dict[str, Any] = {
        "treatment": treatment.name, "label": f"{rule.label} by {treatment.label.lower()}", "endpoint": rule.name,
        "index": question.origin, "definition": rule.definition, "where": question.where, "adjust": list(names),
        "design": design, "day": day, "refused": reason or None, "known_at": known_at(treatment, people.started),
        "n": people.persons.size, "excluded": left_out, "estimate": None, "conf_low": None, "conf_high": None,
        "balance": [], "positivity": [], "curves": [], "milestones": [], "test": None, "arms": [],
        "assumptions": [*question.assumptions, rules, CAUTION],
    }  # fmt: skip
    if found is None:
        return told
    plain = found.to_dict()
    kept = {name: plain[name] for name in ("refused", "n", "estimate", "conf_low", "conf_high", "balance", "positivity",
                                           "curves", "milestones", "test", "arms", "weights")}  # fmt: skip
    return {
        **told, **kept, "excluded": [*left_out, *plain["excluded"]],
        "assumptions": [plain["label"], *question.assumptions, *plain["notes"], _silence(treatment), rules, CAUTION],
    }  # fmt: skip


def _silence(treatment: Treatment) -> str:
    return f"Where no {treatment.label.lower()} is recorded, none was given."


def _short(found: Comparison, label: str) -> dict[str, Any]:
    """A further estimate beside the main one."""
    told = found.to_dict()
    names = ("label", "n", "estimate", "conf_low", "conf_high", "refused")
    return {"kind": label, **{name: told[name] for name in names}}
