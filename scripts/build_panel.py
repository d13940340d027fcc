"""Every indicator that the present sources allow."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.indicators.panel import build_panel, exclusions
from beleidsvrijheid.indicators.registers import FACILITIES
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv, write_json, write_parquet
from beleidsvrijheid.sources.reading import read_table


def main(
    tables: list[str],
    units: str,
    codes: str,
    facilities: str,
    config: dict[str, Any],
    data_source: str,
    panel: str,
    excluded: str,
    indicators: str | None,
) -> None:
    """Write the panel and its exclusions; indicators: the published file, which another vintage than the study's has not."""
    harmonised = {Path(path).stem: pd.read_parquet(path) for path in tables}
    harmonised[FACILITIES] = read_table(Path(facilities))
    built = build_panel(Inputs(harmonised, pd.read_parquet(units), read_table(Path(codes)), config))
    write_parquet(built, panel)
    write_json(exclusions(built, config["outliers"]), excluded)
    if indicators:
        write_csv(built, indicators, data_source)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        sections = ("geography", "period", "sectors", "baskets", "deflator", "outliers")
        main(
            tables=list(snakemake.input.tables),
            units=snakemake.input.units,
            codes=snakemake.input.codes,
            facilities=snakemake.input.facilities,
            config={name: snakemake.params[name] for name in sections},
            data_source=snakemake.params.data_source,
            panel=snakemake.output.panel,
            excluded=snakemake.output.exclusions,
            indicators=snakemake.output.get("indicators"),
        )
