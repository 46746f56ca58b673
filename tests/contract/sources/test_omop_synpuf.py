"""Every file of the public OMOP 5.2.2 sample, read to the right result: no header, tabs in files called .csv, CRLF.

`expected/omop.csv` holds how each file was taken, its rows and problems, and the rows of the case tables. Persons, sexes,
years of birth and rows are counted a second time here, from the text alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from leiomyo.model.tables import TABLES
from leiomyo.registry import Registry
from leiomyo.sources.omop import OmopSource
from leiomyo.sources.omop_tables import shape_of

HERE = Path(__file__).parent
FIELDS = ["file", "item", "name", "n"]
#: The tables of the sample and the columns of each, as CDM 5.2 has them.
FILES = {"condition_occurrence": 15, "drug_exposure": 22, "measurement": 18, "observation": 17, "person": 18,
         "procedure_occurrence": 13}  # fmt: skip


def _expected() -> list[tuple[str, str, str, str]]:
    with (HERE / "expected" / "omop.csv").open(encoding="utf-8", newline="") as stream:
        return [(row["file"], row["item"], row["name"], row["n"]) for row in csv.DictReader(stream)]


def told(folder: Path) -> list[tuple[str, str, str, str]]:
    """What the folder gives, as the rows of the expected results."""
    with Registry() as held:
        result = held.ingest(folder)
        found = [("", "status", result.status, "1")]
        for file in result.files:
            assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]
            found += [(str(file["file"]), name, str(file["kind"]), str(file[name])) for name in ("rows", "quarantined")]
        for table in TABLES:
            found.append(("", "table", table, str(held.store.rows(f"SELECT count(*) FROM {table}")[0][0])))
        problems = Counter((problem.file, problem.code) for problem in result.problems)
        return sorted(found + [(file, "problem", code, str(count)) for (file, code), count in problems.items()])


@pytest.fixture(scope="module")
def sample(shared: Path) -> Path:
    """The folder of the sample."""
    return shared / "omop_synpuf250"


def test_the_sample_is_read_to_what_was_expected(sample: Path) -> None:
    assert told(sample) == sorted(_expected())


def test_no_file_is_left_out(sample: Path) -> None:
    spoken_of = {file for file, *_ in _expected() if file}
    assert spoken_of == {path.name for path in sample.iterdir()}


@pytest.mark.parametrize("table", FILES)
def test_each_file_is_known_by_name_number_of_columns_and_values(table: str, sample: Path) -> None:
    shape = shape_of(sample / f"{table}.csv", f"{table}.csv")
    assert shape is not None
    assert (shape.table, shape.sign, shape.header, len(shape.columns)) == (table, "\t", False, FILES[table])
    [file] = OmopSource().recognise(sample / f"{table}.csv", f"{table}.csv")
    assert (file.kind, file.centre) == (table, "synpuf250")


def _text(path: Path) -> list[list[str]]:
    return [line.rstrip("\r").split("\t") for line in path.read_bytes().decode().split("\n") if line.strip()]


def test_persons_sexes_and_years_of_birth_are_those_of_the_text(sample: Path) -> None:
    people = _text(sample / "person.csv")
    sexes = Counter({"8507": "male", "8532": "female"}[cells[1]] for cells in people)
    years = Counter(int(cells[2]) for cells in people)
    with Registry() as held:
        held.ingest(sample)
        rows = held.store.rows
        assert Counter(sex for (sex,) in rows("SELECT sex FROM patient")) == sexes
        assert Counter(year for (year,) in rows("SELECT year(DATE '1970-01-01' + birth_low) FROM patient")) == years
        # a year alone is no first of January
        assert rows("SELECT min(birth_high - birth_low), max(birth_high - birth_low) FROM patient") == [(364, 365)]
        everybody = {cells[0] for cells in people}
        for table in FILES:
            everybody |= {cells[0 if table == "person" else 1] for cells in _text(sample / f"{table}.csv")}
        assert {name for (name,) in rows("SELECT patient FROM patient")} == everybody
        assert rows("SELECT count(*) FROM lms_case") == [(0,)]
        counts = dict(rows("SELECT file, count(*) FROM input_row GROUP BY ALL"))
        assert counts == {f"{table}.csv": len(_text(sample / f"{table}.csv")) for table in FILES}


def test_a_tumour_in_the_sample_is_found_among_its_rows(sample: Path, tmp_path: Path) -> None:
    for path in sample.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    row = ["9001", "7", "0", "2021-01-19", "", "", "", "0", "", "", "", "8890/3-C54.2", "", "", ""]
    with (tmp_path / "condition_occurrence.csv").open("a", encoding="utf-8", newline="") as stream:
        stream.write("\r\n" + "\t".join(row) + "\r\n")
    with Registry() as held:
        held.ingest(tmp_path)
        assert held.store.rows("SELECT patient, lms, site_group FROM lms_case") == [("7", "yes", "uterine")]


def accept(shared: Path) -> None:
    """Write the expected results anew, for review in the diff: `python -m tests.contract.sources.test_omop_synpuf`."""
    with (HERE / "expected" / "omop.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(told(shared / "omop_synpuf250"))


if __name__ == "__main__":
    from tests.conftest import SHARED

    accept(SHARED)
