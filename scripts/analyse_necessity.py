"""Rule analyse_necessity: ceilings, effect sizes, permutation test and bottlenecks of one entry of `necessity`."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.analyses import record
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.models.estimation import generator
from beleidsvrijheid.necessity import analyse_necessity
from beleidsvrijheid.outputs import write_csv


def main(
    panel: str | Path,
    exclusions: str | Path,
    entry: dict[str, Any],
    name: str,
    settings: dict[str, Any],
    outputs: dict[str, str],
) -> None:
    """Write the analysis `name` to `outputs`: effects, bottleneck, ceilings, sample, record."""
    settings = with_exclusions(settings, exclusions)
    rng = generator(settings["seed"], f"necessity.{name}")
    try:
        analysis = analyse_necessity(pd.read_parquet(panel), entry, settings, rng)
    except StudyError as mistake:
        raise StudyError(f"config.yaml: necessity.{name}: {mistake}") from mistake
    tables = {
        "effects": analysis.effects,
        "bottleneck": analysis.bottlenecks,
        "ceilings": analysis.ceilings,
        "sample": analysis.ledger,
        "record": record(analysis, entry, settings["seed"]),
    }
    for kind, path in outputs.items():
        write_csv(tables[kind], path, settings["data_source"])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            exclusions=snakemake.input.exclusions,
            entry=dict(snakemake.params.entry),
            name=snakemake.wildcards.analysis,
            settings=dict(snakemake.params.settings),
            outputs=dict(snakemake.output.items()),
        )
