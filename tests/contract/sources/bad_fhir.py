"""FHIR files that cannot be read, and resources that cannot, each with its message."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from tests.contract.sources import fhir
from tests.contract.sources.bad import LFS, Format
from tests.contract.sources.hostile import zipped

GOOD = fhir.lines([
    fhir.patient("a", "MRN-1", gender="female", birthDate="1960-05-01", deceasedBoolean=False),
    fhir.cancer("a-lms", "a", "2018-01-10", "8890/3", "C54.2", "Myometrium"),
    fhir.resource("Encounter", "a-seen", "a", status="finished", period=fhir.period("2021-01-01")),
])  # fmt: skip
PATIENT = GOOD.splitlines(keepends=True)[0]
BUNDLE = fhir.bundle(json.loads(line) for line in GOOD.splitlines())
PACKED = gzip.compress(GOOD.encode() * 50)

#: name: (file name, bytes, code). Structural faults: the whole file is refused.
_REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("Patient2.ndjson", b"", "LM-F001"),
    "blank-lines": ("Patient2.ndjson", b"\n\n  \n", "LM-F001"),
    "lfs-pointer": ("Patient2.ndjson", LFS.encode(), "LM-F005"),
    "utf-16": ("Patient2.ndjson", GOOD.encode("utf-16"), "LM-F003"),
    "an-error-page": ("bundle2.json", b"<!DOCTYPE html><html>403</html>\n", "LM-F007"),
    "xml": ("bundle2.json", b'<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"/>', "LM-F007"),
    "other-json": ("bundle2.json", b'{"patients": [{"id": 1}]}', "LM-F007"),
    "a-list": ("bundle2.json", b'[{"id": "a"}]', "LM-F007"),
    "a-list-of-resources": ("bundle2.json", f"[{PATIENT.strip()}]".encode(), "LM-F035"),
    "a-number": ("bundle2.json", b"12", "LM-F007"),
    "bundle-cut-off": ("bundle2.json", BUNDLE[: len(BUNDLE) // 2].encode(), "LM-F035"),
    "bundle-with-a-stray-comma": ("bundle2.json", BUNDLE.replace("[", "[,", 1).encode(), "LM-F035"),
    "bundle-of-nothing": ("bundle2.json", b'{"resourceType": "Bundle", "entry": []}', "LM-F014"),
    "bundle-without-entries": ("bundle2.json", b'{"resourceType": "Bundle", "type": "searchset"}', "LM-F014"),
    "bundle-whose-entry-is-no-list": ("bundle2.json", b'{"resourceType": "Bundle", "entry": 7}', "LM-F035"),
    "bundle-whose-entries-are-words": ("bundle2.json", b'{"resourceType": "Bundle", "entry": ["a"]}', "LM-F035"),
    "bundle-in-latin-1": ("bundle2.json", BUNDLE.replace("Myometrium", "Myom\xe9trium").encode("latin-1"), "LM-F003"),
    "bundle-nested-without-end": ("bundle2.json", b'{"resourceType": "Bundle", "x": ' + b"[" * 100_000, "LM-F035"),
    "type-is-no-text": ("bundle2.json", b'{"resourceType": 5}', "LM-F035"),
    "type-is-empty": ("bundle2.json", b'{"resourceType": ""}', "LM-F035"),
    "gzip-cut-off": ("Patient2.ndjson.gz", PACKED[: len(PACKED) // 2], "LM-F036"),
    "gzip-damaged": ("Patient2.ndjson.gz", PACKED[:20] + bytes(40) + PACKED[60:], "LM-F036"),
    "gzip-of-nothing": ("Patient2.ndjson.gz", gzip.compress(b""), "LM-F001"),
    "gzip-of-other-json": ("Patient2.json.gz", gzip.compress(b'{"a": 1}'), "LM-F002"),
    "zip-cut-off": ("export2.zip", zipped({"Patient.ndjson": GOOD.encode()})[:80], "LM-F036"),
    "zip-bomb": ("export2.zip", zipped({"Patient.ndjson": GOOD.encode() + b"\n" * (128 << 20)}), "LM-F036"),
    "line-without-end": ("Patient2.ndjson", PATIENT.encode() + b'{"resourceType":"Patient","id":"' + b"a" * (33 << 20),
                         "LM-F036"),
}  # fmt: skip


def _line(kind: str = "Observation", name: str = "x", who: str = "a", **members: Any) -> str:
    return fhir.lines([fhir.resource(kind, name, who, **members)]).rstrip("\n")


_OP = fhir.concept(fhir.SNOMED, "65801008", "Excision of tumour")
_T = {"code": fhir.concept(fhir.LOINC, "21905-5"), "status": "final"}
_SIZE = {"code": fhir.concept(fhir.LOINC, "21889-1"), "status": "final"}
_DOX = {"medicationCodeableConcept": fhir.concept(fhir.RXNORM, "3639", "doxorubicin")}
_RT = {"code": fhir.concept(fhir.SNOMED, "1217123003", "Radiotherapy course of treatment"), "status": "completed",
       "performedPeriod": fhir.period("2019-09-01", "2019-10-10")}  # fmt: skip


def _dose(**quantity: Any) -> dict[str, Any]:
    inner = [{"url": "totalDoseDelivered", "valueQuantity": quantity}]
    return {
        **_RT,
        "extension": [{"url": fhir.MCODE + "mcode-radiotherapy-dose-delivered-to-volume", "extension": inner}],
    }


#: name: (the line after the patient's, code, whether it is quarantined).
_ROWS: dict[str, tuple[str, str, bool]] = {
    "no-json": ("Observation of a patient", "LM-D031", True),
    "cut-in-a-value": (_line()[:40], "LM-D031", True),
    "two-on-one-line": (_line() + _line(), "LM-D031", True),
    "no-type": ('{"id": "x", "subject": {"reference": "Patient/a"}}', "LM-D031", True),
    "a-list": ('[{"resourceType": "Observation"}]', "LM-D031", True),
    "status-as-an-object": (_line(status={"a": 1}), "LM-D031", True),
    "code-as-text": (_line(code="21889-1"), "LM-D031", True),
    "coding-as-an-object": (_line(code={"coding": {"code": "x"}}), "LM-D031", True),
    "condition-of-dstu2": (_line("Condition", clinicalStatus="active", verificationStatus="confirmed"), "LM-D031", True),
    "number-as-text": (_line(valueQuantity={"value": "8.5", "unit": "cm"}), "LM-D031", True),
    "subject-as-text": ('{"resourceType": "Observation", "subject": "Patient/a"}', "LM-D031", True),
    "nested-too-deep": ('{"resourceType":"Basic","subject":{"reference":"a"},"x":' + "[" * 20_000 + "]" * 20_000 + "}",
                        "LM-D031", True),
    "not-a-number": (_line().replace("}}", '},"valueInteger":NaN}'), "LM-D031", True),
    "nobody": ('{"resourceType": "Observation", "id": "x", "status": "final"}', "LM-D004", True),
    "subject-without-reference": ('{"resourceType": "Observation", "id": "x", "subject": {"display": "A"}}', "LM-D004", True),
    "patient-without-identifier": ('{"resourceType": "Patient", "gender": "male"}', "LM-D004", True),
    "entered-in-error": (_line(status="entered-in-error"), "LM-D033", False),
    "refuted": (_line("Condition", verificationStatus=fhir.concept("x", "refuted"), code=fhir.concept(text="Sarcoma")),
                "LM-D033", False),
    "operation-not-done": (_line("Procedure", status="not-done", code=_OP), "LM-D033", False),
    "drug-not-taken": (_line("MedicationStatement", status="not-taken", **_DOX), "LM-D033", False),
    "prescription-as-a-proposal": (_line("MedicationRequest", status="active", intent="proposal", **_DOX), "LM-D033", False),
    "potential-harm": (_line("AdverseEvent", actuality="potential", event=fhir.concept(text="Nausea")), "LM-D033", False),
    "sex-not-listed": (fhir.lines([fhir.patient("b", "M2", gender="woman")]).rstrip("\n"), "LM-D005", False),
    "birth-in-words": (fhir.lines([fhir.patient("b", "M2", birthDate="May 1960")]).rstrip("\n"), "LM-D012", False),
    "birth-on-a-31st-of-june": (fhir.lines([fhir.patient("b", "M2", birthDate="1960-06-31")]).rstrip("\n"), "LM-D012", False),
    "birth-day-first": (fhir.lines([fhir.patient("b", "M2", birthDate="01/05/1960")]).rstrip("\n"), "LM-D012", False),
    "onset-as-a-placeholder": (_line("Condition", code=fhir.concept(text="Leiomyosarcoma"), onsetDateTime="<dateTime>"),
                               "LM-D012", False),
    "category-without-meaning": (_line(**_T, valueCodeableConcept=fhir.concept("x", "large")), "LM-D005", False),
    "stage-without-meaning": (_line(code=fhir.concept(fhir.LOINC, "21908-9"),
                                    valueCodeableConcept=fhir.concept("x", "late")), "LM-D005", False),
    "size-in-another-unit": (_line(**_SIZE, valueQuantity={"value": 3, "unit": "fingers"}), "LM-D036", False),
    "size-without-a-unit": (_line(**_SIZE, valueQuantity={"value": 85}), "LM-D036", False),
    "size-bounded": (_line(**_SIZE, valueQuantity={"value": 5, "unit": "cm", "comparator": ">"}), "LM-D036", False),
    "size-of-nine-metres": (_line(**_SIZE, valueQuantity={"value": 900, "unit": "cm"}), "LM-D006", False),
    "margin-of-no-operation": (_line(code=fhir.concept(fhir.LOINC, "44669-0"), valueString="positive"), "LM-D035", False),
    "trend-without-meaning": (_line(code=fhir.concept(fhir.LOINC, "97509-4"), valueCodeableConcept=fhir.concept(text="so so")),
                              "LM-D005", False),
    "dose-in-millicuries": (_line("Procedure", **_dose(value=35, unit="mCi", code="mCi")), "LM-D007", False),
    "dose-without-a-unit": (_line("Procedure", **_dose(value=60)), "LM-D008", False),
    "dose-of-ten-times": (_line("Procedure", **_dose(value=600, unit="Gy", code="Gy")), "LM-D006", False),
    "end-before-start": (_line("Procedure", **{**_RT, "performedPeriod": fhir.period("2019-10-10", "2019-09-01")}),
                         "LM-D011", False),
    "drug-leads-nowhere": (_line("MedicationStatement", status="completed", reasonCode=[fhir.concept(text="sarcoma")],
                                 medicationReference={"reference": "Medication/gone"}), "LM-D034", False),
    "drug-not-known": (_line("MedicationStatement", status="completed", reasonCode=[fhir.concept(text="sarcoma")],
                             medicationCodeableConcept=fhir.concept(text="Elixir of life")), "LM-C002", False),
}  # fmt: skip


def _write(folder: Path) -> Path:
    folder.mkdir()
    (folder / "export.ndjson").write_text(GOOD, encoding="utf-8")
    return folder


FHIR = Format("fhir", _write, _REFUSED, "rows.ndjson", PATIENT, _ROWS, by_line=True)
