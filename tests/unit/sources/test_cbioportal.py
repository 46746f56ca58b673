"""The cBioPortal reader: patient and sample files, old and new."""

from __future__ import annotations

from pathlib import Path

import pytest

from leiomyo.registry import Registry
from leiomyo.sources.cbioportal_study import MONTHS, month_length
from leiomyo.sources.cells import months
from tests.contract.sources.studies import PATIENT, SAMPLE, codes, read, rows, table, write


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [
        ("12.3", 373, 375),
        ("12", 351, 380),
        ("12.29", 374, 374),
        ("12.30", 374, 375),
        ("0", 0, 15),
        ("0.0", 0, 1),
        ("967", 29418, 29448),
    ],
)
def test_months_are_the_whole_days_that_their_printed_precision_allows(printed: str, low: int, high: int) -> None:
    day = months(printed, length=(30.4375, 30.4375)).value
    assert (day.low, day.high) == (low, high)


@pytest.mark.parametrize("length", MONTHS)
@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
def test_the_day_that_was_printed_in_months_always_lies_in_the_interval(length: float, decimals: int) -> None:
    for day in range(0, 9000, 13):
        found = months(f"{day / length:.{decimals}f}", length=(min(MONTHS), max(MONTHS))).value
        assert found.low <= day <= found.high


@pytest.mark.parametrize("length", MONTHS[:3])
def test_the_length_of_a_month_is_told_by_values_with_two_decimals(length: float) -> None:
    assert month_length(f"{day / length:.2f}" for day in range(100, 4000, 101)) == (length, length)
    assert month_length(f"{day / length:.1f}" for day in range(100, 4000, 101)) == (min(MONTHS), max(MONTHS))


@pytest.mark.parametrize("written", ["#VALUE!", "1e3", "12,3", "nan", ">60"])
def test_months_that_are_no_number_are_set_aside(written: str) -> None:
    assert months(written, length=(30.4, 30.44)).code == "LM-D002"


@pytest.mark.parametrize(
    ("written", "status"),
    [("0:LIVING", "alive"), ("1:DECEASED", "dead"), ("LIVING", "alive"), ("DECEASED", "dead"), ("0:living", "alive"),
     ("0:ALIVE", "alive"), ("1: Dead", "dead")],
)  # fmt: skip
def test_vital_status_is_read_old_and_new(written: str, status: str, tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"OS_STATUS": written}], sample=[{}])
    column = "death" if status == "dead" else "last_contact"
    assert rows(registry, "patient", "axis", "vital_status", f"{column}_low", f"{column}_high") == [
        ("diagnosis", status, 373, 375)
    ]
    assert codes(registry) == []


@pytest.mark.parametrize("written", ["1:LIVING", "0:DECEASED", "2:LIVING", "yes", "1"])
def test_a_status_whose_parts_disagree_is_set_aside_and_its_time_with_it(written: str, tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"OS_STATUS": written}], sample=[{}])
    assert rows(registry, "patient", "vital_status", "death_low", "last_contact_low") == [(None, None, None)]
    assert codes(registry) == ["LM-D005", "LM-D017"]


@pytest.mark.parametrize(("status", "months_"), [("1:DECEASED", "[Not Available]"), ("1:DECEASED", "")])
def test_a_death_without_a_time_stays_a_death(status: str, months_: str, tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"OS_STATUS": status, "OS_MONTHS": months_}], sample=[{}])
    assert rows(registry, "patient", "vital_status", "death_low") == [("dead", None)]


def test_days_beat_months_and_a_difference_is_told(tmp_path: Path) -> None:
    row = {"OS_STATUS": "1:DECEASED", "OS_MONTHS": "12.3", "DAYS_TO_DEATH": "374", "DAYS_TO_LAST_FOLLOWUP": "NA"}
    registry = read(tmp_path / "a", patient=[row])
    assert rows(registry, "patient", "death_low", "death_high") == [(374, 374)]
    assert codes(registry) == []
    registry = read(tmp_path / "b", patient=[{**row, "DAYS_TO_DEATH": "474"}])
    assert rows(registry, "patient", "death_low") == [(474,)]
    assert codes(registry) == ["LM-D016"]


def test_a_death_in_one_status_column_beats_alive_in_the_other(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"OS_STATUS": "0:LIVING", "VITAL_STATUS": "Dead"}])
    assert rows(registry, "patient", "vital_status") == [("dead",)]
    assert codes(registry) == ["LM-D016"]


@pytest.mark.parametrize("above", [0, 4, 5])
def test_header_rows_may_be_there_or_not(above: int, tmp_path: Path) -> None:
    registry = read(tmp_path, above=above, patient=[{}], sample=[{}])
    assert rows(registry, "patient", "patient", "sex", "vital_status") == [("P1", "female", "alive")]
    assert rows(registry, "lms_case", "lms") == [("yes",)]


def test_an_old_single_file_holds_patients_and_samples(tmp_path: Path) -> None:
    file = tmp_path / "data_clinical.txt"
    file.write_text(table([{**SAMPLE, **PATIENT, "OS_STATUS": "DECEASED"}]), encoding="utf-8")
    registry = Registry()
    assert registry.ingest(file).status == "new"
    assert rows(registry, "patient", "vital_status") == [("dead",)]
    assert registry.survival("os").groups[0]["n"] == 1


@pytest.mark.parametrize(
    ("sample", "lms", "group"),
    [
        ({"ONCOTREE_CODE": "LMS"}, "yes", "unknown"),
        ({"ONCOTREE_CODE": "ULMS"}, "yes", "uterine"),
        ({"ONCOTREE_CODE": "UELMS"}, "yes", "uterine"),
        ({"ONCOTREE_CODE": "lms", "PRIMARY_SITE": "Retroperitoneum"}, "yes", "retroperitoneal_abdominal"),
        ({"ONCOTREE_CODE": "", "CANCER_TYPE_DETAILED": "Uterine Leiomyosarcoma"}, "yes", "unknown"),
        ({"ONCOTREE_CODE": "SARCNOS", "CANCER_TYPE_DETAILED": "Leiomyosarcoma"}, "yes", "unknown"),
        ({"ONCOTREE_CODE": "NA", "CANCER_TYPE": "Leiomyosarcoma"}, "yes", "unknown"),
        ({"ONCOTREE_CODE": "LMS", "CANCER_TYPE_DETAILED": "Dedifferentiated Liposarcoma"}, "query", "unknown"),
        ({"ONCOTREE_CODE": "ULM"}, "no", "uterine"),
        ({"ONCOTREE_CODE": "USTUMP"}, "no", "uterine"),
        ({"ONCOTREE_CODE": "GIST"}, "no", "unknown"),
        ({"ONCOTREE_CODE": "LUAD"}, "no", "unknown"),
        ({"ONCOTREE_CODE": "ZZZ"}, "no", "unknown"),
        ({"ONCOTREE_CODE": "", "CANCER_TYPE": "Soft Tissue Sarcoma"}, "no", "unknown"),
        ({"ONCOTREE_CODE": ""}, "no", "unknown"),
    ],
)
def test_leiomyosarcoma_is_found_by_code_and_by_words(
    sample: dict[str, str], lms: str, group: str, tmp_path: Path
) -> None:
    registry = read(tmp_path, patient=[{}], sample=[sample])
    assert rows(registry, "lms_case", "lms") == [(lms,)]
    if lms != "no" and "Uterine" not in sample.get("CANCER_TYPE_DETAILED", ""):
        assert rows(registry, "lms_case", "site_group") == [(group,)]


def test_a_second_cancer_of_a_patient_is_kept_beside_the_leiomyosarcoma(tmp_path: Path) -> None:
    samples = [{"SAMPLE_ID": "P1-1", "ONCOTREE_CODE": "BRCA"}, {"SAMPLE_ID": "P1-2", "ONCOTREE_CODE": "LMS"},
               {"SAMPLE_ID": "P1-3", "ONCOTREE_CODE": "ULMS"}, {"SAMPLE_ID": "P1-4", "ONCOTREE_CODE": "SARCNOS"}]  # fmt: skip
    registry = read(tmp_path, patient=[{}], sample=samples)
    assert rows(registry, "diagnosis", "tumour", "role", "histology", "diagnosis_low") == [
        ("1", "index", "Leiomyosarcoma", 0),
        ("brca", "other_primary", "Invasive Breast Carcinoma", None),
    ]


def test_a_mere_type_is_no_diagnosis(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"HISTOLOGY": "Pleomorphic"}], sample=[{}])
    assert rows(registry, "diagnosis", "histology", "histology_subtype") == [("Leiomyosarcoma", "Pleomorphic")]
    assert registry.conflicts() == []


def test_events_of_survival_columns_are_dated_by_their_interval(tmp_path: Path) -> None:
    row = {"DFS_STATUS": "1:Recurred/Progressed", "DFS_MONTHS": "6.0", "DMFS_STATUS": "0:no metastasis"}
    registry = read(tmp_path, patient=[row], sample=[{}])
    assert rows(registry, "disease_status", "status", "day_low", "day_high", "moment") == [
        ("new_tumor_event", 181, 184, "later")
    ]
    assert rows(registry, "follow_up", "new_tumor_event", "contact_low") == [(True, 373)]


def test_disease_free_says_that_there_was_no_event(tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"DFS_STATUS": "0:DiseaseFree", "DFS_MONTHS": "12.3"}])
    assert rows(registry, "disease_status", "status") == []
    assert rows(registry, "follow_up", "new_tumor_event") == [(False,)]


def test_a_progression_free_time_that_ends_with_the_death_is_no_progression(tmp_path: Path) -> None:
    dead = {"OS_STATUS": "1:DECEASED", "OS_MONTHS": "12.3", "PFS_STATUS": "1:PROGRESSION"}
    registry = read(tmp_path / "same", patient=[{**dead, "PFS_MONTHS": "12.3"}])
    assert rows(registry, "disease_status", "status") == []
    registry = read(tmp_path / "earlier", patient=[{**dead, "PFS_MONTHS": "6.0"}])
    assert rows(registry, "disease_status", "status", "day_low") == [("progression", 181)]


def test_a_time_counted_from_treatment_is_a_lower_bound_and_said_to_be(tmp_path: Path) -> None:
    row = {"DFS_STATUS": "1:Recurred", "DFS_MONTHS": "6.0"}
    told = {"DFS_MONTHS": "Disease free (months) since initial treatment."}
    registry = read(tmp_path, patient=[row], descriptions=told)
    assert rows(registry, "disease_status", "day_low", "day_high") == [(181, 375)]
    assert codes(registry) == ["LM-D018"]


def test_survival_counted_from_sequencing_gives_no_day(tmp_path: Path) -> None:
    told = {"OS_MONTHS": "Overall survival in months since sequencing"}
    registry = read(tmp_path, patient=[{"OS_STATUS": "1:DECEASED"}], descriptions=told)
    assert rows(registry, "patient", "vital_status", "death_low") == [("dead", None)]
    assert codes(registry) == ["LM-D018"]


def test_the_cause_of_a_death_comes_from_disease_specific_survival(tmp_path: Path) -> None:
    people = [{"PATIENT_ID": "P1", "OS_STATUS": "1:DECEASED", "DSS_STATUS": "1:DEAD WITH TUMOR"},
              {"PATIENT_ID": "P2", "OS_STATUS": "1:DECEASED", "DSS_STATUS": "0:ALIVE OR DEAD TUMOR FREE"},
              {"PATIENT_ID": "P3", "OS_STATUS": "0:LIVING", "DSS_STATUS": "0:ALIVE OR DEAD TUMOR FREE"}]  # fmt: skip
    registry = read(tmp_path, patient=people)
    assert rows(registry, "patient", "patient", "cause_of_death") == [("P1", "disease"), ("P2", "other"), ("P3", None)]


@pytest.mark.parametrize(
    ("sample", "told"),
    [
        ({"SAMPLE_TYPE": "Metastasis", "METASTATIC_SITE": "Lung"}, [("distant_metastasis", "lung", "any_time", None)]),
        ({"SAMPLE_TYPE": "Metastasis", "TUMOR_SITE": "Liver"}, [("distant_metastasis", "liver", "any_time", None)]),
        ({"SAMPLE_TYPE": "Local Recurrence"}, [("local_recurrence", None, "any_time", None)]),
        ({"SAMPLE_TYPE": "Primary", "METASTATIC_SITE": "Not Applicable"}, []),
    ],
)
def test_the_kind_of_a_sample_tells_of_spread_without_a_day(
    sample: dict[str, str], told: list[tuple[object, ...]], tmp_path: Path
) -> None:
    registry = read(tmp_path, patient=[{}], sample=[sample])
    assert rows(registry, "disease_status", "status", "site", "moment", "day_low") == told


def test_stages_are_told_apart_by_system(tmp_path: Path) -> None:
    row = {"AJCC_PATHOLOGIC_TUMOR_STAGE": "STAGE IIIB", "PATH_T_STAGE": "t2b", "STAGE": "II", "FIGO_STAGE": "IB"}
    registry = read(tmp_path, patient=[row])
    told = rows(registry, "stage", "system", "basis", "stage_group", "t")
    assert ("AJCC", "pathological", "STAGE IIIB", "T2b") in told
    assert ("FIGO", None, "IB", None) in told
    assert (None, None, "II", None) in told


def test_the_study_names_the_centre_and_its_folder_where_no_meta_file_does(tmp_path: Path) -> None:
    assert rows(read(tmp_path / "a", patient=[{}]), "patient", "centre") == [("lms_made_up",)]
    assert rows(read(tmp_path / "lms_folder", meta=None, patient=[{}]), "patient", "centre") == [("lms_folder",)]
    clinical = "cancer_study_identifier: lms_other\ndatatype: PATIENT_ATTRIBUTES\n"
    folder = write(tmp_path / "b", meta=None, patient=[{}])
    (folder / "meta_clinical.txt").write_text(clinical, encoding="utf-8")
    registry = Registry()
    registry.ingest(folder)
    assert rows(registry, "patient", "centre") == [("lms_other",)]


def test_an_update_of_a_study_speaks_of_the_same_patients(tmp_path: Path) -> None:
    registry = Registry()
    registry.ingest(write(tmp_path / "update", patient=[{"OS_STATUS": "1:DECEASED", "OS_MONTHS": "20.0"}]))
    registry.ingest(write(tmp_path / "study", patient=[{}], sample=[{}]))
    assert rows(registry, "patient", "vital_status", "death_low") == [("dead", 607)]
    assert rows(registry, "lms_case", "lms") == [("yes",)]


def test_two_studies_in_one_folder_are_never_taken_for_one(tmp_path: Path) -> None:
    studies = {name: f"cancer_study_identifier: {name}\n" for name in ("lms_a", "lms_b")}
    for name, meta in studies.items():
        write(tmp_path / "both" / name, meta=meta, patient=[{}], sample=[{}])
    registry = Registry()
    result = registry.ingest(tmp_path / "both")
    told = [(problem.code, problem.file) for problem in result.problems if problem.severity == "error"]
    assert (result.status, told) == ("refused", [("LM-F019", f"lms_b/data_clinical_{kind}.txt") for kind in ("patient", "sample")])  # fmt: skip
    write(tmp_path / "both" / "lms_b", meta=studies["lms_a"])
    assert registry.ingest(tmp_path / "both").status == "new"


def test_what_a_study_holds_beside_is_left_aside_with_a_word(tmp_path: Path) -> None:
    folder = write(tmp_path / "study", patient=[{}], sample=[{}])
    (folder / "data_mutations.txt").write_text("Hugo_Symbol\tTumor_Sample_Barcode\nTP53\tP1-T\n", encoding="utf-8")
    (folder / "data_cna.txt").write_text("Hugo_Symbol\tP1-T\nRB1\t-2\n", encoding="utf-8")
    (folder / "data_gene_panel_matrix.txt").write_text("SAMPLE_ID\tmutations\nP1-T\tIMPACT\n", encoding="utf-8")
    (folder / "case_lists").mkdir()
    listed = "cancer_study_identifier: lms_made_up\nstable_id: lms_made_up_all\ncase_list_ids: P1-T\n"
    (folder / "case_lists" / "cases_all.txt").write_text(listed, encoding="utf-8")
    registry = Registry()
    result = registry.ingest(folder)
    assert (result.status, [file["kind"] for file in result.files]) == ("new", ["patient", "sample"])
    assert sorted(problem.file for problem in result.problems if problem.code == "LM-F017") == [
        "case_lists/cases_all.txt", "data_cna.txt", "data_gene_panel_matrix.txt", "data_mutations.txt",
        "meta_study.txt",
    ]  # fmt: skip
    assert {problem.severity for problem in result.problems} == {"info"}


def test_columns_that_are_not_used_are_told_once_a_file(tmp_path: Path) -> None:
    people = [{"PATIENT_ID": name, "MUTATION_COUNT": "3", "SHOE_SIZE": "38"} for name in ("P1", "P2", "P3")]
    registry = read(tmp_path, patient=people)
    [problem] = [problem for problem in registry.problems() if problem.code == "LM-F015"]
    assert problem.detail == "Not used: MUTATION_COUNT, SHOE_SIZE."


@pytest.mark.parametrize("written", ["[Not Available]", "NA", "", "[Unknown]", "Not Applicable"])
def test_a_missing_value_keeps_its_reason(written: str, tmp_path: Path) -> None:
    registry = read(tmp_path, patient=[{"SEX": written}])
    [(sex, missing)] = rows(registry, "patient", "sex", "missing ->> 'sex'")
    reasons = {"": "blank", "[Unknown]": "unknown", "Not Applicable": "not_applicable"}
    assert (sex, missing) == (None, reasons.get(written, "not_available"))
    assert codes(registry) == []


def test_a_molecular_file_named_alone_is_refused_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "meta_study.txt").write_text(
        "cancer_study_identifier: lms\ntype_of_cancer: lms\nname: n\n", encoding="utf-8"
    )
    (tmp_path / "data_mutations.txt").write_text("Hugo_Symbol\tTumor_Sample_Barcode\nTP53\tS1\n", encoding="utf-8")
    result = Registry().ingest(tmp_path / "data_mutations.txt")
    assert result.status == "refused"
    assert any(problem.severity == "error" for problem in result.problems)
