"""Every parsed source on the study's municipalities, with one ledger of all rows.

One job for all: each table takes milliseconds, starting a job takes a second.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.harmonise import harmonise
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv, write_parquet
from beleidsvrijheid.sources.reading import read_table


def main(
    tables: list[str],
    units: str,
    population: str,
    aliases: str,
    sources: dict[str, dict[str, Any]],
    vintage: int,
    harmonised: list[str],
    ledger: str,
) -> None:
    shared = (pd.read_parquet(units), pd.read_parquet(population), vintage, read_table(Path(aliases)))
    ledgers = []
    for table, target in zip(tables, harmonised, strict=True):
        source = Source.model_validate(sources[Path(table).stem])
        result, steps = harmonise(pd.read_parquet(table), source, *shared)
        write_parquet(result, target)
        ledgers.append(steps)
    write_csv(pd.concat(ledgers, ignore_index=True), ledger)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            tables=list(snakemake.input.tables),
            units=snakemake.input.units,
            population=snakemake.input.population,
            aliases=snakemake.input.aliases,
            sources=snakemake.params.sources,
            vintage=snakemake.params.vintage,
            harmonised=list(snakemake.output.tables),
            ledger=snakemake.output.ledger,
        )
