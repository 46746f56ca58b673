"""The data dictionary that is written obeys REDCap's rules, and what REDCap then exports is read back with no mapping."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leiomyo.cli import app
from leiomyo.exports.redcap_dictionary import COLUMNS, DICTIONARY, dictionary, rows
from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from leiomyo.sources.redcap_plan import targets
from leiomyo.sources.redcap_project import Project, read_dictionary
from tests.contract.sources.projects import codes
from tests.contract.sources.sheets import told

Forms = Mapping[str, Sequence[Mapping[str, str]]]
#: Three people with their whole course: values by field, boxes as the codes that are ticked.
PEOPLE: dict[str, Forms] = {
    "LMS-001": {
        "patient": [{"pat_sex": "female", "pat_birth": "1955-03", "pat_vital": "dead", "pat_death": "2021-02-10",
                     "pat_cause": "disease"}],
        "diagnosis": [{"dx_date": "2018-01-10", "dx_histology": "lms", "dx_site": "uterus", "dx_size_mm": "85", "dx_grade": "3",
                       "dx_size_basis": "pathological", "dx_grade_system": "FNCLCC", "dx_mitoses": "22", "dx_uterus": "1",
                       "dx_necrosis": "focal", "dx_depth": "deep", "dx_spread": "no_metastasis"}],
        "stage": [{"st_system": "FIGO", "st_edition": "2009", "st_basis": "pathological", "st_group": "IB"}],
        "symptoms": [{"sy_term": "bleeding", "sy_onset": "2017-11", "sy_severity": "moderate"},
                     {"sy_term": "pain", "sy_onset": "2017"}],
        "surgery": [{"op_kind": "primary", "op_date": "2018-02-01", "op_margin": "negative", "op_residual": "R0",
                     "op_morcellation": "0"},
                    {"op_kind": "metastasectomy", "op_date": "2019-03-15", "op_margin": "positive", "op_residual": "R1"}],
        "radiotherapy": [{"rt_start": "2018-03-01", "rt_end": "2018-04-12", "rt_dose_gy": "50.4", "rt_fractions": "28",
                          "rt_setting": "adjuvant", "rt_target": "primary"}],
        "drugs": [{"dr_agent": "Doxorubicin", "dr_start": "2019-03-20", "dr_end": "2019-07-01", "dr_response": "PD"},
                  {"dr_agent": "Yondelis", "dr_start": "2019-07-20", "dr_ongoing": "0"}],
        "disease_status": [{"ds_status": "distant_metastasis", "ds_date": "2019-03-01", "ds_sites": "lung liver",
                            "ds_route": "haematogenous"},
                           {"ds_status": "progression", "ds_date": "2019-07-10", "ds_sites": "lung"}],
        "follow_up": [{"fu_date": "2020-01-15", "fu_status": "AWD", "fu_tumor": "with_tumor"}],
        "biomarkers": [{"bm_gene": "TP53", "bm_alteration": "R175H", "bm_method": "sequencing", "bm_date": "2018-02"}],
        "adverse_events": [{"ae_term": "Febrile neutropenia", "ae_grade": "3", "ae_date": "2019-05-02",
                            "ae_treatment": "doxorubicin"}],
    },
    "LMS-002": {
        "patient": [{"pat_sex": "male", "pat_vital": "alive", "pat_last_contact": "2020-06-30"}],
        "diagnosis": [{"dx_date": "2019-06", "dx_age": "61", "dx_histology": "lms_pleomorphic", "dx_site": "other",
                       "dx_site_words": "inferior vena cava", "dx_spread": "distant_metastasis", "dx_spread_sites": "lung bone"}],
        "surgery": [],
        "follow_up": [{"fu_date": "2021-01-05", "fu_status": "AWD"}],
    },
    "LMS-003": {
        "patient": [{"pat_sex": "female", "pat_vital": "alive", "pat_last_contact": "2022"}],
        "diagnosis": [{"dx_date": "2020-02-02", "dx_histology": "lms", "dx_site": "thigh", "dx_laterality": "left"}],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The dictionary, written and read."""
    folder = tmp_path_factory.mktemp("made")
    outcome = CliRunner().invoke(app, ["export", "redcap-dictionary", str(folder)])
    assert outcome.exit_code == 0, outcome.output
    return read_dictionary(folder / DICTIONARY, DICTIONARY, ",")


# --- REDCap's rules ---------------------------------------------------------------------------------------


def test_the_dictionary_obeys_redcaps_rules() -> None:
    found = dictionary()
    names = [row[COLUMNS[0]] for row in found]
    assert len(COLUMNS) == 18
    assert names[0] == "record_id"
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z](?:_?[a-z0-9])*", name) or len(name) > 26] == []
    forms = [row["Form Name"] for row in found]
    assert forms == sorted(forms, key=list(dict.fromkeys(forms)).index), "a form's fields stand together"
    assert {row["Field Type"] for row in found} <= {"text", "radio", "dropdown", "checkbox", "yesno"}
    for row in found:
        listed = row["Choices, Calculations, OR Slider Labels"]
        assert bool(listed) == (row["Field Type"] in {"radio", "dropdown", "checkbox"}), row
        assert all(re.fullmatch(r"[A-Za-z0-9_]+, .+", part) for part in listed.split(" | ") if listed), row
        named = re.findall(r"\[([a-z0-9_]+)\]", row["Branching Logic (Show field only if...)"])
        assert set(named) <= set(names), row
        assert row["Text Validation Type OR Show Slider Number"] in {"", "number", "integer"}
    assert not {f"{form}_complete" for form in forms} & set(names)


def test_labels_are_plain_and_name_one_field_each() -> None:
    labels = [row["Field Label"] for row in dictionary()]
    assert len(set(labels)) == len(labels)
    assert [label for label in labels if "_" in label or len(label) > 60] == []


def test_every_field_but_the_records_name_fills_a_column(project: Project) -> None:
    for one in project.fields[1:]:
        assert targets(one), one.name
    filled = {(target.table, target.column) for one in project.fields for target in targets(one)}
    assert {table for table, _ in filled} == set(TABLES)


def test_it_says_which_forms_repeat(tmp_path: Path) -> None:
    with Registry() as held:
        held.export("redcap-dictionary", tmp_path)
    with (tmp_path / "instruments.csv").open(encoding="utf-8", newline="") as stream:
        forms = {row["form_name"]: row["repeating"] for row in csv.DictReader(stream)}
    assert list(forms) == list(dict.fromkeys(row["Form Name"] for row in dictionary()))
    assert [form for form, repeats in forms.items() if repeats == "no"] == ["patient", "diagnosis"]
    text = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert all(form in text for form in forms)
    assert DICTIONARY in text


# --- What REDCap would export -----------------------------------------------------------------------------


def exported(project: Project, *, labels: bool) -> str:
    """The record export of the people: raw, or labels with labels as headers."""
    keys = ["redcap_repeat_instrument", "redcap_repeat_instance"]
    columns = [project.record.name, *keys]
    headers = [project.record.label, "Repeat Instrument", "Repeat Instance"]
    for form in project.forms:
        for one in (field for field in project.fields if field.form == form and field is not project.record):
            columns += one.columns
            headers += ([f"{one.label} (choice={label})" for label in one.choices.values()]
                        if one.type == "checkbox" else [one.label])  # fmt: skip
        columns.append(f"{form}_complete")
        headers.append("Complete?")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(headers if labels else columns)
    for record, forms in PEOPLE.items():
        for place, row in _rows(project, forms, labels=labels):
            writer.writerow([record, *place, *(row.get(column, "") for column in columns[3:])])
    return stream.getvalue()


def _rows(project: Project, forms: Forms, *, labels: bool) -> list[tuple[tuple[str, str], dict[str, str]]]:
    """The base row with the forms that stand once, then each repeat; boxes of forms never opened show as 0."""
    repeats = {row["form"] for row in rows("redcap_forms.csv") if row["repeats"] == "yes"}
    base: dict[str, str] = {}
    for form in (form for form in project.forms if form not in repeats):
        base |= _form(project, form, (forms.get(form) or [{}])[0], labels=labels)
    found = [(("", ""), base)]
    for form in repeats:
        for number, values in enumerate(forms.get(form, ()), start=1):
            found.append(((form.replace("_", " ").title() if labels else form, str(number)),
                          _form(project, form, values, labels=labels)))  # fmt: skip
    return found


def _form(project: Project, form: str, values: Mapping[str, str], *, labels: bool) -> dict[str, str]:
    row = {f"{form}_complete": ("Complete" if labels else "2") if values else ("Incomplete" if labels else "0")}
    for one in (field for field in project.fields if field.form == form):
        value = values.get(one.name, "")
        if one.type == "checkbox":
            ticked = [code in value.split() for code in one.choices]
            shown = [("Checked" if tick else "Unchecked") if labels else str(int(tick)) for tick in ticked]
            row |= dict(zip(one.columns, shown, strict=True))
        else:
            row[one.name] = one.choices.get(value, value) if labels else value
    return row


@pytest.fixture(scope="module", params=[False, True], ids=["raw", "labels"])
def registry(request: pytest.FixtureRequest, project: Project, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A registry of what REDCap would export of the people."""
    folder = tmp_path_factory.mktemp("export")
    for path in project.file.parent.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "records.csv").write_text(exported(project, labels=request.param), encoding="utf-8")
    held = Registry()
    result = held.ingest(folder, centre="made")
    assert result.status == "new", [str(problem) for problem in result.problems]
    assert {problem.severity for problem in result.problems} == {"info"}
    return held


def test_the_whole_course_comes_back(registry: Registry) -> None:
    assert codes(registry) == []
    assert told(registry, "patient", "patient", "sex", "birth_", "vital_status", "death_", "last_contact_") == [
        ("LMS-001", "female", "1955-03-01..1955-03-31", "dead", "2021-02-10", "2020-01-15"),
        ("LMS-002", "male", None, "alive", None, "2021-01-05"),
        ("LMS-003", "female", None, "alive", None, "2022-01-01..2022-12-31")]  # fmt: skip
    assert told(registry, "diagnosis", "patient", "diagnosis_", "histology", "size_mm", "grade", "site_text")[:2] == [
        ("LMS-001", "2018-01-10", "Leiomyosarcoma", 85.0, "3", "Uterus"),
        ("LMS-002", "2019-06-01..2019-06-30", "Pleomorphic leiomyosarcoma", None, None, "inferior vena cava")]  # fmt: skip
    assert registry.store.rows("SELECT patient, lms, site_group FROM lms_case ORDER BY patient") == [
        ("LMS-001", "yes", "uterine"), ("LMS-002", "yes", "large_vessel"), ("LMS-003", "yes", "extremity")]  # fmt: skip
    assert sorted(told(registry, "symptom", "term", "onset_", "severity")) == [
        ("bleeding", "2017-11-01..2017-11-30", "Moderate"), ("pain", "2017-01-01..2017-12-31", None)]  # fmt: skip
    assert sorted(told(registry, "surgery", "kind", "day_", "margin", "residual_tumor", "morcellation")) == [
        ("metastasectomy", "2019-03-15", "positive", "R1", None), ("primary", "2018-02-01", "negative", "R0", False)]  # fmt: skip
    assert told(registry, "radiotherapy", "start_", "end_", "dose_gy", "fractions", "target") == [
        ("2018-03-01", "2018-04-12", 50.4, 28, "primary")]  # fmt: skip
    assert sorted(told(registry, "drug_exposure", "agent", "start_", "end_", "ongoing", "response"), key=str) == [
        ("doxorubicin", "2019-03-20", "2019-07-01", None, "PD"), ("trabectedin", "2019-07-20", None, False, None)]  # fmt: skip


def test_spread_by_site_stage_results_and_events_come_back(registry: Registry) -> None:
    found = told(registry, "disease_status", "patient", "status", "moment", "day_", "site")
    assert sorted(found, key=str) == [
        ("LMS-001", "distant_metastasis", None, "2019-03-01", "liver"),
        ("LMS-001", "distant_metastasis", None, "2019-03-01", "lung"),
        ("LMS-001", "no_metastasis", "at_diagnosis", None, None),
        ("LMS-001", "progression", None, "2019-07-10", "lung"),
        ("LMS-002", "distant_metastasis", "at_diagnosis", None, "bone"),
        ("LMS-002", "distant_metastasis", "at_diagnosis", None, "lung")]  # fmt: skip
    assert told(registry, "stage WHERE NOT derived", "system", "edition", "basis", "stage_group") == [
        ("FIGO", "2009", "pathological", "IB")]  # fmt: skip
    assert told(registry, "biomarker", "gene", "alteration", "day_") == [("TP53", "R175H", "2018-02-01..2018-02-28")]
    assert told(registry, "adverse_event", "term", "grade", "day_", "attributed_to") == [
        ("Febrile neutropenia", 3, "2019-05-02", "doxorubicin")]  # fmt: skip
    assert sorted(told(registry, "follow_up", "patient", "contact_", "status")) == [
        ("LMS-001", "2020-01-15", "AWD"), ("LMS-002", "2021-01-05", "AWD")]  # fmt: skip


def test_survival_and_lines_follow_from_it(registry: Registry) -> None:
    [group] = registry.survival("os").groups
    assert (group["n"], group["events"]) == (3, 1)
    assert [(line["patient"], line["line"], line["regimen"]) for line in registry.lines().rows] == [
        ("LMS-001", 1, "doxorubicin"), ("LMS-001", 2, "trabectedin")]  # fmt: skip
