"""From a URL to a database that Ibis speaks to, opened to be read; no password of it in any message."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from leiomyo.errors import LeiomyoError

_PACKAGES = "pip install 'leiomyo[omop]'"
_SECRET = re.compile(r"(?i)\b(password|passwd|pwd|token|secret|access_?key)=[^&\s]*")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.S)


@dataclass(frozen=True, slots=True)
class Database:
    """An open database: the Ibis connection, the engine's name, the URL as it may be shown."""

    connection: Any
    engine: str
    shown: str
    #: Tables that were made known under another name than their own, by their own in lower case.
    views: dict[str, str] = field(default_factory=dict)
    #: Whether every value is text, as in CSV files.
    text: bool = False


def shown_url(url: str) -> str:
    """The URL without what nobody may read.

    Examples
    --------
    >>> shown_url("postgres://reader:s3c/r@t@db.example.org:5432/omop?password=x")
    'postgres://reader:***@db.example.org:5432/omop?password=***'
    >>> shown_url("duckdb:///data/omop.duckdb")
    'duckdb:///data/omop.duckdb'
    """
    url = _SECRET.sub(r"\1=***", url)
    scheme, found, rest = url.partition("://")
    before, at, after = rest.rpartition("@")
    if not found or not at:
        return url
    return f"{scheme}://{before.partition(':')[0]}{':***' if ':' in before else ''}@{after}"


def _scrubbed(message: str, url: str) -> str:
    """A message of a driver without the secrets of the URL, in one line."""
    rest = url.partition("://")[2].rpartition("@")[0]
    secrets = {rest.partition(":")[2], *(match[0].partition("=")[2] for match in _SECRET.finditer(url))}
    for secret in sorted({*secrets, *map(unquote, secrets)} - {""}, key=len, reverse=True):
        message = message.replace(secret, "***")
    return " ".join(message.split())


@contextlib.contextmanager
def open_database(url: str) -> Iterator[Database]:
    """The database behind a URL, a DuckDB file or a folder of Parquet or CSV files; closed at the end.

    Raises
    ------
    LeiomyoError
        `LM-A016`: the URL names none; `LM-A015`: it cannot be opened; `LM-A012`: a library is missing.
    """
    named = _URL.fullmatch(url)
    scheme, rest = (named[1].lower(), named[2]) if named else ("", url)
    if not url.strip():
        raise LeiomyoError("LM-A016", "Nothing was named.")
    opener = _OPENERS.get(scheme)
    with contextlib.ExitStack() as closing:
        try:
            yield opener(url, rest, closing) if opener else _other(url, scheme, closing)
        except ModuleNotFoundError as error:
            raise LeiomyoError("LM-A012", f"{error.name} is not there: {_command(scheme)}") from error


def _command(scheme: str) -> str:
    if scheme == "spark":
        return "pip install 'leiomyo[omop,spark]'"
    return _PACKAGES if scheme in _OPENERS else f"{_PACKAGES} 'ibis-framework[{scheme}]'"


def _connected(url: str, connect: Callable[[], Any]) -> Any:
    """What `connect` gives; whatever a driver raises becomes one message."""
    try:
        return connect()
    except ModuleNotFoundError:
        raise
    except LeiomyoError:
        raise
    except Exception as error:  # noqa: BLE001  every driver has its own
        told = _scrubbed(str(error), url)
        if "lock" in told.lower():
            told = "Another process holds the file; wait until it is done, or close it."
        # no cause: a traceback of a driver may show the URL
        raise LeiomyoError("LM-A015", told[:300], file=shown_url(url)) from None


def _closed(backend: Any) -> Callable[[], None]:
    def close() -> None:
        with contextlib.suppress(Exception):
            backend.disconnect()

    return close


def _duckdb(url: str, rest: str, closing: contextlib.ExitStack) -> Database:
    """`duckdb:///file`, or a plain path to a file or a folder."""
    place = _place(url, unquote(rest.partition("?")[0]))
    if place.is_dir():
        return _folder(url, place, closing)
    import ibis

    backend = _connected(url, lambda: ibis.duckdb.connect(place, read_only=True))
    closing.callback(_closed(backend))
    return Database(backend, "duckdb", shown_url(url))


def _place(url: str, written: str) -> Path:
    """The file or folder that an address names.

    Three slashes begin a whole path, or, as other tools write them, one from where the user stands: the whole path
    goes first, and the other counts only where there is nothing under the first.
    """
    tried = [Path(written)] if written else []
    if url.partition("://")[1] and written.startswith("/") and (beside := written.lstrip("/")):
        tried.append(Path(beside))
    if found := next((path for path in tried if path.is_file() or path.is_dir()), None):
        return found
    told = " or ".join(str(path.absolute()) for path in tried)
    raise LeiomyoError("LM-A016", f"There is no such file or folder{f': {told}' if told else ''}.", file=shown_url(url))


def _folder(url: str, folder: Path, closing: contextlib.ExitStack) -> Database:
    """A folder with one Parquet or CSV file a table, each named as its table."""
    import ibis

    files = table_files(folder)
    if not files:
        raise LeiomyoError("LM-A016", "The folder holds no .parquet, .csv or .tsv file.", file=shown_url(url))
    backend = _connected(url, ibis.duckdb.connect)
    closing.callback(_closed(backend))
    for name, path in files.items():
        _connected(url, partial(_make_known, backend, name, path))
    text = any(path.suffix.lower() in {".csv", ".tsv"} for path in files.values())
    return Database(backend, "duckdb", shown_url(url), {name: name for name in files}, text=text)


def table_files(folder: Path) -> dict[str, Path]:
    """Files or folders of Parquet by the table they are named after, in lower case."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in {".parquet", ".csv", ".tsv"}:
            found.setdefault(path.stem.lower(), path)
        elif path.is_dir() and any(path.glob("*.parquet")):
            found.setdefault(path.name.lower(), path)
    return found


def _make_known(backend: Any, name: str, path: Path) -> None:
    """Let DuckDB read a file or a folder of files under the table's name; text as text, never sniffed."""
    if path.suffix.lower() not in {".csv", ".tsv"}:
        backend.read_parquet(str(path / "*.parquet") if path.is_dir() else str(path), table_name=name)
        return
    with path.open(encoding="utf-8", errors="replace") as stream:
        head = stream.readline()
    delimiter = max("\t,;", key=head.count)
    # Athena's vocabulary files hold tabs, and quotes that are none
    quote = "" if delimiter == "\t" else '"'
    backend.read_csv(
        str(path), table_name=name, all_varchar=True, header=True, delim=delimiter, quote=quote, escape=quote
    )


def _postgres(url: str, _rest: str, closing: contextlib.ExitStack) -> Database:
    """`postgres://user:password@host:port/database`; passwords may also stand in ~/.pgpass or PGPASSWORD."""
    import ibis

    parts = re.fullmatch(r"[^:]+://(?:(?P<who>.*)@)?(?P<host>\[[^\]]*\]|[^/:?@]*)(?::(?P<port>\d+))?"
                         r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?", url, re.S)  # fmt: skip
    if parts is None:
        raise LeiomyoError("LM-A016", "The address is not complete.", file=shown_url(url))
    user, _, password = (parts["who"] or "").partition(":")
    options = dict(parse_qsl(parts["query"] or ""))
    # a read-only session: this scan writes nothing, not even by mistake
    given = {
        "host": unquote(parts["host"]).strip("[]") or options.pop("host", None),
        "port": _whole(parts["port"] or options.pop("port", ""), 5432),
        "user": unquote(user) or options.pop("user", None),
        "password": unquote(password) or options.pop("password", None),
        "database": unquote(parts["database"] or "") or options.pop("dbname", None),
        "connect_timeout": _whole(options.pop("connect_timeout", ""), 15),
        "options": "-c default_transaction_read_only=on " + options.pop("options", ""),
    }
    backend = _connected(url, lambda: ibis.postgres.connect(**given, **options))
    closing.callback(_closed(backend))
    return Database(backend, "postgres", shown_url(url))


def _whole(text: str, default: int) -> int:
    return int(text) if text.isdecimal() else default


def _spark(url: str, rest: str, closing: contextlib.ExitStack) -> Database:
    """`spark://MASTER[/FOLDER][?setting=value…]`; without a folder, the tables of the catalogue."""
    import ibis
    import pyspark

    place, _, query = rest.partition("?")
    master, slash, folder = place.partition("/")
    if master and ":" in master:
        master = f"spark://{master}"
    session, ours = _connected(url, lambda: _session(pyspark, master or "local[*]", dict(parse_qsl(query))))
    if ours:
        closing.callback(session.stop)
    backend = _connected(url, lambda: ibis.pyspark.connect(session))
    views: dict[str, str] = {}
    if slash and folder:
        path = Path(slash + unquote(folder))
        if not path.is_dir():
            raise LeiomyoError("LM-A016", "There is no such folder.", file=shown_url(url))
        mark = uuid.uuid4().hex[:8]
        for name, file in table_files(path).items():
            if file.suffix in {".csv", ".tsv"}:
                raise LeiomyoError("LM-A016", "Spark reads folders of Parquet files here; name CSV files without "
                                   "spark://.", file=shown_url(url))  # fmt: skip
            views[name] = f"leiomyo_{mark}_{name}"
            frame = _connected(url, partial(session.read.parquet, str(file)))
            frame.createOrReplaceTempView(views[name])
            closing.callback(session.catalog.dropTempView, views[name])
        if not views:
            raise LeiomyoError("LM-A016", "The folder holds no .parquet file.", file=shown_url(url))
    return Database(backend, "spark", shown_url(url), views)


def _session(pyspark: Any, master: str, settings: dict[str, str]) -> tuple[Any, bool]:
    """A Spark session, and whether it was made here: one that is already running is used and left running."""
    running = pyspark.sql.SparkSession.getActiveSession()
    if running is not None:
        return running, False
    # otherwise Spark's workers start the system's Python
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = pyspark.sql.SparkSession.builder.master(master).appName("leiomyo find")
    plain = {
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF","spark.ui.enabled": "false", "spark.sql.execution.arrow.pyspark.enabled": "true",
             "spark.sql.ansi.enabled": "true"}  # fmt: skip
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        plain |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    for key, value in {**plain, **settings}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    return session, True


def _other(url: str, scheme: str, closing: contextlib.ExitStack) -> Database:
    """Any other database that Ibis speaks to."""
    from importlib.metadata import entry_points

    import ibis

    if scheme not in {entry.name for entry in entry_points(group="ibis.backends")}:
        raise LeiomyoError("LM-A016", f"{scheme}:// is not known.", file=shown_url(url))
    backend = _connected(url, lambda: ibis.connect(url))
    closing.callback(_closed(backend))
    return Database(backend, scheme, shown_url(url))


_OPENERS: dict[str, Callable[[str, str, contextlib.ExitStack], Database]] = {
    "": _duckdb, "duckdb": _duckdb, "file": _duckdb, "postgres": _postgres, "postgresql": _postgres, "spark": _spark,
}  # fmt: skip
