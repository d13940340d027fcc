"""The study's library: statistics, parsers and publishing, without knowledge of Snakemake."""

__version__ = "0.1.0"
