"""A simulated Flanders with planted, documented effects."""
