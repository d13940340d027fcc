"""The register of data gaps: indicators by coverage, and the specifications that cannot be estimated."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import read_indicators
from beleidsvrijheid.gaps import indicator_gaps, source_gaps, specification_gaps
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv


def main(
    panel: str,
    catalogue: str,
    lacking: dict[str, list[str]],
    refused: dict[str, list[str]],
    sources: dict[str, dict[str, Any]],
    files: dict[str, list[str]],
    spending: str,
    vintage: int,
    data_source: str,
    gaps: str,
) -> None:
    entries = read_indicators(Path(catalogue).read_text(encoding="utf-8")).values()
    listed = [entry.model_dump() for entry in entries]
    for entry in listed:
        entry["source"] = [spending if one == "spending" else one for one in entry["source"]]
    covered = indicator_gaps(pd.read_parquet(panel), listed, lacking, vintage)
    parts = [covered, source_gaps(sources, files), specification_gaps(refused)]
    write_csv(pd.concat([part for part in parts if len(part)], ignore_index=True), gaps, data_source)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            catalogue=snakemake.input.catalogue,
            lacking=snakemake.params.lacking,
            refused=snakemake.params.refused,
            sources=snakemake.params.sources,
            files=snakemake.params.files,
            spending=snakemake.params.spending,
            vintage=snakemake.params.vintage,
            data_source=snakemake.params.data_source,
            gaps=snakemake.output.gaps,
        )
