"""Rule test_family: p-values of one family of tests, adjusted for looking more than once."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.models.estimation import generator
from beleidsvrijheid.models.relevant import relevant_rows
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.multiplicity import adjust_family, family_rows
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.publication import read_ids


def main(
    panel: str | Path,
    exclusions: str | Path,
    estimates: list[str],
    inference: list[str],
    family: dict[str, Any],
    family_name: str,
    specifications: dict[str, Any],
    settings: dict[str, Any],
    multiplicity: str | Path,
) -> None:
    """Write the adjusted p-values. estimates, inference: result files of the members that could be estimated."""
    tables = [{Path(path).stem: read_ids(path) for path in paths} for paths in (estimates, inference)]
    rows = family_rows(family, *tables)
    settings = with_exclusions(settings, exclusions)
    rng = generator(settings["seed"], f"families/{family_name}")
    frame = relevant_rows(pd.read_parquet(panel), specifications.values())
    drawn = specifications if "romano_wolf" in family["method"] else {}
    tasks = {name: Task(frame, one, settings, rng, name) for name, one in drawn.items() if name in tables[0]}
    table = adjust_family(family, rows, tasks, settings["inference"], rng)
    for language in ("nl", "en"):
        labels = {name: one["label"][language] for name, one in specifications.items()}
        table[f"label_{language}"] = table["specification"].map(labels)
        table[f"family_{language}"] = family["label"][language]
    write_csv(table, multiplicity, settings["data_source"])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            **{key: snakemake.input[key] for key in ("panel", "exclusions")},
            **{key: list(snakemake.input[key]) for key in ("estimates", "inference")},
            family=dict(snakemake.params.family),
            family_name=snakemake.wildcards.family,
            specifications=dict(snakemake.params.specifications),
            settings=dict(snakemake.params.settings),
            multiplicity=snakemake.output.multiplicity,
        )
