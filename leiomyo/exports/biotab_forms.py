"""The other forms of the BCR: contacts, new tumour events with their operations, drugs, radiation, other cancers."""

from __future__ import annotations

from collections.abc import Iterator

from leiomyo.exports.biotab_cells import Cells, Told, flag, site, size, text
from leiomyo.exports.biotab_enrolment import is_on_enrolment
from leiomyo.exports.biotab_parts import Row
from leiomyo.model.codes import label
from leiomyo.model.drugs import match_drug

#: A form and one row of it.
Written = tuple[str, Cells]
_EVENTS = frozenset({"distant_metastasis", "local_recurrence", "regional_recurrence", "progression", "new_primary",
                     "new_tumor_event"})  # fmt: skip
_OPERATED = frozenset({"metastasectomy", "recurrence"})


def contacts(told: Told, enrolled: Row | None) -> Iterator[tuple[Row, Cells]]:
    """Each contact beside the one that the enrolment form reports."""
    for number, row in enumerate(told.patient.rows("follow_up"), start=1):
        if row is enrolled:
            continue
        dead = row.get("vital_status") == "dead"
        yield row, {
            "bcr_followup_barcode": f"{told.barcode}-F{number}", "lost_follow_up": flag(row.get("lost")),
            "radiation_therapy": flag(row.get("adjuvant_radiation")),
            "postoperative_rx_tx": flag(row.get("adjuvant_drugs")),
            "person_neoplasm_cancer_status": told.answer("tumor_status", row.get("tumor_status")),
            "vital_status": told.answer("vital_status", row.get("vital_status")),
            "days_to_death" if dead else "days_to_last_followup": told.day(row, "contact", "follow_up"),
            "additional_treatment_completion_success_outcome": told.answer("response", row.get("response")),
            "new_tumor_event_after_initial_treatment": flag(row.get("new_tumor_event")),
        }  # fmt: skip


def events(told: Told, seen: list[tuple[Row, Cells]]) -> Iterator[Written]:
    """New tumour events; one told at a contact stands beside it, the others beside the enrolment form."""
    rows = [row for row in told.patient.rows("disease_status") if not is_on_enrolment(row)]
    found = [row for row in rows if row.get("tumour") == "1" and row.get("status") in _EVENTS]
    if len(rows) > len(found):
        told.left["disease_status that is no new tumour event"] += len(rows) - len(found)
    operations = _operations(told, found)
    # an event with two operations stands twice, as the forms themselves have it
    none: list[Row | None] = [None]
    for row, done in ((event, one) for event in found for one in operations.get(id(event), none)):
        cells = {
            "new_neoplasm_event_type": "" if row["status"] == "new_tumor_event" else
                told.answer("new_tumor_event", row["status"]),
            "new_neoplasm_event_occurrence_anatomic_site": site(row.get("site")),
            "new_neoplasm_occurrence_anatomic_site_text": text(row.get("site_text")),
            "days_to_new_tumor_event_after_initial_treatment": told.day(row, "day", "disease_status"),
            "nte_radiologic_tumor_length": size(row.get("size_mm")),
            "discontiguous_lesion_count": text(row.get("lesions")),
            "additional_radiation_therapy": flag(row.get("given_radiation")),
            "additional_pharmaceutical_therapy": flag(row.get("given_drugs")),
            **_operation(told, done),
        }  # fmt: skip
        day = told.exact(row, "day")
        after = [cells_of for contact, cells_of in seen
                 if day is not None and (told.exact(contact, "contact") or day - 1) >= day]  # fmt: skip
        if after:
            yield "follow_up_nte", {"bcr_followup_barcode": after[0]["bcr_followup_barcode"], **cells}
        else:
            yield "nte", cells


def _operations(told: Told, found: list[Row]) -> dict[int, list[Row | None]]:
    """Each operation at the last event of its kind that lies before it; those without an operation go first."""
    placed: dict[int, list[Row | None]] = {}
    for row in told.patient.rows("surgery"):
        kind = row.get("kind")
        if row.get("tumour") != "1":
            continue
        if kind not in _OPERATED:
            if kind != "primary":
                told.left["surgery of a kind that no form asks for"] += 1
            continue
        of_kind = [one for one in found if (one["status"] == "distant_metastasis") == (kind == "metastasectomy")]
        if not of_kind:
            told.left["surgery without an event that it is for"] += 1
            continue
        fitting = [one for one in of_kind if id(one) not in placed] or of_kind
        before = [one for one in fitting if (one.get("day_low") or 0) <= (row.get("day_low") or 0)]
        event = max(before, key=lambda one: one.get("day_low") or 0) if before else fitting[0]
        placed.setdefault(id(event), []).append(row)
    return placed


def _operation(told: Told, row: Row | None) -> Cells:
    if row is None:
        return {}
    return {"new_tumor_event_additional_surgery_procedure": "YES",
            "days_to_new_tumor_event_additional_surgery_procedure": told.day(row, "day", "surgery"),
            "margin_status": told.answer("margins", row.get("margin")),
            "residual_disease_post_new_tumor_event_margin_status":
                told.answer("residual_tumor", row.get("residual_tumor"))}  # fmt: skip


def drugs(told: Told) -> Iterator[Written]:
    """One row a drug. Words that would be read as another drug give way to the drug's name."""
    for number, row in enumerate(told.patient.rows("drug_exposure"), start=1):
        if row.get("tumour") != "1":
            continue
        written, agent = text(row.get("as_written")), row.get("agent")
        if agent and match_drug(written).agents != (agent,):
            written = label("drugs", agent)
        amount, unit = _dose(row)
        yield "drug", {
            "bcr_drug_barcode": f"{told.barcode}-D{number}", "drug_name": written,
            "days_to_drug_therapy_start": told.day(row, "start", "drug_exposure"),
            "days_to_drug_therapy_end": told.day(row, "end", "drug_exposure"),
            "therapy_ongoing": flag(row.get("ongoing")),
            "therapy_type": told.answer("drug_kind", row.get("stated_kind")),
            "regimen_indication": told.answer("setting", row.get("setting")),
            "tx_on_clinical_trial": flag(row.get("trial_drug")), "regimen_number": text(row.get("line_stated")),
            "number_cycles": text(row.get("cycles")), "prescribed_dose": amount, "prescribed_dose_units": unit,
            "route_of_administration": text(row.get("administration_route")),
            "measure_of_response": told.answer("response", row.get("response")),
        }  # fmt: skip


def _dose(row: Row) -> tuple[str, str]:
    amount, _, unit = text(row.get("dose_as_written")).partition(" ")
    return amount, unit


def radiation(told: Told) -> Iterator[Written]:
    """One row a course, its dose in the source's words or in Gy."""
    for number, row in enumerate(told.patient.rows("radiotherapy"), start=1):
        if row.get("tumour") != "1":
            continue
        amount, unit = (text(row["dose_gy"]), "Gy") if row.get("dose_gy") is not None else _dose(row)
        yield "radiation", {
            "bcr_radiation_barcode": f"{told.barcode}-R{number}",
            "radiation_type": told.answer("radiation_technique", row.get("technique")),
            "anatomic_treatment_site": told.answer("radiation_target", row.get("target")),
            "radiation_dosage": amount, "units": unit, "numfractions": text(row.get("fractions")),
            "days_to_radiation_therapy_start": told.day(row, "start", "radiotherapy"),
            "days_to_radiation_therapy_end": told.day(row, "end", "radiotherapy"),
            "radiation_treatment_ongoing": flag(row.get("ongoing")),
            "regimen_indication": told.answer("setting", row.get("setting")),
            "measure_of_response": told.answer("response", row.get("response")),
        }  # fmt: skip


def other_cancers(told: Told) -> Iterator[Written]:
    """Other cancers with their treatment, under the name that the case tables have for the tumour."""
    for row in told.patient.rows("diagnosis"):
        name = row.get("tumour") or ""
        if name in {"", "1"}:
            continue
        of = {table: [one for one in told.patient.rows(table) if one.get("tumour") == name]
              for table in ("surgery", "radiotherapy", "drug_exposure", "stage")}  # fmt: skip
        stage = next(iter(of["stage"]), {})
        figo = stage.get("system") == "FIGO"
        yield "omf", {
            "bcr_omf_barcode": text(name), "days_to_other_malignancy_dx": told.day(row, "diagnosis"),
            "other_malignancy_anatomic_site": text(row.get("subsites")),
            "other_malignancy_anatomic_site_text": text(row.get("site_text")),
            "other_malignancy_histological_type": text(row.get("histology")),
            "other_malignancy_histological_type_text": text(row.get("histology_subtype")),
            "other_malignancy_laterality": told.answer("laterality", row.get("laterality")),
            "system_version": text(stage.get("edition")), "pathologic_T": text(stage.get("t")),
            "pathologic_N": text(stage.get("n")), "pathologic_M": text(stage.get("m")),
            "clinical_stage" if figo else "pathologic_stage": text(stage.get("stage_group")),
            **_treated(told, of),
        }  # fmt: skip


def _treated(told: Told, of: dict[str, list[Row]]) -> Cells:
    cells: Cells = {}
    if of["surgery"]:
        cells |= {
            "surgery_indicator": "YES",
            "days_to_surgical_resection": told.day(of["surgery"][0], "day", "surgery"),
        }
    if of["radiotherapy"]:
        first = told.day(of["radiotherapy"][0], "start", "radiotherapy")
        cells |= {"radiation_tx_indicator": "YES", "days_to_radiation_therapy_start": first}
    if of["drug_exposure"]:
        names = [text(row.get("as_written")) or label("drugs", row.get("agent") or "") for row in of["drug_exposure"]]
        cells |= {"drug_tx_indicator": "YES", "drug_name": "|".join(dict.fromkeys(filter(None, names))),
                  "days_to_drug_therapy_start": told.day(of["drug_exposure"][0], "start", "drug_exposure")}  # fmt: skip
    return cells
