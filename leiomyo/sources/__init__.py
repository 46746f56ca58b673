"""Readers of what centres have: one file per format, one protocol (`base.Source`)."""
