"""Which operations of a patient may be of the tumour, and which of them a margin is of."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass

from leiomyo.model.codes import match_word
from leiomyo.model.dates import DayInterval
from leiomyo.sources.fhir_json import last_part
from leiomyo.sources.fhir_kinds import operation_day, operation_kind
from leiomyo.sources.fhir_resources import Medicated, Procedure
from leiomyo.sources.fhir_values import all_words, roles_of

#: A report on a specimen is written within so many days of the operation (own convention).
REPORTED_WITHIN = 30
_TUMOUR = re.compile(r"malignan|sarcoma|carcinoma|cancer|tumou?r|neoplasm|hysterectomy|hysterektomie", re.I)


_VEINS = frozenset({"inferior_vena_cava", "superior_vena_cava", "renal_vein", "iliac_vein"})
_CLOT = re.compile(r"thromb|embol", re.I)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that took something out."""

    kind: str | None
    day: DayInterval | None
    tumour: str
    #: Its profile, its reason or its words say that it was of the tumour.
    sure: bool


def for_cancer(found: Procedure | Medicated, roles: frozenset[str], *known: Container[str]) -> bool:
    """Whether a profile or the reason says that it was done for the cancer; `known` are the conditions that are one."""
    reasons = [last_part(reference.reference) for reference in found.reasonReference]
    said = roles & {"surgery", "cancer_drug"} or any(one in some for one in reasons for some in known)
    return bool(said or _TUMOUR.search(all_words(*found.reasonCode)))


def says_tumour(found: Procedure, *, vessel: bool = False) -> bool:
    """Whether the words name a tumour or, with `vessel`, a vein so large that it is resected for nothing else."""
    told = all_words(found.code, *found.bodySite)
    return bool(_TUMOUR.search(told) or (vessel and match_word("vessels", told) in _VEINS and not _CLOT.search(told)))


def operation(found: Procedure, tumours: Mapping[str, str], secondary: Container[str], *, vessel: bool) -> Operation:
    """What is known of an operation."""
    reasons = [last_part(reference.reference) for reference in found.reasonReference]
    tumour = next((tumours[one] for one in reasons if one in tumours), "1")
    sure = for_cancer(found, roles_of(found.meta.profile), tumours, secondary) or says_tumour(found, vessel=vessel)
    return Operation(operation_kind(found, tumours, secondary), operation_day(found), tumour, sure)


def the_one(
    known: Mapping[str, Operation], named: Collection[str], on: DayInterval | None, diagnosed: DayInterval | None
) -> Operation | None:
    """The operation that a finding on a specimen is of; None where it cannot be told.

    One that the finding names; else of those that are of the tumour the only one of its day, the only one in the weeks
    before, or the only one at all. One that may have been for anything counts only where none is of the tumour, and
    only in those weeks, or where the finding has no day and it was not before the diagnosis.
    """
    if told := [one for name, one in known.items() if name in named]:
        return told[0] if len(told) == 1 else None
    sure = [one for one in known.values() if one.sure and not _after(one, on)]
    other = [one for one in known.values() if not one.sure and not _after(one, on)]
    near = [one for one in other if _shortly_before(one, on) or (on is None and not _before(one, diagnosed))]
    for some in (_same_day(sure, on), [one for one in sure if _shortly_before(one, on)], sure,
                 _same_day(near, on) if not sure else [], near if not sure else []):  # fmt: skip
        if len(some) == 1:
            return some[0]
    return None


def _same_day(some: Collection[Operation], on: DayInterval | None) -> list[Operation]:
    return [one for one in some if on and one.day == on]


def _after(one: Operation, on: DayInterval | None) -> bool:
    return bool(on and one.day and one.day.low > on.high)


def _before(one: Operation, diagnosed: DayInterval | None) -> bool:
    return bool(diagnosed and one.day and one.day.high < diagnosed.low - REPORTED_WITHIN)


def _shortly_before(one: Operation, on: DayInterval | None) -> bool:
    return bool(on and one.day and one.day.high >= on.low - REPORTED_WITHIN)
