"""What REDCap's exports mean: boxes of forms that nobody opened, codes or labels, codes for no value, repeats, XML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leiomyo.registry import Registry
from tests.contract.sources import projects
from tests.contract.sources.bad_redcap import DICTIONARY, ENTITIES, FIELDS, GOOD, GOOD_ROW, records
from tests.contract.sources.projects import codes, field, ingest
from tests.contract.sources.sheets import told

SITES = field("mets_site", "spread", "checkbox", choices="1, Lung | 2, Liver")
SPREAD = [field("record_id", "person"), SITES, field("mets_note", "spread", "notes"), field("mets_seen", "spread")]
#: REDCapR's issue 420: the second record's form was never opened, and its export looks like the third's.
P6 = "record_id,mets_site___1,mets_site___2,mets_note,mets_seen,spread_complete\n1,1,0,,,2\n2,0,0,,,0\n3,0,0,,,2\n"
P6_MAPPING = """sheets:
  - file: data.csv
    patient: record_id
    says:
      - {disease_status: {status: {is: distant_metastasis}, site: {is: lung}}, when: {mets_site___1: "1"}}
      - {disease_status: {status: {is: no_metastasis}, site: {is: lung}}, when: {mets_site___1: "0"}}
      - diagnosis: {uterine_involvement: mets_site___1}
"""


def test_p6_an_unticked_box_of_a_form_never_opened_is_unknown_by_a_mapping(tmp_path: Path) -> None:
    """OuhscBbmc/REDCapR#420: lung metastasis yes, unknown, no; known of two of three."""
    registry = ingest(
        tmp_path, {"dictionary.csv": projects.dictionary(*SPREAD), "data.csv": P6, "mapping.yaml": P6_MAPPING}
    )
    assert told(registry, "disease_status", "patient", "status", "site") == [
        ("1", "distant_metastasis", "lung"), ("3", "no_metastasis", "lung")]  # fmt: skip
    assert told(registry, "diagnosis", "patient", "uterine_involvement") == [("1", True), ("3", False)]
    assert told(registry, "patient", "patient") == [("1",), ("2",), ("3",)]


def test_p6_by_an_annotation(tmp_path: Path) -> None:
    says = "disease_status.site, status=distant_metastasis, none=no_metastasis"
    fields = [
        SPREAD[0],
        SITES | field("mets_site", "spread", "checkbox", choices="1, Lung | 2, Liver", says=says),
        *SPREAD[2:],
    ]
    registry = ingest(tmp_path, {"dictionary.csv": projects.dictionary(*fields), "data.csv": P6})
    assert told(registry, "disease_status", "patient", "status", "site") == [
        ("1", "distant_metastasis", "lung"), ("3", "no_metastasis", None)]  # fmt: skip
    assert (codes(registry), len(told(registry, "patient", "patient"))) == ([], 3)


@pytest.mark.parametrize(
    ("line", "known"),
    [("0,0,,,0", None), ("0,0,,,", None), ("0,0,,,2", "no"), ("0,0,seen,,0", "no"), ("0,0,,2020-01-01,0", "no"),
     ("0,1,,,0", "no"), ("0,0,,,1", "no"), (",,,,2", None)],
)  # fmt: skip
def test_a_form_counts_as_opened_by_its_status_or_by_anything_in_it(
    line: str, known: str | None, tmp_path: Path
) -> None:
    data = P6.splitlines()[0] + f"\n1,{line}\n"
    registry = ingest(
        tmp_path, {"dictionary.csv": projects.dictionary(*SPREAD), "data.csv": data, "mapping.yaml": P6_MAPPING}
    )
    found = [status for (status,) in told(registry, "disease_status", "status")]
    assert found == (["no_metastasis"] if known else [])


def _state(registry: Registry) -> list[object]:
    tables = ("patient", "diagnosis", "disease_status", "drug_exposure", "radiotherapy")
    hidden = {"file", "row", "statement", "statements", "origins", "record"}
    return [sorted((json.dumps({key: value for key, value in row.items() if key not in hidden}, sort_keys=True))
                   for row in registry.store.dicts(f"SELECT * FROM {table}")) for table in tables]  # fmt: skip


LABELS = {
    "sex": "Female", "vital": "Alive", "person_complete": "Complete", "histology": "Leiomyosarcoma", "uterus": "Yes",
    "mets___1": "Checked", "mets___2": "Unchecked", "tumour_complete": "Complete", "therapy_complete": "Unverified",
    "radiation_complete": "Incomplete",
}  # fmt: skip
HEADERS = {
    "record_id": "Record Id", "redcap_event_name": "Event Name", "redcap_repeat_instrument": "Repeat Instrument",
    "redcap_repeat_instance": "Repeat Instance", "seen": "Seen", "mets___1": "Mets (choice=Lung)",
    "mets___2": "Mets (choice=Liver)", "person_complete": "Complete?", "tumour_complete": "Complete?",
    "therapy_complete": "Complete?", "radiation_complete": "Complete?",
}  # fmt: skip


def test_codes_labels_and_labels_as_headers_are_the_same_records(tmp_path: Path) -> None:
    raw = ingest(tmp_path / "p", {"dictionary.csv": DICTIONARY, "a.csv": GOOD})
    labelled = tmp_path / "q" / "p"
    labels = ingest(labelled, {"dictionary.csv": DICTIONARY, "a.csv": records(LABELS)})
    names = ",".join(HEADERS.get(name, name.replace("_", " ").title()) for name in GOOD_ROW)
    both = "\n".join([names, *records(LABELS).splitlines()[1:]]) + "\n"
    headed = ingest(tmp_path / "r" / "p", {"dictionary.csv": DICTIONARY, "a.csv": both})
    assert codes(raw) == codes(labels) == codes(headed) == []
    assert _state(raw) == _state(labels) == _state(headed)
    assert told(raw, "diagnosis", "histology", "size_mm", "mitoses_per_10_hpf", "uterine_involvement") == [
        ("Leiomyosarcoma", 75.0, 14.5, True)]  # fmt: skip
    assert told(raw, "disease_status", "status", "moment", "site") == [("distant_metastasis", "at_diagnosis", "lung")]


@pytest.mark.parametrize("sign", [";", "\t", "|", "^"])
def test_any_sign_that_redcap_offers_between_the_cells_is_read(sign: str, tmp_path: Path) -> None:
    text = (
        GOOD.replace('"7,5"', "7.5" if sign == "," else "7,5")
        .replace("7,5", "7§5")
        .replace(",", sign)
        .replace("§", ",")
    )
    registry = ingest(tmp_path / "p", {"dictionary.csv": DICTIONARY, "a.csv": text})
    assert (told(registry, "diagnosis", "size_mm"), codes(registry)) == ([(75.0,)], [])


def test_the_usual_codes_for_no_value_are_reasons_where_no_text_can_stand(tmp_path: Path) -> None:
    told_by = {"sex": "UNK", "mitoses": "NASK", "seen": "NAV", "uterus": "NA"}
    registry = ingest(tmp_path, {"dictionary.csv": DICTIONARY, "a.csv": records(told_by)})
    [(missing,)] = registry.store.rows("SELECT missing FROM diagnosis")
    assert (codes(registry), json.loads(missing)) == (
        [], {"mitoses_per_10_hpf": "not_evaluated", "uterine_involvement": "not_applicable"})  # fmt: skip
    [(missing,)] = registry.store.rows("SELECT missing FROM patient")
    assert json.loads(missing) == {"death": "blank", "last_contact": "not_available", "sex": "unknown"}


def test_the_projects_own_codes_for_no_value_come_from_its_xml(tmp_path: Path) -> None:
    xml = projects.odm(FIELDS, {}, missing="-99, Not asked | -77, Not applicable")
    told_by = {"mitoses": "-99", "size": "-77", "histology": "-99", "drug": "-99", "uterus": "0"}
    data = records(told_by).replace("tumour_complete", "mets____99,tumour_complete").replace(",1,0,,2,", ",,,,1,2,")
    registry = ingest(tmp_path, {"project.xml": xml, "a.csv": data})
    [(missing,)] = registry.store.rows("SELECT missing FROM diagnosis")
    assert json.loads(missing) == {
        "mitoses_per_10_hpf": "not_evaluated", "size_mm": "not_applicable", "histology": "not_evaluated"}  # fmt: skip
    assert told(registry, "disease_status", "site") == []
    assert (told(registry, "drug_exposure", "agent"), codes(registry)) == ([(None,)], [])


@pytest.mark.parametrize(("cell", "sites"), [("1,2", ["liver", "lung"]), ("Lung,Liver", ["liver", "lung"]), ("2", ["liver"]),
                                             ("", [])])  # fmt: skip
def test_boxes_combined_in_one_column_are_the_same_boxes(cell: str, sites: list[str], tmp_path: Path) -> None:
    rows = records({}).replace("mets___1,mets___2", "mets").replace(",1,0,,2,", f',"{cell}",,2,')
    registry = ingest(tmp_path, {"dictionary.csv": DICTIONARY, "a.csv": rows})
    assert (sorted(site for (site,) in told(registry, "disease_status", "site")), codes(registry)) == (sites, [])


def test_a_combined_box_opens_its_form(tmp_path: Path) -> None:
    fields = [SPREAD[0], SITES | field("mets_site", "spread", "checkbox", choices="1, Lung | 2, Liver",
                                       says="disease_status.site, status=distant_metastasis, none=no_metastasis")]  # fmt: skip
    data = "record_id,mets_site,spread_complete\n1,Lung,0\n2,,0\n3,,2\n"
    registry = ingest(tmp_path, {"dictionary.csv": projects.dictionary(*fields), "data.csv": data})
    assert told(registry, "disease_status", "patient", "status") == [
        ("1", "distant_metastasis"),
        ("3", "no_metastasis"),
    ]


def test_a_combined_box_that_is_no_choice_is_set_aside(tmp_path: Path) -> None:
    rows = records({}).replace("mets___1,mets___2", "mets").replace(",1,0,,2,", ',"1,9",,2,')
    assert codes(ingest(tmp_path, {"dictionary.csv": DICTIONARY, "a.csv": rows})) == ["LM-D023"]


def test_the_mapping_may_name_the_centre(tmp_path: Path) -> None:
    files = {
        "dictionary.csv": projects.dictionary(*SPREAD),
        "data.csv": P6,
        "mapping.yaml": "centre: here\n" + P6_MAPPING,
    }
    assert {centre for (centre,) in told(ingest(tmp_path, files), "patient", "centre")} == {"here"}


REPEATS = [
    field("record_id", "person"), field("histology", "person", says="diagnosis.histology"),
    field("dx", "person", says="diagnosis.diagnosis"),
    field("op_day", "op", says="surgery.day"), field("margin", "op", "radio", choices="negative, Negative | positive, Positive",
                                                     says="surgery.margin"),
]  # fmt: skip
REPEATED = """record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,histology,dx,person_complete,op_day,margin,op_complete
1,base_arm_1,,,site_a,Leiomyosarcoma,2019-06,2,,,
1,base_arm_1,op,1,site_a,,,,2019-07-01,positive,2
1,base_arm_1,op,2,site_a,,,,2019-08-01,negative,2
1,visit_arm_1,,,site_a,,,,,,
2,base_arm_2,,,,,,0,,,
"""


def test_repeating_instruments_events_and_arms_are_rows_of_one_person(tmp_path: Path) -> None:
    registry = ingest(tmp_path, {"dictionary.csv": projects.dictionary(*REPEATS), "data.csv": REPEATED})
    assert told(registry, "surgery", "patient", "day_", "margin", "record") == [
        ("1", "2019-07-01", "positive", "1/base_arm_1/op/1"), ("1", "2019-08-01", "negative", "1/base_arm_1/op/2")]  # fmt: skip
    assert told(registry, "diagnosis", "diagnosis_") == [("2019-06-01..2019-06-30",)]
    assert [row[0] for row in told(registry, "patient", "patient")] == ["1", "2"]
    assert codes(registry) == []


LABELLED = REPEATED.replace("base_arm_1", "Base (Arm 1: A)").replace("visit_arm_1", "Visit (Arm 1: A)").replace(
    "base_arm_2", "Base (Arm 2: B)")  # fmt: skip
for code, label in {",op,": ",Operation,", "positive,2": "Positive,Complete", "negative,2": "Negative,Complete",
                    ",2,,,\n": ",Complete,,,\n", ",0,,,\n": ",Incomplete,,,\n"}.items():  # fmt: skip
    LABELLED = LABELLED.replace(code, label)


def test_events_and_instruments_with_labels_stand_at_the_same_places(tmp_path: Path) -> None:
    files = {"dictionary.csv": projects.dictionary(*REPEATS), "raw.csv": REPEATED, "labels.csv": LABELLED}
    status, problems = _outcome(tmp_path, files)
    assert (status, problems) == ("new", [("LM-F017", "dictionary.csv"), ("LM-F017", "raw.csv")])


def test_the_xml_alone_is_read_and_its_repeats_stay_apart(tmp_path: Path) -> None:
    xml = projects.odm(REPEATS, {
        "1": [("person", "1", {"record_id": "1", "histology": "Leiomyosarcoma", "dx": "2019-06", "person_complete": "2"}),
              ("op", "1", {"op_day": "2019-07-01", "margin": "positive"}),
              ("op", "2", {"op_day": "2019-08-01", "margin": "negative"})],
        "2": [("person", "1", {"record_id": "2"})],
    }, repeating=["op"])  # fmt: skip
    registry = ingest(tmp_path, {"project.xml": xml})
    assert told(registry, "surgery", "patient", "day_", "margin", "record") == [
        ("1", "2019-07-01", "positive", "1/op/1"), ("1", "2019-08-01", "negative", "1/op/2")]  # fmt: skip
    assert told(registry, "patient", "centre", "patient") == [("Made", "1"), ("Made", "2")]


@pytest.mark.parametrize("before", [ENTITIES, '<!DOCTYPE ODM SYSTEM "http://127.0.0.1:9/x.dtd">', "<!DOCTYPE ODM>"])
def test_an_xml_with_a_document_type_is_refused_before_anything_of_it_is_used(before: str, tmp_path: Path) -> None:
    (tmp_path / "p.xml").write_text(projects.odm(REPEATS, {"1": [("person", "1", {"record_id": "1"})]}, before=before))
    with Registry() as held:
        result = held.ingest(tmp_path / "p.xml")
        assert (result.status, [problem.code for problem in result.problems]) == ("refused", ["LM-F027"])


def test_a_project_of_which_nothing_is_known_keeps_its_people_and_says_what_to_do(tmp_path: Path) -> None:
    plain = [{key: value for key, value in one.items() if key != "Field Annotation"} for one in REPEATS]
    registry = ingest(tmp_path, {"dictionary.csv": projects.dictionary(*plain), "data.csv": REPEATED})
    assert codes(registry) == ["LM-F029"]
    assert len(told(registry, "patient", "patient")) == 2


# --- Several files ----------------------------------------------------------------------------------------


def _outcome(folder: Path, files: dict[str, str]) -> tuple[str, list[tuple[str, str]]]:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    with Registry() as held:
        result = held.ingest(folder)
        return result.status, sorted((p.code, p.file) for p in result.problems if p.code not in {"LM-F015", "LM-R001"})


def test_two_files_that_tell_the_same_are_read_once(tmp_path: Path) -> None:
    files = {"dictionary.csv": DICTIONARY, "raw.csv": GOOD, "labels.csv": records(LABELS)}
    assert _outcome(tmp_path, files) == ("new", [("LM-F017", "dictionary.csv"), ("LM-F017", "raw.csv")])


def test_two_files_that_tell_one_record_differently_are_refused(tmp_path: Path) -> None:
    files = {"dictionary.csv": DICTIONARY, "a.csv": GOOD, "b.csv": records({"mitoses": "15"})}
    assert _outcome(tmp_path, files) == ("refused", [("LM-F017", "dictionary.csv"), ("LM-F028", "b.csv")])


def test_files_of_other_records_or_forms_are_read_together(tmp_path: Path) -> None:
    files = {"dictionary.csv": DICTIONARY, "a.csv": GOOD, "b.csv": records({"record_id": "P2"}),
             "c.csv": "record_id,note\nP1,seen again\n"}  # fmt: skip
    status, problems = _outcome(tmp_path, files)
    assert (status, problems) == ("new", [("LM-F017", "dictionary.csv")])


def test_two_dictionaries_that_differ_are_refused_and_two_that_agree_are_not(tmp_path: Path) -> None:
    other = DICTIONARY.replace("1, Female | 2, Male", "2, Female | 1, Male")
    status, problems = _outcome(tmp_path / "a", {"d1.csv": DICTIONARY, "d2.csv": other, "a.csv": GOOD})
    assert (status, ("LM-F028", "a.csv") in problems) == ("refused", True)
    status, problems = _outcome(tmp_path / "b", {"d1.csv": DICTIONARY, "d2.csv": DICTIONARY, "a.csv": GOOD})
    assert (status, problems) == ("new", [("LM-F017", "d1.csv"), ("LM-F017", "d2.csv")])


def test_two_projects_in_one_folder_are_refused(tmp_path: Path) -> None:
    second = projects.dictionary(*[{**one, "Form Name": "another"} for one in REPEATS])
    files = {
        "d1.csv": DICTIONARY,
        "d2.csv": second,
        "a.csv": GOOD,
        "b.csv": "record_id,dx,op_day,another_complete\n1,2019,,2\n",
    }
    status, problems = _outcome(tmp_path, files)
    assert (status, ("LM-F019", "b.csv") in problems) == ("refused", True)


def test_projects_in_folders_and_xmls_of_one_ingest_are_not_taken_for_one(tmp_path: Path) -> None:
    """Their records have the same names; each by itself is read."""
    for name in ("a", "b"):
        (tmp_path / "csv" / name).mkdir(parents=True)
        (tmp_path / "csv" / name / "d.csv").write_text(DICTIONARY)
        (tmp_path / "csv" / name / "data.csv").write_text(GOOD)
    (tmp_path / "xml").mkdir()
    for name in ("One", "Other"):
        text = projects.odm(REPEATS, {"1": [("person", "1", {"record_id": "1"})]}).replace(
            "<StudyName>Made", f"<StudyName>{name}"
        )
        (tmp_path / "xml" / f"{name}.xml").write_text(text)
    for folder, second in (("csv", "b/data.csv"), ("xml", "Other.xml")):
        status, problems = _outcome(tmp_path / folder, {})
        assert (status, ("LM-F019", second) in problems) == ("refused", True)
        with Registry() as held:
            assert held.ingest(tmp_path / folder / second).status == "new"


def test_a_mapping_that_names_what_the_project_lacks_is_refused(tmp_path: Path) -> None:
    mapping = P6_MAPPING.replace("diagnosis: {uterine_involvement: mets_site___1}", "diagnosis: {histology: entity}")
    files = {"dictionary.csv": projects.dictionary(*SPREAD), "data.csv": P6, "mapping.yaml": mapping}
    status, problems = _outcome(tmp_path, files)
    assert (status, ("LM-F016", "data.csv") in problems) == ("refused", True)


@pytest.mark.parametrize(
    "annotation", ["diagnosis.colour", "diagnosis", "disease_status.site, status=somewhere", "diagnosis.size_mm, unit=",
                   "disease_status.site, none=perhaps", "surgery.day, hue=blue"],
)  # fmt: skip
def test_an_annotation_that_names_what_is_not_there_is_refused_by_its_field(annotation: str, tmp_path: Path) -> None:
    fields = [*REPEATS[:3], field("odd", "op", says=annotation)]
    data = "record_id,histology,dx,odd,op_complete\n1,Leiomyosarcoma,2019,x,2\n"
    (tmp_path / "d.csv").write_text(projects.dictionary(*fields))
    (tmp_path / "data.csv").write_text(data)
    with Registry() as held:
        [problem] = [one for one in held.ingest(tmp_path).problems if one.severity == "error" and one.code != "LM-F012"]
        assert (problem.code, problem.column) == ("LM-F027", "odd")


def test_the_mapping_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "dictionary.csv").write_text(projects.dictionary(*SPREAD))
    (tmp_path / "data.csv").write_text(P6)
    mapping = tmp_path / "elsewhere.yaml"
    mapping.write_text(P6_MAPPING)
    with Registry() as held:
        result = held.ingest(tmp_path / "data.csv", mapping=mapping)
        assert (result.status, [file["rows"] for file in result.files]) == ("new", [3])
        assert len(told(held, "disease_status", "status")) == 2
