"""The leiomyosarcoma cohort as rows of covariates, each with the moment from which it may be used.

The covariates are data: `covariates.csv`. `known` says when a value is learnt: at `baseline`, at the definitive
`resection`, or `later`. Grouping or filtering by what is learnt after time zero credits survival to the group
(whoever is to relapse, or to receive a drug, has to live until then), so it is refused by name.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from leiomyo.course.endpoints import OPERATED_WITHIN_DAYS
from leiomyo.course.regimens import regimen_label
from leiomyo.course.starts import Excluded, Start
from leiomyo.course.timeline import Course
from leiomyo.errors import InputError
from leiomyo.model.codes import codes, label
from leiomyo.model.grade import harmonised
from leiomyo.store.store import Store

#: From diagnosis, what the definitive resection reveals counts as baseline; printed with every result that uses it.
RESECTION_ASSUMPTION = (
    "{label} is learnt at the definitive resection and used from diagnosis: the resection followed within 90 days, "
    "or its day is not recorded; where it came later it counts as unknown."
)


@dataclass(frozen=True, slots=True)
class Covariate:
    """A column to group or filter by."""

    name: str
    label: str
    expression: str
    kind: str
    code_list: str
    known: str
    known_from: str
    unit: str
    meaning: str

    @property
    def levels(self) -> tuple[str, ...]:
        """Its levels in their own order; empty where the data decide."""
        if self.kind == "flag":
            return ("yes", "no")
        if self.kind == "code":
            return tuple(codes(self.code_list))
        return tuple(self.code_list.split("|")) if self.code_list else ()

    def level_label(self, level: str | None) -> str:
        """How a level is shown."""
        if level is None:
            return "Unknown"
        if self.kind == "regimen":
            return regimen_label(level)
        return label(self.code_list, level) if self.kind == "code" else level[:1].upper() + level[1:]


@cache
def covariates() -> dict[str, Covariate]:
    """Every covariate, by name."""
    text = resources.files("leiomyo.outcomes").joinpath("covariates.csv").read_text(encoding="utf-8")
    return {row["name"]: Covariate(**row) for row in csv.DictReader(text.splitlines())}


def usable(name: str, *, grouping: bool, index: str = "diagnosis") -> Covariate:
    """The covariate of that name, if it may stand at time zero.

    Raises
    ------
    InputError
        `LM-A002` where there is none, or a number is to be grouped by; `LM-A003` where it is learnt later.
    """
    column = covariates().get(name)
    if column is None:
        raise InputError("LM-A002", f"There is no {name!r}; there is: {', '.join(covariates())}.")
    if column.known == "later":
        raise InputError("LM-A003", f"{column.label} ({name}) becomes known during follow-up: {column.known_from}.")
    if column.known == "line" and index != "line":
        raise InputError("LM-A003", f"{column.label} ({name}) is known {column.known_from}; name the line with --line.")
    if grouping and column.kind == "number":
        banded = [
            other
            for other in covariates()
            if other.startswith(name.split("_", maxsplit=1)[0]) and other.endswith("_band")
        ]
        raise InputError("LM-A002", f"{name} is a number{f'; group by {banded[0]}' if banded else ''}.")
    return column


def at_start(row: dict[str, Any], course: Course, start: Start | Excluded) -> dict[str, Any]:
    """A patient's covariates as they were known on the first day of follow-up; what was not known then is None."""
    known = dict(row)
    surgery = course.definitive_surgery
    if surgery is not None:  # one operation says both when and with which margin, however vague its day
        known |= {"margin": surgery.margin, "residual_tumor": surgery.residual_tumor}
    if isinstance(start, Start) and surgery is not None and surgery.day is not None:
        waited = (surgery.day - start.day).low
        if waited > (OPERATED_WITHIN_DAYS if start.index == "diagnosis" else 0):
            known |= {column.name: None for column in covariates().values() if column.known == "resection"}
    if isinstance(start, Start) and start.line is not None:
        known |= {
            "regimen": start.line.opening, "line_setting": start.line.setting,
            "line_rechallenge": "yes" if "rechallenge" in start.line.marks else "no",
            "line_trial": "yes" if "trial" in start.line.marks else "no",
        }  # fmt: skip
    return known


def cohort(store: Store) -> list[dict[str, Any]]:
    """One row a leiomyosarcoma patient, with every covariate; flags as yes and no; by centre and patient.

    Every question of a report asks for them, so the rows are kept and shared: who changes one takes a copy.
    """
    return store.kept("cohort", lambda: _rows(store))


def _rows(store: Store) -> list[dict[str, Any]]:
    selected = ", ".join(_selected(column) for column in covariates().values())
    found = store.dicts(f"""
        SELECT c.centre, c.patient, d.grade_system, {selected}
        FROM lms_case c
        JOIN patient p ON p.centre = c.centre AND p.patient = c.patient
        JOIN diagnosis d ON d.centre = c.centre AND d.patient = c.patient AND d.role = 'index'
        LEFT JOIN (SELECT * FROM surgery WHERE kind IN ('primary', 're_excision') AND tumour = '1'
                   QUALIFY row_number() OVER (
                       -- the definitive operation, as Course.definitive_surgery: the last re-excision, else the first
                       PARTITION BY centre, patient ORDER BY kind = 're_excision' DESC,
                       CASE kind WHEN 'primary' THEN day_low ELSE -day_low END NULLS LAST, statement) = 1) s
               ON s.centre = c.centre AND s.patient = c.patient
        LEFT JOIN (SELECT * FROM stage WHERE tumour = '1' AND stage_group IS NOT NULL AND derived IS NOT TRUE
                   QUALIFY row_number() OVER (PARTITION BY centre, patient ORDER BY statement) = 1) st
               ON st.centre = c.centre AND st.patient = c.patient
        LEFT JOIN (SELECT * FROM stage WHERE tumour = '1' AND stage_group IS NOT NULL AND derived
                   QUALIFY row_number() OVER (PARTITION BY centre, patient ORDER BY system = 'FIGO' DESC) = 1) sd
               ON sd.centre = c.centre AND sd.patient = c.patient
        LEFT JOIN (SELECT centre, patient, regexp_extract(t, 'T[0-4][a-c]?') AS t
                   FROM stage WHERE tumour = '1' AND system = 'AJCC' AND edition LIKE '8%' AND t SIMILAR TO '.*T[0-4].*'
                   QUALIFY row_number() OVER (PARTITION BY centre, patient
                                              ORDER BY coalesce(derived, false), basis <> 'pathological', statement) = 1
                  ) sz ON sz.centre = c.centre AND sz.patient = c.patient
        LEFT JOIN (SELECT x.centre, x.patient, count(*) AS n FROM diagnosis x
                   JOIN diagnosis i ON i.centre = x.centre AND i.patient = x.patient AND i.role = 'index'
                   JOIN patient y ON y.centre = x.centre AND y.patient = x.patient
                   WHERE x.role <> 'index'
                     AND x.diagnosis_low <= coalesce(i.diagnosis_low, CASE WHEN y.axis = 'diagnosis' THEN 0 END)
                   GROUP BY ALL) op ON op.centre = c.centre AND op.patient = c.patient
        LEFT JOIN (SELECT centre, patient, count(*) AS n FROM radiotherapy WHERE tumour = '1' GROUP BY ALL) rt
               ON rt.centre = c.centre AND rt.patient = c.patient
        LEFT JOIN (SELECT centre, patient, count(*) AS n FROM drug_exposure WHERE tumour = '1' GROUP BY ALL) rx
               ON rx.centre = c.centre AND rx.patient = c.patient
        LEFT JOIN (SELECT centre, patient, count(*) AS n FROM disease_status
                   WHERE status IN ('local_recurrence', 'regional_recurrence', 'distant_metastasis', 'progression')
                   GROUP BY ALL) ev ON ev.centre = c.centre AND ev.patient = c.patient
        LEFT JOIN (SELECT centre, patient, bool_or(adjuvant_radiation) AS adjuvant_radiation,
                          bool_or(adjuvant_drugs) AS adjuvant_drugs FROM follow_up GROUP BY ALL) fu
               ON fu.centre = c.centre AND fu.patient = c.patient
        WHERE c.lms = 'yes' ORDER BY c.centre, c.patient""")
    return [row | {"grade": harmonised(row["grade"], row.pop("grade_system"))} for row in found]


def _selected(column: Covariate) -> str:
    if column.kind == "flag":
        return f"CASE {column.expression} WHEN true THEN 'yes' WHEN false THEN 'no' END AS {column.name}"
    return f"{column.expression} AS {column.name}"
