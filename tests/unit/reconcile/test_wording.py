"""Words that mean the same are superseded, and words that do not are a conflict still."""

from __future__ import annotations

import pytest

from leiomyo.model.codes import table
from leiomyo.reconcile.wording import RULE, same_words
from leiomyo.registry import Registry
from tests.made_registry import registry_of


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        ("histology", "Leiomyosarcoma", "Leiomyosarkom"), ("histology", "LMS", "léiomyosarcome"),
        ("histology", "Leiomyosarkom der Vena cava inferior", "Leiomyosarcoma, NOS"),
        ("histology", "conventional leiomyosarcoma", "leiomyosarcoma"),
        ("histology", "Adenocarcinoma", "ADENOCARCINOMA"),
        ("site_text", "Uterus", "Gebärmutter"), ("site_text", "Oberschenkel links", "Left thigh"),
        ("site_text", "thigh", "left thigh"), ("site_text", "IVC", "inferior vena cava"),
        ("site_text", "Leiomyosarcoma retroperitoneum", "retroperitoneal"), ("site_text", "Leiomyosarcoma", "thigh"),
        ("subsites", "Uterus|Pelvis", "pelvic|uterine"), ("grade", "G3", "Grade 3"), ("topography", "C54.2", "C542"),
    ],
)  # fmt: skip
def test_words_for_the_same(column: str, one: str, other: str) -> None:
    assert same_words("diagnosis", column, one, other)
    assert same_words("diagnosis", column, other, one)


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        ("histology", "Leiomyosarcoma", "Liposarcoma"), ("histology", "Leiomyosarcoma", "Epithelioid leiomyosarcoma"),
        ("histology", "Leiomyosarcoma", "no leiomyosarcoma"), ("histology", "Leiomyosarcoma", "suspected leiomyosarcoma"),
        ("histology", "Leiomyosarcoma", "Leiomyosarcoma and adenocarcinoma of the breast"),
        ("histology", "Adenocarcinoma", "Melanoma"), ("histology", "myxoid liposarcoma", "pleomorphic liposarcoma"),
        ("site_text", "left thigh", "right thigh"), ("site_text", "thigh", "arm"), ("site_text", "uterus", "cervix"),
        ("site_text", "near the inferior vena cava", "inferior vena cava"), ("site_text", "xyzzy", "plugh"),
        ("grade", "G3", "high grade"), ("grade", "G4", "G3"), ("topography", "C54.2", "C54.1"),
        ("size_basis", "pathological", "radiological"),
    ],
)  # fmt: skip
def test_words_that_differ(column: str, one: str, other: str) -> None:
    assert not same_words("diagnosis", column, one, other)
    assert not same_words("diagnosis", column, other, one)


def _two(**more: list[str]) -> Registry:
    rows = [{"patient": "A", **{name: pair[at] for name, pair in more.items()}} for at in (0, 1)]
    return registry_of(patient=[{"patient": "A"}], diagnosis=rows)


def test_the_ledger_holds_the_other_words_and_calls_them_no_conflict() -> None:
    registry = _two(histology=["Leiomyosarkom", "Leiomyosarcoma"], site_text=["Uterus", "Thigh"], size_mm=[80, 90])
    told = {row["column"]: (row["kind"], row["rule"], row["kept"], row["other"]) for row in registry.conflicts()}
    assert told["histology"] == ("superseded", RULE, "Leiomyosarkom", "Leiomyosarcoma")
    assert (told["site_text"][0], told["size_mm"][0]) == ("conflict", "conflict")


def test_each_word_of_a_site_has_one_meaning() -> None:
    words = [row["word"] for row in table("site_meanings")]
    assert len(words) == len(set(words))
    assert all(row["source"] and row["confidence"] == "recalled" for row in table("site_meanings"))
