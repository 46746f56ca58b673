"""What a planned trial can find out: events, patients, power by month and by size, with and without the registry.

Nothing here sees a person's row: the registry comes as its event table. For planning research; never a recommendation
for a patient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from leiomyo.errors import InputError
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.planning_design import LONGEST, MOST_PATIENTS, Design
from leiomyo.outcomes.planning_hazards import External, Hazard, external
from leiomyo.outcomes.planning_power import (
    Accrual,
    Arms,
    Expected,
    exact_binomial,
    expected_events,
    logrank,
    one_sample,
    trial_events,
)
from leiomyo.outcomes.planning_words import CAUTION, asked, assumptions, control_told
from leiomyo.outcomes.result import Result, number

#: So many months are told of power by calendar time, so many sizes.
_MONTHS, _SIZES = 61, 9
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Plan(Result):
    """What a planned trial can find out; `to_dict` gives the JSON of `leiomyo plan --json` (docs/planning.md)."""

    told: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values."""
        return self.told

    def columns(self) -> dict[str, Any]:
        """Power and events by month since the first patient."""
        rows: Sequence[dict[str, Any]] = self.told["by_month"]
        return {name: [row[name] for row in rows] for name in rows[0]}

    def notes(self) -> Sequence[str]:
        """What the plan rests on."""
        return (*self.told["assumptions"], CAUTION)


@dataclass(frozen=True, slots=True)
class Trial:
    """A design with its control, asked for power at any size and time."""

    design: Design
    control: Hazard
    registry: External | None = None

    @property
    def critical(self) -> float:
        """The critical value of the test."""
        return -float(ndtri(self.design.tail))

    def accrual(self, patients: float) -> Accrual:
        """So many patients at the design's rate."""
        return Accrual(self.design.rate, patients / self.design.rate, self.design.lost)

    def arms(self, patients: float, *, drift: float = 1.0, effect: float | None = None, borrow: bool = False) -> Arms:
        """The trial's arms where its own patients' hazard is the registry's by `drift`."""
        control = self.control.times(1 / drift)
        treated = control.times(self.design.hazard_ratio if effect is None else effect)
        lent = self.registry if borrow else None
        return Arms(self.accrual(patients), treated, control, self.design.share, lent, 1 - self.design.discount)

    def alone(self, patients: float, time: float, *, effect: float | None = None, uncertain: bool = False,
              scale: float = 1.0) -> Expected | None:  # fmt: skip
        """The test without the registry's patients: two randomised arms, or one against a curve taken as known."""
        arms = self.arms(patients, drift=1 / scale, effect=effect)
        if self.design.arms == 2:
            return logrank(arms, time)
        until = self.registry.last if self.registry else math.inf
        return one_sample(arms.accrual, arms.treated, arms.control, time, until=until,
                          registry=self.registry if uncertain else None)  # fmt: skip

    def helped(
        self, patients: float, time: float, *, drift: float = 1.0, effect: float | None = None
    ) -> Expected | None:
        """The test with the registry's patients as control, or beside the randomised ones."""
        return logrank(self.arms(patients, drift=drift, effect=effect, borrow=True), time)

    def power(self, found: Expected | None, critical: float | None = None) -> float:
        """The probability that the treatment is found better."""
        return found.rejects(self.critical if critical is None else critical) if found else 0.0

    def end(self, patients: float) -> float:
        """The month of the analysis."""
        return self.accrual(patients).months + self.design.follow_up_months


def plan(design: Design, control: Hazard | None = None, *, registry: EventTable | None = None,
         about: dict[str, Any] | None = None) -> Plan:  # fmt: skip
    """What the design can find out against a control whose survival is given, or is the registry's.

    Parameters
    ----------
    control
        The control's hazard; None: the registry's own curve.
    registry
        The registry's event table of the endpoint, in days: then also with its patients as an external control.
    about
        What the registry was asked, to be told with the answer.

    Raises
    ------
    InputError
        `LM-A021` where no number of patients reaches the power and none is given; `LM-A022` where the registry has
        too few events; `LM-A023` where there is no control at all.

    Examples
    --------
    >>> told = plan(Design(hazard_ratio=0.6, accrual_per_year=60), Hazard.of_median(12)).told
    >>> told["events_needed"], told["patients"]
    (121, 173)
    """
    held = external(registry) if registry is not None else None
    if control is None and held is None:
        raise InputError("LM-A023", "There is no registry either.")
    control = control or held.hazard  # type: ignore[union-attr]
    trial = Trial(design, control, held)
    needed = _patients(trial, trial.alone)
    with_registry = _patients(trial, trial.helped) if held else None
    patients = _size(design, with_registry if held and design.arms == 1 else needed)
    told = {
        **(about or {}), **asked(design), **control_told(control, held),
        "patients": patients, "patients_needed": needed, "patients_needed_external": with_registry,
        **_at_end(trial, patients, needed),
        **(_external(trial, patients) if held else {}),
        **(_landmark(design, control) if design.landmark_months else {}),
        "by_month": _by_month(trial, patients), "by_patients": _by_patients(trial, patients),
        "drift_rows": _drifts(trial, patients) if held else [],
    }  # fmt: skip
    told["assumptions"] = [*told.get("assumptions", []), *assumptions(design, held, told)]
    return Plan(told | {"caution": CAUTION})


Test = Callable[[float, float], Expected | None]


def _patients(trial: Trial, test: Test) -> int | None:
    """The fewest patients with whom the power is reached; None where no accrual of 50 years does."""
    most = int(min(MOST_PATIENTS, trial.design.rate * LONGEST))

    def enough(patients: int) -> bool:
        return trial.power(test(patients, trial.end(patients))) >= trial.design.power - _TOLERANCE

    if most < 2 or not enough(most):
        return None
    low, high = 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _size(design: Design, needed: int | None) -> int:
    if design.patients is not None:
        return design.patients
    if design.accrual_months is not None:
        return max(2, round(design.rate * design.accrual_months))
    if needed is None:
        where = f"At {design.rate * 12:g} patients a year no accrual of {LONGEST / 12:g} years"
        what = (
            f"reaches a power of {design.power:g}: give the patients or the months of accrual to see what they reach."
        )
        raise InputError("LM-A021", f"{where} {what}")
    return needed


def _at_end(trial: Trial, patients: int, needed: int | None) -> dict[str, Any]:
    """Events, power and months of the trial without the registry's patients."""
    design, end = trial.design, trial.end(patients)
    events = trial_events(trial.arms(patients), end)
    wanted: int | None
    if design.arms == 2:
        import greenwood

        options: dict[str, Any] = {"alpha": design.alpha, "allocation": design.share, "sides": design.sides}
        wanted = greenwood.logrank_n_events(design.hazard_ratio, power=design.power, **options)
        closed = greenwood.logrank_power(design.hazard_ratio, events, **options)
    else:
        wanted = None if needed is None else math.ceil(trial_events(trial.arms(needed), trial.end(needed)))
        closed = None
    return {
        "accrual_months": round(trial.accrual(patients).months, 3), "duration_months": round(end, 3),
        "events_needed": wanted, "events_at_end": round(events, 2),
        "events_treated": round(expected_events(*_treated(trial, patients), end) * design.share, 2),
        "power": _share(trial.power(trial.alone(patients, end))), "power_schoenfeld": _share(closed),
        "months_to_events": _month(lambda time: trial_events(trial.arms(patients), time), wanted),
        "months_to_power": _month(lambda time: trial.power(trial.alone(patients, time)), design.power),
    }  # fmt: skip


def _treated(trial: Trial, patients: int) -> tuple[Accrual, Hazard]:
    arms = trial.arms(patients)
    return arms.accrual, arms.treated


def _month(grows: Callable[[float], float], target: float | None) -> float | None:
    """The month in which what grows with time reaches the target; None where it never does."""
    if target is None or grows(2 * LONGEST) < target:
        return None
    return round(float(brentq(lambda time: grows(time) - target, 1e-6, 2 * LONGEST, xtol=1e-4)), 2)


def _external(trial: Trial, patients: int) -> dict[str, Any]:
    """Power and errors with the registry's patients, how far a drift moves them, and what guarding against it costs."""
    design, end = trial.design, trial.end(patients)
    rows = _drifts(trial, patients)
    guard = max(_guarded(trial, patients, drift) for drift in _drift_values(design))
    known = trial.alone(patients, end, effect=1.0, uncertain=True)
    assert trial.registry is not None  # noqa: S101 - asked for only with one
    off = [math.exp(sign * 1.959964 * trial.registry.error) for sign in (-1, 1)]
    powers = sorted(trial.power(trial.alone(patients, end, scale=scale)) for scale in off)
    return {
        "power_external": _share(trial.power(trial.helped(patients, end))),
        "power_external_low": min(row["power"] for row in rows),
        "power_external_high": max(row["power"] for row in rows),
        "false_claim_nominal": _share(design.tail),
        "false_claim_external": _share(trial.power(trial.helped(patients, end, effect=1.0))),
        "false_claim_low": min(row["false_claim"] for row in rows),
        "false_claim_high": max(row["false_claim"] for row in rows),
        "false_claim_known_curve": _share(trial.power(known)) if design.arms == 1 else None,
        "guarded_critical": round(guard, 4),
        "guarded_p": _share(float(ndtr(-guard)) * design.sides),
        "power_guarded": _share(trial.power(trial.helped(patients, end), guard)),
        "months_to_power_external": _month(lambda time: trial.power(trial.helped(patients, time)), design.power),
        "power_curve_low": _share(powers[0]), "power_curve_high": _share(powers[1]),
    }  # fmt: skip


def _guarded(trial: Trial, patients: int, drift: float) -> float:
    """The critical value at which a useless treatment is called better no more often than allowed, under a drift."""
    found = trial.helped(patients, trial.end(patients), drift=drift, effect=1.0)
    return max(trial.critical, trial.critical * found.spread - found.mean) if found else trial.critical


def _drift_values(design: Design) -> list[float]:
    """Drifts from the lowest to none to the highest."""
    low, high = design.drift
    values = [1.0, low, (low + 1) / 2, (1 + high) / 2, high]
    return sorted({round(value, 4) for value in values})


def _drifts(trial: Trial, patients: int) -> list[dict[str, Any]]:
    """Power and false claims where registry and trial patients differ though treated alike."""
    end, rows = trial.end(patients), []
    for drift in _drift_values(trial.design):
        null = trial.helped(patients, end, drift=drift, effect=1.0)
        rows.append({
            "drift": drift, "power": _share(trial.power(trial.helped(patients, end, drift=drift))),
            "false_claim": _share(trial.power(null)),
            "type_1_error": _share(null.rejects_either(trial.critical) if null and trial.design.sides == 2
                                   else trial.power(null)),
        })  # fmt: skip
    return rows


def _landmark(design: Design, control: Hazard) -> dict[str, Any]:
    """A one-stage trial of the share without the event at a time, by exact binomial probabilities."""
    months = float(design.landmark_months or 0)
    null = float(control.survival(np.array([months]))[0])
    better = null**design.hazard_ratio
    found = exact_binomial(null, better, alpha=design.tail, power=design.power)
    return {
        "landmark_months": months, "landmark_control": _share(null), "landmark_treated": _share(better),
        "landmark_patients": found[0] if found else None, "landmark_successes": found[1] if found else None,
    }  # fmt: skip


def _by_month(trial: Trial, patients: int) -> list[dict[str, Any]]:
    """Enrolled, events and power by month since the first patient, to the analysis and a third beyond."""
    arms, low, high = trial.arms(patients), *trial.design.drift
    rows = []
    for time in np.linspace(0.0, trial.end(patients) * 4 / 3, _MONTHS).tolist():
        events = trial_events(arms, time)
        row: dict[str, Any] = {
            "month": round(time, 3), "enrolled": round(arms.accrual.enrolled(time), 2), "events": round(events, 2),
            "power": _told(trial.power(trial.alone(patients, time)), events),
        }  # fmt: skip
        if trial.registry:
            drifted = [trial.power(trial.helped(patients, time, drift=drift)) for drift in (low, 1.0, high)]
            row |= {"power_external": _told(drifted[1], events), "power_external_low": _told(min(drifted), events),
                    "power_external_high": _told(max(drifted), events)}  # fmt: skip
        rows.append(row)
    return rows


def _by_patients(trial: Trial, patients: int) -> list[dict[str, Any]]:
    """Power at the analysis by the number of patients, at the same rate and follow-up."""
    sizes = sorted({max(2, round(patients * share)) for share in np.linspace(0.4, 2.0, _SIZES)})
    rows = []
    for size in sizes:
        end = trial.end(size)
        row: dict[str, Any] = {"patients": size, "months": round(end, 2)}
        events = trial_events(trial.arms(size), end)
        row |= {"events": round(events, 1), "power": _told(trial.power(trial.alone(size, end)), events)}
        if trial.registry:
            row["power_external"] = _told(trial.power(trial.helped(size, end)), events)
        rows.append(row)
    return rows


def _share(value: float | None) -> float | None:
    return None if value is None or number(value) is None else round(value, 5)


def _told(power: float, events: float) -> float | None:
    """A power, or None as long as less than one event is expected: there is nothing to test."""
    return _share(power) if events >= 1 else None
