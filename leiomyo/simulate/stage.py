"""The stage as it would be stated at diagnosis: FIGO 2009 for the uterus, AJCC of the time for soft tissue."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from leiomyo.simulate.columns import case_table, coded, stacked, text, where
from leiomyo.simulate.course import Drawn
from leiomyo.simulate.dice import NEVER, Flags, Ints
from leiomyo.simulate.parameters import SITES, UTERINE
from leiomyo.simulate.people import calendar

#: When each came into force; before, no stage is stated.
_EIGHTH, _SEVENTH, _FIGO = calendar("2018-01-01"), calendar("2010-01-01"), calendar("2009-01-01")
_AJCC = tuple(SITES.index(site) for site in ("extremity", "trunk", "retroperitoneal_abdominal"))
_FIGO_GROUPS = ("IA", "IB", "IIA", "IIIA", "IVB")
_GROUPS_8 = ("IA", "IB", "II", "IIIA", "IIIB", "IV")
_GROUPS_7 = ("IA", "IB", "IIA", "IIB", "III", "IV")


def stage_rows(drawn: Drawn, ids: pa.Array) -> pa.Table:
    """One staging statement for each leiomyosarcoma of the uterus, limbs, trunk and retroperitoneum, as of its year."""
    people, operated = drawn.people, drawn.local.primary.day < NEVER
    soft = people.lms & np.isin(people.site, _AJCC)
    eighth, seventh = people.diagnosis >= _EIGHTH, people.diagnosis >= _SEVENTH
    uterine = people.lms & (people.site == UTERINE) & operated & (people.diagnosis >= _FIGO)
    return stacked([
        _figo(drawn, ids, uterine), _eighth(drawn, ids, soft & eighth, operated),
        _seventh(drawn, ids, soft & seventh & ~eighth, operated),
    ])  # fmt: skip


def _figo(drawn: Drawn, ids: pa.Array, wanted: Flags) -> tuple[pa.Table, Ints, Ints]:
    tumour = drawn.tumour
    who = where(wanted)
    group = np.select([tumour.spread, tumour.beyond == 3, tumour.beyond == 2, tumour.size > 50], [4, 3, 2, 1], 0)[who]
    rows = case_table(
        "stage", ids, who, tumour=text("1", who >= 0), system=text("FIGO", who >= 0), edition=text("2009", who >= 0),
        basis=text("pathological", who >= 0), stage_group=coded(_FIGO_GROUPS, group),
    )  # fmt: skip
    return rows, who, drawn.people.diagnosis[who]


def _eighth(drawn: Drawn, ids: pa.Array, wanted: Flags, operated: Flags) -> tuple[pa.Table, Ints, Ints]:
    """T1 to T4 by 5, 10 and 15 cm; grade 1 is stage I, the others II to IIIB by T."""
    size, grade = drawn.tumour.size, drawn.tumour.grade
    t = np.searchsorted([50, 100, 150], size, side="left")
    group = np.select([drawn.tumour.spread, grade == 1], [5, np.minimum(t, 1)], 2 + np.minimum(t, 2))
    return _ajcc(drawn, ids, wanted, operated, "8", coded(("T1", "T2", "T3", "T4"), t), coded(_GROUPS_8, group))


def _seventh(drawn: Drawn, ids: pa.Array, wanted: Flags, operated: Flags) -> tuple[pa.Table, Ints, Ints]:
    """T1 to 5 cm and T2 above, a superficial and b deep; T2 of grade 3 is stage III."""
    size, grade = drawn.tumour.size, drawn.tumour.grade
    large = size > 50
    retroperitoneal = drawn.people.site == SITES.index("retroperitoneal_abdominal")
    t = 2 * large + (drawn.tumour.deep | retroperitoneal)
    by_grade = np.select([grade == 1, ~large, grade == 2], [large.astype(np.int64), 2, 3], 4)
    group = np.where(drawn.tumour.spread, 5, by_grade)
    return _ajcc(drawn, ids, wanted, operated, "7", coded(("T1a", "T1b", "T2a", "T2b"), t), coded(_GROUPS_7, group))


def _ajcc(drawn: Drawn, ids: pa.Array, wanted: Flags, operated: Flags, edition: str, t: pa.Array, group: pa.Array
          ) -> tuple[pa.Table, Ints, Ints]:  # fmt: skip
    who = where(wanted)
    rows = case_table(
        "stage", ids, who, tumour=text("1", who >= 0), system=text("AJCC", who >= 0), edition=text(edition, who >= 0),
        basis=coded(["clinical", "pathological"], operated[who].astype(np.int64)), t=t.take(pa.array(who)),
        n=text("N0", who >= 0), m=coded(["M0", "M1"], drawn.tumour.spread[who].astype(np.int64)),
        stage_group=group.take(pa.array(who)),
    )  # fmt: skip
    return rows, who, drawn.people.diagnosis[who]
