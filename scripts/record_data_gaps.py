"""The register of data gaps: constructs by what speaks to them, sources, and specifications that cannot be estimated."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import read_constructs, read_indicators, read_sources
from beleidsvrijheid.gaps import Coverage, Holdings, as_sections, construct_gaps, source_gaps, specification_gaps
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import data_source_label, write_csv, write_text
from beleidsvrijheid.pages import page


def main(
    panel: str,
    tables: list[str],
    catalogues: dict[str, str],
    study: dict[str, Any],
    language: str,
    data_source: str,
    gaps: str,
    html: str,
) -> None:
    texts = {name: Path(path).read_text(encoding="utf-8") for name, path in catalogues.items()}
    indicators, sources = read_indicators(texts["indicators"]), read_sources(texts["sources"])
    constructs = read_constructs(texts["constructs"], indicators, sources)
    coverage = {Path(path).stem: Coverage.of(pd.read_parquet(path)) for path in tables}
    held = Holdings(pd.read_parquet(panel), coverage, study["files"], study["lacking"], study["vintage"])
    parts = [
        construct_gaps(constructs.values(), indicators, sources, held, study["spending"]),
        source_gaps(sources, held),
        specification_gaps(study["refused"]),
    ]
    register = pd.concat([part for part in parts if len(part)], ignore_index=True)
    write_csv(register, gaps, data_source)
    title, body = as_sections(register, constructs, language)
    write_text(page(title, data_source_label(data_source), body, language), html)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            tables=list(snakemake.input.tables),
            catalogues={name: snakemake.input[name] for name in ("constructs", "indicators", "sources")},
            study=snakemake.params.study,
            language=snakemake.params.language,
            data_source=snakemake.params.data_source,
            gaps=snakemake.output.gaps,
            html=snakemake.output.page,
        )
