"""How the disease and its treatment were borne: symptoms and adverse events over time, for the whole cohort."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from leiomyo.course.timeline import ONLY_LMS, Course, interval
from leiomyo.model.ctcae import ctcae_term, says_none
from leiomyo.outcomes import attribution, complaints
from leiomyo.outcomes.adverse_events import Key, Recording, adverse_event_tables
from leiomyo.outcomes.attribution import AdverseEvent
from leiomyo.outcomes.complaints import Complaint, symptom_tables
from leiomyo.outcomes.windows import DAYS_AFTER
from leiomyo.store.store import Store


def tolerance(store: Store, courses: Sequence[Course], members: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Symptoms and adverse events of the cohort; a part that no file records is empty."""
    groups = {(member["centre"], member["patient"]): member["site_group"] or "unknown" for member in members}
    events, recording = _events(store)
    symptoms = symptom_tables(courses, _complaints(store), groups)
    adverse = adverse_event_tables(courses, events, recording)
    return {
        "days_after": DAYS_AFTER,
        "symptoms": symptoms | {"assumptions": complaints.assumptions()} if symptoms else {},
        "adverse_events": adverse | {"assumptions": attribution.assumptions()} if adverse else {},
    }


def _complaints(store: Store) -> dict[Key, list[Complaint]]:
    found: dict[Key, list[Complaint]] = defaultdict(list)
    for row in store.dicts(f"SELECT * FROM symptom {ONLY_LMS}"):
        if row["term"]:
            found[row["centre"], row["patient"]].append(Complaint(row["term"], interval(row, "onset")))
    return found


def _events(store: Store) -> tuple[dict[Key, list[AdverseEvent]], Recording]:
    """Each patient's adverse events, and for whom any are recorded; "none" is recorded, and no event."""
    found: dict[Key, list[AdverseEvent]] = defaultdict(list)
    rows = store.dicts(f"""SELECT * FROM adverse_event {ONLY_LMS}
                           ORDER BY centre, patient, day_low NULLS LAST, statement""")
    for row in rows:
        if not says_none(row["term"]):
            event = AdverseEvent(ctcae_term(row["term"]), row["grade"], interval(row, "day"), row["attributed_to"])
            found[row["centre"], row["patient"]].append(event)
    # whoever the rows are about: a centre that writes events down for others writes them down for these
    centres = frozenset(centre for (centre,) in store.rows("SELECT DISTINCT centre FROM adverse_event"))
    return found, Recording(frozenset((row["centre"], row["patient"]) for row in rows), centres)
