"""Rule test_multiverse: chunks put together: the curve, its joint tests, what each choice weighs, what was removed."""

from typing import Any

import pandas as pd

from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.multiverse.results import join_multiverse
from beleidsvrijheid.outputs import data_source_label, write_csv, write_parquet


def main(chunks: list[str], multiverse: dict[str, Any], settings: dict[str, Any], outputs: dict[str, str]) -> None:
    """Write the result files. chunks: estimates, draws and samples of each chunk, in the order of the cells."""
    parts = {
        part: pd.concat(
            [pd.read_parquet(path) for path in chunks if path.endswith(f".{part}.parquet")], ignore_index=True
        )
        for part in ("estimates", "draws", "samples")
    }
    joined = join_multiverse(multiverse, parts["estimates"], parts["draws"], parts["samples"], settings)
    source = settings["data_source"]
    write_parquet(joined.curve.assign(data_source=data_source_label(source)), outputs["curve"])
    for part in ("joint", "axes", "record", "samples", "removed"):
        write_csv(getattr(joined, part), outputs[part], source)


if __name__ == "__main__":
    job = snakemake
    with job_log(job.log[0]):
        main(
            chunks=list(job.input.chunks),
            multiverse=dict(job.params.multiverse),
            settings=dict(job.params.settings),
            outputs=dict(job.output.items()),
        )
