"""Where config.yaml differs from the plan that was frozen beforehand."""

import pandas as pd

from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.plan import COLUMNS


def main(found: list[dict[str, str]], data_source: str, output: str) -> None:
    """Write results/deviations.csv: one row per difference, or one that says there is none or no plan."""
    write_csv(pd.DataFrame(found, columns=COLUMNS), output, data_source)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            found=snakemake.params.found,
            data_source=snakemake.params.data_source,
            output=snakemake.output.deviations,
        )
