"""Numbers whose right value is known, worked out before anything else; a wrong one stops the study."""

from beleidsvrijheid.canary import as_table, run, stop_where_broken
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv


def main(environment: dict[str, str], data_source: str, canary: str) -> None:
    """environment: what is installed, for the message."""
    outcomes = run()
    stop_where_broken(outcomes, environment)
    write_csv(as_table(outcomes), canary, data_source)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            environment=snakemake.params.environment,
            data_source=snakemake.params.data_source,
            canary=snakemake.output.canary,
        )
