"""What centres write down: nothing is changed but what `changed` says, and the truth can be told apart from it."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from leiomyo.errors import InputError
from leiomyo.model.dates import calendar_day
from leiomyo.model.drugs import match_drug
from leiomyo.model.records import rows, schema
from leiomyo.model.tables import TABLES
from leiomyo.simulate.centres import settle
from leiomyo.simulate.disease import draw
from leiomyo.simulate.drug_names import misspelt
from leiomyo.simulate.noise import LEVELS, LOST, dice, settings
from leiomyo.simulate.observe import Observed, observe
from leiomyo.simulate.planted.kinds import expected
from leiomyo.simulate.told import noted
from leiomyo.simulate.truth import truth_schema

PERSONS, SEED = 1500, 3
CENTRES = {"A": 5.0, "B": 3.0, "C": 1.0}
OBSERVED = {level: observe(draw(PERSONS, 1), settings(level), seed=SEED, centres=CENTRES) for level in LEVELS}
ROW = {"centre", "patient", "record"}


def changes(level: str, *, kind: str = "") -> list[dict[str, str]]:
    found = OBSERVED[level].truth["changed"].to_pylist()
    return [row for row in found if row["kind"] == kind or not kind]


def told_by(observed: Observed, table: str) -> dict[tuple[str, str], list[dict[str, object]]]:
    found: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in rows(observed.records[table]):
        found.setdefault((row["centre"], row["patient"]), []).append(row)
    return found


def test_clean_records_are_the_cohort_under_other_names() -> None:
    clean, cohort = OBSERVED["clean"], draw(PERSONS, 1)
    assert clean.truth["changed"].num_rows == 0
    for name in TABLES:
        own = [column for column in schema(name).names if column not in {"centre", "patient"}]
        assert clean.records[name].select(own).equals(cohort.records[name].select(own)), name
    assert Counter(clean.truth["identity"]["person"].to_pylist()).most_common(1)[0][1] == 1


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_seed_gives_the_same_records_and_another_seed_others(level: str) -> None:
    again = observe(draw(PERSONS, 1), settings(level), seed=SEED, centres=CENTRES)
    other = observe(draw(PERSONS, 1), settings(level), seed=SEED + 1, centres=CENTRES)
    for name, table in OBSERVED[level].records.items():
        assert table.equals(again.records[name])
    assert OBSERVED[level].truth["changed"].equals(again.truth["changed"])
    assert not OBSERVED[level].records["patient"].equals(other.records["patient"])


@pytest.mark.parametrize("level", LEVELS)
def test_records_and_truth_have_the_declared_columns_and_every_row_a_patient(level: str) -> None:
    observed = OBSERVED[level]
    known = set(zip(*(observed.truth["identity"][name].to_pylist() for name in ("centre", "patient")), strict=True))
    for name, table in observed.records.items():
        assert table.schema.equals(schema(name))
        assert {(row["centre"], row["patient"]) for row in rows(table)} <= known
    for name in ("identity", "changed"):
        assert observed.truth[name].schema.equals(truth_schema(name))
    assert len(known) == observed.truth["identity"].num_rows
    assert sum(observed.of(centre)["patient"].num_rows for centre in CENTRES) == len(known)


@pytest.mark.parametrize("level", ["default", "heavy"])
def test_every_setting_that_strikes_leaves_its_name(level: str) -> None:
    kinds = {row["kind"] for row in changes(level)}
    struck = {name for name, one in settings(level).settings.items() if one.effect != "none" and one.value}
    # few, or not told by the cohort
    rare = {"patient.death", "patient.last_contact", "drug_exposure.start", "disease_status.day", "surgery.day",
            "surgery.margin_mm"}  # fmt: skip
    assert struck - kinds <= {"planted_errors", "death_told_twice", *(f"missing.{name}" for name in rare)}
    assert kinds <= struck | set(expected())


def test_the_levels_grow() -> None:
    counts = {level: Counter(row["kind"] for row in changes(level)) for level in LEVELS}
    for kind in ("day_unknown", "drug_misspelt", "late_registration", "missing.diagnosis.size_mm"):
        assert counts["clean"][kind] == 0 < counts["default"][kind] < counts["heavy"][kind]


def test_what_was_and_what_is_written_differ() -> None:
    assert all(row["was"] != row["written"] for row in changes("heavy") if row["column"])


def test_a_day_known_to_the_month_or_the_year_holds_the_true_day() -> None:
    blurred = [row for row in changes("heavy") if row["effect"] == "weakened" and row["kind"].endswith("unknown")]
    assert len(blurred) > 100
    for row in blurred:
        true, told = calendar_day(row["was"]), calendar_day(row["written"])
        assert told.low <= true.low <= told.high
        assert not told.exact


def test_a_swapped_day_is_another_date_of_the_same_year() -> None:
    swapped = changes("heavy", kind="day_and_month_swapped")
    assert swapped
    for row in swapped:
        was, written = date.fromisoformat(row["was"]), date.fromisoformat(row["written"])
        assert (was.year, was.month, was.day) == (written.year, written.day, written.month)


def test_other_names_of_drugs_are_read_as_the_drug() -> None:
    for row in changes("heavy", kind="drug_other_names"):
        agent, written = row["was"].split("|")[0], row["written"].split("|")[1]
        assert match_drug(written).agents == (agent,), written


def test_a_misspelt_drug_is_never_another_drug() -> None:
    rng = dice(1, "test")
    agents = ("doxorubicin", "ifosfamide", "gemcitabine", "docetaxel", "trabectedin", "pazopanib", "dacarbazine")
    read = [(agent, match_drug(misspelt(agent, rng)).agents) for agent in agents for _ in range(100)]
    assert {(agent, found) for agent, found in read if found and found != (agent,)} == set()
    assert sum(found == (agent,) for agent, found in read) > 0.95 * len(read)


def test_late_deaths_stand_on_a_form_and_the_patient_is_alive_before() -> None:
    observed = OBSERVED["heavy"]
    late = {(row["centre"], row["patient"]): row for row in changes("heavy", kind="late_registration") if row["column"]}
    people, forms = told_by(observed, "patient"), told_by(observed, "follow_up")
    assert len(late) > 20
    for who, row in late.items():
        [person] = people[who]
        death = calendar_day(row["was"].split("|")[1])
        deaths = [form for form in forms[who] if form.get("vital_status") == "dead"]
        assert person["vital_status"] == "alive"
        assert "death_low" not in person
        assert [form["contact_low"] for form in deaths] == [death.low]
        assert person.get("last_contact_low", 0) <= death.low


def test_a_person_at_two_centres_tells_each_row_once_and_the_diagnosis_twice() -> None:
    level = settings("clean")
    only = {**level.settings, "persons_at_two_centres": settings("heavy").settings["persons_at_two_centres"]}
    observed = observe(draw(PERSONS, 1), type(level)("clean", only), seed=SEED, centres=CENTRES)
    twice = [person for person, n in Counter(observed.truth["identity"]["person"].to_pylist()).items() if n == 2]
    assert len(twice) > 5
    cohort = draw(PERSONS, 1)
    assert observed.records["patient"].num_rows == PERSONS + len(twice)
    assert observed.records["diagnosis"].num_rows == cohort.records["diagnosis"].num_rows + len(twice)
    for name in ("surgery", "drug_exposure", "follow_up", "disease_status"):
        assert observed.records[name].num_rows == cohort.records[name].num_rows
    both = [row for row in observed.truth["identity"].to_pylist() if row["person"] in twice]
    places: dict[int, set[str]] = {}
    for row in both:
        places.setdefault(row["person"], set()).add(row["centre"])
    assert all(len(where) == 2 for where in places.values())


def test_values_are_missing_more_often_in_old_diagnoses_and_small_centres() -> None:
    told = settle(draw(20_000, 1), settings("heavy"), seed=1, centres=CENTRES)
    small = np.asarray(pc.equal(told.people.centre, "C"))
    assert told.people.risk[small].mean() > 1.2 * told.people.risk[~small].mean()
    assert abs(told.people.risk.mean() - 1) < 1e-9


def test_centres_have_their_share_and_need_a_weight() -> None:
    share = Counter(OBSERVED["clean"].truth["identity"]["centre"].to_pylist())
    assert abs(share["A"] / PERSONS - 5 / 9) < 0.05
    with pytest.raises(InputError, match="LM-A008"):
        observe(draw(5, 1), settings("clean"), seed=1, centres={})


def test_a_level_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="LM-A024"):
        settings("loud")


@pytest.mark.parametrize("level", LEVELS)
def test_every_setting_says_what_it_means_and_rests_on(level: str) -> None:
    for one in settings(level).settings.values():
        assert one.meaning
        assert one.source
        assert one.effect in LOST | {"none", "renamed", "weakened", "repeated"}


def test_nobody_observed_is_nobody_noted() -> None:
    told = settle(draw(3, 1), settings("clean"), seed=1, centres={"A": 1})
    assert noted(told.people, told.who("patient")[:0], "patient", None, None or _change(), was=[], written=[]).equals(
        truth_schema("changed").empty_table()
    )
    assert isinstance(told.people.centre, pa.Array)


def _change():  # type: ignore[no-untyped-def]
    from leiomyo.simulate.told import Change

    return Change("none", "none")
