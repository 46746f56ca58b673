"""Errors of facts that contradict each other, or that no patient can have: tumour, stage, treatment, status."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from leiomyo.simulate.planted.case import Case, Dice, Row
from leiomyo.simulate.planted.planting import Form, Kind

Edit = Callable[[Case, Row, Dice], tuple[Row, str]]
_GIST_TEXT = "Gastrointestinal stromal tumour (GIST)"
_SIZE_CLASSES = ("T1", "T2", "T3", "T4")


def change(column: str, value: Callable[[Case, Row, Dice], object]) -> Edit:
    """An edit of one cell."""

    def edit(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
        was = row.get(column)
        row[column] = value(case, row, dice)
        return row, f"{column} was {was if was is not None else 'empty'}"

    return edit


def where(table: str, fits: Callable[[Case, Row], bool]) -> Callable[[Case], Iterable[Row]]:
    """Rows of the table that fit."""
    return lambda case: [row for row in case.tables[table] if fits(case, row)]


def tumour_form(fits: Callable[[Case, Row], bool], edit: Edit) -> Form:
    """A form that spoils the index tumour."""
    return Form("diagnosis", lambda case: [case.index_tumour] if fits(case, case.index_tumour) else [], edit)


def form(table: str, fits: Callable[[Case, Row], bool], edit: Edit) -> Form:
    """A form that spoils one of the rows that fit."""
    return Form(table, where(table, fits), edit)


def uterine(case: Case) -> bool:
    """Whether the tumour is of the uterus."""
    return str(case.index_tumour["topography"])[:3] in {"C53", "C54", "C55"}


def stage_t(case: Case) -> str:
    """The T category by size of the 8th edition, where one is recorded."""
    row = next(case.which("stage", system="AJCC", edition="8"), {"t": None})
    return row["t"] or ""


def spreads(case: Case) -> list[Row]:
    """The metastases that are recorded."""
    return list(case.which("disease_status", status="distant_metastasis"))


def _other_t(case: Case, row: Row, dice: Dice) -> str:
    place = _SIZE_CLASSES.index(row["t"])
    return dice.one([t for other, t in enumerate(_SIZE_CLASSES) if abs(other - place) >= 2])


def _is_figo(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
    was = f"{row['system']} {row['edition']} {row['t']}{row['n']}{row['m']}"
    group = "IVB" if row["m"] == "M1" else dice.one(("IB", "IIB", "IIIB"))
    row |= {"system": "FIGO", "edition": "2009", "t": None, "n": None, "m": None, "stage_group": group}
    return row, f"stage was {was}"


def _misses_years(case: Case, row: Row, dice: Dice) -> float:
    age: float = row["age_years"]
    return age - dice.whole(3, 20) if age > 45 else age + dice.whole(3, 20)


def _birth_known(case: Case, row: Row) -> bool:
    return row["age_years"] is not None and case.person["birth"] is not None and isinstance(row["diagnosis"], date)


def _wide(case: Case, row: Row) -> bool:
    """A size that can be ten times as large and leave everything else in the record true."""
    size = row["size_mm"]
    return size is not None and 52 <= size <= 95 and stage_t(case) == ""


TUMOUR_KINDS = (
    Kind("uterine_site_in_a_man", "a tumour of the uterus in a man", (
        form("patient", lambda case, row: uterine(case), change("sex", lambda case, row, dice: "male")),)),
    Kind("t_category_against_size", "size and T category (AJCC 8) differ by two classes, or by cm for mm", (
        tumour_form(lambda case, row: (row["size_mm"] or 0) > 55 and stage_t(case) not in {"", "T1"},
                    change("size_mm", lambda case, row, dice: row["size_mm"] / 10)),
        form("stage", lambda case, row: row["edition"] == "8" and row["t"] in _SIZE_CLASSES
             and case.index_tumour["size_mm"] is not None, change("t", _other_t)))),
    Kind("size_implausible", "a size that no patient can carry, inside what readers let pass", (
        tumour_form(_wide, change("size_mm", lambda case, row, dice: row["size_mm"] * 10)),
        tumour_form(lambda case, row: row["size_mm"] is not None and stage_t(case) == "T4",
                    change("size_mm", lambda case, row, dice: dice.whole(62, 99) * 10)))),
    Kind("m1_without_metastasis", "stage says M1, and no metastasis is recorded at any time", (
        form("stage", lambda case, row: row["m"] == "M0" and not spreads(case),
             change("m", lambda case, row, dice: "M1")),)),
    Kind("m0_with_metastasis", "stage says M0, and a distant metastasis was found at diagnosis", (
        form("stage", lambda case, row: row["m"] == "M1" and any(r["moment"] == "at_diagnosis" for r in spreads(case)),
             change("m", lambda case, row, dice: "M0")),)),
    Kind("figo_outside_the_uterus", "FIGO stage of a tumour that is not gynaecological", (
        form("stage", lambda case, row: row["system"] == "AJCC" and case.index_tumour["topography"] is not None
             and case.index_tumour["topography"] != "C49.5", _is_figo),)),
    Kind("age_wrong", "age at diagnosis against birth and diagnosis, over 110, or with its first figure lost", (
        tumour_form(_birth_known, change("age_years", _misses_years)),
        tumour_form(lambda case, row: row["age_years"] is not None,
                    change("age_years", lambda case, row, dice: dice.whole(111, 119))),
        tumour_form(lambda case, row: (row["age_years"] or 0) > 30 and row["age_years"] % 10 > 0,
                    change("age_years", lambda case, row, dice: row["age_years"] % 10)))),
    Kind("gist_called_lms", "the text says GIST, the code says leiomyosarcoma", (
        tumour_form(lambda case, row: row["morphology"] == "8936/3",
                    change("morphology", lambda case, row, dice: "8890/3")),
        tumour_form(lambda case, row: row["morphology"] == "8890/3"
                    and str(row["topography"])[:3] in {"C16", "C17", "C18", "C20"},
                    change("histology", lambda case, row, dice: _GIST_TEXT)))),
    Kind("lms_coded_benign", "the text says leiomyosarcoma, the code says leiomyoma", (
        tumour_form(lambda case, row: row["morphology"] == "8890/3",
                    change("morphology", lambda case, row, dice: "8890/0")),)),
    Kind("mitoses_implausible", "hundreds of mitoses in 10 high-power fields", (
        tumour_form(lambda case, row: (row["mitoses_per_10_hpf"] or 0) >= 20,
                    change("mitoses_per_10_hpf", lambda case, row, dice: dice.whole(28, 48) * 10)),)),
    Kind("necrosis_percent_against_code", "percentage and class of necrosis exclude each other", (
        tumour_form(lambda case, row: row["necrosis"] == "extensive" and row["necrosis_percent"] is not None,
                    change("necrosis_percent", lambda case, row, dice: 0)),
        tumour_form(lambda case, row: row["necrosis"] == "none" and row["necrosis_percent"] is not None,
                    change("necrosis_percent", lambda case, row, dice: dice.whole(11, 18) * 5)))),
)  # fmt: skip


def _left_and_margin(case: Case, row: Row, left: str, margin: str) -> bool:
    return row.get("residual_tumor") == left and row["margin"] == margin and row["margin_mm"] is None


def _width(case: Case, row: Row, margin: str) -> bool:
    return row.get("margin") == margin and row["margin_mm"] is not None


def _never_operated(case: Case, row: Row) -> bool:
    """Nothing was ever removed or irradiated for cure, so nothing can come back locally."""
    removed = any(operation["kind"] != "biopsy" for operation in case.tables["surgery"])
    cured = any(course["setting"] in {"curative", None} for course in case.tables["radiotherapy"])
    return row["status"] == "progression" and not removed and not cured


def _metastasectomy(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
    last = case.last_day or row["day"]
    day = row["day"] + timedelta(days=dice.whole(90, (last - row["day"]).days - 5))
    added = case.insert_copy("surgery", row, kind="metastasectomy", day=day, neoadjuvant=None,
                             rupture=None, morcellation=None, organs_resected=None, organs_invaded=None)  # fmt: skip
    return added, "operation added"


def _primary_without_spread(case: Case, row: Row) -> bool:
    relapsed = any(status["status"] != "no_evidence_of_disease" for status in case.tables["disease_status"])
    last, day = case.last_day, row["day"]
    known = isinstance(day, date) and last is not None and (last - day).days > 120
    return row["kind"] == "primary" and not relapsed and known


def _again(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
    return case.insert_copy("surgery", row, day=row["day"] + timedelta(days=1)), "operation repeated a day later"


def _drug_again(case: Case, row: Row, dice: Dice) -> tuple[Row, str]:
    return case.insert_copy("drug_exposure", row), "drug stretch repeated"


def _survives(case: Case, start: object, days: int) -> bool:
    """So many days are left after the start before death or last contact."""
    return isinstance(start, date) and case.last_day is not None and (case.last_day - start).days > days


OPERATION_KINDS = (
    Kind("residual_tumor_against_margin", "R0 with a positive margin, or R2 with a negative one", (
        form("surgery", lambda case, row: _left_and_margin(case, row, "R0", "negative"),
             change("margin", lambda case, row, dice: "positive")),
        form("surgery", lambda case, row: _left_and_margin(case, row, "R2", "positive"),
             change("margin", lambda case, row, dice: "negative")))),
    Kind("margin_width_against_margin", "a negative margin of 0 mm, or a positive one of centimetres", (
        form("surgery", lambda case, row: _width(case, row, "negative"),
             change("margin_mm", lambda case, row, dice: 0.0)),
        form("surgery", lambda case, row: _width(case, row, "positive"),
             change("margin_mm", lambda case, row, dice: float(dice.whole(15, 30)))))),
    Kind("local_recurrence_never_operated", "a local recurrence where nothing was ever removed", (
        form("disease_status", _never_operated, change("status", lambda case, row, dice: "local_recurrence")),)),
    Kind("metastasectomy_without_metastasis", "a metastasis was resected, and none is recorded", (
        form("surgery", _primary_without_spread, _metastasectomy),)),
    Kind("same_treatment_twice", "one operation on neighbouring days, or one drug with identical stretches", (
        form("surgery", lambda case, row: row["kind"] == "primary" and _survives(case, row["day"], 5), _again),
        form("drug_exposure", lambda case, row: row["tumour"] == "1" and isinstance(row["start"], date)
             and isinstance(row["end"], date), _drug_again))),
)  # fmt: skip
