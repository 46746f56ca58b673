"""A draft as the YAML of a mapping, with the evidence for each guess beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from leiomyo.model.codes import codes, match_word
from leiomyo.model.tables import TABLES
from leiomyo.sources.tabular_draft import MANY, Guess, SheetDraft, groups, unit_of
from leiomyo.sources.tabular_mapping import ASK
from leiomyo.sources.tabular_values import code, flag

_PLAIN = re.compile(r"[^\W\d_][\w -]*")
_WORDS_OF_YAML = frozenset({"yes", "no", "true", "false", "null", "on", "off", "y", "n"})
#: Read by their words, with what is not known kept beside the code "other".
_READ_IN_WORDS = frozenset({"drugs", "metastatic_sites", "symptoms"})
#: A status at follow-up that says who is alive.
_BY_STATUS = {"NED": "alive", "AWD": "alive", "DOD": "dead", "DOC": "dead", "DUC": "dead"}
_NAMED_BESIDE = "named by the same answers"


def to_yaml(drafts: Sequence[SheetDraft]) -> str:
    """The text of the mapping."""
    said = ["# A draft: look at each line, answer each ASK, then read the file with it.", f"centre: {ASK}", "sheets:"]
    for drafted in drafts:
        said += _sheet(drafted)
    return "\n".join(said) + "\n"


def _sheet(drafted: SheetDraft) -> Iterator[str]:
    if not drafted.guesses:
        yield f"  # nothing was placed of {drafted.file} {drafted.sheet}: {', '.join(drafted.unplaced)}"
        return
    for question in drafted.questions:
        yield f"  # ASK: {question}"
    yield f"  - file: {_quoted(drafted.file)}"
    if drafted.sheet:
        yield f"    sheet: {_quoted(drafted.sheet)}"
    for name, value in drafted.form.items():
        if not name.startswith("#"):
            why = drafted.form.get(f"# {name}")
            yield f"    {name}: {_quoted(value)}" + (f"  # {why}" if why else "")
    yield f"    patient: {_quoted(drafted.patient) if drafted.patient else ASK}"
    if drafted.record:
        yield f"    record: {_quoted(drafted.record)}"
    yield "    says:"
    for (table, _), numbered in groups(drafted.guesses).items():
        yield from _says(table, numbered, drafted)
    for name in drafted.unplaced:
        yield f"      # not placed: {name}"


def _says(table: str, numbered: dict[str, list[Guess]], drafted: SheetDraft) -> Iterator[str]:
    """One statement; repeated where the same columns stand with the numbers 1, 2, ..."""
    templates = {number: {_template(guess) for guess in found} for number, found in numbered.items()}
    shared = [number for number in numbered if number and templates[number] == templates[max(numbered, key=len)]]
    if len(shared) > 1:
        first = numbered[shared[0]]
        yield f"      - {table}:"
        yield from _fields(first, drafted, numbered=True, also=[numbered[number] for number in shared[1:]])
        yield f"        repeat: [{', '.join(shared)}]"
    for number, found in numbered.items():
        if len(shared) < 2 or number not in shared:
            yield f"      - {table}:"
            yield from _fields(found, drafted)


def _template(guess: Guess) -> str:
    """The header with its number left open."""
    return re.sub(rf"(?<!\d){guess.number}(?!\d)", "<n>", guess.header, count=1) if guess.number else guess.header


def _fields(found: Sequence[Guess], drafted: SheetDraft, *, numbered: bool = False,
            also: Sequence[Sequence[Guess]] = ()) -> Iterator[str]:  # fmt: skip
    filled = {guess.column for guess in found}
    sets = dict(part.split("=") for guess in found if guess.sets for part in [guess.sets])
    for guess in found:
        header = _template(guess) if numbered else guess.header
        values = sum((drafted.values.get(other.header, Counter()) for others in also for other in others
                      if other.column == guess.column), drafted.values.get(guess.header, Counter()))  # fmt: skip
        yield from _field(guess, header, values)
        if guess.column == "vital_status" and "cause_of_death" not in filled:
            yield from _cause(header, values)
    yield from _lists(found, drafted)
    for name, value in sets.items():
        if name not in filled:
            yield f"          {name}: {{is: {value}}}"
    if "kind" in TABLES[found[0].table].index and not {"kind"} & (filled | set(sets)):
        yield f"          kind: {{is: {ASK}}}"


def _lists(found: Sequence[Guess], drafted: SheetDraft) -> Iterator[str]:
    """The signs between several complaints in one cell."""
    for guess in found:
        if TABLES[guess.table].index[guess.column].codes == "symptoms":
            text = " ".join(drafted.values.get(guess.header, ()))
            if signs := "".join(sign for sign in ";|,/" if sign in text):
                yield f"        split: {_quoted(guess.header)}"
                yield f'        by: "{signs}"'


def _field(guess: Guess, header: str, values: Counter[str]) -> Iterator[str]:
    column = TABLES[guess.table].index[guess.column]
    why = f"  # {guess.why}"
    unit = unit_of(guess, values)
    told = _values(guess, values) if column.kind in {"code", "flag"} and column.codes not in _READ_IN_WORDS else []
    if not unit and not told:
        yield f"          {guess.column}: {_quoted(header)}{why}"
        return
    yield f"          {guess.column}:{why}"
    yield f"            from: {_quoted(header)}"
    if unit:
        yield f"            unit: {unit}"
    if told:
        yield "            values:"
        yield from told


def _cause(header: str, values: Counter[str]) -> Iterator[str]:
    """The cause of death that answers on life and death name beside: "Dead of disease" says both."""
    named = {value: code(value, "cause_of_death").value for value in values if _life(value) == "dead"}
    told = [f"              {_quoted(value)}: {cause}" for value, cause in named.items() if cause]
    if told:
        yield f"          cause_of_death:  # {_NAMED_BESIDE}"
        yield f"            from: {_quoted(header)}"
        yield "            values:"
        yield from told[:MANY]
        yield '              "*": null'


def _life(value: str) -> str | None:
    """Alive or dead by an answer's words, or by the status that it abbreviates (DOD, AWD)."""
    known = code(value, "vital_status").value
    return known or _BY_STATUS.get(code(value, "follow_up_status").value)


def _values(guess: Guess, values: Counter[str]) -> list[str]:
    """The answers that the code list does not know by itself: each has to be given its code."""
    column = TABLES[guess.table].index[guess.column]
    allowed = list(codes(column.codes)) if column.kind == "code" else ["yes", "no"]
    open_ = [value for value in values if not match_word("missing", value)
             and (code(value, column.codes) if column.kind == "code" else flag(value)).code]  # fmt: skip
    choice = f"  # one of: {', '.join(allowed[:12])}; or null"
    life = {value: _life(value) for value in open_} if guess.column == "vital_status" else {}
    shown = [f"              {_quoted(value)}: {life.get(value) or ASK}{choice}" for value in open_[:MANY]]
    more = [f"              # and {len(open_) - MANY} more answers"] if len(open_) > MANY else []
    return shown + more


def _quoted(text: str) -> str:
    """A text as YAML reads it back."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML and text == text.strip():
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
