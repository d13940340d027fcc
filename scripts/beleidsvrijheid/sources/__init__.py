"""Parsers of the publishers' layouts, one module per publisher."""
