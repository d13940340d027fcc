"""Rule gather: download what can be downloaded into data/raw/, list what must be dropped there by hand."""

import os
import sys
from pathlib import Path
from typing import Any

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.configuration import Data
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.gathering.account import as_page, as_table
from beleidsvrijheid.gathering.journal import Journal
from beleidsvrijheid.gathering.receipts import alone
from beleidsvrijheid.gathering.run import gather, keys_of
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.rawfiles import RAW


def main(catalogue: str, mergers: str, queries: list[str], data: dict[str, Any], table: str, attempts: str) -> str:
    """The account as a page. Raises StudyError with it where a source that has addresses failed."""
    sources = read_sources(Path(catalogue).read_text(encoding="utf-8"))
    settings = Data.model_validate(data)
    texts = {f"workflow/queries/{Path(path).name}": Path(path).read_text(encoding="utf-8") for path in queries}
    keys = keys_of(sources, os.environ)
    with open(attempts, "w", encoding="utf-8") as log:
        journal = Journal(sys.stderr, log, keys.values())
        outcome = gather(sources, settings, texts, keys, Path(mergers), journal)
    write_csv(as_table(outcome.lines), table, "open")
    page = as_page(outcome.lines, sources, outcome.probes, settings.source == "simulated", outcome.offline)
    if outcome.failed:
        raise StudyError(page)  # its log is shown by Snakemake, so the page is seen once
    return page


if __name__ == "__main__":
    try:
        # The lock first: another gathering that is at work writes its logs to the same files.
        with alone(RAW), job_log(snakemake.log[0]) as logger:
            page = main(
                catalogue=snakemake.input.catalogue,
                mergers=snakemake.input.mergers,
                queries=list(snakemake.input.queries),
                data=snakemake.params.data,
                table=snakemake.params.table,
                attempts=snakemake.params.attempts,
            )
            logger.info(page)
            print(f"\n{page}\n", file=sys.stderr)
    except StudyError as busy:
        sys.exit(f"\n{busy}\n")
