"""What a row of a patient or sample file means in case tables.

Groups of cells named after a case table pass through; the others are put together here: a survival time and its
status, the several columns that name the cancer, the staging systems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leiomyo.errors import Problem
from leiomyo.model.codes import find_words
from leiomyo.model.dates import DayInterval
from leiomyo.sources.base import Statement
from leiomyo.sources.cbioportal_header import Header
from leiomyo.sources.cbioportal_study import cancer_of, oncotree, values
from leiomyo.sources.statements import sites_of, spread

_PREFIXED = re.compile(r"([01])\s*:\s*(.+)")
#: Months of 30 days are in use too: further apart than this, a time in days and one in months disagree.
_SHORT_MONTH = 30 / 30.44
_INDEX = "1"
#: HISTOLOGY may hold a diagnosis or, as "Mucinous" does, a mere type of one.
_TUMOUR = re.compile(r"\w{3}oma\b", re.I)


@dataclass(frozen=True, slots=True)
class Study:
    """What one row has to know of its study."""

    #: Shortest and longest length of a month in days.
    month: tuple[float, float]
    #: The cancer that the record is about, by patient, where samples name it.
    cancers: dict[str, str]
    #: The day of diagnosis by patient, where a timeline gives one.
    diagnosed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells by group and column, and where problems go."""

    patient: str
    record: str
    file: str
    number: int
    said: dict[str, dict[str, Any]]
    problems: list[Problem]
    study: Study
    header: Header

    def group(self, name: str) -> dict[str, Any]:
        """The cells of one group; empty where the table has none of its columns."""
        return self.said.get(name, {"missing": {}})

    def problem(self, code: str, column: str, found: object, detail: str = "") -> None:
        """Note a problem of this row."""
        self.problems.append(Problem(code, self.file, self.number, column, found=str(found), detail=detail))


def compose(row: Row) -> Iterator[Statement]:
    """The person, the tumour, what is known of stage and operation, and the events that survival times tell."""
    person = _person(row)
    yield "patient", person
    tumour = _tumour(row)
    yield "diagnosis", tumour
    if tumour["role"] == "index":
        yield from _stages(row)
        surgery = row.group("surgery")
        if any(surgery.get(column) is not None for column in ("margin", "residual_tumor")):
            yield "surgery", {**surgery, "tumour": _INDEX, "kind": "primary"}
        yield from _events(row, person)
    contact = _contact(row, person)
    if any(value is not None for name, value in contact.items() if name != "missing"):
        yield "follow_up", contact


# --- the person -------------------------------------------------------------------------------------------


def _person(row: Row) -> dict[str, Any]:
    """The patient with vital status, death and last contact from whichever columns tell them."""
    vital, survival = row.group("vital"), row.group("survival")
    status = _vital_status(row)
    death, alive = vital.get("death"), vital.get("last_contact")
    told = None if "OS_MONTHS" in row.header.elsewhere else survival.get("os_months")
    ends = death if status == "dead" else alive
    if told and status is None and not (death or alive):
        row.problem("LM-D017", "OS_MONTHS", _shown(told))
    if told and status and ends and not _agree(ends, told):
        row.problem("LM-D016", "OS_MONTHS", _shown(told), f"The column in days says {_shown(ends)}.")
    if death and status == "alive":
        row.problem("LM-D016", "OS_STATUS", "alive", f"A death on day {_shown(death)} is recorded.")
        death = None
    person = {**row.group("patient"), "axis": "diagnosis", "vital_status": status}
    if status == "dead" and _dead_of(row) and not person.get("cause_of_death"):
        person["cause_of_death"] = _dead_of(row)
    death = death or (told if status == "dead" else None)
    alive = alive or (told if status == "alive" else None)
    return spread(person, birth=person.pop("birth", None), death=death, last_contact=alive)


def _vital_status(row: Row) -> str | None:
    """Alive or dead; where two columns differ, the death."""
    by_survival = _answer(row, "os_status", values("os_status"), {"0": "alive", "1": "dead"})
    stated = row.group("vital").get("stated")
    if stated and by_survival and stated != by_survival:
        row.problem("LM-D016", "VITAL_STATUS", stated, f"OS_STATUS says {by_survival}; the death is kept.")
        return "dead"
    return by_survival or stated


def _dead_of(row: Row) -> str | None:
    """The cause of a death, from the status of disease-specific survival."""
    answer = _answer(row, "dss_status", values("dss_status"), {"0": "0", "1": "1"})
    return {"1": "disease", "0": "other"}.get(answer or "")


def _answer(row: Row, column: str, known: dict[str, str], by_number: dict[str, str]) -> str | None:
    """A survival status, old (`DECEASED`) or new (`1:DECEASED`); None and a problem where the two parts disagree."""
    written = row.group("survival").get(column)
    if written is None:
        return None
    prefixed = _PREFIXED.fullmatch(written)
    number, word = prefixed.groups() if prefixed else ("", written)
    code = known.get(word.strip().lower())
    if code is None or (number and by_number[number] != code):
        row.problem("LM-D005", column.upper(), written)
        row.group("survival")[column] = None
        return None
    return code


def _agree(days: DayInterval, months: DayInterval) -> bool:
    return days.high >= months.low * _SHORT_MONTH - 1 and days.low <= months.high + 1


def _shown(day: DayInterval) -> str:
    return str(day.low) if day.exact else f"{day.low} to {day.high}"


def _contact(row: Row, person: dict[str, Any]) -> dict[str, Any]:
    """The contact that the row reports: on the day of death, or the last one alive."""
    contact = {**row.group("follow_up"), "vital_status": person["vital_status"]}
    end = "death" if person["vital_status"] == "dead" else "last_contact"
    contact["contact_low"], contact["contact_high"] = person[f"{end}_low"], person[f"{end}_high"]
    told = [_event(row, prefix) for prefix in values("endpoint")]
    if contact.get("new_tumor_event") is None and any(event is not None for event in told):
        contact["new_tumor_event"] = any(told)
    return contact


# --- the tumour -------------------------------------------------------------------------------------------


def _tumour(row: Row) -> dict[str, Any]:
    """The tumour that the record is about, or another cancer that one of the patient's samples is of."""
    named = row.group("histology")
    known = oncotree().get((named.get("oncotree") or "").upper(), {})
    words = named.get("words")
    exact = words if words and (find_words(("histology_terms",), words) or _TUMOUR.search(words)) else None
    texts = (named.get("detailed"), exact, known.get("name"), named.get("type"), named.get("oncotree"))
    histology = next((text for text in texts if text), None)
    cancer = cancer_of(named.get("oncotree"), named.get("detailed"), named.get("type"))
    index = row.study.cancers.get(row.patient, cancer)
    if cancer and cancer != index:
        return spread({"tumour": cancer, "role": "other_primary", "histology": histology}, diagnosis=None)
    tumour = {**row.group("diagnosis"), "tumour": _INDEX, "role": "index", "histology": histology}
    tumour["histology_subtype"] = named.get("subtype") or (words if words != histology else None)
    tumour["morphology"] = tumour.get("morphology") or known.get("morphology") or None
    if "subsites" not in tumour["missing"]:
        tumour["subsites"] = tumour.get("subsites") or known.get("site") or None
    site = row.group("site")
    tumour["site_text"] = site.get("primary") or (None if _spread_sample(row) else site.get("tumour"))
    if fnclcc := row.group("grade").get("fnclcc"):
        tumour |= {"grade": fnclcc, "grade_system": "FNCLCC"}
    tumour["missing"] = tumour["missing"] | _untold(named, histology)
    # Days count from the diagnosis, unless the study's timeline puts it on another day than its day 0.
    day = None if row.patient in row.study.diagnosed else DayInterval(0, 0)
    return spread(tumour, diagnosis=day)


def _untold(named: dict[str, Any], histology: str | None) -> dict[str, str]:
    reasons = [named["missing"][name] for name in ("detailed", "oncotree", "words", "type") if name in named["missing"]]
    return {"histology": reasons[0]} if reasons and not histology else {}


def _stages(row: Row) -> Iterator[Statement]:
    """One statement for each staging system that the columns name; a plain STAGE names none, or a column beside it."""
    edition = row.group("staging").get("edition")
    for group, system, basis in (
        ("figo", "FIGO", row.group("figo").get("basis")), ("pathological", "AJCC", "pathological"),
        ("clinical", "AJCC", "clinical"), ("stage", row.group("stage").get("system"), None),
    ):  # fmt: skip
        tnm = {column: _category(row.group(group).get(column)) for column in ("t", "n", "m")}
        stage_group = row.group(group).get("stage_group")
        if stage_group or any(tnm.values()):
            by = system or ("AJCC" if any(tnm.values()) else None)
            edition_of = row.group(group).get("edition") or (edition if by == "AJCC" else None)
            yield "stage", {**tnm, "stage_group": stage_group, "tumour": _INDEX, "system": by, "edition": edition_of,
                            "basis": basis, "derived": False}  # fmt: skip


# --- events -----------------------------------------------------------------------------------------------


def _events(row: Row, person: dict[str, Any]) -> Iterator[Statement]:
    """Recurrence, progression and spread as survival columns and the kind of sample tell them."""
    for prefix, status in values("endpoint").items():
        if _event(row, prefix):
            day = _event_day(row, prefix, person)
            if not _is_the_death(prefix, day, person):
                told = {"tumour": _INDEX, "status": status, "moment": "later"}
                yield "disease_status", spread(told, day=day)
    if found := _spread_sample(row):
        sample = row.group("sample")
        site, text = sites_of(sample.get("metastatic_site") or row.group("site").get("tumour"))
        yield "disease_status", {"tumour": _INDEX, "status": found, "moment": "any_time", "site": site,
                                 "site_text": text}  # fmt: skip


def _event(row: Row, prefix: str) -> bool | None:
    """Whether the event of an endpoint has happened; None where it is not told."""
    answer = _answer(row, f"{prefix}_status", values("event_status"), {"0": "0", "1": "1"})
    return None if answer is None else answer == "1"


def _event_day(row: Row, prefix: str, person: dict[str, Any]) -> DayInterval | None:
    """The days on which an event may lie.

    Where its months count from treatment, which does not precede the diagnosis, it lies no earlier than that many
    months after the diagnosis and no later than the last that is known of the patient.
    """
    day: DayInterval | None = row.group("survival").get(f"{prefix}_months")
    if day is None or f"{prefix}_MONTHS".upper() not in row.header.elsewhere:
        return day
    last = person["death_high"] if person["vital_status"] == "dead" else person["last_contact_high"]
    return DayInterval(day.low, last) if last is not None and last >= day.low else None


def _is_the_death(prefix: str, day: DayInterval | None, person: dict[str, Any]) -> bool:
    """Whether an endpoint that deaths end too has ended with the death itself."""
    if prefix not in values("ends_with_death") or person["vital_status"] != "dead":
        return False
    death = person["death_low"], person["death_high"]
    return day is None or death[0] is None or (day.low <= death[1] and death[0] <= day.high)


def _spread_sample(row: Row) -> str | None:
    """What the kind of a sample says of the disease: a metastasis or a recurrence; nothing where it is primary."""
    written = row.group("sample").get("type")
    return values("sample_type").get(written.lower()) if written else None


def _category(written: str | None) -> str | None:
    """A T, N or M category as AJCC writes it: the letter large, what divides it small (T2b, N1mi, TX)."""
    text = (written or "").strip().upper()
    found = re.fullmatch(r"([YCPRA]*)([TNM])(IS|X|[0-4])([A-D]|MI)?", text)
    if not found:
        return text or None
    before, letter, number, part = found.groups()
    return before.lower() + letter + (number.lower() if number == "IS" else number) + (part or "").lower()
