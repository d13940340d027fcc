"""Rule simulate_power: what the tests of one specification could have found."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.models.estimation import generator
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.power import simulate_power


def main(
    panel: str | Path,
    exclusions: str | Path,
    run: dict[str, Any],
    run_name: str,
    specification: dict[str, Any],
    settings: dict[str, Any],
    power: str | Path,
) -> None:
    """Write the power curves of one entry of `power`; run: specification, simulations, grids, terms."""
    settings = with_exclusions(settings, exclusions)
    rng = generator(settings["seed"], f"power/{run_name}")
    task = Task(pd.read_parquet(panel), specification, settings, rng, run["specification"])
    label = {f"label_{language}": text for language, text in specification["label"].items()}
    write_csv(simulate_power(task, run).assign(**label), power, settings["data_source"])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            exclusions=snakemake.input.exclusions,
            run=dict(snakemake.params.run),
            run_name=snakemake.wildcards.power,
            specification=dict(snakemake.params.specification),
            settings=dict(snakemake.params.settings),
            power=snakemake.output.power,
        )
