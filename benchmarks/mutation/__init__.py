"""Mutation testing of the statistics library: small faults are put in, one at a time, and the tests should fail."""
