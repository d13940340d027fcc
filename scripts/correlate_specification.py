"""Rule correlate_specification: how the variables of one specification go together in its sample."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.models.pairs import pairwise
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.outputs import write_csv


def main(
    panel: str | Path,
    exclusions: str | Path,
    specification: dict[str, Any],
    specification_name: str,
    settings: dict[str, Any],
    correlations: str | Path,
) -> None:
    """Write the correlations of one specification, none where its sample is refused.

    exclusions: JSON, outlier rule -> nis codes. settings: categorical, minimum_municipalities and data_source.
    """
    settings = with_exclusions(settings, exclusions)
    rng = np.random.default_rng(0)  # nothing is drawn
    task = Task(pd.read_parquet(panel), specification, settings, rng, specification_name)
    write_csv(pairwise(task), correlations, settings["data_source"])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            exclusions=snakemake.input.exclusions,
            specification=dict(snakemake.params.specification),
            specification_name=snakemake.wildcards.specification,
            settings=dict(snakemake.params.settings),
            correlations=snakemake.output.correlations,
        )
