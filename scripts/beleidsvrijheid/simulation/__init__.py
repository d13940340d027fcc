"""A simulated Flanders with planted, documented effects."""

FIRST_YEAR, LAST_YEAR = 2014, 2025  # of its accounts and plans
