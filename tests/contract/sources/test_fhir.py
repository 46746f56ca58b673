"""FHIR: one export in every form gives one set of tables; public files come back as expected; versions and references."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from leiomyo.errors import InputError
from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from tests import biotab
from tests.contract.sources import fhir
from tests.contract.sources.studies import codes, rows

HERE = Path(__file__).parent
FIELDS = ["export", "item", "name", "n"]
FORMS = ("bulk", "gz", "zip", "mixed", "bundle", "single")
EXPORTS = ("fhir_ndjson_synthea", "mcode_bundles", "mcode_extraction/bundles", "mcode_extraction/odd",
           "mcode_extraction/sample-client-data")  # fmt: skip


def tables(held: Registry) -> dict[str, list[tuple[object, ...]]]:
    """Every case table without where its rows come from."""
    return {name: held.store.rows(f"SELECT patient, {', '.join(one for one, _ in table.stored())} FROM {name} ORDER BY ALL")
            for name, table in TABLES.items()}  # fmt: skip


def read(folder: Path, *resources: fhir.Resource, how: str = "mixed") -> Registry:
    """A registry that holds some resources, all rows accounted for."""
    held = Registry()
    result = held.ingest(fhir.write(folder, how, resources or None))
    assert result.status == "new", result.problems
    for file in result.files:
        assert file["rows"] == sum(file[fate] or 0 for fate in ("kept", "superseded", "quarantined"))
    return held


@pytest.mark.parametrize("how", FORMS)
def test_an_export_gives_the_same_tables_in_every_form(how: str, tmp_path: Path) -> None:
    with read(tmp_path / "a", how="bulk") as bulk, read(tmp_path / "b", how=how) as other:
        assert tables(other) == tables(bulk)
        assert codes(other) == []


def test_the_whole_course_comes_back(tmp_path: Path) -> None:
    with read(tmp_path / "a") as held:
        assert rows(held, "lms_case WHERE lms = 'yes'", "patient", "site_group") == [
            ("MRN-1", "uterine"), ("MRN-2", "large_vessel"), ("MRN-3", "retroperitoneal_abdominal"), ("MRN-4", "extremity")]  # fmt: skip
        assert rows(held, "surgery", "patient", "kind", "margin", "residual_tumor") == [
            ("MRN-1", "primary", None, "R1"), ("MRN-2", "primary", "negative", None)]  # fmt: skip
        assert rows(held, "radiotherapy", "dose_gy", "fractions", "technique", "end_low - start_low") == [
            (50.0, 25, "external", 39)]  # fmt: skip
        assert rows(held, "disease_status", "patient", "status", "site", "moment") == [
            ("MRN-1", "distant_metastasis", "lung", "later"), ("MRN-3", "progression", None, "later")]  # fmt: skip
        assert rows(held, "symptom", "term", "onset_high - onset_low") == [("pain", 30)]
        assert rows(held, "diagnosis WHERE size_mm IS NOT NULL", "size_mm", "size_basis") == [(85.0, "pathological")]
        assert rows(held, "adverse_event", "term", "grade") == [("Hypertension", 3)]
        told = [
            (line["patient"], line["line"], line["regimen"], line["start_day"])
            for line in held.lines().to_dict()["lines"]
        ]
        # by hand: 2018-03-05 and 2019-09-01 from 2018-01-10; 2020-05-04 from 2020-03-03; 2020-02-01 and 2020-06-01
        assert told == [("MRN-1", 0, "doxorubicin", 54), ("MRN-1", 1, "gem_doc", 599), ("MRN-3", 1, "trabectedin", 62),
                        ("MRN-4", 1, "ifosfamide", 31), ("MRN-4", 2, "pazopanib", 152)]  # fmt: skip
        [group] = held.survival("os").groups
        # A dies 903 days after 2018-01-10; the others are last seen alive on days 730±14, 306 and 365
        assert (group["n"], group["events"], group["median_days"]) == (4, 1, 903)


def test_encounter_diagnoses_of_the_same_site_are_no_second_cancer(tmp_path: Path) -> None:
    def coded(name: str, day: str, code: str, text: str) -> fhir.Resource:
        return fhir.resource("Condition", name, "a", code=fhir.concept(fhir.ICD10, code, text), recordedDate=day)

    visits = [coded("v1", "2019-05-20", "C54.2", "Malignant neoplasm of myometrium"),
              coded("v2", "2020-09-01", "C55", "Malignant neoplasm of uterus"),
              coded("lms", "2019-06-01", "C54.2", "Leiomyosarcoma of uterus"),
              coded("again", "2021-02-03", "", "Local recurrence of leiomyosarcoma"),
              coded("past", "2022-01-01", "Z85.831", "History of leiomyosarcoma"),
              coded("skin", "2015-01-01", "C44.3", "Basal cell carcinoma of skin of face"),
              coded("skin2", "2016-01-01", "C44.3", "Basal cell carcinoma of skin of face")]  # fmt: skip
    with read(tmp_path / "a", fhir.patient("a", "A", gender="female"), *visits) as held:
        assert rows(held, "diagnosis", "role", "histology", "diagnosis_low") == [
            ("index", "Leiomyosarcoma of uterus", 18036),  # 2019-05-20, when it was first told
            ("other_primary", "Basal cell carcinoma of skin of face", 16436)]  # fmt: skip
        assert rows(held, "disease_status", "status", "day_low") == [("local_recurrence", 18661)]
        assert [row for row in held.conflicts() if row["column"] == "diagnosis"] == []


def test_a_prescription_says_nothing_where_its_administrations_are_told(tmp_path: Path) -> None:
    with read(tmp_path / "a") as held:
        given = rows(held, "drug_exposure WHERE agent = 'trabectedin'", "record")
        assert given == [("MedicationAdministration/c-trab-1",), ("MedicationAdministration/c-trab-2",)]


def test_a_day_is_the_one_on_the_local_calendar(tmp_path: Path) -> None:
    late = fhir.resource("Encounter", "x", "p", status="finished", period=fhir.period("2021-06-15T23:30:00-05:00"))
    early = fhir.resource("Encounter", "y", "q", status="finished", period=fhir.period("2021-06-15T00:30:00+14:00"))
    with read(tmp_path / "a", fhir.patient("p", "P"), fhir.patient("q", "Q"), late, early) as held:
        days = {row[0] for row in rows(held, "patient", "last_contact_low")}
        assert days == {18793}  # 2021-06-15


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_versions_the_newest_counts(order: int, tmp_path: Path) -> None:
    def version(stamp: str, day: str) -> fhir.Resource:
        done = fhir.resource("Procedure", "op", "a", status="completed", performedDateTime=day,
                             code=fhir.concept(text="Excision of tumour"), reasonReference=[{"reference": "Condition/a-lms"}])  # fmt: skip
        return {**done, "meta": {"lastUpdated": stamp}}

    both = [version("2020-01-01T10:00:00Z", "2018-02-01"), version("2020-01-02T09:00:00.5Z", "2018-02-03")][::order]
    with read(tmp_path / "a", *fhir.cohort()[1:2], fhir.patient("a", "A"), *both) as held:
        assert rows(held, "surgery", "day_low") == [(17565,)]  # 2018-02-03
        assert [problem.code for problem in held.problems() if problem.code == "LM-D037"] == ["LM-D037"]


def test_what_was_entered_in_error_takes_its_earlier_versions_along(tmp_path: Path) -> None:
    lung = next(one for one in fhir.cohort() if one["id"] == "a-lung")
    wrong = {**lung, "verificationStatus": fhir.concept("x", "entered-in-error")}
    with read(tmp_path / "a", fhir.patient("a", "A"), fhir.cohort()[1], lung, wrong) as held:
        assert rows(held, "disease_status", "status") == []


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/a",
        "urn:uuid:a",
        "https://x.example/fhir/Patient/a",
        "Patient/a/_history/3",
        "Patient?identifier=http://h|MRN-1",
    ],
)
def test_every_way_to_refer_to_a_patient_finds_the_same(reference: str, tmp_path: Path) -> None:
    pain = {
        **fhir.resource("Condition", "x", "a", code=fhir.concept(text="Back pain")),
        "subject": {"reference": reference},
    }
    with read(tmp_path / "a", fhir.patient("a", "MRN-1", gender="female"), pain) as held:
        assert rows(held, "symptom", "patient") == [("MRN-1",)]
        assert codes(held) == []


def test_a_patient_whom_nobody_describes_is_kept_under_the_reference(tmp_path: Path) -> None:
    with read(tmp_path / "a", fhir.resource("Condition", "x", "gone", code=fhir.concept(text="Back pain"))) as held:
        assert rows(held, "symptom", "patient") == [("gone",)]
        assert "LM-F038" in codes(held)


def test_an_absent_value_keeps_its_reason(tmp_path: Path) -> None:
    reason = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
    }
    person = {**fhir.patient("a", "A", gender="female", deceasedBoolean=False), "_birthDate": reason}
    with read(tmp_path / "a", person) as held:
        [(missing,)] = rows(held, "patient", "missing")
        assert json.loads(str(missing))["birth"] == "not_reported"


@pytest.mark.parametrize(
    ("code", "residual"),
    [("1634643", "R0"), ("1633801", "R1"), ("1634484", "R2"), ("4121182", "R0"), ("4175704", "R1"), ("4081832", "R2"),
     ("4129922", "RX")],
)  # fmt: skip
def test_residual_tumour_is_read_in_both_code_sets_of_idea4rc(code: str, residual: str, tmp_path: Path) -> None:
    operation = {
        **next(one for one in fhir.cohort() if one["id"] == "a-op"),
        "outcome": fhir.concept(fhir.ATHENA, code),
    }
    with read(tmp_path / "a", fhir.patient("a", "A"), fhir.cohort()[1], operation) as held:
        assert rows(held, "surgery", "residual_tumor") == [(residual,)]


def test_a_resource_in_the_wrong_file_is_read_and_told(tmp_path: Path) -> None:
    (tmp_path / "Condition.ndjson").write_text(fhir.lines([fhir.patient("a", "A", gender="male")]), encoding="utf-8")
    with Registry() as held:
        held.ingest(tmp_path)
        assert (rows(held, "patient", "sex"), codes(held)) == ([("male",)], ["LM-D032"])


def test_rejects_keep_line_byte_and_member(tmp_path: Path) -> None:
    good = fhir.lines([fhir.patient("a", "A", gender="male")])
    (tmp_path / "all.ndjson").write_text(good + '{"resourceType":"Observation","code":"x"}\n' + good, encoding="utf-8")
    with Registry() as held:
        held.ingest(tmp_path)
        [problem] = [one for one in held.problems() if one.severity == "error"]
        assert (problem.row, f"Byte {len(good)}" in problem.detail, "$.code" in problem.detail) == (2, True, True)
        assert held.store.rows("SELECT count(*) FROM quarantine") == [(1,)]


def test_validation_on_request_names_the_members_and_no_value(tmp_path: Path) -> None:
    pytest.importorskip("fhir.resources")
    loose = fhir.resource("Encounter", "x", "a", status="finished", period=fhir.period("2021-06-15"))
    with Registry() as held:
        result = held.ingest(
            fhir.write(tmp_path / "a", "mixed", [fhir.patient("a", "A", gender="female"), loose]), validate=True
        )
        [problem] = [one for one in result.problems if one.code == "LM-D038"]
        assert ("class" in problem.detail, "2021" in problem.detail, problem.row) == (True, False, 2)
        assert rows(held, "patient", "vital_status") == [("alive",)]
    with pytest.raises(InputError, match="--validate goes with FHIR"), Registry() as held:
        held.ingest(biotab.write(tmp_path / "b", patient=[{}]), validate=True)


# --- public files -----------------------------------------------------------------------------------------


def _expected() -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    with (HERE / "expected" / "fhir.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["export"], []).append((row["item"], row["name"], row["n"]))
    return found


def told(path: Path) -> list[tuple[str, str, str]]:
    """What an export gives, as the rows of the expected results."""
    with Registry() as held:
        result = held.ingest(path, format="fhir", whole=False)
        found = [("status", result.status, "1"), ("lms", "", str(len(rows(held, "lms_case WHERE lms = 'yes'", "*"))))]
        for file in result.files:
            kept, superseded, quarantined = (file[fate] or 0 for fate in ("kept", "superseded", "quarantined"))
            assert file["rows"] == kept + superseded + quarantined
            found += [("rows", file["file"], str(file["rows"])), ("quarantined", file["file"], str(quarantined))]
        found += [("table", name, str(n)) for name in TABLES
                  if (n := held.store.rows(f"SELECT count(*) FROM {name}")[0][0])]  # fmt: skip
        problems = Counter((problem.file, problem.code) for problem in result.problems)
        return sorted(found + [("problem", f"{file} {code}", str(n)) for (file, code), n in problems.items()])


@pytest.mark.parametrize("export", EXPORTS)
def test_a_public_export_is_read_to_what_was_expected(export: str, shared: Path) -> None:
    assert told(shared / export) == sorted(_expected()[export])


def accept(shared: Path) -> None:
    """Write the expected results anew, for review in the diff: `python -m tests.contract.sources.test_fhir`."""
    with (HERE / "expected" / "fhir.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        for export in EXPORTS:
            writer.writerows([export, *row] for row in told(shared / export))


def test_the_mcode_example_comes_back(shared: Path) -> None:
    """The persona of the mCODE guide, read by hand out of fullBundle.json."""
    with Registry() as held:
        held.ingest(shared / "mcode_bundles" / "fullBundle.json")
        person = "WHERE patient = 'MRN1234'"
        assert rows(held, f"diagnosis {person}", "laterality", "size_mm", "size_basis") == [
            ("left", 25.0, "pathological")
        ]
        assert rows(held, f"surgery {person} AND kind = 'primary'", "margin", "day_low") == [("negative", 17622)]
        assert rows(held, f"drug_exposure {person}", "agent") == [
            ("anastrozole",), ("cyclophosphamide",), ("doxorubicin",), ("paclitaxel",)]  # fmt: skip
        assert rows(held, f"stage {person} AND t IS NOT NULL", "t", "n", "m", "stage_group", "edition", "basis") == [
            ("T3", "N0", "M0", "IIB", "8th", "clinical")]  # fmt: skip
        assert len(rows(held, f"biomarker {person}", "gene")) == 5
        assert rows(held, f"radiotherapy {person}", "fractions", "technique", "setting") == [
            (30, "external", "curative")
        ]


#: The rows from which the framework's own tests make its bundles.
CSV: dict[str, dict[str, str]] = {
    "csv-condition-bundle": {
        "mrn": "mrn-1", "conditionId": "conditionId-1", "codeSystem": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C02.0",
        "displayName": "Some Cancer Condition", "category": "example-category", "dateOfDiagnosis": "YYYY-MM-DD",
        "clinicalStatus": "example-status", "verificationStatus": "example-status", "bodySite": "example-site",
        "laterality": "example-laterality", "histology": "example-histology"},
    "csv-staging-bundle": {
        "mrn": "mrn-1", "conditionId": "cond-1", "stageGroup": "3C", "t": "cT3", "n": "cN3", "m": "cM0", "type": "Clinical",
        "stagingSystem": "444256004", "stagingCodeSystem": "http://snomed.info/sct", "effectiveDate": "2020-01-01"},
    "csv-adverse-event-bundle": {
        "mrn": "mrn-1", "adverseEventId": "adverseEventId-1", "adverseEventCode": "109006",
        "adverseEventCodeSystem": "code-system", "adverseEventDisplayText": "Anxiety disorder of childhood OR adolescence",
        "suspectedCauseId": "procedure-id", "suspectedCauseType": "Procedure", "actuality": "actual",
        "effectiveDate": "12-09-1994"},
    "csv-encounter-bundle": {
        "mrn": "mrn-1", "encounterId": "encounterId-1", "status": "arrived", "startDate": "2020-01-10",
        "endDate": "2020-01-10"},
    "csv-procedure-bundle": {
        "mrn": "mrn-1", "procedureId": "procedure-1", "conditionId": "condition-id", "status": "completed",
        "code": "152198000", "codeSystem": "http://snomed.info/sct", "displayName": "Brachytherapy (procedure)",
        "reasonCode": "example-code", "reasonCodeSystem": "example-system", "reasonDisplayName": "example-name",
        "effectiveDate": "2020-01-01", "bodySite": "example-site", "treatmentIntent": "example-treatment-intent"},
    "csv-medication-administration-bundle": {
        "mrn": "mrn-1", "medicationId": "medicationId-1", "code": "example-code", "codeSystem": "example-code-system",
        "displayText": "Example Text", "startDate": "YYYY-MM-DD", "endDate": "YYYY-MM-DD", "treatmentReasonCode":
        "example-reason", "treatmentReasonCodeSystem": "example-code-system", "treatmentReasonDisplayText": "Example Text",
        "treatmentIntent": "example-code", "status": "example-status"},
    "csv-cancer-disease-status-bundle": {
        "mrn": "mrn-1", "conditionId": "cond-1", "diseaseStatusCode": "USCRS-352236", "diseaseStatusText":
        "Cancer in complete remission(finding)", "dateOfObservation": "2019-12-02", "observationStatus": "amended"},
    "csv-ctc-adverse-event-bundle": {
        "mrn": "mrn-1", "adverseEventId": "adverseEventId-1", "adverseEventCode": "109006",
        "adverseEventCodeSystem": "code-system", "adverseEventDisplayText": "Anxiety disorder of childhood OR adolescence",
        "adverseEventText": "event-text", "effectiveDate": "12-09-1994", "grade": "1", "actuality": "actual"},
}  # fmt: skip


@pytest.mark.parametrize("bundle", CSV)
def test_a_csv_of_the_extraction_framework_gives_the_tables_of_its_bundle(
    bundle: str, shared: Path, tmp_path: Path
) -> None:
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(CSV[bundle]))
        writer.writeheader()
        writer.writerow(CSV[bundle])
    found: list[Any] = []
    for path in (tmp_path / "rows.csv", shared / "mcode_extraction" / "bundles" / f"{bundle}.json"):
        with Registry() as held:
            assert held.ingest(path).status == "new"
            found.append(tables(held))
    assert found[0] == found[1]
    assert any(found[0][name] for name in TABLES if name != "patient") or bundle == "csv-encounter-bundle"


if __name__ == "__main__":
    from tests.conftest import SHARED

    accept(SHARED)
