"""The configuration as run: inheritance, blocks, groups of fields and defaults of specifications filled in."""

from typing import Any

import yaml

from beleidsvrijheid.configuration.specification import as_run
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import data_source_label, write_text


def main(config: dict[str, Any], refused: dict[str, list[str]], output: str) -> None:
    label = data_source_label(config["data"]["source"])
    header = f"# The configuration as run, resolved. {label}\n"
    write_text(header + yaml.safe_dump(as_run(config, refused), sort_keys=False, allow_unicode=True, width=110), output)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            config=snakemake.params.config,
            refused=snakemake.params.refused,
            output=snakemake.output.configuration,
        )
