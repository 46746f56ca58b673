import pytest

from leiomyo.course.grade import fnclcc, read_grade
from leiomyo.course.stage import stage
from leiomyo.course.stage_facts import Facts, Spread


def extremity(**more):
    return Facts("extremity", size_mm=60, spread=(Spread("no_metastasis", "any_time"),), **more)


@pytest.mark.parametrize(
    ("mitoses", "necrosis", "differentiation", "grades"),
    [
        (9, "none", "well", "G1"), (9, "none", "conventional", "G1"), (9, "none", "poor", "G2"),
        (10, "none", "well", "G1"), (10, "none", "conventional", "G2"), (19, "moderate", "conventional", "G2"),
        (20, "focal", "conventional", "G3"), (20, "none", "conventional", "G2"), (9, "extensive", "poor", "G3"),
        (20, "extensive", None, "G3"), (20, "none", None, "G2 G3"), (10, "focal", None, "G2 G3"),
        (9, "none", None, "G1 G2"), (10, "none", None, "G1 G2"), (None, None, None, "G1 G2 G3"), (20, None, None, "G2 G3"),
    ],
)  # fmt: skip
def test_fnclcc_is_a_grade_where_all_is_known_and_bounds_where_not(mitoses, necrosis, differentiation, grades):
    assert sorted(fnclcc(mitoses, necrosis, differentiation)) == grades.split()


@pytest.mark.parametrize(
    ("percent", "necrosis"), [(0, "none"), (0.5, "moderate"), (49.9, "moderate"), (50, "extensive")]
)
def test_necrosis_in_percent(percent, necrosis):
    by_percent = Facts("extremity", mitoses=12, necrosis_percent=percent)
    assert read_grade(by_percent).values == fnclcc(12, necrosis)


def test_bounds_of_the_grade_give_a_group_where_they_suffice_and_never_after_therapy():
    assert stage(extremity(mitoses=24)).derived[0].group == "IIIA"
    assert stage(extremity(mitoses=4, necrosis="none")).derived[0].missing == ("grade not recorded",)
    assert stage(extremity(mitoses=24, neoadjuvant=True)).derived[0].missing == ("grade not recorded",)
    assert "differentiation and field size not recorded" in stage(extremity(mitoses=24)).derived[0].reason


@pytest.mark.parametrize(
    ("facts", "flags"),
    [
        (Facts("uterine", grade="G3", grade_system="FNCLCC"), ("FNCLCC used on a uterine tumour",)),
        (Facts("uterine", grade="High Grade"), ()),
        (Facts("extremity", grade="G3", grade_system="FNCLCC"), ()),
        (Facts("extremity", grade="G3", neoadjuvant=True), ("graded after neo-adjuvant therapy",)),
        (Facts("extremity", neoadjuvant=True), ()),
    ],
)
def test_doubts_about_a_grade(facts, flags):
    assert stage(facts).flags == flags
