"""Lines of therapy of the treated leiomyosarcoma patients of TCGA-SARC, each reviewed by hand against its rows.

`lines_reviewed.csv` holds one row a line (or an exposure that is in none), the rule that opened it, and what was
doubtful about it.
"""

from __future__ import annotations

import csv
from pathlib import Path

from leiomyo.registry import Registry

REVIEWED = Path(__file__).with_name("lines_reviewed.csv")
WITHIN_DAYS = 10


def rows_now(registry: Registry):
    for course in registry.courses():
        for line in course.lines:
            rule = next(given.reason_name for given in line.exposures if given.reason == line.reason)
            yield (course.patient, str(line.number), line.regimen, line.start.middle,
                   line.end.middle if line.end else None, line.setting, rule)  # fmt: skip
        for given in course.exposures:
            if given.line is None:
                yield (course.patient, given.standing, given.agent, given.start and given.start.middle,
                       given.end and given.end.middle, "", given.reason_name)  # fmt: skip


def test_every_line_is_as_reviewed(tcga: Registry) -> None:
    with REVIEWED.open(encoding="utf-8") as stream:
        reviewed = [
            (row["patient"], row["line"], row["regimen"], int(row["start"]) if row["start"] else None,
             int(row["end"]) if row["end"] else None, row["setting"], row["rule"])
            for row in csv.DictReader(stream)
        ]  # fmt: skip
    assert list(rows_now(tcga)) == reviewed


def test_41_patients_were_treated_for_this_tumour_and_each_exposure_stands_once(tcga: Registry) -> None:
    treated = [course for course in tcga.courses() if any(given.own_tumour for given in course.exposures)]
    assert len(treated) == 41
    for course in treated:
        inside = [given for line in course.lines for given in line.exposures]
        outside = [given for given in course.exposures if given.line is None]
        assert len(inside) + len(outside) == len(course.exposures)
        assert all(given.reason for given in course.exposures)


def test_gemcitabine_and_docetaxel_that_start_within_ten_days_are_one_regimen(tcga: Registry) -> None:
    together = set()
    for course in tcga.courses():
        for one in course.exposures:
            for two in course.exposures:
                if (one.agent, two.agent) == ("gemcitabine", "docetaxel") and one.start and two.start:
                    if abs(one.start.middle - two.start.middle) <= WITHIN_DAYS:
                        together.add(course.patient)
                        assert one.line == two.line
                        line = course.line(one.line)
                        assert {"gemcitabine", "docetaxel"} <= set(line.agents)
                        assert line.regimen.startswith("gem_doc")
    assert len(together) == 25
