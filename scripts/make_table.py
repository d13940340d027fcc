"""Rule make_table: one published table in every format, and its caption."""

from typing import Any

import pandas as pd

from beleidsvrijheid.captions import table_caption
from beleidsvrijheid.outputs import write_text
from beleidsvrijheid.publication import read_labels, read_results, result_files
from beleidsvrijheid.tables import build_table, render


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
    refused: dict[str, list[str]] | None = None,
) -> None:
    """Write the table of `settings` (kind, columns) to `outputs`: path by format, and `caption`."""
    names = settings.get("columns") or list(specifications)
    results = read_results(names, specifications, files, refused)
    labels = read_labels(catalogue, language, fields)
    rows = pd.read_parquet(panel) if settings["kind"] == "descriptives" else None
    table = build_table(settings["kind"], results, labels, data_source=data_source, confidence=confidence, panel=rows)
    for form, path in outputs.items():
        if form != "caption":
            write_text(render(table, form), path)
    write_text(table_caption(settings["kind"], results, labels, data_source), outputs["caption"])


if __name__ == "__main__":
    from beleidsvrijheid.jobs import job_log

    job = snakemake
    with job_log(job.log[0]):
        main(
            files=result_files(dict(job.input.items())),
            panel=job.input.panel,
            catalogue=job.input.catalogue,
            fields=job.input.fields,
            outputs=dict(job.output.items()),
            **dict(job.params.items()),
        )
