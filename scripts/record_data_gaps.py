"""The register of data gaps: constructs by what speaks to them, sources, and specifications that cannot be estimated."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import own_catalogue, read_constructs, read_indicators, read_sources
from beleidsvrijheid.gaps import COLUMNS, Coverage, Holdings, as_sections, gap_register
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import data_source_label, write_csv, write_text
from beleidsvrijheid.pages import page


def main(
    panel: str,
    tables: list[str],
    catalogues: list[str],
    study: dict[str, Any],
    language: str,
    data_source: str,
    gaps: str,
    html: str,
) -> None:
    texts = [Path(path).read_text(encoding="utf-8") for path in catalogues]
    indicators, sources = read_indicators(texts[0]), read_sources(texts[1])
    constructs = read_constructs(texts[2], indicators, sources)
    coverage = {Path(path).stem: Coverage.of(pd.read_parquet(path)) for path in tables}
    held = Holdings(pd.read_parquet(panel), coverage, study["files"], study["lacking"], study["vintage"])
    own = own_catalogue(study["own"])
    register = gap_register(constructs, indicators, sources, own, held, study)
    write_csv(register[COLUMNS], gaps, data_source)
    write_text(page(*as_sections(register, constructs, language), data_source_label(data_source), language), html)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            panel=snakemake.input.panel,
            tables=list(snakemake.input.tables),
            catalogues=list(snakemake.input.catalogues),
            study=snakemake.params.study,
            language=snakemake.params.language,
            data_source=snakemake.params.data_source,
            gaps=snakemake.output.gaps,
            html=snakemake.output.page,
        )
