"""The day from which time is counted: diagnosis, definitive surgery, first metastasis or the start of a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leiomyo.course.timeline import Course, Line
from leiomyo.errors import InputError
from leiomyo.model.dates import DayInterval


@dataclass(frozen=True, slots=True)
class Excluded:
    """Why a patient cannot enter."""

    reason: str


@dataclass(frozen=True, slots=True)
class Start:
    """The first day of follow-up, the row it comes from, and the line that starts then, if one does."""

    index: str
    day: DayInterval
    place: str
    line: Line | None = None

    @property
    def words(self) -> str:
        """What the day is, within a sentence."""
        return f"the start of line {self.line.number}" if self.line else INDEX_WORDS[self.index]


INDEX_WORDS = {
    "diagnosis": "the diagnosis",
    "definitive-surgery": "the definitive operation",
    "first-metastasis": "the first metastasis",
    "line": "the start of the line",
}


def start_of(course: Course, index: str, line: int | None = None) -> Start | Excluded:
    """The day a patient's follow-up starts, or why there is none.

    Parameters
    ----------
    index
        `diagnosis`, `definitive-surgery`, `first-metastasis` or `line`.
    line
        The number of the line, where that is the index.
    """
    if index == "line":
        return _line(course, line if line is not None else 1)
    return _STARTS[index](course)


def check_index(index: str) -> str:
    """The index, if there is one of that name.

    Raises
    ------
    InputError
        `LM-A008`, with the ones there are.
    """
    if index not in INDEX_WORDS:
        raise InputError("LM-A008", f"There is no index {index!r}; there is: {', '.join(INDEX_WORDS)}.")
    return index


def _diagnosis(course: Course) -> Start | Excluded:
    if course.diagnosis is None:
        return Excluded("no day of diagnosis")
    return Start("diagnosis", course.diagnosis, "")


def _definitive_surgery(course: Course) -> Start | Excluded:
    surgery = course.definitive_surgery
    if surgery is None:
        return Excluded("no definitive operation recorded")
    if surgery.day is None:
        return Excluded("the day of the definitive operation is not recorded")
    return Start("definitive-surgery", surgery.day, surgery.place)


def _first_metastasis(course: Course) -> Start | Excluded:
    """The first dated metastasis; where spread was there at diagnosis, the day of the diagnosis."""
    spread = [said for said in course.statements if said.status == "distant_metastasis"]
    at_diagnosis = next((said for said in spread if said.moment == "at_diagnosis"), None)
    if course.spread_at_diagnosis and course.diagnosis:
        return Start("first-metastasis", course.diagnosis, at_diagnosis.place if at_diagnosis else "")
    dated = [(said.day, said.place) for said in spread if said.day]
    if dated:
        day, place = min(dated, key=lambda one: (one[0].middle, one[0].low, one[1]))
        return Start("first-metastasis", day, place)
    return Excluded("the day of the metastasis is not recorded" if spread else "no metastasis recorded")


def _line(course: Course, number: int) -> Start | Excluded:
    line = course.line(number)
    if line is None:
        return Excluded(f"no line {number}" if number else "no peri-operative drugs")
    # what is called by something that came later cannot be followed from before it: one had to live to see it
    if line.opened_by == "neoadjuvant":
        return Excluded("neo-adjuvant drugs, known as such only at the operation")
    if line.opened_by == "early_relapse":
        return Excluded("a line only in the light of an early relapse")
    return Start("line", line.start, line.exposures[0].place, line)


_STARTS: dict[str, Callable[[Course], Start | Excluded]] = {
    "diagnosis": _diagnosis,
    "definitive-surgery": _definitive_surgery,
    "first-metastasis": _first_metastasis,
}
