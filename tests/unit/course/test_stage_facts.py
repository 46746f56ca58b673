import json
import os
from collections import Counter
from pathlib import Path

import pytest

import leiomyo
from leiomyo.course.stage import derive_stages, staged_cases
from leiomyo.outcomes import description
from leiomyo.outcomes.cohort import cohort

SHARED = Path(os.environ.get("LEIOMYO_SHARED", Path(__file__).parents[4] / "shared" / "data"))
EXAMPLE = Path(__file__).parents[3] / "tests" / "handmade" / "cohort"


@pytest.fixture(scope="module")
def example():
    return leiomyo.read(EXAMPLE)


def test_derived_rows_say_so_and_point_at_the_diagnosis(example):
    rows = example.store.dicts("""SELECT s.*, d.statement AS own, d.row AS own_row FROM stage s
                                  JOIN diagnosis d USING (centre, patient) WHERE s.derived AND d.role = 'index'""")
    assert rows
    assert all((row["statement"], row["row"], row["tumour"]) == (row["own"], row["own_row"], "1") for row in rows)
    assert Counter(f"{row['system']} {row['stage_group']}" for row in rows) == {
        "AJCC IIIA": 3, "AJCC IIIB": 1, "AJCC IB": 1}  # fmt: skip


def test_nothing_is_derived_for_a_patient_with_a_stated_group(example):
    both = example.store.rows("""SELECT patient FROM stage WHERE tumour = '1' AND stage_group IS NOT NULL
                                 GROUP BY patient HAVING count(DISTINCT coalesce(derived, false)) > 1""")
    assert both == []


def test_deriving_twice_changes_nothing(example):
    before = example.store.rows("SELECT * FROM stage ORDER BY ALL")
    derive_stages(example.store)
    assert example.store.rows("SELECT * FROM stage ORDER BY ALL") == before


def test_recorded_stage_stays_as_it_was_and_the_joint_column_names_the_system(example):
    members = {row["patient"]: row for row in cohort(example.store)}
    shown = {name: (row["stage_group"], row["stage"], row["ajcc_t"]) for name, row in members.items()}
    assert shown["LMEX-03-A208"] == ("Stage IA", "FIGO IA", None)
    assert shown["LMEX-02-A109"] == ("Stage IIA", "AJCC 7th IIA", None)
    assert shown["LMEX-03-A209"] == ("Stage IIIA", "AJCC IIIA", "T2")
    assert shown["LMEX-01-A004"] == (None, "AJCC IIIA", "T2")
    assert shown["LMEX-01-A011"] == (None, None, None)


def test_the_report_shows_recorded_and_derived_apart(example):
    told = description.stage(example.store, cohort(example.store))
    assert (told["recorded"], told["derived"], told["of"]) == (23, 5, 34)
    assert {row["system"] for row in told["rows"]} == {"AJCC", "FIGO", "AJCC, derived"}
    assert sum(row["n"] for row in told["not_derived"]) == 34 - 23 - 5
    assert told["grade_flags"] == [{"flag": "graded after neo-adjuvant therapy", "n": 1}]
    json.dumps(told)


def test_a_disagreement_is_in_the_ledger_and_the_stated_value_stands(tmp_path):
    source = next(EXAMPLE.glob("*clinical_patient*"))
    for file in EXAMPLE.iterdir():
        text = file.read_text(encoding="utf-8")
        if file == source:
            text = "\n".join(line.replace("Stage IA\t", "Stage IB\t") if "LMEX-03-A208" in line else line
                             for line in text.split("\n"))  # fmt: skip
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    registry = leiomyo.read(tmp_path)
    found = [row for row in registry.conflicts() if (row["table"], row["kind"]) == ("stage", "contradiction")]
    assert [(row["patient"], row["column"], row["kept"]) for row in found] == [
        ("LMEX-03-A208", "stage_group", "Stage IB")
    ]
    assert ("Stage IB",) in registry.store.rows("SELECT stage_group FROM stage WHERE patient = 'LMEX-03-A208'")


@pytest.mark.skipif(not (SHARED / "tcga_sarc").exists(), reason="TCGA-SARC is not here")
def test_tcga_sarc_has_no_grade_so_few_groups_can_be_derived():
    registry = leiomyo.read(SHARED / "tcga_sarc")
    groups = Counter()
    for _, facts, staged in staged_cases(registry.store):
        groups[facts.site_group, staged.derived[0].group] += 1
    derived = {key: n for key, n in groups.items() if key[1]}
    assert sum(groups.values()) == 105
    assert derived == {
        ("uterine", "IB"): 3, ("uterine", "IIA"): 1, ("uterine", "IIIA"): 1, ("extremity", "II"): 1,
        ("retroperitoneal_abdominal", "IIIA"): 2,
    }  # fmt: skip
