"""Errors planted into records that were right: 40 kinds, each with the checks of which one should find it."""
