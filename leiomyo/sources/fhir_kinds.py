"""What kind of thing a resource is, by its profiles, its codes, and where those say nothing by its words."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import lru_cache
from typing import Any

from leiomyo.model.codes import match_word
from leiomyo.model.dates import DayInterval
from leiomyo.sources.fhir_json import last_part
from leiomyo.sources.fhir_resources import Coding, Concept, Condition, Observation, Patient, Procedure
from leiomyo.sources.fhir_values import (
    all_words,
    code_in,
    concept_for,
    days_of,
    extensions,
    looked_up,
    named_by_word,
    roles_of,
    stated,
    words,
)
from leiomyo.sources.tumour_words import AGAIN

#: A cancer by its words; what is benign, feared, looked for or of the family is none.
_CANCER = re.compile(
    r"malignan|cancer|carcinoma|sarcoma|lymphoma|leuk[a]?emia|melanoma|myeloma|blastoma|uncertain malig"
    r"|b[öo]sartig|krebs|karzinom|sarkom|lymphom|leuk[äa]mie|melanom|myelom|blastom|carcinome|sarcome",
    re.I,
)
_NONE = re.compile(
    r"benign|suspect|screening|family|history of|risk|fear|exclu|no evidence|susceptib|\brule[ds]? out|\br/o\b|possible"
    r"|verdacht|\bv\.? ?a\.|ausschlu|ausgeschlossen|kein hinweis|gutartig",
    re.I,
)
_SPREAD = re.compile(r"\bsecondary|metasta|sekund[äa]r", re.I)
#: A word such as sarcoma or carcinoma; "malignant neoplasm of uterus" has none.
_ENTITY = re.compile(r"\w{3}oma\b|leuk|(?:sark|karzin|lymph|melan|myel|blast)om|(?:sarc|carcin)ome", re.I)
_RADIATION = re.compile(r"radiation therap|radiotherap|brachytherap|teletherap|radiosurg|irradiat", re.I)
_RESECTION = re.compile(r"ectomy\b|excision|resection|debulking|amputation|exenteration|removal of tumou?r", re.I)
#: A vessel as large as the cava is put in only where it was taken out.
_REPLACED = re.compile(r"(?=.*(?:vena cava|\bivc\b))(?=.*(?:replac|reconstruct|graft|interposition))", re.I)
_MEDICAL_RECORD = "MR"


def is_taken_back(resource: Any) -> bool:
    """Whether the resource says that it was entered in error."""
    status = getattr(resource, "verificationStatus", None)
    stated = {coding.code for coding in status.coding} if status else {getattr(resource, "status", "")}
    return "entered-in-error" in stated


def names_a_cancer(text: str) -> bool:
    """Whether words name a cancer, and not one that is feared, excluded or of the family."""
    return bool(_CANCER.search(text) and not _NONE.search(text))


def observation_part(found: Observation) -> str:
    """What an observation looks for, with its basis where that is told: by its codes, its profiles, else its words."""
    codings = tuple((coding.system, coding.code, coding.display) for coding in found.code.coding)
    return _part(codings, found.code.text, roles_of(found.meta.profile) if found.meta.profile else frozenset())


@lru_cache(maxsize=10_000)
def _part(codings: tuple[tuple[str, str, str], ...], text: str, roles: frozenset[str]) -> str:
    """The same from what few observations differ in."""
    concept = Concept(coding=[Coding(system=one, code=two, display=three) for one, two, three in codings], text=text)
    named = looked_up("observation", concept) or next(iter(sorted(roles)), "")
    return named or named_by_word(all_words(concept))


def is_cause_of_death(condition: Condition) -> bool:
    """Whether the condition is told as what the patient died of."""
    return any(looked_up("category", one) == "death" for one in condition.category)


def is_unsure(condition: Condition) -> bool:
    """Whether the code is marked as of a suspected or an excluded condition, as German codes are."""
    marks = [concept_for(coding.extension, "certainty") for coding in condition.code.coding]
    return any(looked_up("certainty", one) == "no" for one in marks)


def patient_key(patient: Patient, alias: str = "") -> str:
    """What a patient is called in the registry: the number of the medical record, else the resource's id."""
    for one in patient.identifier:
        kinds = {coding.code for coding in one.type.coding} if one.type else set()
        if _MEDICAL_RECORD in kinds and one.value:
            return one.value
    return patient.id or alias


def cancer_of(condition: Condition) -> str:
    """Whether a condition is a `primary` cancer, a `secondary` one (spread), a `recurrence`, or empty for none."""
    if is_cause_of_death(condition) or is_unsure(condition) or stated(condition.extension, "symptom.term"):
        return ""
    roles = roles_of(condition.meta.profile)
    if named := roles & {"primary", "secondary"}:
        return "secondary" if "secondary" in named else "primary"
    if code := code_in("icd10", [condition.code]):
        chapter = code[:3].upper()
        if "C77" <= chapter <= "C79":
            return "secondary"
        if "C00" <= chapter <= "C97":
            return "primary"
    if code_in("icdo3", [condition.code]):
        return "primary"
    told = all_words(condition.code)
    if not told or _NONE.search(told) or not (_CANCER.search(told) or _SPREAD.search(told)):
        return ""
    if _SPREAD.search(told):
        return "secondary"
    return "recurrence" if AGAIN.search(told) else "primary"


def complaint_of(condition: Condition) -> str | None:
    """The complaint that a condition is: as it says itself, else by its words."""
    own = stated(condition.extension, "symptom.term")
    return own.valueCode if own else match_word("symptoms", all_words(condition.code))


def site_of(condition: Condition) -> str:
    """Which region a cancer's code of ICD-10 names; chapters that share the sites of leiomyosarcoma are one."""
    return region_of(code_in("icd10", [condition.code]) or "")


def region_of(code: str) -> str:
    """The chapter of an ICD-10 code; those that share the sites of leiomyosarcoma are one."""
    chapter = code[:3].upper()
    return {"C48": "C49", "C55": "C54"}.get(chapter, chapter)


def names_a_kind(condition: Condition) -> bool:
    """Whether the words name a kind of tumour, and not only that there is a malignant one somewhere."""
    return bool(_ENTITY.search(name_of(condition)))


def name_of(condition: Condition) -> str:
    """The histology in words where the condition has one, else what it is called."""
    histology = concept_for(condition.extension, "histology")
    called = words(histology) or next((told for one in condition.evidence for code in one.code
                                       if names_a_cancer(told := words(code))), "")  # fmt: skip
    return called or words(condition.code) or (code_in("icdo3", [histology, condition.code]) or "")


def diagnosis_day(condition: Condition) -> DayInterval | None:
    """The day the cancer was found: as asserted, else of onset, else of the record."""
    asserted = next((one.valueDateTime or "" for one in extensions(condition.extension, "condition-assertedDate")), "")
    onset = condition.onsetDateTime or (condition.onsetPeriod.start if condition.onsetPeriod else "")
    return days_of(asserted) or days_of(onset) or days_of(condition.recordedDate)


def procedure_kind(procedure: Procedure) -> str:
    """`radiotherapy`, `surgery` for a resection, `biopsy`, or empty for anything else."""
    named = roles_of(procedure.meta.profile) & {"surgery", "radiotherapy"}
    kind = next(iter(named), None) or looked_up("procedure", procedure.code)
    told = all_words(procedure.code)
    if kind == "radiotherapy" or _RADIATION.search(told):
        return "radiotherapy"
    if "biops" in told.lower():
        return "biopsy"
    if (category := looked_up("procedure", procedure.category)) == "radiotherapy":
        return "radiotherapy"
    return "surgery" if kind or category or _RESECTION.search(told) or _REPLACED.search(told) else ""


def is_resection(procedure: Procedure) -> bool:
    """Whether the procedure took something out, and was done."""
    return procedure_kind(procedure) == "surgery" and procedure.status not in NOT_DONE


def operation_kind(procedure: Procedure, tumours: Mapping[str, str], secondary: Container[str]) -> str | None:
    """What an operation was for: by its words, else by the condition that it was done for."""
    if own := stated(procedure.extension, "surgery.kind"):
        return own.valueCode
    said = "biopsy" if procedure_kind(procedure) == "biopsy" else match_word("surgery_kind", all_words(procedure.code))
    if said:
        return said
    reasons = [last_part(reference.reference) for reference in procedure.reasonReference]
    if any(one in secondary for one in reasons):
        return "metastasectomy"
    return "primary" if any(one in tumours for one in reasons) else None


def operation_day(procedure: Procedure) -> DayInterval | None:
    """The day of an operation; of a period its first."""
    period = procedure.performedPeriod
    return days_of(procedure.performedDateTime or (period.start if period else ""))


#: What a resource says of itself when nothing happened, or nobody knows yet whether it did.
NOT_DONE = frozenset({"entered-in-error", "not-done", "preparation", "cancelled", "draft", "planned", "not-taken",
                      "intended", "noshow", "registered"})  # fmt: skip
