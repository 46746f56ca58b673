import pytest

from leiomyo.model.icd10 import icd10_site


@pytest.mark.parametrize(
    ("code", "topography", "side"),
    [
        ("C49.21", "C49.2", "right"), ("C49.22", "C49.2", "left"), ("C49.20", "C49.2", None), ("C4921", "C49.2", "right"),
        ("C49.11", "C49.1", "right"), ("c4912", "C49.1", "left"), ("C49.2", "C49.2", None), ("C49", "C49", None),
        ("C49.2-", "C49.2", None), ("C542", "C54.2", None), ("C54.9", "C54.9", None), ("C48.0", "C48.0", None),
        ("C44.702", "C44.7", "right"), ("C44.709", "C44.7", "left"), ("C44.701", "C44.7", None),
        ("C50.911", "C50.9", "right"), ("C50.922", "C50.9", "left"), ("C56.3", "C56.9", "bilateral"),
        ("C64.2", "C64.9", "left"), ("C64", "C64", None), ("C69.61", "C69.6", "right"), ("C57.02", "C57.0", "left"),
        ("C49.A4", None, None), ("C43.9", None, None), ("C78.01", None, None), ("C83.35", None, None),
        ("D25.9", None, None), ("C7A.1", None, None), ("8890/3", None, None), ("", None, None), (None, None, None),
    ],
)  # fmt: skip
def test_a_code_says_the_site_and_where_it_can_the_side(
    code: str | None, topography: str | None, side: str | None
) -> None:
    found = icd10_site(code)
    assert (found.topography, found.laterality) == (topography, side)
