"""One batch of the bootstrap draws of a specification, for estimate_specification."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.models.estimation import draw
from beleidsvrijheid.outputs import write_parquet


def main(
    panel: str | Path,
    exclusions: str | Path,
    specification: dict[str, Any],
    specification_name: str,
    batch: str,
    size: int,
    settings: dict[str, Any],
    draws: str | Path,
) -> None:
    """Write a row per draw of `batch` (batch_001 is the first), `size` to a batch. settings: see models.estimation.estimate."""
    first = (int(batch.rpartition("_")[2]) - 1) * size
    window = first, min(first + size, settings["inference"]["draws"])
    own = draw(pd.read_parquet(panel), specification, with_exclusions(settings, exclusions), specification_name, window)
    write_parquet(own, draws)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            exclusions=snakemake.input.exclusions,
            specification=dict(snakemake.params.specification),
            specification_name=snakemake.wildcards.specification,
            batch=snakemake.wildcards.batch,
            size=snakemake.params.size,
            settings=dict(snakemake.params.settings),
            draws=snakemake.output.draws,
        )
