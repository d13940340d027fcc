"""Indicators of used freedom, formal freedom, capacity, scale and politics."""
