"""Simulated mergers of one entry of the configuration: formulas, ranks, and every indicator of named merges."""

from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.indicators.panel import build_panel
from beleidsvrijheid.indicators.registers import FACILITIES
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.merger_draws import read_segments
from beleidsvrijheid.merger_results import merger_estimates, merger_record, simulate_mergers
from beleidsvrijheid.mergers import INDICATOR_COLUMNS, indicators_of_merges
from beleidsvrijheid.outputs import write_csv, write_json
from beleidsvrijheid.sources.reading import read_table


def main(
    inputs: dict[str, Any],
    merger: dict[str, Any],
    name: str,
    config: dict[str, Any],
    settings: dict[str, Any],
    output: dict[str, str],
) -> None:
    """Write the four files of one entry. inputs: paths by name; neighbours is empty where geometry is absent."""
    tables = {Path(path).stem: pd.read_parquet(path) for path in inputs["tables"]}
    near = pd.read_parquet(inputs["neighbours"]) if inputs["neighbours"] else None
    segments = read_segments(read_table(Path(inputs["segments"])))
    rng = np.random.default_rng([settings["seed"], crc32(name.encode())])
    result = simulate_mergers(tables, merger, near, segments, settings, name, rng)
    changed = pd.DataFrame(columns=INDICATOR_COLUMNS)
    if merger["merges"]:
        tables[FACILITIES] = read_table(Path(inputs["facilities"]))
        sources = read_sources(Path(inputs["sources"]).read_text(encoding="utf-8"))
        own = Inputs(tables, pd.read_parquet(inputs["units"]), read_table(Path(inputs["codes"])), config)
        changed = indicators_of_merges(pd.read_parquet(inputs["panel"]), own, merger["merges"], sources, build_panel)
    label = settings["data_source"]
    write_csv(result.statistics, output["draws"], label)
    write_csv(merger_estimates(result.statistics), output["estimates"], label)
    write_csv(changed, output["indicators"], label)
    write_json(merger_record(result, merger, settings), output["fits"])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        sections = ("geography", "period", "sectors", "baskets", "deflator", "outliers")
        main(
            inputs=dict(snakemake.input.items()),
            merger=snakemake.params.merger,
            name=snakemake.wildcards.merger,
            config={section: snakemake.params[section] for section in sections},
            settings=snakemake.params.settings,
            output=dict(snakemake.output.items()),
        )
