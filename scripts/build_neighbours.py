"""Rule build_neighbours: which municipalities share a border or a corner."""

from pathlib import Path

import pandas as pd

from beleidsvrijheid.diagnostics.spatial import queen_neighbours
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_parquet


def main(geometry: str | Path, neighbours: str | Path) -> None:
    """geometry: the harmonised boundaries (nis, geometry)."""
    shapes = pd.read_parquet(geometry).sort_values("nis")
    write_parquet(queen_neighbours(list(shapes["nis"]), list(shapes["geometry"])), neighbours)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(geometry=snakemake.input.geometry, neighbours=snakemake.output.neighbours)
