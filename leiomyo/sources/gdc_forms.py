"""What each BCR form means in case tables: one function a form.

A composer gets the converted cells of one row, by group and column (`gdc_columns.csv`), and yields statements.
Groups named after a case table pass through; the others are put together here, because one fact of ours may
stand in several of the form's questions (a dose and its unit, a site and its free text).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from leiomyo.errors import Problem
from leiomyo.model.codes import match_word, match_words
from leiomyo.sources.base import Statement
from leiomyo.sources.drug_words import named_drugs
from leiomyo.sources.statements import gray

#: FIGO's editions are years, AJCC's are numbers.
_YEAR = re.compile("(?:19|20)[0-9]{2}")
#: The dose units that measure absorbed dose, as divisors to Gy. Millicuries measure activity, not dose.
#: A form that asks several questions about spread names "see free text" like this.
_SEE_TEXT = "other"


@dataclass(frozen=True, slots=True)
class Form:
    """One row of a BCR table: its cells by group and column, and where problems go."""

    patient: str
    record: str
    file: str
    row: int
    said: dict[str, dict[str, Any]]
    problems: list[Problem]

    def group(self, name: str) -> dict[str, Any]:
        """The cells of one group; empty where the table has none of its columns."""
        return self.said.get(name, {"missing": {}})

    def problem(self, code: str, column: str, found: str, detail: str = "") -> None:
        """Note a problem of this row."""
        self.problems.append(Problem(code, self.file, self.row, column, found=found, detail=detail))


def patient(form: Form) -> Iterator[Statement]:
    """The enrolment form: the person, the tumour, the primary operation and what was known by then."""
    vital = days({**form.group("patient"), "axis": "diagnosis"}, "birth", "death", "last_contact")
    yield "patient", vital
    yield "diagnosis", _index_tumour(form)
    surgery = form.group("surgery")
    if any(surgery.get(column) is not None for column in ("margin", "residual_tumor", "organs_resected")):
        yield "surgery", {**surgery, "tumour": "1", "kind": "primary"}
    yield from _stages(form)
    yield from _symptoms(form)
    yield from _spread_on_enrolment(form)
    yield "follow_up", _contact(form, vital)


def follow_up(form: Form) -> Iterator[Statement]:
    """A later contact; its vital status may overtake the enrolment form's. Old versions hold one event as well."""
    vital = days(dict(form.group("patient")), "death", "last_contact")
    yield "patient", vital
    yield "follow_up", _contact(form, vital)
    if form.group("event").get("kind") or form.group("event").get("day"):
        yield from new_tumor(form)


def new_tumor(form: Form) -> Iterator[Statement]:
    """A recurrence, metastasis or second primary, and the operation for it."""
    event = form.group("event")
    status = event.get("kind") or "new_tumor_event"
    row = {**form.group("disease_status"), **_size(form), "tumour": "1", "status": status, "moment": "later"}
    row.pop("size_basis", None)
    row["missing"] = row["missing"] | ({"day": event["missing"]["day"]} if "day" in event["missing"] else {})
    _span(row, "day", event.get("day"))
    if row["day_high"] is not None and row["day_high"] <= 0:
        row["moment"] = "at_diagnosis"
    for site, text in _sites(form, event.get("site"), event.get("site_other")):
        yield "disease_status", {**row, "site": site, "site_text": text, "route": _route(site, status)}
    if event.get("operated"):
        kind = "metastasectomy" if status == "distant_metastasis" else "recurrence"
        operation: dict[str, Any] = {
            "tumour": "1",
            "kind": kind,
            "margin": event.get("margin"),
            "residual_tumor": event.get("residual_tumor"),
            "missing": {},
        }
        _span(operation, "day", event.get("surgery_day"))
        yield "surgery", operation


def drug(form: Form) -> Iterator[Statement]:
    """A drug, or several written into one cell: one exposure each."""
    row = days({**form.group("drug_exposure"), "tumour": "1"}, "start", "end")
    row["dose_as_written"] = _joined(form.group("dose"))
    _in_order(form, row)
    yield from _exposures(form, row)


def radiation(form: Form) -> Iterator[Statement]:
    """A course of radiation, with a dose only where its unit is one of absorbed dose."""
    row = days({**form.group("radiotherapy"), "tumour": "1"}, "start", "end")
    row["dose_as_written"] = _joined(form.group("dose"))
    row["dose_gy"] = _gray(form)
    _in_order(form, row)
    yield "radiotherapy", row


def other_malignancy(form: Form) -> Iterator[Statement]:
    """Another cancer of the patient, and its treatment: context, never part of the sarcoma's course."""
    tumour = days({**form.group("diagnosis"), "tumour": form.record, "role": "other_primary"}, "diagnosis")
    yield "diagnosis", tumour
    yield from _stages(form, tumour=form.record)
    other = form.group("other")
    if other.get("operated"):
        yield "surgery", _span({"tumour": form.record, "kind": "other"}, "day", other.get("surgery_day"))
    if other.get("irradiated"):
        yield "radiotherapy", _span({"tumour": form.record}, "start", other.get("radiation_day"))
    if other.get("given_drugs"):
        row = _span({"tumour": form.record}, "start", other.get("drug_day"))
        names = [name for name in (other.get("drugs") or "").split("|") if name and not name.startswith("[")]
        for place, name in enumerate(names or [None]):
            yield from _exposures(form, {**row, "as_written": name, "record": f"{form.record}/{place}"})


def _index_tumour(form: Form) -> dict[str, Any]:
    row = {**days(dict(form.group("diagnosis")), "diagnosis"), **_size(form), "tumour": "1", "role": "index"}
    written = row.pop("subsites", None)
    pairs = [part.partition(" - ") for part in written.split("|")] if written else []
    # "Other (please specify" points to the free text; the form lost its closing bracket.
    sites = [(rest if dash else region).strip() for region, dash, rest in pairs]
    row["subsites"] = "|".join(site for site in sites if not site.lower().startswith(_SEE_TEXT)) or None
    row["regions"] = "|".join(dict.fromkeys(region.strip() for region, dash, _ in pairs if dash)) or None
    vessel = form.group("vessel")
    written = vessel.get("involved")
    if written:
        code = match_word("vessels", written) or "other"
        row["vessel_involved"] = "none" if written.lower().startswith("no ") else code
    elif "involved" in vessel["missing"]:
        row["missing"] = row["missing"] | {"vessel_involved": vessel["missing"]["involved"]}
    return row


def _size(form: Form) -> dict[str, Any]:
    """The pathologist's size where there is one, else the radiologist's."""
    sizes = form.group("size")
    for basis in ("pathological", "radiological"):
        if sizes.get(basis) is not None:
            return {"size_mm": sizes[basis], "size_basis": basis}
    return {}


def _contact(form: Form, vital: dict[str, Any]) -> dict[str, Any]:
    """The contact that a form reports: on the day of death, or the last one alive."""
    row = dict(form.group("follow_up"))
    row["vital_status"] = vital.get("vital_status")
    end = "death" if vital.get("vital_status") == "dead" else "last_contact"
    row["contact_low"], row["contact_high"] = vital.get(f"{end}_low"), vital.get(f"{end}_high")
    return row


def _stages(form: Form, tumour: str = "1") -> Iterator[Statement]:
    """T, N, M and the groups beside them are AJCC's; a group without them FIGO's, clinical or of an edition of FIGO."""
    edition = form.group("any_stage").get("edition") or form.group("ajcc").get("edition")
    groups = {name: form.group(name) for name in ("figo", "ajcc", "ajcc_clinical")}
    if any(groups["ajcc_clinical"].get(column) for column in ("t", "n", "m")):
        groups["ajcc_clinical"], groups["figo"] = {**groups["figo"], **groups["ajcc_clinical"]}, {}
    told = any(groups["ajcc"].get(column) for column in ("t", "n", "m"))
    pathological = "FIGO" if not told and _YEAR.fullmatch(edition or "") else "AJCC"
    for group, system, basis in (
        ("figo", "FIGO", "clinical"), ("ajcc", pathological, "pathological"), ("ajcc_clinical", "AJCC", "clinical"),
    ):  # fmt: skip
        row = groups[group]
        if any(row.get(column) for column in ("stage_group", "t", "n", "m")):
            said = {column: row.get(column) for column in ("stage_group", "t", "n", "m")}
            yield (
                "stage",
                {**said, "tumour": tumour, "system": system, "edition": edition, "basis": basis, "derived": False},
            )


def _symptoms(form: Form) -> Iterator[Statement]:
    written = form.group("symptom").get("as_written") or ""
    for complaint in filter(None, (part.strip() for part in written.split("|"))):
        if not complaint.startswith("["):
            yield "symptom", {"term": match_word("symptoms", complaint) or "other", "as_written": complaint}


def _spread_on_enrolment(form: Form) -> Iterator[Statement]:
    """Recurrence and metastasis as the enrolment form has them: without a day, and not only "at diagnosis".

    The element is called metastatic_site_at_diagnosis, yet the forms were filled in months or years later: of
    28 leiomyosarcoma patients marked so in TCGA-SARC, 22 have their first metastasis more than 30 days after
    diagnosis by the new-tumour tables. So the moment is left open.
    """
    row = {"tumour": "1", "moment": "any_time"}
    spread = form.group("metastasis")
    if spread.get("present") is False:
        yield "disease_status", {**row, "status": "no_metastasis"}
    elif spread.get("present"):
        for site, text in _sites(form, spread.get("site"), spread.get("site_other")):
            route = _route(site, "distant_metastasis")
            yield (
                "disease_status",
                {**row, "status": "distant_metastasis", "site": site, "site_text": text, "route": route},
            )
    local = form.group("local").get("present")
    if local is not None:
        yield "disease_status", {**row, "status": "local_recurrence" if local else "no_local_recurrence"}


def _sites(form: Form, site: str | None, free_text: str | None) -> list[tuple[str | None, str | None]]:
    """The sites of one event as (code, words): the form's choice, or what its free text names."""
    chosen = None if site is None or site.lower().startswith(_SEE_TEXT) else match_word("metastatic_sites", site)
    if chosen:
        return [(chosen, free_text)]
    if free_text is None:
        return [("other" if site else None, None)]
    found = match_words("metastatic_sites", free_text)
    if not found:
        form.problem("LM-C004", "new_tumor_event_site_other", free_text)
    return [(code, free_text) for code in found] or [("other", free_text)]


def _route(site: str | None, status: str) -> str | None:
    """How the disease got there, where site and kind of event leave no doubt."""
    if status in {"local_recurrence", "regional_recurrence"}:
        return "nodal" if site == "lymph_node" else "local"
    if status != "distant_metastasis" or site is None:
        return None
    return {"lymph_node": "nodal", "lung": "haematogenous", "liver": "haematogenous", "bone": "haematogenous",
            "brain": "haematogenous"}.get(site)  # fmt: skip


def _exposures(form: Form, row: dict[str, Any]) -> Iterator[Statement]:
    """One exposure for each drug that the words name; the words stay beside it."""
    written = row.get("as_written")
    how, agents = named_drugs(written, lambda code, found, detail: form.problem(code, "drug_name", found, detail))
    record = row.pop("record", None) or form.record
    for place, agent in enumerate(agents):
        suffix = f"/{place}" if place else ""
        yield "drug_exposure", {**row, "agent": agent, "matched": how, "record": record + suffix}


def _gray(form: Form) -> float | None:
    """The dose in Gy; activity and doses without a unit are set aside, not converted."""
    dose = form.group("dose")
    amount, unit = dose.get("amount"), dose.get("unit")
    if amount is None:
        return None
    try:
        number = float(amount)
    except ValueError:
        form.problem("LM-D002", "radiation_total_dose", amount)
        return None
    found, code = gray(number, unit)
    if code:
        form.problem(code, "radiation_adjuvant_units", f"{amount} {unit}" if unit else amount)
    return found


def _joined(dose: dict[str, Any]) -> str | None:
    return " ".join(filter(None, (dose.get("amount"), dose.get("unit")))) or None


def days(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """The row with each day of that name spread over its two stored columns."""
    for name in names:
        _span(row, name, row.pop(name, None))
    return row


def _span(row: dict[str, Any], name: str, day: Any) -> dict[str, Any]:
    row[f"{name}_low"], row[f"{name}_high"] = (day.low, day.high) if day else (None, None)
    return row


def _in_order(form: Form, row: dict[str, Any]) -> None:
    """Set an end aside that lies before its start."""
    start, end = row["start_low"], row["end_high"]
    if start is not None and end is not None and end < start:
        form.problem("LM-D011", "days_to_end", f"{start} to {end}")
        row["end_low"] = row["end_high"] = None


#: The composer of each kind of table.
FORMS: dict[str, Callable[[Form], Iterator[Statement]]] = {
    "patient": patient, "follow_up": follow_up, "new_tumor": new_tumor, "follow_up_new_tumor": new_tumor,
    "drug": drug, "radiation": radiation, "other_malignancy": other_malignancy,
}  # fmt: skip
