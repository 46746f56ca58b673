"""A made FHIR export of four leiomyosarcoma patients with their whole course, and one without a cancer."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
SNOMED, LOINC, RXNORM = "http://snomed.info/sct", "http://loinc.org", "http://www.nlm.nih.gov/research/umls/rxnorm"
ICDO3, ATHENA = "http://terminology.hl7.org/CodeSystem/icd-o-3", "http://fhir.ohdsi.org/CodeSystem/concepts"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
Resource = dict[str, Any]


def concept(system: str = "", code: str = "", display: str = "", text: str = "") -> Resource:
    """A concept of one code, of words, or both."""
    coding = {name: value for name, value in (("system", system), ("code", code), ("display", display)) if value}
    return {**({"coding": [coding]} if coding else {}), **({"text": text} if text else {})}


def resource(kind: str, name: str, patient: str, *, profile: str = "", **members: Any) -> Resource:
    """A resource of a patient."""
    meta = {"meta": {"profile": [MCODE + profile]}} if profile else {}
    return {"resourceType": kind, "id": name, **meta, "subject": {"reference": f"Patient/{patient}"}, **members}


def patient(name: str, number: str, **members: Any) -> Resource:
    """A person with the number of a medical record."""
    kind = concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR")
    return {"resourceType": "Patient", "id": name, "identifier": [{"type": kind, "value": number}], **members}


def cancer(name: str, who: str, day: str, morphology: str, topography: str, site: str, **members: Any) -> Resource:
    """A primary leiomyosarcoma as mCODE writes it."""
    histology = {"url": MCODE + "mcode-histology-morphology-behavior",
                 "valueCodeableConcept": concept(ICDO3, morphology, "Leiomyosarcoma")}  # fmt: skip
    return resource("Condition", name, who, profile="mcode-primary-cancer-condition", onsetDateTime=day,
                    extension=[histology], verificationStatus=concept("x", "confirmed"),
                    code=concept(SNOMED, "363346000", "Malignant neoplastic disease"),
                    bodySite=[concept(ICDO3, topography, site)], **members)  # fmt: skip


def drug(kind: str, name: str, who: str, code: str, display: str, reason: str, **members: Any) -> Resource:
    """A drug given for a cancer."""
    return resource(kind, name, who, medicationCodeableConcept=concept(RXNORM, code, display),
                    reasonReference=[{"reference": f"Condition/{reason}"}], **members)  # fmt: skip


def period(start: str, end: str = "") -> Resource:
    """A period, with or without an end."""
    return {"start": start, "end": end} if end else {"start": start}


def cohort() -> list[Resource]:
    """Everything of the export, in no useful order: references lead forwards and backwards."""
    margin = {"code": concept(LOINC, "44669-0"), "status": "final"}
    r1 = concept(ATHENA, "1633801", "R1: Microscopic residual tumor")
    return [
        # A: uterine, operated R1 (as IDEA4RC codes it), doxorubicin, lung metastasis, gemcitabine-docetaxel, dead
        drug("MedicationAdministration", "a-gem", "a", "12574", "gemcitabine", "a-lms", status="completed",
             effectivePeriod=period("2019-09-01", "2019-12-01")),
        cancer("a-lms", "a", "2018-01-10", "8890/3", "C54.2", "Myometrium", stage=[{"summary": concept(text="IB")}]),
        resource("Procedure", "a-op", "a", profile="mcode-cancer-related-surgical-procedure", status="completed",
                 code=concept(SNOMED, "236886002", "Hysterectomy"), performedDateTime="2018-02-01T10:00:00+01:00",
                 reasonReference=[{"reference": "Condition/a-lms"}], outcome=r1),
        resource("Condition", "a-pain", "a", code=concept(SNOMED, "22253000", "Pelvic pain"), onsetDateTime="2017-12"),
        drug("MedicationRequest", "a-dox", "a", "3639", "doxorubicin hydrochloride 2 MG/ML Injection", "a-lms",
             status="completed", intent="order", authoredOn="2018-03-01",
             dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": period("2018-03-05", "2018-07-01")}}}]),
        resource("Condition", "a-lung", "a", profile="mcode-secondary-cancer-condition", onsetDateTime="2019-08-20",
                 code=concept(SNOMED, "94391008", "Secondary malignant neoplasm of lung")),
        drug("MedicationAdministration", "a-doc", "a", "72962", "docetaxel", "a-lms", status="completed",
             effectivePeriod=period("2019-09-08", "2019-12-01")),
        patient("a", "MRN-1", gender="female", birthDate="1960-05-01", deceasedDateTime="2020-07-01"),
        # B: inferior vena cava, margin by an observation of the operation, radiation in cGy, alive
        patient("b", "MRN-2", gender="male", birthDate="1955"),
        cancer("b-lms", "b", "2019-06", "8890/3", "C49.4", "Inferior vena cava"),
        resource("Observation", "b-size", "b", profile="mcode-tumor-size", status="final",
                 code=concept(LOINC, "21889-1"), method=concept(LOINC, "24419-4", "Pathology report gross observation"),
                 effectiveDateTime="2019-07-15", component=[{"code": concept(LOINC, "33728-7"), "valueQuantity":
                                                              {"value": 8.5, "unit": "cm", "code": "cm"}}]),
        resource("Procedure", "b-op", "b", status="completed", performedDateTime="2019-07-15",
                 code=concept(SNOMED, "65801008", "Excision of tumour"), reasonReference=[{"reference": "Condition/b-lms"}]),
        resource("Observation", "b-margin", "b", **margin, partOf=[{"reference": "Procedure/b-op"}],
                 valueCodeableConcept=concept(LOINC, "LA27151-2", "Uninvolved by invasive carcinoma")),
        resource("Procedure", "b-rt", "b", profile="mcode-radiotherapy-course-summary", status="completed",
                 code=concept(SNOMED, "1217123003", "Radiotherapy course of treatment"),
                 performedPeriod=period("2019-09-01", "2019-10-10"), extension=[
                     {"url": MCODE + "mcode-radiotherapy-dose-delivered-to-volume", "extension": [
                         {"url": "totalDoseDelivered", "valueQuantity": {"value": 5000, "unit": "cGy", "code": "cGy"}},
                         {"url": "fractionsDelivered", "valueUnsignedInt": 25}]},
                     {"url": MCODE + "mcode-radiotherapy-modality-and-technique", "extension": [
                         {"url": MCODE + "mcode-radiotherapy-modality", "valueCodeableConcept": concept(
                             SNOMED, "1156506007", "External beam radiation therapy using photons")}]}]),
        resource("Encounter", "b-seen", "b", status="finished", period=period("2021-06-15T23:30:00-05:00")),
        # C: retroperitoneal, by ICD-O-3 and words alone; staged; progression; two administrations of one prescription
        patient("c", "MRN-3", gender="female", birthDate="1949-02-03", deceasedBoolean=False),
        resource("Condition", "c-lms", "c", code=concept(ICD10, "C48.0", text="Leiomyosarcoma of retroperitoneum"),
                 onsetDateTime="2020-03-03"),
        resource("Observation", "c-t", "c", code=concept(LOINC, "21899-0"), status="final",
                 valueCodeableConcept=concept("http://cancerstaging.org", "pT2"),
                 method=concept(SNOMED, "897275008"), effectiveDateTime="2020-03-20"),
        resource("Observation", "c-group", "c", code=concept(LOINC, "21902-2"), status="final",
                 valueCodeableConcept=concept("http://cancerstaging.org", "3B"),
                 method=concept(SNOMED, "897275008"), effectiveDateTime="2020-03-20"),
        drug("MedicationRequest", "c-trab", "c", "0", "trabectedin 1 MG Injection [Yondelis]", "c-lms",
             status="active", intent="order", authoredOn="2020-05-01"),
        drug("MedicationAdministration", "c-trab-1", "c", "0", "trabectedin 1 MG Injection [Yondelis]", "c-lms",
             status="completed", effectiveDateTime="2020-05-04", request={"reference": "MedicationRequest/c-trab"}),
        drug("MedicationAdministration", "c-trab-2", "c", "0", "trabectedin 1 MG Injection [Yondelis]", "c-lms",
             status="completed", effectiveDateTime="2020-05-25", request={"reference": "MedicationRequest/c-trab"}),
        resource("Observation", "c-worse", "c", profile="mcode-cancer-disease-status", status="final",
                 code=concept(LOINC, "97509-4"), effectiveDateTime="2020-09-01", focus=[{"reference": "Condition/c-lms"}],
                 valueCodeableConcept=concept(SNOMED, "271299001", "Patient's condition worsened (finding)")),
        resource("Encounter", "c-seen", "c", status="finished", period=period("2021-01-01", "2021-01-03")),
        # D: thigh; a drug that another resource describes, and one within the resource itself
        patient("d", "MRN-4", gender="male", birthDate="1970-11-30"),
        cancer("d-lms", "d", "2020-01-01", "8896/3", "C49.2", "Thigh"),
        {"resourceType": "Medication", "id": "paz", "code": concept(text="Votrient 200 mg tablets")},
        resource("MedicationStatement", "d-paz", "d", status="active", effectivePeriod=period("2020-06-01"),
                 medicationReference={"reference": "Medication/paz"}, reasonReference=[{"reference": "Condition/d-lms"}]),
        resource("MedicationStatement", "d-ifo", "d", status="completed", medicationReference={"reference": "#m"},
                 effectivePeriod=period("2020-02-01", "2020-04-01"), reasonReference=[{"reference": "Condition/d-lms"}],
                 contained=[{"resourceType": "Medication", "id": "m", "code": concept(RXNORM, "5657", "ifosfamide")}]),
        resource("AdverseEvent", "d-ae", "d", actuality="actual", event=concept(text="Hypertension"), date="2020-07-01",
                 extension=[{"url": MCODE + "adverse-event-grade", "valueCodeableConcept": concept("ctcae", "3", "Grade 3")}]),
        resource("Encounter", "d-seen", "d", status="finished", period=period("2020-12-31")),
        # E: no cancer at all
        patient("e", "MRN-5", gender="female", birthDate="1980-01-01"),
        resource("Condition", "e-htn", "e", code=concept(SNOMED, "38341003", "Hypertension"), onsetDateTime="2010-01-01"),
        {"resourceType": "Organization", "id": "o", "name": "A hospital"},
    ]  # fmt: skip


def lines(resources: Iterable[Resource]) -> str:
    """NDJSON."""
    return "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in resources)


def bundle(resources: Iterable[Resource]) -> str:
    """A collection, written for people to read."""
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, indent=2)


def by_type(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    """The resources of a bulk export, a file a type."""
    found: dict[str, list[Resource]] = {}
    for one in resources:
        found.setdefault(one["resourceType"], []).append(one)
    return found


def write(folder: Path, how: str = "bulk", resources: Iterable[Resource] | None = None) -> Path:
    """The export as `bulk` files, `gz` or `zip` of them, one NDJSON (`mixed`), a `bundle`, or a file a resource."""
    folder.mkdir(parents=True, exist_ok=True)
    told = list(cohort() if resources is None else resources)
    files = {f"{kind}.ndjson": lines(some) for kind, some in by_type(told).items()}
    if how == "bulk":
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    elif how == "gz":
        for name, text in files.items():
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    elif how == "zip":
        with zipfile.ZipFile(folder / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(f"bulk/{name}", text)
    elif how == "mixed":
        (folder / "all.ndjson").write_text(lines(told), encoding="utf-8")
    elif how == "bundle":
        (folder / "bundle.json").write_text(bundle(told), encoding="utf-8")
    else:
        for one in told:
            (folder / f"{one['resourceType']}-{one['id']}.json").write_text(json.dumps(one, indent=1), encoding="utf-8")
    return folder
