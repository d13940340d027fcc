"""Councillors who took office and who stopped (D2), by province and size band, as counts of persons may be published."""

from pathlib import Path

import pandas as pd

from beleidsvrijheid.disclosure import protected
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.indicators.politics import councillors_by_group
from beleidsvrijheid.indicators.registers import STOPPED_BY, STOPPED_TERM
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv


def main(panel: str, tables: list[str], data_source: str, councillors: str) -> None:
    """Write the counts, empty where withheld: small cells first, then rounding, then totals."""
    paths = [path for path in tables if Path(path).stem == "mandates"]
    if not paths:
        raise StudyError(
            "mandates: no file at hand, so no councillors to count; see data/raw/README.md for where to get it"
        )
    found = councillors_by_group(pd.read_parquet(paths[0]), pd.read_parquet(panel), STOPPED_TERM, STOPPED_BY)
    parts = [
        protected(counts)
        .rename_axis("province")
        .reset_index()
        .melt("province", var_name="size_band", value_name="persons")
        for counts in found.values()
    ]
    table = pd.concat([part.assign(count=name) for name, part in zip(found, parts, strict=True)])
    write_csv(table[["count", "province", "size_band", "persons"]], councillors, data_source)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            tables=list(snakemake.input.tables),
            data_source=snakemake.params.data_source,
            councillors=snakemake.output.councillors,
        )
