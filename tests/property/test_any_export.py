"""Whatever happened to an export on its way: no row is lost, nothing is counted twice, nothing but a refusal is raised."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from leiomyo.registry import Registry
from tests import biotab
from tests.contract.sources import fhir, omops, projects, studies
from tests.contract.sources.bad_redcap import DICTIONARY, GOOD_ROW

EXAMPLES = 400 if os.environ.get("LEIOMYO_LONG") else 12
PATIENTS = st.sampled_from(["T-01-A", "T-01-B", "T-02-C"])
DAYS = st.one_of(
    st.integers(-100, 4000).map(str), st.sampled_from(["[Not Available]", "", "soon", "1e9", "-", "99999999"])
)
WORDS = st.one_of(
    st.sampled_from(["Doxorubicin", "Gem/Tax", "?", "Lung", "other", "Leiomyosarcoma, NOS", "8890/3", "|", "R1", "0"]),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\t\n\r"), max_size=12),
)  # fmt: skip

BIOTAB = {
    "patient": {"bcr_patient_barcode": PATIENTS, "vital_status": st.sampled_from(["Alive", "Dead", "?"]),
                "days_to_last_followup": DAYS, "days_to_death": DAYS, "gender": WORDS, "histological_type": WORDS},
    "follow_up": {"bcr_patient_barcode": PATIENTS, "bcr_followup_barcode": WORDS, "days_to_last_followup": DAYS},
    "drug": {"bcr_patient_barcode": PATIENTS, "bcr_drug_barcode": WORDS, "drug_name": WORDS,
             "days_to_drug_therapy_start": DAYS, "days_to_drug_therapy_end": DAYS},
    "nte": {"bcr_patient_barcode": PATIENTS, "new_neoplasm_event_occurrence_anatomic_site": WORDS,
            "days_to_new_tumor_event_after_initial_treatment": DAYS},
    "radiation": {"bcr_patient_barcode": PATIENTS, "radiation_dosage": DAYS, "units": WORDS},
}  # fmt: skip
STUDY = {
    "clinical_patient": {"PATIENT_ID": PATIENTS, "SEX": WORDS, "AGE": DAYS, "OS_MONTHS": DAYS,
                         "OS_STATUS": st.sampled_from(["0:LIVING", "1:DECEASED", "LIVING", "1:LIVING", ""])},
    "clinical_sample": {"PATIENT_ID": PATIENTS, "SAMPLE_ID": WORDS, "ONCOTREE_CODE": st.sampled_from(["LMS", "ULMS", "GIST", ""]),
                        "CANCER_TYPE_DETAILED": WORDS, "SAMPLE_TYPE": WORDS},
    "timeline_treatment": {"PATIENT_ID": PATIENTS, "START_DATE": DAYS, "STOP_DATE": DAYS,
                           "EVENT_TYPE": st.sampled_from(["TREATMENT", "Surgery", "STATUS", "nonsense", ""]),
                           "TREATMENT_TYPE": WORDS, "AGENT": WORDS},
}  # fmt: skip

#: What may happen to one line, given where in it and what else there is.
Damage = Callable[[list[str], int, int, str], None]


def _replaced(change: Callable[[str, int, str], str]) -> Damage:
    def damage(lines: list[str], at: int, place: int, word: str) -> None:
        lines[at] = change(lines[at], place % (len(lines[at]) + 1), word)

    return damage


DAMAGES: dict[str, Damage] = {
    "cut": _replaced(lambda line, place, _: line[:place]),
    "joined": lambda lines, at, _, word: lines.__setitem__(slice(at, at + 2), [word.join(lines[at : at + 2])]),
    "doubled": lambda lines, at, place, _: lines.insert(at, lines[at]),
    "gone": lambda lines, at, place, _: lines.pop(at) and None,
    "control": _replaced(lambda line, place, _: line[:place] + "\x00\x1b\x0b\r\x85\u2028"[place % 6] + line[place:]),
    "a column more": _replaced(lambda line, place, word: line[:place] + "\t" + word + line[place:]),
    "a column less": _replaced(lambda line, _, __: line.replace("\t", " ", 1)),
    "swapped": _replaced(lambda line, _, __: "\t".join(reversed(line.split("\t")))),
    "overwritten": _replaced(lambda line, place, word: line[:place] + word + line[place + len(word) :]),
    "blank": lambda lines, at, place, _: lines.insert(at, " \t" * (place % 3)),
}


@st.composite
def damaged(draw: st.DrawFn, text: str, head: int) -> str:
    """A file to which some things happened; its head is spared most times, or nothing would be left to count."""
    lines = text.splitlines()
    for kind in draw(st.lists(st.sampled_from(sorted(DAMAGES)), max_size=4)):
        first = 0 if draw(st.integers(0, 9)) == 0 else head
        if len(lines) > first:
            at = draw(st.integers(first, len(lines) - 1))
            DAMAGES[kind](lines, at, draw(st.integers(0, 200)), draw(WORDS))
    return "\n".join(lines) + draw(st.sampled_from(["\n", "\n", "\n", "", "\r\n", "\n\n"]))


@st.composite
def biotab_export(draw: st.DrawFn) -> dict[str, str]:
    """Some of the tables of a biotab export, by file name."""
    kinds = draw(st.lists(st.sampled_from(sorted(BIOTAB)), min_size=1, max_size=3, unique=True))
    rows = {
        kind: draw(st.lists(st.fixed_dictionaries({}, optional=BIOTAB[kind]), min_size=1, max_size=4)) for kind in kinds
    }
    return {f"{kind}.txt": draw(damaged(biotab.text(kind, *rows[kind]), 3)) for kind in kinds}


@st.composite
def study_export(draw: st.DrawFn) -> dict[str, str]:
    """Some of the files of a cBioPortal study, by file name."""
    kinds = draw(st.lists(st.sampled_from(sorted(STUDY)), min_size=1, max_size=3, unique=True))
    files = {}
    for kind in kinds:
        above = 0 if kind.startswith("timeline") else draw(st.sampled_from([0, 4]))
        rows = draw(st.lists(st.fixed_dictionaries(STUDY[kind]), min_size=1, max_size=4))
        files[f"data_{kind}.txt"] = draw(damaged(studies.table(rows, above=above), above + 1))
    return files


RECORD = {
    "record_id": st.sampled_from(["1", "2", "a b", ""]), "redcap_repeat_instrument": st.sampled_from(["", "therapy", "?"]),
    "redcap_repeat_instance": st.sampled_from(["", "1", "2", "x"]), "sex": st.sampled_from(["1", "2", "Female", "UNK", "7"]),
    "vital": st.sampled_from(["alive", "dead", "Dead", ""]), "seen": DAYS, "found_on": DAYS, "histology": st.sampled_from(["1", "2"]),
    "size": DAYS, "mets___1": st.sampled_from(["0", "1", ""]), "tumour_complete": st.sampled_from(["0", "2", ""]), "drug": WORDS,
}  # fmt: skip


@st.composite
def project_export(draw: st.DrawFn) -> dict[str, str]:
    """A REDCap project: its dictionary, most times, and one or two record exports."""
    files = {"dictionary.csv": draw(damaged(DICTIONARY, 1))} if draw(st.integers(0, 9)) else {}
    blank = dict.fromkeys(GOOD_ROW, "")
    for name in draw(st.sampled_from([["records.csv"], ["records.csv", "more.csv"]])):
        rows = draw(st.lists(st.fixed_dictionaries({}, optional=RECORD), min_size=1, max_size=4))
        text = projects.table(list(GOOD_ROW), [blank | {"record_id": "1"} | row for row in rows])
        files[name] = draw(damaged(text, 1))
    return files


@st.composite
def fhir_export(draw: st.DrawFn) -> dict[str, str]:
    """Some of the resources of the made cohort, as lines or as a bundle."""
    some = draw(st.lists(st.sampled_from(fhir.cohort()), min_size=1, max_size=6))
    if draw(st.booleans()):
        return {"all.ndjson": draw(damaged(fhir.lines(some), 0))}
    text = fhir.bundle(some)
    at = draw(st.integers(0, len(text)))
    return {"bundle.json": text if draw(st.booleans()) else text[:at] + draw(WORDS) + text[at:]}


@st.composite
def omop_export(draw: st.DrawFn) -> dict[str, str]:
    """Some of the tables of the made OMOP cohort, with names or without."""
    tables = draw(st.lists(st.sampled_from(sorted(omops.COHORT)), min_size=1, max_size=3, unique=True))
    header = draw(st.booleans())
    files = {}
    for table in tables:
        rows = draw(st.lists(st.sampled_from(list(omops.COHORT[table])), min_size=1, max_size=4))
        files[f"{table}.csv"] = draw(damaged(omops.text(table, rows, header=header), int(header)))
    return files


def write(folder: Path, files: dict[str, str]) -> Path:
    """The files as they are, to the byte."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8"))
    return folder


def told(held: Registry, folder: Path, *, whole: bool) -> tuple[object, ...]:
    """What an ingest counts: rows, rows in quarantine, patients, problems by code; after checking that it adds up."""
    result = held.ingest(folder, name="export", centre="C", whole=whole)
    if result.status == "refused":
        assert held.store.rows("SELECT count(*) FROM input_row") == [(0,)]
        assert any(problem.severity == "error" for problem in result.problems)
        return ("refused",)
    for file in result.files:
        assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"]
    counts = held.store.rows("""
        SELECT (SELECT sum(rows) FROM source_file), (SELECT count(*) FROM input_row), (SELECT count(*) FROM quarantine),
               (SELECT count(*) FROM patient), (SELECT count(*) FROM input_row WHERE disposition IS NULL)""")[0]
    assert counts[0] == counts[1]
    assert counts[4] == 0
    assert held.ingest(folder, name="export", centre="C", whole=whole).status == "unchanged" or not whole
    return ("read", *counts, sorted(problem.code for problem in result.problems if problem.code != "LM-R001"))


@pytest.mark.parametrize(
    "export", [biotab_export(), study_export(), project_export()], ids=["gdc", "cbioportal", "redcap"]
)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_row_of_any_export_is_accounted_for(
    export: st.SearchStrategy[dict[str, str]], data: st.DataObject
) -> None:
    files = data.draw(export)
    with tempfile.TemporaryDirectory() as place:
        folder = write(Path(place) / "export", files)
        for whole in (True, False):
            with Registry() as held:
                first = told(held, folder, whole=whole)
            names = sorted(files)
            # the same files in the other order; what they are called says nothing in either format
            turned = {f"data_clinical_{len(names) - at}.txt" if name.startswith("data_clin") else
                      f"data_timeline_{len(names) - at}.txt" if name.startswith("data_time") else
                      f"{len(names) - at}.txt": files[name] for at, name in enumerate(names)}  # fmt: skip
            if whole:
                other = write(Path(place) / "turned", turned)
            with Registry() as held:
                assert told(held, other, whole=whole) == first


@pytest.mark.parametrize("export", [fhir_export(), omop_export()], ids=["fhir", "omop"])
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_row_of_a_hospital_system_s_export_is_accounted_for(
    export: st.SearchStrategy[dict[str, str]], data: st.DataObject
) -> None:
    files = data.draw(export)
    with tempfile.TemporaryDirectory() as place:
        folder = write(Path(place) / "export", files)
        for whole in (True, False):
            with Registry() as held:
                told(held, folder, whole=whole)
