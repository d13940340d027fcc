"""One source from its publisher's layout to a typed table, with an account of what was checked."""

from logging import Logger
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.harmonise import population_on
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv, write_json, write_parquet
from beleidsvrijheid.quality import as_table
from beleidsvrijheid.sources.checks import failing, standard_checks
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference, read_table
from beleidsvrijheid.sources.schemas import validated


def main(
    files: list[str],
    units: str,
    population: str | None,
    reviewed: list[str],
    source: dict[str, Any],
    table: str,
    checks: str,
    notes: str,
    logger: Logger,
) -> None:
    entry = Source.model_validate(source)
    places = pd.read_parquet(units)
    people = population_on(pd.read_parquet(population), places, int(entry.geography)) if population else None
    aliases, *totals = (read_table(Path(path)) for path in reviewed)
    reference = Reference(places, aliases, people, *totals)
    parsed = parse(entry, [Path(file) for file in files], reference)
    names = ", ".join(Path(file).name for file in files)
    checked = validated(parsed.table, entry, names)
    found = [*parsed.checks, *standard_checks(checked, entry, places, names)]
    for sentence in failing(found):
        logger.warning(sentence)
    write_parquet(checked, table)
    write_csv(as_table(found, entry.id), checks)
    write_json(parsed.notes, notes)


if __name__ == "__main__":
    with job_log(snakemake.log[0]) as logger:
        main(
            files=list(snakemake.input.files),
            units=snakemake.input.units,
            population=snakemake.input.get("population") or None,
            reviewed=list(snakemake.input.reviewed),
            source=snakemake.params.source,
            table=snakemake.output.table,
            checks=snakemake.output.checks,
            notes=snakemake.output.notes,
            logger=logger,
        )
