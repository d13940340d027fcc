"""Rule estimate_multiverse: the cells of one chunk, and their draws under the null."""

import sys
from typing import Any

import pandas as pd

from beleidsvrijheid.exclusions import read_exclusions, with_exclusions
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.multiverse.estimation import Vintage, estimate_multiverse
from beleidsvrijheid.multiverse.grid import expand, vintages_of
from beleidsvrijheid.outputs import write_parquet


def main(
    panel: str,
    exclusions: str,
    vintages: tuple[list[str], list[str]],
    multiverse: dict[str, Any],
    name: str,
    chunk: str,
    settings: dict[str, Any],
    outputs: dict[str, str],
) -> None:
    """Write estimates, draws and samples of the cells of `chunk` (part_001 is the first).

    vintages: panels and exclusions of the other vintages that the multiverse asks for, in ascending order.
    """
    settings = with_exclusions(settings, exclusions)
    cells, number = expand(multiverse)[0], int(chunk.rpartition("_")[2]) - 1
    own = cells[number * multiverse["chunk"] : (number + 1) * multiverse["chunk"]]
    others = {
        vintage: Vintage(pd.read_parquet(table), read_exclusions(rules))
        for vintage, table, rules in zip(vintages_of(cells), *vintages, strict=True)
    }

    def report(done: int, total: int) -> None:
        print(f"{name} {chunk}: {done} of {total} specifications", file=sys.stderr, flush=True)

    found = estimate_multiverse(pd.read_parquet(panel), multiverse, own, cells, settings, name, 1, report, others)
    write_parquet(found.estimates, outputs["estimates"])
    write_parquet(found.draws, outputs["draws"])
    write_parquet(found.samples, outputs["samples"])


if __name__ == "__main__":
    job = snakemake
    with job_log(job.log[0]):
        main(
            panel=job.input.panel,
            exclusions=job.input.exclusions,
            vintages=(list(job.input.vintage_panels), list(job.input.vintage_exclusions)),
            multiverse=dict(job.params.multiverse),
            name=job.wildcards.multiverse,
            chunk=job.wildcards.chunk,
            settings=dict(job.params.settings),
            outputs=dict(job.output.items()),
        )
