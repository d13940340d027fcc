"""Rule make_table: one published table in every format, and its caption."""

from typing import Any

import pandas as pd

from beleidsvrijheid.analyses import entry_results
from beleidsvrijheid.captions import table_caption
from beleidsvrijheid.outputs import write_bytes, write_text
from beleidsvrijheid.publication import read_extra, read_labels, read_results, result_files
from beleidsvrijheid.tables import FROM_PANEL, READS, build_table, table_bytes


def main(
    *,
    settings: dict[str, Any],
    specifications: dict[str, Any],
    files: dict[str, list[str]],
    panel: str,
    catalogue: str,
    fields: str,
    language: str,
    data_source: str,
    confidence: float,
    outputs: dict[str, str],
    extra: list[str] | None = None,
    refused: dict[str, list[str]] | None = None,
    own_indicators: dict[str, Any] | None = None,
) -> None:
    """Write the table of `settings` (kind, columns, entries) to `outputs`: path by format, and `caption`."""
    own = read_extra(extra or [])
    read = {one: paths for one, paths in files.items() if one in READS.get(settings["kind"], files)}
    results = read_results(list(specifications), specifications, read, refused) | entry_results(own)
    labels = read_labels(catalogue, language, fields, own_indicators)
    rows = pd.read_parquet(panel) if settings["kind"] in FROM_PANEL else None
    about = {"data_source": data_source, "confidence": confidence, "settings": settings, "panel": rows, "extra": own}
    table = build_table(settings["kind"], results, labels, **about)
    for form, path in outputs.items():
        if form != "caption":
            write_bytes(table_bytes(table, form), path)
    write_text(table_caption(settings["kind"], results, labels, data_source), outputs["caption"])


if __name__ == "__main__":
    from beleidsvrijheid.jobs import job_log

    job = snakemake
    with job_log(job.log[0]):
        main(
            files=result_files(dict(job.input.items())),
            extra=list(job.input.extra),
            panel=job.input.panel,
            catalogue=job.input.catalogue,
            fields=job.input.fields,
            outputs=dict(job.output.items()),
            **dict(job.params.items()),
        )
