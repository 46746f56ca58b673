"""From statements to one truth and a ledger of everything that disagreed."""

from leiomyo.reconcile.ledger import DISAGREEMENTS, entries
from leiomyo.reconcile.merge import reconcile

__all__ = ["DISAGREEMENTS", "entries", "reconcile"]
