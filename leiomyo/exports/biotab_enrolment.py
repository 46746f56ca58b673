"""The enrolment form of the BCR: the person, the tumour, the first operation, and what was known without a day."""

from __future__ import annotations

from leiomyo.exports.biotab_cells import Cells, Told, flag, site, size, text
from leiomyo.exports.biotab_parts import Row
from leiomyo.model.codes import label

_SEE_TEXT = "Other (please specify"
_UNDATED = ("distant_metastasis", "no_metastasis", "local_recurrence", "no_local_recurrence")


def enrolment(told: Told) -> tuple[Cells, Row | None]:
    """The form, and the contact that it reports: the one on the day of the death or of the last contact."""
    own, contact = told.patient.own, reported(told)
    tumour = next((row for row in told.patient.rows("diagnosis") if row.get("tumour") == "1"), {})
    cells = {
        "days_to_birth": told.day(own, "birth"), "gender": told.answer("sex", own.get("sex")),
        "race": text(own.get("race")), "ethnicity": text(own.get("ethnicity")),
        "tissue_source_site": text(own.get("contributing_site")),
        "vital_status": told.answer("vital_status", own.get("vital_status")), "days_to_death": told.day(own, "death"),
        "days_to_last_followup": told.day(own, "last_contact"),
        "other_dx": flag(own.get("other_malignancy")).title(),
        **_tumour(told, tumour), **_operation(told), **_stages(told), **_spread(told),
        "first_presenting_symptom": "|".join(_symptom(row) for row in told.patient.rows("symptom")),
    }  # fmt: skip
    if contact:
        cells |= {
            "person_neoplasm_cancer_status": told.answer("tumor_status", contact.get("tumor_status")),
            "radiation_therapy": flag(contact.get("adjuvant_radiation")),
            "postoperative_rx_tx": flag(contact.get("adjuvant_drugs")),
            "new_tumor_event_after_initial_treatment": flag(contact.get("new_tumor_event")),
            "primary_therapy_outcome_success": told.answer("response", contact.get("response")),
        }  # fmt: skip
    return cells, contact


def reported(told: Told) -> Row | None:
    """The contact that the enrolment form itself reports; a loss to follow-up has no question there."""
    own = told.patient.own
    end = "death" if own.get("vital_status") == "dead" else "last_contact"
    for row in told.patient.rows("follow_up"):
        same = all(row.get(f"contact_{edge}") == own.get(f"{end}_{edge}") for edge in ("low", "high"))
        if same and row.get("vital_status") == own.get("vital_status") and row.get("lost") is None:
            return row
    return None


def _tumour(told: Told, row: Row) -> Cells:
    vessel = row.get("vessel_involved")
    basis = row.get("size_basis")
    if row.get("size_mm") is not None and basis is None:
        told.left["diagnosis: a size without basis, which stands as the specimen's"] += 1
    sized = "radiologic" if basis == "radiological" else "pathologic"
    return {
        "days_to_initial_pathologic_diagnosis": told.day(row, "diagnosis"),
        "year_of_initial_pathologic_diagnosis": text(row.get("diagnosis_year")),
        "age_at_initial_pathologic_diagnosis": text(row.get("age_years")),
        "histological_type": text(row.get("histology")),
        "leiomyosarcoma_histologic_subtype": text(row.get("histology_subtype")),
        "icd_o_3_histology": text(row.get("morphology")), "icd_o_3_site": text(row.get("topography")),
        "icd_10": text(row.get("icd10")), "tumor_tissue_site": sites(row.get("subsites"), row.get("regions")),
        "tumor_tissue_site_other": text(row.get("site_text")),
        "laterality": told.answer("laterality", row.get("laterality")),
        f"{sized}_tumor_length": size(row.get("size_mm")), "tumor_depth": told.answer("depth", row.get("depth")),
        "neoplasm_histologic_grade": text(row.get("grade")), "mitotic_count": text(row.get("mitoses_per_10_hpf")),
        "tumor_total_necrosis_percent": told.answer("necrosis", row.get("necrosis")),
        "tumor_necrosis_percent": text(row.get("necrosis_percent")), "tumor_multifocal": flag(row.get("multifocal")),
        "discontiguous_lesion_count": text(row.get("lesions")),
        "leiomyosarcoma_major_vessel_involvement":
            "" if not vessel else "No Major Vessel Involvement" if vessel == "none" else label("vessels", vessel),
        "primary_tumor_lower_uterus_segment": flag(row.get("uterine_involvement")),
    }  # fmt: skip


def sites(subsites: str | None, regions: str | None) -> str:
    """Sites with their wider regions as the form has them; of several regions the last has the sites left over.

    Examples
    --------
    >>> sites("Stomach|Colon", "Gastrointestinal"), sites("Chest wall", None), sites(None, "Extremity")
    ('Gastrointestinal - Stomach|Gastrointestinal - Colon', 'Chest wall', 'Extremity - Other (please specify')
    """
    inner, outer = ((written or "").split("|") if written else [] for written in (subsites, regions))
    if not outer:
        return "|".join(text(one) for one in inner)
    pairs = [(outer[min(place, len(outer) - 1)], one) for place, one in enumerate(inner)]
    pairs += [(one, _SEE_TEXT) for one in outer[len(inner) :]]
    return "|".join(f"{text(region)} - {text(one)}" for region, one in pairs)


def _operation(told: Told) -> Cells:
    """The first operation; the form has no day of it."""
    done = [row for row in told.patient.rows("surgery") if row.get("tumour") == "1" and row.get("kind") == "primary"]
    if len(done) > 1:
        told.left["surgery: a second operation of the primary"] += len(done) - 1
    row = done[0] if done else {}
    if done and not any(row.get(name) for name in ("margin", "residual_tumor", "organs_resected")):
        told.left["surgery: a first operation without margin, residual tumour and organs"] += 1
    return {"margin_status": told.answer("margins", row.get("margin")),
            "residual_tumor": told.answer("residual_tumor", row.get("residual_tumor")),
            "history_of_neoadjuvant_treatment": flag(row.get("neoadjuvant")).title(),
            "contiguous_organ_resection_site": text(row.get("organs_resected")),
            "contiguous_organ_invaded": flag(row.get("organs_invaded"))}  # fmt: skip


def _stages(told: Told) -> Cells:
    """FIGO's group where no T, N and M of the same kind stand beside it; one edition for all."""
    stages = [row for row in told.patient.rows("stage") if row.get("tumour") == "1" and not row.get("derived")]
    cells: Cells = {}
    for row in stages:
        basis = row.get("basis") or "clinical"
        prefix = "pathologic" if basis == "pathological" else "clinical"
        parts = {f"{prefix}_{name.upper()}": text(row.get(name)) for name in ("t", "n", "m")}
        parts[f"{prefix}_stage"] = text(row.get("stage_group"))
        parts["system_version"] = text(row.get("edition"))
        taken = any(cells.get(key, value) != value for key, value in parts.items() if value)
        if taken or (cells and row.get("system") != stages[0].get("system")):
            told.left["stage beside another of another edition or system"] += 1
            continue
        cells |= {key: value for key, value in parts.items() if value}
    return cells


def _symptom(row: Row) -> str:
    return text(row.get("as_written") or label("symptoms", row.get("term") or "")).replace("|", "/")


def is_on_enrolment(row: Row) -> bool:
    """Whether the enrolment form has the status: one without a day that no later event is."""
    if row.get("day_low") is not None or row.get("status") not in _UNDATED or row.get("moment") == "later":
        return False
    return row.get("moment") != "at_diagnosis" or row["status"] != "local_recurrence"


def _spread(told: Told) -> Cells:
    found = [row for row in told.patient.rows("disease_status") if row.get("tumour") == "1" and is_on_enrolment(row)]
    spread = [row for row in found if row["status"] == "distant_metastasis"]
    stated = {row["status"] for row in found}
    local = "YES" if "local_recurrence" in stated else "NO" if "no_local_recurrence" in stated else ""
    distant = "YES" if spread else "NO" if "no_metastasis" in stated else ""
    cells = {"metastatic_diagnosis": distant, "local_disease_recurrence": local}
    if len(spread) == 1:
        cells["metastatic_site_at_diagnosis"] = site(spread[0].get("site"))
        cells["metastatic_site_at_diagnosis_other"] = text(spread[0].get("site_text"))
    elif spread:
        words = {text(row.get("site_text")) for row in spread}
        one = words.pop() if len(words) == 1 else ""
        cells["metastatic_site_at_diagnosis"] = "Other, specify"
        cells["metastatic_site_at_diagnosis_other"] = one or ", ".join(
            text(row.get("site_text")) if row.get("site") == "other" else site(row.get("site")) for row in spread
        )
    return cells
