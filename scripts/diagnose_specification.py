"""Rule diagnose_specification: what could overturn one least-squares specification."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.diagnostics.specification import diagnose
from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.models.estimation import generator
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.outputs import write_csv


def main(
    panel: str | Path,
    exclusions: str | Path,
    neighbours: str | Path | None,
    specification: dict[str, Any],
    specification_name: str,
    settings: dict[str, Any],
    diagnostics: str | Path,
) -> None:
    """Write the diagnostics of one `ols` specification.

    exclusions: JSON, outlier rule -> nis codes. neighbours: see build_neighbours; None without boundaries. settings:
    those of estimate_specification and per_inhabitant.
    """
    settings = with_exclusions(settings, exclusions)
    rng = generator(settings["seed"], f"diagnostics/{specification_name}")
    task = Task(pd.read_parquet(panel), specification, settings, rng, specification_name)
    near = pd.read_parquet(neighbours) if neighbours else None
    label = {f"label_{language}": text for language, text in specification["label"].items()}
    table = diagnose(task, near).assign(**label, confidence=task.confidence)
    write_csv(table, diagnostics, settings["data_source"])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            exclusions=snakemake.input.exclusions,
            neighbours=snakemake.input.get("neighbours") or None,
            specification=dict(snakemake.params.specification),
            specification_name=snakemake.wildcards.specification,
            settings=dict(snakemake.params.settings),
            diagnostics=snakemake.output.diagnostics,
        )
