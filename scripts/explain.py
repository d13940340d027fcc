"""Rule explain: what one specification will estimate, in words, on standard output."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.explanation import check_name, explain
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.publication import read_labels


def main(
    panel: str | Path | None,
    exclusions: str | Path | None,
    catalogue: str | Path,
    fields: str | Path,
    specifications: dict[str, Any],
    specification: str,
    settings: dict[str, Any],
    language: str,
    own_indicators: dict[str, Any] | None = None,
) -> str:
    """The explanation. panel, exclusions: None before the data are there; specifications: all, resolved; settings: as for
    estimates. Raises StudyError, with near names, where `specification` is none of them.
    """
    check_name(specification, list(specifications))
    labels = read_labels(catalogue, language, fields, own_indicators)
    settings = settings if exclusions is None else with_exclusions(settings, exclusions)
    rows = None if panel is None else pd.read_parquet(panel)
    return explain(rows, specification, specifications[specification], settings, labels)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        text = main(
            panel=snakemake.input.get("panel"),
            exclusions=snakemake.input.get("exclusions"),
            catalogue=snakemake.input.catalogue,
            fields=snakemake.input.fields,
            specifications=dict(snakemake.params.specifications),
            specification=snakemake.params.specification,
            settings=dict(snakemake.params.settings),
            language=snakemake.params.language,
            own_indicators=dict(snakemake.params.own_indicators),
        )
        sys.stdout.write(text)
