"""The registry file: one DuckDB database, one process, one transaction an ingest."""
