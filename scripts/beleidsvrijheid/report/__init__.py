"""The report: a study told in its run's language, every number of it taken from a result file."""
