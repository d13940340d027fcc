"""Rule draw_figure: one figure in every format, its caption, and the text that stands for it."""

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
    run: dict[str, Any],
    files: dict[str, list[str]],
    paths: dict[str, str],
    outputs: dict[str, str],
    extra: list[str] | None = None,
    refused: dict[str, list[str]] | None = None,
    own_indicators: dict[str, Any] | None = None,
) -> None:
    """Write the figure of `settings` to `outputs`. run: language, data_source, confidence, sectors, vintage.

    paths: panel, catalogue, fields, style; exclusions, shocks (optional).
    """
    kind, own, about = settings["kind"], read_extra(extra or []), dict(run)
    results = read_results(list(specifications), specifications, files, refused) | entry_results(own)
    labels = read_labels(paths["catalogue"], about.pop("language"), paths["fields"], own_indicators)
    names = figures.shown_indicators(settings, specifications)
    about["panel"] = pd.read_parquet(paths["panel"], filters=[("indicator", "in", names)]) if names else None
    about["excluded"] = json.loads(Path(paths["exclusions"]).read_text("utf-8")) if "exclusions" in paths else {}
    about["shocks"] = read_ids(paths["shocks"]) if "shocks" in paths else None
    with figures.style(paths["style"]):
        figure, told = figures.draw_figure(kind, results, labels, settings=settings, extra=own, **about)
        for form in [one for one in figures.FORMATS if one in outputs]:
            content = figures.figure_bytes(figure, form, run["data_source"], told, Path(outputs[form]).stem)
            write_bytes(content, outputs[form])
    write_text(figure_caption(kind, results, labels, run["data_source"], told.shown), outputs["caption"])
    write_text(f"{told.text}\n", outputs["alternative"])


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
