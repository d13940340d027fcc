"""Raw files with their checksums, origin and snapshot, the commit, package versions and the seed."""

import json
from pathlib import Path
from typing import Any

from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import data_source_label, write_json
from beleidsvrijheid.provenance import provenance
from beleidsvrijheid.rawfiles import RAW


def main(
    files: dict[str, list[str]],
    sources: dict[str, dict[str, Any]],
    notes: list[str],
    settings: dict[str, Any],
    snapshot: str | None,
    output: str,
) -> None:
    noted = {Path(path).stem: json.loads(Path(path).read_text(encoding="utf-8")) for path in notes}
    label = data_source_label(settings["data_source"])
    labelled = {**settings, "data_source_label": label}
    write_json(provenance(files, sources, noted, labelled, RAW, snapshot), output)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            files=snakemake.params.files,
            sources=snakemake.params.sources,
            notes=list(snakemake.input.notes),
            settings=snakemake.params.settings,
            snapshot=snakemake.params.snapshot,
            output=snakemake.output.provenance,
        )
