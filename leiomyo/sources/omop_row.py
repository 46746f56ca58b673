"""One row of an OMOP table on its way to statements: its cells, what is known of its person, where problems go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from leiomyo.errors import Problem
from leiomyo.model.dates import DayInterval, calendar_day
from leiomyo.sources import cells as conversions
from leiomyo.sources.base import Statement
from leiomyo.sources.omop_concepts import Vocabulary
from leiomyo.sources.omop_conditions import Condition
from leiomyo.sources.omop_facts import Folder
from leiomyo.sources.omop_folder import Cells
from leiomyo.sources.omop_tables import plain_date
from leiomyo.sources.omop_tumours import INDEX, Person, tumour_of
from leiomyo.sources.statements import spread

_AMOUNT = re.compile(r"\s*(\d{1,4}(?:[.,]\d+)?)(?:\s*[x×*]\s*(\d{1,4}(?:[.,]\d+)?))*\s*(.*)", re.I)
#: Status and response by the kind of episode.
COURSE = {
    "metastatic": ("distant_metastasis", None), "confined": ("no_metastasis", None), "invasive": ("with_tumor", None),
    "recurrence": ("new_tumor_event", None), "PD": ("progression", "PD"), "CR": ("response", "CR"),
    "PR": ("response", "PR"), "SD": ("response", "SD"),
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """One row of a table."""

    file: str
    number: int
    patient: str
    table: str
    cells: Cells
    folder: Folder
    problems: list[Problem]

    @property
    def person(self) -> Person | None:
        """What is known of the patient; None where no tumour is told of."""
        return self.folder.people.get(self.patient)

    @property
    def vocabulary(self) -> Vocabulary:
        """The concepts of the folder."""
        return self.folder.vocabulary

    def problem(self, code: str, column: str, found: object, detail: str = "") -> None:
        """Note a problem of this row."""
        self.problems.append(Problem(code, self.file, self.number, column, found=str(found), detail=detail))

    def day(self, *columns: str, needed: bool = False) -> DayInterval | None:
        """The days that the first date with a value allows, with a problem where it cannot be read."""
        text = self.cells.text(*columns)
        if not text:
            if needed:
                self.problem("LM-D029", columns[0], "")
            return None
        try:
            return calendar_day(plain_date(text))
        except ValueError:
            self.problem("LM-D012", columns[0], text)
            return None

    def span(self, start: tuple[str, ...], end: tuple[str, ...]) -> tuple[DayInterval | None, DayInterval | None]:
        """First and last day; an end before its start is set aside with a problem."""
        first, last = self.day(*start, needed=True), self.day(*end)
        if first and last and last.high < first.low:
            self.problem("LM-D011", end[0], f"{self.cells.text(*start)} to {self.cells.text(*end)}")
            return first, None
        return first, last

    def number_of(self, column: str) -> float | None:
        """The number in a cell, with a problem where it is none."""
        text = self.cells.text(column)
        got = conversions.number(text) if text else conversions.Cell()
        if got.code:
            self.problem(got.code, column, text)
        return None if got.value is None else float(got.value)

    def key(self) -> str | None:
        """The source's own identifier of the row, within its table."""
        own = self.cells.id(f"{self.table}_id")
        return f"{self.table}/{own}" if own else None


def blank(**missing: bool) -> dict[str, str]:
    """Why columns have no value: the cell was blank.

    Examples
    --------
    >>> blank(start=False, end=True)
    {'end': 'blank'}
    """
    return {column: "blank" for column, is_blank in missing.items() if is_blank}


def moment(person: Person, day: DayInterval | None) -> str:
    """Whether a day is that of the diagnosis or later."""
    diagnosed = person.diagnosis
    if day is None or diagnosed is None:
        return "any_time"
    return "at_diagnosis" if day.high <= diagnosed.high else "later"


def diagnosis(person: Person, said: Condition, day: DayInterval | None) -> Statement:
    """A tumour. The first row that tells it has its day; a code that comes back at each visit is no new diagnosis."""
    name = tumour_of(person, said)
    own = person.index if name == INDEX else name
    same = said.lms or said.key == own
    first = day if same and own in person.tumours and day == person.tumours[own].day else None
    tumour = {"tumour": name, "role": "index" if name == INDEX else "other_primary", "morphology": said.morphology,
              "topography": said.topography if same else None, "icd10": said.icd10,
              "histology": said.histology if same else None, "site_text": said.site_text if same else None,
              "laterality": said.laterality if same else None,
              "missing": blank(diagnosis=day is None)}  # fmt: skip
    return "diagnosis", spread(tumour, diagnosis=first)


def metastasis(person: Person, site: str | None, words: str, day: DayInterval | None) -> Statement:
    """Spread to a site: new where it is told for the first time, else that it is still there."""
    first = person.spread.get(site or "")
    new = day is None or first is None or day.low <= first
    told: dict[str, Any] = {
        "tumour": INDEX, "status": "distant_metastasis" if new else "with_tumor", "moment": moment(person, day),
        "site": site or ("other" if words else None), "site_text": words or None, "missing": blank(day=day is None),
    }  # fmt: skip
    return "disease_status", spread(told, day=day)


def recurrence(person: Person, tumour: str, status: str, day: DayInterval | None) -> Statement:
    """A recurrence: new where it is told for the first time since the last operation, else that it is still there."""
    earlier = [one for one in person.recurrences.get(status, ()) if day and one < day.low]
    since = max(earlier, default=None)
    removed = since is not None and any(
        one.kind != "biopsy" and one.day and day and since < one.day.low <= day.low for one in person.operations
    )
    told: dict[str, Any] = {
        "tumour": tumour, "status": status if since is None or removed else "with_tumor",
        "moment": moment(person, day), "missing": blank(day=day is None),
    }  # fmt: skip
    return "disease_status", spread(told, day=day)


def course(person: Person, part: str, day: DayInterval | None) -> Statement:
    """How the disease goes, by the kind of episode that says it."""
    status, response = COURSE[part]
    return course_of(person, status, response, day)


def course_of(person: Person, status: str, response: str | None, day: DayInterval | None) -> Statement:
    """A status of the disease on a day."""
    told = {"tumour": INDEX, "status": status, "response": response, "moment": moment(person, day),
            "missing": blank(day=day is None)}  # fmt: skip
    return "disease_status", spread(told, day=day)


def measured(row: Row) -> tuple[float | None, str]:
    """The number of a measurement and the unit behind it in words; of "9 x 5 cm" the largest.

    The number stands in its column, or only in the source's words.
    """
    if row.cells.text("value_as_number"):
        return row.number_of("value_as_number"), ""
    text = row.cells.text("value_source_value", "value_as_string")
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None, ""
    unit = found[3].strip()
    numbers = re.findall(r"\d+(?:[.,]\d+)?", text[: found.start(3)])
    return max(float(number.replace(",", ".")) for number in numbers), unit


def units(row: Row) -> tuple[str, ...]:
    """What the unit of a measurement is called: by our list, by the source, by the CONCEPT table."""
    concept = row.cells.id("unit_concept_id")
    meaning, _ = row.vocabulary.meaning(concept, "")
    known = row.vocabulary.concept(concept)
    listed = meaning.says if meaning and meaning.part == "unit" else ""
    return tuple(filter(None, (listed, row.cells.text("unit_source_value"), known.code if known else "",
                               row.vocabulary.name(concept))))  # fmt: skip
