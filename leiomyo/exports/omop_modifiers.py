"""MEASUREMENT, OBSERVATION, EPISODE and EPISODE_EVENT of an OMOP folder: what is said of tumours and operations.

A row has the concept that the CDM has for the fact. Where that cannot say all of it, the row's source value names the
case table and its value holds the columns, which our reader prefers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from leiomyo.exports.omop_concepts import NONE, REGISTRY, concept
from leiomyo.exports.omop_people import INDEX, People, Row, cell, fields
from leiomyo.exports.omop_rows import Rows

#: Columns of a tumour that the CDM has no concept for: an observation each.
_OBSERVED = ("age_years", "histology_subtype", "subsites", "regions", "laterality", "size_basis", "depth", "necrosis",
             "necrosis_percent", "vessel_of_origin", "vessel_involved", "uterine_involvement")  # fmt: skip
_MEASURED = ("size_mm", "grade", "grade_system", "mitoses_per_10_hpf", "lesions", "multifocal")
_GRADE = re.compile(r"(?:g|grade)?[ -]?([1-4]|high|low)(?: grade)?", re.I)
#: The kind of episode for each status; those without one are observations, spread is a measurement.
_EPISODES = {"progression": "PD", "local_recurrence": "recurrence", "regional_recurrence": "recurrence",
             "new_tumor_event": "recurrence", "no_metastasis": "confined", "with_tumor": "invasive",
             "no_evidence_of_disease": "CR"}  # fmt: skip
_RESPONSES = {"CR", "PR", "SD"}
_STATES = {"NED": 2000100071, "DOD": 2000100072, "DOC": 2000100073, "DUC": 2000100074, "AWD": 2000100075}


def measurement(people: People) -> Rows:
    """MEASUREMENT: the modifiers of tumours and operations, spread by site, doses, results of tests."""
    for number, row in enumerate(_measured(people)):
        yield {"measurement_id": number + 1, "measurement_type_concept_id": REGISTRY, **row}


def _measured(people: People) -> Rows:
    for _, person_id, row in people.each("diagnosis", *_MEASURED):
        tumour = people.tumours[person_id][row.get("tumour", INDEX)]
        yield from (_of(person_id, tumour.day, "condition_occurrence", tumour.id, told) for told in _tumour(row))
    yield from _stages(people)
    yield from _operations(people)
    first = people.records["surgery"].num_rows
    for number, person_id, row in people.each("radiotherapy", "start", "dose_gy"):
        if row.get("dose_gy") is not None:
            told = {"measurement_source_value": "Radiation dose", "value_as_number": cell(row["dose_gy"]),
                    "unit_source_value": "Gy"}  # fmt: skip
            day = people.day("radiotherapy", row, "start")
            yield _of(person_id, day, "procedure_occurrence", first + number, told)
    for _, person_id, row in people.each("disease_status", counting=True):
        if row.get("status") == "distant_metastasis":
            site = concept("metastasis", row.get("site") or "") or concept("metastasis")
            yield _stated(
                person_id, people.day("disease_status", row, "day", counting=True), "disease_status", row, site
            )
    for _, person_id, row in people.each("biomarker", counting=True):
        day = people.day("biomarker", row, "day", counting=True)
        yield _stated(person_id, day, "biomarker", row, NONE)


def _of(person_id: int, day: str, table: str, event: int, told: Row) -> dict[str, Any]:
    """A row that points to the tumour or operation that it is of."""
    return {"person_id": person_id, "measurement_date": day, "measurement_concept_id": NONE,
            "measurement_event_id": event, "meas_event_field_concept_id": concept("field", table), **told}  # fmt: skip


def _stated(person_id: int, day: str, table: str, row: Row, concept_id: int) -> dict[str, Any]:
    return {"person_id": person_id, "measurement_date": day, "measurement_concept_id": concept_id,
            "measurement_source_value": table, "value_source_value": fields(table, row)}  # fmt: skip


def _tumour(row: Row) -> Iterator[dict[str, Any]]:
    if row.get("size_mm") is not None:
        yield {"measurement_concept_id": concept("size"), "value_as_number": cell(row["size_mm"]),
               "unit_concept_id": concept("unit", "mm"), "unit_source_value": "mm"}  # fmt: skip
    if told := fields("diagnosis", row, ("grade", "grade_system")):
        found = _GRADE.fullmatch(row.get("grade") or "")
        says = found.group(1).lower() if found else ""
        grade = concept("grade", f"G{says}" if says.isdigit() else says) if says else NONE
        yield {"measurement_concept_id": grade, "measurement_source_value": "diagnosis", "value_source_value": told}
    for column, part in (("mitoses_per_10_hpf", "mitoses"), ("lesions", "lesions")):
        if row.get(column) is not None:
            yield {"measurement_concept_id": concept(part), "value_as_number": cell(row[column])}
    if row.get("multifocal") is not None:
        yield {"measurement_concept_id": concept("multifocal"), **_yes_or_no(row["multifocal"])}


def _yes_or_no(value: bool) -> dict[str, Any]:
    return {"value_as_concept_id": concept("answer", "1" if value else "0"), "value_source_value": cell(value)}


def _stages(people: People) -> Rows:
    """Each category of a staging statement; what the registry worked out itself is worked out anew."""
    shared = ("system", "edition", "basis")
    for _, person_id, row in people.each("stage", counting=True):
        tumour = people.tumours[person_id].get(row.get("tumour", INDEX))
        if row.get("derived"):
            continue
        if tumour is None:
            people.left["stage of a tumour that is not told"] += 1
            continue
        named = " ".join(filter(None, (row.get(name) for name in shared)))
        for column, part in (("t", "t"), ("n", "n"), ("m", "m"), ("stage_group", "group")):
            if row.get(column) is not None:
                told = {"measurement_concept_id": concept(part, f"{named} {row[column].removeprefix('Stage ')}"),
                        "measurement_source_value": "stage",
                        "value_source_value": fields("stage", row, (*shared, column))}  # fmt: skip
                yield _of(person_id, tumour.day, "condition_occurrence", tumour.id, told)


def _operations(people: People) -> Rows:
    """Margin, residual tumour and rupture, of the operation that they point to."""
    for number, person_id, row in people.each("surgery", "day", "margin", "residual_tumor", "rupture"):
        day = people.day("surgery", row, "day")
        for told in _found(row):
            yield _of(person_id, day, "procedure_occurrence", number, told)


def _found(row: Row) -> Iterator[dict[str, Any]]:
    if margin := row.get("margin"):
        yield {"measurement_source_value": "Surgical margins", "value_source_value": margin}
    if residual := row.get("residual_tumor"):
        yield {"measurement_concept_id": concept("residual", residual), "value_source_value": residual,
               "measurement_source_value": "Residual tumor classification"}  # fmt: skip
    if row.get("rupture") is not None:
        yield {"measurement_concept_id": concept("rupture"), **_yes_or_no(row["rupture"])}


def observation(people: People) -> Rows:
    """OBSERVATION: what has no measurement of its own, contacts, adverse events, and statuses that are no episode."""
    for number, (person_id, day, table, told, more) in enumerate(_observed(people)):
        yield {"observation_id": number + 1, "person_id": person_id, "observation_concept_id": NONE,
               "observation_date": day, "observation_type_concept_id": REGISTRY, "observation_source_value": table,
               "value_source_value": told, **more}  # fmt: skip


def _observed(people: People) -> Iterator[tuple[int, str, str, str, dict[str, Any]]]:
    field = concept("field", "condition_occurrence")
    for _, person_id, row in people.each("diagnosis", *_OBSERVED):
        tumour = people.tumours[person_id][row.get("tumour", INDEX)]
        for name in _OBSERVED:
            if row.get(name) is not None:
                of = {"observation_event_id": tumour.id, "obs_event_field_concept_id": field}
                yield person_id, tumour.day, "diagnosis", fields("diagnosis", row, (name,)), of
    for _, person_id, row in people.each("patient", "contributing_site", "other_malignancy"):
        tumour_of = people.tumours.get(person_id, {}).get(INDEX)
        if tumour_of and (told := fields("patient", row, ("contributing_site", "other_malignancy"))):
            yield person_id, tumour_of.day, "patient", told, {}
    for _, person_id, row in people.each("disease_status"):
        if row.get("status") != "distant_metastasis" and not _episode_of(row):
            day = people.day("disease_status", row, "day", counting=True)
            yield person_id, day, "disease_status", fields("disease_status", row), {}
    for _, person_id, row in people.each("follow_up", counting=True):
        if told := fields("follow_up", row):
            state = {
                "observation_concept_id": _STATES.get(row.get("status") or "")
                or concept("follow_up", row.get("status") or "")
            }
            yield person_id, people.day("follow_up", row, "contact", counting=True), "follow_up", told, state
    for _, person_id, row in people.each("adverse_event", counting=True):
        grade = {"value_as_number": row.get("grade")}
        day = people.day("adverse_event", row, "day", counting=True)
        yield person_id, day, "adverse_event", fields("adverse_event", row), grade


def _episode_of(row: Row) -> int:
    """The concept of the episode that a status is; 0 where it is none."""
    status, response = row.get("status") or "", row.get("response") or ""
    says = _EPISODES.get(status) or (response if status == "response" and response in _RESPONSES else "")
    return concept("episode", says) if says else NONE


def episode(people: People) -> Rows:
    """EPISODE: courses of radiation, tumours, what was found of the disease, and the lines of drugs."""
    for number, person_id, row in people.each("radiotherapy", "start", "end", counting=True):
        start, end = (people.day("radiotherapy", row, name, counting=True) for name in ("start", "end"))
        yield _episode(number, person_id, "radiotherapy", start, end)
    first = people.records["radiotherapy"].num_rows
    for number, person_id, row in people.each("diagnosis", "tumour"):
        tumour = people.tumours[person_id][row.get("tumour", INDEX)]
        if tumour.id == number:
            told = {"episode_object_concept_id": tumour.concept, "episode_source_value": tumour.written}
            yield _episode(first + number, person_id, "disease", tumour.day, "", **told)
    first += people.records["diagnosis"].num_rows
    for number, person_id, row in people.each("disease_status"):
        if kind := _episode_of(row):
            day = people.day("disease_status", row, "day", counting=True)
            yield _episode(first + number, person_id, "", day, "", episode_concept_id=kind,
                           episode_source_value=fields("disease_status", row))  # fmt: skip
    for (person_id, line), (number, drugs) in _lines(people).items():
        start, end = _span(people, drugs)
        yield _episode(number, person_id, "drugs", start, end, episode_number=line)


def _episode(number: int, person_id: int, says: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"episode_id": number, "person_id": person_id, "episode_start_date": start, "episode_end_date": end,
            "episode_concept_id": concept("episode", says) if says else NONE, "episode_object_concept_id": NONE,
            "episode_type_concept_id": REGISTRY, **more}  # fmt: skip


def _lines(people: People) -> dict[tuple[int, int], tuple[int, list[tuple[int, Row]]]]:
    """The drugs of each line that the source numbered, with the number of its episode."""
    first = sum(people.records[name].num_rows for name in ("radiotherapy", "diagnosis", "disease_status"))
    found: dict[tuple[int, int], tuple[int, list[tuple[int, Row]]]] = {}
    for number, person_id, row in people.each("drug_exposure", "line_stated", "start", "end"):
        if row.get("line_stated") is not None:
            key = person_id, row["line_stated"]
            found.setdefault(key, (first + len(found) + 1, []))[1].append((number, row))
    return found


def _span(people: People, drugs: list[tuple[int, Row]]) -> tuple[str, str]:
    """From the first start to the last end, as far as all are told."""
    told = [row for _, row in drugs if row.get("start_low") is not None]
    ended = all(row.get("end_high") is not None for _, row in drugs)
    start = people.day("drug_exposure", min(told, key=lambda row: row["start_low"]), "start") if told else ""
    last = max((row for _, row in drugs), key=lambda row: row["end_high"]) if ended else {}
    return start, people.day("drug_exposure", last, "end")


def episode_event(people: People) -> Rows:
    """EPISODE_EVENT: the radiation of each course, the condition of each tumour, the drugs of each line."""
    radiations, operations = people.records["radiotherapy"].num_rows, people.records["surgery"].num_rows
    for number, _, _ in people.each("radiotherapy", "tumour"):
        yield _link(number, operations + number, "procedure_occurrence")
    for number, person_id, row in people.each("diagnosis", "tumour"):
        if people.tumours[person_id][row.get("tumour", INDEX)].id == number:
            yield _link(radiations + number, number, "condition_occurrence")
    for number, drugs in _lines(people).values():
        for drug, _ in drugs:
            yield _link(number, drug, "drug_exposure")


def _link(episode: int, event: int, table: str) -> dict[str, Any]:
    return {"episode_id": episode, "event_id": event, "episode_event_field_concept_id": concept("field", table)}
