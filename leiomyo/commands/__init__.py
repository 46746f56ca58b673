"""The commands, one file for each of their kinds."""
