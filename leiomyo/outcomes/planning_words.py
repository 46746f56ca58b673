"""What a plan was asked and what it takes for granted, as flat values and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leiomyo.outcomes.planning_design import Design
from leiomyo.outcomes.planning_hazards import External, Hazard, as_plain

CAUTION = "For planning research; never a recommendation for a patient."
#: Fewer events than this, and a plan says that normal approximations are rough.
FEW_EVENTS = 20


def asked(design: Design) -> dict[str, Any]:
    """The design as asked for."""
    return {
        "arms": design.arms, "treated_share": round(design.share, 6), "hazard_ratio": design.hazard_ratio,
        "accrual_per_year": round(design.rate * 12, 6), "follow_up_months": design.follow_up_months,
        "drop_out_per_year": design.drop_out_per_year, "alpha": design.alpha, "sides": design.sides,
        "power_wanted": design.power, "discount": design.discount, "drift_low": design.drift[0],
        "drift_high": design.drift[1],
    }  # fmt: skip


def control_told(control: Hazard, held: External | None) -> dict[str, Any]:
    """The control's hazard, and the registry behind it."""
    median = control.median()
    return {
        "control_from": "registry" if held else "given",
        "control_median_months": None if median is None else round(median, 3),
        "control_hazard": as_plain(control),
        "external_patients": held.patients if held else None,
        "external_events": held.events if held else None,
        "external_follow_up_months": round(held.last, 2) if held else None,
    }


def assumptions(design: Design, held: External | None, told: Mapping[str, Any]) -> list[str]:
    """What the plan takes for granted, in words."""
    said = ["Accrual is even from the first month; hazards are proportional; drop-out is independent of the outcome."]
    if design.arms == 2:
        said.append(
            "Events needed: Schoenfeld's closed form. Power: the log-rank test at the expected numbers at risk."
        )
    else:
        said.append("One arm against a curve: one-sample log-rank test with Wu's exact variance.")
    if told["events_at_end"] < FEW_EVENTS:
        few = f"Only {told['events_at_end']:.0f} events are expected"
        said.append(f"{few}: these figures rest on large numbers and are rough here.")
    if told.get("landmark_months"):
        said.append("The exact binomial trial follows everybody to its month: add patients for those lost before.")
    if held is None:
        return [*said, "The control's hazard is constant over time, as the one number given fixes it."]
    low, high = told["power_curve_low"], told["power_curve_high"]
    said += [
        f"The registry's curve rests on {held.patients} patients and {held.events} events; at the 95 % limits of its "
        f"level alone the power without its patients lies between {low:.0%} and {high:.0%}.",
        "An external control is not randomised: a drift is the hazard ratio of registry to trial patients who are "
        "treated alike, and nobody can see it in the data. "
        f"Each registry patient counts {'as a whole one' if not design.discount else f'as {1 - design.discount:g}'}.",
    ]
    if told["duration_months"] > held.last:
        beyond = f"The registry follows nobody beyond {held.last:.0f} months"
        said.append(f"{beyond}: its last hazard is carried on, and later months are not compared with its patients.")
    return said
