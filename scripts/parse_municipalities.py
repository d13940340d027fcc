"""The list of municipalities, checked against the table of mergers."""

from pathlib import Path

from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_parquet
from beleidsvrijheid.sources.municipalities import parse


def main(municipalities: str, mergers: str, units: str) -> None:
    write_parquet(parse(Path(municipalities), Path(mergers)), units)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            municipalities=snakemake.input.municipalities,
            mergers=snakemake.input.mergers,
            units=snakemake.output.units,
        )
