"""A plan whose control is the registry's own curve: the same question as `survival` asks, then `planning.plan`."""

from __future__ import annotations

from leiomyo.course.line_rules import LineRules
from leiomyo.outcomes.planning import Plan, plan
from leiomyo.outcomes.planning_design import Design
from leiomyo.outcomes.question import ask
from leiomyo.store.store import Store


def plan_of_registry(store: Store, design: Design, endpoint: str, *, where: str | None = None, index: str | None = None,
                     line: int | None = None, rules: LineRules | None = None) -> Plan:  # fmt: skip
    """What a trial can find out against the registry's patients; see `Registry.plan`."""
    question = ask(store, endpoint, where=where, index=index, line=line, rules=rules)
    rule = question.endpoint
    imprecise = ["Imprecise days are read at their middle."] if len(question.readings) > 1 else []
    about = {
        "endpoint": rule.name, "label": rule.label, "index": question.origin, "where": where,
        "definition": rule.definition, "cutoff": question.cutoff, "excluded": list(question.excluded),
        "assumptions": [*question.assumptions, *imprecise],
    }  # fmt: skip
    return plan(design, registry=question.table(), about=about)
