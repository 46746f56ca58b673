"""A first draft of a sheet's mapping, from its headers and values: what is guessed, what is not, what must be asked.

A draft is for a person to finish. Whatever the sheet does not prove is left as `ASK`, and a mapping that still says
ASK is refused when it is used.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

from rapidfuzz.distance import OSA

from leiomyo.model.codes import match_word, tokens
from leiomyo.model.drugs import match_drug
from leiomyo.model.tables import TABLES, Column
from leiomyo.sources.base import FileRefused
from leiomyo.sources.data_files import rows
from leiomyo.sources.files import lines
from leiomyo.sources.tabular_mapping import ASK, Form
from leiomyo.sources.tabular_rows import PARQUET, WORKBOOKS, column_names, sheet_names, sheet_rows
from leiomyo.sources.tabular_values import code, day, flag

#: So many rows show what a column holds; the whole file need not be read.
LOOKED_AT = 2000
#: ... and so many lines what stands between its cells.
_HEAD = 50
#: A header matches a phrase whose letters make up this share of its own.
ENOUGH = 0.5
#: Values speak against a guess if fewer of them fit.
FIT = 0.3
#: A column with more different answers is no list of codes.
MANY = 25
_DELIMITERS = (",", ";", "\t", "|")
_SLASHED = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{2,4})")
#: A unit stands by itself, or behind a number or an underscore: "12mm", "Groesse_mm".
_UNIT = re.compile(r"(?<![^\W\d_])(mm|cm)(?![^\W_])", re.I)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way to name a column, and what it names."""

    table: str
    column: str
    group: str
    sets: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column of the sheet was taken for, by which evidence, and how sure that is (0 to 1)."""

    header: str
    table: str
    column: str
    group: str
    sets: str
    score: float
    why: str
    number: str = ""


@dataclass(slots=True)
class SheetDraft:
    """One sheet: its form, what was placed, what was not, and what a person has to answer."""

    file: str
    sheet: str
    form: dict[str, str]
    header: tuple[str, ...] = ()
    patient: str = ""
    record: str = ""
    guesses: list[Guess] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    values: dict[str, Counter[str]] = field(default_factory=dict)


def draft(path: Path) -> list[SheetDraft]:
    """A draft for each sheet of a file.

    Raises
    ------
    FileRefused
        The file cannot be read as a sheet.
    """
    form, questions = _form(path)
    found = []
    for sheet in sheet_names(path, path.name):
        try:
            drafted = _sheet(path, sheet, dict(form))
        except FileRefused:
            if path.suffix.lower() not in WORKBOOKS:
                raise
            continue  # an empty sheet or a chart among the sheets of a workbook
        drafted.questions[:0] = questions
        found.append(drafted)
    return found


@cache
def phrases() -> tuple[Phrase, ...]:
    """Every known name of a column."""
    known = rows("header_words.csv")
    own = [row | {"words": row["column"].replace("_", " ")} for row in known if row["table"] != "*"]
    return tuple(
        Phrase(row["table"], row["column"], row["group"], row["sets"], tokens(words))
        for row in (*known, *own) for words in row["words"].split("|")
    )  # fmt: skip


def _form(path: Path) -> tuple[dict[str, str], list[str]]:
    """How a text file is written down; a workbook says it itself."""
    if path.suffix.lower() in WORKBOOKS | PARQUET:
        return {}, []
    form: dict[str, str] = {}
    questions = []
    try:
        rest = lines(path, path.name)
        head = [line.text for line in islice(rest, _HEAD)]
        for _ in rest:  # whether all of it is UTF-8
            pass
    except FileRefused as refusal:
        if refusal.problem.code != "LM-F003":
            raise
        with path.open("rb") as stream:
            form["encoding"] = "utf-16" if stream.read(2) in {b"\xff\xfe", b"\xfe\xff"} else "cp1252"
        questions.append(f"The file is not UTF-8; {form['encoding']} is a guess: look at its accented letters.")
        head = [line.text for line in islice(lines(path, path.name, encoding=form["encoding"]), _HEAD)]
    widths = {sign: min((text.count(sign) for text in head if text.strip()), default=0) for sign in _DELIMITERS}
    sign = max(_DELIMITERS, key=lambda one: widths[one])
    if sign != ("\t" if path.suffix.lower() in {".tsv", ".txt"} else ","):
        form["delimiter"] = {"\t": "tab"}.get(sign, sign)
    return form, questions


def _sheet(path: Path, sheet: str, form: dict[str, str]) -> SheetDraft:
    sign = form.get("delimiter", "")
    plain = Form(encoding=form.get("encoding", "utf-8"), delimiter="\t" if sign == "tab" else sign)
    seen = [row for row in islice(sheet_rows(path, path.name, sheet, plain), LOOKED_AT) if not row.problem]
    at = _header_row(seen)
    if seen and seen[at].number > 1:
        form["header"] = str(seen[at].number)
    drafted = SheetDraft(path.name, sheet, form)
    if not seen:
        return drafted
    drafted.header = column_names(seen[at])
    once = {name for name, n in Counter(drafted.header).items() if name and n == 1}
    columns = {name: [row.cells[place] for row in seen[at + 1 :] if place < len(row.cells) and row.cells[place]]
               for place, name in enumerate(drafted.header) if name in once}  # fmt: skip
    drafted.values = {name: Counter(values) for name, values in columns.items()}
    _place(drafted, columns)
    _ask_dates(drafted, columns)
    if path.suffix.lower() not in WORKBOOKS | PARQUET:  # there a number is a number
        _ask_decimal(drafted, columns)
    return drafted


def _header_row(rows: Sequence[object]) -> int:
    """The first row that is about as wide as the widest: titles stand above a table, not in it."""
    filled = [sum(bool(cell) for cell in row.cells) for row in rows[:30]]  # type: ignore[attr-defined]
    return next((at for at, count in enumerate(filled) if count >= 0.7 * max(filled)), 0) if filled else 0


def _place(drafted: SheetDraft, columns: dict[str, list[str]]) -> None:
    """Take each column for what its header and its values agree on; one column each, the surest first."""
    # "recurrence 1 type" and "recurrence 2 type" hold the same kind of answers, so they are looked at together
    alike: dict[str, list[str]] = defaultdict(list)
    for name, values in columns.items():
        alike[re.sub("[0-9]+", "#", name)] += values
    told = [guess for name in columns for guess in _offers(name, columns[name], alike[re.sub("[0-9]+", "#", name)])]
    tables = {(guess.header, guess.column, guess.table) for guess in told}
    generic = Counter((header, column) for header, column, _ in tables)
    headers: set[str] = set()
    filled: set[tuple[str, ...]] = set()
    for guess in sorted(told, key=lambda guess: (generic[guess.header, guess.column] > 1, -guess.score)):
        if generic[guess.header, guess.column] > 1 and not _belongs(guess, told, drafted.guesses):
            continue  # "start" is of whatever else the sheet tells of
        place = (guess.table, guess.column, guess.group, guess.number)
        if guess.header in headers or place in filled:
            continue
        headers.add(guess.header)
        filled.add(place)
        if guess.table == "*":
            setattr(drafted, guess.column, guess.header)
        else:
            drafted.guesses.append(guess)
    drafted.unplaced = [name for name in columns if name not in headers]
    order = {name: place for place, name in enumerate(columns)}
    drafted.guesses.sort(key=lambda guess: order[guess.header])
    if not drafted.patient:
        drafted.questions.append("Which column identifies the patient?")


def _belongs(guess: Guess, told: Sequence[Guess], placed: Sequence[Guess]) -> bool:
    """Whether of the tables that a header may be of this is the one that the sheet tells most of."""
    counts = Counter(one.table for one in placed)
    tables = {one.table for one in told if (one.header, one.column) == (guess.header, guess.column)}
    return len(tables) == 1 or (counts[guess.table] > 0 and counts[guess.table] == max(counts[one] for one in tables))


def _offers(header: str, values: Sequence[str], alike: Sequence[str]) -> Iterable[Guess]:
    """What a column may be, by its header and, where that says nothing, by its values."""
    parts = _split_words(header)
    words = [part for part in parts if not part.isdigit()]
    number = next((part for part in parts if part.isdigit() and len(part) < 3), "")
    by_header = False
    for phrase in phrases():
        score = _likeness(words, phrase.words)
        if score < ENOUGH:
            continue
        fits = 1.0 if phrase.table == "*" else _fits(TABLES[phrase.table].index[phrase.column], alike)
        if fits >= FIT:
            by_header = True
            why = "by its name" if fits == 1.0 else f"by its name; {fits:.0%} of its values fit"
            sure, of = round(score * (0.5 + fits / 2), 2), "" if phrase.table == "*" else number
            yield Guess(header, phrase.table, phrase.column, phrase.group, phrase.sets, sure, why, of)
    if not by_header and values:
        yield from _by_values(header, values, number)


def _split_words(header: str) -> tuple[str, ...]:
    """Words of a header; `Rezidiv1Datum`, `recurrence_1_date` and `OP-Datum` fall apart as they should."""
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ0-9])|(?<=[0-9])(?=[^\W\d_])", " ", header.replace("_", " "))
    return tokens(spaced)


def _likeness(words: Sequence[str], phrase: Sequence[str]) -> float:
    """How much of a header a phrase names: all of the phrase's words have to stand in it, nearly as spelt."""
    covered = 0
    left = list(words)
    for wanted in phrase:
        found = next((word for word in left if _same(word, wanted)), None)
        if found is None:
            return 0.0
        left.remove(found)
        covered += len(found)
    total = sum(map(len, words))
    return covered / total if total else 0.0


def _same(word: str, wanted: str) -> bool:
    return word == wanted or (len(wanted) > 5 and OSA.normalized_similarity(word, wanted) >= 0.85)


def _fits(column: Column, values: Sequence[str]) -> float:
    """The share of different values that the column could hold; 1 for an empty column, which says nothing."""
    different = list(dict.fromkeys(values))[:200]
    if not different:
        return 1.0
    return sum(_can_hold(column, value) for value in different) / len(different)


def _can_hold(column: Column, value: str) -> bool:
    if match_word("missing", value):
        return True
    if column.kind == "day":
        counted = _is_number(value) and value not in {"0", "1"}  # those are answers, not days
        return counted or not day(value, Form(dates="day-first", two_digit_years=1930)).code
    if column.kind in {"integer", "number"}:
        return _is_number(value.split(maxsplit=1)[0])
    if column.kind == "flag":
        return not flag(value).code
    if column.codes == "drugs":
        return match_drug(value).how != "none"
    if column.kind == "code":
        return not code(value, column.codes).code or len(value) < 3
    return True


def _is_number(value: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[0-9]+(?:[.,][0-9]+)?", value))


#: What values alone give away: R0 and R1 are nothing else, nor are the names of drugs.
_TELLING = (
    ("patient", "sex", "", ""), ("patient", "vital_status", "", ""),
    ("surgery", "residual_tumor", "primary", "kind=primary"),
    ("drug_exposure", "agent", "", ""), ("symptom", "term", "", ""),
)  # fmt: skip


def _by_values(header: str, values: Sequence[str], number: str) -> Iterable[Guess]:
    different = [value for value in dict.fromkeys(values) if not match_word("missing", value)][:200]
    for table, column, group, sets in _TELLING:
        known = [_tells(column, TABLES[table].index[column].codes, value) for value in different if len(value) > 1]
        if len(known) > 1 and sum(known) >= 0.6 * len(known):
            yield Guess(header, table, column, group, sets, 0.4, "by its values", number)


def _tells(column: str, listed: str, value: str) -> bool:
    return match_drug(value).how in {"exact", "normalised"} if column == "agent" else not code(value, listed).code


def _ask_dates(drafted: SheetDraft, columns: dict[str, list[str]]) -> None:
    """Whether the dates themselves prove which comes first, day or month; else it is asked."""
    days = [value for guess in drafted.guesses if _column(guess).kind == "day" for value in columns[guess.header]]
    _ask_counts(drafted, [int(value) for value in days if re.fullmatch(r"-?[0-9]{1,6}", value)], len(days))
    parts = [found.groups() for value in days if (found := _SLASHED.fullmatch(value))]
    if not parts:
        return
    only_day = sum(int(first) > 12 and int(second) <= 12 for first, second, _ in parts)
    only_month = sum(int(second) > 12 and int(first) <= 12 for first, second, _ in parts)
    if bool(only_day) == bool(only_month):
        drafted.form["dates"] = ASK
        both = f"{only_day} can only be day-first and {only_month} only month-first" if only_day else "all can be both"
        drafted.questions.append(f"Which comes first in dates, day or month? Of {len(parts)} dates {both}.")
    else:
        drafted.form["dates"] = "day-first" if only_day else "month-first"
        drafted.form["# dates"] = f"{only_day or only_month} of {len(parts)} dates can be read no other way"
    if any(len(year) == 2 for *_, year in parts):
        drafted.form["two_digit_years"] = ASK
        drafted.questions.append("In which hundred years do years of two digits lie? Name the first, such as 1930.")


def _ask_counts(drafted: SheetDraft, counts: Sequence[int], days: int) -> None:
    """What whole numbers in columns of days count from; years alone are dates."""
    counts = [count for count in counts if not 1900 <= count <= 2100]
    if 2 * len(counts) <= days or not counts:
        return
    if min(counts) > 10_000:
        drafted.form["serials"] = ASK
        drafted.questions.append("Days are a spreadsheet's day numbers; is its date system the one of 1900 or of 1904?")
    else:
        drafted.form["axis"] = ASK
        drafted.questions.append("Days are whole numbers; do they count from the diagnosis (axis: diagnosis)?")


def _ask_decimal(drafted: SheetDraft, columns: dict[str, list[str]]) -> None:
    numbers = [value for guess in drafted.guesses if _column(guess).kind == "number" for value in columns[guess.header]]
    commas = sum(bool(re.fullmatch(r"[0-9]+,[0-9]{1,2}", value)) for value in numbers)
    points = sum(bool(re.fullmatch(r"[0-9]+\.[0-9]+", value)) for value in numbers)
    if commas:
        drafted.form["decimal"] = ","
    if commas and points:
        drafted.questions.append(f"{commas} numbers have a decimal comma and {points} a point; which is right?")


def _column(guess: Guess) -> Column:
    return TABLES[guess.table].index[guess.column]


def unit_of(guess: Guess, values: Iterable[str]) -> str:
    """The unit that a header or its cells name; `ASK` for a length that none is given for."""
    if _column(guess).unit != "mm":
        return ""
    named = {word for word in _split_words(guess.header) if word in {"mm", "cm"}}
    named = named or {found.lower() for text in values for found in _UNIT.findall(text)}
    return named.pop() if len(named) == 1 else "" if named else ASK


def groups(guesses: Sequence[Guess]) -> dict[tuple[str, str], dict[str, list[Guess]]]:
    """Guesses by table and group, and within it by the number in their headers."""
    found: dict[tuple[str, str], dict[str, list[Guess]]] = defaultdict(lambda: defaultdict(list))
    for guess in guesses:
        found[guess.table, guess.group][guess.number].append(guess)
    return found
