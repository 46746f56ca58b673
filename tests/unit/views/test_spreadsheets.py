"""No CSV of the product holds a cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from leiomyo.errors import Problem
from leiomyo.spreadsheet import csv_cell, csv_text
from leiomyo.views.folder import write_problems
from tests.conftest import ROOT

#: Ways to begin a formula, with the blanks that a spreadsheet passes over.
FORMULAS = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\tx", "\rx"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_begins_like_a_formula_is_text(text: str) -> None:
    assert csv_cell(text) == "'" + text
    [[header], [cell]] = csv.reader(io.StringIO(csv_text([{text: text}]), newline=""))
    assert (header, cell) == ("'" + text, "'" + text)


@pytest.mark.parametrize("value", [-12, -1.5, 0, 12, True])
def test_numbers_stay_numbers(value: float) -> None:
    assert csv_cell(value) is value


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "T-01-A", "1e5", "'=1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert csv_cell(text) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_problems_are_guarded_in_every_column(text: str, tmp_path: Path) -> None:
    problem = Problem("LM-D001", text, 3, text, found=text, expected=text, detail=text)
    write_problems(tmp_path / "problems.csv", [problem])
    with (tmp_path / "problems.csv").open(encoding="utf-8", newline="") as stream:
        [_, row] = csv.reader(stream)
    assert [cell for cell in row if cell.endswith(text)] == ["'" + text] * 5
    assert row[3] == "3"


def test_there_is_one_writer_of_csv() -> None:
    """Whoever writes CSV in another place goes past the guard."""
    writers = [path.relative_to(ROOT).as_posix() for path in (ROOT / "leiomyo").rglob("*.py")
               if any(word in path.read_text(encoding="utf-8") for word in ("csv.writer", "DictWriter", ".to_csv", "CSVWriter"))
               ]  # fmt: skip
    # rows of a database come home in batches, guarded as columns; REDCap wants its annotations, our own text, to begin with @
    assert sorted(writers) == [
        "leiomyo/exports/redcap_dictionary.py",
        "leiomyo/finding/home.py",
        "leiomyo/spreadsheet.py",
    ]
