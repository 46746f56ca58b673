"""What can be asked of an event table; each answer is computed in the module of its statistic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from leiomyo.outcomes.comparisons import GroupTest, Weights
    from leiomyo.outcomes.cox import CoxFit
    from leiomyo.outcomes.curves import CI, Curves
    from leiomyo.outcomes.event_table import EventTable
    from leiomyo.outcomes.hazard import Hazards
    from leiomyo.outcomes.incidence import Incidences
    from leiomyo.outcomes.restricted import RestrictedMeans
    from leiomyo.outcomes.rows import Cause


class Statistics:
    """The statistics of an event table as methods, with the arguments of the functions they stand for."""

    __slots__ = ()

    def kaplan_meier(self, level: float = 0.95, ci: CI = "log-log", cause: Cause | None = None) -> Curves:
        """Survival by time; see `curves.kaplan_meier`."""
        from leiomyo.outcomes.curves import kaplan_meier

        return kaplan_meier(self._table, level=level, ci=ci, cause=cause)

    def follow_up(self, level: float = 0.95, ci: CI = "log-log") -> Curves:
        """Follow-up by the reverse Kaplan–Meier; see `curves.follow_up`."""
        from leiomyo.outcomes.curves import follow_up

        return follow_up(self._table, level=level, ci=ci)

    def nelson_aalen(self, level: float = 0.95, cause: Cause | None = None) -> Hazards:
        """Cumulative hazard by time; see `hazard.nelson_aalen`."""
        from leiomyo.outcomes.hazard import nelson_aalen

        return nelson_aalen(self._table, level=level, cause=cause)

    def logrank(
        self,
        *,
        by: str | Sequence[str] | None = None,
        strata: str | Sequence[str] = (),
        weights: Weights = "logrank",
        trend: Sequence[float] | bool | None = None,
        cause: Cause | None = None,
        include_unknown: bool = False,
    ) -> GroupTest:
        """Log-rank test and relatives; see `comparisons.logrank`."""
        from leiomyo.outcomes.comparisons import logrank

        return logrank(
            self._table,
            by=by,
            strata=strata,
            weights=weights,
            trend=trend,
            cause=cause,
            include_unknown=include_unknown,
        )

    def cumulative_incidence(self, level: float = 0.95) -> Incidences:
        """Cumulative incidence of each cause; see `incidence.cumulative_incidence`."""
        from leiomyo.outcomes.incidence import cumulative_incidence

        return cumulative_incidence(self._table, level=level)

    def gray(
        self,
        cause: Cause = 1,
        *,
        by: str | Sequence[str] | None = None,
        strata: str | Sequence[str] = (),
        include_unknown: bool = False,
    ) -> GroupTest:
        """Gray's test of equal cumulative incidence; see `gray.gray`."""
        from leiomyo.outcomes.gray import gray

        return gray(self._table, cause, by=by, strata=strata, include_unknown=include_unknown)

    def rmst(self, time: float, *, level: float = 0.95) -> RestrictedMeans:
        """Restricted mean survival time up to `time`; see `restricted.restricted_mean`."""
        from leiomyo.outcomes.restricted import restricted_mean

        return restricted_mean(self._table, time, level=level)

    def cox(self, on: str | Sequence[str], **options: Any) -> CoxFit:
        """Cox regression on stratum names; see `cox.cox`."""
        from leiomyo.outcomes.cox import cox

        return cox(self._table, on, **options)

    @property
    def _table(self) -> EventTable:
        return cast("EventTable", self)
