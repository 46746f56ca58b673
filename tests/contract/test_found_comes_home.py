"""From somebody else's database to a registry: who is found comes home, and is read like any OMOP folder."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import leiomyo
from leiomyo.registry import Registry
from tests.contract.sources import omops
from tests.contract.sources.bad import run
from tests.contract.sources.studies import rows

_NUMBERS = {"year_of_birth", "month_of_birth", "day_of_birth", "quantity", "episode_number", "days_supply", "refills"}


def _type(column: str) -> str:
    if column.endswith("_id") or column in _NUMBERS:
        return "BIGINT"
    if column.endswith(("_date", "_datetime")):
        return "TIMESTAMP" if column.endswith("_datetime") else "DATE"
    return "DOUBLE" if column == "value_as_number" or column.startswith("range_") else "VARCHAR"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The made OMOP cohort as a database, typed as the CDM says."""
    folder = omops.write(tmp_path / "cdm", omops.COHORT)
    path = tmp_path / "cdm.duckdb"
    with duckdb.connect(str(path)) as connection:
        for file in sorted(folder.iterdir()):
            columns = ", ".join(
                f"TRY_CAST({name} AS {_type(name)}) AS {name}" for name in omops.columns(file.stem, "5.4")
            )
            connection.execute(
                f"CREATE TABLE {file.stem} AS SELECT {columns} FROM read_csv('{file}', all_varchar=true)"
            )
        connection.execute("""CREATE TABLE concept AS SELECT 36559557 AS concept_id, 'Myxoid leiomyosarcoma' AS concept_name,
            'Condition' AS domain_id, 'ICDO3' AS vocabulary_id, 'ICDO Condition' AS concept_class_id, NULL AS standard_concept,
            '8896/3-C49.2' AS concept_code""")
    return path


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_what_is_found_is_what_is_read(form: str, database: Path, tmp_path: Path) -> None:
    pytest.importorskip("ibis")
    status, output = run("find", "--omop", str(database), "--out", str(tmp_path / "home"), "--format", form)
    assert status in {0, 3}, output
    sure = {str(one.person_id) for one in leiomyo.find(str(database)).sure()}
    with Registry() as home, Registry() as whole:
        result = home.ingest(tmp_path / "home")
        assert result.status == "new", result.problems
        assert not [one for one in result.problems if one.code == "LM-F011"]
        whole.ingest(database.parent / "cdm")
        cases = [{row[0] for row in rows(held, "lms_case WHERE lms = 'yes'", "patient")} for held in (home, whole)]
        assert sure == cases[0] == cases[1]
        assert home.survival("os").groups == whole.survival("os").groups
