"""Rule simulate_sources: write the simulated country into data/raw/simulated/ in the publishers' layouts."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_bytes
from beleidsvrijheid.simulation.release import Tables, release


def main(
    output_folder: str | Path,
    settings: dict[str, Any],
    seed: int,
    policy_fields: str | Path,
    stable_fields: str | Path,
    domains: str | Path,
    threads: int,
) -> None:
    """Write every file of `simulation.release.FILES` under `output_folder`."""
    tables = Tables(*(_text_table(path) for path in (policy_fields, stable_fields, domains)))
    for name, content in release(settings, seed, tables, threads=threads):
        write_bytes(content, Path(output_folder) / name)


def _text_table(path: str | Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            output_folder=Path(snakemake.output.truth).parent,
            settings=snakemake.params.settings,
            seed=snakemake.params.seed,
            policy_fields=snakemake.input.policy_fields,
            stable_fields=snakemake.input.stable_fields,
            domains=snakemake.input.domains,
            threads=snakemake.threads,
        )
