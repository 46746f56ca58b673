"""One grade in the words of many sources, and one group of it."""

import pytest

from leiomyo.model.codes import table
from leiomyo.model.grade import harmonised, read_words
from tests.made_registry import on, registry_of

G3 = ["G3", "3", "Grade 3", "grade III", "g 3", "FNCLCC 3", "FNCLCC grade 3", "G3 (high grade)",
      "American Joint Committee on Cancer grade G3", "AJCC grade G3 (qualifier value)", "Histological grade 3"]  # fmt: skip


@pytest.mark.parametrize("written", G3)
def test_a_number_is_read_whatever_stands_around_it(written: str) -> None:
    assert (read_words(written), harmonised(written)) == ("G3", "G3")


@pytest.mark.parametrize(
    "written", ["G2-3", "2/3", "G4", "undifferentiated", "G1, high grade", "NCI grade 3", "grade", "-"]
)
def test_what_says_more_or_less_than_one_grade_stays_as_recorded(written: str) -> None:
    assert (read_words(written), harmonised(written)) == (None, written)


@pytest.mark.parametrize(
    ("grade", "system", "level"),
    [
        ("High Grade", None, "high grade"), ("low", "FNCLCC", "low grade"), ("hochgradig", None, "high grade"),
        ("GX", None, None), ("GX", "NCI", None), (None, "FNCLCC", None), ("2", "AJCC 8", "G2"), ("2", " ", "G2"),
        ("2", "Fédération Nationale", "G2"), ("2", "NCI", "G2 (NCI)"),
    ],
)  # fmt: skip
def test_two_tiers_and_other_systems_are_kept_apart(grade, system, level) -> None:
    assert harmonised(grade, system) == level


def test_every_word_says_where_it_is_from() -> None:
    assert all(
        row["source"] and row["confidence"] in {"seen", "recalled", "own convention"} for row in table("grade_words")
    )


def test_survival_by_grade_has_one_group_of_one_grade_and_the_text_stays() -> None:
    written = {
        "A": "G3",
        "B": "Grade 3",
        "C": "American Joint Committee on Cancer grade G3",
        "D": "3",
        "E": "high",
        "F": "G2",
    }
    registry = registry_of(
        patient=[{"patient": name, "vital_status": "alive", **on("last_contact", 900)} for name in written],
        diagnosis=[{"patient": name, "grade": grade} for name, grade in written.items()],
    )
    groups = registry.survival("os", by="grade").groups
    assert [(group["group"]["grade"], group["n"]) for group in groups] == [("G2", 1), ("G3", 4), ("high grade", 1)]
    assert registry.survival("os", where="grade = 'G3'").groups[0]["n"] == 4
    assert dict(registry.store.rows("SELECT patient, grade FROM diagnosis")) == written
