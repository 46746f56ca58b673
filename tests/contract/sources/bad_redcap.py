"""REDCap files that cannot be read, and rows and values that cannot, each with its message."""

from __future__ import annotations

from pathlib import Path

from tests.contract.sources import projects
from tests.contract.sources.bad import LFS, Format
from tests.contract.sources.projects import field

FIELDS = [
    field("record_id", "person"),
    field("sex", "person", "radio", choices="1, Female | 2, Male", says="patient.sex"),
    field("vital", "person", "radio", choices="alive, Alive | dead, Dead", says="patient.vital_status"),
    field("seen", "person", validation="date_ymd", says="patient.last_contact"),
    field("died", "person", validation="date_dmy", says="patient.death"),
    field("found_on", "tumour", says="diagnosis.diagnosis"),
    field("histology", "tumour", "dropdown", choices="1, Leiomyosarcoma | 2, GIST", says="diagnosis.histology"),
    field("size", "tumour", validation="number_1dp_comma_decimal", says="diagnosis.size_mm, unit=cm"),
    field("mitoses", "tumour", validation="number", says="diagnosis.mitoses_per_10_hpf"),
    field("uterus", "tumour", "yesno", says="diagnosis.uterine_involvement"),
    field("mets", "tumour", "checkbox", choices="1, Lung | 2, Liver",
          says="disease_status.site, status=distant_metastasis, moment=at_diagnosis"),
    field("note", "tumour", "notes"),
    field("drug", "therapy", says="drug_exposure.agent"),
    field("drug_from", "therapy", says="drug_exposure.start"),
    field("drug_to", "therapy", says="drug_exposure.end"),
    field("dose", "radiation", validation="number", says="radiotherapy.dose_gy"),
    field("beams_from", "radiation", says="radiotherapy.start"),
]  # fmt: skip
DICTIONARY = projects.dictionary(*FIELDS)
GOOD_ROW = {
    "record_id": "P1", "redcap_event_name": "", "redcap_repeat_instrument": "", "redcap_repeat_instance": "",
    "sex": "1", "vital": "alive", "seen": "2020-07-20", "died": "", "person_complete": "2",
    "found_on": "2018-01-10", "histology": "1", "size": "7,5", "mitoses": "14.5", "uterus": "1", "mets___1": "1",
    "mets___2": "0", "note": "", "tumour_complete": "2", "drug": "doxorubicin", "drug_from": "2019-03-20",
    "drug_to": "2019-07-01", "therapy_complete": "1", "dose": "50.4", "beams_from": "2018-03-01", "radiation_complete": "0",
}  # fmt: skip


def records(*rows: dict[str, str]) -> str:
    """A record export: the good row with changes, once each."""
    return projects.table(list(GOOD_ROW), [GOOD_ROW | row for row in rows])


def row(**changes: str) -> str:
    """The second line of an export, as P2 with changes."""
    return records({"record_id": "P2", **changes}).splitlines()[1]


GOOD = records({})
HEAD, LINE = GOOD.splitlines()
LABELS = GOOD.replace("P1,,,,1,alive", "P1,,,,Female,Alive")
ENTITIES = '<!DOCTYPE ODM [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE ODM SYSTEM "file:///etc/passwd">'
XML = projects.odm(FIELDS, {"X1": [("person", "1", {"record_id": "X1", "sex": "1"})]})


def _dictionary(old: str, new: str) -> bytes:
    assert old in DICTIONARY, old
    return DICTIONARY.replace(old, new, 1).encode()


#: name: (file name, bytes, code). Structural faults: the whole file is refused.
_REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("more.csv", b"", "LM-F001"),
    "only-a-line-end": ("more.csv", b"\n", "LM-F001"),
    "utf-16": ("more.csv", GOOD.encode("utf-16"), "LM-F003"),
    "latin-1": ("more.csv", GOOD.replace("doxo", "d\xf6xo").encode("latin-1"), "LM-F003"),
    "workbook": ("more.csv", b"PK\x03\x04" + bytes(60), "LM-F002"),
    "lfs-pointer": ("more.csv", LFS.encode(), "LM-F005"),
    "headers-only": ("more.csv", (HEAD + "\n").encode(), "LM-F014"),
    "cut-in-a-row": ("more.csv", (GOOD + "P2,,,,2").encode(), "LM-F006"),
    "column-twice": ("more.csv", GOOD.replace(",mitoses,", ",size,").encode(), "LM-F009"),
    "no-record-name": ("more.csv", GOOD.replace("record_id", "id").encode(), "LM-F016"),
    "codes-and-labels-in-two-columns": ("more.csv", GOOD.replace("P1,,,,1,", "P1,,,,Female,").encode(), "LM-F026"),
    "codes-and-labels-in-one-column": ("more.csv", (GOOD + row(sex="Male") + "\n").encode(), "LM-F026"),
    "labels-among-coded-statuses": ("more.csv", (GOOD + row(person_complete="Complete") + "\n").encode(), "LM-F026"),
    "boxes-checked-among-codes": ("more.csv", (GOOD + row(mets___2="Checked") + "\n").encode(), "LM-F026"),
    "event-label-among-codes": ("more.csv", (GOOD + row(redcap_event_name="First visit") + "\n").encode(), "LM-F026"),
    "no-dictionary": ("more.csv", b"study_no,redcap_event_name,age,demographics_complete\n1,a_arm_1,3,2\n", "LM-F025"),
    "no-dictionary-semicolons": ("more.csv", b"study_no;age;demographics_complete\n1;3;2\n", "LM-F025"),
    "no-dictionary-row-names": ("more.csv", b'"","study_no","age","demographics_complete"\n"1","1","3","2"\n', "LM-F025"),
    "other-dictionary-has-field-twice": ("other.csv", (DICTIONARY + DICTIONARY.splitlines()[2] + "\n").encode(), "LM-F027"),
    "other-dictionary-has-capitals": ("other.csv", _dictionary("\nsex,", "\nSex,"), "LM-F027"),
    "other-dictionary-has-no-form": ("other.csv", _dictionary("\nsex,person", "\nsex,"), "LM-F027"),
    "other-dictionary-has-odd-type": ("other.csv", _dictionary("person,,radio", "person,,wheel"), "LM-F027"),
    "other-dictionary-lacks-choices": ("other.csv", _dictionary('"1, Female | 2, Male"', ""), "LM-F027"),
    "other-dictionary-has-code-twice": ("other.csv", _dictionary("1, Female | 2, Male", "1, Female | 1, Male"), "LM-F027"),
    "other-dictionary-row-too-short": ("other.csv", (DICTIONARY + "x,person\n").encode(), "LM-F027"),
    "other-dictionary-cut": ("other.csv", (DICTIONARY + "x,person").encode(), "LM-F006"),
    "other-dictionary-lacks-types": ("other.csv", _dictionary("Field Type", "Kind"), "LM-F016"),
    "other-dictionary-of-nothing": ("other.csv", (DICTIONARY.splitlines()[0] + "\n").encode(), "LM-F014"),
    "xml-with-entities": ("project.xml", XML.replace("<ODM", ENTITIES + "<ODM", 1).encode(), "LM-F027"),
    "xml-with-outside-entity": ("project.xml", XML.replace("<ODM", OUTSIDE + "<ODM", 1).encode(), "LM-F027"),
    "xml-cut": ("project.xml", XML[: len(XML) - 40].encode(), "LM-F027"),
    "xml-cut-in-the-head": ("project.xml", XML[:700].encode(), "LM-F027"),
    "xml-without-fields": ("project.xml", XML.replace("ItemDef", "ItemNone").encode(), "LM-F027"),
    "xml-with-stray-sign": ("project.xml", XML.replace("<ClinicalData", "& <ClinicalData").encode(), "LM-F027"),
}  # fmt: skip

#: name: (row, code, whether it is quarantined). The good row has P1; the row under test is P2.
_ROWS: dict[str, tuple[str, str, bool]] = {
    "too-few-columns": ("P2,,,,1", "LM-D003", True),
    "too-many-columns": (row() + ",1", "LM-D003", True),
    "no-record-name": (row(record_id=""), "LM-D004", True),
    "control-character": (row(drug="dox\x00"), "LM-D010", True),
    "quote-that-never-closes": (row(drug="DRUG").replace("DRUG", '"dox'), "LM-D019", True),
    "instrument-that-is-none": (row(redcap_repeat_instrument="zodiac", redcap_repeat_instance="1"), "LM-D024", True),
    "instrument-without-instance": (row(redcap_repeat_instrument="therapy"), "LM-D024", True),
    "instance-that-is-no-number": (row(redcap_repeat_instrument="therapy", redcap_repeat_instance="one"), "LM-D024", True),
    "instance-zero": (row(redcap_repeat_instrument="therapy", redcap_repeat_instance="0"), "LM-D024", True),
    "answer-that-is-no-choice": (row(sex="7"), "LM-D023", False),
    "answer-of-a-spreadsheet": (row(uterus="TRUE"), "LM-D023", False),
    "box-that-is-neither": (row(mets___1="2"), "LM-D023", False),
    "point-for-a-decimal-comma": (row(size="7.5.1"), "LM-D002", False),
    "comma-for-a-decimal-point": (row(mitoses="14,5"), "LM-D002", False),
    "size-in-words": (row(size="large"), "LM-D002", False),
    "size-of-a-house": (row(size="900"), "LM-D006", False),
    "dose-of-a-reactor": (row(dose="5040"), "LM-D006", False),
    "date-in-words": (row(found_on="before validation"), "LM-D012", False),
    "date-that-is-none": (row(seen="2020-02-31"), "LM-D012", False),
    "date-with-day-and-month-alike": (row(died="03/04/2019", vital="dead"), "LM-D022", False),
    "end-before-start": (row(drug_to="2018-01-01"), "LM-D011", False),
    "drug-not-known": (row(drug="Snake oil"), "LM-C002", False),
    "drug-misspelt": (row(drug="gemcitabinne"), "LM-C001", False),
}  # fmt: skip


def _write(folder: Path) -> Path:
    """A project of one patient with its dictionary."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dictionary.csv").write_text(DICTIONARY, encoding="utf-8")
    (folder / "zz_records.csv").write_text(GOOD, encoding="utf-8")
    return folder


REDCAP = Format(
    name="redcap",
    write=_write,
    refused=_REFUSED,
    row_file="records.csv",
    before_rows=GOOD,
    rows=_ROWS,
    beside={"dictionary.csv": DICTIONARY.encode()},
)
