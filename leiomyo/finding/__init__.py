"""The case-finding scan: who in an OMOP database may have a leiomyosarcoma, and their rows brought home."""

from leiomyo.finding.found import Evidence, Found, FoundPerson
from leiomyo.finding.scan import find

__all__ = ["Evidence", "Found", "FoundPerson", "find"]
