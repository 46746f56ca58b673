"""Records that a person has decided to be one patient: under which name they are told, and on which days.

Statements are never changed. Everything that reconciles reads the views `said_<table>`, in which a patient of
several identities stands under one of them: the one whose source is first in authority. Undoing a decision
therefore only needs another reconciliation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from leiomyo.model.tables import PROVENANCE, TABLES, Table
from leiomyo.store.store import Store


class Who(NamedTuple):
    """A patient as one source names them."""

    centre: str
    patient: str

    def __str__(self) -> str:
        """As the command line writes it."""
        return f"{self.centre}/{self.patient}"


def chains(pairs: Iterable[tuple[Who, Who]]) -> dict[Who, frozenset[Who]]:
    """Each patient of the pairs with everybody they are the same as, directly or by others.

    Examples
    --------
    >>> a, b, c = Who("N", "1"), Who("S", "2"), Who("S", "3")
    >>> sorted(chains([(a, b), (b, c)])[a]) == [a, b, c]
    True
    """
    found: dict[Who, frozenset[Who]] = {}
    for one, other in pairs:
        together = found.get(one, frozenset({one})) | found.get(other, frozenset({other}))
        found.update(dict.fromkeys(together, together))
    return found


def decided(store: Store, decision: str) -> list[tuple[Who, Who]]:
    """The pairs of one decision."""
    rows = store.rows(
        "SELECT centre, patient, other_centre, other_patient FROM duplicate_decision WHERE decision = ? ORDER BY ALL",
        [decision],
    )
    return [(Who(*row[:2]), Who(*row[2:])) for row in rows]


def settle(store: Store) -> None:
    """Work out `same_person` from the decisions, and make the views `said_<table>` from it."""
    store.execute("DELETE FROM same_person")
    told = chains(decided(store, "same"))
    if told:
        known = _identities(store)
        rows = [row for people in sorted(set(told.values()), key=min) for row in _rows(people, known)]
        store.append("same_person", rows)
    for table in TABLES.values():
        store.execute(f"CREATE OR REPLACE TEMP VIEW said_{table.name} AS {_said(table, merged=bool(told))}")


def said(store: Store, table: Table) -> str:
    """The SQL of a table's statements as they are told after the decisions, in a registry that is only read."""
    return _said(table, merged=bool(store.rows("SELECT 1 FROM same_person LIMIT 1")))


def _identities(store: Store) -> Mapping[Who, dict[str, Any]]:
    """Of each patient that has been decided upon and is in the registry: authority, axis, and the day of diagnosis."""
    everyone = " UNION ALL ".join(f"SELECT centre, patient, source FROM statement_{name}" for name in TABLES)
    rows = store.dicts(f"""
        WITH wanted AS (SELECT centre, patient FROM duplicate_decision WHERE decision = 'same' UNION
                        SELECT other_centre, other_patient FROM duplicate_decision WHERE decision = 'same'),
        place AS (SELECT name AS source, position FROM source),
        present AS (SELECT centre, patient, min(position) AS position
                    FROM ({everyone}) JOIN place USING (source) SEMI JOIN wanted USING (centre, patient) GROUP BY ALL),
        counted AS (SELECT centre, patient, first(axis ORDER BY position, statement) AS axis
                    FROM statement_patient JOIN place USING (source) WHERE axis IS NOT NULL GROUP BY ALL),
        found AS (SELECT centre, patient,
                         first({{'low': diagnosis_low, 'high': diagnosis_high}}
                               ORDER BY position, recorded DESC NULLS LAST, file, row, statement) AS day
                  FROM statement_diagnosis JOIN place USING (source)
                  WHERE role = 'index' AND diagnosis_low IS NOT NULL GROUP BY ALL)
        SELECT centre, patient, position, axis, found.day.low AS low, found.day.high AS high
        FROM present LEFT JOIN counted USING (centre, patient) LEFT JOIN found USING (centre, patient)""")
    return {Who(row["centre"], row["patient"]): row for row in rows}


def _rows(people: frozenset[Who], known: Mapping[Who, dict[str, Any]]) -> list[dict[str, Any]]:
    """The identities of one person that are in the registry, the one they are told under first."""
    present = sorted((who for who in people if who in known), key=lambda who: (known[who]["position"], who))
    if len(present) < 2:
        return []
    axis = known[present[0]]["axis"]
    day = _diagnosis(axis, [known[who] for who in present])
    rows = []
    for standing, who in enumerate(present):
        rows.append({
            "centre": who.centre, "patient": who.patient, "as_centre": present[0].centre,
            "as_patient": present[0].patient, "standing": standing, "axis": axis,
            **_shift(known[who], axis, day),
        })  # fmt: skip
    return rows


def _diagnosis(axis: str | None, identities: Iterable[Mapping[str, Any]]) -> tuple[int, int] | None:
    """The day of diagnosis on an axis, where one of the identities tells it."""
    if axis == "diagnosis":
        return (0, 0)
    days = [(one["low"], one["high"]) for one in identities if one["axis"] == axis and one["low"] is not None]
    return days[0] if days else None


def _shift(identity: Mapping[str, Any], axis: str | None, day: tuple[int, int] | None) -> dict[str, Any]:
    """What takes an identity's days to the axis that the person is told on.

    Between the calendar and days from diagnosis lies the day of diagnosis; as imprecise as that is, so is every
    day that is taken across, except the diagnosis itself. Where it is not known the days are lost: none is guessed.
    """
    if identity["axis"] == axis:
        return {"shift_low": 0, "shift_high": 0, "days_lost": False}
    own = _diagnosis(identity["axis"], [identity])
    if axis is None or identity["axis"] is None or day is None or own is None:
        return {"shift_low": 0, "shift_high": 0, "days_lost": True}
    return {"shift_low": day[0] - own[1], "shift_high": day[1] - own[0], "days_lost": False,
            "diagnosis_low": day[0], "diagnosis_high": day[1]}  # fmt: skip


def _said(table: Table, *, merged: bool) -> str:
    """A table's statements as they are told after the decisions; `own_` names who the source speaks of."""
    if not merged:
        return f"SELECT *, centre AS own_centre, patient AS own_patient FROM statement_{table.name}"
    told = {
        "centre": "coalesce(p.as_centre, s.centre)",
        "patient": "coalesce(p.as_patient, s.patient)",
        # two centres may number their records alike
        "record": "CASE WHEN p.as_centre <> s.centre THEN s.centre || '/' || s.record ELSE s.record END",
    }
    for column in table.columns:
        for name in column.stored if column.kind == "day" else ():
            end = name.rpartition("_")[2]
            moved = f'CASE WHEN p.days_lost THEN NULL ELSE s."{name}" + coalesce(p.shift_{end}, 0) END'
            if (table.name, column.name) == ("diagnosis", "diagnosis"):
                moved = (f"CASE WHEN s.role = 'index' AND s.\"{name}\" IS NOT NULL AND p.diagnosis_{end} IS NOT NULL "
                         f"THEN p.diagnosis_{end} ELSE {moved} END")  # fmt: skip
            told[name] = moved
    if table.name == "patient":
        told["axis"] = "CASE WHEN p.as_centre IS NULL OR s.axis IS NULL THEN s.axis ELSE p.axis END"
    columns = ["statement", *(name for name, _, _ in PROVENANCE), *(name for name, _ in table.stored())]
    shown = ", ".join(f'{told[name]} AS "{name}"' if name in told else f's."{name}"' for name in columns)
    return (f"SELECT {shown}, s.centre AS own_centre, s.patient AS own_patient FROM statement_{table.name} s "
            "LEFT JOIN same_person p ON p.centre = s.centre AND p.patient = s.patient")  # fmt: skip
