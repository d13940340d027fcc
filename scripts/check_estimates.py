"""Rule check_estimates: least squares and quantile regressions estimated again by other software."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.models.estimation import generator
from beleidsvrijheid.models.panel_values import PanelValues
from beleidsvrijheid.models.second_estimate import second_estimates
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.publication import read_ids


def main(
    panel: str | Path,
    exclusions: str | Path,
    estimates: list[str],
    specifications: dict[str, dict[str, Any]],
    settings: dict[str, Any],
    second: str | Path,
) -> None:
    """Write which numbers other software confirms; a number that differs stops the study.

    exclusions: JSON, outlier rule -> nis codes. estimates: the published files, in the order of specifications. settings:
    those of estimate_specification.
    """
    settings, values = with_exclusions(settings, exclusions), PanelValues(pd.read_parquet(panel))
    tasks = {
        name: Task(values, specification, settings, generator(settings["seed"], name), name)
        for name, specification in specifications.items()
    }
    published = {name: read_ids(path) for name, path in zip(tasks, estimates, strict=True)}
    write_csv(second_estimates(tasks, published), second, settings["data_source"])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            exclusions=snakemake.input.exclusions,
            estimates=list(snakemake.input.estimates),
            specifications=dict(snakemake.params.specifications),
            settings=dict(snakemake.params.settings),
            second=snakemake.output.second,
        )
