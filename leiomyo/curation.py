"""What keeps a registry's records: reading exports, and what is known of their problems, conflicts and changes."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from leiomyo.config import VERSION
from leiomyo.course.cases import identify_cases, site_code
from leiomyo.course.line_rules import LineRules, default_rules
from leiomyo.errors import InputError, LeiomyoError, Problem
from leiomyo.reconcile import changes, entries, reconcile
from leiomyo.reconcile.decisions import Decision, decide, find_patient, read_pair
from leiomyo.reconcile.duplicates import proposals
from leiomyo.reconcile.erase import erase, identities
from leiomyo.sources.base import FileRefused, Prepared, Validating
from leiomyo.sources.files import printable, refuse
from leiomyo.sources.find import look
from leiomyo.store import ingest as writing
from leiomyo.store.store import Store

Advance = Callable[[int], None]


#: Of one code an ingest tells so many problems, and how many more there are; the registry keeps them all.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What an ingest did: `new`, `replaced`, `unchanged` or `refused`, with the problems met."""

    source: str
    status: str
    files: tuple[dict[str, Any], ...] = ()
    problems: tuple[Problem, ...] = ()
    changes: tuple[dict[str, Any], ...] = ()


class _DryRunDone(Exception):
    """Ends a dry run from inside its transaction."""


def _unchanged(export: writing.Export, marks: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse a file that another program wrote while it was read: its rows would be of no one export."""
    try:
        after = export.marks()
    except OSError as error:
        raise _unreadable(export, error) from error
    for name, mark in marks.items():
        if after[name] != mark:
            raise refuse("LM-F024", name)


def _unreadable(export: writing.Export, error: OSError) -> FileRefused:
    name = next((file.name for file in export.files if str(file.path) == error.filename), export.files[0].name)
    return refuse("LM-F010", name, detail=f"{error.strerror}.")


class Curation:
    """An open registry as its data manager sees it; `Registry` adds what is asked of it."""

    def __init__(self, path: str | Path | None = None, *, create: bool = True, rules: LineRules | None = None) -> None:
        self.store = Store(None if path is None else Path(path), create=create)
        self.rules = rules or default_rules()

    def __enter__(self) -> Self:
        """The registry, closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self.store.close()

    def ingest(self, path: str | Path, *, name: str | None = None, centre: str | None = None,
               format: str | None = None, mapping: str | Path | None = None, dry_run: bool = False, whole: bool = True,
               validate: bool = False, advance: Advance = lambda _: None) -> IngestResult:  # fmt: skip
        """Read one export, all or nothing, and reconcile it with the others.

        Parameters
        ----------
        path
            A file or folder.
        name
            The source's name; an export under a name that is known replaces the earlier one. Default: the
            name of the file or folder.
        centre
            The centre that keeps the records; default: what the format says of itself.
        format
            The format's name; default: recognised.
        mapping
            The mapping by which sheets are read; default: the one that lies beside them.
        dry_run
            Read and reconcile, report, and leave the registry as it was.
        whole
            Refuse the export if any of its files is damaged; otherwise the damaged ones are left out.
        validate
            Hold every row against the format's specification, too (FHIR).
        advance
            Called with the number of characters read, for a progress bar.

        Returns
        -------
        IngestResult
            With `status` "refused", the registry is as it was.
        """
        path = Path(path)
        left_out: list[Problem] = []
        while True:
            found = look(path, format=format, mapping=Path(mapping) if mapping else None)
            if validate and found.source:
                if not isinstance(found.source, Validating):
                    raise InputError("LM-A008", f"--validate goes with FHIR, not with the format {found.source.name}.")
                found.source.validate()
            refused = [problem.file for problem in left_out]
            files = tuple(file for file in found.files if file.name not in refused)
            problems = [*found.problems, *left_out]
            broken = any(problem.severity == "error" for problem in problems)
            if not files or found.source is None or (broken and whole):
                return IngestResult(printable(name or path.name), "refused", problems=tuple(problems))
            export = writing.Export(
                printable(name or path.resolve().name),
                found.source,
                printable((centre or files[0].centre).strip()),
                files,
                printable(path.resolve().as_posix()),
                tuple(problems),
            )
            if not centre and export.centre == export.source.name:
                export = replace(export, problems=(*export.problems, *self._same_centre(export)))
            try:
                return self._ingest(export, dry_run=dry_run, advance=advance)
            except FileRefused as refusal:
                left_out.append(refusal.problem)

    def _ingest(self, export: writing.Export, *, dry_run: bool, advance: Advance) -> IngestResult:
        export = writing.masked(self.store, export)
        try:
            marks, digests = export.marks(), export.digests()
        except OSError as error:
            raise _unreadable(export, error) from error
        fingerprint = export.fingerprint(VERSION, digests)
        known = self.store.rows("SELECT fingerprint, path FROM source WHERE name = ?", [export.name])
        if known and known[0][0] == fingerprint:
            return self._told(export.name, "unchanged", [], also=export.problems)
        export = replace(
            export, problems=(*export.problems, *self._compared_with_before(export, known[0][1] if known else None))
        )
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")
        result = None
        try:
            if isinstance(export.source, Prepared):
                export.source.begin(export.files)
            with self.store.transaction():
                if known:
                    changes.remember(self.store, export.name)
                writing.write(self.store, export, digests=digests, now=now, version=VERSION, advance=advance)
                _unchanged(export, marks)
                changed = changes.compare(self.store, export.name, now) if known else []
                reconcile(self.store)
                identify_cases(self.store)
                result = self._told(export.name, "replaced" if known else "new", changed)
                if dry_run:
                    raise _DryRunDone
        except _DryRunDone:
            pass
        if result is None:  # pragma: no cover - the transaction either gives a result or raises
            raise LeiomyoError("LM-R002")
        return result

    def _same_centre(self, export: writing.Export) -> list[Problem]:
        """What to know where the format names no centre, and another source stands under the same stand-in for one."""
        others = self.store.rows("SELECT name FROM source WHERE centre = ? AND name <> ? ORDER BY position LIMIT 1",
                                 [export.centre, export.name])  # fmt: skip
        return [Problem("LM-S012", export.name, found=name) for (name,) in others]

    def _compared_with_before(self, export: writing.Export, place: str | None) -> list[Problem]:
        """What a data manager has to know before an export of this name replaces the earlier one."""
        files = {file.name for file in export.files}
        before = self.store.rows("SELECT file, rows FROM source_file WHERE source = ? ORDER BY file", [export.name])
        told = [Problem("LM-S007", export.name)] if place not in {None, export.path} else []
        gone = [(name, rows) for name, rows in before if name not in files]
        return told + [Problem("LM-S008", name, detail=f"It had {rows} rows.") for name, rows in gone]

    def note(self, source: str, problems: Sequence[Problem]) -> None:
        """Keep the problems of a source that could not be read, so that a report tells of it."""
        names = ("code", "severity", "file", "row", "column", "found", "expected", "detail")
        rows = [{"source": source, **{name: getattr(problem, name) for name in names}} for problem in problems]
        self.store.append("problem", rows)

    def _told(
        self, source: str, status: str, changed: list[dict[str, Any]], also: Sequence[Problem] = ()
    ) -> IngestResult:
        files = self.store.dicts("SELECT * FROM source_file WHERE source = ? ORDER BY file", [source])
        problems = self.problems(source=source, most=_MOST)
        counts = self.store.rows("SELECT code, count(*) AS n FROM problem WHERE source = ? GROUP BY code HAVING n > ?",
                                 [source, _MOST])  # fmt: skip
        problems += [Problem(code, "", detail=f"{n - _MOST} more like it.") for code, n in sorted(counts)]
        return IngestResult(source, status, tuple(files), tuple(dict.fromkeys([*problems, *also])), tuple(changed))

    def problems(self, *, source: str | None = None, most: int | None = None) -> list[Problem]:
        """The problems met in the data, errors first, then by file and row; of each code at most so many."""
        rows = self.store.dicts(
            """SELECT code, file, row, "column", found, expected, detail, severity FROM problem
               WHERE ? IS NULL OR source = ?
               QUALIFY ? IS NULL OR row_number() OVER (PARTITION BY code ORDER BY file, row, "column") <= ?
               ORDER BY severity, code, file, row, "column" """, [source, source, most, most])  # fmt: skip
        return [Problem(**row) for row in rows]

    def conflicts(self, *, repeated: bool = False) -> list[dict[str, Any]]:
        """The ledger: what disagreed and what was superseded, the gravest first.

        Parameters
        ----------
        repeated
            Also the rows that only repeat a fact.
        """
        kinds = ("hard", "contradiction", "conflict", "superseded", *(("repeated",) if repeated else ()))
        return entries(self.store, kinds=kinds)

    def changes(self) -> list[dict[str, Any]]:
        """What corrected exports changed, the latest last."""
        return self.store.dicts('SELECT * FROM change ORDER BY ingested_at, centre, patient, "table", "column"')

    def duplicates(self, *, threshold: float = 0.9) -> list[dict[str, Any]]:
        """Pairs of records that may be one person, with reasons and what was decided, the likeliest first.

        Parameters
        ----------
        threshold
            The lowest probability at which an undecided pair is proposed, from 0 to 1.

        Returns
        -------
        list
            `centre, patient, other_centre, other_patient, probability, decision, decided_on, reasons`.

        Raises
        ------
        InputError
            `LM-A012`: the package `splink` is not there.

        Examples
        --------
        >>> import leiomyo
        >>> pair = leiomyo.example().duplicates()[0]
        >>> pair["patient"], pair["other_patient"]
        ('C1-00006', 'C2-00055')
        """
        return proposals(self.store, site_code, threshold=threshold)

    def decide(self, pair: str, decision: Decision) -> None:
        """Keep a decision about two records, or forget it, and reconcile.

        Parameters
        ----------
        pair
            CENTRE/PATIENT=CENTRE/PATIENT, as the sources name them.
        decision
            `same`, `different`, or "" to undo what was decided.

        Raises
        ------
        InputError
            `LM-A014`: the pair is not of this registry. `LM-A013`: the decision contradicts earlier ones.

        Examples
        --------
        >>> import leiomyo
        >>> registry = leiomyo.example()
        >>> registry.decide("C1/C1-00006=C2/C2-00055", "same")
        >>> sorted(row["decision"] for row in registry.duplicates())
        ['', '', 'same']
        """
        one, other = read_pair(self.store, pair)
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        with self.store.transaction():
            if decide(self.store, one, other, decision, today=today):
                reconcile(self.store)
                identify_cases(self.store)

    def withdrawing(self, patient: str) -> list[str]:
        """Whom `withdraw` would erase: the patient, and every other identity decided to be the same person."""
        with self.store.transaction():
            return [str(one) for one in identities(self.store, find_patient(self.store, patient))]

    def withdraw(self, patient: str) -> dict[str, Any]:
        """Erase a person who has withdrawn consent, and leave a tombstone that keeps later exports from naming them.

        Parameters
        ----------
        patient
            The identifier as the source writes it, or CENTRE/PATIENT.

        Returns
        -------
        dict
            `withdrawn`, every identity that was erased, and `rows`, the number of their input rows.

        Raises
        ------
        InputError
            `LM-A005`: nobody, or more than one, has that name.

        Examples
        --------
        >>> import leiomyo
        >>> registry = leiomyo.example()
        >>> registry.withdraw("C1-00006")["withdrawn"]
        ['C1/C1-00006']
        >>> registry.store.rows("SELECT count(*) FROM patient WHERE patient = 'C1-00006'")
        [(0,)]
        """
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        with self.store.transaction():
            people = identities(self.store, find_patient(self.store, patient))
            rows = erase(self.store, people, now=now)
            reconcile(self.store)
            identify_cases(self.store)
        self.store.rewrite()
        return {"withdrawn": [str(one) for one in people], "rows": rows}
