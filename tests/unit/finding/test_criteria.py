"""What the criteria say of real codes and names, and that the file of criteria is in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leiomyo.finding.judging import certainty, counts_for, criteria, judge_concept, judge_row, judge_text, stems


def test_every_criterion_has_a_source_and_a_pattern_that_can_be_read() -> None:
    for one in criteria().values():
        assert one.source and one.confidence in {"verified", "recalled", "own convention"}, one.name
        assert one.certainty in {"sure", "possible", "with_drug", "other", "never"}, one.name
        re.compile(one.pattern)


def test_stems_are_plain_so_that_every_engine_reads_them_alike() -> None:
    for kind in ("name", "code", "text"):
        assert stems(kind) and all(re.fullmatch("[a-z0-9 -]+", stem) for stem in stems(kind))


def test_whatever_fulfils_a_criterion_of_code_is_among_what_the_database_sends() -> None:
    """A code that the database sorts out would never be judged."""
    for code in ("C49", "C49.22", "C48.0", "C54", "C54.1", "C54.9", "C55", "C55.9"):
        assert judge_concept("ICD10CM", code, "x") and re.search(
            "|".join(f"^{stem}" for stem in stems("code")), code.lower()
        )
        assert judge_text(code) and re.search("|".join(stems("text")), code.lower())


def test_the_sarcomas_of_the_idea4rc_data_model(shared: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(shared / "idea4rc_datamodel" / "IDEA4RC_DM_V2.xlsx", read_only=True, data_only=True)
    rows = [
        [str(cell) for cell in row if cell is not None]
        for row in book["Sarcoma Conditions List"].iter_rows(values_only=True)
    ]
    concepts = [(row[2], row[3]) for row in rows if row[-1] == "ICDO3"]
    assert len(concepts) > 1000
    for code, name in concepts:
        sure = {one for one in judge_concept("ICDO3", code, name) if certainty(one) == "sure"}
        assert bool(sure) == code.startswith(("8890/3", "8891/3", "8896/3")), (code, name)
        assert bool(sure) == ("leiomyosarcoma" in name.lower()), (code, name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("8890/3", {"icdo3_without_site"}),
        ("M-8890/3 C54.9", {"icdo3_leiomyosarcoma"}),
        ("8890/0 C55.9", set()),
        ("C499", {"icd10_soft_tissue"}),
        ("C49.A1", set()),
        ("C54.1 Endometrioid adenocarcinoma", {"icd10_endometrium", "other_uterine_carcinoma"}),
        ("Leiomyosarcoma?", {"suspected"}),
        ("Verdacht auf Leiomyosarkom", {"suspected"}),
        ("uterine LMS", {"abbreviation"}),
        ("LMS and RCA stenosis", set()),
        ("STUMP", {"stump"}),
        ("soft tissue sarcoma of the thigh", {"named_sarcoma"}),
        ("sarcoma", {"named_sarcoma_other_site"}),
        ("myosarcoma", {"unsettled"}),
        ("angiomyosarcoma of vein", {"unsettled"}),
        ("FHx leiomyosarcoma", set()),
        ("sarcopenia", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_values_as_written(text: str, said: set[str]) -> None:
    assert judge_text(text) == said


@pytest.mark.parametrize(
    ("vocabulary", "code", "said"),
    [
        ("ICDO3", "8894/3-C49.2", {"icdo3_obsolete"}),
        ("ICDO3", "8803/3-C49.2", {"other_morphology@C49"}),
        ("ICDO3", "8140/3-C18.9", set()),
        ("ICDO3", "8000/3-C54.9", set()),
        ("ICD9CM", "179", {"icd9_uterus"}),
        ("ICD9CM", "182.0", {"icd9_uterus"}),
        ("ICD10", "C50.9", set()),
        ("LOINC", "C49.9", set()),
    ],
)
def test_codes(vocabulary: str, code: str, said: set[str]) -> None:
    assert judge_concept(vocabulary, code, "x") == said


def test_another_tumour_explains_the_code_of_its_own_site_alone() -> None:
    assert counts_for({"icd10_uterus": 1, "icd10_soft_tissue": 1, "other_soft_tissue": 1}) == {"icd10_uterus"}
    assert counts_for({"icd10_uterus": 1, "other_morphology@C54": 1}) == set()
    assert counts_for({"icdo3_leiomyosarcoma": 1, "other_soft_tissue": 1}) == {"icdo3_leiomyosarcoma"}


def test_a_row_that_leaves_it_open_is_not_sure() -> None:
    assert judge_row([frozenset({"named_leiomyosarcoma"}), frozenset({"suspected"})]) == {"suspected"}
