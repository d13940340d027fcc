"""Raw files with their checksums, the commit, package versions and the seed."""

import json
from pathlib import Path
from typing import Any

from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import data_source_label, write_json
from beleidsvrijheid.provenance import provenance


def main(
    files: dict[str, list[str]],
    sources: dict[str, dict[str, Any]],
    notes: list[str],
    settings: dict[str, Any],
    output: str,
) -> None:
    noted = {Path(path).stem: json.loads(Path(path).read_text(encoding="utf-8")) for path in notes}
    label = data_source_label(settings["data_source"])
    write_json(provenance(files, sources, noted, {**settings, "data_source_label": label}), output)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            files=snakemake.params.files,
            sources=snakemake.params.sources,
            notes=list(snakemake.input.notes),
            settings=snakemake.params.settings,
            output=snakemake.output.provenance,
        )
