"""OMOP files that cannot be read, and rows and values that cannot, each with its message."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.contract.sources import omops
from tests.contract.sources.bad import LFS, Format

CONDITION = omops.condition(1, 1, "2018-01-10", "8890/3-C54.2")
GOOD = omops.text("condition_occurrence", [CONDITION])
HEAD, LINE = GOOD.splitlines()
BARE = omops.text("condition_occurrence", [CONDITION], header=False)
TABS = omops.text("condition_occurrence", [CONDITION], header=False, sign="\t", version="5.2")
PERSON = omops.text("person", [omops.person(1, 8532, "1955-03-01")])
DEATH = omops.text("death", [omops.death(2, "2019-02-03")])
NAME = "condition_occurrence.csv"


def _parquet(**columns: list[object]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: pa.array(column) for name, column in columns.items()}), buffer)
    return buffer.getvalue()


#: name: (file name, bytes, code). Structural faults: the whole file is refused.
_REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": (NAME, b"", "LM-F001"),
    "empty-deaths": ("death.csv", b"", "LM-F001"),
    "utf-16": (NAME, GOOD.encode("utf-16"), "LM-F003"),
    "latin-1": (NAME, GOOD.replace("8890/3-C54.2", "Ut\xe9rus").encode("latin-1"), "LM-F003"),
    "workbook": (NAME, b"PK\x03\x04" + bytes(60), "LM-F002"),
    "parquet-called-csv": (NAME, _parquet(person_id=[1]), "LM-F002"),
    "lfs-pointer-for-persons": ("person.csv", LFS.encode(), "LM-F005"),
    "lfs-pointer-for-parquet": ("person.parquet", LFS.encode(), "LM-F005"),
    "line-ends-lost": (NAME, GOOD.replace("\n", ",").encode() * 6000, "LM-F004"),
    "cut-in-a-row": (NAME, (GOOD + "2,1,0,2018-").encode(), "LM-F006"),
    "cut-in-a-row-without-header": (NAME, (BARE + "2,1,0,2018-").encode(), "LM-F006"),
    "cut-in-a-row-of-tabs": (NAME, (TABS + "2\t1\t0\t2018-").encode(), "LM-F006"),
    "conditions-of-nobody": (NAME, (HEAD + "\n").encode(), "LM-F014"),
    "persons-of-nobody": ("person.csv", PERSON.splitlines(keepends=True)[0].encode(), "LM-F014"),
    "column-twice": (NAME, GOOD.replace("stop_reason", "person_id").encode(), "LM-F009"),
    "column-twice-in-another-case": (NAME, GOOD.replace("stop_reason", "PERSON_ID").encode(), "LM-F009"),
    "no-person-column": (NAME, GOOD.replace("person_id", "subject").encode(), "LM-F016"),
    "no-concept-column": (NAME, GOOD.replace("condition_concept_id", "code").encode(), "LM-F016"),
    "no-date-column": (NAME, GOOD.replace("condition_start_date", "begun").encode(), "LM-F016"),
    "deaths-of-nobody-known": ("death.csv", DEATH.replace("person_id", "subject").encode(), "LM-F016"),
    "parquet-without-persons": ("death.parquet", _parquet(death_date=["2019-01-01"], death_type_concept_id=[1],
                                                          cause_concept_id=[0]), "LM-F016"),
    "parquet-cut": ("death.parquet", _parquet(person_id=[1], death_date=["2019-01-01"])[:-20], "LM-F002"),
    "one-column-too-few-without-header": (NAME, BARE.replace(",", "", 1).encode(), "LM-F030"),
    "one-column-too-many-without-header": (NAME, BARE.replace("\n", ",\n").encode(), "LM-F030"),
    "columns-of-another-table-without-header": ("death.csv", BARE.encode(), "LM-F030"),
    "words-where-numbers-belong-without-header": (NAME, BARE.replace("1,1,0,", "one,one,C54,", 1).encode(), "LM-F030"),
    "an-error-page": (NAME, b"<!DOCTYPE html><html><head><title>403, forbidden</title></head></html>\n", "LM-F030"),
    "old-mac-line-ends": (NAME, GOOD.replace("\n", "\r").encode(), "LM-F014"),
}  # fmt: skip


def _row(**changes: object) -> str:
    """The good row, of person 2, with changes."""
    return omops.text("condition_occurrence", [{**CONDITION, "person_id": 2, **changes}]).splitlines()[1]


#: name: (row of CONDITION_OCCURRENCE, code, whether it is quarantined).
_ROWS: dict[str, tuple[str, str, bool]] = {
    "too-few-columns": ("2,2,0", "LM-D003", True),
    "too-many-columns": (_row() + ",extra", "LM-D003", True),
    "comma-in-an-unquoted-text": (_row() + ", NOS", "LM-D003", True),
    "no-person": (_row(person_id=""), "LM-D004", True),
    "person-is-null": (_row(person_id="NULL"), "LM-D004", True),
    "control-character": (_row(stop_reason="en\x00d"), "LM-D010", True),
    "quotes-that-do-not-close": (_row(stop_reason='"end'), "LM-D019", True),
    "no-date": (_row(condition_start_date=""), "LM-D029", False),
    "date-is-null": (_row(condition_start_date="\\N"), "LM-D029", False),
    "date-in-words": (_row(condition_start_date="last spring"), "LM-D012", False),
    "date-that-does-not-exist": (_row(condition_start_date="2019-02-30"), "LM-D012", False),
    "date-that-may-be-two": (_row(condition_start_date="03/04/2019"), "LM-D012", False),
}  # fmt: skip
# csv writes a lone quote doubled; here it stands as a careless program left it
_ROWS["quotes-that-do-not-close"] = (_row(stop_reason="@").replace("@", '"end'), "LM-D019", True)

#: name: (table, changes to its good row, code, whether it is quarantined).
OTHERS: dict[str, tuple[str, dict[str, object], str, bool]] = {
    "sex-of-an-unknown-concept": ("person", {"gender_concept_id": 99}, "LM-D005", False),
    "month-of-birth-thirteen": ("person", {"month_of_birth": 13}, "LM-D012", False),
    "year-of-birth-in-words": ("person", {"year_of_birth": "about 1950"}, "LM-D012", False),
    "person-of-no-number": ("person", {"person_id": ""}, "LM-D004", True),
    "death-without-day": ("death", {"death_date": ""}, "LM-D029", False),
    "death-of-nobody": ("death", {"person_id": "nan"}, "LM-D004", True),
    "drug-ends-before-it-begins": ("drug_exposure", {"drug_exposure_end_date": "2018-01-01"}, "LM-D011", False),
    "drug-without-day": ("drug_exposure", {"drug_exposure_start_date": ""}, "LM-D029", False),
    "drug-misspelt": ("drug_exposure", {"drug_concept_id": 0, "drug_source_value": "gemcitabinne"}, "LM-C001", False),
    "visit-ends-before-it-begins": ("visit_occurrence", {"visit_end_date": "2018-01-01"}, "LM-D011", False),
    "period-ends-before-it-begins": ("observation_period", {"observation_period_end_date": "2010-01-01"}, "LM-D011", False),
    "size-without-unit": ("measurement", {"unit_concept_id": ""}, "LM-D030", False),
    "size-in-inches": ("measurement", {"unit_concept_id": "", "unit_source_value": "in"}, "LM-D030", False),
    "size-in-words": ("measurement", {"value_as_number": "large"}, "LM-D002", False),
    "size-with-decimal-comma": ("measurement", {"value_as_number": "8,5"}, "LM-D002", False),
    "size-of-two-metres": ("measurement", {"value_as_number": 200}, "LM-D006", False),
    "mitoses-of-a-thousand": ("measurement", {"measurement_concept_id": 4227243, "value_as_number": 1000}, "LM-D006", False),
    "residual-tumour-of-no-operation": ("measurement", {"measurement_concept_id": 1633801}, "LM-D028", False),
    "margin-in-unknown-words": ("measurement", {"measurement_concept_id": 0, "measurement_source_value": "Surgical margins",
                                                "value_source_value": "lilac"}, "LM-D005", False),
    "number-that-is-a-centre's-own": ("episode", {"episode_concept_id": 2000100002,
                                                  "episode_source_value": "Allergy"}, "LM-D027", False),
    "episode-ends-before-it-begins": ("episode", {"episode_end_date": "2001-01-01"}, "LM-D011", False),
}  # fmt: skip
#: The good row of each table; person 1 has a leiomyosarcoma.
GOOD_ROWS: dict[str, dict[str, object]] = {
    "person": omops.person(1, 8532, "1955-03-01"),
    "death": omops.death(1, "2020-01-01"),
    "drug_exposure": omops.drug(1, 1, 1338512, "2019-03-20", "2019-07-01"),
    "visit_occurrence": omops.visit(1, 1, "2019-01-01"),
    "observation_period": {"observation_period_id": 1, "person_id": 1, "observation_period_start_date": "2017-01-01",
                           "observation_period_end_date": "2019-01-01", "period_type_concept_id": 32817},
    "measurement": omops.measured(1, 1, "2018-01-12", 36768664, value_as_number=8.5, unit_concept_id=8582),
    "episode": omops.episode(1, 1, 32949, "2019-07-10", "2019-07-10"),
}  # fmt: skip


def _write(folder: Path) -> Path:
    """A folder whose files are called otherwise than any that is added to it."""
    return omops.write(folder, {
        "person": [omops.person(1, 8532, "1955-03-01")], "condition_occurrence": [CONDITION],
        "visit_occurrence": [omops.visit(1, 1, "2020-07-20")], "death": [],
    }, prefix="cohort_")  # fmt: skip


OMOP = Format(
    name="omop",
    write=_write,
    refused=_REFUSED,
    row_file=NAME,
    before_rows=GOOD,
    rows=_ROWS,
)
