"""A made OMOP CDM whose right answer is known from how it was written: stories, each told by several persons.

Nothing here asks the code under test. A story says how sure its persons are and by which reasons; look-alikes say
"not found". The rows around them are common diseases.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

SEED = 20_261
PER_STORY = 4
AROUND = 120

#: Identifiers, vocabularies and codes as OMOP has them; 9,000,000 and above are identifiers of our own.
CONCEPTS = (
    (36544988, "Leiomyosarcoma, NOS, of connective, Subcutaneous and other soft tissues, NOS", "Condition", "ICDO3", "8890/3-C49.9"),
    (36562368, "Leiomyosarcoma, NOS, of connective, Subcutaneous and other soft tissues of thorax", "Condition", "ICDO3", "8890/3-C49.3"),
    (36556620, "Epithelioid leiomyosarcoma of connective, Subcutaneous and other soft tissues of head, face, and neck", "Condition", "ICDO3", "8891/3-C49.0"),
    (36530346, "Myxoid leiomyosarcoma of connective, Subcutaneous and other soft tissues of head, face, and neck", "Condition", "ICDO3", "8896/3-C49.0"),
    (9000001, "Neoplasm defined only by histology: Leiomyosarcoma, NOS", "Condition", "ICDO3", "8890/3-NULL"),
    (9000002, "Leiomyosarcoma, metastatic, of lung", "Condition", "ICDO3", "8890/6-C34.9"),
    (9000003, "Leiomyosarcoma", "Condition", "SNOMED", "443719001"),
    (40486588, "Leiomyosarcoma of connective tissue", "Condition", "SNOMED", "447804006"),
    (4201415, "Leiomyosarcoma", "Observation", "SNOMED", "51549004"),
    (9000004, "Leiomyosarcoma of uterus", "Condition", "SNOMED", "90000004"),
    (9000005, "Family history of leiomyosarcoma", "Observation", "SNOMED", "90000005"),
    (9000006, "Epithelioid smooth muscle tumor of uncertain malignant potential", "Condition", "SNOMED", "90000006"),
    (9000007, "Smooth muscle tumour of uncertain malignant potential of uterus", "Condition", "ICDO3", "8897/1-C54.9"),
    (36529931, "Undifferentiated sarcoma of connective, Subcutaneous and other soft tissues of lower limb and hip", "Condition", "ICDO3", "8805/3-C49.2"),
    (9000008, "Sarcoma, NOS, of lung", "Condition", "ICDO3", "8800/3-C34.9"),
    (9000009, "Uterine sarcoma", "Condition", "SNOMED", "90000009"),
    (9000010, "Malignant neoplasm: Connective and soft tissue, unspecified", "Condition", "ICD10", "C49.9"),
    (9000011, "Malignant neoplasm: Retroperitoneum", "Condition", "ICD10", "C48.0"),
    (9000012, "Malignant neoplasm: Myometrium", "Condition", "ICD10CM", "C54.2"),
    (9000013, "Malignant neoplasm of uterus, part unspecified", "Condition", "ICD10GM", "C55"),
    (9000014, "Malignant neoplasm of endometrium", "Condition", "ICD10CM", "C54.1"),
    (9000015, "Malignant neoplasm of connective and other soft tissue of lower limb", "Condition", "ICD9CM", "171.3"),
    (9000016, "Malignant neoplasm of connective and soft tissue of lower limb", "Condition", "SNOMED", "90000016"),
    (9000017, "Malignant neoplasm of uterus", "Condition", "SNOMED", "90000017"),
    (9000020, "Gastrointestinal stromal tumor of large intestine", "Condition", "ICD10CM", "C49.A4"),
    (9000021, "Gastrointestinal stromal tumor", "Condition", "SNOMED", "90000021"),
    (9000022, "Leiomyoma of uterus, unspecified", "Condition", "ICD10CM", "D25.9"),
    (9000023, "Leiomyoma, NOS, of uterus, NOS", "Condition", "ICDO3", "8890/0-C55.9"),
    (9000024, "Endometrial stromal sarcoma, NOS, of corpus uteri", "Condition", "ICDO3", "8930/3-C54.9"),
    (9000025, "Endometrioid adenocarcinoma, NOS, of endometrium", "Condition", "ICDO3", "8380/3-C54.1"),
    (9000026, "Liposarcoma, NOS, of thigh", "Condition", "ICDO3", "8850/3-C49.2"),
    (9000027, "Rhabdomyosarcoma", "Condition", "SNOMED", "90000027"),
    (9000028, "Kaposi sarcoma of skin", "Condition", "SNOMED", "90000028"),
    (9000029, "Malignant neoplasm of breast", "Condition", "ICD10CM", "C50.9"),
    (9000030, "Essential hypertension", "Condition", "SNOMED", "59621000"),
    (9000031, "Sarcoidosis", "Condition", "SNOMED", "31541009"),
    (9000032, "Diabetes mellitus type 2", "Condition", "ICD10CM", "E11.9"),
    (9000040, "Histology of tumor", "Observation", "SNOMED", "90000040"),
    (9000041, "Family history of malignant neoplasm", "Observation", "SNOMED", "90000041"),
    (9000042, "Reason for referral", "Observation", "SNOMED", "90000042"),
    (4188540, "No", "Meas Value", "SNOMED", "373067005"),
    (9000050, "trabectedin 1 MG Injection", "Drug", "RxNorm", "90000050"),
    (9000051, "gemcitabine 1000 MG Injection", "Drug", "RxNorm", "90000051"),
    (9000052, "docetaxel 20 MG/ML Injectable Solution", "Drug", "RxNorm", "90000052"),
    (9000053, "metformin hydrochloride 500 MG Oral Tablet", "Drug", "RxNorm", "90000053"),
    (8507, "MALE", "Gender", "Gender", "M"),
    (8532, "FEMALE", "Gender", "Gender", "F"),
)  # fmt: skip


@dataclass(frozen=True)
class Story:
    """What some persons have in the database, and what the scan has to say of them."""

    name: str
    certainty: str
    reasons: dict[str, int]
    conditions: tuple[tuple[int, int, str | None], ...] = ()
    observations: tuple[tuple[int, int, str | None], ...] = ()
    measurements: tuple[tuple[int, int, str | None], ...] = ()
    drugs: tuple[tuple[int, str | None], ...] = ()
    death: tuple[int, str | None] | None = None
    episode: int = 0
    #: The status of the conditions, where they have one: 32899 is a preliminary diagnosis.
    status: int = 0


SURE, POSSIBLE, NOT = "sure", "possible", ""
STORIES = (
    Story("ICD-O-3 with a site", SURE, {"icdo3_leiomyosarcoma": 2}, ((0, 36544988, None), (0, 36562368, None))),
    Story("epithelioid and myxoid", SURE, {"icdo3_leiomyosarcoma": 2}, ((36556620, 0, None), (36530346, 0, None))),
    Story("ICD-O-3 without a site", SURE, {"icdo3_without_site": 1}, ((9000001, 0, None),)),
    Story("a metastasis by ICD-O-3", SURE, {"icdo3_spread": 1}, ((9000002, 0, None),)),
    Story("SNOMED CT", SURE, {"snomed_leiomyosarcoma": 2}, ((9000003, 0, None), (40486588, 0, None))),
    Story("a code by its name", SURE, {"named_leiomyosarcoma": 1}, ((9000004, 0, None),)),
    Story("standard and source concept of one row", SURE, {"snomed_leiomyosarcoma": 1, "icdo3_leiomyosarcoma": 1}, ((40486588, 36544988, None),)),
    Story("code and word as written, no concept", SURE, {"icdo3_leiomyosarcoma": 1, "written_leiomyosarcoma": 1}, ((0, 0, "8890/3 C54.9"), (0, 0, "Leiomyosarkom des Uterus"))),
    Story("words of other languages", SURE, {"written_leiomyosarcoma": 3}, ((0, 0, "LÉIOMYOSARCOME utérin"), (0, 0, "leiomiosarcoma uterino"), (0, 0, "UTERUSLEIOMYOSARKOM"))),
    Story("a misspelling that is listed", SURE, {"written_leiomyosarcoma": 1}, ((0, 0, "leimyosarcoma of thigh"),)),
    Story("ICD-11 as written", SURE, {"icd11_leiomyosarcoma": 1}, ((0, 0, "2B58.1"),)),
    Story("ICD-10 and the word", SURE, {"icd10_soft_tissue": 1, "written_leiomyosarcoma": 1}, ((0, 9000010, "C49.9 Leiomyosarcoma"),)),
    Story("histology as a measurement", SURE, {"snomed_morphology": 1}, measurements=((9000040, 4201415, None),)),
    Story("morphology as an observation", SURE, {"snomed_morphology": 1}, observations=((4201415, 0, None),)),
    Story("histology in words as an observation", SURE, {"written_leiomyosarcoma": 1}, observations=((9000040, 0, "Leiomyosarcoma G2"),)),
    Story("a cause of death", SURE, {"named_leiomyosarcoma": 1}, death=(9000004, None)),
    Story("a disease episode", SURE, {"icdo3_leiomyosarcoma": 1}, episode=36544988),
    Story("sure, and under its drugs", SURE, {"icdo3_leiomyosarcoma": 1, "trabectedin": 2, "gemcitabine_docetaxel": 3},
          ((0, 36544988, None),), drugs=((9000050, None), (0, "Trabectedin 1 mg"), (9000051, None), (9000052, None), (0, "DOCETAXEL"))),
    Story("smooth muscle tumour of uncertain potential", POSSIBLE, {"stump": 2, "icdo3_stump": 1}, ((9000006, 0, None), (0, 9000007, None), (0, 0, "STUMP of the uterus"))),
    Story("sarcoma NOS where it arises", POSSIBLE, {"icdo3_sarcoma_nos": 1}, ((0, 36529931, None),)),
    Story("uterine sarcoma", POSSIBLE, {"named_sarcoma": 2}, ((9000009, 0, None), (0, 0, "sarcoma of uterus"))),
    Story("C49 alone", POSSIBLE, {"icd10_soft_tissue": 2}, ((0, 9000010, None), (0, 0, "C49.2"))),
    Story("C48.0 alone", POSSIBLE, {"icd10_retroperitoneum": 1}, ((0, 9000011, None),)),
    Story("C54.2 and C55 alone", POSSIBLE, {"icd10_uterus": 3}, ((0, 9000012, None), (0, 9000013, None), (0, 0, "ICD10: C54.9"))),
    Story("C54.1 alone", POSSIBLE, {"icd10_endometrium": 1}, ((0, 9000014, None),)),
    Story("ICD-9-CM alone", POSSIBLE, {"icd9_soft_tissue": 1}, ((0, 9000015, None),)),
    Story("SNOMED CT site alone", POSSIBLE, {"named_soft_tissue": 1, "named_uterus": 1}, ((9000016, 0, None), (9000017, 0, None))),
    Story("suspected", POSSIBLE, {"suspected": 2}, ((0, 0, "V.a. Leiomyosarkom"), (0, 0, "leiomyosarcoma suspected"))),
    Story("a preliminary diagnosis", POSSIBLE, {"preliminary": 1}, ((40486588, 0, None),), status=32899),
    Story("the code says so, the text denies it", POSSIBLE, {"contradicted": 1}, ((40486588, 0, "no evidence of leiomyosarcoma"),)),
    Story("the code says so, the text says GIST", POSSIBLE, {"contradicted": 1}, ((40486588, 0, "gastrointestinal stromal tumour"),)),
    Story("nearly the word", POSSIBLE, {"misspelt": 1}, ((0, 0, "leiomyosarkomm"),)),
    Story("LMS alone", POSSIBLE, {"abbreviation": 1}, ((0, 0, "LMS"),)),
    Story("an answer to another question", POSSIBLE, {"elsewhere": 1}, observations=((9000042, 9000003, None),)),
    Story("sarcoma elsewhere under trabectedin", POSSIBLE, {"icdo3_sarcoma_other_site": 1, "trabectedin": 1}, ((0, 9000008, None),), drugs=((9000050, None),)),
    Story("soft tissue under gemcitabine and docetaxel", POSSIBLE, {"icd10_soft_tissue": 1, "gemcitabine_docetaxel": 2}, ((0, 9000010, None),), drugs=((9000051, None), (9000052, None))),
    Story("sarcoma elsewhere without such a drug", NOT, {}, ((0, 9000008, None),), drugs=((9000051, None), (9000053, None))),
    Story("the drugs without a sarcoma", NOT, {}, ((0, 9000029, "C50.9"),), drugs=((9000050, None), (9000051, None), (9000052, None))),
    Story("GIST by ICD-10-CM and SNOMED CT", NOT, {}, ((9000021, 9000020, "C49.A4"),)),
    Story("GIST with a C49 code", NOT, {}, ((9000021, 0, None), (0, 9000010, None))),
    Story("GIST as written beside a C49 code", NOT, {}, ((0, 9000010, "GIST of the stomach"),)),
    Story("leiomyoma", NOT, {}, ((9000022, 9000023, "uterine leiomyoma"), (0, 0, "Leiomyom"))),
    Story("endometrial stromal sarcoma", NOT, {}, ((0, 9000024, "endometrial stromal sarcoma"),)),
    Story("endometrial stromal sarcoma with a C54 code", NOT, {}, ((0, 9000024, None), (0, 9000012, None))),
    Story("carcinoma of the endometrium with C54.1", NOT, {}, ((0, 9000025, None), (0, 9000014, None))),
    Story("liposarcoma with a C49 code", NOT, {}, ((0, 9000026, None), (0, 9000010, None))),
    Story("rhabdomyosarcoma", NOT, {}, ((9000027, 0, "rhabdomyosarcoma"),)),
    Story("Kaposi sarcoma", NOT, {}, ((9000028, 0, None),)),
    Story("no evidence of it", NOT, {}, ((0, 0, "no evidence of leiomyosarcoma"), (0, 0, "kein Leiomyosarkom"))),
    Story("family history as a condition", NOT, {}, ((9000005, 0, "Family history of leiomyosarcoma"), (0, 0, "mother had leiomyosarcoma"))),
    Story("family history as a question", NOT, {}, observations=((9000041, 9000003, "leiomyosarcoma"),)),
    Story("asked, and no", NOT, {}, observations=((4201415, 4188540, None), (9000003, 0, "absent"))),
    Story("the left main stem", NOT, {}, ((0, 0, "LMS stenosis 70 %"),)),
    Story("sarcoidosis", NOT, {}, ((9000031, 0, "sarcoidosis of lung"),)),
    Story("a number that looks like a code", NOT, {}, ((0, 0, "1711"), (0, 0, "C4901 local"))),
)  # fmt: skip


@dataclass
class Made:
    """The tables as Arrow, and the answer."""

    tables: dict[str, pa.Table]
    expected: dict[int, tuple[str, dict[str, int]]]
    story: dict[int, str] = field(default_factory=dict)
    days: dict[int, tuple[datetime.date, datetime.date]] = field(default_factory=dict)


def made(seed: int = SEED, *, per_story: int = PER_STORY, around: int = AROUND) -> Made:
    """The database: `per_story` persons for each story among `around` others, in a shuffled order."""
    luck = random.Random(seed)
    people = [story for story in STORIES for _ in range(per_story)] + [None] * around
    luck.shuffle(people)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    answer = Made({}, {})
    for place, story in enumerate(people):
        person = 100_000 + 7 * place
        rows["person"].append({"person_id": person, "gender_concept_id": luck.choice((8507, 8532)), "year_of_birth": 1950,
                               "person_source_value": f"P{person}"})  # fmt: skip
        for _ in range(luck.randrange(1, 4)):
            concept = luck.choice((9000030, 9000032, 9000029))
            _add(rows["condition_occurrence"], luck, "condition", person, concept, 0, "I10")
        if story is not None:
            days = [_tell(rows, luck, person, story)]
            answer.story[person] = story.name
            if story.certainty:
                answer.expected[person] = (story.certainty, story.reasons)
                answer.days[person] = days[0]
    rows["note"] = [
        {
            "note_id": 1,
            "person_id": rows["person"][0]["person_id"],
            "note_date": datetime.date(2020, 1, 1),
            "note_text": "x",
        }
    ]
    rows["concept"] = [
        {"concept_id": key, "concept_name": name, "domain_id": domain, "vocabulary_id": vocabulary, "concept_code": code}
        for key, name, domain, vocabulary, code in CONCEPTS
    ]  # fmt: skip
    answer.tables = {name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in SCHEMAS.items()}
    return answer


def _tell(
    rows: dict[str, list[dict[str, Any]]], luck: random.Random, person: int, story: Story
) -> tuple[datetime.date, datetime.date]:
    """Write a story's rows; the first and last of their days."""
    before = len(rows["condition_occurrence"])
    days = [_add(rows["condition_occurrence"], luck, "condition", person, *cell) for cell in story.conditions]
    for row in rows["condition_occurrence"][before:]:
        row["condition_status_concept_id"] = story.status
    for concept, value, text in story.observations:
        days.append(_day(luck))
        rows["observation"].append({"observation_id": len(rows["observation"]) + 1, "person_id": person, "observation_concept_id": concept,
                                    "observation_date": days[-1], "value_as_concept_id": value, "value_as_string": text,
                                    "observation_source_value": None, "observation_source_concept_id": 0})  # fmt: skip
    for concept, value, text in story.measurements:
        days.append(_day(luck))
        rows["measurement"].append({"measurement_id": len(rows["measurement"]) + 1, "person_id": person, "measurement_concept_id": concept,
                                    "measurement_date": days[-1], "value_as_concept_id": value, "value_source_value": text,
                                    "value_as_number": 1.5})  # fmt: skip
    for concept, text in story.drugs:
        days.append(_day(luck))
        rows["drug_exposure"].append({"drug_exposure_id": len(rows["drug_exposure"]) + 1, "person_id": person, "drug_concept_id": concept,
                                      "drug_exposure_start_date": days[-1], "drug_source_value": text, "drug_source_concept_id": 0})  # fmt: skip
    if story.death is not None:
        days.append(_day(luck))
        rows["death"].append({"person_id": person, "death_date": days[-1], "cause_concept_id": story.death[0], "cause_source_value": story.death[1],
                              "cause_source_concept_id": 0})  # fmt: skip
    if story.episode:
        days.append(_day(luck))
        rows["episode"].append({"episode_id": len(rows["episode"]) + 1, "person_id": person, "episode_concept_id": 32533,
                                "episode_start_date": days[-1], "episode_object_concept_id": story.episode})  # fmt: skip
    return min(days), max(days)


def _add(
    held: list[dict[str, Any]], luck: random.Random, kind: str, person: int, concept: int, source: int, text: str | None
) -> datetime.date:
    day = _day(luck)
    held.append({f"{kind}_occurrence_id": len(held) + 1, "person_id": person, f"{kind}_concept_id": concept, f"{kind}_start_date": day,
                 f"{kind}_source_value": text, f"{kind}_source_concept_id": source})  # fmt: skip
    return day


def _day(luck: random.Random) -> datetime.date:
    return datetime.date(2005, 1, 1) + datetime.timedelta(days=luck.randrange(7000))


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


_ID, _DAY, _TEXT = pa.int64(), pa.date32(), pa.string()
SCHEMAS = {
    "person": _schema(person_id=_ID, gender_concept_id=_ID, year_of_birth=pa.int32(), person_source_value=_TEXT),
    "condition_occurrence": _schema(condition_occurrence_id=_ID, person_id=_ID, condition_concept_id=_ID, condition_start_date=_DAY,
                                    condition_source_value=_TEXT, condition_source_concept_id=_ID,
                                    condition_status_concept_id=_ID),
    "observation": _schema(observation_id=_ID, person_id=_ID, observation_concept_id=_ID, observation_date=_DAY, value_as_concept_id=_ID,
                           value_as_string=_TEXT, observation_source_value=_TEXT, observation_source_concept_id=_ID),
    "measurement": _schema(measurement_id=_ID, person_id=_ID, measurement_concept_id=_ID, measurement_date=_DAY, value_as_concept_id=_ID,
                           value_source_value=_TEXT, value_as_number=pa.float64()),
    "drug_exposure": _schema(drug_exposure_id=_ID, person_id=_ID, drug_concept_id=_ID, drug_exposure_start_date=_DAY, drug_source_value=_TEXT,
                             drug_source_concept_id=_ID),
    "death": _schema(person_id=_ID, death_date=_DAY, cause_concept_id=_ID, cause_source_value=_TEXT, cause_source_concept_id=_ID),
    "episode": _schema(episode_id=_ID, person_id=_ID, episode_concept_id=_ID, episode_start_date=_DAY, episode_object_concept_id=_ID),
    "note": _schema(note_id=_ID, person_id=_ID, note_date=_DAY, note_text=_TEXT),
    "concept": _schema(concept_id=_ID, concept_name=_TEXT, domain_id=_TEXT, vocabulary_id=_TEXT, concept_code=_TEXT),
}  # fmt: skip


def write_parquet(tables: dict[str, pa.Table], folder: Path) -> Path:
    """One Parquet file a table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def write_csv(tables: dict[str, pa.Table], folder: Path) -> Path:
    """One CSV with a header a table, names in upper case as some exports have them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pacsv.write_csv(
            table.rename_columns([column.upper() for column in table.column_names]), folder / f"{name.upper()}.csv"
        )
    return folder


def write_duckdb(tables: dict[str, pa.Table], path: Path, *, schema: str = "main") -> Path:
    """A DuckDB file with the tables in a schema."""
    import duckdb

    with duckdb.connect(str(path)) as held:
        [(catalogue,)] = held.execute("SELECT current_database()").fetchall()
        held.execute(f'CREATE SCHEMA IF NOT EXISTS "{catalogue}"."{schema}"')
        for name, table in tables.items():
            held.register("incoming", table)
            held.execute(f'CREATE TABLE "{catalogue}"."{schema}"."{name}" AS SELECT * FROM incoming')
            held.unregister("incoming")
    return path


_DDL = {
    pa.int64(): "bigint",
    pa.int32(): "integer",
    pa.date32(): "date",
    pa.string(): "varchar",
    pa.float64(): "numeric",
}


def write_postgres(tables: dict[str, pa.Table], url: str, *, schema: str = "cdm") -> str:
    """The tables in a schema of a PostgreSQL database, with the types of the CDM's own DDL."""
    import psycopg

    with psycopg.connect(url) as held, held.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema}"')
        for name, table in tables.items():
            columns = ", ".join(f'"{one.name}" {_DDL[one.type]}' for one in table.schema)
            cursor.execute(f'CREATE TABLE "{schema}"."{name}" ({columns})')
            with cursor.copy(f'COPY "{schema}"."{name}" FROM STDIN') as copy:
                for row in _rows(table):
                    copy.write_row(row)
    return url


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in table.to_batches(max_chunksize=50_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
