"""What every format's bad inputs are made of, and how a run of the command line is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from typer.testing import CliRunner

from leiomyo.cli import app
from leiomyo.errors import LeiomyoError
from leiomyo.registry import Registry

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "ab" * 32 + "\nsize 210907\n"


@dataclass(frozen=True, slots=True)
class Format:
    """One format in the shared suite: how a good export is written, and what may be wrong with a file or a row."""

    name: str
    #: Writes a good export of one patient into a folder and gives the folder back.
    write: Callable[[Path], Path]
    #: name: (file name, bytes, code). Structural faults: the whole file is refused.
    refused: Mapping[str, tuple[str, bytes, str]]
    #: The file that bad rows stand in, and its text before them.
    row_file: str
    before_rows: str
    #: name: (row, code, whether it is quarantined). The other rows are kept.
    rows: Mapping[str, tuple[str, str, bool]]
    #: What has to lie beside a file for it to be read: name and bytes.
    beside: Mapping[str, bytes] = field(default_factory=dict)
    #: Whether a damaged line costs itself alone: each is a document of its own, and nothing tells of the others.
    by_line: bool = False

    def put_beside(self, folder: Path) -> None:
        """Write what a file of the format needs beside it."""
        for name, content in self.beside.items():
            (folder / name).write_bytes(content)


def state(path: Path) -> list[object]:
    """Everything that an ingest changes in a registry."""
    with Registry(path, create=False) as held:
        tables = ("source", "source_file", "input_row", "statement_patient", "patient", "problem", "lms_case")
        return [held.store.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables]


def run(*words: str) -> tuple[int, str]:
    """Exit code and all output, as `main` gives them."""
    outcome = CliRunner().invoke(app, list(words))
    if isinstance(outcome.exception, LeiomyoError):
        return 2, outcome.output + str(outcome.exception)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    return outcome.exit_code, outcome.output
