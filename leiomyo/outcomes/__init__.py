"""Outcomes: event tables that add up, and every statistic of them.

`event_table.EventTable` holds counts; its methods (`verbs`) are the statistics. `survival.survival_groups`,
`incidence.incidence_groups` and `cox.cox_result` give plain values for JSON. What needs each person's row is
in `person`. Nothing heavy is imported before it is asked for.
"""

from leiomyo.outcomes.event_table import EventTable

__all__ = ["EventTable"]
