"""Gemeentefiches: one page per municipality, as HTML and PDF, from one model."""
