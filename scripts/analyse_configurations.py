"""Rule analyse_configurations: truth table, solutions and necessity of one entry of `qca`."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.analyses import condition_labels, record
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.qca import analyse_configurations


def main(
    panel: str | Path,
    exclusions: str | Path,
    entry: dict[str, Any],
    name: str,
    settings: dict[str, Any],
    outputs: dict[str, str],
) -> None:
    """Write the analysis `name` to `outputs`: truth_table, solutions, necessity, conditions, sample, record."""
    settings = with_exclusions(settings, exclusions)
    try:
        analysis = analyse_configurations(pd.read_parquet(panel), entry, settings)
    except StudyError as mistake:
        raise StudyError(f"config.yaml: qca.{name}: {mistake}") from mistake
    tables = {
        "truth_table": analysis.truth_tables,
        "solutions": analysis.solutions,
        "necessity": analysis.necessity,
        "conditions": condition_labels(entry),
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
