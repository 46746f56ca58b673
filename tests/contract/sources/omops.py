"""Small OMOP folders for tests: rows name only the columns that they fill; version, header, sign and format vary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from leiomyo.registry import Registry
from leiomyo.sources.omop_tables import layouts

Rows = Sequence[Mapping[str, object]]
Tables = Mapping[str, Rows]


def person(number: int, sex: int, born: str) -> dict[str, object]:
    """A row of PERSON; what the birth date lacks stays blank."""
    year, month, day = [*born.split("-"), "", ""][:3]
    return {"person_id": number, "gender_concept_id": sex, "year_of_birth": year, "month_of_birth": month.lstrip("0"),
            "day_of_birth": day.lstrip("0"), "race_concept_id": 0, "ethnicity_concept_id": 0}  # fmt: skip


def condition(row: int, number: int, day: str, written: str = "", concept: int = 0) -> dict[str, object]:
    """A row of CONDITION_OCCURRENCE."""
    return {"condition_occurrence_id": row, "person_id": number, "condition_concept_id": concept,
            "condition_start_date": day, "condition_type_concept_id": 32817, "condition_source_value": written}  # fmt: skip


def procedure(row: int, number: int, day: str, written: str = "", concept: int = 0) -> dict[str, object]:
    """A row of PROCEDURE_OCCURRENCE."""
    return {"procedure_occurrence_id": row, "person_id": number, "procedure_concept_id": concept, "procedure_date": day,
            "procedure_type_concept_id": 32817, "procedure_source_value": written}  # fmt: skip


def drug(row: int, number: int, concept: int, start: str, end: str = "", written: str = "") -> dict[str, object]:
    """A row of DRUG_EXPOSURE."""
    return {"drug_exposure_id": row, "person_id": number, "drug_concept_id": concept, "drug_exposure_start_date": start,
            "drug_exposure_end_date": end, "drug_type_concept_id": 32817, "drug_source_value": written}  # fmt: skip


def measured(row: int, number: int, day: str, concept: int = 0, **more: object) -> dict[str, object]:
    """A row of MEASUREMENT."""
    return {"measurement_id": row, "person_id": number, "measurement_concept_id": concept, "measurement_date": day,
            "measurement_type_concept_id": 32817, **more}  # fmt: skip


def episode(row: int, number: int, concept: int, start: str, end: str = "", **more: object) -> dict[str, object]:
    """A row of EPISODE, in the columns of both versions."""
    stamps = {"episode_start_datetime": f"{start} 09:00:00", "episode_end_datetime": f"{end} 09:00:00" if end else ""}
    return {"episode_id": row, "person_id": number, "episode_concept_id": concept, "episode_start_date": start,
            "episode_end_date": end, "episode_object_concept_id": 0, "episode_type_concept_id": 32817, **stamps,
            **more}  # fmt: skip


def death(number: int, day: str, cause: str = "") -> dict[str, object]:
    """A row of DEATH."""
    return {"person_id": number, "death_date": day, "death_type_concept_id": 32817, "cause_source_value": cause}


def visit(row: int, number: int, day: str) -> dict[str, object]:
    """A row of VISIT_OCCURRENCE."""
    return {"visit_occurrence_id": row, "person_id": number, "visit_concept_id": 9202, "visit_start_date": day,
            "visit_end_date": day, "visit_type_concept_id": 32817}  # fmt: skip


def columns(table: str, version: str) -> tuple[str, ...]:
    """The columns of a table in a version; what the oncology extension leaves as it was has those of its version."""
    known = layouts(table)
    return known.get(version) or known.get(version.removesuffix("+oncology")) or known["5.3+oncology"]


def text(table: str, rows: Rows, *, version: str = "5.4", header: bool = True, sign: str = ",", end: str = "\n") -> str:
    """A whole file."""
    names = columns(table, version)
    lines = [[str(row.get(name, "")) for name in names] for row in rows]
    quoted = [[f'"{cell}"' if sign in cell or '"' in cell else cell for cell in line] for line in lines]
    return "".join(sign.join(line) + end for line in ([list(names)] if header else []) + quoted)


def write(folder: Path, tables: Tables, *, version: str = "5.4", header: bool = True, sign: str = ",", end: str = "\n",
          parquet: bool = False, prefix: str = "") -> Path:  # fmt: skip
    """A folder of these tables."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        if parquet:
            names = columns(table, version)
            cells = {name: [str(row.get(name, "")) or None for row in rows] for name in names}
            told = {name if header else f"column{n}": pa.array(column, pa.string())
                    for n, (name, column) in enumerate(cells.items())}  # fmt: skip
            pq.write_table(pa.table(told), folder / f"{prefix}{table}.parquet")
        else:
            content = text(table, rows, version=version, header=header, sign=sign, end=end)
            (folder / f"{prefix}{table}.csv").write_text(content, encoding="utf-8", newline="")
    return folder


def read(folder: Path, tables: Tables | None = None, **form: object) -> Registry:
    """A registry with the folder in it, all rows of which are accounted for."""
    registry = Registry()
    result = registry.ingest(write(folder, tables, **form) if tables else folder, centre="made")  # type: ignore[arg-type]
    assert result.status == "new", result.problems
    for file in result.files:
        assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]
    return registry


#: Five leiomyosarcomas with a whole course, a tumour of uncertain potential, another cancer, and somebody without.
COHORT: dict[str, Rows] = {
    "person": [
        person(1, 8532, "1955-03-01"), person(2, 8507, "1948-06"), person(3, 8532, "1960"), person(4, 8532, "1970-01-31"),
        person(5, 8507, "1950-10-10"), person(6, 8532, "1980-05-05"), person(7, 8532, "1945-02-02"),
        person(8, 8507, "1990-12-12"),
    ],
    "condition_occurrence": [
        condition(101, 1, "2018-01-10", "8890/3-C54.2"), condition(102, 1, "2018-01-02", "N93.9"),
        condition(103, 1, "2019-03-01", "C78.0"), condition(104, 1, "2019-05-01", "C78.0"),
        condition(105, 1, "2019-05-01", "C54.9"),
        condition(201, 2, "2017-05-01", "8890/3-C48.0", 44500548),
        condition(301, 3, "2016-03-15", "8890/3-C49.4 IVC"), condition(302, 3, "2016-12-01", "Metastasis to liver"),
        condition(401, 4, "2019-01-01", "Leiomyosarcoma of uterus"), condition(402, 4, "2012-01-01", "Essential hypertension"),
        condition(501, 5, "2020-01-01", "", 36559557), condition(601, 6, "2019-01-01", "8897/1-C54.2"),
        condition(701, 7, "2018-01-01", "C50.9"), condition(801, 8, "2018-01-01", "I10"),
    ],
    "procedure_occurrence": [
        procedure(11, 1, "2018-02-01", "Total hysterectomy"), procedure(12, 1, "2010-02-01", "Excision of cataract"),
        procedure(21, 2, "2017-06-02", "Wide excision of retroperitoneal tumor"),
        *[procedure(22 + n, 2, f"2017-07-{3 + n:02}", "External beam radiation therapy") for n in range(3)],
        procedure(31, 3, "2016-04-01", "Resection of vena cava"), procedure(51, 5, "2020-01-10", "Amputation", 4217482),
    ],
    "measurement": [
        measured(1, 1, "2018-02-06", 1634643, measurement_event_id=11, meas_event_field_concept_id=1147082),
        measured(2, 1, "2018-01-12", 36768664, value_as_number="8.5", unit_concept_id=8582),
        measured(3, 1, "2018-01-12", 1634752), measured(4, 1, "2018-02-06", 4227243, value_as_number=14),
        measured(5, 1, "2018-02-06", 1635070), measured(6, 1, "2018-02-06", 1635560), measured(7, 1, "2018-02-06", 3004249,
                                                                                            value_as_number=120),
        measured(8, 2, "2017-06-08", 4175704),
        measured(9, 3, "2016-04-05", 0, measurement_source_value="Residual tumor classification", value_source_value="R2"),
        measured(10, 4, "2020-06-01", 36770283), measured(11, 5, "2020-01-12", 0, measurement_source_value="Surgical margins",
                                                          value_source_value="negative"),
    ],
    "drug_exposure": [
        drug(1, 1, 1338512, "2019-03-20", "2019-07-01"), drug(2, 1, 1314924, "2019-07-20", "2019-12-01"),
        drug(3, 1, 0, "2019-07-27", "2019-12-01", "Docetaxel 20 MG/ML Injection"),
        drug(4, 1, 1539403, "2015-01-01", "2021-01-01", "simvastatin 20 MG Oral Tablet"),
        drug(5, 2, 1338512, "2019-02-10", "2019-02-10"), drug(6, 8, 1539403, "2018-01-01", "2018-02-01", "simvastatin"),
    ],
    "episode": [
        episode(1, 1, 32533, "2018-01-10", episode_source_value="8890/3-C54.2"), episode(2, 1, 32949, "2019-07-10"),
        episode(3, 1, 32531, "2019-07-20", "2019-12-01", episode_number=2),
        episode(4, 2, 2000100002, "2018-01-05", episode_source_value="Recurrence"),
        episode(5, 2, 2000100002, "2018-02-05", episode_source_value="Palliative care"),
    ],
    "episode_event": [
        {"episode_id": 3, "event_id": 2, "episode_event_field_concept_id": 1147094},
        {"episode_id": 3, "event_id": 3, "episode_event_field_concept_id": 1147094},
    ],
    "death": [
        death(2, "2019-02-03", "Leiomyosarcoma"), death(2, "2019-02-05"), death(3, "2017-03-15", "C49.4"),
        death(5, "2020-04-10", "Myocardial infarction"),
    ],
    "visit_occurrence": [
        visit(1, 1, "2020-07-20"), visit(2, 1, "2018-06-01"), visit(3, 4, "2021-01-01"), visit(4, 6, "2020-01-01"),
        visit(5, 2, "2018-12-01"), visit(6, 7, "2020-01-01"), visit(7, 8, "2020-01-01"),
    ],
}  # fmt: skip
