"""Rule draw_figure: one figure in every format, and its caption."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid import figures
from beleidsvrijheid.analyses import entry_results
from beleidsvrijheid.captions import figure_caption
from beleidsvrijheid.outputs import write_bytes, write_text
from beleidsvrijheid.publication import read_extra, read_ids, read_labels, read_results, result_files


def main(
    *,
    settings: dict[str, Any],
    specifications: dict[str, Any],
    sectors: dict[str, list[str]],
    files: dict[str, list[str]],
    paths: dict[str, str],
    language: str,
    data_source: str,
    confidence: float,
    outputs: dict[str, str],
    extra: list[str] | None = None,
    refused: dict[str, list[str]] | None = None,
    own_indicators: dict[str, Any] | None = None,
) -> None:
    """Write the figure of `settings` to `outputs`; paths: panel, catalogue, fields, style; exclusions, shocks (optional)."""
    kind = settings["kind"]
    own = read_extra(extra or [])
    results = read_results(list(specifications), specifications, files, refused) | entry_results(own)
    labels = read_labels(paths["catalogue"], language, paths["fields"], own_indicators)
    rows = pd.read_parquet(paths["panel"]) if kind == "scale_ceiling" else None
    excluded = json.loads(Path(paths["exclusions"]).read_text(encoding="utf-8")) if "exclusions" in paths else {}
    about = {"sectors": sectors, "panel": rows, "excluded": excluded, "extra": own, "data_source": data_source}
    about |= {"shocks": read_ids(paths["shocks"]) if "shocks" in paths else None, "confidence": confidence}
    with figures.style(paths["style"]):
        figure = figures.draw_figure(kind, results, labels, **about)
        for form, path in outputs.items():
            if form != "caption":
                write_bytes(figures.figure_bytes(figure, form, data_source), path)
    write_text(figure_caption(kind, results, labels, data_source), outputs["caption"])


if __name__ == "__main__":
    from beleidsvrijheid.jobs import job_log

    job = snakemake
    with job_log(job.log[0]):
        main(
            files=result_files(dict(job.input.items())),
            extra=list(job.input.extra),
            paths={key: path for key, path in job.input.items() if isinstance(path, str)},
            outputs=dict(job.output.items()),
            **dict(job.params.items()),
        )
