"""Outcomes: event tables that add up, and every statistic of them."""
