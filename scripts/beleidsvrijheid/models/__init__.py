"""Estimators: each takes a sample and returns a fit."""
