"""The concepts that our OMOP folders are written with: those that our reader of OMOP knows, the other way round."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache
from importlib import resources

#: Concepts of what the writer itself says: a row comes from a registry, a contact is a visit.
REGISTRY, OUTPATIENT = 32879, 9202
NONE = 0
#: Domain and class of what a concept is about, as CONCEPT has them.
_DOMAINS = {"tumour": "Condition", "drug": "Drug", "sex": "Gender", "surgery": "Procedure", "episode": "Episode",
            "unit": "Unit", "answer": "Meas Value", "field": "Metadata", "follow_up": "Observation",
            "Visit": "Visit", "Type Concept": "Type Concept"}  # fmt: skip
#: Of several concepts that say the same, the vocabulary that the CDM has as the standard one.
_STANDARD = ("RxNorm", "RxNorm Extension", "Cancer Modifier", "Episode", "SNOMED", "UCUM", "CDM", "Gender", "HemOnc")
#: Of several that are left, the most general one: yes, no, surgical procedure, excision, largest dimension.
_GENERAL = frozenset({"4188539", "4188540", "4301351", "4279903", "36768255"})


@cache
def rows_of(package: str, file: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file of a package."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


@cache
def columns(table: str) -> tuple[str, ...]:
    """The columns of a table of CDM 5.4, in order."""
    placed = [(int(row["5.4"]), row["column"]) for row in rows_of("leiomyo.sources", "omop_columns.csv")
              if row["table"] == table and row["5.4"]]  # fmt: skip
    return tuple(name for _, name in sorted(placed))


@cache
def _known() -> dict[tuple[str, str], int]:
    """The id of each part and what is said of it; ids that somebody looked up, of the standard vocabulary, first."""
    found: dict[tuple[str, str], int] = {}
    rows = [row for row in rows_of("leiomyo.sources", "omop_concepts.csv") if int(row["concept_id"]) < 2_000_000_000]
    for row in sorted(rows, key=_order):
        found.setdefault((row["part"], row["says"]), int(row["concept_id"]))
    return found


def _order(row: dict[str, str]) -> tuple[bool, int, bool, int]:
    place = _STANDARD.index(row["vocabulary"]) if row["vocabulary"] in _STANDARD else len(_STANDARD)
    return row["confidence"] != "verified", place, row["concept_id"] not in _GENERAL, int(row["concept_id"])


def concept(part: str, says: str = "") -> int:
    """The concept of a part that says so; 0, "no matching concept", where none is known.

    Examples
    --------
    >>> concept("residual", "R0"), concept("metastasis", "lung"), concept("drug", "doxorubicin"), concept("drug", "?")
    (1634643, 36770283, 1338512, 0)
    """
    return _known().get((part, says), NONE)


def concept_rows(met: set[int]) -> Iterator[dict[str, object]]:
    """The rows of CONCEPT for the concepts met."""
    own = [{**row, "part": row["vocabulary"]}
           for row in rows_of("leiomyo.exports", "omop_types.csv")]  # fmt: skip
    for row in (*rows_of("leiomyo.sources", "omop_concepts.csv"), *own):
        if int(row["concept_id"]) in met:
            yield {
                "concept_id": int(row["concept_id"]), "concept_name": row["name"],
                "domain_id": _DOMAINS.get(row["part"], "Measurement"),
                "vocabulary_id": row["vocabulary"], "concept_class_id": "Undefined", "standard_concept": "S",
                "concept_code": row["code"] or row["concept_id"], "valid_start_date": "1970-01-01",
                "valid_end_date": "2099-12-31",
            }  # fmt: skip
