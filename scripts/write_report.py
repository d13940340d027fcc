"""Rule write_report: the study told in one page, every number taken from its result files."""

from pathlib import Path
from typing import Any

import yaml

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.outputs import write_text
from beleidsvrijheid.publication import read_labels
from beleidsvrijheid.report.content import Catalogues
from beleidsvrijheid.report.origin import Results
from beleidsvrijheid.report.page import report_page
from beleidsvrijheid.report.telling import Telling
from beleidsvrijheid.sentences import sentence


def main(
    *,
    results: list[str],
    catalogues: list[str],
    fields: str,
    template: str,
    language: str,
    own_indicators: dict[str, Any],
    report: str,
) -> None:
    """Write the report. results: result files of the study. catalogues: indicators, sources and constructs (YAML)."""
    labels = read_labels(catalogues[0], language, fields, own_indicators)
    sources, constructs = (Path(path).read_text(encoding="utf-8") for path in catalogues[1:])
    # Checked where the register of gaps is made; here only words of them are read.
    known = Catalogues(read_sources(sources), yaml.load(constructs, Loader=yaml.CSafeLoader))
    telling = Telling(Results(results, language, lambda text: sentence(text, labels)), labels)
    write_text(report_page(telling, known, Path(template).read_text(encoding="utf-8")), report)


if __name__ == "__main__":
    from beleidsvrijheid.jobs import job_log

    with job_log(snakemake.log[0]):
        main(
            results=list(snakemake.input.results),
            catalogues=list(snakemake.input.catalogues),
            fields=snakemake.input.fields,
            template=snakemake.input.template,
            report=snakemake.output.report,
            **dict(snakemake.params.items()),
        )
