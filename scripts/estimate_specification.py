"""Estimate one specification: coefficients, fit, sample ledger, tests and attribution."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.models.estimation import estimate, fit_record
from beleidsvrijheid.outputs import write_csv, write_json


def main(
    panel: str | Path,
    exclusions: str | Path,
    draws: list[str],
    specification: dict[str, Any],
    specification_name: str,
    settings: dict[str, Any],
    estimates: str | Path,
    fits: str | Path,
    samples: str | Path,
    inference: str | Path,
    attribution: str | Path,
) -> None:
    """Write the five files of one specification.

    exclusions: JSON, outlier rule -> nis codes. draws: batches made before, in order. settings: see models.estimation.estimate.
    """
    settings = with_exclusions(settings, exclusions)
    made = pd.concat(map(pd.read_parquet, draws), ignore_index=True) if draws else None
    estimation = estimate(pd.read_parquet(panel), specification, settings, specification_name, made)
    source = settings["data_source"]
    write_csv(estimation.estimates, estimates, source)
    write_json(fit_record(estimation, specification, settings), fits)
    write_csv(estimation.ledger, samples, source)
    write_csv(estimation.inference, inference, source)
    write_csv(estimation.attribution, attribution, source)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            exclusions=snakemake.input.exclusions,
            draws=list(snakemake.input.draws),
            specification=dict(snakemake.params.specification),
            specification_name=snakemake.wildcards.specification,
            settings=dict(snakemake.params.settings),
            estimates=snakemake.output.estimates,
            fits=snakemake.output.fits,
            samples=snakemake.output.samples,
            inference=snakemake.output.inference,
            attribution=snakemake.output.attribution,
        )
