"""The case tables of the leiomyosarcoma patients, taken out of a registry as they are written in other formats."""

from __future__ import annotations

from leiomyo.model.records import Records, schema
from leiomyo.model.tables import TABLES
from leiomyo.store.store import Store

_ONLY_LMS = "SEMI JOIN (SELECT * FROM lms_case WHERE lms = 'yes') USING (centre, patient)"
#: What the registry worked out itself is no record.
_RECORDED = {"stage": "WHERE derived IS DISTINCT FROM TRUE"}


def lms_records(store: Store) -> Records:
    """Every case table, of the leiomyosarcoma patients alone, by centre and patient."""
    found = {}
    for name in TABLES:
        columns = ", ".join(f'"{column}"' for column in schema(name).names)
        sql = f"SELECT {columns} FROM {name} {_ONLY_LMS} {_RECORDED.get(name, '')} ORDER BY centre, patient, statement"
        found[name] = store.arrow(sql).cast(schema(name))
    return found
