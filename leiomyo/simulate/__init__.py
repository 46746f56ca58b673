"""A cohort whose truth is known: a natural history is drawn, then written down the way centres do."""
