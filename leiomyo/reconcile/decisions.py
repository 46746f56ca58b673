"""What a person decides about a pair of records, and how the pair and its patients are named."""

from __future__ import annotations

from typing import Literal

from leiomyo.errors import InputError
from leiomyo.model.tables import TABLES
from leiomyo.reconcile.same_person import Who, chains, decided
from leiomyo.store.store import Store

Decision = Literal["same", "different", ""]


def known_patients(store: Store) -> set[Who]:
    """Everybody whom a row of any source names, whatever was decided about them, and everybody decided upon."""
    everyone = " UNION ".join(f"SELECT centre, patient FROM statement_{name}" for name in TABLES)
    rows = store.rows(f"""
        {everyone}
        UNION SELECT s.centre, i.patient FROM input_row i JOIN source s ON s.name = i.source
        UNION SELECT centre, patient FROM duplicate_decision
        UNION SELECT other_centre, other_patient FROM duplicate_decision""")
    return {Who(*row) for row in rows if row[1]}


def find_patient(store: Store, name: str) -> Who:
    """The patient of that name: the identifier as the source writes it, or CENTRE/PATIENT.

    Raises
    ------
    InputError
        `LM-A005`: nobody, or more than one, has that name.
    """
    found = [who for who in known_patients(store) if name in {who.patient, str(who)}]
    if len(found) != 1:
        told = f"{len(found)} centres have one of that name." if found else "No row of any source names them."
        raise InputError("LM-A005", told)
    return found[0]


def read_pair(store: Store, text: str) -> tuple[Who, Who]:
    """The two patients of CENTRE/PATIENT=CENTRE/PATIENT; identifiers may hold either sign themselves.

    Raises
    ------
    InputError
        `LM-A014`: the text does not name two different patients of the registry.
    """
    known = {str(who): who for who in known_patients(store)}
    places = [place for place, sign in enumerate(text) if sign == "="]
    pairs = {
        (known[text[:place].strip()], known[text[place + 1 :].strip()])
        for place in places
        if text[:place].strip() in known and text[place + 1 :].strip() in known
    }
    if len(pairs) != 1 or len(set(*pairs)) != 2:
        raise InputError("LM-A014", f"Found {text!r}.")
    one, other = sorted(pairs.pop())
    return one, other


def decide(store: Store, one: Who, other: Who, decision: Decision, *, today: str) -> bool:
    """Keep a decision, or with "" forget it; whether the case tables have to be made anew.

    Raises
    ------
    InputError
        `LM-A013`: the decision, with the others, would make two patients both the same and different.
    """
    pair = tuple(sorted((one, other)))
    kept = {kind: [told for told in decided(store, kind) if told != pair] for kind in ("same", "different")}
    was_same = pair in decided(store, "same")
    if decision:
        kept[decision].append((pair[0], pair[1]))
    _refuse_contradictions(kept["same"], kept["different"])
    place = [*pair[0], *pair[1]]
    store.execute(
        """DELETE FROM duplicate_decision
           WHERE centre = ? AND patient = ? AND other_centre = ? AND other_patient = ?""", place
    )  # fmt: skip
    if decision:
        store.execute("INSERT INTO duplicate_decision VALUES (?, ?, ?, ?, ?, ?)", [*place, decision, today])
    return was_same or decision == "same"


def _refuse_contradictions(same: list[tuple[Who, Who]], different: list[tuple[Who, Who]]) -> None:
    together = chains(same)
    for one, other in different:
        if other in together.get(one, ()):
            chain = [f"{a}={b}" for a, b in same if a in together[one]]
            told = f"{one} and {other} are different, and the same by {', '.join(chain)}."
            raise InputError("LM-A013", told)
