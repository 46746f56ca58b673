"""How results look in a terminal: short tables, problems grouped by code, and a bar on what takes long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from leiomyo.errors import shown

if TYPE_CHECKING:
    from leiomyo.curation import IngestResult
    from leiomyo.errors import Problem
    from leiomyo.outcomes.analysis import SurvivalResult, TableResult
    from leiomyo.outcomes.lines import LinesResult

#: Of each kind of problem this many are shown; the rest are counted.
_SHOWN = 5
_ORDER = {"error": 0, "warning": 1, "info": 2}
_MONTH = 30.4375


def say(text: str, *, err: bool = False) -> None:
    """Print lines; what in them a terminal would obey is spelled out."""
    typer.echo("\n".join(shown(line) for line in text.split("\n")), err=err)


@dataclass(slots=True)
class Bar:
    """A progress bar, or nothing."""

    progress: Any = None
    task: Any = None

    def advance(self, characters: int) -> None:
        """Move on by so many characters read."""
        if self.progress:
            self.progress.advance(self.task, characters)

    def stage(self, text: str) -> None:
        """Say what is being done now."""
        if self.progress:
            self.progress.update(self.task, description=text)


@contextmanager
def progress(sources: Sequence[Path], *, quiet: bool) -> Iterator[Bar]:
    """A bar over the bytes of the sources, on standard error, where somebody is looking."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield Bar()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    total = sum(file.stat().st_size for source in sources for file in _files(source))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        yield Bar(shown, shown.add_task("Reading", total=total or None))


@contextmanager
def working(text: str, *, quiet: bool) -> Iterator[None]:
    """A note on standard error as long as something takes, with the time it has taken, where somebody is looking."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown_bar:
        shown_bar.add_task(text, total=None)
        yield


def _files(source: Path) -> list[Path]:
    return [file for file in source.rglob("*") if file.is_file()] if source.is_dir() else [source] * source.is_file()


def problem_as_dict(problem: Problem) -> dict[str, Any]:
    """A problem as plain values."""
    names = ("code", "severity", "file", "row", "column", "found", "expected", "detail", "action")
    return {name: getattr(problem, name) for name in names}


def ingest_as_dict(result: IngestResult) -> dict[str, Any]:
    """What an ingest did, as plain values."""
    return {
        "source": result.source, "status": result.status, "files": list(result.files), "changes": list(result.changes),
        "problems": [problem_as_dict(problem) for problem in result.problems],
    }  # fmt: skip


def ingest_line(result: IngestResult) -> str:
    """What an ingest did, in one line."""
    if result.status == "refused":
        return f"{shown(result.source)}: refused; the registry is as it was."
    counts = Counter[str]()
    for file in result.files:
        counts.update({key: file[key] for key in ("rows", "kept", "superseded", "quarantined")})
    line = (f"{shown(result.source)}: {result.status}; {counts['rows']} rows read = {counts['kept']} kept"
            f" + {counts['superseded']} superseded + {counts['quarantined']} quarantined.")  # fmt: skip
    return f"{line} {len(result.changes)} changes." if result.status == "replaced" else line


def show_problems(problems: Sequence[Problem]) -> None:
    """The problems by code, the gravest first: the first few and a count. Mere information stays in problems.csv."""
    problems = [problem for problem in problems if problem.severity != "info"]
    counts = Counter(problem.code for problem in problems)
    told: Counter[str] = Counter()
    for problem in sorted(problems, key=lambda problem: (_ORDER[problem.severity or "info"], problem.code)):
        told[problem.code] += 1
        if told[problem.code] <= _SHOWN:
            say(str(problem), err=True)
        elif told[problem.code] == counts[problem.code]:
            say(f"{problem.code}  … and {counts[problem.code] - _SHOWN} more like it.", err=True)


def _table(*columns: str, right: int = 99) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place >= right else "left", overflow="fold")
    return table


def show_conflicts(entries: Sequence[dict[str, Any]], *, everything: bool) -> None:
    """The ledger's disagreements; what was only superseded is counted unless asked for."""
    told = [{name: shown(str(value)) if value else "" for name, value in entry.items()}
            for entry in entries if everything or entry["kind"] != "superseded"]  # fmt: skip
    told = [entry | {name: entry[f"{name}_date"] or entry[name] for name in ("kept", "other")} for entry in told]
    for entry in told:
        what = f"{entry['table']}.{entry['column']}" if entry["column"] else entry["table"]
        say(f"{entry['kind']}: {entry['centre']}/{entry['patient']} {what}: {entry['rule']}")
        if entry["kept"] or entry["other"]:
            say(f"    kept {entry['kept']} ({entry['kept_from']})\n    not  {entry['other']} ({entry['other_from']})")
    rest = len(entries) - len(told)
    say(f"{len(told)} entries." + (f" {rest} more only superseded an earlier statement (--all)." if rest else ""))


def show_duplicates(pairs: Sequence[dict[str, Any]], *, threshold: float) -> None:
    """Each pair with its reasons, written as the command takes it back."""
    for pair in pairs:
        likely = "" if pair["probability"] is None else f"  {pair['probability']:.2f}"
        decision = f"  {pair['decision']}, decided on {pair['decided_on']}" if pair["decision"] else ""
        names = f"{pair['centre']}/{pair['patient']}={pair['other_centre']}/{pair['other_patient']}"
        typer.echo(f"{names}{likely}{decision}\n    {pair['reasons']}")
    open_pairs = sum(not pair["decision"] for pair in pairs)
    typer.echo(f"{open_pairs} pairs at or above {threshold:g} to decide, {len(pairs) - open_pairs} decided.")


def show_survival(result: SurvivalResult) -> None:
    """One line a group: size, events, median with limits, milestones; then the test and what it rests on."""
    from rich.console import Console

    marks = [f"{mark['days']} d" for mark in result.groups[0]["milestones"]] if result.groups else []
    table = _table("group", "n", "events", "median, months (95 %)", *marks, right=1)
    for group in result.groups:
        low, high = group["median_ci_days"]
        median = f"{_months(group['median_days'])} ({_months(low)} to {_months(high)})"
        table.add_row(
            shown(group["label"]), str(group["n"]), str(group["events"]), median, *map(_mark, group["milestones"])
        )
    say(f"{result.label}\n{result.definition}")
    Console(width=max(100, Console().width), markup=False).print(table)
    if result.test and result.test.get("p") is not None:
        test = result.test
        groups = ", ".join(map(str, test["groups"]))
        say(f"{test['name']} ({groups}): chi-square {test['chi2']:.2f} on {test['df']} df, p {_p(test['p'])}")
    low, high = result.precision["median_low"], result.precision["median_high"]
    if low != high:
        say(f"Imprecise days: the median lies between {_months(low)} and {_months(high)} months.")
    for item in result.excluded:
        say(f"Left out: {item['n']} ({item['reason']}).")
    for text in result.assumptions:
        say(text)


def show_table(result: TableResult) -> None:
    """An answer's rows as a table, then its test, what was refused, and what it rests on."""
    from rich.console import Console

    told = result.to_dict()
    say(f"{told['label']}\n{told['definition']}")
    columns = result.columns()
    if columns:
        table = _table(*columns, right=2)
        for row in zip(*columns.values(), strict=True):
            table.add_row(
                *(
                    "–" if value is None else f"{value:.4g}" if isinstance(value, float) else shown(str(value))
                    for value in row
                )
            )
        Console(width=max(100, Console().width), markup=False).print(table)
    test = told.get("test")
    if test and test.get("p") is not None:
        say(f"{test['name']}: chi-square {test['chi2']:.2f} on {test['df']} df, p {_p(test['p'])}")
    elif test and test.get("reason"):
        say(f"{test['name']}: {test['reason']}")
    for item in told.get("refused", ()):
        say(f"Refused: {item['term']} {item['level'] or ''}: {item['reason']} (--allow-sparse overrides).")
    for note in [*(f"Left out: {item['n']} ({item['reason']})." for item in told["excluded"]), *told["assumptions"]]:
        say(note)


def show_rows(rows: Sequence[dict[str, Any]], *, title: str, notes: Sequence[str] = ()) -> None:
    """Flat rows as a table under a title; notes beneath."""
    from rich.console import Console

    say(title)
    if rows:
        table = _table(*rows[0])
        for row in rows:
            table.add_row(*map(_cell, row.values()))
        Console(width=max(140, Console().width), markup=False).print(table)
    else:
        say("None.")
    for note in notes:
        say(note)


def show_comparison(told: dict[str, Any]) -> None:
    """The hazard ratio with its limits, or why there is none; balance; what has to hold."""
    say(f"{told['label']}, from {told['index']}\n{told['definition']}")
    if told["refused"]:
        say(f"Refused: {told['refused']}")
    others = [told.get("with_unknown"), told.get("naive")]
    for found in [told, *others]:
        if found and found["estimate"] is not None:
            limits = f"{found['conf_low']:.2f} to {found['conf_high']:.2f}"
            kind = found.get("kind", f"{told['design']}, day {told['day']}")
            kind = f"naive, {found['label']}" if kind == "naive" else kind
            say(f"Hazard ratio {found['estimate']:.2f} ({limits}), n {found['n']}: {kind}")
    if told["balance"]:
        show_rows(told["balance"], title="Balance of the adjusters")
    for item in told["excluded"]:
        say(f"Left out: {item['n']} ({item['reason']}).")
    for text in told["assumptions"]:
        say(text)


def show_line_tables(result: LinesResult) -> None:
    """How many reached each line, whose last it was, and with which regimen."""
    tables = result.tables
    last = {row["line"]: row["patients"] for row in tables["last"]}
    reached = {row["line"]: row["patients"] for row in tables["reached"]}
    show_rows(
        [{"line": n, "reached, at least": reached.get(n), "last line": last[n]} for n in sorted(last)],
        title=f"{tables['patients']} patients; {tables['perioperative']} had peri-operative drugs (line 0)",
    )
    regimens = [{name: row[name] for name in ("label", "line", "patients")} for row in tables["regimens"]]
    show_rows(regimens, title="Regimen by line")
    show_rows(tables["placed"], title="Drug exposures by where they stand", notes=result.notes())


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return shown(", ".join(map(str, value)))
    return f"{value:.4g}" if isinstance(value, float) else shown(str(value))


def _months(days: float | None) -> str:
    return "not reached" if days is None else f"{days / _MONTH:.1f}"


def _mark(mark: dict[str, Any]) -> str:
    if mark["survival"] is None:
        return "–"
    limits = "" if mark["low"] is None else f" ({mark['low']:.2f}–{mark['high']:.2f})"
    return f"{mark['survival']:.2f}{limits}"


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
