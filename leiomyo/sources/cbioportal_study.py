"""The folder of a cBioPortal study: what it is called, and what one file has to know of the others.

Files are read one at a time. Three things stand in another file or in all rows of one: the study's name (in a meta
file), the day of a patient's diagnosis where the timeline gives one, and how many days a month has in this study.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path

from leiomyo.model.codes import codes, find_words, whole_word
from leiomyo.sources import cells
from leiomyo.sources.base import FileRefused
from leiomyo.sources.data_files import answers, rows
from leiomyo.sources.files import lines, walk
from leiomyo.sources.statements import names_lms

#: What studies divide days by: 365.25/12, 365/12, and the two rounded (the NSCLC study of the tests uses 30.4).
MONTHS = (30.4375, 365 / 12, 30.4, 30.44)
#: So many printed values, and this share of them, must be a whole number of days before a length is believed.
_ENOUGH, _SHARE = 8, 0.95
_IDENTIFIER = "cancer_study_identifier:"
_META_LINES = 200


def values(list_name: str) -> dict[str, str]:
    """Code by answer in lower case, for one list of `cbioportal_values.csv`."""
    return answers("cbioportal_values.csv", list_name)


@cache
def columns(table: str) -> dict[str, tuple[str, str]]:
    """Target and conversion by column name, for `clinical` or `timeline` files."""
    return {
        row["name"]: (row["target"], row["convert"]) for row in rows("cbioportal_columns.csv") if row["table"] == table
    }


@cache
def oncotree() -> dict[str, dict[str, str]]:
    """What the OncoTree codes of sarcomas and their neighbours mean, by code."""
    return {row["code"]: row for row in rows("cbioportal_oncotree.csv")}


@cache
def events() -> dict[str, tuple[str, str]]:
    """What is read from each kind of event, and what its name alone says."""
    return {row["event"]: (row["part"], row["says"]) for row in rows("cbioportal_events.csv")}


def missing(written: str) -> str | None:
    """Why a cell has no value, as a code of the list `missing`; None where it has one.

    Examples
    --------
    >>> missing("[Not Available]"), missing("NA"), missing(""), missing("0")
    ('not_available', 'not_available', 'blank', None)
    """
    return whole_word("missing", written) if written else "blank"


def folder_of(path: Path) -> Path:
    """The study's folder: where the file lies, or above its case lists."""
    parent = path.resolve().parent
    return parent.parent if parent.name == "case_lists" else parent


def study_name(folder: Path) -> str:
    """The identifier that the study's meta files give it; the folder's name where there is none."""
    described = sorted(folder.glob("meta*.txt"), key=lambda path: (path.name != "meta_study.txt", path.name))
    for path in described:
        for line in _readable(path):
            if line.lower().startswith(_IDENTIFIER) and (name := line[len(_IDENTIFIER) :].strip()):
                return name
    return folder.name


def first_study(root: Path | None, folder: Path) -> str:
    """The study that comes first where `root` is read; without one, or where it names none, that of the folder."""
    for other, _ in walk(root) if root else ():
        if other.name.startswith(("data_clin", "data_timeline")):
            return study_name(folder_of(other))
    return study_name(folder)


def describes_study(path: Path, name: str) -> bool:
    """Whether a file is one of `key: value` lines that names its study: a meta file or a case list."""
    # it has a few lines; a file of resources or of records may have millions with a colon
    for line in islice(lines(path, name), _META_LINES):
        if line.text.lower().startswith(_IDENTIFIER):
            return True
        if ":" not in line.text or "\t" in line.text.partition(":")[0]:
            return False
    return False


def holds_study(folder: Path) -> bool:
    """Whether clinical files of a study lie in a folder."""
    return any(True for _ in folder.glob("data_clin*")) or bool(_timelines(folder))


@lru_cache(maxsize=10_000)
def cancer_of(oncotree_code: str | None, *texts: str | None) -> str:
    """One word for the cancer that a sample is of, the same for every name of leiomyosarcoma; empty if not told.

    "Sarcoma, NOS" tells no other cancer than the one that a second sample names exactly.
    """
    known = oncotree().get((oncotree_code or "").upper(), {})
    names = [known.get("name"), *texts]
    if any(names_lms(name) for name in names):
        return "leiomyosarcoma"
    words = " ".join(name for name in names if name)
    hits = [codes("histology_terms")[hit.code]["entity"] for hit in find_words(("histology_terms",), words)]
    if hits and all(entity.startswith("unspecified") for entity in hits):
        return ""
    return (oncotree_code or next((text for text in texts if text), None) or "").lower()


def diagnosis_days(folder: Path) -> dict[str, int]:
    """The day of diagnosis by patient, where a timeline gives one: the leiomyosarcoma's, else the first."""
    found: dict[str, tuple[bool, int]] = {}
    for path in _timelines(folder):
        table = _table(path)
        for row in table:
            event = event_name(row.get("EVENT_TYPE", ""))
            day = cells.day(row.get("START_DATE", "").strip())
            if events().get(event, ("",))[0] == "diagnosis" and not day.code:
                rank = (not names_lms(" | ".join(row.values())), day.value.low)
                patient = row["PATIENT_ID"].strip()
                found[patient] = min(rank, found.get(patient, rank))
    return {patient: day for patient, (_, day) in found.items()}


def event_name(written: str) -> str:
    """The name of a kind of event, whatever its case and joints.

    Examples
    --------
    >>> event_name("Lab Test"), event_name("PD-L1")
    ('LAB_TEST', 'PD_L1')
    """
    return re.sub(r"\W+", "_", written.strip().upper())


def month_length(printed: Iterable[str]) -> tuple[float, float]:
    """The shortest and longest length, in days, that a month may have in a study.

    A day count divided by the right length and printed with two decimals can be told from one that was not: only
    then do all values hold a whole day. Too few values, or none that fits: any length in use is possible.

    Examples
    --------
    >>> month_length(f"{day / 30.4:.2f}" for day in range(100, 2000, 77))
    (30.4, 30.4)
    >>> month_length(["12.3"])
    (30.4, 30.44)
    """
    exact = {text for text in printed if len(text.partition(".")[2]) >= 2 and not cells.number(text).code}
    if len(exact) >= _ENOUGH:
        for length in MONTHS:
            fitting = sum(cells.whole_days(text, (length, length)) is not None for text in exact)
            if fitting >= _SHARE * len(exact):
                return length, length
    return min(MONTHS), max(MONTHS)


def _timelines(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("data_timeline*") if path.is_file() and not path.is_symlink())


def _readable(path: Path) -> Iterator[str]:
    """The lines of a file beside the one that is read; none where it is damaged, which its own reading tells."""
    try:
        for line in lines(path, path.name):
            yield line.text
    except FileRefused:
        return


def _table(path: Path) -> Iterator[dict[str, str]]:
    names: list[str] = []
    for text in _readable(path):
        if names:
            values_of = text.split("\t")
            if len(values_of) == len(names):
                yield dict(zip(names, values_of, strict=True))
        elif not text.startswith("#"):
            names = [name.strip().upper() for name in text.split("\t")]
            if "PATIENT_ID" not in names:
                return
