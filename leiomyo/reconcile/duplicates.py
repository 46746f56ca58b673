"""Pairs of records that may be one patient, each with its reasons: a person decides.

Registries hold no names. What two records of one person share is sex, birth, the day of diagnosis, the tumour and
the times at which things happened; what one of them does not tell is no evidence. The comparison is Fellegi and
Sunter's, computed by `splink` in a database of its own in memory, with the weights of `duplicates.yaml`.

Source
------
Fellegi & Sunter, J Am Stat Assoc 1969;64:1183–1210.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from leiomyo.errors import InputError
from leiomyo.reconcile.people import SiteOf, as_rows, people
from leiomyo.reconcile.same_person import Who, decided
from leiomyo.store.store import MEMORY_LIMIT, Store

#: However small the registry, a pair is not believed for the want of others to be compared with.
_FEWEST = 50
_GAP = re.compile(r"\b(gap|wide)\((\w+)\)")
#: greatest() passes over nulls: what one record does not tell must not look like agreement.
_TOLD = "CASE WHEN {x}_low_l IS NULL OR {x}_low_r IS NULL THEN NULL ELSE "
_EXPANDED = {
    "gap": f"({_TOLD}greatest(0, {{x}}_low_l - {{x}}_high_r, {{x}}_low_r - {{x}}_high_l) END)",
    "wide": f"({_TOLD}greatest({{x}}_high_l - {{x}}_low_l, {{x}}_high_r - {{x}}_low_r) END)",
}


@dataclass(frozen=True, slots=True)
class Level:
    """One outcome of a comparison: when it holds, how often in one patient's records and in two patients', in words."""

    when: str
    m: float
    u: float
    basis: str
    says: str


@dataclass(frozen=True, slots=True)
class Block:
    """Pairs that are compared: those that agree on these columns, and only where a condition holds."""

    agree: tuple[str, ...]
    only: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """The weights of evidence, as duplicates.yaml states them."""

    version: str
    share_recorded_twice: float
    silent: Mapping[str, str]
    levels: Mapping[str, tuple[Level, ...]]
    blocks: tuple[Block, ...]


@cache
def model() -> Model:
    """The shipped weights."""
    text = resources.files("leiomyo.reconcile").joinpath("duplicates.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    return Model(
        version=told["version"],
        share_recorded_twice=told["share_recorded_twice"],
        silent={name: one["silent"] for name, one in told["comparisons"].items()},
        levels={name: tuple(Level(**level) for level in one["levels"]) for name, one in told["comparisons"].items()},
        blocks=tuple(Block(tuple(one["agree"]), one.get("only", "")) for one in told["blocks"]),
    )


def proposals(store: Store, site_of: SiteOf, *, threshold: float) -> list[dict[str, Any]]:
    """Pairs at or above the threshold and pairs that were decided, the likeliest first.

    Returns
    -------
    list
        `centre, patient, other_centre, other_patient, probability, decision ("", same, different), decided_on,
        reasons`; a decided pair that is not proposed has no probability.
    """
    if not 0 <= threshold <= 1:
        raise InputError("LM-A008", f"The threshold is a probability, from 0 to 1; found {threshold}.")
    table = people(store, site_of)
    pairs = _scored(table, threshold)
    told = as_rows(table, {pair[side] for pair in pairs for side in ("unique_id_l", "unique_id_r")})
    decisions = _decisions(store)
    found = []
    for pair in pairs:
        sides = sorted((told[pair["unique_id_l"]], told[pair["unique_id_r"]]), key=_who)
        decision = decisions.pop((_who(sides[0]), _who(sides[1])), ("", ""))
        found.append(_proposal(_who(sides[0]), _who(sides[1]), pair["match_probability"], decision,
                               "; ".join(_reasons(pair, *sides))))  # fmt: skip
    found += [_proposal(*pair, None, decision, "decided, and not proposed") for pair, decision in decisions.items()]
    return sorted(found, key=lambda row: (-(row["probability"] or 0), *list(row.values())[:4]))


def _who(row: Mapping[str, Any]) -> Who:
    return Who(row["centre"], row["patient"])


def _decisions(store: Store) -> dict[tuple[Who, Who], tuple[str, str]]:
    days = {
        (Who(*row[:2]), Who(*row[2:4])): row[4]
        for row in store.rows("SELECT centre, patient, other_centre, other_patient, decided_on FROM duplicate_decision")
    }
    return {pair: (kind, days[pair]) for kind in ("same", "different") for pair in decided(store, kind)}


def _proposal(
    one: Who, other: Who, probability: float | None, decision: tuple[str, str], reasons: str
) -> dict[str, Any]:
    return {
        "centre": one.centre, "patient": one.patient, "other_centre": other.centre, "other_patient": other.patient,
        "probability": None if probability is None else round(probability, 4),
        "decision": decision[0], "decided_on": decision[1], "reasons": reasons,
    }  # fmt: skip


def _scored(table: pa.Table, threshold: float) -> list[dict[str, Any]]:
    """The pairs at or above the threshold, with the level that each comparison came to."""
    linker, settings, api = _splink()
    if table.num_rows < 2:
        return []
    weights = model()
    with duckdb.connect(":memory:", config={"memory_limit": MEMORY_LIMIT}) as connection, _silence():
        database = api(connection)
        comparisons = [_comparison(name) for name in weights.levels]
        chosen = settings(
            link_type="dedupe_only",
            comparisons=comparisons,
            blocking_rules_to_generate_predictions=[_rule(block) for block in weights.blocks],
            probability_two_random_records_match=_prior(table.num_rows, weights.share_recorded_twice),
            retain_matching_columns=True,
            retain_intermediate_calculation_columns=False,
        )
        link = linker(database.register(table), chosen, log_level=None)
        scored = link.inference.predict(threshold_match_probability=threshold, warning_mode="never")
        found: list[dict[str, Any]] = scored.as_record_list()
        return found


def _prior(patients: int, share: float) -> float:
    """How likely two random records are one patient: the more there are, the more pairs agree by chance."""
    return 2 * share / (max(patients, _FEWEST) - 1)


def _splink() -> tuple[Any, Any, Any]:
    try:
        from splink import DuckDBAPI, Linker, SettingsCreator
    except ImportError as error:
        raise InputError("LM-A012", "Run: pip install 'leiomyo[duplicates]'.") from error
    return Linker, SettingsCreator, DuckDBAPI


@contextmanager
def _silence() -> Iterator[None]:
    """Splink's own remarks are for who trains a model; none of them is for who keeps a registry."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _sql(text: str) -> str:
    return _GAP.sub(lambda found: _EXPANDED[found[1]].format(x=found[2]), text)


def _comparison(name: str) -> dict[str, Any]:
    """One comparison as splink takes it; the last level takes what is left."""
    weights = model()
    levels: list[dict[str, Any]] = [
        {"sql_condition": _sql(weights.silent[name]), "label_for_charts": "not told", "is_null_level": True}
    ]
    for level in weights.levels[name]:
        condition = "ELSE" if level.when == "true" else _sql(level.when)
        levels.append({
            "sql_condition": condition, "label_for_charts": level.says, "m_probability": level.m,
            "u_probability": level.u, "fix_m_probability": True, "fix_u_probability": True,
        })  # fmt: skip
    return {"output_column_name": name, "comparison_levels": levels}


def _rule(block: Block) -> dict[str, Any]:
    """A block as splink takes it; a column in the plural is a list, of which one has to agree."""
    lists = [name for name in block.agree if name in {"births", "years", "ages"}]
    conditions = [f"l.{name} = r.{name}" for name in block.agree] + ([f"({block.only})"] if block.only else [])
    rule: dict[str, Any] = {"blocking_rule": " AND ".join(conditions)}
    return rule | ({"arrays_to_explode": lists} if lists else {})


def _reasons(pair: Mapping[str, Any], one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """What each comparison found, in words, with no more of the values than a decision needs."""
    shown = {name: _shown(one[name], other[name]) for name in one}
    told: dict[str, Any] = {name: values[0] for name, values in shown.items()}
    told |= {f"{name}s": "/".join(dict.fromkeys(values)) for name, values in shown.items()}
    for name, column in {"born": "born_low", "age": "age_low"}.items():
        values = [row[column] for row in (one, other)]
        if name == "age":
            values = [None if value is None else int(value / 365.25 + 0.01) for value in values]
        told |= {name: values[0], f"{name}s": "/".join(map(str, dict.fromkeys(values)))}
    told |= {name: _Gap(one, other, name) for name in ("birth", "diagnosed")}
    weights = model()
    for name, levels in weights.levels.items():
        # splink numbers the levels downwards; the null level is -1
        place = pair[f"gamma_{name}"]
        if place >= 0:
            yield levels[len(levels) - 1 - place].says.format(**told)


def _shown(one: Any, other: Any) -> tuple[str, str]:
    return tuple(f"{value:g}" if isinstance(value, float) else str(value) for value in (one, other))  # type: ignore[return-value]


class _Gap:
    """Days between the same event in two records, for the words of a reason."""

    def __init__(self, one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> None:
        ends = [row[f"{name}_{end}"] for row in (one, other) for end in ("low", "high")]
        self.gap = max(0, ends[0] - ends[3], ends[2] - ends[1]) if None not in ends else None
