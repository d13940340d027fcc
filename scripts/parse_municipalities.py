"""The list of municipalities, checked against the table of mergers."""

from pathlib import Path

from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv, write_parquet
from beleidsvrijheid.quality import as_table
from beleidsvrijheid.sources.municipalities import choose, read


def main(municipalities: list[str], mergers: str, units: str, checks: str) -> None:
    parsed = read(choose([Path(file) for file in municipalities]), Path(mergers))
    write_parquet(parsed.table, units)
    write_csv(as_table(parsed.checks, "municipalities"), checks)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            municipalities=list(snakemake.input.municipalities),
            mergers=snakemake.input.mergers,
            units=snakemake.output.units,
            checks=snakemake.output.checks,
        )
