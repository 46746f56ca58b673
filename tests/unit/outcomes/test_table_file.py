from pathlib import Path

import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.table_file import read_table_file


def written(folder: Path, text: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_case_p2_is_read_from_a_file(tmp_path: Path) -> None:
    text = "entry,exit,status,group\n0,2,1,a\n,5,1,\n0,9,0,a\n3,8,1,b\n4,10,0,b\n6,12,1,NA\n"
    table = read_table_file(written(tmp_path, text), by=["group"])
    wanted = EventTable.from_rows(
        [2, 5, 9, 8, 10, 12],
        [1, 1, 0, 1, 0, 1],
        entry=[0, 0, 0, 3, 4, 6],
        strata={"group": ["a", None, "a", "b", "b", None]},
    )
    assert table == wanted


def test_fractions_of_months_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    table = read_table_file(written(tmp_path, "\ufeffexit,status\r\n0.5,1\r\n\r\n1.25,0\r\n"), unit="month")
    assert (table.per_unit, table.persons, table.unit) == (100, 2, "month")


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("", "LM-F001", "empty"),
        ("exit,state\n1,1\n", "LM-A007", "no column 'status'"),
        ("exit,exit,status\n1,1,1\n", "LM-F009", "exit"),
        ("exit,status\n1,1\nsoon,1\n", "LM-A007", "row 3, column exit: 'soon'"),
        ("exit,status\n-1,1\n", "LM-A007", "row 2, column exit"),
        ("exit,status\n1,dead\n", "LM-A007", "row 2, column status: 'dead'"),
        ("exit,status\n1,1,1\n", "LM-A007", "row 2 has 3 cells"),
        ("entry,exit,status\nx,1,1\n", "LM-A007", "row 2, column entry"),
    ],
)
def test_what_is_wrong_is_named_with_row_and_column(tmp_path: Path, text: str, code: str, detail: str) -> None:
    with pytest.raises(InputError, match=detail) as caught:
        read_table_file(written(tmp_path, text))
    assert caught.value.code == code


def test_an_unknown_group_or_unit_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "exit,status\n1,1\n")
    for options in ({"by": ["arm"]}, {"unit": "fortnight"}):
        with pytest.raises(InputError) as caught:
            read_table_file(path, **options)
        assert caught.value.code == "LM-A008"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_table_file(tmp_path / "nothing.csv")
    assert caught.value.code == "LM-F010"


def test_a_header_without_rows_is_an_empty_table(tmp_path: Path) -> None:
    assert read_table_file(written(tmp_path, "exit,status\n")).persons == 0
