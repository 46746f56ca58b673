"""The registry a user holds: read what a centre has, ask for outcomes, write a report.

>>> import leiomyo
>>> registry = leiomyo.example()
>>> registry.survival("os").groups[0]["events"]
102
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leiomyo.course.therapy import courses
from leiomyo.course.timeline import Course
from leiomyo.curation import Curation
from leiomyo.errors import InputError
from leiomyo.exports.writers import DICTIONARY
from leiomyo.outcomes import analysis, person
from leiomyo.outcomes.analysis import SurvivalResult, TableResult
from leiomyo.outcomes.event_table import EventTable
from leiomyo.outcomes.lines import LinesResult, lines
from leiomyo.outcomes.person import PersonModel
from leiomyo.outcomes.question import ask
from leiomyo.outcomes.relative import Method, RelativeSurvivals
from leiomyo.outcomes.response import Responses
from leiomyo.sources.base import FileRefused

if TYPE_CHECKING:
    from leiomyo.outcomes.checked import Checked
    from leiomyo.outcomes.compare import CompareResult
    from leiomyo.outcomes.impact import Impact
    from leiomyo.outcomes.planning import Plan
    from leiomyo.outcomes.planning_design import Design


class Registry(Curation):
    """A registry of leiomyosarcoma cases, in a file or in memory.

    Parameters
    ----------
    path
        The registry file; None keeps everything in memory.
    create
        Whether a missing file may be made.
    rules
        The rules of lines of therapy; default: those that are shipped.
    """

    def survival(self, endpoint: str, *, by: str | None = None, where: str | None = None,
                 milestones: Sequence[int] = (365, 730, 1826), index: str | None = None,
                 line: int | None = None, unknown_in_test: bool = False) -> SurvivalResult:  # fmt: skip
        """Survival to an endpoint, by groups known at its start.

        Parameters
        ----------
        endpoint
            A name of docs/endpoints.md, such as `os`.
        by
            A covariate of docs/covariates.md.
        where
            A condition such as "margin in ('close', 'positive')".
        milestones
            Days at which survival is read.
        index
            The day follow-up starts: `diagnosis`, `definitive-surgery` or `first-metastasis`; default: the endpoint's.
        line
            A line of therapy, from whose first day follow-up starts.
        unknown_in_test
            Whether patients whose group is unknown take part in the test.

        Raises
        ------
        InputError
            The endpoint, column or condition is not known, or the grouping is learnt after time zero.
        """
        return analysis.survival(
            self.store,
            endpoint,
            by=by,
            where=where,
            milestones=milestones,
            index=index,
            line=line,
            unknown_in_test=unknown_in_test,
            rules=self.rules,
        )

    def incidence(self, endpoint: str, *, by: str | None = None, where: str | None = None,
                  milestones: Sequence[int] = (365, 730, 1826), index: str | None = None,
                  line: int | None = None) -> TableResult:  # fmt: skip
        """Cumulative incidence of each event that an endpoint may end with, the others competing (Aalen–Johansen).

        Examples
        --------
        >>> import leiomyo
        >>> answer = leiomyo.example().incidence("efs")
        >>> [cause["label"] for cause in answer.told["groups"][0]["causes"]]
        ['new tumour event', 'death']
        """
        return analysis.incidence(self.store, endpoint, by=by, where=where, milestones=milestones, index=index,
                                  line=line, rules=self.rules)  # fmt: skip

    def cox(self, endpoint: str, *, on: Sequence[str], where: str | None = None, index: str | None = None,
            line: int | None = None, strata: Sequence[str] = (), ties: str = "efron",
            allow_sparse: bool = False) -> TableResult:  # fmt: skip
        """Cox regression on categorical covariates, from the event table of their patterns.

        Refuses by name what the data cannot hold: a level with fewer than five events, a monotone likelihood;
        `allow_sparse` overrides it. Patients with an unknown covariate are left out and counted.
        """
        return analysis.cox(self.store, endpoint, on=on, where=where, index=index, line=line, strata=strata, ties=ties,
                            allow_sparse=allow_sparse, rules=self.rules)  # fmt: skip

    def compare(self, treatment: str, *, endpoint: str, adjust: Sequence[str] = (), design: str | None = None,
                index: str | None = None, where: str | None = None, day: int | None = None,
                naive: bool = False, bootstrap: int = 500, seed: int = 1) -> CompareResult:  # fmt: skip
        """A treatment that begins after time zero against none, without crediting it with the time to receive it.

        Parameters
        ----------
        treatment
            A name of docs/comparisons.md, such as `adjuvant-radiation`.
        adjust
            Covariates known at time zero that decided who was treated; required.
        design
            `landmark`, `time-varying` or `clone` (clone-censor-weight); without one the answer says why it is needed.
        day
            The landmark, or the end of the grace period, in days from time zero; default: the treatment's own.
        naive
            Also the contrast of ever against never treated, labelled as biased.
        bootstrap, seed
            Replicates behind the limits of clone-censor-weight, and their seed.

        Returns
        -------
        CompareResult
            A hazard ratio with limits, balance, positivity and curves; or `refused`, with the reason.
        """
        from leiomyo.outcomes.compare import compare

        return compare(self.store, treatment, endpoint=endpoint, adjust=adjust, design=design, index=index,
                       where=where, day=day, naive_too=naive, bootstrap=bootstrap, seed=seed,
                       rules=self.rules)  # fmt: skip

    def impact(self, endpoint: str = "os", *, days: int = 1826, index: str | None = None,
               line: int | None = None) -> Impact:  # fmt: skip
        """What doubtful records do to a result: survival at `days` with and without each kind of them.

        Examples
        --------
        >>> import leiomyo
        >>> leiomyo.example().impact().rows[0]["flag"]
        'contradiction'
        """
        from leiomyo.outcomes.impact import impact

        return impact(self.store, endpoint, days=days, index=index, line=line, rules=self.rules)

    def check(self, *, everybody: bool = False) -> Checked:
        """Every check of docs/checks.md: what fails, where, and what it does to overall survival at five years.

        Parameters
        ----------
        everybody
            Look at patients with other tumours as at those with leiomyosarcoma.

        Examples
        --------
        >>> import leiomyo
        >>> leiomyo.example().check().rows()[0]["check"]
        'alive_after_death'
        """
        from leiomyo.outcomes.checked import checked

        return checked(self.store, rules=self.rules, everybody=everybody)

    def relative_survival(self, *, by: str | None = None, where: str | None = None,
                          method: Method = "pohar-perme") -> RelativeSurvivals:  # fmt: skip
        """Survival from the disease alone, other deaths taken from the US life table by age, sex and year."""
        return analysis.relative(self.store, by=by, where=where, method=method)

    def cox_person(self, endpoint: str, *, on: Sequence[str], where: str | None = None, **options: Any) -> PersonModel:
        """Cox regression with continuous covariates and, on request, robust variance; computed by `greenwood`.

        Flags count as 1 and 0; other categorical covariates belong in `cox`. Options are those of
        `outcomes.person.cox_person`.
        """
        times, causes, columns = ask(self.store, endpoint, where=where, rules=self.rules).person_rows(on)
        return person.cox_person(times, [int(cause > 0) for cause in causes], columns, **options)

    def fine_gray(self, endpoint: str, *, on: Sequence[str], where: str | None = None, cause: int = 1) -> PersonModel:
        """Fine–Gray regression for one of the endpoint's events among the others; computed by `greenwood`."""
        times, causes, columns = ask(self.store, endpoint, where=where, rules=self.rules).person_rows(on)
        return person.fine_gray(times, causes, columns, cause=cause)

    def turnbull(self, endpoint: str, *, where: str | None = None) -> person.IntervalSurvival:
        """Survival from the intervals that imprecise days leave, without reading them at one day (Turnbull)."""
        times = ask(self.store, endpoint, where=where, rules=self.rules).times
        highs = [math.inf if time.cause is None else time.days.high for time in times]
        return person.turnbull([time.days.low for time in times], highs)

    def responses(self, *, by: str = "agent") -> Responses:
        """Best response and objective response rate with Clopper–Pearson limits, by `agent`, `regimen` or `line`.

        Examples
        --------
        >>> import leiomyo
        >>> leiomyo.example().responses(by="line").columns()["group"][:2]
        ['Line 1', 'Line 2']
        """
        from leiomyo.outcomes.treatment import line_responses, responses

        return responses(self.store) if by == "agent" else line_responses(self.courses(), by=by)

    def courses(self) -> list[Course]:
        """Every leiomyosarcoma patient's course with its lines of therapy, by centre and patient."""
        return courses(self.store, self.rules)

    def plan(self, design: Design, *, endpoint: str = "os", where: str | None = None, index: str | None = None,
             line: int | None = None) -> Plan:  # fmt: skip
        """What a planned trial can find out against these patients as its control; docs/planning.md.

        Parameters
        ----------
        design
            A `leiomyo.outcomes.planning_design.Design`: effect, accrual, arms, level and power.

        Raises
        ------
        InputError
            `LM-A022`: the patients asked for have too few events to stand for a control.

        Examples
        --------
        >>> import leiomyo
        >>> from leiomyo.outcomes.planning_design import Design
        >>> design = Design(hazard_ratio=0.5, accrual_per_year=30)
        >>> leiomyo.example().plan(design).told["external_events"]
        102
        """
        from leiomyo.outcomes.planning_registry import plan_of_registry

        return plan_of_registry(self.store, design, endpoint, where=where, index=index, line=line, rules=self.rules)

    def course(self, patient: str) -> Course:
        """One patient's course.

        Parameters
        ----------
        patient
            The identifier as the source writes it, or CENTRE/PATIENT.

        Raises
        ------
        InputError
            `LM-A005`: there is no such leiomyosarcoma patient, or more than one centre has one of that name.
        """
        found = [one for one in self.courses() if patient in {one.patient, f"{one.centre}/{one.patient}"}]
        if len(found) != 1:
            told = (
                f"{len(found)} centres have one of that name." if found else "No leiomyosarcoma patient of that name."
            )
            raise InputError("LM-A005", told)
        return found[0]

    def lines(self) -> LinesResult:
        """Lines of therapy of every patient, with the tables of who reached which line, and with what."""
        return lines(self.courses(), self.rules)

    def event_table(self, endpoint: str, *, by: Sequence[str] = (), where: str | None = None, index: str | None = None,
                    line: int | None = None) -> EventTable:  # fmt: skip
        """The endpoint's mergeable counts by covariates, its events told apart: everything else is a function of it."""
        return ask(self.store, endpoint, by=by, where=where, index=index, line=line, rules=self.rules).table(
            causes=True
        )

    def results(self, *, command: str = "") -> dict[str, Any]:
        """Everything the report shows, as plain values."""
        from leiomyo.outcomes.summary import results

        return results(self.store, command=command, rules=self.rules)

    def export(self, format: str, folder: str | Path) -> dict[str, int]:
        """Write the leiomyosarcoma patients in another system's format; what it could not hold, by kind and count.

        Parameters
        ----------
        format
            A format of docs/formats.md: `biotab`, `cbioportal`, `csv`, `fhir`, `omop` or `redcap`; or
            `redcap-dictionary`: no patients, but a REDCap data dictionary to begin with.
        folder
            A new or an empty folder; all of the export comes there, or nothing. Of several centres each has a folder in
            it, to be read with its name (`--centre`).

        Raises
        ------
        LeiomyoError
            `LM-A008`: there is no writer of that format; `LM-A017`: the folder is not empty; `LM-S004`: it cannot be
            written; `LM-A020`: nobody has a leiomyosarcoma, or nobody's days are dates
            and the format holds only dates.
        """
        from leiomyo.exports.redcap_dictionary import write_dictionary
        from leiomyo.exports.writers import CALENDAR, into, write_by_centre, writer
        from leiomyo.store.records import lms_records

        folder = Path(folder)
        if format == DICTIONARY:
            with into(folder) as aside:
                return write_dictionary(aside)
        write = writer(format)
        with into(folder) as aside:
            records = lms_records(self.store)
            if not records["patient"].num_rows:
                raise InputError("LM-A020")
            if format in CALENDAR and "calendar" not in records["patient"]["axis"].to_pylist():
                raise InputError("LM-A020", f"{format} holds dates, and every patient's days count from the diagnosis.")
            return write_by_centre(write, records, aside, name=f"leiomyo_{folder.resolve().name}")

    def report(self, folder: str | Path, *, command: str = "") -> Path:
        """Write report.html, results.json, problems.csv and tables/*.parquet into a folder; the report's path."""
        from leiomyo.views.folder import write_folder

        return write_folder(self, Path(folder), command=command)


def read(*paths: str | Path, centre: str | None = None, format: str | None = None,
         mapping: str | Path | None = None) -> Registry:  # fmt: skip
    """A registry in memory with what lies at the paths; the first named is the authority.

    Raises
    ------
    LeiomyoError
        An export cannot be read; the message says why.

    Examples
    --------
    >>> import leiomyo
    >>> leiomyo.read("tests/handmade/cohort").survival("os").groups[0]["n"]
    34
    """
    registry = Registry()
    for path in paths:
        result = registry.ingest(path, centre=centre, format=format, mapping=mapping)
        if result.status == "refused":
            worst = next(problem for problem in result.problems if problem.severity == "error")
            raise FileRefused(worst)
    if not paths:
        raise InputError("LM-A008", "Name at least one file or folder.")
    return registry
