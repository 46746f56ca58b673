"""Treatment comparisons through the registry: refusals, the constructed cohort, and the public case P12."""

from __future__ import annotations

import numpy as np
import pytest

from leiomyo.errors import InputError
from leiomyo.outcomes.event_table import EventTable
from leiomyo.registry import Registry
from tests.made_registry import adjuvant_cohort, on, registry_of

NOT_CLEAR = "margin in ('close','positive') or residual_tumor in ('R1','R2')"
ASKED = {"endpoint": "rfs", "index": "definitive-surgery", "where": NOT_CLEAR, "adjust": ["size_band"]}
DESIGNS = ("landmark", "time-varying", "clone")


@pytest.fixture(scope="module")
def known() -> Registry:
    """Radiation halves the hazard of recurrence; large tumours recur twice as soon and are irradiated more often."""
    return adjuvant_cohort(800, hazard_ratio=0.5, seed=7)


def truth_of_the_strategies(hazard_ratio: float, patients: int = 400_000) -> tuple[float, float]:
    """What a trial of "radiation by day 180" against "none" would find: hazard ratio, difference at two years.

    Everybody lives through both strategies. Under the first, whoever would have been irradiated is, from day 30 to
    120, and the others begin on day 180. The trial's hazard ratio is not the drawn one: for a part of the first half
    year nobody is irradiated in either arm, and large and small tumours are mixed.
    """
    rng = np.random.default_rng(11)
    large = rng.random(patients) < 0.5
    alone = rng.exponential(900 / np.where(large, 2.0, 1.0))
    planned = rng.random(patients) < np.where(large, 0.7, 0.3)
    start = np.where(planned, rng.integers(30, 121, patients), 180)
    treated = np.where(alone > start, start + (alone - start) / hazard_ratio, alone)
    follow_up = rng.integers(1000, 2500, patients)
    days = [np.minimum(np.maximum(np.round(time), 1), follow_up).astype(int) for time in (alone, treated)]
    events = [(time < follow_up).astype(int) for time in (alone, treated)]
    table = EventTable.from_rows(np.concatenate(days), np.concatenate(events),
                                 strata={"arm": np.repeat(["no", "yes"], patients)})  # fmt: skip
    ratio = float(np.exp(table.cox("arm", reference={"arm": "no"}).coefficients[0]))
    return ratio, float((treated > 730).mean() - (alone > 730).mean())


@pytest.mark.parametrize("design", ["landmark", "time-varying"])
def test_a_known_effect_is_recovered_given_the_confounder(known: Registry, design: str) -> None:
    told = known.compare("adjuvant-radiation", design=design, **ASKED).to_dict()
    assert told["refused"] is None
    assert told["conf_low"] < 0.5 < told["conf_high"]
    assert told["conf_high"] < 0.75


def test_the_clones_recover_what_a_trial_of_the_strategies_would_find(known: Registry) -> None:
    ratio, difference = truth_of_the_strategies(0.5)
    told = known.compare("adjuvant-radiation", design="clone", **ASKED).to_dict()
    assert told["conf_low"] < ratio < told["conf_high"]
    assert told["conf_high"] < 0.85
    two_years = next(mark for mark in told["milestones"] if mark["days"] == 730)
    assert two_years["conf_low"] < difference < two_years["conf_high"]


@pytest.mark.parametrize("design", DESIGNS)
def test_balance_and_positivity_come_with_every_comparison(known: Registry, design: str) -> None:
    told = known.compare("adjuvant-radiation", design=design, **ASKED).to_dict()
    assert {row["level"] for row in told["balance"]} == {"over 5 to 10 cm", "over 10 to 15 cm"}
    assert all(row["n_treated"] and row["n_untreated"] for row in told["positivity"])
    assert len(told["curves"]) == 2
    assert told["excluded"] == [] or design == "landmark"


def test_the_naive_contrast_comes_only_when_asked_for_and_is_labelled(known: Registry) -> None:
    assert "naive" not in known.compare("adjuvant-radiation", design="landmark", **ASKED).to_dict()
    told = known.compare("adjuvant-radiation", design="landmark", naive=True, **ASKED).to_dict()
    assert "biased by design" in told["naive"]["label"]


def test_without_a_design_the_refusal_says_when_it_is_known_and_what_to_do(known: Registry) -> None:
    told = known.compare("adjuvant-radiation", **ASKED).to_dict()
    assert told["estimate"] is None
    for words in ("first day of radiation after the operation", "day 30 to 120", "landmark", "time-varying", "clone"):
        assert words in told["refused"]


def test_adjusters_are_required_and_must_be_known_at_time_zero(known: Registry) -> None:
    told = known.compare("adjuvant-radiation", endpoint="rfs", design="clone").to_dict()
    assert "named adjusters" in told["refused"]
    with pytest.raises(InputError, match=r"LM-A003.*radiotherapy"):
        known.compare("adjuvant-radiation", endpoint="rfs", design="clone", adjust=["radiotherapy"])


@pytest.mark.parametrize("wrong", [{"treatment": "prayer"}, {"design": "matching"}, {"endpoint": "luck"}])
def test_what_does_not_exist_is_answered_with_what_does(known: Registry, wrong: dict) -> None:
    asked = {"treatment": "adjuvant-radiation", "design": "clone", **ASKED, **wrong}
    with pytest.raises(InputError, match="there is: "):
        known.compare(asked.pop("treatment"), **asked)


def test_patients_for_whom_the_condition_is_unknown_are_a_second_estimate() -> None:
    registry = adjuvant_cohort(400, hazard_ratio=0.5, seed=3)
    registry.store.execute("UPDATE surgery SET margin = NULL, residual_tumor = 'R1' WHERE patient LIKE 'P00%'")
    asked = {**ASKED, "where": "margin in ('close','positive')"}
    told = registry.compare("adjuvant-radiation", design="landmark", **asked).to_dict()
    assert told["with_unknown"]["n"] > told["n"]
    assert "100 more" in told["with_unknown"]["kind"]
    assert "It is unknown for 100, who are left out." in " ".join(told["assumptions"])


def test_radiation_without_a_day_leaves_out_and_is_counted() -> None:
    registry = adjuvant_cohort(300, hazard_ratio=0.5, seed=3)
    registry.store.execute("UPDATE radiotherapy SET start_low = NULL, start_high = NULL WHERE patient LIKE 'P00%'")
    told = registry.compare("adjuvant-radiation", design="time-varying", **ASKED).to_dict()
    [row] = told["excluded"]
    assert row["reason"] == "radiation without a day"
    assert row["n"] > 20


def test_tcga_cannot_answer_and_says_why(tcga: Registry) -> None:
    told = tcga.compare("adjuvant-radiation", design="clone", **ASKED).to_dict()
    assert told["estimate"] is None
    assert "cannot answer" in told["refused"]
    assert "the day of the definitive operation is not recorded" in told["refused"]
    assert "The setting is blank" in told["refused"]


# --- P12: the immortal-time guard -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def p12() -> Registry:
    """200 resected patients of equal hazard; drugs from day 60 to 120 for half of those still alive."""
    rng = np.random.default_rng(12)
    rows: dict[str, list[dict]] = {"patient": [], "surgery": [], "drug_exposure": [], "diagnosis": []}
    for number in range(200):
        name, died, planned = f"P{number:03d}", int(rng.exponential(400)) + 1, int(rng.integers(60, 121))
        end = min(died, 1500)
        dead = died <= 1500
        rows["patient"].append({"patient": name, "vital_status": "dead" if dead else "alive",
                                **on("death" if dead else "last_contact", 20 + end)})  # fmt: skip
        rows["diagnosis"].append({"patient": name, "age_years": float(rng.integers(40, 80))})
        rows["surgery"].append({"patient": name, "kind": "primary", **on("day", 20), "residual_tumor": "R0"})
        if rng.random() < 0.5 and died > planned:
            rows["drug_exposure"].append({"patient": name, "agent": "doxorubicin", **on("start", 20 + planned),
                                          **on("end", 20 + planned + 60)})  # fmt: skip
    return registry_of(**rows)


@pytest.mark.parametrize("design", DESIGNS)
def test_p12_each_design_covers_no_effect(p12: Registry, design: str) -> None:
    told = p12.compare("adjuvant-chemotherapy", endpoint="os", design=design, adjust=["age_band"]).to_dict()
    assert told["refused"] is None
    assert told["conf_low"] < 1 < told["conf_high"]


def test_p12_the_naive_contrast_is_below_one(p12: Registry) -> None:
    told = p12.compare(
        "adjuvant-chemotherapy", endpoint="os", design="landmark", adjust=["age_band"], naive=True
    ).to_dict()
    assert told["naive"]["estimate"] < 1
    assert "biased by design" in told["naive"]["label"]


def test_p12_deaths_before_the_landmark_are_excluded_and_counted(p12: Registry) -> None:
    told = p12.compare(
        "adjuvant-chemotherapy", endpoint="os", design="landmark", adjust=["age_band"], day=120
    ).to_dict()
    assert {row["reason"]: row["n"] for row in told["excluded"]}["event on day 120 or before"] > 20
    assert sum(row["n"] for row in told["excluded"]) + told["n"] == 200


def test_p12_grouping_by_it_is_refused_with_the_day_it_became_known(p12: Registry) -> None:
    with pytest.raises(InputError, match=r"(?s)LM-A003.*adjuvant_drugs.*day 60 to 120.*landmark, time-varying, clone"):
        p12.survival("os", by="adjuvant_drugs", index="definitive-surgery")
