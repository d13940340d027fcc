"""Many defensible specifications at once: estimated, tested together, shown together."""
