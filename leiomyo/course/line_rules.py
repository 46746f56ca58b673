"""The rules of lines of therapy: thresholds and sets of interchangeable drugs, frozen and printed with every result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from leiomyo.errors import InputError
from leiomyo.model.codes import codes

ENDOCRINE = ("line", "joins")


class Thresholds(NamedTuple):
    """The numbers of the rules in days, in the form that the kernel reads."""

    planned_delay_days: int
    collapse_days: int
    restart_gap_days: int
    adjuvant_days: int
    neoadjuvant_days: int
    perioperative_days: int
    early_relapse_days: int
    endocrine_joins: int


@dataclass(frozen=True, slots=True)
class LineRules:
    """A version of the rules. `substitution` holds sets of drugs that stand in for one another."""

    version: str
    thresholds: Mapping[str, int]
    endocrine: str
    substitution: tuple[frozenset[str], ...]
    meanings: Mapping[str, str] = field(compare=False, default_factory=dict)

    def with_values(self, **changed: Any) -> LineRules:
        """The same rules with other thresholds or another `endocrine`; the version says that they were changed.

        Raises
        ------
        InputError
            `LM-A009` for a rule that does not exist or a value that it cannot have.

        Examples
        --------
        >>> default_rules().with_values(restart_gap_days=90).version
        'leiomyo-lines-1 with restart_gap_days=90'
        """
        thresholds = {name: value for name, value in changed.items() if name != "endocrine"}
        _check(thresholds, known=self.thresholds)
        endocrine = changed.get("endocrine", self.endocrine)
        if endocrine not in ENDOCRINE:
            raise InputError("LM-A009", f"endocrine is {endocrine!r}; it is one of: {', '.join(ENDOCRINE)}.")
        told = ", ".join(f"{name}={value}" for name, value in changed.items())
        return replace(
            self,
            version=f"{self.version} with {told}" if told else self.version,
            thresholds={**self.thresholds, **thresholds},
            endocrine=endocrine,
        )

    def numbers(self) -> Thresholds:
        """The thresholds as the kernel takes them."""
        return Thresholds(**self.thresholds, endocrine_joins=int(self.endocrine == "joins"))

    def to_dict(self) -> dict[str, Any]:
        """The rules as plain values, as they stand in results."""
        return {
            "version": self.version, **self.thresholds, "endocrine": self.endocrine,
            "substitution": [sorted(drugs) for drugs in self.substitution],
        }  # fmt: skip


@cache
def default_rules() -> LineRules:
    """The rules that are shipped: `rules/lines.yaml`."""
    told = yaml.safe_load(resources.files("leiomyo.course").joinpath("rules/lines.yaml").read_text(encoding="utf-8"))
    return LineRules(
        version=told["version"],
        thresholds={name: rule["value"] for name, rule in told["thresholds"].items()},
        endocrine=told["endocrine"],
        substitution=tuple(frozenset(drugs) for drugs in told["substitution"]),
        meanings={name: f"{rule['meaning']} ({rule['reason']}; {rule['confidence']})"
                  for name, rule in told["thresholds"].items()},
    )  # fmt: skip


def read_rules(path: Path) -> LineRules:
    """The default rules with what a YAML file changes: `restart_gap_days: 90`, `endocrine: joins`, `substitution`.

    Raises
    ------
    InputError
        `LM-A009`: the file cannot be read or names what is no rule.
    """
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("LM-A009", f"{path.name} cannot be opened: {error.strerror}.") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError("LM-A009", f"{path.name} cannot be read as YAML.") from error
    if not isinstance(told, dict):
        raise InputError("LM-A009", f"{path.name} does not hold rules by name.")
    name = told.pop("version", path.stem)
    sets = told.pop("substitution", None)
    rules = default_rules().with_values(**{str(key): value for key, value in told.items()})
    # the name that a file gives itself never hides what it changed
    version = f"{name} ({rules.version}{', other substitution' if sets is not None else ''})"
    return replace(rules, version=version, substitution=rules.substitution if sets is None else _sets(sets))


def _sets(told: Any) -> tuple[frozenset[str], ...]:
    if not isinstance(told, list) or not all(isinstance(drugs, list) for drugs in told):
        raise InputError("LM-A009", "substitution is a list of lists of drugs.")
    unknown = sorted({str(drug) for drugs in told for drug in drugs} - set(codes("drugs")))
    if unknown:
        raise InputError(
            "LM-A009", f"substitution names {', '.join(unknown)}; drugs stand as in model/codes/drugs.csv."
        )
    return tuple(frozenset(str(drug) for drug in drugs) for drugs in told)


def _check(thresholds: Mapping[str, Any], *, known: Mapping[str, int]) -> None:
    for name, value in thresholds.items():
        if name not in known:
            raise InputError("LM-A009", f"There is no rule {name!r}; there is: {', '.join(known)}, endocrine.")
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise InputError("LM-A009", f"{name} is {value!r}; it is a whole number of days, 0 or more.")
